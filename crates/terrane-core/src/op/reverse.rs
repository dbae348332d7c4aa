//! What undoes an op.

use super::apply::other_type;
use super::apply::uses_column;
use super::{ColumnChange, Commented, ConstraintRef, Effect, Op};
use crate::name::{Ident, ObjectName};
use crate::schema::{Column, Schema, Table, Trigger, View};
use std::fmt;

/// An op that nothing undoes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Irreversible {
    /// Why, as a lower-case fragment.
    pub reason: String,
}

impl fmt::Display for Irreversible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl Op {
    /// The ops that, applied after this one, give back the schema as it was `before` it. Rows that are gone stay gone.
    ///
    /// # Errors
    /// The op has no schema to go back to: a raw statement that only its author can undo, or an op that does not fit.
    pub fn reverse(&self, before: &Schema) -> Result<Vec<Op>, Irreversible> {
        Ok(match self {
            Op::CreateTable(table) => vec![Op::DropTable(table.name.clone())],
            Op::DropTable(name) => recreate(table(before, name)?),
            Op::RenameTable { from, to } => {
                let back = Op::RenameTable {
                    from: to.clone(),
                    to: table(before, from)?.name.clone(),
                };
                self.rename_back(back, before)?
            }
            Op::Comment { on, .. } => vec![Op::Comment {
                on: on.clone(),
                comment: comment_of(before, on)?,
            }],
            Op::SetTableAttribute {
                table: name,
                name: attribute,
                ..
            } => vec![Op::SetTableAttribute {
                table: name.clone(),
                name: attribute.clone(),
                value: table(before, name)?.attributes.get(attribute).map(str::to_owned),
            }],
            Op::AddColumn { table, column } => {
                vec![Op::DropColumn {
                    table: table.clone(),
                    column: column.name.clone(),
                }]
            }
            Op::DropColumn { table: name, column } => restore_column(table(before, name)?, column)?,
            Op::RenameColumn { table: name, from, to } => {
                let back = Op::RenameColumn {
                    table: name.clone(),
                    from: to.clone(),
                    to: column(table(before, name)?, from)?.name.clone(),
                };
                self.rename_back(back, before)?
            }
            Op::AlterColumn {
                table: name,
                column: column_name,
                change,
            } => vec![Op::AlterColumn {
                table: name.clone(),
                column: column_name.clone(),
                change: change_back(column(table(before, name)?, column_name)?, change),
            }],
            Op::OrderColumns { table: name, .. } => {
                vec![Op::OrderColumns {
                    table: name.clone(),
                    order: order(table(before, name)?),
                }]
            }
            Op::AddConstraint { table, constraint } => {
                vec![Op::DropConstraint {
                    table: table.clone(),
                    constraint: ConstraintRef::of(constraint),
                }]
            }
            Op::DropConstraint {
                table: name,
                constraint,
            } => {
                let found = table(before, name)?.constraints.iter().find(|c| constraint.matches(c));
                let found = found.ok_or_else(|| missing(format!("table `{name}` has no such constraint")))?;
                vec![Op::AddConstraint {
                    table: name.clone(),
                    constraint: Box::new(found.clone()),
                }]
            }
            Op::RenameConstraint { table, from, to } => {
                vec![Op::RenameConstraint {
                    table: table.clone(),
                    from: to.clone(),
                    to: from.clone(),
                }]
            }
            Op::ValidateConstraint { table, constraint } => again(before, table, constraint)?,
            Op::UseIndex { table: name, index, .. } => {
                let found = table(before, name)?.indexes.get(index);
                let found = found.ok_or_else(|| missing(format!("there is no index `{index}`")))?;
                vec![
                    Op::DropConstraint {
                        table: name.clone(),
                        constraint: ConstraintRef::Named(index.clone()),
                    },
                    Op::create_index(name, found),
                ]
            }
            Op::CreateIndex { table, index, .. } => vec![drop_index(before, table, &index.name)],
            Op::DropIndex { name, table } => {
                let table = before
                    .table_of_index(name, table.as_ref())
                    .ok_or_else(|| missing(format!("there is no index `{name}`")))?;
                vec![Op::create_index(&table.name, &table.indexes[name])]
            }
            Op::RenameIndex { table, from, to } => vec![Op::RenameIndex {
                table: table.clone(),
                from: to.clone(),
                to: from.clone(),
            }],
            Op::CreateView(view) => vec![Op::DropView(view.name.clone())],
            Op::DropView(name) => recreate_view(found(before.views.get(name), "view", name)?),
            Op::CreateTrigger(trigger) => vec![drop_trigger(before, trigger)],
            Op::DropTrigger { name, relation } => {
                let relation = before.relation_of_trigger(name, relation.as_ref());
                let trigger = relation.and_then(|relation| before.triggers(relation)?.get(name));
                let trigger = trigger.ok_or_else(|| missing(format!("there is no trigger `{name}`")))?;
                vec![Op::CreateTrigger(trigger.clone())]
            }
            Op::CreateEnum(enum_type) => vec![Op::DropEnum(enum_type.name.clone())],
            Op::DropEnum(name) if let Some(other) = other_type(before, name) => {
                vec![Op::CreateUnmodelled(before.unmodelled[&other].clone())]
            }
            Op::DropEnum(name) => vec![Op::CreateEnum(found(before.enums.get(name), "type", name)?.clone())],
            Op::AlterEnum(after) => {
                vec![Op::AlterEnum(
                    found(before.enums.get(&after.name), "type", &after.name)?.clone(),
                )]
            }
            Op::CreateSequence(sequence) => vec![Op::DropSequence(sequence.name.clone())],
            Op::AlterSequence(after) => {
                vec![Op::AlterSequence(
                    found(before.sequences.get(&after.name), "sequence", &after.name)?.clone(),
                )]
            }
            Op::DropSequence(name) => {
                vec![Op::CreateSequence(
                    found(before.sequences.get(name), "sequence", name)?.clone(),
                )]
            }
            Op::CreateRoutine(routine) => vec![Op::DropRoutine(routine.name.clone())],
            Op::ReplaceRoutine(after) => match before.routine(&after.name) {
                Some(routine) => vec![Op::ReplaceRoutine(routine.clone())],
                None => vec![Op::DropRoutine(after.name.clone())],
            },
            Op::DropRoutine(name) => {
                vec![Op::CreateRoutine(found(before.routine(name), "routine", name)?.clone())]
            }
            Op::CreateUnmodelled(other) => vec![Op::DropUnmodelled(other.clone())],
            Op::DropUnmodelled(other) => {
                vec![Op::CreateUnmodelled(
                    found(before.unmodelled.get(&other.name), &other.kind, &other.name)?.clone(),
                )]
            }
            Op::Sql(raw) => match raw.effect {
                Effect::Nothing | Effect::Transaction => Vec::new(),
                _ => {
                    return Err(missing(
                        "only its author knows what undoes a statement of SQL".to_owned(),
                    ));
                }
            },
            Op::Python => {
                return Err(missing(
                    "only its author knows what undoes a function of Python".to_owned(),
                ));
            }
            Op::Call(name) => return Err(missing(format!("only its author knows what undoes `{name}`"))),
        })
    }
}

