//! What an op does to a schema.

use super::{ColumnChange, Commented, ConstraintRef, Effect, KeyKind, Op, rename};
use crate::name::{Ident, ObjectName};
use crate::schema::{
    Column, Constraint, ConstraintKind, Deferrability, Index, IndexKey, Key, KeyTarget, NOT_VALID, Schema, Table,
};
use crate::sql::quote_identifier;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// An op that does not fit the schema it is applied to: what it changes is not there, or what it creates is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misfit {
    /// A lower-case fragment with names in backticks.
    pub message: String,
    /// Whether it creates what is there already; otherwise it changes what is not.
    pub is_taken: bool,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

fn misfit<T>(message: String) -> Result<T, Misfit> {
    Err(Misfit {
        message,
        is_taken: false,
    })
}

fn taken<T>(message: String) -> Result<T, Misfit> {
    Err(Misfit {
        message,
        is_taken: true,
    })
}

impl Op {
    /// Changes the schema as the server would.
    ///
    /// # Errors
    /// The op does not fit; the schema is then as it was.
    pub fn apply(&self, schema: &mut Schema) -> Result<(), Misfit> {
        let changed = super::edges::changed(self, schema);
        self.change(schema)?;
        super::edges::follow(self, changed, &mut schema.edges);
        Ok(())
    }

