//! L8: a revision of one layer leaves every object of every other layer byte for byte as it was.

use terrane::Kind;
use terrane::core::diagnostic::codes;
use terrane_testkit::workbench::{Draft, Workbench};
use terrane_testkit::{block_on, say};

const VENDOR: &str = "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE \"Odd Name\" (id INTEGER PRIMARY KEY);
CREATE INDEX ix_customer ON customer (name);
CREATE TRIGGER tr_customer AFTER DELETE ON customer BEGIN SELECT 1; END;
CREATE VIEW everyone AS SELECT * FROM customer;
INSERT INTO customer VALUES (1, 'ann');";

const OWN: &str = "CREATE TABLE own (id INTEGER PRIMARY KEY REFERENCES customer (id), b);
CREATE VIEW own_view AS SELECT * FROM own;";

/// What no app's revision may do, in ways to hide it.
const HOSTILE: [&str; 72] = [
    "ALTER TABLE customer ADD COLUMN x;",
    "ALTER TABLE customer DROP COLUMN name;",
    "ALTER TABLE customer RENAME COLUMN name TO label;",
    "ALTER TABLE customer RENAME TO client;",
    "ALTER TABLE main.customer ADD COLUMN x;",
    "ALTER TABLE \"Customer\" ADD COLUMN x;",
    "ALTER TABLE [CUSTOMER] ADD COLUMN x;",
    "ALTER TABLE `customer` ADD COLUMN x;",
    "ALTER TABLE 'customer' ADD COLUMN x;",
    "ALTER TABLE \"main\".\"customer\" ADD COLUMN x;",
    "ALTER /* a comment */ TABLE /* b */ customer -- c\n ADD COLUMN x;",
    "ALTER TABLE customer ALTER COLUMN name SET NOT NULL;",
    "ALTER TABLE customer ADD CHECK (id > 0);",
    "ALTER TABLE customer ADD CONSTRAINT c CHECK (id > 0);",
    "alter\ttable\ncustomer\radd x;",
    "DROP TABLE customer;",
    "DROP TABLE IF EXISTS customer;",
    "DROP TABLE main.customer;",
    "DROP TABLE IF EXISTS \"main\" . [Customer];",
    "DROP TABLE 'customer';",
    "DROP /**/TABLE/**/customer;",
    "DROP TABLE \"Odd Name\";",
    "DROP TABLE \"odd name\";",
    "DROP VIEW everyone;",
    "DROP VIEW IF EXISTS main.EVERYONE;",
    "DROP INDEX ix_customer;",
    "DROP INDEX IF EXISTS main.\"IX_customer\";",
    "DROP TRIGGER tr_customer;",
    "DROP TRIGGER IF EXISTS main.tr_customer;",
    "CREATE INDEX mine ON customer (name);",
    "CREATE UNIQUE INDEX IF NOT EXISTS main.mine ON Customer (name COLLATE NOCASE) WHERE name > 'a';",
    "CREATE INDEX mine ON \"customer\" (lower(name));",
    "CREATE TRIGGER mine AFTER INSERT ON customer BEGIN SELECT 1; END;",
    "CREATE TRIGGER IF NOT EXISTS main.mine INSTEAD OF DELETE ON everyone BEGIN SELECT 1; END;",
    "CREATE TABLE customer (id INTEGER);",
    "CREATE TABLE IF NOT EXISTS customer (id INTEGER);",
    "CREATE TABLE CUSTOMER AS SELECT 1;",
    "CREATE VIEW customer AS SELECT 1;",
    "CREATE TABLE everyone (id INTEGER);",
    "CREATE VIEW IF NOT EXISTS everyone AS SELECT 1;",
    "ALTER TABLE own RENAME TO customer;",
    "ALTER TABLE own RENAME TO everyone;",
    "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE TABLE customer (id)' WHERE name = 'customer';",
    "PRAGMA main.writable_schema = 1;",
    "PRAGMA \"writable_schema\"(1);",
    "PRAGMA 'writable_schema'=1;",
    "PRAGMA/**/writable_schema=RESET;",
    "pragma [Writable_Schema] = yes;",
    "DELETE FROM terrane_version;",
    "DROP TABLE terrane_object;",
    "UPDATE terrane_object SET layer = 'app';",
    "INSERT INTO main.\"terrane_ledger\" (layer) VALUES ('x');",
    "DROP TABLE 'terrane_ledger';",
    "CREATE TRIGGER own_trigger AFTER INSERT ON own BEGIN DELETE FROM terrane_object; END;",
    "CREATE TRIGGER own_trigger AFTER INSERT ON terrane_object BEGIN SELECT 1; END;",
    "ALTER TABLE terrane_version ADD COLUMN x;",
    "CREATE TABLE fine (id INTEGER); DROP TABLE customer;",
    "SELECT 1; ; ; DROP TABLE customer;",
    "CREATE TEMP TABLE t (a); DROP TABLE customer;",
    "INSERT INTO own (b) VALUES ('BEGIN'); ALTER TABLE customer ADD COLUMN x;",
    "CREATE TABLE child (id INTEGER PRIMARY KEY REFERENCES stranger (id));",
    "ALTER TABLE own ADD COLUMN s INTEGER REFERENCES stranger (id);",
    "PRAGMA user_version = 7;",
    "PRAGMA main.user_version(7);",
    "PRAGMA \"application_id\" = 7;",
    "pragma /**/ Application_Id = -1;",
    "PRAGMA auto_vacuum = 1;",
    "PRAGMA journal_mode = WAL;",
    "PRAGMA page_size = 512;",
    "PRAGMA schema_version = 99;",
    "PRAGMA [encoding] = 'UTF-16';",
    "PRAGMA default_cache_size = 9;",
];

