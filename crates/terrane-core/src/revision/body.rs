//! The sections of a revision file: one pass over its text, in which each comment is judged where it stands.

use super::directive::{Directive, Suspect, directive};
use super::{Action, Section, Step, Target, Way};
use crate::diagnostic::{Diagnostic, codes};
use crate::sql::{Bodies, DIALECTS, Lexing, Piece, Pieces, SqlStatement, Token, TokenKind, split};
use crate::text::{SourceFile, Span, closest};

/// Mistakes of one file that are told; whoever has more of them has one.
const ENOUGH: usize = 50;

type Body = (Vec<Section>, Vec<Diagnostic>);

/// Reads what stands below the header. What no server is named for has to be the same for every server.
pub(super) fn read_body(source: &SourceFile, from: usize, target: Option<&Target>, home: Option<&str>) -> Body {
    let named = match target {
        Some(Target::Named(name)) => Some(name.as_str()),
        Some(Target::Any) => None,
        Some(Target::Unsaid) | None => home,
    };
    let usual = named.and_then(Lexing::named);
    let read = |unknown: Lexing| {
        let mut reader = Reader {
            source,
            usual: usual.unwrap_or(unknown),
            unknown,
            assumed: usual.is_none(),
            sections: Vec::new(),
            diagnostics: Vec::new(),
            pending: Vec::new(),
        };
        reader.run(from);
        reader
    };
    let first = read(Lexing {
        bodies: Bodies::Any,
        ..Lexing::SQLITE
    });
    if !first.assumed || !may_differ(&source.text()[from..]) {
        return (first.sections, first.diagnostics);
    }
    let second = read(Lexing {
        bodies: Bodies::Any,
        ..Lexing::POSTGRESQL
    });
    let fails = |reader: &Reader<'_>| !reader.diagnostics.is_empty();
    match first.difference(&second) {
        Some(span) if !(fails(&first) && fails(&second)) => (first.sections, vec![read_differently(source, span)]),
        _ => (first.sections, first.diagnostics),
    }
}

/// Whether a text has anything that servers read differently.
fn may_differ(text: &str) -> bool {
    let bytes = |b: u8| {
        matches!(
            b,
            b'$' | b'[' | b'\\' | b'`' | b'#' | b'@' | b':' | b'&' | b'\r' | 0x0b | 0xef
        )
    };
    text.bytes().any(bytes) || text.contains("/*")
}

/// Whether a statement may stand in a file for any server: all of them end it in the same place.
pub fn reads_alike(sql: &str) -> bool {
    let cut = |lexing| {
        let bodies = Bodies::Any;
        let statements = split(sql, &Lexing { bodies, ..lexing }).ok()?;
        Some(statements.iter().map(|statement| statement.span).collect::<Vec<_>>())
    };
    !may_differ(sql) || (cut(Lexing::SQLITE).is_some() && cut(Lexing::SQLITE) == cut(Lexing::POSTGRESQL))
}

fn read_differently(source: &SourceFile, span: Span) -> Diagnostic {
    Diagnostic::error(codes::READ_DIFFERENTLY, "SQLite and PostgreSQL read this differently")
        .at(
            source,
            source.first_line(span),
            "one of them ends a statement, a string or a comment elsewhere",
        )
        .help("Say which server it is for, `-- Dialect: sqlite` in the header, or write it as both read it.")
}

struct Reader<'s> {
    source: &'s SourceFile,
    /// How a section is read that names no server.
    usual: Lexing,
    /// How one is read whose server is not known.
    unknown: Lexing,
    /// Something was read as `unknown`.
    assumed: bool,
    sections: Vec<Section>,
    diagnostics: Vec<Diagnostic>,
    /// Comment lines above whatever comes next.
    pending: Vec<String>,
}

