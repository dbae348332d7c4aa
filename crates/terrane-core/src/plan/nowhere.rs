//! Foreign keys that refer to nothing once a plan has run, on a server that takes them as they come.
//!
//! A child may be made before its parent, in one revision or in several; so it is asked of the end, and of revisions that are
//! still to come.

use super::{Plan, PlanStep, RevisionFile};
use crate::diagnostic::{Diagnostic, codes};
use crate::dialect::Dialect;
use crate::graph::{Direction, RevisionId, Rows};
use crate::name::ObjectName;
use crate::revision::Way;
use crate::schema::{ForeignKey, Schema};
use crate::text::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A table, and what a key of it refers to.
pub(super) type Loose = BTreeSet<(ObjectName, ObjectName)>;

/// The keys that refer to nothing.
pub(super) fn loose(schema: &Schema, dialect: &dyn Dialect) -> Loose {
    if !dialect.capability().dangling_foreign_keys {
        return Loose::new();
    }
    let keys = schema
        .tables
        .values()
        .flat_map(|table| table.foreign_keys().map(move |(_, key)| (table, key)));
    keys.filter(|(_, key)| is_loose(key, schema))
        .map(|(table, key)| (table.name.clone(), key.table.clone()))
        .collect()
}

fn is_loose(key: &ForeignKey, schema: &Schema) -> bool {
    match schema.tables.get(&key.table) {
        Some(parent) => key.referenced.iter().any(|name| parent.column(name).is_none()),
        // A definition that was not understood, a virtual table for one, can be referred to all the same.
        None => !schema.unmodelled.contains_key(&key.table),
    }
}

/// A diagnostic for each foreign key that refers to nothing after the plan and did not before it. It is an error; it is a
/// warning where a revision that is not applied at `rows`, at which the plan ends, names the missing table and may make it.
pub(super) fn told(
    plan: &Plan,
    before: &Loose,
    after: &Schema,
    (files, rows): (&BTreeMap<RevisionId, RevisionFile>, &Rows),
    dialect: &dyn Dialect,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let applied = applied(files, rows);
    for (table, parent) in loose(after, dialect).difference(before) {
        let makes = |step: &&PlanStep| step.direction == Direction::Up && step.tables.contains(table);
        let Some(step) = plan.steps.iter().rev().find(makes) else {
            continue;
        };
        let to_come = files.iter().filter(|(id, _)| !applied.contains(*id));
        let message = format!("a foreign key of `{table}` would refer to `{parent}`, which is not there");
        let comes = to_come.map(|(_, file)| file).any(|file| speaks_of(file, parent));
        let diagnostic = match comes {
            true => Diagnostic::warning(codes::NOWHERE, message)
                .help("Each write to the table fails, until a revision makes what it refers to."),
            false => Diagnostic::error(codes::NOWHERE, message).help(
                "Make what it refers to, in this revision or before it; or leave the key away: each write would fail.",
            ),
        };
        diagnostics.push(placed(diagnostic, step, table));
    }
    diagnostics
}

/// The revisions that lie behind the rows.
fn applied(files: &BTreeMap<RevisionId, RevisionFile>, rows: &Rows) -> BTreeSet<RevisionId> {
    let mut applied = BTreeSet::new();
    let mut pending: Vec<RevisionId> = rows.iter().map(|(_, id)| id.clone()).collect();
    while let Some(id) = pending.pop() {
        let parents = files.get(&id).map(|file| file.revision.down_revisions.clone());
        if applied.insert(id) {
            pending.extend(parents.into_iter().flatten());
        }
    }
    applied
}

/// Whether the way up of a revision has a name in it.
fn speaks_of(file: &RevisionFile, name: &ObjectName) -> bool {
    let name = name.name.as_str().to_lowercase();
    let ups = file
        .revision
        .sections
        .iter()
        .filter(|section| section.way == Way::Upgrade);
    ups.flat_map(|section| &section.steps)
        .any(|step| step.action.sql().to_lowercase().contains(&name))
}

/// At the statement that speaks of the table and of a key.
fn placed(diagnostic: Diagnostic, step: &PlanStep, table: &ObjectName) -> Diagnostic {
    let Some(source) = &step.source else { return diagnostic };
    let name = table.name.as_str().to_lowercase();
    let speaks = |span: &Span| {
        let text = source.slice(*span).to_lowercase();
        text.contains(&name) && text.contains("references")
    };
    let spans = step.statements.iter().filter_map(|statement| statement.span);
    match spans.into_iter().find(speaks) {
        Some(span) => diagnostic.at(source, source.first_line(span), ""),
        None => diagnostic.at(source, Span::new(0, source.text().find('\n').unwrap_or(0)), ""),
    }
}
