//! L1 and L2: what `diff` finds makes the one schema the other, and there is nothing left to find.

use crate::generate::{FLAVOR, Pair, mentions, pairs};
use crate::{EVERYTHING, cases};
use proptest::prelude::*;
use terrane_core::ddl::{parse_statement, print};
use terrane_core::diff::{Dependencies, Options, Renames, diff};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{ConstraintKind, Expr, ForeignKey, Schema};
use terrane_core::sql::{TokenKind, split, tokenize, unquote};

const EXACT: Options = Options {
    column_order: true,
    dangling_foreign_keys: false,
    open_names: false,
    dependencies: Dependencies::Loose,
};

fn all_options() -> [Options; 4] {
    [(true, true), (true, false), (false, true), (false, false)].map(|(column_order, dangling_foreign_keys)| Options {
        column_order,
        dangling_foreign_keys,
        ..EXACT
    })
}

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn applying_the_difference_gives_the_wish(pair in pairs(EVERYTHING)) {
        for options in all_options() {
            let mut schema = pair.before.clone();
            let delta = diff(&pair.before, &pair.after, &pair.renames, &options);
            for op in &delta.ops {
                prop_assert!(op.apply(&mut schema).is_ok(), "{op:?}: {:?}", op.apply(&mut schema));
            }
            prop_assert_eq!(delta.stuck, vec![]);
            prop_assert_eq!(comparable(&schema, &options), comparable(&pair.after, &options), "{:#?}", delta.ops);
        }
    }

    #[test]
    fn a_wish_may_leave_names_open(pair in pairs(EVERYTHING)) {
        let options = Options { open_names: true, ..EXACT };
        let mut schema = pair.before.clone();
        for op in diff(&pair.before, &pair.after, &pair.renames, &options).ops {
            prop_assert!(op.apply(&mut schema).is_ok(), "{op:?}");
        }
        prop_assert!(satisfies(&schema, &pair.after));
        prop_assert_eq!(diff(&schema, &pair.after, &Renames::default(), &options).ops, vec![]);
    }

    #[test]
    fn each_op_finds_what_it_needs(pair in pairs(EVERYTHING)) {
        for options in all_options() {
            let mut schema = pair.before.clone();
            for op in diff(&pair.before, &pair.after, &pair.renames, &options).ops {
                needs(&op, &schema, &pair, &options)?;
                prop_assert!(op.apply(&mut schema).is_ok(), "{op:?}");
            }
        }
    }

    #[test]
    fn nothing_differs_from_itself(pair in pairs(EVERYTHING)) {
        for options in all_options() {
            prop_assert!(diff(&pair.after, &pair.after, &Renames::default(), &options).is_empty());
            let stale = diff(&pair.after, &pair.after, &pair.renames, &options);
            prop_assert!(stale.is_empty(), "{:?} by {:?}", stale.ops, pair.renames);
        }
    }

    #[test]
    fn nothing_differs_from_what_was_printed_and_read(pair in pairs(EVERYTHING)) {
        let read = reread(&pair.after);
        prop_assert_eq!(diff(&pair.after, &read, &Renames::default(), &EXACT).ops, vec![]);
        prop_assert_eq!(&read, &pair.after);
    }
}

/// The schema with the columns of each table in an order of their own where their order does not count.
fn comparable(schema: &Schema, options: &Options) -> Schema {
    let mut schema = schema.clone();
    for table in schema.tables.values_mut().filter(|_| !options.column_order) {
        table.columns.sort();
    }
    schema
}

/// Whether a schema is as wished but for names of constraints that the wish leaves open.
fn satisfies(schema: &Schema, wish: &Schema) -> bool {
    let mut schema = schema.clone();
    let mut wish = wish.clone();
    for (name, table) in &mut wish.tables {
        let Some(found) = schema.tables.get_mut(name) else {
            return false;
        };
        let named = table.constraints.iter().filter(|constraint| constraint.name.is_some());
        if !named.clone().all(|constraint| found.constraints.contains(constraint)) {
            return false;
        }
        for constraint in found.constraints.iter_mut().chain(&mut table.constraints) {
            constraint.name = None;
        }
    }
    schema == wish
}

