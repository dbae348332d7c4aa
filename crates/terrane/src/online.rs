//! Recipes that let an application go on while a revision runs: what autogenerate writes for tables that were there before
//! the revision. Whether a table has rows is seen where the revision runs; where it has none, the same is done at once.

use std::collections::{BTreeMap, BTreeSet};
use terrane_core::ddl::Flavor;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, ConstraintRef, KeyKind, Op};
use terrane_core::schema::{
    Attributes, Check, Constraint, ConstraintKind, Deferrability, Index, Key, NOT_VALID, Schema, Table,
};
use terrane_core::sql::quote_identifier;

/// How a change is written that has to read all rows of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Form {
    /// In steps, so that rows can be read and written meanwhile, where the server has a way for that.
    #[default]
    Online,
    /// In one statement and one transaction, for which whoever uses the table waits.
    Short,
}

/// The ops with recipes in place of those that would stop whoever reads or writes a table for as long as all its rows are
/// read. `before` is what there is.
pub(crate) fn recipes(ops: &[Op], before: &Schema, flavor: &Flavor) -> Vec<Op> {
    let mut writer = Writer {
        there: BTreeMap::new(),
        made_anew: made_anew(ops),
        before,
        flavor,
    };
    writer.there = before
        .tables
        .iter()
        .map(|(name, table)| (name.clone(), table))
        .collect();
    ops.iter().flat_map(|op| writer.op(op)).collect()
}

/// Names that are freed and used again: for a moment there is neither the old one nor the new one.
fn made_anew(ops: &[Op]) -> BTreeSet<Ident> {
    let freed = ops.iter().filter_map(|op| match op {
        Op::DropConstraint {
            constraint: ConstraintRef::Named(name),
            ..
        }
        | Op::DropIndex { name, .. } => Some(name.clone()),
        _ => None,
    });
    freed.collect()
}

struct Writer<'a> {
    /// The tables that were there before, by their names now.
    there: BTreeMap<ObjectName, &'a Table>,
    made_anew: BTreeSet<Ident>,
    before: &'a Schema,
    flavor: &'a Flavor,
}

