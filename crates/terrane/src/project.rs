//! A project: its configuration, its history, its database.

use crate::config::Config;
use crate::database::{Database, OpenMode, dialect_of};
use crate::error::{Error, Result};
use crate::folder::Missing;
use crate::history::{Depth, History};
use crate::layer::{Calls, Layer};
use crate::ledger::{self, LedgerEntry};
use crate::migrate::Standing;
use crate::missing;
use crate::share::Share;
use crate::url::{DatabaseKind, DatabaseUrl};
use crate::version_rows::VersionTable;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Dialect, Spelling};
use terrane_core::graph::{Node, RevisionId, Rows};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{Ownership, objects, owning_table};
use terrane_core::plan::{DatabaseState, Planner, enum_names};
use terrane_core::schema::{ConstraintKind, Schema, Table};

/// The entry to everything: what `terrane.toml` says, and who is asking.
#[derive(Clone, Debug)]
pub struct Project {
    /// The configuration.
    pub config: Config,
    /// Who is at work, for the ledger.
    pub operator: String,
    /// Whether to refuse, where the database holds something that Terrane has no model of, rather than to warn of it.
    pub strict: bool,
    pub(crate) calls: Calls,
    call_names: BTreeSet<String>,
}

/// A table of the database, or whatever else is owned by itself, with its layer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableRow {
    /// Its name.
    pub table: ObjectName,
    /// What it is.
    pub kind: ObjectKind,
    /// The layer that owns it; none, if it was there before and was not adopted.
    pub layer: Option<LayerName>,
    /// The revision that created it.
    pub created_by: Option<RevisionId>,
    /// The table that it extends one-to-one, if it is an extension table.
    pub extends: Option<ObjectName>,
}

/// Servers count the time to wait in milliseconds, and some in 31 bits.
const LONGEST_WAIT: Duration = Duration::from_secs(20 * 24 * 60 * 60);

impl Project {
    /// A project with the configuration at `path`.
    ///
    /// # Errors
    /// There is no such file, or it makes no sense.
    pub fn load(path: &Path) -> Result<Project> {
        Ok(Project::new(Config::load(path)?))
    }

    /// A project with that configuration.
    pub fn new(config: Config) -> Project {
        Project {
            config,
            operator: String::new(),
            strict: false,
            calls: Calls::default(),
            call_names: BTreeSet::new(),
        }
    }

    /// The same with the functions of those layers, whose revisions may call them.
    #[must_use]
    pub fn with_calls(mut self, layers: &[Layer]) -> Project {
        for layer in layers {
            self.calls.extend(&layer.calls);
        }
        self.call_names = self.calls.names().cloned().collect();
        self
    }

    /// The revision files and the graph they make.
    ///
    /// # Errors
    /// Everything that is wrong with any of them, at once.
    pub fn history(&self) -> Result<History> {
        History::load(&self.config, Depth::Whole)
    }

    /// The graph alone: headers are read, and what the revisions do is not.
    ///
    /// # Errors
    /// Everything that is wrong with any of the headers, at once.
    pub fn headers(&self) -> Result<History> {
        History::load(&self.config, Depth::Headers)
    }

    /// The graph alone, for whoever is about to write the first file of a folder: it need not be there yet.
    ///
    /// # Errors
    /// As [`Project::headers`].
    pub fn headers_to_extend(&self) -> Result<History> {
        History::load_where(&self.config, Depth::Headers, Missing::Made)
    }

    /// The URL of the database.
    ///
    /// # Errors
    /// The configuration names none.
    pub fn url(&self) -> Result<DatabaseUrl> {
        let urls = [&self.config.direct_url, &self.config.url];
        let url = urls.into_iter().flatten().find(|url| !url.is_empty()).ok_or_else(|| {
            Error::new(codes::NO_URL, "the configuration names no database")
                .help("Set `url` in `terrane.toml`, or TERRANE_URL in the environment.")
        });
        url?.resolve(&self.config.folder)
    }

