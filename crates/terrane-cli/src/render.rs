//! What people read: lines on standard output, diagnostics on standard error.

use crate::exit::Exit;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use terrane::core::diagnostic::{Diagnostic, Severity};

/// Whether something that was printed did not arrive.
static LOST: AtomicBool = AtomicBool::new(false);

/// A line on standard output.
pub(crate) fn line(text: impl AsRef<str>) {
    note_loss(writeln!(anstream::stdout(), "{}", text.as_ref()));
}

/// Text on standard output, as it is.
pub(crate) fn text(text: &str) {
    let mut out = anstream::stdout();
    note_loss(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// A reader that went away, as `head` does, is no failure; a full disk is, since a script that lacks its end is worse
/// than none.
fn note_loss(written: std::io::Result<()>) {
    if written.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) && !LOST.swap(true, Ordering::Relaxed) {
        failure("standard output cannot be written; what arrived is not all");
    }
}

/// The code to end with, if all that was printed has arrived.
pub(crate) fn unless_lost(exit: Exit) -> Exit {
    note_loss(std::io::stdout().flush());
    if LOST.load(Ordering::Relaxed) {
        Exit::Failed
    } else {
        exit
    }
}

/// A value as JSON on standard output.
pub(crate) fn json<T: serde::Serialize>(value: &T) {
    if let Ok(text) = serde_json::to_string_pretty(value) {
        line(text);
    }
}

/// A line on standard error, for what is no result.
pub(crate) fn note(text: impl AsRef<str>) {
    let _ = writeln!(anstream::stderr(), "{}", text.as_ref());
}

/// What went wrong, and the code to end with.
pub(crate) fn error(error: &terrane::Error) -> Exit {
    error.diagnostics.iter().for_each(diagnostic);
    if !error.done.is_empty() {
        note("done before that, and kept:");
        for sentence in &error.done {
            note(format!("  {sentence}"));
        }
    }
    error.kind().into()
}

/// A failure that has no diagnostic.
pub(crate) fn failure(message: &str) -> Exit {
    note(format!("error: {message}"));
    Exit::Failed
}

/// One diagnostic on standard error.
pub(crate) fn diagnostic(diagnostic: &Diagnostic) {
    note(render(diagnostic));
}

fn render(diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.to_string());
    let mut group = Group::with_title(title);
    for (at, label) in diagnostic.labels.iter().enumerate() {
        let kind = if at == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let text = label.source.text();
        let end = text.ceil_char_boundary(label.span.end);
        let annotation = kind.span(text.floor_char_boundary(label.span.start.min(end))..end);
        let annotation = if label.text.is_empty() {
            annotation
        } else {
            annotation.label(label.text.as_str())
        };
        group = group.element(Snippet::source(text).path(label.source.name()).annotation(annotation));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().term_width(usize::MAX / 2).render(&[group])
}
