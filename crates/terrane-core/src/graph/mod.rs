//! The revision graph: what follows what, what a target names, and the way there.
//!
//! It has Alembic's meaning: several bases, branch labels, dependencies, merges, and one *version row* for each place
//! where the database stands. To that it adds layers. Every revision belongs to one, and the rows of a layer are moved
//! by its own revisions only: what another layer depends on never takes a row away. The rules are the same; only the
//! set of revisions that share rows differs, and so a graph of one layer behaves exactly as it does under Alembic.
//!
//! A graph knows nothing of files, servers or statements, and it does not change once it is made.
//!
//! Where Alembic's answer depends on the order of its files or of a hash table, there is one answer here; where it
//! crashes, there is the answer it was meant to give, or an error. It is left on purpose in these:
//!
//! - **Order.** Topological, ties by Create Date, then id; see [`Graph::nodes`].
//! - **Rows.** Always the topmost applied revisions. With a dependency on an ancestor of one's own parent, Alembic
//!   crashes at a merge on the way up, and leaves a second, lower row behind on the way down, after which it refuses
//!   every upgrade.
//! - **`-1` from several rows** starts from the row with the lowest id within one layer. From rows of several layers it
//!   is refused: which layer was meant is not ours to guess.
//! - **Branch names** are always looked up. Alembic does not look at `rattial` in `downgrade rattial@base` where there
//!   is one base, nor in `upgrade rattial@base`; it takes an id in `id@-2`, or a shortened one at the start of a
//!   history, for no branch at all; and it refuses in a stamp what is unique on its branch only. A label that holds a
//!   hyphen is known as a whole before it is taken for steps (`release-2`).
//! - **`base-1`** is refused; in Alembic it is the head.
//! - **`label@-N` as a name** that goes past the base is refused; in Alembic it is a list that holds no revision.
//! - **Stamps** to two places below one row work, where Alembic crashes; to two places on one line they are refused,
//!   where Alembic writes rows with which it then refuses to work.
//! - **`-N:to` in a history** is N below `to`, as Alembic's manual has it; its code counts from the heads. A range may
//!   also start at `id-2` or at heads of which one depends on another, and one that ends where nothing is applied is
//!   empty, where Alembic lists everything.

mod cycle;
mod error;
mod id;
mod labels;
mod load;
mod names;
mod node;
mod order;
mod parents;
mod path;
mod range;
mod resolve;
mod rows;
mod set;
mod stamp;
mod target;
mod walk;

pub use error::GraphError;
pub use id::RevisionId;
pub use node::Node;
pub use parents::Splice;
pub use range::split as split_range;
pub use rows::{Direction, RowChange, Rows, Step};

use crate::name::LayerName;
use names::Names;
use set::{Index, Ties};

/// The revisions of one or several layers and how they hang together.
///
/// ```
/// use terrane_core::graph::{Graph, Node, RevisionId, Rows};
/// use terrane_core::name::LayerName;
///
/// let id = RevisionId::parse;
/// let vendor = Node::new(id("1d2c")?, LayerName::new("rattail"));
/// let mut app = Node::new(id("8d1f")?, LayerName::new("poser"));
/// app.depends_on = vec!["1d2c".to_owned()];
/// let graph = Graph::new(vec![app, vendor]).map_err(|mut errors| errors.remove(0))?;
///
/// let mut rows = Rows::new();
/// for step in graph.upgrade(&rows, "poser@head")? {
///     rows.apply(&step);
/// }
/// let shown: Vec<String> = rows.iter().map(|(layer, id)| format!("{layer} at {id}")).collect();
/// assert_eq!(shown, ["poser at 8d1f", "rattail at 1d2c"]);
/// # Ok::<(), terrane_core::graph::GraphError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    layers: Vec<LayerName>,
    /// Whose rows there are, by name: the layers, or what several of them share.
    row_sets: Vec<LayerName>,
    links: Vec<Links>,
    names: Names,
    labels: labels::Labels,
}

/// What lies directly around a revision.
#[derive(Clone, Debug, Default)]
struct Links {
    /// What it continues.
    parents: Vec<Index>,
    /// What it continues and depends on.
    before: Vec<Index>,
    /// What continues it.
    children: Vec<Index>,
    /// What continues or depends on it.
    after: Vec<Index>,
    /// The number of its layer.
    layer: u32,
    /// The number of the rows that it moves.
    rows: u32,
}

