//! Questions whose answers a step must not make worse.

use super::Executor;
use crate::error::Result;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Probe, Verdict};

/// The answers to probes before a step; where there is no number, the question made no sense then.
pub(super) type Baseline = Vec<Option<usize>>;

impl Executor<'_, '_> {
    pub(super) async fn ask_all(&mut self, probes: &[Probe]) -> Result<Baseline> {
        let mut answers = Vec::with_capacity(probes.len());
        for probe in probes {
            answers.push(self.database.answer(&probe.sql).await?.ok());
        }
        Ok(answers)
    }

    pub(super) async fn verify(&mut self, probes: &[Probe], baseline: Baseline) -> Result<()> {
        let mut diagnostics = Vec::new();
        for (probe, before) in probes.iter().zip(baseline) {
            // What made no sense before the step cannot be worse after it.
            let Some(before) = before else { continue };
            let subject = &probe.subject;
            let worse = |message: String, help: &str| {
                Diagnostic::error(codes::WORSE_THAN_BEFORE, message).help(help.to_owned())
            };
            match (probe.verdict, self.database.answer(&probe.sql).await?) {
                (Verdict::NoMoreRows, Ok(after)) if after > before => {
                    let count = after - before;
                    let row = if count == 1 { "row of" } else { "rows of" };
                    diagnostics.push(worse(
                        format!("{count} {row} `{subject}` would refer to nothing"),
                        "Mend or delete those rows in the revision, before the statement that needs it.",
                    ));
                }
                (Verdict::NoMoreRows, Err(reason)) => diagnostics.push(worse(
                    format!("the references of `{subject}` could no longer be checked: {reason}"),
                    "Let the columns that are referred to stay a key.",
                )),
                (Verdict::StillRuns, Err(reason)) => diagnostics.push(worse(
                    format!("view `{subject}` would no longer run: {reason}"),
                    "Drop the view in the revision, and create it again as it should be.",
                )),
                (Verdict::NoMoreRows | Verdict::StillRuns, Ok(_)) => {}
            }
        }
        if diagnostics.is_empty() {
            Ok(())
        } else {
            Err(diagnostics.into())
        }
    }
}