fn bench() -> Workbench {
    let bench = Workbench::new(&[("vendor", &[]), ("other", &[]), ("app", &["vendor"])]);
    let draft = |layer, id, upgrade| Draft {
        layer,
        id,
        header: &["Dialect: sqlite"],
        upgrade,
        ..Draft::default()
    };
    bench.draft(&draft("vendor", "b1", VENDOR));
    bench.draft(&draft("other", "o1", "CREATE TABLE stranger (id INTEGER PRIMARY KEY);"));
    bench.draft(&Draft {
        header: &["Dialect: sqlite", "Depends On: b1, o1", "Branch Labels: app"],
        ..draft("app", "a1", OWN)
    });
    bench
}

#[test]
fn law_l8_a_hostile_revision_is_refused_and_leaves_the_file_as_it_was() {
    block_on(async {
        let bench = bench();
        bench.upgrade("heads").await.unwrap();
        let before = std::fs::read(bench.database()).unwrap();
        let mut failures = Vec::new();
        for transaction in ["Transaction: each", "Transaction: none"] {
            for hostile in HOSTILE {
                let header = ["Dialect: sqlite", transaction];
                bench.draft(&Draft {
                    layer: "app",
                    id: "a2",
                    revises: "a1",
                    header: if transaction.ends_with("none") {
                        &header
                    } else {
                        &header[..1]
                    },
                    upgrade: hostile,
                    ..Draft::default()
                });
                let outcome = bench.upgrade("heads").await;
                match outcome {
                    Ok(_) => failures.push(format!("applied: {hostile}")),
                    Err(error) => {
                        let ours = [codes::FOREIGN_OBJECT, codes::FOREIGN_REFERENCE, codes::GUARD];
                        if error.kind() != Kind::Refused || !ours.contains(&error.diagnostics[0].code) {
                            failures.push(format!("{error}: {hostile}"));
                        }
                    }
                }
                if std::fs::read(bench.database()).unwrap() != before {
                    failures.push(format!("changed the file: {hostile}"));
                    std::fs::write(bench.database(), &before).unwrap();
                }
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        say(&format!("{} hostile revisions refused", HOSTILE.len() * 2));
    });
}

/// What the planner takes for nobody's: the tables behind a vendor's virtual table, and the database by another name.
#[test]
fn the_guard_refuses_before_commit_what_the_planner_could_not_know() {
    block_on(async {
        let bench = bench();
        bench.draft(&Draft {
            layer: "vendor",
            id: "b2",
            revises: "b1",
            header: &["Dialect: sqlite"],
            upgrade: "CREATE VIRTUAL TABLE doc USING fts5 (body);\nINSERT INTO doc VALUES ('a word');",
            downgrade: "DROP TABLE doc;",
        });
        bench.upgrade("heads").await.unwrap();
        let before = std::fs::read(bench.database()).unwrap();
        let attach = format!(
            "ATTACH '{}' AS aside;\nDROP TABLE aside.customer;",
            bench.database().display()
        );
        for (transaction, hidden) in [
            ("Message: a", "DROP TABLE doc;"),
            ("Message: a", "DROP TABLE doc_content;"),
            ("Message: a", "CREATE INDEX mine ON doc_data (block);"),
            ("Transaction: none", "DROP TABLE doc;"),
            ("Transaction: none", "DROP TABLE doc_content;"),
            ("Transaction: none", attach.as_str()),
        ] {
            let header = ["Dialect: sqlite", transaction];
            bench.draft(&Draft {
                layer: "app",
                id: "a2",
                revises: "a1",
                header: if transaction.ends_with("none") {
                    &header
                } else {
                    &header[..1]
                },
                upgrade: hidden,
                ..Draft::default()
            });
            let error = bench.upgrade("heads").await.unwrap_err();
            assert_eq!(error.kind(), Kind::Refused, "{error}: {hidden}");
            assert_eq!(std::fs::read(bench.database()).unwrap(), before, "{hidden}");
        }
        // Its own layer may, and the books follow.
        std::fs::remove_file(bench.path("app/versions/a2.sql")).unwrap();
        bench.downgrade("vendor@b1").await.unwrap();
        assert!(
            bench
                .rows("SELECT * FROM terrane_object WHERE name = 'doc'")
                .await
                .is_empty()
        );
    });
}

#[test]
fn a_vendor_may_not_touch_the_apps_either() {
    block_on(async {
        let bench = bench();
        bench.upgrade("heads").await.unwrap();
        for hostile in [
            "DROP TABLE own;",
            "CREATE INDEX mine ON own (b);",
            "DROP VIEW own_view;",
        ] {
            bench.draft(&Draft {
                layer: "vendor",
                id: "b2",
                revises: "b1",
                header: &["Dialect: sqlite"],
                upgrade: hostile,
                ..Draft::default()
            });
            let error = bench.upgrade("heads").await.unwrap_err();
            assert_eq!(error.diagnostics[0].code, codes::FOREIGN_OBJECT, "{error}");
        }
    });
}

#[test]
fn a_touches_line_gives_leave_and_is_recorded() {
    block_on(async {
        let bench = bench();
        bench.upgrade("heads").await.unwrap();
        bench.draft(&Draft {
            layer: "app",
            id: "a2",
            revises: "a1",
            header: &["Dialect: sqlite", "Touches: customer: the vendor asked for it"],
            upgrade: "CREATE INDEX mine ON customer (name);",
            downgrade: "DROP INDEX mine;",
        });
        bench.upgrade("heads").await.unwrap();
        let entries = bench.project().log().await.unwrap();
        assert_eq!(
            entries.last().unwrap().touches.as_deref(),
            Some("customer: the vendor asked for it")
        );
        bench.downgrade("a1").await.unwrap();
    });
}

#[test]
fn a_vendor_may_rename_its_own_and_references_follow() {
    block_on(async {
        let bench = bench();
        bench.upgrade("heads").await.unwrap();
        bench.draft(&Draft {
            layer: "vendor",
            id: "b2",
            revises: "b1",
            header: &["Dialect: sqlite"],
            upgrade: "ALTER TABLE customer RENAME TO client;",
            downgrade: "ALTER TABLE client RENAME TO customer;",
        });
        bench.upgrade("heads").await.unwrap();
        let own = bench.rows("SELECT sql FROM sqlite_schema WHERE name = 'own'").await;
        assert!(own[0][0].as_ref().unwrap().contains("REFERENCES \"client\""), "{own:?}");
    });
}
