//! The effects of an op on the objects of a schema: which it creates, reads, releases and destroys. The order of ops follows
//! from these alone ([`crate::schedule`]).

use crate::name::{Ident, ObjectName};
use crate::op::{ColumnChange, Commented, ConstraintRef, Op, of_constraint, other_type};
use crate::schedule::{Action, Slot};
use crate::schema::{Constraint, ConstraintKind, Edges, ObjectIdentity, Schema, Source, Table};
use crate::sql::unquote;
use std::collections::{BTreeMap, BTreeSet};

/// A schema with all its dependencies ([`crate::op::edges`]).
#[derive(Clone, Copy, Debug)]
pub struct Side<'s> {
    /// The schema.
    pub schema: &'s Schema,
    /// Its dependencies, the derived ones among them.
    pub edges: &'s Edges,
}

/// The effects of each op, between the schema before all of them and the one after.
///
/// The dependencies of a created object are its edges in `after`; those of a dropped object are its edges in `before`.
pub fn effects(ops: &[Op], before: Side<'_>, after: Side<'_>) -> Vec<Action> {
    let of = |op: &Op| {
        let mut effects = Effects {
            before,
            after,
            action: Action::default(),
        };
        effects.op(op);
        effects.action
    };
    ops.iter().map(of).collect()
}

struct Effects<'s> {
    before: Side<'s>,
    after: Side<'s>,
    action: Action,
}

