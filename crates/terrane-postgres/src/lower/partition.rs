//! Partitions: attached to their parent after they are made, so that their columns keep their own order.

use super::later::Later;
use super::say::{ident, object};
use super::table::{attributes, named};
use super::{Done, Lowering};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, ConstraintRef, Op};
use terrane_core::schema::{Constraint, ConstraintKind, Index, Table};

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
        let is_of_parent = |table: &Table| table.attributes.get("partition of") == Some(parent);
        let joins = !self.before.tables.get(&table.name).is_some_and(is_of_parent);
        let own = self.last_change_of_columns(&table.name).filter(|_| joins);
        if let Some(last) = self.last_change_of_columns(&named(parent)).max(own) {
            self.later.push((last, Later::Attach(table.clone())));
            return Ok(());
        }
        let attach = format!("ATTACH PARTITION {} {bound}", object(&table.name));
        let own: Vec<(usize, Index)> = self
            .coming()
            .filter(|(at, _)| !self.done.contains(at))
            .filter_map(|(at, op)| match op {
                Op::CreateIndex { table: of, index, .. } if *of == table.name && index.attributes.has("inherited") => {
                    Some((at, (**index).clone()))
                }
                _ => None,
            })
            .collect();
        for (at, one) in own {
            self.make_index(&table.name, &one);
            self.done.insert(at);
        }
        self.take_rules_of_parent(table);
        self.lay_rows_aside(&table.name, bound);
        self.push(format!("ALTER TABLE {parent} {attach}"));
        Ok(())
    }

    /// A table that was there has to have its parent's rules before it becomes a partition, which then are the parent's alone:
    /// all of them where it joins, and those that came while it stood alone.
    fn take_rules_of_parent(&mut self, table: &Table) {
        // What was made again while it stood alone was made with all of them.
        let is_remade = self.remade.contains(&table.name);
        let Some(before) = self.before.tables.get(&table.name).filter(|_| !is_remade) else {
            return;
        };
        let after = self.after.tables.get(&table.name).unwrap_or(table);
        let is_joining = before.attributes.get("partition of") != table.attributes.get("partition of");
        let is_missed = |rule: &Constraint| match self.alone_since(&table.name) {
            Some(since) => self.ops[since..=self.at].iter().any(|op| match op {
                Op::AddConstraint { table: of, constraint } => {
                    Some(of) == self.parent_of(&table.name).as_ref() && constraint.name == rule.name
                }
                _ => false,
            }),
            None => false,
        };
        let is_new = |rule: &&Constraint| {
            let is_rule = matches!(rule.kind, ConstraintKind::Check(_)) && attributes(rule).has("inherited");
            let was_there = || before.constraints.iter().any(|other| other.name == rule.name);
            // The server would give it the name of the parent's.
            let is_renamed = attributes(rule).get("inherited").is_some_and(|of| !of.is_empty());
            is_rule && (is_joining && !was_there() || is_missed(rule))
                || is_renamed && self.is_dropped_alone(&table.name, rule)
        };
        let rules: Vec<Constraint> = after.constraints.iter().filter(is_new).cloned().collect();
        for rule in &rules {
            self.alter_table(&table.name, format!("ADD {}", super::say::constraint(rule)));
        }
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
        let last = |parent: &ObjectName| {
            self.last_change_of_columns(parent)
                .max(self.repartition_to_come(parent))
        };
        match parent.as_ref().and_then(last) {
            Some(last) if stays => self.later.push((last, Later::Attach(after))),
            _ => {
                self.detach(table);
                self.attach(&after)?;
                if let Some(old) = self.table(table).filter(|_| stays).cloned() {
                    self.switch_clones(&old);
                }
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

    /// Detaches partitions that are none in the end before something happens to them, or to the columns of their parent.
    pub(super) fn leave_in_time(&mut self, op: &Op) {
        let about = match op {
            Op::AddColumn { table, .. }
            | Op::DropColumn { table, .. }
            | Op::AlterColumn { table, .. }
            | Op::AddConstraint { table, .. }
            | Op::DropConstraint { table, .. }
            | Op::CreateIndex { table, .. } => table,
            Op::DropIndex { name, table } => match self.work.table_of_index(name, table.as_ref()) {
                Some(table) => &table.name.clone(),
                None => return,
            },
            _ => return,
        };
        let is_meant = |table: &&Table| {
            let parent = table.attributes.get("partition of").map(named);
            // A rule of the parent's that goes, goes from its partitions as well.
            let is_of_parent = !matches!(op, Op::DropConstraint { .. }) && changes_columns(op, about);
            table.name == *about || parent.as_ref() == Some(about) && is_of_parent
        };
        let leaving = self.before.tables.values().filter(is_meant);
        let leaving = leaving.filter(|table| self.leaves_for_good(&table.name));
        let leaving: Vec<ObjectName> = leaving.map(|table| table.name.clone()).collect();
        leaving.iter().for_each(|table| self.detach(table));
    }

    /// Whether a partition is none of that parent in the end, and there.
    fn leaves_for_good(&self, table: &ObjectName) -> bool {
        let [before, after] = [self.before, &self.after].map(|schema| schema.tables.get(table));
        before.zip(after).is_some_and(|(before, after)| {
            let [was, is] = [before, after].map(|table| table.attributes.get("partition of"));
            was.is_some() && was != is && self.repartition_to_come(table).is_none()
        })
    }

    /// Whether a partition has left its parent for good, so that what happens to that is none of its business.
    pub(super) fn has_left(&self, table: &ObjectName) -> bool {
        self.detached.contains(table) && self.leaves_for_good(table)
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
