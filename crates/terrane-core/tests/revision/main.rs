//! The revision file.
//!
//! - `round_trip`: law L4, and what it rests on
//! - `faults`: what is said of a file that is written otherwise

mod faults;
mod round_trip;
