//! Saying somebody else's statements, so that each is one to the server as well.
//!
//! The driver runs a text statement by statement to its end. Between two of them there is a semicolon, so a text without
//! one is one statement at most; and how many there were is counted.

use crate::connect::{Database, Error, summary};
use crate::whole;
use futures_util::TryStreamExt;
use sqlx::AssertSqlSafe;
use terrane_core::sql::{Token, TokenKind, tokenize, unquote};

/// Why a statement came to nothing.
#[derive(Debug)]
pub enum Failure {
    /// SQLite refuses it.
    Refused(Error),
    /// It is several, or with the next one it is another.
    Several,
}

impl Database<'_> {
    /// Runs statements one after the other, many of them in one go: the driver works on another thread, and to hand over
    /// each by itself takes longer than most of them do. `begins` hears of each that is about to run, as far as is known
    /// here.
    ///
    /// An ALTER TABLE at which SQLite stops for something else that it cannot read is run all the same, where nothing that
    /// reads the table is passed over.
    ///
    /// # Errors
    /// The one of that number is refused, or is none; those before it have run.
    pub async fn say(&mut self, statements: &[&str], mut begins: impl FnMut(usize)) -> Result<(), (usize, Failure)> {
        let mut done = 0;
        loop {
            let Err((of, failure)) = self.say_all(&statements[done..], |at| begins(done + at)).await else {
                return Ok(());
            };
            let at = done + of;
            if !self.may_pass_over(statements[at], &failure).await {
                return Err((at, failure));
            }
            self.say_unread(statements[at]).await.map_err(|failure| (at, failure))?;
            done = at + 1;
        }
    }

    async fn may_pass_over(&mut self, sql: &str, failure: &Failure) -> bool {
        let Failure::Refused(error) = failure else { return false };
        let Some(table) = stopped_by_another(sql, error) else {
            return false;
        };
        let may = whole::may_pass_over(self, &table, &error.message()).await;
        may.unwrap_or(false)
    }

    /// With the switch on, ALTER TABLE leaves as it is what it cannot read (sqlite3/alter.c, renameTestSchema).
    async fn say_unread(&mut self, sql: &str) -> Result<(), Failure> {
        self.execute("PRAGMA writable_schema=ON")
            .await
            .map_err(Failure::Refused)?;
        let said = self.say_together(&[sql], |_| ()).await.map_err(|(_, failure)| failure);
        let off = self.execute("PRAGMA writable_schema=OFF").await;
        said.and(off.map_err(Failure::Refused))
    }

    async fn say_all(&mut self, statements: &[&str], mut begins: impl FnMut(usize)) -> Result<(), (usize, Failure)> {
        let mut at = 0;
        while let Some(rest) = statements.get(at..).filter(|rest| !rest.is_empty()) {
            let together = rest.iter().take_while(|sql| !sql.contains(';')).count().max(1);
            let ran = self.say_together(&rest[..together], |of| begins(at + of)).await;
            ran.map_err(|(of, failure)| (at + of, failure))?;
            at += together;
        }
        Ok(())
    }

    async fn say_together(
        &mut self,
        statements: &[&str],
        mut begins: impl FnMut(usize),
    ) -> Result<(), (usize, Failure)> {
        let script = match statements {
            [one] => (*one).to_owned(),
            several => script(several),
        };
        let mut events = sqlx::raw_sql(AssertSqlSafe(script)).fetch_many(self.connection());
        let last = statements.len() - 1;
        let mut done = 0;
        begins(done);
        loop {
            match events.try_next().await {
                Ok(Some(sqlx::Either::Left(_))) => {
                    done += 1;
                    if done <= last {
                        begins(done);
                    }
                }
                Ok(Some(sqlx::Either::Right(_))) => {}
                Ok(None) if done == statements.len() => return Ok(()),
                Ok(None) => return Err((done.min(last), Failure::Several)),
                Err(cause) => {
                    let at = done.min(last);
                    let error = Error::new(summary(statements[at]))(cause);
                    return Err((at, Failure::Refused(error)));
                }
            }
        }
    }
}

/// Statements as one script. SQLite keeps the text of a definition up to its semicolon, so nothing stands between the two
/// but what a comment at the end of the text makes necessary.
fn script(statements: &[&str]) -> String {
    let mut script = String::new();
    for statement in statements {
        script.push_str(statement);
        let may_end_in_comment = statement.lines().next_back().is_some_and(|line| line.contains("--"));
        script.push_str(if may_end_in_comment { "\n;\n" } else { ";\n" });
    }
    script
}

/// The table of an ALTER TABLE that SQLite did not carry out because of something else in the schema: `error in view v: …`.
fn stopped_by_another(sql: &str, error: &Error) -> Option<String> {
    if !error.message().starts_with("error in ") {
        return None;
    }
    let tokens = tokenize(sql, &crate::FLAVOR.lexing).ok()?;
    let words: Vec<&Token> = tokens.iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let is_alter = words.first()?.is_word(sql, "alter") && words.get(1)?.is_word(sql, "table");
    let at = if words.get(3)?.is_symbol(sql, ".") { 4 } else { 2 };
    is_alter.then(|| unquote(words[at].text(sql)).into_owned())
}