impl Reader<'_> {
    fn run(&mut self, from: usize) {
        let source = self.source.clone();
        let mut pieces = Pieces::new(source.text(), self.usual, from);
        while let Some(piece) = pieces.next() {
            match piece {
                Ok(Piece::Comment(token)) => {
                    if let Some(lexing) = self.comment(token) {
                        pieces.read_on(lexing);
                    }
                }
                Ok(Piece::Statement(statement, trailing)) => self.statement(&statement, &trailing),
                Err(error) => self.report(error.diagnostic(self.source, 0)),
            }
            if self.diagnostics.len() >= ENOUGH {
                return;
            }
        }
    }

    /// A comment between statements. A heading tells how to read on.
    fn comment(&mut self, token: Token) -> Option<Lexing> {
        self.hidden_line(token);
        let source = self.source.clone();
        let written = token.text(source.text());
        match directive(written) {
            Directive::Section(..) if !self.stands_alone(token) => self.report(
                self.fault(token.span, "a section begins on a line of its own")
                    .help("Put the comment on the line below."),
            ),
            Directive::Section(way, dialect) => return Some(self.open(way, dialect, token.span)),
            Directive::Call(name) => {
                let step = Step {
                    comments: std::mem::take(&mut self.pending),
                    action: Action::Call(name.to_owned()),
                    span: token.span,
                };
                self.push(step);
            }
            Directive::Incomplete => self.incomplete(token.span),
            Directive::Suspect(suspect) => self.suspect(suspect, token.span),
            Directive::Comment => {
                if let Some(comment) = written.strip_prefix("--") {
                    let comment = comment.strip_prefix(' ').unwrap_or(comment);
                    self.pending.push(comment.trim_end().to_owned());
                }
            }
        }
        None
    }

    fn statement(&mut self, statement: &SqlStatement, trailing: &[Token]) {
        let within = statement.tokens.iter().chain(trailing);
        for token in within.filter(|token| token.kind == TokenKind::Comment) {
            self.comment_within(*token, statement);
        }
        let step = Step {
            comments: std::mem::take(&mut self.pending),
            action: Action::Sql(self.source.slice(statement.span).to_owned()),
            span: statement.span,
        };
        self.push(step);
    }

    /// A directive within a statement would be passed over in silence.
    fn comment_within(&mut self, token: Token, statement: &SqlStatement) {
        self.hidden_line(token);
        let source = self.source.clone();
        let message = match directive(token.text(source.text())) {
            Directive::Section(..) => "a section begins in the middle of a statement",
            Directive::Call(_) if self.stands_alone(token) => "a call stands in the middle of a statement",
            Directive::Suspect(suspect) if self.stands_alone(token) => return self.suspect(suspect, token.span),
            _ => return,
        };
        let begin = Span::new(statement.span.start, statement.span.start + 1);
        self.report(
            Diagnostic::error(codes::NOT_CLOSED, message)
                .at(self.source, token.span, "")
                .at(self.source, begin, "this statement")
                .help("End the statement with `;`."),
        );
    }

    /// Whether nothing but blanks stands before a token on its line.
    fn stands_alone(&self, token: Token) -> bool {
        let before = &self.source.text()[..token.span.start];
        let line = before.rfind(['\n', '\r']).map_or(before, |at| &before[at + 1..]);
        line.chars().all(|c| c.is_whitespace() || c == '\u{feff}')
    }

    /// A comment that goes on where an editor shows a new line hides a statement.
    fn hidden_line(&mut self, token: Token) {
        let text = token.text(self.source.text());
        if !text.starts_with("--") {
            return;
        }
        let text = text.trim_end_matches('\r');
        let ends = |c: char| matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if let Some(at) = text.find(ends) {
            let at = token.span.start + at;
            let message = "the comment goes on behind a character at which editors begin a new line";
            self.report(
                Diagnostic::error(codes::HOSTILE_TEXT, message)
                    .at(self.source, Span::new(at, at + 1), "")
                    .help("End lines with a line feed."),
            );
        }
    }

    fn fault(&self, span: Span, message: &str) -> Diagnostic {
        Diagnostic::error(codes::UNKNOWN_DIRECTIVE, message).at(self.source, self.source.first_line(span), "")
    }

    fn incomplete(&mut self, span: Span) {
        self.report(
            self.fault(span, "this directive is not complete")
                .help("Write `-- upgrade`, `-- upgrade: sqlite`, `-- downgrade` or `-- call name`."),
        );
    }

    fn suspect(&mut self, suspect: Suspect, span: Span) {
        let (message, write) = match suspect {
            Suspect::Section(way) => (
                "this comment looks like the heading of a section, and is written otherwise",
                format!(
                    "Write `-- {}` on a line of its own, in lower case, where the section begins.",
                    way.word()
                ),
            ),
            Suspect::Call => (
                "this comment looks like a call, and is written otherwise",
                "Write `-- call NAME`, in lower case, to call a function of the app's.".to_owned(),
            ),
        };
        self.report(
            self.fault(span, message)
                .help(write)
                .help("If it is a comment, begin it with another word."),
        );
    }

    fn open(&mut self, way: Way, dialect: Option<&str>, span: Span) -> Lexing {
        self.pending.clear();
        let dialect = dialect.map(str::to_ascii_lowercase);
        let lexing = dialect.as_deref().map(Lexing::named);
        if let (Some(None), Some(name)) = (lexing, &dialect) {
            let head = format!("-- {}", way.word());
            self.report(unknown_dialect(name, &head).at(self.source, span, ""));
        }
        let sections = &self.sections;
        if sections
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
        match lexing {
            None => self.usual,
            Some(known) => known.unwrap_or(self.unknown),
        }
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

    /// Where two readings part, if they do.
    fn difference(&self, other: &Reader<'_>) -> Option<Span> {
        let steps = |reader: &Reader<'_>| -> Vec<(usize, Step)> {
            let sections = reader.sections.iter().enumerate();
            sections
                .flat_map(|(at, section)| section.steps.iter().map(move |step| (at, step.clone())))
                .collect()
        };
        let (ours, theirs) = (steps(self), steps(other));
        let same = |((a, ours), (b, theirs)): &(&(usize, Step), &(usize, Step))| {
            a == b && ours == theirs && ours.span == theirs.span
        };
        let common = ours.iter().zip(&theirs).take_while(same).count();
        let at = |steps: &[(usize, Step)]| steps.get(common).map(|(_, step)| step.span);
        let label = |reader: &Reader<'_>| Some(reader.diagnostics.first()?.labels.first()?.span);
        let fault = (self.diagnostics != other.diagnostics)
            .then(|| label(self).or(label(other)))
            .flatten();
        let heads = self.sections.len() != other.sections.len();
        match (at(&ours), at(&theirs)) {
            (Some(one), Some(two)) => Some(if one.start <= two.start { one } else { two }),
            (one, two) => one.or(two).or(fault).or_else(|| heads.then(Span::default)),
        }
    }
}

/// A name of a dialect that is none, in a heading or in the header.
pub(super) fn unknown_dialect(name: &str, head: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::UNKNOWN_DIALECT, format!("no dialect is called `{name}`"));
    let known = DIALECTS.map(|dialect| format!("`{dialect}`")).join(", ");
    let alias = match name {
        "postgres" | "pg" | "psql" | "postgre" | "pgsql" => Some("postgresql"),
        "sqlite3" => Some("sqlite"),
        "mysql" => None,
        "any" => {
            return diagnostic.help(format!(
                "Write `{head}`: it is for every server that has no section of its own."
            ));
        }
        other => closest(other, DIALECTS.into_iter()),
    };
    match alias {
        Some(near) => diagnostic.help(format!("Write `{head}: {near}`.")),
        None => diagnostic.help(format!("Use one of {known}.")),
    }
}
