//! A statement that no transaction takes.
//!
//! That it begins is written before, and that it is done after. Whoever finds the one without the other asks the catalog
//! which of the two it was; and what a broken attempt left is cleared away, by the run that broke off or by the next.

use super::Executor;
use crate::error::{Error, Result};
use std::time::Instant;
use terrane_core::diagnostic::codes;
use terrane_core::dialect::Settling;
use terrane_core::plan::PlanStep;

impl Executor<'_, '_> {
    /// Runs a statement that is a transaction by itself. False, if it is not its turn.
    pub(super) async fn alone(&mut self, step: &PlanStep, at: usize, begun: Instant) -> Result<bool> {
        let sql = step.statements[at].action.sql();
        let settling = self.database.dialect().settling(sql);
        if settling == Settling::default() {
            // It is none the worse for running twice.
            self.run_alone(step, at).await?;
            return self.noted(step, at..at + 1, begun).await;
        }
        let Some(part) = self.take_up(step, at..at + 1).await? else {
            return Ok(false);
        };
        self.write_books(step, begun, part.begins()).await?;
        let cleared = self.clear_debris(&settling).await?;
        let ran = (part.doubtful || cleared) && self.is_done(&settling).await? == Some(true);
        if !ran {
            self.attempt_alone(step, at, &settling).await?;
        }
        self.noted(step, at..at + 1, begun).await
    }

    async fn attempt_alone(&mut self, step: &PlanStep, at: usize, settling: &Settling) -> Result<()> {
        if let Err(error) = self.run_alone(step, at).await {
            // What cannot be cleared away now, since the connection is gone, is by the next run.
            let _later = self.clear_debris(settling).await;
            return Err(error);
        }
        if self.is_done(settling).await? == Some(false) {
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
        self.database.execute(&limit).await?;
        let ran = self.outside(step, at).await;
        let reset = self.database.execute("RESET lock_timeout").await;
        ran.and(reset)
    }

    /// Clears away what a broken attempt left, if there is any.
    async fn clear_debris(&mut self, settling: &Settling) -> Result<bool> {
        let Some(question) = &settling.debris else {
            return Ok(false);
        };
        let rows = self.database.rows(question).await?;
        for sql in rows.iter().flatten().flatten() {
            self.observer.statement_begins(sql);
            self.database.execute(sql).await?;
        }
        Ok(!rows.is_empty())
    }

    async fn is_done(&mut self, settling: &Settling) -> Result<Option<bool>> {
        match &settling.done {
            Some(question) => Ok(Some(!self.database.rows(question).await?.is_empty())),
            None => Ok(None),
        }
    }
}
