//! The way up and the way down.

use super::error::{choice, list};
use super::rows::RowKeeper;
use super::set::{Index, NodeSet, Ties};
use super::target::Target;
use super::walk::Walk;
use super::{Graph, GraphError, Rows, Step};
use crate::diagnostic::codes;

/// What to say of rows that no path can start from.
const MEND_ROWS: &str =
    "State where the database stands with `stamp --purge {upper}`, and with every other row it has.";

impl Graph {
    /// The steps from where the database stands up to a target, each after those it builds on.
    ///
    /// They are all that the target needs, dependencies included, and that is not applied yet; none where it is.
    /// Relative targets count from the rows that nothing applied depends on (`+2`, `label@+1`) or from what is named (`id+1`, `label@head-2`).
    ///
    /// # Errors
    /// Those of [`Graph::resolve`]; `G009` for a relative target that leaves the graph, could go several ways, or leads
    /// down from where the database stands; `G011` where the rows, or the revisions asked for, stand on one line;
    /// `G004` and `G016` for rows that the graph cannot account for.
    pub fn upgrade(&self, rows: &Rows, target: &str) -> Result<Vec<Step>, GraphError> {
        let standing = self.standing(rows)?;
        let target = self.parse(target)?;
        let goals = self.upgrade_goals(&standing, &target, PastTheEnd::Refuse)?;
        self.refuse_overlapping_goals(&goals, &target)?;
        self.refuse_overlap(&standing, Ties::SharedRows, "the version rows", MEND_ROWS)?;
        let applied = self.ancestors(standing.iter().copied(), Ties::All);
        let needed = self.ancestors(goals, Ties::All).difference(&applied);
        let mut rows = RowKeeper::upward(self, &standing);
        Ok(needed.iter().map(|index| rows.up(index)).collect())
    }

    /// The steps down to a target, each before those it builds on: the exact reverse of the way up.
    ///
    /// The target stays applied; everything above it goes, with all that depends on what goes, in every layer. Other
    /// branches stay, and so do dependencies. `base` undoes everything, `label@base` that branch. Relative targets
    /// count from the rows (`-1`, `label@-1`) or from what is named (`id-1`).
    ///
    /// # Errors
    /// Those of [`Graph::resolve`]; `G009` for a relative target that leaves the graph, could go several ways, starts
    /// from one of several layers, or leads up; `G008` where nothing above the target is on the branch named; `G010`
    /// where the target is not applied; `G004` and `G016` for rows that the graph cannot account for.
    pub fn downgrade(&self, rows: &Rows, target: &str) -> Result<Vec<Step>, GraphError> {
        let standing = self.standing(rows)?;
        let target = self.parse(target)?;
        let Landing { goal, branch } = self.landing(&standing, &target)?;
        let mut roots = match goal {
            Some(index) => self.links[index as usize].children.clone(),
            None => self.indices(|links| links.parents.is_empty()),
        };
        if let (Some(branch), true) = (&branch, roots.len() > 1) {
            let leads_to_branch = self.ancestors(branch.iter().copied(), Ties::Lineage);
            roots.retain(|&root| leads_to_branch.contains(root));
            if roots.is_empty() {
                return Err(self.nothing_on_branch(goal, &target));
            }
        }
        let applied = self.ancestors(standing.iter().copied(), Ties::All);
        let doomed = self.descendants(roots, Ties::All).intersection(&applied);
        if let Some(goal) = goal.filter(|goal| doomed.is_empty() && !standing.contains(goal)) {
            return Err(self.not_on_the_way(goal, &standing, &applied));
        }
        let mut rows = RowKeeper::downward(self, &standing, &applied);
        Ok(doomed.iter().rev().map(|index| rows.down(index)).collect())
    }

    /// The revisions that an upgrade has to reach.
    pub(super) fn upgrade_goals(
        &self,
        standing: &[Index],
        target: &Target,
        past_the_end: PastTheEnd,
    ) -> Result<Vec<Index>, GraphError> {
        let Some(steps) = target.offset else {
            return self.named_by(target);
        };
        let walk = match target.symbol {
            None if steps <= 0 => return Err(wrong_direction(target.text, "an upgrade goes up")),
            None => self.walk_upward(self.start_upward(standing, target)?, steps, target)?,
            Some(symbol) if steps > 0 => self.walk(self.point(None, symbol)?, steps, target.label)?,
            Some(symbol) => self.walk(self.point(target.label, symbol)?, steps, None)?,
        };
        match walk {
            Walk { missing, .. } if missing > 0 && past_the_end == PastTheEnd::Refuse => {
                Err(self.past_the_end(target.text, &walk))
            }
            Walk { place: None, .. } if past_the_end == PastTheEnd::Refuse => {
                Err(wrong_direction(target.text, "that is the base, and an upgrade goes up"))
            }
            Walk { place, .. } => Ok(place.into_iter().collect()),
        }
    }

