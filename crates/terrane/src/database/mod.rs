//! An open database of any kind, and the one list of kinds; what each kind says for itself is in a file of its own.

mod postgres;
mod sqlite;

use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::executor::Waits;
use crate::server::{Server, server_of};
use crate::share::Share;
use crate::url::mask;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;
use terrane_core::diagnostic::codes;
use terrane_core::dialect::Dialect;
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::ownership::{ObjectKey, Ownership};
use terrane_core::schema::{Schema, Table};
use terrane_postgres::Postgres;
use terrane_postgres::connect::Database as PostgresDatabase;
use terrane_sqlite::Sqlite;
use terrane_sqlite::connect::Database as SqliteDatabase;

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
    /// PostgreSQL.
    Postgres(PostgresDatabase<'c>),
}

/// The dialect of a URL.
///
/// # Errors
/// There is no dialect for its scheme.
pub(crate) fn dialect_of(url: &str) -> Result<&'static dyn Dialect> {
    match url.split(':').next().unwrap_or("") {
        "sqlite" => Ok(&Sqlite),
        "postgresql" | "postgres" => Ok(&Postgres),
        scheme => {
            let message = format!("there is no dialect for `{}` databases", mask(scheme));
            Err(Error::new(codes::UNSUPPORTED_DATABASE, message)
                .help("Use `sqlite:path/to/file.db`, or `postgresql://user@host/database`."))
        }
    }
}

/// How it is seen to that one migrator is at work at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hold {
    /// By a lock of the session, or by one that every transaction takes in its own way.
    Session,
    /// By a lock in each transaction: a pooler gives each another session.
    Transaction,
}

/// A session that holds a lock on a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blocker {
    /// The table.
    pub table: String,
    /// The server's number for the session.
    pub session: String,
    /// Who it is, as far as the server tells: the user, the program, from where.
    pub who: String,
    /// What it does, or did last, and for how long.
    pub doing: String,
    /// Whether it is the server itself that tidies up.
    pub is_autovacuum: bool,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Blocker {
            table,
            session,
            who,
            doing,
            ..
        } = self;
        write!(f, "`{table}` is held by session {session} ({who}): {doing}")
    }
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
        if dialect_of(url)?.name() == Postgres.name() {
            return postgres::open(url).await.map(Some);
        }
        sqlite::open(url, folder, mode, lock_timeout).await
    }
}

impl Database<'static> {
    /// A database of SQLite's in memory, with nothing in it.
    ///
    /// # Errors
    /// It cannot be made.
    pub async fn scratch() -> Result<Database<'static>> {
        sqlite::scratch().await
    }
}

