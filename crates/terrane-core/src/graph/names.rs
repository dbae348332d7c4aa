//! The one set of names that revision ids and branch labels share.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::set::Index;

/// Names shorter than this are found by their full text only, as in Alembic.
const SHORTEST_ABBREVIATED: usize = 4;

/// Ids and branch labels, each with the revision it names.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    entries: BTreeMap<Arc<str>, Index>,
}

impl Names {
    /// Enters a name; where it is taken, answers whose it is.
    pub(super) fn insert(&mut self, name: &str, index: Index) -> Option<Index> {
        if let Some(&owner) = self.entries.get(name) {
            return Some(owner);
        }
        self.entries.insert(name.into(), index);
        None
    }

    /// The revision of exactly that name.
    pub(super) fn exact(&self, name: &str) -> Option<Index> {
        self.entries.get(name).copied()
    }

    /// All names that begin so, in order.
    pub(super) fn beginning<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, Index)> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        self.entries
            .range::<str, _>(from)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .filter(|(name, _)| name.chars().nth(SHORTEST_ABBREVIATED - 1).is_some())
            .map(|(name, &index)| (&**name, index))
    }

    /// Every name, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(|name| &**name)
    }

    /// Renumbers the revisions.
    pub(super) fn renumber(&mut self, place: &[Index]) {
        for index in self.entries.values_mut() {
            *index = place[*index as usize];
        }
    }
}

/// The name most like the one that was not found, if any is like it at all.
pub(super) fn closest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = wanted.chars().take(64).collect();
    let tolerance = (wanted.len() / 4).clamp(1, 3);
    names
        .filter(|name| name.len().abs_diff(wanted.len()) <= tolerance)
        .map(|name| (distance(&wanted, name), name))
        .filter(|(distance, _)| *distance <= tolerance)
        .min()
        .map(|(_, name)| name)
}

/// How many letters must be changed, put in, left out or swapped with their neighbour.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
