//! What SeaORM cannot say of a table, said beside the entity.

use crate::describe::{column_name, describe, quoted, reference};
use sea_orm::EntityTrait;
use std::marker::PhantomData;
use terrane_model::{Constraint, ForeignKey, Generated, Identity, Index, Key, Table};

/// The table of an entity, to which the rest is added. Columns are named by the entity's own `Column`, so that one which
/// is gone does not compile.
#[derive(Debug)]
pub struct EntityTable<E: EntityTrait> {
    table: Table,
    entity: PhantomData<E>,
}

impl<E: EntityTrait> Default for EntityTable<E> {
    fn default() -> EntityTable<E> {
        EntityTable::new()
    }
}

impl<E: EntityTrait> EntityTable<E> {
    /// What the entity itself says.
    pub fn new() -> EntityTable<E> {
        EntityTable {
            table: describe::<E>(),
            entity: PhantomData,
        }
    }

    /// The value, with what is wrong with it noted.
    pub fn finish(mut self) -> Table {
        self.table.check();
        self.table
    }

    fn change(mut self, column: E::Column, change: impl FnOnce(&mut terrane_model::Column)) -> EntityTable<E> {
        if let Some(column) = self.table.column_mut(&column_name(&column)) {
            change(column);
        }
        self
    }

    fn constraint(mut self, constraint: Constraint) -> EntityTable<E> {
        self.table.constraints.push(constraint);
        self
    }

    /// The table extends that entity's one-to-one: its primary key is its foreign key to that one's. The relation says
    /// the foreign key; this says what it is for, and that it is so is checked.
    #[must_use]
    pub fn extends<P: EntityTrait>(mut self) -> EntityTable<E> {
        self.table.extends = Some(reference(&P::default().table_ref()));
        self
    }

    /// What the table was called before.
    #[must_use]
    pub fn renamed_from(mut self, name: &str) -> EntityTable<E> {
        self.table.renamed_from = Some(name.to_owned());
        self
    }

    /// What a column was called before; `#[sea_orm(renamed_from = "…")]` says the same.
    #[must_use]
    pub fn column_renamed_from(self, column: E::Column, name: &str) -> EntityTable<E> {
        self.change(column, |column| column.renamed_from = Some(name.to_owned()))
    }

    /// `CHECK (condition)`, the condition as SQL.
    #[must_use]
    pub fn check(self, name: &str, condition: &str) -> EntityTable<E> {
        self.constraint(Constraint::Check {
            name: Some(name.to_owned()),
            condition: condition.to_owned(),
        })
    }

    /// `UNIQUE` over columns. One that the entity has without a name takes this one.
    #[must_use]
    pub fn unique(mut self, name: &str, columns: impl IntoIterator<Item = E::Column>) -> EntityTable<E> {
        let columns: Vec<String> = columns.into_iter().map(|column| column_name(&column)).collect();
        self.table
            .constraints
            .retain(|other| !matches!(other, Constraint::Unique(key) if key.name.is_none() && key.columns == columns));
        let name = Some(name.to_owned());
        self.constraint(Constraint::Unique(Key { name, columns }))
    }

    /// The name of the primary key.
    #[must_use]
    pub fn primary_key_name(mut self, name: &str) -> EntityTable<E> {
        for constraint in &mut self.table.constraints {
            if let Constraint::PrimaryKey(key) = constraint {
                key.name = Some(name.to_owned());
            }
        }
        self
    }

    /// The primary key as SQL, where the entity's says too little: `PRIMARY KEY (b, a DESC)`.
    #[must_use]
    pub fn primary_key_sql(mut self, sql: &str) -> EntityTable<E> {
        self.forget_primary_key();
        self.constraint(Constraint::Sql(sql.to_owned()))
    }

    /// The table has no key, and the entity tells its rows by a name that the server has for them: SQLite's `rowid`, which
    /// is no column of the table.
    #[must_use]
    pub fn implicit_key(mut self, column: E::Column) -> EntityTable<E> {
        self.forget_primary_key();
        let name = column_name(&column);
        self.table.columns.retain(|column| column.name != name);
        self
    }

    fn forget_primary_key(&mut self) {
        let is_key = |constraint: &Constraint| matches!(constraint, Constraint::PrimaryKey(_));
        self.table.constraints.retain(|constraint| !is_key(constraint));
    }

    /// The name of the foreign key of those columns.
    #[must_use]
    pub fn foreign_key_name(self, columns: impl IntoIterator<Item = E::Column>, name: &str) -> EntityTable<E> {
        let name = name.to_owned();
        self.change_foreign_key(columns, |key| key.name = Some(name))
    }

    /// What follows the foreign key of those columns, as SQL: `DEFERRABLE INITIALLY DEFERRED`, `MATCH FULL`.
    #[must_use]
    pub fn foreign_key_options(self, columns: impl IntoIterator<Item = E::Column>, sql: &str) -> EntityTable<E> {
        let sql = sql.to_owned();
        self.change_foreign_key(columns, |key| key.rest = Some(sql))
    }

