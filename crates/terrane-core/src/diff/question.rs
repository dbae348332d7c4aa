//! What looks like a rename and was not declared as one.

use crate::name::{Ident, ObjectName};
use crate::op::Op;
use crate::schema::{Column, Schema, Table};

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

pub(super) fn questions(work: &Schema, after: &Schema) -> Vec<Question> {
    let mut questions = Vec::new();
    let mut coming: Vec<&Table> = after
        .tables
        .values()
        .filter(|t| !work.tables.contains_key(&t.name))
        .collect();
    for old in work.tables.values().filter(|t| !after.tables.contains_key(&t.name)) {
        if let Some(at) = coming.iter().position(|new| same_columns(old, new)) {
            questions.push(Question::Table {
                from: old.name.clone(),
                to: coming.remove(at).name.clone(),
            });
        }
    }
    for old in work.tables.values() {
        if let Some(new) = after.tables.get(&old.name) {
            column_questions(old, new, &mut questions);
        }
    }
    questions
}

fn column_questions(old: &Table, new: &Table, questions: &mut Vec<Question>) {
    let mut coming: Vec<&Column> = new.columns.iter().filter(|c| old.column(&c.name).is_none()).collect();
    for column in old.columns.iter().filter(|c| new.column(&c.name).is_none()) {
        let same = |other: &&Column| {
            **other
                == Column {
                    name: other.name.clone(),
                    ..column.clone()
                }
        };
        if let Some(at) = coming.iter().position(same) {
            let to = coming.remove(at).name.clone();
            questions.push(Question::Column {
                table: new.name.clone(),
                from: column.name.clone(),
                to,
            });
        }
    }
}

/// At least half of the columns, and those with their types.
fn same_columns(old: &Table, new: &Table) -> bool {
    let shared = old
        .columns
        .iter()
        .filter(|c| new.column(&c.name).is_some_and(|other| other.ty == c.ty))
        .count();
    shared > 0 && shared * 2 > old.columns.len().max(new.columns.len())
}
