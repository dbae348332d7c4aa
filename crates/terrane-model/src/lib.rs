//! What a crate declares of its layer: tables beside their entities, and revisions.
//!
//! Several front doors lead here, a SeaORM entity with `terrane_sea_orm::table!` among them, and each ends in the same
//! value: a [`Table`] whose types are SQL's standard ones, so that it means the same on every server. A table is
//! declared once, where its entity is, by a [`Declaration`] that the linker collects; a [`Module`] names the module
//! under which a layer's entities live, and finds the declarations in it.
//!
//! The crate is light on purpose: a vendor who ships models should not make anybody compile a driver.

mod column_type;
mod declaration;
#[doc(hidden)]
pub mod expansion;
mod files;
mod fk;
mod model;
mod module;
mod revisions;
mod sql;
mod table;

pub use column_type::ColumnType;
pub use declaration::{Declaration, Door};
pub use fk::Fk;
pub use model::{KeyColumn, Model};
pub use module::{Module, Stranger};
pub use revisions::Revisions;
pub use sql::quoted;
pub use table::{Action, Column, Constraint, EnumType, ForeignKey, Generated, Identity, Index, Key, Reference, Table};

pub use terrane_macros::{ColumnType, Table};

#[doc(hidden)]
pub use inventory;
#[doc(hidden)]
pub use terrane_macros as macros;

/// The module under which a layer's tables are declared, where no ORM is at hand: `models!(crate::db::model)`.
#[macro_export]
macro_rules! models {
    ($($module:tt)*) => {
        $crate::Module::new(
            ::core::module_path!(),
            ::core::stringify!($($module)*),
            ::core::env!("CARGO_MANIFEST_DIR"),
            |_| ::std::vec::Vec::new(),
        )
    };
}
