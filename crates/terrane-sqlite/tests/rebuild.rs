//! What a rebuild keeps. Each test is a thing that Alembic's batch mode loses or stumbles over when it changes one
//! column's type (safety.md 5.1); here the type of `t.v` changes from `int` to `bigint`.

use crate::harness::{Failure, all_rows, block_on, catalog, database, execute, one, rows, run, schema};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::TypeName;
use terrane_sqlite::FLAVOR;
use terrane_sqlite::connect::Database;

fn change_type() -> Op {
    Op::AlterColumn {
        table: FLAVOR.object("t"),
        column: FLAVOR.ident("v"),
        change: ColumnChange::Type {
            ty: TypeName::new("bigint"),
            collation: None,
        },
    }
}

async fn try_rebuild(database: &mut Database<'_>) -> Result<Vec<String>, Failure> {
    let before = schema(database).await;
    execute(database, &[change_type()], &before).await
}

/// Runs the script, rebuilds `t`, and the catalog and all rows are as if the script had said `bigint` at once.
async fn rebuilt(script: &str) -> Database<'static> {
    assert!(script.contains("v int"));
    let mut found = database(script).await;
    let before = schema(&mut found).await;
    let rows_before = all_rows(&mut found, &before).await;
    let statements = execute(&mut found, &[change_type()], &before).await.unwrap();
    assert!(
        statements.iter().any(|sql| sql.starts_with("DROP TABLE")),
        "no rebuild: {statements:?}"
    );
    let mut direct = database(&script.replace("v int", "v bigint")).await;
    assert_eq!(catalog(&mut found).await, catalog(&mut direct).await);
    assert_eq!(all_rows(&mut found, &before).await, rows_before);
    assert_eq!(one(&mut found, "PRAGMA integrity_check").await, "ok");
    assert_eq!(one(&mut found, "PRAGMA foreign_keys").await, "1");
    assert_eq!(one(&mut found, "PRAGMA legacy_alter_table").await, "0");
    found
}

/// What goes wrong when the statement is run.
async fn refusal(database: &mut Database<'_>, sql: &str) -> String {
    let ran = database.execute(sql).await;
    ran.err()
        .map_or_else(|| panic!("{sql} went through"), |error| error.message())
}

macro_rules! kept {
    ($(#[$about:meta])* $name:ident, $script:expr, |$db:ident| $check:block) => {
        $(#[$about])*
        #[test]
        fn $name() {
            block_on(async {
                #[allow(unused_mut, unused_variables, reason = "some checks need nothing more")]
                let mut $db = rebuilt($script).await;
                $check
            });
        }
    };
}

kept!(
    trigger_on_the_table,
    "CREATE TABLE t (v int); CREATE TABLE l (x); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO l VALUES (NEW.v); END; INSERT INTO t VALUES (1)",
    |db| {
        run(&mut db, "INSERT INTO t VALUES (2)").await;
        assert_eq!(rows(&mut db, "SELECT x FROM l").await, ["1", "2"]);
    }
);

kept!(
    autoincrement,
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v int)",
    |db| {}
);

kept!(
    /// An id is never given twice, although the row that had it is gone.
    autoincrement_counter,
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v int); INSERT INTO t (v) VALUES (1), (2), (3); DELETE FROM t WHERE id > 1",
    |db| {
        assert_eq!(rows(&mut db, "SELECT * FROM sqlite_sequence").await, ["t|3"]);
        run(&mut db, "INSERT INTO t (v) VALUES (4)").await;
        assert_eq!(one(&mut db, "SELECT max(id) FROM t").await, "4");
    }
);

kept!(
    autoincrement_counter_of_an_empty_table,
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v int); INSERT INTO t (v) VALUES (1); DELETE FROM t",
    |db| {
        assert_eq!(rows(&mut db, "SELECT * FROM sqlite_sequence").await, ["t|1"]);
    }
);

kept!(
    collation,
    "CREATE TABLE t (v int, n text COLLATE NOCASE UNIQUE); INSERT INTO t VALUES (1, 'a')",
    |db| {
        assert_eq!(
            refusal(&mut db, "INSERT INTO t VALUES (2, 'A')").await,
            "UNIQUE constraint failed: t.n"
        );
    }
);

