//! Opening a database, and the little that is said to it outside of plans.

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqliteConnection};
use std::cmp::Ordering;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::commits::Commits;

/// Something that SQLite refused to do.
#[derive(Debug)]
pub struct Error {
    /// What was being done, a lower-case fragment.
    pub doing: String,
    /// What SQLite said.
    pub cause: sqlx::Error,
}

impl Error {
    pub(crate) fn new(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Error {
        let doing = doing.into();
        move |cause| Error { doing, cause }
    }

    /// What SQLite said, without the driver's words around it.
    pub fn message(&self) -> String {
        match &self.cause {
            sqlx::Error::Database(error) => error.message().to_owned(),
            other => other.to_string(),
        }
    }

    /// SQLite's extended result code, where it is SQLite that refused.
    pub fn code(&self) -> Option<i32> {
        self.cause.as_database_error()?.code()?.parse().ok()
    }

    /// Whether somebody else holds the lock (sqlite.org/rescode.html, SQLITE_BUSY and its extensions).
    pub fn is_busy(&self) -> bool {
        self.code().is_some_and(|code| code & 0xff == 5)
    }

    /// Whether it would have committed, and was not let (SQLITE_CONSTRAINT_COMMITHOOK).
    pub fn is_not_let(&self) -> bool {
        self.code() == Some(531)
    }

    /// Whether the file must not be written (SQLITE_READONLY and its extensions).
    pub fn is_read_only(&self) -> bool {
        self.code().is_some_and(|code| code & 0xff == 8)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.message())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// Where a database is, and how to open it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    /// The file; none is a database in memory, gone with its connection.
    pub file: Option<PathBuf>,
    /// Whether a file that is not there is made.
    pub create: bool,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// How long to wait for another's lock.
    pub busy_timeout: Duration,
}

impl Location {
    /// A database in memory.
    pub fn memory() -> Location {
        Location {
            file: None,
            create: true,
            read_only: false,
            busy_timeout: Duration::from_secs(5),
        }
    }

    /// A database in a file, which has to be there.
    pub fn file(path: impl Into<PathBuf>) -> Location {
        Location {
            file: Some(path.into()),
            create: false,
            ..Location::memory()
        }
    }

    /// The database that `url` names; a relative path starts from `folder`. None: it is no URL of SQLite's.
    ///
    /// `sqlite:app.db`, `sqlite://app.db`, `sqlite:///srv/app.db` and `sqlite::memory:` are read; `?mode=ro`, `rw`,
    /// `rwc` and `memory` mean what they mean in SQLite's own URIs (sqlite.org/uri.html).
    pub fn from_url(url: &str, folder: &Path) -> Option<Location> {
        let rest = url.strip_prefix("sqlite:")?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mode = query.split('&').find_map(|pair| pair.strip_prefix("mode="));
        if path == ":memory:" || path.is_empty() || mode == Some("memory") {
            return Some(Location::memory());
        }
        Some(Location {
            create: mode == Some("rwc"),
            read_only: mode == Some("ro"),
            ..Location::file(folder.join(path))
        })
    }

    fn options(&self) -> SqliteConnectOptions {
        let options = match &self.file {
            Some(path) => SqliteConnectOptions::new().filename(path),
            None => SqliteConnectOptions::new().in_memory(true),
        };
        // Author's statements are to meet the keys that they declare; a plan that has to switch them off says so in
        // its conduct.
        options
            .foreign_keys(true)
            .create_if_missing(self.create)
            .read_only(self.read_only)
            .busy_timeout(self.busy_timeout)
    }

    /// Opens it.
    ///
    /// # Errors
    /// The file is not there, or is no database, or must not be opened.
    pub async fn open(&self) -> Result<Database<'static>, Error> {
        let name = self
            .file
            .as_ref()
            .map_or_else(|| ":memory:".to_owned(), |path| path.display().to_string());
        let opened = self.options().disable_statement_logging().connect().await;
        let mut database = Database {
            connection: Held::Own(opened.map_err(Error::new(format!("cannot open `{name}`")))?),
            commits: None,
            littered: false,
        };
        // SQLite opens a file without reading it; whether it is a database shows at the first question.
        let asked = database.connection().execute("PRAGMA schema_version").await;
        asked.map_err(Error::new(format!("cannot read `{name}`")))?;
        Ok(database)
    }
}

