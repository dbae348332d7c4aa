//! SeaORM entities as models, on real databases.

mod doors; //    the same tables through each front door
mod entity; //   entities of every type and attribute
mod existing; // entities of a database that is there
#[expect(unreachable_pub, reason = "SeaORM wants its models public")]
mod generated;
mod matrix; //   every type and attribute
mod mistakes; // what is said of each mistake
