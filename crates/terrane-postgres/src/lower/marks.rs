//! A table may be marked by one of its indexes: `REPLICA IDENTITY USING INDEX`, `CLUSTER ON`. The mark goes with the index, and
//! so is set again where that is made again.

use super::Lowering;
use super::hold::{Held, Way};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ConstraintRef, Op};
use terrane_core::schema::ObjectIdentity;

impl Lowering<'_> {
    /// Sets the marks again that went with their indexes, though nobody means to change them.
    pub(super) fn mark_again(&mut self) {
        let mut lost = Vec::new();
        for table in self.after.tables.values() {
            let Some(old) = self.before.tables.get(&table.name) else {
                continue;
            };
            for attribute in ["replica identity", "cluster on"] {
                let value = table.attributes.get(attribute);
                let index = value.map(|value| value.strip_prefix("using index ").unwrap_or(value));
                if let Some(index) = index.filter(|_| value == old.attributes.get(attribute))
                    && let Some(at) = self.made_again(&table.name, &table.name.name.sibling(index))
                {
                    lost.push((at, table.name.clone(), attribute, value.map(str::to_owned)));
                }
            }
        }
        for (at, table, attribute, value) in lost {
            self.at = at;
            // It was so before; nothing of it is refused.
            let _marked = self.table_attribute(&table, attribute, value.as_deref());
        }
    }

    /// The op by which an index is made again, or the index of a key.
    fn made_again(&self, table: &ObjectName, index: &Ident) -> Option<usize> {
        let is_dropped = |op: &Op| match op {
            Op::DropConstraint {
                table: of,
                constraint: ConstraintRef::Named(name),
            } => of == table && name == index,
            Op::DropIndex { name, .. } => name == index && self.is_index_of(table, index),
            _ => false,
        };
        let is_away = |held: &&Held| {
            held.way == Way::Dropped
                && match &held.what {
                    ObjectIdentity::Constraint(of, name) | ObjectIdentity::Index(of, name) => {
                        of == table && name == index
                    }
                    ObjectIdentity::Column(of, column) => of == table && self.is_of_column(table, index, column),
                    _ => false,
                }
        };
        let dropped = self.ops.iter().rposition(is_dropped);
        dropped.or_else(|| self.held.iter().find(is_away).map(|held| held.last))
    }

    fn is_index_of(&self, table: &ObjectName, index: &Ident) -> bool {
        let table = self.before.tables.get(table);
        table.is_some_and(|table| table.indexes.contains_key(index))
    }

    fn is_of_column(&self, table: &ObjectName, index: &Ident, column: &Ident) -> bool {
        let column = ObjectIdentity::Column(table.clone(), column.clone());
        let identities = [
            ObjectIdentity::Constraint(table.clone(), index.clone()),
            ObjectIdentity::Index(table.clone(), index.clone()),
        ];
        identities
            .iter()
            .any(|identity| self.before.edges.of(identity).any(|(to, _)| *to == column))
    }
}
