//! What an op invalidates: objects that go, if only to come back, and columns that become others under what reads them.
//!
//! Which of their dependents are dropped and recreated with them, the closure finds ([`super::hold`]).

use super::header::same_header;
use super::hold::Search;
use super::other::updated;
use super::remake::is_repartitioned;
use super::retype::{Types, is_rebuilt};
use super::{composed, enums};
use crate::types;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, ConstraintRef, Op};
use terrane_core::schema::{ConstraintKind, EnumType, ObjectIdentity, Unmodelled};

/// Something that goes, or becomes another in a way that its dependents do not survive.
pub(super) enum Invalidated {
    /// An object that goes, if only to come back.
    Object(ObjectIdentity),
    /// A column that gets another type: the server makes its indexes and constraints again by itself.
    Column(ObjectName, Ident),
    /// A column that changes with the type that it is of: its rules and indexes name the old one.
    Retyped(ObjectName, Ident),
    /// One whose new type does not compare with that of what it refers to.
    Incomparable(ObjectName, Ident),
    /// A table that is made again as a whole.
    Repartitioned(ObjectName),
    /// Recreated by an op of its own, and only its annotations are lost by that.
    Recreated(ObjectIdentity),
}

impl Invalidated {
    /// The table that is rewritten, of which no column may hold rows then.
    pub(super) fn rewritten(&self) -> Option<&ObjectName> {
        match self {
            Invalidated::Column(table, _)
            | Invalidated::Retyped(table, _)
            | Invalidated::Repartitioned(table)
            | Invalidated::Recreated(ObjectIdentity::Column(table, _)) => Some(table),
            Invalidated::Object(_) | Invalidated::Incomparable(..) | Invalidated::Recreated(_) => None,
        }
    }
}

