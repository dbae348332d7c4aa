//! The app's own program, which has the layers compiled in: the installed `terrane` lets `cargo` build and run it.

use crate::args::{Args, Command};
use crate::built::executable;
use crate::commands::alembic;
use crate::exit::Exit;
use crate::render;
use std::ffi::OsString;
use std::io::{BufReader, IsTerminal};
use std::path::PathBuf;
use std::process;
use terrane::core::diagnostic::codes;
use terrane::{Config, Error, Layer, Program, Result};

/// Set for the program that is run, which is not to look for another.
const DELEGATED: &str = "TERRANE_DELEGATED";

/// Runs the app's program where the configuration names one, with the same arguments; nothing, where this program is the
/// one to do it.
pub(crate) fn instead(args: &Args, arguments: &[OsString], layers: &[Layer]) -> Result<Option<Exit>> {
    let needs_no_layers = matches!(
        args.command,
        Command::Init(_)
            | Command::Explain(_)
            | Command::Completions(_)
            | Command::Diff(_)
            | Command::Entities(_)
            | Command::Inspect(_)
    );
    if !layers.is_empty() || needs_no_layers || !args.config.exists() || alembic::is_meant(args) {
        return Ok(None);
    }
    let config = Config::load(&args.config)?;
    let Some(program) = &config.program else {
        return Ok(None);
    };
    if std::env::var_os(DELEGATED).is_some() {
        let message = format!("the program that `{}` names has no layers", config.source.name());
        return Err(Error::new(codes::BAD_CONFIG, message)
            .help("Let its `main` be `terrane_cli::main([rattail::layer(), poser::layer()])`."));
    }
    run(program, arguments).map(Some)
}

/// What `cargo` ends with where the program does not compile, and what a program ends with that panics.
const FAILED: i32 = 101;

fn run(program: &Program, arguments: &[OsString]) -> Result<Exit> {
    let own = arguments.iter().skip(1);
    let Some(bin) = &program.bin else {
        // Which of several binaries is meant, Cargo knows.
        let mut command = cargo(program, "run");
        let status = command.arg("--").args(own).env(DELEGATED, "1").status();
        let status = status.map_err(no_cargo)?;
        return match status.code() {
            Some(FAILED) => Err(failed(program)?),
            _ => ended(program, status),
        };
    };
    let mut command = process::Command::new(build(program, bin)?);
    let status = command.args(own).env(DELEGATED, "1").status().map_err(|error| {
        let message = format!("the app's program cannot be run: {error}");
        Error::new(codes::PROGRAM, message).help("Look at the binary that Cargo made.")
    })?;
    ended(program, status)
}

/// Has `cargo` build the program, which says what it has to say once; where the program is.
fn build(program: &Program, bin: &str) -> Result<PathBuf> {
    let format = match std::io::stderr().is_terminal() {
        true => "--message-format=json-diagnostic-rendered-ansi",
        false => "--message-format=json",
    };
    let mut command = cargo(program, "build");
    let mut child = command
        .arg(format)
        .stdout(process::Stdio::piped())
        .spawn()
        .map_err(no_cargo)?;
    let messages = child.stdout.take().map(BufReader::new);
    let found = messages.and_then(|messages| executable(messages, bin, render::compiler));
    let built = child.wait().map_err(no_cargo)?;
    if !built.success() {
        return Err(unbuilt(program));
    }
    found.ok_or_else(|| {
        let message = format!("Cargo made no binary `{bin}` of `{}`", program.manifest.display());
        Error::new(codes::PROGRAM, message).help("Correct `bin` of `[program]`.")
    })
}

/// How the program ended.
fn ended(program: &Program, status: process::ExitStatus) -> Result<Exit> {
    match status.code() {
        Some(FAILED) => Err(panicked(program)),
        Some(code) => Ok(Exit::of(code)),
        None => {
            let by = signal(status)
                .map(|signal| format!(" by signal {signal}"))
                .unwrap_or_default();
            Err(died(format!("the app's program was ended{by}")))
        }
    }
}

/// `cargo` about to do something with the program.
fn cargo(program: &Program, what: &str) -> process::Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = process::Command::new(cargo);
    // What an outer Cargo says of its own package would be taken for a change by build scripts that look at these names
    // (ring's does), and all that depends on them would be built again.
    let is_of_package = |name: &str| {
        name == "OUT_DIR"
            || ["CARGO_PKG_", "CARGO_MANIFEST"]
                .iter()
                .any(|start| name.starts_with(start))
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_package(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.arg(what);
    // Where somebody sits and waits, Cargo shows how far it is; elsewhere it would only fill a log.
    if !std::io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    command.arg("--manifest-path").arg(&program.manifest);
    if let Some(package) = &program.package {
        command.args(["--package", package]);
    }
    if let Some(bin) = &program.bin {
        command.args(["--bin", bin]);
    }
    if !program.features.is_empty() {
        command.arg("--features").arg(program.features.join(","));
    }
    let flags = [("--release", program.release), ("--locked", program.locked)];
    command.args(flags.iter().filter(|(_, is_on)| *is_on).map(|(flag, _)| flag));
    command.args(&program.arguments);
    command
}

fn no_cargo(error: std::io::Error) -> Error {
    let message = format!("cannot run `cargo`, which builds the app's program: {error}");
    Error::new(codes::PROGRAM, message).help("Install a Rust toolchain, or run the app's own program instead.")
}

/// Which of the two it was: whether the program builds, is asked of `cargo` alone. What it has to say of that, it said the
/// first time.
fn failed(program: &Program) -> Result<Error> {
    let mut build = cargo(program, "build");
    build.stdout(process::Stdio::null()).stderr(process::Stdio::null());
    Ok(match build.status().map_err(no_cargo)?.success() {
        true => panicked(program),
        false => unbuilt(program),
    })
}

fn panicked(program: &Program) -> Error {
    let manifest = program.manifest.display();
    died(format!("the app's program ran, and ended in a panic: `{manifest}`"))
}

fn unbuilt(program: &Program) -> Error {
    let message = format!("the app's program does not build: `{}`", program.manifest.display());
    Error::new(codes::PROGRAM, message).help("Mend what the compiler says above; nothing was run.")
}

fn died(message: String) -> Error {
    Error::new(codes::PROGRAM_DIED, message)
        .help("Mend what it says above.")
        .help("A step that was not committed is undone by the database; `terrane current` says where it stands.")
}

#[cfg(unix)]
fn signal(status: process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: process::ExitStatus) -> Option<i32> {
    None
}
