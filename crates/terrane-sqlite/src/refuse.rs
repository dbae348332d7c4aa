//! What SQLite does not have: each a value with a reason, found before anything runs.

use terrane_core::dialect::Refusal;
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{
    Attributes, Column, Constraint, ConstraintKind, Deferrability, Identity, Index, Key, Table, View,
};

const TABLE_ATTRIBUTES: [&str; 2] = ["strict", "without rowid"];
const COLUMN_ATTRIBUTES: [&str; 1] = ["not null on conflict"];
const CONSTRAINT_ATTRIBUTES: [&str; 1] = ["on conflict"];

/// Why SQLite cannot carry out the op, whatever it is applied to.
pub(crate) fn refusal(op: &Op) -> Option<Refusal> {
    if matches!(op, Op::Sql(_) | Op::Call(_) | Op::Python) {
        return None;
    }
    if let Some(touch) = op.touches().into_iter().find(|touch| touch.name.schema.is_some()) {
        let reason = format!(
            "`{}` is in a schema of its own, and a database of SQLite has none",
            touch.name
        );
        return Some(Refusal::new(reason).help("Name the object without a schema."));
    }
    match op {
        Op::CreateTable(table) => of_table(table),
        Op::SetTableAttribute { name, value, .. } => attribute("table", name, &TABLE_ATTRIBUTES).or_else(|| {
            value
                .as_ref()
                .filter(|value| !value.is_empty())
                .map(|_| Refusal::new(format!("the table option `{name}` takes no value in SQLite")))
        }),
        Op::AddColumn { column, .. } => of_column(column),
        Op::AlterColumn { change, .. } => of_change(change),
        Op::AddConstraint { constraint, .. } => of_constraint(constraint),
        Op::CreateIndex { index, .. } => of_index(index),
        Op::CreateView(view) => of_view(view),
        Op::CreateEnum(_) | Op::DropEnum(_) | Op::AlterEnum(_) => {
            Some(Refusal::new("SQLite has no enumerated types").help("Use a text column with a CHECK on its values."))
        }
        Op::CreateSequence(_) | Op::AlterSequence(_) | Op::DropSequence(_) => Some(
            Refusal::new("SQLite has no sequences").help("Number the rows with `INTEGER PRIMARY KEY AUTOINCREMENT`."),
        ),
        Op::CreateRoutine(_) | Op::ReplaceRoutine(_) | Op::DropRoutine(_) => Some(
            Refusal::new("SQLite keeps no functions or procedures").help("Register the function with the application."),
        ),
        _ => None,
    }
}

fn of_table(table: &Table) -> Option<Refusal> {
    let options = table
        .attributes
        .iter()
        .find_map(|(name, _)| attribute("table", name, &TABLE_ATTRIBUTES));
    options
        .or_else(|| table.columns.iter().find_map(of_column))
        .or_else(|| table.constraints.iter().find_map(of_constraint))
        .or_else(|| unnumberable(table))
}

/// AUTOINCREMENT is said of the one column of an INTEGER primary key (sqlite.org/autoinc.html).
pub(crate) fn unnumberable(table: &Table) -> Option<Refusal> {
    let numbered = table.columns.iter().find(|column| column.identity.is_some())?;
    let is_key = crate::types::rowid_alias(table) == Some(&numbered.name);
    (!is_key).then(|| {
        let reason = format!(
            "SQLite numbers `{}` only if it is the one INTEGER column of the primary key",
            numbered.name
        );
        Refusal::new(reason).help("Make it `INTEGER PRIMARY KEY AUTOINCREMENT`, or take the numbering away.")
    })
}

fn of_column(column: &Column) -> Option<Refusal> {
    let attributes = column.attributes.iter();
    let unknown = attributes
        .into_iter()
        .find_map(|(name, _)| attribute("column", name, &COLUMN_ATTRIBUTES));
    unknown.or_else(|| column.identity.as_ref().and_then(of_identity))
}

fn of_identity(identity: &Identity) -> Option<Refusal> {
    identity.options.as_ref().map(|options| {
        Refusal::new(format!("SQLite numbers rows without options, so not with `{options}`"))
            .help("Leave the options away.")
    })
}

fn of_change(change: &ColumnChange) -> Option<Refusal> {
    match change {
        ColumnChange::Attribute { name, .. } => attribute("column", name, &COLUMN_ATTRIBUTES),
        ColumnChange::Identity(Some(identity)) => of_identity(identity),
        _ => None,
    }
}

fn attribute(of: &str, name: &str, known: &[&str]) -> Option<Refusal> {
    (!known.contains(&name)).then(|| Refusal::new(format!("SQLite has no {of} option `{name}`")))
}

fn of_constraint(constraint: &Constraint) -> Option<Refusal> {
    match &constraint.kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => of_key(key),
        ConstraintKind::ForeignKey(key) => unknown(&key.attributes, &[]),
        ConstraintKind::Check(check) => unknown(&check.attributes, &CONSTRAINT_ATTRIBUTES),
        ConstraintKind::Exclusion(_) => Some(
            Refusal::new("SQLite has no exclusion constraints")
                .help("Refuse the rows in a trigger, with `RAISE(ABORT)`."),
        ),
    }
}

fn unknown(attributes: &Attributes, known: &[&str]) -> Option<Refusal> {
    attributes
        .iter()
        .find_map(|(name, _)| attribute("constraint", name, known))
}

fn of_key(key: &Key) -> Option<Refusal> {
    if key.deferrable != Deferrability::NotDeferrable {
        return Some(
            Refusal::new("SQLite checks a key at each row, and defers foreign keys only")
                .help("Leave `DEFERRABLE` away, or declare the constraint for the other servers only."),
        );
    }
    if !key.include.is_empty() {
        return Some(Refusal::new("SQLite carries no further columns along in a key").help("Leave `INCLUDE` away."));
    }
    unknown(&key.attributes, &CONSTRAINT_ATTRIBUTES)
}

fn of_index(index: &Index) -> Option<Refusal> {
    if let Some(method) = &index.method {
        return Some(Refusal::new(format!("SQLite has no access method `{method}`")).help("Leave `USING` away."));
    }
    if !index.include.is_empty() {
        let help = "Make the columns the last keys of the index.";
        return Some(Refusal::new("SQLite carries no further columns along in an index").help(help));
    }
    if let Some(class) = index.keys.iter().find_map(|key| key.operator_class.as_ref()) {
        return Some(Refusal::new(format!(
            "SQLite has no operator classes, so not `{class}`"
        )));
    }
    if index.keys.iter().any(|key| key.nulls.is_some()) {
        return Some(Refusal::new("SQLite keeps NULLs before all values in an index").help("Leave `NULLS` away."));
    }
    unknown(&index.attributes, &[])
}

fn of_view(view: &View) -> Option<Refusal> {
    view.materialized.then(|| {
        Refusal::new("SQLite has no materialized views")
            .help("Make it a view, or a table that triggers keep up to date.")
    })
}
