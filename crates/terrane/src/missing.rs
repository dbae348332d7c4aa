//! What the ledger knows of a revision whose file is gone.

use crate::database::Database;
use crate::error::Error;
use crate::history::History;
use crate::ledger;
use crate::version_rows::VersionTable;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::revision::Way;

/// An error about a row whose revision has no file, with what the ledger knows of that revision.
pub(crate) async fn told(
    error: Error,
    history: &History,
    database: Option<&mut Database<'_>>,
    table: Option<&VersionTable>,
) -> Error {
    let is_unknown = |diagnostic: &Diagnostic| diagnostic.code == codes::UNKNOWN_REVISION;
    let Some(database) = database.filter(|_| error.diagnostics.iter().any(is_unknown)) else {
        return error;
    };
    // What cannot be read says nothing; the error itself stands.
    let rows = ledger::read_rows(database, table).await.unwrap_or_default();
    let entries = ledger::entries(database).await.unwrap_or_default();
    let mut error = error;
    for (layer, id) in rows.iter().filter(|(_, id)| history.graph.node(id).is_none()) {
        let named = format!("`{id}` {}", history.graph.place_of_rows(layer));
        if !error.diagnostics.iter().any(|first| first.message.contains(&named)) {
            continue;
        }
        let ran = entries
            .iter()
            .rev()
            .find(|entry| entry.revision.as_deref() == Some(id.as_str()) && entry.direction == Way::Upgrade.word());
        error = error.help(match ran {
            Some(entry) => {
                let day = entry.applied_at.split(' ').next().unwrap_or_default();
                format!(
                    "The ledger knows it: `{}`, applied on {day} by {}.",
                    entry.message, entry.applied_by
                )
            }
            None if table.is_some_and(|table| table.rows() == *layer) => {
                format!("The ledger says nothing of `{id}`: Alembic applied it, or it was stamped.")
            }
            None => format!("The ledger says nothing of `{id}`: it was stamped, and never ran here."),
        });
    }
    error
}
