//! SeaORM entities as the models of a layer.
//!
//! What an entity says, its table's columns, keys, references and indexes, is read from the entity itself; what it
//! cannot say stands in one declaration beside it, which also tells Terrane that the entity is there:
//!
//! ```
//! mod widget {
//!     use sea_orm::entity::prelude::*;
//!
//!     #[sea_orm::model]
//!     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
//!     #[sea_orm(table_name = "poser_widget")]
//!     pub struct Model {
//!         #[sea_orm(primary_key, auto_increment = false)]
//!         pub uuid: String,
//!         pub name: String,
//!         pub on_hand: i32,
//!     }
//!
//!     impl ActiveModelBehavior for ActiveModel {}
//!
//!     terrane_sea_orm::table!(Entity, |table| table
//!         .check("ck_poser_widget_on_hand", "on_hand >= 0")
//!         .index(terrane_sea_orm::Index::new("ix_poser_widget_name").key("lower(name)")));
//! }
//! # fn main() {}
//! ```
//!
//! Types are SQL's standard ones in a [`Table`], whatever SeaORM calls them on a server; each dialect spells them as
//! SeaORM itself does there, so that a database which SeaORM made differs in nothing.

mod describe;
mod entity;
mod registry;
mod types;

pub use entity::EntityTable;
pub use terrane_model::{Action, ForeignKey, Index, Module, Reference, Table};

#[doc(hidden)]
pub use registry::strangers;
#[doc(hidden)]
pub use terrane_model as model;

/// Declares the table of an entity: `table!(Entity)`, or `table!(Entity, |table| table.check(…))` with what SeaORM
/// cannot say, by the methods of [`EntityTable`].
#[macro_export]
macro_rules! table {
    ($entity:ty) => {
        $crate::table!($entity, |table| table);
    };
    ($entity:ty, $more:expr) => {
        $crate::model::inventory::submit! {
            $crate::model::Declaration {
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: ::core::line!(),
                manifest: ::core::env!("CARGO_MANIFEST_DIR"),
                door: $crate::model::Door::SeaOrm,
                table: || {
                    let more: fn($crate::EntityTable<$entity>) -> $crate::EntityTable<$entity> = $more;
                    more($crate::EntityTable::<$entity>::new()).finish()
                },
            }
        }
    };
}

/// The module under which a layer's entities live: `models!(crate::db::model)`.
///
/// Entities there that SeaORM knows and no [`table!`] declares are errors when the models are read.
#[macro_export]
macro_rules! models {
    ($($module:tt)*) => {
        $crate::Module::new(
            ::core::module_path!(),
            ::core::stringify!($($module)*),
            ::core::env!("CARGO_MANIFEST_DIR"),
            $crate::strangers,
        )
    };
}
