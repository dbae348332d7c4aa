//! What a step does when it fails, waits, or changes data.

use std::time::{Duration, Instant};
use terrane::core::diagnostic::codes;
use terrane::{Destination, Kind, OpenMode, Silent};
use terrane_testkit::block_on;
use terrane_testkit::workbench::{Draft, Workbench};

fn one_layer() -> Workbench {
    Workbench::new(&[("app", &[])])
}

fn revision(bench: &Workbench, id: &str, revises: &str, upgrade: &str) {
    bench.draft(&Draft {
        layer: "app",
        id,
        revises,
        header: &["Dialect: sqlite"],
        upgrade,
        downgrade: "",
    });
}

#[test]
fn a_failing_revision_in_the_middle_of_five_leaves_the_two_before_it() {
    block_on(async {
        let bench = one_layer();
        revision(&bench, "r1", "", "CREATE TABLE a (id INTEGER PRIMARY KEY);");
        revision(&bench, "r2", "r1", "INSERT INTO a VALUES (1);");
        revision(
            &bench,
            "r3",
            "r2",
            "INSERT INTO a VALUES (2);\nCREATE TABLE b (id);\nINSERT INTO a VALUES (1);",
        );
        revision(&bench, "r4", "r3", "CREATE TABLE c (id);");
        revision(&bench, "r5", "r4", "CREATE TABLE d (id);");
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.kind(), Kind::Failed);
        assert_eq!(
            error.done,
            [
                "upgraded to r1 of layer app (app r1)",
                "upgraded to r2 of layer app (app r2)"
            ]
        );
        let first = &error.diagnostics[0];
        assert_eq!(first.code, codes::DATABASE);
        assert!(
            first.message.starts_with("revision `r3` of layer `app` failed: "),
            "{}",
            first.message
        );
        assert_eq!(
            bench.rows("SELECT version_num FROM terrane_version").await,
            [[Some("r2".to_owned())]]
        );
        assert_eq!(bench.rows("SELECT id FROM a").await, [[Some("1".to_owned())]]);
        assert_eq!(bench.project().log().await.unwrap().len(), 2);
        // Mended, it goes on from there.
        revision(&bench, "r3", "r2", "INSERT INTO a VALUES (2);");
        assert_eq!(bench.upgrade("heads").await.unwrap().len(), 3);
    });
}

#[test]
fn an_authors_delete_cascades_as_the_author_expects() {
    block_on(async {
        let bench = one_layer();
        revision(
            &bench,
            "r1",
            "",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, 2);",
        );
        revision(
            &bench,
            "r2",
            "r1",
            "DELETE FROM parent WHERE id = 1;\nALTER TABLE child ADD COLUMN note TEXT;",
        );
        bench.upgrade("heads").await.unwrap();
        assert_eq!(bench.rows("SELECT id FROM child").await, [[Some("2".to_owned())]]);
        // And a row without a parent is refused.
        revision(&bench, "r3", "r2", "INSERT INTO child (id, parent_id) VALUES (3, 3);");
        assert!(bench.upgrade("heads").await.is_err());
    });
}

#[test]
fn a_switch_that_would_do_nothing_is_refused() {
    block_on(async {
        let bench = one_layer();
        let create = "CREATE TABLE parent (id INTEGER PRIMARY KEY);";
        for (off, refused) in [
            ("PRAGMA foreign_keys = OFF;", true),
            ("-- why\nPRAGMA main.foreign_keys(0);", true),
            ("pragma \"foreign_keys\"=no;", true),
            ("PRAGMA foreign_keys = ON;", false),
            ("PRAGMA foreign_keys;", false),
            // Here it is off, since a table goes.
            ("PRAGMA foreign_keys = OFF;\nDROP TABLE parent;", false),
        ] {
            revision(&bench, "r1", "", &format!("{create}\n{off}"));
            let planned = bench.project().plan(Destination::Upgrade("heads")).await;
            let code = planned.err().map(|error| error.diagnostics[0].code);
            assert_eq!(code, refused.then_some(codes::TRANSACTION_CONTROL), "{off}");
        }
    });
}