    fn change(&self, schema: &mut Schema) -> Result<(), Misfit> {
        match self {
            Op::CreateTable(table) => {
                vacant(schema, &table.name)?;
                schema.tables.insert(table.name.clone(), (**table).clone());
            }
            Op::DropTable(name) => {
                table(schema, name)?;
                schema.tables.remove(name);
            }
            Op::RenameTable { from, to } => {
                table(schema, from)?;
                if from != to {
                    vacant(schema, to)?;
                }
                rename::table(schema, from, to);
            }
            Op::Comment { on, comment } => commented(schema, on)?.clone_from(comment),
            Op::SetTableAttribute {
                table: name,
                name: attribute,
                value,
            } => {
                table(schema, name)?.attributes.set(attribute, value.as_deref());
            }
            Op::AddColumn { table: name, column } => add_column(table(schema, name)?, column)?,
            Op::DropColumn { table: name, column } => drop_column(table(schema, name)?, column)?,
            Op::RenameColumn { table: name, from, to } => {
                let table = table(schema, name)?;
                column(table, from)?;
                if from != to && table.column(to).is_some() {
                    return taken(format!("table `{name}` has a column `{to}` already"));
                }
                rename::column(schema, name, from, to);
            }
            Op::AlterColumn {
                table: name,
                column: column_name,
                change,
            } => {
                alter_column(column(table(schema, name)?, column_name)?, change);
            }
            Op::OrderColumns { table: name, order } => order_columns(table(schema, name)?, order)?,
            Op::AddConstraint {
                table: name,
                constraint,
            } => {
                let table = table(schema, name)?;
                if constraint.name.is_some() && table.constraints.iter().any(|c| c.name == constraint.name) {
                    return taken(format!("table `{name}` has that constraint already"));
                }
                if matches!(constraint.kind, ConstraintKind::PrimaryKey(_)) && table.primary_key().is_some() {
                    return taken(format!("table `{name}` has a primary key already"));
                }
                table.constraints.push((**constraint).clone());
            }
            Op::DropConstraint {
                table: name,
                constraint,
            } => drop_constraint(table(schema, name)?, constraint)?,
            Op::RenameConstraint { table: name, from, to } => {
                let table = table(schema, name)?;
                if from != to && table.constraints.iter().any(|c| c.name.as_ref() == Some(to)) {
                    return taken(format!("table `{name}` has a constraint `{to}` already"));
                }
                match table.constraints.iter_mut().find(|c| c.name.as_ref() == Some(from)) {
                    Some(constraint) => constraint.name = Some(to.clone()),
                    None => return misfit(format!("table `{name}` has no constraint `{from}`")),
                }
            }
            Op::ValidateConstraint {
                table: name,
                constraint,
            } => validate(table(schema, name)?, constraint)?,
            Op::UseIndex {
                table: name,
                index,
                key,
            } => use_index(table(schema, name)?, index, *key)?,
            Op::CreateIndex { table: name, index, .. } => create_index(schema, name, index)?,
            Op::DropIndex { name, table } => {
                take_index(schema, name, table.as_ref())?;
            }
            Op::RenameIndex { table, from, to } => {
                let of = table
                    .as_ref()
                    .or_else(|| Some(&schema.table_of_index(from, None)?.name));
                let is_rival = |other: &&Table| other.indexes.contains_key(to) && is_near(of, &other.name);
                if from != to && schema.tables.values().any(|other| is_rival(&other)) {
                    return taken(format!("there is an index `{to}` already"));
                }
                let (owner, mut index) = take_index(schema, from, table.as_ref())?;
                index.name = to.clone();
                create_index(schema, &owner, &index)?;
            }
            Op::CreateView(view) => {
                vacant(schema, &view.name)?;
                schema.views.insert(view.name.clone(), (**view).clone());
            }
            Op::DropView(name) => remove(&mut schema.views, name, "view")?,
            Op::CreateTrigger(trigger) => {
                if schema
                    .relation_of_trigger(&trigger.name, Some(&trigger.relation))
                    .is_some()
                {
                    return taken(format!("there is a trigger `{}` already", trigger.name));
                }
                match schema.triggers_mut(&trigger.relation) {
                    Some(triggers) => triggers.insert(trigger.name.clone(), trigger.clone()),
                    None => return misfit(format!("there is no table or view `{}`", trigger.relation)),
                };
            }
            Op::DropTrigger { name, relation } => {
                let Some(relation) = schema.relation_of_trigger(name, relation.as_ref()).cloned() else {
                    return misfit(format!("there is no trigger `{name}`"));
                };
                if let Some(triggers) = schema.triggers_mut(&relation) {
                    triggers.remove(name);
                }
            }
            Op::CreateEnum(enum_type) => insert(&mut schema.enums, &enum_type.name, enum_type, "type")?,
            Op::DropEnum(name) => match other_type(schema, name) {
                Some(other) => remove(&mut schema.unmodelled, &other, "type")?,
                None => remove(&mut schema.enums, name, "type")?,
            },
            Op::AlterEnum(enum_type) => {
                remove(&mut schema.enums, &enum_type.name, "type")?;
                insert(&mut schema.enums, &enum_type.name, enum_type, "type")?;
            }
            Op::CreateSequence(sequence) => insert(&mut schema.sequences, &sequence.name, sequence, "sequence")?,
            Op::AlterSequence(sequence) => {
                remove(&mut schema.sequences, &sequence.name, "sequence")?;
                insert(&mut schema.sequences, &sequence.name, sequence, "sequence")?;
            }
            Op::DropSequence(name) => remove(&mut schema.sequences, name, "sequence")?,
            Op::CreateRoutine(routine) => insert(&mut schema.routines, &routine.name, routine, "routine")?,
            Op::ReplaceRoutine(routine) => {
                let mut routine = routine.clone();
                if let Some(old) = schema.routine(&routine.name) {
                    routine.name.clone_from(&old.name);
                }
                schema.routines.insert(routine.name.clone(), routine);
            }
            Op::DropRoutine(name) => {
                let meant = schema.routine(name).map_or(name, |routine| &routine.name).clone();
                remove(&mut schema.routines, &meant, "routine")?;
            }
            Op::CreateUnmodelled(other) => insert(&mut schema.unmodelled, &other.name, other, &other.kind)?,
            Op::DropUnmodelled(other) => remove(&mut schema.unmodelled, &other.name, &other.kind)?,
            Op::Sql(raw) => {
                if let Effect::CreatesTable(name) = &raw.effect {
                    vacant(schema, name)?;
                }
            }
            Op::Call(_) | Op::Python => {}
        }
        Ok(())
    }
}

/// A name as that of something without a model is kept: as SQL text, quotes and all.
pub fn as_text(name: &ObjectName) -> ObjectName {
    ObjectName {
        schema: name.schema.clone(),
        name: name.name.sibling(quote_identifier(name.name.as_str()).into_owned()),
    }
}

/// What `DROP TYPE` drops, if it is no enumerated type: a composite one, a range. Its name is kept as SQL text.
pub(crate) fn other_type(schema: &Schema, name: &ObjectName) -> Option<ObjectName> {
    let other = as_text(name);
    let is_type = schema.unmodelled.get(&other).is_some_and(|other| other.kind == "type");
    (is_type && !schema.enums.contains_key(name)).then_some(other)
}

fn table<'s>(schema: &'s mut Schema, name: &ObjectName) -> Result<&'s mut Table, Misfit> {
    schema.tables.get_mut(name).ok_or_else(|| Misfit {
        message: format!("there is no table `{name}`"),
        is_taken: false,
    })
}

