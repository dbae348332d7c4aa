//! Saying somebody else's statements, so that each is one to the server as well.
//!
//! The driver runs a text statement by statement to its end. Between two of them there is a semicolon, so a text without
//! one is one statement at most; and how many there were is counted.

use crate::connect::{Database, Error, summary};
use futures_util::TryStreamExt;
use sqlx::AssertSqlSafe;

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
    /// # Errors
    /// The one of that number is refused, or is none; those before it have run.
    pub async fn say(&mut self, statements: &[&str], mut begins: impl FnMut(usize)) -> Result<(), (usize, Failure)> {
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
