//! What became of a transaction: it is done, it is not, or nobody knows.
//!
//! That something was rolled back is said where the server rolled it back. Where the answer to a commit was lost, the server
//! is asked again, on another connection; and a transaction that a statement ended is looked for by its id.

use super::Executor;
use crate::database::{Leaves, OpenMode};
use crate::error::Error;
use crate::ledger::{self, Progress};
use std::time::Duration;
use terrane_core::diagnostic::codes;
use terrane_core::plan::PlanStep;
use terrane_core::sql::quote_string;

/// A transaction of a step, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Course {
    /// Its id, where the server tells one.
    pub(super) transaction: Option<String>,
    /// Whether other transactions of the step are done already, so that it has its place in the books.
    pub(super) is_further: bool,
    /// The statement at which it stopped.
    stopped: usize,
    /// How many statements of the step were done with it, once it was to be committed.
    committing: Option<usize>,
    fate: Fate,
    /// Whether it went on on another connection.
    is_elsewhere: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Fate {
    /// Nothing of it stays.
    #[default]
    NotDone,
    /// All of it stays.
    Done,
    /// A statement ended it, and what ran before that stays.
    BrokenOut,
    /// The server has not rolled it back yet, and will.
    Ending,
    /// Nobody could be asked.
    Unknown,
}

/// How long a server may take to notice that somebody is gone, before nobody waits for it.
const NOTICES: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl Course {
    /// That of the next transaction.
    pub(super) fn next(&self) -> Course {
        Course {
            is_elsewhere: self.is_elsewhere,
            ..Course::default()
        }
    }

    pub(super) fn commits(&mut self, done: usize) {
        self.committing = Some(done);
    }

    pub(super) fn stopped_at(&mut self, at: usize) {
        self.stopped = at;
    }

    pub(super) fn is_elsewhere(&self) -> bool {
        self.is_elsewhere
    }

    /// Whether something of it stays that should not.
    pub(super) fn stays(&self) -> bool {
        self.fate == Fate::BrokenOut
    }

    /// The end of the sentence that a step failed.
    pub(super) fn after(&self, is_whole: bool) -> &'static str {
        match self.fate {
            Fate::NotDone | Fate::Done if !is_whole => "",
            Fate::NotDone | Fate::Done => "; it was rolled back",
            Fate::BrokenOut => "; what ran before that stays, and the database is marked",
            Fate::Ending => "; it was not committed, and the server has yet to roll it back",
            Fate::Unknown => "; whether it was committed is not known",
        }
    }
}

impl Executor<'_, '_> {
    /// Ends a transaction that failed, or that may have. None, if it was committed after all.
    pub(super) async fn settle(&mut self, error: Error, step: &PlanStep) -> Option<Error> {
        self.course.fate = match self.roll_back().await {
            true => self.left(step).await,
            false => self.look_again(step).await,
        };
        match self.course.fate {
            Fate::Done => None,
            Fate::Unknown => Some(unknown(error)),
            Fate::BrokenOut => Some(self.mark(error, step).await),
            Fate::NotDone | Fate::Ending => Some(error),
        }
    }

    /// Whether it is known to be over. The server may have rolled back by itself, as SQLite does when the disk is full; a
    /// connection that can do neither is given up.
    pub(super) async fn roll_back(&mut self) -> bool {
        let rolled_back = self.database.execute("ROLLBACK").await;
        self.database.allow_commits();
        match rolled_back {
            Ok(()) => true,
            Err(error) if error.to_string().contains("no transaction is active") => self.course.committing.is_none(),
            Err(_) => {
                let _given_up = match self.database.locks_for_long() && self.database.is_own() {
                    true => self.renew().await,
                    false => self.reopen(Leaves::Something).await,
                };
                false
            }
        }
    }

    /// What a transaction left that failed and was rolled back: nothing, unless something else ended it before, a statement or
    /// a function, and what was rolled back was another.
    async fn left(&mut self, step: &PlanStep) -> Fate {
        let Some(id) = self.course.transaction.clone() else {
            return Fate::NotDone;
        };
        let mut status = self.status(&id).await;
        if status.as_deref() == Some("in progress") {
            status = self.roll_back_prepared(&id).await;
        }
        match status.as_deref() {
            Some("aborted") => Fate::NotDone,
            Some("committed") if !step.statements.is_empty() => Fate::BrokenOut,
            // What was prepared and cannot be rolled back is not over.
            Some("in progress") => Fate::BrokenOut,
            _ => Fate::NotDone,
        }
    }

