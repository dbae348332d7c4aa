//! Each change that Alembic does not see on SQLite, or gets wrong: seen, carried out, and the rows are still there.
//! The names are the rows of alembic.md, E.2.

use crate::harness::{block_on, carried_over, database, desired, difference, migrate, rows, run, schema};
use terrane_core::diff::Renames;
use terrane_core::op::Op;

/// From one script to another and back, with rows that the insert makes; `kept` gives the same on the way.
fn there_and_back(a: &str, b: &str, insert: &str, kept: &str) {
    block_on(async {
        carried_over(a, b).await;
        carried_over(b, a).await;
        let mut db = database(a).await;
        run(&mut db, insert).await;
        let before = rows(&mut db, kept).await;
        let (ops, _) = migrate(&mut db, b).await.unwrap();
        assert!(!ops.is_empty());
        assert_eq!(rows(&mut db, kept).await, before);
        migrate(&mut db, a).await.unwrap();
        assert_eq!(rows(&mut db, kept).await, before);
    });
}

macro_rules! seen {
    ($($name:ident: $a:expr, $b:expr, $insert:expr;)*) => {$(
        #[test]
        fn $name() {
            there_and_back($a, $b, $insert, "SELECT rowid, a FROM t");
        }
    )*};
}

seen! {
    primary_key_change: "CREATE TABLE t (a text NOT NULL, b int NOT NULL, PRIMARY KEY (a))", "CREATE TABLE t (a text NOT NULL, b int NOT NULL, PRIMARY KEY (a, b))", "INSERT INTO t VALUES ('x', 1), ('y', 2)";
    length_of_a_type: "CREATE TABLE t (a varchar(10))", "CREATE TABLE t (a varchar(20))", "INSERT INTO t VALUES ('x')";
    length_of_a_type_goes: "CREATE TABLE t (a varchar(10))", "CREATE TABLE t (a varchar)", "INSERT INTO t VALUES ('x')";
    collation: "CREATE TABLE t (a text)", "CREATE TABLE t (a text COLLATE NOCASE)", "INSERT INTO t VALUES ('x')";
    named_check_added: "CREATE TABLE t (a int)", "CREATE TABLE t (a int, CONSTRAINT positive CHECK (a > 0))", "INSERT INTO t VALUES (1)";
    named_check_changed: "CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0))", "CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0 AND a < 9))", "INSERT INTO t VALUES (1)";
    unnamed_check_added: "CREATE TABLE t (a int)", "CREATE TABLE t (a int CHECK (a > 0))", "INSERT INTO t VALUES (1)";
    unnamed_unique_added: "CREATE TABLE t (a int)", "CREATE TABLE t (a int UNIQUE)", "INSERT INTO t VALUES (1)";
    unique_column_order: "CREATE TABLE t (a int, b int, UNIQUE (a, b))", "CREATE TABLE t (a int, b int, UNIQUE (b, a))", "INSERT INTO t VALUES (1, 2)";
    index_columns: "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a)", "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (b, a)", "INSERT INTO t VALUES (1, 2)";
    index_where: "CREATE TABLE t (a int); CREATE INDEX i ON t (a) WHERE a > 0", "CREATE TABLE t (a int); CREATE INDEX i ON t (a) WHERE a > 1", "INSERT INTO t VALUES (1)";
    index_desc: "CREATE TABLE t (a int); CREATE INDEX i ON t (a)", "CREATE TABLE t (a int); CREATE INDEX i ON t (a DESC)", "INSERT INTO t VALUES (1)";
    expression_index_changed: "CREATE TABLE t (a text); CREATE INDEX i ON t (lower(a))", "CREATE TABLE t (a text); CREATE INDEX i ON t (upper(a))", "INSERT INTO t VALUES ('x')";
    foreign_key_on_delete: "CREATE TABLE t (a INTEGER PRIMARY KEY, p int REFERENCES t (a))", "CREATE TABLE t (a INTEGER PRIMARY KEY, p int REFERENCES t (a) ON DELETE CASCADE)", "INSERT INTO t VALUES (1, NULL), (2, 1)";
    foreign_key_match: "CREATE TABLE t (a INTEGER PRIMARY KEY, p int REFERENCES t (a))", "CREATE TABLE t (a INTEGER PRIMARY KEY, p int REFERENCES t (a) MATCH FULL)", "INSERT INTO t VALUES (1, NULL), (2, 1)";
    foreign_key_renamed: "CREATE TABLE t (a INTEGER PRIMARY KEY, p int, CONSTRAINT one FOREIGN KEY (p) REFERENCES t (a))", "CREATE TABLE t (a INTEGER PRIMARY KEY, p int, CONSTRAINT two FOREIGN KEY (p) REFERENCES t (a))", "INSERT INTO t VALUES (1, NULL), (2, 1)";
    computed_expression: "CREATE TABLE t (a int, b int AS (a + 1))", "CREATE TABLE t (a int, b int AS (a + 2))", "INSERT INTO t VALUES (1)";
    computed_stored: "CREATE TABLE t (a int, b int AS (a + 1))", "CREATE TABLE t (a int, b int AS (a + 1) STORED)", "INSERT INTO t VALUES (1)";
    server_default_constant: "CREATE TABLE t (a int DEFAULT 1)", "CREATE TABLE t (a int DEFAULT 2)", "INSERT INTO t VALUES (1)";
    server_default_function: "CREATE TABLE t (a text DEFAULT CURRENT_TIMESTAMP)", "CREATE TABLE t (a text DEFAULT (datetime('now')))", "INSERT INTO t VALUES ('x')";
    column_order: "CREATE TABLE t (a int, b int)", "CREATE TABLE t (b int, a int)", "INSERT INTO t (a, b) VALUES (1, 2)";
    autoincrement: "CREATE TABLE t (a INTEGER PRIMARY KEY)", "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)", "INSERT INTO t VALUES (5)";
    strict: "CREATE TABLE t (a INT)", "CREATE TABLE t (a INT) STRICT", "INSERT INTO t VALUES (1)";
    views: "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t", "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a + 1 AS a FROM t", "INSERT INTO t VALUES (1)";
    triggers: "CREATE TABLE t (a int); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END", "CREATE TABLE t (a int); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 2; END", "INSERT INTO t VALUES (1)";
}

