//! Pairs of schemas from the field, both directions, judged as the corpus's README says.

use crate::harness::{
    Failure, Rows, all_rows, block_on, catalog, database, desired, difference, execute, renames, say, schema, shared,
};
use std::collections::BTreeMap;
use terrane_core::diff::Renames;
use terrane_core::name::Ident;
use terrane_core::op::Op;
use terrane_core::schema::{Column, ConstraintKind, Schema, Table};
use terrane_core::sql::quote_identifier;
use terrane_sqlite::connect::Database;

/// How a pair came out in one direction.
pub(crate) enum Outcome {
    Pass,
    Refused(String),
    Failed(String),
    /// The catalogs differ and the differ says nothing.
    Missed(String),
}

#[test]
fn every_pair_of_the_corpus_is_carried_over_both_ways() {
    let Some(corpus) = shared("corpus/sqlite.jsonl") else {
        return;
    };
    let pairs: Vec<(String, String, String)> = corpus
        .lines()
        .map(|line| {
            let pair: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| pair[key].as_str().unwrap().to_owned();
            (text("name"), text("a"), text("b"))
        })
        .collect();
    judge_all("corpus/sqlite.jsonl", &pairs);
}

/// Judges each pair in both directions, on empty tables and on filled ones, and prints the figures.
pub(crate) fn judge_all(what: &str, pairs: &[(String, String, String)]) {
    let (mut passed, mut refused, mut failed, mut missed) = (0, 0, Vec::new(), Vec::new());
    for (name, a, b) in pairs {
        for (direction, from, to) in [("a → b", a, b), ("b → a", b, a)] {
            for filled in [false, true] {
                let case = format!("{name} {direction}{}", if filled { ", filled" } else { "" });
                let judged = std::panic::catch_unwind(|| block_on(judge(from, to, filled)));
                match judged.unwrap_or_else(|_| Outcome::Failed("panicked, as told above".to_owned())) {
                    Outcome::Pass => passed += 1,
                    Outcome::Refused(why) => {
                        refused += 1;
                        say(&format!("refused: {case}: {why}"));
                    }
                    Outcome::Failed(why) => failed.push(format!("failed: {case}: {why}")),
                    Outcome::Missed(why) => missed.push(format!("missed: {case}: {why}")),
                }
            }
        }
    }
    let (many_failed, many_missed) = (failed.len(), missed.len());
    say(&format!(
        "{what}: {passed} passed, {refused} refused, {many_failed} failed, {many_missed} missed in silence"
    ));
    failed.extend(missed);
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

pub(crate) async fn judge(a: &str, b: &str, filled: bool) -> Outcome {
    let mut found = database(a).await;
    let before = schema(&mut found).await;
    let after = desired(b).await;
    let declared = both_ways(a, b);
    let delta = difference(&before, &after, &declared);
    if let Some(stuck) = delta.stuck.first() {
        return Outcome::Refused(stuck.reason.clone());
    }
    if filled {
        fill(&mut found, &before, &after, &declared).await;
    }
    let rows = all_rows(&mut found, &before).await;
    match execute(&mut found, &delta.ops, &before).await {
        Err(Failure::Refused(why)) => return Outcome::Refused(why),
        Err(Failure::Worse(why) | Failure::Failed(why)) => return Outcome::Failed(why),
        Err(Failure::Misfit(misfit)) => return Outcome::Failed(misfit.message),
        Ok(_) => {}
    }
    let reached = schema(&mut found).await;
    let left = difference(&reached, &after, &Renames::default());
    if !left.is_empty() {
        return Outcome::Failed(format!("a second difference: {:?}", left.ops));
    }
    let (is, should) = (catalog(&mut found).await, catalog(&mut database(b).await).await);
    if is != should {
        let what = format!("is {:#?}\nshould be {:#?}", only(&is, &should), only(&should, &is));
        return if delta.ops.is_empty() {
            Outcome::Missed(what)
        } else {
            Outcome::Failed(what)
        };
    }
    let now = all_rows(&mut found, &reached).await;
    match lost(&rows, &now, &before, &after, &delta.ops) {
        Some(what) => Outcome::Failed(what),
        None => Outcome::Pass,
    }
}

/// What one catalog says and the other does not.
fn only<'c>(
    one: &'c BTreeMap<String, Vec<String>>,
    other: &BTreeMap<String, Vec<String>>,
) -> Vec<(&'c String, &'c Vec<String>)> {
    one.iter()
        .filter(|(key, value)| other.get(*key) != Some(value))
        .collect()
}

