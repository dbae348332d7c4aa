//! Which statements a change becomes; what is refused, and why.

use crate::harness::{block_on, database, rows, run, schema};
use terrane_core::ddl::parse_statement;
use terrane_core::dialect::{Dialect, Unsupported};
use terrane_core::op::Op;
use terrane_core::schema::Schema;
use terrane_core::sql::split;
use terrane_sqlite::load::load;
use terrane_sqlite::{FLAVOR, Sqlite};

fn ops(script: &str) -> Vec<Op> {
    let statements = split(script, &FLAVOR.lexing).unwrap();
    statements
        .iter()
        .flat_map(|s| parse_statement(script, s, &FLAVOR).unwrap().ops)
        .collect()
}

fn said(script: &str) -> Schema {
    let mut schema = Schema::new();
    for op in ops(script) {
        op.apply(&mut schema).unwrap();
    }
    Sqlite.normalize(&mut schema);
    schema
}

fn lowered(before: &str, change: &str) -> Result<Vec<String>, Unsupported> {
    let statements = Sqlite.lower(&ops(change), &said(before))?;
    let sql = statements
        .into_iter()
        .map(|statement| statement.sql.split_whitespace().collect::<Vec<_>>().join(" "));
    Ok(sql.collect())
}

/// The change becomes these statements, and SQLite takes them.
#[track_caller]
fn becomes(before: &str, change: &str, expected: &[&str]) {
    let statements = lowered(before, change).unwrap();
    assert_eq!(statements, expected);
    let reached = block_on(async {
        let mut database = database(before).await;
        for statement in &statements {
            run(&mut database, statement).await;
        }
        schema(&mut database).await
    });
    let mut wished = said(before);
    for op in ops(change) {
        op.apply(&mut wished).unwrap();
    }
    Sqlite.normalize(&mut wished);
    assert_eq!(reached, wished);
}

#[track_caller]
fn refused(before: &str, change: &str, reason: &str) {
    let refusal = lowered(before, change).unwrap_err();
    assert_eq!(refusal.reason, reason);
}

#[test]
fn columns_are_added_in_place_with_their_constraints() {
    becomes(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a int)",
        "ALTER TABLE t ADD COLUMN b text NOT NULL DEFAULT 'x', ADD COLUMN c int, ADD COLUMN d int AS (a + 1) VIRTUAL; \
         ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES p (id) ON DELETE SET NULL; ALTER TABLE t ADD CHECK (c > a)",
        &[
            "ALTER TABLE t ADD COLUMN b text NOT NULL DEFAULT 'x'",
            "ALTER TABLE t ADD COLUMN c int CONSTRAINT f REFERENCES p (id) ON DELETE SET NULL",
            "ALTER TABLE t ADD COLUMN d int GENERATED ALWAYS AS (a + 1) VIRTUAL CHECK (c > a)",
        ],
    );
}

#[test]
fn what_add_column_cannot_say_is_a_rebuild() {
    for column in [
        "b int UNIQUE",
        "b int DEFAULT (1 + 1)",
        "b text DEFAULT CURRENT_TIMESTAMP",
        "b int AS (a) STORED",
        "b int DEFAULT 5 REFERENCES t (a)",
    ] {
        let statements = lowered(
            "CREATE TABLE t (a int UNIQUE)",
            &format!("ALTER TABLE t ADD COLUMN {column}"),
        )
        .unwrap();
        assert!(
            statements.iter().any(|sql| sql == "DROP TABLE t"),
            "{column}: {statements:?}"
        );
    }
}

#[test]
fn columns_are_dropped_in_place_with_their_indexes() {
    becomes(
        "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (b)",
        "ALTER TABLE t DROP COLUMN b",
        &["DROP INDEX i", "ALTER TABLE t DROP COLUMN b"],
    );
}

#[test]
fn what_drop_column_cannot_drop_is_a_rebuild() {
    let used = [
        "CREATE TABLE t (a int, b int UNIQUE)",
        "CREATE TABLE t (a int, b int PRIMARY KEY)",
        "CREATE TABLE t (a int, b int REFERENCES t (a))",
    ];
    for table in used {
        let statements = lowered(table, "ALTER TABLE t DROP COLUMN b").unwrap();
        assert!(
            statements.iter().any(|sql| sql == "DROP TABLE t"),
            "{table}: {statements:?}"
        );
    }
}

