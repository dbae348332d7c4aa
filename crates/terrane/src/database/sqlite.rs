//! What SQLite says for itself.

use super::{Database, Lack, OpenMode, Within};
use crate::error::{Error, Result};
use crate::guard::{Writing, Written};
use crate::url::DatabaseUrl;
use sqlx::Row;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terrane_core::diagnostic::codes;
use terrane_core::dialect::Dialect;
use terrane_core::ownership::Ownership;
use terrane_core::plan::PlanStep;
use terrane_core::schema::Schema;
use terrane_core::sql::quote_string;
use terrane_sqlite::Sqlite;
use terrane_sqlite::connect::{Database as SqliteDatabase, Error as SqliteError, Location};
use terrane_sqlite::misfit::misfit;
use terrane_sqlite::say::Failure;
use terrane_sqlite::whole::is_of_the_app;

/// The settings that matter, as they are on a fresh connection.
const RESET: &str = "PRAGMA foreign_keys=ON; PRAGMA legacy_alter_table=OFF; PRAGMA writable_schema=OFF; \
                                PRAGMA ignore_check_constraints=OFF; PRAGMA recursive_triggers=OFF; PRAGMA query_only=OFF";

/// Where a URL says that the database is.
fn location(url: &DatabaseUrl, folder: &Path) -> Result<Location> {
    Location::from_url(url.reveal(), folder).map_err(|fault| {
        let message = format!("`{url}` cannot be read: {}", fault.message);
        Error::new(codes::BAD_URL, message).help(fault.help)
    })
}

/// The file, if the database is one in a file that is not there.
pub(crate) fn absent_file(url: &DatabaseUrl, folder: &Path) -> Result<Option<PathBuf>> {
    Ok(location(url, folder)?.file.filter(|file| !file.exists()))
}

pub(super) async fn open(
    url: &DatabaseUrl,
    folder: &Path,
    mode: OpenMode,
    lock_timeout: Duration,
) -> Result<Option<Database<'static>>> {
    let mut location = location(url, folder)?;
    if let Some(name) = location.perhaps_relative(url.reveal()) {
        let message = format!("there is no file `/{name}`, at the root of the file system, as `{url}` says");
        return Err(Error::new(codes::BAD_URL, message).help(format!(
            "Write `sqlite:{name}` for a file beside the configuration, `sqlite:/{name}` for one at the root."
        )));
    }
    location.busy_timeout = lock_timeout;
    if mode == OpenMode::Write {
        location.create = !location.read_only && !location.has_to_exist;
    } else if location.file.as_ref().is_some_and(|file| !file.exists()) {
        return Ok(None);
    }
    match location.open().await {
        Ok(database) => Ok(Some(Database::Sqlite(database))),
        Err(error) if error.is_busy() || error.is_read_only() => Err(refusal(error)),
        Err(error) => {
            let reason = location.file.as_deref().and_then(|file| why_not_opened(file, mode));
            let reason = reason.map_or_else(|| error.message(), str::to_owned);
            let message = format!("cannot open `{url}`: {reason}");
            Err(Error::new(codes::CANNOT_OPEN, message).caused_by(error))
        }
    }
}

pub(super) async fn scratch() -> Result<Database<'static>> {
    Location::memory().open().await.map(Database::Sqlite).map_err(refusal)
}

pub(super) async fn rows(database: &mut SqliteDatabase<'_>, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
    let rows = database.rows(sql).await.map_err(refusal)?;
    let text = |row: &sqlx::sqlite::SqliteRow| {
        (0..row.len())
            .map(|at| row.try_get_unchecked::<Option<String>, _>(at).unwrap_or(None))
            .collect()
    };
    Ok(rows.iter().map(text).collect())
}

/// Whether there is anything that goes with the connection.
pub(super) async fn is_littered(database: &mut SqliteDatabase<'_>) -> Result<bool> {
    Ok(!rows(database, "SELECT 1 FROM sqlite_temp_master LIMIT 1")
        .await?
        .is_empty())
}

