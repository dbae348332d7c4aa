//! What `--strict` does not plan past: what the database holds and Terrane has no model of.

use crate::comparison::{known_by_text, nobodys};
use crate::database::OpenMode;
use crate::error::Result;
use crate::project::Project;
use terrane_core::diagnostic::{Diagnostic, Severity, codes};
use terrane_core::op::ObjectKind;

impl Project {
    /// Refuses to go on if the database holds anything, of any layer or of nobody, that Terrane has no model of.
    ///
    /// # Errors
    /// There is such a thing; all of them are named. Or the database cannot be read.
    pub async fn refuse_unmodelled(&self) -> Result<()> {
        let mut database = self.open(OpenMode::Read).await?;
        let books = self.standing(database.as_mut()).await?.books;
        let found = books.schema.unmodelled.values();
        let found = found.map(|other| match books.ownership.owner(ObjectKind::Other, &other.name) {
            Some(_) => known_by_text(other),
            None => nobodys(other),
        });
        refuse(&found.collect::<Vec<_>>())
    }
}

/// Makes errors of what was said of things without a model.
pub(crate) fn refuse(warnings: &[Diagnostic]) -> Result<()> {
    let unmodelled = warnings.iter().filter(|warning| warning.code == codes::UNMODELLED);
    let errors: Vec<Diagnostic> = unmodelled
        .map(|warning| Diagnostic {
            severity: Severity::Error,
            ..warning.clone()
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}