impl Effects<'_> {
    fn op(&mut self, op: &Op) {
        match op {
            Op::CreateTable(table) => self.create_table(table),
            Op::DropTable(name) => self.drop_table(name),
            Op::RenameTable { from, to } => {
                self.action
                    .destroys
                    .push(Slot::Object(ObjectIdentity::Table(from.clone())));
                self.action
                    .creates
                    .push(Slot::Object(ObjectIdentity::Table(to.clone())));
                self.name(Some(from), Some(to));
            }
            Op::CreateView(view) => {
                self.create(ObjectIdentity::View(view.name.clone()));
                self.name(None, Some(&view.name));
            }
            Op::DropView(name) => {
                self.destroy(ObjectIdentity::View(name.clone()));
                let triggers = self.before.schema.views.get(name).map(|view| view.triggers.keys());
                for trigger in triggers.into_iter().flatten() {
                    self.destroy(ObjectIdentity::Trigger(name.clone(), trigger.clone()));
                }
                self.name(Some(name), None);
            }
            Op::CreateTrigger(trigger) => {
                self.create(ObjectIdentity::Trigger(trigger.relation.clone(), trigger.name.clone()));
            }
            Op::DropTrigger { name, relation } => {
                let relation = self.before.schema.relation_of_trigger(name, relation.as_ref());
                if let Some(relation) = relation.cloned() {
                    self.destroy(ObjectIdentity::Trigger(relation, name.clone()));
                }
            }
            Op::CreateUnmodelled(other) => {
                self.create(ObjectIdentity::Other(other.name.clone()));
                self.name(None, Some(&unquoted(&other.name)));
            }
            Op::DropUnmodelled(other) => {
                self.destroy(ObjectIdentity::Other(other.name.clone()));
                self.name(Some(&unquoted(&other.name)), None);
            }
            Op::Comment { on, .. } => self.comment(on),
            Op::Sql(_) | Op::Call(_) | Op::Python => {}
            op => {
                self.part(op);
                self.definition(op);
            }
        }
    }

    /// It is there afterwards, and needs all that it depends on.
    fn create(&mut self, identity: ObjectIdentity) {
        let reads = reached(self.after.edges, &identity).into_iter();
        self.action
            .reads
            .extend(reads.map(|(to, source)| (Slot::Object(to), source)));
        self.action.creates.push(Slot::Object(identity));
    }

    /// It is gone afterwards, and holds nothing any longer.
    fn destroy(&mut self, identity: ObjectIdentity) {
        let releases = reached(self.before.edges, &identity).into_iter();
        self.action
            .releases
            .extend(releases.map(|(to, source)| (Slot::Object(to), source)));
        self.action.destroys.push(Slot::Object(identity));
    }

    /// It becomes another, so that what depends on it as it was has to go first, and what depends on it as it will be comes
    /// later.
    ///
    /// A dependency that it has both before and after is not released: the op comes after a change of that dependency.
    fn replace(&mut self, identity: ObjectIdentity) {
        self.destroy(identity.clone());
        self.create(identity);
        let Action { reads, releases, .. } = &mut self.action;
        releases.retain(|(slot, _)| reads.iter().all(|(read, _)| read != slot));
    }

    /// A name of a relation, a type or a routine with its arguments, which is free from then on, or taken.
    fn name(&mut self, frees: Option<&ObjectName>, takes: Option<&ObjectName>) {
        self.action.destroys.extend(frees.cloned().map(Slot::Name));
        self.action.creates.extend(takes.cloned().map(Slot::Name));
    }

    /// The tables that one has its columns from.
    fn parents(side: Side<'_>, table: &ObjectName) -> Vec<(ObjectName, Source)> {
        let edges = side.edges.of(&ObjectIdentity::Table(table.clone()));
        let parents = edges.filter_map(|(to, source)| match to {
            ObjectIdentity::Table(parent) => Some((parent.clone(), source.min(Source::Text))),
            _ => None,
        });
        parents.collect()
    }

    fn create_table(&mut self, table: &Table) {
        let name = || table.name.clone();
        self.subject(&table.name);
        self.create(ObjectIdentity::Table(name()));
        self.name(None, Some(&table.name));
        for column in &table.columns {
            self.create(ObjectIdentity::Column(name(), column.name.clone()));
            self.create(ObjectIdentity::Default(name(), column.name.clone()));
        }
        for constraint in &table.constraints {
            self.create_constraint(&table.name, constraint);
        }
        // A part agrees with what it has its columns from, which so is first what it is to be; and the rows of what is made
        // again as a whole move to the parts that come.
        for (parent, source) in Effects::parents(self.after, &table.name) {
            self.action.reads.push((Slot::Shape(parent.clone()), source));
            self.action.creates.push(Slot::Parts(parent));
        }
    }

    /// The dependencies of its partitions and children are released with the table, since a server may drop them with it.
    fn drop_table(&mut self, name: &ObjectName) {
        self.drop_alone(name);
        let with = self.dropped_parts(name);
        let is_own = |identity: &ObjectIdentity| identity.object() == name || with.contains(identity.object());
        for part in &with {
            let mut of_part = Effects {
                action: Action::default(),
                ..*self
            };
            of_part.drop_alone(part);
            let held = of_part.action.releases.into_iter();
            let held = held.filter(|(slot, _)| matches!(slot, Slot::Object(identity) if !is_own(identity)));
            self.action.releases.extend(held);
        }
    }

    /// The tables that have their columns from one, however indirectly, and go as well.
    fn dropped_parts(&self, whole: &ObjectName) -> BTreeSet<ObjectName> {
        let mut parts = BTreeSet::new();
        let mut next = vec![whole.clone()];
        while let Some(whole) = next.pop() {
            for dependent in self.before.edges.dependents(&ObjectIdentity::Table(whole)) {
                if let ObjectIdentity::Table(part) = dependent
                    && !self.after.schema.tables.contains_key(part)
                    && parts.insert(part.clone())
                {
                    next.push(part.clone());
                }
            }
        }
        parts
    }

    fn drop_alone(&mut self, name: &ObjectName) {
        self.subject(name);
        self.destroy(ObjectIdentity::Table(name.clone()));
        self.name(Some(name), None);
        for (parent, source) in Effects::parents(self.before, name) {
            self.action.releases.push((Slot::Shape(parent.clone()), source));
            self.action.destroys.push(Slot::Parts(parent));
        }
        let before = self.before;
        let Some(table) = before.schema.tables.get(name) else {
            return;
        };
        for column in &table.columns {
            self.destroy(ObjectIdentity::Column(name.clone(), column.name.clone()));
            self.destroy(ObjectIdentity::Default(name.clone(), column.name.clone()));
        }
        for constraint in &table.constraints {
            let from = self.action.releases.len();
            self.destroy_constraint(table, constraint);
            if matches!(constraint.kind, ConstraintKind::ForeignKey(_)) {
                // It can be dropped by itself before all the tables, so that references around are no cycle.
                for (_, source) in &mut self.action.releases[from..] {
                    *source = Source::Text.min(*source);
                }
            }
        }
        for index in table.indexes.keys() {
            self.destroy(ObjectIdentity::Index(name.clone(), index.clone()));
            self.name(Some(&beside(name, index)), None);
        }
        for trigger in table.triggers.keys() {
            self.destroy(ObjectIdentity::Trigger(name.clone(), trigger.clone()));
        }
    }

    fn create_constraint(&mut self, table: &ObjectName, constraint: &Constraint) {
        match &constraint.name {
            Some(name) => {
                self.create(ObjectIdentity::Constraint(table.clone(), name.clone()));
                if takes_name(&constraint.kind) {
                    self.name(None, Some(&beside(table, name)));
                }
            }
            None => {
                let after = self.after.schema;
                if let Some(whole) = after.tables.get(table) {
                    let needs = of_constraint(after, whole, constraint);
                    self.action
                        .reads
                        .extend(needs.into_iter().map(|(to, source)| (Slot::Object(to), source)));
                }
                // A constraint without a name has no identity: foreign keys to the table wait for the table instead.
                self.action
                    .creates
                    .push(Slot::Object(ObjectIdentity::Table(table.clone())));
            }
        }
    }

    fn destroy_constraint(&mut self, table: &Table, constraint: &Constraint) {
        match &constraint.name {
            Some(name) => {
                self.destroy(ObjectIdentity::Constraint(table.name.clone(), name.clone()));
                if takes_name(&constraint.kind) {
                    self.name(Some(&beside(&table.name, name)), None);
                }
            }
            None => {
                let held = of_constraint(self.before.schema, table, constraint);
                self.action
                    .releases
                    .extend(held.into_iter().map(|(to, source)| (Slot::Object(to), source)));
            }
        }
    }

    fn comment(&mut self, on: &Commented) {
        let about = match on {
            Commented::Table(name) => {
                self.subject(name);
                ObjectIdentity::Table(name.clone())
            }
            Commented::View(name) => ObjectIdentity::View(name.clone()),
            Commented::Index(name, table) => match self.after.schema.table_of_index(name, table.as_ref()) {
                Some(table) => ObjectIdentity::Index(table.name.clone(), name.clone()),
                None => return,
            },
        };
        self.action.reads.push((Slot::Object(about), Source::Server));
    }

    /// Ops on one table keep their given order, unless a dependency decides otherwise.
    fn subject(&mut self, table: &ObjectName) {
        self.action.subject = Some(table.clone());
    }

    /// What happens to a part of a table.
    fn part(&mut self, op: &Op) {
        let table = op.altered_table().cloned().or_else(|| match op {
            Op::CreateIndex { table, .. } => Some(table.clone()),
            Op::DropIndex { name, table } | Op::RenameIndex { from: name, table, .. } => {
                Some(self.before.schema.table_of_index(name, table.as_ref())?.name.clone())
            }
            _ => None,
        });
        let Some(table) = table else { return };
        self.subject(&table);
        match op {
            // It may be made again as a whole for this.
            Op::SetTableAttribute { .. } => {
                for (to, source) in self.after.edges.of(&ObjectIdentity::Table(table.clone())) {
                    self.action.reads.push((Slot::Object(to.clone()), source));
                }
                self.change_of_parents(&table);
                self.action.reads.push((Slot::Parts(table.clone()), Source::Text));
                self.action.releases.push((Slot::Parts(table), Source::Text));
                return;
            }
            op if op.altered_table().is_some() => {
                // What happens to a parent happens to its children as well.
                for (parent, source) in Effects::parents(self.after, &table) {
                    self.action.reads.push((Slot::Shape(parent), source));
                }
                self.action.creates.push(Slot::Shape(table.clone()));
                self.action.destroys.push(Slot::Shape(table.clone()));
            }
            _ => {}
        }
        self.part_of(op, &table);
    }

    /// A table leaves its parent before that is altered, lest it were altered with it, and joins one that is what it is to be.
    fn change_of_parents(&mut self, table: &ObjectName) {
        let [before, after] = [self.before, self.after].map(|side| Effects::parents(side, table));
        let is_among =
            |parent: &ObjectName, others: &[(ObjectName, Source)]| others.iter().any(|(other, _)| other == parent);
        for (parent, source) in before.iter().filter(|(parent, _)| !is_among(parent, &after)) {
            self.action.releases.push((Slot::Shape(parent.clone()), *source));
        }
        for (parent, source) in after.iter().filter(|(parent, _)| !is_among(parent, &before)) {
            self.action.reads.push((Slot::Shape(parent.clone()), *source));
        }
    }

    fn part_of(&mut self, op: &Op, table: &ObjectName) {
        match op {
            Op::AddColumn { column, .. } => {
                self.create(ObjectIdentity::Column(table.clone(), column.name.clone()));
                self.create(ObjectIdentity::Default(table.clone(), column.name.clone()));
            }
            Op::DropColumn { column, .. } => {
                self.destroy(ObjectIdentity::Column(table.clone(), column.clone()));
                self.destroy(ObjectIdentity::Default(table.clone(), column.clone()));
            }
            Op::AlterColumn { column, change, .. } => self.alter_column(table, column, change),
            Op::AddConstraint { constraint, .. } => self.create_constraint(table, constraint),
            Op::DropConstraint { constraint, .. } => self.drop_constraint(table, constraint),
            Op::ValidateConstraint { constraint, .. } => {
                let about = ObjectIdentity::Constraint(table.clone(), constraint.clone());
                self.action.reads.push((Slot::Object(about), Source::Server));
            }
            Op::UseIndex { index, .. } => {
                let about = ObjectIdentity::Index(table.clone(), index.clone());
                self.action.reads.push((Slot::Object(about), Source::Server));
                self.create(ObjectIdentity::Constraint(table.clone(), index.clone()));
            }
            Op::RenameConstraint { from, to, .. } => {
                let of = |name: &Ident| Slot::Object(ObjectIdentity::Constraint(table.clone(), name.clone()));
                self.action.destroys.push(of(from));
                self.action.creates.push(of(to));
                self.name(Some(&beside(table, from)), Some(&beside(table, to)));
            }
            Op::CreateIndex { index, .. } => {
                self.create(ObjectIdentity::Index(table.clone(), index.name.clone()));
                self.name(None, Some(&beside(table, &index.name)));
            }
            Op::DropIndex { name, .. } => {
                self.destroy(ObjectIdentity::Index(table.clone(), name.clone()));
                self.name(Some(&beside(table, name)), None);
            }
            Op::RenameIndex { from, to, .. } => {
                let of = |name: &Ident| Slot::Object(ObjectIdentity::Index(table.clone(), name.clone()));
                self.action.destroys.push(of(from));
                self.action.creates.push(of(to));
                self.name(Some(&beside(table, from)), Some(&beside(table, to)));
            }
            _ => {}
        }
    }

    fn drop_constraint(&mut self, table: &ObjectName, which: &ConstraintRef) {
        let before = self.before;
        let Some(table) = before.schema.tables.get(table) else {
            return;
        };
        for constraint in table.constraints.iter().filter(|other| which.matches(other)) {
            self.destroy_constraint(table, constraint);
        }
    }

    fn alter_column(&mut self, table: &ObjectName, column: &Ident, change: &ColumnChange) {
        let whole = ObjectIdentity::Column(table.clone(), column.clone());
        let value = ObjectIdentity::Default(table.clone(), column.clone());
        match change {
            ColumnChange::Type { .. } => self.replace(whole),
            // Another op may give it an expression.
            ColumnChange::Default(None) | ColumnChange::Generated(None) => self.destroy(value),
            ColumnChange::Default(Some(_)) => self.replace(value),
            ColumnChange::Generated(Some(_)) => {
                self.replace(whole);
                self.replace(value);
            }
            _ => {}
        }
    }

    /// Types, sequences and routines.
    fn definition(&mut self, op: &Op) {
        match op {
            Op::CreateEnum(enum_type) => {
                self.create(ObjectIdentity::Enum(enum_type.name.clone()));
                self.name(None, Some(&enum_type.name));
            }
            // It may have to go, to come back as another.
            Op::AlterEnum(enum_type) => self.replace(ObjectIdentity::Enum(enum_type.name.clone())),
            Op::DropEnum(name) => {
                self.destroy(match other_type(self.before.schema, name) {
                    Some(other) => ObjectIdentity::Other(other),
                    None => ObjectIdentity::Enum(name.clone()),
                });
                self.name(Some(name), None);
            }
            Op::CreateSequence(sequence) => {
                self.create(ObjectIdentity::Sequence(sequence.name.clone()));
                self.name(None, Some(&sequence.name));
            }
            Op::AlterSequence(sequence) => self.create(ObjectIdentity::Sequence(sequence.name.clone())),
            Op::DropSequence(name) => {
                self.destroy(ObjectIdentity::Sequence(name.clone()));
                self.name(Some(name), None);
            }
            Op::CreateRoutine(routine) => {
                self.create(ObjectIdentity::Routine(routine.name.clone()));
                self.name(None, Some(&routine.name));
            }
            Op::ReplaceRoutine(routine) => {
                let known = self
                    .before
                    .schema
                    .routine(&routine.name)
                    .map(|known| known.name.clone());
                self.replace(ObjectIdentity::Routine(known.unwrap_or_else(|| routine.name.clone())));
            }
            Op::DropRoutine(name) => {
                let known = self
                    .before
                    .schema
                    .routine(name)
                    .map_or(name, |known| &known.name)
                    .clone();
                self.name(Some(&known), None);
                self.destroy(ObjectIdentity::Routine(known));
            }
            _ => {}
        }
    }
}

