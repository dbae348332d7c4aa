//! Diagnostics: what is wrong with something the user wrote or asked for.
//!
//! A diagnostic is a value; it is collected, sorted and shown by whoever faces the user. It is not an error: an error is
//! an operation that failed.

pub mod codes;

pub use codes::Code;

use crate::text::{SourceFile, Span};

/// How much a diagnostic weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Nothing goes on until this is mended.
    Error,
    /// Worth reading; nothing is stopped.
    Warning,
}

/// A place in a user's file, with what there is to say about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The file.
    pub source: SourceFile,
    /// Where in it.
    pub span: Span,
    /// A fragment, or empty where the message says it all.
    pub text: String,
}

/// One thing to tell the user: code, message, places, and what to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Which of the documented diagnostics this is.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// A lower-case fragment without a full stop; names in backticks.
    pub message: String,
    /// Places in the user's files, the main one first.
    pub labels: Vec<Label>,
    /// What to do next, one imperative sentence each.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error that stops what was asked for.
    pub fn error(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A warning, after which the work goes on.
    pub fn warning(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, message)
        }
    }

    /// Points at a place in a file.
    #[must_use]
    pub fn at(mut self, source: &SourceFile, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label {
            source: source.clone(),
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a sentence that says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help.push(help.into());
        self
    }

    /// Whether this stops what was asked for.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A value that was read, with everything there is to say about how it was written.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    /// What could be understood.
    pub value: T,
    /// In the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}
