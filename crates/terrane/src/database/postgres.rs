//! What PostgreSQL says for itself.

use super::{Blocker, Database, Hold, Leaves};
use crate::error::{Error, Result};
use crate::server::server_of;
use crate::share::Share;
use crate::url::DatabaseUrl;
use sqlx::Row;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use terrane_core::diagnostic::codes;
use terrane_core::dialect::{Dialect, Locking};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{ObjectKey, Ownership};
use terrane_core::schema::{Column, Schema, Table, TypeName};
use terrane_core::sql::quote_string;
use terrane_postgres::Postgres;
use terrane_postgres::connect::{Database as PostgresDatabase, Error as PostgresError};
use terrane_postgres::guard;
use terrane_postgres::inspect::Dependents;
use terrane_postgres::misfit;
use terrane_postgres::roles::{self, Other};
use terrane_postgres::say::{Failure, Said, Within};

/// Makes the connection as a fresh one: what a step may leave on it, whatever hid it, is gone. It is `DISCARD ALL` but for
/// the lock that keeps other migrators out and the driver's prepared statements, and `RESET ALL` besides runs in a
/// transaction too.
const CLEAN: &str =
    "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES";

/// The same for a connection that somebody else goes on with, who may have a role on it, and temporary tables.
const CLEAN_LENT: &str = "RESET ALL; DISCARD SEQUENCES";

/// Statements that an author has prepared; what the driver has is its own.
const DEALLOCATE: &str = "SELECT pg_catalog.format('DEALLOCATE %I', name) FROM pg_catalog.pg_prepared_statements WHERE \
                          from_sql";

/// What a statement means, and how an answer is spelled, depends on these; they are the transaction's, so that whatever the
/// database, the role, the URL or an earlier statement say, each transaction has them. Temporary tables come last: before
/// others they would take their names. Nothing is compiled for a query: over catalogs the planner expects far more rows than
/// there are, and compiling takes seconds where the answer takes milliseconds (manual, 32.2, "When to JIT?").
pub(crate) const SETTINGS: &str = "\
SELECT pg_catalog.set_config('standard_conforming_strings', 'on', true), \
pg_catalog.set_config('row_security', 'on', true), pg_catalog.set_config('statement_timeout', '0', true), \
pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true), \
CASE WHEN pg_catalog.current_setting('transaction_timeout', true) <> '0' THEN \
pg_catalog.set_config('transaction_timeout', '0', true) END, pg_catalog.set_config('client_min_messages', 'warning', true), \
pg_catalog.set_config('DateStyle', 'ISO, MDY', true), pg_catalog.set_config('IntervalStyle', 'postgres', true), \
pg_catalog.set_config('bytea_output', 'hex', true), pg_catalog.set_config('extra_float_digits', '1', true), \
pg_catalog.set_config('jit', 'off', true), pg_catalog.set_config('quote_all_identifiers', 'off', true), pg_catalog.set_config('transform_null_equals', 'off', true)";

/// Lets names without a schema mean what they mean in revisions, until the transaction ends.
pub(super) async fn pin(database: &mut PostgresDatabase<'_>) -> Result<String> {
    let path = quote_string(database.path().await.map_err(refusal)?);
    Ok(format!("SELECT pg_catalog.set_config('search_path', {path}, true)"))
}

/// Those of them that a statement outside of any transaction needs, for the session.
pub(super) async fn settings_outside(database: &mut PostgresDatabase<'_>) -> Result<String> {
    let path = quote_string(database.path().await.map_err(refusal)?);
    Ok(format!(
        "SET standard_conforming_strings = on; SET statement_timeout = 0; SET jit = off; SET row_security = on; SELECT \
         pg_catalog.set_config('search_path', {path}, false)"
    ))
}

/// Lets the next migrator in.
pub(super) const UNLOCK: &str = "SELECT pg_catalog.pg_advisory_unlock(1952805234, 1)";

/// The lock that lets one migrator in at a time, of the session. Advisory locks are the database's own.
const LOCK: &str = "SELECT pg_catalog.pg_try_advisory_lock(1952805234, 1)";