/// Makes a connection that has to be kept as a fresh one. The tables of whoever lends it are not told from those of a step.
pub(super) async fn clean(database: &mut SqliteDatabase<'_>) -> Result<()> {
    database.execute(RESET).await.map_err(refusal)?;
    if database.had_temporary_objects() {
        return Ok(());
    }
    // Dependents of a table go with it; what is gone is no error.
    let sql = "SELECT 'DROP ' || type || ' IF EXISTS temp.\"' || replace(name, '\"', '\"\"') || '\"' FROM \
               sqlite_temp_master WHERE type IN ('trigger', 'view', 'table') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER \
               BY type DESC";
    for sql in rows(database, sql).await?.into_iter().flatten().flatten() {
        database.execute(&sql).await.map_err(refusal)?;
    }
    Ok(())
}

/// Begins a transaction that is committed by [`commit`] alone.
pub(super) async fn claim(database: &mut SqliteDatabase<'_>, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
    database.forbid_commits().await.map_err(refusal)?;
    rows(database, sql).await
}

/// What the books say would be committed by itself, if the transaction were gone; so nothing may be until they are written.
pub(super) async fn commit(database: &mut SqliteDatabase<'_>, books: &str) -> Result<Vec<Vec<Option<String>>>> {
    let told = rows(database, books).await?;
    database.allow_commits();
    database.execute("COMMIT").await.map_err(refusal)?;
    Ok(told)
}

pub(super) async fn say(
    database: &mut SqliteDatabase<'_>,
    statements: &[&str],
    within: Within<'_>,
    begins: impl FnMut(usize),
) -> std::result::Result<(), (usize, Error)> {
    // Outside of a transaction, what may be several statements has none of them stay.
    let is_doubtful = matches!(within, Within::Nothing) && statements.iter().any(|sql| sql.contains(';'));
    if is_doubtful {
        let forbidden = database.forbid_commits().await;
        forbidden.map_err(|error| (0, refusal(error)))?;
    }
    let said = database.say(statements, begins).await;
    if is_doubtful {
        database.allow_commits();
    }
    match said {
        Ok(()) => Ok(()),
        Err((at, failure)) => Err((at, failed(database, statements[at], failure).await)),
    }
}

/// Runs a statement that came over a bridge.
#[cfg(feature = "alembic")]
pub(super) async fn ask(
    database: &mut SqliteDatabase<'_>,
    (sql, statement): (&str, &terrane_alembic::bridge::Statement),
) -> Result<super::Asked> {
    use terrane_alembic::bridge::{Answer, Column, Value as Sent};
    use terrane_sqlite::ask::Value;
    let values = statement.parameters.iter().flatten().map(|sent| match &sent.0 {
        Sent::Null => Value::Null,
        Sent::Integer(number) => Value::Integer(*number),
        Sent::Real(number) => Value::Real(*number),
        Sent::Text(text) => Value::Text(text.clone()),
        Sent::Bytes(bytes) => Value::Blob(bytes.clone()),
    });
    let answer = match database.ask(sql, &values.collect::<Vec<_>>()).await {
        Ok(answer) => answer,
        Err(Failure::Several) => return Err(super::several()),
        Err(Failure::Refused(error)) if error.is_not_let() => return Err(would_end()),
        Err(Failure::Refused(error)) => {
            let (message, code) = (error.message(), error.code().map(|code| code.to_string()));
            let error = refusal(error);
            return Ok(super::Asked::Refused { message, code, error });
        }
    };
    let columns = answer.columns.map(|names| {
        let column = |name| Column {
            name,
            type_number: None,
        };
        names.into_iter().map(column).collect::<Vec<_>>()
    });
    let value = |value| match value {
        Value::Null => Sent::Null,
        Value::Integer(number) => Sent::Integer(number),
        Value::Real(number) => Sent::Real(number),
        Value::Text(text) => Sent::Text(text),
        Value::Blob(bytes) => Sent::Bytes(bytes),
    };
    let writes = ["insert", "update", "delete", "replace", "with"];
    let first = sql
        .trim_start()
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .next();
    let is_written = first.is_some_and(|first| writes.iter().any(|word| word.eq_ignore_ascii_case(first)));
    Ok(super::Asked::Answer(Answer {
        count: Some(answer.count).filter(|_| is_written),
        last: Some(answer.last),
        rows: answer
            .rows
            .into_iter()
            .map(|row| row.into_iter().map(value).collect())
            .collect(),
        columns,
    }))
}

/// What became of a statement, as an error of ours.
async fn failed(database: &mut SqliteDatabase<'_>, sql: &str, failure: Failure) -> Error {
    let error = match failure {
        Failure::Refused(error) => error,
        Failure::Several => return super::several(),
    };
    match misfit(database, sql, &error).await {
        Ok(Some(misfit)) => Error::new(codes::MISFIT, misfit.message)
            .help(misfit.help)
            .caused_by(error),
        Ok(None) | Err(_) => refusal(error),
    }
}

