//! Stretches of the history, for those who read it.

use super::error::list;
use super::path::PastTheEnd;
use super::set::{Index, NodeSet, Ties};
use super::target::{Target, bad};
use super::{Graph, GraphError, Node, Rows};
use crate::diagnostic::codes;

impl Graph {
    /// The revisions from one place up to another, both included, newest first.
    ///
    /// A range is written `from:to`; without `from` it starts at the base, without `to` it ends at the heads. `current`
    /// is where the database stands. `-N:to` starts N below `to`, `from:+N` ends N above `from`, and steps past the end
    /// of the history end there. What lies beside the line from one to the other is left out, unless the range starts
    /// at the base.
    ///
    /// # Errors
    /// Those of [`Graph::resolve`]; `G010` where the range does not lead upwards; `G009` where a step could go several
    /// ways; `G011` where an end stands for revisions on one line; `G014` for a text that is no range.
    pub fn history(&self, range: &str, rows: &Rows) -> Result<Vec<&Node>, GraphError> {
        let (from, to) = split(range)?;
        let from = if from.is_empty() { "base" } else { from };
        let to = if to.is_empty() { "heads" } else { to };
        let ends = self.ends(from, to, rows)?;

        let needed = self.ancestors(ends.upper.iter().copied(), Ties::All);
        if ends.lower.iter().any(|&index| !needed.contains(index)) {
            return Err(self.not_upwards(range, &ends));
        }
        let below = self.ancestors(ends.lower.iter().copied(), Ties::All);
        let mut found = needed.difference(&below).union(&self.set_of(&ends.lower));
        if !ends.lower.is_empty() {
            found = found.intersection(&self.descendants(ends.lower.iter().copied(), Ties::Lineage));
        }
        Ok(found.iter().rev().map(|index| &self.nodes[index as usize]).collect())
    }

    fn ends(&self, from: &str, to: &str, rows: &Rows) -> Result<Ends, GraphError> {
        let current = |text: &str| {
            if text == "current" {
                Some(self.standing(rows)).transpose()
            } else {
                Ok(None)
            }
        };
        let (lower_now, upper_now) = (current(from)?, current(to)?);
        let counts_back = |target: &Target| target.symbol.is_none() && target.offset.is_some_and(|steps| steps < 0);
        let mut lower = match lower_now {
            Some(standing) => standing,
            None => {
                let target = self.parse(from)?;
                if counts_back(&target) {
                    Vec::new()
                } else {
                    self.place(&target)?
                }
            }
        };
        let mut upper = match upper_now {
            Some(standing) => standing,
            None => {
                let target = self.parse(to)?;
                let goals = self.upgrade_goals(&lower, &target, PastTheEnd::Stop)?;
                self.refuse_overlapping_goals(&goals, &target)?;
                goals
            }
        };
        if from != "current" {
            let target = self.parse(from)?;
            if counts_back(&target) {
                lower = self.count_back(&target, &upper)?;
            }
            if let Some(label) = target.label {
                let branch = self.covered_by(label)?;
                upper.retain(|&index| branch.contains(index));
            }
        }
        Ok(Ends { lower, upper })
    }

    /// What the lower end stands for: a name, or steps from one.
    fn place(&self, target: &Target) -> Result<Vec<Index>, GraphError> {
        match (target.symbol, target.offset) {
            (Some(symbol), Some(steps)) => {
                let walk = self.walk(self.point(target.label, symbol)?, steps, target.label)?;
                Ok(walk.place.into_iter().collect())
            }
            (Some(symbol), None) => self.points(target.label, symbol),
            (None, _) => Err(
                bad(target.text, "counts from where the range starts, and it is the start")
                    .help("Write `-N:to` to start N below the end, or name the start."),
            ),
        }
    }

    /// N below each upper end; ends that run past the base start there.
    fn count_back(&self, target: &Target, upper: &[Index]) -> Result<Vec<Index>, GraphError> {
        let mut starts = upper.to_vec();
        if let Some(label) = target.label {
            let lineage = self.lineage(&self.branch(label)?, Ties::Lineage);
            starts.retain(|&index| lineage.contains(index));
        }
        let mut lower = Vec::new();
        for start in starts {
            let walk = self.walk(Some(start), target.offset.unwrap_or(0), None)?;
            lower.extend(walk.place.filter(|_| walk.missing == 0));
        }
        lower.sort_unstable();
        lower.dedup();
        Ok(lower)
    }

    /// The revisions that a branch name covers: those of the label; of an id, those of the one label that covers it, or
    /// else its lineage; of a layer, its lineages.
    fn covered_by(&self, name: &str) -> Result<NodeSet, GraphError> {
        let seeds = self.branch(name)?;
        let [named] = seeds[..] else {
            return Ok(self.lineage(&seeds, Ties::Lineage));
        };
        let is_label = self.nodes[named as usize]
            .branch_labels
            .iter()
            .any(|label| label == name);
        let labels = if is_label { vec![name] } else { self.covering(named) };
        match labels[..] {
            [label] => {
                let carrier = self.branch(label)?;
                let below: Vec<Index> = carrier.iter().flat_map(|&index| self.line_below(index)).collect();
                Ok(self.descendants(carrier, Ties::Lineage).union(&self.set_of(&below)))
            }
            _ => Ok(self.lineage(&seeds, Ties::Lineage)),
        }
    }

    fn not_upwards(&self, range: &str, ends: &Ends) -> GraphError {
        let (lower, upper) = (list(self.ids(&ends.lower)), list(self.ids(&ends.upper)));
        let message = match ends.upper.as_slice() {
            [] => format!("the range `{range}` ends below {lower}, where it starts"),
            _ => format!("the range `{range}` does not lead upwards: {upper} does not build on {lower}"),
        };
        let leads_down = self.ancestors(ends.lower.iter().copied(), Ties::All);
        let error = GraphError::new(codes::NOT_IN_RANGE, message)
            .about(self.ids(&ends.lower))
            .about(self.ids(&ends.upper));
        if !ends.upper.is_empty() && ends.upper.iter().all(|&index| leads_down.contains(index)) {
            return error.help("Swap the two ends: the older one comes first.");
        }
        error.help("Choose two revisions of one branch.")
    }
}

/// What a range stands for.
struct Ends {
    lower: Vec<Index>,
    upper: Vec<Index>,
}

/// The two ends of `from:to`, as they are written; either may be empty.
///
/// # Errors
/// `G014` where the text holds no `:`, or several.
pub fn split(range: &str) -> Result<(&str, &str), GraphError> {
    let range = range.trim();
    match range.split_once(':') {
        Some((from, to)) if !to.contains(':') => Ok((from, to)),
        _ => Err(
            GraphError::new(codes::BAD_TARGET, format!("`{}` is no range", range.escape_debug()))
                .help("Write `from:to`, `from:` or `:to`."),
        ),
    }
}
