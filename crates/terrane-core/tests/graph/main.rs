//! The revision graph against Alembic's answers, its laws, and what it says to those who made a mistake.

mod conformance;
mod laws;
mod layers;
mod mistakes;
mod notation;
mod order;