fn would_end() -> Error {
    let message = "the statement would end the transaction that the revision runs in";
    Error::new(codes::TRANSACTION_CONTROL, message).help("Take `BEGIN`, `COMMIT` and `ROLLBACK` out of it.")
}

pub(super) async fn answer(database: &mut SqliteDatabase<'_>, sql: &str) -> Result<std::result::Result<usize, String>> {
    // sqlite.org/rescode.html, SQLITE_ERROR.
    const ERROR: i32 = 1;
    match database.rows(sql).await {
        Ok(rows) => Ok(Ok(rows.len())),
        Err(error) if error.code().is_some_and(|code| code & 0xff == ERROR) => Ok(Err(error.message())),
        Err(error) => Err(refusal(error)),
    }
}

pub(super) async fn set(database: &mut SqliteDatabase<'_>, setting: &str) -> Result<()> {
    let Some((name, value)) = setting.strip_prefix("PRAGMA ").and_then(|rest| rest.split_once('=')) else {
        return database.execute(setting).await.map_err(refusal);
    };
    let rows = rows(database, &format!("{setting}; PRAGMA {name}")).await?;
    let wanted = match value {
        "ON" => "1",
        "OFF" => "0",
        other => other,
    };
    let is = rows.last().and_then(|row| row.first().cloned().flatten());
    if is.as_deref() == Some(wanted) {
        return Ok(());
    }
    let message = format!("the database does not take the setting `{setting}`, which keeps rows from being lost");
    Err(Error::new(codes::DATABASE, message))
}

pub(super) async fn settings(database: &mut SqliteDatabase<'_>) -> Result<String> {
    let mut script = String::new();
    for name in ["foreign_keys", "legacy_alter_table", "recursive_triggers", "query_only"] {
        let rows = rows(database, &format!("PRAGMA {name}")).await?;
        if let Some(value) = rows.first().and_then(|row| row.first().cloned().flatten()) {
            script.push_str(&format!("PRAGMA {name}={value};"));
        }
    }
    Ok(script)
}

pub(super) async fn is_volatile(database: &mut SqliteDatabase<'_>) -> Result<bool> {
    let rows = rows(database, "SELECT file FROM pragma_database_list WHERE name = 'main'").await?;
    let file = rows.first().and_then(|row| row.first().cloned().flatten());
    Ok(file.is_none_or(|file| file.is_empty()))
}

/// A virtual table keeps its rows in tables that begin with its name (sqlite.org/vtab.html, section 1.4).
pub(super) fn others(layer: &str) -> String {
    let layer = quote_string(layer);
    format!(
        "SELECT json_group_array(json_array(type, name, tbl_name, sql)) FROM main.sqlite_schema WHERE lower(tbl_name) IN \
         (SELECT lower(name) FROM main.terrane_object WHERE layer <> {layer}) OR EXISTS (SELECT 1 FROM \
         main.terrane_object AS o WHERE o.kind = 'object' AND o.layer <> {layer} AND \
         lower(substr(tbl_name, 1, length(o.name) + 1)) = lower(o.name) || '_')"
    )
}

pub(super) async fn written(
    database: &mut SqliteDatabase<'_>,
    step: &PlanStep,
    ownership: &Ownership,
) -> Result<Vec<Written>> {
    let written = database.written().await.map_err(refusal)?;
    let flavor = Sqlite.flavor();
    let of_other = |what, name: &String| {
        let name = flavor.object(name);
        Written::of_other(what, name.clone(), &name, step, ownership)
    };
    let rows = written.tables.iter();
    let rows: Vec<Written> = rows.filter_map(|name| of_other(Writing::Rows, name)).collect();
    // A row that is added moves the sequence with it.
    let alone = written.sequences.difference(&written.tables);
    let sequences = alone.filter_map(|name| of_other(Writing::Sequence, name));
    Ok(rows.iter().cloned().chain(sequences).collect())
}

