//! What a broken attempt left is cleared away, and what is somebody else's is not.

use crate::crash::process;
use std::path::Path;
use std::time::Duration;
use terrane::{Database, OpenMode};
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};

const TABLE: &str =
    "CREATE TABLE t (a integer, b integer);\nINSERT INTO t SELECT i, i FROM generate_series(1, 100) AS i;";

fn bench(database: &Throwaway, index: &str) -> Workbench {
    let bench = Workbench::at(&database.url(), &[("app", &[])], "");
    for (id, revises, upgrade) in [("r1", "", TABLE), ("r2", "r1", index)] {
        bench.draft(&Draft {
            layer: "app",
            id,
            revises,
            header: &["Dialect: postgresql"],
            upgrade,
            ..Draft::default()
        });
    }
    bench
}

/// Looks at the table in a transaction that stays open: whoever builds an index waits for its end.
async fn holder(database: &Throwaway) -> Database<'static> {
    let mut holder = database.connect().await;
    let look = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t";
    holder.execute(look).await.unwrap();
    holder
}

const BUILDS: &str = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND \
                      query LIKE '%CREATE%INDEX CONCURRENTLY%' AND pid <> pg_backend_pid()";

async fn until(database: &Throwaway, sql: &str, is_there: bool) {
    while database.rows(sql).await.is_empty() == is_there {
        std::thread::sleep(Duration::from_millis(20));
    }
}

async fn indexes(database: &Throwaway) -> String {
    let sql = "SELECT string_agg(indexrelid::regclass || CASE WHEN indisvalid THEN '' ELSE '!' END, ' ' ORDER BY \
               indexrelid::regclass::text) FROM pg_index WHERE indrelid = 't'::regclass";
    database.value(sql).await
}

#[test]
fn an_index_whose_builder_was_killed_is_built_once() {
    block_on(async {
        let statements = [
            "CREATE INDEX CONCURRENTLY ON t (a);",
            "CREATE UNIQUE INDEX CONCURRENTLY ON t (a, (b + 1)) WHERE a > 0;",
            "CREATE INDEX CONCURRENTLY t_named ON t (b);",
        ];
        for statement in statements {
            for ends in [false, true] {
                let Some(database) = Throwaway::new("a killed builder of an index").await else {
                    return;
                };
                let bench = bench(&database, statement);
                bench.upgrade("r1").await.unwrap();
                database.execute("CREATE INDEX ON t (a)").await;
                let mut holder = holder(&database).await;
                let mut child = process(&bench, "upgrade").spawn().unwrap();
                until(&database, BUILDS, true).await;
                child.kill().unwrap();
                child.wait().unwrap();
                if ends {
                    let end = format!("SELECT pg_terminate_backend(pid) FROM ({BUILDS}) AS b (pid)");
                    database.execute(&end).await;
                }
                holder.execute("COMMIT").await.unwrap();
                holder.close().await.unwrap();
                bench.upgrade("heads").await.unwrap();
                let found = indexes(&database).await;
                assert!(!found.contains('!'), "{statement} {found}");
                assert_eq!(found.split(' ').count(), 2, "{statement} {found}");
                database.end().await;
            }
        }
    });
}

#[test]
fn an_index_that_somebody_else_builds_is_theirs() {
    block_on(async {
        for statement in [
            "CREATE INDEX CONCURRENTLY ON t (a);",
            "CREATE INDEX CONCURRENTLY mine ON t (a);",
        ] {
            let Some(database) = Throwaway::new("somebody else's index").await else {
                return;
            };
            let bench = bench(&database, statement);
            bench.upgrade("r1").await.unwrap();
            // One that broke off by hand, and one that is being built.
            database.execute("INSERT INTO t VALUES (1, 1)").await;
            let mut hand = database.connect().await;
            hand.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)")
                .await
                .unwrap_err();
            hand.close().await.unwrap();
            let mut holder = holder(&database).await;
            let url = database.url();
            let building = std::thread::spawn(move || {
                block_on(async move {
                    let wait = Duration::from_secs(10);
                    let hand = Database::open(&url, Path::new(""), OpenMode::Write, wait).await;
                    let mut hand = hand.unwrap().unwrap();
                    hand.execute("CREATE INDEX CONCURRENTLY theirs ON t (a)").await.unwrap();
                    hand.close().await.unwrap();
                });
            });
            until(&database, BUILDS, true).await;
            let project = bench.project();
            let going = std::thread::spawn(move || {
                let up = terrane::Destination::Upgrade("heads");
                block_on(project.migrate(up, &mut terrane::Silent)).map(|applied| applied.len())
            });
            std::thread::sleep(Duration::from_millis(500));
            holder.execute("COMMIT").await.unwrap();
            holder.close().await.unwrap();
            building.join().unwrap();
            assert_eq!(going.join().unwrap().unwrap(), 1);
            let mine = if statement.contains("mine") { "mine" } else { "t_a_idx" };
            let all = indexes(&database).await;
            let mut wanted = ["broken!", mine, "theirs"];
            wanted.sort_unstable();
            assert_eq!(all.split(' ').collect::<Vec<_>>(), wanted, "{statement}");
            database.end().await;
        }
    });
}
