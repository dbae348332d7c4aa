//! An open database of any kind, and the one list of kinds.

use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::server::{Server, server_of};
use crate::url::mask;
use std::path::Path;
use std::time::Duration;
use terrane_core::diagnostic::codes;
use terrane_core::dialect::Dialect;
use terrane_core::schema::Schema;
use terrane_core::sql::{TokenKind, tokenize};
use terrane_sqlite::Sqlite;
use terrane_sqlite::connect::{Database as SqliteDatabase, Error as SqliteError, Location};

/// What a database is opened for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpenMode {
    /// To look. A database that is not there is as good as an empty one.
    Read,
    /// To change. A file that is not there is made.
    Write,
}

/// A database that is open.
#[derive(Debug)]
pub enum Database<'c> {
    /// SQLite.
    Sqlite(SqliteDatabase<'c>),
}

/// The dialect of a URL.
///
/// # Errors
/// There is no dialect for its scheme.
pub(crate) fn dialect_of(url: &str) -> Result<&'static dyn Dialect> {
    match url.split(':').next().unwrap_or("") {
        "sqlite" => Ok(&Sqlite),
        scheme => {
            let message = format!("there is no dialect for `{}` databases", mask(scheme));
            Err(Error::new(codes::UNSUPPORTED_DATABASE, message).help("Use `sqlite:path/to/file.db`."))
        }
    }
}

/// How a statement gets on with transactions, and whether something of it stays with the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    /// It runs in a transaction, and leaves nothing outside of the database.
    Usual,
    /// It runs in a transaction, and makes something that goes with the connection.
    Temporary,
    /// It changes the connection. In a transaction it is refused, or does nothing.
    Setting,
    /// It is a transaction by itself, and may be repeated.
    Alone,
}

impl Database<'static> {
    /// Opens the database that `url` names; a relative path in it is seen from `folder`. None, if it is opened to look
    /// and is not there.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn open(
        url: &str,
        folder: &Path,
        mode: OpenMode,
        lock_timeout: Duration,
    ) -> Result<Option<Database<'static>>> {
        dialect_of(url)?;
        let Some(mut location) = Location::from_url(url, folder) else {
            return Err(Error::new(
                codes::UNSUPPORTED_DATABASE,
                format!("`{}` names no database", mask(url)),
            ));
        };
        location.busy_timeout = lock_timeout;
        if mode == OpenMode::Write {
            location.create = !location.read_only;
        } else if location.file.as_ref().is_some_and(|file| !file.exists()) {
            return Ok(None);
        }
        match location.open().await {
            Ok(database) => Ok(Some(Database::Sqlite(database))),
            Err(error) if error.is_busy() || error.is_read_only() => Err(refusal(error)),
            Err(error) => {
                let reason = location.file.as_deref().and_then(|file| why_not_opened(file, mode));
                let reason = reason.map_or_else(|| error.message(), str::to_owned);
                let message = format!("cannot open `{}`: {reason}", mask(url));
                Err(Error::new(codes::CANNOT_OPEN, message).caused_by(error))
            }
        }
    }

    /// A database of the same kind with nothing in it, gone when it is closed.
    ///
    /// # Errors
    /// It cannot be made.
    pub async fn scratch() -> Result<Database<'static>> {
        Location::memory().open().await.map(Database::Sqlite).map_err(refusal)
    }
}

