//! Partitions that take other places among those of their parent, and the rows that change places with them.
//!
//! PostgreSQL attaches no partition with a row that belongs elsewhere, and none whose rows lie in the default partition
//! (`ALTER TABLE … ATTACH PARTITION` in the manual). So all partitions whose places change stand alone meanwhile, with the
//! default one; what does not fit any more is laid aside, and inserted through the parent when all are back. Which rows fit,
//! the server says (`pg_get_partition_constraintdef`), of an empty table in that place.

use super::constraint::constraint_of;
use super::remake::is_repartitioned;
use super::say::{ident, idents, object};
use super::table::{attributes, named};
use super::{Done, Lowering, partition};
use std::collections::BTreeSet;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{Constraint, ConstraintKind, Schema, Table};
use terrane_core::sql::quote_string;

/// The partitions of one parent that change places.
#[derive(Clone)]
pub(super) struct Moving {
    pub(super) parent: ObjectName,
    /// Those that stand alone meanwhile.
    moved: Vec<ObjectName>,
    /// The default one, if it is among them.
    default: Option<ObjectName>,
    /// Those that go. What fits into another place stays.
    gone: Vec<ObjectName>,
    /// From the first op that is about their places to the last.
    pub(super) first: usize,
    pub(super) last: usize,
    /// It begins only after that op, since the parent's columns change until then.
    begins_after: Option<usize>,
}

/// The partitions that change places, by their parents.
pub(super) fn moving(ops: &[Op], before: &Schema, after: &Schema) -> Vec<Moving> {
    let is_partitioned = |table: &&Table| table.attributes.has("partition by");
    let parents = before.tables.values().filter(is_partitioned);
    parents
        .filter_map(|parent| moving_of(parent, ops, before, after))
        .collect()
}

fn moving_of(parent: &Table, ops: &[Op], before: &Schema, after: &Schema) -> Option<Moving> {
    after.tables.get(&parent.name)?;
    // What is made again as a whole takes its rows along.
    let whole = parent.attributes.get("partition of").map(named);
    let is_meant = |table: &ObjectName| *table == parent.name || whole.as_ref() == Some(table);
    if ops.iter().filter_map(is_repartitioned).any(is_meant) {
        return None;
    }
    let places = Places::of(&parent.name, before, after);
    let takers = places.changed.len() + places.new.len() + usize::from(places.default.is_some());
    let is_crowded = takers > 1 && !(places.changed.is_empty() && places.new.is_empty());
    let mut moving = Moving {
        parent: parent.name.clone(),
        moved: Vec::new(),
        default: places.default.clone().filter(|_| is_crowded),
        gone: places.gone.clone(),
        first: usize::MAX,
        last: 0,
        begins_after: None,
    };
    if is_crowded {
        let joining = places.new.iter().filter(|name| before.tables.contains_key(*name));
        let moved = places.changed.iter().chain(&places.default).chain(joining);
        moving.moved = moved.cloned().collect();
    }
    if takers == 0 || moving.moved.is_empty() && moving.gone.is_empty() {
        return None;
    }
    for (at, op) in ops.iter().enumerate() {
        if places.is_about(op) {
            moving.first = moving.first.min(at);
            moving.last = at;
        }
    }
    let changes = ops.iter().rposition(|op| partition::changes_columns(op, &parent.name));
    moving.begins_after = changes.filter(|change| *change > moving.first);
    moving.last = moving
        .begins_after
        .map_or(moving.last, |change| change.max(moving.last));
    (moving.first <= moving.last).then_some(moving)
}

/// The partitions of one parent, by what becomes of their places.
#[derive(Default)]
struct Places {
    /// The default one, if it is that before and after.
    default: Option<ObjectName>,
    changed: Vec<ObjectName>,
    new: Vec<ObjectName>,
    /// Those that are dropped.
    gone: Vec<ObjectName>,
}