    /// The dialect of the database, without opening it.
    ///
    /// # Errors
    /// The configuration names no database, or one of a kind that is not supported.
    pub fn dialect(&self) -> Result<&'static dyn Dialect> {
        Ok(dialect_of(self.url()?.kind()?))
    }

    /// The name of that dialect, where it is known.
    pub(crate) fn home(&self) -> Option<&'static str> {
        self.dialect().ok().map(Dialect::name)
    }

    /// Opens the database; none, if it is opened to look and is not there.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn open(&self, mode: OpenMode) -> Result<Option<Database<'static>>> {
        let timeout = self.config.lock_timeout.min(LONGEST_WAIT);
        let mut opened = Database::open(self.url()?, &self.config.folder, mode, timeout).await?;
        let scratch = self.config.scratch_url.as_ref().filter(|url| !url.is_empty());
        if let (Some(database), Some(url)) = (&mut opened, scratch) {
            database.make_scratch_at(&url.resolve(&self.config.folder)?)?;
        }
        Ok(opened)
    }

    /// Opens the database for whoever asks what it holds, so that it has to be there.
    ///
    /// # Errors
    /// It is not there, or cannot be opened.
    pub(crate) async fn open_to_read(&self) -> Result<Database<'static>> {
        let opened = self.open(OpenMode::Read).await?;
        let url = self.url()?;
        opened.ok_or_else(|| {
            Error::new(codes::CANNOT_OPEN, format!("there is no database `{url}`")).help("Check the path.")
        })
    }

    /// The file of the database, if it is one in a file that is not there.
    ///
    /// # Errors
    /// The configuration names no database, or not one of a kind that is supported.
    pub fn absent_file(&self) -> Result<Option<PathBuf>> {
        let url = self.url()?;
        Ok(match url.kind()? {
            #[cfg(feature = "sqlite")]
            DatabaseKind::Sqlite => crate::database::absent_file(&url, &self.config.folder)?,
            #[cfg(feature = "postgres")]
            DatabaseKind::Postgres => None,
        })
    }

    /// What is known of the layers before anything is owned.
    pub(crate) fn layers(&self) -> Ownership {
        Ownership::new(
            self.config
                .layers
                .iter()
                .map(|layer| (layer.name.clone(), layer.requires.clone())),
        )
    }

    pub(crate) fn spelling<'a>(&self, history: &History, dialect: &'a dyn Dialect) -> Spelling<'a> {
        Spelling::new(dialect, enum_names(&history.files, dialect))
    }

    /// What makes plans; `looks_again`, if the database is looked at between their steps where need be.
    pub(crate) fn planner<'a>(
        &'a self,
        history: &'a History,
        dialect: &'a dyn Dialect,
        looks_again: bool,
    ) -> Result<Planner<'a>> {
        Ok(Planner {
            roles: self.roles(dialect)?,
            files: &history.files,
            dialect,
            spelling: self.spelling(history, dialect),
            calls: &self.call_names,
            looks_again,
        })
    }

    /// Where the database stands; one that is not there stands at nothing.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn standing(&self, database: Option<&mut Database<'_>>) -> Result<Standing> {
        self.look_at(database, |_| Ok(Extent::Whole)).await
    }

    /// Where the database stands; of what it holds as much as `extent` says once version rows and owners are known, where
    /// the server can be asked so.
    pub(crate) async fn look_at(
        &self,
        database: Option<&mut Database<'_>>,
        extent: impl FnOnce(&Standing) -> Result<Extent>,
    ) -> Result<Standing> {
        let mut standing = Standing {
            rows: Rows::new(),
            strangers: Rows::new(),
            books: DatabaseState::empty(self.layers()),
            left_out: Vec::new(),
            left_out_of_columns: BTreeSet::new(),
            schema_version: "0".to_owned(),
            prepared: false,
            unfinished: None,
            newest: None,
            unbooked: Vec::new(),
        };
        let Some(database) = database else {
            // What is wrong with the way is wrong without a database too.
            return extent(&standing).map(|_| standing);
        };
        // All from one moment: rows from after another's commit and a schema from before it fit nothing.
        database.look().await?;
        let read = self.read_standing(database, &mut standing, extent).await;
        let ended = database.look_away().await;
        read.and(ended).map(|()| standing)
    }

    /// The version rows alone, of the layers that the configuration has.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn rows(&self) -> Result<Rows> {
        Ok(self.all_rows().await?.0)
    }

    /// The version rows: of the layers that the configuration has, and of others.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn all_rows(&self) -> Result<(Rows, Rows)> {
        let Some(mut database) = self.open(OpenMode::Read).await? else {
            return Ok((Rows::new(), Rows::new()));
        };
        Ok(self.divide(ledger::read_rows(&mut database, self.config.version_table.as_ref()).await?))
    }

    /// Rows of the layers that the configuration has, and of those that are other configurations'.
    pub(crate) fn divide(&self, rows: Rows) -> (Rows, Rows) {
        let mut divided = (Rows::new(), Rows::new());
        for (layer, id) in rows.iter() {
            let is_shared = self
                .config
                .version_table
                .as_ref()
                .is_some_and(|table| table.rows() == *layer);
            let part = match self.config.layer(layer) {
                None if !is_shared => &mut divided.1,
                _ => &mut divided.0,
            };
            part.insert(layer.clone(), id.clone());
        }
        divided
    }

    /// The revisions at which the database stands, and the rows of layers that other configurations have.
    ///
    /// # Errors
    /// The database cannot be read; a row names a revision that has no file, or that is another layer's.
    pub async fn current<'h>(&self, history: &'h History) -> Result<(Vec<&'h Node>, Rows)> {
        let Some(mut database) = self.open(OpenMode::Read).await? else {
            return Ok((Vec::new(), Rows::new()));
        };
        let (rows, strangers) =
            self.divide(ledger::read_rows(&mut database, self.config.version_table.as_ref()).await?);
        history.graph.refuse_moved(&strangers)?;
        match history.graph.current(&rows) {
            Ok(nodes) => Ok((nodes, strangers)),
            Err(error) => Err(missing::told(
                error.into(),
                history,
                Some(&mut database),
                self.config.version_table.as_ref(),
            )
            .await),
        }
    }

    /// What was done to the database, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn log(&self) -> Result<Vec<LedgerEntry>> {
        let Some(mut database) = self.open(OpenMode::Read).await? else {
            return Ok(Vec::new());
        };
        ledger::entries(&mut database).await
    }

    /// What was begun on the database and not ended, as whoever only looks should hear of it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn unfinished(&self) -> Result<Option<Diagnostic>> {
        let Some(mut database) = self.open(OpenMode::Read).await? else {
            return Ok(None);
        };
        let unfinished = ledger::read_last(&mut database).await?;
        database.close().await?;
        Ok(unfinished.map(|unfinished| unfinished.warning()))
    }

    /// The tables of the database, then its views, routines, types and sequences, and whose they are: by layer in the order
    /// of the configuration, then by name. What a column owns is the table's, and not told apart.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn tables(&self) -> Result<Vec<TableRow>> {
        let mut database = self.open(OpenMode::Read).await?;
        let DatabaseState { schema, ownership, .. } = self.standing(database.as_mut()).await?.books;
        let mut rows: Vec<TableRow> = objects(&schema)
            .into_iter()
            .filter_map(|(kind, name)| object_row(kind, name, &schema, &ownership))
            .collect();
        let place = |row: &TableRow| {
            let at = self
                .config
                .layers
                .iter()
                .position(|layer| Some(&layer.name) == row.layer.as_ref());
            at.unwrap_or(self.config.layers.len())
        };
        rows.sort_by_cached_key(|row| (place(row), row.kind, row.table.clone()));
        Ok(rows)
    }

    async fn read_standing(
        &self,
        database: &mut Database<'_>,
        standing: &mut Standing,
        extent: impl FnOnce(&Standing) -> Result<Extent>,
    ) -> Result<()> {
        let version = database.rows(database.server().schema_version).await?;
        if let Some(version) = version.first().and_then(|row| row.first().cloned().flatten()) {
            standing.schema_version = version;
        }
        let table = self.config.version_table.as_ref();
        let present = ledger::present(database, table).await?;
        standing.prepared = present.all();
        if let Some(query) = present.rows(table) {
            let rows = ledger::version_rows(&database.rows(&query).await?)?;
            (standing.rows, standing.strangers) = self.divide(rows);
            let ownership = &mut standing.books.ownership;
            standing
                .strangers
                .iter()
                .for_each(|(layer, _)| ownership.add_stranger(layer));
        }
        if present.ledger {
            let last = database.rows(ledger::LAST).await?;
            standing.unfinished = ledger::unfinished(&last)?;
            standing.newest = ledger::number(&last);
        }
        let extent = extent(standing)?;
        if !matches!(extent, Extent::Rows) {
            ledger::read_owners(database, present, &mut standing.books.ownership).await?;
        }
        match extent {
            Extent::Rows | Extent::Owners => {}
            Extent::Whole => standing.books.schema = database.inspect().await?,
            Extent::Share(share) => {
                let ownership = &standing.books.ownership;
                (standing.books.schema, standing.left_out, standing.left_out_of_columns) =
                    database.inspect_share(&share, ownership).await?;
                if share.minds_rows() {
                    standing.books.occupied = occupied(database, &standing.books.schema).await?;
                }
            }
        }
        if let Some(table) = table {
            leave_out(table, database.dialect(), standing);
        }
        Ok(())
    }
}