kept!(
    order_and_collation_of_an_index,
    "CREATE TABLE t (v int, n text); CREATE INDEX i ON t (n COLLATE NOCASE DESC, v DESC)",
    |db| {}
);

kept!(
    unique_on_conflict,
    "CREATE TABLE t (v int, n text UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES (1, 'a')",
    |db| {
        run(&mut db, "INSERT INTO t VALUES (2, 'a')").await;
        assert_eq!(rows(&mut db, "SELECT v FROM t").await, ["2"]);
    }
);

kept!(
    inline_foreign_key_actions,
    "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (v int, p int REFERENCES p (id) ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1)",
    |db| {
        run(&mut db, "DELETE FROM p").await;
        assert_eq!(one(&mut db, "SELECT count(*) FROM t").await, "0");
    }
);

kept!(
    rowids,
    "CREATE TABLE t (v int); INSERT INTO t (rowid, v) VALUES (7, 1), (-3, 2), (1000000, 3)",
    |db| {
        assert_eq!(
            rows(&mut db, "SELECT rowid, v FROM t").await,
            ["-3|2", "7|1", "1000000|3"]
        );
    }
);

kept!(
    rowids_under_another_name,
    "CREATE TABLE t (rowid text, v int); INSERT INTO t (_rowid_, v) VALUES (7, 1)",
    |db| {
        assert_eq!(rows(&mut db, "SELECT oid FROM t").await, ["7"]);
    }
);

kept!(
    descending_integer_key_is_no_rowid,
    "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, v int); INSERT INTO t (rowid, id, v) VALUES (5, 70, 1), (6, NULL, 2)",
    |db| {
        assert_eq!(rows(&mut db, "SELECT rowid, id FROM t").await, ["5|70", "6|NULL"]);
    }
);

kept!(
    unnamed_check,
    "CREATE TABLE t (v int CHECK (v > 0), w int, CHECK (w < v))",
    |db| {
        assert_eq!(
            refusal(&mut db, "INSERT INTO t VALUES (-1, -2)").await,
            "CHECK constraint failed: v > 0"
        );
    }
);

kept!(
    named_check,
    "CREATE TABLE t (v int, CONSTRAINT positive CHECK (v > 0))",
    |db| {
        assert_eq!(
            refusal(&mut db, "INSERT INTO t VALUES (-1)").await,
            "CHECK constraint failed: positive"
        );
    }
);

kept!(
    expression_index,
    "CREATE TABLE t (v int, n text); CREATE UNIQUE INDEX i ON t (lower(n), v + 1)",
    |db| {}
);

kept!(
    partial_index,
    "CREATE TABLE t (v int, n text); CREATE UNIQUE INDEX i ON t (n) WHERE v > 0 AND n <> 'x'",
    |db| {}
);

kept!(
    virtual_generated_column,
    "CREATE TABLE t (v int, d int AS (v * 2)); INSERT INTO t VALUES (1)",
    |db| {
        assert_eq!(rows(&mut db, "SELECT v, d FROM t").await, ["1|2"]);
    }
);

kept!(
    stored_generated_column,
    "CREATE TABLE t (v int, d int GENERATED ALWAYS AS (v * 2) STORED NOT NULL); INSERT INTO t VALUES (1)",
    |db| {
        assert_eq!(rows(&mut db, "SELECT v, d FROM t").await, ["1|2"]);
    }
);

#[test]
fn strict() {
    block_on(async {
        let mut db = database("CREATE TABLE t (v INT, a ANY) STRICT; INSERT INTO t VALUES (1, '007')").await;
        let before = schema(&mut db).await;
        let to_text = Op::AlterColumn {
            table: FLAVOR.object("t"),
            column: FLAVOR.ident("v"),
            change: ColumnChange::Type {
                ty: TypeName::new("TEXT"),
                collation: None,
            },
        };
        execute(&mut db, &[to_text], &before).await.unwrap();
        assert_eq!(
            rows(&mut db, "SELECT typeof(v), typeof(a), a FROM t").await,
            ["text|text|007"]
        );
        assert_eq!(
            refusal(&mut db, "INSERT INTO t VALUES (x'00', 1)").await,
            "cannot store BLOB value in TEXT column t.v"
        );
    });
}

kept!(
    without_rowid,
    "CREATE TABLE t (k text PRIMARY KEY, v int) WITHOUT ROWID; INSERT INTO t VALUES ('b', 1), ('a', 2)",
    |db| {}
);

