//! A database that Alembic made: every object in it gets its layer, and Terrane writes its books.
//!
//! Alembic's own table says where the database stands, and stays as it is; so all of it can be taken back.

use crate::clock::now_in_words;
use crate::database::{Database, Hold, OpenMode};
use crate::error::{Error, Result};
use crate::executor::Silent;
use crate::history::History;
use crate::ledger;
use crate::migrate::Standing;
use crate::models::Models;
use crate::project::Project;
use crate::script::path_to;
use crate::unmodelled::is_the_operators;
use crate::version_rows::{self, VersionTable};
use std::collections::BTreeSet;
use terrane_core::diagnostic::{Diagnostic, Severity, codes};
use terrane_core::graph::RevisionId;
use terrane_core::name::LayerName;
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{ObjectKey, Owner, Ownership, OwnershipChange, objects, owning_table};
use terrane_core::revision::Way;
use terrane_core::schema::Schema;
use terrane_core::sql::quote_string;

/// Before the revisions at which the database stood, in the ledger's line of an adoption.
const AT: &str = "at ";

/// How the objects of a database got their layers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Adoption {
    /// The revisions at which it stands.
    pub at: Vec<RevisionId>,
    /// Objects that the revisions make which have run, and those that they do not make any more.
    pub by_revisions: usize,
    /// Objects that no revision is known to make, and that models declare.
    pub by_models: usize,
    /// Objects of which nothing tells, so that they are the vendor's.
    pub by_default: usize,
    /// What could not be asked.
    pub warnings: Vec<Diagnostic>,
}

/// What was taken back of an adoption.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Left {
    /// Lines of the ledger.
    pub entries: usize,
    /// Objects that had an owner.
    pub objects: usize,
}

/// Whose what is, that was nobody's, and how that is known.
struct Given {
    changes: Vec<OwnershipChange>,
    adoption: Adoption,
}

impl Project {
    /// Gives every object of a database that Alembic made its layer: that of the revisions which its rows say have run; else
    /// the one whose models declare it; else the vendor, which is the layer that has `env.py`. Writes Terrane's books.
    ///
    /// # Errors
    /// The project is none of Alembic's; its table is not there or has no rows; a row names a revision that has no file, or
    /// one below what another depends on; something was interrupted.
    pub async fn adopt_alembic(&self) -> Result<Adoption> {
        let table = self.alembics_table()?;
        let history = self.history()?;
        let Some(mut database) = self.open(OpenMode::Read).await? else {
            return Err(nothing_there(table));
        };
        // Whether it can be done, and what Python has to say, is known before anybody waits for a lock.
        let looked = self.whose(&history, table, &mut database).await;
        database.close().await?;
        looked?;
        let Some(mut database) = self.open(OpenMode::Write).await? else {
            return Err(nothing_there(table));
        };
        let hold = database.lock(self.config.lock_timeout).await?;
        let done = self.adopted(&history, table, &mut database, hold).await;
        let unlocked = database.unlock(hold).await;
        let adoption = done?;
        unlocked?;
        database.close().await?;
        Ok(adoption)
    }

    async fn adopted(
        &self,
        history: &History,
        table: &VersionTable,
        database: &mut Database<'_>,
        hold: Hold,
    ) -> Result<Adoption> {
        ledger::prepare(database, hold, self.config.lock_timeout, Some(table), &mut Silent).await?;
        let Given { changes, adoption } = self.whose(history, table, database).await?;
        if changes.is_empty() && self.is_adopted(database).await? {
            return Ok(adoption);
        }
        let question = version_rows::query(true, Some(table));
        let rows = database.claim(hold, self.config.lock_timeout, &question).await?;
        let written = self.write_adoption(database, &rows, &changes, &adoption).await;
        if written.is_err() {
            let _ended_by_the_server = database.execute("ROLLBACK").await;
        }
        written.map(|()| adoption)
    }

