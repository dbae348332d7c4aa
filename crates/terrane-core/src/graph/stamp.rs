//! Saying where a database stands, without running anything.

use std::collections::BTreeSet;

use super::set::{Index, NodeSet, Ties};
use super::target::{Symbol, Target, bad};
use super::{Direction, Graph, GraphError, Rows, Step};
use crate::diagnostic::codes;

impl Graph {
    /// The changes of rows after which the database is said to stand at the targets.
    ///
    /// The rows that share a line with a target, dependencies counted, give way to it; others stay. `base` removes all
    /// rows, `label@base` those of that branch, and no targets at all mean `base`. A row whose revision is not there
    /// stands in the way, as for any path; who wants to be rid of it starts from no rows (`stamp --purge`).
    ///
    /// In a graph of several layers, the rows that give way are those of the target's layer. The rows of the other
    /// layers follow where they must: what the target depends on is said to be applied as well, and what depends on a
    /// revision that no longer counts as applied does not count either.
    ///
    /// # Errors
    /// Those of [`Graph::resolve`]; `G011` where two targets, or two rows, stand on one line; `G014` for a relative
    /// target on a database that has rows; `G004` and `G016` for rows that the graph cannot account for.
    pub fn stamp(&self, rows: &Rows, targets: &[&str]) -> Result<Vec<Step>, GraphError> {
        let standing = self.standing(rows)?;
        let targets = if targets.is_empty() { &["base"][..] } else { targets };
        let request = self.request(&standing, targets)?;
        let mut stamping = Stamping::new(self, &standing, &request.concerned);
        if request.places.is_empty() {
            stamping.remove(&request.concerned);
        }
        for &place in &request.places {
            stamping.put(place)?;
        }
        stamping.settle(&standing, &request.places);
        Ok(stamping.steps)
    }

    fn request(&self, standing: &[Index], targets: &[&str]) -> Result<Request, GraphError> {
        let mut request = Request::default();
        let mut seeds = Vec::new();
        let mut concerns_all = false;
        for text in targets {
            let target = self.parse(text)?;
            if target.offset.is_some() && !standing.is_empty() {
                return Err(bad(
                    target.text,
                    "is relative, and a stamp says outright where the database stands",
                )
                .help("Name the revision itself; `history` lists the ids."));
            }
            let places = self.named_by(&target)?;
            concerns_all |= matches!(
                target,
                Target {
                    symbol: Some(Symbol::Base),
                    label: None,
                    ..
                }
            );
            if let Some(label) = target.label {
                seeds.extend(self.branch(label)?);
            }
            seeds.extend(&places);
            request.places.extend(places);
        }
        let mut seen = BTreeSet::new();
        request.places.retain(|&place| seen.insert(place));
        self.refuse_overlap(
            &request.places,
            Ties::SharedRows,
            "the targets",
            "Stamp `{upper}` alone; it implies the other.",
        )?;
        let lineage = self.lineage(&seeds, Ties::SharedRows);
        let is_concerned = |index: &Index| concerns_all || lineage.contains(*index);
        request.concerned = standing.iter().copied().filter(is_concerned).collect();
        Ok(request)
    }
}

#[derive(Default)]
struct Request {
    /// Where the database is said to stand.
    places: Vec<Index>,
    /// The rows that share a line with a target.
    concerned: Vec<Index>,
}

struct Stamping<'a> {
    graph: &'a Graph,
    rows: NodeSet,
    concerned: NodeSet,
    below_concerned: NodeSet,
    above_concerned: NodeSet,
    /// Whose rows are settled by what was asked for.
    asked: BTreeSet<u32>,
    /// Whose concerned rows have given way already.
    cleared: BTreeSet<u32>,
    steps: Vec<Step>,
}

impl<'a> Stamping<'a> {
    fn new(graph: &'a Graph, standing: &[Index], concerned: &[Index]) -> Stamping<'a> {
        let seeds = || concerned.iter().copied();
        Stamping {
            graph,
            rows: graph.set_of(standing),
            concerned: graph.set_of(concerned),
            below_concerned: graph.ancestors(seeds(), Ties::SharedRows),
            above_concerned: graph.descendants(seeds(), Ties::SharedRows),
            asked: BTreeSet::new(),
            cleared: BTreeSet::new(),
            steps: Vec::new(),
        }
    }

    fn remove(&mut self, concerned: &[Index]) {
        for &index in concerned {
            self.asked.insert(self.rows_of(index));
            self.replace(index, &[index], &[]);
        }
    }

    fn put(&mut self, place: Index) -> Result<(), GraphError> {
        let rows = self.rows_of(place);
        self.asked.insert(rows);
        if self.concerned.contains(place) {
            return Ok(());
        }
        let is_between = self.below_concerned.contains(place) && self.above_concerned.contains(place);
        if is_between {
            let id = self.graph.id(place);
            let message = format!("`{id}` lies between two version rows, which stand on one line");
            return Err(GraphError::new(codes::OVERLAPPING_ROWS, message)
                .help(format!("State where the database stands with `stamp --purge {id}`."))
                .about([id]));
        }
        let is_related = self.below_concerned.contains(place) || self.above_concerned.contains(place);
        let gone: Vec<Index> = if is_related && self.cleared.insert(rows) {
            self.concerned
                .iter()
                .filter(|&index| self.rows_of(index) == rows)
                .collect()
        } else {
            Vec::new()
        };
        self.replace(place, &gone, &[place]);
        Ok(())
    }

    /// Brings the rows of all layers into line with one another.
    fn settle(&mut self, standing: &[Index], places: &[Index]) {
        if self.graph.row_sets.len() < 2 {
            return;
        }
        let graph = self.graph;
        let is_asked = |index: &Index| self.asked.contains(&self.rows_of(*index));
        let before = graph.ancestors(standing.iter().copied(), Ties::All);
        let still = graph.ancestors(self.rows.iter().filter(is_asked), Ties::SharedRows);
        let dropped = before.iter().filter(|index| is_asked(index) && !still.contains(*index));
        let dropped = graph.descendants(dropped, Ties::All);
        let kept = before.union(&still).difference(&dropped);
        let applied = graph.ancestors(places.iter().copied(), Ties::All).union(&kept);
        let wanted = graph.set_of(&graph.topmost(&applied));
        for rows in 0..graph.row_sets.len() as u32 {
            let of_set = |index: &Index| self.rows_of(*index) == rows;
            let gone: Vec<Index> = self.rows.clone().difference(&wanted).iter().filter(of_set).collect();
            let new: Vec<Index> = wanted.clone().difference(&self.rows).iter().filter(of_set).collect();
            if let Some(&of) = gone.first().or(new.first()) {
                self.replace(of, &gone, &new);
            }
        }
    }

    fn replace(&mut self, of: Index, gone: &[Index], new: &[Index]) {
        gone.iter().for_each(|&index| self.rows.remove(index));
        for &index in new {
            self.rows.insert(index);
        }
        self.steps.push(self.graph.step(Direction::Stamp, None, of, gone, new));
    }

    fn rows_of(&self, index: Index) -> u32 {
        self.graph.links[index as usize].rows
    }
}
