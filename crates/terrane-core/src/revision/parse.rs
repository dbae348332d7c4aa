//! A revision file, read.

use super::body::read_body;
use super::directive::{Directive, directive};
use super::header::Header;
use super::{LARGEST, Revision};
use crate::diagnostic::{Diagnostic, Parsed, codes};
use crate::text::{SourceFile, Span};

/// Reads a revision file. The value is there as soon as the header has an id; all that is wrong is reported at once.
///
/// What the header and the headings leave open is read as `home` has it, the dialect of the project's database; where that
/// is not known, or the file is for any, all servers have to read the same.
pub fn parse(source: &SourceFile, home: Option<&str>) -> Parsed<Option<Revision>> {
    let (mut parsed, body_at) = header(source);
    if source.text().len() > LARGEST {
        return parsed;
    }
    let target = parsed.value.as_ref().map(|revision| &revision.dialect);
    let (sections, mut diagnostics) = read_body(source, body_at, target, home);
    parsed.diagnostics.append(&mut diagnostics);
    if let Some(revision) = &mut parsed.value {
        revision.sections = sections;
    }
    parsed
}

/// Reads the header alone: all that the graph needs. The revision has no sections.
pub fn parse_header(source: &SourceFile) -> Parsed<Option<Revision>> {
    header(source).0
}

fn header(source: &SourceFile) -> (Parsed<Option<Revision>>, usize) {
    let text = source.text();
    let (header, body_at) = read_header(source);
    let (value, mut diagnostics) = header.finish();
    if value.is_none() && !diagnostics.iter().any(|d| d.code.family() == 'G') {
        diagnostics.insert(
            0,
            Diagnostic::error(codes::NO_REVISION_ID, "the file has no `Revision ID`")
                .at(source, Span::new(0, text.find('\n').unwrap_or(text.len())), "")
                .help(
                    "Begin the file with `-- message`, `--`, `-- Revision ID: …`, or let `terrane revision` write it.",
                ),
        );
    }
    if text.len() > LARGEST {
        let message = format!("the file is larger than {} MiB", LARGEST >> 20);
        diagnostics.push(
            Diagnostic::error(codes::TOO_LARGE, message)
                .at(source, Span::new(0, text.find('\n').unwrap_or(0)), "")
                .help("Divide it into several revisions, or load the rows by a function: `-- call NAME`."),
        );
    }
    (Parsed { value, diagnostics }, body_at)
}

/// The comment lines at the top, up to the first that opens a section and the first that is none.
fn read_header(source: &SourceFile) -> (Header, usize) {
    let mut header = Header::default();
    let mut at = 0;
    for line in source.text().split_inclusive('\n') {
        let content = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let start = at + line.find(content).unwrap_or(0);
        match content.strip_prefix("--") {
            Some(comment) if !header.ends_before(content) => {
                header.line(source, comment, Span::new(start, start + content.len()));
            }
            None if content.is_empty() => {}
            _ => break,
        }
        if let Some(bad) = content.find(|c: char| c.is_control() && c != '\t') {
            let span = Span::new(start + bad, start + bad + 1);
            header.diagnostics.push(control_character(source, span));
        }
        at += line.len();
    }
    (header, at)
}

fn control_character(source: &SourceFile, span: Span) -> Diagnostic {
    Diagnostic::error(codes::HOSTILE_TEXT, "a control character stands in the header")
        .at(source, span, "")
        .help("Take it out; a line ends with a line feed, or with a carriage return and a line feed.")
}

impl Header {
    /// Below the keys, whatever looks like a directive is one, or a mistake; above them, only the heading of a section is
    /// not what the author says.
    fn ends_before(&self, line: &str) -> bool {
        match directive(line) {
            Directive::Section(..) => true,
            Directive::Comment => false,
            // A key comes first: `Upgrade: …` is no key, and told as a heading.
            _ => self.has_keys(),
        }
    }
}
