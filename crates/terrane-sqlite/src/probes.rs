//! What must be no worse after a step than before it: references, keys, views, triggers.
//!
//! Each probe is a question that SQLite answers by compiling, not by running: `EXPLAIN` reads a view with all that it
//! reads, and a write with every trigger that it fires, those of other tables included (sqlite.org/lang_explain.html).

use crate::lower::quoted;
use crate::reach::Reach;
use std::collections::BTreeSet;
use terrane_core::dialect::{Probe, Verdict};
use terrane_core::name::ObjectName;
use terrane_core::op::{Effect, Op};
use terrane_core::schema::{Schema, Table, Trigger, View};
use terrane_core::sql::{quote_identifier, quote_string, tokenize, unquote};

pub(crate) fn probes(ops: &[Op], before: &Schema, touched: &BTreeSet<ObjectName>, reach: &Reach) -> Vec<Probe> {
    if reach.is_empty() {
        return Vec::new();
    }
    let near = near(ops, before, touched, reach);
    let mut after = near.clone();
    for op in ops {
        let _misfit = op.apply(&mut after);
    }
    let mut probes = reference_probes(ops, touched, &near, &after);
    probes.extend(key_probe(ops, &near, reach));
    probes.extend(view_probes(&near, &after, reach));
    probes.extend(trigger_probes(&near, &after, reach));
    probes
}

/// As much of the schema as the step can reach. Most plans reach little, and a copy of it all would make their cost grow
/// with the schema's size.
fn near(ops: &[Op], before: &Schema, touched: &BTreeSet<ObjectName>, reach: &Reach) -> Schema {
    let keys_may_break = !touched.is_empty() || ops.iter().any(|op| loses_index(op, before).is_some());
    let altered: BTreeSet<&ObjectName> = ops.iter().filter_map(Op::altered_table).collect();
    let mut near = Schema::new();
    let is_near = |table: &&Table| {
        altered.contains(&table.name)
            || reach.changes(&table.name).is_some()
            || reach.reaches_triggers(&table.name, table.triggers.values()).is_some()
            || (keys_may_break && table.foreign_keys().any(|(_, key)| reach.changes(&key.table).is_some()))
    };
    let tables = before.tables.values().filter(is_near);
    near.tables = tables.map(|table| (table.name.clone(), table.clone())).collect();
    let views = before.views.values().filter(|view| {
        let triggers = view.triggers.values();
        reach.reaches_view(view).is_some() || reach.reaches_triggers(&view.name, triggers).is_some()
    });
    near.views = views.map(|view| (view.name.clone(), view.clone())).collect();
    near
}

/// References from and to the tables. Where rows are written too, or names change under the question's feet, all
/// references are looked at.
fn reference_probes(ops: &[Op], touched: &BTreeSet<ObjectName>, before: &Schema, after: &Schema) -> Vec<Probe> {
    let anywhere = ops.iter().position(|op| match op {
        Op::RenameTable { .. } | Op::Call(_) | Op::Python => true,
        Op::Sql(raw) => !matches!(raw.effect, Effect::Nothing | Effect::Transaction),
        _ => false,
    });
    let dropped = first(ops, |op| matches!(op, Op::DropTable(_)));
    if let Some(at) = anywhere {
        let all = |subject| references("PRAGMA foreign_key_check".to_owned(), subject, at);
        return touched.first().map(all).into_iter().collect();
    }
    // A key that others refer to may go with its index, which no rebuild does.
    let unkeyed: BTreeSet<ObjectName> = ops.iter().filter_map(|op| loses_index(op, before)).collect();
    let concerned = |name: &ObjectName| touched.contains(name) || unkeyed.contains(name);
    let children = [before, after]
        .into_iter()
        .flat_map(|schema| schema.tables.values())
        .filter(|table| {
            let mut keys = table.foreign_keys();
            keys.any(|(_, key)| touched.contains(&table.name) || concerned(&key.table))
        });
    let names: BTreeSet<&ObjectName> = children.map(|table| &table.name).collect();
    let both = |name: &&ObjectName| before.tables.contains_key(*name) && after.tables.contains_key(*name);
    names
        .into_iter()
        .filter(both)
        .map(|name| {
            let sql = format!("PRAGMA foreign_key_check({})", always_quoted(name.name.as_str()));
            references(
                sql,
                name,
                first(ops, |op| op.altered_table() == Some(name)).max(dropped),
            )
        })
        .collect()
}

