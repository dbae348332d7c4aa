//! Version rows: where a database stands, and how a step moves them.

use std::collections::{BTreeMap, BTreeSet};

use super::set::{Index, NodeSet, Ties};
use super::{Graph, GraphError, RevisionId};
use crate::diagnostic::codes;
use crate::name::LayerName;

/// The version rows of a database: for each layer, or each set of layers that share their rows, the topmost of its revisions
/// that are applied.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rows {
    layers: BTreeMap<LayerName, BTreeSet<RevisionId>>,
}

impl Rows {
    /// No rows: nothing is applied.
    pub fn new() -> Rows {
        Rows::default()
    }

    /// Adds a row, and says whether it is new.
    pub fn insert(&mut self, layer: LayerName, id: RevisionId) -> bool {
        self.layers.entry(layer).or_default().insert(id)
    }

    /// Removes a row, and says whether it was there.
    pub fn remove(&mut self, layer: &LayerName, id: &RevisionId) -> bool {
        let Some(rows) = self.layers.get_mut(layer) else {
            return false;
        };
        let removed = rows.remove(id);
        if rows.is_empty() {
            self.layers.remove(layer);
        }
        removed
    }

    /// The rows of one layer, by id.
    pub fn of(&self, layer: &LayerName) -> impl Iterator<Item = &RevisionId> {
        self.layers.get(layer).into_iter().flatten()
    }

    /// All rows, by layer and then by id.
    pub fn iter(&self) -> impl Iterator<Item = (&LayerName, &RevisionId)> {
        self.layers
            .iter()
            .flat_map(|(layer, ids)| ids.iter().map(move |id| (layer, id)))
    }

    /// Whether nothing is applied.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Makes the changes of a step, so that these are the rows after it.
    pub fn apply(&mut self, step: &Step) {
        for change in &step.changes {
            match change {
                RowChange::Insert(id) => {
                    self.insert(step.rows.clone(), id.clone());
                }
                RowChange::Delete(id) => {
                    self.remove(&step.rows, id);
                }
                RowChange::Update { from, to } => {
                    self.remove(&step.rows, from);
                    self.insert(step.rows.clone(), to.clone());
                }
            }
        }
    }
}

impl FromIterator<(LayerName, RevisionId)> for Rows {
    fn from_iter<I: IntoIterator<Item = (LayerName, RevisionId)>>(rows: I) -> Rows {
        let mut all = Rows::new();
        for (layer, id) in rows {
            all.insert(layer, id);
        }
        all
    }
}

/// What a step does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// It applies a revision.
    Up,
    /// It undoes a revision.
    Down,
    /// It moves rows and runs nothing.
    Stamp,
}

impl Direction {
    /// The command that goes there, as the ledger and people say it.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Up => "upgrade",
            Direction::Down => "downgrade",
            Direction::Stamp => "stamp",
        }
    }
}

/// One step of a path.
///
/// It holds the changes it makes to the rows, not the rows after it: of a wide history those would be many. A reader
/// who wants them clones the rows at the start and [applies](Rows::apply) step after step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What it does.
    pub direction: Direction,
    /// The revision that is applied or undone; a stamp runs none.
    pub revision: Option<RevisionId>,
    /// The layer of the revision.
    pub layer: LayerName,
    /// Whose rows it moves; see [`Node::rows`](super::Node::rows).
    pub rows: LayerName,
    /// The changes, in the order in which to make them.
    pub changes: Vec<RowChange>,
}

/// A change of one version row, among those that its step moves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RowChange {
    /// A new row.
    Insert(RevisionId),
    /// A row goes.
    Delete(RevisionId),
    /// A row names another revision.
    Update {
        /// What it named.
        from: RevisionId,
        /// What it names now.
        to: RevisionId,
    },
}

impl Graph {
    /// The rows of a database that was upgraded to `place` from nothing: where an offline script `from:to` starts.
    ///
    /// # Errors
    /// Those of [`Graph::resolve`].
    pub fn rows_at(&self, place: &str) -> Result<Rows, GraphError> {
        let points = self.named_by(&self.parse(place)?)?;
        let row = |index: Index| {
            let node = &self.nodes[index as usize];
            (node.rows().clone(), node.id.clone())
        };
        Ok(self
            .topmost(&self.ancestors(points, Ties::All))
            .into_iter()
            .map(row)
            .collect())
    }

    /// The applied revisions that have a row: none of their layer that is tied directly to them lies applied above
    /// them.
    pub(super) fn topmost(&self, applied: &NodeSet) -> Vec<Index> {
        let is_row = |index: &Index| {
            !self
                .above(*index, Ties::SharedRows)
                .any(|above| applied.contains(above))
        };
        applied.iter().filter(is_row).collect()
    }

