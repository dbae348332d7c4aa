//! The tables of rattail, one a file.
//!
//! Keys are texts of 32 hexadecimal digits, in a column `uuid`, so that rows of two databases never collide.

pub mod batch;
pub mod batch_row;
pub mod brand;
pub mod customer;
pub mod customer_person;
pub mod department;
pub mod employee;
#[cfg(feature = "next")]
pub mod gift_card;
pub mod inventory;
pub mod label_profile;
pub mod order;
pub mod order_item;
pub mod permission;
pub mod person;
pub mod person_address;
pub mod person_email;
pub mod person_phone;
pub mod product;
pub mod product_code;
pub mod product_cost;
pub mod role;
pub mod setting;
pub mod store;
pub mod subdepartment;
pub mod tax;
pub mod user;
pub mod user_role;
pub mod vendor;