/// The tables that have rows.
async fn occupied(database: &mut Database<'_>, schema: &Schema) -> Result<BTreeSet<ObjectName>> {
    let server = database.server();
    let Some(question) = server.occupied else {
        return Ok(BTreeSet::new());
    };
    let tables: Vec<&ObjectName> = schema.tables.keys().collect();
    let names: Vec<String> = tables
        .iter()
        .map(|table| server.written(ObjectKind::Table, table))
        .collect();
    let answer = database.rows(&question(&names)).await?;
    let places = answer
        .iter()
        .filter_map(|row| row.first()?.as_deref()?.parse::<usize>().ok());
    Ok(places
        .filter_map(|at| tables.get(at - 1))
        .map(|table| (*table).clone())
        .collect())
}

/// Takes Alembic's table out of what was seen: it holds where the database stands, and is no part of anybody's schema.
fn leave_out(table: &VersionTable, dialect: &dyn Dialect, standing: &mut Standing) {
    let flavor = dialect.flavor();
    let name = ObjectName {
        schema: table.schema.as_deref().map(|schema| flavor.ident(schema)),
        name: flavor.ident(&table.name),
    };
    standing.books.schema.tables.remove(&name);
    standing.left_out.retain(|(_, other)| *other != name);
}

/// How much of what a database holds is read.
#[derive(Debug)]
pub(crate) enum Extent {
    /// Version rows and ledger alone.
    Rows,
    /// Version rows, owners and ledger alone.
    Owners,
    /// Those relations, and whatever is no relation.
    Share(Share),
    /// All of it.
    Whole,
}

