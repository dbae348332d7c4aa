//! `cargo xtask test`: sets up what is missing, runs every test, and says what could not run.

mod setup;
mod summary;
mod workplace;

use std::process::Command;
use std::time::Instant;

use crate::Outcome;
use crate::process::{cargo, run as run_command};
use setup::Runner;
use summary::Summary;
use workplace::Workplace;

pub(crate) fn run(args: &[String]) -> Outcome {
    let runner = setup::runner();
    setup::sqlite_shell();
    let workplace = Workplace::new()?;
    let mut summary = Summary::default();
    if args.is_empty() {
        stage(&mut summary, "tests", &mut runner.command(&["--workspace"]), &workplace);
        stage(
            &mut summary,
            "doc tests",
            cargo().args(["test", "--quiet", "--doc", "--workspace"]),
            &workplace,
        );
    } else {
        stage(&mut summary, "tests", &mut runner.command(args), &workplace);
    }
    summary.not_run(&workplace.not_run());
    println!("\n{summary}");
    summary.outcome()
}

/// Runs one kind of tests where the workplace says, and notes how it went.
fn stage(summary: &mut Summary, name: &'static str, command: &mut Command, workplace: &Workplace) {
    let start = Instant::now();
    let outcome = run_command(workplace.tell(command));
    summary.stage(name, outcome, start.elapsed());
}

impl Runner {
    fn command(self, args: &[impl AsRef<str>]) -> Command {
        let mut command = cargo();
        match self {
            Runner::Nextest if std::env::var("CI").is_ok_and(|ci| ci == "true") => {
                command.args(["nextest", "run", "--profile", "ci"])
            }
            Runner::Nextest => command.args(["nextest", "run"]),
            Runner::Cargo => command.args(["test", "--no-fail-fast", "--lib", "--bins", "--tests"]),
        };
        command.args(args.iter().map(AsRef::as_ref));
        command
    }
}
