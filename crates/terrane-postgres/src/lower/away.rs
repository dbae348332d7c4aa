//! What hangs on something that has to go for a moment ([`super::hold`]) is taken away, and brought back as it is wished for
//! in the end.

use super::Lowering;
use super::constraint::renamed;
use super::hold::{Held, Thing};
use super::say::{ident, object};
use crate::mention::mentions;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{Trigger, Unmodelled};

impl Lowering<'_> {
    /// Whether a view is taken away at the moment.
    pub(super) fn is_away(&self, view: &ObjectName) -> bool {
        self.is_held(|what| matches!(what, Thing::View(_, name) if name == view))
    }

    /// Whether a trigger is taken away at the moment; it comes back as it is wished for in the end.
    pub(super) fn is_trigger_away(&self, table: &ObjectName, trigger: &Ident) -> bool {
        self.is_held(|what| matches!(what, Thing::Trigger(of, name) if of == table && name == trigger))
    }

    /// Whether a constraint or an index is taken away at the moment.
    pub(super) fn is_part_away(&self, table: &ObjectName, part: &Ident) -> bool {
        self.is_held(|what| match what {
            Thing::Constraint(of, name) | Thing::Index(of, name) => of == table && name == part,
            _ => false,
        })
    }

    /// Whether an index was taken away: then it is back, or comes, with the name and the comment that it has in the end.
    pub(super) fn is_settled(&self, index: &Ident, table: Option<&ObjectName>) -> bool {
        let Some(table) = self.work.table_of_index(index, table) else {
            return false;
        };
        self.held.iter().any(|held| match &held.what {
            Thing::Index(of, name) if *of == table.name && held.first <= self.at && !held.vanishes => {
                renamed(&self.ops[held.first..self.at], of, name) == *index
            }
            _ => false,
        })
    }

    fn is_held(&self, is_meant: impl Fn(&Thing) -> bool) -> bool {
        let is_now = |held: &Held| held.first <= self.at && self.at <= held.last && !held.vanishes;
        self.held.iter().any(|held| is_now(held) && is_meant(&held.what))
    }

    /// Whether something that is wished for no more was on a view that has gone for a moment, and came back without it.
    pub(super) fn went_with_a_view(&self, other: &Unmodelled) -> bool {
        let text = other.definition.as_str();
        let has_gone = |held: &&Held| held.first <= self.at && !held.vanishes;
        let mut gone = self.held.iter().filter(has_gone).map(|held| &held.what);
        !self.after.unmodelled.contains_key(&other.name)
            && gone.any(|what| matches!(what, Thing::View(_, view) if mentions(text, &view.name)))
    }

    /// Takes away what is in the way of the op.
    pub(super) fn let_go(&mut self) {
        let going = |held: &&Held| held.first == self.at && !held.vanishes;
        let mut things: Vec<Thing> = self.held.iter().filter(going).map(|held| held.what.clone()).collect();
        things.sort();
        for thing in things.into_iter().rev() {
            match thing {
                Thing::Constraint(table, name) => self.alter_table(&table, format!("DROP CONSTRAINT {}", ident(&name))),
                Thing::Default(table, column) => self.alter_column(&table, &column, "DROP DEFAULT"),
                Thing::Computed(table, column) => self.let_computed_go(&table, &column),
                Thing::Index(table, name) => self.push(format!("DROP INDEX {}", super::table::index_of(&table, &name))),
                Thing::View(_, name) => self.drop_view(&name),
                Thing::Routine(name) => self.drop_routine(&name),
                Thing::Trigger(table, name) => {
                    self.push(format!("DROP TRIGGER {} ON {}", ident(&name), object(&table)));
                }
                Thing::Other(name) | Thing::Said(name) => {
                    if let Some(other) = self.work.unmodelled.get(&name).cloned() {
                        // Taking away by kind refuses nothing.
                        let _done = self.drop_other(&other);
                    }
                }
            }
        }
    }

    /// Brings back what waits for the op.
    pub(super) fn take_back(&mut self) {
        let coming = |held: &&Held| held.last == self.at;
        let back = self.held.iter().filter(coming);
        let mut things: Vec<(Thing, usize)> = back.map(|held| (held.what.clone(), held.first)).collect();
        things.sort();
        for (thing, first) in things {
            self.bring(thing, first);
        }
    }

    /// As it is wished for in the end. `first` is the op for which it went.
    fn bring(&mut self, thing: Thing, first: usize) {
        match thing {
            Thing::Routine(name) => {
                if let Some(routine) = self.after.routines.get(&name).cloned() {
                    self.push(format!("CREATE {}", routine.definition));
                    self.take_default_rights_of_routine(&name, routine.definition.as_str());
                }
            }
            Thing::Computed(table, column) => self.bring_computed(&table, &column),
            Thing::Constraint(table, name) => {
                let found = self.after.tables.get(&table).and_then(|table| {
                    table
                        .constraints
                        .iter()
                        .find(|constraint| constraint.name.as_ref() == Some(&name))
                        .cloned()
                });
                if let Some(constraint) = found {
                    self.alter_table(&table, format!("ADD {}", super::say::constraint(&constraint)));
                }
            }
            Thing::Default(table, column) => {
                let found = self
                    .after
                    .tables
                    .get(&table)
                    .and_then(|table| table.column(&column)?.default.clone());
                if let Some(default) = found {
                    self.alter_column(&table, &column, super::say::set_default(&default));
                }
            }
            Thing::Index(table, name) => {
                let name = renamed(&self.ops[first..], &table, &name);
                let found = self
                    .after
                    .tables
                    .get(&table)
                    .and_then(|table| table.indexes.get(&name).cloned());
                if let Some(index) = found {
                    self.push(super::say::index(&table, &index));
                    self.index_details(&table, &index);
                }
            }
            Thing::View(_, name) => {
                if let Some(view) = self.after.views.get(&name).cloned() {
                    self.create_view(&view);
                    self.take_default_rights(&name, "TABLES", &format!("TABLE {}", object(&name)));
                    let next = self.at + 1;
                    let comes = |other: &Trigger| {
                        self.ops[next..]
                            .iter()
                            .any(|op| matches!(op, Op::CreateTrigger(trigger) if trigger == other))
                    };
                    let triggers: Vec<&Trigger> = view.triggers.values().filter(|trigger| !comes(trigger)).collect();
                    triggers.into_iter().for_each(|trigger| self.create_trigger(trigger));
                }
            }
            Thing::Trigger(table, name) => {
                let found = self
                    .after
                    .tables
                    .get(&table)
                    .and_then(|table| table.triggers.get(&name).cloned());
                if let Some(trigger) = found {
                    self.create_trigger(&trigger);
                }
            }
            Thing::Other(name) | Thing::Said(name) => {
                if let Some(other) = self.after.unmodelled.get(&name).cloned() {
                    self.make_other(other.definition.as_str());
                }
            }
        }
    }
}
