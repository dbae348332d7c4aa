//! The command line: arguments in, calls of the library, text out.

mod args;
mod built;
mod commands;
mod exit;
mod graph;
mod panics;
mod place;
mod program;
mod prompt;
mod render;
mod told;
mod view;

pub use exit::Exit;

use args::Args;
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;
use terrane::Layer;
use terrane::core::diagnostic::codes;

/// The whole program of an app, with its layers compiled in:
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     # mod rattail { pub fn layer() -> terrane::Layer { terrane::Layer::new("rattail") } }
///     # mod poser { pub fn layer() -> terrane::Layer { terrane::Layer::new("poser") } }
///     terrane_cli::main([rattail::layer(), poser::layer()])
/// }
/// ```
///
/// `terrane.toml` is read for the database and the rest where it is there; where it is not, the layers suffice, and
/// `--url` or `TERRANE_URL` names the database.
pub fn main(layers: impl IntoIterator<Item = Layer>) -> ExitCode {
    let layers: Vec<Layer> = layers.into_iter().collect();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return render::failure(&format!("cannot start: {error}")).into(),
    };
    runtime.block_on(run(std::env::args_os(), &layers)).into()
}

/// Runs the command line in a program with these layers, and gives the exit code: for a `main` that has a runtime of its
/// own, as an app has that serves and migrates with one program.
///
/// ```no_run
/// # mod poser { pub fn layer() -> terrane::Layer { terrane::Layer::new("poser") } }
/// async fn migrate() -> terrane_cli::Exit {
///     let arguments = ["poser", "upgrade", "heads"].map(Into::into);
///     terrane_cli::run(arguments, &[poser::layer()]).await
/// }
/// ```
///
/// The runtime has to have tokio's time and input enabled. What asks on a terminal, and Cargo where it builds a program,
/// are waited for on the thread that polls.
pub async fn run(arguments: impl IntoIterator<Item = OsString>, layers: &[Layer]) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut args = match Args::try_parse_from(&arguments) {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            render::refused_arguments(&error);
            return Exit::Usage;
        }
        Err(error) => {
            let _ = error.print();
            return Exit::Done;
        }
    };
    args.config = place::config(&args.config);
    match program::instead(&args, &arguments, layers) {
        Ok(Some(exit)) => return exit,
        Ok(None) => {}
        Err(error) => return failed(&args, &error),
    }
    match panics::caught(commands::run(&args, layers)).await {
        Ok(Ok(exit)) => render::unless_lost(exit),
        Ok(Err(error)) => failed(&args, &error),
        Err(panic) => {
            let error = terrane::Error::new(codes::PROGRAM_DIED, panic).help(
                "A step that was not committed is undone by the database; `terrane current` says where it stands.",
            );
            failed(&args, &error)
        }
    }
}

/// Tells people what went wrong, and a program that reads the output as well.
fn failed(args: &Args, error: &terrane::Error) -> Exit {
    if args.command.prints_json() {
        render::json(&told::ErrorView::new(error));
    }
    render::error(error)
}
