//! Rows that do not fit what a rebuild makes of their table: which table, which column, how many.
//!
//! SQLite stops at the first row, and names the table by the name that it has meanwhile. The transaction is still open
//! then, so that the rows can be counted: those that go in where others are passed over (sqlite.org/lang_conflict.html,
//! IGNORE), and the rest.

use crate::FLAVOR;
use crate::connect::{Database, Error};
use sqlx::Row;
use std::borrow::Cow;
use terrane_core::sql::{Token, TokenKind, tokenize, unquote};

/// Rows that do not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misfit {
    /// What does not fit, a lower-case fragment.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Why a statement of a rebuild failed, if it is the rows of the table that do not fit. To be asked before the
/// transaction is rolled back.
///
/// # Errors
/// The rows cannot be counted.
pub async fn misfit(database: &mut Database<'_>, sql: &str, error: &Error) -> Result<Option<Misfit>, Error> {
    // sqlite.org/rescode.html, SQLITE_CONSTRAINT.
    const CONSTRAINT: i32 = 19;
    let Some(copy) = Copy::read(sql).filter(|_| error.code().is_some_and(|code| code & 0xff == CONSTRAINT)) else {
        return Ok(None);
    };
    let rest = copy.rest;
    database.execute(&format!("INSERT OR IGNORE INTO {rest}")).await?;
    let count = format!(
        "SELECT count(*) - (SELECT count(*) FROM {}) FROM ({})",
        copy.target, copy.query
    );
    let rows = database.rows(&count).await?;
    let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0)).unwrap_or_default();
    Ok(Some(copy.misfit(count, &error.message())))
}

/// A statement that copies the rows of a table.
struct Copy<'a> {
    /// Where to, as it is written.
    target: &'a str,
    /// All behind `INTO`.
    rest: &'a str,
    /// What is copied.
    query: &'a str,
    /// The first column of that.
    column: Cow<'a, str>,
    table: Cow<'a, str>,
    /// Whether it is the proof that values stay what they are.
    proves: bool,
}

impl<'a> Copy<'a> {
    fn read(sql: &'a str) -> Option<Copy<'a>> {
        let tokens = tokenize(sql, &FLAVOR.lexing).ok()?;
        let tokens: Vec<&Token> = tokens.iter().filter(|token| token.kind != TokenKind::Comment).collect();
        if !tokens.first()?.is_word(sql, "insert") {
            return None;
        }
        let find = |word: &str| tokens.iter().position(|token| token.is_word(sql, word));
        let (into, select) = (find("into")?, find("select")?);
        let from = tokens.iter().rposition(|token| token.is_word(sql, "from"))?;
        let proves = tokens.get(into + 1)?.is_word(sql, "temp");
        let target = tokens.get(into + if proves { 3 } else { 1 })?;
        if !unquote(target.text(sql)).starts_with("_terrane_") {
            return None;
        }
        Some(Copy {
            target: target.text(sql),
            rest: &sql[tokens[into].span.end..],
            query: &sql[tokens[select].span.start..],
            column: unquote(tokens.get(select + 1)?.text(sql)),
            table: unquote(tokens.get(from + 1)?.text(sql)),
            proves,
        })
    }

    fn misfit(&self, count: i64, said: &str) -> Misfit {
        let (table, column) = (&self.table, &self.column);
        let (what, of) = said.split_once(" constraint failed: ").unwrap_or(("", said));
        let prefix = format!("{}.", unquote(self.target));
        let columns: Vec<String> = of
            .split(", ")
            .map(|name| format!("`{}`", name.strip_prefix(&prefix).unwrap_or(name)))
            .collect();
        let columns = columns.join(", ");
        let rows = |plural: &str, singular: &str| {
            if count == 1 {
                format!("1 row of `{table}` {singular}")
            } else {
                format!("{count} rows of `{table}` {plural}")
            }
        };
        let (message, help) = match what {
            _ if self.proves => (
                rows(
                    &format!("have values in `{column}` that would change with its type"),
                    &format!("has a value in `{column}` that would change with its type"),
                ),
                "Rewrite those values in the revision, before the statement that changes the type.",
            ),
            "NOT NULL" => (
                rows(
                    &format!("have no value in {columns}"),
                    &format!("has no value in {columns}"),
                ),
                "Fill the column first, or give it a default.",
            ),
            "UNIQUE" => (
                rows(
                    &format!("are not unique in {columns}"),
                    &format!("is not unique in {columns}"),
                ),
                "Mend or delete those rows in the revision, before the statement that needs it.",
            ),
            _ => (
                rows(&format!("do not fit: {said}"), &format!("does not fit: {said}")),
                "Mend or delete those rows in the revision, before the statement that needs it.",
            ),
        };
        Misfit {
            message,
            help: help.to_owned(),
        }
    }
}
