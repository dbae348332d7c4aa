//! What was begun and not ended is seen by everybody, and nothing ends a step but Terrane.

use std::time::Duration;
use terrane::core::diagnostic::codes;
use terrane::{CallError, Connection, Destination, Layer, Observer, Silent};
use terrane_testkit::block_on;
use terrane_testkit::workbench::{Draft, Workbench};

const NO_TRANSACTION: &[&str] = &["Dialect: sqlite", "Transaction: none"];

/// A table with a revision of its own, and one whose ways up and down are several transactions.
fn bench(upgrade: &str, downgrade: &str) -> Workbench {
    let bench = Workbench::new(&[("app", &[])]);
    bench.draft(&Draft {
        layer: "app",
        id: "r1",
        header: &["Dialect: sqlite"],
        upgrade: "CREATE TABLE a (id INTEGER PRIMARY KEY, b);",
        downgrade: "DROP TABLE a;",
        ..Draft::default()
    });
    bench.draft(&Draft {
        layer: "app",
        id: "r2",
        revises: "r1",
        header: NO_TRANSACTION,
        upgrade,
        downgrade,
    });
    bench
}

#[test]
fn an_interrupted_downgrade_is_no_secret_to_the_next_upgrade() {
    block_on(async {
        let bench = bench(
            "CREATE TABLE b (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY);",
            "DROP TABLE b;\nDROP TABLE nowhere;\nDROP TABLE c;",
        );
        bench.upgrade("heads").await.unwrap();
        bench.downgrade("base").await.unwrap_err();
        assert!(
            bench
                .rows("SELECT 1 FROM sqlite_schema WHERE name = 'b'")
                .await
                .is_empty()
        );
        // Its rows say that it stands at the head.
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::INTERRUPTED, "{error}");
        assert!(error.to_string().contains("the downgrade of revision `r2`"), "{error}");
        let plan = bench.project().plan(Destination::Upgrade("heads")).await;
        assert_eq!(plan.unwrap_err().diagnostics[0].code, codes::INTERRUPTED);
        bench.write("app/model.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY, b);");
        let error = bench.autogenerate("app").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::INTERRUPTED, "{error}");
        let told = bench.project().unfinished().await.unwrap().unwrap();
        assert!(told.message.contains("1 of its 3 statements"), "{told:?}");
        // The downgrade goes on behind what has run.
        let path = bench.path("app/versions/r2.sql");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("DROP TABLE nowhere;\n", "")).unwrap();
        assert_eq!(bench.downgrade("base").await.unwrap().len(), 2);
        assert_eq!(bench.project().unfinished().await.unwrap(), None);
        bench.upgrade("heads").await.unwrap();
    });
}

#[test]
fn an_interrupted_upgrade_is_no_secret_to_the_next_downgrade() {
    block_on(async {
        let bench = bench("INSERT INTO a (id) VALUES (1);\nINSERT INTO b VALUES (1);", "");
        bench.upgrade("heads").await.unwrap_err();
        bench.downgrade("base").await.unwrap_err();
        // Nor where there would be nothing to undo.
        let error = bench.downgrade("r1").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::INTERRUPTED, "{error}");
        let error = bench.upgrade("r1").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::INTERRUPTED, "{error}");
    });
}

/// Waits within the second step that it sees begin.
struct Slow;

impl Observer for Slow {
    fn statement_begins(&mut self, sql: &str) {
        if sql.starts_with("DROP TABLE c") {
            std::thread::sleep(Duration::from_millis(600));
        }
    }
}

#[test]
fn an_upgrade_waits_for_a_downgrade_that_is_under_way() {
    block_on(async {
        let bench = bench(
            "CREATE TABLE b (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY);",
            "DROP TABLE b;\nDROP TABLE c;",
        );
        bench.upgrade("heads").await.unwrap();
        let project = bench.project();
        let down = std::thread::spawn(move || {
            block_on(project.migrate(Destination::Downgrade("r1"), &mut Slow)).map(|applied| applied.len())
        });
        while bench.rows("SELECT 1 FROM sqlite_schema WHERE name = 'b'").await.len() == 1 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let applied = bench.upgrade("heads").await.unwrap();
        assert_eq!(down.join().unwrap().unwrap(), 1);
        assert_eq!(applied.len(), 1);
        assert_eq!(
            bench
                .rows("SELECT 1 FROM sqlite_schema WHERE name IN ('b', 'c')")
                .await
                .len(),
            2
        );
    });
}

