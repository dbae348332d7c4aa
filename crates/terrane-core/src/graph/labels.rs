//! Which revisions a branch label covers.
//!
//! A label covers the revision that carries it and all that continue it. Downwards it covers the line that leads to the
//! carrier and nowhere else: as long as neither the line above the carrier nor the one below branches or merges.
//!
//! What a revision is covered by is not written out for each (a history where every revision has a label would take the
//! square of its length), but as the way to the next carriers.

use std::collections::BTreeSet;

use super::set::Index;
use super::{Graph, Links, Node};

#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    /// Per revision, the nearest place at or below it from which labels come down to it.
    source: Vec<Option<Index>>,
    /// Per revision, the nearest carrier above it on an unbranched line that ends in a head.
    carrier_above: Vec<Option<Index>>,
}

impl Labels {
    /// Links are in the canonical order: what lies below has the lower number.
    pub(super) fn of(nodes: &[Node], links: &[Links]) -> Labels {
        let mut source: Vec<Option<Index>> = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let mut below = links[index]
                .parents
                .iter()
                .filter_map(|&parent| source[parent as usize]);
            let first = below.next();
            let inherits = node.branch_labels.is_empty() && below.all(|other| Some(other) == first);
            source.push(if inherits { first } else { Some(index as Index) });
        }
        let mut carrier_above = vec![None; nodes.len()];
        let mut unbranched = vec![false; nodes.len()];
        for index in (0..nodes.len()).rev() {
            let Links {
                children,
                after,
                parents,
                ..
            } = &links[index];
            let child = children.first().map(|&child| child as usize);
            unbranched[index] = after.len() <= 1 && parents.len() <= 1 && child.is_none_or(|child| unbranched[child]);
            if let (true, Some(child)) = (unbranched[index], child) {
                let child_carries = !nodes[child].branch_labels.is_empty();
                carrier_above[index] = if child_carries {
                    Some(child as Index)
                } else {
                    carrier_above[child]
                };
            }
        }
        Labels { source, carrier_above }
    }
}

impl Graph {
    /// The revisions below a carrier that its labels cover.
    pub(super) fn line_below(&self, carrier: Index) -> Vec<Index> {
        let mut line = Vec::new();
        let mut at = carrier;
        while let [parent] = self.links[at as usize].parents[..] {
            if self.labels.carrier_above[parent as usize].is_none() {
                break;
            }
            line.push(parent);
            at = parent;
        }
        line
    }

    /// The labels that cover a revision, in order.
    pub(super) fn covering(&self, index: Index) -> Vec<&str> {
        let mut labels: Vec<&str> = Vec::new();
        let mut carrier = self.labels.carrier_above[index as usize];
        while let Some(at) = carrier {
            labels.extend(self.nodes[at as usize].branch_labels.iter().map(String::as_str));
            carrier = self.labels.carrier_above[at as usize];
        }
        let mut todo: Vec<Index> = self.labels.source[index as usize].into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(at) = todo.pop() {
            if seen.insert(at) {
                labels.extend(self.nodes[at as usize].branch_labels.iter().map(String::as_str));
                let below = self.links[at as usize].parents.iter();
                todo.extend(below.filter_map(|&parent| self.labels.source[parent as usize]));
            }
        }
        labels.sort_unstable();
        labels.dedup();
        labels
    }
}
