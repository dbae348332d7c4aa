//! What an op says and what has to wait for a later one.

use super::remake::is_repartitioned;
use super::{Done, Lowering};
use terrane_core::name::ObjectName;
use terrane_core::op::Op;
use terrane_core::schema::{Constraint, Table};

/// In the order in which it is done, where several wait for the same op.
pub(super) enum Later {
    /// A table is made anew, by what it is partitioned then.
    Repartition(ObjectName, Option<String>),
    /// A partition takes its place.
    Attach(Table),
    /// A key that the partitions of a partition would not take.
    Key(ObjectName, Constraint),
}

impl Later {
    fn rank(&self) -> u8 {
        match self {
            Later::Repartition(..) => 0,
            Later::Attach(_) => 1,
            Later::Key(..) => 2,
        }
    }
}

impl Lowering<'_> {
    /// Does what has waited for the op.
    pub(super) fn run_deferred(&mut self) -> Done {
        let (mut now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.later)
            .into_iter()
            .partition(|(at, _)| *at <= self.at);
        self.later = later;
        now.sort_by_key(|(_, what)| what.rank());
        now.into_iter().try_for_each(|(_, what)| match what {
            Later::Repartition(table, by) => self.repartition(&table, by.as_deref()),
            Later::Attach(table) => {
                self.detach(&table.name);
                self.attach(&table)?;
                let old = self.before.tables.get(&table.name);
                if let Some(old) =
                    old.filter(|old| old.attributes.get("partition of") == table.attributes.get("partition of"))
                {
                    self.switch_clones(old);
                }
                Ok(())
            }
            Later::Key(table, key) => {
                self.add_key(&table, &key);
                Ok(())
            }
        })
    }

    /// When a table will be partitioned otherwise, if that is still to come.
    pub(super) fn repartition_to_come(&self, table: &ObjectName) -> Option<usize> {
        let waits = self.later.iter().find_map(|(at, what)| match what {
            Later::Repartition(name, _) => (name == table).then_some(*at),
            _ => None,
        });
        waits.or_else(|| {
            self.coming()
                .find(|(_, op)| is_repartitioned(op) == Some(table))
                .map(|(at, _)| at)
        })
    }

    /// When the last table among the partitions of this one will be partitioned otherwise.
    pub(super) fn repartition_below(&self, table: &ObjectName) -> Option<usize> {
        let tables = self.work.tables.keys();
        let below = tables.filter(|name| self.wholes(name).contains(table));
        below.filter_map(|name| self.repartition_to_come(name)).max()
    }

    /// Until when a table cannot be made anew: what happens to the whole happens to its parts as well; and a column is made
    /// what the key of the partitions has it to be while there are none.
    pub(super) fn columns_to_come(&self, table: &ObjectName, by: Option<&str>) -> Option<usize> {
        let own = by.and_then(|_| self.last_change_of_columns(table));
        let wholes = self.wholes(table).into_iter();
        own.into_iter()
            .chain(wholes.filter_map(|whole| self.last_change_of_columns(&whole)))
            .max()
    }

    /// What a table is a partition of, and what that is.
    pub(super) fn wholes(&self, table: &ObjectName) -> Vec<ObjectName> {
        let parent = |of: &ObjectName| self.parent_of(of);
        std::iter::successors(parent(table), parent).collect()
    }

    /// Whether a table is there by now, and does not wait for its parent to be partitioned.
    pub(super) fn is_made(&self, table: &ObjectName) -> bool {
        self.work.tables.contains_key(table) && self.waiting.iter().all(|waiting| waiting.name != *table)
    }

    /// By what a table is partitioned now. One that was dropped may be there still.
    pub(super) fn partition_key(&self, table: &ObjectName) -> Option<&str> {
        let waits = |(_, what): &(usize, Later)| matches!(what, Later::Repartition(name, _) if name == table);
        let schema = match self.work.tables.contains_key(table) && !self.later.iter().any(waits) {
            true => &self.work,
            false => self.before,
        };
        schema.tables.get(table)?.attributes.get("partition by")
    }

    /// The partitions that a table has now, those that go with it when it is made anew among them.
    pub(super) fn partitions(&self, table: &ObjectName) -> Vec<ObjectName> {
        let dropped = self
            .before
            .tables
            .values()
            .filter(|part| !self.work.tables.contains_key(&part.name));
        let waits = self.repartition_to_come(table).is_some();
        let all = self.work.tables.values().chain(dropped.filter(|_| waits));
        let is_part =
            |part: &&Table| part.attributes.get("partition of").map(super::table::named).as_ref() == Some(table);
        all.filter(is_part).map(|part| part.name.clone()).collect()
    }

    /// Whether a partition goes with its old parent, which is made anew with all the rows.
    pub(super) fn goes_with_repartition(&self, table: &ObjectName) -> bool {
        let parent = self
            .work
            .tables
            .get(table)
            .and_then(|table| table.attributes.get("partition of"));
        let parent = parent.map(super::table::named);
        let is_detached = self.detached.contains(table);
        parent.is_some_and(|parent| !is_detached && self.repartition_to_come(&parent).is_some())
    }

    /// The ops of a table that say what it says itself when it is made anew.
    pub(super) fn settle_attributes(&mut self, table: &ObjectName) {
        let is_said = |op: &Op| match op {
            Op::SetTableAttribute { table: of, name, .. } => of == table && super::remake::is_made_with(name),
            _ => false,
        };
        let settled: Vec<usize> = self.coming().filter(|(_, op)| is_said(op)).map(|(at, _)| at).collect();
        self.done.extend(settled);
    }
}
