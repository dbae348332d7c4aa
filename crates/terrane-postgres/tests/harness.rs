//! A throwaway database, and the judge: `pg_dump`.

use sqlx::Row;
use sqlx::postgres::PgConnectOptions;
use std::cell::RefCell;
use std::future::Future;
use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use terrane_core::schema::{Column, Table};
use terrane_core::sql::quote_identifier;
use terrane_postgres::connect::Database;
use tokio::runtime::Runtime;

thread_local! {
    /// One for all that a thread does, so that a connection can serve more than one call.
    static RUNTIME: Runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    static ADMIN: RefCell<Option<Admin>> = const { RefCell::new(None) };
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// A thread's connection to the server, beside the databases that it makes there.
struct Admin {
    server: String,
    version: u32,
    database: Database<'static>,
}

impl Admin {
    async fn open(server: &str) -> Result<Admin, String> {
        let mut database = Database::open(server).await.map_err(|error| error.to_string())?;
        let rows = database.rows("SHOW server_version_num").await;
        let version = rows.map_err(|error| error.to_string())?[0].get::<String, _>(0);
        Ok(Admin {
            server: server.to_owned(),
            version: version.parse().unwrap(),
            database,
        })
    }

    /// Says something to the server, by the thread's connection.
    async fn say(server: &str, sql: impl FnOnce(u32) -> String) -> Result<(), String> {
        let mut admin = match ADMIN.take().filter(|admin| admin.server == server) {
            Some(admin) => admin,
            None => Admin::open(server).await?,
        };
        let said = admin.database.execute(&sql(admin.version)).await;
        ADMIN.set(Some(admin));
        said.map_err(|error| error.to_string())
    }
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
    let text = std::fs::read_to_string(in_shared(path)).ok();
    if text.is_none() {
        not_run(&format!("{path}: the shared file is missing"));
    }
    text
}

/// A folder that all teams share.
pub(crate) fn shared_folder(path: &str) -> Option<PathBuf> {
    let folder = in_shared(path);
    if !folder.is_dir() {
        not_run(&format!("{path}: the shared folder is missing"));
        return None;
    }
    Some(folder)
}

fn in_shared(path: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let folder = std::env::var_os("TERRANE_SHARED").map_or_else(|| root.join("shared"), PathBuf::from);
    folder.join(path)
}

/// Any way to read the catalogs of a throwaway database is short: an inspection there takes a sixth longer where the planner
/// weighs them all.
const PLANNER: &str = "SET join_collapse_limit = 1; SET from_collapse_limit = 1; SET enable_mergejoin = off";

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
        // Copying the files takes less than half as long as logging each page of them.
        let strategy = |version| if version < 150_000 { "" } else { " STRATEGY file_copy" };
        let create = |version| format!("CREATE DATABASE {name} TEMPLATE template0{}", strategy(version));
        Admin::say(server, create).await?;
        let database = Database::open(&with_database(server, &name))
            .await
            .map_err(|error| error.to_string())?;
        let mut scratch = Scratch {
            database,
            server: server.to_owned(),
            name,
        };
        match scratch.database.execute(&format!("{PLANNER};\n{script}")).await {
            Ok(()) => Ok(scratch),
            Err(error) => {
                scratch.drop().await;
                Err(error.to_string())
            }
        }
    }

    /// Says something about the database, whose name stands in it as `@DB@`, and connects again, since a session that is
    /// open keeps the settings that it began with.
    pub(crate) async fn set_for_database(&mut self, sql: &str) -> Result<(), String> {
        let sql = sql.replace("@DB@", &self.name);
        let said = self.database.execute(&sql).await;
        said.map_err(|error| error.to_string())?;
        let again = Database::open(&with_database(&self.server, &self.name)).await;
        let old = std::mem::replace(&mut self.database, again.map_err(|error| error.to_string())?);
        old.close().await.map_err(|error| error.to_string())
    }

    /// What `pg_dump` says of it, its own commands to `psql` aside, which are no SQL; nothing if there is no `pg_dump`. Labels
    /// take a module that the server loads, and a tenth of its time to find none.
    pub(crate) fn dump(&self) -> Option<String> {
        let output = Command::new("pg_dump")
            .args([
                "--schema-only",
                "--no-security-labels",
                "--dbname",
                &with_database(&self.server, &self.name),
            ])
            .output()
            .ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        let sql: Vec<&str> = text.lines().filter(|line| !line.starts_with('\\')).collect();
        Some(sql.join("\n"))
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
        let sql = |_| format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        Admin::say(&self.server, sql).await.unwrap();
    }
}

/// A dump without comments and blank lines, for comparison.
pub(crate) fn without_noise(dump: &str) -> String {
    let says = |line: &&str| !line.is_empty() && !line.starts_with("--");
    let lines = dump.lines().filter(says).map(without_name_of_not_null);
    lines.collect::<Vec<_>>().join("\n")
}

/// Since 18 a `NOT NULL` has a name, which nobody sees and `pg_dump` tells where it is not the one that would be made up.
fn without_name_of_not_null(line: &str) -> String {
    if let Some((before, behind)) = line.split_once(" CONSTRAINT ")
        && let Some((_, rest)) = behind
            .split_once(" NOT NULL")
            .filter(|(name, _)| !name.contains(' ') || name.starts_with('"'))
    {
        return format!("{before} NOT NULL{rest}");
    }
    line.to_owned()
}

/// A table's name as SQL, and an expression for the values that a row has in those columns.
pub(crate) fn columns_of(table: &Table, columns: &[&Column]) -> (String, String) {
    let schema = table.name.schema.as_ref().map_or("public", |schema| schema.as_str());
    let columns = columns
        .iter()
        .map(|column| format!("{}::text", quote_identifier(column.name.as_str())));
    (
        format!(
            "{}.{}",
            quote_identifier(schema),
            quote_identifier(table.name.name.as_str())
        ),
        format!("ROW({})::text", columns.collect::<Vec<_>>().join(", ")),
    )
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
