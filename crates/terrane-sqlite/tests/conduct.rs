//! What surrounds a transaction: foreign keys, and the probes that stand in for them.

use crate::harness::{Failure, block_on, database, execute, migrate, one, rows, run, schema};
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

/// What is said of statements that would break something, and that nothing was changed by them.
async fn breaks(script: &str, statements: &str) -> String {
    let mut db = database(script).await;
    let before = schema(&mut db).await;
    let failure = execute(&mut db, &ops(statements), &before).await;
    assert_eq!(schema(&mut db).await, before, "{statements}");
    match failure {
        Err(Failure::Worse(why)) => why,
        other => panic!("{statements} on {script}: {other:?}"),
    }
}

/// Each breaks something in silence: SQLite lets it pass.
#[test]
fn what_sqlite_lets_pass_is_asked_before_it_is_committed() {
    let audit = "CREATE TABLE t (a int); CREATE TABLE log (x int)";
    let cases = [
        // A column more than a trigger writes.
        (
            format!("{audit}; CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END"),
            "ALTER TABLE log ADD COLUMN y int",
            "has 2 columns but 1 values were supplied",
        ),
        (
            format!("{audit}; CREATE TRIGGER g AFTER DELETE ON t BEGIN INSERT INTO log SELECT * FROM t; END"),
            "ALTER TABLE t ADD COLUMN b int",
            "has 1 columns but 2 values were supplied",
        ),
        // By way of a view, and of a view on that.
        (
            format!(
                "{audit}; CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w AS SELECT * FROM v; \
                 CREATE TRIGGER g AFTER DELETE ON t BEGIN INSERT INTO log SELECT * FROM w; END"
            ),
            "ALTER TABLE t ADD COLUMN b int",
            "has 1 columns but 2 values were supplied",
        ),
        // A trigger of another table, of an update of one column.
        (
            format!("{audit}; CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN INSERT INTO log VALUES (new.a); END"),
            "ALTER TABLE log ADD COLUMN y int",
            "has 2 columns but 1 values were supplied",
        ),
        // A view that takes writes.
        (
            "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; \
             CREATE TRIGGER g INSTEAD OF UPDATE ON v BEGIN INSERT INTO t VALUES (new.a); END"
                .to_owned(),
            "ALTER TABLE t ADD COLUMN b int",
            "has 2 columns but 1 values were supplied",
        ),
        (
            "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; \
             CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.a); END"
                .to_owned(),
            "ALTER TABLE t ADD COLUMN b int",
            "has 2 columns but 1 values were supplied",
        ),
        // A name that two tables have now, an uneven union, a list of names that is too short.
        (
            "CREATE TABLE t (a int); CREATE TABLE u (b int); CREATE VIEW v AS SELECT a, b FROM t, u".to_owned(),
            "ALTER TABLE t ADD COLUMN b int",
            "ambiguous column name: b",
        ),
        (
            "CREATE TABLE t (a int); CREATE TABLE u (b int); CREATE VIEW v AS SELECT * FROM t UNION SELECT * FROM u"
                .to_owned(),
            "ALTER TABLE t ADD COLUMN b int",
            "do not have the same number of result columns",
        ),
        (
            "CREATE TABLE t (a int); CREATE VIEW v (a) AS SELECT * FROM t".to_owned(),
            "ALTER TABLE t ADD COLUMN b int",
            "expected 1 columns for 'v' but got 2",
        ),
        // An index that something relies on.
        (
            "CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a); CREATE TABLE c (a int REFERENCES t (a))"
                .to_owned(),
            "DROP INDEX i",
            "foreign key mismatch",
        ),
        (
            "CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX i ON t (b); CREATE TABLE c (b int REFERENCES t (b))"
                .to_owned(),
            "ALTER TABLE t DROP COLUMN b",
            "foreign key mismatch",
        ),
        (
            "CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a FROM t INDEXED BY i".to_owned(),
            "DROP INDEX i",
            "no such index: i",
        ),
        (
            "CREATE TABLE t (a int, n int); CREATE UNIQUE INDEX i ON t (a); CREATE TABLE u (a int); CREATE TRIGGER g \
             AFTER INSERT ON u BEGIN INSERT INTO t VALUES (new.a, 1) ON CONFLICT (a) DO UPDATE SET n = n + 1; END"
                .to_owned(),
            "DROP INDEX i",
            "ON CONFLICT clause does not match",
        ),
        // A table to which an empty one refers.
        (
            "CREATE TABLE misc (id INTEGER PRIMARY KEY); CREATE TABLE c (m int REFERENCES misc)".to_owned(),
            "DROP TABLE misc",
            "1 loose keys",
        ),
        // What the author writes in a new trigger, and what nobody can read.
        (
            audit.to_owned(),
            "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO nowhere VALUES (1); END",
            "no such table: main.nowhere",
        ),
        (
            format!("{audit}; CREATE VIEW v (a) AS SELECT * FROM t"),
            "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a int, b int)' WHERE name = 't'; \
             PRAGMA writable_schema=RESET",
            "expected 1 columns for 'v' but got 2",
        ),
    ];
    block_on(async {
        for (script, statements, expected) in &cases {
            let why = breaks(script, statements).await;
            assert!(why.contains(expected), "{statements} on {script}: {why}");
        }
    });
}