#[test]
fn a_rebuild_keeps_children_under_on_delete_cascade() {
    block_on(async {
        let bench = one_layer();
        revision(
            &bench,
            "r1",
            "",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO parent VALUES (1, 'a'), (2, 'b');
INSERT INTO child VALUES (1, 1), (2, 2);",
        );
        bench.draft(&Draft {
            layer: "app",
            id: "r2",
            revises: "r1",
            header: &["Dialect: any"],
            upgrade: "ALTER TABLE parent ALTER COLUMN name TYPE varchar(9);",
            downgrade: "ALTER TABLE parent ALTER COLUMN name TYPE TEXT;",
        });
        // The same connection goes on with foreign keys on.
        revision(&bench, "r3", "r2", "DELETE FROM parent WHERE id = 2;");
        bench.upgrade("r2").await.unwrap();
        assert_eq!(bench.rows("SELECT count(*) FROM child").await, [[Some("2".to_owned())]]);
        bench.upgrade("heads").await.unwrap();
        assert_eq!(bench.rows("SELECT count(*) FROM child").await, [[Some("1".to_owned())]]);
    });
}

#[test]
fn what_a_revision_does_to_its_connection_does_not_reach_the_next() {
    block_on(async {
        let bench = one_layer();
        revision(
            &bench,
            "r1",
            "",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (parent_id INTEGER REFERENCES parent (id), CHECK (parent_id > 0));
CREATE TEMP TABLE aside AS SELECT 1 AS a;
PRAGMA ignore_check_constraints = ON;",
        );
        bench.draft(&Draft {
            layer: "app",
            id: "r2",
            revises: "r1",
            header: &["Dialect: sqlite", "Transaction: none"],
            upgrade: "PRAGMA foreign_keys = OFF;\nINSERT INTO child VALUES (7);",
            downgrade: "",
        });
        revision(&bench, "r3", "r2", "INSERT INTO child VALUES (8);");
        let error = bench.upgrade("heads").await.unwrap_err();
        assert!(error.to_string().contains("revision `r3`"), "{error}");
        revision(&bench, "r3", "r2", "CREATE TABLE x AS SELECT * FROM aside;");
        let error = bench.upgrade("heads").await.unwrap_err();
        assert!(error.to_string().contains("no such table"), "{error}");
        revision(&bench, "r3", "r2", "INSERT INTO child VALUES (-1);");
        assert!(bench.upgrade("heads").await.is_err());
    });
}

#[test]
fn settings_are_taken_back_after_a_failure() {
    block_on(async {
        let bench = one_layer();
        revision(
            &bench,
            "r1",
            "",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id));
INSERT INTO parent VALUES (1, 'a');
INSERT INTO child VALUES (1, 1);",
        );
        bench.upgrade("heads").await.unwrap();
        let before = bench.contents().await;
        // With foreign keys off, only the probe sees it.
        revision(
            &bench,
            "r2",
            "r1",
            "DELETE FROM parent;\nCREATE TABLE t (a);\nDROP TABLE t;",
        );
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::WORSE_THAN_BEFORE, "{error}");
        assert_eq!(bench.contents().await, before);
    });
}

#[test]
fn a_key_that_is_still_referred_to_cannot_go() {
    block_on(async {
        let bench = one_layer();
        revision(
            &bench,
            "r1",
            "",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT, CONSTRAINT uq UNIQUE (code));
CREATE TABLE child (id INTEGER PRIMARY KEY, code TEXT REFERENCES parent (code));
INSERT INTO parent VALUES (1, 'a');
INSERT INTO child VALUES (1, 'a');",
        );
        bench.draft(&Draft {
            layer: "app",
            id: "r2",
            revises: "r1",
            header: &["Dialect: any"],
            upgrade: "ALTER TABLE parent DROP CONSTRAINT uq;",
            downgrade: "",
        });
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::WORSE_THAN_BEFORE, "{error}");
    });
}

#[test]
fn rows_that_do_not_fit_are_told_by_their_table_and_column() {
    block_on(async {
        let bench = one_layer();
        revision(
            &bench,
            "r1",
            "",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO t VALUES (1, 'a'), (2, NULL), (3, NULL);",
        );
        bench.draft(&Draft {
            layer: "app",
            id: "r2",
            revises: "r1",
            header: &["Dialect: any"],
            upgrade: "ALTER TABLE t ALTER COLUMN name SET NOT NULL;",
            downgrade: "ALTER TABLE t ALTER COLUMN name DROP NOT NULL;",
        });
        bench.upgrade("r1").await.unwrap();
        let before = bench.contents().await;
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::MISFIT, "{error}");
        let told = error.to_string();
        assert!(
            told.contains("`name`") && told.contains("`t`") && told.contains('2'),
            "{told}"
        );
        assert_eq!(bench.contents().await, before);
    });
}

