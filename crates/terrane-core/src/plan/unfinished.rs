//! A step of which only a part has run, for good.

use super::RevisionFile;
use crate::diagnostic::{Diagnostic, codes};
use crate::graph::{Direction, RevisionId, Step};
use crate::text::Span;

/// A revision of which only the first statements have run, each for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unfinished {
    /// The revision.
    pub revision: RevisionId,
    /// Whether it was being applied or undone.
    pub direction: Direction,
    /// How many of its statements have run.
    pub done: usize,
    /// How many of them were begun, where that was written down: one more than have run, for the last of which nobody knows
    /// yet what became of it.
    pub begun: Option<usize>,
    /// How many it has.
    pub all: usize,
    /// The checksum of those that have run, as text.
    pub checksum: String,
    /// How it came about.
    pub cause: Cause,
}

/// How a step came to be unfinished.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// A step of several transactions stopped between two of them, or within a statement that is one by itself. The next
    /// run goes on behind it.
    Interrupted,
    /// One of its statements ended the transaction that the step runs in. What stays was judged by nobody, and nobody goes
    /// on with it until somebody has looked.
    BrokenOut,
}

impl Unfinished {
    /// The statement that may have done its work although nobody wrote it down.
    pub fn doubtful(&self) -> Option<usize> {
        self.begun.filter(|begun| *begun > self.done).map(|_| self.done)
    }

    /// Whether that step would go on with it.
    pub fn goes_on_with(&self, step: &Step) -> bool {
        self.cause == Cause::Interrupted
            && step.revision.as_ref() == Some(&self.revision)
            && step.direction == self.direction
    }

    /// That it comes before anything else.
    pub fn error(&self) -> Diagnostic {
        let (code, message) = self.told();
        self.helped(Diagnostic::error(code, message))
    }

    /// The same, for whoever only looks.
    pub fn warning(&self) -> Diagnostic {
        let (code, message) = self.told();
        self.helped(Diagnostic::warning(code, message))
    }

    fn told(&self) -> (crate::diagnostic::Code, String) {
        let (id, verb, done, all) = (&self.revision, self.direction.word(), self.done, self.all);
        match self.cause {
            Cause::Interrupted => (
                codes::INTERRUPTED,
                format!("the {verb} of revision `{id}` was interrupted, and {done} of its {all} statements have run"),
            ),
            Cause::BrokenOut => (
                codes::BROKEN_OUT,
                format!("the {verb} of revision `{id}` broke out of its transaction, and a part of it stays"),
            ),
        }
    }

    fn helped(&self, diagnostic: Diagnostic) -> Diagnostic {
        let by_hand = "Or put the database right by hand, and say with `terrane stamp` where it stands.";
        match (self.cause, self.direction) {
            (Cause::BrokenOut, _) => diagnostic.help(
                "Look at what it left, put the database right by hand, and say with `terrane stamp` where it stands.",
            ),
            (_, Direction::Up) => diagnostic
                .help(format!(
                    "Run `terrane upgrade {}` first: it goes on where it stopped.",
                    self.revision
                ))
                .help(by_hand),
            _ => diagnostic
                .help("Run the downgrade again first: it goes on where it stopped.")
                .help(by_hand),
        }
    }

    /// That what has run stands in the file no more.
    pub(super) fn edited(&self, file: &RevisionFile) -> Diagnostic {
        let (id, done) = (&self.revision, self.done);
        let message = format!("of revision `{id}`, the {done} statements that have run are not those of the file");
        let top = Span::new(0, file.source.text().find('\n').unwrap_or(0));
        Diagnostic::error(codes::LEDGER_AHEAD, message)
            .at(&file.source, top, "")
            .help("Restore them, and mend only what comes after them.")
            .help("Or put the database right by hand, and say with `terrane stamp` where it stands.")
    }
}
