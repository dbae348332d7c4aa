//! Finds what hangs on something that has to go for a moment: it goes before, and comes back after ([`super::away`]).
//!
//! PostgreSQL refuses to change the type of a column that a view reads, or to drop a function that a default calls. Where
//! such a thing is there before and after, and no op speaks of it, the author did not mean to touch it.

use super::constraint::in_the_end;
use super::header::{header, same_header};
use super::partition::changes_columns;
use super::remake::is_repartitioned;
use super::table::named;
use super::{composed, enums};
use crate::FLAVOR;
use crate::mention::mentions;
use crate::types;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, ConstraintRef, Op};
use terrane_core::schema::{Column, Constraint, ConstraintKind, Expr, ForeignKey, Schema, Table, Unmodelled};
use terrane_core::sql::{Lexing, tokenize, unquote};

/// Something that goes for a while.
pub(super) struct Held {
    pub(super) what: Thing,
    /// Before which op it goes.
    pub(super) first: usize,
    /// After which op it comes back.
    pub(super) last: usize,
    /// Whether it went by itself, with what it hangs on.
    pub(super) vanishes: bool,
}

/// In the order in which they come back.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Thing {
    Routine(ObjectName),
    /// A computed column.
    Computed(ObjectName, Ident),
    Constraint(ObjectName, Ident),
    Default(ObjectName, Ident),
    Index(ObjectName, Ident),
    /// With its place among those that read one another.
    View(usize, ObjectName),
    Trigger(ObjectName, Ident),
    Other(ObjectName),
    /// Something that is said of another thing: a comment, a right, an owner.
    Said(ObjectName),
}

/// Kinds that are no things, and are said of things.
const SAID: [&str; 5] = ["comment", "grant", "owner", "revoke", "security label"];

impl Thing {
    /// What it is called where something is said of it.
    fn name(&self) -> Option<ObjectName> {
        match self {
            Thing::Routine(name) | Thing::View(_, name) => Some(name.clone()),
            Thing::Constraint(_, name) | Thing::Index(_, name) | Thing::Trigger(_, name) => {
                Some(ObjectName::bare(name.clone()))
            }
            Thing::Other(name) => Some(first_word(name)),
            Thing::Computed(_, name) => Some(ObjectName::bare(name.clone())),
            Thing::Default(..) | Thing::Said(_) => None,
        }
    }
}

/// Something that goes, or changes in a way that what reads it does not stand.
enum Moved {
    Relation(ObjectName),
    Column(ObjectName, Ident),
    Retyped(ObjectName, Ident),
    Routine(ObjectName),
    Type(ObjectName),
    Key(ObjectName, Vec<Ident>),
    /// A table that is made anew, with all that hangs on it.
    Refounded(ObjectName),
    /// Made anew under its name, which what is said about it does not survive.
    Remade(ObjectName),
}

pub(super) fn held(ops: &[Op], before: &Schema, after: &Schema) -> Vec<Held> {
    let is_harmless = |op: &Op| matches!(op, Op::CreateTable(_) | Op::AddColumn { .. } | Op::AddConstraint { .. });
    if ops.iter().all(is_harmless) {
        return Vec::new();
    }
    let mut finding = Finding {
        ops,
        before,
        after,
        work: before.clone(),
        views: order_of_views(before),
        held: Vec::new(),
    };
    for (at, op) in ops.iter().enumerate() {
        for moved in finding.moved(at) {
            finding.hold(&moved, at);
            if let Moved::Refounded(table) = &moved {
                finding.hold(&moved, finding.last_change_of(table).max(at));
            }
        }
        let _misfit = op.apply(&mut finding.work);
    }
    finding.held
}

/// Views so that each comes after those it reads.
fn order_of_views(schema: &Schema) -> Vec<ObjectName> {
    let mut order: Vec<ObjectName> = Vec::new();
    let mut left: Vec<_> = schema.views.values().collect();
    while !left.is_empty() {
        let reads_none = |at: &usize| {
            let text = left[*at].query.as_str();
            left.iter()
                .enumerate()
                .all(|(other, view)| other == *at || !mentions(text, &view.name.name))
        };
        let next = (0..left.len()).find(reads_none).unwrap_or(0);
        order.push(left.remove(next).name.clone());
    }
    order
}

/// What a name that is SQL begins with: `p` of the policy `p ON t`.
fn first_word(name: &ObjectName) -> ObjectName {
    let text = name.name.as_str();
    let tokens = tokenize(text, &Lexing::POSTGRESQL).unwrap_or_default();
    let word = tokens.first().map_or(text, |token| token.text(text));
    ObjectName::bare(FLAVOR.ident(&unquote(word)))
}

