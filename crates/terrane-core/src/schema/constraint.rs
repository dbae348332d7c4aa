//! Constraints.

use super::{Attributes, Expr, IndexKey};
use crate::name::{Ident, ObjectName};

/// A rule that the rows of a table obey.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Constraint {
    /// Its name. A constraint without one is told by its definition.
    pub name: Option<Ident>,
    /// The rule.
    pub kind: ConstraintKind,
}

impl Constraint {
    /// Whether `self` does for a wish that may leave the name open.
    pub fn satisfies(&self, wish: &Constraint) -> bool {
        self.kind == wish.kind && (wish.name.is_none() || self.name == wish.name)
    }

    /// Whether the rule cannot be said without that column.
    pub fn uses_column(&self, column: &Ident) -> bool {
        match &self.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                key.names().chain(&key.include).any(|name| name == column)
            }
            ConstraintKind::ForeignKey(key) => key.columns.contains(column),
            ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => false,
        }
    }
}

/// The kinds of rules.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey(Key),
    /// `UNIQUE`.
    Unique(Key),
    /// `FOREIGN KEY`.
    ForeignKey(ForeignKey),
    /// `CHECK`.
    Check(Check),
    /// `EXCLUDE` (PostgreSQL).
    Exclusion(Exclusion),
}

/// The attribute of a check or a foreign key that holds for new rows, while those from before it have not been checked.
pub const NOT_VALID: &str = "not valid";

impl ConstraintKind {
    /// What only one server knows of it.
    pub fn attributes(&self) -> &Attributes {
        const NONE: &Attributes = &Attributes::NONE;
        match self {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => &key.attributes,
            ConstraintKind::ForeignKey(key) => &key.attributes,
            ConstraintKind::Check(check) => &check.attributes,
            ConstraintKind::Exclusion(_) => NONE,
        }
    }

    /// The same, to be changed; none, of a kind that has none.
    pub fn attributes_mut(&mut self) -> Option<&mut Attributes> {
        match self {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => Some(&mut key.attributes),
            ConstraintKind::ForeignKey(key) => Some(&mut key.attributes),
            ConstraintKind::Check(check) => Some(&mut check.attributes),
            ConstraintKind::Exclusion(_) => None,
        }
    }
}

/// The columns of a primary key or a unique constraint.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// In order. SQLite allows a collation and an order for each.
    pub columns: Vec<IndexKey>,
    /// Columns carried along without being part of the key.
    pub include: Vec<Ident>,
    /// When it is checked.
    pub deferrable: Deferrability,
    /// What only one server knows of keys.
    pub attributes: Attributes,
}

impl Key {
    /// A key of plain columns.
    pub fn new(columns: impl IntoIterator<Item = Ident>) -> Key {
        Key {
            columns: columns.into_iter().map(IndexKey::column).collect(),
            include: Vec::new(),
            deferrable: Deferrability::default(),
            attributes: Attributes::default(),
        }
    }

    /// The names of its columns.
    pub fn names(&self) -> impl Iterator<Item = &Ident> {
        self.columns.iter().filter_map(IndexKey::name)
    }
}

/// A reference to rows of a table, another or the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ForeignKey {
    /// The referencing columns.
    pub columns: Vec<Ident>,
    /// The table referred to.
    pub table: ObjectName,
    /// The columns referred to; none means its primary key.
    pub referenced: Vec<Ident>,
    /// What happens here when the row there is deleted.
    pub on_delete: Action,
    /// What happens here when the key there changes.
    pub on_update: Action,
    /// `MATCH FULL` and the like, in lower case, where it is not the default.
    pub matching: Option<String>,
    /// When it is checked.
    pub deferrable: Deferrability,
    /// What only one server knows of foreign keys.
    pub attributes: Attributes,
}

/// What a foreign key does to the referencing rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[expect(missing_docs, reason = "the names are SQL's own")]
pub enum Action {
    #[default]
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

/// When a constraint is checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Deferrability {
    /// At each statement; cannot be deferred.
    #[default]
    NotDeferrable,
    /// At each statement, unless a transaction asks otherwise.
    InitiallyImmediate,
    /// At commit.
    InitiallyDeferred,
}

/// A condition on each row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Check {
    /// The condition.
    pub expression: Expr,
    /// What only one server knows of checks.
    pub attributes: Attributes,
}

/// `EXCLUDE`: no two rows for which all the operators hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Exclusion {
    /// The definition after the keyword.
    pub definition: Expr,
}
