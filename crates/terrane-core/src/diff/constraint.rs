//! The constraints of one table against those of another.

use super::{Options, is_reference};
use crate::name::Ident;
use crate::op::{ConstraintRef, Op};
use crate::schema::{Constraint, Table};

/// Ops by when they can run.
#[derive(Default)]
pub(super) struct ConstraintOps {
    /// Foreign keys that go, where they hold up other changes.
    pub(super) drop_first: Vec<Op>,
    pub(super) drop: Vec<Op>,
    pub(super) add: Vec<Op>,
    /// Foreign keys that come, where what they name has to be there.
    pub(super) add_last: Vec<Op>,
}

pub(super) fn compare(table: &Table, wish: &Table, options: &Options) -> ConstraintOps {
    let mut old: Vec<&Constraint> = table.constraints.iter().collect();
    let mut new: Vec<&Constraint> = wish.constraints.iter().collect();
    pair_off(&mut old, &mut new, |old, new| old == new);
    if options.open_names {
        // A name that the wish gives to another rule has to be free.
        let wanted = |name: &Ident| wish.constraints.iter().any(|other| other.name.as_ref() == Some(name));
        let can_stay = |old: &Constraint| !old.name.as_ref().is_some_and(wanted);
        pair_off(&mut old, &mut new, |old, new| old.satisfies(new) && can_stay(old));
    }
    let mut ops = ConstraintOps::default();
    let apart = |constraint: &Constraint| is_reference(&constraint.kind) && !options.dangling_foreign_keys;
    rename(table, &mut old, &mut new, &mut ops.drop);
    for constraint in old {
        let op = Op::DropConstraint {
            table: table.name.clone(),
            constraint: ConstraintRef::of(constraint),
        };
        if apart(constraint) {
            ops.drop_first.push(op);
        } else {
            ops.drop.push(op);
        }
    }
    for constraint in new {
        let op = Op::AddConstraint {
            table: table.name.clone(),
            constraint: Box::new(constraint.clone()),
        };
        if apart(constraint) {
            ops.add_last.push(op);
        } else {
            ops.add.push(op);
        }
    }
    ops
}

/// Takes out of both lists what belongs together, each once.
fn pair_off(old: &mut Vec<&Constraint>, new: &mut Vec<&Constraint>, same: impl Fn(&Constraint, &Constraint) -> bool) {
    old.retain(|constraint| match new.iter().position(|wish| same(constraint, wish)) {
        Some(at) => {
            new.remove(at);
            false
        }
        None => true,
    });
}

/// The same rule under another name, where that is free already.
fn rename(table: &Table, old: &mut Vec<&Constraint>, new: &mut Vec<&Constraint>, ops: &mut Vec<Op>) {
    old.retain(|constraint| {
        let Some(from) = &constraint.name else { return true };
        let is_free = |name: &Ident| table.constraints.iter().all(|other| other.name.as_ref() != Some(name));
        let found = new
            .iter()
            .position(|wish| wish.kind == constraint.kind && wish.name.as_ref().is_some_and(is_free));
        let Some(to) = found.and_then(|at| new.remove(at).name.clone()) else {
            return true;
        };
        ops.push(Op::RenameConstraint {
            table: table.name.clone(),
            from: from.clone(),
            to,
        });
        false
    });
}