/// The renames that `b` declares, and those that `a` declares the other way round.
fn both_ways(a: &str, b: &str) -> Renames {
    let mut declared = renames(b);
    let back = renames(a);
    declared
        .tables
        .extend(back.tables.iter().map(|(from, to)| (to.clone(), from.clone())));
    for (table, from, to) in back.columns {
        let was = back.tables.iter().find(|(_, now)| *now == table);
        let table = was.map_or(table, |(was, _)| was.clone());
        declared.columns.push((table, to, from));
    }
    declared
}

/// What of the old rows is no longer there, although nobody dropped it.
pub(crate) fn lost(rows: &Rows, now: &Rows, before: &Schema, after: &Schema, ops: &[Op]) -> Option<String> {
    for table in before.tables.values() {
        let renamed = ops.iter().fold(table.name.clone(), |name, op| match op {
            Op::RenameTable { from, to } if *from == name => to.clone(),
            _ => name,
        });
        let dropped = ops
            .iter()
            .any(|op| matches!(op, Op::DropTable(name) if *name == table.name));
        let Some(wish) = after.tables.get(&renamed).filter(|_| !dropped) else {
            continue;
        };
        let old = &rows[table.name.name.key()];
        let new = &now[renamed.name.key()];
        if old.len() != new.len() {
            return Some(format!("{} rows of {} became {}", old.len(), table.name, new.len()));
        }
        let renumbered = rowids_change(table, wish);
        let (old, new) = (
            lasting(table, wish, ops, old, true),
            lasting(table, wish, ops, new, false),
        );
        let (old, new) = if renumbered {
            (sorted(old), sorted(new))
        } else {
            (old, new)
        };
        for ((old_rowid, old), (new_rowid, new)) in old.iter().zip(&new) {
            if !renumbered && old_rowid != new_rowid {
                return Some(format!("a row of {} was {old_rowid} and is {new_rowid}", table.name));
            }
            if let Some(at) = (0..old.len()).find(|at| !same_value(&old[*at], &new[*at])) {
                return Some(format!("in {}, {:?} became {:?}", table.name, old[at], new[at]));
            }
        }
    }
    None
}

/// The rows, each with the values of the columns that last, in the old table's order.
fn lasting(
    table: &Table,
    wish: &Table,
    ops: &[Op],
    rows: &[(String, BTreeMap<String, String>)],
    old: bool,
) -> Vec<(String, Vec<String>)> {
    let columns = table.columns.iter().filter_map(|column| {
        let now = name_now(table, wish, ops, &column.name)?;
        Some(if old {
            column.name.key().to_owned()
        } else {
            now.key().to_owned()
        })
    });
    let columns: Vec<String> = columns.collect();
    let values = |row: &BTreeMap<String, String>| columns.iter().map(|column| row[column].clone()).collect();
    rows.iter().map(|(rowid, row)| (rowid.clone(), values(row))).collect()
}

