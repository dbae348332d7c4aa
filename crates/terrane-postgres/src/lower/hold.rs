//! The closure: finds what depends on an object that is dropped and recreated. It is dropped before and recreated after, in
//! its target form ([`super::away`]).
//!
//! PostgreSQL refuses to change the type of a column that a view reads, or to drop a function that a default calls. What
//! depends on what, the schema's edges say. Where a dependent is there before and after, and no op is about it, the author
//! did not mean to touch it.

use super::constraint::{constraint_of, in_the_end, renamed_constraint};
use super::invalidated::Invalidated;
use super::partition::changes_columns;
use super::places::{Moving, moving};
use super::rows::{columns_of_rows, is_rewritten};
use super::table::named;
use std::collections::{BTreeMap, BTreeSet};
use terrane_core::diff::effects::{Side, effects};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ConstraintRef, Op};
use terrane_core::schedule::{Action, Slot, order};
use terrane_core::schema::{Constraint, ConstraintKind, ObjectIdentity, Schema, Source, Table, Trigger, Unmodelled};

/// A dependent that is dropped and recreated, or an annotation that goes with its object and is made again.
pub(super) struct Held {
    pub(super) what: ObjectIdentity,
    /// Before which op it is dropped.
    pub(super) first: usize,
    /// After which op it is recreated.
    pub(super) last: usize,
    pub(super) way: Way,
}

/// How it goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It is dropped.
    Dropped,
    /// The server drops it with what it is about.
    GoesAlong,
    /// It is not there yet: the op that creates it waits for what it depends on.
    Comes,
}

pub(super) fn held(ops: &[Op], before: &Schema, after: &Schema) -> Vec<Held> {
    let is_harmless = |op: &Op| {
        let adds = matches!(op, Op::CreateTable(_) | Op::AddColumn { .. } | Op::AddConstraint { .. });
        adds && is_rewritten(op).is_none()
    };
    if ops.iter().all(is_harmless) {
        return Vec::new();
    }
    let sides = [before, after].map(|schema| Side {
        schema,
        edges: &schema.edges,
    });
    let effects = effects(ops, sides[0], sides[1]);
    let mut search = Search {
        ops,
        before,
        after,
        work: before.clone(),
        creators: creators(&effects),
        moving: moving(ops, before, after),
        held: Vec::new(),
    };
    for (at, op) in ops.iter().enumerate() {
        for invalidated in search.invalidated(at) {
            search.hold(&invalidated, at);
            search.hold_rows(invalidated.rewritten(), at);
            if let Invalidated::Repartitioned(table) = &invalidated {
                let last = search.last_change_of(table).max(at);
                search.hold(&invalidated, last);
                search.hold_rows(invalidated.rewritten(), last);
            }
        }
        search.hold_rows(is_rewritten(op), at);
        search.hold_references(at);
        let _misfit = op.apply(&mut search.work);
        for slot in &effects[at].creates {
            // What an earlier op made may have to go for a later one.
            let Slot::Object(created) = slot else { continue };
            for (to, source) in after.edges.of(created) {
                search.work.edges.add(created.clone(), to.clone(), source);
            }
        }
    }
    search.let_wait();
    search.held
}

/// What an op creates that may have to wait for something that is taken away at the moment.
pub(super) fn created(op: &Op) -> Option<ObjectIdentity> {
    match op {
        Op::CreateView(view) => Some(ObjectIdentity::View(view.name.clone())),
        Op::CreateRoutine(routine) => Some(ObjectIdentity::Routine(routine.name.clone())),
        Op::CreateUnmodelled(other) => Some(ObjectIdentity::Other(other.name.clone())),
        _ => None,
    }
}

/// The last op that creates something, or makes another of it.
fn creators(effects: &[Action]) -> BTreeMap<Slot, usize> {
    let mut creators = BTreeMap::new();
    for (at, action) in effects.iter().enumerate() {
        creators.extend(action.creates.iter().map(|slot| (slot.clone(), at)));
    }
    creators
}

