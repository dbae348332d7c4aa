//! One of every kind of object: each is found, its text makes it again, and its name is what undoes it.

use crate::harness::{Scratch, block_on, server};
use std::collections::BTreeSet;
use terrane_core::name::ObjectName;
use terrane_core::schema::{Schema, Unmodelled};
use terrane_postgres::FLAVOR;
use terrane_postgres::connect::Database;
use terrane_postgres::inspect::{Object, inspect, inspect_tables};

const SCRIPT: &str = include_str!("census.sql");

/// The statements, each with whether it may fail and with what it makes, `kind: name`.
fn statements() -> Vec<(String, bool, Vec<&'static str>)> {
    let mut statements = Vec::new();
    let mut text = String::new();
    let mut expected = Vec::new();
    for line in SCRIPT.lines().skip(1) {
        let (sql, mark) = line.split_once(" --").unwrap_or((line, ""));
        text.push_str(sql);
        text.push('\n');
        expected.extend(mark.strip_prefix("# "));
        if sql.ends_with(';') {
            statements.push((
                std::mem::take(&mut text),
                mark == "ignore",
                std::mem::take(&mut expected),
            ));
        }
    }
    statements
}

async fn made(url: &str) -> Scratch {
    let mut scratch = Scratch::new(url, "").await.unwrap();
    for (sql, may_fail, _) in statements() {
        match scratch.database.execute(&sql).await {
            Ok(()) => {}
            Err(_) if may_fail => {}
            Err(error) => panic!("{error}\n{sql}"),
        }
    }
    scratch
}

async fn schema(database: &mut Database) -> Schema {
    inspect(database.connection()).await.unwrap().schema
}

/// All that is in a schema, as `kind: name`; a `!` marks a kind that the model has a noun for, kept as text all the same.
fn listing(schema: &Schema) -> BTreeSet<String> {
    let nouns = ["sequence", "index"];
    let mut listing = BTreeSet::new();
    listing.extend(schema.tables.keys().map(|name| format!("table: {name}")));
    listing.extend(schema.views.keys().map(|name| format!("view: {name}")));
    listing.extend(schema.enums.keys().map(|name| format!("enum: {name}")));
    listing.extend(schema.sequences.keys().map(|name| format!("sequence: {name}")));
    listing.extend(schema.routines.keys().map(|name| format!("routine: {name}")));
    let triggers = schema.tables.values().flat_map(|table| table.triggers.keys());
    let triggers = triggers.chain(schema.views.values().flat_map(|view| view.triggers.keys()));
    listing.extend(triggers.map(|name| format!("trigger: {name}")));
    let indexes = schema.tables.values().flat_map(|table| table.indexes.keys());
    listing.extend(indexes.map(|name| format!("index: {name}")));
    listing.extend(schema.unmodelled.values().map(|other| {
        let noun = if nouns.contains(&other.kind.as_str()) { "!" } else { "" };
        format!("{}{noun}: {}", other.kind, other.name)
    }));
    listing
}

#[test]
fn a_new_database_is_empty() {
    let Some(url) = server("a_new_database_is_empty") else {
        return;
    };
    block_on(async {
        let mut scratch = Scratch::new(&url, "").await.unwrap();
        let schema = schema(&mut scratch.database).await;
        scratch.drop().await;
        assert_eq!(schema, Schema::new());
    });
}

#[test]
fn one_of_every_kind_is_found() {
    let Some(url) = server("one_of_every_kind_is_found") else {
        return;
    };
    block_on(async {
        let mut scratch = made(&url).await;
        let found = listing(&schema(&mut scratch.database).await);
        scratch.drop().await;
        let expected: BTreeSet<String> = statements()
            .iter()
            .flat_map(|(_, _, made)| made)
            .map(|text| (*text).to_owned())
            .collect();
        let missing: Vec<_> = expected.difference(&found).collect();
        assert!(missing.is_empty(), "missing: {missing:#?}\nthere is: {found:#?}");
    });
}

/// What undoes it, from its kind and its name alone.
fn undone(other: &Unmodelled) -> String {
    let name = &other.name;
    match other.kind.as_str() {
        "grant" => format!("REVOKE {name}"),
        "revoke" => format!("GRANT {name}"),
        "comment" => format!("COMMENT ON {name} IS NULL"),
        "default privileges" => format!("ALTER DEFAULT PRIVILEGES {name}"),
        "owner" => format!("ALTER {name}"),
        kind => {
            let alone = ["subscription", "user mapping"].contains(&kind);
            let cascade = if alone { "" } else { " CASCADE" };
            // 15 looks for a function of the operator class when it drops the index after it, and fails.
            let first = if kind == "extension" {
                "DROP INDEX app.users_trgm; "
            } else {
                ""
            };
            format!("{first}DROP {} {name}{cascade}", kind.to_uppercase())
        }
    }
}