/// An object with its owner; nothing, where it goes with another.
fn object_row(kind: ObjectKind, name: ObjectName, schema: &Schema, ownership: &Ownership) -> Option<TableRow> {
    if let Some(sequence) = schema.sequences.get(&name).filter(|_| kind == ObjectKind::Sequence)
        && owning_table(sequence).is_some()
    {
        return None;
    }
    let owner = ownership.owner(kind, &name);
    // Rights and their like are about something else; what has an owner of its own is shown.
    if kind == ObjectKind::Other && owner.is_none() {
        return None;
    }
    let table = schema.tables.get(&name).filter(|_| kind == ObjectKind::Table);
    Some(TableRow {
        kind,
        layer: owner.map(|owner| owner.layer.clone()),
        created_by: owner.and_then(|owner| owner.created_by.clone()),
        extends: table.and_then(|table| extends(table, schema, ownership)),
        table: name,
    })
}

/// The table that this one extends: its primary key is also its foreign key to another layer's primary key.
pub(crate) fn extends(table: &Table, schema: &Schema, ownership: &Ownership) -> Option<ObjectName> {
    let own: Vec<_> = table.primary_key()?.names().collect();
    let layer = |name: &ObjectName| ownership.owner(ObjectKind::Table, name).map(|owner| &owner.layer);
    let mine = layer(&table.name)?;
    table.constraints.iter().find_map(|constraint| {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else {
            return None;
        };
        let parent = schema.tables.get(&key.table)?;
        let parent_key: Vec<_> = parent.primary_key()?.names().collect();
        let referenced = if key.referenced.is_empty() {
            parent_key.clone()
        } else {
            key.referenced.iter().collect()
        };
        let elsewhere = layer(&parent.name).is_some_and(|other| other != mine);
        (elsewhere && key.columns.iter().collect::<Vec<_>>() == own && referenced == parent_key)
            .then(|| parent.name.clone())
    })
}
