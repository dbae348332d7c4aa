//! In which order tables and views can come and go.

use crate::name::ObjectName;
use crate::schema::{Constraint, ConstraintKind, ForeignKey, Table, View};
use crate::sql::relations;
use std::collections::{BTreeMap, BTreeSet};

/// A table to create, and its constraints that have to wait until the others are there.
pub(super) struct Creation<'t> {
    pub(super) table: &'t Table,
    pub(super) later: Vec<&'t Constraint>,
}

/// Tables so that each comes after those it refers to. Where they refer to one another in a circle, the keys that
/// close it wait, and so do those whose target is not `ready`; unless the server lets them dangle.
pub(super) fn creations<'t>(
    tables: &[&'t Table],
    dangling: bool,
    ready: impl Fn(&ForeignKey) -> bool,
) -> Vec<Creation<'t>> {
    let mut placed: BTreeSet<&ObjectName> = BTreeSet::new();
    let names: BTreeSet<&ObjectName> = tables.iter().map(|table| &table.name).collect();
    let mut creations = Vec::new();
    for at in topological(&references(tables)) {
        let table = tables[at];
        let among = |name: &ObjectName| names.contains(name);
        let is_there = |name: &ObjectName| *name == table.name || placed.contains(name);
        let target = |key: &ForeignKey| tables.iter().find(|table| table.name == key.table);
        let waits = |key: &ForeignKey| {
            let open = if among(&key.table) {
                !is_there(&key.table) || target(key).is_some_and(|target| !has_key(target, key))
            } else {
                !ready(key)
            };
            !dangling && open
        };
        let later = table
            .foreign_keys()
            .filter(|(_, key)| waits(key))
            .map(|(constraint, _)| constraint);
        creations.push(Creation {
            table,
            later: later.collect(),
        });
        placed.insert(&table.name);
    }
    creations
}

/// Whether the columns that a foreign key names are a key by a constraint, and not by an index that is still to come.
fn has_key(table: &Table, key: &ForeignKey) -> bool {
    let is_target = |constraint: &Constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey(_) if key.referenced.is_empty() => true,
        ConstraintKind::PrimaryKey(of) | ConstraintKind::Unique(of) => {
            of.columns.len() == key.referenced.len() && of.names().all(|name| key.referenced.contains(name))
        }
        _ => false,
    };
    table.constraints.iter().any(is_target)
}

/// Tables so that each goes before those it refers to.
pub(super) fn drops<'t>(tables: &[&'t Table]) -> Vec<&'t Table> {
    topological(&references(tables))
        .into_iter()
        .rev()
        .map(|at| tables[at])
        .collect()
}

/// Views so that each comes after those it reads. A text may leave namespace and case out: all that it can mean count.
pub(super) fn views<'v>(views: &[&'v View]) -> Vec<&'v View> {
    let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, view) in views.iter().enumerate() {
        index
            .entry(view.name.name.key().to_ascii_lowercase())
            .or_default()
            .push(at);
    }
    let reads = |view: &&View| {
        let read = relations(view.query.as_str());
        let found = read.iter().filter_map(|name| index.get(name));
        found.flatten().copied().collect()
    };
    let needs: Vec<Vec<usize>> = views.iter().map(reads).collect();
    topological(&needs).into_iter().map(|at| views[at]).collect()
}

/// For each table, which of the others it refers to.
fn references(tables: &[&Table]) -> Vec<Vec<usize>> {
    let index: BTreeMap<&ObjectName, usize> = tables.iter().enumerate().map(|(at, table)| (&table.name, at)).collect();
    let of = |table: &&Table| {
        let names = table.foreign_keys().map(|(_, key)| &key.table);
        names.filter_map(|name| index.get(name).copied()).collect()
    };
    tables.iter().map(of).collect()
}

/// Depth first in the given order, without recursion; what is met again while it is still open is a circle, and waits.
fn topological(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut seen = vec![false; needs.len()];
    let mut order = Vec::with_capacity(needs.len());
    for root in 0..needs.len() {
        let mut stack = vec![(root, 0usize)];
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        while let Some((at, next)) = stack.pop() {
            match needs[at].get(next) {
                Some(&needed) => {
                    stack.push((at, next + 1));
                    if !std::mem::replace(&mut seen[needed], true) {
                        stack.push((needed, 0));
                    }
                }
                None => order.push(at),
            }
        }
    }
    order
}
