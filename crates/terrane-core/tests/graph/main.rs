//! The revision graph against Alembic's answers, its laws, and what it says to those who made a mistake.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read the vectors that lie beside the repository"
)]

mod conformance;
mod laws;
mod layers;
mod mistakes;
mod notation;
mod order;
