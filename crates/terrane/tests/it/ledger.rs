//! Stamps, checksums, interrupted revisions.

use crate::scene::{LAYERS, REVISIONS, scene, write};
use terrane::core::diagnostic::{Diagnostic, codes};
use terrane::{Destination, Observer, PlanView};
use terrane_testkit::block_on;
use terrane_testkit::workbench::{Draft, Workbench};

const OWNERS: &str = "SELECT kind, name, layer, created_by FROM terrane_object ORDER BY kind, name";

#[test]
fn a_stamp_settles_who_owns_what_is_there() {
    block_on(async {
        let bench = scene();
        bench.upgrade("heads").await.unwrap();
        let owners = bench.rows(OWNERS).await;
        assert!(owners.len() > 6);
        bench.stamp(&["base"]).await.unwrap();
        assert!(bench.rows(OWNERS).await.is_empty());
        bench.stamp(&["heads"]).await.unwrap();
        assert_eq!(bench.rows(OWNERS).await, owners);
        // Where it stands already, a stamp still mends the books.
        bench.execute("DELETE FROM terrane_object WHERE layer <> 'shop'").await;
        bench.stamp(&["heads"]).await.unwrap();
        assert_eq!(bench.rows(OWNERS).await, owners);
        // Half the way: what came later is nobody's.
        bench.stamp(&["s1"]).await.unwrap();
        let shop: Vec<_> = bench
            .rows("SELECT name FROM terrane_object WHERE layer = 'shop' ORDER BY name")
            .await;
        assert_eq!(shop, [[Some("shop_loyalty".to_owned())]]);
    });
}

#[test]
fn a_database_that_was_there_before_is_stamped_and_goes_on() {
    block_on(async {
        let made = scene();
        made.upgrade("heads").await.unwrap();
        let script = made
            .rows("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'terrane_%' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
            .await;
        let bench = scene();
        for row in script {
            bench.execute(row[0].as_ref().unwrap()).await;
        }
        bench.stamp(&["heads"]).await.unwrap();
        assert_eq!(bench.rows(OWNERS).await, made.rows(OWNERS).await);
        bench.downgrade("base").await.unwrap();
        let left = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'terrane_%' AND name NOT LIKE 'sqlite_%'";
        assert_eq!(bench.rows(left).await, Vec::<Vec<Option<String>>>::new());
        assert!(bench.rows(OWNERS).await.is_empty());
    });
}

#[test]
fn a_file_that_was_edited_after_it_ran_is_told_of() {
    block_on(async {
        let bench = scene();
        bench.upgrade("s4").await.unwrap();
        let path = bench.path("shop/versions/s2.sql");
        let text = std::fs::read_to_string(&path).unwrap();
        let warnings = async || {
            let plan = bench.project().plan(Destination::Upgrade("heads")).await.unwrap();
            plan.warnings
                .into_iter()
                .filter(|warning| warning.code == codes::LEDGER_AHEAD)
                .map(|warning| warning.message)
                .collect::<Vec<_>>()
        };
        assert!(warnings().await.is_empty());
        // A comment is no change, a statement is.
        std::fs::write(&path, text.replace("UPDATE", "-- why\nUPDATE")).unwrap();
        assert!(warnings().await.is_empty());
        std::fs::write(&path, text.replace("points * 2", "points * 3")).unwrap();
        let told = warnings().await.join("");
        assert!(
            told.starts_with("revision `s2` was edited after it had run on "),
            "{told}"
        );
        // Whoever watches an upgrade is told too, and nothing is stopped.
        #[derive(Default)]
        struct Warned(Vec<String>);
        impl Observer for Warned {
            fn warning(&mut self, warning: &Diagnostic) {
                self.0.push(warning.message.clone());
            }
        }
        let mut warned = Warned::default();
        bench
            .project()
            .migrate(Destination::Upgrade("heads"), &mut warned)
            .await
            .unwrap();
        assert_eq!(warned.0, [told]);
        // What is not applied may be edited at will.
        bench.downgrade("shop@s1").await.unwrap();
        assert!(warnings().await.is_empty());
    });
}

fn interrupted() -> Workbench {
    let bench = Workbench::new(&[("app", &[])]);
    let draft = |id, revises, upgrade| Draft {
        layer: "app",
        id,
        revises,
        header: &["Dialect: sqlite", "Transaction: none"],
        upgrade,
        downgrade: "",
    };
    bench.draft(&draft("r1", "", "CREATE TABLE a (id INTEGER PRIMARY KEY);"));
    bench.draft(&draft(
        "r2",
        "r1",
        "INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\nINSERT INTO b VALUES (3);",
    ));
    bench
}

#[test]
fn an_interrupted_revision_is_mended_behind_what_has_run() {
    block_on(async {
        let bench = interrupted();
        let error = bench.upgrade("heads").await.unwrap_err();
        assert!(error.to_string().contains("no such table"), "{error}");
        let progress = "SELECT statements_done, statements FROM terrane_ledger WHERE revision = 'r2'";
        assert_eq!(
            bench.rows(progress).await,
            [[Some("2".to_owned()), Some("3".to_owned())]]
        );
        // Nothing else may come first.
        let error = bench.downgrade("base").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::INTERRUPTED);
        // What has run may not be edited.
        let path = bench.path("app/versions/r2.sql");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("VALUES (1)", "VALUES (10)")).unwrap();
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::LEDGER_AHEAD);
        // What has not, may.
        std::fs::write(&path, text.replace("INTO b", "INTO a")).unwrap();
        bench.upgrade("heads").await.unwrap();
        assert_eq!(bench.rows("SELECT count(*) FROM a").await, [[Some("3".to_owned())]]);
        assert_eq!(
            bench.rows(progress).await,
            [[Some("3".to_owned()), Some("3".to_owned())]]
        );
    });
}