    /// Whether the books speak of an adoption already.
    async fn is_adopted(&self, database: &mut Database<'_>) -> Result<bool> {
        let sql = "SELECT 1 FROM terrane_ledger WHERE direction = 'adopt' LIMIT 1";
        Ok(!database.rows(sql).await?.is_empty())
    }

    async fn write_adoption(
        &self,
        database: &mut Database<'_>,
        rows: &[Vec<Option<String>>],
        changes: &[OwnershipChange],
        adoption: &Adoption,
    ) -> Result<()> {
        let (rows, _) = self.divide(ledger::version_rows(rows)?);
        if !rows.iter().map(|(_, id)| id).eq(&adoption.at) {
            let message = "Alembic moved the database to another place meanwhile";
            return Err(Error::new(codes::NOT_UP_TO_DATE, message).help("Run the command again."));
        }
        let vendor = self.vendor()?;
        let at: Vec<&str> = adoption.at.iter().map(RevisionId::as_str).collect();
        let entry = format!(
            "{}INSERT INTO terrane_ledger (layer, direction, message, applied_by, applied_at, duration_ms, tool_version, \
             statements, statements_done) VALUES ({}, 'adopt', {}, {}, {}, 0, {}, 0, 0)",
            ledger::settled(changes, database.server()),
            quote_string(vendor.as_str()),
            quote_string(&format!("{AT}{}", at.join(", "))),
            quote_string(&self.operator),
            quote_string(&now_in_words()),
            quote_string(env!("CARGO_PKG_VERSION")),
        );
        database.commit(&entry).await.map(drop)
    }

    /// Whose what is that is nobody's yet, once it is known that the rows make sense.
    async fn whose(&self, history: &History, table: &VersionTable, database: &mut Database<'_>) -> Result<Given> {
        let standing = self.standing(Some(database)).await?;
        if standing.rows.of(&table.rows()).next().is_none() {
            return Err(nothing_there(table));
        }
        if let Some(unfinished) = &standing.unfinished {
            return Err(unfinished.error().into());
        }
        history.graph.refuse_lowered(&standing.rows)?;
        let books = (&standing.books.ownership, &standing.books.schema);
        let mut changes = self.settled(history, &standing.rows, books.0, Some(books.1))?;
        let mut owners = books.0.clone();
        let vendor = self.vendor()?;
        changes.iter().for_each(|change| owners.change(change, &vendor, None));
        let mut adoption = Adoption {
            at: standing.rows.iter().map(|(_, id)| id.clone()).collect(),
            by_revisions: changes.len(),
            ..Adoption::default()
        };
        let rest = self.give_the_rest(&standing, &owners, &mut adoption)?;
        changes.extend(rest);
        Ok(Given { changes, adoption })
    }

    /// What no revision is known to make: those whose models declare it; else the vendor.
    fn give_the_rest(
        &self,
        standing: &Standing,
        owners: &Ownership,
        adoption: &mut Adoption,
    ) -> Result<Vec<OwnershipChange>> {
        let mut nobodys = self.nobodys(&standing.books.schema, owners);
        let unseen = standing.left_out.iter().filter(|(kind, name)| {
            let comes_along = standing.left_out_of_columns.contains(name) || self.config.ignores(name);
            !comes_along && owners.owner(*kind, name).is_none()
        });
        nobodys.extend(unseen.cloned());
        if nobodys.is_empty() {
            return Ok(Vec::new());
        }
        let vendor = self.vendor()?;
        let mut declared: Vec<(LayerName, BTreeSet<ObjectKey>)> = Vec::new();
        for layer in self.config.layers.iter().filter(|layer| !layer.models.is_none()) {
            match Models::load(layer, self.dialect()?) {
                Ok(models) => declared.push((layer.name.clone(), models.declares())),
                Err(error) => {
                    adoption.warnings.extend(error.diagnostics.into_iter().map(as_warning));
                    break;
                }
            }
        }
        let give = |key: ObjectKey| {
            let declares = declared.iter().find(|(_, keys)| keys.contains(&key));
            let layer = match declares {
                Some((layer, _)) => {
                    adoption.by_models += 1;
                    layer.clone()
                }
                None => {
                    adoption.by_default += 1;
                    vendor.clone()
                }
            };
            let created_by = None;
            OwnershipChange::Settle(key, Owner { layer, created_by })
        };
        Ok(nobodys.into_iter().map(give).collect())
    }

