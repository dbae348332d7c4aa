//! The chores of this repository, as `cargo xtask CHORE`.
//!
//! Nothing but the standard library, so that it compiles in a moment on a fresh machine.
#![expect(clippy::print_stdout, reason = "a chore talks to the person who runs it")]

mod bench;
mod demo;
mod docs;
mod postgres;
mod process;
mod python;
mod setup;
mod source;
mod test;
mod throwaway;
mod tidy;
mod tree;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask CHORE

  demo             upgrade the example project's two layers on a SQLite file, and show the result
  test [ARGS…]     set up what is missing and run every test; with ARGS, only `cargo nextest run ARGS…`;
                   `--with-python` first installs the Python packages that tests hold Terrane against
  tidy             check the structure of the sources: floors, sizes, names, codes, forgotten files
  docs             write the generated pages of docs/reference
  bench [NAME…]    time commands beside their floors; with NAME, one, or all of that beginning: `bench compile` times
                   the compiler on the example, which takes minutes; options: --runs N, --dir DIR";

/// What a chore ends with: nothing to say, or why it failed.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let chore = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    match run(&chore, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: &str, rest: &[String]) -> Outcome {
    match chore {
        "demo" => demo::run(),
        "test" => test::run(rest),
        "tidy" => tidy::run(),
        "docs" => docs::run(),
        "bench" => bench::run(rest),
        "" | "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        unknown => Err(format!("no chore is called `{unknown}`\n\n{USAGE}")),
    }
}
