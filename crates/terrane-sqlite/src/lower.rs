//! Ops to statements.
//!
//! What SQLite can alter in place is altered in place. Everything else is a rebuild ([`crate::rebuild`]), one for all
//! the ops that follow one another on a table. Nothing is asked of a connection: the schema before the ops says all.

use crate::mention::{mentions, mentions_any};
use crate::normalize::normal_op;
use crate::rebuild;
use crate::refuse::refusal;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use terrane_core::ddl::{Style, column_constraint, column_definition, create_table, print, print_index};
use terrane_core::dialect::{Refusal, Statement, Unsupported};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{Column, Constraint, ConstraintKind, Schema, Table, Trigger};
use terrane_core::sql::quote_identifier;

/// The statements for ops, and what conduct has to know about them.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    pub(crate) statements: Vec<Statement>,
    /// The tables that are rebuilt.
    pub(crate) rebuilt: Vec<ObjectName>,
}

pub(crate) fn lower(ops: &[Op], before: &Schema) -> Result<Lowered, Unsupported> {
    let normal: Vec<Op> = ops.iter().map(normal_op).collect();
    let ops = normal.as_slice();
    for (at, op) in ops.iter().enumerate() {
        if let Some(refusal) = refusal(op) {
            return Err(refusal.at(at));
        }
    }
    let mut lowering = Lowering {
        ops,
        dropped: BTreeSet::new(),
        work: Cow::Borrowed(before),
        applied: 0,
        lowered: Lowered::default(),
    };
    let mut at = 0;
    while at < ops.len() {
        let end = at + run_length(&ops[at..]);
        match altered_as_a_whole(&ops[at]) {
            Some(table) => lowering.alter(table, at..end)?,
            None => lowering.single(at)?,
        }
        at = end;
    }
    Ok(lowering.lowered)
}

/// The table, if the op may become part of a rebuild. A column's new name has to reach views, triggers and other
/// tables, which only SQLite's own RENAME COLUMN sees to; so that is never part of one.
fn altered_as_a_whole(op: &Op) -> Option<&ObjectName> {
    match op {
        Op::RenameColumn { .. } => None,
        _ => op.altered_table(),
    }
}

/// How many ops from the first on go together: one, or all that follow one another on a table.
fn run_length(ops: &[Op]) -> usize {
    match altered_as_a_whole(&ops[0]) {
        Some(table) => ops
            .iter()
            .take_while(|op| altered_as_a_whole(op) == Some(table))
            .count(),
        None => 1,
    }
}

struct Lowering<'a> {
    ops: &'a [Op],
    /// The ops that were carried out before it was their turn.
    dropped: BTreeSet<usize>,
    /// The schema as it is before the op at `applied`. Most plans never ask, and then it is never copied.
    work: Cow<'a, Schema>,
    applied: usize,
    lowered: Lowered,
}

