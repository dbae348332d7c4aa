//! Saying somebody else's statements, so that each is one to the server as well.
//!
//! A message of the simple protocol may hold several statements, and a text that is read in another way than the server
//! reads it may hide one. So a text goes into such a message only where nothing can hide in it; any other is prepared, which
//! the server does with one statement and no more (manual, "Extended Query"). Whether the transaction is still the one that
//! was begun is asked in the same message.

use crate::connect::{Database, Error};
use futures_util::TryStreamExt;
use sqlx::postgres::{PgQueryResult, PgRow};
use sqlx::{AssertSqlSafe, Either, Row};

/// A statement, with what is set before it.
#[derive(Clone, Copy, Debug)]
pub struct Said<'s> {
    /// A setting of Terrane's own.
    pub before: Option<&'s str>,
    /// The statement.
    pub sql: &'s str,
}

/// What statements run in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Within<'t> {
    /// The transaction with that id, which has to be the same after each of them.
    Transaction(&'t str),
    /// Each in one by itself.
    Nothing,
    /// Each in one by itself, or in one with its neighbours.
    Whatever,
}

/// Why a statement came to nothing.
#[derive(Debug)]
pub enum Failure {
    /// PostgreSQL refuses it.
    Refused(Error),
    /// It ended the transaction.
    BrokeOut,
}

/// Which transaction it is; it has one value, quotes nothing, and means the same whatever the search path is.
pub(crate) const WHICH: &str = "SELECT pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text";

/// So many statements are one message at most.
const AT_ONCE: usize = 200;