fn sorted(mut rows: Vec<(String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    rows.sort_by(|(_, one), (_, other)| one.cmp(other));
    rows
}

/// A number that a text column holds as text is the same value (sqlite.org/datatype3.html, on affinity).
fn same_value(old: &str, new: &str) -> bool {
    old == new || matches!((old.parse::<f64>(), new.parse::<f64>()), (Ok(a), Ok(b)) if (a - b).abs() < f64::EPSILON)
}

/// Rowids have a meaning of their own only where both tables have them and no key takes their place.
fn rowids_change(before: &Table, after: &Table) -> bool {
    let alias = |table: &Table| {
        let key = table.primary_key()?;
        let name = key.names().next()?;
        let integer = table
            .column(name)
            .is_some_and(|column| column.ty.canonical() == "integer");
        (key.columns.len() == 1 && integer && !key.columns[0].descending).then(|| name.clone())
    };
    let without = |table: &Table| table.attributes.has("without rowid");
    let hidden = |table: &Table| {
        ["rowid", "_rowid_", "oid"]
            .iter()
            .all(|name| table.columns.iter().any(|c| c.name.key() == *name))
    };
    without(before)
        || without(after)
        || alias(before) != alias(after)
        || hidden(before)
        || hidden(after)
        || before
            .columns
            .iter()
            .chain(&after.columns)
            .any(|column| matches!(column.name.key(), "rowid" | "_rowid_" | "oid"))
}

/// What a column is called in the end, if its values last.
fn name_now(table: &Table, wish: &Table, ops: &[Op], column: &Ident) -> Option<Ident> {
    let dropped = ops
        .iter()
        .any(|op| matches!(op, Op::DropColumn { table, column: gone } if *table == wish.name && gone == column));
    let now = ops.iter().fold(column.clone(), |name, op| match op {
        Op::RenameColumn { table, from, to } if *table == wish.name && *from == name => to.clone(),
        _ => name,
    });
    let generated = |table: &Table, name: &Ident| table.column(name).is_some_and(|column| column.generated.is_some());
    let lasts = !dropped && wish.column(&now).is_some() && !generated(wish, &now) && table.column(column).is_some();
    lasts.then_some(now)
}

/// A few rows in each table that both schemas can hold, as far as that is easy to tell; a row that SQLite does not take
/// is left out.
pub(crate) async fn fill(database: &mut Database<'_>, before: &Schema, after: &Schema, renames: &Renames) {
    database.execute("PRAGMA foreign_keys=OFF").await.unwrap();
    for table in before.tables.values() {
        let renamed = renames
            .tables
            .iter()
            .find(|(from, _)| *from == table.name)
            .map_or(&table.name, |(_, to)| to);
        let wish = after.tables.get(renamed);
        let stays_fillable = wish.is_none_or(|wish| {
            let known = |name: &Ident| {
                let renamed_from = renames.columns.iter().any(|(of, _, to)| of == renamed && to == name);
                table.column(name).is_some() || renamed_from
            };
            wish.columns.iter().all(|column| {
                column.nullable || column.default.is_some() || column.generated.is_some() || known(&column.name)
            })
        });
        if !stays_fillable {
            continue;
        }
        let will_be = |name: &Ident| {
            let found = renames
                .columns
                .iter()
                .find(|(of, from, _)| of == renamed && from == name);
            found.map_or_else(|| name.clone(), |(_, _, to)| to.clone())
        };
        let columns: Vec<_> = table
            .columns
            .iter()
            .filter(|column| column.generated.is_none())
            .collect();
        for row in 1..=3usize {
            let names: Vec<String> = columns
                .iter()
                .map(|c| quote_identifier(c.name.as_str()).into_owned())
                .collect();
            let values: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(at, c)| value(table, wish, c, &will_be(&c.name), at, row))
                .collect();
            let name = quote_identifier(table.name.name.as_str());
            let sql = format!(
                "INSERT INTO {name} ({}) VALUES ({})",
                names.join(", "),
                values.join(", ")
            );
            let _refused = database.execute(&sql).await;
        }
        // Rowids that no counting from one would give again.
        if table.primary_key().is_none() {
            let name = quote_identifier(table.name.name.as_str());
            let _refused = database
                .execute(&format!("UPDATE {name} SET _rowid_ = _rowid_ * 7"))
                .await;
        }
    }
    database.execute("PRAGMA foreign_keys=ON").await.unwrap();
}

/// References point at the row of the same number, and so do keys.
fn value(table: &Table, wish: Option<&Table>, column: &Column, then: &Ident, at: usize, row: usize) -> String {
    let counts = |table: &Table, name: &Ident| {
        table.constraints.iter().any(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => key.columns.contains(name),
            ConstraintKind::PrimaryKey(key) => key.names().any(|key| key == name),
            _ => false,
        })
    };
    let refers =
        counts(table, &column.name) || wish.is_some_and(|wish| counts(wish, then)) || column.name.key() == "id";
    let ty = column.ty.canonical();
    let number =
        ty.contains("int") || ty.contains("real") || ty.contains("num") || ty.contains("dec") || ty.contains("doub");
    match (refers, number) {
        (true, _) => row.to_string(),
        (false, true) => (row * 10 + at).to_string(),
        (false, false) if ty.contains("blob") => format!("x'0{row}0{}'", at % 10),
        (false, false) => format!("'\"value {row} of {at}\"'"),
    }
}
