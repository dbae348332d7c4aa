//! Throwaway databases on the server of the tests.

#![expect(clippy::unwrap_used, reason = "only tests come here, and a panic is how they fail")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use terrane::{Database, OpenMode};

/// A database of its own, gone when [`Throwaway::end`] is called; what a failed test leaves goes with the server.
#[derive(Debug)]
pub struct Throwaway {
    server: String,
    name: String,
}

/// Notes that a test could not run, where whoever counts asks for it.
pub fn not_run(line: &str) {
    crate::say(&format!("not run: {line}"));
    if let Some(list) = std::env::var_os("TERRANE_NOT_RUN") {
        let opened = std::fs::OpenOptions::new().append(true).create(true).open(list);
        opened.and_then(|mut list| writeln!(list, "{line}")).unwrap();
    }
}

impl Throwaway {
    /// A fresh database. None, and a line for whoever counts, where there is no server.
    pub async fn new(test: &str) -> Option<Throwaway> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let Ok(server) = std::env::var("TERRANE_POSTGRES") else {
            not_run(&format!("{test}: no PostgreSQL server"));
            return None;
        };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("terrane_test_{}_{count}", std::process::id());
        let throwaway = Throwaway { server, name };
        throwaway.remake("template0").await;
        Some(throwaway)
    }

    /// A copy of it, as it is now; nobody may be connected to it.
    pub async fn copy(&self, suffix: &str) -> Throwaway {
        let copy = Throwaway {
            server: self.server.clone(),
            name: format!("{}_{suffix}", self.name),
        };
        copy.remake(&self.name).await;
        copy
    }

    /// Makes it what another one is.
    pub async fn become_like(&self, other: &Throwaway) {
        self.remake(&other.name).await;
    }

    async fn remake(&self, template: &str) {
        let mut admin = open(&self.server).await;
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        admin.execute(&drop).await.unwrap();
        let create = format!("CREATE DATABASE {} TEMPLATE {template}", self.name);
        // Whoever was connected to the template a moment ago may not be gone yet.
        for _ in 0..50 {
            if admin.execute(&create).await.is_ok() {
                return admin.close().await.unwrap();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        admin.execute(&create).await.unwrap();
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.url_of(&self.name)
    }

    fn url_of(&self, name: &str) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{name}")
    }

    /// A connection.
    pub async fn connect(&self) -> Database<'static> {
        open(&self.url()).await
    }

    /// Runs statements outside of any revision.
    pub async fn execute(&self, sql: &str) {
        let mut database = self.connect().await;
        database.execute(sql).await.unwrap();
        database.close().await.unwrap();
    }

    /// The rows of a query.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let mut database = self.connect().await;
        let rows = database.rows(sql).await.unwrap();
        database.close().await.unwrap();
        rows
    }

    /// The one value of a query.
    pub async fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        rows.first()
            .and_then(|row| row.first().cloned().flatten())
            .unwrap_or_default()
    }

    /// All that it holds, as `pg_dump` tells it, rows and all; the ledger, which tells times, is left out. `only` are the
    /// tables to tell of; none, all of them.
    pub fn dump(&self, only: &BTreeSet<&str>) -> String {
        let mut command = Command::new("pg_dump");
        command.args([
            "--inserts",
            "--exclude-table-data=terrane_ledger",
            "--dbname",
            &self.url(),
        ]);
        command.args(only.iter().map(|table| format!("--table={table}")));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let noise = |line: &&str| {
            line.is_empty()
                || line.starts_with("--")
                || line.starts_with('\\')
                || line.contains("terrane_ledger_id_seq")
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines()
            .filter(|line| !noise(line))
            .fold(String::new(), |mut all, line| {
                let _ = writeln!(all, "{line}");
                all
            })
    }

    /// Drops it.
    pub async fn end(self) {
        let mut admin = open(&self.server).await;
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        admin.execute(&drop).await.unwrap();
        admin.close().await.unwrap();
    }
}

async fn open(url: &str) -> Database<'static> {
    let opened = Database::open(url, Path::new(""), OpenMode::Write, Duration::from_secs(10)).await;
    opened.unwrap().unwrap()
}
