//! Migration at an app's start, on the app's own connection.

use crate::config::Config;
use crate::database::Database;
use crate::error::{Error, Result};
use crate::executor::{Applied, Observer, Silent};
use crate::layer::Layer;
use crate::migrate::Destination;
use crate::project::Project;
use sqlx::pool::PoolConnection;
#[cfg(feature = "postgres")]
use sqlx::{PgConnection, PgPool, Postgres};
#[cfg(feature = "sqlite")]
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use std::future::Future;
use std::pin::Pin;
use terrane_core::diagnostic::codes;

/// Brings an app's database to where its layers say, with the revisions that the program carries.
///
/// ```
/// # async fn start(pool: sqlx::SqlitePool) -> terrane::Result<()> {
/// use terrane::{Layer, Migrator};
///
/// let layers = [Layer::new("rattail"), Layer::new("poser").requires("rattail")];
/// Migrator::new(layers).upgrade(&pool, "heads").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Migrator {
    layers: Vec<Layer>,
    operator: String,
}

impl Migrator {
    /// A migrator for these layers.
    pub fn new(layers: impl IntoIterator<Item = Layer>) -> Migrator {
        Migrator {
            layers: layers.into_iter().collect(),
            operator: String::new(),
        }
    }

    /// Who is at work, for the ledger.
    #[must_use]
    pub fn operator(mut self, name: impl Into<String>) -> Migrator {
        self.operator = name.into();
        self
    }

    /// Applies revisions until there: `heads`, `poser@head`, an id.
    ///
    /// # Errors
    /// The layers make no sense, or as [`Project::migrate`]. What was done before stays done, and the error says so.
    pub async fn upgrade<'c>(&self, on: impl IntoDatabase<'c>, target: &str) -> Result<Vec<Applied>> {
        self.go(on, Destination::Upgrade(target), &mut Silent).await
    }

    /// Undoes revisions until there: `-1`, `poser@base`, an id.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`].
    pub async fn downgrade<'c>(&self, on: impl IntoDatabase<'c>, target: &str) -> Result<Vec<Applied>> {
        self.go(on, Destination::Downgrade(target), &mut Silent).await
    }

    /// Goes anywhere, while somebody watches.
    ///
    /// # Errors
    /// As [`Migrator::upgrade`].
    pub async fn go<'c>(
        &self,
        on: impl IntoDatabase<'c>,
        destination: Destination<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Applied>> {
        let mut database = on.into_database().await?;
        let mut config = Config::compiled(&self.layers)?;
        // Only its scheme is read: the database is open.
        config.url = Some(format!("{}:", database.dialect().name()).into());
        let mut project = Project::new(config).with_calls(&self.layers);
        project.operator.clone_from(&self.operator);
        let kept = database.settings().await?;
        // Authors' statements are to meet the keys that they declare, whatever the app has switched off.
        database.make_strict().await?;
        let outcome = project.migrate_on(&mut database, destination, observer).await;
        let restored = database.execute(&kept).await;
        let closed = database.close().await;
        let applied = outcome?;
        restored.and(closed).map(|()| applied)
    }
}

/// A connection of the app's, or what lends one.
pub trait IntoDatabase<'c> {
    /// The database behind it. The app goes on with the connection afterwards.
    fn into_database(self) -> Opening<'c>;
}

/// A database that is about to be open.
pub type Opening<'c> = Pin<Box<dyn Future<Output = Result<Database<'c>>> + Send + 'c>>;

#[cfg(feature = "sqlite")]
impl<'c> IntoDatabase<'c> for &'c mut SqliteConnection {
    fn into_database(self) -> Opening<'c> {
        Box::pin(std::future::ready(Ok(Database::Sqlite(self.into()))))
    }
}

#[cfg(feature = "postgres")]
impl<'c> IntoDatabase<'c> for &'c mut PgConnection {
    fn into_database(self) -> Opening<'c> {
        Box::pin(std::future::ready(Ok(Database::Postgres(self.into()))))
    }
}

#[cfg(feature = "sqlite")]
impl<'c> IntoDatabase<'c> for &'c SqlitePool {
    fn into_database(self) -> Opening<'c> {
        Box::pin(async move { self.acquire().await.map_err(no_connection)?.into_database().await })
    }
}

#[cfg(feature = "postgres")]
impl<'c> IntoDatabase<'c> for &'c PgPool {
    fn into_database(self) -> Opening<'c> {
        Box::pin(async move { self.acquire().await.map_err(no_connection)?.into_database().await })
    }
}

fn no_connection(cause: sqlx::Error) -> Error {
    let message = format!("the app's pool gives no connection: {cause}");
    Error::new(codes::CANNOT_OPEN, message).caused_by(cause)
}

#[cfg(feature = "sqlite")]
impl<'c> IntoDatabase<'c> for PoolConnection<Sqlite> {
    fn into_database(self) -> Opening<'c> {
        Box::pin(async move {
            let mut database = Database::Sqlite(self.into());
            // Whoever gives up a run halfway leaves a transaction open, with which no one should go on; a database in
            // memory goes with its connection, and keeps it all the same.
            if !database.is_volatile().await?
                && let Database::Sqlite(inner) = &mut database
            {
                inner.close_on_drop();
            }
            Ok(database)
        })
    }
}

#[cfg(feature = "postgres")]
impl<'c> IntoDatabase<'c> for PoolConnection<Postgres> {
    fn into_database(self) -> Opening<'c> {
        Box::pin(std::future::ready(Ok(Database::Postgres(self.into()))))
    }
}

#[cfg(feature = "sea-orm")]
impl<'c> IntoDatabase<'c> for &'c sea_orm::DatabaseConnection {
    fn into_database(self) -> Opening<'c> {
        use sea_orm::DatabaseConnectionType;
        match &self.inner {
            #[cfg(feature = "sqlite")]
            DatabaseConnectionType::SqlxSqlitePoolConnection(_) => self.get_sqlite_connection_pool().into_database(),
            #[cfg(feature = "postgres")]
            DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
                self.get_postgres_connection_pool().into_database()
            }
            _ => {
                let message = "there is no dialect for the database of this SeaORM connection";
                let error = Error::new(codes::UNSUPPORTED_DATABASE, message)
                    .help("Let SeaORM connect to `sqlite:…` or `postgresql://…`.");
                Box::pin(std::future::ready(Err(error)))
            }
        }
    }
}
