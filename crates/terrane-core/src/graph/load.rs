//! From a list of nodes to a graph, or to everything that is wrong with the list.

use std::collections::BTreeSet;

use super::cycle::circles;
use super::error::list;
use super::id::{RESERVED, reserved_in_targets};
use super::labels::Labels;
use super::names::Names;
use super::order::canonical;
use super::set::Index;
use super::{Graph, GraphError, Links, Node, RevisionId};
use crate::diagnostic::codes;
use crate::name::LayerName;
use crate::text::closest;

impl Graph {
    /// Ties the nodes together.
    ///
    /// The order in which they are given means nothing.
    ///
    /// # Errors
    /// Everything that is wrong, not the first thing: ids that are used twice, parents and dependencies that are not
    /// there (or are the beginning of several ids), circles, branch labels that are used twice, are ids, or cannot be
    /// written in a target.
    pub fn new(nodes: Vec<Node>) -> Result<Graph, Vec<GraphError>> {
        let mut draft = Draft::of(nodes);
        draft.enter_labels();
        let parents = draft.parents();
        let before = draft.before(&parents);
        draft.refuse_circles(&parents, &before);
        if draft.errors.is_empty() {
            Ok(draft.finish(&parents, &before))
        } else {
            Err(draft.errors)
        }
    }
}

/// The nodes in order of id, while they are being tied together.
struct Draft {
    nodes: Vec<Node>,
    names: Names,
    errors: Vec<GraphError>,
}

impl Draft {
    fn of(mut nodes: Vec<Node>) -> Draft {
        // A full comparison, so that of two nodes with one id the same one is kept whichever came first.
        nodes.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut errors = Vec::new();
        nodes.dedup_by(|next, kept| {
            let twice = next.id == kept.id;
            if twice {
                errors.push(duplicate_id(&next.id));
            }
            twice
        });
        for node in nodes.iter_mut().filter(|node| node.down_revisions.len() > 1) {
            let mut seen = BTreeSet::new();
            node.down_revisions.retain(|parent| seen.insert(parent.clone()));
        }
        let ids = nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (node.id.shared(), index as Index));
        Draft {
            names: Names::of_ids(ids),
            nodes,
            errors,
        }
    }

    fn enter_labels(&mut self) {
        for (index, node) in self.nodes.iter().enumerate() {
            for label in &node.branch_labels {
                if label.is_empty() || RESERVED.contains(&label.as_str()) || label.contains(reserved_in_targets) {
                    self.errors.push(unusable_label(label, &node.id));
                } else if let Some(owner) = self.names.insert(label, index as Index) {
                    self.errors
                        .push(taken_label(label, &node.id, &self.nodes[owner as usize].id));
                }
            }
        }
    }

    /// For each node the nodes that it continues.
    fn parents(&mut self) -> Vec<Vec<Index>> {
        let mut all = Vec::with_capacity(self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            let mut parents = Vec::with_capacity(node.down_revisions.len());
            for parent in &node.down_revisions {
                match self.nodes.binary_search_by(|other| other.id.cmp(parent)) {
                    Ok(found) if found == index => self.errors.push(
                        GraphError::new(codes::CYCLE, format!("revision `{parent}` revises itself"))
                            .help("Correct its `Revises:`; leave it empty for a base.")
                            .about([parent]),
                    ),
                    Ok(found) => parents.push(found as Index),
                    Err(_) => self
                        .errors
                        .push(self.missing(node, parent.as_str(), "revises", "Revises:")),
                }
            }
            all.push(parents);
        }
        all
    }

    /// For each node the nodes that must come before it: parents first, then dependencies.
    fn before(&mut self, parents: &[Vec<Index>]) -> Vec<Vec<Index>> {
        let mut all = Vec::with_capacity(self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            let mut before = parents[index].clone();
            for dependency in &node.depends_on {
                match self.dependency(node, dependency) {
                    Ok(found) if found as usize == index => self.errors.push(
                        GraphError::new(codes::CYCLE, format!("revision `{}` depends on itself", node.id))
                            .help(format!("Remove `{dependency}` from its `Depends On:`."))
                            .about([&node.id]),
                    ),
                    Ok(found) if before.contains(&found) => {}
                    Ok(found) => before.push(found),
                    Err(error) => self.errors.push(error),
                }
            }
            all.push(before);
        }
        all
    }

    /// The revision that an entry of `Depends On:` names.
    fn dependency(&self, node: &Node, text: &str) -> Result<Index, GraphError> {
        if let Some(found) = self.names.exact(text) {
            return Ok(found);
        }
        let candidates: Vec<(&str, Index)> = self.names.beginning(text).collect();
        match candidates.as_slice() {
            [] => Err(self.missing(node, text, "depends on", "Depends On:")),
            [(_, found)] if !text.is_empty() => Ok(*found),
            _ => Err(GraphError::new(
                codes::AMBIGUOUS_REVISION,
                format!(
                    "revision `{}` depends on `{text}`, and {} begin so",
                    node.id,
                    list(candidates.iter().map(|(name, _)| name))
                ),
            )
            .help("Write the whole id in its `Depends On:`.")
            .about([&node.id])),
        }
    }

    fn missing(&self, node: &Node, name: &str, verb: &str, field: &str) -> GraphError {
        let message = format!("revision `{}` {verb} `{name}`, which is not there", node.id);
        let error = GraphError::new(codes::MISSING_PARENT, message).about([&node.id]);
        if let Some(carrier) = self.names.exact(name) {
            let id = &self.nodes[carrier as usize].id;
            return error.help(format!(
                "Write `{id}`, the revision that carries the branch label `{name}`."
            ));
        }
        if self.errors.len() >= SUGGESTED {
            return error.help(format!("Restore the file of `{name}`."));
        }
        match closest(name, self.names.all().filter(|other| *other != node.id.as_str())) {
            Some(other) => error.help(format!(
                "Restore the file of `{name}`, or write `{other}` if that is meant."
            )),
            None => error.help(format!(
                "Restore the file of `{name}`, or correct `{field}` in `{}`.",
                node.id
            )),
        }
    }

    fn refuse_circles(&mut self, parents: &[Vec<Index>], before: &[Vec<Index>]) {
        let by_lineage = circles(parents);
        let mut known = vec![false; self.nodes.len()];
        for group in &by_lineage {
            group.iter().for_each(|&index| known[index as usize] = true);
            self.errors.push(self.circle(group, "revise one another", "Revises:"));
        }
        for group in circles(before) {
            // A circle of parents alone has been reported; what else hangs in it will show once that is mended.
            if !group.iter().any(|&index| known[index as usize]) {
                self.errors
                    .push(self.circle(&group, "depend on one another", "Depends On:"));
            }
        }
    }

    fn circle(&self, group: &[Index], verb: &str, field: &str) -> GraphError {
        let ids: Vec<&RevisionId> = group.iter().map(|&index| &self.nodes[index as usize].id).collect();
        GraphError::new(codes::CYCLE, format!("revisions {} {verb} in a circle", list(&ids)))
            .help(format!(
                "Correct the `{field}` of one of them, so that one of them can be first."
            ))
            .about(ids)
    }

    /// Numbers the nodes in the canonical order. Nothing is wrong with them.
    fn finish(mut self, parents: &[Vec<Index>], before: &[Vec<Index>]) -> Graph {
        let order = canonical(&self.nodes, before);
        let mut place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old as usize] = new as Index;
        }
        self.names.renumber(&place);
        let mut by_id: Vec<Option<Node>> = self.nodes.into_iter().map(Some).collect();
        let nodes: Vec<Node> = order.iter().filter_map(|&old| by_id[old as usize].take()).collect();
        let layers: BTreeSet<&LayerName> = nodes.iter().map(|node| &node.layer).collect();
        let layers: Vec<LayerName> = layers.into_iter().cloned().collect();
        let row_sets: BTreeSet<&LayerName> = nodes.iter().map(Node::rows).collect();
        let row_sets: Vec<LayerName> = row_sets.into_iter().cloned().collect();

        let mut links: Vec<Links> = nodes
            .iter()
            .map(|node| Links::of_node(&layers, &row_sets, node))
            .collect();
        for (new, &old) in order.iter().enumerate() {
            let renumbered = |list: &[Index]| -> Vec<Index> { list.iter().map(|&at| place[at as usize]).collect() };
            links[new].parents = renumbered(&parents[old as usize]);
            links[new].before = renumbered(&before[old as usize]);
            for at in 0..links[new].parents.len() {
                let parent = links[new].parents[at];
                links[parent as usize].children.push(new as Index);
            }
            for at in 0..links[new].before.len() {
                let other = links[new].before[at];
                links[other as usize].after.push(new as Index);
            }
        }
        let labels = Labels::of(&nodes, &links);
        Graph {
            nodes,
            layers,
            row_sets,
            links,
            names: self.names,
            labels,
        }
    }
}

