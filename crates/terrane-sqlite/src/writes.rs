//! Which tables a step writes rows of, wherever the writing hides: in triggers, in what a key's action does, in the tables in
//! which a virtual table keeps its rows.
//!
//! SQLite tells of each row that is written (sqlite.org/c3ref/update_hook.html). Not of tables without rowids, of a table that
//! is emptied by a `DELETE` without `WHERE`, and of rows that `REPLACE` puts away: there, what the statements say is all that
//! is known. The hook that tells of these too (sqlite3_preupdate_hook) is not compiled into every SQLite. `sqlite_sequence`
//! is a table of the system's, of which nothing is told; it is compared.

use crate::connect::{Database, Error};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// What was written since somebody began to listen.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    tables: Arc<Mutex<BTreeSet<String>>>,
    /// What each sequence had said last, by its table; nothing, where there are none.
    sequences: BTreeMap<String, String>,
}

/// Of what rows were written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Written {
    /// Tables, as they are spelled in the schema.
    pub tables: BTreeSet<String>,
    /// Tables whose `AUTOINCREMENT` goes on elsewhere than it would have.
    pub sequences: BTreeSet<String>,
}

impl Database<'_> {
    /// From now on it is noted which tables of the database's own rows are written of.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn watch_writes(&mut self) -> Result<(), Error> {
        let sequences = self.sequences().await?;
        let tables = Arc::new(Mutex::new(BTreeSet::new()));
        let noted = Arc::clone(&tables);
        // Rows come table by table: most are of the same as the last.
        let mut last = String::new();
        let handle = self.connection().lock_handle().await;
        let mut handle = handle.map_err(Error::new("cannot watch the connection"))?;
        handle.set_update_hook(move |row| {
            if row.database == "main" && row.table != last {
                row.table.clone_into(&mut last);
                let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                noted.insert(last.clone());
            }
        });
        drop(handle);
        self.writes = Some(Writes { tables, sequences });
        Ok(())
    }

    /// What was written since then, and nobody listens any more.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn written(&mut self) -> Result<Written, Error> {
        let Some(writes) = self.forget_writes().await? else {
            return Ok(Written::default());
        };
        let now = self.sequences().await?;
        let of_both = writes.sequences.keys().chain(now.keys());
        let moved = of_both.filter(|table| writes.sequences.get(*table) != now.get(*table));
        let tables = writes.tables.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Written {
            sequences: moved.cloned().collect(),
            tables: tables.clone(),
        })
    }

    /// Nobody listens any more.
    pub(crate) async fn forget_writes(&mut self) -> Result<Option<Writes>, Error> {
        let writes = self.writes.take();
        if writes.is_some() {
            let handle = self.connection().lock_handle().await;
            let mut handle = handle.map_err(Error::new("cannot leave the connection"))?;
            handle.remove_update_hook();
        }
        Ok(writes)
    }

    /// What each sequence said last. The table is there once a table has `AUTOINCREMENT` (sqlite.org/autoinc.html).
    async fn sequences(&mut self) -> Result<BTreeMap<String, String>, Error> {
        let there = "SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'";
        if self.rows(there).await?.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = self
            .rows("SELECT CAST(name AS TEXT), CAST(seq AS TEXT) FROM main.sqlite_sequence")
            .await?;
        let text = |row: &sqlx::sqlite::SqliteRow, at: usize| row.try_get::<Option<String>, _>(at).ok().flatten();
        Ok(rows
            .iter()
            .filter_map(|row| Some((text(row, 0)?, text(row, 1).unwrap_or_default())))
            .collect())
    }
}
