//! Opening a database, and the little that is said to it outside of plans.

use futures_util::TryStreamExt;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgRow, PgSslMode, Postgres};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row};
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;
use terrane_core::sql::{quote_identifier, quote_string};

use crate::location::Location;
pub use terrane_core::text::UrlFault;

/// Something that PostgreSQL refused to do.
#[derive(Debug)]
pub struct Error {
    /// What was being done, a lower-case fragment.
    pub doing: String,
    /// What PostgreSQL said.
    pub cause: sqlx::Error,
}

impl Error {
    pub(crate) fn new(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Error {
        let doing = doing.into();
        move |cause| Error { doing, cause }
    }

    /// What PostgreSQL said, without the driver's words around it.
    pub fn message(&self) -> String {
        match &self.cause {
            sqlx::Error::Database(error) => error.message().to_owned(),
            sqlx::Error::Configuration(error) => error.to_string(),
            sqlx::Error::Tls(error) => format!("no encrypted connection: {error}"),
            other => other.to_string(),
        }
    }

    /// What PostgreSQL said besides: in which row, and what to do about it.
    pub fn more(&self) -> Vec<String> {
        let error = self.cause.as_database_error();
        let error = error.and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
        let said = error.map(|error| [error.detail(), error.hint()]);
        said.into_iter().flatten().flatten().map(str::to_owned).collect()
    }

    /// The SQLSTATE, where it is PostgreSQL that refused (appendix A of its manual).
    pub fn code(&self) -> Option<String> {
        Some(self.cause.as_database_error()?.code()?.into_owned())
    }

    /// Whether it could not get a lock: in time (55P03, `lock_not_available`), or since two waited for each other (40P01,
    /// `deadlock_detected`).
    pub fn is_lock_timeout(&self) -> bool {
        matches!(self.code().as_deref(), Some("55P03" | "40P01"))
    }
}

impl Error {
    /// Whether the server does not let this role in by this way (28000, `invalid_authorization_specification`): where it
    /// asks for encryption, or refuses it, it says so.
    fn is_refused(&self) -> bool {
        self.code().as_deref() == Some("28000")
    }

    /// Whether the two sides did not agree on how to encrypt.
    fn is_tls(&self) -> bool {
        matches!(self.cause, sqlx::Error::Tls(_))
    }

    /// What is wrong with the URL, where that is what is wrong.
    pub fn fault(&self) -> Option<&UrlFault> {
        match &self.cause {
            sqlx::Error::Configuration(fault) => fault.downcast_ref(),
            _ => None,
        }
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

/// The schema of Terrane's tables, or where they are to be.
const HOME: &str = "\
SELECT pg_catalog.quote_ident(COALESCE((SELECT n.nspname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid \
= c.relnamespace WHERE c.relname = 'terrane_version' AND c.relkind = 'r' AND (n.nspname = 'public' OR n.nspname = ANY \
(pg_catalog.current_schemas(false))) AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!' ORDER BY \
pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname) LIMIT 1), CASE WHEN 'public' = ANY \
(pg_catalog.current_schemas(false)) THEN 'public' END, (SELECT s FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) AS s \
WHERE s NOT LIKE 'pg!_%' ESCAPE '!' LIMIT 1), 'public'))";

/// An open database.
#[derive(Debug)]
pub struct Database<'c> {
    connection: Held<'c>,
    /// How it was opened; not known of a connection that is lent.
    options: Option<Box<PgConnectOptions>>,
    /// Beside what scratch databases are made, where it is not the database itself.
    scratch_home: Option<Box<PgConnectOptions>>,
    /// The database to drop when this one is closed, and where to say so.
    scratch: Option<Box<(String, PgConnectOptions)>>,
    /// How many scratch databases were made beside it.
    made: u32,
    /// Whether there were temporary objects on it when it was lent.
    littered: bool,
    /// What a name without a schema means, once that was asked.
    path: Option<String>,
}

/// A connection, and whose it is.
#[derive(Debug)]
enum Held<'c> {
    /// Opened here, and closed here.
    Own(PgConnection),
    /// Out of an app's pool, to which it goes back.
    Pooled(PoolConnection<Postgres>),
    /// An app's.
    Lent(&'c mut PgConnection),
}

impl<'c> Database<'c> {
    fn holding(connection: Held<'c>) -> Database<'c> {
        Database {
            connection,
            options: None,
            scratch_home: None,
            scratch: None,
            made: 0,
            littered: false,
            path: None,
        }
    }
}

impl<'c> From<&'c mut PgConnection> for Database<'c> {
    fn from(connection: &'c mut PgConnection) -> Database<'c> {
        Database::holding(Held::Lent(connection))
    }
}

impl From<PoolConnection<Postgres>> for Database<'_> {
    fn from(mut connection: PoolConnection<Postgres>) -> Self {
        // Whoever gives up a run halfway leaves a transaction open, with which no one should go on.
        connection.close_on_drop();
        Database::holding(Held::Pooled(connection))
    }
}

impl Database<'static> {
    /// Opens the database that `url` names.
    ///
    /// # Errors
    /// It is no URL of PostgreSQL's, or the server does not let us in.
    pub async fn open(url: &str) -> Result<Database<'static>, Error> {
        let location = Location::from_url(url).map_err(|fault| {
            let cause = sqlx::Error::Configuration(Box::new(fault));
            Error::new("cannot read the URL")(cause)
        })?;
        let Location { options, timeout, .. } = &location;
        let first = match location.prefers_plain {
            true => options.clone().ssl_mode(PgSslMode::Disable),
            false => options.clone(),
        };
        match within(*timeout, Database::open_with(first)).await {
            Err(error) if location.prefers_plain && error.is_refused() => {
                within(
                    *timeout,
                    Database::open_with(options.clone().ssl_mode(PgSslMode::Require)),
                )
                .await
            }
            Err(error) if location.tries_plain && (error.is_refused() || error.is_tls()) => {
                let plain = within(
                    *timeout,
                    Database::open_with(options.clone().ssl_mode(PgSslMode::Disable)),
                )
                .await;
                plain.map_err(|_| error)
            }
            opened => opened,
        }
    }

