//! The revision file.
//!
//! - `round_trip`: law L4, and what it rests on
//! - `faults`: what is said of a file that is written otherwise
//! - `fuzz`: files of its own, and what they mean

mod faults;
mod fuzz;
mod round_trip;
