//! One message to the server, and its answers.

use super::cells::{Cells, Read};
use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Either, Executor, PgConnection};

/// Where the queries will run.
pub(super) struct Place {
    /// `server_version_num`.
    pub(super) version: u32,
    /// Whether the role may read how subscriptions connect, which only superusers may unless they were granted it.
    pub(super) reads_connections: bool,
    /// Whether somebody's transaction is open already.
    in_transaction: bool,
}

/// Asks where we are. The time of the transaction is that of its first message; so if this message has another, the
/// transaction is older (section 9.9.5 of the manual).
pub(super) async fn place(connection: &mut PgConnection) -> Read<Place> {
    const QUERY: &str = "SELECT current_setting('server_version_num'), \
        has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT'), \
        transaction_timestamp() <> statement_timestamp()";
    let row = connection.fetch_one(sqlx::raw_sql(QUERY)).await?;
    let mut cells = Cells::of(&row);
    Ok(Place {
        version: cells.oid()?,
        reads_connections: cells.flag()?,
        in_transaction: cells.flag()?,
    })
}

/// What a text depends on besides the catalog, as `pg_dump` sets it, and the time zone. The planner's guesses at these
/// queries are high enough for it to compile them, which takes longer than they do.
const SETTINGS: &str = "SET LOCAL search_path = public, pg_temp; SET LOCAL quote_all_identifiers = off; \
    SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = postgres; SET LOCAL timezone = 'UTC'; \
    SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = hex; SET LOCAL xmloption = content; SET LOCAL jit = off; ";
const MANY_SETTINGS: usize = 9;

/// Reads the rows of each query, by its number, while the server answers the next. They are one message, in a read-only
/// transaction of its own or in a savepoint of the one that is open; either way the settings are as before when it returns.
pub(super) async fn answers(
    connection: &mut PgConnection,
    place: &Place,
    queries: &[String],
    read: impl FnMut(usize, &[PgRow]) -> Read<()>,
) -> Read<()> {
    let (open, close, undo) = if place.in_transaction {
        let close = "ROLLBACK TO SAVEPOINT terrane_inspect; RELEASE SAVEPOINT terrane_inspect";
        ("SAVEPOINT terrane_inspect; ", close, close)
    } else {
        (
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; ",
            "COMMIT",
            "ROLLBACK",
        )
    };
    let script = format!("{open}{SETTINGS}{}; {close}", queries.join("; "));
    let collected = collect(connection, script, queries.len(), read).await;
    if collected.is_err() {
        // Should it fail as well, the first error is the one to tell.
        let _ = connection.execute(sqlx::raw_sql(undo)).await;
    }
    collected
}

async fn collect(
    connection: &mut PgConnection,
    script: String,
    many: usize,
    mut read: impl FnMut(usize, &[PgRow]) -> Read<()>,
) -> Read<()> {
    let mut stream = connection.fetch_many(sqlx::raw_sql(AssertSqlSafe(script)));
    let mut rows = Vec::new();
    let mut answered = 0_usize;
    while let Some(step) = stream.try_next().await? {
        match step {
            Either::Right(row) => rows.push(row),
            Either::Left(_) => {
                // The first answers are to what opens the transaction and to the settings.
                let query = answered.checked_sub(MANY_SETTINGS + 1).filter(|query| *query < many);
                if let Some(query) = query {
                    read(query, &rows)?;
                }
                rows.clear();
                answered += 1;
            }
        }
    }
    Ok(())
}