impl Places {
    fn of(parent: &ObjectName, before: &Schema, after: &Schema) -> Places {
        let bound = |table: &Table| {
            let of = table.attributes.get("partition of").map(named);
            of.filter(|of| of == parent)?;
            table.attributes.get("bound").map(str::to_owned)
        };
        let mut places = Places::default();
        let names: BTreeSet<&ObjectName> = before.tables.keys().chain(after.tables.keys()).collect();
        for name in names {
            match [before, after].map(|schema| schema.tables.get(name).and_then(bound)) {
                [Some(then), Some(now)] if then != now => places.changed.push(name.clone()),
                [Some(_), Some(now)] if now == "DEFAULT" => places.default = Some(name.clone()),
                [None, Some(_)] => places.new.push(name.clone()),
                [Some(_), None] if !after.tables.contains_key(name) => places.gone.push(name.clone()),
                _ => {}
            }
        }
        places
    }

    /// Whether an op changes one of the places.
    fn is_about(&self, op: &Op) -> bool {
        match op {
            Op::SetTableAttribute { table, name, .. } => {
                let is_place = matches!(name.as_str(), "partition of" | "bound" | "partition by");
                is_place && (self.changed.contains(table) || self.new.contains(table))
            }
            Op::CreateTable(table) => self.new.contains(&table.name),
            Op::DropTable(name) => self.gone.contains(name),
            // One that joins has the columns of its parent by then.
            op => self.new.iter().any(|table| partition::changes_columns(op, table)),
        }
    }
}

