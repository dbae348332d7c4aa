//! A layer that was renamed: what the database has under its old name becomes the new one's.

use crate::clock::now_in_words;
use crate::database::{Database, Hold, OpenMode};
use crate::error::{Error, Result};
use crate::history::History;
use crate::migrate::Standing;
use crate::project::Project;
use terrane_core::diagnostic::codes;
use terrane_core::name::LayerName;
use terrane_core::sql::quote_string;

/// What was moved from one layer to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Adopted {
    /// Version rows.
    pub rows: usize,
    /// Lines of the ledger.
    pub entries: usize,
    /// Objects.
    pub objects: usize,
}

impl Project {
    /// Moves all that the database has of layer `from` to layer `to`: version rows, ledger and objects, in one transaction.
    ///
    /// # Errors
    /// The configuration has `from`, or does not have `to`; the database has nothing of `from`, or has `to` already; a row of
    /// `from` names a revision that is none of `to`'s; a revision was interrupted and is not finished.
    pub async fn adopt(&self, history: &History, from: &str, to: &str) -> Result<Adopted> {
        let to = self.config.require_layer(to)?.name.clone();
        let from = LayerName::new(from);
        if self.config.layer(&from).is_some() {
            let message =
                format!("layer `{from}` is in the configuration, so nothing of it is another layer's to take");
            return Err(refused(
                message,
                "Take it out of `terrane.toml`, if it is called otherwise now.",
            ));
        }
        let Some(mut database) = self.open(OpenMode::Read).await? else {
            return Err(nothing_there(&from));
        };
        self.may_adopt(history, &self.standing(Some(&mut database)).await?, &from, &to)?;
        database.close().await?;
        let Some(mut database) = self.open(OpenMode::Write).await? else {
            return Err(nothing_there(&from));
        };
        let hold = database.lock(self.config.lock_timeout).await?;
        let moved = self.moved(history, &mut database, hold, &from, &to).await;
        let unlocked = database.unlock(hold).await;
        let moved = moved?;
        unlocked?;
        database.close().await?;
        Ok(moved)
    }

    /// Looks again under the lock, and moves.
    async fn moved(
        &self,
        history: &History,
        database: &mut Database<'_>,
        hold: Hold,
        from: &LayerName,
        to: &LayerName,
    ) -> Result<Adopted> {
        self.may_adopt(history, &self.standing(Some(database)).await?, from, to)?;
        database.claim(hold, self.config.lock_timeout, "SELECT 1").await?;
        let moved = self.move_rows(database, from, to).await;
        if moved.is_err() {
            let _ended_by_the_server = database.execute("ROLLBACK").await;
        }
        moved
    }

    async fn move_rows(&self, database: &mut Database<'_>, from: &LayerName, to: &LayerName) -> Result<Adopted> {
        let (old, new) = (quote_string(from.as_str()), quote_string(to.as_str()));
        let mut counts = [0; 3];
        for (table, count) in ["terrane_version", "terrane_ledger", "terrane_object"]
            .iter()
            .zip(&mut counts)
        {
            let rows = database
                .rows(&format!("SELECT count(*) FROM {table} WHERE layer = {old}"))
                .await?;
            let number = rows.first().and_then(|row| row.first().cloned().flatten());
            *count = number.and_then(|number| number.parse().ok()).unwrap_or(0);
            database
                .execute(&format!("UPDATE {table} SET layer = {new} WHERE layer = {old}"))
                .await?;
        }
        let entry = format!(
            "INSERT INTO terrane_ledger (layer, direction, message, applied_by, applied_at, duration_ms, tool_version, \
             statements, statements_done) VALUES ({new}, 'adopt', {}, {}, {}, 0, {}, 0, 0)",
            quote_string(&format!("from {from}")),
            quote_string(&self.operator),
            quote_string(&now_in_words()),
            quote_string(env!("CARGO_PKG_VERSION")),
        );
        database.commit(&entry).await?;
        let [rows, entries, objects] = counts;
        Ok(Adopted { rows, entries, objects })
    }

    fn may_adopt(&self, history: &History, standing: &Standing, from: &LayerName, to: &LayerName) -> Result<()> {
        let owns = |layer: &LayerName| {
            let mut owners = standing.books.ownership.objects().map(|(_, owner)| owner);
            owners.any(|owner| owner.layer == *layer)
        };
        if standing.strangers.of(from).next().is_none() && !owns(from) {
            return Err(nothing_there(from));
        }
        if let Some(id) = standing.rows.of(to).next() {
            let message = format!("the database has layer `{to}` already: it stands at `{id}`");
            return Err(refused(
                message,
                "Two layers are not made one; only a name that is new takes over.",
            ));
        }
        if owns(to) {
            let message = format!("the database has objects of layer `{to}` already");
            return Err(refused(
                message,
                "Two layers are not made one; only a name that is new takes over.",
            ));
        }
        for id in standing.strangers.of(from) {
            if history.graph.node(id).is_none_or(|node| node.layer != *to) {
                let message =
                    format!("layer `{from}` stands at revision `{id}`, and the files of layer `{to}` have none such");
                return Err(refused(
                    message,
                    "Let `versions` of the layer name the folders of the one that was renamed.",
                ));
            }
        }
        if let Some(unfinished) = &standing.unfinished {
            let message = format!(
                "revision `{}` was interrupted, and is not finished",
                unfinished.revision
            );
            return Err(Error::new(codes::INTERRUPTED, message)
                .help("Finish it under the old name of its layer first: run the command that was interrupted again."));
        }
        Ok(())
    }
}

fn refused(message: String, help: &str) -> Error {
    Error::new(codes::CANNOT_ADOPT, message).help(help)
}

fn nothing_there(from: &LayerName) -> Error {
    refused(
        format!("the database has nothing of a layer `{from}`"),
        "Look at `terrane current` and `terrane tables` for the layers that it has.",
    )
}
