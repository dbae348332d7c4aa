//! Two contenders, run in turn.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::cpu;
use super::edit::Edit;
use super::postgres::Place;
use super::stall::{Writer, Writing};
use crate::process::{line, without_package};

/// A command that can be run again and again.
pub(super) struct Contender {
    program: PathBuf,
    args: Vec<OsString>,
    folder: PathBuf,
    environment: Vec<(OsString, OsString)>,
    stdin: Option<PathBuf>,
    removed_before: Vec<PathBuf>,
    edited_before: Option<Edit>,
    run_before: Option<Box<Contender>>,
    place: Option<Place>,
    writer: Option<Writer>,
    note: String,
}

/// Ours, and the least that could be done.
pub(super) struct Contest {
    pub(super) ours: Contender,
    pub(super) floor: Contender,
}

/// What a contest ends with.
pub(super) struct Medians {
    pub(super) ours: Times,
    pub(super) floor: Times,
}

/// How long a command takes.
#[derive(Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) wall: Duration,
    /// Of all its processes together, where the system tells.
    pub(super) cpu: Option<Duration>,
}

impl Contender {
    /// A program that is run in a folder.
    pub(super) fn new(program: impl Into<PathBuf>, folder: &Path) -> Contender {
        Contender {
            program: program.into(),
            args: Vec::new(),
            folder: folder.to_owned(),
            environment: Vec::new(),
            stdin: None,
            removed_before: Vec::new(),
            edited_before: None,
            run_before: None,
            place: None,
            writer: None,
            note: String::new(),
        }
    }

    pub(super) fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Contender {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Contender {
        self.environment.push((name.into(), value.as_ref().to_owned()));
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

    /// Starts each run without a folder.
    pub(super) fn without_folder(mut self, folder: &Path) -> Contender {
        self.removed_before.push(folder.to_owned());
        self
    }

    /// Starts each run with a source that is not as it was for the one before.
    pub(super) fn edited(mut self, edit: Edit) -> Contender {
        self.edited_before = Some(edit);
        self
    }

    /// Starts each run when another command has run, which is not timed.
    pub(super) fn after(mut self, other: Contender) -> Contender {
        self.run_before = Some(Box::new(other));
        self
    }

    /// Keeps a server for as long as it may be run.
    pub(super) fn keeping(mut self, place: Place) -> Contender {
        self.place = Some(place);
        self
    }

    /// Has somebody write rows meanwhile, whose longest wait is what is measured.
    pub(super) fn stalling(mut self, writer: Writer) -> Contender {
        self.writer = Some(writer);
        self
    }

    /// Something about it that is printed beside its time.
    pub(super) fn noted(mut self, note: String) -> Contender {
        self.note = note;
        self
    }

    pub(super) fn note(&self) -> &str {
        &self.note
    }

    fn command(&self) -> Result<Command, String> {
        let mut command = Command::new(&self.program);
        without_package(&mut command);
        command.args(&self.args).current_dir(&self.folder).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
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
    fn time(&self) -> Result<Times, String> {
        let mut command = self.prepared()?;
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let writing = self.writer.as_ref().map(Writer::start).transpose()?;
        let (start, cpu_before) = (Instant::now(), cpu::of_children());
        let status = command.status();
        let (wall, cpu_after) = (start.elapsed(), cpu::of_children());
        let worst = writing.map(Writing::worst).transpose()?;
        match status {
            Ok(status) if status.success() => Ok(Times {
                wall: worst.unwrap_or(wall),
                cpu: cpu_after
                    .zip(cpu_before)
                    .filter(|_| worst.is_none())
                    .map(|(after, before)| after - before),
            }),
            Ok(status) => Err(format!("`{}` ended with {status}", line(&command))),
            Err(error) => Err(format!("`{}`: {error}", line(&command))),
        }
    }

    fn prepared(&self) -> Result<Command, String> {
        for path in self.removed_before.iter().filter(|path| path.exists()) {
            let removed = if path.is_dir() {
                fs::remove_dir_all(path)
            } else {
                fs::remove_file(path)
            };
            removed.map_err(|error| format!("{}: {error}", path.display()))?;
        }
        if let Some(edit) = &self.edited_before {
            edit.toggle()?;
        }
        if let Some(other) = &self.run_before {
            other.check()?;
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
            ours: Times::medians(&ours),
            floor: Times::medians(&floor),
        })
    }
}

impl Medians {
    /// How many times the floor.
    pub(super) fn ratio(&self) -> f64 {
        self.ours.wall.as_secs_f64() / self.floor.wall.as_secs_f64()
    }
}

impl Times {
    fn medians(runs: &[Times]) -> Times {
        let cpu: Vec<Duration> = runs.iter().filter_map(|times| times.cpu).collect();
        Times {
            wall: median(runs.iter().map(|times| times.wall).collect()),
            cpu: (!cpu.is_empty()).then(|| median(cpu)),
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A duration as it is printed.
pub(super) fn readable(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_no_mean() {
        let times = [900, 1, 3, 2, 5].map(Duration::from_millis);
        assert_eq!(median(times.to_vec()), Duration::from_millis(3));
        assert_eq!(readable(Duration::from_micros(1250)), "1.2 ms");
        assert_eq!(readable(Duration::from_millis(75_124)), "75.12 s");
    }

    #[test]
    fn a_failure_is_told_with_what_it_said() {
        let failing = Contender::new("sh", Path::new(".")).args(["-c", "echo alas >&2; exit 3"]);
        let why = failing.check().unwrap_err();
        assert!(why.ends_with("alas") && why.contains("exit status: 3"), "{why}");
    }
}
