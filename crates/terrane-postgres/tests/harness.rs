//! A throwaway database, and the judge: `pg_dump`.

use sqlx::Row;
use sqlx::postgres::PgConnectOptions;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use terrane_postgres::connect::Database;

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

#[expect(clippy::print_stderr, reason = "figures that the test's reader asks for")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// Notes that a test cannot run; see CONTRIBUTING.
fn not_run(line: &str) {
    use std::io::Write;
    say(&format!("not run: {line}"));
    if let Some(list) = std::env::var_os("TERRANE_NOT_RUN") {
        let opened = std::fs::OpenOptions::new().append(true).create(true).open(list);
        opened.and_then(|mut list| writeln!(list, "{line}")).unwrap();
    }
}

/// The server's URL, from `TERRANE_POSTGRES`.
pub(crate) fn server(test: &str) -> Option<String> {
    let url = std::env::var("TERRANE_POSTGRES").ok();
    if url.is_none() {
        not_run(&format!("{test}: no PostgreSQL server"));
    }
    url
}

/// A file that all teams share, beside the repository; see CONTRIBUTING.
pub(crate) fn shared(path: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let folder = std::env::var_os("TERRANE_SHARED").map_or_else(|| root.join("shared"), PathBuf::from);
    let text = std::fs::read_to_string(folder.join(path)).ok();
    if text.is_none() {
        not_run(&format!("{path}: the shared file is missing"));
    }
    text
}

/// A database of its own, made by a script, and dropped in the end.
pub(crate) struct Scratch {
    pub(crate) database: Database<'static>,
    server: String,
    name: String,
}

impl Scratch {
    pub(crate) async fn new(server: &str, script: &str) -> Result<Scratch, String> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "terrane_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let mut admin = Database::open(server).await.map_err(|error| error.to_string())?;
        let made = admin
            .execute(&format!("CREATE DATABASE {name} TEMPLATE template0"))
            .await;
        made.map_err(|error| error.to_string())?;
        let database = Database::open(&with_database(server, &name))
            .await
            .map_err(|error| error.to_string())?;
        let mut scratch = Scratch {
            database,
            server: server.to_owned(),
            name,
        };
        match scratch.database.execute(script).await {
            Ok(()) => Ok(scratch),
            Err(error) => {
                scratch.drop().await;
                Err(error.to_string())
            }
        }
    }

    /// What `pg_dump` says of it, comments and noise aside; nothing if there is no `pg_dump`.
    pub(crate) fn dump(&self) -> Option<String> {
        let text = self.whole_dump()?;
        let noise = |line: &&str| line.is_empty() || line.starts_with("--") || line.starts_with('\\');
        Some(text.lines().filter(|line| !noise(line)).collect::<Vec<_>>().join("\n"))
    }

    /// What `pg_dump` says of it. Its own commands to `psql`, which begin with a backslash, are no SQL.
    pub(crate) fn whole_dump(&self) -> Option<String> {
        let output = Command::new(pg_dump())
            .args(["--schema-only", "--dbname", &with_database(&self.server, &self.name)])
            .output()
            .ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    pub(crate) async fn drop(mut self) {
        // A database with a subscription does not go.
        const SUBSCRIPTIONS: &str = "SELECT format('ALTER SUBSCRIPTION %1$I DISABLE; \
            ALTER SUBSCRIPTION %1$I SET (slot_name = NONE); DROP SUBSCRIPTION %1$I', subname) \
            FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
        for row in self.database.rows(SUBSCRIPTIONS).await.unwrap() {
            for sql in row.get::<String, _>(0).split(';') {
                self.database.execute(sql).await.unwrap();
            }
        }
        self.database.close().await.unwrap();
        let mut admin = Database::open(&self.server).await.unwrap();
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        admin.execute(&sql).await.unwrap();
    }
}

/// The newest `pg_dump`. What Debian has on the path is a script that looks for one each time, and takes longer to find it
/// than that takes to dump.
fn pg_dump() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let newest = versions
            .filter_map(|version| {
                let number: u32 = version.file_name().to_str()?.parse().ok()?;
                let program = version.path().join("bin/pg_dump");
                program.exists().then_some((number, program))
            })
            .max();
        newest.map_or_else(|| PathBuf::from("pg_dump"), |(_, program)| program)
    })
}

/// The server's URL with another database.
fn with_database(url: &str, name: &str) -> String {
    PgConnectOptions::from_str(url).unwrap();
    let (address, query) = url
        .split_once('?')
        .map_or((url, ""), |(address, query)| (address, query));
    let authority = address.find("://").map_or(0, |at| at + 3);
    let end = address[authority..]
        .find('/')
        .map_or(address.len(), |at| authority + at);
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    format!("{}/{name}{query}", &address[..end])
}
