//! The database of rattail.

#[expect(
    missing_docs,
    reason = "a field is a column of its name; what needs more words has a comment there"
)]
pub mod model;

/// A key for a new row.
pub fn new_key() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