/// The place of a comment.
fn commented<'s>(schema: &'s mut Schema, on: &Commented) -> Result<&'s mut Option<String>, Misfit> {
    let missing = |what: &str, name: &dyn fmt::Display| Misfit {
        message: format!("there is no {what} `{name}`"),
        is_taken: false,
    };
    match on {
        Commented::Table(name) => Ok(&mut table(schema, name)?.comment),
        Commented::View(name) => match schema.views.get_mut(name) {
            Some(view) => Ok(&mut view.comment),
            None => Err(missing("view", name)),
        },
        Commented::Index(name, of) => {
            let mut tables = schema
                .tables
                .values_mut()
                .filter(|table| of.as_ref().is_none_or(|of| *of == table.name));
            let index = tables.find_map(|table| table.indexes.get_mut(name));
            index
                .map(|index| &mut index.comment)
                .ok_or_else(|| missing("index", name))
        }
    }
}

/// Whether the indexes of two tables share their names: those of one namespace do.
fn is_near(table: Option<&ObjectName>, other: &ObjectName) -> bool {
    table.is_none_or(|table| table.schema == other.schema)
}

fn column<'t>(table: &'t mut Table, name: &Ident) -> Result<&'t mut Column, Misfit> {
    let message = format!("table `{}` has no column `{name}`", table.name);
    table.column_mut(name).ok_or(Misfit {
        message,
        is_taken: false,
    })
}

/// Tables and views share their names.
fn vacant(schema: &Schema, name: &ObjectName) -> Result<(), Misfit> {
    if schema.tables.contains_key(name) {
        return taken(format!("there is a table `{name}` already"));
    }
    if schema.views.contains_key(name) {
        return taken(format!("there is a view `{name}` already"));
    }
    Ok(())
}

fn insert<T: Clone>(map: &mut BTreeMap<ObjectName, T>, name: &ObjectName, value: &T, kind: &str) -> Result<(), Misfit> {
    if map.contains_key(name) {
        return taken(format!("there is a {kind} `{name}` already"));
    }
    map.insert(name.clone(), value.clone());
    Ok(())
}

fn remove<T>(map: &mut BTreeMap<ObjectName, T>, name: &ObjectName, kind: &str) -> Result<(), Misfit> {
    match map.remove(name) {
        Some(_) => Ok(()),
        None => misfit(format!("there is no {kind} `{name}`")),
    }
}

fn add_column(table: &mut Table, column: &Column) -> Result<(), Misfit> {
    if table.column(&column.name).is_some() {
        return taken(format!("table `{}` has a column `{}` already", table.name, column.name));
    }
    table.columns.push(column.clone());
    Ok(())
}

/// With a column go the constraints and indexes that name it, as PostgreSQL has it. A check is kept: whether it reads
/// the column only the server knows.
fn drop_column(table: &mut Table, name: &Ident) -> Result<(), Misfit> {
    column(table, name)?;
    table.columns.retain(|column| column.name != *name);
    table.constraints.retain(|constraint| !constraint.uses_column(name));
    table.indexes.retain(|_, index| !uses_column(index, name));
    Ok(())
}

pub(super) fn uses_column(index: &Index, column: &Ident) -> bool {
    let key = |key: &IndexKey| matches!(&key.target, KeyTarget::Column(name) if name == column);
    index.keys.iter().any(key) || index.include.contains(column)
}

fn validate(table: &mut Table, name: &Ident) -> Result<(), Misfit> {
    let message = format!("table `{}` has no constraint `{name}`", table.name);
    let found = table.constraints.iter_mut().find(|c| c.name.as_ref() == Some(name));
    match found.and_then(|constraint| constraint.kind.attributes_mut()) {
        Some(attributes) => attributes.set(NOT_VALID, None),
        None => return misfit(message),
    }
    Ok(())
}

fn use_index(table: &mut Table, name: &Ident, kind: KeyKind) -> Result<(), Misfit> {
    let Some(index) = table.indexes.get(name).filter(|index| index.unique) else {
        return misfit(format!("table `{}` has no unique index `{name}`", table.name));
    };
    let key = Key {
        columns: index.keys.clone(),
        include: index.include.clone(),
        deferrable: Deferrability::default(),
        attributes: index.attributes.clone(),
    };
    if kind == KeyKind::Primary && table.primary_key().is_some() {
        return taken(format!("table `{}` has a primary key already", table.name));
    }
    table.indexes.remove(name);
    table.constraints.push(Constraint {
        name: Some(name.clone()),
        kind: match kind {
            KeyKind::Primary => ConstraintKind::PrimaryKey(key),
            KeyKind::Unique => ConstraintKind::Unique(key),
        },
    });
    Ok(())
}

