//! Entities of the tables.

pub mod both_options;
pub mod conflicting;
pub mod customer;
pub mod customer_extra;
pub mod descending;
pub mod egg;
pub mod hen;
pub mod keyless;
pub mod mod_;
pub mod named_alike;
pub mod odd_table;
pub mod order;
pub mod order_line;
pub mod parent_extra;
pub mod spelled;
pub mod strict_one;
pub mod twice;
pub mod r#type;
pub mod without_rowid;
pub mod written;