pub(super) async fn refuse_second_name(database: &mut SqliteDatabase<'_>) -> Result<()> {
    let sql = "SELECT name, file FROM pragma_database_list WHERE file <> '' ORDER BY name <> 'main'";
    let files: Vec<(String, String)> = rows(database, sql)
        .await?
        .into_iter()
        .filter_map(|row| match <[Option<String>; 2]>::try_from(row) {
            Ok([Some(name), Some(file)]) => Some((name, file)),
            _ => None,
        })
        .collect();
    let second = files.split_first().and_then(|((_, main), others)| {
        let is_main = |(_, file): &&(String, String)| is_one_file(Path::new(main), Path::new(file));
        others.iter().find(is_main).map(|(name, _)| name.clone())
    });
    match second {
        None => Ok(()),
        Some(name) => {
            let message = format!("the database is attached to itself, as `{name}`");
            Err(Error::new(codes::GUARD, message)
                .help("Take the statement out: under its own name it is open already."))
        }
    }
}

/// Whether two paths name one file, by a link of either kind too.
fn is_one_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = |path: &Path| std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        if let (Some(one), Some(other)) = (identity(one), identity(other)) {
            return one == other;
        }
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

pub(super) async fn inspect(database: &mut SqliteDatabase<'_>) -> Result<Schema> {
    let inspected = terrane_sqlite::inspect::inspect(database.connection())
        .await
        .map_err(refusal)?;
    Ok(inspected.schema)
}

/// What is wrong with a file that SQLite cannot open, where the file itself tells.
fn why_not_opened(file: &Path, mode: OpenMode) -> Option<&'static str> {
    if file.is_dir() {
        return Some("it is a folder");
    }
    if file.is_file() {
        let mut start = [0; 16];
        let read = std::fs::File::open(file).and_then(|mut opened| std::io::Read::read_exact(&mut opened, &mut start));
        return (read.is_ok() && start != *b"SQLite format 3\0").then_some("the file is no SQLite database");
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.exists()) {
        return Some("its folder is not there");
    }
    (mode == OpenMode::Write).then_some("it is not there, and cannot be made")
}

/// What SQLite misses, if it is what an app registers with its connections.
pub(super) fn lacks(error: &Error) -> Option<Lack> {
    let message = &error.diagnostics.first()?.message;
    match message.split_once("no such collation sequence: ") {
        Some((_, name)) => Some(Lack::Collation(name.to_owned())),
        None => is_of_the_app(message).then_some(Lack::Function),
    }
}

/// What the server said, as an error of ours.
pub(super) fn refusal(error: SqliteError) -> Error {
    if error.is_not_let() {
        return would_end().caused_by(error);
    }
    if error.is_busy() {
        let message = "the database is locked: another program is writing to it";
        return Error::new(codes::LOCKED, message)
            .help("Run it again when the other program is done, or wait longer with `lock_timeout`.")
            .caused_by(error);
    }
    if error.is_read_only() {
        return Error::new(codes::READ_ONLY, "the database cannot be written: it is read-only")
            .help("Check the permissions of the file and of its folder.")
            .caused_by(error);
    }
    // The name that a table has during its rebuild is nobody's business.
    let message = error.message().replace("_terrane_rebuild_", "");
    let told = Error::new(codes::DATABASE, message.clone());
    match is_of_the_app(&message) {
        true => told
            .help("The app registers it with its own connections: migrate there, with `terrane::Migrator`.")
            .caused_by(error),
        false => told.caused_by(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_several_statements_is_refused() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut database = scratch().await.unwrap();
            for (sql, at) in [(["SELECT 1", "SELECT 2; SELECT 3"], 1), (["SELECT 1 /*", "*/ + 1"], 1)] {
                let (found, error) = database.say(&sql, Within::Scratch, |_| ()).await.unwrap_err();
                assert_eq!((found, error.diagnostics[0].code), (at, codes::HELD_SEVERAL), "{sql:?}");
            }
            let trigger = "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT ';'; END";
            let fine = ["CREATE TABLE t (a DEFAULT ';')", trigger, "INSERT INTO t VALUES (1)"];
            database.say(&fine, Within::Scratch, |_| ()).await.unwrap();
        });
    }

    #[test]
    fn a_setting_that_does_not_take_is_no_setting() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut database = scratch().await.unwrap();
            database.set("PRAGMA foreign_keys=OFF").await.unwrap();
            database.execute("BEGIN").await.unwrap();
            let error = database.set("PRAGMA foreign_keys=ON").await.unwrap_err();
            assert!(error.to_string().contains("foreign_keys=ON"), "{error}");
        });
    }
}
