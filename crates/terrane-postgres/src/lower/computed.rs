//! Columns that are computed from others.
//!
//! PostgreSQL computes a column from its first row on, or never (before 17, which can change the expression). So such a
//! column is recreated, with its dependents, whenever its expression changes or something that the expression reads.

use super::Lowering;
use super::say::{column as definition, ident};
use crate::mention::mentions;
use terrane_core::dialect::Refusal;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{Column, Generated};

impl Lowering<'_> {
    /// Adds it, unless it is computed from a column that gets another type first.
    pub(super) fn make_column(&mut self, table: &ObjectName, column: &Column) {
        let generated = column.generated.as_ref();
        if generated.is_some_and(|generated| self.comes_with_what_it_reads(table, generated)) {
            self.unmade.insert((table.clone(), column.name.clone()));
            return;
        }
        self.keeping_values(table, &column.name, |to| {
            to.alter_table(table, format!("ADD COLUMN {}", definition(column)));
        });
        self.column_details(table, column);
    }

    /// Gives a column an expression, or another one.
    pub(super) fn compute(
        &mut self,
        table: &ObjectName,
        column: &Column,
        generated: &Generated,
    ) -> Result<(), Refusal> {
        self.partition_key_stays(table, &column.name)?;
        if self.comes_with_what_it_reads(table, generated) {
            // What it was computed from may be about to go.
            if self.unmade.insert((table.clone(), column.name.clone())) {
                self.alter_table(table, format!("DROP COLUMN {}", ident(&column.name)));
            }
            return Ok(());
        }
        let mut column = column.clone();
        let after = self
            .after
            .tables
            .get(table)
            .and_then(|table| table.column(&column.name));
        if let Some(after) = after {
            column.nullable = after.nullable;
        }
        column.generated = Some(generated.clone());
        column.default = None;
        self.alter_table(table, format!("DROP COLUMN {}", ident(&column.name)));
        self.alter_table(table, format!("ADD COLUMN {}", definition(&column)));
        self.column_details(table, &column);
        let Some(old) = self.table(table).cloned() else {
            return Ok(());
        };
        self.restore_parts(&old, &column.name);
        Ok(())
    }

    /// Whether a column is made anew later in any case, since one that it is computed from gets another type.
    fn comes_with_what_it_reads(&self, table: &ObjectName, generated: &Generated) -> bool {
        let retypes = |op: &Op| {
            matches!(op, Op::AlterColumn { table: of, column, change: ColumnChange::Type { .. } }
                if of == table && mentions(generated.expression.as_str(), column))
        };
        self.coming().any(|(_, op)| retypes(op))
    }

    /// Takes away the columns that are computed from this one, and gives those that are to come back, as they are wished
    /// for in the end.
    pub(super) fn drop_computed_from(&mut self, table: &ObjectName, column: &Ident) -> Vec<Column> {
        let reads = |other: &&Column| {
            let generated = other.generated.as_ref();
            generated.is_some_and(|generated| mentions(generated.expression.as_str(), column))
        };
        let all = self.table(table).map(|table| table.columns.clone()).unwrap_or_default();
        let mut back = Vec::new();
        for other in all.iter().filter(reads) {
            if self.take_computed(table, &other.name) {
                let after = self.after.tables.get(table).and_then(|table| table.column(&other.name));
                back.extend(after.cloned());
            }
        }
        back
    }

    /// Takes a computed column away, and whatever is still to happen to it; or frees it of its expression and says no.
    fn take_computed(&mut self, table: &ObjectName, name: &Ident) -> bool {
        if self.keeps_its_values(table, name) {
            return false;
        }
        if !self.unmade.remove(&(table.clone(), name.clone())) {
            self.alter_table(table, format!("DROP COLUMN {}", ident(name)));
        }
        let is_about = |op: &Op| match op {
            Op::AlterColumn { table: of, column, .. } | Op::DropColumn { table: of, column } => {
                of == table && column == name
            }
            _ => false,
        };
        let settled: Vec<usize> = self.coming().filter(|(_, op)| is_about(op)).map(|(at, _)| at).collect();
        self.done.extend(settled);
        true
    }

    /// A column that a later op frees of its expression is free at once, with the values that it has.
    fn keeps_its_values(&mut self, table: &ObjectName, name: &Ident) -> bool {
        let frees = |op: &Op| {
            matches!(op, Op::AlterColumn { table: of, column, change: ColumnChange::Generated(None) }
                if of == table && column == name)
        };
        let is_unmade = self.unmade.contains(&(table.clone(), name.clone()));
        let Some(at) = self.coming().find(|(_, op)| frees(op) && !is_unmade).map(|(at, _)| at) else {
            return false;
        };
        self.alter_column(table, name, "DROP EXPRESSION");
        self.done.insert(at);
        true
    }

    /// Takes a computed column away until [`Self::bring_computed`].
    pub(super) fn let_computed_go(&mut self, table: &ObjectName, name: &Ident) {
        if self.take_computed(table, name) {
            self.unmade.insert((table.clone(), name.clone()));
        }
    }

    /// Recreates it as it is to be in the end, with its dependents.
    pub(super) fn bring_computed(&mut self, table: &ObjectName, name: &Ident) {
        let after = self.after.tables.get(table).and_then(|table| table.column(name));
        let Some(column) = after.cloned() else { return };
        if self.unmade.remove(&(table.clone(), name.clone())) {
            self.make_column(table, &column);
            if let Some(old) = self.table(table).cloned() {
                self.restore_parts(&old, name);
            }
        }
    }
}