kept!(
    untyped_columns,
    "CREATE TABLE t (v int, a, b DEFAULT 1); INSERT INTO t VALUES (1, '007', x'00'), (2, 1.5, NULL)",
    |db| {
        assert_eq!(
            rows(&mut db, "SELECT typeof(a), typeof(b) FROM t").await,
            ["text|blob", "real|null"]
        );
    }
);

kept!(
    odd_type_names,
    "CREATE TABLE t (v int, a ANYTHING, b DOUBLE PRECISION, c varchar ( 20 ), d \"weird type\")",
    |db| {}
);

kept!(
    views_on_the_table,
    "CREATE TABLE t (v int); CREATE VIEW w AS SELECT v FROM t; CREATE VIEW x AS SELECT v + 1 AS y FROM w; INSERT INTO t VALUES (1)",
    |db| {
        assert_eq!(rows(&mut db, "SELECT y FROM x").await, ["2"]);
    }
);

kept!(
    triggers_elsewhere,
    "CREATE TABLE t (v int); CREATE TABLE u (a int); CREATE TRIGGER g AFTER INSERT ON u BEGIN INSERT INTO t VALUES (NEW.a); END",
    |db| {
        run(&mut db, "INSERT INTO u VALUES (5)").await;
        assert_eq!(rows(&mut db, "SELECT v FROM t").await, ["5"]);
    }
);

kept!(
    /// H.12: DROP TABLE with foreign keys on deletes these rows in silence.
    children_under_on_delete_cascade,
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v int); CREATE TABLE c (t int REFERENCES t (id) ON DELETE CASCADE); INSERT INTO t VALUES (1, 1), (2, 2); INSERT INTO c VALUES (1), (2), (2)",
    |db| {
        assert_eq!(rows(&mut db, "SELECT t FROM c").await, ["1", "2", "2"]);
        run(&mut db, "DELETE FROM t WHERE id = 2").await;
        assert_eq!(rows(&mut db, "SELECT t FROM c").await, ["1"]);
    }
);

kept!(
    children_with_no_action,
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v int); CREATE TABLE c (t int REFERENCES t (id)); INSERT INTO t VALUES (1, 1); INSERT INTO c VALUES (1)",
    |db| {
        assert_eq!(refusal(&mut db, "DELETE FROM t").await, "FOREIGN KEY constraint failed");
    }
);

kept!(
    reference_to_itself,
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v int, up int REFERENCES t (id) ON DELETE CASCADE); INSERT INTO t VALUES (1, 1, NULL), (2, 2, 1)",
    |db| {
        run(&mut db, "DELETE FROM t WHERE id = 1").await;
        assert_eq!(one(&mut db, "SELECT count(*) FROM t").await, "0");
    }
);

kept!(
    quoted_names,
    "CREATE TABLE t (v int, \"a b\" text, [select] int, \"c\"\"d\" int UNIQUE); CREATE INDEX \"my index\" ON t (\"a b\"); INSERT INTO t VALUES (1, 'x', 2, 3)",
    |db| {}
);

kept!(
    plain_defaults,
    "CREATE TABLE t (v int DEFAULT 5, s text DEFAULT 'it''s', c DEFAULT CURRENT_TIMESTAMP, e DEFAULT (1 + 1))",
    |db| {}
);

kept!(
    leftover_table_of_somebody_else,
    "CREATE TABLE t (v int); CREATE TABLE _terrane_rebuild_t (x int); CREATE INDEX _terrane_rebuild_t_2 ON t (v); INSERT INTO _terrane_rebuild_t VALUES (1)",
    |db| {
        assert_eq!(rows(&mut db, "SELECT x FROM _terrane_rebuild_t").await, ["1"]);
    }
);

kept!(
    replace_in_the_table_loses_no_rows,
    "CREATE TABLE t (v int, n text UNIQUE ON CONFLICT REPLACE, m int NOT NULL ON CONFLICT IGNORE); INSERT INTO t VALUES (1, NULL, 1), (2, NULL, 2)",
    |db| {}
);

