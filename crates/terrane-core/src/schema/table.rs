//! Tables.

use super::{Column, Constraint, ConstraintKind, ForeignKey, Index, Key, Trigger};
use crate::name::{Ident, ObjectName};
use std::collections::BTreeMap;

/// A table, and its dependents.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: ObjectName,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its constraints, in the order in which they were written; the order means nothing.
    pub constraints: Vec<Constraint>,
    /// Its indexes, those aside that back a constraint.
    pub indexes: BTreeMap<Ident, Index>,
    /// Its triggers.
    pub triggers: BTreeMap<Ident, Trigger>,
    /// The comment, on servers that keep one.
    pub comment: Option<String>,
    /// What only one server knows of tables: `strict`, `without rowid`, `fillfactor`, …
    pub attributes: Attributes,
}

impl Table {
    /// A table without columns.
    pub fn new(name: ObjectName) -> Table {
        Table {
            name,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: BTreeMap::new(),
            triggers: BTreeMap::new(),
            comment: None,
            attributes: Attributes::default(),
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &Ident) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// The column of that name, to change.
    pub fn column_mut(&mut self, name: &Ident) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == *name)
    }

    /// The primary key, if there is one.
    pub fn primary_key(&self) -> Option<&Key> {
        self.constraints.iter().find_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => Some(key),
            _ => None,
        })
    }

    /// The foreign keys with their names.
    pub fn foreign_keys(&self) -> impl Iterator<Item = (&Constraint, &ForeignKey)> {
        self.constraints.iter().filter_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some((constraint, key)),
            _ => None,
        })
    }

    /// Its constraints in an order of their own, for comparison.
    fn sorted_constraints(&self) -> Vec<&Constraint> {
        let mut constraints: Vec<_> = self.constraints.iter().collect();
        constraints.sort();
        constraints
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        self.name == other.name
            && self.columns == other.columns
            && self.sorted_constraints() == other.sorted_constraints()
            && self.indexes == other.indexes
            && self.triggers == other.triggers
            && self.comment == other.comment
            && self.attributes == other.attributes
    }
}
impl Eq for Table {}

/// What one server says of a noun and no other does: a name in lower case, and a value that may be empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Attributes(BTreeMap<String, String>);

impl Attributes {
    /// None at all.
    pub const NONE: Attributes = Attributes(BTreeMap::new());

    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether the attribute is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Sets an attribute, or takes it away.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.0.insert(name.to_owned(), value.to_owned()),
            None => self.0.remove(name),
        };
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
