//! The nouns: what a database holds, as a value.
//!
//! A schema is ordered, compared by value and knows no server. Two schemas are equal when their normal forms are. What
//! the normal form leaves out is all that Terrane promises *not* to see:
//!
//! - the case of names on servers that ignore it, and of type names;
//! - spacing, comments, keyword case and needless parentheses in expressions and definitions;
//! - the order in which a table's constraints are written;
//! - whether a constraint is written beside its column or after the columns;
//! - names of `NOT NULL` and `DEFAULT` clauses.

mod column;
mod constraint;
mod depends;
mod expression;
mod index;
mod routine;
mod table;
mod ty;

pub use column::{Column, Generated, Identity};
pub use constraint::{Action, Check, Constraint, ConstraintKind, Deferrability, Exclusion, ForeignKey, Key, NOT_VALID};
pub use depends::{Edges, ObjectIdentity, Source};
pub use expression::Expr;
pub use index::{Index, IndexKey, KeyTarget, Nulls};
pub use routine::{EnumType, Routine, Sequence, Trigger, Unmodelled, View};
pub use table::{Attributes, Table};
pub use ty::TypeName;

use crate::name::{Ident, ObjectName};
use std::collections::BTreeMap;

/// Everything that is in a database, or in a layer's share of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Schema {
    /// Tables, with all their dependents.
    pub tables: BTreeMap<ObjectName, Table>,
    /// Views, with their triggers.
    pub views: BTreeMap<ObjectName, View>,
    /// Enumerated types.
    pub enums: BTreeMap<ObjectName, EnumType>,
    /// Sequences that stand by themselves.
    pub sequences: BTreeMap<ObjectName, Sequence>,
    /// Functions and procedures, by name and argument types.
    pub routines: BTreeMap<ObjectName, Routine>,
    /// What the catalog holds and this model has no noun for: kept by name and text, so that nothing is passed over
    /// in silence.
    pub unmodelled: BTreeMap<ObjectName, Unmodelled>,
    /// Which of them depends on which, as far as a server told.
    pub edges: Edges,
}

impl Schema {
    /// A schema with nothing in it.
    pub fn new() -> Schema {
        Schema::default()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        *self == Schema::default()
    }

    /// The routine that a name means: the one with that very name, or else the only one that is called so, since types have
    /// several names.
    pub fn routine(&self, name: &ObjectName) -> Option<&Routine> {
        let bare = name.without_arguments();
        let name_alone = bare.as_ref().unwrap_or(name);
        let mut called_so = self.routines.values().filter(|routine| {
            routine.name.without_arguments().as_ref() == Some(name_alone) || routine.name == *name_alone
        });
        self.routines
            .get(name)
            .or_else(|| match (called_so.next(), called_so.next()) {
                (Some(only), None) => Some(only),
                _ => None,
            })
    }

    /// The table that an index of that name belongs to: that table, or the first, where none is said.
    pub fn table_of_index(&self, index: &Ident, table: Option<&ObjectName>) -> Option<&Table> {
        let mut tables = self.tables.values();
        tables.find(|other| table.is_none_or(|table| *table == other.name) && other.indexes.contains_key(index))
    }

    /// The relation, a table or a view, that a trigger of that name belongs to: that one, or the first, where none is said.
    pub fn relation_of_trigger(&self, trigger: &Ident, relation: Option<&ObjectName>) -> Option<&ObjectName> {
        let tables = self.tables.values().map(|table| (&table.name, &table.triggers));
        let views = self.views.values().map(|view| (&view.name, &view.triggers));
        tables
            .chain(views)
            .filter(|(name, _)| relation.is_none_or(|relation| relation == *name))
            .find(|(_, triggers)| triggers.contains_key(trigger))
            .map(|(name, _)| name)
    }

    /// The triggers of a table or a view.
    pub fn triggers(&self, relation: &ObjectName) -> Option<&BTreeMap<Ident, Trigger>> {
        match self.tables.get(relation) {
            Some(table) => Some(&table.triggers),
            None => self.views.get(relation).map(|view| &view.triggers),
        }
    }

    /// The triggers of a table or a view, to change.
    pub fn triggers_mut(&mut self, relation: &ObjectName) -> Option<&mut BTreeMap<Ident, Trigger>> {
        match self.tables.get_mut(relation) {
            Some(table) => Some(&mut table.triggers),
            None => self.views.get_mut(relation).map(|view| &mut view.triggers),
        }
    }
}