    /// The revisions that the rows name, by layer and then by id.
    pub(super) fn standing(&self, rows: &Rows) -> Result<Vec<Index>, GraphError> {
        rows.iter()
            .map(|(layer, id)| {
                let index = self.index(id).ok_or_else(|| self.unknown_row(layer, id))?;
                let node = &self.nodes[index as usize];
                if node.rows() == layer {
                    Ok(index)
                } else {
                    Err(foreign_row(layer, id, &node.layer))
                }
            })
            .collect()
    }

    /// Refuses revisions of which one lies below another.
    pub(super) fn refuse_overlap(
        &self,
        indices: &[Index],
        ties: Ties,
        what: &str,
        help: &str,
    ) -> Result<(), GraphError> {
        let below = |&index: &Index| self.below(index, ties);
        let covered = self.ancestors(indices.iter().flat_map(below), ties);
        let Some(&lower) = indices.iter().find(|&&index| covered.contains(index)) else {
            return Ok(());
        };
        let above = self.descendants([lower], ties);
        let is_upper = |&index: &Index| index != lower && above.contains(index);
        let upper = indices.iter().copied().find(is_upper).unwrap_or(lower);
        let (lower, upper) = (self.id(lower), self.id(upper));
        let message = format!("{what} `{lower}` and `{upper}` stand on one line: `{lower}` comes before `{upper}`");
        Err(GraphError::new(codes::OVERLAPPING_ROWS, message)
            .help(help.replace("{upper}", upper.as_str()))
            .about([lower, upper]))
    }
}

impl Graph {
    fn unknown_row(&self, rows: &LayerName, id: &RevisionId) -> GraphError {
        let message = format!(
            "the database stands at revision `{id}` {}, and there is no such revision",
            self.place_of_rows(rows)
        );
        GraphError::new(codes::UNKNOWN_REVISION, message)
            .help(format!(
                "Restore the file of `{id}`, or state where the database stands with `stamp --purge`."
            ))
            .about([id])
    }

    /// Refuses rows of which one lies below what an applied revision depends on: somebody took a vendor's revisions away
    /// under one that needs them.
    ///
    /// # Errors
    /// There is such a row; or a row names no revision of its layer.
    pub fn refuse_lowered(&self, rows: &Rows) -> Result<(), GraphError> {
        let standing = self.standing(rows)?;
        let applied = self.ancestors(standing.iter().copied(), Ties::All);
        for &row in &standing {
            let above = self.descendants([row], Ties::All);
            let is_above = |index: &Index| *index != row && above.contains(*index);
            for by in applied.iter().filter(is_above) {
                let own = |index: &Index| !self.below(by, Ties::Lineage).any(|parent| parent == *index);
                if let Some(on) = self.below(by, Ties::All).filter(own).find(is_above) {
                    return Err(self.lowered(row, by, on));
                }
            }
        }
        Ok(())
    }

    fn lowered(&self, row: Index, by: Index, on: Index) -> GraphError {
        let node = |index: Index| &self.nodes[index as usize];
        let (row, by, on) = (node(row), node(by), node(on));
        let message = format!(
            "layer `{}` stands at `{}`, below `{}`, which revision `{}` of layer `{}` depends on, and that one is applied",
            row.layer, row.id, on.id, by.id, by.layer
        );
        GraphError::new(codes::LOWERED, message)
            .help(format!(
                "Bring the database to where both fit, with the tool that took them apart: downgrade `{}` too, or upgrade to \
                 `{}` again.",
                by.id, on.id
            ))
            .about([&row.id, &by.id])
    }

    /// Where rows are, in words: of a layer, or in the table that several share.
    pub fn place_of_rows(&self, rows: &LayerName) -> String {
        let is_shared = self.row_sets.contains(rows) && !self.layers.contains(rows);
        format!("{} `{rows}`", if is_shared { "in" } else { "of layer" })
    }

    /// The layer of a row: that of its revision; of a row whose revision is not there, one that shares the rows.
    pub fn layer_of_row(&self, rows: &LayerName, id: &RevisionId) -> LayerName {
        let own = self.node(id).filter(|node| node.rows() == rows);
        let sharing = || self.nodes.iter().find(|node| node.rows() == rows);
        own.or_else(sharing).map_or(rows, |node| &node.layer).clone()
    }

