//! What the database holds and Terrane has no noun for: what is said of it, and that `--strict` does not plan past it.
//!
//! Where the catalog tells all of such a thing, its text makes it again, and it is compared, changed and dropped as
//! anything else is. There is something to say of what nobody owns, and of what the text does not carry over.

use crate::database::OpenMode;
use crate::error::Result;
use crate::project::Project;
use terrane_core::diagnostic::{Diagnostic, Severity, codes};
use terrane_core::dialect::Dialect;
use terrane_core::schema::Unmodelled;

/// Who may do what, and whose it is, is the operator's to say: models that say nothing of it leave it as it is, and so it
/// needs no mention.
const OPERATORS: [&str; 4] = ["default privileges", "grant", "owner", "revoke"];

/// What there is to say of it, if anything.
pub(crate) fn concern(other: &Unmodelled, has_owner: bool, dialect: &dyn Dialect) -> Option<Diagnostic> {
    if let Some(why) = dialect.why_unread(other) {
        return Some(not_read(other, &why));
    }
    if has_owner {
        return (!dialect.capability().carries_over(other)).then(|| known_by_text(other));
    }
    (!OPERATORS.contains(&other.kind.as_str())).then(|| nobodys(other))
}

fn not_read(other: &Unmodelled, why: &str) -> Diagnostic {
    let message = format!(
        "{} `{}` cannot be read, and is left as it is: {why}",
        other.kind, other.name
    );
    Diagnostic::warning(codes::UNMODELLED, message).help("Make it anew as it is meant, by a revision written by hand.")
}

fn nobodys(other: &Unmodelled) -> Diagnostic {
    let message = format!(
        "{} `{}` is something that Terrane has no model of, and is left as it is",
        other.kind, other.name
    );
    Diagnostic::warning(codes::UNMODELLED, message)
        .help("Declare it in the models of the layer that it belongs to, so that it has an owner.")
}

fn known_by_text(other: &Unmodelled) -> Diagnostic {
    let message = format!(
        "{} `{}` is known by its text only, and compared as a whole",
        other.kind, other.name
    );
    Diagnostic::warning(codes::UNMODELLED, message).help("Change it by a revision written by hand.")
}

impl Project {
    /// Refuses to go on if the database holds anything, of any layer or of nobody, that there is something to say of.
    ///
    /// # Errors
    /// There is such a thing; all of them are named. Or the database cannot be read.
    pub async fn refuse_unmodelled(&self) -> Result<()> {
        let mut database = self.open(OpenMode::Read).await?;
        let dialect = self.dialect()?;
        let books = self.standing(database.as_mut()).await?.books;
        let has_owner = |other: &Unmodelled| books.ownership.owner_of_unmodelled(other).is_some();
        let found = books.schema.unmodelled.values();
        let found = found.filter_map(|other| concern(other, has_owner(other), dialect));
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
