//! Indexes and keys of partitions as parts of those of their parent.
//!
//! What is made on a parent makes its parts, or takes those that it finds. Made on the parent alone, it is invalid until
//! each partition has attached a part; no part is ever detached, so that such a one is made anew.

use super::Lowering;
use super::say::{constraint, index};
use super::table::{attributes, index_of, named};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{Attributes, Constraint, ConstraintKind, Index, Schema, Table};

/// What a partition has for the parent's index or key.
#[derive(Clone)]
enum Part {
    Index(ObjectName, Box<Index>),
    Key(ObjectName, Box<Constraint>),
}

impl Part {
    fn table(&self) -> &ObjectName {
        match self {
            Part::Index(table, _) | Part::Key(table, _) => table,
        }
    }

    fn name(&self) -> Option<&Ident> {
        match self {
            Part::Index(_, index) => Some(&index.name),
            Part::Key(_, key) => key.name.as_ref(),
        }
    }

    /// Whether an op makes it.
    fn is_made_by(&self, op: &Op) -> bool {
        match (self, op) {
            (Part::Index(of, part), Op::CreateIndex { table, index, .. }) => of == table && part.name == index.name,
            (Part::Key(of, part), Op::AddConstraint { table, constraint }) => {
                of == table && part.name == constraint.name
            }
            _ => false,
        }
    }

    /// Whether an op takes it away.
    fn is_dropped_by(&self, op: &Op) -> bool {
        match (self, op) {
            (Part::Index(_, part), Op::DropIndex { name, .. }) => part.name == *name,
            (Part::Index(_, part), Op::RenameIndex { to, .. }) => part.name == *to,
            (Part::Key(of, part), Op::DropConstraint { table, constraint }) => of == table && constraint.matches(part),
            _ => false,
        }
    }
}

/// Of which index of the parent something is a part.
fn whole(attributes: &Attributes) -> Option<&str> {
    let of = attributes.get("inherited").or_else(|| attributes.get("part of"));
    of.filter(|name| !name.is_empty())
}

pub(super) fn is_key(constraint: &Constraint) -> bool {
    matches!(
        constraint.kind,
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
    )
}

fn parent_in(schema: &Schema, table: &ObjectName) -> Option<ObjectName> {
    schema.tables.get(table)?.attributes.get("partition of").map(named)
}

/// The parts that a schema has for an index or a key of a table.
fn parts<'s>(schema: &'s Schema, parent: &'s ObjectName, name: &'s Ident) -> impl Iterator<Item = Part> + 's {
    let of = move |table: &Table| {
        let indexes = table
            .indexes
            .values()
            .filter(|index| whole(&index.attributes) == Some(name.as_str()));
        let indexes = indexes.map(|index| Part::Index(table.name.clone(), Box::new(index.clone())));
        let keys = table
            .constraints
            .iter()
            .filter(|one| is_key(one) && whole(attributes(one)) == Some(name.as_str()));
        let keys = keys.map(|key| Part::Key(table.name.clone(), Box::new(key.clone())));
        indexes.chain(keys).collect::<Vec<_>>()
    };
    let partitions = schema
        .tables
        .values()
        .filter(move |table| parent_in(schema, &table.name).as_ref() == Some(parent));
    partitions.flat_map(of)
}

/// The attributes of an index, or of the key of that name.
fn marks<'s>(schema: &'s Schema, table: &ObjectName, name: &Ident) -> Option<&'s Attributes> {
    let table = schema.tables.get(table)?;
    let index = table.indexes.get(name).map(|index| &index.attributes);
    let key = || {
        table
            .constraints
            .iter()
            .find(|one| is_key(one) && one.name.as_ref() == Some(name))
    };
    index.or_else(|| key().map(attributes))
}

/// Whether something is the same but for how it stands to its parent's, or its partitions' to it.
fn is_same_but_for_place(before: &Schema, after: &Schema, table: &ObjectName, name: &Ident) -> bool {
    let bare = |schema: &Schema| {
        let table = schema.tables.get(table)?;
        let plain = |attributes: &mut Attributes| {
            for mark in ["inherited", "part of", "invalid"] {
                attributes.set(mark, None);
            }
        };
        let index = table.indexes.get(name).cloned().map(|mut index| {
            plain(&mut index.attributes);
            index
        });
        let key = table
            .constraints
            .iter()
            .find(|one| is_key(one) && one.name.as_ref() == Some(name));
        let key = key.cloned().map(|mut key| {
            if let ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) = &mut key.kind {
                plain(&mut key.attributes);
            }
            key
        });
        (index.is_some() || key.is_some()).then_some((index, key))
    };
    bare(before).is_some_and(|was| bare(after) == Some(was))
}

