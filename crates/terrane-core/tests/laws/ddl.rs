//! L4 for ops: what is printed as portable DDL is read back as itself.

use crate::generate::{FLAVOR, pairs};
use crate::{EVERYTHING, cases};
use proptest::prelude::*;
use terrane_core::ddl::{parse_statement, print};
use terrane_core::diff::{Dependencies, Options, diff};
use terrane_core::op::{ColumnChange, Commented, Op};
use terrane_core::sql::split;

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn an_op_that_is_printed_reads_back_as_itself(pair in pairs(EVERYTHING), dangling in any::<bool>()) {
        let options = Options { column_order: true, dangling_foreign_keys: dangling, open_names: false, dependencies: Dependencies::Loose };
        let mut schema = pair.before.clone();
        for op in diff(&pair.before, &pair.after, &pair.renames, &options).ops {
            let reverse = op.reverse(&schema).expect("no op of a diff is irreversible");
            prop_assert!(op.apply(&mut schema).is_ok());
            for op in reverse.iter().chain([&op]) {
                let printed = print(op);
                let read = read(&printed)?;
                prop_assert_eq!(&read, &without_comments(op), "{:?}", printed);
                let again: Vec<String> = read.iter().flat_map(print).collect();
                prop_assert_eq!(again, printed);
            }
        }
    }
}

fn read(statements: &[String]) -> Result<Vec<Op>, TestCaseError> {
    let mut ops = Vec::new();
    for text in statements {
        let parts = split(text, &FLAVOR.lexing).map_err(|error| TestCaseError::fail(format!("{text}: {error:?}")))?;
        prop_assert_eq!(parts.len(), 1, "{} is cut in the middle", text);
        let parsed = parse_statement(text, &parts[0], &FLAVOR);
        ops.extend(
            parsed
                .map_err(|error| TestCaseError::fail(format!("{text}: {error:?}")))?
                .ops,
        );
    }
    Ok(ops)
}

/// The ops that together say the same, each with a text of its own: comments are statements.
fn without_comments(op: &Op) -> Vec<Op> {
    let column_comment = |table: &terrane_core::name::ObjectName, column: &terrane_core::schema::Column| {
        column.comment.clone().map(|comment| Op::AlterColumn {
            table: table.clone(),
            column: column.name.clone(),
            change: ColumnChange::Comment(Some(comment)),
        })
    };
    match op.clone() {
        Op::CreateTable(mut table) => {
            let own = table.comment.take().map(|comment| Op::Comment {
                on: Commented::Table(table.name.clone()),
                comment: Some(comment),
            });
            let columns: Vec<Op> = table
                .columns
                .iter()
                .filter_map(|c| column_comment(&table.name, c))
                .collect();
            for column in &mut table.columns {
                column.comment = None;
            }
            [Op::CreateTable(table)].into_iter().chain(own).chain(columns).collect()
        }
        Op::AddColumn { table, mut column } => {
            let comment = column_comment(&table, &column);
            column.comment = None;
            [Op::AddColumn { table, column }].into_iter().chain(comment).collect()
        }
        // The text that drops such a thing does not say what it was.
        Op::DropUnmodelled(mut other) => {
            other.definition = FLAVOR.expr("");
            vec![Op::DropUnmodelled(other)]
        }
        op => vec![op],
    }
}