    fn change_foreign_key(
        mut self,
        columns: impl IntoIterator<Item = E::Column>,
        change: impl FnOnce(&mut ForeignKey),
    ) -> EntityTable<E> {
        let columns: Vec<String> = columns.into_iter().map(|column| column_name(&column)).collect();
        let found = self
            .table
            .constraints
            .iter_mut()
            .find_map(|constraint| match constraint {
                Constraint::ForeignKey(key) if key.columns == columns => Some(key),
                _ => None,
            });
        match found {
            Some(key) => change(key),
            None => {
                let fault = format!("`{}` has no foreign key of `{}`", self.table.name, columns.join("`, `"));
                let help = "Say it as a relation of the entity, or by `.foreign_key(…)`.".to_owned();
                self.table.faults.push((fault, help));
            }
        }
        self
    }

    /// A foreign key that is no relation of the entity.
    #[must_use]
    pub fn foreign_key(self, key: ForeignKey) -> EntityTable<E> {
        self.constraint(Constraint::ForeignKey(key))
    }

    /// Any other constraint, as SQL: `CONSTRAINT e EXCLUDE USING gist (…)`.
    #[must_use]
    pub fn constraint_sql(self, sql: &str) -> EntityTable<E> {
        self.constraint(Constraint::Sql(sql.to_owned()))
    }

    /// An index. One that the entity has under that name is replaced.
    #[must_use]
    pub fn index(mut self, index: Index) -> EntityTable<E> {
        self.table.indexes.retain(|other| other.name != index.name);
        self.table.indexes.push(index);
        self
    }

    /// An index of plain columns.
    #[must_use]
    pub fn index_on(self, name: &str, columns: impl IntoIterator<Item = E::Column>) -> EntityTable<E> {
        let keys = columns
            .into_iter()
            .map(|column| quoted(&column_name(&column)))
            .collect();
        self.index(Index {
            keys,
            ..Index::new(name)
        })
    }

    /// Another name for an index that the entity has: SeaORM's own are `idx-<table>-<column>`.
    #[must_use]
    pub fn index_renamed(mut self, from: &str, to: &str) -> EntityTable<E> {
        match self.table.indexes.iter_mut().find(|index| index.name == from) {
            Some(index) => index.name = to.to_owned(),
            None => {
                let fault = format!("`{}` has no index `{from}`", self.table.name);
                self.table.faults.push((fault, "Take the line out.".to_owned()));
            }
        }
        self
    }

    /// The type of a column, as SQL, instead of the entity's.
    #[must_use]
    pub fn column_type(mut self, column: E::Column, ty: &str) -> EntityTable<E> {
        let unknown = format!("the type of column `{}`", column_name(&column));
        self.table.faults.retain(|(fault, _)| !fault.starts_with(&unknown));
        self.change(column, |column| column.ty = ty.to_owned())
    }

    /// The default of a column, as SQL.
    #[must_use]
    pub fn default_sql(self, column: E::Column, sql: &str) -> EntityTable<E> {
        self.change(column, |column| column.default = Some(sql.to_owned()))
    }

    /// A column that is computed from others, and kept in the row.
    #[must_use]
    pub fn generated_stored(self, column: E::Column, expression: &str) -> EntityTable<E> {
        self.generated(column, expression, true)
    }

    /// A column that is computed from others when it is read.
    #[must_use]
    pub fn generated_virtual(self, column: E::Column, expression: &str) -> EntityTable<E> {
        self.generated(column, expression, false)
    }

    fn generated(self, column: E::Column, expression: &str, stored: bool) -> EntityTable<E> {
        let expression = expression.to_owned();
        self.change(column, |column| {
            column.generated = Some(Generated { expression, stored });
        })
    }

    /// A column that the server numbers; the options of the sequence behind it, as SQL, or an empty text.
    #[must_use]
    pub fn identity(self, column: E::Column, always: bool, options: &str) -> EntityTable<E> {
        let options = (!options.is_empty()).then(|| options.to_owned());
        self.change(column, |column| column.identity = Some(Identity { always, options }))
    }

    /// The collation of a column.
    #[must_use]
    pub fn collation(self, column: E::Column, name: &str) -> EntityTable<E> {
        self.change(column, |column| column.collation = Some(name.to_owned()))
    }

    /// The comment of a column.
    #[must_use]
    pub fn column_comment(self, column: E::Column, text: &str) -> EntityTable<E> {
        self.change(column, |column| column.comment = Some(text.to_owned()))
    }

    /// The comment of the table.
    #[must_use]
    pub fn comment(mut self, text: &str) -> EntityTable<E> {
        self.table.comment = Some(text.to_owned());
        self
    }

    /// What follows the closing parenthesis of `CREATE TABLE`: `STRICT`, `WITHOUT ROWID`.
    #[must_use]
    pub fn option(mut self, sql: &str) -> EntityTable<E> {
        self.table.options.push(sql.to_owned());
        self
    }
}
