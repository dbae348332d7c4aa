//! A migration as the text of a revision file: its statements byte for byte, and the comments around them.

use super::original::{Original, Part};
use terrane_core::diagnostic::{Diagnostic, Label, codes};
use terrane_core::revision::{Action, Revision, Way, is_plain_comment, parse, print};
use terrane_core::sql::{Lexing, Piece, Pieces, SqlStatement, Token};
use terrane_core::text::{SourceFile, Span};

/// What is put in front of the words of a comment that would be read as a heading or a call.
const NOTE: &str = " as written:";

/// A migration that became a revision.
pub(super) struct Carried {
    /// The revision as its file will be read.
    pub(super) revision: Revision,
    /// The text of the file.
    pub(super) source: SourceFile,
    /// Which stretches of the text were copied from where.
    copied: Vec<Copied>,
    /// Whether `BEGIN` and `COMMIT` around it were left out.
    pub(super) was_bracketed: bool,
}

struct Copied {
    at: usize,
    part: Part,
}

impl Carried {
    /// A diagnostic about the revision as one about the files that it was made from.
    pub(super) fn told(&self, diagnostic: Diagnostic) -> Diagnostic {
        told(diagnostic, &self.source, &self.copied)
    }
}

/// Reads labels in the text of a revision as labels in the files that it was copied from.
fn told(diagnostic: Diagnostic, source: &SourceFile, copied: &[Copied]) -> Diagnostic {
    let original = |label: Label| {
        let start = label.span.start;
        let found = copied.iter().find(|copied| {
            let length = copied.part.span.end - copied.part.span.start;
            label.source == *source && (copied.at..copied.at + length).contains(&start)
        });
        let Some(copied) = found else { return label };
        let from = copied.part.span.start + (start - copied.at);
        let end = (from + (label.span.end - start)).min(copied.part.span.end);
        Label {
            source: copied.part.source.clone(),
            span: Span::new(from, end),
            text: label.text,
        }
    };
    Diagnostic {
        labels: diagnostic.labels.into_iter().map(original).collect(),
        ..diagnostic
    }
}

/// A statement of a part, with what follows it.
struct Cut {
    /// Which part it stands in.
    part: usize,
    statement: SqlStatement,
    /// Its semicolon; none, where the part ends without one.
    semicolon: Option<usize>,
}

/// One change to a part on its way into the revision.
struct Edit {
    part: usize,
    at: usize,
    remove: usize,
    insert: &'static str,
}

/// The text as it grows.
struct Writing {
    text: String,
    copied: Vec<Copied>,
}

impl Writing {
    fn copy(&mut self, part: &Part, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let stretch = Part {
            source: part.source.clone(),
            span: Span::new(from, to),
        };
        self.copied.push(Copied {
            at: self.text.len(),
            part: stretch,
        });
        self.text.push_str(&part.source.text()[from..to]);
    }
}

/// Makes a revision of a migration: `head` says all but its sections, and `name` is the file that it goes into.
pub(super) fn carried(
    migration: &Original,
    head: &Revision,
    name: &str,
    dialect: &'static str,
) -> Result<Carried, Vec<Diagnostic>> {
    let lexing = Lexing::named(dialect).unwrap_or(Lexing::PORTABLE);
    let mut diagnostics = Vec::new();
    let mut writing = Writing {
        text: print(head),
        copied: Vec::new(),
    };
    let mut wanted: Vec<(Way, Vec<String>)> = Vec::new();
    let mut was_bracketed = false;
    for (way, parts) in [(Way::Upgrade, &migration.up), (Way::Downgrade, &migration.down)] {
        let parts: Vec<Part> = parts.iter().filter_map(Part::trimmed).collect();
        // What nothing undoes has no such section; where there is nothing to undo, an empty one says so.
        let does_something = wanted.first().is_some_and(|(_, up)| !up.is_empty());
        if way == Way::Downgrade && parts.is_empty() && does_something {
            continue;
        }
        let (cuts, mut edits) = cut(&parts, lexing, &mut diagnostics);
        let brackets = brackets(&cuts, &parts, head.transactional, &mut edits);
        was_bracketed |= brackets;
        refuse(&cuts, &parts, brackets, &mut diagnostics);
        wanted.push((way, kept(&cuts, &parts, brackets)));
        writing.text.push_str(&format!("\n-- {}\n", way.word()));
        write_parts(&mut writing, &parts, &mut edits);
    }
    let source = SourceFile::new(name, writing.text);
    let copied = writing.copied;
    let read = parse(&source, Some(dialect));
    let faults = read.diagnostics.into_iter();
    diagnostics.extend(faults.map(|fault| told(fault, &source, &copied)));
    match read.value {
        Some(revision) if diagnostics.is_empty() && says(&revision, &wanted) => Ok(Carried {
            revision,
            source,
            copied,
            was_bracketed,
        }),
        _ => {
            if diagnostics.is_empty() {
                let message = format!("`{}` would be read otherwise as a revision", migration.file.name());
                diagnostics.push(
                    Diagnostic::error(codes::NOT_CARRIED, message).help("Look at its comments and its last statement."),
                );
            }
            Err(diagnostics)
        }
    }
}

