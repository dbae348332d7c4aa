//! One statement of somebody else's with its values, and its answer.

use crate::connect::{Database, Error, summary};
use crate::say::Failure;
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Column, Either, Executor, Row, SqlSafeStr, Statement, TypeInfo, ValueRef};

/// A value of SQLite's.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// The result of a statement.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Answer {
    /// The names of its columns; none, where it gives no rows.
    pub columns: Option<Vec<String>>,
    /// Its rows.
    pub rows: Vec<Vec<Value>>,
    /// How many rows it wrote.
    pub count: u64,
    /// The number of the row that was added last.
    pub last: i64,
}

impl Database<'_> {
    /// Runs one statement with its values, and gives its answer.
    ///
    /// # Errors
    /// SQLite refuses it, or the text is several statements.
    pub async fn ask(&mut self, sql: &str, values: &[Value]) -> Result<Answer, Failure> {
        let refused = |cause| Failure::Refused(Error::new(summary(sql))(cause));
        let prepared = self
            .connection()
            .prepare(AssertSqlSafe(sql.to_owned()).into_sql_str())
            .await;
        let names: Vec<String> = {
            let prepared = prepared.map_err(refused)?;
            prepared
                .columns()
                .iter()
                .map(|column| column.name().to_owned())
                .collect()
        };
        let mut answer = Answer {
            columns: (!names.is_empty()).then_some(names),
            ..Answer::default()
        };
        let arguments = arguments(values).map_err(|cause| refused(sqlx::Error::Encode(cause)))?;
        let query = sqlx::query_with(AssertSqlSafe(sql.to_owned()), arguments).persistent(false);
        let mut events = self.connection().fetch_many(query);
        let mut ended = 0;
        while let Some(event) = events.try_next().await.map_err(refused)? {
            match event {
                Either::Left(result) => {
                    ended += 1;
                    answer.count = result.rows_affected();
                    answer.last = result.last_insert_rowid();
                }
                Either::Right(row) => answer.rows.push(read(&row).map_err(refused)?),
            }
        }
        match ended {
            0 | 1 => Ok(answer),
            _ => Err(Failure::Several),
        }
    }
}

fn arguments(values: &[Value]) -> Result<SqliteArguments, sqlx::error::BoxDynError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Null => arguments.add(None::<String>)?,
            Value::Integer(number) => arguments.add(*number)?,
            Value::Real(number) => arguments.add(*number)?,
            Value::Text(text) => arguments.add(text.clone())?,
            Value::Blob(bytes) => arguments.add(bytes.clone())?,
        }
    }
    Ok(arguments)
}

fn read(row: &SqliteRow) -> Result<Vec<Value>, sqlx::Error> {
    let value = |at: usize| {
        let raw = row.try_get_raw(at)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        let kind = raw.type_info().name().to_owned();
        Ok(match kind.as_str() {
            "INTEGER" => Value::Integer(row.try_get_unchecked(at)?),
            "REAL" => Value::Real(row.try_get_unchecked(at)?),
            "BLOB" => Value::Blob(row.try_get_unchecked(at)?),
            _ => Value::Text(row.try_get_unchecked(at)?),
        })
    };
    (0..row.len()).map(value).collect()
}