/// After so many errors, similar names are no longer looked for: it is a folder that is missing, not a letter.
const SUGGESTED: usize = 8;

/// What two nodes are compared by before they are numbered.
fn key(node: &Node) -> impl Ord + '_ {
    (
        &node.id,
        node.created,
        &node.layer,
        &node.shared_rows,
        &node.down_revisions,
        &node.depends_on,
        &node.branch_labels,
    )
}

fn duplicate_id(id: &RevisionId) -> GraphError {
    GraphError::new(codes::DUPLICATE_REVISION, format!("two revisions carry the id `{id}`"))
        .help("Give one of them another id, and mend what refers to it.")
        .about([id])
}

fn unusable_label(label: &str, id: &RevisionId) -> GraphError {
    let message = format!(
        "revision `{id}` carries the branch label `{}`, which no target can name",
        label.escape_debug()
    );
    GraphError::new(codes::BAD_LABEL, message)
        .help("Write a label without `@`, `:`, commas and spaces that is not `head`, `heads`, `base` or `current`.")
        .about([id])
}

fn taken_label(label: &str, id: &RevisionId, owner: &RevisionId) -> GraphError {
    let message = if owner.as_str() == label {
        format!("the branch label `{label}` of revision `{id}` is also the id of a revision")
    } else if owner == id {
        format!("revision `{id}` carries the branch label `{label}` twice")
    } else {
        format!("the branch label `{label}` is carried by revision `{owner}` and by revision `{id}`")
    };
    GraphError::new(codes::DUPLICATE_LABEL, message)
        .help(format!(
            "Give the branch of `{id}` another label; a label stands on the first revision of its branch only."
        ))
        .about([id, owner])
}
