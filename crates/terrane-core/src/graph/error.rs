//! What is wrong with a graph, or with what was asked of it.

use std::error::Error;
use std::fmt;

use super::RevisionId;
use crate::diagnostic::{Code, Diagnostic};

/// What is wrong with a graph, or with what was asked of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GraphError {
    /// Which of the documented diagnostics this is; always of the family `G`.
    pub code: Code,
    /// A lower-case fragment without a full stop; names in backticks.
    pub message: String,
    /// What to do next, one imperative sentence each.
    pub help: Vec<String>,
    /// The revisions concerned, the main one first, so that a caller who knows the files can point into them.
    pub revisions: Vec<RevisionId>,
}

impl GraphError {
    pub(super) fn new(code: Code, message: impl Into<String>) -> GraphError {
        GraphError {
            code,
            message: message.into(),
            help: Vec::new(),
            revisions: Vec::new(),
        }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> GraphError {
        self.help.push(help.into());
        self
    }

    #[must_use]
    pub(super) fn about<'a>(mut self, revisions: impl IntoIterator<Item = &'a RevisionId>) -> GraphError {
        self.revisions.extend(revisions.into_iter().cloned());
        self
    }

    /// The diagnostic to show; places in files are the caller's to add.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.code, &self.message);
        self.help.iter().fold(diagnostic, |d, help| d.help(help))
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl Error for GraphError {}

/// How many names a message spells out before it counts the rest.
const NAMED: usize = 6;

/// "`a`, `b` and `c`"; a long list ends in the number of those left out.
pub(super) fn list<T: fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    join(names, "and")
}

/// "`a`, `b` or `c`"; a long list ends in the number of those left out.
pub(super) fn choice<T: fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    join(names, "or")
}

fn join<T: fmt::Display>(names: impl IntoIterator<Item = T>, word: &str) -> String {
    let mut quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if quoted.len() > NAMED {
        let rest = quoted.len() - (NAMED - 1);
        quoted.truncate(NAMED - 1);
        quoted.push(format!("{rest} more"));
    }
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} {word} {last}", first.join(", ")),
        None => String::new(),
    }
}