struct Finding<'a> {
    ops: &'a [Op],
    before: &'a Schema,
    after: &'a Schema,
    /// The schema before the op that is looked at.
    work: Schema,
    views: Vec<ObjectName>,
    held: Vec<Held>,
}

impl Finding<'_> {
    /// What the op at `at` moves.
    fn moved(&self, at: usize) -> Vec<Moved> {
        match &self.ops[at] {
            Op::DropView(name) => vec![Moved::Relation(name.clone())],
            Op::CreateView(view) if self.is_remade(at, &view.name) => vec![Moved::Remade(view.name.clone())],
            Op::DropRoutine(name) => vec![Moved::Routine(name.clone())],
            Op::ReplaceRoutine(routine) => match self.work.routines.get(&routine.name) {
                Some(old) if !same_header(old.definition.as_str(), routine.definition.as_str()) => {
                    let name = || routine.name.clone();
                    vec![Moved::Routine(name()), Moved::Remade(name())]
                }
                _ => Vec::new(),
            },
            Op::AlterColumn { table, column, change } => match change {
                ColumnChange::Type { ty, .. } => {
                    let mut moved = vec![Moved::Column(table.clone(), column.clone())];
                    let old = self.work.tables.get(table).and_then(|table| table.column(column));
                    if old.is_some_and(|old| !types::compares(&old.ty, ty)) {
                        moved.push(Moved::Retyped(table.clone(), column.clone()));
                    }
                    moved.extend(self.keys_that_carry(table, column));
                    moved.extend(self.computed_from(table, column));
                    moved
                }
                ColumnChange::Generated(Some(_)) => {
                    let remade = Moved::Remade(ObjectName::bare(column.clone()));
                    vec![Moved::Column(table.clone(), column.clone()), remade]
                }
                _ => Vec::new(),
            },
            Op::DropConstraint { table, constraint } => self.moved_key(table, constraint),
            Op::AddConstraint { table, constraint } => match &constraint.name {
                Some(name) if self.had_constraint(table, name) => {
                    vec![Moved::Remade(ObjectName::bare(name.clone()))]
                }
                _ => Vec::new(),
            },
            op if is_repartitioned(op).is_some() => is_repartitioned(op)
                .cloned()
                .map(Moved::Refounded)
                .into_iter()
                .collect(),
            Op::CreateTrigger(trigger) => vec![Moved::Remade(ObjectName::bare(trigger.name.clone()))],
            Op::AlterEnum(wish) => {
                let old = self
                    .work
                    .enums
                    .get(&wish.name)
                    .map(|old| old.values.as_slice())
                    .unwrap_or_default();
                let coming = self.ops[at + 1..].iter();
                if enums::is_replaced(old, &wish.values) || enums::uses_new_value(old, wish, coming) {
                    let tables = self.work.tables.values();
                    let columns = tables.flat_map(|table| {
                        let of = table.columns.iter().filter(|column| enums::is_of(column, &wish.name));
                        of.map(|column| Moved::Column(table.name.clone(), column.name.clone()))
                    });
                    columns
                        .chain([Moved::Type(wish.name.clone()), Moved::Remade(wish.name.clone())])
                        .collect()
                } else {
                    Vec::new()
                }
            }
            Op::DropUnmodelled(other) | Op::CreateUnmodelled(other) if self.is_altered(other) => Vec::new(),
            Op::DropUnmodelled(other) if self.is_made_later(at, &other.name) => {
                vec![Moved::Type(other.name.clone()), Moved::Routine(other.name.clone())]
            }
            Op::CreateUnmodelled(other) if self.is_made_earlier(at, &other.name) => {
                vec![Moved::Remade(first_word(&other.name))]
            }
            _ => Vec::new(),
        }
    }

    fn is_remade(&self, at: usize, name: &ObjectName) -> bool {
        self.ops[..at]
            .iter()
            .any(|op| matches!(op, Op::DropView(other) if other == name))
    }

    fn is_made_later(&self, at: usize, name: &ObjectName) -> bool {
        self.ops[at..]
            .iter()
            .any(|op| matches!(op, Op::CreateUnmodelled(other) if other.name == *name))
    }

    fn is_altered(&self, other: &Unmodelled) -> bool {
        let old = self.before.unmodelled.get(&other.name);
        let new = self.after.unmodelled.get(&other.name);
        old.zip(new)
            .is_some_and(|(old, new)| composed::alteration(old, new).is_some())
    }

    fn is_made_earlier(&self, at: usize, name: &ObjectName) -> bool {
        self.ops[..at]
            .iter()
            .any(|op| matches!(op, Op::DropUnmodelled(other) if other.name == *name))
    }

    fn had_constraint(&self, table: &ObjectName, name: &Ident) -> bool {
        self.ops.iter().any(|op| match op {
            Op::DropConstraint {
                table: of,
                constraint: ConstraintRef::Named(dropped),
            } => of == table && dropped == name,
            _ => false,
        })
    }

    /// Columns that are computed from one are made anew when that gets another type.
    fn computed_from(&self, table: &ObjectName, column: &Ident) -> Vec<Moved> {
        let columns = self.work.tables.get(table).map_or(&[][..], |table| &table.columns);
        let reads = |other: &&Column| {
            let generated = other.generated.as_ref();
            generated.is_some_and(|generated| mentions(generated.expression.as_str(), column))
        };
        let moved = columns.iter().filter(reads);
        moved
            .flat_map(|other| {
                let remade = Moved::Remade(ObjectName::bare(other.name.clone()));
                [Moved::Column(table.clone(), other.name.clone()), remade]
            })
            .collect()
    }

    /// An index that carries a column along is made anew with it, and references hang on the index.
    fn keys_that_carry(&self, table: &ObjectName, column: &Ident) -> Vec<Moved> {
        let constraints = self.work.tables.get(table).map_or(&[][..], |table| &table.constraints);
        let carries = constraints.iter().filter_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => Some(key),
            _ => None,
        });
        carries
            .filter(|key| key.include.contains(column))
            .map(|key| Moved::Key(table.clone(), key.names().cloned().collect()))
            .collect()
    }

    fn moved_key(&self, table: &ObjectName, which: &ConstraintRef) -> Vec<Moved> {
        let Some(table) = self.work.tables.get(table) else {
            return Vec::new();
        };
        let found = table.constraints.iter().find(|constraint| which.matches(constraint));
        match found.map(|constraint| &constraint.kind) {
            Some(ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key)) => {
                vec![Moved::Key(table.name.clone(), key.names().cloned().collect())]
            }
            _ => Vec::new(),
        }
    }

    fn hold(&mut self, moved: &Moved, at: usize) {
        let mut things = match moved {
            Moved::Relation(name) => self.views_that(|text| mentions(text, &name.name)),
            Moved::Column(table, column) => {
                let mut things = self.views_that(|text| mentions(text, &table.name) && mentions(text, column));
                things.extend(self.triggers_on(table, column));
                things.extend(self.others_that(&["policy", "rule", "statistics"], |text| {
                    mentions(text, &table.name) && mentions(text, column)
                }));
                things
            }
            Moved::Retyped(table, column) => self.references(|of, key| {
                (of.name == *table && key.columns.contains(column))
                    || (key.table == *table && key.referenced.contains(column))
            }),
            Moved::Routine(name) | Moved::Type(name) => {
                let mut things = self.views_that(|text| mentions(text, &name.name));
                if matches!(moved, Moved::Type(_)) {
                    things.extend(self.routines_that(|text| mentions(text, &name.name)));
                }
                if matches!(moved, Moved::Routine(_)) {
                    things.extend(self.parts_that(at, |text| mentions(text, &name.name)));
                }
                things.extend(self.others_that(&["policy", "rule"], |text| mentions(text, &name.name)));
                things
            }
            Moved::Key(table, columns) => self.references(|_, key| {
                key.table == *table
                    && key.referenced.len() == columns.len()
                    && columns.iter().all(|c| key.referenced.contains(c))
            }),
            Moved::Refounded(name) => {
                self.remake(name, at);
                let mut things = self.views_that(|text| mentions(text, &name.name));
                things.extend(self.routines_that(|text| mentions(text, &name.name)));
                let wholes = self.wholes(name);
                things.extend(
                    self.references(|of, key| key.table == *name && of.name != *name || wholes.contains(&key.table)),
                );
                let kinds = ["policy", "publication", "rule", "statistics"];
                things.extend(self.others_that(&kinds, |text| mentions(text, &name.name)));
                things
            }
            Moved::Remade(name) => {
                self.remake(name, at);
                return;
            }
        };
        things.sort();
        things.dedup();
        for what in things {
            self.push(what, at, at);
        }
    }

    /// A view that is held moves whatever reads it.
    fn push(&mut self, what: Thing, first: usize, last: usize) {
        let last = last.max(self.last_mention(&what).unwrap_or(last));
        if let Some(there) = self.held.iter_mut().find(|held| held.what == what) {
            let waits = last > there.last;
            there.last = there.last.max(last);
            there.vanishes = false;
            if !waits {
                return;
            }
        } else {
            self.held.push(Held {
                what: what.clone(),
                first,
                last,
                vanishes: false,
            });
        }
        if let Thing::Routine(name) = &what {
            self.hold(&Moved::Routine(name.clone()), first);
        }
        if let Thing::Computed(table, column) = &what {
            for at in [first, last] {
                self.hold(&Moved::Column(table.clone(), column.clone()), at);
            }
        }
        if let Thing::View(_, name) = &what {
            for reader in self.views_that(|text| mentions(text, &name.name)) {
                if reader != what {
                    self.push(reader, first, last);
                }
            }
        }
        if let Some(name) = what.name() {
            self.remake(&name, last);
        }
    }

    /// The last op that makes something which the thing reads.
    fn last_mention(&self, what: &Thing) -> Option<usize> {
        let text = match what {
            Thing::View(_, name) => self.after.views.get(name)?.query.as_str(),
            Thing::Other(name) => self.after.unmodelled.get(name)?.definition.as_str(),
            Thing::Routine(name) => self.after.routines.get(name)?.definition.as_str(),
            Thing::Default(table, column) => self.after.tables.get(table)?.column(column)?.default.as_ref()?.as_str(),
            Thing::Computed(table, column) => {
                let generated = self.after.tables.get(table)?.column(column)?.generated.as_ref()?;
                generated.expression.as_str()
            }
            Thing::Trigger(table, name) => self.after.triggers(table)?.get(name)?.definition.as_str(),
            Thing::Constraint(table, _) => {
                let of = |op: &Op| {
                    matches!(
                        op,
                        Op::AddConstraint { .. } | Op::CreateIndex { .. } | Op::AlterColumn { .. }
                    )
                };
                let keys = self.after.tables.get(table)?.foreign_keys().map(|(_, key)| &key.table);
                let tables: Vec<&ObjectName> = keys.chain([table]).collect();
                let on = |op: &Op| match op {
                    Op::CreateIndex { table, .. } => Some(table.clone()),
                    op => op.altered_table().cloned(),
                };
                return self
                    .ops
                    .iter()
                    .rposition(|op| of(op) && on(op).is_some_and(|on| tables.contains(&&on)));
            }
            Thing::Index(..) | Thing::Said(_) => return None,
        };
        self.ops.iter().rposition(|op| match op {
            Op::CreateView(view) => mentions(text, &view.name.name),
            Op::CreateRoutine(routine) | Op::ReplaceRoutine(routine) => mentions(text, &routine.name.name),
            Op::CreateUnmodelled(other) => mentions(text, &other.name.name),
            Op::AddColumn { table, column } => {
                matches!(what, Thing::Computed(of, _) if of == table) && mentions(text, &column.name)
            }
            _ => false,
        })
    }

    /// What is said about a thing, and what hangs on a view, comes back when the thing does.
    fn remake(&mut self, name: &ObjectName, at: usize) {
        let mut things = self.others_that(&SAID, |text| mentions(text, &name.name));
        if self.after.views.contains_key(name) {
            things.extend(self.others_that(&["index", "rule"], |text| mentions(text, &name.name)));
        }
        for what in things {
            if let Some(there) = self.held.iter_mut().find(|held| held.what == what) {
                there.last = there.last.max(at);
                continue;
            }
            let named = what.name();
            self.held.push(Held {
                what,
                first: at,
                last: at,
                vanishes: true,
            });
            if let Some(name) = named {
                self.remake(&name, at);
            }
        }
    }

    fn views_that(&self, reads: impl Fn(&str) -> bool) -> Vec<Thing> {
        let mut things = Vec::new();
        for (place, name) in self.views.iter().enumerate() {
            let (Some(now), Some(then)) = (self.work.views.get(name), self.after.views.get(name)) else {
                continue;
            };
            let is_said = self
                .ops
                .iter()
                .any(|op| matches!(op, Op::DropView(other) if other == name));
            if !is_said && then.materialized == now.materialized && reads(now.query.as_str()) {
                things.push(Thing::View(place, name.clone()));
            }
        }
        things
    }

    /// By what they take and give; what is in the body is looked for when it runs.
    fn routines_that(&self, reads: impl Fn(&str) -> bool) -> Vec<Thing> {
        let stays = self
            .work
            .routines
            .values()
            .filter(|routine| self.after.routines.get(&routine.name) == Some(*routine));
        stays
            .filter(|routine| reads(header(routine.definition.as_str())))
            .map(|routine| Thing::Routine(routine.name.clone()))
            .collect()
    }

    fn triggers_on(&self, table: &ObjectName, column: &Ident) -> Vec<Thing> {
        let (Some(now), Some(then)) = (self.work.tables.get(table), self.after.tables.get(table)) else {
            return Vec::new();
        };
        let stays = now
            .triggers
            .values()
            .filter(|trigger| then.triggers.get(&trigger.name) == Some(*trigger));
        stays
            .filter(|trigger| mentions(trigger.definition.as_str(), column))
            .map(|trigger| Thing::Trigger(table.clone(), trigger.name.clone()))
            .collect()
    }

    fn others_that(&self, kinds: &[&str], reads: impl Fn(&str) -> bool) -> Vec<Thing> {
        let stays = self
            .work
            .unmodelled
            .values()
            .filter(|other| self.after.unmodelled.get(&other.name) == Some(*other));
        stays
            .filter(|other| kinds.contains(&other.kind.as_str()) && reads(other.definition.as_str()))
            .map(|other| {
                let is_said = SAID.contains(&other.kind.as_str());
                let thing = if is_said { Thing::Said } else { Thing::Other };
                thing(other.name.clone())
            })
            .collect()
    }

    /// The last op that changes a table's columns, or those of what it is a partition of: so long may it wait to be made
    /// anew.
    fn last_change_of(&self, table: &ObjectName) -> usize {
        let mut tables = self.wholes(table);
        tables.push(table.clone());
        let changes = |op: &Op| tables.iter().any(|table| changes_columns(op, table));
        self.ops.iter().rposition(changes).unwrap_or(0)
    }

    /// What a table is a partition of, and what that is.
    fn wholes(&self, table: &ObjectName) -> Vec<ObjectName> {
        let parent = |of: &ObjectName| self.work.tables.get(of)?.attributes.get("partition of").map(named);
        std::iter::successors(parent(table), parent).collect()
    }

    fn references(&self, is_meant: impl Fn(&Table, &ForeignKey) -> bool) -> Vec<Thing> {
        let goes = |table: &Table| {
            let drops = |op: &Op| matches!(op, Op::DropTable(name) if *name == table.name);
            self.ops.iter().any(drops)
        };
        let kept = |table: &Table, constraint: &Constraint| match self.after.tables.get(&table.name) {
            Some(then) => then.constraints.contains(constraint),
            // It goes a little earlier then.
            None => goes(table),
        };
        let mut things = Vec::new();
        for table in self.work.tables.values() {
            for (constraint, key) in table.foreign_keys().filter(|(_, key)| !key.attributes.has("inherited")) {
                if let Some(name) = constraint
                    .name
                    .as_ref()
                    .filter(|_| kept(table, constraint) && is_meant(table, key))
                {
                    things.push(Thing::Constraint(table.name.clone(), name.clone()));
                }
            }
        }
        things
    }

    /// Checks, indexes, defaults and computed columns that call a function. Those of a type are the business of whoever changes its columns.
    fn parts_that(&self, at: usize, reads: impl Fn(&str) -> bool) -> Vec<Thing> {
        let mut things = Vec::new();
        for table in self.work.tables.values() {
            let Some(then) = self.after.tables.get(&table.name) else {
                continue;
            };
            let name = || table.name.clone();
            for constraint in table.constraints.iter().filter(|one| then.constraints.contains(one)) {
                if let (ConstraintKind::Check(check), Some(of)) = (&constraint.kind, &constraint.name)
                    && reads(check.expression.as_str())
                {
                    things.push(Thing::Constraint(name(), of.clone()));
                }
            }
            for index in table
                .indexes
                .values()
                .filter(|one| in_the_end(&self.ops[at..], self.after, &table.name, one).is_some())
            {
                if reads(&super::say::index(&table.name, index)) {
                    things.push(Thing::Index(name(), index.name.clone()));
                }
            }
            for column in &table.columns {
                let comes_from_parent = table.attributes.has("partition of") || column.attributes.has("inherited");
                let computed = column.generated.as_ref().filter(|_| !comes_from_parent);
                if computed.is_some_and(|generated| reads(generated.expression.as_str())) {
                    things.push(Thing::Computed(name(), column.name.clone()));
                }
                let stays = then
                    .column(&column.name)
                    .is_some_and(|then| then.default == column.default);
                let calls = |default: &Expr| reads(default.as_str());
                if stays && column.default.as_ref().is_some_and(calls) {
                    things.push(Thing::Default(name(), column.name.clone()));
                }
            }
        }
        things
    }
}
