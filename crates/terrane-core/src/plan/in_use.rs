//! Ways that let an application go on while a table changes: an index that is built concurrently, a constraint that is added
//! as not valid and validated later. They cost a revision its one transaction, so they are taken where they are worth it: on
//! tables that have rows, on servers that have such ways. Elsewhere the same is done at once.

use super::{DatabaseState, ReadStatement};
use crate::dialect::Dialect;
use crate::name::{Ident, ObjectName};
use crate::op::{ConstraintRef, Op};
use crate::schema::{Constraint, NOT_VALID, Schema};
use std::collections::BTreeMap;

/// What becomes of a constraint that a revision adds as not valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// It stays so.
    Stays,
    /// The revision validates it.
    Validated,
    /// The revision drops it again: it was there for the server to see something proven.
    Dropped,
}

/// Makes plain ops of those whose ways are not worth it.
pub(super) fn resolve(statements: &mut [ReadStatement], books: &DatabaseState, dialect: &dyn Dialect) {
    let resolver = Resolver {
        fates: fates(statements),
        has_ways: dialect.capability().online,
        books,
    };
    let mut indexes = BTreeMap::new();
    for statement in statements {
        let ops = std::mem::take(&mut statement.ops).into_iter();
        statement.ops = ops.flat_map(|op| resolver.op(op, &mut indexes)).collect();
    }
}

fn fates(statements: &[ReadStatement]) -> BTreeMap<(ObjectName, Ident), Fate> {
    let mut fates = BTreeMap::new();
    for op in statements.iter().flat_map(|statement| &statement.ops) {
        match op {
            Op::AddConstraint { table, constraint } if is_not_valid(constraint) => {
                let name = constraint.name.clone();
                fates.extend(name.map(|name| ((table.clone(), name), Fate::Stays)));
            }
            Op::ValidateConstraint { table, constraint } => {
                let fate = fates.get_mut(&(table.clone(), constraint.clone()));
                fate.into_iter().for_each(|fate| *fate = Fate::Validated);
            }
            Op::DropConstraint {
                table,
                constraint: ConstraintRef::Named(name),
            } => {
                let fate = fates.get_mut(&(table.clone(), name.clone()));
                fate.into_iter().for_each(|fate| *fate = Fate::Dropped);
            }
            _ => {}
        }
    }
    fates
}

fn is_not_valid(constraint: &Constraint) -> bool {
    constraint.kind.attributes().has(NOT_VALID)
}

struct Resolver<'a> {
    fates: BTreeMap<(ObjectName, Ident), Fate>,
    /// Whether the server has such ways.
    has_ways: bool,
    books: &'a DatabaseState,
}

/// The indexes that were created so far, by their tables and names.
type Created = BTreeMap<(ObjectName, Ident), Op>;

impl Resolver<'_> {
    fn is_in_use(&self, table: &ObjectName) -> bool {
        self.has_ways && self.books.occupied.contains(table)
    }

    fn fate(&self, table: &ObjectName, constraint: &Ident) -> Option<Fate> {
        self.fates.get(&(table.clone(), constraint.clone())).copied()
    }

    /// What an op comes to.
    fn op(&self, op: Op, created: &mut Created) -> Vec<Op> {
        match op {
            Op::CreateIndex {
                table,
                index,
                concurrently,
            } => {
                let concurrently = concurrently && self.is_in_use(&table);
                let key = (table.clone(), index.name.clone());
                let op = Op::CreateIndex {
                    table,
                    index,
                    concurrently,
                };
                created.insert(key, op.clone());
                vec![op]
            }
            Op::UseIndex { table, index, key } if !self.has_ways => {
                self.key_at_once(Op::UseIndex { table, index, key }, created)
            }
            Op::AddConstraint { table, constraint } if !self.is_in_use(&table) => {
                let name = constraint.name.as_ref();
                match name.and_then(|name| self.fate(&table, name)) {
                    Some(Fate::Dropped) => Vec::new(),
                    Some(fate) if fate == Fate::Validated || !self.has_ways => vec![valid(table, *constraint)],
                    _ => vec![Op::AddConstraint { table, constraint }],
                }
            }
            Op::ValidateConstraint { table, constraint } if !self.is_in_use(&table) => {
                match self.has_ways && self.fate(&table, &constraint).is_none() {
                    true => vec![Op::ValidateConstraint { table, constraint }],
                    false => Vec::new(),
                }
            }
            Op::DropConstraint {
                table,
                constraint: ConstraintRef::Named(name),
            } if !self.is_in_use(&table) && self.fate(&table, &name) == Some(Fate::Dropped) => Vec::new(),
            op => vec![op],
        }
    }

    /// A key that was to be made of an index, beside it, and the index dropped.
    fn key_at_once(&self, op: Op, created: &Created) -> Vec<Op> {
        let Op::UseIndex { table, index, .. } = &op else {
            return vec![op];
        };
        let mut work = Schema::new();
        let known = self.books.schema.tables.get(table);
        work.tables.extend(known.map(|known| (table.clone(), known.clone())));
        let creation = created.get(&(table.clone(), index.clone()));
        for op in creation.into_iter().chain([&op]) {
            // What does not fit is told of where the revision is judged.
            let _misfit = op.apply(&mut work);
        }
        let is_key = |constraint: &&Constraint| constraint.name.as_ref() == Some(index);
        let key = work
            .tables
            .get(table)
            .and_then(|table| table.constraints.iter().find(is_key));
        let Some(key) = key.cloned().map(Box::new) else {
            return vec![op];
        };
        let (name, table) = (index.clone(), table.clone());
        vec![
            Op::DropIndex {
                name,
                table: Some(table.clone()),
            },
            Op::AddConstraint { table, constraint: key },
        ]
    }
}

fn valid(table: ObjectName, mut constraint: Constraint) -> Op {
    if let Some(attributes) = constraint.kind.attributes_mut() {
        attributes.set(NOT_VALID, None);
    }
    Op::AddConstraint {
        table,
        constraint: Box::new(constraint),
    }
}
