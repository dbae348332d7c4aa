//! A difference in the words of models and history rather than in one server's spelling, so that the file which is
//! written runs on any server.

use terrane_core::dialect::Spelling;
use terrane_core::name::ObjectName;
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{Column, Schema};

/// What is there and what is wished, in portable words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Portable {
    /// The layer's share of the database: as its history tells it, where that is what the database holds.
    pub(crate) before: Schema,
    /// What the models say, as they say it.
    wish: Schema,
}

impl Portable {
    /// `told` is what the history says, and `share` what the database holds of the layer; both as of now.
    pub(crate) fn new(told: &Schema, wish: &Schema, share: &Schema, spelling: &Spelling<'_>) -> Portable {
        let mut before = share.clone();
        let mut enums = told.enums.clone();
        enums.extend(share.enums.clone());
        let spelled = as_the_server_has_it(told, share, spelling);
        for (name, table) in &mut before.tables {
            if spelled.tables.get(name) == Some(table)
                && let Some(words) = told.tables.get(name)
            {
                table.clone_from(words);
            }
        }
        if !spelling.dialect().capability().enum_types {
            before.enums = enums;
        }
        Portable {
            before,
            wish: wish.clone(),
        }
    }

    /// Ops between the server's spellings as ops between words.
    pub(crate) fn ops(&self, ops: &[Op]) -> Vec<Op> {
        let worded: Vec<Op> = ops.iter().map(|op| self.in_words(op)).collect();
        let made_by_them = |name: &ObjectName| {
            worded
                .iter()
                .any(|op| matches!(op, Op::CreateEnum(ty) if ty.name == *name))
        };
        let mut known = self.before.enums.clone();
        let mut all = Vec::new();
        // A server without enumerated types has noticed nothing of those that the new columns need.
        for ty in worded.clone().iter_mut().flat_map(Op::type_names_mut) {
            let named = |other: &&ObjectName| other.name.as_str() == ty.as_str();
            if let Some(name) = self.wish.enums.keys().find(named)
                && !known.contains_key(name)
                && !made_by_them(name)
            {
                known.insert(name.clone(), self.wish.enums[name].clone());
                all.push(Op::CreateEnum(self.wish.enums[name].clone()));
            }
        }
        all.extend(worded);
        all
    }

    fn in_words(&self, op: &Op) -> Op {
        let mut op = op.clone();
        match &mut op {
            Op::CreateTable(table) => {
                if let Some(wish) = self.wish.tables.get(&table.name) {
                    let words = wish.columns.iter();
                    let columns = words.map(|words| said_once(words, table.column(&words.name)));
                    table.columns = columns.cloned().collect();
                    table.comment.clone_from(&wish.comment);
                }
            }
            Op::AddColumn { table, column } => {
                if let Some(wish) = self.wished(table, column) {
                    let words = said_once(wish, Some(column)).clone();
                    **column = words;
                }
            }
            Op::AlterColumn {
                table,
                column,
                change: ColumnChange::Type { ty, .. },
            } => {
                let wish = self.wish.tables.get(table).and_then(|table| table.column(column));
                if let Some(wish) = wish {
                    ty.clone_from(&wish.ty);
                }
            }
            Op::AlterColumn {
                table,
                column,
                change: ColumnChange::Identity(identity @ Some(_)),
            } => {
                let wish = self.wish.tables.get(table).and_then(|table| table.column(column));
                if let Some(wish) = wish {
                    identity.clone_from(&wish.identity);
                }
            }
            _ => {}
        }
        op
    }

    fn wished(&self, table: &ObjectName, column: &Column) -> Option<&Column> {
        self.wish.tables.get(table)?.column(&column.name)
    }
}

/// A column in the words of the models; in the server's where the words make more than a column. A `serial` makes a
/// sequence and a default, and the server has told of both.
fn said_once<'c>(words: &'c Column, server: Option<&'c Column>) -> &'c Column {
    match server {
        Some(server) if server.default.is_some() && words.default.is_none() => server,
        _ => words,
    }
}

/// What the server would hold of the tables of `share`, if the history were all that happened to it.
fn as_the_server_has_it(told: &Schema, share: &Schema, spelling: &Spelling<'_>) -> Schema {
    let tables = told.tables.iter().filter(|(name, _)| share.tables.contains_key(*name));
    let mut spelled = Schema {
        tables: tables.map(|(name, table)| (name.clone(), table.clone())).collect(),
        ..Schema::new()
    };
    // What cannot be spelled is not equal, and stays as the server has it.
    let _ = spelling.spell_schema(&mut spelled);
    spelling.dialect().normalize(&mut spelled);
    spelled
}
