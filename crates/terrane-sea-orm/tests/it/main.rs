//! SeaORM entities as models, on real databases.

mod doors;
mod entity;
mod matrix;
mod mistakes;
