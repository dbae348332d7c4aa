//! L5: `inspect(execute(lower(ops))) == apply(ops)`, on PostgreSQL itself; and the rows survive.

use super::{Broken, Held, Made, Tally, pure};
use crate::generate::{ROLE, UNDO};
use crate::harness::{Scratch, columns_of};
use crate::pairs::parent;
use sqlx::Row;
use std::collections::BTreeMap;
use terrane_core::dialect::{Dialect, Statement};
use terrane_core::name::ObjectName;
use terrane_core::op::Op;
use terrane_core::schema::{Column, Schema, Table};
use terrane_postgres::Postgres;
use terrane_postgres::connect::Error;
use terrane_postgres::inspect::inspect;

/// Not a law: the rows do not fit what is wished of their table, which is the author's to mend.
pub(super) const ROWS: &str = "rows";

/// Not a law either: the dialect says that it cannot be done, and why.
pub(super) const REFUSED: &str = "refused";

/// What PostgreSQL says then (appendix A of its manual): a value that is none of the new type (some of class 22), or one that
/// a new constraint forbids (class 23).
fn is_of_rows(error: &Error) -> bool {
    let code = error.code().unwrap_or_default();
    ["22001", "22003", "22007", "22008", "22P02"].contains(&code.as_str())
        || code.starts_with("23")
        || code == "22023" && error.message().starts_with("cannot cast jsonb")
}

/// A few rows in whatever table takes them.
const ROWS_OF_ALL: &str = r#"DO $$ DECLARE sql text; BEGIN
    FOREACH sql IN ARRAY ARRAY[
        'INSERT INTO p (id, a, b) OVERRIDING SYSTEM VALUE VALUES (%1$s, ''x%1$s'', ''%1$s'')',
        'INSERT INTO app."group" (id, a, b) OVERRIDING SYSTEM VALUE VALUES (%1$s, ''y%1$s'', ''%1$s'')',
        'INSERT INTO "T t" (id, a, b) OVERRIDING SYSTEM VALUE VALUES (%1$s, ''z%1$s'', ''%1$s'')',
        'INSERT INTO parts (k, v) VALUES (%1$s * 9, ''v%1$s'')',
        'INSERT INTO base (id, a) VALUES (%1$s, ''b%1$s'')',
        'INSERT INTO kid (id, a) VALUES (%1$s, ''k%1$s'')',
        'INSERT INTO "Odd One"."select" ("From", "from") VALUES (''f%1$s'', ''g'')']
    LOOP
        FOR i IN 1..3 LOOP
            BEGIN
                EXECUTE format(sql, i);
                SET CONSTRAINTS ALL IMMEDIATE;
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
        END LOOP;
    END LOOP;
END $$"#;

pub(super) async fn open(url: &str) -> Scratch {
    let mut scratch = Scratch::new(url, "").await.unwrap();
    // It may be there already; and of two that make it at once, one fails.
    let _ = scratch.database.execute(&format!("CREATE ROLE {ROLE}")).await;
    scratch
}

async fn look(scratch: &mut Scratch) -> Held<Schema> {
    let inspected = inspect(scratch.database.connection()).await;
    let broken = |error: Error| Broken::new("L5", format!("cannot be inspected: {}", error.message()), "");
    Ok(pure::unordered(&inspected.map_err(broken)?.schema))
}

/// What a script makes, in place of what was there before.
pub(super) async fn made(scratch: &mut Scratch, script: &str) -> Held<Made> {
    make(scratch, script).await?;
    Ok(Made {
        script: script.to_owned(),
        schema: look(scratch).await?,
    })
}

pub(super) async fn make(scratch: &mut Scratch, script: &str) -> Held {
    let ran = scratch.database.execute(&format!("{UNDO};\n{script}")).await;
    ran.map_err(|error| Broken::new("generator", error.message(), script))
}

pub(super) async fn fill(scratch: &mut Scratch) {
    scratch.database.execute(ROWS_OF_ALL).await.unwrap();
}

