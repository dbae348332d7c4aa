//! One table against another of the same name.

use super::{Options, Phases, constraint};
use crate::name::{Ident, ObjectName};
use crate::op::{ColumnChange, Commented, Op, drop_index, drop_trigger, table_of_rival};
use crate::schema::{Attributes, Column, Index, Schema, Table, Trigger};
use std::collections::{BTreeMap, BTreeSet};

/// `indexes` are the names of all the indexes there are, each in its table's namespace.
pub(super) fn compare(
    work: &Schema,
    (table, wish): (&Table, &Table),
    indexes: &BTreeSet<(Option<&Ident>, &Ident)>,
    options: &Options,
    phases: &mut Phases,
) {
    compare_triggers(work, &table.triggers, &wish.triggers, phases);
    compare_indexes(work, table, wish, indexes, phases);
    let constraints = constraint::compare(table, wish, options);
    phases.drop_references.extend(constraints.drop_first);
    let alter = &mut phases.alter_tables;
    alter.extend(constraints.drop);
    compare_columns(table, wish, options, alter);
    compare_options(table, wish, alter);
    alter.extend(constraints.add);
    phases.add_references.extend(constraints.add_last);
}

fn compare_options(table: &Table, wish: &Table, alter: &mut Vec<Op>) {
    for (name, value) in changed_attributes(&table.attributes, &wish.attributes) {
        alter.push(Op::SetTableAttribute {
            table: table.name.clone(),
            name,
            value,
        });
    }
    if table.comment != wish.comment {
        alter.push(Op::Comment {
            on: Commented::Table(table.name.clone()),
            comment: wish.comment.clone(),
        });
    }
}

fn changed_attributes(old: &Attributes, wish: &Attributes) -> Vec<(String, Option<String>)> {
    let names: BTreeSet<&str> = old.iter().chain(wish.iter()).map(|(name, _)| name).collect();
    let changed = names.into_iter().filter(|name| old.get(name) != wish.get(name));
    changed
        .map(|name| (name.to_owned(), wish.get(name).map(str::to_owned)))
        .collect()
}

/// What is new comes before what changes, since an expression may turn from an old column to a new one; what goes
/// comes last, for the same reason. A computed column comes after the others and goes before them.
fn compare_columns(table: &Table, wish: &Table, options: &Options, alter: &mut Vec<Op>) {
    let name = || table.name.clone();
    let absent = |from: &'_ Table, column: &&Column| from.column(&column.name).is_none();
    let mut added: Vec<&Column> = wish.columns.iter().filter(|column| absent(table, column)).collect();
    added.sort_by_key(|column| column.generated.is_some());
    let mut dropped: Vec<&Column> = table.columns.iter().filter(|column| absent(wish, column)).collect();
    dropped.sort_by_key(|column| column.generated.is_none());
    let mut order: Vec<&Ident> = table.columns.iter().map(|column| &column.name).collect();
    for column in added {
        alter.push(Op::AddColumn {
            table: name(),
            column: Box::new(column.clone()),
        });
        order.push(&column.name);
    }
    for column in &table.columns {
        if let Some(wished) = wish.column(&column.name) {
            compare_column(&table.name, column, wished, alter);
        }
    }
    for column in &dropped {
        alter.push(Op::DropColumn {
            table: name(),
            column: column.name.clone(),
        });
    }
    order.retain(|name| !dropped.iter().any(|column| column.name == **name));
    let wished: Vec<&Ident> = wish.columns.iter().map(|column| &column.name).collect();
    if options.column_order && order != wished {
        alter.push(Op::OrderColumns {
            table: name(),
            order: wished.into_iter().cloned().collect(),
        });
    }
}

fn compare_column(table: &ObjectName, column: &Column, wish: &Column, alter: &mut Vec<Op>) {
    let mut push = |change| {
        alter.push(Op::AlterColumn {
            table: table.clone(),
            column: wish.name.clone(),
            change,
        });
    };
    // What is computed or numbered takes no default, and may not be NULL.
    if column.generated.is_some() && wish.generated.is_none() {
        push(ColumnChange::Generated(None));
    }
    if column.identity.is_some() && wish.identity.is_none() {
        push(ColumnChange::Identity(None));
    }
    if column.ty != wish.ty || column.collation != wish.collation {
        push(ColumnChange::Type {
            ty: wish.ty.clone(),
            collation: wish.collation.clone(),
        });
    }
    if column.default != wish.default {
        push(ColumnChange::Default(wish.default.clone()));
    }
    if column.nullable != wish.nullable {
        push(ColumnChange::Nullable(wish.nullable));
    }
    if column.generated != wish.generated && wish.generated.is_some() {
        push(ColumnChange::Generated(wish.generated.clone()));
    }
    if column.identity != wish.identity && wish.identity.is_some() {
        push(ColumnChange::Identity(wish.identity.clone()));
    }
    if column.comment != wish.comment {
        push(ColumnChange::Comment(wish.comment.clone()));
    }
    for (name, value) in changed_attributes(&column.attributes, &wish.attributes) {
        push(ColumnChange::Attribute { name, value });
    }
}

/// By name; what goes and what comes with the same definition is a rename, since an index has no rows of its own that
/// a wrong guess could cost. The new name has to be free already; `taken` are the names of all the indexes there are.
fn compare_indexes(
    work: &Schema,
    table: &Table,
    wish: &Table,
    taken: &BTreeSet<(Option<&Ident>, &Ident)>,
    phases: &mut Phases,
) {
    let drop = |index: &Index| drop_index(work, &table.name, &index.name);
    let rival = |index: &Index| table_of_rival(work, &table.name, &index.name);
    let is_free = |index: &Index| !taken.contains(&(table.name.schema.as_ref(), &index.name));
    let mut coming: Vec<&Index> = wish
        .indexes
        .values()
        .filter(|i| !table.indexes.contains_key(&i.name))
        .collect();
    for index in table.indexes.values() {
        match wish.indexes.get(&index.name) {
            Some(same) if same == index => {}
            Some(changed) if changed.same_but_for_comment(index) => phases.create_indexes.push(Op::Comment {
                on: Commented::Index(index.name.clone(), rival(index)),
                comment: changed.comment.clone(),
            }),
            Some(changed) => {
                phases.drop_indexes.push(drop(index));
                phases.create_indexes.push(create(table, changed));
            }
            None => match coming
                .iter()
                .position(|other| other.same_definition(index) && is_free(other))
            {
                Some(at) => {
                    let to = coming.remove(at).name.clone();
                    phases.drop_indexes.push(Op::RenameIndex {
                        table: rival(index),
                        from: index.name.clone(),
                        to,
                    });
                }
                None => phases.drop_indexes.push(drop(index)),
            },
        }
    }
    phases
        .create_indexes
        .extend(coming.into_iter().map(|index| create(table, index)));
}

fn create(table: &Table, index: &Index) -> Op {
    Op::create_index(&table.name, index)
}

pub(super) fn compare_triggers(
    work: &Schema,
    old: &BTreeMap<Ident, Trigger>,
    wish: &BTreeMap<Ident, Trigger>,
    phases: &mut Phases,
) {
    for trigger in old.values() {
        if wish.get(&trigger.name) != Some(trigger) {
            phases.drop_triggers.push(drop_trigger(work, trigger));
        }
    }
    for trigger in wish.values() {
        if old.get(&trigger.name) != Some(trigger) {
            phases.create_triggers.push(Op::CreateTrigger(trigger.clone()));
        }
    }
}
