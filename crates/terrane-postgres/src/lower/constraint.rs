//! Constraints and indexes.

use super::later::Later;
use super::parts::is_key;
use super::say::{comment, constraint as definition, deferrable, ident, index, object};
use super::table::attributes;
use super::{Done, Lowering};
use terrane_core::dialect::Refusal;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, ConstraintRef, Op};
use terrane_core::schema::{Constraint, ConstraintKind, Deferrability, Index, Schema, Table};
use terrane_core::sql::quote_identifier;

impl Lowering<'_> {
    pub(super) fn add_constraint(&mut self, table: &ObjectName, constraint: &Constraint) -> Done {
        if self.adds_part(table, constraint) {
            return Ok(());
        }
        if attributes(constraint).has("inherited") && self.parent_has(table, constraint) {
            return Ok(());
        }
        match self.repartition_below(table).filter(|_| is_key(constraint)) {
            Some(last) => self.later.push((last, Later::Key(table.clone(), constraint.clone()))),
            None => self.add_key(table, constraint),
        }
        Ok(())
    }

    /// Adds a key of a partition that the parent's waits for.
    fn adds_part(&mut self, table: &ObjectName, constraint: &Constraint) -> bool {
        let Some(name) = constraint
            .name
            .as_ref()
            .filter(|_| self.attaches_itself(table, attributes(constraint)))
        else {
            return false;
        };
        self.add_key(table, constraint);
        self.attach_part(table, name);
        true
    }

    /// Adds a constraint, to a parent alone where some of its partitions are to have none such.
    pub(super) fn add_key(&mut self, table: &ObjectName, constraint: &Constraint) {
        let add = format!("ADD {}", definition(constraint));
        match constraint
            .name
            .as_ref()
            .filter(|_| attributes(constraint).has("invalid"))
        {
            Some(name) => {
                self.make_parts(table, name, true);
                self.push(format!("ALTER TABLE ONLY {} {add}", object(table)));
                self.attach_parts(table, name);
            }
            None => self.alter_table(table, add),
        }
    }

    /// Whether the parent has that constraint, or gets it: then the child has it as well.
    fn parent_has(&self, table: &ObjectName, constraint: &Constraint) -> bool {
        let wish = self.after.tables.get(table);
        let parents = wish.map(|table| {
            let inherited = super::table::parents(&table.attributes).into_iter();
            let parents = inherited.chain(table.attributes.get("partition of").map(str::to_owned));
            parents.map(|name| super::table::named(&name)).collect::<Vec<_>>()
        });
        let same = |other: &Constraint| std::mem::discriminant(&other.kind) == std::mem::discriminant(&constraint.kind);
        let has = |name: &ObjectName| {
            let table = self.after.tables.get(name);
            table.is_some_and(|table| table.constraints.iter().any(same))
        };
        parents.unwrap_or_default().iter().any(has)
    }

    pub(super) fn drop_constraint(&mut self, table: &ObjectName, which: &ConstraintRef) -> Done {
        let all = self
            .table(table)
            .map(|table| table.constraints.as_slice())
            .unwrap_or_default();
        let found = all.iter().find(|constraint| is(which, constraint)).cloned();
        if let Some(old) = &found {
            let is_inherited = attributes(old).has("inherited");
            let is_gone = is_inherited && (!self.leaves_parent(table) || self.parent_dropped(table, old));
            let is_away = old.name.as_ref().is_some_and(|name| self.is_part_away(table, name));
            if is_gone || is_away || self.is_gone(table) || self.went_with_column(table, old) {
                return Ok(());
            }
            if is_inherited {
                self.detach(table);
            }
            if let Some((at, action)) = self.changed_in_place(table, old) {
                self.done.insert(at);
                match action {
                    Some(action) => self.alter_table(table, action),
                    None => self.join_key(table, old),
                }
                return Ok(());
            }
        }
        let name = match (which, found.and_then(|constraint| constraint.name)) {
            (ConstraintRef::Named(name), _) => ident(name),
            (_, Some(name)) => ident(&name),
            (ConstraintRef::PrimaryKey, None) => {
                quote_identifier(&format!("{}_pkey", table.name.as_str())).into_owned()
            }
            (ConstraintRef::Unnamed(_), None) => {
                return Err(Refusal::new(format!(
                    "PostgreSQL drops a constraint by its name, and the name of this one of `{table}` is not known"
                ))
                .help("Say `DROP CONSTRAINT` and its name."));
            }
        };
        self.alter_table(table, format!("DROP CONSTRAINT {name}"));
        Ok(())
    }

    /// Whether the parent's has been dropped by now.
    fn parent_dropped(&self, table: &ObjectName, old: &Constraint) -> bool {
        let of = attributes(old).get("inherited").filter(|name| !name.is_empty());
        let name = of.or_else(|| old.name.as_ref().map(Ident::as_str));
        let parent = self.parent_of(table);
        self.ops[..self.at].iter().any(|op| match op {
            Op::DropConstraint {
                table,
                constraint: ConstraintRef::Named(dropped),
            } => Some(table) == parent.as_ref() && Some(dropped.as_str()) == name,
            _ => false,
        })
    }

    /// Whether a column of the constraint has gone from the parent, and so from its partitions.
    fn went_with_column(&self, table: &ObjectName, old: &Constraint) -> bool {
        let parents = self.parents(table);
        self.ops[..self.at].iter().any(|op| match op {
            Op::DropColumn { table: of, column } => parents.contains(of) && old.uses_column(column),
            _ => false,
        })
    }

    /// What a table has from its parent goes when the parent's does, and is its own when it leaves the parent.
    fn leaves_parent(&self, table: &ObjectName) -> bool {
        self.ops.iter().any(|op| match op {
            Op::SetTableAttribute { table: of, name, .. } => {
                of == table && matches!(name.as_str(), "partition of" | "inherits")
            }
            _ => false,
        })
    }

    /// Where a constraint is added again with a small difference, and the one action that makes the difference; none where
    /// the partitions do.
    fn changed_in_place(&self, table: &ObjectName, old: &Constraint) -> Option<(usize, Option<String>)> {
        let name = old.name.as_ref()?;
        let (at, new) = self.coming().find_map(|(at, op)| match op {
            Op::AddConstraint { table: of, constraint } if of == table && constraint.name.as_ref() == Some(name) => {
                Some((at, constraint))
            }
            _ => None,
        })?;
        if is_key(old) && self.only_joins(table, name) {
            return Some((at, None));
        }
        if self.stands_in_the_way(old, at) {
            return None;
        }
        let mut validated = old.clone();
        if let ConstraintKind::Check(check) = &mut validated.kind {
            check.attributes.set("not valid", None);
        }
        if let ConstraintKind::ForeignKey(key) = &mut validated.kind {
            key.attributes.set("not valid", None);
        }
        if validated == **new {
            return Some((at, Some(format!("VALIDATE CONSTRAINT {}", ident(name)))));
        }
        if let (ConstraintKind::ForeignKey(was), ConstraintKind::ForeignKey(is)) = (&mut validated.kind, &new.kind) {
            was.attributes.clone_from(&is.attributes);
            was.deferrable = is.deferrable;
            let ConstraintKind::ForeignKey(before) = &old.kind else {
                return None;
            };
            if was == is && before.attributes == is.attributes {
                let when = match is.deferrable {
                    Deferrability::NotDeferrable => " NOT DEFERRABLE",
                    when => deferrable(when),
                };
                return Some((at, Some(format!("ALTER CONSTRAINT {}{when}", ident(name)))));
            }
        }
        None
    }

    /// Whether a reference has to be away, up to the op at `until`, for what happens to the key that it refers to.
    fn stands_in_the_way(&self, old: &Constraint, until: usize) -> bool {
        let ConstraintKind::ForeignKey(key) = &old.kind else {
            return false;
        };
        let moves_key = |op: &Op| match op {
            Op::DropConstraint { table, .. } => *table == key.table,
            Op::AlterColumn { table, column, change } => {
                let is_referred_to = *table == key.table && key.referenced.contains(column);
                is_referred_to && matches!(change, ColumnChange::Type { .. })
            }
            _ => false,
        };
        self.coming().any(|(at, op)| at < until && moves_key(op))
    }

    /// A key that stays as it is becomes a part of the parent's.
    fn join_key(&mut self, table: &ObjectName, old: &Constraint) {
        let Some(name) = &old.name else { return };
        let wish = self.after.tables.get(table).and_then(|table| {
            let mut all = table.constraints.iter();
            all.find(|one| one.name.as_ref() == Some(name)).cloned()
        });
        let joins = |wish: &Constraint| {
            let mark = |one: &Constraint| attributes(one).get("inherited").map(str::to_owned);
            mark(wish) != mark(old) && self.attaches_itself(table, attributes(wish))
        };
        if wish.as_ref().is_some_and(joins) {
            self.attach_part(table, name);
        }
    }

    pub(super) fn create_index(&mut self, table: &ObjectName, one: &Index) -> Done {
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.name == *table) {
            waiting.indexes.insert(one.name.clone(), one.clone());
            return Ok(());
        }
        self.make_index(table, one);
        if self.attaches_itself(table, &one.attributes) {
            self.attach_part(table, &one.name);
        }
        Ok(())
    }

    /// Whether an index of the table can be built while its rows are written: not on a partitioned one (manual, `CREATE
    /// INDEX`), nor on one that is made again meanwhile.
    pub(super) fn is_built_concurrently(&self, table: &ObjectName) -> bool {
        let is_partitioned = |table: &Table| table.attributes.has("partition by");
        !self.waiting.iter().any(|waiting| waiting.name == *table)
            && !self.after.tables.get(table).is_some_and(is_partitioned)
    }

    /// Makes an index, and first the parts that partitions are to have of it.
    pub(super) fn make_index(&mut self, table: &ObjectName, one: &Index) {
        let is_alone = one.attributes.has("invalid");
        self.make_parts(table, &one.name, is_alone);
        self.push(index(table, one));
        self.index_details(table, one);
        if is_alone {
            self.attach_parts(table, &one.name);
        }
    }

    /// The op that would make an index anew which only joins its parent's, or is joined; it is attached instead.
    fn joins_later(&mut self, table: &ObjectName, old: &Index) -> Option<usize> {
        let makes =
            |op: &Op| matches!(op, Op::CreateIndex { table: of, index, .. } if of == table && index.name == old.name);
        let at = self.coming().find(|(_, op)| makes(op)).map(|(at, _)| at)?;
        if !self.only_joins(table, &old.name) {
            return None;
        }
        let wish = &self.after.tables.get(table)?.indexes.get(&old.name)?.attributes;
        if old.attributes.get("inherited") != wish.get("inherited") && self.attaches_itself(table, wish) {
            self.attach_part(table, &old.name);
        }
        Some(at)
    }

    /// What `CREATE INDEX` has no place for.
    pub(super) fn index_details(&mut self, table: &ObjectName, one: &Index) {
        let path = super::table::index_of(table, &one.name);
        for (name, value) in one.attributes.iter() {
            if let Some(number) = name.strip_prefix("statistics ") {
                self.push(format!(
                    "ALTER INDEX {path} ALTER COLUMN {number} SET STATISTICS {value}"
                ));
            }
        }
        if let Some(text) = &one.comment {
            self.push(comment(&format!("INDEX {path}"), Some(text)));
        }
    }

    pub(super) fn drop_index(&mut self, name: &Ident, table: Option<&ObjectName>) -> Done {
        if let Some((of, old)) = self
            .work
            .table_of_index(name, table)
            .map(|table| (table.name.clone(), table.indexes[name].clone()))
        {
            if let Some(at) = self.joins_later(&of, &old) {
                self.done.insert(at);
                return Ok(());
            }
            if self.goes_with_parent(&of, &old) || self.went_with_whole_table(&of) {
                return Ok(());
            }
            self.drop_whole(&of, name);
            return Ok(());
        }
        self.push(format!("DROP INDEX {}", self.index_path(name, table)));
        Ok(())
    }

    pub(super) fn rename_index(&mut self, table: Option<&ObjectName>, from: &Ident, to: &Ident) {
        if !self.is_settled(from, table) {
            let path = self.index_path(from, table);
            self.push(format!("ALTER INDEX {path} RENAME TO {}", ident(to)));
        }
    }

    /// Whether an index that is dropped is recreated, if only to be renamed.
    pub(super) fn index_stays(&self, table: &ObjectName, index: &Index) -> bool {
        in_the_end(&self.ops[self.at..], &self.after, table, index).is_some()
    }

    /// An index as it is on the server: one that was away is back as it is wished for in the end.
    pub(super) fn as_it_is(&self, table: &ObjectName, index: &Index) -> Index {
        let wish = in_the_end(&self.ops[self.at..], &self.after, table, index);
        let is_back = |_: &&Index| self.is_settled(&index.name, Some(table));
        wish.filter(is_back).unwrap_or(index).clone()
    }
}

