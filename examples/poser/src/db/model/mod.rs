//! The tables of poser, one a file. Their names begin with `poser_`: those without are the vendor's.

pub mod customer;
pub mod loyalty_card;
pub mod product;
pub mod visit;
pub mod widget;
