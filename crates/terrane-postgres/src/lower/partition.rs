//! Partitions: attached to their parent after they are made, so that their columns keep their own order.

use super::say::{ident, index, object};
use super::table::named;
use super::{Done, Lowering};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ConstraintRef, Op};
use terrane_core::schema::{Index, Table};

impl Lowering<'_> {
    /// The table that this one is a partition of.
    pub(super) fn parent_of(&self, table: &ObjectName) -> Option<ObjectName> {
        let of = |table: &Table| table.attributes.get("partition of").map(named);
        self.work
            .tables
            .get(table)
            .or_else(|| self.after.tables.get(table))
            .and_then(of)
    }

    /// The tables that this one has its columns from.
    pub(super) fn parents(&self, table: &ObjectName) -> Vec<ObjectName> {
        let Some(found) = self.work.tables.get(table) else {
            return Vec::new();
        };
        let inherited = super::table::parents(&found.attributes)
            .into_iter()
            .map(|name| named(&name));
        inherited.chain(self.parent_of(table)).collect()
    }

    /// Indexes of its own come first, since the parent's are matched with them and would be made anew otherwise.
    pub(super) fn attach(&mut self, table: &Table) -> Done {
        let (Some(parent), Some(bound)) = (table.attributes.get("partition of"), table.attributes.get("bound")) else {
            return Ok(());
        };
        let attach = format!("ATTACH PARTITION {} {bound}", object(&table.name));
        let own: Vec<(usize, Index)> = self
            .coming()
            .filter_map(|(at, op)| match op {
                Op::CreateIndex { table: of, index } if *of == table.name && index.attributes.has("inherited") => {
                    Some((at, (**index).clone()))
                }
                _ => None,
            })
            .collect();
        for (at, one) in own {
            self.push(index(&table.name, &one));
            self.index_details(&table.name, &one);
            self.done.insert(at);
        }
        self.push(format!("ALTER TABLE {parent} {attach}"));
        Ok(())
    }

    /// Its place among the partitions changes: both attributes are told at once.
    pub(super) fn move_partition(&mut self, table: &ObjectName) -> Done {
        let both = |op: &Op| {
            matches!(op, Op::SetTableAttribute { table: of, name, .. }
                if of == table && matches!(name.as_str(), "partition of" | "bound"))
        };
        let others: Vec<usize> = self.coming().filter(|(_, op)| both(op)).map(|(at, _)| at).collect();
        self.done.extend(others);
        self.detach(table);
        match self.after.tables.get(table).cloned() {
            Some(after) => self.attach(&after),
            None => Ok(()),
        }
    }

    /// Whether a table has been dropped by now, by itself or with its parent.
    pub(super) fn is_gone(&self, name: &ObjectName) -> bool {
        let parent = self
            .before
            .tables
            .get(name)
            .and_then(|table| table.attributes.get("partition of"))
            .map(named);
        let is_dropped = |name: &ObjectName| {
            let drops = |op: &Op| matches!(op, Op::DropTable(other) if other == name);
            self.ops[..self.at].iter().any(drops)
        };
        match parent {
            Some(parent) if !self.detached.contains(name) => self.is_gone(&parent),
            _ => is_dropped(name),
        }
    }

    pub(super) fn detach(&mut self, table: &ObjectName) {
        let parent = |table: &Table| table.attributes.get("partition of").map(str::to_owned);
        if let Some(parent) = self.before.tables.get(table).and_then(parent)
            && self.detached.insert(table.clone())
        {
            self.push(format!("ALTER TABLE {parent} DETACH PARTITION {}", object(table)));
        }
    }

    /// Drops the references to a table, or to its partitions, of tables that go later.
    pub(super) fn drop_references_to(&mut self, name: &ObjectName) {
        let is_under = |table: &ObjectName| {
            let mut at = Some(table.clone());
            while let Some(table) = at {
                if table == *name {
                    return true;
                }
                at = self.parent_of(&table);
            }
            false
        };
        let goes = |table: &Table| {
            let drops = |op: &Op| matches!(op, Op::DropTable(other) if *other == table.name);
            self.ops.iter().any(drops) && !self.is_gone(&table.name)
        };
        let was_dropped = |table: &Table, name: &Ident| {
            self.ops[..self.at].iter().any(|op| match op {
                Op::DropConstraint { table: of, constraint } => {
                    *of == table.name && *constraint == ConstraintRef::Named(name.clone())
                }
                _ => false,
            })
        };
        let mut drops = Vec::new();
        for table in self
            .before
            .tables
            .values()
            .filter(|table| !is_under(&table.name) && goes(table))
        {
            for (constraint, key) in table.foreign_keys() {
                let is_meant = is_under(&key.table) && !key.attributes.has("inherited");
                if let Some(of) = constraint
                    .name
                    .as_ref()
                    .filter(|name| is_meant && !was_dropped(table, name))
                {
                    drops.push((table.name.clone(), of.clone()));
                }
            }
        }
        for (table, constraint) in drops {
            self.alter_table(&table, format!("DROP CONSTRAINT {}", ident(&constraint)));
            let op = Op::DropConstraint {
                table,
                constraint: ConstraintRef::Named(constraint),
            };
            let _misfit = op.apply(&mut self.work);
        }
    }

    /// The indexes of partitions that become parts of an index of their parent, which has to find them.
    pub(super) fn create_parts(&mut self, table: &ObjectName, name: &Ident) {
        let parts: Vec<(usize, ObjectName, Index)> = self
            .coming()
            .filter_map(|(at, op)| match op {
                Op::CreateIndex { table: of, index } => {
                    let is_part = index.attributes.get("inherited") == Some(name.as_str())
                        && self.work.tables.contains_key(of)
                        && self.parent_of(of).as_ref() == Some(table);
                    is_part.then(|| (at, of.clone(), (**index).clone()))
                }
                _ => None,
            })
            .filter(|(at, ..)| !self.done.contains(at))
            .collect();
        for (at, of, one) in parts {
            self.create_parts(&of, &one.name);
            self.push(index(&of, &one));
            self.index_details(&of, &one);
            self.done.insert(at);
        }
    }

    /// Whether an index is a part of its parent's, which is dropped and so takes it along.
    pub(super) fn goes_with_parent(&self, table: &ObjectName, index: &Index) -> bool {
        let (Some(parent), Some(of)) = (self.parent_of(table), index.attributes.get("inherited")) else {
            return false;
        };
        let is_parents = |op: &Op| match op {
            Op::DropIndex { name, table } => name.as_str() == of && table.as_ref().is_none_or(|table| *table == parent),
            Op::DropTable(name) => *name == parent || name == table,
            _ => false,
        };
        self.ops.iter().any(is_parents)
            || self
                .table(&parent)
                .and_then(|table| table.indexes.values().find(|one| one.name.as_str() == of))
                .is_some_and(|one| self.goes_with_parent(&parent, one))
    }

    /// The name of an index as it is said, in its table's namespace.
    pub(super) fn index_path(&self, index: &Ident, table: Option<&ObjectName>) -> String {
        let found = [&self.work, &self.after]
            .into_iter()
            .find_map(|schema| schema.table_of_index(index, table));
        match found.map(|table| &table.name).or(table) {
            Some(table) => super::table::index_of(table, index),
            None => ident(index),
        }
    }
}
