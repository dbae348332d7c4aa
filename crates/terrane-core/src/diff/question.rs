//! What looks like a rename and was not declared as one.

use super::Renames;
use crate::name::{Ident, ObjectName};
use crate::op::Op;
use crate::schema::{Column, Schema, Table, TypeName};
use std::collections::BTreeMap;

/// A drop and an add that may have been meant as a rename. The ops do what the schemas say: drop, and add.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// A table goes, and one with the same columns comes.
    Table {
        /// The one that goes.
        from: ObjectName,
        /// The one that comes.
        to: ObjectName,
    },
    /// A column goes, and one of the same type comes.
    Column {
        /// The table.
        table: ObjectName,
        /// The one that goes.
        from: Ident,
        /// The one that comes.
        to: Ident,
    },
}

impl Question {
    /// The op that a rename would be.
    pub fn rename(&self) -> Op {
        match self.clone() {
            Question::Table { from, to } => Op::RenameTable { from, to },
            Question::Column { table, from, to } => Op::RenameColumn { table, from, to },
        }
    }
}

pub(super) fn questions(work: &Schema, after: &Schema, renames: &Renames) -> Vec<Question> {
    let mut questions = Vec::new();
    table_questions(work, after, renames, &mut questions);
    for old in work.tables.values() {
        if let Some(new) = after.tables.get(&old.name) {
            column_questions(old, new, renames, &mut questions);
        }
    }
    questions
}

/// A table is like another that has more than half of its columns, and those with their types.
fn table_questions(work: &Schema, after: &Schema, renames: &Renames, questions: &mut Vec<Question>) {
    let coming: Vec<&Table> = absent(after, work).collect();
    let mut with_column: BTreeMap<(&Ident, &TypeName), Vec<usize>> = BTreeMap::new();
    for (at, table) in coming.iter().enumerate() {
        for column in &table.columns {
            with_column.entry((&column.name, &column.ty)).or_default().push(at);
        }
    }
    let mut taken = vec![false; coming.len()];
    for old in absent(work, after).filter(|table| !renames.replaced_tables.contains(&table.name)) {
        let mut shared = vec![0usize; coming.len()];
        for column in &old.columns {
            for at in with_column.get(&(&column.name, &column.ty)).into_iter().flatten() {
                shared[*at] += 1;
            }
        }
        let alike = |at: &usize| shared[*at] * 2 > old.columns.len().max(coming[*at].columns.len());
        if let Some(at) = (0..coming.len()).filter(|at| !taken[*at]).find(alike) {
            taken[at] = true;
            questions.push(Question::Table {
                from: old.name.clone(),
                to: coming[at].name.clone(),
            });
        }
    }
}

/// The tables of one schema that the other does not have.
fn absent<'s>(one: &'s Schema, other: &'s Schema) -> impl Iterator<Item = &'s Table> {
    one.tables
        .values()
        .filter(|table| !other.tables.contains_key(&table.name))
}

/// How much a column that goes is like one that comes.
const LIKENESSES: [fn(&Column, &Column) -> bool; 2] = [
    // In all but the name.
    |old, new| {
        *new == Column {
            name: new.name.clone(),
            ..old.clone()
        }
    },
    // A rename often comes with a default, or a NOT NULL.
    |old, new| old.ty == new.ty && old.generated.is_some() == new.generated.is_some(),
];

fn column_questions(old: &Table, new: &Table, renames: &Renames, questions: &mut Vec<Question>) {
    let mut coming: Vec<&Column> = new.columns.iter().filter(|c| old.column(&c.name).is_none()).collect();
    if coming.is_empty() {
        return;
    }
    let is_replaced = |column: &Column| {
        let key = (new.name.clone(), column.name.clone());
        renames.replaced_columns.contains(&key)
    };
    let goes = |column: &&Column| new.column(&column.name).is_none() && !is_replaced(column);
    let mut going: Vec<&Column> = old.columns.iter().filter(goes).collect();
    for is_like in LIKENESSES {
        going.retain(|column| {
            let Some(at) = coming.iter().position(|other| is_like(column, other)) else {
                return true;
            };
            questions.push(Question::Column {
                table: new.name.clone(),
                from: column.name.clone(),
                to: coming.remove(at).name.clone(),
            });
            false
        });
    }
}
