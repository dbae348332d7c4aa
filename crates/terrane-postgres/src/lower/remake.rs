//! What PostgreSQL decides when a table or a column is made: the thing is made anew, and the rows move.

use super::later::Later;
use super::say::{ident, idents, index, object};
use super::table::{attributes, named};
use super::{Done, Lowering};
use crate::FLAVOR;
use std::collections::BTreeMap;
use terrane_core::dialect::Refusal;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{Attributes, Column, Constraint, ConstraintKind, Table};

/// What the old one is called until its rows have moved.
const ASIDE: &str = "terrane_was";

/// Whether an op partitions a table otherwise, or for the first or the last time.
pub(super) fn is_repartitioned(op: &Op) -> Option<&ObjectName> {
    match op {
        Op::SetTableAttribute { table, name, .. } if name == "partition by" => Some(table),
        _ => None,
    }
}

impl Lowering<'_> {
    /// Whether a new partition waits until its parent is partitioned.
    pub(super) fn waits_for_parent(&self, table: &Table) -> bool {
        let Some(parent) = self.parent_of(&table.name) else {
            return false;
        };
        let waits = self.waiting.iter().any(|other| other.name == parent);
        waits || self.repartition_to_come(&parent).is_some()
    }

    /// Makes a table anew, as it is but for how it is partitioned. Its dependents are dropped at that point ([`super::hold`]).
    /// A partition stands alone meanwhile: attached, it could not give its name away, and its parent would make parts of
    /// its own.
    pub(super) fn repartition(&mut self, name: &ObjectName, by: Option<&str>) -> Done {
        let Some(mut old) = self.table(name).cloned() else {
            return Err(Refusal::new(format!("table `{name}` is not known")));
        };
        self.follow_parent(&mut old);
        if let Some(relative) = ["inherits", "of type"]
            .iter()
            .find(|attribute| old.attributes.has(attribute))
        {
            return Err(Refusal::new(format!(
                "PostgreSQL decides whether and how `{name}` is partitioned when the table is created, and its `{relative}` \
                 holds it where it is"
            ))
            .help("Create another table, copy the rows, and drop this one."));
        }
        self.let_partitions_go(name);
        self.settle_place(name);
        self.settle_attributes(name);
        self.detach(name);
        let aside = ObjectName {
            name: FLAVOR.ident(ASIDE),
            ..name.clone()
        };
        let owned = self.free_sequences(name);
        // The sequence behind an identity has to leave its name to the new one.
        for column in old.columns.iter().filter(|column| column.identity.is_some()) {
            self.alter_column(name, &column.name, "DROP IDENTITY");
        }
        self.alter_table(name, format!("RENAME TO {ASIDE}"));
        let attributes = self.after.tables.get(name).map(|table| table.attributes.clone());
        self.create_table(&bare(&old, &attributes.unwrap_or_default(), by))?;
        self.create_deferred_partitions(name)?;
        self.move_rows(&old, &aside);
        self.push(format!("DROP TABLE {}", object(&aside)));
        self.remade.insert(name.clone());
        for (sequence, column) in owned {
            let column = format!("{}.{}", object(name), ident(&column));
            self.push(format!("ALTER SEQUENCE {} OWNED BY {column}", object(&sequence)));
        }
        self.finish(&old);
        self.take_partitions_back(name)?;
        self.take_place(&old)
    }

    /// Partitions whose place stays as it is stood alone while their parent was made again.
    fn take_partitions_back(&mut self, parent: &ObjectName) -> Done {
        let is_told = |table: &ObjectName| {
            self.ops.iter().any(|op| {
                matches!(op, Op::SetTableAttribute { table: of, name, .. }
                    if of == table && matches!(name.as_str(), "partition of" | "bound"))
            })
        };
        let place = |table: &Table| table.attributes.get("partition of").map(named);
        let of_parent = |table: &&Table| place(table).as_ref() == Some(parent);
        let after = self.after.tables.values().filter(of_parent);
        let was_there = |table: &&Table| {
            let before = self.before.tables.get(&table.name).and_then(place);
            before.as_ref() == Some(parent) && self.detached.contains(&table.name)
        };
        let back: Vec<Table> = after
            .filter(was_there)
            .filter(|table| !is_told(&table.name))
            .cloned()
            .collect();
        back.iter().try_for_each(|partition| self.attach(partition))
    }

    /// Attaches what was made anew; a trigger that it has from its parent is switched as it was.
    pub(super) fn take_place(&mut self, old: &Table) -> Done {
        let Some(after) = self.after.tables.get(&old.name).cloned() else {
            return Ok(());
        };
        self.attach(&after)?;
        self.switch_clones(old);
        Ok(())
    }

    /// Switches the triggers that a partition has from its parent as they were: attaching it makes them anew.
    pub(super) fn switch_clones(&mut self, old: &Table) {
        let after = self.after.tables.get(&old.name);
        if !after.is_some_and(|table| table.attributes.has("partition of")) {
            return;
        }
        let is_clone = |name: &str| old.triggers.keys().all(|own| own.as_str() != name);
        for (attribute, how) in old.attributes.iter() {
            if let Some(trigger) = attribute.strip_prefix("trigger ").filter(|name| is_clone(name)) {
                self.alter_table(&old.name, super::table::switch_of_trigger(Some(how), trigger));
            }
        }
    }

    /// What a partition has from its parent, it has by the parent's ops: as it is to have it in the end, save for references
    /// that the parent is still to get, which may refer to a key that is not there yet.
    fn follow_parent(&self, table: &mut Table) {
        let Some(after) = self
            .after
            .tables
            .get(&table.name)
            .filter(|after| after.attributes.has("partition of"))
        else {
            return;
        };
        let place = |table: &Table| table.attributes.get("partition of").map(named);
        if self.before.tables.get(&table.name).and_then(place) == place(after) {
            table.columns.clone_from(&after.columns);
        }
        let is_inherited = |one: &Constraint| attributes(one).has("inherited");
        table.constraints.retain(|one| !is_inherited(one));
        let wholes = self.wholes(&table.name);
        let is_to_come = |one: &Constraint| {
            let adds = |op: &Op| {
                matches!(op, Op::AddConstraint { table, constraint }
                    if wholes.contains(table) && constraint.name == one.name)
            };
            let is_away = |whole: &ObjectName| one.name.as_ref().is_some_and(|name| self.is_part_away(whole, name));
            let comes = || self.coming().any(|(_, op)| adds(op)) || wholes.iter().any(is_away);
            matches!(one.kind, ConstraintKind::ForeignKey(_)) && comes()
        };
        for one in after
            .constraints
            .iter()
            .filter(|one| is_inherited(one) && !is_to_come(one))
        {
            if table.constraints.iter().all(|other| other.name != one.name) {
                table.constraints.push(one.clone());
            }
        }
    }

    /// The partitions that have waited, with the indexes that came meanwhile.
    fn create_deferred_partitions(&mut self, whole: &ObjectName) -> Done {
        let waits_for_it = |table: &Table| {
            let wholes = self.wholes(&table.name);
            let nearer = wholes.iter().take_while(|name| *name != whole);
            wholes.contains(whole) && nearer.into_iter().all(|name| self.repartition_to_come(name).is_none())
        };
        let now: Vec<Table> = self
            .waiting
            .iter()
            .filter(|table| waits_for_it(table))
            .cloned()
            .collect();
        for partition in &now {
            // Its own partitions wait on.
            self.waiting.retain(|waiting| waiting.name != partition.name);
            let bare = Table {
                indexes: BTreeMap::new(),
                ..partition.clone()
            };
            self.create_table(&bare)?;
        }
        // What is made on a partition's own partitions first, it takes for parts of its own.
        for partition in now.iter().rev() {
            for one in partition.indexes.values() {
                self.create_index(&partition.name, one)?;
            }
        }
        Ok(())
    }

    /// Makes a table anew when its columns are what they are to be.
    pub(super) fn repartition_in_time(&mut self, name: &ObjectName, by: Option<&str>) -> Done {
        match self.columns_to_come(name, by) {
            Some(last) => {
                self.later
                    .push((last, Later::Repartition(name.clone(), by.map(str::to_owned))));
                Ok(())
            }
            None => self.repartition(name, by),
        }
    }

    /// Sequences go with the column that owns them; the new table has the same columns.
    fn free_sequences(&mut self, table: &ObjectName) -> Vec<(ObjectName, Ident)> {
        let of_table = |sequence: &terrane_core::schema::Sequence| {
            let (of, column) = super::sequence::owner(&sequence.options)?;
            (of == *table).then(|| (sequence.name.clone(), column))
        };
        let owned: Vec<_> = self.work.sequences.values().filter_map(of_table).collect();
        for (sequence, _) in &owned {
            self.push(format!("ALTER SEQUENCE {} OWNED BY NONE", object(sequence)));
        }
        owned
    }

    fn move_rows(&mut self, old: &Table, aside: &ObjectName) {
        let stored = |column: &&Column| column.generated.is_none();
        let columns: Vec<Ident> = old
            .columns
            .iter()
            .filter(stored)
            .map(|column| column.name.clone())
            .collect();
        let numbered: Vec<&Column> = old.columns.iter().filter(|column| column.identity.is_some()).collect();
        let overriding = if numbered.is_empty() {
            ""
        } else {
            " OVERRIDING SYSTEM VALUE"
        };
        let list = idents(&columns);
        let (name, aside) = (object(&old.name), object(aside));
        self.push(format!(
            "INSERT INTO {name} ({list}){overriding} SELECT {list} FROM {aside}"
        ));
        for column in numbered {
            self.count_on(&old.name, &column.name);
        }
    }

    /// What needs the rows, or a name that the old table had.
    fn finish(&mut self, old: &Table) {
        let is_away = |part: &Ident| self.is_part_away(&old.name, part);
        let (references, rules): (Vec<&Constraint>, Vec<&Constraint>) = old
            .constraints
            .iter()
            .filter(|one| !is_check(one) && !one.name.as_ref().is_some_and(is_away))
            .partition(|one| matches!(one.kind, ConstraintKind::ForeignKey(_)));
        for constraint in rules {
            self.add_key(&old.name, constraint);
        }
        for one in old.indexes.values() {
            if self.is_part_away(&old.name, &one.name) {
                continue;
            }
            self.push(index(&old.name, one));
            self.index_details(&old.name, one);
        }
        for constraint in references {
            self.add_key(&old.name, constraint);
        }
        for trigger in old.triggers.values() {
            if !self.is_trigger_away(&old.name, &trigger.name) {
                self.create_trigger(trigger);
            }
        }
        for attribute in ["replica identity", "cluster on"] {
            if let Some(value) = old.attributes.get(attribute) {
                // It was so before; nothing of it is refused.
                let _flag = self.table_attribute(&old.name, attribute, Some(value));
            }
        }
    }

    /// A child's own column is the parent's from now on only if it is made with the parent's.
    pub(super) fn inherit_column(&mut self, table: &ObjectName, column: &Column) -> Done {
        let is_parents = |op: &Op| match op {
            Op::AddColumn { table: of, column: new } => self.parents(table).contains(of) && new.name == column.name,
            _ => false,
        };
        let found = self.coming().find(|(at, op)| !self.done.contains(at) && is_parents(op));
        let Some((
            at,
            Op::AddColumn {
                table: parent,
                column: new,
            },
        )) = found
        else {
            return Err(Refusal::new(format!(
                "the column `{}` of `{table}` is the table's own, and stays so whatever it inherits",
                column.name
            ))
            .help("Drop the column before the parent gets it, if its values may go."));
        };
        let (parent, new) = (parent.clone(), new.clone());
        self.add_column(&parent, &new)?;
        self.done.insert(at);
        Ok(())
    }

    /// The children whose own column of that name becomes the parent's with an op that is still to come.
    fn children_that_inherit(&self, parent: &ObjectName, name: &Ident) -> Vec<Table> {
        let inherits = |table: &ObjectName| {
            self.ops[self.at..].iter().any(|op| match op {
                Op::AlterColumn {
                    table: of,
                    column,
                    change:
                        ColumnChange::Attribute {
                            name: attribute,
                            value: Some(_),
                        },
                } => of == table && column == name && attribute == "inherited",
                _ => false,
            })
        };
        let is_child = |table: &&Table| {
            let parents = super::table::parents(&table.attributes);
            parents.iter().any(|name| named(name) == *parent) && inherits(&table.name)
        };
        self.work.tables.values().filter(is_child).cloned().collect()
    }

    /// Puts the values of such columns aside while their parent gets its own, which `add` says.
    pub(super) fn keeping_values(&mut self, parent: &ObjectName, name: &Ident, add: impl FnOnce(&mut Self)) {
        let children = self.children_that_inherit(parent, name);
        for child in &children {
            self.alter_table(&child.name, format!("RENAME COLUMN {} TO {ASIDE}", ident(name)));
        }
        add(self);
        for child in &children {
            self.push(format!("UPDATE {} SET {} = {ASIDE}", object(&child.name), ident(name)));
            self.alter_table(&child.name, format!("DROP COLUMN {ASIDE}"));
            self.restore_parts(child, name);
            let settled = self.settled_by_inheriting(&child.name, name);
            self.done.extend(settled);
        }
    }

    fn settled_by_inheriting(&self, table: &ObjectName, name: &Ident) -> Vec<usize> {
        let is_about = |op: &Op| match op {
            Op::AlterColumn {
                table: of,
                column,
                change,
            } => of == table && column == name && matches!(change, ColumnChange::Attribute { .. }),
            _ => false,
        };
        self.coming().filter(|(_, op)| is_about(op)).map(|(at, _)| at).collect()
    }
}

/// The table without what has to wait for the old one to go. Where it is partitioned and where it is not, it takes other
/// storage parameters: it has those that it is to have in the end.
fn bare(old: &Table, after: &Attributes, by: Option<&str>) -> Table {
    let mut new = old.clone();
    new.constraints.retain(is_check);
    for constraint in &mut new.constraints {
        if let ConstraintKind::Check(check) = &mut constraint.kind {
            check.attributes.set("inherited", None);
        }
    }
    new.attributes = Attributes::default();
    for (name, value) in after.iter().filter(|(name, _)| is_made_with(name)) {
        new.attributes.set(name, Some(value));
    }
    new.attributes.set("partition by", by);
    new
}

fn is_check(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::Check(_)) && !attributes(constraint).has("not valid")
}

/// Whether an attribute is the table's own, and neither an index's nor a trigger's, nor its place among others.
pub(super) fn is_made_with(attribute: &str) -> bool {
    let of_trigger = ["trigger ", "constraint trigger "]
        .iter()
        .any(|word| attribute.starts_with(word));
    !of_trigger
        && !matches!(
            attribute,
            "replica identity" | "cluster on" | "partition of" | "bound" | "partition by" | "inherits" | "of type"
        )
}