impl Database<'_> {
    /// Runs statements one after the other. `begins` hears of each that is about to run, as far as is known here.
    ///
    /// # Errors
    /// The one of that number is refused, or ended the transaction; those behind it have not run.
    pub async fn say(
        &mut self,
        statements: &[Said<'_>],
        within: Within<'_>,
        mut begins: impl FnMut(usize),
    ) -> Result<(), (usize, Failure)> {
        let transaction = match within {
            Within::Transaction(id) => Some(id),
            Within::Nothing | Within::Whatever => None,
        };
        let mut at = 0;
        while at < statements.len() {
            let rest = &statements[at..];
            let together = match within {
                Within::Nothing => 0,
                _ => rest.iter().take(AT_ONCE).take_while(|said| is_plain(said.sql)).count(),
            };
            let first = at;
            let ran = match rest {
                _ if together > 0 => {
                    at += together;
                    self.say_together(&rest[..together], transaction, |of| begins(first + of))
                        .await
                }
                [said, ..] => {
                    at += 1;
                    begins(first);
                    self.say_alone(*said, transaction).await.map_err(|failure| (0, failure))
                }
                [] => Ok(()),
            };
            ran.map_err(|(of, failure)| (first + of, failure))?;
        }
        Ok(())
    }

    /// Statements in one message.
    async fn say_together(
        &mut self,
        statements: &[Said<'_>],
        transaction: Option<&str>,
        mut begins: impl FnMut(usize),
    ) -> Result<(), (usize, Failure)> {
        let mut script = String::new();
        // How many statements of the message are over when one of them is.
        let mut ends = Vec::with_capacity(statements.len());
        let mut count = 0;
        for said in statements {
            if let Some(before) = said.before {
                script.push_str(before);
                script.push_str(";\n");
                count += 1;
            }
            script.push_str(said.sql);
            // A comment at the end of a statement would swallow what follows on its line.
            script.push_str("\n;\n");
            count += 1;
            ends.push(count);
        }
        if transaction.is_some() {
            script.push_str(WHICH);
        }
        let (mut done, mut at) = (0, 0);
        begins(at);
        let mut last = None;
        let heard = |event: Either<PgQueryResult, PgRow>| match event {
            Either::Left(_) => {
                done += 1;
                if at + 1 < ends.len() && done == ends[at] {
                    at += 1;
                    begins(at);
                }
            }
            Either::Right(row) => last = Some(row),
        };
        let ran = self.hear(&script, Protocol::Simple, heard).await;
        ran.map_err(|error| (at, Failure::Refused(error)))?;
        match transaction.is_none() || is_the_same(last.as_ref(), transaction) {
            true => Ok(()),
            false => Err((statements.len() - 1, Failure::BrokeOut)),
        }
    }

    /// One statement, in which something may hide.
    async fn say_alone(&mut self, said: Said<'_>, transaction: Option<&str>) -> Result<(), Failure> {
        let refused = Failure::Refused;
        if let Some(before) = said.before {
            self.execute(before).await.map_err(refused)?;
        }
        // Between two statements there is a semicolon.
        if !said.sql.contains(';') {
            return self.say_whole(said.sql, transaction).await;
        }
        self.hear(said.sql, Protocol::Extended, |_| ()).await.map_err(refused)?;
        if transaction.is_none() {
            return Ok(());
        }
        let rows = self.rows(WHICH).await.map_err(refused)?;
        match is_the_same(rows.first(), transaction) {
            true => Ok(()),
            false => Err(Failure::BrokeOut),
        }
    }

    /// A text without a semicolon. Where something in it is left open, the question behind it has nothing that closes it, so
    /// that neither runs.
    async fn say_whole(&mut self, sql: &str, transaction: Option<&str>) -> Result<(), Failure> {
        let script = match transaction {
            Some(_) => format!("{sql}\n;\n{WHICH}"),
            None => sql.to_owned(),
        };
        let mut last = None;
        let heard = |event| {
            if let Either::Right(row) = event {
                last = Some(row);
            }
        };
        let ran = self.hear(&script, Protocol::Simple, heard).await;
        ran.map_err(Failure::Refused)?;
        match transaction.is_none() || is_the_same(last.as_ref(), transaction) {
            true => Ok(()),
            false => Err(Failure::BrokeOut),
        }
    }

    async fn hear(
        &mut self,
        sql: &str,
        protocol: Protocol,
        mut heard: impl FnMut(Either<PgQueryResult, PgRow>),
    ) -> Result<(), Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        let connection = self.connection();
        let mut events = match protocol {
            Protocol::Simple => sqlx::raw_sql(sql).fetch_many(connection),
            Protocol::Extended => {
                use sqlx::Executor;
                connection.fetch_many(sqlx::query(sql).persistent(false))
            }
        };
        loop {
            match events.try_next().await {
                Ok(Some(event)) => heard(event),
                Ok(None) => return Ok(()),
                Err(cause) => return Err(Error::new("cannot run a statement")(cause)),
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Simple,
    Extended,
}

pub(crate) fn is_the_same(row: Option<&PgRow>, transaction: Option<&str>) -> bool {
    let found = row.and_then(|row| row.try_get_unchecked::<Option<String>, _>(0).ok().flatten());
    found.as_deref() == transaction
}

/// What begins or ends a transaction, by its first word.
const CONTROL: [&str; 10] = [
    "abort",
    "begin",
    "commit",
    "end",
    "prepare",
    "release",
    "rollback",
    "savepoint",
    "set",
    "start",
];

/// Whether a text is one statement however it is read: there is no backslash and no dollar in it, whose meaning depends on
/// settings and on what stands around them; its quotes are closed, and outside of them there are neither semicolons nor
/// comments but those to the end of a line; and it begins with nothing that ends a transaction.
fn is_plain(sql: &str) -> bool {
    let mut bytes = sql.bytes().peekable();
    let mut first = Vec::new();
    let mut first_is_over = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' | b'$' | b';' | 0 => return false,
            b'\'' | b'"' => {
                first_is_over = true;
                loop {
                    match bytes.next() {
                        None | Some(b'\\' | 0) => return false,
                        Some(other) if other == byte => break,
                        Some(_) => {}
                    }
                }
            }
            b'-' if bytes.peek() == Some(&b'-') => {
                first_is_over |= !first.is_empty();
                while bytes.next().is_some_and(|byte| byte != b'\n' && byte != b'\r') {}
            }
            b'/' if bytes.peek() == Some(&b'*') => return false,
            _ if first_is_over => {}
            _ if byte.is_ascii_alphabetic() => first.push(byte.to_ascii_lowercase()),
            _ => first_is_over |= !first.is_empty() || !byte.is_ascii_whitespace(),
        }
    }
    !first.is_empty() && !CONTROL.iter().any(|word| word.as_bytes() == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_in_a_plain_text() {
        for plain in [
            "CREATE TABLE t (a int DEFAULT 'x; y', \"b;\" text)",
            "-- it's made\n  INSERT INTO t VALUES ('it''s')",
            "UPDATE t SET a = 1 -- the end",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in [
            "SELECT E'a\\''",
            "SELECT 'a\\'",
            "SELECT 'open",
            "SELECT $$a$$",
            "SELECT 1 /* a */",
            "SELECT 1; COMMIT",
            "SELECT 1 --\r; COMMIT",
            "  Commit",
            "-- a\nEND",
            "-- a\rABORT",
            "SET LOCAL lock_timeout = 0",
            "",
            "-- nothing",
        ] {
            assert!(!is_plain(other), "{other}");
        }
    }
}
