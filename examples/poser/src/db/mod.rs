//! The app's share of the database.

#[expect(
    missing_docs,
    reason = "a field is a column of its name; what needs more words has a comment there"
)]
pub mod model;
