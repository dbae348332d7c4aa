//! Partitions: attached to their parent after they are made, so that their columns keep their own order.

use super::later::Later;
use super::say::{ident, object};
use super::table::named;
use super::{Done, Lowering};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, ConstraintRef, Op};
use terrane_core::schema::{Index, Table};

impl Lowering<'_> {
    /// The table that this one is a partition of.
    pub(super) fn parent_of(&self, table: &ObjectName) -> Option<ObjectName> {
        let of = |table: &Table| table.attributes.get("partition of").map(named);
        let schemas = [&self.work, &self.after, self.before];
        schemas
            .into_iter()
            .find_map(|schema| schema.tables.get(table))
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
        if let Some(last) = self.last_change_of_columns(&named(parent)) {
            self.later.push((last, Later::Attach(table.clone())));
            return Ok(());
        }
        let attach = format!("ATTACH PARTITION {} {bound}", object(&table.name));
        let own: Vec<(usize, Index)> = self
            .coming()
            .filter(|(at, _)| !self.done.contains(at))
            .filter_map(|(at, op)| match op {
                Op::CreateIndex { table: of, index } if *of == table.name && index.attributes.has("inherited") => {
                    Some((at, (**index).clone()))
                }
                _ => None,
            })
            .collect();
        for (at, one) in own {
            self.make_index(&table.name, &one);
            self.done.insert(at);
        }
        self.push(format!("ALTER TABLE {parent} {attach}"));
        Ok(())
    }

    /// Until when a parent has other columns and rules than its partitions are to have.
    pub(super) fn last_change_of_columns(&self, parent: &ObjectName) -> Option<usize> {
        self.coming()
            .filter(|(_, op)| changes_columns(op, parent))
            .map(|(at, _)| at)
            .last()
    }

    /// Both attributes of its place among the partitions are told at once.
    pub(super) fn settle_place(&mut self, table: &ObjectName) {
        let both = |op: &Op| {
            matches!(op, Op::SetTableAttribute { table: of, name, .. }
                if of == table && matches!(name.as_str(), "partition of" | "bound"))
        };
        let others: Vec<usize> = self.coming().filter(|(_, op)| both(op)).map(|(at, _)| at).collect();
        self.done.extend(others);
    }

    /// Its place among the partitions changes. What is to be made anew leaves its place then, and takes the other.
    pub(super) fn move_partition(&mut self, table: &ObjectName) -> Done {
        self.settle_place(table);
        if self.repartition_to_come(table).is_some() {
            return Ok(());
        }
        let Some(after) = self.after.tables.get(table).cloned() else {
            self.detach(table);
            return Ok(());
        };
        let parent = self.parent_of(table);
        let stays = after.attributes.get("partition of").map(named) == parent;
        // What happens to the parent happens to it too, for as long as it is a part of that.
        match parent.and_then(|parent| self.last_change_of_columns(&parent)) {
            Some(last) if stays => self.later.push((last, Later::Attach(after))),
            _ => {
                self.detach(table);
                self.attach(&after)?;
            }
        }
        Ok(())
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

    /// Whether a partition has gone with its parent, which was made again without it.
    pub(super) fn went_with_whole_table(&self, table: &ObjectName) -> bool {
        let before = self.before.tables.get(table);
        let parent = before.and_then(|table| table.attributes.get("partition of")).map(named);
        parent.is_some_and(|parent| {
            !self.detached.contains(table) && (self.remade.contains(&parent) || self.went_with_whole_table(&parent))
        })
    }

    /// Detaches the partitions that stay when their parent goes.
    pub(super) fn let_partitions_go(&mut self, parent: &ObjectName) {
        let of_parent = |table: &&Table| table.attributes.get("partition of").map(named).as_ref() == Some(parent);
        let stays = |table: &&Table| {
            !self
                .ops
                .iter()
                .any(|op| matches!(op, Op::DropTable(name) if *name == table.name))
        };
        let partitions = self.before.tables.values().filter(of_parent).filter(stays);
        let staying: Vec<ObjectName> = partitions.map(|table| table.name.clone()).collect();
        staying.iter().for_each(|table| self.detach(table));
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

/// Whether an op changes the columns of a table, or takes one of its rules away.
pub(super) fn changes_columns(op: &Op, of: &ObjectName) -> bool {
    match op {
        Op::AlterColumn { table, change, .. } => {
            table == of && !matches!(change, ColumnChange::Comment(_) | ColumnChange::Attribute { .. })
        }
        Op::AddColumn { table, .. }
        | Op::DropColumn { table, .. }
        | Op::RenameColumn { table, .. }
        | Op::DropConstraint { table, .. } => table == of,
        _ => false,
    }
}
