//! Source text: the file a user wrote, and places in it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A half-open range of bytes in a [`SourceFile`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, but not including, `end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// This span moved `offset` bytes towards the end of the file.
    pub fn shift(self, offset: usize) -> Span {
        Span {
            start: self.start + offset,
            end: self.end + offset,
        }
    }

    /// The span as a range, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A text with the name its user knows it by, usually a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    name: Arc<str>,
    text: Arc<str>,
}

impl SourceFile {
    /// A source of that name; both are shared, so that clones are cheap.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceFile {
        SourceFile {
            name: name.into(),
            text: text.into(),
        }
    }

    /// The name to show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text at `span`; empty where the span lies outside the file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// As much of `span` as stands on its first line: enough to point at something long.
    pub fn first_line(&self, span: Span) -> Span {
        let text = self.slice(span);
        Span::new(span.start, span.start + text.find('\n').unwrap_or(text.len()))
    }

    /// Line and column of a byte offset, both counted from one; columns count characters.
    pub fn position(&self, offset: usize) -> Position {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
        Position { line, column }
    }
}

/// A place in a file as editors count it: from one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Whether a terminal may take a character for an order, or show what stands around it in another order.
pub fn is_hostile(c: char) -> bool {
    let shows_otherwise = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    (c.is_control() && c != '\n' && c != '\t') || shows_otherwise
}

/// A text as a terminal may be given it: what it would take for an order is spelled out, `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            // The end of a line as some systems write it.
            '\r' if letters.peek() == Some(&'\n') => {}
            c if is_hostile(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// The same with every other byte where it was: for a text that is shown with places in it.
pub fn visible_in_place(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match c.len_utf8() {
        _ if !is_hostile(c) || c == '\r' => c,
        1 => '?',
        2 => '¿',
        _ => char::REPLACEMENT_CHARACTER,
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// The name most like the one that was not found, if any is like it at all.
pub fn closest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = wanted.chars().take(64).collect();
    let tolerance = (wanted.len() / 4).clamp(1, 3);
    names
        .filter(|name| name.len().abs_diff(wanted.len()) <= tolerance)
        .map(|name| (distance(&wanted, name), name))
        .filter(|(distance, _)| *distance <= tolerance)
        .min()
        .map(|(_, name)| name)
}

/// How many letters must be changed, put in, left out or swapped with their neighbour.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// Why a URL cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UrlFault {
    /// A lower-case fragment.
    pub message: String,
    /// What to write instead, a sentence.
    pub help: String,
}

impl UrlFault {
    /// A fault, and the way out of it.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> UrlFault {
        UrlFault {
            message: message.into(),
            help: help.into(),
        }
    }
}

impl fmt::Display for UrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UrlFault {}

/// A text with `%20` and its like read, as URLs have them; what is no such sequence stays as it is.
pub fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text
            .get(at + 1..at + 3)
            .filter(|code| bytes[at] == b'%' && !code.starts_with('+'));
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        for text in ["\u{1b}[2J", "\u{9b}31m", "a\rb", "\u{7}", "\u{202e}x", "\u{7f}", "\0"] {
            let shown = visible(text);
            assert!(!shown.chars().any(is_hostile), "{shown}");
            let in_place = visible_in_place(text);
            assert_eq!(in_place.len(), text.len());
            assert!(!in_place.chars().any(|c| is_hostile(c) && c != '\r'), "{in_place}");
        }
        assert_eq!(visible("a\tb\nünï"), "a\tb\nünï");
        assert_eq!(visible("a\r\nb\u{1b}"), "a\nb\\u{1b}");
    }
}
