//! Revisions that were edited after they had run.

use crate::database::{Database, OpenMode};
use crate::error::Result;
use crate::history::{History, header_line};
use crate::ledger;
use crate::project::Project;
use crate::script::path_to;
use std::collections::BTreeMap;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::graph::RevisionId;
use terrane_core::plan::checksum_of;
use terrane_core::revision::Way;

impl Project {
    /// Applied revisions whose files now say something else than what ran, each with a warning. Comments and spacing may
    /// be edited; a revision that was stamped did not run.
    ///
    /// # Errors
    /// The database cannot be read, or stands at a revision that has no file.
    pub async fn edited(&self, history: &History) -> Result<Vec<(RevisionId, Diagnostic)>> {
        match self.open(OpenMode::Read).await? {
            Some(mut database) => self.edited_in(history, &mut database).await,
            None => Ok(Vec::new()),
        }
    }

    pub(crate) async fn edited_in(
        &self,
        history: &History,
        database: &mut Database<'_>,
    ) -> Result<Vec<(RevisionId, Diagnostic)>> {
        let (rows, _) = self.divide(ledger::read_rows(database, self.config.version_table.as_ref()).await?);
        let applied = path_to(&history.graph, &rows)?;
        let entries = ledger::entries(database).await?;
        let ran: BTreeMap<&str, _> = entries
            .iter()
            .filter(|entry| entry.direction == Way::Upgrade.word())
            .filter_map(|entry| Some((entry.revision.as_deref()?, entry)))
            .collect();
        let dialect = self.dialect()?.name();
        let mut edited = Vec::new();
        for id in applied {
            let (Some(file), Some(entry)) = (history.files.get(&id), ran.get(id.as_str())) else {
                continue;
            };
            let now = checksum_of(file, Way::Upgrade, dialect).map(|checksum| checksum.to_string());
            if now == entry.checksum {
                continue;
            }
            let day = entry.applied_at.split(' ').next().unwrap_or_default();
            let warning = Diagnostic::warning(
                codes::LEDGER_AHEAD,
                format!("revision `{id}` was edited after it had run on {day}"),
            )
            .at(&file.source, header_line(&file.source), "")
            .help("Put back what ran, and write what is new as a revision of its own.");
            edited.push((id, warning));
        }
        Ok(edited)
    }
}
