//! SeaORM entities as models, on real databases.

mod entity;
mod matrix;