    /// `+N`. From nothing it counts through the only base there is; among several layers, that is the one that depends on
    /// no other.
    fn walk_upward(&self, start: Option<Index>, steps: i64, target: &Target) -> Result<Walk, GraphError> {
        if start.is_none() && target.label.is_none() && self.layers.len() > 1 {
            let grounds = self.indices(|links| links.before.is_empty());
            if let [ground] = grounds.as_slice() {
                return self.walk(Some(*ground), steps - 1, None);
            }
        }
        self.walk(start, steps, target.label)
    }

    /// The rows that nothing applied in another layer depends on: where the database stands as a whole. Within a layer
    /// no row lies below another, so that there these are all of them.
    fn uppermost(&self, standing: &[Index]) -> Vec<Index> {
        let below = standing.iter().flat_map(|&index| self.below(index, Ties::All));
        let covered = self.ancestors(below, Ties::All);
        standing
            .iter()
            .copied()
            .filter(|&index| !covered.contains(index))
            .collect()
    }

    /// Where `+N` counts from: the one row, or the last revision of the branch that is applied; `None` is the base.
    fn start_upward(&self, standing: &[Index], target: &Target) -> Result<Option<Index>, GraphError> {
        let mut starts = if target.label.is_some() {
            standing.to_vec()
        } else {
            self.uppermost(standing)
        };
        if let Some(label) = target.label {
            let lineage = self.lineage(&self.branch(label)?, Ties::Lineage);
            starts.retain(|&index| lineage.contains(index));
            if starts.is_empty() {
                let applied = self.ancestors(standing.iter().copied(), Ties::All);
                starts = self.tips(&applied.intersection(&lineage));
            }
        }
        match starts.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            several => Err(self.several_starts(target, several, "+1")),
        }
    }

    /// The members above which there are no others.
    ///
    /// A dependency that one of the dependent's ancestors has as well does not count for the dependent, as in Alembic.
    fn tips(&self, members: &NodeSet) -> Vec<Index> {
        let is_tip = |index: &Index| {
            let links = &self.links[*index as usize];
            if links.children.iter().any(|&child| members.contains(child)) {
                return false;
            }
            // Both lists are in the canonical order, as they were filled in it.
            let is_child = |index: &Index| links.children.binary_search(index).is_ok();
            let dependents: Vec<Index> = links.after.iter().copied().filter(|after| !is_child(after)).collect();
            if dependents.len() < 2 {
                return !dependents.iter().any(|&dependent| members.contains(dependent));
            }
            let continuing = dependents
                .iter()
                .flat_map(|&dependent| self.above(dependent, Ties::Lineage));
            let repeated = self.descendants(continuing, Ties::Lineage);
            !dependents
                .iter()
                .any(|&dependent| members.contains(dependent) && !repeated.contains(dependent))
        };
        members.iter().filter(is_tip).collect()
    }

    /// Where a downgrade ends, and which branch it is confined to where the way divides.
    fn landing(&self, standing: &[Index], target: &Target) -> Result<Landing, GraphError> {
        let mut branch = match target.label {
            Some(label) => Some(self.branch(label)?),
            None => None,
        };
        let walk = match (target.symbol, target.offset) {
            (Some(symbol), None) => Walk {
                place: self.point(self.layers_apart(target), symbol)?,
                missing: 0,
            },
            (None, None) => Walk {
                place: None,
                missing: 0,
            },
            (None, Some(steps)) if steps >= 0 => {
                return Err(wrong_direction(target.text, "a downgrade goes down"));
            }
            (None, Some(steps)) => {
                let start = self.start_downward(standing, target)?;
                branch.get_or_insert_with(|| vec![start]);
                self.walk(Some(start), steps, None)?
            }
            (Some(symbol), Some(steps)) if steps >= 0 => {
                let walk = self.walk(self.point(None, symbol)?, steps, target.label)?;
                if walk.place.is_none() {
                    return Err(self.past_the_end(target.text, &walk));
                }
                walk
            }
            (Some(symbol), Some(steps)) => self.walk(self.point(target.label, symbol)?, steps, None)?,
        };
        if walk.missing > 0 {
            return Err(self.past_the_end(target.text, &walk));
        }
        Ok(Landing {
            goal: walk.place,
            branch,
        })
    }

    /// The branch that a named place has to be on. Alembic asks that of an upgrade only, and undoes what the place is in
    /// whatever the label says; among several layers that could be somebody else's tables.
    fn layers_apart<'t>(&self, target: &Target<'t>) -> Option<&'t str> {
        target.label.filter(|_| self.layers.len() > 1)
    }

    /// Refuses a `-N` that could count from several heads. Alembic takes the first that the database tells, warns, and means
    /// to refuse it one day; what is undone loses rows, so it is refused here wherever a database is changed.
    ///
    /// # Errors
    /// `G009` where several rows are heads of what is applied.
    pub fn refuse_several_starts(&self, rows: &Rows, target: &str) -> Result<(), GraphError> {
        let (standing, target) = (self.standing(rows)?, self.parse(target)?);
        let counts_from_rows = target.label.is_none() && target.symbol.is_none();
        if !counts_from_rows || target.offset.is_none_or(|steps| steps >= 0) {
            return Ok(());
        }
        match self.uppermost(&standing).as_slice() {
            [] | [_] => Ok(()),
            several => Err(self.several_starts(&target, several, "-1")),
        }
    }

    /// The row that `-N` counts from.
    fn start_downward(&self, standing: &[Index], target: &Target) -> Result<Index, GraphError> {
        let Some(label) = target.label else {
            let layer = |index: &Index| self.links[*index as usize].layer;
            return match self.uppermost(standing).as_slice() {
                [] => Err(nothing_applied(target.text, "")),
                [first, rest @ ..] if rest.iter().all(|other| layer(other) == layer(first)) => Ok(*first),
                several => Err(self.several_starts(target, several, "-1")),
            };
        };
        let lineage = self.lineage(&self.branch(label)?, Ties::Lineage);
        let mut starts = standing.to_vec();
        starts.retain(|&index| lineage.contains(index));
        if starts.is_empty() {
            // All of the branch may be applied because something of another branch depends on it.
            let applied = self.ancestors(standing.iter().copied(), Ties::All);
            let is_last = |index: &Index| !self.above(*index, Ties::Lineage).any(|child| applied.contains(child));
            starts = applied
                .iter()
                .filter(is_last)
                .filter(|&index| lineage.contains(index))
                .collect();
        }
        match starts.as_slice() {
            [] => Err(nothing_applied(target.text, label)),
            [one] => Ok(*one),
            several => Err(self.several_starts(target, several, "-1")),
        }
    }

    pub(super) fn refuse_overlapping_goals(&self, goals: &[Index], target: &Target) -> Result<(), GraphError> {
        self.refuse_overlap(
            goals,
            Ties::SharedRows,
            &format!("`{}` asks for several revisions:", target.text),
            "Ask for `{upper}` alone.",
        )
    }

    fn several_starts(&self, target: &Target, several: &[Index], steps: &str) -> GraphError {
        let at = choice(self.ids(several));
        let message = format!("`{}` could start from {at}, where the database stands", target.text);
        let one = several
            .first()
            .map_or("", |&index| self.nodes[index as usize].layer.as_str());
        let help = match (target.label, self.layers.len()) {
            (None, 2..) => format!("Name the branch, as in `{one}@{steps}`, or the revision to go to."),
            _ => "Name the revision to go to.".to_owned(),
        };
        GraphError::new(codes::RELATIVE_TARGET, message)
            .help(help)
            .about(self.ids(several))
    }

    fn nothing_on_branch(&self, goal: Option<Index>, target: &Target) -> GraphError {
        let label = target.label.unwrap_or_default();
        let place = goal.map_or_else(|| "the base".to_owned(), |index| format!("`{}`", self.id(index)));
        let message = format!(
            "nothing directly above {place} leads to `{label}`, the branch that `{}` names",
            target.text
        );
        GraphError::new(codes::NOT_ON_BRANCH, message)
            .help("Name the revision to go down to without a branch.")
            .about(goal.map(|index| self.id(index)))
    }

    fn not_on_the_way(&self, goal: Index, standing: &[Index], applied: &NodeSet) -> GraphError {
        let id = self.id(goal);
        let at = list(self.ids(standing));
        let message = match (standing, applied.contains(goal)) {
            ([], _) => format!("cannot go down to `{id}`: nothing is applied"),
            (_, false) => format!("cannot go down to `{id}`: it is not applied, and the database stands at {at}"),
            (_, true) => format!("cannot go down to `{id}`: nothing above it is applied but what depends on it"),
        };
        let help = if applied.contains(goal) {
            "Go down in the branch that depends on it.".to_owned()
        } else {
            format!("Use `upgrade {id}` if it is to be applied.")
        };
        GraphError::new(codes::NOT_IN_RANGE, message).help(help).about([id])
    }
}

/// What becomes of a relative target that leads past the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PastTheEnd {
    /// It is an error.
    Refuse,
    /// It means the end.
    Stop,
}

/// Where a downgrade ends.
struct Landing {
    /// The revision that stays; `None` is the base.
    goal: Option<Index>,
    /// What it is confined to.
    branch: Option<Vec<Index>>,
}

fn wrong_direction(text: &str, why: &str) -> GraphError {
    GraphError::new(codes::RELATIVE_TARGET, format!("`{text}` leads the wrong way: {why}"))
        .help("Use `+N` with `upgrade` and `-N` with `downgrade`, or name the revision to go to.")
}

fn nothing_applied(text: &str, label: &str) -> GraphError {
    let what = if label.is_empty() {
        "nothing".to_owned()
    } else {
        format!("nothing of `{label}`")
    };
    GraphError::new(
        codes::RELATIVE_TARGET,
        format!("`{text}` has nowhere to start: {what} is applied"),
    )
    .help("Look at where the database stands with `current`.")
}
