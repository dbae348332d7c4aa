//! Ops to statements.
//!
//! Each op is the smallest statement that does the job, in PostgreSQL's own words. Dependents of an
//! object that is dropped and recreated are dropped and recreated with it ([`hold`], [`away`]): the edges of the schema say which.

mod away;
mod collation;
mod column;
mod composed;
mod computed;
mod constraint;
mod definition;
mod enums;
mod header;
mod hold;
mod invalidated;
mod later;
mod marks;
mod other;
mod partition;
mod parts;
mod places;
mod remake;
mod retype;
mod rights;
mod rows;
mod say;
mod sequence;
mod table;

use say::{ident, object};
use std::collections::BTreeSet;
use terrane_core::dialect::{Refusal, Statement, Unsupported};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Commented, Op, edges};
use terrane_core::schema::{Column, Schema, Table};

pub(crate) fn lower(ops: &[Op], before: &Schema) -> Result<Vec<Statement>, Unsupported> {
    let mut before = before.clone();
    before.edges = edges(&before);
    let before = &before;
    let mut after = before.clone();
    for op in ops {
        // An op that does not fit changes nothing; PostgreSQL will say so.
        let _misfit = op.apply(&mut after);
    }
    after.edges = edges(&after);
    let mut lowering = Lowering {
        ops,
        at: 0,
        before,
        work: before.clone(),
        held: hold::held(ops, before, &after),
        moving: places::moving(ops, before, &after),
        after,
        statements: Vec::new(),
        at_the_end: Vec::new(),
        owned_later: Vec::new(),
        done: BTreeSet::new(),
        gone_sequences: BTreeSet::new(),
        detached: BTreeSet::new(),
        unmade: BTreeSet::new(),
        waiting: Vec::new(),
        later: Vec::new(),
        remade: BTreeSet::new(),
    };
    for (at, op) in ops.iter().enumerate() {
        lowering.at = at;
        lowering.refuse_rows_within(op).map_err(|refusal| refusal.at(at))?;
        lowering.let_go();
        lowering.leave_in_time(op);
        lowering.begin_moves(false);
        if !lowering.done.contains(&at) && !lowering.comes_from_type(op) && !lowering.waits(op) {
            lowering.op(op).map_err(|refusal| refusal.at(at))?;
        }
        let _misfit = op.apply(&mut lowering.work);
        lowering.begin_moves(true);
        lowering.run_deferred().map_err(|refusal| refusal.at(at))?;
        lowering.end_moves().map_err(|refusal| refusal.at(at))?;
        lowering.settle_owners();
        lowering.take_back();
    }
    lowering.mark_again();
    lowering.statements.append(&mut lowering.at_the_end);
    Ok(retyped_together(lowering.statements, ops))
}

/// Columns of a table that get other types one after another get them in one statement: the server goes through the rows once
/// for each statement (manual, `ALTER TABLE`).
fn retyped_together(statements: Vec<Statement>, ops: &[Op]) -> Vec<Statement> {
    let mut together: Vec<Statement> = Vec::new();
    let mut last: Option<String> = None;
    for statement in statements {
        let head = retyped_table(&statement, ops);
        let action = head
            .as_ref()
            .filter(|_| head == last)
            .and_then(|head| statement.sql.strip_prefix(head));
        match (together.last_mut(), action) {
            (Some(before), Some(action)) => {
                before.sql.push_str(",\n    ");
                before.sql.push_str(action);
                before.ops.extend(&statement.ops);
            }
            _ => together.push(statement),
        }
        last = head;
    }
    together
}

/// `ALTER TABLE name `, of a statement that gives a column another type and does nothing else.
fn retyped_table(statement: &Statement, ops: &[Op]) -> Option<String> {
    let [at] = statement.ops.as_slice() else {
        return None;
    };
    let Some(Op::AlterColumn {
        table,
        column,
        change: ColumnChange::Type { .. },
    }) = ops.get(*at)
    else {
        return None;
    };
    let head = format!("ALTER TABLE {} ", object(table));
    let action = format!("ALTER COLUMN {} TYPE ", ident(column));
    let is_that = statement.sql.strip_prefix(&head)?.starts_with(&action);
    is_that.then_some(head)
}

