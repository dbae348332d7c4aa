//! A custom app on a vendor's base, as an example: tables of its own beside those of `rattail`.
//!
//! Its tables are SeaORM entities in [`db::model`], its revisions are files in `src/db/versions`.

pub mod db;
pub mod loyalty;