/// The statements of a way as the revision has to say them.
fn kept(cuts: &[Cut], parts: &[Part], brackets: bool) -> Vec<String> {
    let inner = match brackets {
        true => &cuts[1..cuts.len() - 1],
        false => cuts,
    };
    let text = |cut: &Cut| parts[cut.part].source.slice(cut.statement.span).to_owned();
    inner.iter().map(text).collect()
}

/// Whether a revision says those statements and no others.
fn says(revision: &Revision, wanted: &[(Way, Vec<String>)]) -> bool {
    let said = revision.sections.iter().map(|section| {
        let sql = section.steps.iter().map(|step| match &step.action {
            Action::Sql(sql) => sql.clone(),
            Action::Call(name) => format!("-- call {name}"),
            // No file of SQL says so.
            Action::Python(_) => String::new(),
        });
        (section.way, sql.collect::<Vec<_>>())
    });
    said.eq(wanted.iter().cloned())
}

/// The statements of parts, and what has to change around them.
fn cut(parts: &[Part], lexing: Lexing, diagnostics: &mut Vec<Diagnostic>) -> (Vec<Cut>, Vec<Edit>) {
    let (mut cuts, mut edits) = (Vec::new(), Vec::new());
    for (part, stretch) in parts.iter().enumerate() {
        let text = &stretch.source.text()[..stretch.span.end];
        for piece in Pieces::new(text, lexing, stretch.span.start) {
            match piece {
                Ok(Piece::Comment(token)) => edits.extend(edit_of_comment(part, token, text)),
                Ok(Piece::Statement(statement, trailing)) => {
                    let end = trailing.last().map_or(statement.span.end, |token| token.span.end);
                    let rest = &text[end..];
                    let blanks = rest.len() - rest.trim_start().len();
                    let semicolon = rest.trim_start().starts_with(';').then_some(end + blanks);
                    if semicolon.is_none() {
                        let at = statement.span.end;
                        edits.push(Edit {
                            part,
                            at,
                            remove: 0,
                            insert: ";",
                        });
                    }
                    cuts.push(Cut {
                        part,
                        statement,
                        semicolon,
                    });
                }
                Err(error) => diagnostics.push(error.diagnostic(&stretch.source, 0)),
            }
        }
    }
    (cuts, edits)
}

/// What keeps a comment between statements a comment.
fn edit_of_comment(part: usize, token: Token, text: &str) -> Option<Edit> {
    let written = token.text(text);
    let mark = if written.starts_with("/*") || written.starts_with("--") {
        2
    } else {
        1
    };
    (!is_plain_comment(written)).then_some(Edit {
        part,
        at: token.span.start + mark,
        remove: 0,
        insert: NOTE,
    })
}

/// The first word of a statement, in lower case.
fn first_word(cut: &Cut, parts: &[Part]) -> String {
    let text = parts[cut.part].source.text();
    let first = cut.statement.tokens.first();
    first.map_or_else(String::new, |token| token.text(text).to_ascii_lowercase())
}

fn second_is(cut: &Cut, parts: &[Part], word: &str) -> bool {
    let text = parts[cut.part].source.text();
    cut.statement
        .tokens
        .get(1)
        .is_some_and(|token| token.is_word(text, word))
}

fn begins_transaction(cut: &Cut, parts: &[Part]) -> bool {
    match first_word(cut, parts).as_str() {
        "begin" => true,
        "start" => second_is(cut, parts, "transaction"),
        _ => false,
    }
}