impl Database<'_> {
    /// What answers for its kind.
    pub fn dialect(&self) -> &'static dyn Dialect {
        match self {
            Database::Sqlite(_) => &Sqlite,
        }
    }

    /// Runs a statement, or several.
    ///
    /// # Errors
    /// The server refuses one; those before it have run.
    pub async fn execute(&mut self, sql: &str) -> Result<()> {
        match self {
            Database::Sqlite(database) => database.execute(sql).await.map_err(refusal),
        }
    }

    /// Runs statements one after the other; `begins` hears of each that is about to run.
    ///
    /// # Errors
    /// The server refuses the one of that number; those before it have run.
    pub(crate) async fn execute_all(
        &mut self,
        statements: &[&str],
        begins: impl FnMut(usize),
    ) -> std::result::Result<(), (usize, Error)> {
        match self {
            Database::Sqlite(database) => {
                let ran = database.execute_all(statements, begins).await;
                ran.map_err(|(at, error)| (at, refusal(error)))
            }
        }
    }

    /// The rows of a query, or of several, each value as text.
    ///
    /// # Errors
    /// The server refuses a query.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        use sqlx::Row;
        match self {
            Database::Sqlite(database) => {
                let rows = database.rows(sql).await.map_err(refusal)?;
                let text = |row: &sqlx::sqlite::SqliteRow| {
                    (0..row.len())
                        .map(|at| row.try_get_unchecked::<Option<String>, _>(at).unwrap_or(None))
                        .collect()
                };
                Ok(rows.iter().map(text).collect())
            }
        }
    }

    /// The rows of a query, or in the inner result why there are none: the question makes no sense to the server, which
    /// is an answer too.
    ///
    /// # Errors
    /// The server cannot answer any question of the kind: it is locked, full, broken.
    pub(crate) async fn answer(&mut self, sql: &str) -> Result<std::result::Result<usize, String>> {
        // sqlite.org/rescode.html, SQLITE_ERROR.
        const ERROR: i32 = 1;
        match self {
            Database::Sqlite(database) => match database.rows(sql).await {
                Ok(rows) => Ok(Ok(rows.len())),
                Err(error) if error.code().is_some_and(|code| code & 0xff == ERROR) => Ok(Err(error.message())),
                Err(error) => Err(refusal(error)),
            },
        }
    }

    /// Makes a setting, and looks whether it took: within a transaction, many do nothing and say nothing.
    ///
    /// # Errors
    /// It did not take.
    pub(crate) async fn set(&mut self, setting: &str) -> Result<()> {
        let Some((name, value)) = setting.strip_prefix("PRAGMA ").and_then(|rest| rest.split_once('=')) else {
            return self.execute(setting).await;
        };
        let rows = self.rows(&format!("{setting}; PRAGMA {name}")).await?;
        let wanted = match value {
            "ON" => "1",
            "OFF" => "0",
            other => other,
        };
        let is = rows.last().and_then(|row| row.first().cloned().flatten());
        if is.as_deref() == Some(wanted) {
            return Ok(());
        }
        let message = format!("the database does not take the setting `{setting}`, which keeps rows from being lost");
        Err(Error::new(codes::DATABASE, message))
    }

    /// Whether the connection has to be kept: the database goes with it, or somebody else goes on with it.
    pub(crate) async fn keeps_connection(&mut self) -> Result<bool> {
        Ok(self.is_lent() || self.is_volatile().await?)
    }

    /// Makes the settings that matter as they are on a fresh connection.
    pub(crate) async fn reset(&mut self) -> Result<()> {
        match self {
            Database::Sqlite(_) => {
                let settings = "PRAGMA foreign_keys=ON; PRAGMA legacy_alter_table=OFF; PRAGMA writable_schema=OFF; \
                                PRAGMA ignore_check_constraints=OFF; PRAGMA recursive_triggers=OFF; PRAGMA query_only=OFF";
                self.execute(settings).await
            }
        }
    }

    /// What is said to its kind of server besides a plan's statements.
    pub(crate) fn server(&self) -> &'static Server {
        server_of(self.dialect().name())
    }

    /// The settings of the connection that a migration may change, as a script that makes them again.
    pub(crate) async fn settings(&mut self) -> Result<String> {
        let mut script = String::new();
        for name in ["foreign_keys", "legacy_alter_table", "recursive_triggers", "query_only"] {
            let rows = self.rows(&format!("PRAGMA {name}")).await?;
            if let Some(value) = rows.first().and_then(|row| row.first().cloned().flatten()) {
                script.push_str(&format!("PRAGMA {name}={value};"));
            }
        }
        Ok(script)
    }

    /// Whether the database goes with its connection.
    pub(crate) async fn is_volatile(&mut self) -> Result<bool> {
        let rows = self
            .rows("SELECT file FROM pragma_database_list WHERE name = 'main'")
            .await?;
        let file = rows.first().and_then(|row| row.first().cloned().flatten());
        Ok(file.is_none_or(|file| file.is_empty()))
    }

    /// Whether the connection is somebody else's, who goes on with it.
    pub(crate) fn is_lent(&self) -> bool {
        match self {
            Database::Sqlite(database) => database.is_lent(),
        }
    }

    /// The connection, for a function of the app's.
    pub(crate) fn lend(&mut self) -> Connection<'_> {
        match self {
            Database::Sqlite(database) => Connection::Sqlite(database.connection()),
        }
    }

    /// How a statement gets on with transactions.
    pub(crate) fn manner(&self, sql: &str) -> Manner {
        let lexing = self.dialect().flavor().lexing;
        let tokens = tokenize(sql, &lexing).unwrap_or_default();
        let mut words = tokens
            .iter()
            .filter(|token| token.kind != TokenKind::Comment)
            .map(|token| token.text(sql).to_ascii_lowercase());
        match words.next().as_deref() {
            Some("vacuum") => Manner::Alone,
            Some("pragma" | "attach" | "detach") => Manner::Setting,
            Some("create") if words.next().is_some_and(|word| word.starts_with("temp")) => Manner::Temporary,
            _ => Manner::Usual,
        }
    }

    /// What the database holds.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub async fn inspect(&mut self) -> Result<Schema> {
        match self {
            Database::Sqlite(database) => {
                let inspected = terrane_sqlite::inspect::inspect(database.connection())
                    .await
                    .map_err(refusal)?;
                Ok(inspected.schema)
            }
        }
    }

    /// Closes it.
    ///
    /// # Errors
    /// The last write did not reach the disk.
    pub async fn close(self) -> Result<()> {
        match self {
            Database::Sqlite(database) => database.close().await.map_err(refusal),
        }
    }
}

