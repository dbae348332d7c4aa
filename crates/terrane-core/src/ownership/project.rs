//! A layer's share of a schema, cut out before anything is compared.

use super::hanging::owning_relation;
use super::{ObjectKey, Ownership, owning_table};
use crate::name::{LayerName, ObjectName};
use crate::op::ObjectKind;
use crate::schema::{Schema, Unmodelled};
use std::collections::{BTreeMap, BTreeSet};

/// A layer's share of a database.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Projection {
    /// What the layer owns, and what its models declare and nobody owns.
    pub schema: Schema,
    /// What nobody owns and the models do not declare: seen, and left alone.
    pub unowned: Vec<(ObjectKind, ObjectName)>,
}

/// Cuts the share of `layer` out of what a database holds; `declared` is what its models say should be. A table that is gone from the models is still the layer's, so
/// that its removal is noticed; a table that is in the models and has no owner was there before Terrane came.
pub fn project(
    database: &Schema,
    layer: &LayerName,
    declared: &BTreeSet<ObjectKey>,
    ownership: &Ownership,
) -> Projection {
    let mut projection = Projection::default();
    let mut unowned = Vec::new();
    let schema = &mut projection.schema;
    let mut cut = Cut {
        layer,
        declared,
        ownership,
        unowned: &mut unowned,
    };
    schema.edges = database.edges.clone();
    schema.tables = cut.part(ObjectKind::Table, &database.tables);
    schema.views = cut.part(ObjectKind::View, &database.views);
    schema.enums = cut.part(ObjectKind::Enum, &database.enums);
    let (of_columns, alone): (BTreeMap<_, _>, BTreeMap<_, _>) = database
        .sequences
        .iter()
        .map(|(name, sequence)| (name.clone(), sequence.clone()))
        .partition(|(_, sequence)| owning_table(sequence).is_some_and(|table| database.tables.contains_key(&table)));
    schema.sequences = cut.part(ObjectKind::Sequence, &alone);
    let mine = of_columns
        .into_iter()
        .filter(|(_, sequence)| owning_table(sequence).is_some_and(|table| schema.tables.contains_key(&table)));
    schema.sequences.extend(mine);
    schema.routines = cut.part(ObjectKind::Routine, &database.routines);
    let (hanging, alone): (BTreeMap<_, _>, BTreeMap<_, _>) = database
        .unmodelled
        .iter()
        .map(|(name, other)| (name.clone(), other.clone()))
        .partition(|(_, other)| owning_relation(other).is_some());
    schema.unmodelled = cut.part(ObjectKind::Other, &alone);
    let of_share = |other: &Unmodelled| {
        let is_nobodys = ownership.owner_of_unmodelled(other).is_none();
        // The models may say it of something that is nobody's.
        let is_claimed = is_nobodys && declared.contains(&(ObjectKind::Other, other.name.clone()));
        let holder = owning_relation(other);
        is_claimed
            || holder.is_some_and(|name| {
                schema.tables.contains_key(&name)
                    || schema.views.contains_key(&name)
                    || schema.unmodelled.contains_key(&name)
            })
    };
    let (mine, others): (Vec<_>, Vec<_>) = hanging.into_iter().partition(|(_, other)| of_share(other));
    schema.unmodelled.extend(mine);
    let nobodys = others
        .into_iter()
        .filter(|(_, other)| ownership.owner_of_unmodelled(other).is_none());
    unowned.extend(nobodys.map(|(name, _)| (ObjectKind::Other, name)));
    projection.unowned = unowned;
    projection
}

/// Whatever in a schema is owned by itself.
pub fn objects(schema: &Schema) -> BTreeSet<ObjectKey> {
    fn of<T>(kind: ObjectKind, all: &BTreeMap<ObjectName, T>) -> impl Iterator<Item = ObjectKey> {
        all.keys().map(move |name| (kind, name.clone()))
    }
    of(ObjectKind::Table, &schema.tables)
        .chain(of(ObjectKind::View, &schema.views))
        .chain(of(ObjectKind::Enum, &schema.enums))
        .chain(of(ObjectKind::Sequence, &schema.sequences))
        .chain(of(ObjectKind::Routine, &schema.routines))
        .chain(of(ObjectKind::Other, &schema.unmodelled))
        .collect()
}

struct Cut<'a> {
    layer: &'a LayerName,
    declared: &'a BTreeSet<ObjectKey>,
    ownership: &'a Ownership,
    unowned: &'a mut Vec<(ObjectKind, ObjectName)>,
}

impl Cut<'_> {
    fn part<T: Clone>(&mut self, kind: ObjectKind, all: &BTreeMap<ObjectName, T>) -> BTreeMap<ObjectName, T> {
        let mut part = BTreeMap::new();
        for (name, value) in all {
            let is_mine = match self.ownership.owner(kind, name) {
                Some(owner) => owner.layer == *self.layer,
                None => {
                    let bare = (kind == ObjectKind::Routine)
                        .then(|| name.without_arguments())
                        .flatten();
                    let mut names = [Some(name.clone()), bare].into_iter().flatten();
                    let declared = names.any(|name| self.declared.contains(&(kind, name)));
                    if !declared {
                        self.unowned.push((kind, name.clone()));
                    }
                    declared
                }
            };
            if is_mine {
                part.insert(name.clone(), value.clone());
            }
        }
        part
    }
}
