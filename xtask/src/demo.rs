//! `cargo xtask demo`: the main job, with the example's two layers on a fresh SQLite file.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::process::{cargo, line, program, root, run as run_command, target};

/// The database, as the programs are told.
const URL: &str = "sqlite:poser.db";

/// What is shown, in order: a program of the example, and its arguments.
const COMMANDS: &[(&str, &[&str])] = &[
    ("poser", &["--url", URL, "upgrade", "heads"]),
    ("poser", &["--url", URL, "current"]),
    ("poser", &["--url", URL, "history", "-r", "poser@head-2:"]),
    ("poser", &["--url", URL, "tables"]),
    ("poser", &["--url", URL, "check"]),
    ("loyalty", &[URL]),
];

pub(crate) fn run() -> Outcome {
    println!("Building the example; that takes some minutes the first time.");
    run_command(cargo().args(["build", "--quiet", "--package", "terrane-cli", "--package", "poser"]))?;
    let folder = target().join("demo");
    fresh(&folder).map_err(|error| format!("{} could not be made: {error}", folder.display()))?;
    let programs = target().join("debug");
    for (name, arguments) in COMMANDS {
        let mut command = command(&programs, &folder, name, arguments);
        println!("\n$ {}", shown(&command));
        run_command(&mut command)?;
    }
    let shown = |path: &Path| path.strip_prefix(root()).unwrap_or(path).display().to_string();
    println!(
        "\nThe programs are in {}, the database is in {}; try them on it.",
        shown(&programs),
        shown(&folder)
    );
    Ok(())
}

fn command(programs: &Path, folder: &Path, name: &str, arguments: &[&str]) -> Command {
    let mut command = program(programs.join(format!("{name}{EXE_SUFFIX}")));
    command.args(arguments).current_dir(folder);
    command
}

/// A command as one would type it, the program without its folder.
fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let line = line(command);
    let rest = line.strip_prefix(&*command.get_program().to_string_lossy());
    name.to_string_lossy().into_owned() + rest.unwrap_or_default()
}

/// An empty folder.
fn fresh(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_typed_and_runs_where_the_database_is() {
        let command = command(Path::new("a folder/debug"), Path::new("demo"), "loyalty", &[URL, "b c"]);
        assert_eq!(shown(&command), "loyalty sqlite:poser.db \"b c\"");
        assert_eq!(command.get_current_dir(), Some(Path::new("demo")));
    }

    #[test]
    fn the_demo_begins_with_nothing() {
        let folder = std::env::temp_dir().join(format!("terrane-demo-{}", std::process::id()));
        fs::create_dir_all(folder.join("old")).unwrap();
        fresh(&folder).unwrap();
        let left = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(left, 0);
    }
}