#[test]
fn without_rowid() {
    let a = "CREATE TABLE t (a text PRIMARY KEY NOT NULL)";
    there_and_back(
        a,
        &format!("{a} WITHOUT ROWID"),
        "INSERT INTO t VALUES ('x')",
        "SELECT a FROM t",
    );
}

#[test]
fn index_rename() {
    let (a, b) = (
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a int); CREATE INDEX j ON t (a)",
    );
    there_and_back(a, b, "INSERT INTO t VALUES (1)", "SELECT rowid, a FROM t");
    block_on(async {
        let delta = difference(&desired(a).await, &desired(b).await, &Renames::default());
        assert!(matches!(delta.ops.as_slice(), [Op::RenameIndex { .. }]));
    });
}

#[test]
fn rename_of_a_column_that_is_declared() {
    block_on(async {
        let mut db =
            database("CREATE TABLE t (a int, b text); CREATE VIEW v AS SELECT b FROM t; INSERT INTO t VALUES (1, 'x')")
                .await;
        let wish = "CREATE TABLE t (a int,\n c text -- renamed_from: b\n); CREATE VIEW v AS SELECT c AS b FROM t";
        let (ops, _) = migrate(&mut db, wish).await.unwrap();
        assert!(matches!(ops[0], Op::RenameColumn { .. }));
        assert!(!ops.iter().any(|op| matches!(op, Op::DropColumn { .. })));
        assert_eq!(rows(&mut db, "SELECT c FROM t").await, ["x"]);
    });
}

#[test]
fn rename_of_a_table_that_is_declared() {
    block_on(async {
        let script = "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE c (p int REFERENCES p); \
                      INSERT INTO p VALUES (7); INSERT INTO c VALUES (7); DELETE FROM c";
        let mut db = database(script).await;
        let wish = "-- renamed_from: p\nCREATE TABLE q (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE c (p int REFERENCES q)";
        let (ops, _) = migrate(&mut db, wish).await.unwrap();
        assert!(matches!(ops.as_slice(), [Op::RenameTable { .. }]));
        assert_eq!(rows(&mut db, "SELECT * FROM sqlite_sequence").await, ["q|7"]);
    });
}

#[test]
fn rename_that_is_not_declared_is_a_question() {
    block_on(async {
        let (a, b) = (
            desired("CREATE TABLE t (a int, b text)").await,
            desired("CREATE TABLE t (a int, c text)").await,
        );
        let delta = difference(&a, &b, &Renames::default());
        assert_eq!(delta.questions.len(), 1);
    });
}

/// Spelling is no change: case, spacing, quotes, needless parentheses, and where a constraint is written.
#[test]
fn nothing_is_seen_where_nothing_changed() {
    block_on(async {
        let a = "CREATE TABLE t (id integer primary key, a varchar(10) DEFAULT ('x') unique CHECK (a<>''), p int references t(id))";
        let b = "create table \"t\" ([id] INTEGER, `a` VARCHAR( 10 ) default 'x', p INT, \
                 primary key (id), unique(a), foreign key (p) REFERENCES T (ID), CHECK ( (\"a\" <> '') /* never empty */ ))";
        let mut db = database(a).await;
        let delta = difference(&schema(&mut db).await, &desired(b).await, &Renames::default());
        assert!(delta.is_empty(), "{:#?}", delta.ops);
    });
}
