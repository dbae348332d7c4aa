//! What an expansion of `#[derive(Table)]` cannot know, and asks for while it is compiled or when it is called.

use crate::column_type::ColumnType;
use crate::model::{KeyColumn, Model, reference_to_key, reference_to_table};
use crate::table::{Action, Constraint, EnumType, ForeignKey, Reference, Table};
use std::marker::PhantomData;

/// The type of the one column of a primary key.
#[track_caller]
pub const fn key_type(key: &'static [KeyColumn]) -> &'static str {
    assert!(
        key.len() == 1,
        "the primary key of the table that is referred to is not one column; use `#[table(foreign_key(…))]`"
    );
    key[0].ty
}

/// The type of a column of a primary key of that many.
#[track_caller]
pub const fn key_type_at(key: &'static [KeyColumn], index: usize, length: usize) -> &'static str {
    assert!(
        key.len() == length,
        "the primary key of the table that is referred to has another number of columns"
    );
    key[index].ty
}

/// The column of a field.
#[track_caller]
pub const fn column_of(fields: &'static [(&'static str, &'static str)], field: &str) -> &'static str {
    let mut at = 0;
    while at < fields.len() {
        if equal(fields[at].0.as_bytes(), field.as_bytes()) {
            return fields[at].1;
        }
        at += 1;
    }
    panic!("the struct that is referred to has no column of that field")
}

/// `==` of strings is not const.
const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The Rust type of a key, by which the compiler tells one from another.
#[derive(Debug)]
pub struct Key<K>(PhantomData<K>);

impl<K> Key<K> {
    /// Of that type.
    #[expect(clippy::new_without_default, reason = "a default is not const")]
    pub const fn new() -> Key<K> {
        Key(PhantomData)
    }
}

/// What a foreign key says besides its columns.
#[derive(Clone, Copy, Default, Debug)]
pub struct Terms {
    /// Its name.
    pub name: Option<&'static str>,
    /// `ON DELETE`.
    pub on_delete: Option<Action>,
    /// `ON UPDATE`.
    pub on_update: Option<Action>,
    /// What follows.
    pub rest: Option<&'static str>,
}

impl Terms {
    fn key(self, columns: &[&str], references: Reference) -> Constraint {
        Constraint::ForeignKey(ForeignKey {
            name: self.name.map(str::to_owned),
            columns: strings(columns),
            references,
            on_delete: self.on_delete,
            on_update: self.on_update,
            rest: self.rest.map(str::to_owned),
        })
    }
}

/// Names as a table holds them.
pub fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Adds a foreign key to columns of a model, or to its primary key.
pub fn foreign_key<M: Model + ?Sized>(table: &mut Table, columns: &[&str], to: Option<&[&str]>, terms: Terms) {
    let mut references = reference_to_key::<M>();
    if let Some(to) = to {
        references.columns = strings(to);
    }
    table.constraints.push(terms.key(columns, references));
}

/// Adds what the type of a column brings with it: its enumerated type, its foreign key.
pub fn typed<T: ColumnType>(table: &mut Table, column: &str, terms: Option<Terms>) {
    bring(table, column, T::enum_type(), T::references(), terms);
}

fn bring(
    table: &mut Table,
    column: &str,
    enum_type: Option<EnumType>,
    references: Option<Reference>,
    terms: Option<Terms>,
) {
    table.enums.extend(enum_type.filter(|ty| !table.enums.contains(ty)));
    match references {
        Some(references) => table
            .constraints
            .push(terms.unwrap_or_default().key(&[column], references)),
        None if terms.is_some() => {
            let fault = format!("column `{column}` of `{}` is no foreign key", table.name);
            let help = "Say what it refers to, `references = …`, or take `on_delete`, `on_update` and `fk_name` out.";
            table.faults.push((fault, help.to_owned()));
        }
        None => {}
    }
}

/// Says what the table extends, and refers to it from the primary key, where that is no foreign key already.
pub fn extends<M: Model + ?Sized>(table: &mut Table) {
    table.extends = Some(reference_to_table::<M>());
    let Some(own) = table.primary_key().map(|key| key.columns.clone()) else {
        return;
    };
    let refers = |constraint: &Constraint| matches!(constraint, Constraint::ForeignKey(key) if key.columns == own);
    if !table.constraints.iter().any(refers) {
        let key = ForeignKey {
            columns: own,
            references: reference_to_key::<M>(),
            ..ForeignKey::default()
        };
        table.constraints.push(Constraint::ForeignKey(key));
    }
}
