//! What happens to a schema between two versions.

use super::make::{DEFAULTS, Maker, TYPES, Taken, check, fresh, generated, identity, names};
use super::{Dice, FLAVOR, Menu, Pair, mentions};
use std::collections::{BTreeMap, BTreeSet};
use terrane_core::diff::Renames;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{ConstraintKind, IndexKey, KeyTarget, Schema, TypeName};

/// A schema on its way to its next version.
pub(super) struct Changing {
    maker: Maker,
    before: Schema,
    after: Schema,
    /// What tables of `before` are called now, where a rename was declared.
    tables: Vec<(ObjectName, ObjectName)>,
    /// The table as it is called now, the column's first name, its name now.
    columns: Vec<(ObjectName, Ident, Ident)>,
}

impl Changing {
    pub(super) fn new(menu: Menu, before: Schema) -> Changing {
        let mut maker = Maker::new(menu);
        let relations = before.tables.keys().chain(before.views.keys());
        maker.relations = relations.map(|name| name.name.as_str().to_lowercase()).collect();
        for table in before.tables.values() {
            let names = table.constraints.iter().filter_map(|c| c.name.as_ref());
            maker.constraints.extend(names.map(|name| name.as_str().to_lowercase()));
            let names = table.indexes.keys().map(|name| name.as_str().to_lowercase());
            maker.indexes.extend(names);
            let names = table.triggers.keys().map(|name| name.as_str().to_lowercase());
            maker.triggers.extend(names);
        }
        for view in before.views.values() {
            let names = view.triggers.keys().map(|name| name.as_str().to_lowercase());
            maker.triggers.extend(names);
        }
        Changing {
            maker,
            after: before.clone(),
            before,
            tables: Vec::new(),
            columns: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Pair {
        let (before, after) = (&self.before, &self.after);
        let tables = self.tables.into_iter();
        let tables = tables.filter(|(from, to)| from != to && before.tables.contains_key(from));
        let columns = self.columns.into_iter().filter(|(_, from, to)| from != to);
        let there = |table: &ObjectName, column: &Ident| {
            let table = after.tables.get(table);
            table.is_some_and(|table| table.column(column).is_some())
        };
        Pair {
            renames: Renames {
                tables: tables.filter(|(_, to)| after.tables.contains_key(to)).collect(),
                columns: columns.filter(|(table, _, to)| there(table, to)).collect(),
                ..Renames::default()
            },
            before: self.before,
            after: self.after,
        }
    }

    fn some_table(&self, dice: &mut Dice<'_>) -> Option<ObjectName> {
        let names: Vec<&ObjectName> = self.after.tables.keys().collect();
        dice.pick(&names).map(|name| (*name).clone())
    }

    pub(super) fn change(&mut self, dice: &mut Dice<'_>) {
        let kind = dice.roll(14);
        let Some(name) = self.some_table(dice) else { return };
        match kind {
            1 => self.drop_table(&name),
            2 => {
                let table = self.maker.table(dice);
                self.after.tables.insert(table.name.clone(), table.clone());
                self.maker.reference(&mut self.after, &table.name, dice);
            }
            3 => self.drop_column(&name, dice),
            4 | 5 => self.rename(dice),
            6 => self.change_constraints(&name, dice),
            7 => self.change_indexes(&name, dice),
            8 => self.change_views(dice),
            9 => self.maker.trigger(&mut self.after, &name, dice),
            10 => self.rename_in_secret(&name, dice),
            11 => self.maker.reference(&mut self.after, &name, dice),
            12 => {
                let triggers = self.after.triggers_mut(&name);
                triggers.and_then(BTreeMap::pop_first);
            }
            _ => self.change_columns(&name, dice),
        }
    }

    fn drop_table(&mut self, name: &ObjectName) {
        self.after.tables.remove(name);
        self.tables.retain(|(_, to)| to != name);
        self.columns.retain(|(table, _, _)| table != name);
        for table in self.after.tables.values_mut() {
            table
                .constraints
                .retain(|c| !matches!(&c.kind, ConstraintKind::ForeignKey(key) if key.table == *name));
        }
        self.forget(&name.name);
    }

    /// Drops the views and triggers that mention a name, and the views that mention those.
    fn forget(&mut self, name: &Ident) {
        let mut gone = vec![name.clone()];
        while let Some(name) = gone.pop() {
            for table in self.after.tables.values_mut() {
                table
                    .triggers
                    .retain(|_, trigger| !mentions(&trigger.definition, &name));
            }
            self.after.views.retain(|other, view| {
                view.triggers.retain(|_, trigger| !mentions(&trigger.definition, &name));
                let stays = !mentions(&view.query, &name);
                if !stays {
                    gone.push(other.name.clone());
                }
                stays
            });
        }
    }

    fn drop_column(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let Some(table) = self.after.tables.get_mut(name) else {
            return;
        };
        let column = dice.pick(&names(table)).cloned();
        let Some(column) = column.filter(|_| table.columns.len() > 1) else {
            return;
        };
        table.columns.retain(|other| other.name != column);
        for other in &mut table.columns {
            if other
                .generated
                .as_ref()
                .is_some_and(|g| mentions(&g.expression, &column))
            {
                other.generated = None;
            }
        }
        let uses = |kind: &ConstraintKind| match kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                key.names().chain(&key.include).any(|name| *name == column)
            }
            ConstraintKind::ForeignKey(key) => {
                key.columns.contains(&column) || (key.table == *name && key.referenced.contains(&column))
            }
            ConstraintKind::Check(check) => mentions(&check.expression, &column),
            ConstraintKind::Exclusion(_) => false,
        };
        table.constraints.retain(|constraint| !uses(&constraint.kind));
        if table.primary_key().is_none() {
            table.attributes.set("without rowid", None);
        }
        table.indexes.retain(|_, index| {
            let used = |key: &IndexKey| match &key.target {
                KeyTarget::Column(name) => *name == column,
                KeyTarget::Expression(expr) => mentions(expr, &column),
            };
            let filtered = index.predicate.as_ref().is_some_and(|expr| mentions(expr, &column));
            !index.keys.iter().any(used) && !index.include.contains(&column) && !filtered
        });
        self.forget(&column);
        self.prune();
    }