    /// Whether the transaction is still the one that was begun.
    pub(super) async fn is_still_ours(&mut self) -> crate::error::Result<bool> {
        let Some(id) = &self.course.transaction else {
            return Ok(true);
        };
        let sql = "SELECT pg_catalog.pg_current_xact_id_if_assigned()::text";
        let rows = self.database.rows(sql).await?;
        Ok(rows
            .first()
            .and_then(|row| row.first())
            .is_some_and(|found| found.as_ref() == Some(id)))
    }

    /// A fresh connection, with the lock.
    async fn renew(&mut self) -> crate::error::Result<()> {
        if let Some(fresh) = self.project.open(OpenMode::Write).await? {
            *self.database = fresh;
            self.hold = self.database.lock(self.project.config.lock_timeout).await?;
            self.course.is_elsewhere = true;
        }
        Ok(())
    }

    /// Asks the server what became of a transaction whose connection was lost.
    async fn look_again(&mut self, step: &PlanStep) -> Fate {
        let unanswered = match self.course.committing {
            Some(_) => Fate::Unknown,
            // What was not told to commit, the server does not.
            None => Fate::NotDone,
        };
        let Some(id) = self.course.transaction.clone() else {
            return match self.is_in_the_books(step).await {
                Some(true) => Fate::Done,
                Some(false) => Fate::NotDone,
                None => unanswered,
            };
        };
        let mut left = NOTICES.as_millis() / LOOK_AGAIN.as_millis();
        loop {
            match self.status(&id).await.as_deref() {
                Some("committed") if self.course.committing.is_some() => return Fate::Done,
                Some("committed") => return Fate::BrokenOut,
                Some("aborted") => return Fate::NotDone,
                Some("in progress") if left > 0 => {
                    left -= 1;
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Some("in progress") if self.course.committing.is_none() => return Fate::Ending,
                _ => return unanswered,
            }
        }
    }

    /// What the server says of a transaction (manual, `pg_xact_status`).
    async fn status(&mut self, id: &str) -> Option<String> {
        let sql = format!("SELECT pg_catalog.pg_xact_status({}::xid8)", quote_string(id));
        let rows = self.database.rows(&sql).await.ok()?;
        rows.into_iter().next()?.into_iter().next()?
    }

    /// Whether the books say that it was committed.
    async fn is_in_the_books(&mut self, step: &PlanStep) -> Option<bool> {
        let done = self.course.committing?.to_string();
        let rows = ledger::last(self.database).await.ok()?;
        let last = rows.first()?;
        let word = |at: usize| last.get(at).and_then(Option::as_deref);
        let id = step.revision.as_ref().map(ToString::to_string);
        Some(word(0) == id.as_deref() && word(1) == Some(step.direction.word()) && word(2) == Some(&done))
    }

    /// Marks the database, on which a part of a step stays that nobody has judged.
    async fn mark(&mut self, error: Error, step: &PlanStep) -> Error {
        let done = self.course.stopped + 1;
        let progress = Progress {
            done,
            begun: None,
            is_first: !self.course.is_further,
        };
        let mark = self.record(step, Duration::ZERO, progress).broken_out();
        let marked = self.database.note(&mark).await;
        let error = error
            .help(format!(
                "Of its {} statements, {done} have run for good.",
                step.statements.len()
            ))
            .help(
                "Look at what they left, put the database right by hand, and say with `terrane stamp` where it stands.",
            );
        match marked {
            Ok(()) => error,
            Err(cause) => error.help(format!(
                "That the step is to be looked at could not be written down: {cause}."
            )),
        }
    }

    /// A transaction that was prepared waits for its second word, and holds all its locks meanwhile.
    async fn roll_back_prepared(&mut self, id: &str) -> Option<String> {
        let sql = format!(
            "SELECT pg_catalog.format('ROLLBACK PREPARED %L', gid) FROM pg_catalog.pg_prepared_xacts WHERE \
             transaction::text = ({}::bigint % 4294967296)::text",
            quote_string(id)
        );
        let rows = self.database.rows(&sql).await.ok()?;
        for sql in rows.into_iter().flatten().flatten() {
            self.database.execute(&sql).await.ok()?;
        }
        self.status(id).await
    }
}

/// An error of which nobody knows whether it is one.
fn unknown(mut error: Error) -> Error {
    if let Some(first) = error.diagnostics.first_mut() {
        first.code = codes::OUTCOME_UNKNOWN;
        first.help.clear();
    }
    error.help("Look with `terrane current`, once the server answers; then run the command again.")
}
