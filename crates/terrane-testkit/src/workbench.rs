//! A project in a throwaway folder.

#![expect(clippy::unwrap_used, reason = "only tests come here, and a panic is how they fail")]

use crate::whole::Whole;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use terrane::core::dialect::Dialect;
use terrane::core::diff::{Delta, Renames, diff};
use terrane::core::graph::{RevisionId, Rows};
use terrane::core::ownership::Ownership;
use terrane::core::plan::{DatabaseState, replay};
use terrane::core::schema::Schema;
use terrane::{
    Answer, Applied, Candidate, Database, Destination, History, NewRevision, OpenMode, Project, Result, Silent,
};

/// A folder with a `terrane.toml`, layers and a database; gone when dropped.
#[derive(Debug)]
pub struct Workbench {
    folder: tempfile::TempDir,
}

/// A revision file to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Draft<'a> {
    /// The layer whose folder it goes to.
    pub layer: &'a str,
    /// Its id.
    pub id: &'a str,
    /// What it follows, as in the header.
    pub revises: &'a str,
    /// Further lines of the header, without their dashes.
    pub header: &'a [&'a str],
    /// The statements of both directions.
    pub upgrade: &'a str,
    /// The way back.
    pub downgrade: &'a str,
}

/// A folder in `TERRANE_TMP`, or where the system keeps such folders.
pub fn throwaway() -> tempfile::TempDir {
    let made = match std::env::var_os("TERRANE_TMP") {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    made.unwrap()
}

impl Workbench {
    /// A project with these layers, each with what it requires.
    pub fn new(layers: &[(&str, &[&str])]) -> Workbench {
        let bench = Workbench { folder: throwaway() };
        bench.configure(layers);
        for (name, _) in layers {
            std::fs::create_dir_all(bench.path(&format!("{name}/versions"))).unwrap();
        }
        bench
    }

    /// The same on a database of another kind; `settings` are further lines of the configuration.
    pub fn at(url: &str, layers: &[(&str, &[&str])], settings: &str) -> Workbench {
        let bench = Workbench::new(layers);
        bench.configure_at(url, layers, settings);
        bench
    }

    /// Writes the configuration anew.
    pub fn configure(&self, layers: &[(&str, &[&str])]) {
        self.configure_at("sqlite:app.db", layers, "");
    }

    /// Writes the configuration anew, for that database.
    pub fn configure_at(&self, url: &str, layers: &[(&str, &[&str])], settings: &str) {
        let mut toml = format!("url = \"{url}\"\nlock_timeout = 60\n{settings}\n");
        for (name, requires) in layers {
            let _ = write!(
                toml,
                "\n[[layer]]\nname = \"{name}\"\nversions = \"{name}/versions\"\nmodels = \"{name}/model.sql\"\n\
                 requires = {requires:?}\n"
            );
        }
        self.write("terrane.toml", &toml);
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in the folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Writes a revision file.
    pub fn draft(&self, draft: &Draft<'_>) {
        let Draft {
            layer,
            id,
            revises,
            upgrade,
            downgrade,
            ..
        } = draft;
        let mut text = format!("-- {layer} {id}\n--\n-- Revision ID: {id}\n-- Revises: {revises}\n");
        for line in draft.header {
            let _ = writeln!(text, "-- {line}");
        }
        let _ = write!(text, "\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n");
        self.write(&format!("{layer}/versions/{id}.sql"), &text);
    }

    /// The project as its configuration says now.
    pub fn project(&self) -> Project {
        let mut project = Project::load(&self.path("terrane.toml")).unwrap();
        project.operator = "tester".to_owned();
        project
    }

    /// The file of the database.
    pub fn database(&self) -> PathBuf {
        self.path("app.db")
    }

    /// Goes up.
    ///
    /// # Errors
    /// Those of [`Project::migrate`].
    pub async fn upgrade(&self, target: &str) -> Result<Vec<Applied>> {
        let project = self.project();
        self.whole(project.migrate(Destination::Upgrade(target), &mut Silent))
            .await
    }

    /// Goes down.
    ///
    /// # Errors
    /// Those of [`Project::migrate`].
    pub async fn downgrade(&self, target: &str) -> Result<Vec<Applied>> {
        let project = self.project();
        self.whole(project.migrate(Destination::Downgrade(target), &mut Silent))
            .await
    }

    /// What could be used before a migration that succeeds can be used after it.
    async fn whole(&self, migration: impl Future<Output = Result<Vec<Applied>>>) -> Result<Vec<Applied>> {
        let before = Whole::look(&self.database()).await;
        let applied = migration.await?;
        before.still(&Whole::look(&self.database()).await);
        Ok(applied)
    }

    /// Says where the database stands.
    ///
    /// # Errors
    /// Those of [`Project::migrate`].
    pub async fn stamp(&self, targets: &[&str]) -> Result<Vec<Applied>> {
        let targets: Vec<String> = targets.iter().map(|&target| target.to_owned()).collect();
        let destination = Destination::Stamp {
            targets: &targets,
            purge: false,
        };
        self.project().migrate(destination, &mut Silent).await
    }

    /// Autogenerates a revision of a layer; none, if there is nothing to do. What is asked is answered by a drop.
    ///
    /// # Errors
    /// Those of [`Project::autogenerate`].
    pub async fn autogenerate(&self, layer: &str) -> Result<Option<PathBuf>> {
        let project = self.project();
        let new = NewRevision {
            message: Some("a step".to_owned()),
            layer: Some(layer.to_owned()),
            answers: vec![Answer::DropAll],
            ..NewRevision::default()
        };
        Ok(match project.autogenerate(&project.history()?, &new).await? {
            Candidate::Nothing(_) | Candidate::Open(_) => None,
            Candidate::Written(written, _) => Some(written.path),
        })
    }

    /// The rows of a query.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let mut database = self.connect().await;
        let rows = database.rows(sql).await.unwrap();
        database.close().await.unwrap();
        rows
    }

    /// Runs statements outside of any revision.
    pub async fn execute(&self, sql: &str) {
        let mut database = self.connect().await;
        database.execute(sql).await.unwrap();
        database.close().await.unwrap();
    }

    /// All that the database holds, by [`dump`]; nobody has it open afterwards.
    pub async fn contents(&self) -> String {
        let mut database = self.connect().await;
        let contents = dump(&mut database).await;
        database.close().await.unwrap();
        contents
    }

    /// A connection, the file made if need be.
    pub async fn connect(&self) -> Database<'static> {
        self.project().open(OpenMode::Write).await.unwrap().unwrap()
    }
}

