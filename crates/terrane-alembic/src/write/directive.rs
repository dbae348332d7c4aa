//! An op as the call that Alembic has for it.

use super::column::{Place, columns, keyword, options, truth};
use super::{Line, escaped, list, needs_batch, sa_text, text};
use crate::naming::Naming;
use terrane_core::ddl::print_key;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Commented, ConstraintRef, Op};
use terrane_core::schema::{Column, Constraint, ConstraintKind, Index, KeyTarget, Schema};

/// A call of a directive that changes a table, or belongs to one.
struct Call<'o> {
    method: &'static str,
    /// What stands before the table.
    first: Vec<String>,
    table: &'o ObjectName,
    /// What stands behind it.
    rest: Vec<String>,
    /// Whether SQLite needs the table made anew for it.
    alters: bool,
    /// The keyword of the table's schema.
    schema: &'static str,
}

impl Call<'_> {
    fn line(self, place: &Place<'_>) -> Line {
        let in_batch = self.alters && needs_batch(place.dialect);
        let mut parts = self.first;
        if !in_batch {
            parts.push(text(self.table.name.as_str()));
        }
        parts.extend(self.rest);
        if !in_batch {
            parts.extend(place.schema_of(self.table, self.schema));
        }
        let on = if in_batch { "batch_op" } else { "op" };
        Line {
            comments: Vec::new(),
            batch: in_batch.then(|| self.table.clone()),
            text: format!("{on}.{}({})", self.method, parts.join(", ")),
        }
    }
}

/// The directive for an op that runs on what `before` holds; none, where Alembic has none that surely says the same.
/// `using` is how the values of a column become those of its new type, where the server has to be told.
pub fn directive(op: &Op, before: &Schema, dialect: &str, naming: &Naming, using: Option<&str>) -> Option<Line> {
    let place = Place {
        schema: before,
        dialect,
        naming,
    };
    let alone = |text: String| Line {
        comments: Vec::new(),
        batch: None,
        text,
    };
    let call = match op {
        Op::CreateTable(table) => return place.table(table).map(alone),
        Op::DropTable(name) => plain("drop_table", name, Vec::new()),
        Op::RenameTable { from, to } if from.schema == to.schema => {
            plain("rename_table", from, vec![text(to.name.as_str())])
        }
        Op::Comment {
            on: Commented::Table(table),
            comment,
        } => match comment {
            Some(comment) => plain("create_table_comment", table, vec![text(comment)]),
            None => plain("drop_table_comment", table, Vec::new()),
        },
        Op::AddColumn { table, column } => plain("add_column", table, vec![place.column(column, false)?]),
        Op::DropColumn { table, column } => altering("drop_column", table, vec![text(column.as_str())]),
        Op::RenameColumn { table, from, to } => {
            let names = vec![text(from.as_str()), keyword("new_column_name", text(to.as_str()))];
            altering("alter_column", table, names)
        }
        Op::AlterColumn { table, column, change } => alter_column(&place, table, column, change, using)?,
        Op::AddConstraint { table, constraint } => add_constraint(&place, table, constraint)?,
        Op::DropConstraint {
            table,
            constraint: ConstraintRef::Named(name),
        } => drop_constraint(&place, table, name)?,
        Op::CreateIndex { table, index, .. } => create_index(&place, table, index)?,
        Op::DropIndex { name, table } => {
            let holds = |other: &&ObjectName| before.tables[*other].indexes.contains_key(name);
            let table = table.as_ref().or_else(|| before.tables.keys().find(holds))?;
            let mut parts = vec![text(name.as_str()), keyword("table_name", text(table.name.as_str()))];
            parts.extend(place.schema_of(table, "schema"));
            return Some(alone(format!("op.drop_index({})", parts.join(", "))));
        }
        _ => return None,
    };
    Some(call.line(&place))
}

fn plain<'o>(method: &'static str, table: &'o ObjectName, rest: Vec<String>) -> Call<'o> {
    Call {
        method,
        first: Vec::new(),
        table,
        rest,
        alters: false,
        schema: "schema",
    }
}

fn altering<'o>(method: &'static str, table: &'o ObjectName, rest: Vec<String>) -> Call<'o> {
    Call {
        alters: true,
        ..plain(method, table, rest)
    }
}