#[test]
fn ops_that_follow_one_another_on_a_table_are_one_rebuild() {
    becomes(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a int, b text); CREATE INDEX i ON t (a)",
        "ALTER TABLE t ADD COLUMN c int; ALTER TABLE t ALTER COLUMN a TYPE bigint; ALTER TABLE t ALTER COLUMN a SET NOT NULL; \
         ALTER TABLE t DROP COLUMN b; ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0); ALTER TABLE t ORDER COLUMNS (id, c, a)",
        &[
            "CREATE TABLE _terrane_rebuild_t ( id INTEGER PRIMARY KEY AUTOINCREMENT, c int, a bigint NOT NULL, CONSTRAINT k CHECK (a > 0) )",
            "INSERT OR ABORT INTO _terrane_rebuild_t (id, a) SELECT id, a FROM t ORDER BY id",
            "DELETE FROM sqlite_sequence WHERE name = '_terrane_rebuild_t'",
            "INSERT INTO sqlite_sequence (name, seq) SELECT '_terrane_rebuild_t', seq FROM sqlite_sequence WHERE name = 't'",
            "PRAGMA legacy_alter_table=ON",
            "DROP TABLE t",
            "ALTER TABLE _terrane_rebuild_t RENAME TO t",
            "PRAGMA legacy_alter_table=OFF",
            "CREATE INDEX i ON t (a)",
        ],
    );
}

#[test]
fn each_statement_says_which_ops_it_carries() {
    let change = ops(
        "CREATE TABLE u (x int); ALTER TABLE t ADD COLUMN b int; ALTER TABLE t ADD CHECK (b > 0); COMMENT ON TABLE t IS 'x'; DROP TABLE u",
    );
    let statements = Sqlite.lower(&change, &said("CREATE TABLE t (a int)")).unwrap();
    let carried: Vec<Vec<usize>> = statements.into_iter().map(|statement| statement.ops).collect();
    assert_eq!(carried, [vec![0], vec![1, 2], vec![4]]);
}

#[test]
fn names_that_differ_in_case_go_by_way_of_another() {
    becomes(
        "CREATE TABLE users (id INTEGER PRIMARY KEY)",
        "ALTER TABLE users RENAME TO \"Users\"; ALTER TABLE \"Users\" RENAME COLUMN id TO \"ID\"",
        &[
            "ALTER TABLE users RENAME TO _terrane_aside_users",
            "ALTER TABLE _terrane_aside_users RENAME TO \"Users\"",
            "ALTER TABLE \"Users\" RENAME COLUMN id TO \"ID\"",
        ],
    );
}

#[test]
fn an_index_is_renamed_by_making_it_anew() {
    becomes(
        "CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a DESC) WHERE a > 0",
        "ALTER INDEX i RENAME TO j",
        &["DROP INDEX i", "CREATE UNIQUE INDEX j ON t (a DESC) WHERE a > 0"],
    );
}

#[test]
fn a_rename_comes_before_the_rebuild_and_reaches_views() {
    becomes(
        "CREATE TABLE t (a int, b int UNIQUE); CREATE VIEW v AS SELECT a FROM t",
        "ALTER TABLE t RENAME COLUMN a TO z; ALTER TABLE t DROP COLUMN b",
        &[
            "ALTER TABLE t RENAME COLUMN a TO z",
            "CREATE TABLE _terrane_rebuild_t ( z int )",
            "INSERT OR ABORT INTO _terrane_rebuild_t (z, rowid) SELECT z, rowid FROM t ORDER BY rowid",
            "PRAGMA legacy_alter_table=ON",
            "DROP TABLE t",
            "ALTER TABLE _terrane_rebuild_t RENAME TO t",
            "PRAGMA legacy_alter_table=OFF",
        ],
    );
}

#[test]
fn what_sqlite_keeps_no_record_of_is_no_statement() {
    assert_eq!(
        lowered(
            "CREATE TABLE t (a int)",
            "COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.a IS 'y'"
        )
        .unwrap(),
        Vec::<String>::new()
    );
    let call = [Op::Call("backfill".to_owned())];
    assert_eq!(Sqlite.lower(&call, &Schema::new()).unwrap(), []);
}

#[test]
fn an_author_s_statement_runs_as_it_was_written() {
    let sql = "INSERT  INTO t VALUES (1) -- why\n ON CONFLICT DO NOTHING";
    let statements = Sqlite.lower(&ops(sql), &Schema::new()).unwrap();
    assert_eq!(statements[0].sql, sql);
}

#[test]
fn portable_spellings_are_lowered_to_sqlite_s() {
    becomes(
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ADD COLUMN b text DEFAULT Word; CREATE TABLE u (at timestamp DEFAULT now(), a int CHECK (u.a > 0)); \
         CREATE INDEX i ON t (a NULLS FIRST)",
        &[
            "ALTER TABLE t ADD COLUMN b text DEFAULT Word",
            "CREATE TABLE u ( at timestamp DEFAULT CURRENT_TIMESTAMP, a int, CHECK (a > 0) )",
            "CREATE INDEX i ON t (a)",
        ],
    );
}