impl Lowering<'_> {
    /// The schema as it is before the op at `at`. An op that does not fit changes nothing; SQLite will say so.
    fn schema(&mut self, at: usize) -> &Schema {
        if self.applied < at {
            let work = self.work.to_mut();
            for op in &self.ops[self.applied..at] {
                let _misfit = op.apply(work);
            }
            self.applied = at;
        }
        &self.work
    }

    fn push(&mut self, sql: impl IntoIterator<Item = String>, ops: Range<usize>) {
        self.lowered.statements.extend(sql.into_iter().map(|sql| Statement {
            sql,
            ops: ops.clone().collect(),
        }));
    }

    fn single(&mut self, at: usize) -> Result<(), Unsupported> {
        if self.dropped.contains(&at) {
            return Ok(());
        }
        let op = &self.ops[at];
        if let Op::RenameColumn { table, .. } = op {
            self.clear_the_way(at, &table.name);
        }
        let statements = match op {
            Op::CreateTable(table) => vec![create_table(table, Style::Autoincrement)],
            Op::RenameTable { from, to } if from == to => self.respell(at, from, to),
            Op::RenameIndex { table, from, to } => self.rename_index(at, table.as_ref(), from, to)?,
            // Names of indexes and triggers are the whole database's own.
            Op::DropIndex { name, .. } => vec![format!("DROP INDEX {}", quote_identifier(name.as_str()))],
            Op::DropTrigger { name, .. } => vec![format!("DROP TRIGGER {}", quote_identifier(name.as_str()))],
            Op::Comment { .. } => Vec::new(),
            Op::DropUnmodelled(other) => {
                let noun = other.kind.strip_prefix("virtual ").unwrap_or(&other.kind);
                vec![format!("DROP {} {}", noun.to_uppercase(), quoted(&other.name))]
            }
            _ => print(op),
        };
        self.push(statements, at..at + 1);
        Ok(())
    }

    /// RENAME COLUMN follows a name as far as it is said. A view on `SELECT *` of the table has a column less and another
    /// more then, and SQLite stops at what reads the one that is gone; what goes later in any case goes before.
    fn clear_the_way(&mut self, at: usize, table: &Ident) {
        let goes_later: Vec<usize> = (at + 1..self.ops.len())
            .filter(|later| matches!(self.ops[*later], Op::DropView(_) | Op::DropTrigger { .. }))
            .collect();
        if goes_later.is_empty() {
            return;
        }
        let ops = self.ops;
        let schema = self.schema(at);
        let mut moving = BTreeSet::from([table]);
        loop {
            let views = schema.views.values().filter(|view| mentions_any(&view.query, &moving));
            let found: Vec<&Ident> = views
                .map(|view| &view.name.name)
                .filter(|name| !moving.contains(name))
                .collect();
            if found.is_empty() {
                break;
            }
            moving.extend(found);
        }
        let triggers = || {
            let tables = schema.tables.values().flat_map(|table| table.triggers.values());
            tables.chain(schema.views.values().flat_map(|view| view.triggers.values()))
        };
        let reads =
            |trigger: &Trigger| moving.contains(&trigger.relation.name) || mentions_any(&trigger.definition, &moving);
        let in_the_way: Vec<usize> = goes_later
            .into_iter()
            .filter(|later| match &ops[*later] {
                Op::DropView(name) => schema.views.contains_key(name) && moving.contains(&name.name),
                Op::DropTrigger { name, .. } => triggers().any(|trigger| trigger.name == *name && reads(trigger)),
                _ => false,
            })
            .collect();
        // A view takes its triggers along.
        let (triggers, views): (Vec<usize>, Vec<usize>) = in_the_way
            .into_iter()
            .partition(|later| matches!(ops[*later], Op::DropTrigger { .. }));
        for later in triggers.into_iter().chain(views) {
            if self.dropped.contains(&later) {
                continue;
            }
            let statements = match &ops[later] {
                Op::DropTrigger { name, .. } => vec![format!("DROP TRIGGER {}", quote_identifier(name.as_str()))],
                op => print(op),
            };
            self.push(statements, later..later + 1);
            self.dropped.insert(later);
        }
    }

    /// SQLite takes a name that differs in case only for one that is taken.
    fn respell(&mut self, at: usize, from: &ObjectName, to: &ObjectName) -> Vec<String> {
        let aside = rebuild::free_name(self.schema(at), from, "aside");
        let rename = |from: &ObjectName, to: &ObjectName| {
            print(&Op::RenameTable {
                from: from.clone(),
                to: to.clone(),
            })
        };
        [rename(from, &aside), rename(&aside, to)].concat()
    }

    /// There is no ALTER INDEX; an index has no rows of its own that making it anew could lose.
    fn rename_index(
        &mut self,
        at: usize,
        table: Option<&ObjectName>,
        from: &Ident,
        to: &Ident,
    ) -> Result<Vec<String>, Unsupported> {
        let Some(table) = self.schema(at).table_of_index(from, table) else {
            return Err(Refusal::new(format!("there is no index `{from}` whose definition is known")).at(at));
        };
        let mut index = table.indexes[from].clone();
        index.name = to.clone();
        Ok([
            vec![format!("DROP INDEX {}", quote_identifier(from.as_str()))],
            vec![print_index(&table.name, &index)],
        ]
        .concat())
    }

    fn alter(&mut self, table: &ObjectName, ops: Range<usize>) -> Result<(), Unsupported> {
        if let Some(statements) = in_place(&self.ops[ops.clone()], ops.start, None) {
            self.lowered.statements.extend(statements);
            return Ok(());
        }
        let run = self.ops;
        let schema = self.schema(ops.start);
        let Some(current) = schema.tables.get(table) else {
            return Err(unknown(schema, table).at(ops.start));
        };
        if !dangles(schema, &run[..ops.start])
            && let Some(statements) = in_place(&run[ops.clone()], ops.start, Some((schema, current)))
        {
            self.lowered.statements.extend(statements);
            return Ok(());
        }
        let aside = rebuild::free_name(schema, table, "rebuild");
        let statements = rebuild::rebuild(current, &aside, &run[ops.clone()]);
        let statements = statements.map_err(|(at, refusal)| refusal.at(ops.start + at))?;
        self.push(statements, ops);
        self.lowered.rebuilt.push(table.clone());
        Ok(())
    }
}