/// What something depends on, and what that depends on in turn, where it is a definition: one that nobody means to touch may
/// have to be recreated with what it reads.
fn reached(edges: &Edges, identity: &ObjectIdentity) -> Vec<(ObjectIdentity, Source)> {
    let mut reached: BTreeMap<&ObjectIdentity, Source> = BTreeMap::new();
    let mut next: Vec<(&ObjectIdentity, Source)> = edges.of(identity).collect();
    while let Some((to, source)) = next.pop() {
        let known = reached.get(to).copied();
        if to == identity || known.is_some_and(|known| known >= source) {
            continue;
        }
        reached.insert(to, source);
        let is_definition = matches!(
            to,
            ObjectIdentity::View(_)
                | ObjectIdentity::Routine(_)
                | ObjectIdentity::Other(_)
                | ObjectIdentity::Constraint(..)
                | ObjectIdentity::Index(..)
        );
        if is_definition && source > Source::Body {
            let further = edges.of(to).filter(|(_, further)| *further > Source::Body);
            next.extend(further.map(|(further, by)| (further, by.min(source))));
        }
    }
    reached.into_iter().map(|(to, source)| (to.clone(), source)).collect()
}

/// Something in the namespace of that table.
fn beside(table: &ObjectName, name: &Ident) -> ObjectName {
    ObjectName {
        schema: table.schema.clone(),
        name: name.clone(),
    }
}

/// The name of something that is kept as SQL text, as that of a noun is kept.
fn unquoted(name: &ObjectName) -> ObjectName {
    ObjectName {
        schema: name.schema.clone(),
        name: name.name.sibling(unquote(name.name.as_str()).into_owned()),
    }
}

/// Whether a constraint has an index, which is a relation of that name.
fn takes_name(kind: &ConstraintKind) -> bool {
    !matches!(kind, ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_))
}