/// A trigger under a new name of its table, and of a column, is asked about under both.
#[test]
fn a_rename_is_followed() {
    block_on(async {
        let script = "CREATE TABLE t (a int); CREATE TABLE log (x int); \
                      CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN INSERT INTO log VALUES (new.a); END";
        let mut db = database(script).await;
        let before = schema(&mut db).await;
        let renames = ops("ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN a TO b");
        let conduct = Sqlite.conduct(&renames, &before);
        let update = conduct
            .probes
            .iter()
            .find(|probe| probe.sql.contains("UPDATE"))
            .unwrap();
        assert_eq!(update.sql, "EXPLAIN UPDATE u SET b = b");
        assert_eq!(update.first(), "EXPLAIN UPDATE t SET a = a");
        execute(&mut db, &renames, &before).await.unwrap();
        let before = schema(&mut db).await;
        let why = execute(
            &mut db,
            &ops("ALTER TABLE log RENAME TO l; ALTER TABLE l ADD COLUMN y int"),
            &before,
        )
        .await;
        assert!(matches!(why, Err(Failure::Worse(why)) if why.contains("2 columns but 1 values")));
    });
}

#[test]
fn what_was_broken_before_is_no_fault_of_the_step() {
    block_on(async {
        let script = "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a, nowhere FROM t; CREATE TABLE c (n int REFERENCES none); \
                      CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO gone VALUES (1); END";
        let mut db = database(script).await;
        for statements in [
            "ALTER TABLE t ADD COLUMN b int",
            "CREATE TABLE x (a int); DROP TABLE x",
            "ALTER TABLE c ADD COLUMN d int",
        ] {
            let before = schema(&mut db).await;
            execute(&mut db, &ops(statements), &before).await.unwrap();
        }
    });
}

/// Beside thousands of tables, views and triggers of others, what cannot depend on a change is not asked about.
#[test]
fn nothing_is_asked_of_what_cannot_depend_on_a_change() {
    let mut script = "CREATE TABLE t (a int); CREATE VIEW own AS SELECT a FROM t;".to_owned();
    for n in 0..300 {
        script.push_str(&format!(
            "CREATE TABLE x{n} (a int, r int REFERENCES x0); CREATE VIEW v{n} AS SELECT a FROM x{n}; \
             CREATE TRIGGER g{n} AFTER INSERT ON x{n} BEGIN DELETE FROM x{n}; END;"
        ));
    }
    block_on(async {
        let mut db = database(&script).await;
        let before = schema(&mut db).await;
        let conduct = Sqlite.conduct(&ops("ALTER TABLE t ADD COLUMN b int"), &before);
        let subjects: Vec<String> = conduct.probes.iter().map(|probe| probe.subject.to_string()).collect();
        assert_eq!(subjects, ["own"]);
    });
}

/// SQLite reads the whole schema before an ALTER TABLE, and stops at anything that makes no sense in it.
#[test]
fn what_is_broken_elsewhere_stops_no_change() {
    block_on(async {
        let script = "CREATE TABLE t (a int, b int, c int, d int); CREATE TABLE x (a int); CREATE VIEW v AS SELECT nope FROM x; \
                      CREATE VIEW w AS SELECT a FROM gone; CREATE VIEW ok AS SELECT a, d FROM t; \
                      CREATE TRIGGER g AFTER INSERT ON x BEGIN INSERT INTO gone VALUES (1); END";
        let mut db = database(script).await;
        for statements in [
            "ALTER TABLE t DROP COLUMN b",
            "ALTER TABLE t RENAME COLUMN a TO z",
            "ALTER TABLE t RENAME TO u",
        ] {
            let before = schema(&mut db).await;
            execute(&mut db, &ops(statements), &before).await.unwrap();
        }
        assert_eq!(
            one(&mut db, "SELECT sql FROM sqlite_schema WHERE name = 'ok'").await,
            "CREATE VIEW ok AS SELECT z, d FROM \"u\""
        );
        assert_eq!(one(&mut db, "PRAGMA writable_schema").await, "0");
        let broken = terrane_sqlite::whole::broken(&mut db).await.unwrap();
        let names: Vec<&str> = broken.iter().map(|broken| broken.name.as_str()).collect();
        assert_eq!(names, ["g", "v", "w"]);
        // What the change itself breaks is another matter.
        let before = schema(&mut db).await;
        let failure = execute(&mut db, &ops("ALTER TABLE u DROP COLUMN d"), &before).await;
        assert!(failure.is_err());
        assert_eq!(schema(&mut db).await, before);
    });
}

