//! Which relations of a database have to be read, where not all of them matter.

use crate::history::History;
use crate::models::Models;
use crate::words::Words;
use std::collections::BTreeSet;
use terrane_core::graph::Step;
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{ObjectKey, Ownership};

/// What of a database matters to a layer's models, or to revisions that are about to run.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// Layers all of whose objects matter.
    layers: BTreeSet<LayerName>,
    declared: BTreeSet<ObjectKey>,
    mentions: Words,
    /// Whether what depends on these matters as well.
    pub(crate) with_dependents: bool,
}

impl Share {
    /// What is the layer's, and what its models declare or could refer to.
    pub(crate) fn of_models(layer: &LayerName, models: &Models) -> Share {
        Share {
            layers: BTreeSet::from([layer.clone()]),
            declared: models.declares(),
            mentions: models.mentions(),
            with_dependents: false,
        }
    }

    /// The same with tables that are declared elsewhere.
    pub(crate) fn with_tables(mut self, tables: impl IntoIterator<Item = ObjectName>) -> Share {
        let tables = tables.into_iter().map(|table| (ObjectKind::Table, table));
        self.declared.extend(tables);
        self
    }

    /// What the files of those steps name, and what depends on it. Of a layer with a revision that does more than its
    /// statements tell (a call, a block, rows that set off triggers), all objects.
    pub(crate) fn of_steps(history: &History, steps: &[Step], does_more: impl Fn(&Step) -> bool) -> Share {
        let mut share = Share {
            layers: BTreeSet::new(),
            declared: BTreeSet::new(),
            mentions: Words::default(),
            with_dependents: true,
        };
        for step in steps {
            let file = step.revision.as_ref().and_then(|id| history.files.get(id));
            if let Some(file) = file {
                share.mentions.add(file.source.text());
            }
            if does_more(step) {
                share.layers.insert(step.layer.clone());
            }
        }
        share
    }

    /// Whether it matters to a file which tables have rows: it says something that is done otherwise there.
    pub(crate) fn minds_rows(&self) -> bool {
        ["concurrently", "valid"]
            .iter()
            .any(|word| self.mentions.all().contains(*word))
    }

    /// The words that could name something.
    pub(crate) fn words(&self) -> &BTreeSet<String> {
        self.mentions.all()
    }

    /// Whether a relation is a layer's of these, or nobody's and declared, or one that is mentioned.
    pub(crate) fn wants(&self, ownership: &Ownership, kind: ObjectKind, name: &ObjectName) -> bool {
        let is_mine = match ownership.owner(kind, name) {
            Some(owner) => self.layers.contains(&owner.layer),
            None => self.declared.contains(&(kind, name.clone())),
        };
        is_mine || self.mentions.mention(name)
    }
}
