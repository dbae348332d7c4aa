//! What inspection reads in the catalog's text against what the pragmas say, which SQLite answers from its own parse.

use crate::generate::{pairs, script};
use crate::harness::{block_on, database, rows, say, schema, shared};
use crate::pairs::PAIRS;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::time::Instant;
use terrane_core::name::Ident;
use terrane_core::schema::{Action, ConstraintKind, IndexKey, KeyTarget, Table};
use terrane_core::sql::{canonical, quote_string};
use terrane_sqlite::connect::Database;
use terrane_sqlite::inspect::inspect;

async fn agrees(script: &str) {
    let mut database = database(script).await;
    let schema = schema(&mut database).await;
    let names = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let listed: BTreeSet<String> = rows(&mut database, names).await.into_iter().collect();
    let read: BTreeSet<String> = schema.tables.keys().map(|name| name.name.to_string()).collect();
    assert_eq!(read, listed, "{script}");
    for table in schema.tables.values() {
        let name = quote_string(table.name.name.as_str());
        let columns =
            format!("SELECT name, lower(type), \"notnull\", pk, hidden, dflt_value FROM pragma_table_xinfo({name})");
        let told = rows(&mut database, &columns).await;
        assert_eq!(
            columns_read(table),
            told.iter().map(|row| spelled(row)).collect::<Vec<_>>(),
            "{script}"
        );
        let references = format!(
            "SELECT seq, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list({name})"
        );
        let told: BTreeSet<String> = rows(&mut database, &references).await.into_iter().collect();
        assert_eq!(references_read(table), told, "{script}");
        // Of two unique constraints that say the same but for order, SQLite makes one index.
        let (read, told) = (keys_read(table), keys_told(&mut database, &name).await);
        assert!(told.is_subset(&read), "{read:?} {told:?} {script}");
        assert!(
            read.difference(&told).all(|key| key.starts_with("auto 1 u")),
            "{read:?} {told:?} {script}"
        );
    }
}

/// The default in its canonical form, the type as the model compares types.
fn spelled(row: &str) -> String {
    let cells: Vec<&str> = row.splitn(6, '|').collect();
    let ty = terrane_core::schema::TypeName::new(cells[1]);
    let default = if cells[5] == "NULL" {
        "NULL".to_owned()
    } else {
        canonical(cells[5])
    };
    [cells[0], ty.canonical(), cells[2], cells[3], cells[4], &default].join("|")
}

fn columns_read(table: &Table) -> Vec<String> {
    let without_rowid = table.attributes.has("without rowid");
    let columns = table.columns.iter().map(|column| {
        let key = table
            .primary_key()
            .and_then(|key| key.names().position(|name| *name == column.name));
        // A key is never NULL without a rowid, nor in a STRICT table unless it is the rowid.
        let alias = rowid_alias(table) == Some(&column.name);
        let implied = key.is_some() && (without_rowid || (table.attributes.has("strict") && !alias));
        let not_null = !column.nullable || implied;
        let hidden = column
            .generated
            .as_ref()
            .map_or(0, |generated| if generated.stored { 3 } else { 2 });
        // A default of NULL and none look the same to the cell's reader.
        let default = column.default.as_ref().map(|default| canonical(default.as_str()));
        let default = default
            .filter(|default| default != "null")
            .unwrap_or_else(|| "NULL".to_owned());
        let key = key.map_or(0, |at| at + 1);
        let ty = column.ty.canonical().trim_matches(['"', '[', ']']);
        format!("{}|{ty}|{}|{key}|{hidden}|{default}", column.name, i32::from(not_null))
    });
    columns.collect()
}

fn rowid_alias(table: &Table) -> Option<&Ident> {
    let key = table
        .primary_key()
        .filter(|key| key.columns.len() == 1 && !key.columns[0].descending)?;
    let name = key.names().next()?;
    let integer = table
        .column(name)
        .is_some_and(|column| column.ty.canonical() == "integer");
    (integer && !table.attributes.has("without rowid")).then_some(name)
}

fn references_read(table: &Table) -> BTreeSet<String> {
    let action = |action: Action| match action {
        Action::NoAction => "NO ACTION",
        Action::Restrict => "RESTRICT",
        Action::Cascade => "CASCADE",
        Action::SetNull => "SET NULL",
        Action::SetDefault => "SET DEFAULT",
    };
    let keys = table.foreign_keys().flat_map(|(_, key)| {
        key.columns.iter().enumerate().map(move |(at, column)| {
            let to = key.referenced.get(at).map_or("NULL".to_owned(), ToString::to_string);
            format!(
                "{at}|{}|{column}|{to}|{}|{}",
                key.table,
                action(key.on_update),
                action(key.on_delete)
            )
        })
    });
    keys.collect()
}