impl Lowering<'_> {
    /// Begins what begins before the op, or right after it.
    pub(super) fn begin_moves(&mut self, is_after: bool) {
        let begins = |moving: &&Moving| match moving.begins_after {
            Some(at) => is_after && at == self.at,
            None => !is_after && moving.first == self.at,
        };
        let begin: Vec<Moving> = self.moving.iter().filter(begins).cloned().collect();
        for moving in &begin {
            // Its place may be in the way of another.
            let gone = moving.gone.iter().filter(|name| self.work.tables.contains_key(name));
            gone.cloned()
                .collect::<Vec<_>>()
                .iter()
                .for_each(|gone| self.detach(gone));
            if moving.moved.is_empty() {
                continue;
            }
            self.push(format!(
                "CREATE TABLE {} AS SELECT {} FROM {} WITH NO DATA",
                object(&laid_aside(&moving.parent)),
                idents(&stored_columns(&self.work, &moving.parent)),
                object(&moving.parent)
            ));
            moving.moved.iter().for_each(|partition| self.detach(partition));
            for partition in &moving.moved {
                self.drop_references_of(&moving.parent, partition);
            }
        }
    }

    /// Drops the references that a partition keeps from its parent while it stands alone, where what they refer to changes
    /// meanwhile. Attaching it makes them again.
    fn drop_references_of(&mut self, parent: &ObjectName, partition: &ObjectName) {
        let is_there = |one: &Constraint, name: &Ident| {
            let of = attributes(one).get("inherited").filter(|of| !of.is_empty());
            let of = of.map_or_else(|| name.clone(), |of| name.sibling(of));
            constraint_of(&self.work, parent, &of).is_some() && !self.is_part_away(parent, &of)
        };
        let all = self
            .before
            .tables
            .get(partition)
            .map_or(&[][..], |table| &table.constraints);
        let dropped = all.iter().filter(|one| self.is_dropped_alone(partition, one));
        let dropped = dropped.filter_map(|one| one.name.clone().filter(|name| is_there(one, name)));
        for name in dropped.collect::<Vec<_>>() {
            self.alter_table(partition, format!("DROP CONSTRAINT {}", ident(&name)));
        }
    }

    /// Whether a partition loses a reference that it has from its parent while it stands alone.
    pub(super) fn is_dropped_alone(&self, partition: &ObjectName, constraint: &Constraint) -> bool {
        let moving = self.moving.iter().find(|moving| moving.moved.contains(partition));
        let (Some(moving), ConstraintKind::ForeignKey(key)) = (moving, &constraint.kind) else {
            return false;
        };
        let alone = self.alone_since(partition).unwrap_or(moving.first)..=moving.last;
        let changes = |op: &Op| match op {
            Op::DropIndex { name, table } => {
                let of = self.before.table_of_index(name, table.as_ref());
                of.is_some_and(|of| of.name == key.table)
            }
            op => op.altered_table() == Some(&key.table),
        };
        key.attributes.has("inherited") && self.ops[alone].iter().any(changes)
    }

    /// Ends what ends with the op: the default partition comes back, and all rows go where they belong.
    pub(super) fn end_moves(&mut self) -> Done {
        let end: Vec<Moving> = self
            .moving
            .iter()
            .filter(|moving| moving.last == self.at)
            .cloned()
            .collect();
        for moving in &end {
            let default = moving.default.as_ref().and_then(|name| self.table(name)).cloned();
            if let Some(default) = default {
                self.take_place(&default)?;
            }
            if !moving.moved.is_empty() {
                let columns = stored_columns(&self.work, &moving.parent);
                let aside = laid_aside(&moving.parent);
                let insert = self.insertion(&moving.parent, &columns, &aside, &columns);
                self.move_rows_in(&moving.parent, insert, &aside);
            }
            for gone in &moving.gone {
                self.insert_left_behind(&moving.parent, gone);
            }
        }
        Ok(())
    }

    /// The statement that inserts what was laid aside.
    fn insertion(&self, parent: &ObjectName, into: &[Ident], aside: &ObjectName, from: &[Ident]) -> String {
        let of = self.table(parent).map_or(&[][..], |table| &table.columns);
        let is_numbered = of.iter().any(|column| column.identity.is_some());
        let overriding = if is_numbered { " OVERRIDING SYSTEM VALUE" } else { "" };
        format!(
            "INSERT INTO {} ({}){overriding} SELECT {} FROM {}",
            object(parent),
            idents(into),
            idents(from),
            object(aside)
        )
    }

    fn move_rows_in(&mut self, parent: &ObjectName, insert: String, aside: &ObjectName) {
        let is_part = |one: &&Table| one.name == *parent || self.wholes(&one.name).contains(parent);
        let tables = self.work.tables.values().filter(is_part).map(|one| one.name.clone());
        self.without_triggers(tables.collect(), insert);
        self.push(format!("DROP TABLE {}", object(aside)));
    }

    /// Says something that only moves rows, which is no event for a trigger. One that is switched otherwise than usual keeps
    /// its switch, and may see it.
    fn without_triggers(&mut self, tables: Vec<ObjectName>, sql: String) {
        let mut triggers = Vec::new();
        for table in tables.iter().filter_map(|name| self.table(name)) {
            let is_usual = |name: &&Ident| !table.attributes.has(&format!("trigger {name}"));
            let usual = table.triggers.keys().filter(is_usual);
            triggers.extend(usual.map(|name| (table.name.clone(), ident(name))));
        }
        for (of, name) in &triggers {
            self.alter_table(of, format!("DISABLE TRIGGER {name}"));
        }
        self.push(sql);
        for (of, name) in &triggers {
            self.alter_table(of, format!("ENABLE TRIGGER {name}"));
        }
        // A switch of the parent's trigger is one of all its clones.
        let parts: Vec<Table> = tables.iter().filter_map(|name| self.table(name)).cloned().collect();
        for part in parts.iter().filter(|_| !triggers.is_empty()) {
            self.switch_clones(part);
        }
    }

    /// The first op of which a partition sees nothing, since it stands alone while its place changes.
    pub(super) fn alone_since(&self, table: &ObjectName) -> Option<usize> {
        let moving = self.moving.iter().find(|moving| moving.moved.contains(table))?;
        Some(moving.begins_after.map_or(moving.first, |change| change + 1))
    }

    /// Lays aside the rows of a partition that do not belong into the place that it is about to take.
    pub(super) fn lay_rows_aside(&mut self, table: &ObjectName, bound: &str) {
        let is_moved = |moving: &&Moving| moving.moved.contains(table);
        let Some(parent) = self.moving.iter().find(is_moved).map(|moving| moving.parent.clone()) else {
            return;
        };
        let place = ObjectName {
            name: parent.name.sibling(format!("_terrane_place_{}", parent.name)),
            ..parent.clone()
        };
        let (of, place) = (object(&parent), object(&place));
        self.push(format!(
            "CREATE TABLE {place} (LIKE {of} INCLUDING CONSTRAINTS INCLUDING GENERATED)"
        ));
        self.push(format!("ALTER TABLE {of} ATTACH PARTITION {place} {bound}"));
        let columns = idents(&stored_columns(&self.work, &parent));
        let head = format!("WITH moved AS (DELETE FROM {} WHERE (", object(table));
        let tail = format!(
            ") IS NOT TRUE RETURNING {columns}) INSERT INTO {} ({columns}) SELECT {columns} FROM moved",
            object(&laid_aside(&parent)),
        );
        let moves = format!(
            "DO $terrane$BEGIN EXECUTE {} || coalesce(pg_catalog.pg_get_partition_constraintdef({}::regclass), 'true') || {}; \
             END$terrane$",
            quote_string(&head),
            quote_string(&place),
            quote_string(&tail)
        );
        self.without_triggers(vec![table.clone()], moves);
        self.push(format!("DROP TABLE {place}"));
    }

    /// Lays all rows of a partition aside that goes for good.
    pub(super) fn lay_all_rows_aside(&mut self, table: &ObjectName) {
        if self.moving.iter().any(|moving| moving.gone.contains(table)) {
            let columns = idents(&self.columns_left(table, self.at));
            let aside = object(&laid_aside(table));
            self.push(format!(
                "CREATE TABLE {aside} AS SELECT {columns} FROM {}",
                object(table)
            ));
        }
    }

    /// The columns with values of their own that a partition has before an op. What happens to those of a parent happens to it.
    fn columns_left(&self, partition: &ObjectName, at: usize) -> Vec<Ident> {
        let then = self.schema_before(at);
        let wholes = self.wholes(partition);
        let is_there = |name: &Ident| {
            let mut tables = wholes.iter().filter_map(|whole| then.tables.get(whole));
            tables.all(|table| table.column(name).is_some())
        };
        let columns = stored_columns(self.before, partition).into_iter();
        let renamed = columns.map(|name| renamed_column(&self.ops[..at], &wholes, &name));
        renamed.filter(is_there).collect()
    }

    /// Inserts what was laid aside of a partition that is gone and fits into another, whatever its columns are called since.
    fn insert_left_behind(&mut self, parent: &ObjectName, gone: &ObjectName) {
        let drops = |op: &Op| matches!(op, Op::DropTable(name) if name == gone);
        let dropped = self.ops.iter().position(drops).unwrap_or(self.at);
        let (now, wholes) = (stored_columns(&self.work, parent), self.wholes(gone));
        let columns = self.columns_left(gone, dropped).into_iter();
        let both: Vec<(Ident, Ident)> = columns
            .map(|was| (renamed_column(&self.ops[dropped..=self.at], &wholes, &was), was))
            .filter(|(is, _)| now.contains(is))
            .collect();
        let aside = laid_aside(gone);
        for (is, was) in both.iter().filter(|(is, was)| is != was) {
            self.alter_table(&aside, format!("RENAME COLUMN {} TO {}", ident(was), ident(is)));
        }
        let is: Vec<Ident> = both.into_iter().map(|(is, _)| is).collect();
        let insert = self.insertion(parent, &is, &aside, &is);
        let fits = format!(
            "DO $terrane$BEGIN EXECUTE {} || (SELECT string_agg('(' || \
             coalesce(pg_catalog.pg_get_partition_constraintdef(inhrelid), 'true') || ')', ' OR ') FROM pg_catalog.pg_inherits WHERE inhparent = {}::regclass); END$terrane$",
            quote_string(&format!("{insert} WHERE ")),
            quote_string(&object(parent)),
        );
        self.move_rows_in(parent, fits, &aside);
    }
}

/// What the ops call a column of that name, which all these tables have.
fn renamed_column(ops: &[Op], tables: &[ObjectName], name: &Ident) -> Ident {
    ops.iter().fold(name.clone(), |name, op| match op {
        Op::RenameColumn { table, from, to } if tables.contains(table) && *from == name => to.clone(),
        _ => name,
    })
}

/// The columns that have values of their own.
fn stored_columns(schema: &Schema, table: &ObjectName) -> Vec<Ident> {
    let columns = schema.tables.get(table).map_or(&[][..], |table| &table.columns);
    let stored = columns.iter().filter(|column| column.generated.is_none());
    stored.map(|column| column.name.clone()).collect()
}

/// Where rows of a table lie that belong to none of its partitions meanwhile.
fn laid_aside(parent: &ObjectName) -> ObjectName {
    ObjectName {
        name: parent.name.sibling(format!("_terrane_rows_{}", parent.name)),
        ..parent.clone()
    }
}
