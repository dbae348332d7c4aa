//! In which order tables and views can come and go.

use crate::name::ObjectName;
use crate::schema::{Constraint, Table, View};
use std::collections::{BTreeMap, BTreeSet};

/// A table to create, and its constraints that have to wait until the others are there.
pub(super) struct Creation<'t> {
    pub(super) table: &'t Table,
    pub(super) later: Vec<&'t Constraint>,
}

/// Tables so that each comes after those it refers to. Where they refer to one another in a circle, the keys that
/// close it wait, unless the server lets them dangle.
pub(super) fn creations<'t>(tables: &[&'t Table], dangling: bool) -> Vec<Creation<'t>> {
    let mut placed: BTreeSet<&ObjectName> = BTreeSet::new();
    let names: BTreeSet<&ObjectName> = tables.iter().map(|table| &table.name).collect();
    let mut creations = Vec::new();
    for at in topological(tables, references) {
        let table = tables[at];
        let among = |name: &ObjectName| names.contains(name);
        let waits = |name: &ObjectName| !dangling && *name != table.name && among(name) && !placed.contains(name);
        let later = table
            .foreign_keys()
            .filter(|(_, key)| waits(&key.table))
            .map(|(constraint, _)| constraint);
        creations.push(Creation {
            table,
            later: later.collect(),
        });
        placed.insert(&table.name);
    }
    creations
}

/// Tables so that each goes before those it refers to.
pub(super) fn drops<'t>(tables: &[&'t Table]) -> Vec<&'t Table> {
    topological(tables, references)
        .into_iter()
        .rev()
        .map(|at| tables[at])
        .collect()
}

/// Views so that each comes after those it reads.
pub(super) fn views<'v>(views: &[&'v View]) -> Vec<&'v View> {
    topological(views, |index, view| {
        let words = view.query.canonical().split(' ').map(|word| word.trim_matches('"'));
        words.filter_map(|word| index.get(word).copied()).collect()
    })
    .into_iter()
    .map(|at| views[at])
    .collect()
}

fn references(index: &BTreeMap<String, usize>, table: &&Table) -> Vec<usize> {
    table
        .foreign_keys()
        .filter_map(|(_, key)| index.get(&lower(&key.table)).copied())
        .collect()
}

trait Named {
    fn name(&self) -> &ObjectName;
}
impl Named for &Table {
    fn name(&self) -> &ObjectName {
        &self.name
    }
}
impl Named for &View {
    fn name(&self) -> &ObjectName {
        &self.name
    }
}

fn lower(name: &ObjectName) -> String {
    name.name.key().to_ascii_lowercase()
}

/// Depth first in the given order, without recursion; what is met again while it is still open is a circle, and waits.
fn topological<T: Named>(items: &[T], edges: impl Fn(&BTreeMap<String, usize>, &T) -> Vec<usize>) -> Vec<usize> {
    let index: BTreeMap<String, usize> = items
        .iter()
        .enumerate()
        .map(|(at, item)| (lower(item.name()), at))
        .collect();
    let needs: Vec<Vec<usize>> = items.iter().map(|item| edges(&index, item)).collect();
    let mut seen = vec![false; items.len()];
    let mut order = Vec::with_capacity(items.len());
    for root in 0..items.len() {
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