type Done = Result<(), Refusal>;

struct Lowering<'a> {
    ops: &'a [Op],
    /// Which of the ops is being lowered.
    at: usize,
    /// The schema before all of them.
    before: &'a Schema,
    /// The schema before it.
    work: Schema,
    /// The schema after all of them.
    after: Schema,
    held: Vec<hold::Held>,
    /// Partitions that change places.
    moving: Vec<places::Moving>,
    statements: Vec<Statement>,
    /// What needs all the rest to be there.
    at_the_end: Vec<Statement>,
    /// Sequences whose columns are not there yet.
    owned_later: Vec<sequence::Owned>,
    /// Ops that an earlier one has carried out with its own.
    done: BTreeSet<usize>,
    /// Sequences that went with their columns.
    gone_sequences: BTreeSet<ObjectName>,
    /// Partitions that have left their parent already.
    detached: BTreeSet<ObjectName>,
    /// Computed columns that wait for what they read.
    unmade: BTreeSet<(ObjectName, Ident)>,
    /// New partitions whose parent is not partitioned yet.
    waiting: Vec<Table>,
    /// What to do after an op of that number.
    later: Vec<(usize, later::Later)>,
    /// Tables that were dropped and made again.
    remade: BTreeSet<ObjectName>,
}

impl Lowering<'_> {
    fn push(&mut self, sql: impl Into<String>) {
        self.statements.push(Statement {
            sql: sql.into(),
            ops: vec![self.at],
        });
    }

    fn push_at_the_end(&mut self, sql: impl Into<String>) {
        self.at_the_end.push(Statement {
            sql: sql.into(),
            ops: vec![self.at],
        });
    }

    fn alter_table(&mut self, table: &ObjectName, action: impl AsRef<str>) {
        self.push(format!("ALTER TABLE {} {}", object(table), action.as_ref()));
    }

    fn alter_column(&mut self, table: &ObjectName, column: &Ident, action: impl AsRef<str>) {
        self.alter_table(table, format!("ALTER COLUMN {} {}", ident(column), action.as_ref()));
    }

    fn table(&self, name: &ObjectName) -> Option<&Table> {
        self.work.tables.get(name)
    }

    fn column(&self, table: &ObjectName, column: &Ident) -> Option<&Column> {
        self.table(table)?.column(column)
    }

    /// The schema as it is before that op.
    fn schema_before(&self, at: usize) -> Schema {
        let mut schema = self.before.clone();
        for op in &self.ops[..at] {
            let _misfit = op.apply(&mut schema);
        }
        schema
    }

    /// The ops that are still to come, with their positions.
    fn coming(&self) -> impl Iterator<Item = (usize, &Op)> {
        let next = self.at + 1;
        self.ops[next..].iter().enumerate().map(move |(at, op)| (next + at, op))
    }

    fn op(&mut self, op: &Op) -> Done {
        match op {
            Op::CreateTable(table) => self.create_table(table),
            Op::DropTable(name) => self.drop_table(name),
            Op::RenameTable { from, to } => self.rename_table(from, to),
            Op::Comment { on, comment } => self.comment(on, comment.as_deref()),
            Op::SetTableAttribute { table, name, value } => self.table_attribute(table, name, value.as_deref()),
            Op::AddColumn { table, column } => self.add_column(table, column),
            Op::DropColumn { table, column } => self.drop_column(table, column),
            Op::RenameColumn { table, from, to } => self.rename_column(table, from, to),
            Op::AlterColumn { table, column, change } => self.change_column(table, column, change),
            // PostgreSQL keeps columns in the order in which they were added, which tells no two tables apart: a portable
            // revision that puts them in another has nothing to do here.
            Op::OrderColumns { .. } => Ok(()),
            Op::AddConstraint { table, constraint } => self.add_constraint(table, constraint),
            Op::DropConstraint { table, constraint } => self.drop_constraint(table, constraint),
            // It comes back with the name that it has by then.
            Op::RenameConstraint { table, from, .. } if self.is_part_away(table, from) => Ok(()),
            Op::RenameConstraint { table, from, to } => {
                self.alter_table(table, format!("RENAME CONSTRAINT {} TO {}", ident(from), ident(to)));
                Ok(())
            }
            Op::ValidateConstraint { table, constraint } => {
                self.alter_table(table, format!("VALIDATE CONSTRAINT {}", ident(constraint)));
                Ok(())
            }
            Op::UseIndex { table, index, key } => {
                let (name, words) = (ident(index), key.words());
                self.alter_table(table, format!("ADD CONSTRAINT {name} {words} USING INDEX {name}"));
                Ok(())
            }
            Op::CreateIndex {
                table,
                index,
                concurrently: true,
            } if self.is_built_concurrently(table) => {
                self.push(say::index_concurrently(table, index));
                self.index_details(table, index);
                Ok(())
            }
            Op::CreateIndex { table, index, .. } => self.create_index(table, index),
            Op::DropIndex { name, table } => self.drop_index(name, table.as_ref()),
            Op::RenameIndex { table, from, to } => {
                self.rename_index(table.as_ref(), from, to);
                Ok(())
            }
            Op::CreateView(view) => {
                self.create_view(view);
                self.take_default_rights(&view.name, "TABLES", &format!("TABLE {}", object(&view.name)));
                Ok(())
            }
            Op::DropView(name) => {
                self.drop_view(name);
                Ok(())
            }
            // A view that is away comes back with its triggers.
            Op::CreateTrigger(trigger) if self.is_away(&trigger.relation) => Ok(()),
            Op::CreateTrigger(trigger) => {
                self.create_trigger(trigger);
                Ok(())
            }
            Op::DropTrigger { name, relation } => self.drop_trigger(name, relation.as_ref()),
            Op::CreateEnum(enum_type) => {
                self.create_enum(enum_type);
                Ok(())
            }
            Op::DropEnum(name) => {
                self.push(format!("DROP TYPE {}", object(name)));
                Ok(())
            }
            Op::AlterEnum(enum_type) => self.alter_enum(enum_type),
            Op::CreateSequence(sequence) => self.create_sequence(sequence),
            Op::AlterSequence(sequence) => self.alter_sequence(sequence),
            Op::DropSequence(name) => self.drop_sequence(name),
            Op::CreateRoutine(routine) => {
                self.create_routine(routine);
                Ok(())
            }
            Op::ReplaceRoutine(routine) => {
                self.replace_routine(routine);
                Ok(())
            }
            Op::DropRoutine(name) => {
                self.drop_routine(name);
                Ok(())
            }
            Op::CreateUnmodelled(other) => self.create_other(other),
            Op::DropUnmodelled(other) => self.drop_other(other),
            Op::Sql(raw) => {
                self.push(raw.text.clone());
                Ok(())
            }
            Op::Call(_) | Op::Python => Ok(()),
        }
    }

    fn comment(&mut self, on: &Commented, comment: Option<&str>) -> Done {
        let what = match on {
            Commented::Table(name) => format!("TABLE {}", object(name)),
            // It gets its comment when it comes back.
            Commented::View(name) if self.is_away(name) => return Ok(()),
            Commented::View(name) => {
                let noun = self.view_noun(name);
                format!("{noun} {}", object(name))
            }
            Commented::Index(name, table) if self.is_settled(name, table.as_ref()) => return Ok(()),
            Commented::Index(name, table) => format!("INDEX {}", self.index_path(name, table.as_ref())),
        };
        self.push(say::comment(&what, comment));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
