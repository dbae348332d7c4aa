//! Circles in the graph: revisions of which none can be first.

use super::set::Index;

/// The groups of nodes that lie on circles with one another; a node tied to itself is no group.
///
/// Tarjan's strongly connected components, with its own stack, since a history is deeper than a thread's.
pub(super) fn circles(below: &[Vec<Index>]) -> Vec<Vec<Index>> {
    let mut search = Search {
        below,
        number: vec![UNSEEN; below.len()],
        low: vec![0; below.len()],
        open: Vec::new(),
        is_open: vec![false; below.len()],
        next: 0,
        found: Vec::new(),
    };
    for root in 0..below.len() as Index {
        if search.number[root as usize] == UNSEEN {
            search.from(root);
        }
    }
    search.found.sort();
    search.found
}

const UNSEEN: Index = Index::MAX;

struct Search<'a> {
    below: &'a [Vec<Index>],
    number: Vec<Index>,
    low: Vec<Index>,
    open: Vec<Index>,
    is_open: Vec<bool>,
    next: Index,
    found: Vec<Vec<Index>>,
}

impl Search<'_> {
    fn from(&mut self, root: Index) {
        self.enter(root);
        let mut trail = vec![(root, 0)];
        while let Some((index, tie)) = trail.last_mut() {
            let here = *index as usize;
            if let Some(&to) = self.below[here].get(*tie) {
                *tie += 1;
                if self.number[to as usize] == UNSEEN {
                    self.enter(to);
                    trail.push((to, 0));
                } else if self.is_open[to as usize] {
                    self.low[here] = self.low[here].min(self.number[to as usize]);
                }
            } else {
                trail.pop();
                if let Some((over, _)) = trail.last() {
                    let over = *over as usize;
                    self.low[over] = self.low[over].min(self.low[here]);
                }
                if self.low[here] == self.number[here] {
                    self.close(here as Index);
                }
            }
        }
    }

    fn enter(&mut self, index: Index) {
        self.number[index as usize] = self.next;
        self.low[index as usize] = self.next;
        self.next += 1;
        self.open.push(index);
        self.is_open[index as usize] = true;
    }

    fn close(&mut self, index: Index) {
        let start = self.open.iter().rposition(|&open| open == index).unwrap_or(0);
        let mut group = self.open.split_off(start);
        for &member in &group {
            self.is_open[member as usize] = false;
        }
        if group.len() > 1 {
            group.sort_unstable();
            self.found.push(group);
        }
    }
}
