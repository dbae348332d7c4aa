//! What a transaction did, by identity: which rows of which catalogs it made, changed or did away with, and which objects
//! they belong to.
//!
//! Nothing here reads a statement. What is asked is said here, and what the answers mean; who asks is elsewhere, and whose
//! the objects are.

mod catalogs;
mod counts;
mod look;
mod names;
mod rows;

pub use catalogs::Bond;
pub use counts::{CATALOGS_OF_SERVER, CODE_RAN, Catalogs, Cells, Width, code_ran};
pub use look::{
    Address, Asked, Beginning, Belonging, Blind, Change, begin, changes, count, without_strangers, writers,
};
pub use names::{Named, names, names_of, owned, owned_of};