impl Database<'_> {
    /// A database of the same kind with nothing in it, gone when it is closed; but with the same schemas and extensions,
    /// those aside.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) async fn scratch_beside(&mut self, aside: &BTreeSet<String>) -> Result<Database<'static>> {
        match self {
            Database::Sqlite(_) => sqlite::scratch().await,
            Database::Postgres(database) => postgres::scratch(database, aside).await,
        }
    }

    /// What answers for its kind.
    pub fn dialect(&self) -> &'static dyn Dialect {
        match self {
            Database::Sqlite(_) => &Sqlite,
            Database::Postgres(_) => &Postgres,
        }
    }

    /// Runs a statement, or several.
    ///
    /// # Errors
    /// The server refuses one; those before it have run.
    pub async fn execute(&mut self, sql: &str) -> Result<()> {
        match self {
            Database::Sqlite(database) => database.execute(sql).await.map_err(sqlite::refusal),
            Database::Postgres(database) => database.execute(sql).await.map_err(postgres::refusal),
        }
    }

    /// Runs statements one after the other; `begins` hears of each that is about to run. In a transaction, `waits` says
    /// how long each may wait for locks, where the server lets that be said.
    ///
    /// # Errors
    /// The server refuses the one of that number; those before it have run.
    pub(crate) async fn execute_all(
        &mut self,
        statements: &[&str],
        waits: Option<Waits>,
        begins: impl FnMut(usize),
    ) -> std::result::Result<(), (usize, Error)> {
        match self {
            Database::Sqlite(database) => {
                let ran = database.execute_all(statements, begins).await;
                ran.map_err(|(at, error)| (at, sqlite::refusal(error)))
            }
            Database::Postgres(database) => postgres::execute_all(database, statements, waits, begins).await,
        }
    }

    /// The rows of a query, or of several, each value as text.
    ///
    /// # Errors
    /// The server refuses a query.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        match self {
            Database::Sqlite(database) => sqlite::rows(database, sql).await,
            Database::Postgres(database) => postgres::rows(database, sql).await,
        }
    }

    /// The rows of a query, or in the inner result why there are none: the question makes no sense to the server, which
    /// is an answer too.
    ///
    /// # Errors
    /// The server cannot answer any question of the kind: it is locked, full, broken.
    pub(crate) async fn answer(&mut self, sql: &str) -> Result<std::result::Result<usize, String>> {
        match self {
            Database::Sqlite(database) => sqlite::answer(database, sql).await,
            Database::Postgres(database) => postgres::answer(database, sql).await,
        }
    }

    /// Makes a setting, and looks whether it took: within a transaction, many do nothing and say nothing.
    ///
    /// # Errors
    /// It did not take.
    pub(crate) async fn set(&mut self, setting: &str) -> Result<()> {
        match self {
            Database::Sqlite(database) => sqlite::set(database, setting).await,
            Database::Postgres(_) => self.execute(setting).await,
        }
    }

    /// Waits for the lock that lets one migrator in at a time, where that is no matter of each transaction.
    ///
    /// # Errors
    /// Another migrator held it for longer than the time allowed.
    pub(crate) async fn lock(&mut self, timeout: Duration) -> Result<Hold> {
        match self {
            Database::Sqlite(_) => Ok(Hold::Session),
            Database::Postgres(database) => postgres::lock(database, timeout).await,
        }
    }

    /// Lets the next one in, before the connection ends.
    ///
    /// # Errors
    /// The connection is broken, and the lock gone with it.
    pub(crate) async fn unlock(&mut self, hold: Hold) -> Result<()> {
        match (self, hold) {
            (Database::Sqlite(_), _) | (_, Hold::Transaction) => Ok(()),
            (database @ Database::Postgres(_), Hold::Session) => database.execute(postgres::UNLOCK).await,
        }
    }

    /// Begins a transaction that changes something, with no other migrator beside it, and gives the rows of a query, or of
    /// several, in it.
    ///
    /// # Errors
    /// Another migrator was beside it for longer than the time allowed; the server refuses a query. The transaction may
    /// have begun.
    pub(crate) async fn claim(
        &mut self,
        hold: Hold,
        timeout: Duration,
        question: &str,
    ) -> Result<Vec<Vec<Option<String>>>> {
        let begin = self.server().begin;
        match self {
            Database::Sqlite(database) => sqlite::rows(database, &format!("{begin}; {question}")).await,
            Database::Postgres(database) => postgres::claim(database, hold, timeout, question).await,
        }
    }

    /// Whether statements can be kept from waiting for locks, so that a transaction which had none is tried again.
    pub(crate) fn bounds_waits(&self) -> bool {
        matches!(self, Database::Postgres(_))
    }

    /// What says how long a statement outside of any transaction may wait for locks; none, where that cannot be said.
    pub(crate) fn wait_outside(&self, limit: Duration) -> Option<String> {
        match self {
            Database::Sqlite(_) => None,
            Database::Postgres(_) => Some(postgres::wait_at_most("SET", limit)),
        }
    }

    /// What asks an autovacuum of a table to make way.
    pub(crate) fn make_way(&self, table: &str) -> String {
        postgres::make_way(table)
    }

    /// Who holds locks on those tables.
    pub(crate) async fn blockers(&mut self, tables: &BTreeSet<ObjectName>) -> Result<Vec<Blocker>> {
        match self {
            Database::Sqlite(_) => Ok(Vec::new()),
            Database::Postgres(database) => postgres::blockers(database, tables).await,
        }
    }

    /// Whether the connection has to be kept: the database goes with it, or somebody else goes on with it.
    pub(crate) async fn keeps_connection(&mut self) -> Result<bool> {
        match self {
            Database::Sqlite(database) => Ok(database.is_lent() || sqlite::is_volatile(database).await?),
            // The lock hangs on the connection.
            Database::Postgres(_) => Ok(true),
        }
    }

    /// Makes the settings that matter as they are on a fresh connection.
    pub(crate) async fn reset(&mut self) -> Result<()> {
        let settings = match self {
            Database::Sqlite(_) => sqlite::RESET,
            Database::Postgres(_) => postgres::RESET,
        };
        self.execute(settings).await
    }

    /// What is said to its kind of server besides a plan's statements.
    pub(crate) fn server(&self) -> &'static Server {
        server_of(self.dialect().name())
    }

    /// The settings of the connection that a migration may change, as a script that makes them again.
    pub(crate) async fn settings(&mut self) -> Result<String> {
        match self {
            Database::Sqlite(database) => sqlite::settings(database).await,
            Database::Postgres(database) => postgres::settings(database).await,
        }
    }

    /// Whether the database goes with its connection.
    pub(crate) async fn is_volatile(&mut self) -> Result<bool> {
        match self {
            Database::Sqlite(database) => sqlite::is_volatile(database).await,
            Database::Postgres(_) => Ok(false),
        }
    }

    /// Makes the connection as a revision wants it: its keys are to be met, whatever the app has switched off.
    pub(crate) async fn make_strict(&mut self) -> Result<()> {
        match self {
            Database::Sqlite(_) => self.execute("PRAGMA foreign_keys=ON").await,
            Database::Postgres(_) => self.execute("SET session_replication_role = origin").await,
        }
    }

    /// Refuses a connection that has the database open under a second name, by which its objects would be nobody's.
    pub(crate) async fn refuse_second_name(&mut self) -> Result<()> {
        match self {
            Database::Sqlite(database) => sqlite::refuse_second_name(database).await,
            Database::Postgres(_) => Ok(()),
        }
    }

    /// Whether it tells what a transaction has locked.
    pub(crate) fn tells_locks(&self) -> bool {
        matches!(self, Database::Postgres(_))
    }

    /// What the catalog says of the objects of layers other than that one, as one text: rows of kind, name, relation and
    /// definition, in JSON. A server that tells locks is asked for `only` those.
    pub(crate) async fn others(&mut self, layer: &LayerName, only: &BTreeSet<ObjectName>) -> Result<Option<String>> {
        let sql = match self {
            Database::Sqlite(_) => sqlite::others(layer.as_str()),
            Database::Postgres(_) => postgres::others(only),
        };
        let rows = self.rows(&sql).await?;
        Ok(rows.first().and_then(|row| row.first().cloned().flatten()))
    }

    /// The connection, for a function of the app's.
    pub(crate) fn lend(&mut self) -> Connection<'_> {
        match self {
            Database::Sqlite(database) => Connection::Sqlite(database.connection()),
            Database::Postgres(database) => Connection::Postgres(database.connection()),
        }
    }

    /// What the database holds.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub async fn inspect(&mut self) -> Result<Schema> {
        match self {
            Database::Sqlite(database) => sqlite::inspect(database).await,
            Database::Postgres(database) => postgres::inspect(database).await,
        }
    }

    /// What the database holds: of its relations at least that share, and the kinds and names of the others that were
    /// left out.
    pub(crate) async fn inspect_share(
        &mut self,
        share: &Share,
        ownership: &Ownership,
    ) -> Result<(Schema, Vec<ObjectKey>, BTreeSet<ObjectName>)> {
        match self {
            // Its catalog is one text, which is read as a whole in any case.
            Database::Sqlite(database) => Ok((sqlite::inspect(database).await?, Vec::new(), BTreeSet::new())),
            Database::Postgres(database) => postgres::inspect_share(database, share, ownership).await,
        }
    }

    /// Relations as tables that have their columns and nothing else.
    pub(crate) async fn columns_of(&mut self, relations: &[ObjectName]) -> Result<Vec<Table>> {
        match self {
            Database::Postgres(database) if !relations.is_empty() => postgres::columns_of(database, relations).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Closes it.
    ///
    /// # Errors
    /// The last write did not reach the disk.
    pub async fn close(self) -> Result<()> {
        match self {
            Database::Sqlite(database) => database.close().await.map_err(sqlite::refusal),
            Database::Postgres(database) => database.close().await.map_err(postgres::refusal),
        }
    }
}