#[test]
fn a_stamp_ends_an_interruption() {
    block_on(async {
        let bench = interrupted();
        bench.upgrade("heads").await.unwrap_err();
        bench.execute("DELETE FROM a").await;
        // It stands there already; what is new is that nothing is half done.
        bench.stamp(&["r1"]).await.unwrap();
        assert!(bench.stamp(&["r1"]).await.unwrap().is_empty());
        bench.stamp(&["heads"]).await.unwrap();
        assert!(bench.upgrade("heads").await.unwrap().is_empty());
    });
}

#[test]
fn every_revision_says_in_the_ledger_what_it_was() {
    block_on(async {
        let bench = scene();
        bench.upgrade("heads").await.unwrap();
        let entries = bench.project().log().await.unwrap();
        assert_eq!(entries.len(), REVISIONS);
        for entry in &entries {
            assert_eq!(entry.direction, "upgrade");
            assert_eq!(entry.applied_by, "tester");
            assert_eq!(entry.statements, entry.statements_done);
            assert!(entry.checksum.is_some() && LAYERS.iter().any(|(name, _)| *name == entry.layer));
        }
    });
}

#[test]
fn a_plan_changes_nothing() {
    block_on(async {
        let bench = scene();
        bench.upgrade("b1").await.unwrap();
        write(&bench);
        let before = std::fs::read(bench.database()).unwrap();
        let plan = bench.project().plan(Destination::Upgrade("heads")).await.unwrap();
        assert_eq!(
            PlanView::new(&plan, bench.project().dialect().unwrap()).steps.len(),
            REVISIONS - 1
        );
        assert_eq!(std::fs::read(bench.database()).unwrap(), before);
    });
}

/// What rows of the vendor's a statement writes, and what the ledger says of it.
const WRITES: [(&str, &str); 6] = [
    ("UPDATE purchase SET amount = amount + 1", "purchase (vendor)"),
    // By what a key does, and by a trigger of the vendor's.
    (
        "DELETE FROM customer WHERE id = 1",
        "addon_note (addon)\ncustomer (vendor)\npurchase (vendor)",
    ),
    ("INSERT INTO customer (name) VALUES ('New')", "customer (vendor)"),
    // By a trigger of the app's own.
    (
        "CREATE TRIGGER shop_hides AFTER INSERT ON shop_hidden BEGIN UPDATE customer SET name = 'x'; END; INSERT INTO shop_hidden \
         VALUES (1)",
        "customer (vendor)",
    ),
    (
        "UPDATE sqlite_sequence SET seq = 900 WHERE name = 'customer'",
        "sequence customer (vendor)",
    ),
    ("INSERT INTO search VALUES ('new words')", "search (vendor)"),
];

