//! Two contenders, run in turn.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::line;

/// A command that can be run again and again.
pub(super) struct Contender {
    program: PathBuf,
    args: Vec<OsString>,
    folder: PathBuf,
    stdin: Option<PathBuf>,
    removed_before: Vec<PathBuf>,
}

/// Ours, and the least that could be done.
pub(super) struct Contest {
    pub(super) ours: Contender,
    pub(super) floor: Contender,
}

/// What a contest ends with.
pub(super) struct Medians {
    pub(super) ours: Duration,
    pub(super) floor: Duration,
}

impl Contender {
    /// A program that is run in a folder.
    pub(super) fn new(program: impl Into<PathBuf>, folder: &Path) -> Contender {
        Contender {
            program: program.into(),
            args: Vec::new(),
            folder: folder.to_owned(),
            stdin: None,
            removed_before: Vec::new(),
        }
    }

    pub(super) fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Contender {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Feeds it a file of its folder.
    pub(super) fn stdin(mut self, file: &str) -> Contender {
        self.stdin = Some(self.folder.join(file));
        self
    }

    /// Starts each run without a database.
    pub(super) fn without_database(mut self, file: &str) -> Contender {
        let endings = ["", "-journal", "-wal", "-shm"];
        self.removed_before = endings
            .iter()
            .map(|ending| self.folder.join(format!("{file}{ending}")))
            .collect();
        self
    }

    fn command(&self) -> Result<Command, String> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.folder).stdin(Stdio::null());
        if let Some(path) = &self.stdin {
            command.stdin(File::open(path).map_err(|error| format!("{}: {error}", path.display()))?);
        }
        Ok(command)
    }

    /// Runs it once and looks at what it says, if it fails.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut command = self.prepared()?;
        let output = command
            .output()
            .map_err(|error| format!("`{}`: {error}", line(&command)))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        Err(format!(
            "`{}` ended with {}\n{}",
            line(&command),
            output.status,
            said.trim_end()
        ))
    }

    /// Runs it once for its time.
    fn time(&self) -> Result<Duration, String> {
        let mut command = self.prepared()?;
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        match command.status() {
            Ok(status) if status.success() => Ok(start.elapsed()),
            Ok(status) => Err(format!("`{}` ended with {status}", line(&command))),
            Err(error) => Err(format!("`{}`: {error}", line(&command))),
        }
    }

    fn prepared(&self) -> Result<Command, String> {
        for path in self.removed_before.iter().filter(|path| path.exists()) {
            fs::remove_file(path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        self.command()
    }
}

impl Contest {
    /// One run of each that is not counted, then as many as asked for, in turn.
    pub(super) fn measure(&self, runs: usize) -> Result<Medians, String> {
        self.floor.check()?;
        self.ours.check()?;
        let mut ours = Vec::new();
        let mut floor = Vec::new();
        for _ in 0..runs {
            ours.push(self.ours.time()?);
            floor.push(self.floor.time()?);
        }
        Ok(Medians {
            ours: median(ours),
            floor: median(floor),
        })
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A duration as it is printed.
pub(super) fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_no_mean() {
        let times = [900, 1, 3, 2, 5].map(Duration::from_millis);
        assert_eq!(median(times.to_vec()), Duration::from_millis(3));
        assert_eq!(milliseconds(Duration::from_micros(1250)), "1.2 ms");
    }

    #[test]
    fn a_failure_is_told_with_what_it_said() {
        let failing = Contender::new("sh", Path::new(".")).args(["-c", "echo alas >&2; exit 3"]);
        let why = failing.check().unwrap_err();
        assert!(why.ends_with("alas") && why.contains("exit status: 3"), "{why}");
    }
}
