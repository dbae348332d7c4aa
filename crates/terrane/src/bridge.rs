//! The process in which the Python of a revision runs: its lines, and what it prints meanwhile.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use terrane_alembic::bridge::{LONGEST, PROGRAM};
use tokio::sync::mpsc::{Receiver, Sender as Events};

/// How many lines wait until somebody reads them.
const WAITING: usize = 64;

/// How much of a line that Python prints is told.
const PRINTED: u64 = 4096;

/// How long what it printed is waited for, once it is gone.
const LINGER: Duration = Duration::from_millis(500);

/// Something that came of the process.
#[derive(Debug)]
pub(crate) enum Event {
    /// It said a line of the format.
    Said(String),
    /// It said something that is too long, or no text.
    Garbage,
    /// It printed a line, or logged it.
    Printed(String),
    /// It says nothing any more.
    Silent,
}

/// A Python that is running. It is ended where nobody waits for it any more.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    said: Sender<String>,
    events: Receiver<Event>,
    /// The last line that it printed.
    last_words: Option<String>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _ended = self.child.wait();
    }
}

impl Process {
    /// Starts it, with what it is to do.
    pub(crate) fn start(python: &Path, task: String) -> std::io::Result<Process> {
        let mut child = Command::new(python)
            .args(["-c", PROGRAM])
            .env("PYTHONIOENCODING", "utf-8")
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (events, received) = tokio::sync::mpsc::channel(WAITING);
        let (said, to_say) = channel::<String>();
        if let Some(mut pipe) = child.stdin.take() {
            // Who does not read is waited for as one who says nothing.
            std::thread::spawn(move || {
                for line in to_say {
                    if pipe.write_all(line.as_bytes()).and_then(|()| pipe.flush()).is_err() {
                        return;
                    }
                }
            });
        }
        if let Some(pipe) = child.stderr.take() {
            let events = events.clone();
            std::thread::spawn(move || printed(pipe, &events));
        }
        if let Some(pipe) = child.stdout.take() {
            std::thread::spawn(move || lines(pipe, &events));
        }
        let _it_is_there = said.send(task);
        Ok(Process {
            child,
            said,
            events: received,
            last_words: None,
        })
    }

    /// Says a line to it. One that is gone is found when it is listened to.
    pub(crate) fn say(&self, line: String) {
        let _heard_of_later = self.said.send(line);
    }

    /// What comes next; none, if nothing does in that time.
    pub(crate) async fn next(&mut self, limit: Duration) -> Option<Event> {
        let event = tokio::time::timeout(limit, self.events.recv()).await.ok()?;
        let event = event.unwrap_or(Event::Silent);
        if let Event::Printed(line) = &event {
            self.note(line);
        }
        Some(event)
    }

    /// What it printed and nobody has heard yet, once it has said its last.
    pub(crate) async fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Ok(Some(event)) = tokio::time::timeout(LINGER, self.events.recv()).await {
            if let Event::Printed(line) = event {
                self.note(&line);
                lines.push(line);
            }
        }
        lines
    }

    /// How it ended: its code, or that there is none.
    pub(crate) fn end(&mut self) -> String {
        let _gone_already = self.child.kill();
        match self.child.wait().map(|status| status.code()) {
            Ok(Some(code)) => format!("it ended with the code {code}"),
            _ => "it was ended by a signal".to_owned(),
        }
    }

    fn note(&mut self, line: &str) {
        if !line.trim().is_empty() {
            self.last_words = Some(line.trim().to_owned());
        }
    }

    /// The last line that it printed.
    pub(crate) fn last_words(&self) -> Option<&str> {
        self.last_words.as_deref()
    }
}

/// The lines of the format, up to the first that is none.
fn lines(pipe: impl Read, events: &Events<Event>) {
    let mut pipe = BufReader::new(pipe);
    loop {
        let mut line = Vec::new();
        let read = (&mut pipe).take(LONGEST as u64 + 1).read_until(b'\n', &mut line);
        let event = match read {
            Ok(0) | Err(_) => Event::Silent,
            Ok(_) if line.len() > LONGEST || line.last() != Some(&b'\n') => Event::Garbage,
            Ok(_) => String::from_utf8(line).map_or(Event::Garbage, Event::Said),
        };
        let is_last = !matches!(event, Event::Said(_));
        if events.blocking_send(event).is_err() || is_last {
            return;
        }
    }
}

/// What is printed, line by line, and no line at great length.
fn printed(pipe: impl Read, events: &Events<Event>) {
    let mut pipe = BufReader::new(pipe);
    loop {
        let mut line = Vec::new();
        match (&mut pipe).take(PRINTED).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let line = String::from_utf8_lossy(&line);
                if events
                    .blocking_send(Event::Printed(line.trim_end().to_owned()))
                    .is_err()
                {
                    return;
                }
            }
        }
    }
}