fn first(ops: &[Op], is: impl Fn(&Op) -> bool) -> usize {
    ops.iter().position(is).unwrap_or_default()
}

/// The table that may lose the index of a key.
fn loses_index(op: &Op, before: &Schema) -> Option<ObjectName> {
    match op {
        Op::DropIndex { table, name } => {
            let found = before.table_of_index(name, table.as_ref())?;
            found
                .indexes
                .get(name)
                .is_some_and(|index| index.unique)
                .then(|| found.name.clone())
        }
        Op::DropColumn { table, .. } => Some(table.clone()),
        _ => None,
    }
}

pub(crate) fn references(sql: String, subject: &ObjectName, op: usize) -> Probe {
    Probe {
        sql,
        earlier: None,
        subject: subject.clone(),
        verdict: Verdict::NoMoreRows,
        op,
    }
}

/// The argument of a pragma is read as a name or as a string, never as a keyword.
pub(crate) fn always_quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Keys that refer to nothing: SQLite lets a table go to which only empty tables refer, and each write to those fails from
/// then on.
fn key_probe(ops: &[Op], before: &Schema, reach: &Reach) -> Option<Probe> {
    let gone = ops
        .iter()
        .position(|op| matches!(op, Op::DropTable(_)))
        .or(reach.anything())?;
    let children = before
        .tables
        .values()
        .filter(|table| table.foreign_keys().next().is_some());
    let names: Vec<String> = children.map(|table| quote_string(table.name.name.as_str())).collect();
    let only = match reach.anything() {
        Some(_) => String::new(),
        None if names.is_empty() => return None,
        None => format!("s.name IN ({}) AND ", names.join(", ")),
    };
    Some(Probe {
        sql: format!("{DANGLING_KEYS} WHERE {only}{IS_DANGLING}"),
        earlier: None,
        subject: before
            .tables
            .keys()
            .next()
            .cloned()
            .unwrap_or_else(|| ObjectName::bare(crate::FLAVOR.ident("main"))),
        verdict: Verdict::NoMoreKeys,
        op: gone,
    })
}

/// The tables with their foreign keys, and what those refer to.
pub(crate) const DANGLING_KEYS: &str = "SELECT DISTINCT s.name, k.\"table\" FROM (SELECT name FROM main.sqlite_schema \
     WHERE type = 'table' AND sql LIKE '%references%') AS s JOIN pragma_foreign_key_list(s.name) AS k";

/// Whether the table that a key refers to, or the column of it, is not there.
pub(crate) const IS_DANGLING: &str = "NOT EXISTS (SELECT 1 FROM main.sqlite_schema AS p JOIN pragma_table_xinfo(p.name) AS c \
     WHERE p.type = 'table' AND p.name = k.\"table\" COLLATE NOCASE \
     AND (k.\"to\" IS NULL OR c.name = k.\"to\" COLLATE NOCASE))";

fn view_probes(before: &Schema, after: &Schema, reach: &Reach) -> Vec<Probe> {
    let lasting = before
        .views
        .values()
        .filter(|view| after.views.contains_key(&view.name));
    lasting
        .filter_map(|view| {
            let sql = format!("EXPLAIN SELECT * FROM {}", quoted(&view.name));
            Some(still(
                Verdict::StillRuns,
                sql,
                None,
                &view.name,
                reach.reaches_view(view)?,
            ))
        })
        .collect()
}

