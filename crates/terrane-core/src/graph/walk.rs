//! Steps up and down from a revision.

use super::error::choice;
use super::set::{Index, Ties};
use super::{Graph, GraphError};
use crate::diagnostic::codes;

/// Where a walk ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Walk {
    /// The last revision reached; `None` is the base.
    pub(super) place: Option<Index>,
    /// Steps that were left when the graph ended.
    pub(super) missing: i64,
}

impl Graph {
    /// Walks up where `steps` is positive, down where it is negative; `None` is the base, below all revisions.
    ///
    /// On the way up, a branch's name narrows the choice. Where a step could go several ways, that is an error.
    pub(super) fn walk(&self, start: Option<Index>, steps: i64, branch: Option<&str>) -> Result<Walk, GraphError> {
        let lineage = match branch {
            Some(name) if steps > 0 => Some(self.lineage(&self.branch(name)?, Ties::Lineage)),
            _ => None,
        };
        let mut place = start;
        let mut missing = steps.abs();
        while missing > 0 {
            let mut next = match (place, steps > 0) {
                (None, true) => self.indices(|links| links.parents.is_empty()),
                (None, false) => break,
                (Some(index), true) => self.links[index as usize].children.clone(),
                (Some(index), false) => self.links[index as usize].parents.clone(),
            };
            if let Some(lineage) = &lineage {
                next.retain(|&index| lineage.contains(index));
            }
            place = match next.as_slice() {
                [] if steps > 0 => break,
                [] => None,
                [one] => Some(*one),
                several => return Err(self.several_ways(place, several, steps > 0)),
            };
            missing -= 1;
        }
        Ok(Walk { place, missing })
    }

    /// The error for a walk that had steps left.
    pub(super) fn past_the_end(&self, text: &str, walk: &Walk) -> GraphError {
        let end = self.place_name(walk.place);
        let message = format!("`{text}` walks past the end of the history, which is {end}");
        let error = GraphError::new(codes::RELATIVE_TARGET, message).about(walk.place.map(|index| self.id(index)));
        error.help(match walk.place {
            Some(_) => format!("Take {} fewer, or name `head`.", steps(walk.missing)),
            None => format!("Take {} fewer, or name `base`.", steps(walk.missing)),
        })
    }

    /// A branch narrows the way up only: down from a merge, all that it joins is on the branch.
    fn several_ways(&self, place: Option<Index>, several: &[Index], is_up: bool) -> GraphError {
        let from = self.place_name(place);
        let message = format!("a step from {from} could go to {}", choice(self.ids(several)));
        GraphError::new(codes::RELATIVE_TARGET, message)
            .help(match is_up {
                true => "Name the revision to go to, or put the branch before the steps, as in `label@+1`.",
                false => "Name the revision to go to.",
            })
            .about(self.ids(several))
    }

    fn place_name(&self, place: Option<Index>) -> String {
        place.map_or_else(|| "the base".to_owned(), |index| format!("`{}`", self.id(index)))
    }
}

fn steps(count: i64) -> String {
    if count == 1 {
        "one step".to_owned()
    } else {
        format!("{count} steps")
    }
}
