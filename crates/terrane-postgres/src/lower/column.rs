//! Columns: added, dropped, renamed, changed.

use super::say::{comment, ident, object, option, typed};
use super::{Done, Lowering};
use crate::mention::mentions;
use crate::types;
use terrane_core::dialect::Refusal;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{Column, ConstraintKind, Expr, Identity, ObjectIdentity, Table, TypeName};
use terrane_core::sql::{quote_identifier, quote_string};

impl Lowering<'_> {
    pub(super) fn add_column(&mut self, table: &ObjectName, column: &Column) -> Done {
        if self.comes_from_parent(table) {
            return Ok(());
        }
        self.make_column(table, column);
        Ok(())
    }

    /// What `ADD COLUMN` has no place for.
    pub(super) fn column_details(&mut self, table: &ObjectName, column: &Column) {
        for (name, value) in column.attributes.iter() {
            self.column_attribute(table, column, name, Some(value));
        }
        if let Some(text) = &column.comment {
            self.comment_column(table, &column.name, Some(text));
        }
    }

    fn comment_column(&mut self, table: &ObjectName, column: &Ident, text: Option<&str>) {
        self.push(comment(&format!("COLUMN {}.{}", object(table), ident(column)), text));
    }

    pub(super) fn drop_column(&mut self, table: &ObjectName, column: &Ident) -> Done {
        if self.comes_from_parent(table) {
            return Ok(());
        }
        self.forget_sequences(table, Some(column));
        // A child keeps the column as its own if only the parent's is dropped.
        let keeps = |child: &Table| {
            self.parents(&child.name).contains(table)
                && child.column(column).is_some()
                && self
                    .after
                    .tables
                    .get(&child.name)
                    .is_some_and(|child| child.column(column).is_some())
        };
        let only = if self.work.tables.values().any(keeps) {
            "ONLY "
        } else {
            ""
        };
        self.push(format!(
            "ALTER TABLE {only}{} DROP COLUMN {}",
            object(table),
            ident(column)
        ));
        Ok(())
    }

    pub(super) fn rename_column(&mut self, table: &ObjectName, from: &Ident, to: &Ident) -> Done {
        if !self.comes_from_parent(table) {
            self.alter_table(table, format!("RENAME COLUMN {} TO {}", ident(from), ident(to)));
        }
        Ok(())
    }

    pub(super) fn change_column(&mut self, table: &ObjectName, name: &Ident, change: &ColumnChange) -> Done {
        let Some(column) = self.column(table, name).cloned() else {
            return Err(Refusal::new(format!(
                "table `{table}` has no column `{name}` that is known"
            )));
        };
        let is_own = matches!(
            change,
            ColumnChange::Comment(_) | ColumnChange::Attribute { .. } | ColumnChange::Default(_)
        );
        if !is_own && self.comes_from_parent(table) {
            return Ok(());
        }
        match change {
            ColumnChange::Type { ty, collation } => self.change_type(table, &column, ty, collation.as_ref())?,
            ColumnChange::Nullable(true) => self.alter_column(table, name, "DROP NOT NULL"),
            ColumnChange::Nullable(false) => self.alter_column(table, name, "SET NOT NULL"),
            // It comes with the type that it is of; what the old one calls may go before that.
            ColumnChange::Default(Some(_)) if self.type_changes_later(table, name) => {
                let old = ObjectIdentity::Default(table.clone(), name.clone());
                if self.before.edges.of(&old).next().is_some() {
                    self.set_default(table, name, None);
                }
            }
            ColumnChange::Default(default) => self.set_default(table, name, default.as_ref()),
            ColumnChange::Generated(None) => self.alter_column(table, name, "DROP EXPRESSION"),
            ColumnChange::Generated(Some(generated)) => self.compute(table, &column, generated)?,
            ColumnChange::Identity(None) => self.alter_column(table, name, "DROP IDENTITY"),
            ColumnChange::Identity(Some(identity)) => self.number(table, &column, identity),
            ColumnChange::Comment(text) => self.comment_column(table, name, text.as_deref()),
            ColumnChange::Attribute { name, value: Some(_) } if name == "inherited" => {
                return self.inherit_column(table, &column);
            }
            ColumnChange::Attribute {
                name: what,
                value: None,
            } if what == "inherited" && self.stays_inherited(table, name) => {
                return Err(Refusal::new(format!(
                    "the column `{name}` of `{table}` is inherited, and not the table's own before it inherits no more"
                )));
            }
            ColumnChange::Attribute { name, value } => self.column_attribute(table, &column, name, value.as_deref()),
        }
        Ok(())
    }

    /// The default is taken off for as long as it is of the wrong type, unless a later op changes it anyway.
    fn change_type(
        &mut self,
        table: &ObjectName,
        column: &Column,
        ty: &TypeName,
        collation: Option<&Ident>,
    ) -> Result<(), Refusal> {
        self.partition_key_stays(table, &column.name)?;
        let computed = self.drop_computed_from(table, &column.name);
        let ty = &types::canonical(ty);
        let ty = &types::serial(ty).unwrap_or_else(|| ty.clone());
        let old = types::canonical(&column.ty);
        let schema = self
            .after
            .tables
            .get(table)
            .and_then(|table| table.column(&column.name));
        let schema = schema
            .and_then(|column| column.attributes.get("collation schema"))
            .map(str::to_owned);
        let new = typed(ty, collation, schema.as_deref());
        let is_retyped = old.words() != ty.words();
        let defaults = if is_retyped {
            self.defaults(table, &column.name)
        } else {
            Vec::new()
        };
        for (of, _) in &defaults {
            self.set_default(of, &column.name, None);
            let goes = |op: &Op| {
                matches!(op, Op::AlterColumn { table, column: name, change: ColumnChange::Default(None) }
                    if table == of && *name == column.name)
            };
            let settled: Vec<usize> = self.coming().filter(|(_, op)| goes(op)).map(|(at, _)| at).collect();
            self.done.extend(settled);
        }
        let using = match types::casts_by_itself(&old, ty) || column.generated.is_some() {
            true => String::new(),
            false => format!(" USING {}", self.cast(column, &old, ty)),
        };
        self.alter_column(table, &column.name, format!("TYPE {new}{using}"));
        for (of, default) in &defaults {
            if self.after.tables.contains_key(of) && !self.default_changes_later(of, &column.name) {
                self.set_default(of, &column.name, Some(default));
            }
        }
        // A column that gets a type gets its storage.
        for (name, value) in column
            .attributes
            .iter()
            .filter(|(name, _)| ["storage", "compression"].contains(name))
        {
            self.column_attribute(table, column, name, Some(value));
        }
        let old = self.table(table).cloned();
        for column in computed {
            self.make_column(table, &column);
            if let Some(old) = &old {
                self.restore_parts(old, &column.name);
            }
        }
        Ok(())
    }

    /// Of this table only: what inherits the column has a default of its own.
    fn set_default(&mut self, table: &ObjectName, column: &Ident, default: Option<&Expr>) {
        let is_parent = self
            .work
            .tables
            .values()
            .any(|child| self.is_made(&child.name) && self.parents(&child.name).contains(table));
        let only = if is_parent { "ONLY " } else { "" };
        let action = default.map_or("DROP DEFAULT".to_owned(), super::say::set_default);
        self.push(format!(
            "ALTER TABLE {only}{} ALTER COLUMN {} {action}",
            object(table),
            ident(column)
        ));
    }

    /// The defaults of a column, in the table and in those that inherit it.
    fn defaults(&self, table: &ObjectName, column: &Ident) -> Vec<(ObjectName, Expr)> {
        let own = self.column(table, column).and_then(|column| column.default.clone());
        let mut defaults: Vec<_> = own.map(|default| (table.clone(), default)).into_iter().collect();
        for child in self
            .work
            .tables
            .values()
            .filter(|child| self.is_made(&child.name) && self.parents(&child.name).contains(table))
        {
            defaults.extend(self.defaults(&child.name, column));
        }
        defaults
    }

    fn stays_inherited(&self, table: &ObjectName, column: &Ident) -> bool {
        let has = |parent: &ObjectName| {
            self.after
                .tables
                .get(parent)
                .is_some_and(|table| table.column(column).is_some())
        };
        self.parents(table).iter().any(has)
    }

    /// Between types that have no cast, the text stands between.
    fn cast(&self, column: &Column, old: &TypeName, new: &TypeName) -> String {
        let name = ident(&column.name);
        let is_enum = |ty: &TypeName| self.work.enums.contains_key(&super::table::named(ty.as_str()));
        let is_array = |ty: &TypeName| ty.canonical().ends_with("[]");
        if is_enum(old) && is_enum(new) {
            return format!("{name}::text::{new}");
        }
        if is_array(new) && !is_array(old) && !types::is_text(old) {
            let element = TypeName::new(new.canonical().trim_end_matches("[]"));
            let casts = types::casts_by_itself(old, &element) || types::casts_on_demand(old, &element);
            let by_text = if casts { "" } else { "::text" };
            return format!("CASE WHEN {name} IS NOT NULL THEN ARRAY[{name}{by_text}]::{new} END");
        }
        match new.canonical() {
            "json" | "jsonb" if !types::is_text(old) => format!("to_{new}({name})"),
            _ if types::casts_on_demand(old, new) => format!("{name}::{new}"),
            _ => format!("{name}::text::{new}"),
        }
    }

    /// Whether the column gets another type after this op; a parent hands its own down.
    fn type_changes_later(&self, table: &ObjectName, column: &Ident) -> bool {
        let there = self
            .column(table, column)
            .map(|column| types::canonical(&column.ty).words());
        let retypes = |op: &Op, on: &ObjectName| match op {
            Op::AlterColumn {
                table: of,
                column: name,
                change: ColumnChange::Type { ty, .. },
            } => of == on && name == column && there.as_ref() != Some(&types::canonical(ty).words()),
            _ => false,
        };
        let parents = self.parents(table);
        let handing = parents
            .iter()
            .find(|parent| self.ops.iter().any(|op| retypes(op, parent)));
        match handing {
            Some(parent) => self.type_changes_later(parent, column),
            None => self.coming().any(|(_, op)| retypes(op, table)),
        }
    }

    fn default_changes_later(&self, table: &ObjectName, column: &Ident) -> bool {
        self.coming().any(|(_, op)| match op {
            Op::AlterColumn {
                table: of,
                column: name,
                change: ColumnChange::Default(_),
            } => of == table && name == column,
            _ => false,
        })
    }

    /// The constraints and indexes that went with a column and are still wished for, and do not come back by themselves.
    pub(super) fn restore_parts(&mut self, table: &Table, column: &Ident) {
        let Some(after) = self.after.tables.get(&table.name).cloned() else {
            return;
        };
        for constraint in &table.constraints {
            let reads = match &constraint.kind {
                ConstraintKind::Check(check) => mentions(check.expression.as_str(), column),
                ConstraintKind::Exclusion(exclusion) => mentions(exclusion.definition.as_str(), column),
                _ => constraint.uses_column(column),
            };
            let comes = constraint
                .name
                .as_ref()
                .is_some_and(|name| self.is_part_away(&table.name, name));
            if reads && !comes && after.constraints.contains(constraint) {
                self.alter_table(&table.name, format!("ADD {}", super::say::constraint(constraint)));
            }
        }
        for index in table.indexes.values() {
            let now = self.as_it_is(&table.name, index);
            let text = super::say::index(&table.name, &now);
            let comes = self.is_part_away(&table.name, &index.name);
            if mentions(&text, column) && !comes && self.index_stays(&table.name, index) {
                self.push(text);
                self.index_details(&table.name, &now);
            }
        }
    }

    fn number(&mut self, table: &ObjectName, column: &Column, identity: &Identity) {
        let how = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
        let name = &column.name;
        let Some(old) = &column.identity else {
            self.drop_owned_first(table, name);
            let options = identity.options.as_ref().map(|options| format!(" ({options})"));
            self.alter_column(
                table,
                name,
                format!("ADD GENERATED {how} AS IDENTITY{}", options.unwrap_or_default()),
            );
            self.count_on(table, name);
            return;
        };
        let mut actions = Vec::new();
        if old.always != identity.always {
            actions.push(format!("SET GENERATED {how}"));
        }
        let text = |options: &Option<Expr>| options.as_ref().map_or_else(String::new, ToString::to_string);
        let changed = super::sequence::changes(&text(&old.options), &text(&identity.options));
        actions.extend(changed.into_iter().map(|option| format!("SET {option}")));
        if super::sequence::leaves_bounds(&text(&old.options), &text(&identity.options)) {
            actions.push("RESTART".to_owned());
        }
        if !actions.is_empty() {
            self.alter_column(table, name, actions.join(" "));
        }
    }

    /// The rows that are there have their numbers; the next one gets the next.
    pub(super) fn count_on(&mut self, table: &ObjectName, column: &Ident) {
        self.push(counted(table, column));
    }

    /// The same for a sequence that comes before its column is of a type that counts.
    pub(super) fn count_on_in_the_end(&mut self, table: &ObjectName, column: &Ident) {
        self.push_at_the_end(counted(table, column));
    }

    fn column_attribute(&mut self, table: &ObjectName, column: &Column, name: &str, value: Option<&str>) {
        let action = match (name, value) {
            ("storage", Some(how)) => format!("SET STORAGE {}", how.to_uppercase()),
            ("storage", None) => format!("SET STORAGE {}", usual_storage(&column.ty)),
            ("compression", how) => format!("SET COMPRESSION {}", how.unwrap_or("default")),
            ("statistics", target) => format!("SET STATISTICS {}", target.unwrap_or("-1")),
            ("inherited" | "collation schema" | "not null on conflict", _) => return,
            (name, Some(value)) => format!("SET ({})", option(name, value)),
            (name, None) => format!("RESET ({})", quote_identifier(name)),
        };
        self.alter_column(table, &column.name, action);
    }

    pub(super) fn partition_key_stays(&self, table: &ObjectName, column: &Ident) -> Result<(), Refusal> {
        if self.partition_key(table).is_some_and(|key| mentions(key, column)) {
            return Err(Refusal::new(format!(
                "`{column}` decides in which partition of `{table}` a row is, and so keeps its type"
            ))
            .help("Create another table, copy the rows, and drop this one."));
        }
        // What happens to a parent happens to its partitions, which may be partitioned themselves.
        let mut parts = self.partitions(table).into_iter();
        parts.try_for_each(|part| self.partition_key_stays(&part, column))
    }

    /// Whether the same happens to a parent of the table, which hands it down.
    fn comes_from_parent(&self, table: &ObjectName) -> bool {
        !self.has_left(table)
            && self.parents(table).iter().any(|parent| {
                let of_parent = |op: &Op| self.same_on(op, parent);
                self.ops.iter().any(of_parent) || self.comes_from_parent(parent)
            })
    }

    fn same_on(&self, other: &Op, parent: &ObjectName) -> bool {
        match (&self.ops[self.at], other) {
            (Op::AddColumn { column, .. }, Op::AddColumn { table, column: same }) => {
                table == parent && same.name == column.name
            }
            (Op::DropColumn { column, .. }, Op::DropColumn { table, column: same }) => {
                table == parent && same == column
            }
            (Op::RenameColumn { from, .. }, Op::RenameColumn { table, from: same, .. }) => {
                table == parent && same == from
            }
            (
                Op::AlterColumn { column, change, .. },
                Op::AlterColumn {
                    table,
                    column: name,
                    change: same,
                },
            ) => table == parent && name == column && same == change,
            _ => false,
        }
    }
}

fn counted(table: &ObjectName, column: &Ident) -> String {
    let (name, quoted) = (object(table), ident(column));
    format!(
        "SELECT setval(pg_get_serial_sequence({}, {}), max({quoted})) FROM {name} HAVING max({quoted}) > 0",
        quote_string(&name),
        quote_string(column.as_str()),
    )
}

/// Where values of a type are kept if nothing is said (`typstorage`): 16 has a word for it, before that it has to be said.
fn usual_storage(ty: &TypeName) -> &'static str {
    match ty.words().as_str() {
        "numeric" | "inet" | "cidr" => "MAIN",
        _ => "EXTENDED",
    }
}
