//! The macros of `terrane-model`, which is where they are documented and used from.

mod case;
mod column_type;
mod fault;
mod item;
mod revisions;
mod table;

use proc_macro::TokenStream;

/// See `terrane_model::revisions!`, which calls this with its own crate in braces, and the folder.
#[doc(hidden)]
#[proc_macro]
pub fn revisions(input: TokenStream) -> TokenStream {
    revisions::expand(input.into()).into()
}

/// See `terrane_model::Table`.
#[proc_macro_derive(Table, attributes(table, column))]
pub fn table(input: TokenStream) -> TokenStream {
    table::derive(input.into()).into()
}

/// See `terrane_model::ColumnType`.
#[proc_macro_derive(ColumnType, attributes(column_type))]
pub fn column_type(input: TokenStream) -> TokenStream {
    column_type::derive(input.into()).into()
}
