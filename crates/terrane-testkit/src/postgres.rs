//! Throwaway databases on the server of the tests.

#![expect(clippy::unwrap_used, reason = "only tests come here, and a panic is how they fail")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
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

    /// A copy of a template that all tests of a run share: `build` makes it, where nobody has yet. `what` is all that it is
    /// made of, so that another one is made for something else.
    ///
    /// None, and a line for whoever counts, where there is no server.
    pub async fn like(test: &str, what: &str, build: impl AsyncFnOnce(&Throwaway)) -> Option<Throwaway> {
        let throwaway = Throwaway::new(test).await?;
        let template = Throwaway {
            server: throwaway.server.clone(),
            name: format!("terrane_template_{:016x}", fingerprint(what)),
        };
        let mut admin = open(&throwaway.server).await;
        admin.execute("SELECT pg_advisory_lock(20261125)").await.unwrap();
        let is_there = format!("SELECT 1 FROM pg_database WHERE datname = '{}'", template.name);
        if admin.rows(&is_there).await.unwrap().is_empty() {
            // What breaks off has another name, so that nobody takes it for the whole.
            let unfinished = template.called("unfinished");
            unfinished.remake("template0").await;
            build(&unfinished).await;
            let rename = format!("ALTER DATABASE {} RENAME TO {}", unfinished.name, template.name);
            patiently(&mut admin, &rename).await;
        }
        admin.close().await.unwrap();
        throwaway.become_like(&template).await;
        Some(throwaway)
    }

    fn called(&self, suffix: &str) -> Throwaway {
        Throwaway {
            server: self.server.clone(),
            name: format!("{}_{suffix}", self.name),
        }
    }

    /// A copy of it, as it is now; nobody may be connected to it.
    pub async fn copy(&self, suffix: &str) -> Throwaway {
        let copy = self.called(suffix);
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
        let strategy = strategy(&mut admin).await;
        let create = format!("CREATE DATABASE {} TEMPLATE {template}{strategy}", self.name);
        patiently(&mut admin, &create).await;
        admin.close().await.unwrap();
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.url_of(&self.name)
    }

    fn url_of(&self, name: &str) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{name}")
    }

    /// Makes a role its owner.
    pub async fn give_to(&self, role: &str) {
        let mut admin = open(&self.server).await;
        let give = format!("ALTER DATABASE {} OWNER TO {role}", self.name);
        patiently(&mut admin, &give).await;
        admin.close().await.unwrap();
    }

    /// Where it is, for another role.
    pub fn url_as(&self, role: &str) -> String {
        self.url().replacen("//postgres@", &format!("//{role}@"), 1)
    }

    /// Runs statements in a transaction that is rolled back.
    ///
    /// # Errors
    /// The server refuses one.
    pub async fn try_and_undo(&self, sql: &str, role: Option<&str>) -> terrane::Result<()> {
        let url = role.map_or_else(|| self.url(), |role| self.url_as(role));
        let mut database = open(&url).await;
        database
            .execute("BEGIN; SET LOCAL search_path = public, pg_temp")
            .await
            .unwrap();
        let ran = match database.execute(sql).await {
            Ok(()) => database.execute("SET CONSTRAINTS ALL IMMEDIATE").await,
            refused => refused,
        };
        let _rolled_back_by_the_server = database.execute("ROLLBACK").await;
        database.close().await.unwrap();
        ran
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
        let mut lines: Vec<&str> = text.lines().filter(|line| !noise(line)).collect();
        // In which order the owners were written means nothing.
        for owners in lines.chunk_by_mut(|one, next| is_owner(one) && is_owner(next)) {
            if owners.len() > 1 {
                owners.sort_unstable();
            }
        }
        lines.into_iter().fold(String::new(), |mut all, line| {
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

/// Copying the files of a template takes less than half as long as logging each page of them; before 15 there is no other
/// way, nor a word for it.
async fn strategy(admin: &mut Database<'_>) -> &'static str {
    let rows = admin.rows("SHOW server_version_num").await.unwrap();
    let version: u32 = rows[0][0].as_deref().unwrap().parse().unwrap();
    if version < 150_000 { "" } else { " STRATEGY file_copy" }
}

/// Whoever was connected to a database a moment ago may not be gone yet.
async fn patiently(admin: &mut Database<'_>, sql: &str) {
    for _ in 0..50 {
        if admin.execute(sql).await.is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    admin.execute(sql).await.unwrap();
}

/// Another program makes another template, since it may keep its books otherwise.
fn fingerprint(what: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    let program = std::env::current_exe().and_then(std::fs::metadata);
    program
        .and_then(|program| program.modified())
        .unwrap()
        .hash(&mut hasher);
    hasher.finish()
}

async fn open(url: &str) -> Database<'static> {
    let opened = Database::open(url, Path::new(""), OpenMode::Write, Duration::from_secs(10)).await;
    opened.unwrap().unwrap()
}

/// Whether a line of a dump is a row of the table of owners.
fn is_owner(line: &str) -> bool {
    line.starts_with("INSERT INTO public.terrane_object ")
}
