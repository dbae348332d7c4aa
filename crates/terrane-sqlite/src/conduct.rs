//! What has to hold around a transaction that changes the schema.
//!
//! DROP TABLE with foreign keys on deletes the rows of children (sqlite.org/foreignkeys.html, section 5), and the switch
//! does nothing within a transaction. So it is thrown before, whenever a table is dropped or rebuilt; and because SQLite
//! then checks nothing, the probes do. They also ask what SQLite never does: a view, a trigger or a key is only read when
//! it is used, so that a statement which breaks one goes through ([`crate::probes`]).

use crate::lower::lower;
use crate::probes;
use crate::reach::Reach;
use std::collections::BTreeSet;
use terrane_core::dialect::{Conduct, Probe};
use terrane_core::name::ObjectName;
use terrane_core::op::Op;
use terrane_core::schema::Schema;

pub(crate) fn conduct(ops: &[Op], before: &Schema) -> Conduct {
    if let Some(at) = ops.iter().position(|op| matches!(op, Op::Python)) {
        return of_python(at, before);
    }
    let touched = touched(ops, before);
    let reach = Reach::of(ops, before, &touched);
    let probes = probes::probes(ops, before, &touched, &reach);
    if touched.is_empty() {
        return Conduct {
            probes,
            ..Conduct::default()
        };
    }
    switched_off(probes)
}

fn switched_off(probes: Vec<Probe>) -> Conduct {
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

/// What Python says is known when it says it. Its driver has the keys off, and it may drop and rebuild any table.
fn of_python(at: usize, before: &Schema) -> Conduct {
    let all = |table: &ObjectName| probes::references("PRAGMA foreign_key_check".to_owned(), table, at);
    switched_off(before.tables.keys().next().map(all).into_iter().collect())
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
