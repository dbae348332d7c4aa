//! Making a table anew, because SQLite cannot alter it in place.
//!
//! This is the procedure of sqlite.org/lang_altertable.html, section 7: create, copy, drop, rename, and make again what
//! hung on the table. Around the transaction foreign keys are off, since DROP TABLE would delete the rows of children
//! otherwise ([`crate::conduct`]). Kept are the rows and their rowids, the counter of AUTOINCREMENT, indexes and
//! triggers; what refers to the table from elsewhere does so by name and never notices.
//!
//! Not kept are the statistics of ANALYZE, which DROP TABLE deletes; the next `PRAGMA optimize` gathers them again.

use crate::lower::quoted;
use crate::refuse::unnumberable;
use crate::types::{has_rowid, rowid_alias, rowid_name};
use crate::values::{carried, keep_values};
use std::collections::BTreeSet;
use terrane_core::ddl::{Style, create_table, print, print_index};
use terrane_core::dialect::Refusal;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{Schema, Table};
use terrane_core::sql::{quote_identifier, quote_string};

/// A name for the table while it has another one, which nothing in the schema has.
pub(crate) fn free_name(schema: &Schema, table: &ObjectName, purpose: &str) -> ObjectName {
    let taken = |name: &ObjectName| {
        schema.tables.contains_key(name)
            || schema.views.contains_key(name)
            || schema.unmodelled.contains_key(name)
            || schema.table_of_index(&name.name, None).is_some()
    };
    let name = |number: usize| {
        let suffix = if number == 1 {
            String::new()
        } else {
            format!("_{number}")
        };
        let text = format!("_terrane_{purpose}_{}{suffix}", table.name);
        ObjectName::bare(table.name.sibling(text))
    };
    (1..).map(name).find(|name| !taken(name)).unwrap_or_else(|| name(0))
}

/// The statements that carry out `ops`, all on the table `before`, by way of the name `aside`. An error comes with the
/// position of the op.
pub(crate) fn rebuild(before: &Table, aside: &ObjectName, ops: &[Op]) -> Result<Vec<String>, (usize, Refusal)> {
    let after = altered(before, ops)?;
    let last = ops.len().saturating_sub(1);
    if let Some(refusal) = unnumberable(&after) {
        return Err((last, refusal));
    }
    if after.columns.iter().all(|column| column.generated.is_some()) {
        let reason = format!("`{}` would have no column of its own left", before.name);
        return Err((last, Refusal::new(reason).help("Drop the table.")));
    }
    let copy = copy(before, &after, aside, ops).ok_or_else(|| {
        let reason = format!("nothing of the rows of `{}` would be left", before.name);
        (last, Refusal::new(reason).help("Drop the table and create it anew."))
    })?;
    let mut statements = keep_values(before, &after);
    statements.extend([create_under(&after, aside), copy]);
    statements.extend(carry_counter(before, &after, aside));
    // Without this, RENAME would stop at views and triggers that name the table that was just dropped, and would bend
    // the references of others to the name aside. Unlike foreign_keys, it can be set within a transaction.
    statements.push("PRAGMA legacy_alter_table=ON".to_owned());
    statements.push(format!("DROP TABLE {}", quoted(&before.name)));
    statements.extend(print(&Op::RenameTable {
        from: aside.clone(),
        to: before.name.clone(),
    }));
    statements.push("PRAGMA legacy_alter_table=OFF".to_owned());
    statements.extend(after.indexes.values().map(|index| print_index(&after.name, index)));
    let triggers = after.triggers.values();
    statements.extend(triggers.flat_map(|trigger| print(&Op::CreateTrigger(trigger.clone()))));
    Ok(statements)
}

fn altered(before: &Table, ops: &[Op]) -> Result<Table, (usize, Refusal)> {
    let mut alone = Schema::new();
    alone.tables.insert(before.name.clone(), before.clone());
    for (at, op) in ops.iter().enumerate() {
        op.apply(&mut alone)
            .map_err(|misfit| (at, Refusal::new(misfit.message)))?;
    }
    Ok(alone.tables.remove(&before.name).unwrap_or_else(|| before.clone()))
}

/// A reference of the table to itself keeps its real name, which it will have again.
fn create_under(table: &Table, aside: &ObjectName) -> String {
    let renamed = Table {
        name: aside.clone(),
        ..table.clone()
    };
    create_table(&renamed, Style::Autoincrement)
}

/// The rows, with their rowids; none if there is nothing that could be copied.
///
/// `OR ABORT` overrides an `ON CONFLICT` of the table's own, under which rows would vanish in silence.
fn copy(before: &Table, after: &Table, aside: &ObjectName, ops: &[Op]) -> Option<String> {
    let fresh: BTreeSet<&Ident> = ops
        .iter()
        .filter_map(|op| match op {
            Op::AddColumn { column, .. } => Some(&column.name),
            _ => None,
        })
        .collect();
    let kept = after.columns.iter().filter(|column| {
        column.generated.is_none() && !fresh.contains(&column.name) && before.column(&column.name).is_some()
    });
    let (mut into, mut from): (Vec<String>, Vec<String>) = kept
        .map(|column| {
            let name = quote_identifier(column.name.as_str()).into_owned();
            (name, carried(before, after, column))
        })
        .unzip();
    if let Some((target, source)) = carry_rowid(before, after, &into) {
        into.push(target);
        from.push(source);
    }
    if into.is_empty() {
        return None;
    }
    let order = rowid_source(before)
        .map(|rowid| format!(" ORDER BY {rowid}"))
        .unwrap_or_default();
    Some(format!(
        "INSERT OR ABORT INTO {} ({}) SELECT {} FROM {}{order}",
        quoted(aside),
        into.join(", "),
        from.join(", "),
        quoted(&before.name)
    ))
}

/// What to write the rowid to, and what to read it from, where no copied column does so.
fn carry_rowid(before: &Table, after: &Table, copied: &[String]) -> Option<(String, String)> {
    let source = rowid_source(before)?;
    if !has_rowid(after) {
        return None;
    }
    match rowid_alias(after) {
        Some(alias) => {
            let target = quote_identifier(alias.as_str()).into_owned();
            (!copied.contains(&target)).then_some((target, source))
        }
        None => rowid_name(after, after).map(|name| (name.to_owned(), source)),
    }
}

/// How the rowid of the old table is read, if it can be.
fn rowid_source(before: &Table) -> Option<String> {
    if !has_rowid(before) {
        return None;
    }
    match rowid_alias(before) {
        Some(alias) => Some(quote_identifier(alias.as_str()).into_owned()),
        None => rowid_name(before, before).map(str::to_owned),
    }
}

/// The copy made a counter from the greatest id that is there; the old table may have counted further
/// (sqlite.org/autoinc.html). RENAME moves the row, DROP deletes the old one's.
fn carry_counter(before: &Table, after: &Table, aside: &ObjectName) -> Vec<String> {
    let counts = |table: &Table| table.columns.iter().any(|column| column.identity.is_some());
    if !counts(before) || !counts(after) {
        return Vec::new();
    }
    let (old, new) = (
        quote_string(before.name.name.as_str()),
        quote_string(aside.name.as_str()),
    );
    vec![
        format!("DELETE FROM sqlite_sequence WHERE name = {new}"),
        format!("INSERT INTO sqlite_sequence (name, seq) SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}"),
    ]
}
