//! Dependencies: which object needs which other one to be there.
//!
//! An edge goes from the dependent to what it depends on. Where a server told of an object, it told of all its edges; the
//! rest is derived from texts ([`crate::op::edges`]), and says so.

use crate::name::{Ident, ObjectName};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// What a server knows an object by: its kind and its name, and those of its table if it is a part of one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names are the field's own")]
pub enum ObjectIdentity {
    Table(ObjectName),
    View(ObjectName),
    Enum(ObjectName),
    Sequence(ObjectName),
    Routine(ObjectName),
    /// Something that the schema has no noun for.
    Other(ObjectName),
    Column(ObjectName, Ident),
    /// A column's default, or what it is computed from.
    Default(ObjectName, Ident),
    Constraint(ObjectName, Ident),
    Index(ObjectName, Ident),
    /// Of a table or a view.
    Trigger(ObjectName, Ident),
}

impl ObjectIdentity {
    /// The relation that it is a part of, with its own name there.
    pub fn part(&self) -> Option<(&ObjectName, &Ident)> {
        match self {
            ObjectIdentity::Column(of, name)
            | ObjectIdentity::Default(of, name)
            | ObjectIdentity::Constraint(of, name)
            | ObjectIdentity::Index(of, name)
            | ObjectIdentity::Trigger(of, name) => Some((of, name)),
            _ => None,
        }
    }

    /// The name of the object, or of the relation that it is a part of.
    pub fn object(&self) -> &ObjectName {
        match self {
            ObjectIdentity::Table(name)
            | ObjectIdentity::View(name)
            | ObjectIdentity::Enum(name)
            | ObjectIdentity::Sequence(name)
            | ObjectIdentity::Routine(name)
            | ObjectIdentity::Other(name) => name,
            ObjectIdentity::Column(of, _)
            | ObjectIdentity::Default(of, _)
            | ObjectIdentity::Constraint(of, _)
            | ObjectIdentity::Index(of, _)
            | ObjectIdentity::Trigger(of, _) => of,
        }
    }

    /// The same of another relation.
    fn moved(&self, to: &ObjectName) -> ObjectIdentity {
        match self {
            ObjectIdentity::Table(_) => ObjectIdentity::Table(to.clone()),
            ObjectIdentity::Column(_, name) => ObjectIdentity::Column(to.clone(), name.clone()),
            ObjectIdentity::Default(_, name) => ObjectIdentity::Default(to.clone(), name.clone()),
            ObjectIdentity::Constraint(_, name) => ObjectIdentity::Constraint(to.clone(), name.clone()),
            ObjectIdentity::Index(_, name) => ObjectIdentity::Index(to.clone(), name.clone()),
            ObjectIdentity::Trigger(_, name) => ObjectIdentity::Trigger(to.clone(), name.clone()),
            other => other.clone(),
        }
    }
}

impl fmt::Display for ObjectIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectIdentity::Table(name) => write!(f, "table `{name}`"),
            ObjectIdentity::View(name) => write!(f, "view `{name}`"),
            ObjectIdentity::Enum(name) => write!(f, "type `{name}`"),
            ObjectIdentity::Sequence(name) => write!(f, "sequence `{name}`"),
            ObjectIdentity::Routine(name) => write!(f, "routine `{name}`"),
            ObjectIdentity::Other(name) => write!(f, "`{name}`"),
            ObjectIdentity::Column(of, name) => write!(f, "column `{name}` of `{of}`"),
            ObjectIdentity::Default(of, name) => write!(f, "the default of column `{name}` of `{of}`"),
            ObjectIdentity::Constraint(of, name) => write!(f, "constraint `{name}` of `{of}`"),
            ObjectIdentity::Index(of, name) => write!(f, "index `{name}` of `{of}`"),
            ObjectIdentity::Trigger(of, name) => write!(f, "trigger `{name}` of `{of}`"),
        }
    }
}

/// How an edge is known, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Source {
    /// A name in the body of a routine, which the server may read when it is made or when it runs.
    Body,
    /// A name in a text that the server reads when the object is made.
    Text,
    /// The server keeps it.
    Server,
}

