//! Renames, and everything that has to follow them.
//!
//! Expressions and definitions are text here; the names in them are found by reading tokens, and told apart by their
//! places. Within a table's own expressions a column can only be its own. In views and triggers a bare column name
//! follows only where no other table that the text reads has a column of that name.

use super::{owned, told};
use crate::name::{Folding, Ident, ObjectName};
use crate::schema::{
    ConstraintKind, Expr, Index, IndexKey, KeyTarget, ObjectIdentity, Routine, Schema, Source, Table, View,
};
use crate::sql::{NameInText, Place, canonical_under, quote_identifier, relations, rename_identifiers};
use std::collections::BTreeMap;

pub(super) fn table(schema: &mut Schema, from: &ObjectName, to: &ObjectName) {
    let Some(mut table) = schema.tables.remove(from) else {
        return;
    };
    table.name = to.clone();
    told::table(schema, &table, from);
    schema.tables.insert(to.clone(), table);
    owned::follow(schema, from, to);
    let rewrite = |expr: &mut Expr| {
        edit(expr, from.name.folding(), |name| {
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
    let identity = ObjectIdentity::Table(from.clone());
    for routine in told_dependents(schema, &identity) {
        rewrite(&mut routine.definition);
    }
}

/// The routines of which the server told that they depend on something: it reads their bodies, and tells the new name.
fn told_dependents<'s>(schema: &'s mut Schema, identity: &ObjectIdentity) -> impl Iterator<Item = &'s mut Routine> {
    let edges = schema.edges.clone();
    let told: Vec<ObjectName> = edges
        .dependents(identity)
        .filter(|dependent| {
            edges
                .of(dependent)
                .any(|(to, source)| to == identity && source == Source::Server)
        })
        .filter_map(|dependent| match dependent {
            ObjectIdentity::Routine(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let routines = schema.routines.iter_mut();
    routines
        .filter(move |(name, _)| told.contains(name))
        .map(|(_, routine)| routine)
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
    let identity = ObjectIdentity::Column(table.clone(), from.clone());
    for routine in told_dependents(schema, &identity) {
        in_definition(&mut routine.definition, table, false, from, to, &others);
    }
    told::column(schema, table, from, to);
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
        edit(expr, from.folding(), |name| {
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

fn edit(expr: &mut Expr, folding: Folding, replacement: impl FnMut(&NameInText<'_>) -> Option<String>) {
    let text = rename_identifiers(expr.as_str(), replacement);
    if text != expr.as_str() {
        let canonical = canonical_under(&text, folding);
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
    edit(expr, from.folding(), |name| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::sample::{FLAVOR, schema};

    fn after(script: &str, alter: &str) -> Schema {
        schema(&format!("{script}; {alter}"))
    }

    #[test]
    fn renaming_a_table_leaves_columns_of_its_name_alone() {
        let tables = "create table status (status int, check (status.status > 0)); create table orders (status int)";
        let views = "create view v as select status from orders; create view w as select status.status from status";
        let schema = after(&format!("{tables}; {views}"), "alter table status rename to state");
        let table = &schema.tables[&FLAVOR.object("state")];
        assert_eq!(table.constraints[0].kind, check("state.status > 0"));
        assert_eq!(
            schema.views[&FLAVOR.object("v")].query.as_str(),
            "select status from orders"
        );
        assert_eq!(
            schema.views[&FLAVOR.object("w")].query.as_str(),
            "select state.status from state"
        );
    }

    #[test]
    fn renaming_a_column_leaves_its_table_aliases_and_keywords_alone() {
        let script = "create table \"and\" (\"and\" int, a int, check (\"and\".\"and\" > 0 and a > 0));
            create view v as select \"and\" as \"and\", a from \"and\"";
        let schema = after(script, "alter table \"and\" rename column \"and\" to b");
        let table = &schema.tables[&FLAVOR.object("and")];
        assert_eq!(table.constraints[0].kind, check("\"and\".b > 0 and a > 0"));
        let view = &schema.views[&FLAVOR.object("v")];
        assert_eq!(view.query.as_str(), "select b as \"and\", a from \"and\"");
    }

    #[test]
    fn renaming_a_column_does_not_end_a_trigger_early() {
        let script = "create table t (\"end\" int, a int);
            create trigger x after insert on t begin update t set \"end\" = 1; end";
        let schema = after(script, "alter table t rename column \"end\" to b");
        let trigger = schema.tables[&FLAVOR.object("t")].triggers.values().next().unwrap();
        assert_eq!(
            trigger.definition.as_str(),
            "after insert on t begin update t set b = 1; end"
        );
    }

    fn check(expression: &str) -> ConstraintKind {
        ConstraintKind::Check(crate::schema::Check {
            expression: FLAVOR.expr(expression),
            attributes: Default::default(),
        })
    }
}
