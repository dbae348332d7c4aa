//! Opening a database, and the little that is said to it outside of plans.

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqliteConnection};
use std::cmp::Ordering;
use std::fmt;

pub use crate::location::Location;
pub use terrane_core::text::UrlFault;

use crate::commits::Commits;
use crate::writes::Writes;

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

/// An open database.
#[derive(Debug)]
pub struct Database<'c> {
    connection: Held<'c>,
    /// Whether a transaction may be committed, once somebody wants to say.
    pub(crate) commits: Option<Commits>,
    /// What rows are written, while somebody listens.
    pub(crate) writes: Option<Writes>,
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
            writes: None,
            littered: false,
        }
    }
}

impl From<PoolConnection<Sqlite>> for Database<'_> {
    fn from(connection: PoolConnection<Sqlite>) -> Self {
        Database {
            connection: Held::Pooled(connection),
            commits: None,
            writes: None,
            littered: false,
        }
    }
}

impl Location {
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
            writes: None,
            littered: false,
        };
        // SQLite opens a file without reading it; whether it is a database shows at the first question.
        let asked = database.connection().execute("PRAGMA schema_version").await;
        asked.map_err(Error::new(format!("cannot read `{name}`")))?;
        Ok(database)
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
            self.forget_writes().await?;
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
