//! The command line: arguments in, calls of the library, text out.

mod args;
mod commands;
mod exit;
mod graph;
mod render;
mod view;

pub use exit::Exit;

use args::Args;
use clap::Parser;
use std::ffi::OsString;

/// Runs the command line and gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => return render::failure(&format!("cannot start: {error}")),
    };
    match runtime.block_on(commands::run(&args)) {
        Ok(exit) => render::unless_lost(exit),
        Err(error) => render::error(&error),
    }
}
