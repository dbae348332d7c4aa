//! The verbs: one change to a schema each.
//!
//! The enum is closed on purpose. A new op fails to compile at every place that has to answer for it: here what it does
//! to a schema ([`Op::apply`]), what undoes it ([`Op::reverse`]), what it touches ([`Op::touches`]) and how to say it
//! ([`Op::describe`]); elsewhere how it is printed, parsed and lowered.

mod apply;
mod describe;
mod edges;
mod owned;
mod rename;
mod reverse;
mod told;
mod touches;

pub(crate) use apply::other_type;
pub use apply::{Misfit, as_text};
pub use edges::edges;
pub(crate) use edges::of_constraint;
pub(crate) use owned::owned_by;
pub use owned::owning_table;
pub use reverse::Irreversible;
pub(crate) use reverse::{drop_index, drop_trigger, table_of_rival};
pub use touches::{Manner, ObjectKind, Touch};

use crate::name::{Ident, ObjectName};
use crate::schema::{
    Column, Constraint, ConstraintKind, EnumType, Expr, Generated, Identity, Index, Routine, Sequence, Table, Trigger,
    TypeName, Unmodelled, View,
};

/// One change to a schema.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// Creates a table with its columns and constraints. Its indexes and triggers are ops of their own.
    CreateTable(Box<Table>),
    /// Drops a table and its dependents.
    DropTable(ObjectName),
    /// Renames a table; what refers to it follows.
    RenameTable {
        /// The table.
        from: ObjectName,
        /// Its new name.
        to: ObjectName,
    },
    /// Sets a comment, or takes it away. That of a column is a change of the column.
    Comment {
        /// Of what.
        on: Commented,
        /// The comment.
        comment: Option<String>,
    },
    /// Sets what only one server knows of tables, or takes it away.
    SetTableAttribute {
        /// The table.
        table: ObjectName,
        /// Which attribute.
        name: String,
        /// Its value, possibly empty; none takes it away.
        value: Option<String>,
    },
    /// Adds a column after the others.
    AddColumn {
        /// The table.
        table: ObjectName,
        /// The column.
        column: Box<Column>,
    },
    /// Drops a column, and the constraints and indexes that cannot be without it.
    DropColumn {
        /// The table.
        table: ObjectName,
        /// The column.
        column: Ident,
    },
    /// Renames a column; what refers to it follows.
    RenameColumn {
        /// The table.
        table: ObjectName,
        /// The column.
        from: Ident,
        /// Its new name.
        to: Ident,
    },
    /// Changes one thing about a column.
    AlterColumn {
        /// The table.
        table: ObjectName,
        /// The column.
        column: Ident,
        /// What changes.
        change: ColumnChange,
    },
    /// Puts the columns of a table in another order.
    OrderColumns {
        /// The table.
        table: ObjectName,
        /// All its columns, in the new order.
        order: Vec<Ident>,
    },
    /// Adds a constraint.
    AddConstraint {
        /// The table.
        table: ObjectName,
        /// The constraint.
        constraint: Box<Constraint>,
    },
    /// Drops a constraint.
    DropConstraint {
        /// The table.
        table: ObjectName,
        /// Which.
        constraint: ConstraintRef,
    },
    /// Renames a constraint.
    RenameConstraint {
        /// The table.
        table: ObjectName,
        /// The constraint.
        from: Ident,
        /// Its new name.
        to: Ident,
    },
    /// Has the rows checked that were there when a constraint was added as `NOT VALID`.
    ValidateConstraint {
        /// The table.
        table: ObjectName,
        /// The constraint.
        constraint: Ident,
    },
    /// Makes a key of a unique index, which is called as the key then.
    UseIndex {
        /// The table.
        table: ObjectName,
        /// The index, and the key.
        index: Ident,
        /// Which key.
        key: KeyKind,
    },
    /// Creates an index.
    CreateIndex {
        /// The table.
        table: ObjectName,
        /// The index.
        index: Box<Index>,
        /// Whether rows can be written meanwhile, where the server has a way for that. No transaction takes it then.
        concurrently: bool,
    },
    /// Drops an index.
    DropIndex {
        /// The index.
        name: Ident,
        /// The table, where the name alone does not tell the index from others.
        table: Option<ObjectName>,
    },
    /// Renames an index.
    RenameIndex {
        /// The table, where the name alone does not tell the index from others.
        table: Option<ObjectName>,
        /// The index.
        from: Ident,
        /// Its new name.
        to: Ident,
    },
    /// Creates a view.
    CreateView(Box<View>),
    /// Drops a view and its dependents.
    DropView(ObjectName),
    /// Creates a trigger.
    CreateTrigger(Trigger),
    /// Drops a trigger.
    DropTrigger {
        /// The trigger.
        name: Ident,
        /// The table or the view, where the name alone does not tell the trigger from others.
        relation: Option<ObjectName>,
    },
    /// Creates an enumerated type.
    CreateEnum(EnumType),
    /// Drops an enumerated type.
    DropEnum(ObjectName),
    /// Gives an enumerated type other values.
    AlterEnum(EnumType),
    /// Creates a sequence.
    CreateSequence(Sequence),
    /// Gives a sequence other options; its last value stays.
    AlterSequence(Sequence),
    /// Drops a sequence.
    DropSequence(ObjectName),
    /// Creates a function or a procedure.
    CreateRoutine(Routine),
    /// Gives a function or a procedure another definition, or creates it if there is none.
    ReplaceRoutine(Routine),
    /// Drops a function or a procedure.
    DropRoutine(ObjectName),
    /// Creates something that the schema keeps by name and text only.
    CreateUnmodelled(Unmodelled),
    /// Drops something that the schema keeps by name and text only.
    DropUnmodelled(Unmodelled),
    /// A statement of the author's that is no change to the schema, or none that can be told.
    Sql(RawSql),
    /// A call of a function that the app registered under that name.
    Call(String),
    /// What the Python of a revision does, which nobody knows before it has run.
    Python,
}

