//! Where the tests put their databases, and where they report what could not run.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::target;
use crate::throwaway::Throwaway;

/// A fresh folder for databases and a fresh file for reports. The folder goes when this value goes.
pub(super) struct Workplace {
    databases: Throwaway,
    not_run: PathBuf,
    /// The PostgreSQL server of this run.
    pub(super) postgres: Option<String>,
    /// Where its programs are.
    pub(super) programs: Option<PathBuf>,
    /// The Python environment with the packages that tests need.
    pub(super) python: Option<PathBuf>,
}

/// The variable that names a PostgreSQL server to the tests, or is `none`.
pub(super) const POSTGRES: &str = "TERRANE_POSTGRES";

/// The variable that names a Python environment to the tests.
const PYTHON: &str = "TERRANE_PYTHON";

impl Workplace {
    pub(super) fn new() -> Result<Workplace, String> {
        let databases = Throwaway::new()?;
        let not_run = target().join("not-run");
        fs::create_dir_all(target())
            .and_then(|()| fs::write(&not_run, ""))
            .map_err(|error| format!("no place for the tests' files: {error}"))?;
        Ok(Workplace {
            databases,
            not_run,
            postgres: None,
            programs: None,
            python: None,
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
        // What Debian has on the path is a script that looks for a program each time, and takes longer to find it than that
        // takes to dump.
        if let Some(programs) = &self.programs {
            let path = env::var_os("PATH").unwrap_or_default();
            let folders = std::iter::once(programs.clone()).chain(env::split_paths(&path));
            if let Ok(path) = env::join_paths(folders) {
                command.env("PATH", path);
            }
        }
        if let Some(python) = &self.python {
            command.env(PYTHON, python);
        }
        command
            .env("TERRANE_TMP", self.databases())
            .env("TERRANE_NOT_RUN", &self.not_run)
    }

    /// Where throwaway databases go.
    pub(super) fn databases(&self) -> &Path {
        self.databases.path()
    }

    /// What the tests have reported, a line each.
    pub(super) fn not_run(&self) -> String {
        fs::read_to_string(&self.not_run).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_told_where_databases_go() {
        let databases = Throwaway::new().unwrap();
        let workplace = Workplace {
            not_run: databases.path().join("not-run"),
            databases,
            postgres: None,
            programs: None,
            python: None,
        };
        let mut command = Command::new("x");
        assert!(
            workplace
                .tell(&mut command)
                .get_envs()
                .any(|(name, value)| name == "TERRANE_TMP" && value == Some(workplace.databases().as_os_str()))
        );
    }
}
