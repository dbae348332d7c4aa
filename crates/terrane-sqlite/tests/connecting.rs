//! Opening databases: what is there, what is not, and what must not be written.

use crate::harness::{block_on, database, run};
use std::time::Duration;
use terrane_sqlite::FLAVOR;
use terrane_sqlite::connect::Location;
use terrane_sqlite::inspect::{inspect, inspect_tables};

#[test]
fn a_file_that_is_not_there_is_made_only_when_asked() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::from_url("sqlite:app.db", folder.path()).unwrap();
        let error = location.open().await.unwrap_err();
        assert!(error.to_string().starts_with("cannot open `"), "{error}");
        assert!(!folder.path().join("app.db").exists());
        let made = Location {
            create: true,
            ..location.clone()
        };
        let mut database = made.open().await.unwrap();
        database.execute("CREATE TABLE t (a int)").await.unwrap();
        database.close().await.unwrap();
        location.open().await.unwrap();
    });
}

#[test]
fn what_is_no_database_says_so_when_it_is_opened() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "no database at all, ".repeat(100)).unwrap();
        let error = Location::file(path).open().await.unwrap_err();
        assert_eq!(error.message(), "file is not a database");
    });
}

#[test]
fn a_database_opened_for_reading_is_not_written() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let writing = Location {
            create: true,
            ..Location::file(&path)
        };
        let mut database = writing.open().await.unwrap();
        run(&mut database, "CREATE TABLE t (a int)").await;
        let reading = Location {
            read_only: true,
            ..Location::file(&path)
        };
        let mut reader = reading.open().await.unwrap();
        let error = reader.execute("INSERT INTO t VALUES (1)").await.unwrap_err();
        assert!(error.is_read_only() && !error.is_busy());
        assert_eq!(inspect(reader.connection()).await.unwrap().schema.tables.len(), 1);
    });
}

#[test]
fn a_lock_of_another_is_waited_for_and_then_told() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let location = Location {
            create: true,
            busy_timeout: Duration::from_millis(20),
            ..Location::file(folder.path().join("app.db"))
        };
        let (mut one, mut other) = (location.open().await.unwrap(), location.open().await.unwrap());
        one.execute("BEGIN IMMEDIATE").await.unwrap();
        assert!(other.execute("BEGIN IMMEDIATE").await.unwrap_err().is_busy());
        one.execute("ROLLBACK").await.unwrap();
        other.execute("BEGIN IMMEDIATE").await.unwrap();
    });
}

#[test]
fn named_tables_are_inspected_alone() {
    block_on(async {
        let script =
            "CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE TABLE u (b int); CREATE VIEW v AS SELECT 1 AS x";
        let mut database = database(script).await;
        let names = [FLAVOR.object("T"), FLAVOR.object("nowhere")];
        let found = inspect_tables(database.connection(), &names).await.unwrap().schema;
        let whole = inspect(database.connection()).await.unwrap().schema;
        assert_eq!(found.tables.len(), 1);
        assert_eq!(found.tables[&names[0]], whole.tables[&names[0]]);
        assert!(found.views.is_empty());
    });
}

#[test]
fn virtual_tables_are_kept_by_text_and_their_shadows_are_not_seen() {
    block_on(async {
        let script = "CREATE VIRTUAL TABLE f USING fts5(a, b); CREATE TABLE f_notes (a int)";
        let found = inspect(database(script).await.connection()).await.unwrap();
        assert_eq!(found.unread, []);
        let names: Vec<String> = found.schema.tables.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["f_notes"]);
        let kinds: Vec<&str> = found
            .schema
            .unmodelled
            .values()
            .map(|other| other.kind.as_str())
            .collect();
        assert_eq!(kinds, ["virtual table"]);
    });
}