/// What has a comment of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Commented {
    /// A table.
    Table(ObjectName),
    /// A view.
    View(ObjectName),
    /// An index, and its table where the name alone does not tell it from others.
    Index(Ident, Option<ObjectName>),
}

/// The two kinds of keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKind {
    /// `PRIMARY KEY`.
    Primary,
    /// `UNIQUE`.
    Unique,
}

impl KeyKind {
    /// In SQL.
    pub fn words(self) -> &'static str {
        match self {
            KeyKind::Primary => "PRIMARY KEY",
            KeyKind::Unique => "UNIQUE",
        }
    }
}

/// One thing about a column that changes, with what it becomes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ColumnChange {
    /// Type and collation, which SQL changes together.
    Type {
        /// The type.
        ty: TypeName,
        /// The collation.
        collation: Option<Ident>,
    },
    /// Whether it may be NULL.
    Nullable(bool),
    /// The default.
    Default(Option<Expr>),
    /// What it is computed from.
    Generated(Option<Generated>),
    /// Whether the server numbers it.
    Identity(Option<Identity>),
    /// The comment.
    Comment(Option<String>),
    /// What only one server knows of columns.
    Attribute {
        /// Which attribute.
        name: String,
        /// Its value; none takes it away.
        value: Option<String>,
    },
}

/// How a constraint is told from the others of its table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConstraintRef {
    /// By its name.
    Named(Ident),
    /// By what it says, where it has no name.
    Unnamed(Box<ConstraintKind>),
    /// As the primary key, of which there is one.
    PrimaryKey,
}

impl ConstraintRef {
    /// What tells that constraint from the others.
    pub fn of(constraint: &Constraint) -> ConstraintRef {
        match &constraint.name {
            Some(name) => ConstraintRef::Named(name.clone()),
            None => ConstraintRef::Unnamed(Box::new(constraint.kind.clone())),
        }
    }

    /// Whether it is that constraint.
    pub fn matches(&self, constraint: &Constraint) -> bool {
        match self {
            ConstraintRef::Named(name) => constraint.name.as_ref() == Some(name),
            ConstraintRef::Unnamed(kind) => constraint.name.is_none() && constraint.kind == **kind,
            ConstraintRef::PrimaryKey => matches!(constraint.kind, ConstraintKind::PrimaryKey(_)),
        }
    }
}

/// A statement of the author's that runs as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawSql {
    /// The statement, without the semicolon.
    pub text: String,
    /// What could be told about it.
    pub effect: Effect,
}

/// What a raw statement does, as far as reading it tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It reads or writes rows, of these tables.
    Rows(Vec<ObjectName>),
    /// It changes neither rows nor schema: a setting, statistics, a comment to the server.
    Nothing,
    /// It begins or ends a transaction, which is the executor's to do.
    Transaction,
    /// It creates a table whose columns only the server can tell (`CREATE TABLE … AS SELECT`, `… PARTITION BY`).
    CreatesTable(ObjectName),
    /// Nobody knows without running it.
    Unknown,
}

impl Effect {
    /// Whether reading the statement does not tell what becomes of the schema.
    pub fn is_untold(&self) -> bool {
        matches!(self, Effect::Unknown | Effect::CreatesTable(_))
    }
}

impl Op {
    /// Creates an index, in the way that transactions take.
    pub fn create_index(table: &ObjectName, index: &Index) -> Op {
        Op::CreateIndex {
            table: table.clone(),
            index: Box::new(index.clone()),
            concurrently: false,
        }
    }

    /// The table whose definition the op changes, if it changes exactly one that is there already.
    pub fn altered_table(&self) -> Option<&ObjectName> {
        match self {
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
            | Op::AddConstraint { table, .. }
            | Op::ValidateConstraint { table, .. }
            | Op::UseIndex { table, .. }
            | Op::DropConstraint { table, .. }
            | Op::RenameConstraint { table, .. } => Some(table),
            _ => None,
        }
    }

    /// The names of types that it says.
    pub fn type_names_mut(&mut self) -> Vec<&mut TypeName> {
        match self {
            Op::CreateTable(table) => table.columns.iter_mut().map(|column| &mut column.ty).collect(),
            Op::AddColumn { column, .. } => vec![&mut column.ty],
            Op::AlterColumn {
                change: ColumnChange::Type { ty, .. },
                ..
            } => vec![ty],
            _ => Vec::new(),
        }
    }

    /// What is lost for good when the op runs on rows, as a fragment; nothing, if nothing is.
    pub fn loses(&self) -> Option<&'static str> {
        match self {
            Op::DropTable(_) => Some("all rows of the table"),
            Op::DropColumn { .. } => Some("the values of the column"),
            Op::DropSequence(_) => Some("the last value of the sequence"),
            _ => None,
        }
    }
}
