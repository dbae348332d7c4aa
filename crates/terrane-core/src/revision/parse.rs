//! A revision file, read.

use super::header::Header;
use super::{Action, Revision, Section, Step, Way};
use crate::diagnostic::{Diagnostic, Parsed, codes};
use crate::sql::{Lexing, SqlStatement, Token, split};
use crate::text::{SourceFile, Span};

/// Reads a revision file. The value is there as soon as the header has an id; all that is wrong is reported at once.
pub fn parse(source: &SourceFile, lexing: &Lexing) -> Parsed<Option<Revision>> {
    let text = source.text();
    let (mut parsed, body_at) = header(source);
    match split(&text[body_at..], lexing) {
        Ok(statements) => {
            let mut reader = SectionReader {
                source,
                sections: Vec::new(),
                diagnostics: Vec::new(),
            };
            for statement in shift(statements, body_at) {
                reader.comments_and_statement(&statement);
            }
            reader.trailing_comments(body_at, lexing);
            parsed.diagnostics.append(&mut reader.diagnostics);
            if let Some(revision) = &mut parsed.value {
                revision.sections = reader.sections;
            }
        }
        Err(error) => parsed.diagnostics.push(error.diagnostic(source, body_at)),
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
    (Parsed { value, diagnostics }, body_at)
}

/// The comment lines at the top, up to the first that opens a section and the first that is none.
fn read_header(source: &SourceFile) -> (Header, usize) {
    let mut header = Header::default();
    let mut at = 0;
    for line in source.text().split_inclusive('\n') {
        let content = line.trim();
        let comment = content.strip_prefix("--");
        match comment {
            Some(comment) if !header.ends_before(directive(comment)) => {
                let start = at + (line.len() - line.trim_start().len());
                header.line(source, comment, Span::new(start, start + content.len()));
            }
            None if content.trim_start_matches('\u{feff}').is_empty() => {}
            _ => break,
        }
        at += line.len();
    }
    (header, at)
}

fn shift(statements: Vec<SqlStatement>, offset: usize) -> impl Iterator<Item = SqlStatement> {
    let moved = move |tokens: Vec<Token>| -> Vec<Token> {
        tokens
            .into_iter()
            .map(|token| Token {
                span: token.span.shift(offset),
                ..token
            })
            .collect()
    };
    statements.into_iter().map(move |statement| SqlStatement {
        span: statement.span.shift(offset),
        tokens: moved(statement.tokens),
        leading: moved(statement.leading),
    })
}

impl Header {
    /// Below the keys, a directive that is not complete is one all the same; above them, it is what the author says.
    fn ends_before(&self, directive: Option<Directive<'_>>) -> bool {
        match directive {
            Some(Directive::Section(..)) => true,
            Some(Directive::Call(_) | Directive::Malformed) => self.has_keys(),
            None => false,
        }
    }
}

/// What a comment line can be besides a comment.
enum Directive<'t> {
    Section(Way, Option<&'t str>),
    Call(&'t str),
    /// It begins as one.
    Malformed,
}

fn directive(comment: &str) -> Option<Directive<'_>> {
    let mut words = comment.split_whitespace();
    let first = words.next()?;
    let rest: Vec<&str> = words.collect();
    let (word, colon) = match first.strip_suffix(':') {
        Some(word) => (word, true),
        None => (first, false),
    };
    let way = match word {
        "upgrade" => Way::Upgrade,
        "downgrade" => Way::Downgrade,
        "call" if !colon => {
            return match rest.as_slice() {
                [name] => Some(Directive::Call(name.trim_end_matches(';'))),
                [] => Some(Directive::Malformed),
                _ => None,
            };
        }
        _ => return None,
    };
    match (colon, rest.as_slice()) {
        (false, []) => Some(Directive::Section(way, None)),
        (true, [dialect]) => Some(Directive::Section(way, Some(dialect))),
        (true, _) => Some(Directive::Malformed),
        // A sentence that happens to begin so.
        (false, _) => None,
    }
}

struct SectionReader<'s> {
    source: &'s SourceFile,
    sections: Vec<Section>,
    diagnostics: Vec<Diagnostic>,
}

