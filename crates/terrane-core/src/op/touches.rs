//! What an op lays hands on, for whoever decides whether it may.

use super::{Commented, Effect, Op};
use crate::name::{Ident, ObjectName};
use crate::schema::{ConstraintKind, Table};

/// One object that an op touches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Touch {
    /// What the object is.
    pub kind: ObjectKind,
    /// Which.
    pub name: ObjectName,
    /// How.
    pub manner: Manner,
}

/// The kinds of objects that are owned by themselves, and two that are owned with what they belong to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names are the field's own")]
pub enum ObjectKind {
    Table,
    View,
    Enum,
    Sequence,
    Routine,
    Other,
    /// Owned with its table; named alone, since `DROP INDEX` does not say the table.
    Index,
    /// Owned with its table or view.
    Trigger,
}

impl ObjectKind {
    /// The word for it, as the ledger and messages say it.
    pub fn word(self) -> &'static str {
        match self {
            ObjectKind::Table => "table",
            ObjectKind::View => "view",
            ObjectKind::Enum => "type",
            ObjectKind::Sequence => "sequence",
            ObjectKind::Routine => "routine",
            ObjectKind::Other => "object",
            ObjectKind::Index => "index",
            ObjectKind::Trigger => "trigger",
        }
    }
}

/// How an object is touched.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Manner {
    /// It comes into being.
    Create,
    /// It, or a dependent of it, changes.
    Alter,
    /// It goes.
    Drop,
    /// A foreign key points at it.
    Refer,
    /// Its rows are read or written.
    Rows,
}

impl Op {
    /// Every object the op touches.
    pub fn touches(&self) -> Vec<Touch> {
        use Manner::{Alter, Create, Drop, Refer, Rows};
        use ObjectKind as Kind;
        let one = |kind, name: &ObjectName, manner| {
            vec![Touch {
                kind,
                name: name.clone(),
                manner,
            }]
        };
        let bare = |kind, name: &Ident, manner| one(kind, &ObjectName::bare(name.clone()), manner);
        match self {
            Op::CreateTable(table) => {
                let mut touches = one(Kind::Table, &table.name, Create);
                touches.extend(referred(table).map(|name| Touch {
                    kind: Kind::Table,
                    name,
                    manner: Refer,
                }));
                touches
            }
            Op::DropTable(name) => one(Kind::Table, name, Drop),
            Op::RenameTable { from, to } => {
                let mut touches = one(Kind::Table, from, Drop);
                touches.extend(one(Kind::Table, to, Create));
                touches
            }
            Op::AddConstraint { table, constraint } => {
                let mut touches = one(Kind::Table, table, Alter);
                if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                    touches.extend(one(Kind::Table, &key.table, Refer));
                }
                touches
            }
            Op::Comment {
                on: Commented::Table(table),
                ..
            }
            | Op::SetTableAttribute { table, .. }
            | Op::AddColumn { table, .. }
            | Op::DropColumn { table, .. }
            | Op::RenameColumn { table, .. }
            | Op::AlterColumn { table, .. }
            | Op::OrderColumns { table, .. }
            | Op::DropConstraint { table, .. }
            | Op::RenameConstraint { table, .. }
            | Op::ValidateConstraint { table, .. }
            | Op::UseIndex { table, .. }
            | Op::CreateIndex { table, .. } => one(Kind::Table, table, Alter),
            Op::Comment {
                on: Commented::View(name),
                ..
            } => one(Kind::View, name, Alter),
            Op::Comment {
                on: Commented::Index(_, Some(table)),
                ..
            }
            | Op::DropIndex { table: Some(table), .. }
            | Op::RenameIndex { table: Some(table), .. } => one(Kind::Table, table, Alter),
            Op::Comment {
                on: Commented::Index(name, None),
                ..
            } => bare(Kind::Index, name, Alter),
            Op::DropIndex { name, table: None } => bare(Kind::Index, name, Drop),
            Op::RenameIndex { from, table: None, .. } => bare(Kind::Index, from, Alter),
            Op::CreateView(view) => one(Kind::View, &view.name, Create),
            Op::DropView(name) => one(Kind::View, name, Drop),
            Op::CreateTrigger(trigger) => one(Kind::Table, &trigger.relation, Alter),
            Op::DropTrigger {
                relation: Some(relation),
                ..
            } => one(Kind::Table, relation, Alter),
            Op::DropTrigger { name, relation: None } => bare(Kind::Trigger, name, Drop),
            Op::CreateEnum(enum_type) => one(Kind::Enum, &enum_type.name, Create),
            Op::DropEnum(name) => one(Kind::Enum, name, Drop),
            Op::AlterEnum(enum_type) => one(Kind::Enum, &enum_type.name, Alter),
            Op::CreateSequence(sequence) => one(Kind::Sequence, &sequence.name, Create),
            Op::AlterSequence(sequence) => one(Kind::Sequence, &sequence.name, Alter),
            Op::DropSequence(name) => one(Kind::Sequence, name, Drop),
            Op::CreateRoutine(routine) => one(Kind::Routine, &routine.name, Create),
            Op::ReplaceRoutine(routine) => one(Kind::Routine, &routine.name, Alter),
            Op::DropRoutine(name) => one(Kind::Routine, name, Drop),
            Op::CreateUnmodelled(other) => one(Kind::Other, &other.name, Create),
            Op::DropUnmodelled(other) => one(Kind::Other, &other.name, Drop),
            Op::Sql(raw) => match &raw.effect {
                Effect::Rows(tables) => tables
                    .iter()
                    .map(|name| Touch {
                        kind: Kind::Table,
                        name: name.clone(),
                        manner: Rows,
                    })
                    .collect(),
                Effect::CreatesTable(name) => one(Kind::Table, name, Create),
                Effect::Nothing | Effect::Transaction | Effect::Unknown => Vec::new(),
            },
            Op::Call(_) | Op::Python => Vec::new(),
        }
    }
}

fn referred(table: &Table) -> impl Iterator<Item = ObjectName> {
    table
        .foreign_keys()
        .map(|(_, key)| key.table.clone())
        .filter(|name| *name != table.name)
}
