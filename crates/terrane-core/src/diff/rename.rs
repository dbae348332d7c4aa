//! Renames that the author declared.

use crate::name::{Ident, ObjectName};
use crate::op::Op;
use crate::schema::Schema;

/// Which things used to have other names. A declaration stays true after it was carried out: one whose old name is
/// gone, or whose new name is there already, does nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Renames {
    /// Tables: old name, new name.
    pub tables: Vec<(ObjectName, ObjectName)>,
    /// Columns: the table as it is called now, old name, new name.
    pub columns: Vec<(ObjectName, Ident, Ident)>,
}

/// The ops for renames that are still to be done, which they also do to `work`.
pub(super) fn ops(work: &mut Schema, after: &Schema, renames: &Renames) -> Vec<Op> {
    let mut ops = Vec::new();
    let mut carry_out = |op: Op, work: &mut Schema| {
        if op.apply(work).is_ok() {
            ops.push(op);
        }
    };
    for op in table_renames(work, after, renames) {
        carry_out(op, work);
    }
    for (table, from, to) in &renames.columns {
        let (Some(old), Some(wish)) = (work.tables.get(table), after.tables.get(table)) else {
            continue;
        };
        if old.column(from).is_some() && old.column(to).is_none() && wish.column(from).is_none() {
            carry_out(
                Op::RenameColumn {
                    table: table.clone(),
                    from: from.clone(),
                    to: to.clone(),
                },
                work,
            );
        }
    }
    for op in respelled(work, after) {
        carry_out(op, work);
    }
    ops
}

/// Tables in an order in which each new name is free; a circle goes through a name that nothing has.
fn table_renames(work: &Schema, after: &Schema, renames: &Renames) -> Vec<Op> {
    let is_open = |(from, to): &&(ObjectName, ObjectName)| {
        work.tables.contains_key(from) && after.tables.contains_key(to) && from != to
    };
    let leaves = |name: &ObjectName, pending: &[(ObjectName, ObjectName)]| pending.iter().any(|(from, _)| from == name);
    let mut pending: Vec<(ObjectName, ObjectName)> = renames.tables.iter().filter(is_open).cloned().collect();
    // A new name that is taken by a table that stays is no rename that could be done; nor is an old name still wished.
    let all = pending.clone();
    pending.retain(|(from, to)| {
        (!work.tables.contains_key(to) || leaves(to, &all))
            && (!after.tables.contains_key(from) || all.iter().any(|(_, taken)| taken == from))
    });
    let mut ops = Vec::new();
    while !pending.is_empty() {
        let free = pending.iter().position(|(_, to)| !leaves(to, &pending));
        match free {
            Some(at) => {
                let (from, to) = pending.remove(at);
                ops.push(Op::RenameTable { from, to });
            }
            None => {
                let (from, _) = &pending[0];
                let aside = ObjectName {
                    schema: from.schema.clone(),
                    name: from.name.sibling(format!("_terrane_aside_{}", from.name)),
                };
                ops.push(Op::RenameTable {
                    from: from.clone(),
                    to: aside.clone(),
                });
                pending[0].0 = aside;
            }
        }
    }
    ops
}

/// Names that compare equal and are written differently: the wish's spelling holds.
fn respelled(work: &Schema, after: &Schema) -> Vec<Op> {
    let mut ops = Vec::new();
    for table in work.tables.values() {
        let Some(wish) = after.tables.get(&table.name) else {
            continue;
        };
        if !table.name.same_spelling(&wish.name) {
            ops.push(Op::RenameTable {
                from: table.name.clone(),
                to: wish.name.clone(),
            });
        }
        for column in &table.columns {
            if let Some(wished) = wish.column(&column.name)
                && !column.name.same_spelling(&wished.name)
            {
                ops.push(Op::RenameColumn {
                    table: wish.name.clone(),
                    from: column.name.clone(),
                    to: wished.name.clone(),
                });
            }
        }
    }
    ops
}
