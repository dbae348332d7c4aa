//! Tables: made, dropped, renamed, and what only PostgreSQL says of them.

use super::say::{beside, column, comment, constraint, ident, object, option, options, tablespace, with};
use super::{Done, Lowering};
use crate::FLAVOR;
use std::collections::BTreeSet;
use terrane_core::dialect::Refusal;
use terrane_core::name::ObjectName;
use terrane_core::op::Op;
use terrane_core::schema::{Attributes, Column, Constraint, Table};
use terrane_core::sql::{quote_identifier, unquote};

/// Attributes that are no storage parameters. Those of more than one word are none either.
pub(super) const OWN: [&str; 5] = ["unlogged", "inherits", "bound", "tablespace", "inherited"];

impl Lowering<'_> {
    pub(super) fn create_table(&mut self, table: &Table) -> Done {
        if self.waits_for_parent(table) {
            self.waiting.push(table.clone());
            return Ok(());
        }
        let name = object(&table.name);
        let parents = parents(&table.attributes);
        let merged = |one: &Column| !parents.is_empty() && one.attributes.has("inherited");
        let mut items: Vec<String> = Vec::new();
        items.extend(table.columns.iter().filter(|one| !merged(one)).map(column));
        let (at_once, alone): (Vec<&Constraint>, Vec<&Constraint>) = table
            .constraints
            .iter()
            .partition(|one| !["not valid", "invalid"].iter().any(|mark| attributes(one).has(mark)));
        let is_partition = table.attributes.has("partition of");
        let comes_along = |one: &Constraint| attributes(one).has("inherited") && !is_partition;
        items.extend(at_once.into_iter().filter(|one| !comes_along(one)).map(constraint));
        let unlogged = if table.attributes.has("unlogged") {
            "UNLOGGED "
        } else {
            ""
        };
        let body = match table.attributes.get("of type") {
            Some(ty) => of_type(ty, table),
            None if items.is_empty() => " ()".to_owned(),
            None => format!(" (\n    {}\n)", items.join(",\n    ")),
        };
        let inherits = if parents.is_empty() {
            String::new()
        } else {
            format!(" INHERITS ({})", parents.join(", "))
        };
        self.push(format!(
            "CREATE {unlogged}TABLE {name}{body}{inherits}{}",
            storage(&table.attributes)
        ));
        let alone: Vec<&Constraint> = alone.into_iter().filter(|one| !comes_along(one)).collect();
        for constraint in alone {
            self.add_alone(&table.name, constraint);
        }
        self.inherited_defaults(table);
        if is_partition {
            self.attach(table)?;
        }
        self.details(table);
        self.take_default_rights(&table.name, "TABLES", &format!("TABLE {}", object(&table.name)));
        Ok(())
    }

    /// What is to be on a parent alone waits for its partitions, which would get theirs otherwise.
    fn add_alone(&mut self, table: &ObjectName, constraint: &Constraint) {
        let before = self.statements.len();
        self.add_key(table, constraint);
        if attributes(constraint).has("invalid") {
            let mut waiting = self.statements.split_off(before);
            self.at_the_end.append(&mut waiting);
        }
    }

    /// A child may have a default of its own for a column that it has from its parent.
    fn inherited_defaults(&mut self, table: &Table) {
        if !table.attributes.has("inherits") {
            return;
        }
        for one in table.columns.iter().filter(|one| one.attributes.has("inherited")) {
            let of_parent = self
                .parents_of(table)
                .find_map(|parent| parent.column(&one.name).cloned());
            let Some(parent) = of_parent else { continue };
            if parent.default != one.default {
                let action = match &one.default {
                    Some(default) => super::say::set_default(default),
                    None => "DROP DEFAULT".to_owned(),
                };
                self.alter_column(&table.name, &one.name, action);
            }
            if parent.nullable && !one.nullable {
                self.alter_column(&table.name, &one.name, "SET NOT NULL");
            }
        }
    }

    fn parents_of<'s>(&'s self, table: &'s Table) -> impl Iterator<Item = &'s Table> {
        let names = parents(&table.attributes).into_iter();
        names.filter_map(|name| self.work.tables.get(&named(&name)))
    }

    /// What `CREATE TABLE` has no place for.
    fn details(&mut self, table: &Table) {
        if let Some(text) = &table.comment {
            self.push(comment(&format!("TABLE {}", object(&table.name)), Some(text)));
        }
        for one in &table.columns {
            self.column_details(&table.name, one);
        }
        for (attribute, value) in table.attributes.iter() {
            let is_said = OWN.contains(&attribute)
                || !attribute.contains(' ')
                || matches!(attribute, "partition of" | "partition by" | "access method" | "of type");
            if !is_said {
                // What is refused is refused for a change; here it is a flag of what has just been made.
                let _flag = self.flag(&table.name, attribute, Some(value));
            }
        }
    }

    pub(super) fn drop_table(&mut self, name: &ObjectName) -> Done {
        self.forget_sequences(name, None);
        // A partition goes with its parent, and references to the parent with the tables that have them.
        let parent = self
            .before
            .tables
            .get(name)
            .and_then(|table| table.attributes.get("partition of"))
            .map(named);
        if parent.is_some_and(|parent| {
            let drops = |op: &Op| matches!(op, Op::DropTable(other) if *other == parent);
            self.remade.contains(&parent) || self.ops.iter().any(drops)
        }) {
            return Ok(());
        }
        self.drop_references_to(name);
        if self.goes_with_repartition(name) {
            return Ok(());
        }
        self.let_partitions_go(name);
        self.lay_all_rows_aside(name);
        self.push(format!("DROP TABLE {}", object(name)));
        Ok(())
    }

    pub(super) fn rename_table(&mut self, from: &ObjectName, to: &ObjectName) -> Done {
        let mut here = from.clone();
        if from.schema != to.schema {
            let schema = to.schema.as_ref().map_or_else(|| "public".to_owned(), ident);
            self.alter_table(from, format!("SET SCHEMA {schema}"));
            here.schema.clone_from(&to.schema);
        }
        if from.name != to.name {
            self.alter_table(&here, format!("RENAME TO {}", ident(&to.name)));
        }
        Ok(())
    }

    pub(super) fn table_attribute(&mut self, table: &ObjectName, name: &str, value: Option<&str>) -> Done {
        match name {
            // It is made with it.
            name if super::remake::is_made_with(name) && self.repartition_to_come(table).is_some() => {}
            "unlogged" => self.alter_table(table, if value.is_some() { "SET UNLOGGED" } else { "SET LOGGED" }),
            "tablespace" => {
                let space = value.map_or_else(|| "pg_default".to_owned(), |name| quote_identifier(name).into_owned());
                self.alter_table(table, format!("SET TABLESPACE {space}"));
            }
            "access method" => {
                let method = quote_identifier(value.unwrap_or("heap")).into_owned();
                self.alter_table(table, format!("SET ACCESS METHOD {method}"));
            }
            "inherits" => self.inherit(table, value),
            "partition of" | "bound" => return self.move_partition(table),
            "partition by" => return self.repartition_in_time(table, value),
            "of type" => match value {
                Some(ty) => self.alter_table(table, format!("OF {ty}")),
                None => self.alter_table(table, "NOT OF"),
            },
            name if name.contains(' ') => return self.flag(table, name, value),
            name => match value {
                Some(value) => self.alter_table(table, format!("SET ({})", option(name, value))),
                None => self.alter_table(table, format!("RESET ({name})")),
            },
        }
        Ok(())
    }

    /// What is said of a table by `ALTER TABLE` only.
    fn flag(&mut self, table: &ObjectName, name: &str, value: Option<&str>) -> Done {
        match name {
            "row security" => self.alter_table(table, switch(value, "ENABLE", "DISABLE", "ROW LEVEL SECURITY")),
            "force row security" => self.alter_table(table, switch(value, "FORCE", "NO FORCE", "ROW LEVEL SECURITY")),
            "replica identity" => {
                let what = value.unwrap_or("default");
                let (word, index) = what.split_at(what.find("index ").map_or(what.len(), |at| at + "index ".len()));
                // The index may come with a later op.
                self.push_at_the_end(format!(
                    "ALTER TABLE {} REPLICA IDENTITY {}{index}",
                    object(table),
                    word.to_uppercase()
                ));
            }
            "cluster on" => {
                let action = match value {
                    Some(index) => format!("CLUSTER ON {}", quote_identifier(index)),
                    None => "SET WITHOUT CLUSTER".to_owned(),
                };
                self.push_at_the_end(format!("ALTER TABLE {} {action}", object(table)));
            }
            name if name.starts_with("constraint trigger ") => {}
            name => match name.strip_prefix("trigger ") {
                Some(trigger) => self.switch_trigger(table, trigger, value),
                None => return Err(Refusal::new(format!("PostgreSQL has no table option `{name}`"))),
            },
        }
        Ok(())
    }

    /// A trigger that comes later is switched when it comes.
    fn switch_trigger(&mut self, table: &ObjectName, trigger: &str, value: Option<&str>) {
        let name = FLAVOR.ident(trigger);
        let is_there = self.work.relation_of_trigger(&name, Some(table)).is_some();
        let stays = self.after.relation_of_trigger(&name, Some(table)).is_some();
        let now = self.table(table).or_else(|| self.after.tables.get(table));
        let is_of_parent = now.is_some_and(|table| table.attributes.has("partition of")) && !stays;
        let comes = |(_, op): (usize, &Op)| matches!(op, Op::CreateTrigger(other) if other.name == name);
        if is_of_parent && self.coming().any(comes) {
            let switch = switch_of_trigger(value, trigger);
            self.push_at_the_end(format!("ALTER TABLE {} {switch}", object(table)));
        } else if ((is_there && stays) || is_of_parent) && !self.is_trigger_away(table, &name) {
            self.alter_table(table, switch_of_trigger(value, trigger));
        }
    }

    fn inherit(&mut self, table: &ObjectName, value: Option<&str>) {
        let old = self
            .table(table)
            .map(|table| parents(&table.attributes))
            .unwrap_or_default();
        let mut wish = Attributes::default();
        wish.set("inherits", value);
        let new = parents(&wish);
        for parent in old.iter().filter(|parent| !new.contains(parent)) {
            self.alter_table(table, format!("NO INHERIT {parent}"));
        }
        for parent in new.iter().filter(|parent| !old.contains(parent)) {
            self.alter_table(table, format!("INHERIT {parent}"));
        }
    }

    /// Drops what a table has from its columns' sequences; they go with it.
    pub(super) fn forget_sequences(&mut self, table: &ObjectName, column: Option<&terrane_core::name::Ident>) {
        let owned = self.work.sequences.values().filter(|sequence| {
            super::sequence::owner(&sequence.options)
                .is_some_and(|(of, by)| of == *table && column.is_none_or(|column| *column == by))
        });
        let names: BTreeSet<ObjectName> = owned.map(|sequence| sequence.name.clone()).collect();
        self.gone_sequences.extend(names);
    }
}

