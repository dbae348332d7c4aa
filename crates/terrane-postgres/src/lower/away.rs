//! Dependents of an object that is dropped and recreated ([`super::hold`]) are dropped, and recreated in their target form.

use super::Lowering;
use super::composed;
use super::constraint::{constraint_of, renamed, renamed_constraint};
use super::hold::{Held, Way, created, in_order};
use super::say::{ident, object};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{ObjectIdentity, Trigger, Unmodelled};

impl Lowering<'_> {
    /// Whether a view is taken away at the moment.
    pub(super) fn is_away(&self, view: &ObjectName) -> bool {
        self.is_held(|what| matches!(what, ObjectIdentity::View(name) if name == view))
    }

    /// Whether a trigger is taken away at the moment; it comes back as it is wished for in the end.
    pub(super) fn is_trigger_away(&self, table: &ObjectName, trigger: &Ident) -> bool {
        self.is_held(|what| matches!(what, ObjectIdentity::Trigger(of, name) if of == table && name == trigger))
    }

    /// Whether what the op creates comes later, when something that it depends on is back.
    pub(super) fn waits(&self, op: &Op) -> bool {
        let created = created(op);
        created.is_some_and(|created| {
            let mut held = self.held.iter();
            held.any(|held| held.way == Way::Comes && held.first == self.at && held.what == created)
        })
    }

    /// Whether a constraint or an index is taken away at the moment.
    pub(super) fn is_part_away(&self, table: &ObjectName, part: &Ident) -> bool {
        self.is_held(|what| match what {
            ObjectIdentity::Constraint(of, name) | ObjectIdentity::Index(of, name) => of == table && name == part,
            _ => false,
        })
    }

    /// Whether an index was taken away: then it is back, or comes, with the name and the comment that it has in the end.
    pub(super) fn is_settled(&self, index: &Ident, table: Option<&ObjectName>) -> bool {
        let Some(table) = self.work.table_of_index(index, table) else {
            return false;
        };
        self.held.iter().any(|held| match &held.what {
            ObjectIdentity::Index(of, name)
                if *of == table.name && held.first <= self.at && held.way == Way::Dropped =>
            {
                renamed(&self.ops[held.first..self.at], of, name) == *index
            }
            _ => false,
        })
    }

    fn is_held(&self, is_meant: impl Fn(&ObjectIdentity) -> bool) -> bool {
        let is_now = |held: &Held| held.first <= self.at && self.at <= held.last && held.way == Way::Dropped;
        self.held.iter().any(|held| is_now(held) && is_meant(&held.what))
    }

    /// The views that are dropped before the op, to come back.
    pub(super) fn views_that_go(&self) -> Vec<ObjectName> {
        let going = self
            .held
            .iter()
            .filter(|held| held.first == self.at && held.way == Way::Dropped);
        let views = going.filter_map(|held| match &held.what {
            ObjectIdentity::View(name) => Some(name.clone()),
            _ => None,
        });
        views.collect()
    }

    /// Whether a default, or whatever else, is taken away at the moment.
    pub(super) fn is_identity_away(&self, identity: &ObjectIdentity) -> bool {
        self.is_held(|what| what == identity)
    }

    /// Whether an object is taken away, or was and is back: with all that is wished for in the end, and nothing else.
    pub(super) fn was_taken_away(&self, identity: &ObjectIdentity) -> bool {
        let held = self.held.iter().find(|held| held.what == *identity);
        held.is_some_and(|held| held.first <= self.at && held.way == Way::Dropped) && !self.keeps_its_place(identity)
    }

    /// Whether only a part of it goes: a default of its column, the rules of a domain.
    fn keeps_its_place(&self, identity: &ObjectIdentity) -> bool {
        match identity {
            ObjectIdentity::Default(..) => true,
            ObjectIdentity::Other(name) => {
                let other = self.before.unmodelled.get(name);
                other.is_some_and(|other| composed::without_rules(other).is_some())
            }
            _ => false,
        }
    }

    /// Takes away what is in the way of the op.
    pub(super) fn let_go(&mut self) {
        let going = |held: &&Held| held.first == self.at && held.way == Way::Dropped;
        let going: Vec<ObjectIdentity> = self.held.iter().filter(going).map(|held| held.what.clone()).collect();
        for dependent in in_order(going, &self.work).into_iter().rev() {
            match dependent {
                ObjectIdentity::Constraint(table, name) => {
                    self.alter_table(&table, format!("DROP CONSTRAINT {}", ident(&name)));
                }
                ObjectIdentity::Default(table, column) => self.alter_column(&table, &column, "DROP DEFAULT"),
                ObjectIdentity::Column(table, column) if self.holds_rows(&table, &column) => {
                    self.let_rows_go(&table, &column);
                }
                ObjectIdentity::Column(table, column) => self.let_computed_go(&table, &column),
                ObjectIdentity::Index(table, name) => {
                    self.push(format!("DROP INDEX {}", super::table::index_of(&table, &name)));
                }
                ObjectIdentity::View(name) => self.drop_view(&name),
                ObjectIdentity::Routine(name) => self.drop_routine(&name),
                ObjectIdentity::Trigger(table, name) => {
                    self.push(format!("DROP TRIGGER {} ON {}", ident(&name), object(&table)));
                }
                ObjectIdentity::Other(name) => {
                    if let Some(other) = self.work.unmodelled.get(&name).cloned() {
                        self.let_other_go(&other);
                    }
                }
                // A table, a type and a sequence stay where they are.
                ObjectIdentity::Table(_) | ObjectIdentity::Enum(_) | ObjectIdentity::Sequence(_) => {}
            }
        }
    }

    /// Brings back what waits for the op.
    pub(super) fn take_back(&mut self) {
        let coming = |held: &&Held| held.last == self.at;
        let coming: Vec<(ObjectIdentity, usize)> = self
            .held
            .iter()
            .filter(coming)
            .map(|held| (held.what.clone(), held.first))
            .collect();
        let dependents = coming.iter().map(|(dependent, _)| dependent.clone()).collect();
        for dependent in in_order(dependents, &self.after) {
            let first = coming.iter().find(|(other, _)| *other == dependent);
            let first = first.map_or(self.at, |(_, first)| *first);
            self.bring(dependent, first);
        }
    }

    /// As it is wished for in the end. `first` is the op for which it went.
    fn bring(&mut self, dependent: ObjectIdentity, first: usize) {
        match dependent {
            ObjectIdentity::Routine(name) => {
                if let Some(routine) = self.after.routines.get(&name).cloned() {
                    self.push(format!("CREATE {}", routine.definition));
                    self.take_default_rights_of_routine(&name, routine.definition.as_str());
                }
            }
            ObjectIdentity::Column(table, column) if self.holds_rows(&table, &column) => {
                self.bring_rows(&table, &column, first);
            }
            ObjectIdentity::Column(table, column) => self.bring_computed(&table, &column),
            ObjectIdentity::Constraint(table, name) => {
                let wished = renamed_constraint(&self.ops[first..], &table, &name);
                if let Some(mut constraint) = constraint_of(&self.after, &table, &wished).cloned() {
                    // A later op gives it the name that it has in the end.
                    constraint.name = Some(renamed_constraint(&self.ops[first..=self.at], &table, &name));
                    self.alter_table(&table, format!("ADD {}", super::say::constraint(&constraint)));
                }
            }
            ObjectIdentity::Default(table, column) => {
                let found = self
                    .after
                    .tables
                    .get(&table)
                    .and_then(|table| table.column(&column)?.default.clone());
                if let Some(default) = found {
                    self.alter_column(&table, &column, super::say::set_default(&default));
                }
            }
            ObjectIdentity::Index(table, name) => {
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
            ObjectIdentity::View(name) => {
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
            ObjectIdentity::Trigger(table, name) => {
                let found = self
                    .after
                    .tables
                    .get(&table)
                    .and_then(|table| table.triggers.get(&name).cloned());
                if let Some(trigger) = found {
                    self.create_trigger(&trigger);
                }
            }
            ObjectIdentity::Other(name) => {
                if let Some(other) = self.after.unmodelled.get(&name).cloned() {
                    self.bring_other(&other);
                }
            }
            ObjectIdentity::Table(_) | ObjectIdentity::Enum(_) | ObjectIdentity::Sequence(_) => {}
        }
    }

    /// A domain stays, since columns of it may be there, and only what it says of its values goes.
    fn let_other_go(&mut self, other: &Unmodelled) {
        match composed::without_rules(other).and_then(|bare| composed::alteration(other, &bare)) {
            Some(statements) => statements.into_iter().for_each(|statement| self.push(statement)),
            None => {
                // Taking away by kind refuses nothing.
                let _done = self.drop_other(other);
            }
        }
    }

    fn bring_other(&mut self, other: &Unmodelled) {
        match composed::without_rules(other).and_then(|bare| composed::alteration(&bare, other)) {
            Some(statements) => statements.into_iter().for_each(|statement| self.push(statement)),
            None => {
                self.make_other(other.definition.as_str());
                self.take_default_rights_of_other(other);
            }
        }
    }
}