impl Op {
    /// A rename and the definitions that it does not lead back to what they were: where a text gives the new name to
    /// something else (`SELECT a AS b … ORDER BY b`), the way back cannot tell one from the other.
    fn rename_back(&self, back: Op, before: &Schema) -> Result<Vec<Op>, Irreversible> {
        let mut schema = before.clone();
        for op in [self, &back] {
            op.apply(&mut schema).map_err(|misfit| missing(misfit.message))?;
        }
        let mut ops = vec![back];
        for (name, view) in &before.views {
            if schema.views.get(name) != Some(view) {
                ops.push(Op::DropView(name.clone()));
                ops.extend(recreate_view(view));
            }
        }
        for (name, table) in &before.tables {
            let triggers = schema.tables.get(name).map(|table| &table.triggers);
            let changed = |trigger: &&Trigger| triggers.is_some_and(|now| now.get(&trigger.name) != Some(trigger));
            for trigger in table.triggers.values().filter(changed) {
                ops.push(drop_trigger(before, trigger));
                ops.push(Op::CreateTrigger(trigger.clone()));
            }
        }
        Ok(ops)
    }
}

/// The drop of an index; with its table only where there is another index of that name.
pub(crate) fn drop_index(schema: &Schema, table: &ObjectName, name: &Ident) -> Op {
    Op::DropIndex {
        name: name.clone(),
        table: table_of_rival(schema, table, name),
    }
}

/// The table, if an index of that name belongs to another one as well.
pub(crate) fn table_of_rival(schema: &Schema, table: &ObjectName, name: &Ident) -> Option<ObjectName> {
    let mut others = schema.tables.values().filter(|other| other.name != *table);
    let is_shared = others.any(|other| other.indexes.contains_key(name));
    is_shared.then(|| table.clone())
}

/// The drop of a trigger; with its relation only where there is another trigger of that name.
pub(crate) fn drop_trigger(schema: &Schema, trigger: &Trigger) -> Op {
    let tables = schema.tables.values().map(|table| (&table.name, &table.triggers));
    let views = schema.views.values().map(|view| (&view.name, &view.triggers));
    let mut others = tables.chain(views).filter(|(name, _)| **name != trigger.relation);
    let is_shared = others.any(|(_, triggers)| triggers.contains_key(&trigger.name));
    Op::DropTrigger {
        name: trigger.name.clone(),
        relation: is_shared.then(|| trigger.relation.clone()),
    }
}

