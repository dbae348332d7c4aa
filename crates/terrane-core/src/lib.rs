//! The pure heart of Terrane. No I/O, clock, environment, async or printing.
//!
//! Two narrow waists, and everything else a producer or a consumer of one of them: a *schema* is what is, an *op* is one
//! change to it; a *statement* is what is said to a server, a *plan* is what is about to run.

pub mod ddl;
pub mod diagnostic;
pub mod dialect;
pub mod diff;
pub mod graph;
pub mod name;
pub mod op;
pub mod ownership;
pub mod plan;
pub mod revision;
pub mod schedule;
pub mod schema;
pub mod sql;
pub mod text;
