//! What surrounds a transaction: foreign keys, and the probes that stand in for them.

use crate::harness::{Failure, block_on, database, execute, migrate, one, rows, schema};
use terrane_core::ddl::parse_statement;
use terrane_core::dialect::{Conduct, Dialect};
use terrane_core::op::Op;
use terrane_core::schema::Schema;
use terrane_core::sql::split;
use terrane_sqlite::{FLAVOR, Sqlite};

fn ops(script: &str) -> Vec<Op> {
    let statements = split(script, &FLAVOR.lexing).unwrap();
    statements
        .iter()
        .flat_map(|s| parse_statement(script, s, &FLAVOR).unwrap().ops)
        .collect()
}

#[test]
fn what_only_adds_needs_nothing() {
    let ops = ops("CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int; CREATE INDEX i ON t (b)");
    assert_eq!(Sqlite.conduct(&ops, &Schema::new()), Conduct::default());
}

#[test]
fn a_drop_that_would_leave_orphans_is_rolled_back() {
    block_on(async {
        let script = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p int REFERENCES p ON DELETE CASCADE); \
                      INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)";
        let mut db = database(script).await;
        let before = schema(&mut db).await;
        let failure = execute(&mut db, &ops("DROP TABLE p"), &before).await.unwrap_err();
        assert!(matches!(failure, Failure::Worse(why) if why.contains("1 broken references")));
        assert_eq!(schema(&mut db).await, before);
        assert_eq!(rows(&mut db, "SELECT p FROM c").await, ["1"]);
    });
}

#[test]
fn both_sides_of_a_reference_may_go_at_once() {
    block_on(async {
        let script = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p int REFERENCES p); CREATE TABLE x (a int); \
                      INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)";
        let mut db = database(script).await;
        migrate(&mut db, "CREATE TABLE x (a int)").await.unwrap();
        assert_eq!(one(&mut db, "SELECT count(*) FROM sqlite_schema").await, "1");
    });
}

#[test]
fn a_view_that_breaks_is_rolled_back() {
    block_on(async {
        let mut db = database(
            "CREATE TABLE t (a int, b int UNIQUE); CREATE VIEW v AS SELECT b FROM t; CREATE VIEW w AS SELECT * FROM v",
        )
        .await;
        let before = schema(&mut db).await;
        let failure = execute(&mut db, &ops("ALTER TABLE t DROP COLUMN b"), &before)
            .await
            .unwrap_err();
        assert!(matches!(failure, Failure::Worse(why) if why.contains("no such column: b")));
        assert_eq!(schema(&mut db).await, before);
    });
}

#[test]
fn a_view_that_another_reads_does_not_go_alone() {
    block_on(async {
        let mut db = database("CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW w AS SELECT a FROM v").await;
        let before = schema(&mut db).await;
        let failure = execute(&mut db, &ops("DROP VIEW v"), &before).await.unwrap_err();
        assert!(matches!(failure, Failure::Worse(why) if why.contains("no such table: main.v")));
        execute(&mut db, &ops("DROP VIEW w; DROP VIEW v"), &before)
            .await
            .unwrap();
    });
}

#[test]
fn a_trigger_that_breaks_is_rolled_back() {
    block_on(async {
        let script = "CREATE TABLE t (a int, b int); CREATE TABLE u (x int); \
                      CREATE TRIGGER g AFTER UPDATE ON u BEGIN UPDATE t SET b = NEW.x; END";
        let mut db = database(script).await;
        let before = schema(&mut db).await;
        let failure = execute(&mut db, &ops("ALTER TABLE t DROP COLUMN b"), &before)
            .await
            .unwrap_err();
        assert!(
            matches!(&failure, Failure::Worse(why) if why.contains("no such column: b")),
            "{failure:?}"
        );
        assert_eq!(schema(&mut db).await, before);
    });
}

#[test]
fn rows_written_while_keys_are_off_are_looked_at() {
    block_on(async {
        let script =
            "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p int REFERENCES p); CREATE TABLE x (a int)";
        let mut db = database(script).await;
        let before = schema(&mut db).await;
        let failure = execute(&mut db, &ops("DROP TABLE x; INSERT INTO c VALUES (5)"), &before)
            .await
            .unwrap_err();
        assert!(matches!(failure, Failure::Worse(_)));
    });
}

/// The author's own twelve steps meet the same conduct: the old table is dropped with keys off.
#[test]
fn a_rebuild_by_hand_keeps_the_children() {
    block_on(async {
        let script = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p int REFERENCES p ON DELETE CASCADE); \
                      INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)";
        let mut db = database(script).await;
        let before = schema(&mut db).await;
        let by_hand = "CREATE TABLE q (id INTEGER PRIMARY KEY, n text); INSERT INTO q (id) SELECT id FROM p; \
                       DROP TABLE p; ALTER TABLE q RENAME TO p";
        execute(&mut db, &ops(by_hand), &before).await.unwrap();
        assert_eq!(rows(&mut db, "SELECT p FROM c").await, ["1"]);
    });
}