/// The dependencies of a schema. They follow from it, and so make no two schemas differ.
#[derive(Clone, Default)]
pub struct Edges(Arc<Graph>);

#[derive(Clone, Default)]
struct Graph {
    depends: BTreeMap<ObjectIdentity, BTreeMap<ObjectIdentity, Source>>,
    dependents: BTreeMap<ObjectIdentity, BTreeSet<ObjectIdentity>>,
    /// The objects, with all their parts, and the parts without their objects, that a server told of.
    told: BTreeSet<ObjectIdentity>,
    /// What of them has become something else since.
    changed: BTreeSet<ObjectIdentity>,
}

impl Edges {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.told.is_empty() && self.0.depends.is_empty()
    }

    /// A server told of these.
    pub fn tell(&mut self, identities: impl IntoIterator<Item = ObjectIdentity>) {
        Arc::make_mut(&mut self.0).told.extend(identities);
    }

    /// Whether a server told all edges of it.
    pub fn is_told(&self, identity: &ObjectIdentity) -> bool {
        let graph = &self.0;
        if graph.changed.contains(identity) {
            return false;
        }
        graph.told.contains(identity)
            || identity.part().is_some_and(|(of, _)| {
                graph.told.contains(&ObjectIdentity::Table(of.clone()))
                    || graph.told.contains(&ObjectIdentity::View(of.clone()))
            })
    }

    /// Adds an edge, unless there is one that is known better.
    pub fn add(&mut self, from: ObjectIdentity, to: ObjectIdentity, source: Source) {
        // A default is a part of its column, which so is no dependency of it.
        let is_own = matches!((&from, &to), (ObjectIdentity::Default(of, name), ObjectIdentity::Column(table, column))
            if of == table && name == column);
        if from == to || is_own {
            return;
        }
        let graph = Arc::make_mut(&mut self.0);
        let known = graph
            .depends
            .entry(from.clone())
            .or_default()
            .entry(to.clone())
            .or_insert(source);
        *known = source.max(*known);
        graph.dependents.entry(to).or_default().insert(from);
    }

    /// What it depends on.
    pub fn of<'e>(&'e self, identity: &ObjectIdentity) -> impl Iterator<Item = (&'e ObjectIdentity, Source)> + use<'e> {
        let edges = self.0.depends.get(identity).into_iter().flatten();
        edges.map(|(to, source)| (to, *source))
    }

    /// What depends on it.
    pub fn dependents<'e>(&'e self, identity: &ObjectIdentity) -> impl Iterator<Item = &'e ObjectIdentity> + use<'e> {
        self.0.dependents.get(identity).into_iter().flatten()
    }

    /// All edges of something are to be derived again, since it is another from now on.
    pub fn forget(&mut self, identity: &ObjectIdentity) {
        if self.is_empty() {
            return;
        }
        let graph = Arc::make_mut(&mut self.0);
        graph.changed.insert(identity.clone());
        for to in graph.depends.remove(identity).unwrap_or_default().into_keys() {
            if let Some(dependents) = graph.dependents.get_mut(&to) {
                dependents.remove(identity);
            }
        }
    }

    /// The same of an object with all its parts.
    pub fn forget_object(&mut self, identity: &ObjectIdentity) {
        if self.is_empty() {
            return;
        }
        let parts = self.parts(identity.object());
        let graph = Arc::make_mut(&mut self.0);
        graph.told.remove(identity);
        for part in parts.iter().chain([identity]) {
            graph.told.remove(part);
        }
        for part in parts.iter().chain([identity]) {
            self.forget(part);
        }
    }

    /// The parts of a relation that have edges or are told of.
    fn parts(&self, of: &ObjectName) -> Vec<ObjectIdentity> {
        let least = of.name.sibling("");
        let kinds = [
            ObjectIdentity::Column(of.clone(), least.clone()),
            ObjectIdentity::Default(of.clone(), least.clone()),
            ObjectIdentity::Constraint(of.clone(), least.clone()),
            ObjectIdentity::Index(of.clone(), least.clone()),
            ObjectIdentity::Trigger(of.clone(), least),
        ];
        let is_part = |of: &ObjectName, first: &ObjectIdentity, other: &ObjectIdentity| {
            other.object() == of && std::mem::discriminant(first) == std::mem::discriminant(other)
        };
        let mut parts = BTreeSet::new();
        for first in &kinds {
            let told = self.0.told.range(first..).take_while(|other| is_part(of, first, other));
            let edges = self.0.depends.range(first..).map(|(other, _)| other);
            let edges = edges.take_while(|other| is_part(of, first, other));
            parts.extend(told.chain(edges).cloned());
        }
        parts.into_iter().collect()
    }

    /// A table has another name, with all its parts.
    pub fn rename_table(&mut self, from: &ObjectName, to: &ObjectName) {
        self.rename(|identity| {
            let is_of_table = !matches!(
                identity,
                ObjectIdentity::View(_)
                    | ObjectIdentity::Enum(_)
                    | ObjectIdentity::Sequence(_)
                    | ObjectIdentity::Routine(_)
                    | ObjectIdentity::Other(_)
            );
            (is_of_table && identity.object() == from).then(|| identity.moved(to))
        });
    }

    /// These have other names; nothing stays as it is.
    pub fn rename(&mut self, new: impl Fn(&ObjectIdentity) -> Option<ObjectIdentity>) {
        if self.is_empty() {
            return;
        }
        let graph = Arc::make_mut(&mut self.0);
        let named = |identity: ObjectIdentity| new(&identity).unwrap_or(identity);
        graph.told = std::mem::take(&mut graph.told).into_iter().map(named).collect();
        graph.changed = std::mem::take(&mut graph.changed).into_iter().map(named).collect();
        let depends = std::mem::take(&mut graph.depends);
        graph.dependents.clear();
        for (from, edges) in depends {
            let from = named(from);
            for (to, source) in edges {
                let to = named(to);
                graph.dependents.entry(to.clone()).or_default().insert(from.clone());
                graph.depends.entry(from.clone()).or_default().insert(to, source);
            }
        }
    }

    /// Those of another part of the same database are added.
    pub fn extend(&mut self, other: &Edges) {
        self.tell(other.0.told.iter().cloned());
        for (from, edges) in &other.0.depends {
            for (to, source) in edges {
                self.add(from.clone(), to.clone(), *source);
            }
        }
    }

    /// All edges: the dependent, what it depends on, how it is known.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectIdentity, &ObjectIdentity, Source)> {
        let all = self.0.depends.iter();
        all.flat_map(|(from, edges)| edges.iter().map(move |(to, source)| (from, to, *source)))
    }
}