/// Whether a view or a trigger names something that the ops so far have dropped, perhaps only to make it anew later.
/// DROP COLUMN reads all of them, and stops at one that it cannot read.
fn dangles(schema: &Schema, ops: &[Op]) -> bool {
    let gone: Vec<&Ident> = ops
        .iter()
        .filter_map(|op| match op {
            Op::DropView(name) | Op::DropTable(name) => Some(&name.name),
            _ => None,
        })
        .collect();
    let views = schema.views.values();
    let tables = schema.tables.values().flat_map(|table| table.triggers.values());
    let triggers = views.clone().flat_map(|view| view.triggers.values()).chain(tables);
    let mut definitions = views
        .map(|view| &view.query)
        .chain(triggers.map(|trigger| &trigger.definition));
    definitions.any(|definition| gone.iter().any(|name| mentions(definition, name)))
}

fn unknown(schema: &Schema, table: &ObjectName) -> Refusal {
    if schema.unmodelled.contains_key(table) {
        Refusal::new(format!(
            "`{table}` is defined in a way that is not understood, so that a rebuild could lose something"
        ))
        .help("Write the statements for SQLite yourself.")
    } else {
        Refusal::new(format!("there is no table `{table}` whose definition is known"))
    }
}

/// The ops of one run as `ALTER TABLE` statements, if SQLite has one for each of them. Without `known`, the schema and
/// the table as they are before the run, nothing can be dropped.
fn in_place(run: &[Op], first: usize, known: Option<(&Schema, &Table)>) -> Option<Vec<Statement>> {
    let mut statements: Vec<Statement> = Vec::new();
    // The columns that were added, each with its statement.
    let mut added: Vec<(&Ident, usize)> = Vec::new();
    let mut alone = Schema::new();
    if let Some((_, table)) = known {
        alone.tables.insert(table.name.clone(), table.clone());
    }
    for (at, op) in run.iter().enumerate() {
        let mut push = |sql: String| {
            statements.push(Statement {
                sql,
                ops: vec![first + at],
            });
        };
        match op {
            _ if is_comment(op) => {}
            Op::AddColumn { column, table } if can_be_added(column) => {
                let (table, definition) = (quoted(table), column_definition(column, Style::Autoincrement));
                push(format!("ALTER TABLE {table} ADD COLUMN {definition}"));
                added.push((&column.name, statements.len() - 1));
            }
            Op::AddConstraint { constraint, .. } => {
                let carrier = carrier(constraint, &added, run)?;
                statements[carrier].sql.push(' ');
                statements[carrier].sql.push_str(&column_constraint(constraint)?);
                statements[carrier].ops.push(first + at);
            }
            Op::DropColumn { table, column } => {
                let (schema, _) = known?;
                let now = alone.tables.get(table)?;
                for index in indexes_in_the_way(schema, now, column)? {
                    push(format!("DROP INDEX {}", quote_identifier(index.as_str())));
                }
                statements.extend(print(op).into_iter().map(|sql| Statement {
                    sql,
                    ops: vec![first + at],
                }));
            }
            _ => return None,
        }
        if known.is_some() {
            op.apply(&mut alone).ok()?;
        }
    }
    Some(statements)
}