/// Dependents in an order in which each comes after what it depends on.
pub(super) fn in_order(mut dependents: Vec<ObjectIdentity>, schema: &Schema) -> Vec<ObjectIdentity> {
    let edges = &schema.edges;
    dependents.sort_by_key(|dependent| (rank(dependent, schema), dependent.clone()));
    let action = |dependent: &ObjectIdentity| {
        let of_column = match dependent {
            ObjectIdentity::Column(table, column) => Some(ObjectIdentity::Default(table.clone(), column.clone())),
            _ => None,
        };
        let all = [dependent].into_iter().chain(&of_column);
        let reads = all.flat_map(|identity| edges.of(identity));
        // A column that holds rows of another table changes after that one.
        let of_rows = match dependent {
            ObjectIdentity::Column(table, _) => Some(Slot::Object(ObjectIdentity::Table(table.clone()))),
            _ => None,
        };
        Action {
            creates: [Slot::Object(dependent.clone())].into_iter().chain(of_rows).collect(),
            reads: reads.map(|(to, source)| (Slot::Object(to.clone()), source)).collect(),
            ..Action::default()
        }
    };
    let actions: Vec<Action> = dependents.iter().map(action).collect();
    match order(&actions) {
        Ok(places) => places.into_iter().map(|at| dependents[at].clone()).collect(),
        // The server had them all, so that it will say what is wrong.
        Err(_) => dependents,
    }
}

fn rank(dependent: &ObjectIdentity, schema: &Schema) -> usize {
    match dependent {
        ObjectIdentity::Other(name) => {
            let is_annotation = |other: &Unmodelled| Unmodelled::is_annotation(&other.kind);
            7 + usize::from(schema.unmodelled.get(name).is_some_and(is_annotation))
        }
        ObjectIdentity::Routine(_) => 0,
        ObjectIdentity::Column(..) => 1,
        ObjectIdentity::Constraint(..) => 2,
        ObjectIdentity::Default(..) => 3,
        ObjectIdentity::Index(..) => 4,
        ObjectIdentity::View(_) => 5,
        ObjectIdentity::Trigger(..) => 6,
        _ => 7,
    }
}

pub(super) struct Search<'a> {
    pub(super) ops: &'a [Op],
    pub(super) before: &'a Schema,
    pub(super) after: &'a Schema,
    /// The schema before the op that is looked at.
    pub(super) work: Schema,
    creators: BTreeMap<Slot, usize>,
    moving: Vec<Moving>,
    held: Vec<Held>,
}