/// Texts that one reader takes for a statement, and another for several.
const DISGUISES: [&str; 9] = [
    "SELECT 1 --\r; COMMIT; CREATE TABLE x (a);\n",
    "SELECT $$; COMMIT; CREATE TABLE x (a); --$$;",
    "SELECT a[']; COMMIT; CREATE TABLE x (a); --'] FROM (SELECT 1 AS a);",
    "SELECT e'\\'; COMMIT; CREATE TABLE x (a); --';",
    "SELECT 1 /* /* */; COMMIT; CREATE TABLE x (a); -- */;",
    "SELECT U&'\\'; END; CREATE TABLE x (a); --';",
    "SELECT `'`; COMMIT; CREATE TABLE x (a); --';",
    "SELECT $a'$ ; ROLLBACK; CREATE TABLE x (a); -- ';",
    "SELECT $$; ROLLBACK; BEGIN; CREATE TABLE x (a); COMMIT; --$$;",
];

#[test]
fn nothing_stays_of_a_step_that_would_end_its_transaction() {
    block_on(async {
        for disguise in DISGUISES {
            let bench = bench("", "");
            bench.upgrade("r1").await.unwrap();
            let before = bench.contents().await;
            bench.draft(&Draft {
                layer: "app",
                id: "r2",
                revises: "r1",
                header: &["Dialect: sqlite"],
                upgrade: &format!("INSERT INTO a (id) VALUES (1);\n{disguise}"),
                ..Draft::default()
            });
            let outcome = bench.upgrade("heads").await;
            if outcome.is_ok() {
                // It was one statement after all.
                let rows = bench.rows("SELECT 1 FROM sqlite_schema WHERE name = 'x'").await;
                assert!(rows.is_empty(), "{disguise}");
                continue;
            }
            assert_eq!(bench.contents().await, before, "{disguise}");
            assert_eq!(bench.project().unfinished().await.unwrap(), None, "{disguise}");
        }
    });
}

#[test]
fn what_hides_behind_a_setting_does_not_stay_either() {
    block_on(async {
        for disguise in DISGUISES {
            let disguise = disguise.replacen("SELECT", "PRAGMA recursive_triggers = ON; SELECT", 1);
            let bench = bench("", "");
            bench.upgrade("r1").await.unwrap();
            bench.draft(&Draft {
                layer: "app",
                id: "r2",
                revises: "r1",
                header: NO_TRANSACTION,
                upgrade: &disguise,
                ..Draft::default()
            });
            let _outcome = bench.upgrade("heads").await;
            let rows = bench.rows("SELECT 1 FROM sqlite_schema WHERE name = 'x'").await;
            assert!(rows.is_empty(), "{disguise}");
        }
    });
}

async fn commit(mut database: Connection<'_>) -> Result<(), CallError> {
    database.execute("INSERT INTO a (id) VALUES (1)").await?;
    let _refused = database.execute("COMMIT").await;
    Ok(())
}

#[test]
fn a_function_that_would_commit_is_not_let() {
    block_on(async {
        let bench = bench("", "");
        bench.draft(&Draft {
            layer: "app",
            id: "r2",
            revises: "r1",
            header: &["Dialect: sqlite"],
            upgrade: "INSERT INTO a (id) VALUES (2);\n-- call commit\n",
            ..Draft::default()
        });
        bench.upgrade("r1").await.unwrap();
        let before = bench.contents().await;
        let project = bench.project().with_calls(&[Layer::new("app").call("commit", commit)]);
        let error = project
            .migrate(Destination::Upgrade("heads"), &mut Silent)
            .await
            .unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::CALL_COMMITTED, "{error}");
        assert!(error.to_string().contains("rolled back"), "{error}");
        assert_eq!(bench.contents().await, before);
    });
}
