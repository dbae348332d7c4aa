//! What has to hold around a transaction that changes the schema.
//!
//! DROP TABLE with foreign keys on deletes the rows of children (sqlite.org/foreignkeys.html, section 5), and the switch
//! does nothing within a transaction. So it is thrown before, whenever a table is dropped or rebuilt; and because SQLite
//! then checks nothing, the probes do: references, views and triggers must be no worse than before.

use crate::lower::{lower, quoted};
use crate::mention::mentions;
use std::collections::BTreeSet;
use terrane_core::dialect::{Conduct, Probe, Verdict};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{Effect, Op};
use terrane_core::schema::{Expr, Schema, Trigger};
use terrane_core::sql::quote_identifier;

pub(crate) fn conduct(ops: &[Op], before: &Schema) -> Conduct {
    let touched = touched(ops, before);
    let drops_a_view = ops.iter().any(|op| matches!(op, Op::DropView(_)));
    if touched.is_empty() && !drops_a_view {
        return Conduct::default();
    }
    let mut after = before.clone();
    for op in ops {
        let _misfit = op.apply(&mut after);
    }
    let mut probes = reference_probes(ops, &touched, before, &after);
    probes.extend(view_probes(&touched, before, &after));
    probes.extend(trigger_probes(&touched, before, &after));
    if touched.is_empty() {
        return Conduct {
            probes,
            ..Conduct::default()
        };
    }
    Conduct {
        before: vec!["PRAGMA foreign_keys=OFF".to_owned()],
        // A rebuild that fails halfway leaves the other switch on as well: settings do not roll back.
        after: vec![
            "PRAGMA legacy_alter_table=OFF".to_owned(),
            "PRAGMA foreign_keys=ON".to_owned(),
        ],
        probes,
    }
}

/// The tables that are dropped or rebuilt, under every name that they have.
fn touched(ops: &[Op], before: &Schema) -> BTreeSet<ObjectName> {
    let mut touched: BTreeSet<ObjectName> = match lower(ops, before) {
        Ok(lowered) => lowered.rebuilt.into_iter().collect(),
        // Statements of the author's own may do what lowering cannot.
        Err(_) => ops.iter().filter_map(Op::altered_table).cloned().collect(),
    };
    touched.extend(ops.iter().filter_map(|op| match op {
        Op::DropTable(name) => Some(name.clone()),
        _ => None,
    }));
    let renames = ops.iter().filter_map(|op| match op {
        Op::RenameTable { from, to } => Some((from, to)),
        _ => None,
    });
    for (from, to) in renames {
        if touched.contains(to) || touched.contains(from) {
            touched.insert(from.clone());
            touched.insert(to.clone());
        }
    }
    touched
}

/// References from and to the tables. Where rows are written too, or names change under the question's feet, all
/// references are looked at.
fn reference_probes(ops: &[Op], touched: &BTreeSet<ObjectName>, before: &Schema, after: &Schema) -> Vec<Probe> {
    let anywhere = ops.iter().any(|op| match op {
        Op::RenameTable { .. } | Op::Call(_) => true,
        Op::Sql(raw) => !matches!(raw.effect, Effect::Nothing | Effect::Transaction),
        _ => false,
    });
    if anywhere {
        return touched
            .first()
            .map(|subject| references("PRAGMA foreign_key_check".to_owned(), subject))
            .into_iter()
            .collect();
    }
    let children = [before, after]
        .into_iter()
        .flat_map(|schema| schema.tables.values())
        .filter(|table| {
            let mut keys = table.foreign_keys();
            keys.any(|(_, key)| touched.contains(&table.name) || touched.contains(&key.table))
        });
    let names: BTreeSet<&ObjectName> = children.map(|table| &table.name).collect();
    let both = |name: &&ObjectName| before.tables.contains_key(*name) && after.tables.contains_key(*name);
    names
        .into_iter()
        .filter(both)
        .map(|name| references(format!("PRAGMA foreign_key_check({})", always_quoted(&name.name)), name))
        .collect()
}

fn references(sql: String, subject: &ObjectName) -> Probe {
    Probe {
        sql,
        subject: subject.clone(),
        verdict: Verdict::NoMoreRows,
    }
}

/// The argument of a pragma is read as a name or as a string, never as a keyword.
fn always_quoted(name: &Ident) -> String {
    format!("\"{}\"", name.as_str().replace('"', "\"\""))
}

fn view_probes(touched: &BTreeSet<ObjectName>, before: &Schema, after: &Schema) -> Vec<Probe> {
    let mut moving: BTreeSet<&Ident> = touched.iter().map(|name| &name.name).collect();
    let gone = before.views.keys().filter(|name| !after.views.contains_key(*name));
    moving.extend(gone.map(|name| &name.name));
    // Views on views: until no more are found.
    loop {
        let reads = |query: &Expr| moving.iter().any(|name| mentions(query, name));
        let found: Vec<&Ident> = before
            .views
            .values()
            .filter(|view| !moving.contains(&view.name.name) && reads(&view.query))
            .map(|view| &view.name.name)
            .collect();
        if found.is_empty() {
            break;
        }
        moving.extend(found);
    }
    let lasting = before
        .views
        .keys()
        .filter(|name| moving.contains(&name.name) && after.views.contains_key(*name));
    lasting
        .map(|name| still_runs(format!("SELECT * FROM {} LIMIT 0", quoted(name)), name))
        .collect()
}

fn still_runs(sql: String, subject: &ObjectName) -> Probe {
    Probe {
        sql,
        subject: subject.clone(),
        verdict: Verdict::StillRuns,
    }
}

/// A trigger is read only when it fires, so a broken one shows at the application's next write. EXPLAIN reads it now.
fn trigger_probes(touched: &BTreeSet<ObjectName>, before: &Schema, after: &Schema) -> Vec<Probe> {
    let concerned = |relation: &ObjectName, trigger: &Trigger| {
        touched.contains(relation) || touched.iter().any(|name| mentions(&trigger.definition, &name.name))
    };
    let mut probes = Vec::new();
    for table in after.tables.values() {
        if table.triggers.values().any(|trigger| concerned(&table.name, trigger))
            && let Some(old) = before.tables.get(&table.name)
        {
            let name = quoted(&table.name);
            probes.push(still_runs(
                format!("EXPLAIN INSERT INTO {name} DEFAULT VALUES"),
                &table.name,
            ));
            probes.push(still_runs(format!("EXPLAIN DELETE FROM {name}"), &table.name));
            let lasting = table.columns.iter().filter(|column| {
                let old = old.column(&column.name);
                column.generated.is_none() && old.is_some_and(|old| old.generated.is_none())
            });
            let set: Vec<String> = lasting
                .map(|column| quote_identifier(column.name.as_str()).into_owned())
                .map(|column| format!("{column} = {column}"))
                .collect();
            if !set.is_empty() {
                probes.push(still_runs(
                    format!("EXPLAIN UPDATE {name} SET {}", set.join(", ")),
                    &table.name,
                ));
            }
        }
    }
    for view in after.views.values() {
        let deletes = view.triggers.values().any(|trigger| {
            concerned(&view.name, trigger) && trigger.definition.canonical().starts_with("instead of delete ")
        });
        if deletes && before.views.contains_key(&view.name) {
            probes.push(still_runs(
                format!("EXPLAIN DELETE FROM {}", quoted(&view.name)),
                &view.name,
            ));
        }
    }
    probes
}
