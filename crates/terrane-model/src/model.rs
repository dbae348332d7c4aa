//! A Rust type that stands for a table.

use crate::table::{Reference, Table};

/// A struct that stands for a table: what [`#[derive(Table)]`](derive@crate::Table) implements, and what a typed foreign key
/// names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` stands for no table",
    label = "no `Model`",
    note = "put `#[derive(terrane_model::Table)]` on `{Self}`"
)]
pub trait Model {
    /// The Rust type of its primary key: that of its column, a tuple for several, `()` for none.
    type Key;
    /// The namespace of the table, where it is not the usual one.
    const SCHEMA: Option<&'static str>;
    /// The name of the table.
    const TABLE: &'static str;
    /// The columns of its primary key, in order.
    const KEY: &'static [KeyColumn];
    /// The fields of the struct that are columns, each with the column's name.
    const FIELDS: &'static [(&'static str, &'static str)];

    /// The table. What is wrong with it as a whole has not been noted yet; [`Table::check`] does that.
    fn table() -> Table;
}

/// A column of a primary key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyColumn {
    /// Its name.
    pub name: &'static str,
    /// Its type, as SQL.
    pub ty: &'static str,
}

/// The table of a model, and the columns of its primary key.
pub(crate) fn reference_to_key<M: Model + ?Sized>() -> Reference {
    Reference {
        columns: M::KEY.iter().map(|column| column.name.to_owned()).collect(),
        ..reference_to_table::<M>()
    }
}

/// The table of a model, without columns.
pub(crate) fn reference_to_table<M: Model + ?Sized>() -> Reference {
    Reference {
        schema: M::SCHEMA.map(str::to_owned),
        table: M::TABLE.to_owned(),
        columns: Vec::new(),
    }
}
