//! Tables, columns and constraints in Python.

use super::types::{SERIALS, python_type};
use super::{escaped, list, sa_text, text};
use crate::naming::Naming;
use terrane_core::ddl;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{
    Action, Column, Constraint, ConstraintKind, Deferrability, Expr, ForeignKey, Key, Schema, Table,
};

/// What is known of where a directive will run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) schema: &'a Schema,
    pub(super) dialect: &'a str,
    pub(super) naming: &'a Naming,
}

/// The keywords and values of a call.
pub(super) fn keyword(name: &str, value: impl AsRef<str>) -> String {
    format!("{name}={}", value.as_ref())
}

pub(super) fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

impl Place<'_> {
    pub(super) fn ty(&self, column: &Column) -> Option<String> {
        python_type(&column.ty, column.collation.as_ref(), self.schema, self.dialect)
    }

    /// A name that stays as it is, whatever the metadata's naming convention makes of names.
    pub(super) fn exact(&self, kind: &str, name: &Ident) -> String {
        let is_changed = match self.naming {
            Naming::Unknown => true,
            Naming::Known(templates) => templates
                .get(kind)
                .is_some_and(|template| template.contains("%(constraint_name)s")),
        };
        let name = text(name.as_str());
        if is_changed { format!("op.f({name})") } else { name }
    }

    /// `sa.Column(…)`. A whole number that is a key counts by itself unless it is said that it does not.
    pub(super) fn column(&self, column: &Column, is_key: bool) -> Option<String> {
        if !column.attributes.is_empty() {
            return None;
        }
        let mut parts = vec![text(column.name.as_str()), self.ty(column)?];
        if let Some(generated) = &column.generated {
            let expression = text(&escaped(generated.expression.as_str()));
            parts.push(format!(
                "sa.Computed({expression}, persisted={})",
                truth(generated.stored)
            ));
        }
        if let Some(identity) = &column.identity {
            if identity.options.is_some() || self.dialect != "postgresql" {
                return None;
            }
            parts.push(format!("sa.Identity(always={})", truth(identity.always)));
        }
        let counts = SERIALS.iter().any(|(serial, _)| *serial == column.ty.canonical());
        let is_whole = matches!(column.ty.canonical(), "integer" | "bigint" | "smallint");
        if counts && !is_key {
            return None;
        }
        if counts || is_key && is_whole && self.dialect == "postgresql" && column.identity.is_none() {
            parts.push(keyword("autoincrement", truth(counts)));
        }
        parts.push(keyword("nullable", truth(column.nullable)));
        let default = column.default.as_ref();
        parts.extend(
            default.map(|default| keyword("server_default", sa_text(&self.default_sql(default, &column.name)))),
        );
        let comment = column.comment.as_ref();
        parts.extend(comment.map(|comment| keyword("comment", text(comment))));
        Some(format!("sa.Column({})", parts.join(", ")))
    }

    /// `op.create_table(…)`.
    pub(super) fn table(&self, table: &Table) -> Option<String> {
        if !table.attributes.is_empty() {
            return None;
        }
        let key: Vec<&Ident> = table.primary_key().into_iter().flat_map(Key::names).collect();
        let mut parts = vec![text(table.name.name.as_str())];
        for column in &table.columns {
            parts.push(self.column(column, key.contains(&&column.name))?);
        }
        for constraint in &table.constraints {
            parts.push(self.constraint(constraint)?);
        }
        parts.extend(self.schema_of(&table.name, "schema"));
        let comment = table.comment.as_ref();
        parts.extend(comment.map(|comment| keyword("comment", text(comment))));
        Some(format!("op.create_table(\n    {},\n)", parts.join(",\n    ")))
    }

    /// A default as it stands behind DEFAULT. SQLite wants an expression in parentheses, and keeps it without.
    pub(super) fn default_sql(&self, default: &Expr, name: &Ident) -> String {
        if !super::needs_batch(self.dialect) {
            return default.as_str().to_owned();
        }
        let op = Op::AlterColumn {
            table: ObjectName::bare(name.clone()),
            column: name.clone(),
            change: ColumnChange::Default(Some(default.clone())),
        };
        let said = ddl::print(&op).concat();
        said.split_once("SET DEFAULT ")
            .map_or_else(|| default.as_str().to_owned(), |(_, sql)| sql.to_owned())
    }

    pub(super) fn schema_of(&self, name: &ObjectName, word: &str) -> Option<String> {
        name.schema.as_ref().map(|schema| keyword(word, text(schema.as_str())))
    }

    /// A constraint among the arguments of `create_table`.
    fn constraint(&self, constraint: &Constraint) -> Option<String> {
        let (class, kind, mut parts) = match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => ("PrimaryKeyConstraint", "pk", quoted(&columns(key)?)),
            ConstraintKind::Unique(key) => ("UniqueConstraint", "uq", quoted(&columns(key)?)),
            ConstraintKind::Check(check) if check.attributes.is_empty() => {
                let condition = text(&escaped(check.expression.as_str()));
                ("CheckConstraint", "ck", vec![condition])
            }
            ConstraintKind::ForeignKey(key) => ("ForeignKeyConstraint", "fk", targets(key)?),
            ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => return None,
        };
        let name = constraint.name.as_ref();
        parts.extend(name.map(|name| keyword("name", self.exact(kind, name))));
        parts.extend(options(&constraint.kind)?);
        Some(format!("sa.{class}({})", parts.join(", ")))
    }
}