/// What is wrong with a file that SQLite cannot open, where the file itself tells.
fn why_not_opened(file: &Path, mode: OpenMode) -> Option<&'static str> {
    if file.is_dir() {
        return Some("it is a folder");
    }
    if file.is_file() {
        let mut start = [0; 16];
        let read = std::fs::File::open(file).and_then(|mut opened| std::io::Read::read_exact(&mut opened, &mut start));
        return (read.is_ok() && start != *b"SQLite format 3\0").then_some("the file is no SQLite database");
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.exists()) {
        return Some("its folder is not there");
    }
    (mode == OpenMode::Write).then_some("it is not there, and cannot be made")
}

/// What the server said, as an error of ours.
fn refusal(error: SqliteError) -> Error {
    if error.is_busy() {
        let message = "the database is locked: another program is writing to it";
        return Error::new(codes::LOCKED, message)
            .help("Run it again when the other program is done, or wait longer with `lock_timeout`.")
            .caused_by(error);
    }
    if error.is_read_only() {
        return Error::new(codes::READ_ONLY, "the database cannot be written: it is read-only")
            .help("Check the permissions of the file and of its folder.")
            .caused_by(error);
    }
    Error::new(codes::DATABASE, error.message()).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_does_not_take_is_no_setting() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut database = Database::scratch().await.unwrap();
            database.set("PRAGMA foreign_keys=OFF").await.unwrap();
            database.execute("BEGIN").await.unwrap();
            let error = database.set("PRAGMA foreign_keys=ON").await.unwrap_err();
            assert!(error.to_string().contains("foreign_keys=ON"), "{error}");
        });
    }

    #[test]
    fn how_a_statement_gets_on_with_transactions() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let database = runtime.block_on(Database::scratch()).unwrap();
        for (sql, manner) in [
            ("-- a\nVACUUM", Manner::Alone),
            ("/* a */ pragma x", Manner::Setting),
            ("ATTACH 'x' AS y", Manner::Setting),
            ("CREATE TEMPORARY TABLE t (a)", Manner::Temporary),
            ("CREATE TABLE temp (a)", Manner::Usual),
            ("INSERT INTO t VALUES ('VACUUM')", Manner::Usual),
        ] {
            assert_eq!(database.manner(sql), manner, "{sql}");
        }
    }
}
