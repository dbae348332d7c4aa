//! What of other layers a scratch database needs, so that models which refer to it can be made there.

use crate::database::Database;
use crate::error::Result;
use crate::models::Models;
use terrane_core::name::ObjectName;
use terrane_core::schema::{Attributes, ConstraintKind, Expr, Schema, Sequence, Table, Unmodelled};

/// The tables of others that the models mention, with their keys and nothing that refers further, and views as such tables;
/// the sequences and routines that they mention; and the types of it all.
pub(crate) async fn stubs(database: &mut Database<'_>, models: &Models, others: &Schema) -> Result<Schema> {
    let mut words = models.mentions();
    let mut stubs = Schema::new();
    let tables = others.tables.values().filter(|table| words.mention(&table.name));
    stubs.tables = tables.map(|table| (table.name.clone(), stub(table))).collect();
    let foreign = others.unmodelled.values().filter(|other| other.kind == "foreign table");
    let views = others.views.keys().chain(foreign.map(|other| &other.name));
    let views: Vec<ObjectName> = views.filter(|name| words.mention(name)).cloned().collect();
    for table in database.columns_of(&views).await? {
        stubs.tables.insert(table.name.clone(), table);
    }
    let sequences = others
        .sequences
        .values()
        .filter(|sequence| words.mention(&sequence.name));
    stubs.sequences = sequences
        .map(|sequence| {
            // Whom it belongs to may be no stub, and what it counts in says nothing.
            let options = Expr::new("", "");
            let name = sequence.name.clone();
            (name.clone(), Sequence { name, options })
        })
        .collect();
    let routines = others.routines.values().filter(|routine| words.mention(&routine.name));
    stubs.routines = routines
        .map(|routine| (routine.name.clone(), routine.clone()))
        .collect();
    for table in stubs.tables.values() {
        table.columns.iter().for_each(|column| words.add(column.ty.as_str()));
    }
    for routine in stubs.routines.values() {
        words.add(routine.definition.as_str());
    }
    // A type may be made of another.
    loop {
        let known = stubs.enums.len() + stubs.unmodelled.len();
        let enums = others.enums.values().filter(|ty| words.mention(&ty.name));
        stubs.enums = enums.map(|ty| (ty.name.clone(), ty.clone())).collect();
        let is_type = |other: &Unmodelled| ["collation", "domain", "type"].contains(&other.kind.as_str());
        let types = others
            .unmodelled
            .values()
            .filter(|other| is_type(other) && words.mention(&other.name));
        stubs.unmodelled = types.map(|other| (other.name.clone(), other.clone())).collect();
        if known == stubs.enums.len() + stubs.unmodelled.len() {
            return Ok(stubs);
        }
        for other in stubs.unmodelled.values() {
            words.add(other.definition.as_str());
        }
    }
}

/// A table with its columns and keys, to refer to.
pub(crate) fn stub(table: &Table) -> Table {
    let mut stub = table.clone();
    stub.indexes.clear();
    stub.triggers.clear();
    stub.comment = None;
    stub.attributes = Attributes::default();
    stub.constraints.retain(|constraint| {
        matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
        )
    });
    for constraint in &mut stub.constraints {
        if let ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) = &mut constraint.kind {
            key.attributes = only(&key.attributes, "without overlaps");
        }
    }
    for column in &mut stub.columns {
        column.default = None;
        column.generated = None;
        column.identity = None;
        column.comment = None;
        column.attributes = only(&column.attributes, "collation schema");
    }
    stub
}

fn only(attributes: &Attributes, name: &str) -> Attributes {
    let mut only = Attributes::default();
    only.set(name, attributes.get(name));
    only
}
