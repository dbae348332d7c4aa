//! Enumerated types: values added where they belong, or a new type in the place of the old one.

use super::say::{beside, ident, index, object};
use super::{Done, Lowering};
use crate::mention::mentions;
use terrane_core::ddl::print;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{Column, ConstraintKind, EnumType, Expr, ObjectIdentity, Table, Unmodelled};
use terrane_core::sql::quote_string;

impl Lowering<'_> {
    pub(super) fn create_enum(&mut self, enum_type: &EnumType) {
        let values: Vec<String> = enum_type.values.iter().map(|value| quote_string(value)).collect();
        self.push(format!(
            "CREATE TYPE {} AS ENUM ({})",
            object(&enum_type.name),
            values.join(", ")
        ));
    }

    /// A value can be added between others, but none taken away or moved; and one that was added cannot be used in the
    /// same transaction (`ALTER TYPE` in the manual).
    pub(super) fn alter_enum(&mut self, wish: &EnumType) -> Done {
        let old = self
            .work
            .enums
            .get(&wish.name)
            .map(|old| old.values.clone())
            .unwrap_or_default();
        if is_replaced(&old, &wish.values) || uses_new_value(&old, wish, self.coming().map(|(_, op)| op)) {
            return self.replace_enum(wish);
        }
        let mut there = old;
        for (at, value) in wish.values.iter().enumerate() {
            if there.contains(value) {
                continue;
            }
            let place = match (at.checked_sub(1), there.get(at)) {
                (Some(before), None) if before + 1 == there.len() => String::new(),
                (Some(before), _) => format!(" AFTER {}", quote_string(&wish.values[before])),
                (None, Some(next)) => format!(" BEFORE {}", quote_string(next)),
                (None, None) => String::new(),
            };
            self.push(format!(
                "ALTER TYPE {} ADD VALUE {}{place}",
                object(&wish.name),
                quote_string(value)
            ));
            there.insert(at, value.clone());
        }
        Ok(())
    }

    /// The columns change from the old type to the new one by their texts; what reads them as the old type is taken away
    /// meanwhile.
    fn replace_enum(&mut self, wish: &EnumType) -> Done {
        let domains = self.domains_over(&wish.name);
        for (domain, columns) in &domains {
            self.let_domain_go(domain, columns);
        }
        let mut aside = wish.name.clone();
        aside.name = wish.name.name.sibling(format!("_terrane_old_{}", wish.name.name));
        self.push(format!(
            "ALTER TYPE {} RENAME TO {}",
            object(&wish.name),
            ident(&aside.name)
        ));
        self.create_enum(wish);
        self.retype_attributes(&wish.name)?;
        let tables: Vec<Table> = self
            .work
            .tables
            .values()
            .filter(|table| is_partition_root(table))
            .cloned()
            .collect();
        for table in &tables {
            let columns: Vec<&Column> = table
                .columns
                .iter()
                .filter(|column| is_of(column, &wish.name) && !column.attributes.has("inherited"))
                .collect();
            if !columns.is_empty() {
                self.retype(table, &columns, &wish.name);
            }
        }
        for (domain, columns) in &domains {
            self.bring_domain(domain, columns);
        }
        self.push(format!("DROP TYPE {}", object(&aside)));
        Ok(())
    }

    /// The domains of an enumerated type that stay, with the columns that are of them.
    fn domains_over(&self, ty: &ObjectName) -> Vec<(Unmodelled, Vec<(ObjectName, Column)>)> {
        let edges = &self.work.edges;
        let domains = edges
            .dependents(&ObjectIdentity::Enum(ty.clone()))
            .filter_map(|dependent| match dependent {
                ObjectIdentity::Other(name) => self.work.unmodelled.get(name),
                _ => None,
            });
        let stays = |other: &&Unmodelled| other.kind == "domain" && self.after.unmodelled.contains_key(&other.name);
        let columns = |domain: &Unmodelled| {
            let of = edges.dependents(&ObjectIdentity::Other(domain.name.clone()));
            let columns = of.filter_map(|dependent| match dependent {
                ObjectIdentity::Column(table, column) => {
                    let is_own = |column: &&Column| !column.attributes.has("inherited");
                    let table = self.work.tables.get(table).filter(|table| is_partition_root(table))?;
                    let column = table.column(column).filter(is_own)?;
                    Some((table.name.clone(), column.clone()))
                }
                _ => None,
            });
            columns.collect()
        };
        domains
            .filter(stays)
            .map(|domain| (domain.clone(), columns(domain)))
            .collect()
    }

    /// A domain keeps the type that it was made of, and so is made again; its columns are texts meanwhile.
    fn let_domain_go(&mut self, domain: &Unmodelled, columns: &[(ObjectName, Column)]) {
        for (table, column) in columns {
            let (name, array) = (ident(&column.name), array_of(column));
            if column.default.is_some() {
                self.alter_column(table, &column.name, "DROP DEFAULT");
            }
            self.alter_column(
                table,
                &column.name,
                format!("TYPE text{array} USING {name}::text{array}"),
            );
        }
        self.push(format!(
            "DROP DOMAIN {}",
            beside(&domain.name, domain.name.name.as_str())
        ));
    }

    fn bring_domain(&mut self, domain: &Unmodelled, columns: &[(ObjectName, Column)]) {
        let about: Vec<usize> = self
            .coming()
            .filter(|(_, op)| {
                matches!(op, Op::DropUnmodelled(other) | Op::CreateUnmodelled(other) if other.name == domain.name)
            })
            .map(|(at, _)| at)
            .collect();
        let now = match about.is_empty() {
            true => domain.clone(),
            false => self.after.unmodelled[&domain.name].clone(),
        };
        self.done.extend(about);
        self.make_other(now.definition.as_str());
        let ty = beside(&domain.name, domain.name.name.as_str());
        for (table, column) in columns {
            self.retype_to(table, column, &ty);
        }
    }

    fn retype(&mut self, table: &Table, columns: &[&Column], ty: &ObjectName) {
        let reads = |text: &str| columns.iter().any(|column| mentions(text, &column.name)) || mentions(text, &ty.name);
        let is_here = |part: &Ident| !self.is_part_away(&table.name, part);
        let checks: Vec<_> = table
            .constraints
            .iter()
            .filter(|constraint| constraint.name.as_ref().is_none_or(is_here))
            .filter(|constraint| match &constraint.kind {
                ConstraintKind::Check(check) => reads(check.expression.as_str()),
                ConstraintKind::Exclusion(exclusion) => reads(exclusion.definition.as_str()),
                _ => false,
            })
            .collect();
        let indexes: Vec<_> = table
            .indexes
            .values()
            .filter(|one| is_here(&one.name))
            .filter(|one| one.predicate.is_some() && reads(&index(&table.name, one)) || has_expression(one))
            .map(|one| (one, self.as_it_is(&table.name, one)))
            .collect();
        let goes_anyway = |op: &Op| match op {
            Op::DropConstraint { table: of, constraint } => {
                *of == table.name && checks.iter().any(|check| constraint.matches(check))
            }
            Op::DropIndex { name, table: of } => {
                let is_meant = of.as_ref().is_none_or(|of| *of == table.name);
                is_meant && indexes.iter().any(|(index, _)| index.name == *name)
            }
            _ => false,
        };
        let settled: Vec<usize> = self
            .coming()
            .filter(|(_, op)| goes_anyway(op))
            .map(|(at, _)| at)
            .collect();
        self.done.extend(settled);
        for name in checks.iter().filter_map(|constraint| constraint.name.as_ref()) {
            self.alter_table(&table.name, format!("DROP CONSTRAINT {}", ident(name)));
        }
        for (_, now) in &indexes {
            self.push(format!("DROP INDEX {}", super::table::index_of(&table.name, &now.name)));
        }
        for column in columns {
            self.retype_column(&table.name, column, ty);
        }
        for constraint in checks {
            if self.constraint_stays(&table.name, constraint) {
                self.alter_table(&table.name, format!("ADD {}", super::say::constraint(constraint)));
            }
        }
        for (one, now) in &indexes {
            if self.index_stays(&table.name, one) {
                self.push(index(&table.name, now));
                self.index_details(&table.name, now);
            }
        }
    }

    fn retype_column(&mut self, table: &ObjectName, column: &Column, ty: &ObjectName) {
        if column.default.is_some() {
            self.alter_column(table, &column.name, "DROP DEFAULT");
        }
        self.retype_to(table, column, &object(ty));
    }

    /// By its texts; the default, which has gone, is set again unless another op sees to that.
    fn retype_to(&mut self, table: &ObjectName, column: &Column, ty: &str) {
        let (name, array) = (ident(&column.name), array_of(column));
        self.alter_column(
            table,
            &column.name,
            format!("TYPE {ty}{array} USING {name}::text{array}::{ty}{array}"),
        );
        let after = self
            .after
            .tables
            .get(table)
            .and_then(|table| table.column(&column.name));
        let default: Option<Expr> = after.and_then(|column| column.default.clone());
        let changes = self.coming().any(|(_, op)| match op {
            Op::AlterColumn {
                table: of,
                column: other,
                change: ColumnChange::Default(_) | ColumnChange::Type { .. },
            } => of == table && *other == column.name,
            Op::DropColumn {
                table: of,
                column: other,
            } => of == table && *other == column.name,
            _ => false,
        });
        if let Some(default) = default
            .or_else(|| column.default.clone())
            .filter(|_| column.default.is_some() && !changes)
        {
            self.alter_column(table, &column.name, super::say::set_default(&default));
        }
    }
}

