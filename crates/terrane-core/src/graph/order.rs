//! The canonical order of a graph's revisions.
//!
//! There is one order for the whole graph, and every path is a part of it: two revisions run in the same relative order
//! whatever the target and wherever the database stands. A revision that is added above others does not unlock any of
//! them, so it slips in between without moving them: a vendor's next release never reorders an app's history.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Node;
use super::set::Index;

/// The nodes in order: each after all that lies below it, ties by Create Date (none first), then id.
///
/// `before[i]` holds what lies directly below node `i`. Nodes on a cycle, or above one, are left out.
pub(super) fn canonical(nodes: &[Node], before: &[Vec<Index>]) -> Vec<Index> {
    let mut after = vec![Vec::new(); nodes.len()];
    let mut waiting_for: Vec<usize> = before.iter().map(Vec::len).collect();
    for (index, below) in before.iter().enumerate() {
        for &other in below {
            after[other as usize].push(index as Index);
        }
    }
    let key = |index: Index| {
        let node = &nodes[index as usize];
        Reverse((node.created, &node.id, index))
    };
    let is_free = |index: &Index| waiting_for[*index as usize] == 0;
    let mut free: BinaryHeap<_> = (0..nodes.len() as Index).filter(is_free).map(key).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(Reverse((_, _, index))) = free.pop() {
        order.push(index);
        for &above in &after[index as usize] {
            waiting_for[above as usize] -= 1;
            if waiting_for[above as usize] == 0 {
                free.push(key(above));
            }
        }
    }
    order
}