/// The same lock, of the transaction.
const CLAIM: &str = "SELECT pg_catalog.pg_try_advisory_xact_lock(1952805234, 1)";

/// How long to wait between two looks at the lock. To wait within a statement would hold a snapshot meanwhile, and keep
/// another's `CREATE INDEX CONCURRENTLY` from ending.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

pub(super) async fn open(url: &DatabaseUrl) -> Result<Database<'static>> {
    match PostgresDatabase::open(url.reveal()).await {
        Ok(database) => Ok(Database::Postgres(database)),
        Err(error) => {
            if let Some(fault) = error.fault() {
                let message = format!("`{url}` cannot be read: {fault}");
                return Err(Error::new(codes::BAD_URL, message).help(fault.help.clone()));
            }
            let message = format!("cannot open `{url}`: {}", url.cover(&error.message()));
            Err(Error::new(codes::CANNOT_OPEN, message).caused_by(error))
        }
    }
}

pub(super) async fn scratch(
    database: &mut PostgresDatabase<'_>,
    aside: &BTreeSet<String>,
) -> Result<Database<'static>> {
    database.scratch(aside).await.map(Database::Postgres).map_err(|error| {
        let message = format!("cannot make a scratch database beside this one: {}", error.message());
        let refused = Error::new(codes::DATABASE, message);
        let is_a_right = error.code().as_deref() == Some(NO_RIGHT);
        let refused = match is_a_right {
            true => refused
                .help("Models are read by the server itself. The role lacks the right for that: `ALTER ROLE … CREATEDB`.")
                .help(
                    "Or name with `scratch_url` in `terrane.toml`, or by TERRANE_SCRATCH_URL, a database of a server of \
                     the same version whose role has it, as on a developer's machine; nothing of it is touched.",
                ),
            false => refused.help("Models are read by the server itself, in a database that is dropped afterwards."),
        };
        refused.caused_by(error)
    })
}

pub(super) async fn rows(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
    let rows = database.rows(sql).await.map_err(refusal)?;
    let text = |row: &sqlx::postgres::PgRow| {
        (0..row.len())
            .map(|at| row.try_get_unchecked::<Option<String>, _>(at).unwrap_or(None))
            .collect()
    };
    Ok(rows.iter().map(text).collect())
}

pub(super) async fn answer(
    database: &mut PostgresDatabase<'_>,
    sql: &str,
) -> Result<std::result::Result<usize, String>> {
    match database.rows(sql).await {
        Ok(rows) => Ok(Ok(rows.len())),
        // Class 42: syntax error or access rule violation.
        Err(error) if error.code().is_some_and(|code| code.starts_with("42")) => Ok(Err(error.message())),
        Err(error) => Err(refusal(error)),
    }
}

pub(super) async fn settings(database: &mut PostgresDatabase<'_>) -> Result<String> {
    let sql = "SELECT pg_catalog.format('SET %I = %L;', name, setting) FROM pg_catalog.pg_settings WHERE source = \
               'session' AND name NOT LIKE 'transaction%'";
    Ok(rows(database, sql).await?.into_iter().flatten().flatten().collect())
}