fn ends_transaction(cut: &Cut, parts: &[Part]) -> bool {
    matches!(first_word(cut, parts).as_str(), "commit" | "end")
}

/// Leaves out the transaction that a migration has around all of its statements, since a revision is one anyway.
fn brackets(cuts: &[Cut], parts: &[Part], transactional: bool, edits: &mut Vec<Edit>) -> bool {
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else {
        return false;
    };
    let is_bracketed =
        transactional && cuts.len() > 1 && begins_transaction(first, parts) && ends_transaction(last, parts);
    if is_bracketed {
        // The semicolon that one of them lacks is not wanted either.
        edits.retain(|edit| edit.insert != ";");
        edits.extend([first, last].map(|cut| {
            let span = cut.statement.span;
            let end = cut.semicolon.map_or(span.end, |semicolon| semicolon + 1);
            Edit {
                part: cut.part,
                at: span.start,
                remove: end - span.start,
                insert: "",
            }
        }));
    }
    is_bracketed
}

/// Names what no server is told: what only a shell understands, and transactions within the migration.
fn refuse(cuts: &[Cut], parts: &[Part], brackets: bool, diagnostics: &mut Vec<Diagnostic>) {
    let inner = match brackets {
        true => &cuts[1..cuts.len() - 1],
        false => cuts,
    };
    for cut in inner {
        let source = &parts[cut.part].source;
        let text = source.text();
        let tokens = &cut.statement.tokens;
        let line = source.first_line(cut.statement.span);
        let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(text, word));
        let meta = tokens.iter().find(|token| token.text(text).starts_with('\\'));
        if let Some(meta) = meta {
            let what = "this is a command of psql's own, which no server reads";
            let help = "Write what it does as SQL, or take it out.";
            diagnostics.push(fault(source, source.first_line(meta.span), what, help));
        } else if tokens.first().is_some_and(|token| token.text(text).starts_with('.')) {
            let what = "this is a command of the `sqlite3` shell, which SQLite does not read";
            diagnostics.push(fault(source, line, what, "Write what it does as SQL, or take it out."));
        } else if is(0, "copy") && (1..tokens.len()).any(|at| is(at, "from") && is(at + 1, "stdin")) {
            let what = "the rows of this `COPY` stand below it, which only a shell sends";
            diagnostics.push(fault(source, line, what, "Write the rows as `INSERT`."));
        } else if begins_transaction(cut, parts) || ends_transaction(cut, parts) || is(0, "rollback") {
            let what = "a transaction begins or ends within the migration, and a revision is one by itself";
            let help = "Divide the migration there, or take the statement out.";
            let told = Diagnostic::error(codes::TRANSACTION_CONTROL, what).at(source, line, "");
            diagnostics.push(told.help(help));
        }
    }
}

fn fault(source: &SourceFile, span: Span, what: &str, help: &str) -> Diagnostic {
    Diagnostic::error(codes::NOT_CARRIED, what)
        .at(source, span, "")
        .help(help)
}

/// Writes parts with their changes, each on lines of its own.
fn write_parts(writing: &mut Writing, parts: &[Part], edits: &mut [Edit]) {
    edits.sort_by_key(|edit| (edit.part, edit.at));
    for (at, part) in parts.iter().enumerate() {
        let mut from = part.span.start;
        for edit in edits.iter().filter(|edit| edit.part == at) {
            writing.copy(part, from, edit.at);
            writing.text.push_str(edit.insert);
            from = edit.at + edit.remove;
        }
        writing.copy(part, from, part.span.end);
        writing.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_that_would_be_a_heading_stays_a_comment() {
        for comment in [
            "-- upgrade",
            "-- down",
            "--//@UNDO",
            "/* downgrade */",
            "-- call me",
            "-- Rollback",
        ] {
            let text = format!("{comment}\nSELECT 1;");
            let token = match Pieces::new(&text, Lexing::SQLITE, 0).next() {
                Some(Ok(Piece::Comment(token))) => token,
                other => panic!("{other:?}"),
            };
            let edit = edit_of_comment(0, token, &text);
            let edited = match edit {
                Some(edit) => format!("{}{}{}", &comment[..edit.at], edit.insert, &comment[edit.at..]),
                None => comment.to_owned(),
            };
            assert!(is_plain_comment(&edited), "{edited}");
        }
    }
}
