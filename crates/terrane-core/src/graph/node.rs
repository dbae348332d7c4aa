//! One revision as the graph sees it.

use super::RevisionId;
use crate::name::LayerName;

/// One revision as the graph sees it: its place among the others, and nothing of what it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Its id.
    pub id: RevisionId,
    /// Its layer.
    pub layer: LayerName,
    /// The table whose version rows it moves, where several layers keep theirs in one of their own, as those of an Alembic
    /// project do; none, where its layer has rows of its own.
    pub shared_rows: Option<LayerName>,
    /// The revisions it continues: none for a base, several for a merge.
    pub down_revisions: Vec<RevisionId>,
    /// What must be applied before it besides: ids, unique beginnings of ids, or branch labels.
    pub depends_on: Vec<String>,
    /// Names it gives to its lineage.
    pub branch_labels: Vec<String>,
    /// When it was written, in seconds since the epoch: the first tie-break of the order.
    pub created: Option<i64>,
}

impl Node {
    /// A base of that layer: no parents, dependencies, labels or date.
    pub fn new(id: RevisionId, layer: LayerName) -> Node {
        Node {
            id,
            layer,
            down_revisions: Vec::new(),
            depends_on: Vec::new(),
            branch_labels: Vec::new(),
            created: None,
            shared_rows: None,
        }
    }

    /// Whose version rows it moves: the name of its layer, or of the table that several share.
    pub fn rows(&self) -> &LayerName {
        self.shared_rows.as_ref().unwrap_or(&self.layer)
    }

    /// Whether it continues nothing.
    pub fn is_base(&self) -> bool {
        self.down_revisions.is_empty()
    }

    /// Whether it continues several revisions, and so ends their branches.
    pub fn is_merge_point(&self) -> bool {
        self.down_revisions.len() > 1
    }
}
