//! Rows of other layers that a step wrote: warned of, or refused, and written into the ledger.

use super::Executor;
use crate::config::ForeignRows;
use crate::error::Result;
use crate::guard::{self, Written};
use std::collections::BTreeSet;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::plan::PlanStep;

/// What to do about rows that the configuration has refused.
pub(crate) const ROWS_ARE_REFUSED: &str =
    "The configuration says `rows = \"refuse\"`. Take it out of the revision, or name the table in a `Touches:` line.";

impl Executor<'_, '_> {
    /// Warns of rows of other layers that were written, or refuses it, as the configuration says. What the plan has said is
    /// not said again.
    pub(super) fn tell_rows(&mut self, step: &PlanStep, written: Vec<Written>) -> Result<()> {
        let refuses = self.project.config.rows == ForeignRows::Refuse;
        let told = written.iter().filter(|one| {
            !guard::is_waived(step, &one.name.to_string()) && (refuses || !step.tables.contains(&one.name))
        });
        let mut diagnostics = Vec::new();
        for one in told {
            let message = one.message(&step.layer);
            match refuses {
                true => diagnostics.push(Diagnostic::error(codes::FOREIGN_ROWS, message).help(ROWS_ARE_REFUSED)),
                false => self
                    .observer
                    .warning(&Diagnostic::warning(codes::FOREIGN_ROWS, message).help(format!(
                        "Nothing is stopped; make sure that `{}` expects it.",
                        one.owner
                    ))),
            }
        }
        if !diagnostics.is_empty() {
            return Err(diagnostics.into());
        }
        self.writing = written;
        Ok(())
    }

    /// What the ledger says of it, one a line; nothing, where there is none.
    pub(super) fn rows_written(&self) -> Option<String> {
        let all: BTreeSet<&Written> = self.written.iter().chain(&self.writing).collect();
        let lines: Vec<String> = all.into_iter().map(Written::to_string).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
