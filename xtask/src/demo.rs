//! `cargo xtask demo`: the main job, on a fresh copy of the example project.

use std::fs;
use std::io;
use std::path::Path;

use crate::Outcome;
use crate::process::{cargo, line, program, root, run as run_command, target};

/// The example's configuration, from the folder of the examples.
const CONFIG: &str = "poser/app/terrane.toml";

/// What is shown, in order.
const COMMANDS: &[&[&str]] = &[&["upgrade", "heads"], &["current"], &["history"], &["tables"]];

pub(crate) fn run() -> Outcome {
    run_command(cargo().args(["build", "--quiet", "--package", "terrane-cli"]))?;
    let copy = target().join("demo");
    fresh_copy(&root().join("examples"), &copy)
        .map_err(|error| format!("the examples could not be copied: {error}"))?;
    let terrane = target()
        .join("debug")
        .join(format!("terrane{}", std::env::consts::EXE_SUFFIX));
    let config = copy.join(CONFIG);
    let shown = config.strip_prefix(root()).unwrap_or(&config);
    for words in COMMANDS {
        let mut command = program(&terrane);
        command.arg("-c").arg(shown).args(*words);
        println!(
            "\n$ {}",
            line(&command).replacen(&terrane.to_string_lossy().into_owned(), "terrane", 1)
        );
        run_command(&mut command)?;
    }
    println!(
        "\nThe project and its database are in {}; try it with the commands above.",
        shown.parent().unwrap_or(shown).display()
    );
    Ok(())
}

fn fresh_copy(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    copy_folder(from, to)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if !is_database(&target) {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A database that somebody left behind in the examples would not make a fresh start.
fn is_database(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [".db", ".db-wal", ".db-shm", ".db-journal"]
        .iter()
        .any(|ending| name.ends_with(ending))
}
