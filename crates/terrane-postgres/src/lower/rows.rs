//! Columns that hold rows of another table, by its row type.
//!
//! PostgreSQL changes no type of a column of a table, and rewrites no table, as long as another column is of its row type
//! (`find_composite_type_dependencies` in its source). So such a column is of a composite type meanwhile, which has the
//! attributes that the row type had, and its values come back by their names, with the casts of an assignment.

use super::say::{ident, object};
use super::{Done, Lowering};
use std::collections::BTreeSet;
use terrane_core::dialect::Refusal;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{Column, ObjectIdentity, Schema};

/// The columns whose values are rows of that table, or arrays of them. A partition's change with its parent's.
pub(super) fn columns_of_rows(table: &ObjectName, schema: &Schema) -> Vec<(ObjectName, Ident)> {
    let dependents = schema.edges.dependents(&ObjectIdentity::Table(table.clone()));
    // What a table is partitioned by depends on the table itself.
    let dependents = dependents.filter(|dependent| dependent.object() != table);
    let column = |dependent: &ObjectIdentity| match dependent {
        ObjectIdentity::Column(of, name) => {
            let of = schema.tables.get(of)?;
            let is_own = |column: &&Column| !column.attributes.has("inherited");
            let column = of.column(name).filter(is_own)?;
            (!of.attributes.has("partition of")).then(|| (of.name.clone(), column.name.clone()))
        }
        _ => None,
    };
    dependents.filter_map(column).collect()
}

/// A type that a column has, and that holds rows of a table or a view: a domain over its row type, or a composite type with it.
fn type_with_rows(of: &ObjectIdentity, schema: &Schema) -> Option<ObjectIdentity> {
    let mut dependents = schema.edges.dependents(of);
    let is_type = |one: &ObjectIdentity| match one {
        ObjectIdentity::Other(name) => {
            let other = schema.unmodelled.get(name);
            other.is_some_and(|other| ["domain", "type"].contains(&other.kind.as_str()))
        }
        _ => false,
    };
    let is_of_column = |one: &ObjectIdentity| {
        let mut users = schema.edges.dependents(one);
        users.any(|user| matches!(user, ObjectIdentity::Column(..)))
    };
    dependents
        .find(|one| is_type(one) && (is_of_column(one) || type_with_rows(one, schema).is_some()))
        .cloned()
}

/// Whether an op rewrites a table beside changing its columns' types.
pub(super) fn is_rewritten(op: &Op) -> Option<&ObjectName> {
    match op {
        Op::AddColumn { table, column } => {
            let has_values = column.default.is_some() || column.generated.is_some() || column.identity.is_some();
            has_values.then_some(table)
        }
        Op::SetTableAttribute { table, name, .. } => {
            ["unlogged", "access method"].contains(&name.as_str()).then_some(table)
        }
        _ => None,
    }
}