    /// Gives what Alembic made since the adoption, by revisions that only Python can run, its layer: what is found and
    /// nobody's. Where the books know of all those revisions, nothing is asked.
    pub(crate) async fn own_what_python_made(
        &self,
        history: &History,
        standing: &mut Standing,
        database: Option<&mut Database<'_>>,
    ) -> Result<()> {
        let Some(database) = database.filter(|_| self.config.version_table.is_some() && standing.newest.is_some())
        else {
            return Ok(());
        };
        let is_pythons = |id: &RevisionId| {
            let unread = history.files.get(id).map_or(&[][..], |file| &file.unread);
            unread.iter().any(|(way, _)| *way == Way::Upgrade)
        };
        let mut unheard = path_to(&history.graph, &standing.rows)?;
        unheard.retain(is_pythons);
        if unheard.is_empty() || !self.hears_of(history, &unheard, database).await? {
            return Ok(());
        }
        let owners = standing.books.ownership.clone();
        for change in self.give_the_rest(standing, &owners, &mut Adoption::default())? {
            if let OwnershipChange::Settle(key, owner) = &change {
                standing.books.ownership.give(key.clone(), owner.clone());
                standing.unbooked.push(change);
            }
        }
        Ok(())
    }

    /// Whether an adopted database has one of those revisions of which its books do not know yet.
    async fn hears_of(&self, history: &History, ids: &[RevisionId], database: &mut Database<'_>) -> Result<bool> {
        let sql = "SELECT direction, revision, message FROM terrane_ledger WHERE direction IN ('adopt', 'upgrade') ORDER BY id";
        let mut known: BTreeSet<RevisionId> = BTreeSet::new();
        let mut is_adopted = false;
        for row in database.rows(sql).await? {
            match row.as_slice() {
                [Some(direction), _, Some(message)] if direction == "adopt" => {
                    let Some(at) = message.strip_prefix(AT) else { continue };
                    is_adopted = true;
                    let ids = at.split(", ").filter_map(|id| RevisionId::parse(id).ok());
                    let rows = ids.filter_map(|id| Some((history.graph.node(&id)?.rows().clone(), id)));
                    known.extend(path_to(&history.graph, &rows.collect())?);
                }
                [_, Some(id), _] => known.extend(RevisionId::parse(id).ok()),
                _ => {}
            }
        }
        Ok(is_adopted && ids.iter().any(|id| !known.contains(id)))
    }

    /// What is there and has no owner, and is neither the operator's to say nor another tool's.
    fn nobodys(&self, schema: &Schema, owners: &Ownership) -> Vec<ObjectKey> {
        let is_nobodys = |(kind, name): &ObjectKey| match kind {
            ObjectKind::Other => schema.unmodelled.get(name).is_some_and(|other| {
                !is_the_operators(other) && other.kind == "table" && owners.owner_of_unmodelled(other).is_none()
            }),
            ObjectKind::Sequence => schema
                .sequences
                .get(name)
                .is_some_and(|sequence| owning_table(sequence).is_none() && owners.owner(*kind, name).is_none()),
            _ => owners.owner(*kind, name).is_none(),
        };
        let mut found: Vec<ObjectKey> = objects(schema).into_iter().filter(is_nobodys).collect();
        found.retain(|(_, name)| !self.config.ignores(name));
        found
    }

