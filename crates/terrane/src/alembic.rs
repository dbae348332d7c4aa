//! A project whose history is Alembic's: what its configuration says, as a configuration of Terrane's.

use crate::config::{Config, ForeignRows, LayerConfig, ModelSource, ignored_by_default};
use crate::error::Result;
use crate::executor::Waits;
use crate::version_rows::VersionTable;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use terrane_alembic::{Project, Reader, Script, Wanted};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::TypeNames;
use terrane_core::name::LayerName;
use terrane_core::plan::RevisionFile;
use terrane_core::revision::{Action, Section, Step, Way};
use terrane_core::text::Span;

pub(crate) use crate::python_text::PythonBody;
pub use crate::sqlalchemy::PythonModels;
pub use terrane_alembic::{Surroundings, is_configuration};

/// The revisions of a layer that are written in Python: a version location of an Alembic project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PythonRevisions {
    project: Arc<Project>,
    /// Which of the project's locations.
    at: usize,
}

impl Config {
    /// Reads the configuration of an Alembic project: an INI file with a section `[alembic]`, or a `pyproject.toml`. Each of
    /// its version locations is a layer. Relative paths are seen from `working`, as Alembic sees them.
    ///
    /// # Errors
    /// The configuration makes no sense, or a revision that it leads to; everything at once.
    pub fn load_alembic(path: &Path, section: &str, working: &Path, surroundings: &Surroundings) -> Result<Config> {
        let wanted = Wanted {
            config: path,
            section,
            working,
            surroundings,
        };
        let project = Arc::new(Project::load(&wanted)?);
        let models = PythonModels::of_project(&project);
        let locations = 0..project.locations.len();
        let layers = locations.map(|at| layer(&project, &models, at)).collect();
        Ok(Config {
            source: project.source.clone(),
            folder: project.folder.clone(),
            url: project.url.as_deref().map(Into::into),
            direct_url: None,
            scratch_url: None,
            lock_timeout: crate::config::LOCK_TIMEOUT,
            waits: Waits::default(),
            rows: ForeignRows::default(),
            online: true,
            ignore: ignored_by_default(),
            layers,
            version_table: Some(VersionTable {
                schema: project.version_table.schema.clone(),
                name: project.version_table.name.clone(),
            }),
            program: None,
        })
    }
}

fn layer(project: &Arc<Project>, models: &PythonModels, at: usize) -> LayerConfig {
    let location = &project.locations[at];
    let is_in_source = location.named.source == project.source;
    LayerConfig {
        name: LayerName::new(location.layer.as_str()),
        versions: vec![location.folder.clone()],
        models: ModelSource::Python(models.clone()),
        embedded: Vec::new(),
        types: TypeNames::AsWritten,
        requires: location
            .requires
            .iter()
            .map(|name| LayerName::new(name.as_str()))
            .collect(),
        run_as: None,
        python: Some(PythonRevisions {
            project: Arc::clone(project),
            at,
        }),
        span: if is_in_source {
            location.named.span
        } else {
            Span::new(0, 0)
        },
    }
}

impl PythonRevisions {
    /// The project that they are of.
    pub(crate) fn project(&self) -> &Project {
        &self.project
    }

    fn scripts(&self) -> &[Script] {
        &self.project.locations[self.at].scripts
    }

    /// The revisions by their headers alone.
    pub(crate) fn headers(&self, layer: &LayerConfig) -> Vec<(RevisionFile, PathBuf)> {
        let file = |script: &Script| (header(layer, script), script.path.clone());
        self.scripts().iter().map(file).collect()
    }

    /// The revisions with what they do on a server; without one, what they do is not known.
    pub(crate) fn whole(&self, layer: &LayerConfig, dialect: Option<&str>) -> Vec<(RevisionFile, PathBuf)> {
        let Some(dialect) = dialect else {
            return self.headers(layer);
        };
        let reader = Reader::new(&self.project.packages, &self.project.naming, dialect);
        let file = |script: &Script| {
            let read = reader.statements(script);
            let mut file = header(layer, script);
            file.revision.dialect = read.dialect;
            file.revision.sections = read.sections;
            file.unread = read.unread;
            file.revision.sections.extend(bridged(&file, dialect));
            (file, script.path.clone())
        };
        self.scripts().iter().map(file).collect()
    }
}

/// Sections in which Python runs what could not be read. They are for that server alone, as what was read may be portable.
fn bridged(file: &RevisionFile, dialect: &str) -> Vec<Section> {
    let section = |(way, diagnostic): &(Way, Diagnostic)| Section {
        way: *way,
        dialect: Some(dialect.to_owned()),
        steps: vec![Step {
            comments: Vec::new(),
            action: Action::Python(file.source.text().to_owned()),
            span: match diagnostic.labels.first() {
                Some(label) if label.source.name() == file.source.name() => label.span,
                _ => Span::new(0, 0),
            },
        }],
    };
    // What is not Python is none of Python's to run.
    let runs = file
        .unread
        .iter()
        .filter(|(_, diagnostic)| diagnostic.code == codes::PYTHON_DECIDES);
    runs.map(section).collect()
}

fn header(layer: &LayerConfig, script: &Script) -> RevisionFile {
    RevisionFile {
        revision: script.revision.clone(),
        layer: layer.name.clone(),
        source: script.source.clone(),
        types: layer.types,
        unread: Vec::new(),
    }
}