fn still(verdict: Verdict, sql: String, earlier: Option<String>, subject: &ObjectName, op: usize) -> Probe {
    Probe {
        earlier: earlier.filter(|earlier| *earlier != sql),
        sql,
        subject: subject.clone(),
        verdict,
        op,
    }
}

/// A trigger is read only when it fires, so a broken one shows at the application's next write. EXPLAIN reads it now.
fn trigger_probes(before: &Schema, after: &Schema, reach: &Reach) -> Vec<Probe> {
    let mut probes = Vec::new();
    for table in after.tables.values() {
        let Some(old) = before.tables.get(reach.earlier(&table.name)) else {
            continue;
        };
        let Some(op) = reach.reaches_triggers(&table.name, table.triggers.values()) else {
            continue;
        };
        let pairs = writes(table).into_iter().zip(writes(old));
        probes.extend(pairs.map(|(sql, earlier)| still(Verdict::StillWrites, sql, Some(earlier), &table.name, op)));
    }
    for view in after.views.values() {
        let Some(old) = before.views.get(&view.name) else {
            continue;
        };
        let Some(op) = reach
            .reaches_triggers(&view.name, view.triggers.values())
            .or_else(|| view.triggers.values().next().and(reach.reaches_view(view)))
        else {
            continue;
        };
        let earlier = view_writes(old);
        let pairs = view_writes(view).into_iter().filter(|sql| earlier.contains(sql));
        probes.extend(pairs.map(|sql| still(Verdict::StillWrites, sql, None, &view.name, op)));
    }
    probes
}

/// A write of each kind to a table.
fn writes(table: &Table) -> Vec<String> {
    let name = quoted(&table.name);
    let own = table.columns.iter().filter(|column| column.generated.is_none());
    let set: Vec<String> = own
        .map(|column| quote_identifier(column.name.as_str()).into_owned())
        .map(|column| format!("{column} = {column}"))
        .collect();
    vec![
        format!("EXPLAIN INSERT INTO {name} DEFAULT VALUES"),
        format!("EXPLAIN DELETE FROM {name}"),
        format!("EXPLAIN UPDATE {name} SET {}", set.join(", ")),
    ]
}

/// A write of each kind that a view takes.
fn view_writes(view: &View) -> Vec<String> {
    let name = quoted(&view.name);
    let triggers: BTreeSet<String> = view
        .triggers
        .values()
        .filter_map(|trigger| fired_by(trigger, &name))
        .collect();
    triggers.into_iter().collect()
}

/// The write that fires a trigger of a view. For an update it takes a column of the view's, and the trigger itself speaks
/// of one as a rule.
fn fired_by(trigger: &Trigger, view: &str) -> Option<String> {
    let canonical = trigger.definition.canonical();
    let event = canonical.strip_prefix("instead of ")?;
    if event.starts_with("insert ") {
        return Some(format!("EXPLAIN INSERT INTO {view} DEFAULT VALUES"));
    }
    if event.starts_with("delete ") {
        return Some(format!("EXPLAIN DELETE FROM {view}"));
    }
    let column = quote_identifier(&column_spoken_of(trigger.definition.as_str())?).into_owned();
    Some(format!("EXPLAIN UPDATE {view} SET {column} = {column}"))
}

/// The first column behind `UPDATE OF`, `NEW.` or `OLD.`.
fn column_spoken_of(text: &str) -> Option<String> {
    let tokens = tokenize(text, &crate::FLAVOR.lexing).ok()?;
    let after = |first: &str, second: &dyn Fn(&terrane_core::sql::Token) -> bool| {
        let mut triples = tokens.windows(3);
        let found = triples.find(|triple| triple[0].is_word(text, first) && second(&triple[1]))?;
        Some(unquote(found[2].text(text)).into_owned())
    };
    after("update", &|token| token.is_word(text, "of"))
        .or_else(|| after("new", &|token| token.is_symbol(text, ".")))
        .or_else(|| after("old", &|token| token.is_symbol(text, ".")))
}
