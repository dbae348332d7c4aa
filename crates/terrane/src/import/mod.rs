//! Histories of other tools, taken over: each migration becomes a revision, and the rows of the tool's table a version row.
//!
//! Reading is apart from files and databases: `folder` and `books` fetch what the others judge.

mod books;
mod carry;
mod checksum;
mod dbmate;
mod diesel;
mod flyway;
mod folder;
mod golang_migrate;
mod goose;
mod original;
mod pairs;
mod refinery;
mod sqlx;
mod tool;

pub use tool::Tool;

use crate::config::LayerConfig;
use crate::database::OpenMode;
use crate::error::{Error, Result};
use crate::executor::Silent;
use crate::folder::Missing;
use crate::history::{Depth, History, node};
use crate::migrate::Destination;
use crate::project::Project;
use crate::revise::{only_layer, slug, write_new};
use carry::{Carried, carried};
use original::{Original, Reading, moment};
use std::fs;
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::graph::{Graph, GraphError, RevisionId, Rows, Step};
use terrane_core::plan::{DatabaseState, RevisionFile, replay};
use terrane_core::revision::{Revision, Target, Way, message};

/// A version of so many digits is a date, and tells a revision from all others.
const TELLING: usize = 8;

/// What is to be imported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The folder of the migrations.
    pub folder: PathBuf,
    /// Whose they are, if that is not to be told from the files.
    pub from: Option<Tool>,
    /// The layer that they become the history of.
    pub layer: Option<String>,
    /// Whether the version row is set.
    pub stamping: Stamping,
}

/// Whether the layer's version row is set to what the tool's table says has run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Stamping {
    /// Where the database is there and has that table.
    #[default]
    WhereTold,
    /// It is, and the table has to be there.
    Required,
    /// The database is not opened.
    Never,
}

/// What was imported.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The tool.
    pub tool: Tool,
    /// The layer.
    pub layer: String,
    /// The files that were written, in the order of the history.
    pub written: Vec<PathBuf>,
    /// What there is to say besides.
    pub warnings: Vec<Diagnostic>,
    /// Where the database stands now.
    pub stands: Stands,
}

/// Where a database stands after an import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stands {
    /// Nobody asked it.
    NotAsked,
    /// It is not there, or has no table of the tool's.
    Untold,
    /// The tool's table says that nothing has run.
    Nowhere,
    /// The version row was set.
    At {
        /// The revision.
        revision: RevisionId,
        /// How many have run.
        ran: usize,
        /// Whether the checksums of all of them were held against the files.
        verified: bool,
    },
}

/// A revision that is about to be written.
struct Planned {
    carried: Carried,
    path: PathBuf,
}

impl Project {
    /// Takes over the migrations of another tool as the history of a layer that has none, all of them or none.
    ///
    /// # Errors
    /// It is not known whose they are; the layer has revisions already; a file says what no revision can, or a statement is
    /// refused; the tool's table says what no version row can; a file cannot be written. Nothing is written then.
    pub async fn import(&self, wish: &Import) -> Result<Imported> {
        let files = folder::files(&wish.folder)?;
        let tool = match wish.from {
            Some(tool) => tool,
            None => tool::recognised(&wish.folder, &files)?,
        };
        let Reading {
            migrations,
            diagnostics,
        } = tool.read(&files);
        let (mut diagnostics, mut warnings): (Vec<_>, Vec<_>) = diagnostics.into_iter().partition(Diagnostic::is_error);
        if migrations.is_empty() && diagnostics.is_empty() {
            return Err(nothing_there(tool, &wish.folder));
        }
        let layer = match &wish.layer {
            Some(name) => self.config.require_layer(name)?,
            None => only_layer(self)?,
        };
        let history = History::load_where(&self.config, Depth::Whole, Missing::Made)?;
        let to = self.empty_folder(layer, &history, &wish.folder)?;
        let planned = self.revisions(tool, &migrations, layer, to, &mut diagnostics)?;
        if !diagnostics.is_empty() {
            return Err(diagnostics.into());
        }
        self.refuse_statements(history, layer, &planned)?;
        let (ran, stands) = self.told_by_books(tool, &migrations, wish.stamping).await?;
        warnings.extend(planned.iter().zip(&migrations).filter_map(unbracketed));
        let written = write_all(&planned)?;
        let stands = match ran.checked_sub(1) {
            Some(last) => self.stamp_imported(tool, &planned, &migrations, last).await?,
            None => stands,
        };
        Ok(Imported {
            tool,
            layer: layer.name.to_string(),
            written,
            warnings,
            stands,
        })
    }

