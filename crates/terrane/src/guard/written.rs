//! Rows of other layers that a step wrote. Nothing forbids them: they are warned of, written into the ledger, and refused where
//! the configuration says so.

use std::fmt;
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{Owner, Ownership};
use terrane_core::plan::PlanStep;

/// What was written of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Writing {
    /// Rows of a table.
    Rows,
    /// Where a sequence goes on.
    Sequence,
}

/// Something of another layer's of which a step wrote.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Written {
    pub(crate) what: Writing,
    pub(crate) name: ObjectName,
    pub(crate) owner: LayerName,
}

impl Written {
    /// That, if it is another layer's than the step's. `of` is the relation that it belongs to.
    pub(crate) fn of_other(
        what: Writing,
        name: ObjectName,
        of: &ObjectName,
        step: &PlanStep,
        ownership: &Ownership,
    ) -> Option<Written> {
        let (name, owner) = match ownership.owner_of_relation(of) {
            Some(owner) => (name, owner),
            None => of_virtual(of, ownership)?,
        };
        let owner = owner.layer.clone();
        (owner != step.layer).then_some(Written { what, name, owner })
    }

    /// What a step of that layer does.
    pub(crate) fn message(&self, layer: &LayerName) -> String {
        let Written { what, name, owner } = self;
        let does = match what {
            Writing::Rows => "writes rows of table",
            Writing::Sequence => "moves sequence",
        };
        format!("layer `{layer}` {does} `{name}`, which belongs to layer `{owner}`")
    }
}

/// As the ledger keeps it.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            Writing::Rows => "",
            Writing::Sequence => "sequence ",
        };
        write!(f, "{what}{} ({})", self.name, self.owner)
    }
}

/// A virtual table keeps its rows in tables that begin with its name (sqlite.org/vtab.html, section 1.4): the one that keeps
/// rows there, and its owner.
fn of_virtual<'o>(name: &ObjectName, ownership: &'o Ownership) -> Option<(ObjectName, &'o Owner)> {
    let text = name.name.key();
    let parts = text.match_indices('_').map(|(at, _)| &text[..at]);
    ownership
        .objects()
        .filter(|((kind, _), _)| *kind == ObjectKind::Other)
        .find(|((_, whole), _)| parts.clone().any(|part| part == whole.name.key()))
        .map(|((_, whole), owner)| (whole.clone(), owner))
}
