//! Sets of revisions, and what lies above and below them.

use super::Graph;

/// The place of a revision in the canonical order.
pub(super) type Index = u32;

/// A set of revisions; it lists them in the canonical order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct NodeSet {
    words: Vec<u64>,
}

impl NodeSet {
    /// An empty set with room for `size` revisions.
    pub(super) fn empty(size: usize) -> NodeSet {
        NodeSet {
            words: vec![0; size.div_ceil(64)],
        }
    }

    /// Adds a revision, and says whether it is new.
    pub(super) fn insert(&mut self, index: Index) -> bool {
        let (word, bit) = (index as usize / 64, 1 << (index % 64));
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        new
    }

    pub(super) fn remove(&mut self, index: Index) {
        self.words[index as usize / 64] &= !(1 << (index % 64));
    }

    pub(super) fn contains(&self, index: Index) -> bool {
        self.words[index as usize / 64] & (1 << (index % 64)) != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    pub(super) fn union(mut self, other: &NodeSet) -> NodeSet {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
        self
    }

    pub(super) fn intersection(mut self, other: &NodeSet) -> NodeSet {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
        self
    }

    pub(super) fn difference(mut self, other: &NodeSet) -> NodeSet {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= !b);
        self
    }

    /// In the canonical order; reversed, in the order of a downgrade.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Index> + '_ {
        (0..self.words.len() as Index * 64).filter(|&index| self.contains(index))
    }
}

/// Which ties count as being above and below.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ties {
    /// What a revision continues.
    Lineage,
    /// What it continues and what it depends on.
    All,
    /// All that tie it to revisions with which it shares version rows: those of its own layer, as a rule.
    SharedRows,
}

impl Graph {
    /// The revisions directly below.
    pub(super) fn below(&self, index: Index, ties: Ties) -> impl Iterator<Item = Index> + '_ {
        let links = &self.links[index as usize];
        let list = if ties == Ties::Lineage {
            &links.parents
        } else {
            &links.before
        };
        self.kept(list, links.rows, ties)
    }

    /// The revisions directly above.
    pub(super) fn above(&self, index: Index, ties: Ties) -> impl Iterator<Item = Index> + '_ {
        let links = &self.links[index as usize];
        let list = if ties == Ties::Lineage {
            &links.children
        } else {
            &links.after
        };
        self.kept(list, links.rows, ties)
    }

    fn kept<'a>(&'a self, list: &'a [Index], rows: u32, ties: Ties) -> impl Iterator<Item = Index> + 'a {
        let keep = move |other: &Index| ties != Ties::SharedRows || self.links[*other as usize].rows == rows;
        list.iter().copied().filter(keep)
    }

    /// The seeds and everything below them.
    pub(super) fn ancestors(&self, seeds: impl IntoIterator<Item = Index>, ties: Ties) -> NodeSet {
        self.reach(seeds, |index, todo| todo.extend(self.below(index, ties)))
    }

    /// The seeds and everything above them.
    pub(super) fn descendants(&self, seeds: impl IntoIterator<Item = Index>, ties: Ties) -> NodeSet {
        self.reach(seeds, |index, todo| todo.extend(self.above(index, ties)))
    }

    /// The seeds, and everything above and below them: those that share a line with one of them.
    pub(super) fn lineage(&self, seeds: &[Index], ties: Ties) -> NodeSet {
        let above = self.descendants(seeds.iter().copied(), ties);
        self.ancestors(seeds.iter().copied(), ties).union(&above)
    }

    fn reach(&self, seeds: impl IntoIterator<Item = Index>, extend: impl Fn(Index, &mut Vec<Index>)) -> NodeSet {
        let mut found = self.no_nodes();
        let mut todo: Vec<Index> = seeds.into_iter().collect();
        while let Some(index) = todo.pop() {
            if found.insert(index) {
                extend(index, &mut todo);
            }
        }
        found
    }

    /// The empty set of this graph's revisions.
    pub(super) fn no_nodes(&self) -> NodeSet {
        NodeSet::empty(self.nodes.len())
    }

    /// A set of the given revisions.
    pub(super) fn set_of(&self, indices: &[Index]) -> NodeSet {
        let mut set = self.no_nodes();
        for &index in indices {
            set.insert(index);
        }
        set
    }
}