impl Search<'_> {
    /// What the op at `at` invalidates.
    pub(super) fn invalidated(&self, at: usize) -> Vec<Invalidated> {
        use Invalidated::{Object, Recreated, Repartitioned};
        match &self.ops[at] {
            Op::DropView(name) => vec![Object(ObjectIdentity::View(name.clone()))],
            Op::CreateView(view)
                if self.was_dropped(at, |op| matches!(op, Op::DropView(name) if *name == view.name)) =>
            {
                vec![Recreated(ObjectIdentity::View(view.name.clone()))]
            }
            Op::DropRoutine(name) => vec![Object(self.routine(name))],
            Op::ReplaceRoutine(routine) => match self.work.routine(&routine.name) {
                Some(old) if !same_header(old.definition.as_str(), routine.definition.as_str()) => {
                    let identity = || ObjectIdentity::Routine(old.name.clone());
                    vec![Object(identity()), Recreated(identity())]
                }
                _ => Vec::new(),
            },
            Op::AlterColumn { table, column, change } => self.altered_column(table, column, change),
            Op::DropConstraint { table, constraint } => self.dropped_constraint(table, constraint),
            Op::DropIndex { name, table } => match self.work.table_of_index(name, table.as_ref()) {
                Some(table) => vec![Object(ObjectIdentity::Index(table.name.clone(), name.clone()))],
                None => Vec::new(),
            },
            Op::AddConstraint { table, constraint } => match &constraint.name {
                Some(name) if self.had_constraint(table, name) => {
                    vec![Recreated(ObjectIdentity::Constraint(table.clone(), name.clone()))]
                }
                _ => Vec::new(),
            },
            op if is_repartitioned(op).is_some() => {
                is_repartitioned(op).cloned().map(Repartitioned).into_iter().collect()
            }
            Op::CreateTrigger(trigger) => {
                let identity = ObjectIdentity::Trigger(trigger.relation.clone(), trigger.name.clone());
                vec![Recreated(identity)]
            }
            Op::AlterEnum(wish) if self.is_enum_rebuilt(at, wish) => {
                self.rebuilt(at, &ObjectIdentity::Enum(wish.name.clone()))
            }
            Op::DropUnmodelled(other) if self.is_rebuilt(other) => Vec::new(),
            Op::CreateUnmodelled(other) if self.is_rebuilt(other) => {
                self.rebuilt(at, &ObjectIdentity::Other(other.name.clone()))
            }
            Op::CreateUnmodelled(other) if self.is_altered(other) && self.loses_constraint(other) => {
                vec![Recreated(ObjectIdentity::Other(other.name.clone()))]
            }
            Op::DropUnmodelled(other) | Op::CreateUnmodelled(other) if self.is_altered(other) => Vec::new(),
            Op::DropUnmodelled(other) if self.is_made_later(at, &other.name) => {
                let mut invalidated = self.collated(other);
                invalidated.push(Object(ObjectIdentity::Other(other.name.clone())));
                invalidated
            }
            Op::CreateUnmodelled(other)
                if self.was_dropped(at, |op| matches!(op, Op::DropUnmodelled(old) if old.name == other.name)) =>
            {
                let mut invalidated = self.collated(other);
                invalidated.push(Recreated(ObjectIdentity::Other(other.name.clone())));
                invalidated
            }
            _ => Vec::new(),
        }
    }

    /// Columns of a collation that becomes another: they change to it when that is made.
    fn collated(&self, other: &Unmodelled) -> Vec<Invalidated> {
        let identity = ObjectIdentity::Other(other.name.clone());
        let columns = self
            .work
            .edges
            .dependents(&identity)
            .filter_map(|dependent| match dependent {
                ObjectIdentity::Column(table, column) if other.kind == "collation" => {
                    Some(Invalidated::Column(table.clone(), column.clone()))
                }
                _ => None,
            });
        columns.collect()
    }

    /// Whether a domain is altered by dropping a constraint, with what is said of that.
    fn loses_constraint(&self, new: &Unmodelled) -> bool {
        let old = self.before.unmodelled.get(&new.name);
        let statements = old.and_then(|old| composed::alteration(old, new)).unwrap_or_default();
        statements
            .iter()
            .any(|statement| statement.contains(" DROP CONSTRAINT "))
    }

    fn was_dropped(&self, at: usize, drops: impl Fn(&Op) -> bool) -> bool {
        self.ops[..at].iter().any(drops)
    }

    fn is_made_later(&self, at: usize, name: &ObjectName) -> bool {
        self.ops[at..]
            .iter()
            .any(|op| matches!(op, Op::CreateUnmodelled(other) if other.name == *name))
    }

    fn routine(&self, name: &ObjectName) -> ObjectIdentity {
        let known = self.work.routine(name).map_or(name, |known| &known.name);
        ObjectIdentity::Routine(known.clone())
    }

    fn altered_column(&self, table: &ObjectName, column: &Ident, change: &ColumnChange) -> Vec<Invalidated> {
        let whole = || ObjectIdentity::Column(table.clone(), column.clone());
        match change {
            ColumnChange::Type { ty, .. } => {
                let mut invalidated = vec![Invalidated::Column(table.clone(), column.clone())];
                let old = self.work.tables.get(table).and_then(|table| table.column(column));
                if old.is_some_and(|old| !types::compares(&old.ty, ty)) {
                    invalidated.push(Invalidated::Incomparable(table.clone(), column.clone()));
                }
                invalidated.extend(self.keys_that_carry(table, column));
                for computed in self.computed_from(table, column) {
                    invalidated.extend(self.recreated_column(computed));
                }
                invalidated
            }
            ColumnChange::Generated(Some(_)) => self.recreated_column(whole()),
            _ => Vec::new(),
        }
    }

    /// A column that is dropped and added again, with the keys that it is in.
    fn recreated_column(&self, column: ObjectIdentity) -> Vec<Invalidated> {
        let keys = self.work.edges.dependents(&column);
        let keys =
            keys.filter(|dependent| matches!(dependent, ObjectIdentity::Constraint(..) | ObjectIdentity::Index(..)));
        let mut invalidated: Vec<Invalidated> = keys.cloned().map(Invalidated::Object).collect();
        if let ObjectIdentity::Column(table, name) = &column {
            invalidated.push(Invalidated::Column(table.clone(), name.clone()));
        }
        invalidated.push(Invalidated::Recreated(column));
        invalidated
    }

    /// Columns that are computed from one: they are recreated when that gets another type.
    fn computed_from(&self, table: &ObjectName, column: &Ident) -> Vec<ObjectIdentity> {
        let column = ObjectIdentity::Column(table.clone(), column.clone());
        let computed = self
            .work
            .edges
            .dependents(&column)
            .filter_map(|dependent| match dependent {
                ObjectIdentity::Default(of, name) if of == table && self.is_computed(of, name) => {
                    Some(ObjectIdentity::Column(of.clone(), name.clone()))
                }
                _ => None,
            });
        computed.collect()
    }

    pub(super) fn is_computed(&self, table: &ObjectName, column: &Ident) -> bool {
        let column = self.work.tables.get(table).and_then(|table| table.column(column));
        column.is_some_and(|column| column.generated.is_some())
    }

    /// An index that carries a column along is made again with it, and references depend on the index.
    fn keys_that_carry(&self, table: &ObjectName, column: &Ident) -> Vec<Invalidated> {
        let constraints = self.work.tables.get(table).map_or(&[][..], |table| &table.constraints);
        let carries = constraints.iter().filter(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => key.include.contains(column),
            _ => false,
        });
        let named = carries.filter_map(|constraint| constraint.name.clone());
        named
            .map(|name| Invalidated::Object(ObjectIdentity::Constraint(table.clone(), name)))
            .collect()
    }

    fn dropped_constraint(&self, table: &ObjectName, which: &ConstraintRef) -> Vec<Invalidated> {
        let constraints = self.work.tables.get(table).map_or(&[][..], |table| &table.constraints);
        let found = constraints.iter().find(|constraint| which.matches(constraint));
        let name = found.and_then(|constraint| constraint.name.clone());
        let identity = name.map(|name| ObjectIdentity::Constraint(table.clone(), name));
        identity.map(Invalidated::Object).into_iter().collect()
    }

    fn is_enum_rebuilt(&self, at: usize, wish: &EnumType) -> bool {
        self.work.enums.get(&wish.name).is_some_and(|old| {
            enums::is_replaced(&old.values, &wish.values)
                || enums::uses_new_value(&old.values, wish, self.ops[at + 1..].iter())
        })
    }

    /// Whether something is a type that goes and comes back while columns are of it.
    fn is_rebuilt(&self, other: &Unmodelled) -> bool {
        let old = self.before.unmodelled.get(&other.name);
        let new = self.after.unmodelled.get(&other.name);
        old.zip(new).is_some_and(|(old, new)| is_rebuilt(old, new, self.before))
    }

    /// The types that are made again with that one, and the columns that are of them.
    fn rebuilt(&self, at: usize, root: &ObjectIdentity) -> Vec<Invalidated> {
        let types = Types {
            before: self.before,
            work: &self.work,
            after: self.after,
            coming: &self.ops[at..],
        };
        let rebuild = types.rebuild(root);
        let columns = rebuild.columns.into_iter();
        let columns = columns.map(|(table, column)| Invalidated::Retyped(table, column));
        let types = rebuild.types.into_iter();
        let types = types.flat_map(|ty| [Invalidated::Object(ty.clone()), Invalidated::Recreated(ty)]);
        columns.chain(types).collect()
    }

    fn is_altered(&self, other: &Unmodelled) -> bool {
        let old = self.before.unmodelled.get(&other.name);
        let new = self.after.unmodelled.get(&other.name);
        old.zip(new)
            .is_some_and(|(old, new)| composed::alteration(old, new).is_some() || updated(old, new).is_some())
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
}