    /// Takes an adoption back: Terrane's books go, and everything else stays as it is.
    ///
    /// # Errors
    /// The project is none of Alembic's; there are no books; they speak of layers of other configurations, which would be
    /// lost; something was interrupted.
    pub async fn leave_alembic(&self) -> Result<Left> {
        let table = self.alembics_table()?;
        let nothing = || {
            refused(
                "the database has no books of Terrane's".to_owned(),
                "There is nothing to take back.",
            )
        };
        let Some(mut database) = self.open(OpenMode::Read).await? else {
            return Err(nothing());
        };
        self.may_leave(&mut database).await?;
        database.close().await?;
        let Some(mut database) = self.open(OpenMode::Write).await? else {
            return Err(nothing());
        };
        let hold = database.lock(self.config.lock_timeout).await?;
        let left = self.left(table, &mut database, hold).await;
        let unlocked = database.unlock(hold).await;
        let left = left?;
        unlocked?;
        database.close().await?;
        Ok(left)
    }

    async fn may_leave(&self, database: &mut Database<'_>) -> Result<()> {
        let standing = self.standing(Some(database)).await?;
        if !standing.prepared {
            let message = "the database has no books of Terrane's".to_owned();
            return Err(refused(message, "There is nothing to take back."));
        }
        if let Some(unfinished) = &standing.unfinished {
            return Err(unfinished.error().into());
        }
        let known = |layer: &LayerName| self.config.layer(layer).is_some();
        let of_rows = standing.strangers.iter().map(|(layer, _)| layer);
        let of_objects = standing.books.ownership.objects().map(|(_, owner)| &owner.layer);
        let mut others = of_rows.chain(of_objects).filter(|layer| !known(layer));
        match others.next() {
            None => Ok(()),
            Some(other) => Err(refused(
                format!("the books also speak of layer `{other}`, which this configuration does not have"),
                "Take that layer out of the database first, with its own configuration.",
            )),
        }
    }

    async fn left(&self, table: &VersionTable, database: &mut Database<'_>, hold: Hold) -> Result<Left> {
        self.may_leave(database).await?;
        let question = "SELECT count(*) FROM terrane_ledger UNION ALL SELECT count(*) FROM terrane_object UNION ALL SELECT \
                        count(*) FROM terrane_version";
        let counts = database.claim(hold, self.config.lock_timeout, question).await?;
        let count = |at: usize| {
            let value = counts.get(at).and_then(|row| row.first().cloned().flatten());
            value.and_then(|value| value.parse().ok()).unwrap_or(0)
        };
        let left = Left {
            entries: count(0),
            objects: count(1),
        };
        // Layers of Terrane's own beside Alembic's would lose where they stand.
        let gone = match count(2) {
            0 => database
                .commit("DROP TABLE terrane_version; DROP TABLE terrane_ledger; DROP TABLE terrane_object")
                .await
                .map(drop),
            _ => {
                let message = format!(
                    "the books also say where layers stand that are not kept in `{}`",
                    table.name
                );
                Err(refused(message, "Downgrade those layers to base first."))
            }
        };
        if gone.is_err() {
            let _ended_by_the_server = database.execute("ROLLBACK").await;
        }
        gone.map(|()| left)
    }

    fn alembics_table(&self) -> Result<&VersionTable> {
        self.config.version_table.as_ref().ok_or_else(|| {
            refused(
                "the configuration is none of an Alembic project, so that there is nothing to adopt".to_owned(),
                "Name the configuration of the project with `-c`; for a layer that was renamed, say `--from` and `--to`.",
            )
        })
    }

    /// The layer on which the others build.
    fn vendor(&self) -> Result<LayerName> {
        let base = self.config.layers.iter().find(|layer| layer.requires.is_empty());
        base.map(|layer| layer.name.clone())
            .ok_or_else(|| refused("no layer is the vendor's".to_owned(), "Name one in the configuration."))
    }
}

fn as_warning(diagnostic: Diagnostic) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        ..diagnostic
    }
    .help("What no revision is known to make counts as the vendor's.")
}

fn refused(message: String, help: &str) -> Error {
    Error::new(codes::CANNOT_ADOPT, message).help(help)
}

fn nothing_there(table: &VersionTable) -> Error {
    let message = format!(
        "`{}` is not there, or has no rows, so that there is nothing to adopt",
        table.name
    );
    refused(
        message,
        "Say `terrane upgrade heads` to make the database; `terrane stamp` says where one stands.",
    )
}
