//! The command line of poser: all of Terrane, with the layers of this app in it.

use std::process::ExitCode;

fn main() -> ExitCode {
    terrane_cli::main([rattail::layer(), poser::layer()])
}
