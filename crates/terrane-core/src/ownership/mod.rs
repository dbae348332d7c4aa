//! Which layer owns what, and what a step may touch.
//!
//! Every object has one owner: the layer whose revision created it. Dependents of a table are owned with it. The rule is
//! asked twice: here, of the ops that a revision's statements are read as, before anything runs; and by the executor,
//! of the server, before a revision commits.

mod hanging;
mod judge;
mod neighbours;
mod project;

pub use crate::op::owning_table;
pub use hanging::speaks_of;
pub use judge::{Breach, Fault, OWN_TABLES, extension_help};
pub use project::{Projection, objects, project};

use crate::graph::RevisionId;
use crate::name::{LayerName, ObjectName};
use crate::op::{Manner, ObjectKind, Op, as_text};
use crate::schema::{Sequence, Unmodelled};
use std::collections::{BTreeMap, BTreeSet};

/// Who owns an object, and since when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner {
    /// The layer.
    pub layer: LayerName,
    /// The revision that created it; none, if it was adopted.
    pub created_by: Option<RevisionId>,
}

/// An object that is owned by itself: its kind and name. Tables and views share their names.
pub type ObjectKey = (ObjectKind, ObjectName);

/// Who owns what, and which layers build on which.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ownership {
    objects: BTreeMap<ObjectKey, Owner>,
    /// How many of them each layer has, if any.
    counts: BTreeMap<LayerName, usize>,
    requires: BTreeMap<LayerName, BTreeSet<LayerName>>,
    /// Layers that the database has and the configuration does not.
    strangers: BTreeSet<LayerName>,
}

/// A change of who owns what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OwnershipChange {
    /// The object is the layer's from now on.
    Take(ObjectKey),
    /// The object is nobody's from now on, since it is gone.
    Release(ObjectKey),
    /// The object was there all along, and is from now on the owner's that the history tells of.
    Settle(ObjectKey, Owner),
}

impl OwnershipChange {
    /// The object that it is about.
    pub fn key(&self) -> &ObjectKey {
        match self {
            OwnershipChange::Take(key) | OwnershipChange::Release(key) | OwnershipChange::Settle(key, _) => key,
        }
    }
}

impl Ownership {
    /// Nothing is owned; layers require what `requires` says, directly or by way of others.
    pub fn new(requires: impl IntoIterator<Item = (LayerName, Vec<LayerName>)>) -> Ownership {
        let direct: BTreeMap<LayerName, Vec<LayerName>> = requires.into_iter().collect();
        let mut closed = BTreeMap::new();
        for layer in direct.keys() {
            let mut reached = BTreeSet::new();
            let mut pending = vec![layer];
            while let Some(next) = pending.pop() {
                for required in direct.get(next).into_iter().flatten() {
                    if reached.insert(required.clone()) {
                        pending.push(required);
                    }
                }
            }
            closed.insert(layer.clone(), reached);
        }
        Ownership {
            objects: BTreeMap::new(),
            counts: BTreeMap::new(),
            requires: closed,
            strangers: BTreeSet::new(),
        }
    }

    /// Adds a layer that the database has, if it is not known. What it requires is not known either: it may build on all
    /// that is.
    pub fn add_stranger(&mut self, layer: &LayerName) {
        if !self.requires.contains_key(layer) {
            let known = self.requires.keys().filter(|known| !self.strangers.contains(*known));
            let known = known.cloned().collect();
            self.requires.insert(layer.clone(), known);
            self.strangers.insert(layer.clone());
        }
    }

    /// Whether a layer is another configuration's.
    pub fn is_stranger(&self, layer: &LayerName) -> bool {
        self.strangers.contains(layer)
    }

    /// The owner of an object.
    pub fn owner(&self, kind: ObjectKind, name: &ObjectName) -> Option<&Owner> {
        self.objects.get(&self.known((kind, name.clone())))
    }

    /// The key under which an object is in the books. A routine may be there without the types of its arguments, since
    /// reading a revision does not tell how the server names them.
    fn known(&self, key: ObjectKey) -> ObjectKey {
        if key.0 != ObjectKind::Routine || self.objects.contains_key(&key) {
            return key;
        }
        let bare = key.1.without_arguments().map(|bare| (ObjectKind::Routine, bare));
        bare.filter(|bare| self.objects.contains_key(bare)).unwrap_or(key)
    }

    /// The owner of what shares its name with tables: a table, a view, a sequence, or something like a table that has no
    /// model.
    pub fn owner_of_relation(&self, name: &ObjectName) -> Option<&Owner> {
        let kinds = [
            ObjectKind::Table,
            ObjectKind::View,
            ObjectKind::Sequence,
            ObjectKind::Other,
        ];
        kinds.into_iter().find_map(|kind| self.owner(kind, name))
    }