    /// The folder that the revisions go into; the layer has none yet.
    fn empty_folder<'l>(&self, layer: &'l LayerConfig, history: &History, from: &Path) -> Result<&'l Path> {
        if layer.python.is_some() {
            let message = format!("the history of layer `{}` is an Alembic project", layer.name);
            return Err(Error::new(codes::BAD_CONFIG, message).help("Import into a layer of its own."));
        }
        if let Some(node) = history.graph.nodes().iter().find(|node| node.layer == layer.name) {
            let message = format!("layer `{}` has a history already: revision `{}`", layer.name, node.id);
            return Err(Error::new(codes::CANNOT_WRITE, message)
                .help("Import into a layer that has none; another one may require it, or be required."));
        }
        let Some(folder) = layer.versions.first() else {
            let message = format!("layer `{}` has no folder for revisions", layer.name);
            return Err(Error::new(codes::BAD_CONFIG, message));
        };
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if real(folder) == real(from) {
            let message = format!("`{}` is the folder of layer `{}` itself", from.display(), layer.name);
            return Err(Error::new(codes::BAD_CONFIG, message)
                .help("Let `versions` of the layer name another folder; the migrations stay where they are."));
        }
        Ok(folder)
    }

    /// The migrations as revisions, one after the other.
    fn revisions(
        &self,
        tool: Tool,
        migrations: &[Original],
        layer: &LayerConfig,
        to: &Path,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Vec<Planned>> {
        let dialect = self.dialect()?.name();
        let tells = migrations.iter().all(|migration| migration.written.len() >= TELLING);
        let mut planned: Vec<Planned> = Vec::new();
        let mut parent: Option<RevisionId> = None;
        for migration in migrations {
            let id = match tells {
                true => migration.written.clone(),
                false => format!("{}_{}", layer.name, migration.written),
            };
            let id = RevisionId::parse(&id)?;
            let head = Revision {
                id: id.clone(),
                message: message(&said(tool, migration)),
                branch_labels: match parent {
                    None => vec![layer.name.to_string()],
                    Some(_) => Vec::new(),
                },
                down_revisions: parent.replace(id.clone()).into_iter().collect(),
                depends_on: Vec::new(),
                created: moment(&migration.written),
                dialect: Target::Named(dialect.to_owned()),
                transactional: migration.transactional,
                touches: Vec::new(),
                sections: Vec::new(),
            };
            let path = to.join(format!("{id}{}.sql", slug(head.title())));
            match carried(migration, &head, &path.display().to_string(), dialect) {
                Ok(carried) => planned.push(Planned { carried, path }),
                Err(faults) => diagnostics.extend(faults),
            }
        }
        Ok(planned)
    }

    /// Refuses what would be refused when it runs in a new database, and back from there as far as something says the way.
    fn refuse_statements(&self, history: History, layer: &LayerConfig, planned: &[Planned]) -> Result<()> {
        let mut history = history;
        let mut nodes = history.graph.nodes().to_vec();
        for Planned { carried, path } in planned {
            let (id, revision) = (carried.revision.id.clone(), carried.revision.clone());
            nodes.push(node(&revision, &layer.name));
            let file = RevisionFile {
                revision,
                layer: layer.name.clone(),
                source: carried.source.clone(),
                types: layer.types,
                unread: Vec::new(),
            };
            history.files.insert(id.clone(), file);
            history.paths.insert(id, path.clone());
        }
        let errors = |errors: Vec<GraphError>| errors.iter().map(GraphError::diagnostic).collect::<Vec<_>>();
        history.graph = Graph::new(nodes).map_err(errors)?;
        let told = |faults: Vec<Diagnostic>| {
            let original = |fault: Diagnostic| planned.iter().fold(fault, |fault, planned| planned.carried.told(fault));
            faults.into_iter().map(original).collect::<Vec<_>>()
        };
        let dialect = self.dialect()?;
        let (graph, planner) = (&history.graph, self.planner(&history, dialect, false)?);
        let nothing = Rows::new();
        let up = graph.upgrade(&nothing, &format!("{}@heads", layer.name))?;
        planner
            .plan(&up, &nothing, DatabaseState::empty(self.layers()))
            .map_err(told)?;
        let mut rows = nothing;
        up.iter().for_each(|step| rows.apply(step));
        let applied: Vec<RevisionId> = up.into_iter().filter_map(|step| step.revision).collect();
        let books = replay(
            graph,
            &history.files,
            &applied,
            dialect,
            DatabaseState::empty(self.layers()),
        )
        .books;
        let has_way_back = |step: &&Step| {
            let file = step.revision.as_ref().and_then(|id| history.files.get(id));
            file.is_some_and(|file| file.revision.section(Way::Downgrade, dialect.name()).is_some())
        };
        let down = graph.downgrade(&rows, &format!("{}@base", layer.name))?;
        let down: Vec<Step> = down.iter().take_while(has_way_back).cloned().collect();
        planner.plan(&down, &rows, books).map_err(told)?;
        Ok(())
    }

    /// How many of the migrations have run, and what is known of the database where none has.
    async fn told_by_books(&self, tool: Tool, migrations: &[Original], stamping: Stamping) -> Result<(usize, Stands)> {
        if stamping == Stamping::Never {
            return Ok((0, Stands::NotAsked));
        }
        let rows = match self.open(OpenMode::Read).await? {
            Some(mut database) => {
                let rows = books::rows(tool, &mut database).await?;
                database.close().await?;
                rows
            }
            None => None,
        };
        match rows {
            Some(rows) => Ok((books::ran(tool, &rows, migrations)?, Stands::Nowhere)),
            None if stamping == Stamping::Required => {
                let message = format!("the database has no `{}`, which says what {tool} has run", tool.table());
                Err(Error::new(codes::TOOLS_BOOKS, message)
                    .help("Leave `--stamp` out; where the database has all of it, `terrane stamp` says so afterwards."))
            }
            None => Ok((0, Stands::Untold)),
        }
    }

    /// Sets the version row, now that the files are there.
    async fn stamp_imported(
        &self,
        tool: Tool,
        planned: &[Planned],
        migrations: &[Original],
        last: usize,
    ) -> Result<Stands> {
        let revision = planned[last].carried.revision.id.clone();
        let targets = [revision.to_string()];
        let destination = Destination::Stamp {
            targets: &targets,
            purge: false,
        };
        let stamped = self.migrate(destination, &mut Silent).await;
        stamped.map_err(|mut error| {
            error.done.push(format!(
                "the revisions are written; `terrane stamp {revision}` says where {tool} stopped"
            ));
            error
        })?;
        Ok(Stands::At {
            revision,
            ran: last + 1,
            verified: migrations[..=last]
                .iter()
                .all(|migration| !migration.checksums.is_empty()),
        })
    }
}

