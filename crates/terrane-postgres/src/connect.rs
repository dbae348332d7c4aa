//! Opening a database, and the little that is said to it outside of plans.

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use std::fmt;
use std::str::FromStr;

/// Something that PostgreSQL refused to do.
#[derive(Debug)]
pub struct Error {
    /// What was being done, a lower-case fragment.
    pub doing: String,
    /// What PostgreSQL said.
    pub cause: sqlx::Error,
}

impl Error {
    fn new(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Error {
        let doing = doing.into();
        move |cause| Error { doing, cause }
    }

    /// What PostgreSQL said, without the driver's words around it.
    pub fn message(&self) -> String {
        match &self.cause {
            sqlx::Error::Database(error) => error.message().to_owned(),
            other => other.to_string(),
        }
    }

    /// The SQLSTATE, where it is PostgreSQL that refused (appendix A of its manual).
    pub fn code(&self) -> Option<String> {
        Some(self.cause.as_database_error()?.code()?.into_owned())
    }

    /// Whether a lock was not had in time (55P03, `lock_not_available`).
    pub fn is_lock_timeout(&self) -> bool {
        self.code().as_deref() == Some("55P03")
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
pub struct Database {
    connection: PgConnection,
}

impl Database {
    /// Opens the database that `url` names.
    ///
    /// # Errors
    /// It is no URL of PostgreSQL's, or the server does not let us in.
    pub async fn open(url: &str) -> Result<Database, Error> {
        let options = PgConnectOptions::from_str(url).map_err(Error::new("cannot read the URL"))?;
        let opened = options.disable_statement_logging().connect().await;
        Ok(Database {
            connection: opened.map_err(Error::new("cannot connect"))?,
        })
    }

    /// The connection, for whoever speaks sqlx.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Runs a statement, or several, by the simple protocol.
    ///
    /// # Errors
    /// PostgreSQL refuses one; outside of a transaction, those before it are undone with it, since they are one message.
    pub async fn execute(&mut self, sql: &str) -> Result<(), Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let ran = query.execute(&mut self.connection).await;
        ran.map(drop).map_err(Error::new("cannot run a statement"))
    }

    /// The rows that a query gives.
    ///
    /// # Errors
    /// PostgreSQL refuses the query.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<PgRow>, Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let rows = query.fetch_all(&mut self.connection).await;
        rows.map_err(Error::new("cannot run a query"))
    }

    /// Closes it.
    ///
    /// # Errors
    /// The server was gone already.
    pub async fn close(self) -> Result<(), Error> {
        self.connection
            .close()
            .await
            .map_err(Error::new("cannot close the connection"))
    }
}