fn reread(schema: &Schema) -> Schema {
    let mut read = Schema::new();
    for op in diff(&Schema::new(), schema, &Renames::default(), &EXACT).ops {
        for text in print(&op) {
            for statement in split(&text, &FLAVOR.lexing).unwrap() {
                let parsed = parse_statement(&text, &statement, &FLAVOR);
                for op in parsed.unwrap_or_else(|error| panic!("{text}\n{error:?}")).ops {
                    op.apply(&mut read).unwrap_or_else(|error| panic!("{text}\n{error}"));
                }
            }
        }
    }
    read
}

/// What a server would ask before it runs the op.
fn needs(op: &Op, schema: &Schema, pair: &Pair, options: &Options) -> Result<(), TestCaseError> {
    match op {
        Op::CreateTable(table) if !options.dangling_foreign_keys => {
            let mut with = schema.clone();
            with.tables.insert(table.name.clone(), (**table).clone());
            for (_, key) in table.foreign_keys() {
                prop_assert!(finds_its_key(key, &with, pair), "{key:?} of {:?}", table.name);
            }
        }
        Op::AddConstraint { constraint, table } => {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && !options.dangling_foreign_keys
            {
                prop_assert!(finds_its_key(key, schema, pair), "{key:?} of {table:?}");
            }
        }
        Op::DropTable(name) if !options.dangling_foreign_keys => {
            let others = schema.tables.values().filter(|table| table.name != *name);
            for (_, key) in others.flat_map(|table| table.foreign_keys()) {
                prop_assert!(key.table != *name, "{key:?} refers to {name:?}");
            }
        }
        Op::AddColumn { table, column } => {
            let there = &schema.tables[table];
            let wished = &pair.after.tables[table];
            for name in wished.columns.iter().map(|column| &column.name) {
                let reads = |generated: &terrane_core::schema::Generated| mentions(&generated.expression, name);
                if column.generated.as_ref().is_some_and(reads) && *name != column.name {
                    prop_assert!(there.column(name).is_some(), "{column:?} reads {name:?}");
                }
            }
        }
        Op::DropColumn { table, column } => {
            for other in schema.tables[table]
                .columns
                .iter()
                .filter(|other| other.name != *column)
            {
                let reads = |generated: &terrane_core::schema::Generated| mentions(&generated.expression, column);
                prop_assert!(
                    !other.generated.as_ref().is_some_and(reads),
                    "{other:?} reads {column:?}"
                );
            }
        }
        Op::CreateView(view) => {
            for name in relations(&view.query) {
                let there = schema.tables.contains_key(&name) || schema.views.contains_key(&name);
                prop_assert!(
                    there || name.name == FLAVOR.ident("b"),
                    "{name:?} is read by {:?}",
                    view.name
                );
            }
        }
        Op::CreateTrigger(trigger) => {
            for name in relations(&trigger.definition) {
                let there = schema.tables.contains_key(&name) || schema.views.contains_key(&name);
                prop_assert!(there, "{name:?} is meant by {:?}", trigger.name);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether the columns that a key refers to are there, are those of a key, and are as they will be.
fn finds_its_key(key: &ForeignKey, schema: &Schema, pair: &Pair) -> bool {
    let Some(table) = schema.tables.get(&key.table) else {
        return false;
    };
    let is_it = |names: Vec<&Ident>, primary: bool| {
        (primary && key.referenced.is_empty()) || names == key.referenced.iter().collect::<Vec<_>>()
    };
    let wished = &pair.after.tables[&key.table];
    let as_wished = |name: &Ident| table.column(name).map(|c| &c.ty) == wished.column(name).map(|c| &c.ty);
    key.referenced.iter().all(as_wished)
        && table.constraints.iter().any(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => is_it(key.names().collect(), true),
            ConstraintKind::Unique(key) => is_it(key.names().collect(), false),
            _ => false,
        })
}

/// The tables and views that a generated query names, all of which stand after one of a few words.
fn relations(query: &Expr) -> Vec<ObjectName> {
    let text = query.as_str();
    let tokens = tokenize(text, &FLAVOR.lexing).unwrap();
    let after = ["from", "join", "into"];
    let pairs = tokens
        .windows(2)
        .filter(|two| after.iter().any(|word| two[0].is_word(text, word)));
    pairs
        .filter(|two| matches!(two[1].kind, TokenKind::Word | TokenKind::QuotedIdentifier))
        .map(|two| FLAVOR.object(&unquote(two[1].text(text))))
        .collect()
}
