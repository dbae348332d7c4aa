//! A section's statements, read as ops.

use super::RevisionFile;
use crate::ddl::{Flavor, Malformed, parse_statement};
use crate::diagnostic::{Diagnostic, codes};
use crate::op::{Effect, Op, RawSql};
use crate::revision::{Action, Section};
use crate::sql::split;
use crate::text::Span;

/// One step of a section with what it means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadStatement {
    /// The author's step.
    pub action: Action,
    /// What it does.
    pub ops: Vec<Op>,
    /// Whether an op of it that does not fit is no mistake.
    pub tolerant: bool,
    /// Where it stands.
    pub span: Span,
}

/// What could be read, and what could not.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    /// In the order of the section.
    pub statements: Vec<ReadStatement>,
    /// Statements that begin as ones that are understood and go on otherwise. In a portable file that is an error; in
    /// one for a single server, the server has the last word.
    pub malformed: Vec<(Span, Malformed)>,
}

/// Reads what a section does.
pub fn read(file: &RevisionFile, section: &Section, flavor: &Flavor) -> Reading {
    let mut reading = Reading::default();
    for step in &section.steps {
        let (ops, tolerant) = match &step.action {
            Action::Call(name) => (vec![Op::Call(name.clone())], false),
            Action::Sql(text) => match read_statement(text, flavor) {
                Ok(parsed) => parsed,
                Err(malformed) => {
                    let moved = Malformed {
                        span: malformed.span.shift(step.span.start),
                        ..malformed
                    };
                    reading.malformed.push((step.span, moved));
                    (
                        vec![Op::Sql(RawSql {
                            text: text.clone(),
                            effect: Effect::Unknown,
                        })],
                        false,
                    )
                }
            },
        };
        reading.statements.push(ReadStatement {
            action: step.action.clone(),
            ops,
            tolerant,
            span: step.span,
        });
    }
    for (_, malformed) in &mut reading.malformed {
        let end = file.source.text().len();
        malformed.span = Span::new(malformed.span.start.min(end), malformed.span.end.min(end));
    }
    reading
}

fn read_statement(text: &str, flavor: &Flavor) -> Result<(Vec<Op>, bool), Malformed> {
    let unknown = || {
        (
            vec![Op::Sql(RawSql {
                text: text.to_owned(),
                effect: Effect::Unknown,
            })],
            false,
        )
    };
    let Ok(statements) = split(text, &flavor.lexing) else {
        return Ok(unknown());
    };
    let Some(statement) = statements.first() else {
        return Ok(unknown());
    };
    let parsed = parse_statement(text, statement, flavor)?;
    Ok((parsed.ops, parsed.tolerant))
}

impl Reading {
    /// What stops a portable file: every statement in it has to be understood.
    pub(super) fn not_understood(&self, file: &RevisionFile) -> Vec<Diagnostic> {
        let malformed = self.malformed.iter().map(|(_, malformed)| {
            Diagnostic::error(codes::NOT_UNDERSTOOD, malformed.message.clone()).at(&file.source, malformed.span, "")
        });
        let known_malformed: Vec<Span> = self.malformed.iter().map(|(span, _)| *span).collect();
        let unknown = self.statements.iter().filter(move |statement| {
            !known_malformed.contains(&statement.span)
                && statement.ops.iter().any(|op| {
                    matches!(
                        op,
                        Op::Sql(RawSql {
                            effect: Effect::Unknown | Effect::CreatesTable(_),
                            ..
                        })
                    )
                })
        });
        let unknown = unknown.map(|statement| {
            Diagnostic::error(codes::NOT_UNDERSTOOD, "this statement is not portable DDL")
                .at(&file.source, statement.span, "")
                .help("Name the server it is written for: `-- Dialect: sqlite`, or a section `-- upgrade: sqlite`.")
        });
        malformed.chain(unknown).collect()
    }
}
