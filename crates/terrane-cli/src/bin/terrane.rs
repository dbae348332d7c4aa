//! The `terrane` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    terrane_cli::main([])
}
