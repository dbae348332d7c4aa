//! Entities of the tests.
#![expect(unreachable_pub, reason = "SeaORM wants its models public")]

pub mod every_attribute;
pub mod every_type;
