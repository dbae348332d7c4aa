//! Running other programs.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Outcome;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    // At run time first: a cached binary may have been compiled in another checkout.
    let manifest = env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    PathBuf::from(manifest)
        .parent()
        .map_or_else(PathBuf::new, PathBuf::from)
}

/// Where Cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The Cargo that runs this chore, in the root of the workspace.
pub(crate) fn cargo() -> Command {
    let mut cargo = program(cargo_program());
    without_package(&mut cargo);
    cargo
}

/// The Cargo that runs this chore.
pub(crate) fn cargo_program() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Takes away what `cargo run` says about xtask: it is not to be taken for what concerns the crates that are built next.
pub(crate) fn without_package(command: &mut Command) {
    for (name, _) in
        env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST"))
    {
        command.env_remove(name);
    }
}

/// A program, started in the root of the workspace.
pub(crate) fn program(name: impl Into<PathBuf>) -> Command {
    let mut command = Command::new(name.into());
    command.current_dir(root());
    command
}

/// Runs a command on this terminal; that it failed is an error which names it.
pub(crate) fn run(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` failed ({status})", line(command))),
        Err(error) => Err(format!("`{}` could not be started: {error}", line(command))),
    }
}

/// Whether a command runs and succeeds; its output goes nowhere.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a command prints, or nothing where it fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| {
        let arg = arg.to_string_lossy();
        if arg.is_empty() || arg.contains(' ') {
            format!("\"{arg}\"")
        } else {
            arg.into_owned()
        }
    }));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_typed() {
        assert_eq!(
            line(Command::new("terrane").args(["revision", "-m", "two words"])),
            "terrane revision -m \"two words\""
        );
    }

    #[test]
    fn a_failure_names_the_command() {
        let why = run(&mut program("no-such-program-here")).unwrap_err();
        assert!(why.starts_with("`no-such-program-here` could not be started"), "{why}");
    }
}
