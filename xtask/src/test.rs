//! `cargo xtask test`: sets up what is missing, runs every test, and says what could not run.

mod summary;
mod workplace;

use std::process::Command;
use std::time::Instant;

use crate::Outcome;
use crate::postgres::Server;
use crate::process::{cargo, run as run_command};
use crate::python;
use crate::setup::{self, Runner};
use summary::Summary;
use workplace::Workplace;

/// The option that installs what the tests with Python need; without it they count as not run.
const WITH_PYTHON: &str = "--with-python";

pub(crate) fn run(args: &[String]) -> Outcome {
    let runner = setup::runner();
    setup::sqlite_shell();
    let mut workplace = Workplace::new()?;
    let server = postgres_server(&mut workplace);
    let (with_python, args): (Vec<&String>, Vec<&String>) = args.iter().partition(|arg| *arg == WITH_PYTHON);
    if !with_python.is_empty() {
        workplace.python = Some(python::environment()?);
    }
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
        stage(&mut summary, "tests", &mut runner.command(&args), &workplace);
    }
    drop(server);
    summary.not_run(&workplace.not_run());
    println!("\n{summary}");
    summary.outcome()
}

/// A server for the tests that need one, thrown away with the run. The environment may name one of its own instead, or say
/// `none`. Tests that find none say themselves that they could not run.
fn postgres_server(workplace: &mut Workplace) -> Option<Server> {
    if std::env::var_os(workplace::POSTGRES).is_some() {
        return None;
    }
    match Server::start(workplace.databases()) {
        Ok(server) => {
            setup::pooler();
            workplace.postgres = Some(server.url().to_owned());
            workplace.programs = Some(server.programs().to_owned());
            Some(server)
        }
        Err(why) => {
            println!("setup: {why}");
            None
        }
    }
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