    async fn open_with(options: PgConnectOptions) -> Result<Database<'static>, Error> {
        // Poolers refuse settings at the start that they do not know, and the driver's is for floats, of which we read none.
        let options = options
            .application_name("terrane")
            .extra_float_digits(None)
            .disable_statement_logging();
        let opened = options.connect().await;
        Ok(Database {
            options: Some(Box::new(options)),
            ..Database::holding(Held::Own(opened.map_err(Error::new("cannot connect"))?))
        })
    }
}

/// Gives up waiting for a server after that time.
async fn within<T>(timeout: Option<Duration>, opening: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let Some(timeout) = timeout else { return opening.await };
    tokio::time::timeout(timeout, opening).await.unwrap_or_else(|_| {
        let late = std::io::Error::new(std::io::ErrorKind::TimedOut, "the server did not answer in time");
        Err(Error::new("cannot connect")(sqlx::Error::Io(late)))
    })
}

/// What scratch databases are called: the process of the server that asked for it, and a number. One whose process is gone
/// is left over from a run that was killed.
const SCRATCH: &str = "terrane_scratch_";

/// What a scratch database says of itself, before who made it and when.
const MARK: &str = "a scratch database of Terrane, made by";

/// How long to wait until a scratch database is dropped.
const DROPS: Duration = Duration::from_secs(10);

/// Which session of the server's answers.
const SESSION: &str = "SELECT pg_catalog.pg_backend_pid()::text";