/// An open database.
#[derive(Debug)]
pub struct Database<'c> {
    connection: Held<'c>,
    /// Whether a transaction may be committed, once somebody wants to say.
    pub(crate) commits: Option<Commits>,
    /// Whether there were temporary objects on it when it was lent.
    littered: bool,
}

/// A connection, and whose it is.
#[derive(Debug)]
enum Held<'c> {
    /// Opened here, and closed here.
    Own(SqliteConnection),
    /// Out of an app's pool, to which it goes back.
    Pooled(PoolConnection<Sqlite>),
    /// An app's.
    Lent(&'c mut SqliteConnection),
}

impl<'c> From<&'c mut SqliteConnection> for Database<'c> {
    fn from(connection: &'c mut SqliteConnection) -> Database<'c> {
        Database {
            connection: Held::Lent(connection),
            commits: None,
            littered: false,
        }
    }
}

impl From<PoolConnection<Sqlite>> for Database<'_> {
    fn from(connection: PoolConnection<Sqlite>) -> Self {
        Database {
            connection: Held::Pooled(connection),
            commits: None,
            littered: false,
        }
    }
}

impl Database<'_> {
    /// The connection, for whoever speaks sqlx.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        match &mut self.connection {
            Held::Own(connection) => connection,
            Held::Pooled(connection) => connection,
            Held::Lent(connection) => connection,
        }
    }

    /// Closes a connection out of a pool when it is dropped, rather than to give it back.
    pub fn close_on_drop(&mut self) {
        if let Held::Pooled(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }

    /// Whether the connection is somebody else's, who goes on with it.
    pub fn is_lent(&self) -> bool {
        !matches!(self.connection, Held::Own(_))
    }

    /// Notes whether whoever lends the connection has temporary objects on it.
    pub fn note_temporary_objects(&mut self, are_there: bool) {
        self.littered = are_there;
    }

    /// Whether whoever lends the connection has temporary objects on it.
    pub fn had_temporary_objects(&self) -> bool {
        self.littered
    }

    /// Registers a collation with the connection.
    ///
    /// # Errors
    /// SQLite does not take the name.
    pub async fn collation(
        &mut self,
        name: &str,
        compare: impl Fn(&str, &str) -> Ordering + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let doing = || format!("cannot register the collation `{name}`");
        let mut handle = self.connection().lock_handle().await.map_err(Error::new(doing()))?;
        handle.create_collation(name, compare).map_err(Error::new(doing()))
    }

    /// Runs a statement, or several, without keeping them prepared.
    ///
    /// # Errors
    /// SQLite refuses one; those before it have run.
    pub async fn execute(&mut self, sql: &str) -> Result<(), Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let ran = query.execute(self.connection()).await;
        ran.map(drop).map_err(Error::new(summary(sql)))
    }

    /// The rows that a query gives.
    ///
    /// # Errors
    /// SQLite refuses the query.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<SqliteRow>, Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let rows = query.fetch_all(self.connection()).await;
        rows.map_err(Error::new(summary(sql)))
    }

    /// Closes it, and waits until it is. A connection of somebody else's stays open.
    ///
    /// # Errors
    /// The last write did not reach the file.
    pub async fn close(mut self) -> Result<(), Error> {
        if self.is_lent() {
            self.forget_commits().await?;
        }
        match self.connection {
            Held::Own(connection) => connection
                .close()
                .await
                .map_err(Error::new("cannot close the database")),
            Held::Pooled(_) | Held::Lent(_) => Ok(()),
        }
    }
}

/// The first line of a statement, short enough to be part of a message.
pub(crate) fn summary(sql: &str) -> String {
    let line = sql.trim().lines().next().unwrap_or("").trim_end();
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("cannot run `{}…`", &line[..end]),
        None => format!("cannot run `{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file_from_the_folder_given() {
        let folder = Path::new("/srv/app");
        let file = |url: &str| Location::from_url(url, folder).and_then(|location| location.file);
        assert_eq!(file("sqlite:app.db"), Some(PathBuf::from("/srv/app/app.db")));
        assert_eq!(
            file("sqlite://data/app.db?mode=rwc"),
            Some(PathBuf::from("/srv/app/data/app.db"))
        );
        assert_eq!(file("sqlite:///var/app.db"), Some(PathBuf::from("/var/app.db")));
        assert_eq!(file("sqlite::memory:"), None);
        assert_eq!(Location::from_url("postgres://x/y", folder), None);
        let location = Location::from_url("sqlite:app.db?mode=ro", folder);
        assert!(location.is_some_and(|location| location.read_only && !location.create));
    }
}