impl Links {
    fn of_node(layers: &[LayerName], row_sets: &[LayerName], node: &Node) -> Links {
        let number = |names: &[LayerName], name: &LayerName| names.binary_search(name).unwrap_or(0) as u32;
        Links {
            layer: number(layers, &node.layer),
            rows: number(row_sets, node.rows()),
            ..Links::default()
        }
    }
}

impl Graph {
    /// All revisions in the canonical order: parents and dependencies first, ties by Create Date (none first), then id.
    ///
    /// Every path is a part of this order, so that two revisions never change places with one another, and a revision
    /// added on top of others moves none of them.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The revision of that id.
    pub fn node(&self, id: &RevisionId) -> Option<&Node> {
        self.index(id).map(|index| &self.nodes[index as usize])
    }

    /// The layers that have revisions, by name.
    pub fn layers(&self) -> &[LayerName] {
        &self.layers
    }

    /// The revisions that none continues.
    pub fn heads(&self) -> Vec<&Node> {
        self.select(|links| links.children.is_empty())
    }

    /// The revisions that none continues or depends on: what `heads` means as a target.
    pub fn effective_heads(&self) -> Vec<&Node> {
        self.select(|links| links.after.is_empty())
    }

    /// The revisions that continue none.
    pub fn bases(&self) -> Vec<&Node> {
        self.select(|links| links.parents.is_empty())
    }

    /// The revisions that several continue.
    pub fn branch_points(&self) -> Vec<&Node> {
        self.select(|links| links.children.len() > 1)
    }

    /// The revisions that continue this one.
    pub fn children(&self, id: &RevisionId) -> Vec<&Node> {
        self.around(id, |links| &links.children)
    }

    /// The revisions that depend on this one without continuing it.
    pub fn dependents(&self, id: &RevisionId) -> Vec<&Node> {
        let mut all = self.around(id, |links| &links.after);
        all.retain(|node| !node.down_revisions.contains(id));
        all
    }

    /// The revisions that this one depends on, found by id, prefix or label; without those that it continues.
    pub fn dependencies(&self, id: &RevisionId) -> Vec<&Node> {
        let parents = self.node(id).map_or(&[][..], |node| &node.down_revisions);
        let mut all = self.around(id, |links| &links.before);
        all.retain(|node| !parents.contains(&node.id));
        all
    }

    /// The branch labels that cover a revision, its own included, by name.
    ///
    /// A label covers all that continue its carrier; downwards, it covers the line that leads to the carrier, where
    /// that line neither branches nor merges from where it begins up to its head.
    pub fn labels(&self, id: &RevisionId) -> Vec<&str> {
        self.index(id).map_or_else(Vec::new, |index| self.covering(index))
    }

    /// Where a database with those rows stands, branch by branch: its rows, and the heads of other branches that are
    /// applied because something depends on them.
    ///
    /// # Errors
    /// `G004` where a row names a revision that is not there.
    pub fn current(&self, rows: &Rows) -> Result<Vec<&Node>, GraphError> {
        let applied = self.ancestors(self.standing(rows)?, Ties::All);
        let is_last = |index: &Index| !self.above(*index, Ties::Lineage).any(|child| applied.contains(child));
        Ok(applied
            .iter()
            .filter(is_last)
            .map(|index| &self.nodes[index as usize])
            .collect())
    }

    fn index(&self, id: &RevisionId) -> Option<Index> {
        // A label may be spelled like no id, so that what is found under the name of an id is that revision.
        self.names
            .exact(id.as_str())
            .filter(|&index| self.nodes[index as usize].id == *id)
    }

    fn id(&self, index: Index) -> &RevisionId {
        &self.nodes[index as usize].id
    }

    fn ids<'a>(&'a self, indices: &'a [Index]) -> impl Iterator<Item = &'a RevisionId> {
        indices.iter().map(|&index| self.id(index))
    }

    fn select(&self, keep: impl Fn(&Links) -> bool) -> Vec<&Node> {
        let pairs = self.nodes.iter().zip(&self.links);
        pairs.filter(|(_, links)| keep(links)).map(|(node, _)| node).collect()
    }

    fn around<'a>(&'a self, id: &RevisionId, list: impl Fn(&'a Links) -> &'a Vec<Index>) -> Vec<&'a Node> {
        let Some(index) = self.index(id) else {
            return Vec::new();
        };
        let mut found: Vec<Index> = list(&self.links[index as usize]).clone();
        found.sort_unstable();
        found.iter().map(|&index| &self.nodes[index as usize]).collect()
    }
}