fn comment_of(before: &Schema, on: &Commented) -> Result<Option<String>, Irreversible> {
    match on {
        Commented::Table(name) => Ok(table(before, name)?.comment.clone()),
        Commented::View(name) => Ok(found(before.views.get(name), "view", name)?.comment.clone()),
        Commented::Index(name, of) => match before.table_of_index(name, of.as_ref()) {
            Some(table) => Ok(table.indexes[name].comment.clone()),
            None => Err(missing(format!("there is no index `{name}`"))),
        },
    }
}

fn missing(reason: String) -> Irreversible {
    Irreversible { reason }
}

fn found<'s, T>(value: Option<&'s T>, kind: &str, name: &ObjectName) -> Result<&'s T, Irreversible> {
    value.ok_or_else(|| missing(format!("there is no {kind} `{name}`")))
}

fn table<'s>(schema: &'s Schema, name: &ObjectName) -> Result<&'s Table, Irreversible> {
    found(schema.tables.get(name), "table", name)
}

fn column<'t>(table: &'t Table, name: &Ident) -> Result<&'t Column, Irreversible> {
    table
        .column(name)
        .ok_or_else(|| missing(format!("table `{}` has no column `{name}`", table.name)))
}

fn order(table: &Table) -> Vec<Ident> {
    table.columns.iter().map(|column| column.name.clone()).collect()
}

/// The ops that make a table with all its dependents.
pub(crate) fn recreate(table: &Table) -> Vec<Op> {
    let mut bare = table.clone();
    let indexes = std::mem::take(&mut bare.indexes);
    let triggers = std::mem::take(&mut bare.triggers);
    let mut ops = vec![Op::CreateTable(Box::new(bare))];
    ops.extend(indexes.values().map(|index| Op::create_index(&table.name, index)));
    ops.extend(triggers.into_values().map(Op::CreateTrigger));
    ops
}

/// Drops a constraint, and adds it as it was.
fn again(before: &Schema, name: &ObjectName, constraint: &Ident) -> Result<Vec<Op>, Irreversible> {
    let which = ConstraintRef::Named(constraint.clone());
    let found = table(before, name)?.constraints.iter().find(|c| which.matches(c));
    let found = found.ok_or_else(|| missing(format!("table `{name}` has no such constraint")))?;
    Ok(vec![
        Op::DropConstraint {
            table: name.clone(),
            constraint: which,
        },
        Op::AddConstraint {
            table: name.clone(),
            constraint: Box::new(found.clone()),
        },
    ])
}

fn recreate_view(view: &View) -> Vec<Op> {
    let mut bare = view.clone();
    let triggers = std::mem::take(&mut bare.triggers);
    let view = Op::CreateView(Box::new(bare));
    std::iter::once(view)
        .chain(triggers.into_values().map(Op::CreateTrigger))
        .collect()
}

fn restore_column(table: &Table, name: &Ident) -> Result<Vec<Op>, Irreversible> {
    let name_of_table = || table.name.clone();
    let column = column(table, name)?.clone();
    let mut ops = vec![Op::AddColumn {
        table: name_of_table(),
        column: Box::new(column),
    }];
    if table.columns.last().is_some_and(|last| last.name != *name) {
        ops.push(Op::OrderColumns {
            table: name_of_table(),
            order: order(table),
        });
    }
    for constraint in table
        .constraints
        .iter()
        .filter(|constraint| constraint.uses_column(name))
    {
        ops.push(Op::AddConstraint {
            table: name_of_table(),
            constraint: Box::new(constraint.clone()),
        });
    }
    for index in table.indexes.values().filter(|index| uses_column(index, name)) {
        ops.push(Op::create_index(&table.name, index));
    }
    Ok(ops)
}

fn change_back(column: &Column, change: &ColumnChange) -> ColumnChange {
    match change {
        ColumnChange::Type { .. } => ColumnChange::Type {
            ty: column.ty.clone(),
            collation: column.collation.clone(),
        },
        ColumnChange::Nullable(_) => ColumnChange::Nullable(column.nullable),
        ColumnChange::Default(_) => ColumnChange::Default(column.default.clone()),
        ColumnChange::Generated(_) => ColumnChange::Generated(column.generated.clone()),
        ColumnChange::Identity(_) => ColumnChange::Identity(column.identity.clone()),
        ColumnChange::Comment(_) => ColumnChange::Comment(column.comment.clone()),
        ColumnChange::Attribute { name, .. } => ColumnChange::Attribute {
            name: name.clone(),
            value: column.attributes.get(name).map(str::to_owned),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::ddl::sample::{ops, schema};
    use crate::op::Op;

    #[test]
    fn the_way_back_from_a_rename_restores_a_view_that_gave_the_new_name_itself() {
        let before = schema("create table t (a int); create view v as select a as b from t order by b");
        let rename = &ops("alter table t rename column a to b")[0];
        let mut after = before.clone();
        rename.apply(&mut after).unwrap();
        let back: Vec<String> = rename.reverse(&before).unwrap().iter().map(Op::describe).collect();
        assert_eq!(
            back,
            ["rename column `b` of `t` to `a`", "drop view `v`", "create view `v`"]
        );
    }
}
