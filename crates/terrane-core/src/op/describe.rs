//! An op in words.

use super::{ColumnChange, Commented, ConstraintRef, Op};
use crate::schema::{Constraint, ConstraintKind};

impl Op {
    /// The op as a lower-case fragment with names in backticks: `add column `points` to `poser_loyalty``.
    pub fn describe(&self) -> String {
        match self {
            Op::CreateTable(table) => format!("create table `{}`", table.name),
            Op::DropTable(name) => format!("drop table `{name}`"),
            Op::RenameTable { from, to } => format!("rename table `{from}` to `{to}`"),
            Op::Comment { on, comment: Some(_) } => format!("comment {}", describe_commented(on)),
            Op::Comment { on, comment: None } => format!("remove the comment of {}", describe_commented(on)),
            Op::SetTableAttribute {
                table,
                name,
                value: Some(_),
            } => format!("set `{name}` of table `{table}`"),
            Op::SetTableAttribute {
                table,
                name,
                value: None,
            } => format!("reset `{name}` of table `{table}`"),
            Op::AddColumn { table, column } => format!("add column `{}` to `{table}`", column.name),
            Op::DropColumn { table, column } => format!("drop column `{column}` of `{table}`"),
            Op::RenameColumn { table, from, to } => format!("rename column `{from}` of `{table}` to `{to}`"),
            Op::AlterColumn { table, column, change } => describe_change(&format!("`{table}.{column}`"), change),
            Op::OrderColumns { table, .. } => format!("reorder the columns of `{table}`"),
            Op::AddConstraint { table, constraint } => format!("add {} to `{table}`", describe_constraint(constraint)),
            Op::DropConstraint { table, constraint } => {
                let what = match constraint {
                    ConstraintRef::Named(name) => format!("constraint `{name}`"),
                    ConstraintRef::PrimaryKey => "primary key".to_owned(),
                    ConstraintRef::Unnamed(kind) => kind_word(kind).to_owned(),
                };
                format!("drop {what} of `{table}`")
            }
            Op::RenameConstraint { table, from, to } => format!("rename constraint `{from}` of `{table}` to `{to}`"),
            Op::ValidateConstraint { table, constraint } => format!("validate constraint `{constraint}` of `{table}`"),
            Op::UseIndex { table, index, key } => {
                format!("make index `{index}` of `{table}` its {}", key.words().to_lowercase())
            }
            Op::CreateIndex { table, index, .. } => format!("create index `{}` on `{table}`", index.name),
            Op::DropIndex { name, .. } => format!("drop index `{name}`"),
            Op::RenameIndex { from, to, .. } => format!("rename index `{from}` to `{to}`"),
            Op::CreateView(view) => format!("create view `{}`", view.name),
            Op::DropView(name) => format!("drop view `{name}`"),
            Op::CreateTrigger(trigger) => format!("create trigger `{}` on `{}`", trigger.name, trigger.relation),
            Op::DropTrigger { name, relation: None } => format!("drop trigger `{name}`"),
            Op::DropTrigger {
                name,
                relation: Some(relation),
            } => format!("drop trigger `{name}` of `{relation}`"),
            Op::CreateEnum(enum_type) => format!("create type `{}`", enum_type.name),
            Op::DropEnum(name) => format!("drop type `{name}`"),
            Op::AlterEnum(enum_type) => format!("alter the values of type `{}`", enum_type.name),
            Op::CreateSequence(sequence) => format!("create sequence `{}`", sequence.name),
            Op::AlterSequence(sequence) => format!("alter sequence `{}`", sequence.name),
            Op::DropSequence(name) => format!("drop sequence `{name}`"),
            Op::CreateRoutine(routine) => format!("create routine `{}`", routine.name),
            Op::ReplaceRoutine(routine) => format!("replace routine `{}`", routine.name),
            Op::DropRoutine(name) => format!("drop routine `{name}`"),
            Op::CreateUnmodelled(other) => format!("create {} `{}`", other.kind, other.name),
            Op::DropUnmodelled(other) => format!("drop {} `{}`", other.kind, other.name),
            Op::Sql(raw) => format!("run `{}`", first_line(&raw.text)),
            Op::Call(name) => format!("call `{name}`"),
            Op::Python => "run its Python".to_owned(),
        }
    }
}

fn describe_commented(on: &Commented) -> String {
    match on {
        Commented::Table(name) => format!("table `{name}`"),
        Commented::View(name) => format!("view `{name}`"),
        Commented::Index(name, _) => format!("index `{name}`"),
    }
}

fn describe_change(column: &str, change: &ColumnChange) -> String {
    match change {
        ColumnChange::Type {
            ty,
            collation: Some(collation),
        } => format!("change type of {column} to `{ty} collate {collation}`"),
        ColumnChange::Type { ty, collation: None } => format!("change type of {column} to `{ty}`"),
        ColumnChange::Nullable(true) => format!("drop not null of {column}"),
        ColumnChange::Nullable(false) => format!("set not null on {column}"),
        ColumnChange::Default(Some(default)) => format!("set default of {column} to `{default}`"),
        ColumnChange::Default(None) => format!("drop default of {column}"),
        ColumnChange::Generated(Some(_)) => format!("change the expression of {column}"),
        ColumnChange::Generated(None) => format!("drop the expression of {column}"),
        ColumnChange::Identity(Some(_)) => format!("add identity to {column}"),
        ColumnChange::Identity(None) => format!("drop identity of {column}"),
        ColumnChange::Comment(Some(_)) => format!("comment {column}"),
        ColumnChange::Comment(None) => format!("remove the comment of {column}"),
        ColumnChange::Attribute { name, value: Some(_) } => format!("set `{name}` of {column}"),
        ColumnChange::Attribute { name, value: None } => format!("reset `{name}` of {column}"),
    }
}

fn describe_constraint(constraint: &Constraint) -> String {
    let word = kind_word(&constraint.kind);
    match &constraint.name {
        Some(name) => format!("{word} `{name}`"),
        None => word.to_owned(),
    }
}

fn kind_word(kind: &ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::PrimaryKey(_) => "primary key",
        ConstraintKind::Unique(_) => "unique constraint",
        ConstraintKind::ForeignKey(_) => "foreign key",
        ConstraintKind::Check(_) => "check",
        ConstraintKind::Exclusion(_) => "exclusion constraint",
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("").trim()
}