    /// Drops the foreign keys whose target has no such key any more.
    fn prune(&mut self) {
        let keys: BTreeSet<(ObjectName, Vec<Ident>)> = self
            .after
            .tables
            .values()
            .flat_map(|table| {
                let kinds = table.constraints.iter().map(|constraint| &constraint.kind);
                kinds.flat_map(|kind| match kind {
                    ConstraintKind::PrimaryKey(key) => {
                        vec![
                            (table.name.clone(), Vec::new()),
                            (table.name.clone(), key.names().cloned().collect()),
                        ]
                    }
                    ConstraintKind::Unique(key) => vec![(table.name.clone(), key.names().cloned().collect())],
                    _ => Vec::new(),
                })
            })
            .collect();
        for table in self.after.tables.values_mut() {
            table.constraints.retain(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey(key) => keys.contains(&(key.table.clone(), key.referenced.clone())),
                _ => true,
            });
        }
    }

    /// Renames a table or a column, swaps two tables or two columns, or changes the case of a name; declared.
    pub(super) fn rename(&mut self, dice: &mut Dice<'_>) {
        let kind = dice.roll(6);
        let Some(name) = self.some_table(dice) else { return };
        match kind {
            0 => {
                let to = ObjectName::bare(fresh(&mut self.maker.relations, dice));
                self.rename_table(&name, &to);
            }
            1 => {
                let Some(other) = self.some_table(dice).filter(|other| *other != name) else {
                    return;
                };
                let aside = FLAVOR.object("aside");
                self.rename_table(&name, &aside);
                self.rename_table(&other, &name);
                self.rename_table(&aside, &other);
            }
            2 => {
                let text = name.name.as_str();
                let upper = FLAVOR.object(&text.to_ascii_uppercase());
                self.rename_table(&name, &upper);
            }
            kind => {
                let table = &self.after.tables[&name];
                let columns = names(table);
                let Some(from) = dice.pick(&columns).cloned() else {
                    return;
                };
                let mut taken: Taken = columns.iter().map(|name| name.as_str().to_lowercase()).collect();
                match kind {
                    3 => {
                        let to = fresh(&mut taken, dice);
                        self.rename_column(&name, &from, &to);
                    }
                    4 => {
                        let to = FLAVOR.ident(&from.as_str().to_ascii_uppercase());
                        self.rename_column(&name, &from, &to);
                    }
                    _ => {
                        let Some(other) = dice.pick(&columns).filter(|other| **other != from) else {
                            return;
                        };
                        let aside = FLAVOR.ident("aside");
                        self.rename_column(&name, &from, &aside);
                        self.rename_column(&name, other, &from);
                        self.rename_column(&name, &aside, other);
                    }
                }
            }
        }
    }

    fn rename_table(&mut self, from: &ObjectName, to: &ObjectName) {
        let op = Op::RenameTable {
            from: from.clone(),
            to: to.clone(),
        };
        op.apply(&mut self.after).expect("the new name is free");
        match self.tables.iter_mut().find(|(_, now)| now == from) {
            Some((_, now)) => *now = to.clone(),
            None => self.tables.push((from.clone(), to.clone())),
        }
        for (table, _, _) in self.columns.iter_mut().filter(|(table, _, _)| table == from) {
            *table = to.clone();
        }
    }

    fn rename_column(&mut self, table: &ObjectName, from: &Ident, to: &Ident) {
        let op = Op::RenameColumn {
            table: table.clone(),
            from: from.clone(),
            to: to.clone(),
        };
        op.apply(&mut self.after).expect("the new name is free");
        let known = self
            .columns
            .iter_mut()
            .find(|(other, _, now)| other == table && now == from);
        match known {
            Some((_, _, now)) => *now = to.clone(),
            None => self.columns.push((table.clone(), from.clone(), to.clone())),
        }
    }

    /// A rename that nobody declares.
    fn rename_in_secret(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let (tables, columns) = (self.tables.clone(), self.columns.clone());
        let to = ObjectName::bare(fresh(&mut self.maker.relations, dice));
        self.rename_table(name, &to);
        self.tables = tables;
        self.tables.retain(|(_, now)| now != name);
        self.columns = columns;
        self.columns.retain(|(now, _, _)| now != name);
    }

    fn change_constraints(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let Some(mut table) = self.after.tables.remove(name) else {
            return;
        };
        match dice.roll(4) {
            0 => {
                let kind = check(&table, dice);
                table.constraints.push(self.maker.constraint(kind, dice));
            }
            1 if !table.constraints.is_empty() => {
                table.constraints.remove(dice.roll(table.constraints.len()));
                if table.primary_key().is_none() {
                    table.attributes.set("without rowid", None);
                }
            }
            2 if !table.constraints.is_empty() => {
                let at = dice.roll(table.constraints.len());
                table.constraints[at].name = Some(fresh(&mut self.maker.constraints, dice));
            }
            _ if table.constraints.len() > 1 => {
                let first = table.constraints[0].name.take();
                table.constraints[0].name = table.constraints[1].name.take();
                table.constraints[1].name = first;
            }
            _ => {}
        }
        self.after.tables.insert(name.clone(), table);
        self.prune();
    }

    fn change_indexes(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let Some(table) = self.after.tables.get_mut(name) else {
            return;
        };
        match (dice.roll(3), table.indexes.pop_first()) {
            (1, Some((_, mut index))) => {
                index.name = fresh(&mut self.maker.indexes, dice);
                table.indexes.insert(index.name.clone(), index);
            }
            (2, Some((name, mut index))) => {
                index.unique = !index.unique;
                table.indexes.insert(name, index);
            }
            (0, Some((name, _))) => {
                self.maker.indexes.remove(&name.as_str().to_lowercase());
            }
            _ => {
                let index = self.maker.index(table, dice);
                table.indexes.insert(index.name.clone(), index);
            }
        }
    }

    fn change_views(&mut self, dice: &mut Dice<'_>) {
        match dice.roll(2) {
            0 => self.maker.view(&mut self.after, dice),
            _ => {
                if let Some((name, _)) = self.after.views.pop_first() {
                    self.forget(&name.name);
                }
            }
        }
    }

    fn change_columns(&mut self, name: &ObjectName, dice: &mut Dice<'_>) {
        let Some(mut table) = self.after.tables.remove(name) else {
            return;
        };
        let at = dice.roll(table.columns.len());
        match dice.roll(10) {
            0 => {
                let column = self.maker.column(&table, dice);
                table.columns.insert(at, column);
            }
            1 => table.columns[at].ty = TypeName::new(TYPES[dice.roll(TYPES.len())]),
            2 => {
                table.columns[at].nullable ^= true;
                table.columns[at].attributes.set("not null on conflict", None);
            }
            3 => table.columns[at].default = Some(FLAVOR.expr(DEFAULTS[dice.roll(DEFAULTS.len())])),
            4 => table.columns[at].default = None,
            5 => table.columns.rotate_left(at),
            6 => {
                let had = table.columns[at].identity.take();
                if had.is_none() && table.columns.iter().all(|column| column.identity.is_none()) {
                    table.columns[at].identity = Some(identity(dice));
                }
            }
            7 if self.maker.menu.comments => {
                table.comment = dice.one_in(2).then(|| "another".to_owned());
                table.columns[at].comment = dice.one_in(2).then(|| "another's".to_owned());
            }
            8 => {
                let strict = table.attributes.has("strict");
                table.attributes.set("strict", (!strict).then_some(""));
            }
            _ if at > 0 => {
                let rest = table.columns.split_off(at);
                let computed = generated(&table, dice);
                table.columns.extend(rest);
                table.columns[at].generated = computed;
            }
            _ => table.columns[at].generated = None,
        }
        self.after.tables.insert(name.clone(), table);
    }
}