/// What only the app can read, by its own functions and collations.
const OF_THE_APP: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a text, b text); CREATE TABLE u (a text, b text, c text); \
     CREATE VIEW v AS SELECT a FROM t; CREATE INDEX i ON t (a); PRAGMA writable_schema=ON; \
     UPDATE sqlite_schema SET sql = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a text COLLATE unicase, b text CHECK (b REGEXP ''x''))' WHERE name = 't'; \
     UPDATE sqlite_schema SET sql = 'CREATE VIEW v AS SELECT slug(a) AS s FROM t' WHERE name = 'v'; PRAGMA writable_schema=RESET";

#[test]
fn what_only_the_app_can_read_limits_its_own_table() {
    block_on(async {
        let mut db = database(OF_THE_APP).await;
        for statements in [
            "ALTER TABLE u DROP COLUMN b",
            "ALTER TABLE u RENAME COLUMN a TO z",
            "ALTER TABLE u RENAME TO w",
            "ALTER TABLE w ADD COLUMN n int NOT NULL DEFAULT 0",
        ] {
            let before = schema(&mut db).await;
            execute(&mut db, &ops(statements), &before).await.unwrap();
        }
        // A view follows a rename, whatever functions it calls; an index that nobody can compare by stops its table.
        let before = schema(&mut db).await;
        let failure = execute(&mut db, &ops("ALTER TABLE t RENAME COLUMN a TO z"), &before).await;
        assert!(matches!(failure, Err(Failure::Failed(why)) if why.contains("no such collation sequence: unicase")));
        assert_eq!(schema(&mut db).await, before);
        run(&mut db, "DROP INDEX i").await;
        let before = schema(&mut db).await;
        execute(&mut db, &ops("ALTER TABLE t RENAME COLUMN a TO z"), &before)
            .await
            .unwrap();
        let view = one(&mut db, "SELECT sql FROM sqlite_schema WHERE name = 'v'").await;
        assert_eq!(view, "CREATE VIEW v AS SELECT slug(z) AS s FROM t");
    });
}

#[test]
fn a_database_tells_what_in_it_is_broken() {
    block_on(async {
        let mut db = database(
            "CREATE TABLE p (id INTEGER PRIMARY KEY, a int); CREATE TABLE c (a int REFERENCES p (a), n int REFERENCES nowhere, \
             x int REFERENCES p (zip)); CREATE TABLE d (a int REFERENCES p (a)); CREATE TABLE e (a int REFERENCES p); \
             CREATE VIEW v AS SELECT zip FROM p; CREATE VIEW ok AS SELECT a FROM p; \
             CREATE TRIGGER g AFTER UPDATE ON e BEGIN INSERT INTO p VALUES (1); END; \
             CREATE TRIGGER ok AFTER UPDATE ON p BEGIN DELETE FROM e; END",
        )
        .await;
        let broken = terrane_sqlite::whole::broken(&mut db).await.unwrap();
        let told: Vec<String> = broken.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "a foreign key of `c` to `nowhere`: there is no such table, or no such column in it",
                "a foreign key of `c` to `p`: there is no such table, or no such column in it",
                "a foreign key of `d` to `p`: what it refers to is no key",
                "trigger `g` of `e`: table p has 2 columns but 1 values were supplied",
                "view `v`: no such column: zip",
            ]
        );
    });
}

/// Views on a view of `SELECT *`, under renames: those that say the new name take the place of those that say the old one.
#[test]
fn a_column_is_renamed_beneath_views_on_views() {
    block_on(async {
        let mut db = database(
            "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w AS SELECT a FROM v; \
             CREATE VIEW x AS SELECT * FROM w; INSERT INTO t VALUES (1, 2)",
        )
        .await;
        migrate(
            &mut db,
            "CREATE TABLE t (\n-- renamed_from: a\nz int, b int); CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w AS SELECT z FROM v; \
             CREATE VIEW x AS SELECT * FROM w",
        )
        .await
        .unwrap();
        assert_eq!(rows(&mut db, "SELECT z FROM x").await, ["1"]);
        // A view that stays is no longer what it was; it is SQLite that says so.
        let before = schema(&mut db).await;
        let failure = execute(&mut db, &ops("ALTER TABLE t RENAME COLUMN z TO y"), &before).await;
        assert!(matches!(failure, Err(Failure::Failed(why)) if why.contains("after rename: no such column: z")));
    });
}
