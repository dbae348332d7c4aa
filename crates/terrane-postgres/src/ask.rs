//! One statement of somebody else's, with its answer: rows as the server writes them, and the types of their columns.

use crate::connect::{Database, Error};
use crate::say::{Failure, WHICH, is_the_same};
use futures_util::TryStreamExt;
use sqlx::postgres::{PgColumn, PgRow};
use sqlx::{AssertSqlSafe, Column, Either, Executor, Row, SqlSafeStr, Statement, ValueRef};

/// The result of a statement.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// The names of its columns and the server's numbers of their types; none, where it gives no rows.
    pub columns: Option<Vec<(String, u32)>>,
    /// Its rows, each value as text.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows it gave or wrote, as the server counts.
    pub count: u64,
}

/// What begins a statement that may give rows and has given none.
const MAY_GIVE_ROWS: [&str; 8] = [
    "select", "with", "values", "table", "show", "explain", "fetch", "execute",
];

impl Database<'_> {
    /// Runs one statement within the transaction of that id, and gives its answer.
    ///
    /// # Errors
    /// The server refuses it, or it ended the transaction.
    pub async fn ask(&mut self, sql: &str, transaction: &str) -> Result<Answer, Failure> {
        let mut answer = Answer::default();
        // Where something in a text is left open, the question behind it has nothing that closes it.
        let together = !sql.contains(';');
        let script = match together {
            true => format!("{sql}\n;\n{WHICH}"),
            false => sql.to_owned(),
        };
        let mut which = self.hear_rows(script, &mut answer).await.map_err(Failure::Refused)?;
        if !together {
            which = self.rows(WHICH).await.map_err(Failure::Refused)?.into_iter().next();
        }
        if !is_the_same(which.as_ref(), Some(transaction)) {
            return Err(Failure::BrokeOut);
        }
        if answer.columns.is_none() && may_give_rows(sql) {
            answer.columns = self.columns_of(sql).await.map_err(Failure::Refused)?;
        }
        Ok(answer)
    }

    /// Reads the answer to the first statement of a text, and the last row of what comes behind it.
    async fn hear_rows(&mut self, script: String, answer: &mut Answer) -> Result<Option<PgRow>, Error> {
        let doing = || Error::new("cannot run a statement");
        let mut events = sqlx::raw_sql(AssertSqlSafe(script)).fetch_many(self.connection());
        let (mut is_over, mut last) = (false, None);
        while let Some(event) = events.try_next().await.map_err(doing())? {
            match event {
                Either::Left(result) if !is_over => {
                    is_over = true;
                    answer.count = result.rows_affected();
                }
                Either::Left(_) => {}
                Either::Right(row) if is_over => last = Some(row),
                Either::Right(row) => {
                    answer.columns.get_or_insert_with(|| columns(row.columns()));
                    answer.rows.push(values(&row).map_err(doing())?);
                }
            }
        }
        Ok(last)
    }

    /// The columns of a statement that gave no rows; none, where it gives none at all.
    async fn columns_of(&mut self, sql: &str) -> Result<Option<Vec<(String, u32)>>, Error> {
        let prepared = self
            .connection()
            .prepare(AssertSqlSafe(sql.to_owned()).into_sql_str())
            .await;
        let prepared = prepared.map_err(Error::new("cannot read the columns of a statement"))?;
        let found = columns(prepared.columns());
        Ok((!found.is_empty()).then_some(found))
    }
}

fn columns(columns: &[PgColumn]) -> Vec<(String, u32)> {
    let number = |column: &PgColumn| column.type_info().oid().map_or(0, |oid| oid.0);
    columns
        .iter()
        .map(|column| (column.name().to_owned(), number(column)))
        .collect()
}

fn values(row: &PgRow) -> Result<Vec<Option<String>>, sqlx::Error> {
    let value = |at| {
        let value = row.try_get_raw(at)?;
        if value.is_null() {
            return Ok(None);
        }
        value
            .as_str()
            .map(|text| Some(text.to_owned()))
            .map_err(sqlx::Error::Decode)
    };
    (0..row.len()).map(value).collect()
}

fn may_give_rows(sql: &str) -> bool {
    let lower = sql.to_ascii_lowercase();
    let words = || lower.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words()
        .find(|word| !word.is_empty())
        .is_some_and(|first| MAY_GIVE_ROWS.contains(&first))
        || words().any(|word| word == "returning")
}