/// What a revision says of itself: what it is for, and where it comes from.
fn said(tool: Tool, migration: &Original) -> String {
    let file = migration.file.name();
    let mut parts = file.rsplit(['/', '\\']);
    let name = match (tool, parts.next(), parts.next()) {
        (Tool::Diesel, Some(name), Some(folder)) => format!("{folder}/{name}"),
        (_, name, _) => name.unwrap_or(file).to_owned(),
    };
    let title = match migration.title.is_empty() {
        true => format!("migration {}", migration.version),
        false => migration.title.clone(),
    };
    format!("{title}\n\nimported from {tool}, {name}")
}

fn nothing_there(tool: Tool, folder: &Path) -> Error {
    let message = format!("`{}` holds no migration of {tool}", folder.display());
    Error::new(codes::WHICH_TOOL, message).help(format!("Its files are named {}.", tool.looks()))
}

/// That a transaction of the migration's own was left out.
fn unbracketed((planned, migration): (&Planned, &Original)) -> Option<Diagnostic> {
    let message = format!(
        "`BEGIN` and `COMMIT` around `{}` are left out: a revision is a transaction anyway",
        migration.file.name()
    );
    let told = planned.carried.was_bracketed;
    told.then(|| Diagnostic::warning(codes::TRANSACTION_CONTROL, message))
}

/// Writes all files; where one cannot be, those before it go again.
fn write_all(planned: &[Planned]) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for Planned { carried, path } in planned {
        if let Err(error) = write_new(path, carried.source.text()) {
            for path in &written {
                let _what_is_left_is_told_as_a_file_that_is_there = fs::remove_file(path);
            }
            return Err(error);
        }
        written.push(path.clone());
    }
    Ok(written)
}
