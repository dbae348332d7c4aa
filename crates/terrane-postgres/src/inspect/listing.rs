//! The names of all relations, of which some are then asked for.

use super::ask::all_relations;
use super::cells::{Cells, Read};
use sqlx::postgres::PgRow;
use std::collections::BTreeSet;
use terrane_core::name::ObjectName;
use terrane_core::op::ObjectKind;

/// A relation by its number in the catalog.
pub(super) struct Listed {
    number: u32,
    kind: ObjectKind,
    name: ObjectName,
    /// The table whose column owns it, if it is a sequence with an owner.
    of: Option<u32>,
}

/// Tables, views, foreign tables and sequences; one behind an identity is the column's.
pub(super) fn sql() -> String {
    format!(
        "SELECT c.oid, n.nspname, c.relname, c.relkind, CASE c.relkind WHEN 'S' THEN {} END
       FROM pg_class AS c
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND (c.relkind <> 'S' OR {} IS NULL) AND {}",
        owner("a"),
        owner("i"),
        all_relations()
    )
}

/// The table by whose column a sequence `c` is owned, in that way.
fn owner(way: &str) -> String {
    format!(
        "(SELECT o.refobjid FROM pg_depend AS o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid
            AND o.refclassid = 'pg_class'::regclass AND o.deptype = '{way}' LIMIT 1)"
    )
}

pub(super) fn read(rows: &[PgRow]) -> Read<Vec<Listed>> {
    let mut listed = Vec::new();
    for row in rows {
        let mut cells = Cells::of(row);
        listed.push(Listed {
            number: cells.oid()?,
            name: cells.object()?,
            kind: match cells.text()? {
                "v" | "m" => ObjectKind::View,
                "S" => ObjectKind::Sequence,
                "f" => ObjectKind::Other,
                _ => ObjectKind::Table,
            },
            of: cells.optional()?.and_then(|number| number.parse().ok()),
        });
    }
    Ok(listed)
}

/// Those that are wanted, with the sequences that their columns own; and the rest.
pub(super) fn divide(
    listed: Vec<Listed>,
    wanted: impl Fn(ObjectKind, &ObjectName) -> bool,
) -> (Vec<Listed>, Vec<Listed>) {
    let (picked, rest): (Vec<Listed>, Vec<Listed>) = listed.into_iter().partition(|one| wanted(one.kind, &one.name));
    let numbers = numbers(&picked).into_iter().collect();
    let (owned, rest) = divide_by_number(rest, &numbers);
    (picked.into_iter().chain(owned).collect(), rest)
}

/// Those that have such a number, or belong to a table that has; and the rest.
pub(super) fn divide_by_number(listed: Vec<Listed>, numbers: &BTreeSet<u32>) -> (Vec<Listed>, Vec<Listed>) {
    let is_owned = |one: &Listed| one.of.is_some_and(|table| numbers.contains(&table));
    listed
        .into_iter()
        .partition(|one| numbers.contains(&one.number) || is_owned(one))
}

/// Their numbers in the catalog.
pub(super) fn numbers(listed: &[Listed]) -> Vec<u32> {
    listed.iter().map(|one| one.number).collect()
}

/// The names of the sequences that a column owns.
pub(super) fn of_columns(listed: &[Listed]) -> BTreeSet<ObjectName> {
    let owned = listed.iter().filter(|one| one.of.is_some());
    owned.map(|one| one.name.clone()).collect()
}

/// Their kinds and names.
pub(super) fn names(listed: Vec<Listed>) -> Vec<(ObjectKind, ObjectName)> {
    listed.into_iter().map(|one| (one.kind, one.name)).collect()
}