impl Writer<'_> {
    fn op(&mut self, op: &Op) -> Vec<Op> {
        match op {
            Op::RenameTable { from, to } => {
                let moved = self.there.remove(from);
                self.there.extend(moved.map(|table| (to.clone(), table)));
                vec![op.clone()]
            }
            Op::CreateIndex { table, index, .. } if self.is_built_apart(table, index) => {
                vec![concurrently(table, index)]
            }
            Op::AddConstraint { table, constraint } if self.is_there(table) => self.constraint(table, constraint),
            Op::AlterColumn {
                table,
                column,
                change: ColumnChange::Nullable(false),
            } if self.may_be_null(table, column) => self.not_null(table, column, op),
            op => vec![op.clone()],
        }
    }

    /// Whether rows may be read and written there. No index of a partitioned table is built concurrently, and no reference of
    /// one is added as not valid (manual, `CREATE INDEX` and `ALTER TABLE`).
    fn is_there(&self, table: &ObjectName) -> bool {
        let is_partitioned = |table: &Table| table.attributes.has("partition by");
        self.there.get(table).is_some_and(|table| !is_partitioned(table))
    }

    fn may_be_null(&self, table: &ObjectName, column: &Ident) -> bool {
        self.is_there(table) && self.there[table].column(column).is_some_and(|column| column.nullable)
    }

    /// An index that says whose part it is, or that its parts are missing, is no matter of rows. A unique one that takes
    /// another's place is built at once: no row comes in between.
    fn is_built_apart(&self, table: &ObjectName, index: &Index) -> bool {
        let is_part = index.attributes.has("inherited") || index.attributes.has("invalid");
        self.is_there(table) && !is_part && !(index.unique && self.made_anew.contains(&index.name))
    }

    fn constraint(&self, table: &ObjectName, constraint: &Constraint) -> Vec<Op> {
        let plain = || {
            vec![Op::AddConstraint {
                table: table.clone(),
                constraint: Box::new(constraint.clone()),
            }]
        };
        let Some(name) = constraint.name.as_ref().filter(|name| !self.made_anew.contains(*name)) else {
            return plain();
        };
        match &constraint.kind {
            ConstraintKind::ForeignKey(_) | ConstraintKind::Check(_) if is_checked(&constraint.kind) => {
                not_valid(table, name, constraint)
            }
            ConstraintKind::Unique(key) if is_of_columns(key) => of_index(table, name, key, KeyKind::Unique),
            ConstraintKind::PrimaryKey(key) if is_of_columns(key) && self.is_filled(table, key) => {
                of_index(table, name, key, KeyKind::Primary)
            }
            _ => plain(),
        }
    }

    /// Whether no column of a key may be NULL. Else the server reads all rows to see that none is.
    fn is_filled(&self, table: &ObjectName, key: &Key) -> bool {
        let table = self.there[table];
        let mut names = key.names();
        names.all(|name| table.column(name).is_some_and(|column| !column.nullable))
    }

    /// That no row is without a value is read under a lock that stops nobody; the server takes a valid check for proof (manual,
    /// `ALTER TABLE`, since 12).
    fn not_null(&self, table: &ObjectName, column: &Ident, op: &Op) -> Vec<Op> {
        let name = self.free_name(table, column);
        let expression = self
            .flavor
            .expr(&format!("{} IS NOT NULL", quote_identifier(column.as_str())));
        let check = Constraint {
            name: Some(name.clone()),
            kind: ConstraintKind::Check(Check {
                expression,
                attributes: Attributes::default(),
            }),
        };
        let mut ops = not_valid(table, &name, &check);
        ops.push(op.clone());
        ops.push(Op::DropConstraint {
            table: table.clone(),
            constraint: ConstraintRef::Named(name),
        });
        ops
    }

    fn free_name(&self, table: &ObjectName, column: &Ident) -> Ident {
        // A name has 63 bytes at most (manual, 4.1.1).
        let mut stem: String = format!("{}_{column}", table.name);
        while stem.len() > 48 {
            stem.pop();
        }
        let is_taken = |name: &Ident| {
            let constraints = self.before.tables.values().flat_map(|table| &table.constraints);
            let mut names = constraints.filter_map(|constraint| constraint.name.as_ref());
            names.any(|other| other == name)
        };
        let named = |number: u32| match number {
            1 => table.name.sibling(format!("{stem}_filled")),
            _ => table.name.sibling(format!("{stem}_filled{number}")),
        };
        (1..)
            .map(named)
            .find(|name| !is_taken(name))
            .unwrap_or_else(|| named(1))
    }
}

/// Whether the server checks the rows that are there.
fn is_checked(kind: &ConstraintKind) -> bool {
    let attributes = kind.attributes();
    !attributes.has(NOT_VALID) && !attributes.has("not enforced")
}

/// Whether a unique index on the same columns is the whole of a key. One that is deferred is not, nor one that says more.
fn is_of_columns(key: &Key) -> bool {
    let is_plain = |name: &terrane_core::schema::IndexKey| {
        name.name().is_some() && name.collation.is_none() && !name.descending && name.nulls.is_none()
    };
    key.columns.iter().all(is_plain) && key.deferrable == Deferrability::NotDeferrable && key.attributes.is_empty()
}

fn concurrently(table: &ObjectName, index: &Index) -> Op {
    Op::CreateIndex {
        table: table.clone(),
        index: Box::new(index.clone()),
        concurrently: true,
    }
}

/// New rows first, and then those that are there.
fn not_valid(table: &ObjectName, name: &Ident, constraint: &Constraint) -> Vec<Op> {
    let mut added = constraint.clone();
    if let Some(attributes) = added.kind.attributes_mut() {
        attributes.set(NOT_VALID, Some(""));
    }
    vec![
        Op::AddConstraint {
            table: table.clone(),
            constraint: Box::new(added),
        },
        Op::ValidateConstraint {
            table: table.clone(),
            constraint: name.clone(),
        },
    ]
}

/// The index of a key first, and then the key.
fn of_index(table: &ObjectName, name: &Ident, key: &Key, kind: KeyKind) -> Vec<Op> {
    let index = Index {
        name: name.clone(),
        unique: true,
        method: None,
        keys: key.columns.clone(),
        include: key.include.clone(),
        predicate: None,
        comment: None,
        attributes: Attributes::default(),
    };
    vec![
        concurrently(table, &index),
        Op::UseIndex {
            table: table.clone(),
            index: name.clone(),
            key: kind,
        },
    ]
}