#[test]
fn b2_a_revision_by_hand_whose_key_refers_to_nothing_is_told_before_anything_runs() {
    block_on(async {
        for (upgrade, says) in [
            (
                "CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER REFERENCES gone (id));",
                "`gone`",
            ),
            (
                "CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER REFERENCES parent (gone));",
                "`parent`",
            ),
            (
                "CREATE TABLE child (id INTEGER PRIMARY KEY);\nALTER TABLE child ADD COLUMN of INTEGER REFERENCES gone;",
                "`gone`",
            ),
        ] {
            let bench = one_layer();
            revision(
                &bench,
                "r1",
                "",
                "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);",
            );
            bench.upgrade("heads").await.unwrap();
            revision(&bench, "r2", "r1", upgrade);
            let before = bench.contents().await;
            let error = bench.upgrade("heads").await.unwrap_err();
            assert_eq!(error.diagnostics[0].code, codes::NOWHERE, "{error}");
            assert!(error.to_string().contains(says), "{error}");
            assert_eq!(bench.contents().await, before);
        }
    });
}

#[test]
fn b2_a_child_may_be_made_before_its_parent() {
    block_on(async {
        let child = "CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER REFERENCES parent (id));";
        let parent = "CREATE TABLE parent (id INTEGER PRIMARY KEY);";
        let bench = one_layer();
        revision(&bench, "r1", "", &format!("{child}\n{parent}"));
        bench.upgrade("heads").await.unwrap();
        let bench = one_layer();
        revision(&bench, "r1", "", child);
        revision(&bench, "r2", "r1", parent);
        bench.upgrade("heads").await.unwrap();
        // One after the other, it is told that the second has to come.
        let bench = one_layer();
        revision(&bench, "r1", "", child);
        revision(&bench, "r2", "r1", parent);
        let plan = bench.project().plan(Destination::Upgrade("r1")).await.unwrap();
        assert!(
            plan.warnings.iter().any(|warning| warning.code == codes::NOWHERE),
            "{:?}",
            plan.warnings
        );
        // The testkit's own probe would refuse what it looks like between the two.
        let between = bench.project();
        between.migrate(Destination::Upgrade("r1"), &mut Silent).await.unwrap();
        bench.upgrade("r2").await.unwrap();
        // What was loose before is nobody's fault now.
        let bench = one_layer();
        bench.execute(child).await;
        revision(&bench, "r1", "", "CREATE TABLE t (id INTEGER PRIMARY KEY);");
        bench.upgrade("heads").await.unwrap();
    });
}

#[test]
fn who_waits_too_long_is_told_who_is_in_the_way() {
    block_on(async {
        let bench = one_layer();
        revision(&bench, "r1", "", "CREATE TABLE a (id INTEGER PRIMARY KEY);");
        bench.upgrade("heads").await.unwrap();
        revision(&bench, "r2", "r1", "INSERT INTO a VALUES (1);");
        let mut project = bench.project();
        project.config.lock_timeout = Duration::from_millis(300);
        let destination = Destination::Upgrade("heads");

        let mut writer = bench.connect().await;
        writer.execute("BEGIN IMMEDIATE").await.unwrap();
        let begun = Instant::now();
        let error = project.migrate(destination, &mut Silent).await.unwrap_err();
        let waited = begun.elapsed();
        assert_eq!(error.diagnostics[0].code, codes::LOCKED, "{error}");
        assert!(
            (Duration::from_millis(250)..Duration::from_secs(3)).contains(&waited),
            "{waited:?}"
        );
        writer.execute("ROLLBACK").await.unwrap();

        // A reader stands in the way of COMMIT only.
        let mut reader = project.open(OpenMode::Read).await.unwrap().unwrap();
        reader.execute("BEGIN; SELECT * FROM a").await.unwrap();
        let error = project.migrate(destination, &mut Silent).await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::LOCKED, "{error}");
        assert_eq!(
            reader.rows("SELECT count(*) FROM a").await.unwrap(),
            [[Some("0".to_owned())]]
        );
        reader.execute("ROLLBACK").await.unwrap();
        // A reader that lets go in time does not.
        project.config.lock_timeout = Duration::from_secs(20);
        reader.execute("BEGIN; SELECT * FROM a").await.unwrap();
        let leaving = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            block_on(async move { reader.execute("ROLLBACK").await.unwrap() });
        });
        project.migrate(destination, &mut Silent).await.unwrap();
        leaving.join().unwrap();
    });
}

#[test]
fn a_refused_plan_makes_no_file() {
    block_on(async {
        let bench = one_layer();
        revision(&bench, "r1", "", "BEGIN;\nCREATE TABLE a (id);\nCOMMIT;");
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::TRANSACTION_CONTROL);
        assert!(!bench.database().exists());
    });
}
