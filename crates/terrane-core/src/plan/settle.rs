//! What a stamp has to say about owners.

use super::DatabaseState;
use crate::graph::RevisionId;
use crate::op::ObjectKind;
use crate::ownership::{ObjectKey, Ownership, OwnershipChange};
use crate::schema::Schema;
use std::collections::BTreeSet;

/// The changes of owners that come with saying that just the revisions in `applied` are applied. `replayed` is what their
/// history says of owners, `books` what the database holds and the ledger knows.
///
/// What is there and nobody's goes to the layer whose history made it. What belongs to a revision that no longer counts
/// becomes nobody's; what was adopted stays where it is, and so does what belongs to a layer of another configuration.
pub fn settle(replayed: &Ownership, applied: &[RevisionId], books: &DatabaseState) -> Vec<OwnershipChange> {
    let applied: BTreeSet<&RevisionId> = applied.iter().collect();
    let gone = |created_by: Option<&RevisionId>| created_by.is_some_and(|id| !applied.contains(id));
    let released = books
        .ownership
        .objects()
        .filter(|(_, owner)| gone(owner.created_by.as_ref()) && !books.ownership.is_stranger(&owner.layer))
        .map(|(key, _)| key);
    let released: BTreeSet<&ObjectKey> = released.collect();
    let free = |key: &ObjectKey| released.contains(key) || books.ownership.owner(key.0, &key.1).is_none();
    let taken: Vec<OwnershipChange> = replayed
        .objects()
        .filter(|(key, _)| holds(&books.schema, key) && free(key))
        .map(|(key, owner)| OwnershipChange::Settle(key.clone(), owner.clone()))
        .collect();
    let kept: BTreeSet<&ObjectKey> = taken.iter().map(OwnershipChange::key).collect();
    let mut changes: Vec<OwnershipChange> = released
        .into_iter()
        .filter(|key| !kept.contains(key))
        .map(|key| OwnershipChange::Release(key.clone()))
        .collect();
    changes.extend(taken);
    changes
}

fn holds(schema: &Schema, (kind, name): &ObjectKey) -> bool {
    match kind {
        ObjectKind::Table => schema.tables.contains_key(name),
        ObjectKind::View => schema.views.contains_key(name),
        ObjectKind::Enum => schema.enums.contains_key(name),
        ObjectKind::Sequence => schema.sequences.contains_key(name),
        ObjectKind::Routine => schema.routine(name).is_some(),
        ObjectKind::Other => schema.unmodelled.contains_key(name),
        ObjectKind::Index | ObjectKind::Trigger => false,
    }
}
