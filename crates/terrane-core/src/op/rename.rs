//! Renames, and everything that has to follow them.
//!
//! Expressions and definitions are text here; the names in them are found by reading tokens, and told apart by their
//! places. Within a table's own expressions a column can only be its own. In views and triggers a bare column name
//! follows only where no other table that the text reads has a column of that name.

use crate::name::{Ident, ObjectName};
use crate::schema::{ConstraintKind, Expr, Index, IndexKey, KeyTarget, Schema, Table, View};
use crate::sql::{NameInText, Place, canonical, quote_identifier, relations, rename_identifiers};
use std::collections::BTreeMap;

pub(super) fn table(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    let Some(mut table) = schema.tables.remove(from) else {
        return;
    };
    table.name = to.clone();
    schema.tables.insert(to.clone(), table);
    let rewrite = |expr: &mut Expr| {
        edit(expr, |name| {
            let is_row = matches!(name.name.to_ascii_lowercase().as_str(), "new" | "old");
            let is_table = name.place == Place::Relation || (name.place == Place::Qualifier && !is_row);
            (is_table && is(name, &from.name)).then(|| quoted(&to.name))
        });
    };
    for table in schema.tables.values_mut() {
        for constraint in &mut table.constraints {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                && key.table == *from
            {
                key.table = to.clone();
            }
        }
        let own = table.name == *to;
        for trigger in table.triggers.values_mut() {
            rewrite(&mut trigger.definition);
            if own {
                trigger.relation = to.clone();
            }
        }
        if own {
            each_expression(table, rewrite);
        }
    }
    for view in schema.views.values_mut() {
        each_definition(view, rewrite);
    }
}

pub(super) fn column(schema: &mut Schema, table: &ObjectName, from: &Ident, to: &Ident) {
    let others = columns_by_table(schema, table);
    for other in schema.tables.values_mut() {
        let own = other.name == *table;
        if own {
            rename_own(other, from, to);
        }
        for constraint in &mut other.constraints {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind {
                if own {
                    replace(&mut key.columns, from, to);
                }
                if key.table == *table {
                    replace(&mut key.referenced, from, to);
                }
            }
        }
        for trigger in other.triggers.values_mut() {
            let on_table = trigger.relation == *table;
            in_definition(&mut trigger.definition, table, on_table, from, to, &others);
        }
    }
    for view in schema.views.values_mut() {
        each_definition(view, |expr| in_definition(expr, table, false, from, to, &others));
    }
}

fn rename_own(table: &mut Table, from: &Ident, to: &Ident) {
    if let Some(column) = table.column_mut(from) {
        column.name = to.clone();
    }
    for constraint in &mut table.constraints {
        if let ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) = &mut constraint.kind {
            replace_keys(&mut key.columns, from, to);
            replace(&mut key.include, from, to);
        }
    }
    for index in table.indexes.values_mut() {
        replace_keys(&mut index.keys, from, to);
        replace(&mut index.include, from, to);
    }
    each_expression(table, |expr| {
        edit(expr, |name| {
            (name.place == Place::Column && is(name, from)).then(|| quoted(to))
        });
    });
}

fn replace(names: &mut [Ident], from: &Ident, to: &Ident) {
    for name in names.iter_mut().filter(|name| *name == from) {
        *name = to.clone();
    }
}

fn replace_keys(keys: &mut [IndexKey], from: &Ident, to: &Ident) {
    for key in keys {
        if let KeyTarget::Column(name) = &mut key.target
            && name == from
        {
            *name = to.clone();
        }
    }
}

/// The expressions that can only speak of the table's own columns.
fn each_expression(table: &mut Table, mut change: impl FnMut(&mut Expr)) {
    for column in &mut table.columns {
        if let Some(generated) = &mut column.generated {
            change(&mut generated.expression);
        }
    }
    for constraint in &mut table.constraints {
        match &mut constraint.kind {
            ConstraintKind::Check(check) => change(&mut check.expression),
            ConstraintKind::Exclusion(exclusion) => change(&mut exclusion.definition),
            _ => {}
        }
    }
    for index in table.indexes.values_mut() {
        each_index_expression(index, &mut change);
    }
}

fn each_index_expression(index: &mut Index, change: &mut impl FnMut(&mut Expr)) {
    for key in &mut index.keys {
        if let KeyTarget::Expression(expr) = &mut key.target {
            change(expr);
        }
    }
    if let Some(predicate) = &mut index.predicate {
        change(predicate);
    }
}

fn each_definition(view: &mut View, mut change: impl FnMut(&mut Expr)) {
    change(&mut view.query);
    for trigger in view.triggers.values_mut() {
        change(&mut trigger.definition);
    }
}

fn edit(expr: &mut Expr, replacement: impl FnMut(&NameInText<'_>) -> Option<String>) {
    let text = rename_identifiers(expr.as_str(), replacement);
    if text != expr.as_str() {
        let canonical = canonical(&text);
        *expr = Expr::new(text, canonical);
    }
}

fn is(name: &NameInText<'_>, ident: &Ident) -> bool {
    *ident == ident.sibling(name.name.as_ref())
}

fn columns_by_table(schema: &Schema, except: &ObjectName) -> BTreeMap<String, Vec<Ident>> {
    let others = schema.tables.values().filter(|table| table.name != *except);
    others
        .map(|table| {
            (
                table.name.name.key().to_ascii_lowercase(),
                table.columns.iter().map(|c| c.name.clone()).collect(),
            )
        })
        .collect()
}

fn in_definition(
    expr: &mut Expr,
    table: &ObjectName,
    on_table: bool,
    from: &Ident,
    to: &Ident,
    others: &BTreeMap<String, Vec<Ident>>,
) {
    let read = relations(expr.as_str());
    let table_key = table.name.key().to_ascii_lowercase();
    if !on_table && !read.contains(&table_key) {
        return;
    }
    let rival = read
        .iter()
        .any(|relation| others.get(relation).is_some_and(|columns| columns.contains(from)));
    edit(expr, |name| {
        let follows = match name.qualifier.as_deref().map(str::to_ascii_lowercase) {
            Some(qualifier) if qualifier == table_key => true,
            Some(qualifier) if qualifier == "new" || qualifier == "old" => on_table,
            // An alias: of this table, unless another one in the text has such a column.
            Some(qualifier) => !rival && !others.contains_key(&qualifier),
            None => !rival,
        };
        (name.place == Place::Column && follows && is(name, from)).then(|| quoted(to))
    });
}

fn quoted(name: &Ident) -> String {
    quote_identifier(name.as_str()).into_owned()
}
