//! From a database to its schema.

use crate::connect::Error;
use sqlx::PgConnection;
use terrane_core::schema::Schema;

/// The schema of the database.
///
/// # Errors
/// The catalog cannot be read.
pub async fn inspect(_connection: &mut PgConnection) -> Result<Schema, Error> {
    Ok(Schema::new())
}