/// Everything that a database holds, as text: the catalog, every row of every table with its rowid where it has one, the
/// version rows and the owners. The ledger, which tells times, is left out.
pub async fn dump(database: &mut Database<'_>) -> String {
    let mut text = String::new();
    let catalog = database
        .rows("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
        .await
        .unwrap();
    let tables: Vec<String> = catalog
        .iter()
        .filter(|row| row[0].as_deref() == Some("table"))
        .filter_map(|row| row[1].clone())
        .filter(|name| name != "terrane_ledger")
        .collect();
    for row in catalog {
        let _ = writeln!(text, "{row:?}");
    }
    for table in tables {
        for row in database
            .rows(&format!("SELECT * FROM \"{table}\" ORDER BY 1, 2"))
            .await
            .unwrap()
        {
            let _ = writeln!(text, "{table} {row:?}");
        }
    }
    text
}

/// What the history says a database holds that stands at these rows; none, where a revision is not understood.
pub fn replayed(project: &Project, history: &History, rows: &Rows) -> Option<Schema> {
    let down = if rows.is_empty() {
        Vec::new()
    } else {
        history.graph.downgrade(rows, "base").unwrap()
    };
    let path: Vec<RevisionId> = down.into_iter().rev().filter_map(|step| step.revision).collect();
    let layers = project
        .config
        .layers
        .iter()
        .map(|layer| (layer.name.clone(), layer.requires.clone()));
    let books = DatabaseState::empty(Ownership::new(layers));
    let replayed = replay(&history.graph, &history.files, &path, project.dialect().unwrap(), books);
    replayed.opaque.is_empty().then_some(replayed.books.schema)
}

/// What differs between two schemas.
pub fn difference(before: &Schema, after: &Schema, dialect: &dyn Dialect) -> Delta {
    diff(
        before,
        after,
        &Renames::default(),
        &dialect.capability().diff_options(false),
    )
}

/// Copies the file of a database that nobody has open.
pub fn copy_database(from: &Path, to: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let with = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        let _ = std::fs::remove_file(with(to));
        if with(from).exists() {
            std::fs::copy(with(from), with(to)).unwrap();
        }
    }
}