impl Database<'_> {
    /// A database of its own on the same server, with the same schemas and extensions, those aside, and nothing else in
    /// it; dropped when it is closed, and after a kill by the next that is made.
    ///
    /// # Errors
    /// The connection is lent, so that nobody knows how to open another; or the user may not make databases.
    pub async fn scratch(&mut self, aside: &BTreeSet<String>) -> Result<Database<'static>, Error> {
        let home = self.scratch_home.clone().or_else(|| self.options.clone());
        let Some(home) = home.map(|home| *home) else {
            let cause = sqlx::Error::Configuration("the connection is an app's".into());
            return Err(Error::new("cannot open a second connection")(cause));
        };
        let surroundings = self.surroundings(aside).await?;
        let name = match self.scratch_home {
            None => self.make_scratch().await?,
            Some(_) => {
                let mut beside = Database::open_with(home.clone()).await?;
                let made = beside.make_scratch().await;
                beside.close().await?;
                made?
            }
        };
        let mut made = Database::open_with(home.clone().database(&name)).await?;
        made.scratch = Some(Box::new((name, home)));
        if let Err(error) = made.execute(&surroundings).await {
            made.close().await?;
            return Err(error);
        }
        Ok(made)
    }

    /// Names a database beside which scratch databases are made from now on.
    ///
    /// # Errors
    /// It is no URL of PostgreSQL's.
    pub fn make_scratch_at(&mut self, url: &str) -> Result<(), Error> {
        let location = Location::from_url(url).map_err(|fault| {
            let cause = sqlx::Error::Configuration(Box::new(fault));
            Error::new("cannot read the URL of scratch databases")(cause)
        })?;
        self.scratch_home = Some(Box::new(location.options));
        Ok(())
    }

    /// Makes an empty database, and says who made it.
    async fn make_scratch(&mut self) -> Result<String, Error> {
        self.sweep().await?;
        let own = self.texts(SESSION).await?;
        let own = own.first().map_or("0", String::as_str).to_owned();
        // One of that name may be left over from another role's run, or from one before a restart of the server.
        let taken = format!("SELECT datname::text FROM pg_catalog.pg_database WHERE datname ~ '^{SCRATCH}'");
        let taken = self.texts(&taken).await?;
        let name = loop {
            self.made += 1;
            let name = format!("{SCRATCH}{own}_{}", self.made);
            if !taken.contains(&name) {
                break name;
            }
        };
        let create = format!("CREATE DATABASE {} TEMPLATE template0", quote_identifier(&name));
        self.execute(&create).await?;
        let mark = format!(
            "SELECT pg_catalog.format('COMMENT ON DATABASE %I IS %L', {}::text, {}::text || session_user || ', ' || \
             pg_catalog.to_char(pg_catalog.now(), 'YYYY-MM-DD HH24:MI:SSOF'))",
            quote_string(&name),
            quote_string(&format!("{MARK} "))
        );
        for mark in self.texts(&mark).await? {
            self.execute(&mark).await?;
        }
        Ok(name)
    }

    /// What makes the schemas and extensions that are here, those aside, elsewhere. `public` is everywhere.
    async fn surroundings(&mut self, aside: &BTreeSet<String>) -> Result<String, Error> {
        const QUERY: &str = "SELECT n.nspname, pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I;', n.nspname) FROM \
            pg_catalog.pg_namespace AS n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' UNION ALL \
            (SELECT x.extname, pg_catalog.format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I CASCADE;', x.extname, \
            n.nspname) FROM pg_catalog.pg_extension AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace WHERE \
            x.extname <> 'plpgsql' ORDER BY x.oid)";
        let mut script = String::new();
        for row in self.rows(QUERY).await? {
            let text = |at| {
                row.try_get_unchecked::<String, _>(at)
                    .map_err(Error::new("cannot read the answer"))
            };
            if !aside.contains(&text(0)?) {
                script.push_str(&text(1)?);
            }
        }
        Ok(script)
    }

    /// Whether there is a pooler in between that gives each transaction whichever session of the server's is free.
    ///
    /// Asked is which session answers, while a second connection is within a transaction: a pooler lends it the one that was
    /// ours, or lends us another, or has none left for one of the two. An app's own connection is not asked about.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn is_pooled(&mut self) -> Result<bool, Error> {
        /// With many free sessions and many clients, chance may give the same one again.
        const ROUNDS: usize = 3;
        let Some(options) = self.options.as_deref().cloned() else {
            return Ok(false);
        };
        let Ok(mut other) = Database::open_with(options).await else {
            // The role, or the server, has one connection for us. Where nobody can tell, each transaction has its lock.
            return Ok(true);
        };
        let mut pooled = false;
        for _ in 0..ROUNDS {
            let before = self.texts(SESSION).await?;
            let beside = other.within(&format!("BEGIN; {SESSION}")).await;
            let after = self.within(SESSION).await;
            pooled = match (&beside, &after) {
                // A pooler of sessions has none left for a second one, whatever we do with ours.
                (None, Some(_)) => return Ok(false),
                (Some(beside), Some(after)) => pooled || before == *beside || before != *after,
                // It lent the last one to the other.
                _ => true,
            };
            other.execute("ROLLBACK").await?;
            if pooled {
                break;
            }
        }
        other.close().await?;
        Ok(pooled)
    }

    /// The answer to a question, if there is one soon: a pooler with no free session lets us wait for one. What comes later
    /// the driver passes over.
    async fn within(&mut self, sql: &str) -> Option<Vec<String>> {
        /// A server that is at work on nothing answers within milliseconds.
        const SOON: Duration = Duration::from_secs(2);
        tokio::time::timeout(SOON, self.texts(sql)).await.ok()?.ok()
    }

    /// Drops what killed runs have left: databases that have such a name and say of themselves that they are one, that no
    /// living session has made and that are ours to drop. What cannot be dropped hinders nobody.
    async fn sweep(&mut self) -> Result<(), Error> {
        let left = format!(
            "SELECT pg_catalog.format('DROP DATABASE IF EXISTS %I', d.datname) FROM pg_catalog.pg_database AS d WHERE \
             d.datname ~ '^{SCRATCH}[0-9]+_[0-9]+$' AND pg_catalog.shobj_description(d.oid, 'pg_database') LIKE '{MARK}%' \
             AND pg_catalog.pg_has_role(d.datdba, 'USAGE') AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity AS a \
             WHERE a.pid::text = pg_catalog.split_part(d.datname, '_', 3) OR a.datid = d.oid)"
        );
        for drop in self.texts(&left).await? {
            let _theirs_or_in_use = self.execute(&drop).await;
        }
        Ok(())
    }

    /// The first values of a query's rows.
    async fn texts(&mut self, sql: &str) -> Result<Vec<String>, Error> {
        let rows = self.rows(sql).await?;
        let text = |row: &PgRow| row.try_get_unchecked::<String, _>(0);
        let texts: Result<_, sqlx::Error> = rows.iter().map(text).collect();
        texts.map_err(Error::new("cannot read the answer"))
    }

    /// The connection, for whoever speaks sqlx.
    pub fn connection(&mut self) -> &mut PgConnection {
        match &mut self.connection {
            Held::Own(connection) => connection,
            Held::Pooled(connection) => connection,
            Held::Lent(connection) => connection,
        }
    }

    /// Whether it was opened here, so that another connection can take its place.
    pub fn is_own(&self) -> bool {
        matches!(self.connection, Held::Own(_))
    }

    /// Notes whether whoever lends the connection has temporary objects on it.
    pub fn note_temporary_objects(&mut self, are_there: bool) {
        self.littered = are_there;
    }

    /// Whether whoever lends the connection has temporary objects on it.
    pub fn had_temporary_objects(&self) -> bool {
        self.littered
    }

    /// What a name without a schema means to whoever migrates, as a value of `search_path`: the schema that has Terrane's
    /// tables, be it the first on the session's own path that has them or `public`; where there are none yet, `public` if
    /// the path has it, and else the session's own. Temporary tables come last: before others they would take their names.
    ///
    /// # Errors
    /// PostgreSQL cannot be asked.
    pub async fn path(&mut self) -> Result<&str, Error> {
        if self.path.is_none() {
            let found = self.texts(HOME).await?;
            let home = found.first().map_or("public", String::as_str);
            self.path = Some(format!("{home}, pg_temp"));
        }
        Ok(self.path.as_deref().unwrap_or_default())
    }

    /// Runs a statement, or several, by the simple protocol.
    ///
    /// # Errors
    /// PostgreSQL refuses one; outside of a transaction, those before it are undone with it, since they are one message.
    pub async fn execute(&mut self, sql: &str) -> Result<(), Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let ran = query.execute(self.connection()).await;
        ran.map(drop).map_err(Error::new("cannot run a statement"))
    }

    /// Runs statements one after the other, in one message. `begins` hears of each that is about to run, as far as is
    /// known here.
    ///
    /// # Errors
    /// PostgreSQL refuses the one of that number; those behind it have not run.
    pub async fn execute_all(
        &mut self,
        statements: &[&str],
        mut begins: impl FnMut(usize),
    ) -> Result<(), (usize, Error)> {
        if statements.is_empty() {
            return Ok(());
        }
        // A comment at the end of a statement would swallow what follows on its line.
        let script: String = statements.iter().flat_map(|statement| [statement, "\n;\n"]).collect();
        let mut events = sqlx::raw_sql(AssertSqlSafe(script)).fetch_many(self.connection());
        let mut done = 0;
        begins(done);
        loop {
            match events.try_next().await {
                Ok(Some(sqlx::Either::Left(_))) => {
                    done += 1;
                    if done < statements.len() {
                        begins(done);
                    }
                }
                Ok(Some(sqlx::Either::Right(_))) => {}
                Ok(None) => return Ok(()),
                Err(cause) => {
                    return Err((
                        done.min(statements.len() - 1),
                        Error::new("cannot run a statement")(cause),
                    ));
                }
            }
        }
    }

    /// The rows that a query gives.
    ///
    /// # Errors
    /// PostgreSQL refuses the query.
    pub async fn rows(&mut self, sql: &str) -> Result<Vec<PgRow>, Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let rows = query.fetch_all(self.connection()).await;
        rows.map_err(Error::new("cannot run a query"))
    }

    /// Closes it. A connection of somebody else's stays open; a scratch database is dropped.
    ///
    /// # Errors
    /// The server was gone already.
    pub async fn close(self) -> Result<(), Error> {
        if let Held::Own(connection) = self.connection {
            connection
                .close()
                .await
                .map_err(Error::new("cannot close the connection"))?;
        }
        if let Some((name, home)) = self.scratch.map(|scratch| *scratch) {
            let mut home = Database::open_with(home).await?;
            let drop = format!("DROP DATABASE IF EXISTS {}", quote_identifier(&name));
            // A pooler that has one session may have lent it to us already; the next run drops what is left.
            let Ok(dropped) = tokio::time::timeout(DROPS, home.execute(&drop)).await else {
                return Ok(());
            };
            dropped?;
            if let Held::Own(connection) = home.connection {
                connection
                    .close()
                    .await
                    .map_err(Error::new("cannot close the connection"))?;
            }
        }
        Ok(())
    }
}