/// Indexes with their keys, those that back a constraint without their names. A key that is the rowid has none.
fn keys_read(table: &Table) -> BTreeSet<String> {
    let mut read = BTreeSet::new();
    for constraint in &table.constraints {
        let (origin, key) = match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => ("pk", key),
            ConstraintKind::Unique(key) => ("u", key),
            _ => continue,
        };
        if !(origin == "pk" && rowid_alias(table).is_some()) {
            read.insert(format!("auto 1 {origin} 0: {}", keys(table, &key.columns)));
        }
    }
    for index in table.indexes.values() {
        let (unique, partial) = (i32::from(index.unique), i32::from(index.predicate.is_some()));
        read.insert(format!(
            "{} {unique} c {partial}: {}",
            index.name,
            keys(table, &index.keys)
        ));
    }
    read
}

fn keys(table: &Table, keys: &[IndexKey]) -> String {
    let keys = keys.iter().map(|key| {
        let (name, own) = match &key.target {
            KeyTarget::Column(name) => {
                let column = table.column(name);
                let collation = column.and_then(|column| column.collation.clone());
                (
                    column.map_or_else(|| name.to_string(), |column| column.name.to_string()),
                    collation,
                )
            }
            KeyTarget::Expression(_) => ("NULL".to_owned(), None),
        };
        let collation = key
            .collation
            .clone()
            .or(own)
            .map_or("BINARY".to_owned(), |name| name.as_str().to_uppercase());
        format!("{name} {} {collation}", i32::from(key.descending))
    });
    keys.collect::<Vec<_>>().join(", ")
}

async fn keys_told(database: &mut Database<'_>, table: &str) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    let list = format!("SELECT name, \"unique\", origin, partial FROM pragma_index_list({table})");
    for row in rows(database, &list).await {
        let cells: Vec<&str> = row.split('|').collect();
        let keys = format!(
            "SELECT name, \"desc\", upper(coll) FROM pragma_index_xinfo({}) WHERE key = 1",
            quote_string(cells[0])
        );
        let keys = rows(database, &keys)
            .await
            .iter()
            .map(|row| row.replace('|', " "))
            .collect::<Vec<_>>()
            .join(", ");
        let name = if cells[0].starts_with("sqlite_autoindex") {
            "auto"
        } else {
            cells[0]
        };
        told.insert(format!("{name} {} {} {}: {keys}", cells[1], cells[2], cells[3]));
    }
    told
}

#[test]
fn inspection_agrees_with_the_pragmas_on_generated_schemas() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..150 {
        let (a, _) = pairs().new_tree(&mut runner).unwrap().current();
        block_on(agrees(&script(&a)));
    }
}

#[test]
fn inspection_agrees_with_the_pragmas_on_every_pair() {
    for (_, a, b) in PAIRS {
        block_on(agrees(a));
        block_on(agrees(b));
    }
    let corpus = shared("corpus/sqlite.jsonl").unwrap_or_default();
    for line in corpus.lines() {
        let pair: serde_json::Value = serde_json::from_str(line).unwrap();
        block_on(agrees(pair["a"].as_str().unwrap()));
        block_on(agrees(pair["b"].as_str().unwrap()));
    }
}

/// A constant number of queries; the rest is reading text.
#[test]
fn a_thousand_tables_are_inspected_in_no_time() {
    block_on(async {
        let columns: Vec<String> = (0..10)
            .map(|at| format!("column_{at} varchar(20) NOT NULL DEFAULT 'x'"))
            .collect();
        let columns = columns.join(", ");
        let tables = (0..1000).map(|at| {
            format!(
                "CREATE TABLE table_{at} (id INTEGER PRIMARY KEY, {columns}, parent int REFERENCES table_0 (id) ON DELETE CASCADE);\n\
                 CREATE INDEX index_{at} ON table_{at} (column_1, column_2);\n"
            )
        });
        let script = format!("BEGIN; {} COMMIT", tables.collect::<String>());
        let mut database = terrane_sqlite::connect::Location::memory().open().await.unwrap();
        database.execute(&script).await.unwrap();
        let mut took = Vec::new();
        for _ in 0..5 {
            let started = Instant::now();
            let found = inspect(database.connection()).await.unwrap();
            took.push(started.elapsed());
            assert_eq!(found.schema.tables.len(), 1000);
        }
        say(&format!("inspection of 1,000 tables of 12 columns: {took:?}"));
        // The best of them: others run beside us.
        let best = took.into_iter().min().unwrap_or_default();
        assert!(cfg!(debug_assertions) || best.as_millis() < 25, "{best:?}");
    });
}