    /// What is wrong with rows of layers that nobody here knows, if they name revisions that are known: the layer was
    /// renamed, or its files were moved.
    ///
    /// # Errors
    /// A row names a revision of a layer that is known.
    pub fn refuse_moved(&self, strangers: &Rows) -> Result<(), GraphError> {
        for (layer, id) in strangers.iter() {
            if let Some(node) = self.node(id) {
                return Err(foreign_row(layer, id, &node.layer));
            }
        }
        Ok(())
    }
}

fn foreign_row(layer: &LayerName, id: &RevisionId, owner: &LayerName) -> GraphError {
    let message =
        format!("the database has `{id}` among the rows of layer `{layer}`, and it belongs to layer `{owner}`");
    GraphError::new(codes::FOREIGN_ROW, message)
        .help(format!(
            "If layer `{layer}` is called `{owner}` now, run `terrane adopt --from {layer} --to {owner}`."
        ))
        .help(format!(
            "Otherwise move the file of `{id}` back to `{layer}`, or state where the database stands with `stamp --purge`."
        ))
        .about([id])
}

/// Moves the rows along a path, so that they stay the [topmost](Graph::topmost) of what is applied.
pub(super) struct RowKeeper<'a> {
    graph: &'a Graph,
    rows: NodeSet,
    /// For each revision, how many applied ones of its layer lie directly above it; counted for a way down only.
    held_by: Vec<u32>,
}

impl RowKeeper<'_> {
    /// For a way up.
    pub(super) fn upward<'a>(graph: &'a Graph, standing: &[Index]) -> RowKeeper<'a> {
        RowKeeper {
            graph,
            rows: graph.set_of(standing),
            held_by: Vec::new(),
        }
    }

    /// For a way down from all that is applied.
    pub(super) fn downward<'a>(graph: &'a Graph, standing: &[Index], applied: &NodeSet) -> RowKeeper<'a> {
        let mut held_by = vec![0; graph.nodes.len()];
        for index in applied.iter() {
            for below in graph.below(index, Ties::SharedRows) {
                held_by[below as usize] += 1;
            }
        }
        RowKeeper {
            held_by,
            ..RowKeeper::upward(graph, standing)
        }
    }

    /// Applies a revision: it takes the rows of those it stands on.
    pub(super) fn up(&mut self, index: Index) -> Step {
        let mut gone: Vec<Index> = self.graph.below(index, Ties::SharedRows).collect();
        gone.retain(|&below| self.rows.contains(below));
        gone.iter().for_each(|&below| self.rows.remove(below));
        self.rows.insert(index);
        self.graph.step(Direction::Up, Some(index), index, &gone, &[index])
    }

    /// Undoes a revision: those it stood on get their rows back, unless something else stands on them.
    pub(super) fn down(&mut self, index: Index) -> Step {
        let mut back = Vec::new();
        for below in self.graph.below(index, Ties::SharedRows) {
            let held_by = &mut self.held_by[below as usize];
            *held_by = held_by.saturating_sub(1);
            if *held_by == 0 && self.rows.insert(below) {
                back.push(below);
            }
        }
        let gone = if self.rows.contains(index) { &[index][..] } else { &[] };
        self.rows.remove(index);
        self.graph.step(Direction::Down, Some(index), index, gone, &back)
    }
}

impl Graph {
    /// A step in the layer of `of` that replaces some of its rows by others, with as few changes as there can be.
    pub(super) fn step(
        &self,
        direction: Direction,
        revision: Option<Index>,
        of: Index,
        gone: &[Index],
        new: &[Index],
    ) -> Step {
        let mut gone: Vec<&RevisionId> = self.ids(gone).collect();
        let mut new: Vec<&RevisionId> = self.ids(new).collect();
        gone.sort_unstable();
        new.sort_unstable();
        // As Alembic does: the rows that go or come by themselves first, then the updates.
        let updates = gone.len().min(new.len());
        let (deleted, from) = gone.split_at(gone.len() - updates);
        let (inserted, to) = new.split_at(new.len() - updates);
        let mut changes: Vec<RowChange> = Vec::with_capacity(gone.len().max(new.len()));
        changes.extend(deleted.iter().map(|&id| RowChange::Delete(id.clone())));
        changes.extend(inserted.iter().map(|&id| RowChange::Insert(id.clone())));
        changes.extend(from.iter().zip(to).map(|(&from, &to)| RowChange::Update {
            from: from.clone(),
            to: to.clone(),
        }));
        Step {
            direction,
            revision: revision.map(|index| self.id(index).clone()),
            layer: self.nodes[of as usize].layer.clone(),
            rows: self.nodes[of as usize].rows().clone(),
            changes,
        }
    }
}
