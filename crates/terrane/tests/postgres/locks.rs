//! A migration never queues the application behind it: it waits for a moment, makes way, and tries again.

use crate::scene::{draft, played, scene, with};
use std::time::{Duration, Instant};
use terrane::core::diagnostic::codes;
use terrane::core::plan::PlanStep;
use terrane::{Blocker, Destination, Observer, Silent};
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};
use terrane_testkit::{block_on, say};

const ADD_COLUMN: Draft<'static> = Draft {
    layer: "vendor",
    id: "b9",
    revises: "b3",
    header: &["Dialect: postgresql"],
    upgrade: "UPDATE customer SET name = name || '!';\nALTER TABLE customer ADD COLUMN phone text;",
    downgrade: "ALTER TABLE customer DROP COLUMN phone;",
};

/// A database where the scene has run, and one more revision that wants a hard lock.
async fn stage(test: &str, settings: &str) -> Option<(Throwaway, Workbench)> {
    let database = played(test).await?;
    let bench = scene(&database);
    bench.configure_at(&database.url(), &crate::scene::LAYERS, settings);
    bench.draft(&ADD_COLUMN);
    Some((database, bench))
}

/// How often it waited, and behind whom: whoever held the lock may be gone when it is asked who that was.
#[derive(Default)]
struct Waits {
    attempts: u32,
    blockers: Vec<Blocker>,
}

impl Observer for Waits {
    fn step_waits(&mut self, _step: &PlanStep, attempt: u32, blockers: &[Blocker]) {
        self.attempts = attempt;
        self.blockers.extend_from_slice(blockers);
    }
}

#[test]
fn an_application_is_hardly_felt_to_wait_behind_a_migration_that_waits() {
    block_on(async {
        let Some((database, bench)) = stage("a lock that is held", "").await else {
            return;
        };
        let url = database.url();
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        // A report that runs for a while, and an application that goes on writing.
        let mut report = database.connect().await;
        report.execute("BEGIN; SELECT * FROM customer").await.unwrap();
        let application = std::thread::spawn(move || {
            block_on(async {
                let mut worst = Duration::ZERO;
                let opened = terrane::Database::open(&url, "".as_ref(), terrane::OpenMode::Write, Duration::ZERO).await;
                let mut writer = opened.unwrap().unwrap();
                while is_done.try_recv().is_err() {
                    let begun = Instant::now();
                    writer
                        .execute("UPDATE customer SET email = email WHERE id = 1")
                        .await
                        .unwrap();
                    worst = worst.max(begun.elapsed());
                    std::thread::sleep(Duration::from_millis(5));
                }
                worst
            })
        });
        let ends = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(2500));
            block_on(async {
                report.execute("ROLLBACK").await.unwrap();
                report.close().await.unwrap();
            });
        });
        let mut waits = Waits::default();
        bench
            .project()
            .migrate(Destination::Upgrade("heads"), &mut waits)
            .await
            .unwrap();
        done.send(()).unwrap();
        ends.join().unwrap();
        let worst = application.join().unwrap();
        assert!(waits.attempts >= 2, "{}", waits.attempts);
        assert!(
            waits.blockers.iter().any(|blocker| blocker.table == "customer"),
            "{:?}",
            waits.blockers
        );
        // Each attempt does all again, and none of them twice.
        assert_eq!(database.value("SELECT name FROM customer WHERE id = 1").await, "ann!");
        say(&format!(
            "{} attempts behind a report of 2.5 s; the longest write took {worst:?}",
            waits.attempts
        ));
        database.end().await;
    });
}

#[test]
fn whoever_does_not_let_go_is_named_when_patience_ends() {
    block_on(async {
        let Some((database, bench)) = stage("patience", "[locks]\nattempt = 50\npatience = 1").await else {
            return;
        };
        let before = database.dump(&std::collections::BTreeSet::new());
        let mut report = database.connect().await;
        report.execute("BEGIN; SELECT * FROM customer").await.unwrap();
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::LOCKED);
        let told = format!("{:?}", error.diagnostics[0]);
        assert!(
            told.contains("`customer` is held by session") && told.contains("idle in transaction"),
            "{told}"
        );
        // How long it took is the machine's; that it is told is ours.
        assert!(told.contains(" attempts over "), "{told}");
        report.execute("ROLLBACK").await.unwrap();
        report.close().await.unwrap();
        assert_eq!(database.dump(&std::collections::BTreeSet::new()), before);
        bench.upgrade("heads").await.unwrap();
        database.end().await;
    });
}