impl SectionReader<'_> {
    fn comments_and_statement(&mut self, statement: &SqlStatement) {
        let comments = self.comments(&statement.leading);
        // A directive within a statement would be passed over in silence.
        for token in &statement.tokens {
            if token.kind == crate::sql::TokenKind::Comment && self.is_section(token) {
                let message = "a section begins in the middle of a statement";
                self.report(
                    Diagnostic::error(codes::NOT_CLOSED, message)
                        .at(self.source, token.span, "")
                        .at(
                            self.source,
                            Span::new(statement.span.start, statement.span.start + 1),
                            "this statement",
                        )
                        .help("End the statement with `;`."),
                );
            }
        }
        let text = self.source.slice(statement.span).to_owned();
        self.push(Step {
            comments,
            action: Action::Sql(text),
            span: statement.span,
        });
    }

    fn is_section(&self, token: &Token) -> bool {
        let text = token.text(self.source.text());
        text.strip_prefix("--")
            .and_then(directive)
            .is_some_and(|d| matches!(d, Directive::Section(..)))
    }

    /// Comments after the last statement may still open sections and call functions.
    fn trailing_comments(&mut self, body_at: usize, lexing: &Lexing) {
        let text = self.source.text();
        let tokens = crate::sql::tokenize(&text[body_at..], lexing).unwrap_or_default();
        let last = tokens
            .iter()
            .rposition(|token| token.kind != crate::sql::TokenKind::Comment);
        let trailing: Vec<Token> = tokens[last.map_or(0, |at| at + 1)..]
            .iter()
            .map(|token| Token {
                span: token.span.shift(body_at),
                ..*token
            })
            .collect();
        self.comments(&trailing);
    }

    /// Carries out the directives among comments; the plain ones after the last of them belong to what follows.
    fn comments(&mut self, tokens: &[Token]) -> Vec<String> {
        let mut plain: Vec<String> = Vec::new();
        for token in tokens {
            let Some(comment) = token.text(self.source.text()).strip_prefix("--") else {
                continue;
            };
            match directive(comment) {
                None => plain.push(comment.strip_prefix(' ').unwrap_or(comment).trim_end().to_owned()),
                Some(Directive::Section(way, dialect)) => {
                    plain.clear();
                    self.open(way, dialect, token.span);
                }
                Some(Directive::Call(name)) => {
                    let action = Action::Call(name.to_owned());
                    self.push(Step {
                        comments: std::mem::take(&mut plain),
                        action,
                        span: token.span,
                    });
                }
                Some(Directive::Malformed) => self.report(
                    Diagnostic::error(codes::UNKNOWN_DIRECTIVE, "this directive is not complete")
                        .at(self.source, token.span, "")
                        .help("Write `-- upgrade`, `-- upgrade: sqlite`, `-- downgrade` or `-- call name`."),
                ),
            }
        }
        plain
    }

    fn open(&mut self, way: Way, dialect: Option<&str>, span: Span) {
        let dialect = dialect.map(str::to_ascii_lowercase);
        if self
            .sections
            .iter()
            .any(|section| section.way == way && section.dialect == dialect)
        {
            let message = format!("the {} section stands here a second time", way.word());
            self.report(
                Diagnostic::error(codes::DUPLICATE_SECTION, message)
                    .at(self.source, span, "")
                    .help(format!(
                        "Join the two, or say for which server each is: `-- {}: sqlite`.",
                        way.word()
                    )),
            );
        }
        self.sections.push(Section {
            way,
            dialect,
            steps: Vec::new(),
        });
    }

    fn push(&mut self, step: Step) {
        match self.sections.last_mut() {
            Some(section) => section.steps.push(step),
            None => self.report(
                Diagnostic::error(codes::OUTSIDE_SECTION, "this statement stands before the first section")
                    .at(self.source, self.source.first_line(step.span), "")
                    .help("Put `-- upgrade` on a line of its own above it."),
            ),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}
