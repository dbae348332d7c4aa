//! The closing words of a test run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::Outcome;

/// How the stages went, and what could not run.
#[derive(Default)]
pub(super) struct Summary {
    stages: Vec<Stage>,
    not_run: Vec<String>,
}

struct Stage {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

impl Summary {
    /// Notes how a stage went.
    pub(super) fn stage(&mut self, name: &'static str, outcome: Outcome, took: Duration) {
        self.stages.push(Stage { name, outcome, took });
    }

    /// Takes the tests' own reports, a line each.
    pub(super) fn not_run(&mut self, report: &str) {
        self.not_run = report
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect();
    }

    /// Whether all stages passed.
    pub(super) fn outcome(&self) -> Outcome {
        let failed: Vec<&str> = self
            .stages
            .iter()
            .filter(|stage| stage.outcome.is_err())
            .map(|stage| stage.name)
            .collect();
        if failed.is_empty() {
            Ok(())
        } else {
            Err(format!("failed: {}", failed.join(", ")))
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Stage { name, outcome, took } in &self.stages {
            let word = if outcome.is_ok() { "passed" } else { "FAILED" };
            writeln!(f, "{name}: {word} in {:.1} s", took.as_secs_f64())?;
        }
        write!(f, "not run: {}", self.not_run.len())?;
        let mut counts = BTreeMap::new();
        for line in &self.not_run {
            *counts.entry(line).or_insert(0) += 1;
        }
        for (line, count) in counts {
            let times = if count > 1 {
                format!(" ({count} times)")
            } else {
                String::new()
            };
            write!(f, "\n  {line}{times}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_run_is_counted_and_named() {
        let mut summary = Summary::default();
        summary.stage("tests", Ok(()), Duration::from_millis(1500));
        summary.not_run("b: no sqlite3 shell\n\na: no server\nb: no sqlite3 shell\n");
        assert_eq!(
            summary.to_string(),
            "tests: passed in 1.5 s\nnot run: 3\n  a: no server\n  b: no sqlite3 shell (2 times)"
        );
    }

    #[test]
    fn a_stage_that_failed_fails_the_run() {
        let mut summary = Summary::default();
        summary.stage("tests", Err("no".to_owned()), Duration::ZERO);
        summary.stage("doc tests", Ok(()), Duration::ZERO);
        assert_eq!(summary.outcome(), Err("failed: tests".to_owned()));
        assert!(summary.to_string().starts_with("tests: FAILED in 0.0 s\n"));
    }
}