#[test]
fn two_that_deadlock_are_not_the_end_of_a_revision() {
    block_on(async {
        let Some((database, bench)) = stage("a deadlock", "[locks]\nattempt = 5000").await else {
            return;
        };
        bench.upgrade("b9").await.unwrap();
        database.execute("CREATE TABLE meeting (id integer)").await;
        bench.draft(&Draft {
            layer: "vendor",
            id: "b7",
            revises: "b9",
            header: &["Dialect: postgresql"],
            upgrade: "LOCK TABLE meeting IN ACCESS EXCLUSIVE MODE;\nSELECT pg_sleep(0.5);\n\
                      ALTER TABLE customer ADD COLUMN fax text;",
            downgrade: "ALTER TABLE customer DROP COLUMN fax;",
        });
        let mut other = database.connect().await;
        other
            .execute("BEGIN; SELECT * FROM customer; SET LOCAL deadlock_timeout = '10s'")
            .await
            .unwrap();
        let crossing = std::thread::spawn(move || {
            block_on(async {
                let held = "SELECT 1 FROM pg_locks WHERE relation = 'meeting'::regclass AND granted";
                while other.rows(held).await.unwrap().is_empty() {
                    std::thread::sleep(Duration::from_millis(10));
                }
                // Whichever of the two the server chooses, the other goes on.
                let _chosen = other.execute("SELECT * FROM meeting").await;
                other.execute("ROLLBACK").await.unwrap();
                other.close().await.unwrap();
            });
        });
        let mut waits = Waits::default();
        bench
            .project()
            .migrate(Destination::Upgrade("heads"), &mut waits)
            .await
            .unwrap();
        crossing.join().unwrap();
        assert!(waits.attempts >= 1);
        database.end().await;
    });
}

#[test]
fn a_vacuum_that_outlasts_every_attempt_is_asked_to_make_way() {
    block_on(async {
        let Some(database) = Throwaway::new("an autovacuum").await else {
            return;
        };
        // A table whose autovacuum takes its time: a page a few milliseconds.
        let bench = with(
            &database,
            "[locks]\nattempt = 50",
            &[Draft {
                layer: "vendor",
                id: "v1",
                upgrade: "CREATE TABLE busy (id integer, filler text) WITH (autovacuum_vacuum_threshold = 1, \
                          autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, \
                          autovacuum_vacuum_cost_limit = 1);\n\
                          INSERT INTO busy SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n;",
                header: &["Branch Labels: vendor", "Dialect: postgresql"],
                ..Draft::default()
            }],
        );
        bench.upgrade("heads").await.unwrap();
        let naps = database.value("SHOW autovacuum_naptime").await;
        database.execute("DELETE FROM busy WHERE id % 2 = 0").await;
        let at_work = "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND query LIKE '%busy%'";
        let begun = Instant::now();
        while database.rows(at_work).await.is_empty() {
            if begun.elapsed() > Duration::from_secs(40) {
                terrane_testkit::postgres::not_run(&format!(
                    "an autovacuum makes way: none came (autovacuum_naptime is {naps})"
                ));
                return database.end().await;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bench.draft(&draft("vendor", "v2", "v1", "ALTER TABLE busy ADD COLUMN note text;"));
        let mut waits = Waits::default();
        let begun = Instant::now();
        bench
            .project()
            .migrate(Destination::Upgrade("heads"), &mut waits)
            .await
            .unwrap();
        say(&format!(
            "behind an autovacuum: {} attempts, {:?}",
            waits.attempts,
            begun.elapsed()
        ));
        assert!(
            waits.blockers.iter().any(|blocker| blocker.is_autovacuum),
            "{:?}",
            waits.blockers
        );
        assert!(begun.elapsed() < Duration::from_secs(15));
        database.end().await;
    });
}

#[test]
fn a_concurrent_index_waits_as_long_as_it_takes() {
    block_on(async {
        let Some((database, bench)) = stage("a concurrent index behind a transaction", "").await else {
            return;
        };
        bench.draft(&Draft {
            layer: "vendor",
            id: "b10",
            revises: "b9",
            header: &["Dialect: postgresql"],
            upgrade: "CREATE INDEX CONCURRENTLY ix_customer_email ON customer (email);",
            downgrade: "DROP INDEX CONCURRENTLY ix_customer_email;",
        });
        bench.upgrade("b9").await.unwrap();
        let mut writer = database.connect().await;
        writer
            .execute("BEGIN; UPDATE customer SET email = 'x' WHERE id = 1")
            .await
            .unwrap();
        let ends = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(1200));
            block_on(async {
                writer.execute("COMMIT").await.unwrap();
                writer.close().await.unwrap();
            });
        });
        let begun = Instant::now();
        bench
            .project()
            .migrate(Destination::Upgrade("heads"), &mut Silent)
            .await
            .unwrap();
        assert!(begun.elapsed() > Duration::from_secs(1));
        ends.join().unwrap();
        database.end().await;
    });
}