/// SQLite keeps no comments.
fn is_comment(op: &Op) -> bool {
    use terrane_core::op::ColumnChange::Comment;
    matches!(op, Op::Comment { .. }) || matches!(op, Op::AlterColumn { change: Comment(_), .. })
}

/// What ADD COLUMN allows (sqlite.org/lang_altertable.html, section 5). A NOT NULL column without a default is left to
/// SQLite: the table may be empty, and if it is not, a rebuild would fail with a message that says less.
fn can_be_added(column: &Column) -> bool {
    let constant = |text: &str| !text.starts_with('(') && !text.to_ascii_lowercase().starts_with("current_");
    column.identity.is_none()
        && column.generated.as_ref().is_none_or(|generated| !generated.stored)
        && column
            .default
            .as_ref()
            .is_none_or(|default| constant(default.as_str()) && !default.as_str().ends_with(')'))
}

/// The statement that can carry a constraint: the one that adds its column, or for a check the last one that adds any.
/// With a default, a reference would be looked up for every row, which ADD COLUMN does not do.
fn carrier(constraint: &Constraint, added: &[(&Ident, usize)], run: &[Op]) -> Option<usize> {
    let without_default = |name: &Ident| {
        run.iter().any(|op| match op {
            Op::AddColumn { column, .. } => {
                column.name == *name && column.default.is_none() && column.generated.is_none()
            }
            _ => false,
        })
    };
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let (_, carrier) = added.iter().find(|(name, _)| key.columns == [(*name).clone()])?;
            without_default(&key.columns[0]).then_some(*carrier)
        }
        ConstraintKind::Check(_) => added.last().map(|(_, carrier)| *carrier),
        _ => None,
    }
}

/// The indexes that go with a column, if nothing else keeps DROP COLUMN from working (sqlite.org/lang_altertable.html,
/// section 6). Where only names could tell whether something reads the column, it is taken to.
fn indexes_in_the_way<'t>(schema: &Schema, table: &'t Table, column: &Ident) -> Option<Vec<&'t Ident>> {
    let read_by_constraint = table.constraints.iter().any(|constraint| match &constraint.kind {
        ConstraintKind::Check(check) => mentions(&check.expression, column),
        _ => constraint.uses_column(column),
    });
    let read_by_column = table.columns.iter().any(|other| {
        let generated = other.generated.as_ref();
        other.name != *column && generated.is_some_and(|generated| mentions(&generated.expression, column))
    });
    let read_by_definition = schema.views.values().any(|view| {
        mentions(&view.query, column)
            || view
                .triggers
                .values()
                .any(|trigger| mentions(&trigger.definition, column))
    });
    let triggers = schema.tables.values().flat_map(|table| table.triggers.values());
    let read_by_trigger = triggers
        .into_iter()
        .any(|trigger: &Trigger| mentions(&trigger.definition, column));
    if read_by_constraint || read_by_column || read_by_definition || read_by_trigger || table.columns.len() == 1 {
        return None;
    }
    let mut in_the_way = Vec::new();
    for index in table.indexes.values() {
        let expressions = index.keys.iter().filter_map(|key| match &key.target {
            terrane_core::schema::KeyTarget::Expression(expression) => Some(expression),
            terrane_core::schema::KeyTarget::Column(_) => None,
        });
        if expressions
            .chain(&index.predicate)
            .any(|expression| mentions(expression, column))
        {
            return None;
        }
        if index.keys.iter().any(|key| key.name() == Some(column)) {
            in_the_way.push(&index.name);
        }
    }
    Some(in_the_way)
}

pub(crate) fn quoted(name: &ObjectName) -> String {
    quote_identifier(name.name.as_str()).into_owned()
}
