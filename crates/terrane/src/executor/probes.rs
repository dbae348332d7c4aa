//! What must be no worse after a step than before it.

use super::Executor;
use crate::error::Result;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Probe, Verdict};
use terrane_core::plan::PlanStep;

/// The answers to probes before a step; none, where the question made no sense then.
pub(crate) type Baseline = Vec<Option<Answer>>;

#[derive(Debug)]
pub(crate) enum Answer {
    /// How many rows.
    Rows(usize),
    /// Tables with keys that refer to nothing, each with what they refer to.
    Keys(Vec<Vec<Option<String>>>),
}

impl Executor<'_, '_> {
    pub(super) async fn ask_all(&mut self, probes: &[Probe]) -> Result<Baseline> {
        let mut answers = Vec::with_capacity(probes.len());
        for probe in probes {
            let answer = match probe.verdict {
                Verdict::NoMoreKeys => Some(Answer::Keys(self.database.rows(probe.first()).await?)),
                _ => self.database.answer(probe.first()).await?.ok().map(Answer::Rows),
            };
            answers.push(answer);
        }
        Ok(answers)
    }

    /// Asks again, and refuses what is worse. Whatever broke first is told at the statement that broke it.
    pub(super) async fn verify(&mut self, step: &PlanStep, probes: &[Probe], baseline: Baseline) -> Result<()> {
        let mut diagnostics = Vec::new();
        for (probe, before) in probes.iter().zip(baseline) {
            // What made no sense before the step cannot be worse after it.
            let worse = match before {
                None => Vec::new(),
                Some(Answer::Rows(before)) => {
                    let after = self.database.answer(&probe.sql).await?;
                    worse(probe, before, after).into_iter().collect()
                }
                Some(Answer::Keys(before)) => loose_keys(&before, &self.database.rows(&probe.sql).await?),
            };
            for (message, help) in worse {
                let mut diagnostic = Diagnostic::error(codes::WORSE_THAN_BEFORE, message).help(help.to_owned());
                if let (Some(source), Some(span)) = (&step.source, step.spans.get(probe.op)) {
                    diagnostic = diagnostic.at(source, *span, "");
                }
                diagnostics.push(diagnostic);
            }
        }
        if diagnostics.is_empty() {
            Ok(())
        } else {
            Err(diagnostics.into())
        }
    }
}

/// What is worse, and what to do about it.
type Worse = (String, &'static str);

fn worse(probe: &Probe, before: usize, after: std::result::Result<usize, String>) -> Option<Worse> {
    let subject = &probe.subject;
    Some(match (probe.verdict, after) {
        (Verdict::NoMoreRows, Ok(after)) if after > before => {
            let count = after - before;
            let row = if count == 1 { "row of" } else { "rows of" };
            (
                format!("{count} {row} `{subject}` would refer to nothing"),
                "Mend or delete those rows in the revision, before the statement that needs it.",
            )
        }
        (Verdict::NoMoreRows, Err(reason)) => (
            format!("the references of `{subject}` could no longer be checked: {reason}"),
            "Let the columns that are referred to stay a key.",
        ),
        (Verdict::StillRuns, Err(reason)) => (
            format!("view `{subject}` would no longer run: {reason}"),
            "Drop the view in the revision, and create it again as it should be.",
        ),
        (Verdict::StillWrites, Err(reason)) => (
            format!("`{subject}` could no longer be written, for what its triggers do: {reason}"),
            "Drop the trigger that says so in the revision, and create it again as it should be.",
        ),
        _ => return None,
    })
}

fn loose_keys(before: &[Vec<Option<String>>], after: &[Vec<Option<String>>]) -> Vec<Worse> {
    let new = after.iter().filter(|key| !before.contains(key));
    let name = |key: &[Option<String>], at: usize| key.get(at).cloned().flatten().unwrap_or_default();
    new.map(|key| {
        (
            format!(
                "a foreign key of `{}` would refer to `{}`, which is not there",
                name(key, 0),
                name(key, 1)
            ),
            "Drop the foreign key first, or keep what it refers to: each write to the table would fail.",
        )
    })
    .collect()
}
