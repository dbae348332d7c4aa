//! Entities of the tests.

pub mod every_attribute;
pub mod every_type;
