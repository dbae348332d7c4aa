//! The Python packages that Terrane is held against, in an environment under the target folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{program, run, succeeds, target};
use crate::setup::{apt_install, may_install};

/// What is installed, each at the version whose behaviour the tests hold. Their code is never committed.
const PACKAGES: [&str; 5] = [
    "rattail[db]==0.21.3",
    "alembic==1.19.2",
    "SQLAlchemy==1.4.54",
    "psycopg2-binary",
    "setuptools<81",
];

/// The environment, made where it is not there yet or holds other versions.
pub(crate) fn environment() -> Result<PathBuf, String> {
    let folder = target().join("python");
    let mark = folder.join("packages");
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    if !has_venv() && may_install() {
        apt_install(
            "python3-venv",
            "the environment of the packages that tests hold Terrane against",
        );
    }
    println!("setup: installing the Python packages that tests hold Terrane against");
    run(program("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(program(folder.join("bin/pip"))
        .args(["install", "--quiet"])
        .args(PACKAGES))?;
    write(&mark, &wanted)?;
    Ok(folder)
}

/// Debian keeps what an environment is made with in a package of its own.
fn has_venv() -> bool {
    succeeds(program("python3").args(["-c", "import ensurepip, venv"]))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
