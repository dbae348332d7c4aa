//! What a revision in Python says of itself: its id, what it continues, labels, message and date.
//!
//! Alembic runs the file and looks at its module variables (`Script` in `alembic/script/base.py` of 1.20); in all but 2 of
//! 1,697 revisions of public histories they are literals, and those are read here. What is no literal is told, not guessed.

use crate::python::{Python, constant_strings, span_of};
use ruff_python_ast::{Expr, Stmt};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::graph::RevisionId;
use terrane_core::revision::{Revision, Target, Timestamp};
use terrane_core::text::{SourceFile, Span};

/// The module variables that Alembic reads.
const VARIABLES: [&str; 4] = ["revision", "down_revision", "branch_labels", "depends_on"];

/// The lines with which `script.py.mako` of Alembic's templates ends the message in the docstring.
const KEYS: [&str; 3] = ["Revision ID:", "Revises:", "Create Date:"];

/// The revision that a file says it is, without anything that it does; `name` is the file's own name.
///
/// # Errors
/// A variable is no literal, or says what cannot be; there is no id. All of it, in the order of the file.
pub(crate) fn read(source: &SourceFile, python: &Python, name: &str) -> Result<Revision, Vec<Diagnostic>> {
    let mut reading = Reading {
        source,
        values: Default::default(),
        diagnostics: Vec::new(),
    };
    python
        .body()
        .iter()
        .for_each(|statement| reading.statement(statement, python));
    let docstring = docstring(python).unwrap_or_default();
    let (message, created) = described(&docstring);
    let [own, down, labels, depends] = std::mem::take(&mut reading.values);
    let id = reading.own_id(own, name);
    let down_revisions = reading.ids(down);
    let texts = |found: Option<Found>| found.map_or_else(Vec::new, |found| found.texts);
    match (id, reading.diagnostics.is_empty()) {
        (Some(id), true) => Ok(Revision {
            id,
            message,
            down_revisions,
            depends_on: texts(depends),
            branch_labels: texts(labels),
            created,
            dialect: Target::Unsaid,
            transactional: true,
            touches: Vec::new(),
            sections: Vec::new(),
        }),
        _ => Err(reading.diagnostics),
    }
}

/// The value of a variable, and where it is set.
#[derive(Debug)]
struct Found {
    texts: Vec<String>,
    span: Span,
}

struct Reading<'s> {
    source: &'s SourceFile,
    values: [Option<Found>; 4],
    diagnostics: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn statement(&mut self, statement: &Stmt, python: &Python) {
        match statement {
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.assign(target, &assign.value, python);
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.assign(&assign.target, value, python);
                }
            }
            _ => {}
        }
    }

    fn assign(&mut self, target: &Expr, value: &Expr, python: &Python) {
        let Expr::Name(name) = target else { return };
        let Some(at) = VARIABLES.iter().position(|variable| *variable == name.id.as_str()) else {
            return;
        };
        let span = span_of(value);
        match constant_strings(python.constant(value).unwrap_or(value)) {
            // Only the last assignment is what Python sees.
            Some(texts) => self.values[at] = Some(Found { texts, span }),
            None => {
                let message = format!("`{}` is no literal, so that it is known to Python alone", VARIABLES[at]);
                self.diagnostics.push(
                    Diagnostic::error(codes::BAD_HEADER, message)
                        .at(self.source, self.source.first_line(span), "")
                        .help("Write the id itself, as Alembic's template does."),
                );
            }
        }
    }

    fn own_id(&mut self, own: Option<Found>, name: &str) -> Option<RevisionId> {
        let Some(found) = own else {
            // Before Alembic 0.2 a revision was called after its file.
            let legacy = name
                .strip_suffix(".py")
                .filter(|stem| !stem.is_empty() && stem.chars().all(|c| matches!(c, 'a'..='f' | '0'..='9')));
            if let Some(id) = legacy {
                return RevisionId::parse(id).ok();
            }
            self.diagnostics.push(
                Diagnostic::error(codes::NO_REVISION_ID, "the file has no variable `revision`")
                    .at(
                        self.source,
                        self.source.first_line(Span::new(0, self.source.text().len())),
                        "",
                    )
                    .help("Write `revision = \"…\"`, or move the file out of the folder of revisions."),
            );
            return None;
        };
        if found.texts.len() != 1 {
            let message = "`revision` is to be one text";
            self.diagnostics
                .push(Diagnostic::error(codes::BAD_HEADER, message).at(self.source, found.span, ""));
            return None;
        }
        self.ids(Some(found)).pop()
    }

    fn ids(&mut self, found: Option<Found>) -> Vec<RevisionId> {
        let Some(found) = found else { return Vec::new() };
        let mut ids = Vec::new();
        for text in &found.texts {
            match RevisionId::parse(text) {
                Ok(id) => ids.push(id),
                Err(error) => self.diagnostics.push(error.diagnostic().at(
                    self.source,
                    self.source.first_line(found.span),
                    "",
                )),
            }
        }
        ids
    }
}

