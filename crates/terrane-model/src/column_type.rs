//! Rust types as types of columns.

use crate::table::{EnumType, Reference};
use std::borrow::Cow;

/// A Rust type that knows the type of the column that holds it.
///
/// `#[derive(Table)]` knows the types of the standard library and of the usual crates by their names, and asks this
/// trait for any other. [`#[derive(ColumnType)]`](derive@crate::ColumnType) implements it for an enum, which becomes an
/// enumerated type, and for a struct around one value.
///
/// ```
/// use terrane_model::{ColumnType, Table};
///
/// struct Upc(String);
///
/// impl ColumnType for Upc {
///     const SQL: &'static str = "char(13)";
/// }
///
/// #[derive(Table)]
/// struct Product {
///     #[column(primary_key)]
///     upc: Upc,
/// }
/// # let statements = <Product as terrane_model::Model>::table().statements();
/// # assert_eq!(statements, ["CREATE TABLE product (\n    upc char(13) NOT NULL,\n    PRIMARY KEY (upc)\n)"]);
/// ```
///
/// A type that nobody knows is an error of the compiler:
///
/// ```compile_fail,E0277
/// struct Upc(String);
///
/// #[derive(terrane_model::Table)]
/// struct Product {
///     upc: Upc,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the SQL type of `{Self}` is not known",
    label = "no `ColumnType`",
    note = "say it beside the field: `#[column(ty = \"varchar(20)\")]`",
    note = "or once, for the type: implement or derive `terrane_model::ColumnType` for `{Self}`"
)]
pub trait ColumnType {
    /// The type, as standard SQL: `varchar(20)`; or the name of the enumerated type.
    const SQL: &'static str;
    /// Whether the type itself has a value for NULL.
    const NULLABLE: bool = false;

    /// The enumerated type that `SQL` names.
    fn enum_type() -> Option<EnumType> {
        None
    }

    /// What a column of this type always refers to.
    fn references() -> Option<Reference> {
        None
    }
}

impl<T: ColumnType> ColumnType for Option<T> {
    const SQL: &'static str = T::SQL;
    const NULLABLE: bool = true;

    fn enum_type() -> Option<EnumType> {
        T::enum_type()
    }

    fn references() -> Option<Reference> {
        T::references()
    }
}

impl<T: ColumnType> ColumnType for Box<T> {
    const SQL: &'static str = T::SQL;
    const NULLABLE: bool = T::NULLABLE;

    fn enum_type() -> Option<EnumType> {
        T::enum_type()
    }

    fn references() -> Option<Reference> {
        T::references()
    }
}

macro_rules! column_types {
    ($($sql:literal: $($ty:ty),+;)*) => {
        $($(impl ColumnType for $ty {
            const SQL: &'static str = $sql;
        })+)*
    };
}

// The same as the macro knows by name: a newtype or an alias is to mean what it stands for.
column_types! {
    "varchar": String, Cow<'_, str>, Box<str>;
    "char": char;
    "boolean": bool;
    "tinyint": i8;
    "smallint": i16;
    "integer": i32;
    "bigint": i64;
    "tinyint unsigned": u8;
    "smallint unsigned": u16;
    "integer unsigned": u32;
    "bigint unsigned": u64;
    "real": f32;
    "double precision": f64;
    "varbinary": Vec<u8>;
}
