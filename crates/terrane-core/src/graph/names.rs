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
    /// The ids of revisions, in order and each once.
    pub(super) fn of_ids(ids: impl Iterator<Item = (Arc<str>, Index)>) -> Names {
        Names { entries: ids.collect() }
    }

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