impl PartialEq for Edges {
    fn eq(&self, _: &Edges) -> bool {
        true
    }
}
impl Eq for Edges {}

impl fmt::Debug for Edges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // They make no difference, and so none is shown.
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::sample::FLAVOR;

    fn edge(edges: &mut Edges, from: &str, to: &str) {
        let view = |name: &str| ObjectIdentity::View(FLAVOR.object(name));
        edges.add(view(from), view(to), Source::Server);
    }

    #[test]
    fn edges_make_no_difference_to_a_schema() {
        let mut edges = Edges::default();
        edge(&mut edges, "a", "b");
        assert_eq!(edges, Edges::default());
    }

    #[test]
    fn a_part_is_told_with_its_table_until_it_changes() {
        let mut edges = Edges::default();
        let table = FLAVOR.object("t");
        let column = |table: &ObjectName, name: &str| ObjectIdentity::Column(table.clone(), FLAVOR.ident(name));
        edges.tell([ObjectIdentity::Table(table.clone())]);
        edges.add(
            column(&table, "a"),
            ObjectIdentity::Enum(FLAVOR.object("e")),
            Source::Server,
        );
        edges.forget(&column(&table, "a"));
        assert!(!edges.is_told(&column(&table, "a")) && edges.is_told(&column(&table, "b")));
        assert_eq!(edges.dependents(&ObjectIdentity::Enum(FLAVOR.object("e"))).count(), 0);
        let other = FLAVOR.object("u");
        edges.rename_table(&table, &other);
        assert!(edges.is_told(&column(&other, "b")) && !edges.is_told(&column(&other, "a")));
        edges.forget_object(&ObjectIdentity::Table(other.clone()));
        assert!(!edges.is_told(&column(&other, "b")));
    }
}
