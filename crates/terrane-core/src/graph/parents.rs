//! What a new revision continues.

use super::error::list;
use super::set::{Index, Ties};
use super::{Graph, GraphError, Node};
use crate::diagnostic::codes;

/// Whether a new revision may start a branch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Splice {
    /// It continues heads only.
    Refuse,
    /// It may continue any revision, and so part the line there.
    Allow,
}

impl Graph {
    /// The revisions that a new one is to continue, in the canonical order: one as a rule, several for a merge, none
    /// for a base. Each of `places` is a name as in [`Graph::resolve`]; one that is named twice counts once.
    ///
    /// # Errors
    /// Those of [`Graph::resolve`]; `G013` where a revision is no head, unless a branch is wanted; `G011` where one of
    /// them lies below another, so that there is nothing to merge.
    pub fn parents_for(&self, places: &[&str], splice: Splice) -> Result<Vec<&Node>, GraphError> {
        let mut parents: Vec<Index> = Vec::new();
        for place in places {
            parents.extend(self.named_by(&self.parse(place)?)?);
        }
        parents.sort_unstable();
        parents.dedup();
        let continued = |index: &&Index| !self.links[**index as usize].children.is_empty();
        if let Some(&parent) = parents.iter().find(continued).filter(|_| splice == Splice::Refuse) {
            return Err(self.not_a_head(parent));
        }
        self.refuse_overlap(
            &parents,
            Ties::Lineage,
            "the revisions to continue,",
            "Continue `{upper}` alone.",
        )?;
        Ok(parents.iter().map(|&index| &self.nodes[index as usize]).collect())
    }

    fn not_a_head(&self, index: Index) -> GraphError {
        let id = self.id(index);
        let children: Vec<Index> = self.links[index as usize].children.clone();
        let message = format!(
            "revision `{id}` is no head: it is continued by {}",
            list(self.ids(&children))
        );
        GraphError::new(codes::NOT_A_HEAD, message)
            .help("Continue a head, or ask for a branch with `--splice`.")
            .about([id])
    }
}
