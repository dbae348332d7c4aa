//! L5: `inspect(execute(lower(op))) == apply(op)`, on SQLite itself; and the rows survive.

use crate::corpus::{fill, lost};
use crate::generate::{declared, pairs, script};
use crate::harness::{Rows, all_rows, block_on, difference, execute, rows, say, schema};
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;
use std::time::Instant;
use terrane_core::ddl::parse_statement;
use terrane_core::dialect::Dialect;
use terrane_core::diff::Renames;
use terrane_core::schema::Schema;
use terrane_core::sql::split;
use terrane_sqlite::connect::{Database, Location};
use terrane_sqlite::{FLAVOR, Sqlite};

/// The schema that a script says, without SQLite's help.
fn said(script: &str) -> Schema {
    let mut schema = Schema::new();
    for statement in split(script, &FLAVOR.lexing).unwrap() {
        for op in parse_statement(script, &statement, &FLAVOR).unwrap().ops {
            op.apply(&mut schema).unwrap();
        }
    }
    Sqlite.normalize(&mut schema);
    schema
}

/// Goes from `before` to `after`; what is reached is what was wished.
async fn travel(
    database: &mut Database<'_>,
    before: &Schema,
    after: &Schema,
    renames: &Renames,
) -> Vec<terrane_core::op::Op> {
    let delta = difference(before, after, renames);
    assert_eq!(delta.stuck, []);
    let statements = match execute(database, &delta.ops, before).await {
        Ok(statements) => statements,
        Err(failure) => panic!("{}", format!("{failure:?}").replace("\\n", "\n")),
    };
    let reached = schema(database).await;
    let left = difference(&reached, after, &Renames::default());
    assert!(left.is_empty(), "left: {:#?}\nafter {statements:#?}", left.ops);
    assert!(&reached == after, "reached {reached:#?}\nnot {after:#?}");
    assert_eq!(rows(database, "PRAGMA foreign_key_check").await, Vec::<String>::new());
    assert_eq!(rows(database, "PRAGMA integrity_check").await, ["ok"]);
    delta.ops
}

async fn there_and_back(tape_a: &[u8], tape_b: &[u8]) {
    let (a, b) = (said(&script(tape_a)), said(&script(tape_b)));
    let (there, back) = (declared(tape_a, tape_b), declared(tape_b, tape_a));
    let mut database = Location::memory().open().await.unwrap();
    travel(&mut database, &Schema::new(), &a, &Renames::default()).await;
    fill(&mut database, &a, &b, &there).await;
    let rows_a = all_rows(&mut database, &a).await;
    let ops_there = travel(&mut database, &a, &b, &there).await;
    let rows_b = all_rows(&mut database, &b).await;
    assert_eq!(lost(&rows_a, &rows_b, &a, &b, &ops_there), None);
    let ops_back = travel(&mut database, &b, &a, &back).await;
    let rows_back = all_rows(&mut database, &a).await;
    assert_eq!(lost(&rows_b, &rows_back, &b, &a, &ops_back), None);
    assert_eq!(kept_throughout(&rows_a, &rows_back, &a, &b, &there), None);
}

/// What neither side drops is there in the end as it was at the start: tables with their rows, columns with their values.
/// A column that is computed at one end of the way takes the computed values along.
fn kept_throughout(start: &Rows, end: &Rows, a: &Schema, b: &Schema, renames: &Renames) -> Option<String> {
    for table in a.tables.values() {
        let renamed = renames
            .tables
            .iter()
            .find(|(from, _)| *from == table.name)
            .map_or(&table.name, |(_, to)| to);
        let Some(between) = b.tables.get(renamed) else { continue };
        let (old, new) = (&start[table.name.name.key()], &end[table.name.name.key()]);
        if old.len() != new.len() {
            return Some(format!("{}: {} rows, then {}", table.name, old.len(), new.len()));
        }
        let kept = table.columns.iter().filter(|column| {
            let renamed = renames
                .columns
                .iter()
                .find(|(of, from, _)| of == renamed && *from == column.name);
            let name = renamed.map_or(&column.name, |(_, _, to)| to);
            between.column(name).is_some_and(|between| between.generated.is_none()) && column.generated.is_none()
        });
        for column in kept {
            let values = |rows: &[(String, BTreeMap<String, String>)]| {
                let mut values: Vec<String> = rows.iter().map(|(_, row)| as_number(&row[column.name.key()])).collect();
                values.sort();
                values
            };
            if values(old) != values(new) {
                return Some(format!(
                    "{}.{}: {:?}, then {:?}",
                    table.name,
                    column.name,
                    values(old),
                    values(new)
                ));
            }
        }
    }
    None
}

/// Text that passed through a column of numbers is the number that it says.
fn as_number(value: &str) -> String {
    value
        .parse::<f64>()
        .map_or_else(|_| value.to_owned(), |number| format!("{number:?}"))
}

#[test]
fn every_generated_schema_is_reached_and_no_row_is_lost_on_the_way() {
    let cases = std::env::var("TERRANE_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(1000);
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let started = Instant::now();
    // Shrinking fails a thousand times over; the last one is told below.
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = runner.run(&pairs(), |(a, b)| {
        let ran = std::panic::catch_unwind(|| block_on(there_and_back(&a, &b)));
        ran.map_err(|panic| {
            let why = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            proptest::test_runner::TestCaseError::fail(format!("{why}\n--- a\n{}--- b\n{}", script(&a), script(&b)))
        })
    });
    say(&format!("L5: {cases} pairs there and back in {:?}", started.elapsed()));
    drop(std::panic::take_hook());
    if let Err(error) = outcome {
        let text = error.to_string();
        panic!("{}", text.split("minimal failing input").next().unwrap_or(&text));
    }
}