fn alter_column<'o>(
    place: &Place<'_>,
    table: &'o ObjectName,
    name: &Ident,
    change: &ColumnChange,
    using: Option<&str>,
) -> Option<Call<'o>> {
    let old = place.schema.tables.get(table).and_then(|table| table.column(name))?;
    let existing = place.ty(old);
    let mut parts = vec![text(name.as_str())];
    parts.extend(existing.map(|ty| keyword("existing_type", ty)));
    match change {
        ColumnChange::Type { ty, collation } => {
            let new = Column {
                collation: collation.clone(),
                ..Column::new(name.clone(), ty.clone())
            };
            parts.push(keyword("type_", place.ty(&new)?));
            parts.push(keyword("existing_nullable", truth(old.nullable)));
            parts.extend(using.map(|using| keyword("postgresql_using", text(using))));
        }
        ColumnChange::Nullable(nullable) => parts.push(keyword("nullable", truth(*nullable))),
        ColumnChange::Default(default) => {
            let new = default
                .as_ref()
                .map(|default| sa_text(&place.default_sql(default, name)));
            parts.push(keyword("server_default", new.as_deref().unwrap_or("None")));
        }
        ColumnChange::Comment(comment) if place.dialect == "postgresql" => {
            let said = |comment: &Option<String>| comment.as_deref().map_or_else(|| "None".to_owned(), text);
            parts.push(keyword("comment", said(comment)));
            parts.push(keyword("existing_comment", said(&old.comment)));
        }
        _ => return None,
    }
    Some(altering("alter_column", table, parts))
}

fn add_constraint<'o>(place: &Place<'_>, table: &'o ObjectName, constraint: &Constraint) -> Option<Call<'o>> {
    let name = constraint.name.as_ref()?;
    let list_of = |key| columns(key).map(|names| list(names.into_iter().map(Ident::as_str)));
    let (method, kind, mut rest) = match &constraint.kind {
        ConstraintKind::PrimaryKey(key) => ("create_primary_key", "pk", vec![list_of(key)?]),
        ConstraintKind::Unique(key) => ("create_unique_constraint", "uq", vec![list_of(key)?]),
        ConstraintKind::Check(check) if check.attributes.is_empty() => {
            let condition = text(&escaped(check.expression.as_str()));
            ("create_check_constraint", "ck", vec![condition])
        }
        ConstraintKind::ForeignKey(key) if !key.referenced.is_empty() => {
            let names = |names: &[Ident]| list(names.iter().map(Ident::as_str));
            let parent = text(key.table.name.as_str());
            let parts = vec![parent, names(&key.columns), names(&key.referenced)];
            ("create_foreign_key", "fk", parts)
        }
        _ => return None,
    };
    rest.extend(options(&constraint.kind)?);
    let is_key = matches!(constraint.kind, ConstraintKind::ForeignKey(_));
    if let ConstraintKind::ForeignKey(key) = &constraint.kind {
        rest.extend(place.schema_of(&key.table, "referent_schema"));
    }
    Some(Call {
        first: vec![place.exact(kind, name)],
        schema: if is_key { "source_schema" } else { "schema" },
        ..altering(method, table, rest)
    })
}

fn drop_constraint<'o>(place: &Place<'_>, table: &'o ObjectName, name: &Ident) -> Option<Call<'o>> {
    let held = place.schema.tables.get(table)?;
    let found = held
        .constraints
        .iter()
        .find(|constraint| constraint.name.as_ref() == Some(name))?;
    let (kind, word) = match &found.kind {
        ConstraintKind::PrimaryKey(_) => ("pk", "primary"),
        ConstraintKind::Unique(_) => ("uq", "unique"),
        ConstraintKind::ForeignKey(_) => ("fk", "foreignkey"),
        ConstraintKind::Check(_) => ("ck", "check"),
        ConstraintKind::Exclusion(_) => return None,
    };
    Some(Call {
        first: vec![place.exact(kind, name)],
        ..altering("drop_constraint", table, vec![keyword("type_", text(word))])
    })
}

fn create_index<'o>(place: &Place<'_>, table: &'o ObjectName, index: &Index) -> Option<Call<'o>> {
    if index.comment.is_some() || !index.attributes.is_empty() {
        return None;
    }
    let is_postgres = place.dialect == "postgresql";
    let part = |key: &terrane_core::schema::IndexKey| {
        let is_plain =
            key.collation.is_none() && key.operator_class.is_none() && !key.descending && key.nulls.is_none();
        match &key.target {
            KeyTarget::Column(name) if is_plain => text(name.as_str()),
            _ => sa_text(&print_key(key)),
        }
    };
    let parts: Vec<String> = index.keys.iter().map(part).collect();
    let mut rest = vec![
        format!("[{}]", parts.join(", ")),
        keyword("unique", truth(index.unique)),
    ];
    if let Some(method) = &index.method {
        rest.push(keyword("postgresql_using", text(method)));
    }
    if !index.include.is_empty() {
        let names = list(index.include.iter().map(Ident::as_str));
        rest.push(keyword("postgresql_include", names));
    }
    if !is_postgres && rest.len() > 2 {
        return None;
    }
    if let Some(condition) = &index.predicate {
        let word = if is_postgres {
            "postgresql_where"
        } else {
            "sqlite_where"
        };
        rest.push(keyword(word, sa_text(condition.as_str())));
    }
    Some(Call {
        first: vec![place.exact("ix", &index.name)],
        ..plain("create_index", table, rest)
    })
}
