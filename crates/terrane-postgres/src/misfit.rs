//! Rows that do not fit. Of a check and of `NOT NULL` the server says that there are some, and not which.

use crate::connect::Error;
use sqlx::postgres::PgDatabaseError;
use terrane_core::sql::quote_string;

/// What a row is told by: its primary key, else its place.
const KEY: &str = "\
COALESCE((SELECT pg_catalog.string_agg(pg_catalog.format('%L || %I::text', a.attname || ' = ', a.attname), ' || '', '' || ' ORDER \
BY pg_catalog.array_position(i.indkey::int2[], a.attnum)) FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_attribute AS a ON \
a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary), '''ctid = '' || ctid::text')";

/// Asks for the question which rows do not fit, `most` of them, by an error that says that some do not: one row of one value. To
/// be asked once the
/// transaction was rolled back; a constraint that it would have made is not there then, and nothing is found. None, for other
/// errors.
pub fn question(error: &Error, most: usize) -> Option<String> {
    let error = error.cause.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    let (schema, table) = (error.schema()?, error.table()?);
    // `check_violation` and `not_null_violation`, appendix A of the manual.
    let (condition, join) = match error.code() {
        "23514" => (
            "'NOT (' || pg_catalog.pg_get_expr(k.conbin, k.conrelid) || ')'",
            format!(
                "JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'c' AND k.conname = {}",
                quote_string(error.constraint()?)
            ),
        ),
        "23502" => (
            "pg_catalog.format('%I IS NULL', k.attname)",
            format!(
                "JOIN pg_catalog.pg_attribute AS k ON k.attrelid = c.oid AND k.attname = {}",
                quote_string(error.column()?)
            ),
        ),
        _ => return None,
    };
    Some(format!(
        "SELECT pg_catalog.format('SELECT %s FROM %I.%I WHERE %s LIMIT {most}', {KEY}, n.nspname, c.relname, {condition}) FROM \
         pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace {join} WHERE n.nspname = {} AND \
         c.relname = {}",
        quote_string(schema),
        quote_string(table),
    ))
}
