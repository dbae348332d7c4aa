//! The connection that a function of the app's gets when a revision calls it.

use crate::database::Database;
use crate::error::Result;
#[cfg(feature = "postgres")]
use sqlx::PgConnection;
#[cfg(feature = "sqlite")]
use sqlx::SqliteConnection;

/// A connection within a revision's transaction, for a data migration in Rust.
///
/// What is written here is committed with the revision, or not at all; so it must not be ended from here.
#[derive(Debug)]
pub enum Connection<'c> {
    /// SQLite's, as sqlx has it.
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut SqliteConnection),
    /// PostgreSQL's, as sqlx has it.
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
}

impl Connection<'_> {
    /// Runs a statement, or several.
    ///
    /// # Errors
    /// The server refuses one.
    pub async fn execute(&mut self, sql: &str) -> Result<()> {
        self.database().execute(sql).await
    }

    /// The rows of a query, each value as text.
    ///
    /// # Errors
    /// The server refuses the query.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.database().rows(sql).await
    }

    /// The dialect of the server: `sqlite`.
    pub fn dialect(&mut self) -> &'static str {
        self.database().dialect().name()
    }

    fn database(&mut self) -> Database<'_> {
        match self {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(connection) => Database::Sqlite((&mut **connection).into()),
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => Database::Postgres((&mut **connection).into()),
        }
    }
}
