//! What PostgreSQL says for itself.

use super::{Database, Manner};
use crate::error::{Error, Result};
use crate::url::mask;
use sqlx::Row;
use std::time::{Duration, Instant};
use terrane_core::diagnostic::codes;
use terrane_core::schema::Schema;
use terrane_core::sql::quote_string;
use terrane_postgres::connect::{Database as PostgresDatabase, Error as PostgresError};

/// The settings that matter, as they are on a fresh connection.
pub(super) const RESET: &str = "RESET ALL";

/// Half of the key of the lock that lets one migrator in at a time; the other half tells databases apart, since advisory
/// locks are the database's own anyway.
const LOCK_KEY: &str = "1952805234, 1";

/// Lets the next migrator in.
pub(super) const UNLOCK: &str = "SELECT pg_catalog.pg_advisory_unlock(1952805234, 1)";

/// How long to wait between two looks at the lock. To wait within a statement would hold a snapshot meanwhile, and keep
/// another's `CREATE INDEX CONCURRENTLY` from ending.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

pub(super) async fn open(url: &str, lock_timeout: Duration) -> Result<Database<'static>> {
    match PostgresDatabase::open(url).await {
        Ok(mut database) => {
            let limit = format!("SET lock_timeout = {}", lock_timeout.as_millis().min(2_000_000_000));
            database.execute(&limit).await.map_err(refusal)?;
            Ok(Database::Postgres(database))
        }
        Err(error) => {
            let message = format!("cannot open `{}`: {}", mask(url), error.message());
            Err(Error::new(codes::CANNOT_OPEN, message).caused_by(error))
        }
    }
}

pub(super) async fn scratch(database: &mut PostgresDatabase<'_>) -> Result<Database<'static>> {
    database.scratch().await.map(Database::Postgres).map_err(|error| {
        let message = format!("cannot make a scratch database beside this one: {}", error.message());
        Error::new(codes::DATABASE, message)
            .help("Models are read by the server itself; let the user make databases: `ALTER USER … CREATEDB`.")
            .caused_by(error)
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

/// Polls: whoever waits within a statement deadlocks with the holder's concurrent index.
pub(super) async fn lock(database: &mut PostgresDatabase<'_>, timeout: Duration) -> Result<()> {
    let begun = Instant::now();
    let question = format!("SELECT pg_catalog.pg_try_advisory_lock({LOCK_KEY})");
    loop {
        let taken = rows(database, &question).await?;
        if taken.iter().flatten().any(|value| value.as_deref() == Some("t")) {
            return Ok(());
        }
        if begun.elapsed() >= timeout {
            return Err(Error::new(codes::LOCKED, "another migrator is at work on the database")
                .help("Run it again when the other one is done, or wait longer with `lock_timeout`."));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// A relation as its catalog rows tell it, with all that hangs on it, for the relations that other layers own.
pub(super) fn others(layer: &str) -> String {
    let layer = quote_string(layer);
    format!(
        "WITH other AS (SELECT c.oid, o.name, c.relname FROM terrane_object AS o JOIN pg_catalog.pg_class AS c ON c.oid = \
         pg_catalog.to_regclass(o.name) WHERE o.layer <> {layer} AND o.kind IN ('table', 'view', 'sequence')), parts AS \
         (SELECT 'table' AS kind, o.name AS name, o.name AS relation, pg_catalog.concat_ws('|', c.relkind, \
         c.relpersistence, c.reloptions::text, c.relacl::text, c.relrowsecurity, c.relforcerowsecurity, \
         pg_catalog.obj_description(c.oid, 'pg_class'), CASE WHEN c.relkind IN ('v', 'm') THEN \
         pg_catalog.pg_get_viewdef(c.oid) END) AS definition FROM other AS o JOIN pg_catalog.pg_class AS c ON c.oid = o.oid \
         UNION ALL SELECT 'column', o.name || '.' || a.attname, o.name, pg_catalog.concat_ws('|', a.attnum, \
         pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attacl::text, \
         a.attoptions::text, pg_catalog.pg_get_expr(d.adbin, d.adrelid), pg_catalog.col_description(a.attrelid, a.attnum)) \
         FROM other AS o JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped \
         LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum UNION ALL SELECT \
         'constraint', k.conname, o.name, pg_catalog.pg_get_constraintdef(k.oid) || k.convalidated::text FROM other AS o JOIN \
         pg_catalog.pg_constraint AS k ON k.conrelid = o.oid UNION ALL SELECT 'index', i.relname, o.name, \
         pg_catalog.pg_get_indexdef(x.indexrelid) FROM other AS o JOIN pg_catalog.pg_index AS x ON x.indrelid = o.oid JOIN \
         pg_catalog.pg_class AS i ON i.oid = x.indexrelid UNION ALL SELECT 'trigger', t.tgname, o.name, \
         pg_catalog.pg_get_triggerdef(t.oid) || t.tgenabled::text FROM other AS o JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = \
         o.oid AND NOT t.tgisinternal UNION ALL SELECT 'policy', p.polname, o.name, pg_catalog.concat_ws('|', p.polcmd, \
         p.polpermissive, p.polroles::text, pg_catalog.pg_get_expr(p.polqual, p.polrelid), \
         pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) FROM other AS o JOIN pg_catalog.pg_policy AS p ON p.polrelid \
         = o.oid UNION ALL SELECT 'rule', r.rulename, o.name, pg_catalog.pg_get_ruledef(r.oid) FROM other AS o JOIN \
         pg_catalog.pg_rewrite AS r ON r.ev_class = o.oid AND r.rulename <> '_RETURN') SELECT \
         pg_catalog.json_agg(pg_catalog.json_build_array(kind, name, relation, definition) ORDER BY kind, relation, name) \
         FROM parts"
    )
}

/// By the first words of a statement: those that section 25.2 and the pages of the statements say cannot run in a
/// transaction block.
pub(super) fn manner(words: &[&str]) -> Manner {
    let concurrently = words.contains(&"concurrently");
    match words {
        ["vacuum", ..] | ["create" | "drop", "database" | "tablespace", ..] | ["alter", "system", ..] => Manner::Alone,
        ["create" | "drop" | "reindex", ..] if concurrently => Manner::Alone,
        ["set" | "reset" | "discard" | "listen" | "load", ..] => Manner::Temporary,
        ["create", word, ..] if word.starts_with("temp") => Manner::Temporary,
        _ => Manner::Usual,
    }
}

pub(super) async fn inspect(database: &mut PostgresDatabase<'_>) -> Result<Schema> {
    let inspected = terrane_postgres::inspect::inspect(database.connection()).await;
    Ok(inspected.map_err(refusal)?.schema)
}

/// What the server said, as an error of ours.
pub(super) fn refusal(error: PostgresError) -> Error {
    if error.is_lock_timeout() {
        let message = "a lock was not had in time: somebody else is at work on the same table";
        return Error::new(codes::LOCKED, message)
            .help("Run it again when the others are done, or wait longer with `lock_timeout`.")
            .caused_by(error);
    }
    Error::new(codes::DATABASE, error.message()).caused_by(error)
}
