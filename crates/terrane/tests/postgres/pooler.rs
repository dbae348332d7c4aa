//! Behind a pooler that gives each transaction another session: found out by asking, and dealt with.

use crate::scene::scene;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use terrane::core::diagnostic::codes;
use terrane_testkit::block_on;
use terrane_testkit::postgres::{Throwaway, not_run};
use terrane_testkit::workbench::throwaway;

/// A PgBouncer in front of the server of the tests; it ends with this value.
struct Pooler {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Pooler {
    fn start(database: &Throwaway, mode: &str) -> Option<Pooler> {
        Pooler::of_size(database, mode, 20)
    }

    fn of_size(database: &Throwaway, mode: &str, size: usize) -> Option<Pooler> {
        let Some(program) = [
            "/usr/sbin/pgbouncer",
            "/usr/bin/pgbouncer",
            "/opt/homebrew/bin/pgbouncer",
        ]
        .into_iter()
        .find(|path| std::path::Path::new(path).exists()) else {
            not_run("behind a pooler: PgBouncer is not installed (Debian: apt-get install pgbouncer)");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = throwaway();
        let server = url_port(&database.url());
        let file = folder.path().join("pgbouncer.ini");
        let config = format!(
            "[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\nauth_file =\npool_mode = {mode}\nmax_client_conn = 200\n\
             default_pool_size = {size}\nlogfile =\npidfile =\n"
        );
        let config = config.replace("* = host=127.0.0.1", "* = user=postgres host=127.0.0.1");
        std::fs::write(&file, config).unwrap();
        // It does not run as root.
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", program]);
        let open = Command::new("chmod").args(["-R", "a+rX"]).arg(folder.path()).status();
        assert!(open.unwrap().success());
        let process = command
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "PgBouncer does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Pooler {
            process,
            port,
            _folder: folder,
        })
    }

    fn url(&self, database: &Throwaway) -> String {
        database
            .url()
            .replace(&format!(":{}/", url_port(&database.url())), &format!(":{}/", self.port))
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn url_port(url: &str) -> String {
    let (before, _) = url.rsplit_once('/').unwrap();
    before.rsplit_once(':').unwrap().1.to_owned()
}

#[test]
fn revisions_of_one_transaction_run_and_the_others_are_refused_with_the_setting_to_make() {
    block_on(async {
        let Some(database) = Throwaway::new("behind a pooler").await else {
            return;
        };
        let Some(pooler) = Pooler::start(&database, "transaction") else {
            return;
        };
        let bench = scene(&database);
        let layers = &crate::scene::LAYERS;
        bench.configure_at(&pooler.url(&database), layers, "");
        bench.upgrade("s2").await.unwrap();
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database \
                    WHERE datname = current_database())";
        assert_eq!(
            database.value(held).await,
            "0",
            "no session of the pooler's keeps the lock"
        );
        let before = database.value("SELECT sum(points) FROM shop_loyalty").await;
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::POOLED);
        assert!(format!("{error:?}").contains("direct_url"), "{error:?}");
        assert_eq!(database.value("SELECT sum(points) FROM shop_loyalty").await, before);
        let direct = format!("direct_url = \"{}\"", database.url());
        bench.configure_at(&pooler.url(&database), layers, &direct);
        bench.upgrade("heads").await.unwrap();
        drop(pooler);
        database.end().await;
    });
}

#[test]
fn migrators_behind_a_pooler_keep_each_other_out_in_each_transaction() {
    block_on(async {
        let Some(database) = Throwaway::new("several behind a pooler").await else {
            return;
        };
        let Some(pooler) = Pooler::start(&database, "transaction") else {
            return;
        };
        let bench = scene(&database);
        bench.configure_at(&pooler.url(&database), &crate::scene::LAYERS, "");
        let crowd: Vec<_> = (0..6)
            .map(|_| {
                let project = bench.project();
                std::thread::spawn(move || {
                    let destination = terrane::Destination::Upgrade("s2");
                    block_on(project.migrate(destination, &mut terrane::Silent)).map(|applied| applied.len())
                })
            })
            .collect();
        let done: usize = crowd.into_iter().map(|one| one.join().unwrap().unwrap()).sum();
        assert_eq!(
            done.to_string(),
            database.value("SELECT count(*) FROM terrane_ledger").await
        );
        assert_eq!(
            database
                .value("SELECT points FROM shop_loyalty WHERE customer_id = 1")
                .await,
            "202"
        );
        drop(pooler);
        database.end().await;
    });
}

#[test]
fn a_pooler_that_keeps_sessions_together_is_no_hindrance() {
    block_on(async {
        let Some(database) = Throwaway::new("behind a pooler of sessions").await else {
            return;
        };
        let Some(pooler) = Pooler::start(&database, "session") else {
            return;
        };
        let bench = scene(&database);
        bench.configure_at(&pooler.url(&database), &crate::scene::LAYERS, "");
        bench.upgrade("heads").await.unwrap();
        drop(pooler);
        database.end().await;
    });
}

#[test]
fn a_pooler_with_one_session_does_not_hang_a_migrator() {
    block_on(async {
        for mode in ["transaction", "session"] {
            let Some(database) = Throwaway::new("behind a small pooler").await else {
                return;
            };
            let Some(pooler) = Pooler::of_size(&database, mode, 1) else {
                return;
            };
            let bench = scene(&database);
            bench.configure_at(&pooler.url(&database), &crate::scene::LAYERS, "");
            let begun = Instant::now();
            bench.upgrade("s2").await.unwrap();
            bench.downgrade("shop@base").await.unwrap();
            let took = begun.elapsed();
            assert!(took < Duration::from_secs(30), "{mode}: {took:?}");
            drop(pooler);
            database.end().await;
        }
    });
}
