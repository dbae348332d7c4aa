//! A section's statements, read as ops.

use super::RevisionFile;
use super::replay::is_portable;
use crate::ddl::{Flavor, Malformed, made_by, parse_statement};
use crate::diagnostic::{Diagnostic, codes};
use crate::dialect::{Dialect, Spelling, TypeNames};
use crate::graph::RevisionId;
use crate::name::ObjectName;
use crate::op::{Effect, ObjectKind, Op, RawSql};
use crate::revision::{Action, Section};
use crate::sql::statement;
use crate::text::Span;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Statements of a portable file that say a type which the server does not have, with why.
    pub unsupported: Vec<(Span, String)>,
}

/// Reads what a section does. In a portable section of a layer that uses standard type names, `spelling` makes the
/// server's of them; without it they stay as they are written.
pub fn read(file: &RevisionFile, section: &Section, flavor: &Flavor, spelling: Option<&Spelling<'_>>) -> Reading {
    let mut reading = read_as_written(file, section, flavor);
    let is_standard = file.types == TypeNames::Standard && is_portable(file, section.dialect.as_deref());
    let Some(spelling) = spelling.filter(|_| is_standard) else {
        return reading;
    };
    for statement in &mut reading.statements {
        if let Err(why) = spelling.spell_ops(&mut statement.ops) {
            reading.unsupported.push((statement.span, why));
        }
    }
    reading
}

/// The names of enumerated types that portable revisions of layers with standard type names make. Servers without such
/// types have to know them, and nothing in their catalog tells.
pub fn enum_names(files: &BTreeMap<RevisionId, RevisionFile>, dialect: &dyn Dialect) -> BTreeSet<ObjectName> {
    if dialect.capability().enum_types {
        return BTreeSet::new();
    }
    let standard = files.values().filter(|file| file.types == TypeNames::Standard);
    let steps = standard
        .flat_map(|file| &file.revision.sections)
        .flat_map(|section| &section.steps);
    let makes_type = |text: &&str| {
        text.get(..11)
            .is_some_and(|head| head.eq_ignore_ascii_case("create type"))
    };
    let texts = steps.filter_map(|step| match &step.action {
        Action::Sql(text) => Some(text.as_str()),
        Action::Call(_) | Action::Python(_) => None,
    });
    let ops = texts
        .filter(makes_type)
        .filter_map(|text| read_statement(text, dialect.flavor()).ok());
    ops.flat_map(|(ops, _)| ops)
        .filter_map(|op| match op {
            Op::CreateEnum(ty) => Some(ty.name),
            _ => None,
        })
        .collect()
}

fn read_as_written(file: &RevisionFile, section: &Section, flavor: &Flavor) -> Reading {
    let mut reading = Reading::default();
    for step in &section.steps {
        let (ops, tolerant) = match &step.action {
            Action::Call(name) => (vec![Op::Call(name.clone())], false),
            Action::Python(_) => (vec![Op::Python], false),
            Action::Sql(text) => match read_statement(text, flavor) {
                Ok(parsed) => parsed,
                Err(malformed) => {
                    let moved = Malformed {
                        span: malformed.span.shift(step.span.start),
                        ..malformed
                    };
                    reading.malformed.push((step.span, moved));
                    (vec![unread(text, flavor)], false)
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
    // The file was cut into statements already, as its own dialect has it.
    let Ok(Some(statement)) = statement(text, &flavor.lexing) else {
        return Ok((vec![unread(text, flavor)], false));
    };
    let mut parsed = parse_statement(text, &statement, flavor)?;
    for op in &mut parsed.ops {
        if matches!(op, Op::Sql(raw) if raw.effect == Effect::Unknown) {
            *op = unread(text, flavor);
        }
    }
    Ok((parsed.ops, parsed.tolerant))
}

/// A statement that is not understood. Its last words may be one server's own (`PARTITION BY`); whose table it makes, its first
/// ones tell.
fn unread(text: &str, flavor: &Flavor) -> Op {
    let parts = statement(text, &flavor.lexing).ok().flatten();
    let effect = match parts.and_then(|parts| made_by(text, &parts, flavor)) {
        Some((ObjectKind::Table, name)) => Effect::CreatesTable(name),
        _ => Effect::Unknown,
    };
    Op::Sql(RawSql {
        text: text.to_owned(),
        effect,
    })
}

/// Whether an op can stand in a portable file: it is understood, and no one server's own. Of what has no model, virtual
/// tables are known to be SQLite's, and were always let be.
pub fn can_be_portable(op: &Op) -> bool {
    match op {
        Op::CreateUnmodelled(other) | Op::DropUnmodelled(other) => other.kind == "virtual table",
        Op::Sql(raw) => !raw.effect.is_untold(),
        _ => true,
    }
}

impl Reading {
    /// What stops a portable file: every statement in it has to be understood.
    pub(super) fn not_understood(&self, file: &RevisionFile) -> Vec<Diagnostic> {
        let malformed = self.malformed.iter().map(|(_, malformed)| {
            Diagnostic::error(codes::NOT_UNDERSTOOD, malformed.message.clone()).at(&file.source, malformed.span, "")
        });
        let known_malformed: BTreeSet<Span> = self.malformed.iter().map(|(span, _)| *span).collect();
        let unknown = self.statements.iter().filter(move |statement| {
            !known_malformed.contains(&statement.span) && !statement.ops.iter().all(can_be_portable)
        });
        let unknown = unknown.map(|statement| {
            Diagnostic::error(codes::NOT_UNDERSTOOD, "this statement is not portable DDL")
                .at(&file.source, statement.span, "")
                .help("Name the server it is written for: `-- Dialect: sqlite`, or a section `-- upgrade: sqlite`.")
        });
        malformed.chain(unknown).collect()
    }
}
