//! L5: `inspect(execute(lower(op))) == apply(op)`, on PostgreSQL itself; and the rows survive.

use crate::generate::{pairs, script};
use crate::harness::{Scratch, block_on, say, server};
use crate::pairs::{counts, execute, lost};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::time::Instant;
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Renames, diff};
use terrane_core::op::Op;
use terrane_core::schema::Schema;
use terrane_postgres::Postgres;
use terrane_postgres::inspect::inspect;

/// The schema with the columns of each table sorted, since PostgreSQL cannot change their order.
async fn schema(scratch: &mut Scratch) -> Result<Schema, String> {
    let inspected = inspect(scratch.database.connection()).await;
    let mut schema = inspected.map_err(|error| error.to_string())?.schema;
    for table in schema.tables.values_mut() {
        table.columns.sort_by(|one, other| one.name.cmp(&other.name));
    }
    Ok(schema)
}

async fn travel(scratch: &mut Scratch, after: &Schema) -> Result<bool, String> {
    let options = Postgres.capability().diff_options(false);
    let before = schema(scratch).await?;
    let delta = diff(&before, after, &Renames::default(), &options);
    let statements = Postgres
        .lower(&delta.ops, &before)
        .map_err(|refused| format!("refused: {}", refused.reason))?;
    let rows = counts(&mut scratch.database, &before).await;
    if let Err(why) = execute(&mut scratch.database, &statements).await {
        // A value that is none of the new type is the rows' fault, and the author's to mend.
        let is_of_rows = [
            "invalid input syntax",
            "malformed array literal",
            "invalid input value",
            "value too long for type",
            "cannot cast jsonb",
            "numeric field overflow",
        ];
        return if is_of_rows.iter().any(|what| why.starts_with(what)) {
            Ok(false)
        } else {
            Err(why)
        };
    }
    let reached = schema(scratch).await?;
    let all: Vec<&str> = statements.iter().map(|statement| statement.sql.as_str()).collect();
    let left = diff(&reached, after, &Renames::default(), &options).ops;
    if !left.is_empty() || reached != *after {
        let ops: Vec<String> = left.iter().map(Op::describe).collect();
        return Err(format!("left: {}\nafter\n{}", ops.join("; "), all.join(";\n")));
    }
    match lost(&rows, &counts(&mut scratch.database, &reached).await, &delta.ops) {
        Some(lost) => Err(lost),
        None => Ok(true),
    }
}

async fn there_and_back(url: &str, a: &str, b: &str) -> Result<(), String> {
    let mut one = Scratch::new(url, a).await?;
    let other = Scratch::new(url, b).await;
    let outcome = match other {
        Ok(mut other) => {
            let outcome = both_ways(&mut one, &mut other).await;
            other.drop().await;
            outcome
        }
        Err(why) => Err(why),
    };
    one.drop().await;
    outcome
}

async fn both_ways(one: &mut Scratch, other: &mut Scratch) -> Result<(), String> {
    let (a, b) = (schema(one).await?, schema(other).await?);
    for row in 1..4 {
        // A row that the table does not take is left out.
        let _ = one
            .database
            .execute(&format!(
                "INSERT INTO p (id, a, b) OVERRIDING SYSTEM VALUE VALUES ({row}, 'x{row}', '{row}')"
            ))
            .await;
    }
    if travel(one, &b).await? {
        travel(one, &a).await?;
    }
    Ok(())
}

#[test]
fn every_generated_schema_is_reached_and_no_row_is_lost_on_the_way() {
    let Some(url) = server("every_generated_schema_is_reached_and_no_row_is_lost_on_the_way") else {
        return;
    };
    let cases = std::env::var("TERRANE_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(100);
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 40,
        ..Config::default()
    });
    let started = Instant::now();
    let outcome = runner.run(&pairs(), |(a, b)| {
        let (a, b) = (script(&a), script(&b));
        let ran = block_on(there_and_back(&url, &a, &b));
        ran.map_err(|why| TestCaseError::fail(format!("{why}\n--- a\n{a}--- b\n{b}")))
    });
    say(&format!("L5: {cases} pairs there and back in {:?}", started.elapsed()));
    if let Err(error) = outcome {
        let text = error.to_string();
        panic!("{}", text.split("minimal failing input").next().unwrap_or(&text));
    }
}