/// What makes a type one of arrays of it, if the column's is.
fn array_of(column: &Column) -> &'static str {
    match column.ty.canonical().ends_with("[]") {
        true => "[]",
        false => "",
    }
}

fn has_expression(index: &terrane_core::schema::Index) -> bool {
    index.keys.iter().any(|key| key.name().is_none())
}

/// A partition's columns change with its parent's.
fn is_partition_root(table: &Table) -> bool {
    !table.attributes.has("partition of")
}

/// Whether the column is of that type, or an array of it.
pub(super) fn is_of(column: &Column, ty: &ObjectName) -> bool {
    let written = column.ty.as_str().trim_end_matches("[]");
    super::table::named(written) == *ty
}

/// Whether one of these ops, which come later, says a value that the type gets.
pub(super) fn uses_new_value<'o>(old: &[String], wish: &EnumType, mut coming: impl Iterator<Item = &'o Op>) -> bool {
    let new: Vec<String> = wish
        .values
        .iter()
        .filter(|value| !old.contains(value))
        .map(|v| quote_string(v))
        .collect();
    let uses = |text: &String| new.iter().any(|value| text.contains(value.as_str()));
    coming.any(|op| print(op).iter().any(uses))
}

/// Whether a value goes, or changes its place among the others.
pub(super) fn is_replaced(old: &[String], new: &[String]) -> bool {
    let kept: Vec<&String> = new.iter().filter(|value| old.contains(value)).collect();
    kept.len() != old.len() || kept.into_iter().ne(old.iter())
}