impl Lowering<'_> {
    /// Whether an index or a key is there before and after, and all that happens to it is that it becomes a part of its
    /// parent's, or valid with its last part.
    pub(super) fn only_joins(&self, table: &ObjectName, name: &Ident) -> bool {
        let (Some(was), Some(is)) = (marks(self.before, table, name), marks(&self.after, table, name)) else {
            return false;
        };
        let joins = whole(was).is_none() || whole(was) == whole(is);
        let heals = was.has("invalid") == is.has("invalid") || (was.has("invalid") && self.gets_parts(table, name));
        joins && heals && is_same_but_for_place(self.before, &self.after, table, name)
    }

    fn gets_parts(&self, table: &ObjectName, name: &Ident) -> bool {
        let had: Vec<_> = parts(self.before, table, name)
            .map(|part| (part.table().clone(), part.name().cloned()))
            .collect();
        let gets = |part: Part| !had.contains(&(part.table().clone(), part.name().cloned()));
        parts(&self.after, table, name).any(gets)
    }

    /// Whether a partition has to attach its part itself: the parent's was there, with this partition in it.
    pub(super) fn attaches_itself(&self, table: &ObjectName, attributes: &Attributes) -> bool {
        let Some((parent, whole)) = parent_in(self.before, table).zip(whole(attributes)) else {
            return false;
        };
        let whole = crate::FLAVOR.ident(whole);
        parent_in(&self.after, table).as_ref() == Some(&parent) && self.only_joins(&parent, &whole)
    }

    pub(super) fn attach_part(&mut self, table: &ObjectName, name: &Ident) {
        let Some(parent) = parent_in(&self.after, table) else {
            return;
        };
        if let Some(whole) = marks(&self.after, table, name).and_then(whole) {
            let whole = index_of(&parent, &crate::FLAVOR.ident(whole));
            self.push(format!(
                "ALTER INDEX {whole} ATTACH PARTITION {}",
                index_of(table, name)
            ));
        }
    }

    /// Makes the parts that are not there: they come with a later op, or went with what is made anew. What is made on
    /// all partitions finds them, and would call its own by other names. A partition that is to come brings its own.
    pub(super) fn make_parts(&mut self, parent: &ObjectName, name: &Ident, of_keys: bool) {
        let all: Vec<Part> = parts(&self.after, parent, name)
            .filter(|part| self.is_made(part.table()))
            .collect();
        for part in all {
            let waits = self
                .coming()
                .find(|(at, op)| !self.done.contains(at) && part.is_made_by(op))
                .map(|(at, _)| at);
            if waits.is_none() && !self.went_with_whole(parent, name, &part) {
                continue;
            }
            match &part {
                Part::Key(..) if !of_keys => continue,
                Part::Key(table, key) => self.alter_table(table, format!("ADD {}", constraint(key))),
                Part::Index(table, one) => {
                    self.make_parts(table, &one.name, of_keys);
                    self.push(index(table, one));
                    self.index_details(table, one);
                }
            }
            self.done.extend(waits);
        }
    }

    /// Whether a part that nobody speaks of was dropped with the parent's.
    fn went_with_whole(&self, parent: &ObjectName, name: &Ident, part: &Part) -> bool {
        let had =
            || parts(self.before, parent, name).any(|old| old.table() == part.table() && old.name() == part.name());
        let is_said = |op: &Op| part.is_made_by(op) || part.is_dropped_by(op);
        had() && !self.ops.iter().any(is_said)
    }

    /// Attaches all parts to what was made on the parent alone.
    pub(super) fn attach_parts(&mut self, parent: &ObjectName, name: &Ident) {
        let all: Vec<Part> = parts(&self.after, parent, name)
            .filter(|part| self.is_made(part.table()))
            .collect();
        for part in all {
            if let Some(name) = part.name() {
                self.attach_part(part.table(), name);
            }
        }
    }

    /// Drops an index. Where keys of partitions are parts of it, PostgreSQL lets go of neither without the other.
    pub(super) fn drop_whole(&mut self, parent: &ObjectName, name: &Ident) {
        let keys = parts(&self.work, parent, name).filter(|part| matches!(part, Part::Key(..)));
        let drops = |part: Part| {
            let found = self.coming().find(|(_, op)| part.is_dropped_by(op));
            found.map(|(at, _)| at)
        };
        let along: Vec<usize> = keys.filter_map(drops).collect();
        let cascade = if along.is_empty() { "" } else { " CASCADE" };
        self.push(format!("DROP INDEX {}{cascade}", index_of(parent, name)));
        self.done.extend(along);
    }

    /// Whether an index is a part of its parent's, which is dropped and so takes it along.
    pub(super) fn goes_with_parent(&self, table: &ObjectName, index: &Index) -> bool {
        let (Some(parent), Some(of)) = (self.parent_of(table), index.attributes.get("inherited")) else {
            return false;
        };
        let is_parents = |op: &Op| match op {
            Op::DropIndex { name, table } => {
                let is_of_parent = table.as_ref().is_none_or(|table| *table == parent);
                name.as_str() == of && is_of_parent && !self.only_joins(&parent, name)
            }
            Op::DropTable(name) => *name == parent || name == table,
            _ => false,
        };
        self.ops.iter().any(is_parents)
            || self
                .table(&parent)
                .and_then(|table| table.indexes.values().find(|one| one.name.as_str() == of))
                .is_some_and(|one| self.goes_with_parent(&parent, one))
    }
}
