//! Where the tests put their databases, and where they report what could not run.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use crate::process::{output, program, target};

/// Throwaway databases need no disk; a file system in memory spares them its waits.
const MEMORY: &str = "/dev/shm";

/// What that file system must have free, in kilobytes; containers often give it a few megabytes only.
const ENOUGH: u64 = 256 * 1024;

const PREFIX: &str = "terrane-test-";

/// A fresh folder for databases and a fresh file for reports. The folder goes when this value goes.
pub(super) struct Workplace {
    databases: PathBuf,
    not_run: PathBuf,
    /// The PostgreSQL server of this run.
    pub(super) postgres: Option<String>,
}

/// The variable that names a PostgreSQL server to the tests, or is `none`.
pub(super) const POSTGRES: &str = "TERRANE_POSTGRES";

impl Workplace {
    pub(super) fn new() -> Result<Workplace, String> {
        let parent = if free_kilobytes(MEMORY) >= ENOUGH {
            PathBuf::from(MEMORY)
        } else {
            env::temp_dir()
        };
        sweep(&parent);
        let databases = parent.join(format!("{PREFIX}{}", process::id()));
        let not_run = target().join("not-run");
        fs::create_dir_all(&databases)
            .and_then(|()| fs::create_dir_all(target()))
            .and_then(|()| fs::write(&not_run, ""))
            .map_err(|error| format!("no place for the tests' files: {error}"))?;
        Ok(Workplace {
            databases,
            not_run,
            postgres: None,
        })
    }

    /// Tells a test run where it may work.
    pub(super) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match &self.postgres {
            Some(url) => {
                command.env(POSTGRES, url);
            }
            None if env::var(POSTGRES).is_ok_and(|url| url == "none") => {
                command.env_remove(POSTGRES);
            }
            None => {}
        }
        command
            .env("TERRANE_TMP", &self.databases)
            .env("TERRANE_NOT_RUN", &self.not_run)
    }

    /// Where throwaway databases go.
    pub(super) fn databases(&self) -> &Path {
        &self.databases
    }

    /// What the tests have reported, a line each.
    pub(super) fn not_run(&self) -> String {
        fs::read_to_string(&self.not_run).unwrap_or_default()
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What is left is swept by the next run.
        let _ = fs::remove_dir_all(&self.databases);
    }
}

fn free_kilobytes(folder: &str) -> u64 {
    let table = output(program("df").args(["-Pk", folder])).unwrap_or_default();
    let cells = table.lines().nth(1).unwrap_or_default().split_whitespace();
    cells.skip(3).find_map(|available| available.parse().ok()).unwrap_or(0)
}

/// Removes the folders of runs that were interrupted: those whose process is gone.
fn sweep(parent: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let id = name
            .to_string_lossy()
            .strip_prefix(PREFIX)
            .and_then(|id| id.parse::<u32>().ok());
        if id.is_some_and(|id| !Path::new("/proc").join(id.to_string()).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_goes_with_the_workplace() {
        let databases = env::temp_dir().join(format!("terrane-workplace-{}", process::id()));
        fs::create_dir_all(&databases).unwrap();
        let workplace = Workplace {
            databases: databases.clone(),
            not_run: databases.join("not-run"),
            postgres: None,
        };
        let mut command = Command::new("x");
        assert!(
            workplace
                .tell(&mut command)
                .get_envs()
                .any(|(name, value)| name == "TERRANE_TMP" && value.is_some())
        );
        drop(workplace);
        assert!(!databases.exists());
    }
}
