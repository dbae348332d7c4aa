//! An open database of any kind, and the one list of kinds; what each kind says for itself is in a file of its own.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub(crate) use sqlite::absent_file;

use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::executor::Waits;
use crate::guard::Written;
use crate::server::{Server, server_of};
use crate::share::Share;
use crate::url::{DatabaseKind, DatabaseUrl};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;
#[cfg(feature = "alembic")]
use terrane_alembic::bridge::{Answer, Statement};
use terrane_core::diagnostic::codes;
#[cfg(feature = "alembic")]
use terrane_core::dialect::Locking;
use terrane_core::dialect::{Broken, Dialect};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::ownership::{ObjectKey, Ownership};
use terrane_core::plan::PlanStep;
use terrane_core::schema::{Schema, Table};
#[cfg(feature = "postgres")]
use terrane_postgres::{Postgres, connect::Database as PostgresDatabase};
#[cfg(feature = "sqlite")]
use terrane_sqlite::{Sqlite, connect::Database as SqliteDatabase, whole};

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
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteDatabase<'c>),
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(PostgresDatabase<'c>),
}

/// The dialect of a kind of database.
pub(crate) fn dialect_of(kind: DatabaseKind) -> &'static dyn Dialect {
    match kind {
        #[cfg(feature = "sqlite")]
        DatabaseKind::Sqlite => &Sqlite,
        #[cfg(feature = "postgres")]
        DatabaseKind::Postgres => &Postgres,
    }
}

/// That a text is more than a statement.
pub(crate) fn several() -> Error {
    let message = "the server reads this as several statements, of which only the first was seen";
    Error::new(codes::HELD_SEVERAL, message)
        .help("Write them apart, each with its semicolon, and look at the quotes and comments in it.")
}

/// How it is seen to that one migrator is at work at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hold {
    /// By a lock of the session, or by one that every transaction takes in its own way.
    Session,
    /// By a lock in each transaction: a pooler gives each another session.
    Transaction,
}

/// What a step may leave on the connection, as far as reading it tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Leaves {
    /// Nothing.
    Nothing,
    /// Settings, temporary tables; or nobody knows.
    Something,
}

/// What statements run in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Within<'t> {
    /// A step's transaction, with its id where the server tells one, and how long each may wait for locks.
    Transaction(Option<&'t str>, Waits),
    /// Each in one by itself.
    Nothing,
    /// A database of their own.
    Scratch,
}

/// The result of a statement over a bridge.
#[cfg(feature = "alembic")]
#[derive(Debug)]
pub(crate) enum Asked {
    /// It ran.
    Answer(Answer),
    /// The server refused it: its words and its code, and the same as an error of ours.
    Refused {
        message: String,
        code: Option<String>,
        error: Error,
    },
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
        url: impl Into<DatabaseUrl>,
        folder: &Path,
        mode: OpenMode,
        lock_timeout: Duration,
    ) -> Result<Option<Database<'static>>> {
        let url = url.into().resolve(folder)?;
        match url.kind()? {
            #[cfg(feature = "sqlite")]
            DatabaseKind::Sqlite => sqlite::open(&url, folder, mode, lock_timeout).await,
            #[cfg(feature = "postgres")]
            DatabaseKind::Postgres => postgres::open(&url).await.map(Some),
        }
    }
}

impl Database<'static> {
    /// A database of SQLite's in memory, with nothing in it.
    ///
    /// # Errors
    /// It cannot be made.
    pub async fn scratch() -> Result<Database<'static>> {
        #[cfg(feature = "sqlite")]
        return sqlite::scratch().await;
        #[cfg(not(feature = "sqlite"))]
        Err(crate::url::without_sqlite())
    }
}

/// What an app registers with its connections, and this one does not have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Lack {
    /// A collation of that name.
    Collation(String),
    /// A function, or a kind of virtual table.
    Function,
}

/// Whether the server refused something since a right is missing.
pub(crate) fn is_about_rights(error: &Error) -> bool {
    #[cfg(feature = "postgres")]
    let about = postgres::is_about_rights(error);
    #[cfg(not(feature = "postgres"))]
    let about = {
        let _a_server_without_rights = error;
        false
    };
    about
}

