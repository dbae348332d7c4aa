//! The rights that the roles of layers need (`run_as`), and which of them are missing.
//!
//! A layer's role owns the layer's objects, and may read and refer to what the layers have that it requires. It has no other
//! right on what is another's, so that the server itself refuses the rest.

use crate::database::{Database, OpenMode};
use crate::error::{Error, Result};
use crate::ledger;
use crate::project::Project;
use crate::server::server_of;
use std::collections::BTreeMap;
use terrane_core::diagnostic::codes;
use terrane_core::dialect::Dialect;
use terrane_core::name::LayerName;

/// What is missing for a layer to run as its role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleGrants {
    /// The layer.
    pub layer: LayerName,
    /// Its role.
    pub role: String,
    /// The statements that give it what it needs and has not, in order; none, if it has all.
    pub statements: Vec<String>,
    /// Rights it has that the server does not hold it back from, as sentences.
    pub holes: Vec<String>,
}

impl Project {
    /// The roles of layers, for a dialect.
    ///
    /// # Errors
    /// A layer has one, and the server has no roles.
    pub(crate) fn roles(&self, dialect: &dyn Dialect) -> Result<BTreeMap<LayerName, String>> {
        let with_role = self
            .config
            .layers
            .iter()
            .filter_map(|layer| Some((layer, layer.run_as.clone()?)));
        let mut roles = BTreeMap::new();
        for (layer, role) in with_role {
            if server_of(dialect.name()).roles.is_none() {
                let message = format!(
                    "layer `{}` is to run as role `{role}`, and {} has no roles",
                    layer.name,
                    dialect.name()
                );
                return Err(Error::new(codes::BAD_CONFIG, message).help("Take `run_as` out of the configuration."));
            }
            roles.insert(layer.name.clone(), role);
        }
        Ok(roles)
    }

    /// What is missing for each layer that has a role; with `apply`, it is given, all in one transaction.
    ///
    /// # Errors
    /// No layer has a role; the database cannot be asked; whoever is connected may not give what is missing.
    pub async fn role_grants(&self, apply: bool) -> Result<Vec<RoleGrants>> {
        let roles = self.roles(self.dialect()?)?;
        if roles.is_empty() {
            return Err(Error::new(codes::BAD_CONFIG, "no layer has a role to run as")
                .help("Give a `[[layer]]` a line `run_as = \"role\"`."));
        }
        let mode = if apply { OpenMode::Write } else { OpenMode::Read };
        let Some(mut database) = self.open(mode).await? else {
            return Ok(Vec::new());
        };
        let found = match apply {
            true => self.give(&mut database, &roles).await,
            false => self.missing_grants(&mut database, &roles).await,
        };
        let found = found?;
        database.close().await?;
        Ok(found)
    }

    async fn give(&self, database: &mut Database<'_>, roles: &BTreeMap<LayerName, String>) -> Result<Vec<RoleGrants>> {
        let hold = database.lock(self.config.lock_timeout).await?;
        database.claim(hold, self.config.lock_timeout, "SELECT 1").await?;
        let given = self.given(database, roles).await;
        let ended = database
            .execute(if given.is_ok() { "COMMIT" } else { "ROLLBACK" })
            .await;
        let unlocked = database.unlock(hold).await;
        let given = given?;
        ended?;
        unlocked.map(|()| given)
    }

    async fn given(&self, database: &mut Database<'_>, roles: &BTreeMap<LayerName, String>) -> Result<Vec<RoleGrants>> {
        let mut all: Vec<RoleGrants> = Vec::new();
        for (layer, role) in roles {
            // What one statement gives, the next may need: a role that is made is asked about once it is there.
            let mut given: Vec<String> = Vec::new();
            loop {
                let missing = self.missing_for(database, layer, role).await?;
                let new: Vec<String> = missing
                    .statements
                    .into_iter()
                    .filter(|sql| !given.contains(sql))
                    .collect();
                if new.is_empty() {
                    all.push(RoleGrants {
                        statements: given,
                        ..missing_of(layer, role, missing.holes)
                    });
                    break;
                }
                for sql in new {
                    database.execute(&sql).await?;
                    given.push(sql);
                }
            }
        }
        Ok(all)
    }

    async fn missing_grants(
        &self,
        database: &mut Database<'_>,
        roles: &BTreeMap<LayerName, String>,
    ) -> Result<Vec<RoleGrants>> {
        database.look().await?;
        let mut all = Vec::new();
        for (layer, role) in roles {
            all.push(self.missing_for(database, layer, role).await?);
        }
        database.look_away().await?;
        Ok(all)
    }

    /// What one layer's role has not.
    async fn missing_for(&self, database: &mut Database<'_>, layer: &LayerName, role: &str) -> Result<RoleGrants> {
        let mut ownership = self.layers();
        let present = ledger::present(database, None).await?;
        ledger::read_owners(database, present, &mut ownership).await?;
        let (statements, holes) = database.missing_rights(layer, role, &ownership).await?;
        Ok(RoleGrants {
            statements,
            ..missing_of(layer, role, holes)
        })
    }
}

fn missing_of(layer: &LayerName, role: &str, holes: Vec<String>) -> RoleGrants {
    RoleGrants {
        layer: layer.clone(),
        role: role.to_owned(),
        statements: Vec::new(),
        holes,
    }
}
