//! Runs a Python program and takes what it prints: bounded in time and size, whatever it does.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// How much of its output is read; more is no answer.
const MOST: u64 = 64 << 20;

/// How long the ends of its pipes are waited for once it is gone: something that it started may hold them open.
const LINGER: Duration = Duration::from_secs(2);

/// What a program did.
#[derive(Debug)]
pub(crate) struct Said {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// What it printed.
    pub(crate) out: String,
    /// What it complained of.
    pub(crate) err: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It does not start.
    NotStarted(std::io::Error),
    /// It took too long, and was ended. What it complained of by then.
    TooLong(String),
}

/// Runs the text of a program with one argument.
pub(crate) fn run(python: &Path, program: &str, argument: &str, limit: Duration) -> Result<Said, Fault> {
    let mut child = Command::new(python)
        .args(["-", argument])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Fault::NotStarted)?;
    let out = collected(child.stdout.take());
    let err = collected(child.stderr.take());
    if let Some(mut input) = child.stdin.take() {
        let program = program.to_owned();
        // Who does not read its program is waited for below.
        std::thread::spawn(move || input.write_all(program.as_bytes()));
    }
    match waited(&mut child, limit) {
        Some(status) => Ok(Said {
            status,
            out: text(&out),
            err: text(&err),
        }),
        None => {
            let _gone_already = child.kill();
            let _ended = child.wait();
            Err(Fault::TooLong(text(&err)))
        }
    }
}

fn waited(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let since = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if since.elapsed() < limit => std::thread::sleep(Duration::from_millis(5)),
            _ => return None,
        }
    }
}

/// All that comes through a pipe, once it is closed.
fn collected(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            let mut pipe = pipe.take(MOST);
            let _broken = pipe.read_to_end(&mut bytes);
            // What is too much is read all the same, so that nobody waits for a reader.
            let _rest = std::io::copy(&mut pipe.into_inner(), &mut std::io::sink());
        }
        let _nobody_waits = sender.send(bytes);
    });
    receiver
}

fn text(pipe: &Receiver<Vec<u8>>) -> String {
    let bytes = pipe.recv_timeout(LINGER).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any program that reads from `-` does for these.
    fn shell(text: &str, limit: Duration) -> Result<Said, Fault> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("python");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        run(&path, "program", "argument", limit)
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_hangs_or_dies_is_an_answer_in_time() {
        let said = shell("cat; echo $2; echo why >&2; exit 3", Duration::from_secs(60)).unwrap();
        assert_eq!(
            (said.out.as_str(), said.err.as_str(), said.status.code()),
            ("programargument\n", "why\n", Some(3))
        );
        let since = Instant::now();
        let hung = shell("echo why >&2; exec sleep 600", Duration::from_millis(300));
        assert!(matches!(hung, Err(Fault::TooLong(why)) if why == "why\n"));
        assert!(since.elapsed() < Duration::from_secs(60));
        let none = run(Path::new("/nowhere/python"), "", "", Duration::from_secs(1));
        assert!(matches!(none, Err(Fault::NotStarted(_))));
    }
}