#[test]
fn a_portable_numbered_column_counts_in_sqlite() {
    block_on(async {
        let script = "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a varchar(20))";
        let table = said(script).tables.into_values().next().unwrap();
        assert_eq!(
            lowered("", script).unwrap(),
            ["CREATE TABLE t ( id INTEGER PRIMARY KEY AUTOINCREMENT, a varchar(20) )"]
        );
        let statements = Sqlite
            .lower(&[Op::CreateTable(Box::new(table.clone()))], &Schema::new())
            .unwrap();
        let mut database = database(&statements[0].sql).await;
        run(
            &mut database,
            "INSERT INTO t (a) VALUES ('x'); DELETE FROM t; INSERT INTO t (a) VALUES ('y')",
        )
        .await;
        assert_eq!(rows(&mut database, "SELECT id FROM t").await, ["2"]);
        assert_eq!(schema(&mut database).await.tables.into_values().next().unwrap(), table);
    });
}

#[test]
fn what_sqlite_does_not_have_is_refused_with_a_reason() {
    let table = "CREATE TABLE t (a int, b int)";
    refused("", "CREATE TYPE e AS ENUM ('a')", "SQLite has no enumerated types");
    refused("", "CREATE SEQUENCE s", "SQLite has no sequences");
    refused(
        "",
        "CREATE FUNCTION f () RETURNS int",
        "SQLite keeps no functions or procedures",
    );
    refused(
        "",
        "CREATE MATERIALIZED VIEW v AS SELECT 1",
        "SQLite has no materialized views",
    );
    refused(
        "",
        "CREATE TABLE x.t (a int)",
        "`x.t` is in a schema of its own, and a database of SQLite has none",
    );
    refused(
        table,
        "ALTER TABLE t ADD EXCLUDE USING gist (a WITH =)",
        "SQLite has no exclusion constraints",
    );
    refused(
        table,
        "ALTER TABLE t ADD UNIQUE (a) DEFERRABLE",
        "SQLite checks a key at each row, and defers foreign keys only",
    );
    refused(
        table,
        "CREATE INDEX i ON t USING gin (a)",
        "SQLite has no access method `gin`",
    );
    refused(
        table,
        "CREATE INDEX i ON t (a) INCLUDE (b)",
        "SQLite carries no further columns along in an index",
    );
    refused(
        table,
        "CREATE INDEX i ON t (a NULLS LAST)",
        "SQLite keeps NULLs before all values in an index",
    );
    refused(
        table,
        "ALTER TABLE t SET (fillfactor = '70')",
        "SQLite has no table option `fillfactor`",
    );
    refused(
        "CREATE TABLE t (a int)",
        "ALTER TABLE t ALTER COLUMN a ADD GENERATED BY DEFAULT AS IDENTITY",
        "SQLite numbers `a` only if it is the one INTEGER column of the primary key",
    );
    refused(
        table,
        "ALTER TABLE u ALTER COLUMN a SET NOT NULL",
        "there is no table `u` whose definition is known",
    );
    refused(
        table,
        "ALTER TABLE t ALTER COLUMN x SET NOT NULL",
        "table `t` has no column `x`",
    );
    refused(
        "CREATE TABLE t (a int)",
        "ALTER TABLE t DROP COLUMN a",
        "`t` would have no column of its own left",
    );
}

#[test]
fn a_table_that_is_not_understood_is_never_rebuilt() {
    block_on(async {
        let script = "CREATE TABLE t (a int AUTO_INCREMENT, b int)";
        let found = load(script).await.unwrap();
        assert_eq!(found.unread.len(), 1);
        let refusal = Sqlite
            .lower(&ops("ALTER TABLE t ALTER COLUMN b SET NOT NULL"), &found.schema)
            .unwrap_err();
        assert_eq!(
            refusal.reason,
            "`t` is defined in a way that is not understood, so that a rebuild could lose something"
        );
    });
}

#[test]
fn a_script_that_does_not_load_says_where() {
    block_on(async {
        let script = "CREATE TABLE t (a int);\nCREATE INDEX i ON t (b);";
        let error = load(script).await.unwrap_err();
        assert_eq!(error.message, "no such column: b");
        assert_eq!(&script[error.span.range()], "CREATE INDEX i ON t (b)");
        let error = load("CREATE TABLE t (a text DEFAULT 'x").await.unwrap_err();
        assert_eq!(
            (error.message.as_str(), error.span.start),
            ("this string is not closed", 31)
        );
    });
}
