//! How a target is written.

use super::GraphError;
use crate::diagnostic::codes;

/// A target, read but not yet looked up: `[label@][symbol][+N|-N]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Target<'a> {
    /// The whole text, for messages.
    pub(super) text: &'a str,
    /// The branch, from before the `@`.
    pub(super) label: Option<&'a str>,
    /// The place; `None` stands for where the database is, and occurs with an offset only.
    pub(super) symbol: Option<Symbol<'a>>,
    /// Steps up or down from there.
    pub(super) offset: Option<i64>,
}

/// A place in the graph by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Symbol<'a> {
    Head,
    Heads,
    Base,
    /// An id, the beginning of one, or a branch label.
    Name(&'a str),
}

impl<'a> Target<'a> {
    /// Reads a target. A name that `is_known` as a whole is never taken apart: a branch label may be called
    /// `release-2`.
    pub(super) fn parse(text: &'a str, is_known: impl Fn(&str) -> bool) -> Result<Target<'a>, GraphError> {
        let (label, place) = match text.split_once('@') {
            Some((label, place)) => (Some(label), place),
            None => (None, text),
        };
        if text.contains(':') {
            return Err(bad(text, "is a range, where one target is asked for").help("Name the end to go to only."));
        }
        if label == Some("") {
            return Err(bad(text, "names no branch before its `@`").help(GRAMMAR));
        }
        if place.is_empty() {
            return Err(bad(text, "names no revision").help(GRAMMAR));
        }
        if place.contains('@') {
            return Err(bad(text, "holds a second `@`").help(GRAMMAR));
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',') {
            return Err(bad(text, "holds a space or a comma").help("Give several targets one by one."));
        }
        let (name, offset) = if is_known(place) {
            (place, None)
        } else {
            split_offset(place)
        };
        let symbol = match name {
            "" => None,
            "head" => Some(Symbol::Head),
            "heads" => Some(Symbol::Heads),
            "base" => Some(Symbol::Base),
            name => Some(Symbol::Name(name)),
        };
        Ok(Target {
            text,
            label,
            symbol,
            offset,
        })
    }
}

const GRAMMAR: &str =
    "Write `head`, `heads`, `base`, an id or its beginning, a branch label, `label@head`, `+1` or `id-2`.";

pub(super) fn bad(text: &str, fault: &str) -> GraphError {
    let shown = if text.is_empty() {
        "the target".to_owned()
    } else {
        format!("the target `{}`", text.escape_debug())
    };
    GraphError::new(codes::BAD_TARGET, format!("{shown} {fault}"))
}

/// Cuts `+N` or `-N` from the end.
fn split_offset(place: &str) -> (&str, Option<i64>) {
    let whole = (place, None);
    let Some(at) = place.rfind(['+', '-']) else {
        return whole;
    };
    let (name, offset) = place.split_at(at);
    let digits = &offset[1..];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return whole;
    }
    // No history is longer than that, so that a number too large for the type walks past the end like any other.
    let steps: i64 = digits.parse().unwrap_or(i64::MAX);
    (name, Some(if offset.starts_with('-') { -steps } else { steps }))
}