impl Database<'_> {
    /// Whether a connection to look at its kind of database is as good as one to change it.
    pub(crate) fn opens_alike(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => true,
        }
    }

    /// What a statement failed for, if it is what an app registers with its connections.
    pub(crate) fn lacks(&self, error: &Error) -> Option<Lack> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => sqlite::lacks(error),
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => None,
        }
    }

    /// Lets a collation be there by name, where nothing is ever compared by it.
    pub(crate) async fn stand_in_for_collation(&mut self, name: &str) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => database
                .collation(name, |a: &str, b: &str| a.cmp(b))
                .await
                .map_err(sqlite::refusal),
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Ok(()),
        }
    }

    /// What in the database cannot be used as it is. A server that keeps dependencies has nothing of the kind.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub async fn broken(&mut self) -> Result<Vec<Broken>> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => whole::broken(database).await.map_err(sqlite::refusal),
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// A database of the same kind with nothing in it, gone when it is closed; but with the same schemas and extensions,
    /// those aside.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) async fn scratch_beside(&mut self, aside: &BTreeSet<String>) -> Result<Database<'static>> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => sqlite::scratch().await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::scratch(database, aside).await,
        }
    }

    /// Names a database beside which scratch databases are made from now on.
    pub(crate) fn make_scratch_at(&mut self, url: &DatabaseUrl) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => database.make_scratch_at(url.reveal()).map_err(postgres::refusal),
        }
    }

    /// Whether it is a server of many sessions, which tells what each of them has locked.
    pub(crate) fn is_a_server(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => true,
        }
    }

    /// What answers for its kind.
    pub fn dialect(&self) -> &'static dyn Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => &Sqlite,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => &Postgres,
        }
    }

    /// Runs a statement, or several.
    ///
    /// # Errors
    /// The server refuses one; those before it have run.
    pub async fn execute(&mut self, sql: &str) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => database.execute(sql).await.map_err(sqlite::refusal),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => database.execute(sql).await.map_err(postgres::refusal),
        }
    }

    /// Runs statements of an author's one after the other, each of which is one to the server as well; `begins` hears of
    /// each that is about to run.
    ///
    /// # Errors
    /// The server refuses the one of that number, or it is several, or ends the transaction; those before it have run.
    pub(crate) async fn say(
        &mut self,
        statements: &[&str],
        within: Within<'_>,
        begins: impl FnMut(usize),
    ) -> std::result::Result<(), (usize, Error)> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::say(database, statements, within, begins).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::say(database, statements, within, begins).await,
        }
    }

    /// Runs a statement that came over a bridge, and gives its answer; `locking` is how long statements may wait for locks, as
    /// it was said last.
    ///
    /// # Errors
    /// It is several, or ended the transaction. What the server refuses is an answer.
    #[cfg(feature = "alembic")]
    pub(crate) async fn ask(
        &mut self,
        statement: (&str, &Statement),
        within: Within<'_>,
        locking: &mut Option<Locking>,
    ) -> Result<Asked> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::ask(database, statement).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::ask(database, statement.0, within, locking).await,
        }
    }

    /// Lets a statement that is a transaction by itself commit.
    pub(crate) fn allow_commits(&mut self) {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => database.allow_commits(),
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => {}
        }
    }

    /// Commits, once `books` has run in the transaction; the rows that it gives.
    ///
    /// # Errors
    /// The server refuses one of the two. Where its answer was lost, it may have been committed.
    pub(crate) async fn commit(&mut self, books: &str) -> Result<Vec<Vec<Option<String>>>> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::commit(database, books).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::rows(database, &format!("{books}; COMMIT")).await,
        }
    }

    /// The rows of a query, or of several, each value as text.
    ///
    /// # Errors
    /// The server refuses a query.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::rows(database, sql).await,
            #[cfg(feature = "postgres")]
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
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::answer(database, sql).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::answer(database, sql).await,
        }
    }

    /// Makes a setting, and looks whether it took: within a transaction, many do nothing and say nothing.
    ///
    /// # Errors
    /// It did not take.
    pub(crate) async fn set(&mut self, setting: &str) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::set(database, setting).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => self.execute(setting).await,
        }
    }

    /// Waits for the lock that lets one migrator in at a time, where that is no matter of each transaction.
    ///
    /// # Errors
    /// Another migrator held it for longer than the time allowed.
    pub(crate) async fn lock(&mut self, timeout: Duration) -> Result<Hold> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Ok(Hold::Session),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::lock(database, timeout).await,
        }
    }

    /// Lets the next one in, before the connection ends.
    ///
    /// # Errors
    /// The connection is broken, and the lock gone with it.
    pub(crate) async fn unlock(&mut self, hold: Hold) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Database::Postgres(_) if hold == Hold::Transaction => Ok(()),
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => self.execute(postgres::UNLOCK).await,
        }
    }

    /// Whether another migrator is at work, as far as that can be told without waiting for it.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub(crate) async fn is_held(&mut self) -> Result<bool> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Ok(false),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::is_held(database).await,
        }
    }

    /// Whether the lock that lets one migrator in is held over all of a step's transactions.
    pub(crate) fn locks_for_long(&self) -> bool {
        self.is_a_server()
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
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::claim(database, &format!("{begin}; {question}")).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::claim(database, hold, timeout, question).await,
        }
    }

    /// Whether statements can be kept from waiting for locks, so that a transaction which had none is tried again.
    pub(crate) fn bounds_waits(&self) -> bool {
        self.is_a_server()
    }

    /// What says how long the statements of this transaction may wait for locks; none, where that cannot be said.
    pub(crate) fn wait_within(&self, limit: Duration) -> Option<String> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => None,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Some(postgres::wait_at_most("SET LOCAL", limit)),
        }
    }

    /// What says how long a statement outside of any transaction may wait for locks; none, where that cannot be said.
    pub(crate) fn wait_outside(&self, limit: Duration) -> Option<String> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => None,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Some(postgres::wait_at_most("SET", limit)),
        }
    }

    /// What asks an autovacuum of a table to make way.
    pub(crate) fn make_way(&self, table: &str) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => String::new(),
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => postgres::make_way(table),
        }
    }

    /// Who holds locks on those tables.
    pub(crate) async fn blockers(&mut self, tables: &BTreeSet<ObjectName>) -> Result<Vec<Blocker>> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Ok(Vec::new()),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::blockers(database, tables).await,
        }
    }

    /// Which rows do not fit, where an error says that some do not and not which; each by its key. To be asked once the
    /// transaction is over.
    pub(crate) async fn misfits(&mut self, error: &Error, most: usize) -> Vec<String> {
        match self {
            // They are counted while the transaction is open.
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Vec::new(),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::misfits(database, error, most).await,
        }
    }

    /// Whether it was opened here, so that another connection can take its place.
    pub(crate) fn is_own(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => !database.is_lent(),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => database.is_own(),
        }
    }

    /// Whether the connection has to be kept: the database goes with it, or somebody else goes on with it.
    pub(crate) async fn keeps_connection(&mut self) -> Result<bool> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => Ok(database.is_lent() || sqlite::is_volatile(database).await?),
            // The lock is the connection's.
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Ok(true),
        }
    }

    /// Makes a connection that has to be kept as a fresh one.
    pub(crate) async fn clean(&mut self, hold: Hold, leaves: Leaves) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::clean(database).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::clean(database, hold, leaves).await,
        }
    }

    /// Whether an earlier step left something on the connection that reading it does not tell.
    pub(crate) async fn is_littered(&mut self) -> Result<bool> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::is_littered(database).await,
            // It is made clean after every step.
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Ok(true),
        }
    }

    /// Looks what whoever lends the connection has on it, so that it is still there afterwards.
    pub(crate) async fn look_at_connection(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => {
                let littered = sqlite::is_littered(database).await?;
                database.note_temporary_objects(littered);
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(database) if !database.is_own() => {
                let sql =
                    "SELECT 1 FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema() LIMIT 1";
                let littered = !postgres::rows(database, sql).await?.is_empty();
                database.note_temporary_objects(littered);
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => {}
        }
        Ok(())
    }

    /// The settings that a statement outside of any transaction needs.
    pub(crate) async fn settings_outside(&mut self) -> Result<Option<String>> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Ok(None),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::settings_outside(database).await.map(Some),
        }
    }

    /// Begins a transaction that only looks, all at one moment.
    pub(crate) async fn look(&mut self) -> Result<()> {
        let look = self.server().look;
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => self.execute(look).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => {
                let pin = postgres::pin(database).await?;
                self.execute(&format!("{look}; {pin}")).await
            }
        }
    }

    /// Writes something into Terrane's tables outside of any transaction.
    pub(crate) async fn note(&mut self, sql: &str) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => self.execute(sql).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => {
                let pin = postgres::pin(database).await?;
                self.execute(&format!("BEGIN; {pin}; {sql}; COMMIT")).await
            }
        }
    }

    /// Ends a transaction that only looked.
    pub(crate) async fn look_away(&mut self) -> Result<()> {
        self.execute("ROLLBACK").await
    }

    /// What is said to its kind of server besides a plan's statements.
    pub(crate) fn server(&self) -> &'static Server {
        server_of(self.dialect().name())
    }

    /// The settings of the connection that a migration may change, as a script that makes them again.
    pub(crate) async fn settings(&mut self) -> Result<String> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::settings(database).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::settings(database).await,
        }
    }

    /// Whether the database goes with its connection.
    pub(crate) async fn is_volatile(&mut self) -> Result<bool> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::is_volatile(database).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Ok(false),
        }
    }

    /// Makes the connection as a revision wants it: its keys are to be met, whatever the app has switched off.
    pub(crate) async fn make_strict(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => self.execute("PRAGMA foreign_keys=ON").await,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => self.execute("SET session_replication_role = origin").await,
        }
    }

    /// The statements that give a layer's role what it needs and has not; and why the server would not hold it back.
    pub(crate) async fn missing_rights(
        &mut self,
        layer: &LayerName,
        role: &str,
        ownership: &Ownership,
    ) -> Result<(Vec<String>, Vec<String>)> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => {
                let _has_no_roles = (layer, role, ownership);
                Ok((Vec::new(), Vec::new()))
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::missing_rights(database, layer, role, ownership).await,
        }
    }

    /// From now on it is noted which tables' rows are written, where the server does not tell that afterwards.
    pub(crate) async fn watch_writes(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => database.watch_writes().await.map_err(sqlite::refusal),
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Ok(()),
        }
    }

    /// What was noted since.
    pub(crate) async fn written(&mut self, step: &PlanStep, ownership: &Ownership) -> Result<Vec<Written>> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::written(database, step, ownership).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => {
                let _told_by_locks = (step, ownership);
                Ok(Vec::new())
            }
        }
    }

    /// Refuses a connection that has the database open under a second name, by which its objects would be nobody's.
    pub(crate) async fn refuse_second_name(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::refuse_second_name(database).await,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => Ok(()),
        }
    }

    /// Whether it tells which rows of its catalog a transaction wrote.
    #[cfg(feature = "postgres")]
    pub(crate) fn tells_writes(&self) -> bool {
        self.is_a_server()
    }

    /// What the catalog says of the objects of layers other than that one, as one text: rows of kind, name, relation and
    /// definition, in JSON. None, where that is told otherwise.
    pub(crate) async fn others(&mut self, layer: &LayerName) -> Result<Option<String>> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => {
                let rows = self.rows(&sqlite::others(layer.as_str())).await?;
                Ok(rows.first().and_then(|row| row.first().cloned().flatten()))
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => {
                let _told_by_rows_that_were_written = layer;
                Ok(None)
            }
        }
    }

    /// What lets names mean what they mean in revisions, until the transaction ends; nothing, where nothing can change it.
    #[cfg(feature = "postgres")]
    pub(crate) async fn pin(&mut self) -> Result<String> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Ok(String::new()),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::pin(database).await,
        }
    }

    /// Lets names mean that again, after questions that had them mean something else.
    #[cfg(feature = "postgres")]
    pub(crate) async fn repin(&mut self) -> Result<()> {
        let pin = self.pin().await?;
        self.execute(&pin).await
    }

    /// The connection, for a function of the app's.
    pub(crate) fn lend(&mut self) -> Connection<'_> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => Connection::Sqlite(database.connection()),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => Connection::Postgres(database.connection()),
        }
    }

    /// What the database holds.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub async fn inspect(&mut self) -> Result<Schema> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => sqlite::inspect(database).await,
            #[cfg(feature = "postgres")]
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
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => Ok((sqlite::inspect(database).await?, Vec::new(), BTreeSet::new())),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::inspect_share(database, share, ownership).await,
        }
    }

    /// Relations as tables that have their columns and nothing else.
    pub(crate) async fn columns_of(&mut self, relations: &[ObjectName]) -> Result<Vec<Table>> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => Ok(Vec::new()),
            #[cfg(feature = "postgres")]
            Database::Postgres(_) if relations.is_empty() => Ok(Vec::new()),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => postgres::columns_of(database, relations).await,
        }
    }

    /// Closes it.
    ///
    /// # Errors
    /// The last write did not reach the disk.
    pub async fn close(self) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(database) => database.close().await.map_err(sqlite::refusal),
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => database.close().await.map_err(postgres::refusal),
        }
    }
}
