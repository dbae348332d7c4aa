//! Whether everything in a database can still be used: SQLite reads a view, a trigger or a key only when it is needed, and
//! keeps one that makes no sense for as long as nobody needs it.
//!
//! Nothing is run: `EXPLAIN` compiles, and an error is the answer.

use crate::connect::{Database, Error};
use crate::inspect::{CatalogRow, catalog};
use crate::mention::mentions_any;
use crate::probes::{DANGLING_KEYS, IS_DANGLING, always_quoted};
use sqlx::Row;
use std::collections::BTreeSet;
use terrane_core::dialect::Broken;
use terrane_core::name::Ident;
use terrane_core::sql::{quote_identifier, quote_string};

/// Whether SQLite misses something that an app registers with its connections.
pub fn is_of_the_app(reason: &str) -> bool {
    [
        "no such function: ",
        "unknown function: ",
        "no such collation sequence: ",
        "no such module: ",
    ]
    .iter()
    .any(|missing| reason.contains(missing))
}

/// All that is broken, in order.
///
/// # Errors
/// The catalog cannot be read.
pub async fn broken(database: &mut Database<'_>) -> Result<Vec<Broken>, Error> {
    let rows = catalog(database.connection()).await?;
    let mut found = broken_keys(database, &rows).await?;
    let keys = found.clone();
    // A write looks up keys as well, and those are told by themselves.
    let is_a_key_s = |row: &CatalogRow, reason: &str| {
        let nowhere =
            |key: &Broken| key.on == row.table && reason.ends_with(&format!("no such table: main.{}", key.name));
        row.kind == "trigger" && (reason.starts_with("foreign key mismatch") || keys.iter().any(nowhere))
    };
    for row in &rows {
        let name = quote_identifier(&row.name);
        let asked = match row.kind.as_str() {
            "view" => vec![format!("EXPLAIN SELECT * FROM {name}")],
            "index" => vec![format!("EXPLAIN REINDEX {name}")],
            "trigger" => fired_by(database, row).await?,
            _ => continue,
        };
        let kind = match row.kind.as_str() {
            "view" => "view",
            "index" => "index",
            _ => "trigger",
        };
        for sql in asked {
            if let Err(error) = database.rows(&sql).await
                && !is_a_key_s(row, &error.message())
            {
                let reason = error.message();
                found.push(Broken {
                    kind,
                    name: row.name.clone(),
                    on: row.table.clone(),
                    is_of_the_app: is_of_the_app(&reason),
                    reason,
                });
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// What writes to the relation of a trigger.
async fn fired_by(database: &mut Database<'_>, trigger: &CatalogRow) -> Result<Vec<String>, Error> {
    let relation = quote_identifier(&trigger.table);
    let words: Vec<String> = trigger.sql.split_whitespace().map(str::to_ascii_lowercase).collect();
    let fires = |event: &str| words.iter().position(|word| word == event).unwrap_or(usize::MAX);
    let begin = fires("begin");
    let mut asked = Vec::new();
    if fires("insert") < begin {
        asked.push(format!("EXPLAIN INSERT INTO {relation} DEFAULT VALUES"));
    }
    if fires("delete") < begin {
        asked.push(format!("EXPLAIN DELETE FROM {relation}"));
    }
    if fires("update") < begin {
        let columns = format!(
            "SELECT name FROM pragma_table_xinfo({}) WHERE hidden = 0",
            quote_string(&trigger.table)
        );
        // A view that is broken has no columns to tell, and is told itself.
        let columns = database.rows(&columns).await.unwrap_or_default();
        let set: Vec<String> = columns
            .iter()
            .filter_map(|row| row.try_get::<String, _>(0).ok())
            .map(|column| quote_identifier(&column).into_owned())
            .map(|column| format!("{column} = {column}"))
            .collect();
        if !set.is_empty() {
            asked.push(format!("EXPLAIN UPDATE {relation} SET {}", set.join(", ")));
        }
    }
    Ok(asked)
}

async fn broken_keys(database: &mut Database<'_>, rows: &[CatalogRow]) -> Result<Vec<Broken>, Error> {
    let mut found = Vec::new();
    let told = database.rows(&format!("{DANGLING_KEYS} WHERE {IS_DANGLING}")).await?;
    for row in &told {
        found.push(Broken {
            kind: "foreign key",
            on: row.try_get(0).unwrap_or_default(),
            name: row.try_get(1).unwrap_or_default(),
            reason: "there is no such table, or no such column in it".to_owned(),
            is_of_the_app: false,
        });
    }
    let tables = rows.iter().filter(|row| row.kind == "table");
    for table in tables.filter(|row| row.sql.to_ascii_lowercase().contains("references")) {
        let sql = format!("EXPLAIN PRAGMA foreign_key_check({})", always_quoted(&table.name));
        if let Err(error) = database.rows(&sql).await
            && !found.iter().any(|other| other.on == table.name)
        {
            found.push(Broken {
                kind: "foreign key",
                on: table.name.clone(),
                name: parent_of_mismatch(&error.message()),
                reason: "what it refers to is no key".to_owned(),
                is_of_the_app: false,
            });
        }
    }
    Ok(found)
}

/// `foreign key mismatch - "c" referencing "p"`.
fn parent_of_mismatch(message: &str) -> String {
    let (_, parent) = message.split_once("referencing ").unwrap_or(("", message));
    parent.trim_matches('"').to_owned()
}

/// Whether a change of a table may pass over what SQLite cannot read, anywhere in the schema; `said` is what it stopped at.
/// What makes no sense to anybody may stay as it is; but what only the app can read may read this table, and would have to
/// follow the change. What the change itself would break (`error in view v after rename: …`) is not broken before it.
pub(crate) async fn may_pass_over(database: &mut Database<'_>, table: &str, said: &str) -> Result<bool, Error> {
    let table = crate::FLAVOR.ident(table);
    let unread = broken(database).await?;
    let is_said = |broken: &Broken| {
        let of = said.strip_prefix(&format!("error in {} {}", broken.kind, broken.name));
        of.is_some_and(|rest| rest.starts_with(':') || rest.starts_with(" after "))
    };
    if !unread.iter().any(is_said) {
        return Ok(false);
    }
    let of_the_app: BTreeSet<&str> = unread
        .iter()
        .filter(|broken| broken.is_of_the_app)
        .map(|broken| broken.name.as_str())
        .collect();
    let rows = catalog(database.connection()).await?;
    let mut moving: BTreeSet<Ident> = BTreeSet::from([table]);
    loop {
        let views = rows.iter().filter(|row| row.kind == "view");
        let names: BTreeSet<&Ident> = moving.iter().collect();
        let reads = |row: &&CatalogRow| mentions_any(&crate::FLAVOR.expr(&row.sql), &names);
        let found: Vec<Ident> = views
            .filter(reads)
            .map(|row| crate::FLAVOR.ident(&row.name))
            .filter(|name| !moving.contains(name))
            .collect();
        if found.is_empty() {
            break;
        }
        moving.extend(found);
    }
    let names: BTreeSet<&Ident> = moving.iter().collect();
    let in_the_way = |row: &CatalogRow| {
        of_the_app.contains(row.name.as_str()) && mentions_any(&crate::FLAVOR.expr(&row.sql), &names)
    };
    Ok(!rows.iter().any(in_the_way))
}
