//! What the database holds and Terrane has no noun for: what is said of it, and that `--strict` does not plan past it.
//!
//! Where the catalog tells all of such a thing, its text makes it again, and it is compared, changed and dropped as
//! anything else is. There is something to say of what nobody owns, and of what the text does not carry over.

use crate::database::OpenMode;
use crate::error::Result;
use crate::models::Models;
use crate::project::Project;
use terrane_core::diagnostic::{Diagnostic, Severity, codes};
use terrane_core::dialect::Dialect;
use terrane_core::name::ObjectName;
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{ObjectKey, objects, owning_table};
use terrane_core::plan::DatabaseState;
use terrane_core::schema::Unmodelled;

/// Who may do what, and whose it is, is the operator's to say: models that say nothing of it leave it as it is, and so it
/// needs no mention.
const OPERATORS: [&str; 4] = ["default privileges", "grant", "owner", "revoke"];

/// Whether it is the operator's to say.
pub(crate) fn is_the_operators(other: &Unmodelled) -> bool {
    OPERATORS.contains(&other.kind.as_str())
}

/// What there is to say of it, if anything.
pub(crate) fn concern(other: &Unmodelled, has_owner: bool, dialect: &dyn Dialect) -> Option<Diagnostic> {
    if let Some(why) = dialect.why_unread(other) {
        return Some(not_read(other, &why));
    }
    if has_owner {
        return (!dialect.capability().carries_over(other)).then(|| known_by_text(other));
    }
    (!is_the_operators(other)).then(|| nobodys(other))
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
    /// Refuses to go on if the database holds anything, of any layer or of nobody, that there is something to say of: what no
    /// layer owns or declares, and what is known by its text only.
    ///
    /// # Errors
    /// There is such a thing; all of them are named. Or the database cannot be read.
    pub async fn refuse_unmodelled(&self) -> Result<()> {
        let mut database = self.open(OpenMode::Read).await?;
        let dialect = self.dialect()?;
        let books = self.standing(database.as_mut()).await?.books;
        let DatabaseState { schema, ownership, .. } = &books;
        let has_owner = |other: &Unmodelled| ownership.owner_of_unmodelled(other).is_some();
        let found = schema.unmodelled.values();
        let found = found.filter(|other| has_owner(other) || !self.config.ignores(&other.name));
        let found = found.filter_map(|other| concern(other, has_owner(other), dialect));
        let mut found: Vec<Diagnostic> = found.collect();
        let is_nobodys = |(kind, name): &ObjectKey| match kind {
            ObjectKind::Other => false,
            ObjectKind::Sequence => schema
                .sequences
                .get(name)
                .is_some_and(|sequence| owning_table(sequence).is_none() && ownership.owner(*kind, name).is_none()),
            _ => ownership.owner(*kind, name).is_none(),
        };
        let mut nobodys = objects(schema);
        nobodys.retain(is_nobodys);
        nobodys.retain(|(_, name)| !self.config.ignores(name));
        if !nobodys.is_empty() {
            for layer in self.config.layers.iter().filter(|layer| !layer.models.is_none()) {
                let declared = Models::load(layer, dialect)?.declares();
                nobodys.retain(|key| !declared.contains(key));
            }
        }
        found.extend(nobodys.iter().map(|(kind, name)| unowned(*kind, name)));
        refuse(&found)
    }
}

/// That something is nobody's.
pub(crate) fn unowned(kind: ObjectKind, name: &ObjectName) -> Diagnostic {
    Diagnostic::warning(
        codes::UNOWNED,
        format!("{} `{name}` has no owner and is left as it is", kind.word()),
    )
    .help("Declare it in the models of the layer that it belongs to.")
}

/// Makes errors of what was said of things without a model or an owner.
pub(crate) fn refuse(warnings: &[Diagnostic]) -> Result<()> {
    let refused = [codes::UNMODELLED, codes::UNOWNED];
    let unmodelled = warnings.iter().filter(|warning| refused.contains(&warning.code));
    let errors: Vec<Diagnostic> = unmodelled
        .map(|warning| Diagnostic {
            severity: Severity::Error,
            ..warning.clone()
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}
