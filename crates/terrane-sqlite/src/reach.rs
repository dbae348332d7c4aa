//! How far a change of the schema reaches: what reads what it changes, told by the names that definitions mention.
//!
//! SQLite keeps no dependencies. Beside thousands of tables of others, nothing may be asked of all of them; so the change
//! is followed from name to name, and what mentions none of them is left alone.

use crate::mention::mentions_any;
use std::collections::{BTreeMap, BTreeSet};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{Effect, Op};
use terrane_core::schema::{Schema, Trigger, View};

/// What a step changes, and which of its ops does.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Names of relations and indexes that are not what they were, each with the op; views that read them among them.
    moving: BTreeMap<Ident, usize>,
    /// The ops that change what columns or relations there are.
    shapes: BTreeSet<usize>,
    /// An op of which nobody knows what it does.
    anything: Option<usize>,
    /// The name that a table had before the step, where it has another one after it.
    earlier: BTreeMap<ObjectName, ObjectName>,
}

fn adds_or_takes_a_column(op: &Op) -> bool {
    matches!(
        op,
        Op::AddColumn { .. } | Op::DropColumn { .. } | Op::RenameColumn { .. }
    )
}

impl Reach {
    pub(crate) fn of(ops: &[Op], before: &Schema, touched: &BTreeSet<ObjectName>) -> Reach {
        let mut reach = Reach::default();
        for (at, op) in ops.iter().enumerate() {
            reach.add(at, op, before);
        }
        // What is touched without being altered: the author's own rebuild goes by other names.
        for name in touched {
            reach.moving.entry(name.name.clone()).or_default();
        }
        reach.follow(before);
        reach
    }

    fn add(&mut self, at: usize, op: &Op, before: &Schema) {
        let is_shape = op.altered_table().is_none() || adds_or_takes_a_column(op);
        let mut moves = |name: &Ident| {
            let cause = self.moving.entry(name.clone()).or_insert(at);
            // A column that goes is a better reason than the key that went before it.
            if is_shape && !self.shapes.contains(cause) {
                *cause = at;
            }
        };
        match op {
            Op::Comment { .. } => {}
            Op::DropTable(name) | Op::DropView(name) => moves(&name.name),
            Op::DropUnmodelled(other) => moves(&other.name.name),
            Op::CreateTrigger(trigger) => moves(&trigger.relation.name),
            Op::DropIndex { table, name } | Op::RenameIndex { table, from: name, .. } => {
                moves(name);
                let table = table.as_ref().or_else(|| {
                    let found = before.table_of_index(name, None);
                    found.map(|table| &table.name)
                });
                if let Some(table) = table {
                    moves(&table.name);
                }
            }
            Op::RenameTable { from, to } => {
                moves(&from.name);
                moves(&to.name);
                let first = self.earlier.remove(from).unwrap_or_else(|| from.clone());
                self.earlier.insert(to.clone(), first);
            }
            Op::Call(_) | Op::Python => self.anything = self.anything.or(Some(at)),
            Op::Sql(raw) if raw.effect == Effect::Unknown => self.anything = self.anything.or(Some(at)),
            _ => {
                if let Some(table) = op.altered_table() {
                    moves(&table.name);
                }
            }
        }
        if is_shape {
            self.shapes.insert(at);
        }
    }

    /// Views on what changes, and views on those: until no more are found.
    fn follow(&mut self, before: &Schema) {
        if self.moving.is_empty() {
            return;
        }
        loop {
            let found: Vec<(Ident, usize)> = before
                .views
                .values()
                .filter(|view| !self.moving.contains_key(&view.name.name))
                .filter_map(|view| Some((view.name.name.clone(), self.cause(&[&view.query])?)))
                .collect();
            if found.is_empty() {
                return;
            }
            self.moving.extend(found);
        }
    }

    /// The op that changes something which one of the texts mentions.
    fn cause(&self, texts: &[&terrane_core::schema::Expr]) -> Option<usize> {
        let all: BTreeSet<&Ident> = self.moving.keys().collect();
        let text = texts.iter().find(|text| mentions_any(text, &all))?;
        let mut each = self.moving.iter();
        let named = each.find(|(name, _)| mentions_any(text, &BTreeSet::from([*name])));
        named.map(|(_, at)| *at)
    }

    /// Whether nothing is changed that anything could read.
    pub(crate) fn is_empty(&self) -> bool {
        self.moving.is_empty() && self.anything.is_none()
    }

    /// The op of which nobody knows what it does.
    pub(crate) fn anything(&self) -> Option<usize> {
        self.anything
    }

    /// The op that may break a view.
    pub(crate) fn reaches_view(&self, view: &View) -> Option<usize> {
        self.moving.get(&view.name.name).copied().or(self.anything)
    }

    /// The op that changes a table or a view of that name.
    pub(crate) fn changes(&self, name: &ObjectName) -> Option<usize> {
        self.moving.get(&name.name).copied()
    }

    /// The op that may break one of the triggers of a relation.
    pub(crate) fn reaches_triggers<'t>(
        &self,
        relation: &ObjectName,
        triggers: impl Iterator<Item = &'t Trigger> + Clone,
    ) -> Option<usize> {
        triggers.clone().next()?;
        let texts: Vec<_> = triggers.map(|trigger| &trigger.definition).collect();
        self.changes(relation).or_else(|| self.cause(&texts)).or(self.anything)
    }

    /// The name that a table has before the step.
    pub(crate) fn earlier<'n>(&'n self, name: &'n ObjectName) -> &'n ObjectName {
        self.earlier.get(name).unwrap_or(name)
    }
}
