//! SeaORM entities as models, on real databases.

mod entity;
mod existing; // entities of a database that is there
#[expect(unreachable_pub, reason = "SeaORM wants its models public")]
mod generated;
mod matrix; // every type and attribute
