//! The role that a layer's statements run as, where the configuration names one: the server itself then keeps them from what
//! is another's. The books are written by whoever is connected.

use super::Executor;
use crate::database::{Database, is_about_rights};
use crate::error::{Error, Result};
use terrane_core::plan::PlanStep;
use terrane_core::sql::quote_string;

/// Who the session was before statements ran as another role; nothing, where they did not.
#[derive(Debug, Default)]
#[must_use]
pub(super) struct Before(Option<String>);

impl Executor<'_, '_> {
    /// From now on, statements run as the step's role.
    pub(super) async fn take_role(&mut self, step: &PlanStep) -> Result<Before> {
        let Some((role, words)) = step.role.as_deref().zip(self.database.server().roles.as_ref()) else {
            return Ok(Before(None));
        };
        let take = (words.take)(role);
        let asked = format!("SELECT pg_catalog.current_setting('role'); {take}");
        self.observer.statement_begins(&take);
        let told = self.database.rows(&asked).await.map_err(|error| {
            error.help(format!(
                "Layer `{}` runs as role `{role}` (`run_as`). `terrane roles` prints what is missing for that.",
                step.layer
            ))
        })?;
        Ok(Before(
            told.into_iter().next().and_then(|row| row.into_iter().next().flatten()),
        ))
    }

    /// The session is who it was. What was put off to the end of the transaction is done first, as long as it is the role's.
    pub(super) async fn leave_role(&mut self, before: Before, in_transaction: bool) -> Result<()> {
        let (Some(before), Some(words)) = (before.0, self.database.server().roles.as_ref()) else {
            return Ok(());
        };
        if in_transaction {
            self.database.execute(words.flush).await?;
        }
        become_again(self.database, &before).await
    }
}

async fn become_again(database: &mut Database<'_>, before: &str) -> Result<()> {
    let role = quote_string(before);
    let sql = format!("SELECT pg_catalog.set_config('role', {role}, false)");
    database.rows(&sql).await.map(drop)
}

/// What else to say of a statement that failed, where its role lacks a right.
pub(super) fn told(error: Error, step: &PlanStep) -> Error {
    match &step.role {
        Some(role) if is_about_rights(&error) => error.help(format!(
            "It ran as role `{role}` (`run_as`). `terrane roles` prints what that role lacks; what is another layer's it is \
             not to change."
        )),
        _ => error,
    }
}