/// From one schema to the other by these ops, with the rows; gives what was said to the server.
pub(super) async fn travel(
    scratch: &mut Scratch,
    (before, after): (&Schema, &Schema),
    ops: &[Op],
    tally: &mut Tally,
) -> Held<Vec<Statement>> {
    let lowered = Postgres.lower(ops, before);
    let statements = lowered.map_err(|refused| Broken::new(REFUSED, refused.reason, pure::words(ops)))?;
    tally.statements += statements.len();
    let query = survivors(before, after, ops);
    let rows = answer(scratch, &query).await;
    execute(scratch, &statements).await.map_err(|broken| Broken {
        detail: format!("{}ops:\n{}", broken.detail, pure::words(ops)),
        ..broken
    })?;
    let reached = look(scratch).await?;
    let said = || format!("{}after:\n{}", pure::words(ops), text(&statements));
    let left = pure::ops(&reached, after)?;
    if let Some(first) = left.first() {
        let detail = format!("left:\n{}ops:\n{}", pure::words(&left), said());
        return Err(Broken::new("L5", format!("left: {}", first.describe()), detail));
    }
    if reached != *after {
        return Err(Broken::new("L5", "reached something else, with no difference", said()));
    }
    let now = answer(scratch, &query).await;
    match rows.iter().find(|(table, rows)| now.get(*table) != Some(rows)) {
        Some((table, rows)) => {
            let what = format!("rows of `{table}` were {rows:?} and are {:?}", now.get(table));
            Err(Broken::new("L5", what, said()))
        }
        None => Ok(statements),
    }
}

fn text(statements: &[Statement]) -> String {
    statements
        .iter()
        .map(|statement| format!("{};\n", statement.sql))
        .collect()
}

/// In one transaction, unless a statement cannot run in one (25001, `active_sql_transaction`).
async fn execute(scratch: &mut Scratch, statements: &[Statement]) -> Held {
    let all: Vec<&str> = statements.iter().map(|statement| statement.sql.as_str()).collect();
    let whole: Vec<&str> = ["BEGIN"]
        .into_iter()
        .chain(all.iter().copied())
        .chain(["COMMIT"])
        .collect();
    let mut ran = scratch.database.execute_all(&whole, |_| ()).await;
    let is_alone = matches!(&ran, Err((_, error)) if error.code().as_deref() == Some("25001"));
    if ran.is_err() {
        let _ = scratch.database.execute("ROLLBACK").await;
    }
    if is_alone {
        ran = Ok(());
        for (at, sql) in all.iter().enumerate() {
            ran = scratch.database.execute(sql).await.map_err(|error| (at + 1, error));
            if ran.is_err() {
                break;
            }
        }
    }
    ran.map_err(|(at, error)| {
        let law = if is_of_rows(&error) { ROWS } else { "L5" };
        let sql = whole.get(at).copied().unwrap_or_default();
        Broken::new(law, error.message(), format!("{sql}\n   of\n{}", text(statements)))
    })
}

/// A query for the rows of every table that stays, with the values of columns that stay as they are.
fn survivors(before: &Schema, after: &Schema, ops: &[Op]) -> String {
    let is_dropped = |name: &ObjectName| ops.iter().any(|op| matches!(op, Op::DropTable(gone) if gone == name));
    let kept = before.tables.values().filter(|table| !is_dropped(&table.name));
    let both = kept.filter_map(|table| Some((table, after.tables.get(&table.name)?)));
    let places = |schema: &Schema, of: &ObjectName| -> BTreeMap<ObjectName, Option<String>> {
        let parts = schema
            .tables
            .values()
            .filter(|table| parent(schema, &table.name) == Some(of));
        let bound = |table: &Table| table.attributes.get("bound").map(str::to_owned);
        parts.map(|table| (table.name.clone(), bound(table))).collect()
    };
    // Where places change, a row of a table may be in another of its partitions then.
    let changes = |of: &ObjectName| places(before, of) != places(after, of);
    let stays = |(table, _): &(&Table, &Table)| {
        let wholes = [before, after].into_iter().flat_map(|schema| {
            let above = |of: &&ObjectName| parent(schema, of);
            std::iter::successors(Some(&table.name), move |of| above(of))
        });
        !wholes.into_iter().any(changes)
    };
    let parts: Vec<String> = both.filter(stays).map(|(old, new)| rows_of(old, new)).collect();
    parts.join(" UNION ALL ")
}

fn rows_of(old: &Table, new: &Table) -> String {
    let stays = |column: &&Column| {
        let now = new.column(&column.name);
        column.generated.is_none() && now.is_some_and(|now| now.generated.is_none() && now.ty == column.ty)
    };
    let columns: Vec<&Column> = old.columns.iter().filter(stays).collect();
    let (path, row) = columns_of(old, &columns);
    let is_divided = |table: &Table| table.attributes.has("partition by");
    // Rows move to partitions and from them, and to those of another table never.
    let only = if is_divided(old) == is_divided(new) {
        "ONLY "
    } else {
        ""
    };
    format!(
        "SELECT $t${path}$t$, count(*) || ' ' || coalesce(string_agg({row}, '; ' ORDER BY {row}), '') FROM {only}{path}"
    )
}

async fn answer(scratch: &mut Scratch, query: &str) -> BTreeMap<String, String> {
    if query.is_empty() {
        return BTreeMap::new();
    }
    let rows = scratch.database.rows(query).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