fn switch(value: Option<&str>, on: &str, off: &str, what: &str) -> String {
    format!("{} {what}", if value.is_some() { on } else { off })
}

pub(super) fn switch_of_trigger(value: Option<&str>, trigger: &str) -> String {
    let how = match value {
        Some("disabled") => "DISABLE",
        Some("replica") => "ENABLE REPLICA",
        Some("always") => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    format!("{how} TRIGGER {}", quote_identifier(trigger))
}

/// What stands behind the columns, from `PARTITION BY` on.
fn storage(attributes: &Attributes) -> String {
    let partition = attributes.get("partition by").map(|key| format!(" PARTITION BY {key}"));
    let method = attributes
        .get("access method")
        .map(|name| format!(" USING {}", quote_identifier(name)));
    format!(
        "{}{}{}{}",
        partition.unwrap_or_default(),
        method.unwrap_or_default(),
        with(&options(attributes, &OWN)),
        tablespace(attributes, "")
    )
}

/// The columns come from the type; what they have beside it is said of them.
fn of_type(ty: &str, table: &Table) -> String {
    let mut items: Vec<String> = Vec::new();
    for one in &table.columns {
        let mut bare = one.clone();
        bare.ty = terrane_core::schema::TypeName::default();
        bare.collation = None;
        let text = column(&bare);
        let name = ident(&one.name);
        if text.len() > name.len() {
            items.push(format!("{name} WITH OPTIONS{}", &text[name.len()..]));
        }
    }
    items.extend(table.constraints.iter().map(constraint));
    if items.is_empty() {
        format!(" OF {ty}")
    } else {
        format!(" OF {ty} (\n    {}\n)", items.join(",\n    "))
    }
}

/// The tables that it inherits from, as they are written.
pub(super) fn parents(attributes: &Attributes) -> Vec<String> {
    let all = attributes.get("inherits").unwrap_or("");
    all.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The object that a written name means.
pub(super) fn named(written: &str) -> ObjectName {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = written.trim();
    while !rest.is_empty() {
        let end = match rest.strip_prefix('"') {
            Some(quoted) => end_of_quotes(quoted).map_or(rest.len(), |at| at + 2),
            None => rest.find('.').unwrap_or(rest.len()),
        };
        parts.push(unquote(&rest[..end]).into_owned());
        rest = rest[end..].trim_start_matches('.');
    }
    let name = FLAVOR.ident(&parts.pop().unwrap_or_default());
    let schema = parts.pop().filter(|schema| schema != "public");
    ObjectName {
        schema: schema.map(|schema| FLAVOR.ident(&schema)),
        name,
    }
}

/// Where the quotes end that were opened before; two of them are one of the name's own.
fn end_of_quotes(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find('"')?;
        if !text[at + 1..].starts_with('"') {
            return Some(at);
        }
        from = at + 2;
    }
}

/// What only PostgreSQL says of a constraint.
pub(super) fn attributes(constraint: &Constraint) -> &Attributes {
    constraint.kind.attributes()
}

/// The name of an index, in its table's namespace.
pub(super) fn index_of(table: &ObjectName, index: &terrane_core::name::Ident) -> String {
    beside(table, &ident(index))
}
