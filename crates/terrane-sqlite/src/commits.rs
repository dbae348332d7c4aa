//! Whether a transaction may be committed.
//!
//! SQLite asks before it commits, and makes a `ROLLBACK` of it where the answer is no (sqlite.org/c3ref/commit_hook.html).
//! So a statement that would end a step's transaction, however it is hidden, has nothing stay.

use crate::connect::{Database, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The answer. Whoever gives up a run halfway leaves a connection that commits again.
#[derive(Debug)]
pub(crate) struct Commits {
    allowed: Arc<AtomicBool>,
}

impl Drop for Commits {
    fn drop(&mut self) {
        self.allowed.store(true, Ordering::SeqCst);
    }
}

impl Database<'_> {
    /// From now on nothing is committed on this connection.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn forbid_commits(&mut self) -> Result<(), Error> {
        if let Some(commits) = &self.commits {
            commits.allowed.store(false, Ordering::SeqCst);
            return Ok(());
        }
        let allowed = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&allowed);
        let handle = self.connection().lock_handle().await;
        let mut handle = handle.map_err(Error::new("cannot watch the connection"))?;
        handle.set_commit_hook(move || asked.load(Ordering::SeqCst));
        drop(handle);
        self.commits = Some(Commits { allowed });
        Ok(())
    }

    /// It may be committed again.
    pub fn allow_commits(&mut self) {
        if let Some(commits) = &self.commits {
            commits.allowed.store(true, Ordering::SeqCst);
        }
    }

    /// Nobody asks any more.
    pub(crate) async fn forget_commits(&mut self) -> Result<(), Error> {
        if self.commits.take().is_some() {
            let handle = self.connection().lock_handle().await;
            let mut handle = handle.map_err(Error::new("cannot leave the connection"))?;
            handle.remove_commit_hook();
        }
        Ok(())
    }
}