#[test]
fn its_name_undoes_it_and_its_text_makes_it_again() {
    let Some(url) = server("its_name_undoes_it_and_its_text_makes_it_again") else {
        return;
    };
    block_on(async {
        let mut scratch = made(&url).await;
        let all = schema(&mut scratch.database).await;
        let mut wrong = Vec::new();
        for (key, other) in &all.unmodelled {
            let text = other.definition.as_str();
            if text.starts_with("--") || other.name.to_string() == "base" {
                continue;
            }
            scratch.database.execute("BEGIN").await.unwrap();
            for (state, sql) in [(false, undone(other)), (true, text.to_owned())] {
                if let Err(error) = scratch.database.execute(&sql).await {
                    wrong.push(format!("{}: {key}: {error}: {sql}", other.kind));
                    break;
                }
                let is = schema(&mut scratch.database).await;
                let again = is.unmodelled.get(key);
                if again != state.then_some(other) {
                    wrong.push(format!("{}: {key}: {sql}\n  was {other:?}\n  is {again:?}", other.kind));
                }
            }
            scratch.database.execute("ROLLBACK").await.unwrap();
        }
        scratch.drop().await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn what_needs_what_is_known() {
    let Some(url) = server("what_needs_what_is_known") else {
        return;
    };
    block_on(async {
        let mut scratch = made(&url).await;
        let found = inspect(scratch.database.connection()).await.unwrap().dependencies;
        scratch.drop().await;
        let name = |text: &str| match text.strip_prefix("app.") {
            Some(rest) => ObjectName {
                schema: Some(FLAVOR.ident("app")),
                name: FLAVOR.ident(rest),
            },
            None => FLAVOR.object(text),
        };
        let table = |text: &str| Object::Table(name(text));
        let other = |text: &str| Object::Other(name(text));
        let users = || name("app.users");
        let on_users = |text: &str| Object::Index {
            table: users(),
            name: FLAVOR.ident(text),
        };
        let trigger = Object::Trigger {
            relation: users(),
            name: FLAVOR.ident("touching"),
        };
        let reference = Object::Constraint {
            table: name("orders"),
            name: FLAVOR.ident("orders_user_id_fkey"),
        };
        for (from, to, columns) in [
            (Object::View(name("app.named")), table("app.users"), "id name"),
            (Object::View(name("totals")), table("app.users"), ""),
            (on_users("users_trgm"), other("pg_trgm"), ""),
            (on_users("users_trgm"), table("app.users"), "name"),
            (table("app.users"), Object::Enum(name("mood")), ""),
            (table("app.users"), other("hstore"), ""),
            (table("orders"), Object::Sequence(name("orders_id_seq")), ""),
            (table("orders_old"), table("orders"), ""),
            (table("child"), table("app.users"), ""),
            (table("typed"), other("pair"), ""),
            (trigger, Object::Routine(name("touch()")), ""),
            (reference, table("app.users"), "id"),
            (other("own ON app.users"), table("app.users"), "name"),
            (other("app.remote"), other("far"), ""),
            (other("(pair AS text)"), Object::Routine(name("app.to_text(pair)")), ""),
            (other("app.total(integer)"), other("\"app\""), ""),
        ] {
            let edge = found.of(&from).find(|(needed, _)| **needed == to);
            let edge = edge.map(|(_, columns)| columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            let all: Vec<_> = found.of(&from).collect();
            assert_eq!(
                edge.as_deref(),
                Some(columns),
                "{from:?} needs {to:?}; it needs {all:?}"
            );
            assert!(found.on(&to).any(|dependent| *dependent == from));
        }
        let sequence = Object::Sequence(name("orders_id_seq"));
        assert!(!found.of(&sequence).any(|(needed, _)| *needed == table("orders")));
    });
}

#[test]
fn a_transaction_of_somebody_else_is_left_as_it_was() {
    let Some(url) = server("a_transaction_of_somebody_else_is_left_as_it_was") else {
        return;
    };
    block_on(async {
        let mut scratch = Scratch::new(&url, "CREATE SCHEMA s").await.unwrap();
        let database = &mut scratch.database;
        database.execute("BEGIN").await.unwrap();
        database.execute("SET LOCAL search_path = s").await.unwrap();
        database
            .execute("CREATE TABLE t (a int); CREATE TABLE u (a int)")
            .await
            .unwrap();
        let inside = schema(database).await;
        database.execute("CREATE TABLE v (a int)").await.unwrap();
        let named = [inside.tables.keys().next().unwrap().clone()];
        let one = inspect_tables(database.connection(), &named).await.unwrap().schema;
        database.execute("COMMIT").await.unwrap();
        let outside = schema(database).await;
        scratch.drop().await;
        let tables = |schema: &Schema| schema.tables.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(tables(&inside), ["s.t", "s.u"]);
        assert_eq!(tables(&one), ["s.t"]);
        assert_eq!(tables(&outside), ["s.t", "s.u", "s.v"]);
    });
}