/// Whether that constraint is meant, its name aside where it was not known.
fn is(which: &ConstraintRef, constraint: &Constraint) -> bool {
    match which {
        ConstraintRef::Unnamed(kind) => constraint.kind == **kind,
        which => which.matches(constraint),
    }
}

/// What an index is after all the ops that are to come, if it is the same but for its name and its comment.
pub(super) fn in_the_end<'s>(coming: &[Op], after: &'s Schema, table: &ObjectName, index: &Index) -> Option<&'s Index> {
    let name = renamed(coming, table, &index.name);
    let wish = after.tables.get(table)?.indexes.get(&name)?;
    let now = Index { name, ..index.clone() };
    wish.same_but_for_comment(&now).then_some(wish)
}

/// What the ops call a constraint of that name.
pub(super) fn renamed_constraint(ops: &[Op], table: &ObjectName, name: &Ident) -> Ident {
    ops.iter().fold(name.clone(), |name, op| match op {
        Op::RenameConstraint { table: of, from, to } if of == table && *from == name => to.clone(),
        _ => name,
    })
}

/// The constraint of a table that is called that.
pub(super) fn constraint_of<'s>(schema: &'s Schema, table: &ObjectName, name: &Ident) -> Option<&'s Constraint> {
    let mut all = schema.tables.get(table)?.constraints.iter();
    all.find(|constraint| constraint.name.as_ref() == Some(name))
}

/// What the ops call an index of that name.
pub(super) fn renamed(ops: &[Op], table: &ObjectName, name: &Ident) -> Ident {
    ops.iter().fold(name.clone(), |name, op| match op {
        Op::RenameIndex { table: of, from, to } if *from == name && of.as_ref().is_none_or(|of| of == table) => {
            to.clone()
        }
        _ => name,
    })
}