#[test]
fn the_ledger_keeps_whose_rows_a_revision_wrote_wherever_the_writing_hides() {
    block_on(async {
        let bench = scene();
        let sqlite = &["Dialect: sqlite"][..];
        let draft = |layer: &str, id: &str, revises: &str, upgrade: &str| {
            bench.draft(&Draft {
                layer,
                id,
                revises,
                header: sqlite,
                upgrade,
                ..Draft::default()
            });
        };
        bench.upgrade("heads").await.unwrap();
        draft("vendor", "b4", "b3", "CREATE VIRTUAL TABLE search USING fts5(words);");
        draft("shop", "w", "s5", "CREATE TABLE shop_hidden (id INTEGER PRIMARY KEY);");
        bench.upgrade("heads").await.unwrap();
        let mut before = "w".to_owned();
        for (at, (sql, written)) in WRITES.into_iter().enumerate() {
            let id = format!("w{at}");
            draft("shop", &id, &before, &format!("{sql};"));
            bench.upgrade("heads").await.unwrap();
            let log = bench.project().log().await.unwrap();
            let entry = log.iter().find(|entry| entry.revision.as_deref() == Some(&id)).unwrap();
            assert_eq!(entry.rows_written.as_deref(), Some(written), "{sql}");
            before = id;
        }
        let config = std::fs::read_to_string(bench.path("terrane.toml")).unwrap();
        bench.write("terrane.toml", &format!("rows = \"refuse\"\n{config}"));
        draft("shop", "x", &before, "INSERT INTO shop_hidden VALUES (2);");
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::FOREIGN_ROWS, "{error}");
        let hidden = bench.rows("SELECT count(*) FROM shop_hidden").await;
        assert_eq!(hidden, [[Some("1".to_owned())]]);
    });
}

/// Terrane's tables as its first version made them.
const OLD_TABLES: &str = "\
CREATE TABLE old_object AS SELECT kind, name, layer, created_by FROM terrane_object;
DROP TABLE terrane_object;
CREATE TABLE terrane_object (kind TEXT NOT NULL, name TEXT NOT NULL, layer TEXT NOT NULL, created_by TEXT, PRIMARY KEY (kind, name)) \
WITHOUT ROWID;
INSERT INTO terrane_object SELECT * FROM old_object;
DROP TABLE old_object;
ALTER TABLE terrane_ledger DROP COLUMN rows_written;
ALTER TABLE terrane_ledger DROP COLUMN statement_found";

#[test]
fn the_books_of_an_earlier_version_are_read_and_brought_up_to_date() {
    block_on(async {
        let bench = scene();
        bench.upgrade("s4").await.unwrap();
        let owners = bench.rows(OWNERS).await;
        for sql in OLD_TABLES.split(";\n") {
            bench.execute(sql).await;
        }
        // Who only looks changes nothing.
        let tables = bench.project().tables().await.unwrap();
        assert!(tables.iter().any(|row| row.layer.is_some()));
        assert!(bench.project().log().await.unwrap().len() > 3);
        let columns = "SELECT count(*) FROM pragma_table_info('terrane_object')";
        assert_eq!(bench.rows(columns).await, [[Some("4".to_owned())]]);
        bench.upgrade("s5").await.unwrap();
        assert_eq!(bench.rows(columns).await, [[Some("6".to_owned())]]);
        let still = bench.rows(OWNERS).await;
        assert!(owners.iter().all(|owner| still.contains(owner)), "{owners:?} {still:?}");
        bench.downgrade("base").await.unwrap();
        assert!(bench.rows(OWNERS).await.is_empty());
    });
}