fn alter_column(column: &mut Column, change: &ColumnChange) {
    match change.clone() {
        ColumnChange::Type { ty, collation } => {
            column.ty = ty;
            column.collation = collation;
        }
        ColumnChange::Nullable(nullable) => column.nullable = nullable,
        ColumnChange::Default(default) => column.default = default,
        ColumnChange::Generated(generated) => column.generated = generated,
        ColumnChange::Identity(identity) => column.identity = identity,
        ColumnChange::Comment(comment) => column.comment = comment,
        ColumnChange::Attribute { name, value } => column.attributes.set(&name, value.as_deref()),
    }
}

fn order_columns(table: &mut Table, order: &[Ident]) -> Result<(), Misfit> {
    let mut columns = Vec::with_capacity(order.len());
    for name in order {
        columns.push(column(table, name)?.clone());
    }
    let distinct: BTreeSet<&Ident> = order.iter().collect();
    if distinct.len() != table.columns.len() || columns.len() != table.columns.len() {
        return misfit(format!(
            "the order of the columns of `{}` has to name each of them once",
            table.name
        ));
    }
    table.columns = columns;
    Ok(())
}

fn drop_constraint(table: &mut Table, which: &ConstraintRef) -> Result<(), Misfit> {
    match table
        .constraints
        .iter()
        .position(|constraint| which.matches(constraint))
    {
        Some(at) => {
            table.constraints.remove(at);
            Ok(())
        }
        None => misfit(match which {
            ConstraintRef::Named(name) => format!("table `{}` has no constraint `{name}`", table.name),
            ConstraintRef::PrimaryKey => format!("table `{}` has no primary key", table.name),
            ConstraintRef::Unnamed(kind) => match **kind {
                ConstraintKind::PrimaryKey(_) => format!("table `{}` has no such primary key", table.name),
                _ => format!("table `{}` has no such constraint", table.name),
            },
        }),
    }
}

fn create_index(schema: &mut Schema, name: &ObjectName, index: &Index) -> Result<(), Misfit> {
    let table = table(schema, name)?;
    if table.indexes.contains_key(&index.name) {
        return taken(format!("there is an index `{}` already", index.name));
    }
    table.indexes.insert(index.name.clone(), index.clone());
    Ok(())
}

fn take_index(schema: &mut Schema, name: &Ident, of: Option<&ObjectName>) -> Result<(ObjectName, Index), Misfit> {
    let tables = schema.tables.values_mut();
    let found = tables
        .filter(|table| of.is_none_or(|of| *of == table.name))
        .find_map(|table| table.indexes.remove(name).map(|index| (table.name.clone(), index)));
    found.ok_or_else(|| Misfit {
        message: format!("there is no index `{name}`"),
        is_taken: false,
    })
}

#[cfg(test)]
mod tests {
    use crate::ddl::sample::{ops, schema};

    #[track_caller]
    fn misfits(script: &str, statement: &str, message: &str) {
        let before = schema(script);
        let mut after = before.clone();
        let misfit = ops(statement)[0].apply(&mut after).unwrap_err();
        assert_eq!(misfit.message, message);
        assert_eq!(after, before);
    }

    #[test]
    fn an_op_that_does_not_fit_leaves_the_schema_as_it_was() {
        let table = "create table t (a int primary key, b int, constraint p check (a > 0), constraint q check (b > 0));
            create table u (a int); create index i on t (a); create index j on u (a)";
        misfits(table, "alter index i rename to j", "there is an index `j` already");
        misfits(
            table,
            "alter table t rename constraint p to q",
            "table `t` has a constraint `q` already",
        );
        misfits(
            table,
            "alter table t add primary key (b)",
            "table `t` has a primary key already",
        );
        misfits(
            table,
            "alter table t order columns (a, a)",
            "the order of the columns of `t` has to name each of them once",
        );
    }

    #[test]
    fn a_unique_constraint_goes_with_a_column_that_it_only_carries() {
        let script = "create table t (a int, b int, unique (a) include (b))";
        let before = schema(script);
        let mut after = before.clone();
        let op = &ops("alter table t drop column b")[0];
        op.apply(&mut after).unwrap();
        assert_eq!(after, schema("create table t (a int)"));
        for op in op.reverse(&before).unwrap() {
            op.apply(&mut after).unwrap();
        }
        assert_eq!(after, before);
    }
}
