//! A statement that no transaction takes.
//!
//! That it begins is written before, and that it is done after. Whoever finds the one without the other asks the catalog
//! which of the two it was; and what a broken attempt left is cleared away, by the run that broke off or by the next.

use super::Executor;
use super::waits::Attempts;
use crate::error::{Error, Result};
use crate::ledger;
use std::time::Instant;
use terrane_core::diagnostic::codes;
use terrane_core::dialect::{FOUND, Recovery};
use terrane_core::plan::PlanStep;
use terrane_core::sql::quote_string;

impl Executor<'_, '_> {
    /// Runs a statement that is a transaction by itself. False, if it is not its turn.
    pub(super) async fn alone(&mut self, step: &PlanStep, at: usize, begun: Instant) -> Result<bool> {
        let sql = step.statements[at].action.sql();
        let recovery = self.database.dialect().recovery(sql);
        self.judge_target(step, at).await?;
        if recovery == Recovery::default() {
            // It is none the worse for running twice.
            self.run_alone(step, at).await?;
            return self.noted(step, at..at + 1, begun).await;
        }
        let Some(part) = self.take_up(step, at..at + 1).await? else {
            return Ok(false);
        };
        // What was there before is in the books of the run that began, or is asked for now.
        let found = if part.doubtful {
            ledger::found(self.database).await?
        } else {
            self.value(recovery.found.as_deref()).await?
        };
        if !part.doubtful {
            let noted = ledger::finds(found.as_deref());
            self.write_books_with(step, begun, part.begins(), &noted).await?;
        } else {
            self.roll_back().await;
        }
        let recovery = with(recovery, found.as_deref());
        let mut ran = false;
        if part.doubtful {
            self.clear_debris(&recovery).await?;
            ran = self.is_done(&recovery).await? == Some(true);
        }
        if !ran {
            self.attempt_alone(step, at, &recovery).await?;
        }
        self.noted(step, at..at + 1, begun).await
    }

    /// The one value of a query, if there is a query.
    async fn value(&mut self, question: Option<&str>) -> Result<Option<String>> {
        let Some(question) = question else { return Ok(None) };
        let rows = self.database.rows(question).await?;
        Ok(rows.into_iter().next().and_then(|row| row.into_iter().next().flatten()))
    }

    /// Waits until nobody else is at work on the same, as long as there is patience.
    async fn wait_for_others(&mut self, step: &PlanStep, recovery: &Recovery) -> Result<()> {
        let Some(question) = &recovery.busy else { return Ok(()) };
        let mut attempts = Attempts::new();
        while !self.database.rows(question).await?.is_empty() {
            let Some(pause) = attempts.pause(self.project.config.waits) else {
                let message = "could not get the lock: somebody else builds an index on the same table";
                return Err(Error::new(codes::LOCKED, message).help("Run it again when the others are done."));
            };
            self.observer.step_waits(step, attempts.made(), &[]);
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    async fn attempt_alone(&mut self, step: &PlanStep, at: usize, recovery: &Recovery) -> Result<()> {
        self.wait_for_others(step, recovery).await?;
        if let Err(error) = self.run_alone(step, at).await {
            // What cannot be cleared away now, since the connection is gone, is by the next run.
            let _later = self.clear_debris(recovery).await;
            return Err(error);
        }
        if self.is_done(recovery).await? == Some(false) {
            let message = "the server says that a statement ran, and it did not do its work: what is there of that name is \
                           something else";
            return Err(super::point_at(Error::new(codes::BROKEN_OFF, message), step, at)
                .help("Look at what has that name, and drop or rename it."));
        }
        Ok(())
    }

    async fn run_alone(&mut self, step: &PlanStep, at: usize) -> Result<()> {
        let Some(limit) = self.database.wait_outside(self.project.config.waits.patience) else {
            return self.outside(step, at).await;
        };
        if let Some(settings) = self.database.settings_outside().await? {
            self.database.execute(&settings).await?;
        }
        self.database.execute(&limit).await?;
        let ran = self.outside(step, at).await;
        let reset = self.database.execute("RESET lock_timeout").await;
        ran.and(reset)
    }

    /// Clears away what a broken attempt left, if there is any.
    async fn clear_debris(&mut self, recovery: &Recovery) -> Result<()> {
        let Some(question) = &recovery.debris else {
            return Ok(());
        };
        let rows = self.database.rows(question).await?;
        for sql in rows.iter().flatten().flatten() {
            self.observer.statement_begins(sql);
            self.database.execute(sql).await?;
        }
        Ok(())
    }

    async fn is_done(&mut self, recovery: &Recovery) -> Result<Option<bool>> {
        match &recovery.done {
            Some(question) => Ok(Some(!self.database.rows(question).await?.is_empty())),
            None => Ok(None),
        }
    }
}

/// The questions, once it is known what there was before.
fn with(recovery: Recovery, found: Option<&str>) -> Recovery {
    let found = found.map_or_else(|| "NULL".to_owned(), quote_string);
    let with = |question: Option<String>| question.map(|question| question.replace(FOUND, &found));
    Recovery {
        found: None,
        busy: recovery.busy,
        done: with(recovery.done),
        debris: with(recovery.debris),
    }
}