impl Lowering<'_> {
    /// Whether a column is away for the rows that it holds, and not since it is computed.
    pub(super) fn holds_rows(&self, table: &ObjectName, column: &Ident) -> bool {
        let column = self.column(table, column);
        column.is_some_and(|column| column.generated.is_none())
    }

    /// Refuses to change what columns hold rows of, in a way from which those cannot come back.
    pub(super) fn refuse_rows_within(&self, op: &Op) -> Done {
        let retyped = match op {
            Op::AlterColumn {
                table,
                change: ColumnChange::Type { .. } | ColumnChange::Generated(Some(_)),
                ..
            } => Some(table),
            op => is_rewritten(op),
        };
        let refused = |of: &str, name: &ObjectName, holder: &ObjectIdentity| {
            Err(Refusal::new(format!(
                "the {of} `{name}` cannot change while {holder} holds rows of it"
            ))
            .help("Change that to another type before, and back after."))
        };
        if let Some(table) = retyped
            && let Some(holder) = type_with_rows(&ObjectIdentity::Table(table.clone()), &self.work)
        {
            return refused("table", table, &holder);
        }
        for view in self.views_that_go() {
            let identity = ObjectIdentity::View(view.clone());
            let mut holders = self.work.edges.dependents(&identity);
            let column = holders.find(|one| matches!(one, ObjectIdentity::Column(..))).cloned();
            if let Some(holder) = column.or_else(|| type_with_rows(&identity, &self.work)) {
                return refused("view", &view, &holder);
            }
        }
        Ok(())
    }

    /// Frees a column of the row type that it has.
    pub(super) fn let_rows_go(&mut self, table: &ObjectName, column: &Ident) {
        let Some((rows, column)) = self.rows_in(table, column) else {
            return;
        };
        let Some(of) = self.table(&rows) else { return };
        let attribute = |one: &Column| format!("{} {}", ident(&one.name), self.type_meanwhile(&rows, one));
        let attributes: Vec<String> = of.columns.iter().map(attribute).collect();
        let aside = aside(table, &column.name);
        self.push(format!("CREATE TYPE {} AS ({})", object(&aside), attributes.join(", ")));
        if column.default.is_some() {
            self.alter_column(table, &column.name, "DROP DEFAULT");
        }
        let (name, array, ty) = (ident(&column.name), array_of(&column), object(&aside));
        let using = format!("{name}::text{array}::{ty}{array}");
        self.alter_column(table, &column.name, format!("TYPE {ty}{array} USING {using}"));
    }

    /// A type that somebody made may be about to become another, whose values are the same by their texts.
    fn type_meanwhile(&self, table: &ObjectName, column: &Column) -> String {
        let column_of = ObjectIdentity::Column(table.clone(), column.name.clone());
        let is_type = |to: &ObjectIdentity| {
            let is_made = |name| {
                self.work
                    .unmodelled
                    .get(name)
                    .or_else(|| self.before.unmodelled.get(name))
            };
            match to {
                ObjectIdentity::Other(name) => is_made(name).is_some_and(|other| other.kind != "collation"),
                other => other.part().is_none(),
            }
        };
        match self.work.edges.of(&column_of).any(|(to, _)| is_type(to)) {
            true => "text".to_owned(),
            false => column.ty.to_string(),
        }
    }

    /// Gives it back. `first` is the op before which it went.
    pub(super) fn bring_rows(&mut self, table: &ObjectName, column: &Ident, first: usize) {
        let Some((rows, column)) = self.rows_in(table, column) else {
            return;
        };
        let (kept, by) = (self.kept(&rows, first), aside(table, &column.name));
        let (row, by) = (object(&rows), object(&by));
        let assignments: Vec<String> = kept
            .iter()
            .map(|(was, is)| format!("y.{} := x.{};", ident(is), ident(was)))
            .collect();
        self.push(format!(
            "CREATE FUNCTION {by}(x {by}) RETURNS {row} LANGUAGE plpgsql AS $$DECLARE y {row}; BEGIN IF x IS NOT DISTINCT FROM \
             NULL THEN RETURN NULL; END IF; {} RETURN y; END$$",
            assignments.join(" ")
        ));
        let array = array_of(&column);
        if !array.is_empty() {
            self.push(format!(
                "CREATE FUNCTION {by}(x {by}[]) RETURNS {row}[] LANGUAGE plpgsql AS $$BEGIN IF array_ndims(x) > 1 OR \
                 array_lower(x, 1) <> 1 THEN RAISE 'only arrays of one dimension can be carried over, from 1 on'; END IF; \
                 RETURN CASE WHEN x IS NOT NULL THEN ARRAY(SELECT {by}(x[i]) FROM generate_subscripts(x, 1) AS i ORDER BY i) \
                 END; END$$"
            ));
        }
        let name = ident(&column.name);
        self.alter_column(table, &column.name, format!("TYPE {row}{array} USING {by}({name})"));
        let after = self
            .after
            .tables
            .get(table)
            .and_then(|table| table.column(&column.name));
        if let Some(default) = after.and_then(|column| column.default.clone()) {
            self.alter_column(table, &column.name, super::say::set_default(&default));
        }
        // The functions go with the type.
        self.push(format!("DROP TYPE {by} CASCADE"));
    }

    /// The table whose rows a column holds, and the column.
    fn rows_in(&self, table: &ObjectName, column: &Ident) -> Option<(ObjectName, Column)> {
        let column = self.column(table, column)?.clone();
        let identity = ObjectIdentity::Column(table.clone(), column.name.clone());
        let rows = self.work.edges.of(&identity).find_map(|(to, _)| match to {
            ObjectIdentity::Table(rows) if rows != table => Some(rows.clone()),
            _ => None,
        });
        Some((rows?, column))
    }

    /// The columns that a table has had since before that op, with the names that they had then.
    fn kept(&self, table: &ObjectName, first: usize) -> Vec<(Ident, Ident)> {
        let now: BTreeSet<&Ident> = self
            .table(table)
            .into_iter()
            .flat_map(|table| table.columns.iter().map(|column| &column.name))
            .collect();
        let then = self.schema_before(first);
        let renames = self.ops[first..=self.at].iter().filter_map(|op| match op {
            Op::RenameTable { from, to } => Some((from, to)),
            _ => None,
        });
        let was = renames
            .rev()
            .fold(table, |name, (from, to)| if to == name { from } else { name });
        let columns = then
            .tables
            .get(was)
            .map(|table| table.columns.clone())
            .unwrap_or_default();
        let renamed = |name: &Ident| {
            self.ops[first..=self.at]
                .iter()
                .fold(name.clone(), |name, op| match op {
                    Op::RenameColumn { table: of, from, to } if (of == table || of == was) && *from == name => {
                        to.clone()
                    }
                    _ => name,
                })
        };
        let both = columns.into_iter().map(|column| (renamed(&column.name), column.name));
        both.filter(|(is, _)| now.contains(is))
            .map(|(is, was)| (was, is))
            .collect()
    }
}

/// What makes a type one of arrays of it, if the column's is.
fn array_of(column: &Column) -> &'static str {
    if column.ty.canonical().ends_with("[]") {
        "[]"
    } else {
        ""
    }
}

/// What the type is called that a column has meanwhile.
fn aside(table: &ObjectName, column: &Ident) -> ObjectName {
    ObjectName {
        name: table.name.sibling(format!("_terrane_old_{}_{column}", table.name)),
        ..table.clone()
    }
}
