//! From a script to a schema, by letting SQLite itself read it.

use crate::FLAVOR;
use crate::connect::{Error, Location};
use crate::inspect::{Inspected, inspect};
use terrane_core::sql::split;
use terrane_core::text::Span;

/// A script that does not load.
#[derive(Debug)]
pub struct LoadError {
    /// What is wrong, as SQLite says it.
    pub message: String,
    /// The statement, or the place where the text ends too early.
    pub span: Span,
    /// SQLite's own error, if it got as far as that.
    pub cause: Option<Error>,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

/// The schema that a script makes of an empty database, as SQLite keeps it.
///
/// # Errors
/// A statement that SQLite refuses, with its place.
pub async fn load(sql: &str) -> Result<Inspected, LoadError> {
    let whole = Span::new(0, sql.len());
    let mut database = Location::memory().open().await.map_err(|cause| refused(cause, whole))?;
    let statements = split(sql, &FLAVOR.lexing).map_err(|error| LoadError {
        message: error.message(),
        span: error.span,
        cause: None,
    })?;
    for statement in statements {
        let ran = database.execute(&sql[statement.span.range()]).await;
        ran.map_err(|cause| refused(cause, statement.span))?;
    }
    let found = inspect(database.connection()).await;
    found.map_err(|cause| refused(cause, whole))
}

fn refused(cause: Error, span: Span) -> LoadError {
    LoadError {
        message: cause.message(),
        span,
        cause: Some(cause),
    }
}