/// Polls: whoever waits within a statement deadlocks with the holder's concurrent index. Behind a pooler the lock would
/// stay with a session of the pooler's, so that each transaction takes it for itself.
pub(super) async fn lock(database: &mut PostgresDatabase<'_>, timeout: Duration) -> Result<Hold> {
    if database.is_pooled().await.map_err(refusal)? {
        return Ok(Hold::Transaction);
    }
    let begun = Instant::now();
    loop {
        if is_true(&rows(database, LOCK).await?) {
            return Ok(Hold::Session);
        }
        if begun.elapsed() >= timeout {
            return Err(still_locked(database).await);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Leaves nothing of a step on the connection.
pub(super) async fn clean(database: &mut PostgresDatabase<'_>, hold: Hold, leaves: Leaves) -> Result<()> {
    if hold == Hold::Transaction || !database.is_own() {
        if leaves == Leaves::Nothing {
            return Ok(());
        }
        database.execute(CLEAN_LENT).await.map_err(refusal)?;
        // The tables of whoever lends the connection are not told from those of the step.
        if !database.had_temporary_objects() {
            database.execute("DISCARD TEMP").await.map_err(refusal)?;
        }
    } else {
        database.execute(CLEAN).await.map_err(refusal)?;
    }
    if leaves == Leaves::Something {
        for sql in rows(database, DEALLOCATE).await?.into_iter().flatten().flatten() {
            database.execute(&sql).await.map_err(refusal)?;
        }
    }
    Ok(())
}

/// Who may see what others lock is everybody (manual, `pg_locks`).
pub(super) async fn is_held(database: &mut PostgresDatabase<'_>) -> Result<bool> {
    let sql = "SELECT 1 FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND classid = 1952805234 AND objid = 1 AND \
               granted AND pid <> pg_catalog.pg_backend_pid() AND database = (SELECT oid FROM pg_catalog.pg_database \
               WHERE datname = pg_catalog.current_database())";
    Ok(!rows(database, sql).await?.is_empty())
}

fn is_true(rows: &[Vec<Option<String>>]) -> bool {
    rows.first()
        .is_some_and(|row| row.first().is_some_and(|value| value.as_deref() == Some("t")))
}

/// That another migrator does not let go, and which session that is.
async fn still_locked(database: &mut PostgresDatabase<'_>) -> Error {
    let holder = "SELECT a.pid::text, pg_catalog.concat_ws(', ', a.usename, a.application_name, a.client_addr::text), \
                  pg_catalog.concat_ws(', ', a.state, 'since ' || pg_catalog.date_trunc('second', a.state_change)::text) \
                  FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid WHERE l.locktype \
                  = 'advisory' AND l.classid = 1952805234 AND l.objid = 1 AND l.granted AND l.database = (SELECT oid FROM \
                  pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";
    let error = Error::new(codes::LOCKED, "another migrator is at work on the database")
        .help("Run it again when the other one is done, or wait longer with `lock_timeout`.");
    match rows(database, holder).await.unwrap_or_default().first().map(Vec::as_slice) {
        Some([Some(pid), who, doing]) => error.help(format!(
            "It is session {pid} ({}; {}). If it is not alive any more, end it with `SELECT pg_terminate_backend({pid})`.",
            who.as_deref().unwrap_or_default(),
            doing.as_deref().unwrap_or_default()
        )),
        _ => error,
    }
}

pub(super) async fn claim(
    database: &mut PostgresDatabase<'_>,
    hold: Hold,
    timeout: Duration,
    question: &str,
) -> Result<Vec<Vec<Option<String>>>> {
    let begun = Instant::now();
    let pin = pin(database).await?;
    loop {
        let begin = server_of(Postgres.name()).begin;
        let mut told = rows(database, &format!("{begin}; {pin}; {SETTINGS}; {CLAIM}; {question}")).await?;
        // What was set tells nothing.
        told.drain(..told.len().min(2));
        if is_true(&told) {
            told.remove(0);
            return Ok(told);
        }
        database.execute("ROLLBACK").await.map_err(refusal)?;
        if hold == Hold::Session {
            let message = "the lock that keeps other migrators out is held by another session of the server's";
            return Err(Error::new(codes::POOLED, message)
                .help("If there is a pooler in between, name the server itself by `direct_url` in `terrane.toml`."));
        }
        if begun.elapsed() >= timeout {
            return Err(still_locked(database).await);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// What says how long to wait for locks, in milliseconds of 31 bits.
pub(super) fn wait_at_most(set: &str, limit: Duration) -> String {
    format!("{set} lock_timeout = {}", limit.as_millis().clamp(1, 2_000_000_000))
}

/// Runs statements; before the first of each kind, how long such a one may wait for locks.
pub(super) async fn say(
    database: &mut PostgresDatabase<'_>,
    statements: &[&str],
    within: super::Within<'_>,
    begins: impl FnMut(usize),
) -> std::result::Result<(), (usize, Error)> {
    let (within, limits) = match within {
        super::Within::Transaction(id, waits) => {
            let limit = |limit| wait_at_most("SET LOCAL", limit);
            let limits = (limit(waits.attempt), limit(waits.patience));
            (Within::Transaction(id.unwrap_or_default()), Some(limits))
        }
        super::Within::Nothing => (Within::Nothing, None),
        super::Within::Scratch => (Within::Whatever, None),
    };
    let mut before = None;
    let said: Vec<Said<'_>> = statements
        .iter()
        .map(|sql| {
            let limit = limits.as_ref().and_then(|(hard, soft)| {
                let locking = Postgres.locking(sql);
                let is_new = before.replace(locking) != Some(locking);
                is_new.then_some(if locking == Locking::Hard { hard } else { soft })
            });
            Said {
                before: limit.map(String::as_str),
                sql,
            }
        })
        .collect();
    let ran = database.say(&said, within, begins).await;
    ran.map_err(|(at, failure)| (at, failed(failure)))
}

/// Runs a statement that came over a bridge; before the first of each kind, how long such a one may wait for locks.
#[cfg(feature = "alembic")]
pub(super) async fn ask(
    database: &mut PostgresDatabase<'_>,
    sql: &str,
    within: super::Within<'_>,
    last: &mut Option<Locking>,
) -> Result<super::Asked> {
    use terrane_alembic::bridge::{Answer, Column, Value};
    let super::Within::Transaction(id, waits) = within else {
        return Err(broke_out());
    };
    let locking = Postgres.locking(sql);
    if last.replace(locking) != Some(locking) {
        let limit = if locking == Locking::Hard {
            waits.attempt
        } else {
            waits.patience
        };
        // One that was refused before lets nothing be set.
        let _is_set_later = database.execute(&wait_at_most("SET LOCAL", limit)).await;
    }
    let answer = match database.ask(sql, id.unwrap_or_default()).await {
        Ok(answer) => answer,
        Err(Failure::BrokeOut) => return Err(broke_out()),
        Err(Failure::Refused(error)) => {
            let message = error
                .more()
                .into_iter()
                .fold(error.message(), |text, more| format!("{text}\n{more}"));
            let code = error.code();
            // A connection that is gone is nobody's to go on with.
            if code.is_none() {
                return Err(refusal(error));
            }
            let error = refusal(error);
            return Ok(super::Asked::Refused { message, code, error });
        }
    };
    let columns = answer.columns.map(|columns| {
        let column = |(name, number)| Column {
            name,
            type_number: Some(number),
        };
        columns.into_iter().map(column).collect()
    });
    let value = |value: Option<String>| value.map_or(Value::Null, Value::Text);
    let rows = answer.rows.into_iter().map(|row| row.into_iter().map(value).collect());
    Ok(super::Asked::Answer(Answer {
        columns,
        rows: rows.collect(),
        count: Some(answer.count).filter(|_| counts_rows(sql)),
        last: None,
    }))
}

/// Whether the server tells how many rows a statement was about.
#[cfg(feature = "alembic")]
fn counts_rows(sql: &str) -> bool {
    const COUNT: [&str; 10] = [
        "select", "insert", "update", "delete", "merge", "with", "values", "table", "fetch", "move",
    ];
    let words = sql.split(|letter: char| !letter.is_ascii_alphabetic());
    let first = words.into_iter().find(|word| !word.is_empty()).unwrap_or_default();
    COUNT.iter().any(|word| word.eq_ignore_ascii_case(first))
}

/// What became of a statement, as an error of ours.
fn failed(failure: Failure) -> Error {
    /// `syntax_error`; the words are the server's own, wherever they are not translated.
    const SEVERAL: (&str, &str) = ("42601", "multiple commands");
    match failure {
        Failure::BrokeOut => broke_out(),
        Failure::Refused(error) => {
            let (code, words) = SEVERAL;
            match error.code().as_deref() == Some(code) && error.message().contains(words) {
                true => super::several().caused_by(error),
                false => refusal(error),
            }
        }
    }
}

fn broke_out() -> Error {
    Error::new(
        codes::BROKEN_OUT,
        "the statement ended the transaction that the revision runs in",
    )
    .help("Take `BEGIN`, `COMMIT` and `ROLLBACK` out of it.")
}

/// A lock for which an autovacuum makes way after `deadlock_timeout`, and for which neither reads nor writes wait.
pub(super) fn make_way(table: &str) -> String {
    format!(
        "SELECT pg_catalog.set_config('lock_timeout', (pg_catalog.date_part('epoch', \
         pg_catalog.current_setting('deadlock_timeout')::interval) * 1000 + 2000)::int::text, true); LOCK TABLE {table} IN \
         SHARE UPDATE EXCLUSIVE MODE"
    )
}

/// Relations as the elements of an array of text.
fn names_of(relations: &BTreeSet<ObjectName>) -> String {
    let server = server_of(Postgres.name());
    let names = relations
        .iter()
        .map(|name| quote_string(&server.written(ObjectKind::Table, name)));
    names.collect::<Vec<_>>().join(", ")
}

/// Sessions that hold locks on those tables, the longest first.
pub(super) async fn blockers(
    database: &mut PostgresDatabase<'_>,
    tables: &BTreeSet<ObjectName>,
) -> Result<Vec<Blocker>> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT l.relation::regclass::text, a.pid::text, pg_catalog.concat_ws(', ', a.usename, NULLIF(a.application_name, \
         ''), a.client_addr::text, NULLIF(a.backend_type, 'client backend')), pg_catalog.concat_ws(' ', a.state, 'for', \
         pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - a.xact_start)::text || ':', \
         pg_catalog.left(pg_catalog.regexp_replace(a.query, '[[:space:]]+', ' ', 'g'), 120)), (a.backend_type = 'autovacuum \
         worker')::text FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid WHERE \
         l.granted AND l.locktype = 'relation' AND l.pid <> pg_catalog.pg_backend_pid() AND l.database = (SELECT oid FROM \
         pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AND l.relation IN \
         (SELECT pg_catalog.to_regclass(t.name) FROM pg_catalog.unnest(ARRAY[{}]::text[]) AS t (name)) GROUP BY 1, 2, 3, 4, 5, a.xact_start ORDER BY a.xact_start",
        names_of(tables)
    );
    let row = |row: Vec<Option<String>>| {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || values.next().unwrap_or_default();
        Blocker {
            table: next(),
            session: next(),
            who: next(),
            doing: next(),
            is_autovacuum: next() == "true",
        }
    };
    Ok(rows(database, &sql).await?.into_iter().map(row).collect())
}

pub(super) async fn inspect(database: &mut PostgresDatabase<'_>) -> Result<Schema> {
    let inspected = terrane_postgres::inspect::inspect(database.connection()).await;
    Ok(inspected.map_err(refusal)?.schema)
}

pub(super) async fn inspect_share(
    database: &mut PostgresDatabase<'_>,
    share: &Share,
    ownership: &Ownership,
) -> Result<(Schema, Vec<ObjectKey>, BTreeSet<ObjectName>)> {
    let wanted = |kind, name: &ObjectName| share.wants(ownership, kind, name);
    let dependents = match share.with_dependents {
        true => Dependents::Of(share.words()),
        false => Dependents::Ignored,
    };
    let inspected = terrane_postgres::inspect::inspect_wanted(database.connection(), wanted, dependents).await;
    inspected
        .map(|found| (found.schema, found.left_out, found.left_out_of_columns))
        .map_err(refusal)
}

/// Relations of any kind as tables that have their columns and nothing else.
pub(super) async fn columns_of(database: &mut PostgresDatabase<'_>, relations: &[ObjectName]) -> Result<Vec<Table>> {
    let server = server_of(Postgres.name());
    let names = relations.iter().enumerate().map(|(at, name)| {
        let written = quote_string(&server.written(ObjectKind::Table, name));
        format!("({at}, pg_catalog.to_regclass({written}))")
    });
    let sql = format!(
        "SELECT r.at::text, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) FROM (VALUES {}) AS r (at, relation) JOIN \
         pg_catalog.pg_attribute AS a ON a.attrelid = r.relation AND a.attnum > 0 AND NOT a.attisdropped ORDER BY r.at, a.attnum",
        names.collect::<Vec<_>>().join(", ")
    );
    let mut tables: Vec<Table> = relations.iter().cloned().map(Table::new).collect();
    for row in rows(database, &sql).await? {
        if let [Some(at), Some(name), Some(ty)] = row.as_slice()
            && let Some(table) = at.parse().ok().and_then(|at: usize| tables.get_mut(at))
        {
            let name = Postgres.flavor().ident(name);
            table.columns.push(Column::new(name, TypeName::new(ty.as_str())));
        }
    }
    Ok(tables)
}

pub(super) async fn missing_rights(
    database: &mut PostgresDatabase<'_>,
    layer: &LayerName,
    role: &str,
    ownership: &Ownership,
) -> Result<(Vec<String>, Vec<String>)> {
    let all: Vec<_> = ownership.objects().collect();
    let mut own = Vec::new();
    let mut others = Vec::new();
    if !all.is_empty() {
        // To find objects by their names pins what names mean, until the transaction ends.
        let found = rows(database, &guard::owned(all.iter().map(|(key, _)| *key))).await?;
        for (object, place) in guard::owned_of(&found) {
            let Some((_, owner)) = all.get(place) else { continue };
            match owner.layer == *layer {
                true => own.push(object),
                false => others.push(Other {
                    object,
                    required: ownership.may_refer(layer, &owner.layer),
                }),
            }
        }
    }
    let pin = pin(database).await?;
    let told = rows(database, &format!("{pin}; {}", roles::ask(role, &own, &others))).await?;
    let rights = roles::rights(&told);
    Ok((rights.missing, rights.holes))
}

/// `insufficient_privilege` (appendix A of the manual).
const NO_RIGHT: &str = "42501";

/// Whether that is what PostgreSQL refused something for.
pub(super) fn is_about_rights(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<PostgresError>());
    cause.and_then(PostgresError::code).as_deref() == Some(NO_RIGHT)
}

/// `active_sql_transaction` (appendix A of the manual).
const IN_TRANSACTION: &str = "25001";

/// What the server said, as an error of ours.
/// An error is told with or without them. They are looked for as long as somebody waits for an answer, and no longer.
pub(super) async fn misfits(database: &mut PostgresDatabase<'_>, error: &Error, most: usize) -> Vec<String> {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<PostgresError>());
    let Some(question) = cause.and_then(|cause| misfit::question(cause, most)) else {
        return Vec::new();
    };
    let question = rows(database, &question).await.unwrap_or_default();
    let Some(question) = question.into_iter().flatten().flatten().next() else {
        return Vec::new();
    };
    let bounded = format!("BEGIN READ ONLY; SET LOCAL statement_timeout = 10000; {question}");
    let found = rows(database, &bounded).await.unwrap_or_default();
    let _ended = database.execute("ROLLBACK").await;
    found.into_iter().flatten().flatten().collect()
}

pub(super) fn refusal(error: PostgresError) -> Error {
    if error.is_lock_timeout() {
        let message = "could not get the lock: somebody else is at work on the same table";
        return Error::new(codes::LOCKED, message)
            .help("Run it again when the others are done.")
            .caused_by(error);
    }
    let message = error.message();
    let needs_none = error.code().as_deref() == Some(IN_TRANSACTION);
    let refused = error
        .more()
        .into_iter()
        .fold(Error::new(codes::DATABASE, message), Error::help);
    let refused = refused.caused_by(error);
    if needs_none {
        return refused
            .help("Say `-- Transaction: none` in the header: each statement is then a transaction of its own.");
    }
    refused
}
