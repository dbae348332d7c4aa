//! Renames that the author declared.

use crate::name::{Ident, ObjectName};
use crate::op::Op;
use crate::schema::{Column, Schema, Table};
use std::collections::{BTreeMap, BTreeSet};

/// Which things used to have other names. A declaration stays true after it was carried out: one whose old name is
/// gone, or whose new name is there already, does nothing. Names that change places are there before and after: they
/// change places if that brings the definitions nearer to the wish.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Renames {
    /// Tables: old name, new name.
    pub tables: Vec<(ObjectName, ObjectName)>,
    /// Columns: the table as it is called now, old name, new name.
    pub columns: Vec<(ObjectName, Ident, Ident)>,
    /// Tables that go, and are what no other was called: nothing is asked of them.
    pub replaced_tables: BTreeSet<ObjectName>,
    /// The same of columns: the table as it is called now, and the column.
    pub replaced_columns: BTreeSet<(ObjectName, Ident)>,
    /// Whether it was said so of all that goes.
    pub replaces_all: bool,
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
    let tables: BTreeSet<&ObjectName> = renames.columns.iter().map(|(table, _, _)| table).collect();
    for table in tables {
        for op in column_renames(work, after, renames, table) {
            carry_out(op, work);
        }
    }
    for op in respelled(work, after) {
        carry_out(op, work);
    }
    ops
}

fn table_renames(work: &Schema, after: &Schema, renames: &Renames) -> Vec<Op> {
    let is_there = |name: &ObjectName| work.tables.contains_key(name);
    let is_wished = |name: &ObjectName| after.tables.contains_key(name);
    let likeness = |from: &ObjectName, to: &ObjectName| likeness(&work.tables[from], &after.tables[to]);
    let pending = pending(renames.tables.clone(), is_there, is_wished, likeness);
    // Tables and views share their names, and a view holds no rows.
    let in_the_way = pending.iter().filter(|(_, to)| work.views.contains_key(to));
    let mut ops: Vec<Op> = in_the_way.map(|(_, to)| Op::DropView(to.clone())).collect();
    let aside = |name: &ObjectName| ObjectName {
        schema: name.schema.clone(),
        name: aside(&name.name, |free| {
            let free = ObjectName {
                schema: name.schema.clone(),
                name: free.clone(),
            };
            !is_there(&free) && !is_wished(&free)
        }),
    };
    let steps = in_order(pending, aside).into_iter();
    ops.extend(steps.map(|(from, to)| Op::RenameTable { from, to }));
    ops
}

fn column_renames(work: &Schema, after: &Schema, renames: &Renames, table: &ObjectName) -> Vec<Op> {
    let (Some(old), Some(wish)) = (work.tables.get(table), after.tables.get(table)) else {
        return Vec::new();
    };
    let of_table = renames.columns.iter().filter(|(other, _, _)| other == table);
    let declared = of_table.map(|(_, from, to)| (from.clone(), to.clone())).collect();
    let is_there = |name: &Ident| old.column(name).is_some();
    let is_wished = |name: &Ident| wish.column(name).is_some();
    let likeness = |from: &Ident, to: &Ident| match (old.column(from), wish.column(to)) {
        (Some(old), Some(wish)) => alike(old, wish),
        _ => 0,
    };
    let pending = pending(declared, is_there, is_wished, likeness);
    let aside = |name: &Ident| aside(name, |free| !is_there(free) && !is_wished(free));
    let steps = in_order(pending, aside).into_iter();
    steps
        .map(|(from, to)| Op::RenameColumn {
            table: table.clone(),
            from,
            to,
        })
        .collect()
}

/// The declarations that are still to be carried out, each name once on either side.
fn pending<N: Ord + Clone>(
    declared: Vec<(N, N)>,
    is_there: impl Fn(&N) -> bool,
    is_wished: impl Fn(&N) -> bool,
    likeness: impl Fn(&N, &N) -> usize,
) -> Vec<(N, N)> {
    let mut pending: Vec<(N, N)> = Vec::new();
    for (from, to) in declared {
        let known = pending.iter().any(|(other, taken)| *other == from || *taken == to);
        if !known && is_there(&from) && is_wished(&to) && from != to {
            pending.push((from, to));
        }
    }
    // A new name that is taken by what stays is no rename that could be done, and so on up the chain.
    loop {
        let leaving: BTreeSet<N> = pending.iter().map(|(from, _)| from.clone()).collect();
        let count = pending.len();
        pending.retain(|(_, to)| !is_there(to) || leaving.contains(to));
        if pending.len() == count {
            break;
        }
    }
    let mut carried_out = BTreeSet::new();
    for circle in circles(&pending) {
        let after: usize = circle.iter().map(|(from, to)| likeness(from, to)).sum();
        let before: usize = circle.iter().map(|(from, _)| likeness(from, from)).sum();
        if after <= before {
            carried_out.extend(circle.into_iter().map(|(from, _)| from));
        }
    }
    pending.retain(|(from, _)| !carried_out.contains(from));
    pending
}

/// Names that take one another's places all around.
fn circles<N: Ord + Clone>(pending: &[(N, N)]) -> Vec<Vec<(N, N)>> {
    let next: BTreeMap<&N, &N> = pending.iter().map(|(from, to)| (from, to)).collect();
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for (start, _) in pending {
        let mut circle = Vec::new();
        let mut at = start;
        while let Some(to) = next.get(at).copied().filter(|_| seen.insert(at)) {
            circle.push((at.clone(), to.clone()));
            at = to;
        }
        if at == start && !circle.is_empty() {
            circles.push(circle);
        }
    }
    circles
}

/// Renames in an order in which each new name is free; a circle goes through a name that nothing has.
fn in_order<N: PartialEq + Clone>(mut pending: Vec<(N, N)>, aside: impl Fn(&N) -> N) -> Vec<(N, N)> {
    let mut steps = Vec::new();
    while !pending.is_empty() {
        let leaves = |name: &N| pending.iter().any(|(from, _)| from == name);
        match pending.iter().position(|(_, to)| !leaves(to)) {
            Some(at) => steps.push(pending.remove(at)),
            None => {
                let between = aside(&pending[0].0);
                steps.push((pending[0].0.clone(), between.clone()));
                pending[0].0 = between;
            }
        }
    }
    steps
}

fn aside(name: &Ident, is_free: impl Fn(&Ident) -> bool) -> Ident {
    let mut free = name.sibling(format!("_terrane_aside_{name}"));
    while !is_free(&free) {
        free = name.sibling(format!("_{free}"));
    }
    free
}

/// How much of one table is in another.
fn likeness(old: &Table, wish: &Table) -> usize {
    let columns = old
        .columns
        .iter()
        .filter_map(|column| Some(alike(column, wish.column(&column.name)?)));
    let constraints = old
        .constraints
        .iter()
        .filter(|constraint| wish.constraints.contains(constraint));
    let indexes = old
        .indexes
        .values()
        .filter(|index| wish.indexes.get(&index.name) == Some(index));
    columns.sum::<usize>() + constraints.count() + indexes.count() + usize::from(old.attributes == wish.attributes)
}

/// How much two columns have in common beside a name.
fn alike(old: &Column, wish: &Column) -> usize {
    let same = [
        old.nullable == wish.nullable,
        old.default == wish.default,
        old.generated == wish.generated,
        old.identity == wish.identity,
        old.collation == wish.collation,
        old.comment == wish.comment,
    ];
    1 + 8 * usize::from(old.ty == wish.ty) + same.into_iter().filter(|same| *same).count()
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
