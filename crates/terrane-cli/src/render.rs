//! What people read: lines on standard output, diagnostics on standard error.

use crate::exit::Exit;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::borrow::Cow;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use terrane::core::diagnostic::{Diagnostic, Label, Severity};
use terrane::core::text::{is_hostile, visible, visible_in_place};
use terrane::mask_url;

/// Whether something that was printed did not arrive.
static LOST: AtomicBool = AtomicBool::new(false);

/// A line on standard output.
pub(crate) fn line(text: impl AsRef<str>) {
    note_loss(writeln!(anstream::stdout(), "{}", harmless(text.as_ref())));
}

/// The colours that lines have of ours.
const COLOURS: [&str; 3] = ["\u{1b}[32m", "\u{1b}[33m", "\u{1b}[0m"];

/// A line in which nothing but our colours is an order to a terminal: messages, names and what servers answer are other
/// people's.
fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return visible(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        shown.push_str(&visible(&rest[..at]));
        rest = &rest[at..];
        let colour = COLOURS.iter().find(|colour| rest.starts_with(**colour));
        let length = colour.map_or(1, |colour| colour.len());
        match colour {
            Some(colour) => shown.push_str(colour),
            None => shown.push_str(&visible(&rest[..length])),
        }
        rest = &rest[length..];
    }
    shown.push_str(&visible(rest));
    Cow::Owned(shown)
}

/// Lines on standard output.
pub(crate) fn text(text: &str) {
    let mut out = anstream::stdout();
    note_loss(out.write_all(harmless(text).as_bytes()).and_then(|()| out.flush()));
}

/// A script on standard output, as it is; a terminal, which runs no script, is given it without what it would obey.
pub(crate) fn script(text: &str) {
    let mut out = std::io::stdout();
    let shown = if out.is_terminal() {
        visible(text)
    } else {
        Cow::Borrowed(text)
    };
    note_loss(out.write_all(shown.as_bytes()).and_then(|()| out.flush()));
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
        // JSON escapes the characters below the blank, and not those above the letters.
        let mut escaped = String::with_capacity(text.len());
        for c in text.chars() {
            if is_hostile(c) {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
            } else {
                escaped.push(c);
            }
        }
        line(escaped);
    }
}

/// A line on standard error, for what is no result.
pub(crate) fn note(text: impl AsRef<str>) {
    let _ = writeln!(anstream::stderr(), "{}", harmless(text.as_ref()));
}

/// What a compiler has to say, with its colours.
pub(crate) fn compiler(text: &str) {
    let _ = write!(anstream::stderr(), "{text}");
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
    note(format!("error: {}", mask_url(message)));
    Exit::Failed
}

/// What is wrong with the arguments. They are told word by word, and a URL may be among them.
pub(crate) fn refused_arguments(error: &clap::Error) {
    let text = error.render();
    let (plain, masked) = (text.to_string(), mask_url(&text.to_string()));
    // Colours stand between a URL and what is around it.
    let shown = if masked == plain {
        text.ansi().to_string()
    } else {
        masked
    };
    let _ = write!(anstream::stderr(), "{shown}");
}

/// One diagnostic on standard error.
pub(crate) fn diagnostic(diagnostic: &Diagnostic) {
    let _ = writeln!(anstream::stderr(), "{}", render(diagnostic));
}

fn render(diagnostic: &Diagnostic) -> String {
    // Neither a terminal's orders nor anybody's password.
    let harmless = |text: &str| visible(&mask_url(text)).into_owned();
    let message = harmless(&diagnostic.message);
    let help: Vec<String> = diagnostic.help.iter().map(|help| harmless(help)).collect();
    let shown = |label: &Label| {
        let (name, text) = (label.source.name(), label.source.text());
        [visible(name), visible_in_place(text), visible(&label.text)].map(Cow::into_owned)
    };
    let labels: Vec<[String; 3]> = diagnostic.labels.iter().map(shown).collect();
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(message.as_str()).id(diagnostic.code.to_string());
    let mut group = Group::with_title(title);
    for (at, label) in diagnostic.labels.iter().enumerate() {
        let kind = if at == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let [name, text, said] = &labels[at];
        let end = text.ceil_char_boundary(label.span.end);
        let annotation = kind.span(text.floor_char_boundary(label.span.start.min(end))..end);
        let annotation = if said.is_empty() {
            annotation
        } else {
            annotation.label(said.as_str())
        };
        group = group.element(
            Snippet::source(text.as_str())
                .path(name.as_str())
                .annotation(annotation),
        );
    }
    for help in &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().term_width(usize::MAX / 2).render(&[group])
}