/// The text at the head of the module.
fn docstring(python: &Python) -> Option<String> {
    let Stmt::Expr(first) = python.body().first()? else {
        return None;
    };
    match &*first.value {
        Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        _ => None,
    }
}

/// The message and the date in a docstring. A date without an offset is the author's local time, which nobody knows: it
/// orders revisions, and is taken as UTC.
fn described(docstring: &str) -> (String, Option<Timestamp>) {
    let is_key = |line: &&str| KEYS.iter().any(|key| line.trim_start().starts_with(key));
    let lines: Vec<&str> = docstring
        .lines()
        .take_while(|line| !is_key(line))
        .map(str::trim)
        .collect();
    let created = docstring
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(KEYS[2]))
        .and_then(Timestamp::parse);
    (lines.join("\n").trim().to_owned(), created)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Result<Revision, Vec<Diagnostic>> {
        let source = SourceFile::new("ab12_more.py", text);
        let python = Python::parse(&source).map_err(|diagnostic| vec![*diagnostic])?;
        read(&source, &python, "ab12_more.py")
    }

    #[test]
    fn a_header_is_read_as_alembic_reads_it() {
        let text = "# -*- coding: utf-8; -*-\n\"\"\"add widgets\n\nmore of it\n\nRevision ID: ab12\nRevises: cd34\n\
                    Create Date: 2026-11-22 21:30:00.123456\n\n\"\"\"\nfrom typing import Union\n\nrevision: str = 'ab12'\n\
                    down_revision: Union[str, None] = ('cd34', 'ef56')\nbranch_labels = ('poser',)\ndepends_on = '7890'\n\n\
                    def upgrade():\n    pass\n";
        let revision = header(text).unwrap();
        assert_eq!(revision.id.as_str(), "ab12");
        assert_eq!(revision.message, "add widgets\n\nmore of it");
        let parents: Vec<&str> = revision.down_revisions.iter().map(RevisionId::as_str).collect();
        assert_eq!(parents, ["cd34", "ef56"]);
        assert_eq!(revision.branch_labels, ["poser"]);
        assert_eq!(revision.depends_on, ["7890"]);
        assert_eq!(revision.created.unwrap().to_string(), "2026-11-22 21:30:00+00:00");
    }

    #[test]
    fn what_is_not_said_is_nothing() {
        let revision = header("revision = 'ab12'\ndown_revision = None\n").unwrap();
        assert!(revision.down_revisions.is_empty() && revision.branch_labels.is_empty());
        assert_eq!((revision.message.as_str(), revision.created), ("", None));
    }

    #[test]
    fn a_name_that_is_set_once_is_what_it_is_set_to() {
        let revision = header("BASE = 'cd34'\nrevision = 'ab12'\ndown_revision = BASE\n").unwrap();
        assert_eq!(revision.down_revisions[0].as_str(), "cd34");
    }

    #[test]
    fn what_is_no_literal_is_told_with_its_place() {
        let text = "revision = make()\ndown_revision = 'a b'\n";
        let told = header(text).unwrap_err();
        let codes: Vec<&str> = told.iter().map(|diagnostic| diagnostic.code.id).collect();
        assert_eq!(codes, ["S002", "S004", "G012"], "{told:?}");
        assert_eq!(told[0].labels[0].source.slice(told[0].labels[0].span), "make()");
    }

    #[test]
    fn a_file_that_does_not_parse_is_one_diagnostic_with_its_line_and_a_caret() {
        let told = header("revision = 'ab12'\n\ndef upgrade(:\n    pass\n").unwrap_err();
        assert_eq!(told.len(), 1);
        let label = &told[0].labels[0];
        assert_eq!(label.source.position(label.span.start).line, 3, "{told:?}");
    }
}