/// A check may call its table by name; during a rebuild the table has another one.
#[test]
fn check_that_names_its_table() {
    block_on(async {
        let mut db = database("CREATE TABLE t (v int CHECK (t.v > 0)); INSERT INTO t VALUES (1)").await;
        try_rebuild(&mut db).await.unwrap();
        assert_eq!(
            refusal(&mut db, "INSERT INTO t VALUES (-1)").await,
            "CHECK constraint failed: v > 0"
        );
    });
}

/// Old violations are no fault of the rebuild.
#[test]
fn broken_references_from_before_do_not_block() {
    block_on(async {
        let script = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (v int REFERENCES p); \
                      PRAGMA foreign_keys=OFF; INSERT INTO t VALUES (99); PRAGMA foreign_keys=ON";
        let mut db = database(script).await;
        try_rebuild(&mut db).await.unwrap();
        assert_eq!(rows(&mut db, "SELECT v FROM t").await, ["99"]);
    });
}

/// The whole is one transaction: what fails leaves nothing behind, and the next run finds nothing in its way.
#[test]
fn a_failure_leaves_nothing_behind() {
    block_on(async {
        let mut db = database("CREATE TABLE t (v int, n text); INSERT INTO t VALUES (1, NULL)").await;
        let before = schema(&mut db).await;
        let not_null = Op::AlterColumn {
            table: FLAVOR.object("t"),
            column: FLAVOR.ident("n"),
            change: ColumnChange::Nullable(false),
        };
        let failure = execute(&mut db, std::slice::from_ref(&not_null), &before)
            .await
            .unwrap_err();
        assert!(matches!(failure, Failure::Misfit(why) if why.message == "1 row of `t` has no value in `n`"));
        assert_eq!(schema(&mut db).await, before);
        assert_eq!(one(&mut db, "PRAGMA legacy_alter_table").await, "0");
        run(&mut db, "UPDATE t SET n = 'x'").await;
        execute(&mut db, &[not_null], &before).await.unwrap();
    });
}

/// Changes the type of `t.v` in a table that holds these values; gives back the values, or what stopped it.
async fn retyped(from: &str, to: &str, values: &str) -> Result<Vec<String>, String> {
    let mut found = database(&format!("CREATE TABLE t (v {from}); INSERT INTO t VALUES {values}")).await;
    let before = schema(&mut found).await;
    let change = ColumnChange::Type {
        ty: TypeName::new(to),
        collation: None,
    };
    let op = Op::AlterColumn {
        table: FLAVOR.object("t"),
        column: FLAVOR.ident("v"),
        change,
    };
    match execute(&mut found, &[op], &before).await {
        Ok(_) => Ok(rows(&mut found, "SELECT typeof(v) || ' ' || v FROM t ORDER BY rowid").await),
        Err(Failure::Misfit(misfit)) => {
            assert_eq!(schema(&mut found).await, before, "it was rolled back");
            Err(misfit.message)
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_type_change_that_would_change_a_value_stops_and_names_the_column() {
    block_on(async {
        for (from, to, values) in [
            ("text", "integer", "('7'), ('007')"),
            ("varchar(9)", "numeric(9,2)", "('1e3')"),
            ("blob", "int", "(' 7')"),
            ("integer", "real", "(1), (9007199254740993)"),
        ] {
            let stopped = retyped(from, to, values).await.unwrap_err();
            let expected = "1 row of `t` has a value in `v` that would change with its type";
            assert_eq!(stopped, expected, "{from} {to}");
        }
    });
}

#[test]
fn a_type_change_that_keeps_every_value_goes_through() {
    block_on(async {
        let kept = retyped("text", "integer", "('7'), ('x'), (NULL), ('-3')")
            .await
            .unwrap();
        assert_eq!(kept, ["integer 7", "text x", "NULL", "integer -3"]);
        let kept = retyped("integer", "text", "(7), (1.5)").await.unwrap();
        assert_eq!(kept, ["text 7", "text 1.5"]);
        assert_eq!(retyped("int", "real", "(7)").await.unwrap(), ["real 7.0"]);
        assert_eq!(retyped("text", "int", "('7.0')").await.unwrap(), ["integer 7"]);
        assert_eq!(retyped("text", "real", "('7')").await.unwrap(), ["real 7.0"]);
        assert_eq!(
            retyped("real", "int", "(7), (1.5)").await.unwrap(),
            ["integer 7", "real 1.5"]
        );
    });
}