    /// The owner of something that has no model; a dependent of a relation is owned with it.
    pub fn owner_of_unmodelled(&self, other: &Unmodelled) -> Option<&Owner> {
        let own = self.owner(ObjectKind::Other, &other.name);
        own.or_else(|| self.owner_of_relation(&hanging::owning_relation(other)?))
    }

    /// The owner of a sequence; one that a column owns is its table's, however it was made.
    pub fn owner_of_sequence(&self, sequence: &Sequence) -> Option<&Owner> {
        let of_table = owning_table(sequence).and_then(|table| self.owner(ObjectKind::Table, &table));
        of_table.or_else(|| self.owner(ObjectKind::Sequence, &sequence.name))
    }

    /// What is owned, by kind and name.
    pub fn objects(&self) -> impl Iterator<Item = (&ObjectKey, &Owner)> {
        self.objects.iter()
    }

    /// Whether `layer` may refer to what `other` owns.
    pub fn may_refer(&self, layer: &LayerName, other: &LayerName) -> bool {
        layer == other
            || self
                .requires
                .get(layer)
                .is_some_and(|required| required.contains(other))
    }

    /// The layers that `layer` requires, directly or by way of others.
    pub fn required(&self, layer: &LayerName) -> impl Iterator<Item = &LayerName> {
        self.requires.get(layer).into_iter().flatten()
    }

    /// Gives an object to a layer.
    pub fn give(&mut self, key: ObjectKey, owner: Owner) {
        *self.counts.entry(owner.layer.clone()).or_default() += 1;
        if let Some(before) = self.objects.insert(key, owner) {
            self.count_down(&before.layer);
        }
    }

    fn count_down(&mut self, layer: &LayerName) {
        if let Some(count) = self.counts.get_mut(layer) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(layer);
            }
        }
    }

    /// Takes an object that is gone out of the books.
    pub fn release(&mut self, key: &ObjectKey) {
        if let Some(before) = self.objects.remove(key) {
            self.count_down(&before.layer);
        }
    }

    /// Whether some layer other than `layer` owns anything.
    pub fn others_own(&self, layer: &LayerName) -> bool {
        self.counts.keys().any(|owner| owner != layer)
    }

    /// Makes a change that a step of `layer` stands for.
    pub fn change(&mut self, change: &OwnershipChange, layer: &LayerName, revision: Option<&RevisionId>) {
        match change {
            OwnershipChange::Take(key) => {
                let owner = Owner {
                    layer: layer.clone(),
                    created_by: revision.cloned(),
                };
                self.give(key.clone(), owner);
            }
            OwnershipChange::Release(key) => self.release(key),
            OwnershipChange::Settle(key, owner) => self.give(key.clone(), owner.clone()),
        }
    }

    /// Carries an op of a layer's revision into the books, and says what changed in them.
    pub fn record(&mut self, op: &Op, layer: &LayerName, revision: &RevisionId) -> Vec<OwnershipChange> {
        let mut changes = Vec::new();
        for touch in op.touches() {
            if matches!(touch.kind, ObjectKind::Index | ObjectKind::Trigger) {
                continue;
            }
            let key = (touch.kind, touch.name);
            // `CREATE OR REPLACE` makes what is not there yet, and a layer's revision says what it is from then on.
            let is_made = matches!(op, Op::ReplaceRoutine(_)) && self.owner(key.0, &key.1).is_none();
            match touch.manner {
                Manner::Alter if is_made => {
                    let change = OwnershipChange::Take(key);
                    self.change(&change, layer, Some(revision));
                    changes.push(change);
                }
                Manner::Create => {
                    let owner = Owner {
                        layer: layer.clone(),
                        created_by: Some(revision.clone()),
                    };
                    self.give(key.clone(), owner);
                    changes.push(OwnershipChange::Take(key));
                }
                Manner::Drop => {
                    // A virtual table goes by DROP TABLE too, and every type by DROP TYPE.
                    let other = (ObjectKind::Other, other_name(&key));
                    let is_other =
                        matches!(key.0, ObjectKind::Table | ObjectKind::Enum) && !self.objects.contains_key(&key);
                    let key = if is_other && self.objects.contains_key(&other) {
                        other
                    } else {
                        self.known(key)
                    };
                    self.release(&key);
                    changes.push(OwnershipChange::Release(key));
                }
                Manner::Alter | Manner::Refer | Manner::Rows => {}
            }
        }
        changes
    }
}

/// What a thing without a model is called in the books, if that is what a key means.
fn other_name((kind, name): &ObjectKey) -> ObjectName {
    match kind {
        ObjectKind::Enum => as_text(name),
        _ => name.clone(),
    }
}