impl Search<'_> {
    /// What is created while something that it depends on is taken away comes when that is back.
    fn let_wait(&mut self) {
        let away = self.held.iter().filter(|held| held.way == Way::Dropped);
        let away: BTreeMap<&ObjectIdentity, &Held> = away.map(|held| (&held.what, held)).collect();
        let mut waiting = Vec::new();
        for (at, op) in self.ops.iter().enumerate() {
            let Some(what) = created(op).filter(|what| !away.contains_key(what)) else {
                continue;
            };
            let edges = &self.after.edges;
            let needs = |from: &ObjectIdentity, to: &ObjectIdentity| edges.of(from).any(|(other, _)| other == to);
            let needed = edges.of(&what).filter(|(_, source)| *source > Source::Body);
            let gone = needed.filter_map(|(to, _)| away.get(to));
            let gone = gone.filter(|held| held.first <= at && at <= held.last && !needs(&held.what, &what));
            if let Some(last) = gone.map(|held| held.last).max() {
                waiting.push((what, at, last));
            }
        }
        for (what, first, last) in waiting {
            self.held.push(Held {
                what,
                first,
                last,
                way: Way::Comes,
            });
        }
    }

    fn hold(&mut self, invalidated: &Invalidated, at: usize) {
        let dependents = match invalidated {
            Invalidated::Object(identity) => self.dependents(identity, at),
            Invalidated::Column(table, column) => {
                let mut dependents = self.dependents_of_column(table, column, at);
                dependents.extend(self.references_beside(table, column, at));
                dependents
            }
            Invalidated::Retyped(table, column) => {
                let mut dependents = self.dependents_of_column(table, column, at);
                dependents.extend(self.references(table, column, at));
                dependents.extend(self.references_beside(table, column, at));
                dependents.extend(self.rules_on_column(table, column, at));
                dependents
            }
            Invalidated::Incomparable(table, column) => self.references(table, column, at),
            Invalidated::Repartitioned(table) => {
                for identity in self.with_parts(table) {
                    self.annotations(&identity, at);
                }
                self.dependents_of_table(table, at)
            }
            Invalidated::Recreated(identity) => {
                self.annotations(identity, at);
                return;
            }
        };
        for dependent in dependents {
            self.push(dependent, at, at);
        }
    }

    /// What depends on an object and is dropped and recreated with it.
    fn dependents(&self, identity: &ObjectIdentity, at: usize) -> Vec<ObjectIdentity> {
        let is_type = matches!(identity, ObjectIdentity::Enum(_)) || self.is_of_kind(identity, &["domain", "type"]);
        let all = self.work.edges.dependents(identity).filter(|dependent| {
            // What is of a type that becomes another is retyped with it: columns, with the defaults of their own, and attributes.
            !is_type || !self.is_of_type(dependent, identity)
        });
        let of_column = |dependent: &ObjectIdentity| match dependent {
            ObjectIdentity::Default(table, column) if self.is_computed(table, column) => {
                ObjectIdentity::Column(table.clone(), column.clone())
            }
            other => other.clone(),
        };
        all.filter(|dependent| self.is_held_back(identity, dependent))
            .map(of_column)
            .filter(|dependent| self.stays(dependent, at))
            .collect()
    }

    /// Whether it is of that type, or is the default of a column that is.
    fn is_of_type(&self, dependent: &ObjectIdentity, ty: &ObjectIdentity) -> bool {
        match dependent {
            ObjectIdentity::Column(..) => true,
            ObjectIdentity::Default(table, column) if !self.is_computed(table, column) => {
                let column = ObjectIdentity::Column(table.clone(), column.clone());
                self.work.edges.of(&column).any(|(to, _)| to == ty)
            }
            dependent => self.is_of_kind(dependent, &["domain", "type"]),
        }
    }

    /// Computed columns, rules and indexes that say more of a column than its name, also in the tables that have it from this
    /// one.
    fn rules_on_column(&self, table: &ObjectName, column: &Ident, at: usize) -> Vec<ObjectIdentity> {
        let whole = ObjectIdentity::Column(table.clone(), column.clone());
        let mut rules = self.dependents(&whole, at);
        rules.retain(|dependent| match dependent {
            ObjectIdentity::Column(..) => true,
            ObjectIdentity::Constraint(table, name) => {
                constraint_of(&self.work, table, name).is_some_and(|constraint| {
                    matches!(constraint.kind, ConstraintKind::Check(_) | ConstraintKind::Exclusion(_))
                })
            }
            ObjectIdentity::Index(table, name) => self.work.tables.get(table).is_some_and(|table| {
                let index = table.indexes.get(name);
                index
                    .is_some_and(|index| index.predicate.is_some() || index.keys.iter().any(|key| key.name().is_none()))
            }),
            _ => false,
        });
        for child in self.work.edges.dependents(&ObjectIdentity::Table(table.clone())) {
            if let ObjectIdentity::Table(child) = child {
                rules.extend(self.rules_on_column(child, column, at));
            }
        }
        rules
    }

    /// Frees columns of the row type of a table that is rewritten, and of those that have their columns from it.
    fn hold_rows(&mut self, table: Option<&ObjectName>, at: usize) {
        let Some(table) = table else { return };
        for (of, column) in columns_of_rows(table, &self.work) {
            if self.is_untouched(&of, &column) {
                for rule in self.rules_on_column(&of, &column, at) {
                    self.push(rule, at, at);
                }
                self.push(ObjectIdentity::Column(of.clone(), column), at, at);
                // Its table is rewritten by that.
                self.hold_rows(Some(&of).filter(|of| *of != table), at);
            }
        }
        let children = self.work.edges.dependents(&ObjectIdentity::Table(table.clone()));
        let children = children.filter_map(|child| match child {
            ObjectIdentity::Table(child) => Some(child.clone()),
            _ => None,
        });
        for child in children.collect::<Vec<_>>() {
            self.hold_rows(Some(&child), at);
        }
    }

    /// Rows that are referred to change their partition: no reference sees that.
    fn hold_references(&mut self, at: usize) {
        let begin = self.moving.iter().filter(|moving| moving.first == at);
        let begin: Vec<(ObjectName, usize)> = begin.map(|moving| (moving.parent.clone(), moving.last)).collect();
        for (parent, last) in begin {
            for identity in self.with_parts(&parent) {
                let mut references = self.dependents(&identity, at);
                references.retain(|dependent| self.refers_to(dependent, &parent));
                references
                    .into_iter()
                    .for_each(|reference| self.push(reference, at, last));
            }
        }
    }

    /// Whether a column is there before and after, and of the same type.
    fn is_untouched(&self, table: &ObjectName, column: &Ident) -> bool {
        let ty = |schema: &Schema| {
            let column = schema.tables.get(table).and_then(|table| table.column(column));
            column.map(|column| column.ty.clone())
        };
        ty(&self.work).is_some() && ty(&self.work) == ty(self.after)
    }

    /// Whether an edge keeps the server from dropping what it goes to. A name in a body does not.
    fn is_held_back(&self, to: &ObjectIdentity, from: &ObjectIdentity) -> bool {
        self.work
            .edges
            .of(from)
            .any(|(other, source)| other == to && source > Source::Body)
    }

    /// What reads a column and does not survive another type of it; that of the tables that have it from this one as well.
    fn dependents_of_column(&self, table: &ObjectName, column: &Ident, at: usize) -> Vec<ObjectIdentity> {
        let whole = ObjectIdentity::Column(table.clone(), column.clone());
        let reads = |dependent: &ObjectIdentity| {
            matches!(
                dependent,
                ObjectIdentity::View(_)
                    | ObjectIdentity::Routine(_)
                    | ObjectIdentity::Trigger(..)
                    | ObjectIdentity::Other(_)
            )
        };
        let mut dependents = self.dependents(&whole, at);
        dependents.retain(|dependent| reads(dependent) && !self.is_annotation(dependent));
        let children = self.work.edges.dependents(&ObjectIdentity::Table(table.clone()));
        for child in children {
            if let ObjectIdentity::Table(child) = child {
                dependents.extend(self.dependents_of_column(child, column, at));
            }
        }
        dependents
    }

    fn is_annotation(&self, identity: &ObjectIdentity) -> bool {
        let ObjectIdentity::Other(name) = identity else {
            return false;
        };
        let other = self
            .work
            .unmodelled
            .get(name)
            .or_else(|| self.after.unmodelled.get(name));
        other.is_some_and(|other| Unmodelled::is_annotation(&other.kind))
    }

    /// Whether it is something without a noun, of one of these kinds.
    fn is_of_kind(&self, identity: &ObjectIdentity, kinds: &[&str]) -> bool {
        let ObjectIdentity::Other(name) = identity else {
            return false;
        };
        // One that changes where it is, is still there after the op that drops it.
        let now = self.work.unmodelled.get(name);
        let other = now.or_else(|| self.before.unmodelled.get(name));
        other.is_some_and(|other| kinds.contains(&other.kind.as_str()))
    }

    /// Foreign keys from a column or to it.
    fn references(&self, table: &ObjectName, column: &Ident, at: usize) -> Vec<ObjectIdentity> {
        let whole = ObjectIdentity::Column(table.clone(), column.clone());
        let keys = self
            .work
            .edges
            .dependents(&whole)
            .filter(|dependent| self.is_reference(dependent));
        keys.filter(|dependent| self.stays(dependent, at)).cloned().collect()
    }

    /// References to keys that include a column besides. The server makes such a key again with the column, and not what
    /// refers to its other columns (`RememberConstraintForRebuilding` in its source).
    fn references_beside(&self, table: &ObjectName, column: &Ident, at: usize) -> Vec<ObjectIdentity> {
        let constraints = self
            .work
            .tables
            .get(table)
            .into_iter()
            .flat_map(|table| &table.constraints);
        let keys = constraints.filter_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) if key.include.contains(column) => Some(key),
            _ => None,
        });
        keys.flat_map(|key| key.names().flat_map(|name| self.references(table, name, at)))
            .collect()
    }

    fn is_reference(&self, identity: &ObjectIdentity) -> bool {
        let ObjectIdentity::Constraint(table, name) = identity else {
            return false;
        };
        let constraint = constraint_of(&self.work, table, name);
        constraint.is_some_and(|constraint| matches!(constraint.kind, ConstraintKind::ForeignKey(_)))
    }

    fn refers_to(&self, identity: &ObjectIdentity, target: &ObjectName) -> bool {
        let ObjectIdentity::Constraint(table, name) = identity else {
            return false;
        };
        let constraint = constraint_of(&self.work, table, name);
        constraint.is_some_and(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => key.table == *target,
            _ => false,
        })
    }

    /// A table with all its parts.
    fn with_parts(&self, name: &ObjectName) -> Vec<ObjectIdentity> {
        let mut identities = vec![ObjectIdentity::Table(name.clone())];
        let Some(table) = self.work.tables.get(name) else {
            return identities;
        };
        let of = || name.clone();
        let columns = table
            .columns
            .iter()
            .map(|column| ObjectIdentity::Column(of(), column.name.clone()));
        let constraints = table
            .constraints
            .iter()
            .filter_map(|constraint| constraint.name.clone());
        let constraints = constraints.map(|constraint| ObjectIdentity::Constraint(of(), constraint));
        let indexes = table
            .indexes
            .keys()
            .map(|index| ObjectIdentity::Index(of(), index.clone()));
        let triggers = table
            .triggers
            .keys()
            .map(|trigger| ObjectIdentity::Trigger(of(), trigger.clone()));
        identities.extend(columns.chain(constraints).chain(indexes).chain(triggers));
        identities
    }

    /// What depends on a table that is made again as a whole, its own parts aside; and references to what it is a part of.
    fn dependents_of_table(&self, name: &ObjectName, at: usize) -> Vec<ObjectIdentity> {
        let wholes = self.wholes(name);
        let mut dependents = BTreeSet::new();
        for identity in self.with_parts(name) {
            for dependent in self.dependents(&identity, at) {
                let is_own = dependent.part().is_some_and(|(of, _)| of == name);
                let is_table = matches!(dependent, ObjectIdentity::Table(_));
                let is_reference = dependent.part().is_none() || self.is_reference(&dependent);
                if !is_own && !is_table && is_reference && !self.is_annotation(&dependent) {
                    dependents.insert(dependent);
                }
            }
        }
        for whole in wholes {
            for identity in self.with_parts(&whole) {
                let references = self.dependents(&identity, at).into_iter();
                dependents.extend(references.filter(|dependent| self.refers_to(dependent, &whole)));
            }
        }
        dependents.into_iter().collect()
    }

    /// What is recreated invalidates its dependents in turn.
    fn push(&mut self, what: ObjectIdentity, first: usize, last: usize) {
        if self.is_annotation(&what) {
            return;
        }
        let last = last.max(self.last_creation(&what).unwrap_or(last));
        if let Some(there) = self.held.iter_mut().find(|held| held.what == what) {
            let waits = last > there.last;
            there.last = there.last.max(last);
            if !waits {
                return;
            }
        } else {
            self.held.push(Held {
                what: what.clone(),
                first,
                last,
                way: match self.is_of_kind(&what, &["index"]) {
                    // An index of a materialized view.
                    true => Way::GoesAlong,
                    false => Way::Dropped,
                },
            });
        }
        let further = match &what {
            ObjectIdentity::Column(table, column) => {
                let mut further = self.dependents_of_column(table, column, first);
                let keys: Vec<ObjectIdentity> = self.work.edges.dependents(&what).cloned().collect();
                further.extend(
                    keys.iter()
                        .flat_map(|key| self.dependents(key, first))
                        .filter(|one| self.is_reference(one)),
                );
                further
            }
            other => self.dependents(other, first),
        };
        for dependent in further {
            if dependent != what {
                self.push(dependent, first, last);
            }
        }
        self.annotations(&what, last);
    }

    /// The last op that creates something which the dependent needs in its target form.
    fn last_creation(&self, what: &ObjectIdentity) -> Option<usize> {
        let of_column = match what {
            ObjectIdentity::Column(table, column) => Some(ObjectIdentity::Default(table.clone(), column.clone())),
            _ => None,
        };
        let all = [what].into_iter().chain(&of_column);
        let needs = all.flat_map(|identity| self.after.edges.of(identity));
        let needs = needs.filter(|(_, source)| *source > Source::Body);
        let created = needs
            .filter_map(|(to, _)| self.creators.get(&Slot::Object(to.clone())).copied())
            .max();
        created.max(self.last_change_around(what))
    }

    /// A reference waits for whatever happens to the keys and columns of both tables.
    fn last_change_around(&self, what: &ObjectIdentity) -> Option<usize> {
        let ObjectIdentity::Constraint(table, name) = what else {
            return None;
        };
        if let Some(drop) = self.drop_of(table, name) {
            return Some(drop);
        }
        let keys = self.after.tables.get(table)?.foreign_keys().map(|(_, key)| &key.table);
        let tables: Vec<&ObjectName> = keys.chain([table]).collect();
        self.ops.iter().rposition(|op| match op {
            Op::CreateIndex { table, .. } | Op::AddConstraint { table, .. } | Op::AlterColumn { table, .. } => {
                tables.contains(&table)
            }
            _ => false,
        })
    }

    /// The annotations of something that is recreated are made again when it is.
    fn annotations(&mut self, identity: &ObjectIdentity, at: usize) {
        // The triggers of a view go and come with it.
        let mut identities = vec![identity.clone()];
        if let ObjectIdentity::View(name) = identity
            && let Some(view) = self.work.views.get(name)
        {
            let triggers = view.triggers.keys();
            identities.extend(triggers.map(|trigger| ObjectIdentity::Trigger(name.clone(), trigger.clone())));
        }
        let about = identities
            .iter()
            .flat_map(|identity| self.work.edges.dependents(identity))
            .filter(|dependent| self.is_annotation(dependent));
        let annotations: Vec<ObjectIdentity> = about.filter(|one| self.stays(one, at)).cloned().collect();
        for what in annotations {
            if let Some(there) = self.held.iter_mut().find(|held| held.what == what) {
                there.last = there.last.max(at);
                continue;
            }
            self.held.push(Held {
                what,
                first: at,
                last: at,
                way: Way::GoesAlong,
            });
        }
    }

    /// Whether a dependent is the same before and after, so that nobody means to touch it.
    fn stays(&self, dependent: &ObjectIdentity, at: usize) -> bool {
        let (work, after) = (&self.work, self.after);
        match dependent {
            ObjectIdentity::View(name) => {
                let is_dropped = |op: &Op| matches!(op, Op::DropView(other) if other == name);
                let both = work.views.get(name).zip(after.views.get(name));
                both.is_some_and(|(now, then)| now.materialized == then.materialized)
                    && !self.ops.iter().any(is_dropped)
            }
            ObjectIdentity::Routine(name) => {
                work.routines.contains_key(name) && work.routines.get(name) == after.routines.get(name)
            }
            ObjectIdentity::Other(name) => {
                work.unmodelled.contains_key(name) && work.unmodelled.get(name) == after.unmodelled.get(name)
            }
            ObjectIdentity::Trigger(relation, name) => {
                let trigger = |schema: &Schema| schema.triggers(relation).and_then(|all| all.get(name)).cloned();
                let now: Option<Trigger> = trigger(work);
                now.is_some() && now == trigger(after) && work.tables.contains_key(relation)
            }
            ObjectIdentity::Constraint(table, name) => self.constraint_stays(table, name, at),
            ObjectIdentity::Index(table, name) => self.work.tables.get(table).is_some_and(|table| {
                let index = table
                    .indexes
                    .get(name)
                    .filter(|index| !index.attributes.has("inherited"));
                index.is_some_and(|index| in_the_end(&self.ops[at..], after, &table.name, index).is_some())
            }),
            ObjectIdentity::Column(table, name) => {
                let column = |schema: &Schema| schema.tables.get(table).and_then(|table| table.column(name)).cloned();
                let is_partition = work
                    .tables
                    .get(table)
                    .is_some_and(|table| table.attributes.has("partition of"));
                let now = column(work).filter(|column| !is_partition && !column.attributes.has("inherited"));
                now.is_some_and(|now| now.generated.is_some()) && column(after).is_some()
            }
            ObjectIdentity::Default(table, name) => {
                let default = |schema: &Schema| {
                    let column = schema.tables.get(table).and_then(|table| table.column(name));
                    column.and_then(|column| column.default.clone())
                };
                default(work).is_some() && default(after).is_some()
            }
            _ => false,
        }
    }

    fn constraint_stays(&self, table: &ObjectName, name: &Ident, at: usize) -> bool {
        let Some(now) = constraint_of(&self.work, table, name) else {
            return false;
        };
        if super::table::attributes(now).has("inherited") {
            return false;
        }
        match self.after.tables.get(table) {
            // One that goes is dropped a little earlier then.
            Some(then) => {
                then.constraints.contains(&self.in_the_end(table, now, at))
                    || self.drop_of(table, name).is_some_and(|drop| drop > at)
            }
            None => self.is_reference(&ObjectIdentity::Constraint(table.clone(), name.clone())) && self.goes(table),
        }
    }

    /// A constraint with the name that it has in the end.
    fn in_the_end(&self, table: &ObjectName, constraint: &Constraint, at: usize) -> Constraint {
        let renamed = |name: &Ident| renamed_constraint(&self.ops[at..], table, name);
        Constraint {
            name: constraint.name.as_ref().map(renamed),
            ..constraint.clone()
        }
    }

    /// The op that drops a constraint for good.
    fn drop_of(&self, table: &ObjectName, name: &Ident) -> Option<usize> {
        let comes = |constraint: &Constraint| constraint.name.as_ref() == Some(name);
        if self.after.tables.get(table)?.constraints.iter().any(comes) {
            return None;
        }
        self.ops.iter().rposition(|op| match op {
            Op::DropConstraint {
                table: of,
                constraint: ConstraintRef::Named(dropped),
            } => of == table && dropped == name,
            _ => false,
        })
    }

    fn goes(&self, table: &ObjectName) -> bool {
        let drops = |op: &Op| matches!(op, Op::DropTable(name) if name == table);
        self.ops.iter().any(drops)
    }

    /// The last op that changes a table's columns, or those of what it is a partition of: so long may it wait to be made
    /// again.
    fn last_change_of(&self, table: &ObjectName) -> usize {
        let mut tables = self.wholes(table);
        tables.push(table.clone());
        let changes = |op: &Op| tables.iter().any(|table| changes_columns(op, table));
        self.ops.iter().rposition(changes).unwrap_or(0)
    }

    /// What a table is a partition of, and what that is.
    fn wholes(&self, table: &ObjectName) -> Vec<ObjectName> {
        let parent = |of: &ObjectName| {
            let of: &Table = self.work.tables.get(of)?;
            of.attributes.get("partition of").map(named)
        };
        std::iter::successors(parent(table), parent).collect()
    }
}