fn quoted(names: &[&Ident]) -> Vec<String> {
    names.iter().map(|name| text(name.as_str())).collect()
}

/// The columns of a key that is nothing but columns.
pub(super) fn columns(key: &Key) -> Option<Vec<&Ident>> {
    let is_plain = |key: &terrane_core::schema::IndexKey| {
        key.collation.is_none() && key.operator_class.is_none() && !key.descending && key.nulls.is_none()
    };
    let is_plain = key.include.is_empty() && key.attributes.is_empty() && key.columns.iter().all(is_plain);
    let names: Vec<&Ident> = key.names().collect();
    (is_plain && names.len() == key.columns.len()).then_some(names)
}

/// The columns of a foreign key, and what they refer to as `table.column`.
fn targets(key: &ForeignKey) -> Option<Vec<String>> {
    let has_dot = |name: &Ident| name.as_str().contains('.');
    let mut names = key.referenced.iter().chain([&key.table.name]).chain(&key.table.schema);
    if key.referenced.is_empty() || names.any(has_dot) {
        return None;
    }
    let table = match &key.table.schema {
        Some(schema) => format!("{}.{}", schema.as_str(), key.table.name.as_str()),
        None => key.table.name.as_str().to_owned(),
    };
    let targets: Vec<String> = key
        .referenced
        .iter()
        .map(|name| format!("{table}.{}", name.as_str()))
        .collect();
    Some(vec![
        list(key.columns.iter().map(Ident::as_str)),
        list(targets.iter().map(String::as_str)),
    ])
}

/// What is said of a constraint besides, as keywords.
pub(super) fn options(kind: &ConstraintKind) -> Option<Vec<String>> {
    let mut options = Vec::new();
    let deferrable = match kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => key.deferrable,
        ConstraintKind::ForeignKey(key) => {
            if !key.attributes.is_empty() {
                return None;
            }
            let matching = key.matching.as_ref();
            options.extend(matching.map(|matching| keyword("match", text(&matching.to_uppercase()))));
            options.extend(action(key.on_update).map(|action| keyword("onupdate", text(action))));
            options.extend(action(key.on_delete).map(|action| keyword("ondelete", text(action))));
            key.deferrable
        }
        ConstraintKind::Check(_) | ConstraintKind::Exclusion(_) => Deferrability::NotDeferrable,
    };
    let initially = match deferrable {
        Deferrability::NotDeferrable => None,
        Deferrability::InitiallyImmediate => Some("IMMEDIATE"),
        Deferrability::InitiallyDeferred => Some("DEFERRED"),
    };
    if let Some(initially) = initially {
        options.push(keyword("deferrable", "True"));
        options.push(keyword("initially", text(initially)));
    }
    Some(options)
}

fn action(action: Action) -> Option<&'static str> {
    match action {
        Action::NoAction => None,
        Action::Restrict => Some("RESTRICT"),
        Action::Cascade => Some("CASCADE"),
        Action::SetNull => Some("SET NULL"),
        Action::SetDefault => Some("SET DEFAULT"),
    }
}
