//! A vendor's base, as an example: the schema of a retail application, and how it came to be so.
//!
//! Its tables are SeaORM entities in [`db::model`], its revisions are files in `src/db/versions`.

pub mod calls;
pub mod db;
