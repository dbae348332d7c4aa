//! Writing revision files.

use crate::alembic::PythonBody;
use crate::answers::Answer;
use crate::clock;
use crate::comparison::Before;
use crate::config::LayerConfig;
use crate::error::{Error, Result};
use crate::history::{History, node};
use crate::online::Form;
use crate::project::Project;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::graph::{Graph, GraphError, RevisionId, Splice};
use terrane_core::name::LayerName;
use terrane_core::revision::{Revision, Section, Target, Way, message, parse, print};
use terrane_core::text::SourceFile;

/// What a new revision file should be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewRevision {
    /// What it is for.
    pub message: Option<String>,
    /// What it follows: a head, unless `splice`; `base` for a root of its own.
    pub head: Option<String>,
    /// The layer it belongs to.
    pub layer: Option<String>,
    /// Whether it may follow a revision that is no head.
    pub splice: bool,
    /// A label for the branch that begins with it.
    pub branch_label: Option<String>,
    /// The folder to write it to, one of those of a layer.
    pub version_path: Option<PathBuf>,
    /// Its id, if it shall not be a random one.
    pub rev_id: Option<String>,
    /// What has to be there before it.
    pub depends_on: Vec<String>,
    /// What autogenerate compares the models with.
    pub before: Before,
    /// Answers to what autogenerate asks.
    pub answers: Vec<Answer>,
    /// How autogenerate writes what reads all rows of a table.
    pub form: Form,
}

/// A file that was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// The revision.
    pub revision: Revision,
    /// Its layer.
    pub layer: LayerName,
    /// The file.
    pub path: PathBuf,
    /// What there is to say about it.
    pub warnings: Vec<Diagnostic>,
}

/// What a new revision says, in the language of its layer.
pub(crate) enum Content {
    /// Sections of a file of SQL, and the server that they are for.
    Sql(Target, Vec<Section>),
    /// Functions in Python.
    Python(PythonBody),
}

impl Content {
    /// Nothing yet: somebody will write it by hand.
    fn empty(layer: &LayerConfig, target: Target) -> Content {
        if let Some(python) = &layer.python {
            return Content::Python(python.empty());
        }
        let empty = |way| Section {
            way,
            dialect: None,
            steps: Vec::new(),
        };
        Content::Sql(target, vec![empty(Way::Upgrade), empty(Way::Downgrade)])
    }
}

/// Where a new revision goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) layer: LayerName,
    pub(crate) folder: PathBuf,
    pub(crate) down_revisions: Vec<RevisionId>,
}

impl NewRevision {
    /// Where it goes: its layer, its folder, and what it follows.
    pub(crate) fn place(&self, project: &Project, history: &History) -> Result<Place> {
        let layer = self.layer_of(project, history)?;
        let down_revisions = self.parents(history, layer.as_ref())?;
        let layer = match (layer, down_revisions.first()) {
            (Some(layer), _) => layer,
            (None, Some(parent)) => layer_of_node(project, history, parent)?.clone(),
            (None, None) => only_layer(project)?.clone(),
        };
        stays_in_layer(history, &layer.name, &down_revisions)?;
        let folder = match &self.version_path {
            Some(path) => known_folder(project, &layer, path)?,
            None => folder_beside(&layer, history, &down_revisions)?,
        };
        Ok(Place {
            layer: layer.name,
            folder,
            down_revisions,
        })
    }

    /// The layer that the options name, if they do.
    fn layer_of(&self, project: &Project, history: &History) -> Result<Option<LayerConfig>> {
        if let Some(name) = &self.layer {
            return project.config.require_layer(name).map(|layer| Some(layer.clone()));
        }
        if let Some(path) = &self.version_path {
            let layer = project.config.layers.iter().find(|layer| {
                layer
                    .versions
                    .iter()
                    .any(|folder| same_path(folder, path, &project.config.folder))
            });
            return layer
                .map(|layer| Some(layer.clone()))
                .ok_or_else(|| not_a_version_path(project, path));
        }
        let branch = self
            .head
            .as_deref()
            .and_then(|head| head.split_once('@'))
            .map(|(branch, _)| branch);
        match branch.or(self.branch_label.as_deref()) {
            Some(name) => match project.config.layers.iter().find(|layer| layer.name.as_str() == name) {
                Some(layer) => Ok(Some(layer.clone())),
                None => {
                    let labelled = history
                        .graph
                        .resolve(name)
                        .ok()
                        .and_then(|nodes| nodes.first().map(|n| n.id.clone()));
                    labelled
                        .map(|id| layer_of_node(project, history, &id).cloned())
                        .transpose()
                }
            },
            None => Ok(None),
        }
    }

    fn parents(&self, history: &History, layer: Option<&LayerConfig>) -> Result<Vec<RevisionId>> {
        let spec = match (&self.head, layer) {
            (Some(head), _) => head.clone(),
            (None, Some(layer)) => {
                let has_any = history.graph.nodes().iter().any(|node| node.layer == layer.name);
                if has_any {
                    format!("{}@head", layer.name)
                } else {
                    "base".to_owned()
                }
            }
            (None, None) if history.graph.nodes().is_empty() => "base".to_owned(),
            (None, None) => "head".to_owned(),
        };
        let parents = history.graph.parents_for(&[&spec], splice(self.splice))?;
        Ok(parents.into_iter().map(|node| node.id.clone()).collect())
    }

    /// Writes the file.
    ///
    /// # Errors
    /// What it is to follow is no head or does not exist; the folder is no layer's; the file cannot be written.
    pub fn write(&self, project: &Project, history: &History) -> Result<Written> {
        let place = self.place(project, history)?;
        // What is written by hand is for the server at hand: its statements are read and run as that has them.
        let target = project
            .home()
            .map_or(Target::Unsaid, |home| Target::Named(home.to_owned()));
        let content = Content::empty(project.config.require_layer(place.layer.as_str())?, target);
        self.write_at(project, history, place, content, Vec::new())
    }

    pub(crate) fn write_at(
        &self,
        project: &Project,
        history: &History,
        place: Place,
        content: Content,
        depends_on: Vec<String>,
    ) -> Result<Written> {
        let mut revision = self.compose(project, history, &place, depends_on)?;
        fits(&revision, &place.layer, history)?;
        let (path, text, warnings) = match content {
            Content::Sql(target, sections) => {
                (revision.dialect, revision.sections) = (target, sections);
                reads_back(&revision, project.home())?;
                let name = format!("{}{}.sql", revision.id, slug(revision.title()));
                (place.folder.join(name), print(&revision), Vec::new())
            }
            Content::Python(body) => {
                let layer = project.config.require_layer(place.layer.as_str())?;
                let python = layer.python.as_ref().ok_or_else(|| no_folder(layer))?;
                let file = python.file(&revision, &body)?;
                (place.folder.join(file.name), file.text, file.warnings)
            }
        };
        write_new(&path, &text)?;
        Ok(Written {
            revision,
            layer: place.layer,
            path,
            warnings,
        })
    }

    fn compose(
        &self,
        project: &Project,
        history: &History,
        place: &Place,
        mut depends_on: Vec<String>,
    ) -> Result<Revision> {
        let id = match &self.rev_id {
            Some(text) => RevisionId::parse(text)?,
            None => random_id(history)?,
        };
        if history.graph.node(&id).is_some() {
            return Err(
                Error::new(codes::DUPLICATE_REVISION, format!("there is a revision `{id}` already"))
                    .help("Choose another `--rev-id`, or leave it out."),
            );
        }
        for spec in &self.depends_on {
            // A label stays a label, since it follows its branch; the beginning of an id is written out.
            let nodes = history.graph.resolve(spec)?;
            let is_label = nodes.iter().any(|node| node.branch_labels.contains(spec));
            depends_on.extend(if is_label {
                vec![spec.clone()]
            } else {
                nodes.iter().map(|node| node.id.to_string()).collect()
            });
        }
        depends_on.dedup();
        let begins = place.down_revisions.is_empty();
        let label = self
            .branch_label
            .clone()
            .or_else(|| (begins && self.labels_root(project, history, place)).then(|| place.layer.to_string()));
        Ok(Revision {
            id,
            message: message(self.message.as_deref().unwrap_or("empty message")),
            down_revisions: place.down_revisions.clone(),
            depends_on,
            branch_labels: label.into_iter().collect(),
            created: Some(clock::now()),
            dialect: Target::Unsaid,
            transactional: true,
            touches: Vec::new(),
            sections: Vec::new(),
        })
    }

    /// The first root of a layer carries its name, so that `poser@head` means the same to every tool that reads labels.
    fn labels_root(&self, project: &Project, history: &History, place: &Place) -> bool {
        project.config.layer(&place.layer).is_some()
            && !history.graph.nodes().iter().any(|node| {
                node.layer == place.layer || node.branch_labels.iter().any(|label| label == place.layer.as_str())
            })
    }
}

impl Project {
    /// Writes a revision that joins several heads.
    ///
    /// # Errors
    /// They are no heads, or fewer than two; the file cannot be written.
    pub fn merge(&self, history: &History, specs: &[String], new: &NewRevision) -> Result<Written> {
        let places: Vec<&str> = specs.iter().map(String::as_str).collect();
        let parents = history.graph.parents_for(&places, splice(new.splice))?;
        let parents: Vec<RevisionId> = parents.into_iter().map(|node| node.id.clone()).collect();
        if parents.len() < 2 {
            return Err(Error::new(codes::NOT_A_HEAD, "a merge joins at least two heads")
                .help("Name them, or say `heads` for all; `terrane heads` lists them."));
        }
        let layer = match &new.layer {
            Some(name) => self.config.require_layer(name)?,
            None => layer_of_node(self, history, &parents[0])?,
        };
        let layers: Vec<&LayerName> = parents
            .iter()
            .filter_map(|id| history.graph.node(id))
            .map(|n| &n.layer)
            .collect();
        if layers.iter().any(|other| **other != layer.name) {
            return Err(
                Error::new(codes::NOT_A_HEAD, "heads of different layers cannot be merged")
                    .help("Let a revision of one depend on the other: `--depends-on`."),
            );
        }
        let folder = folder_beside(layer, history, &parents[..1])?;
        let place = Place {
            layer: layer.name.clone(),
            folder,
            down_revisions: parents,
        };
        let content = Content::empty(layer, Target::Unsaid);
        new.write_at(self, history, place, content, Vec::new())
    }
}

/// A branch does not cross from one layer into another; a dependency does.
fn stays_in_layer(history: &History, layer: &LayerName, parents: &[RevisionId]) -> Result<()> {
    let other = parents
        .iter()
        .filter_map(|id| history.graph.node(id))
        .find(|node| node.layer != *layer);
    match other {
        None => Ok(()),
        Some(node) => {
            let (id, owner) = (&node.id, &node.layer);
            let message = format!("revision `{id}` belongs to layer `{owner}`, and cannot be continued in `{layer}`");
            Err(Error::new(codes::NOT_ON_BRANCH, message).help(format!(
                "Continue a head of `{layer}`, and depend on the other: `--depends-on {id}`."
            )))
        }
    }
}

/// Whether the history with it will still make sense. Otherwise there would be a file that stops every command until it is
/// deleted.
fn fits(revision: &Revision, layer: &LayerName, history: &History) -> Result<()> {
    let mut nodes = history.graph.nodes().to_vec();
    nodes.push(node(revision, layer));
    Graph::new(nodes).map_err(|errors| errors.iter().map(GraphError::diagnostic).collect::<Vec<_>>())?;
    Ok(())
}

/// Whether the file will be read as it is meant.
fn reads_back(revision: &Revision, home: Option<&str>) -> Result<()> {
    let text = SourceFile::new("", print(revision));
    let read = parse(&text, home);
    if !read.diagnostics.is_empty() || read.value.as_ref() != Some(revision) {
        let message = "the message would mean something else in the header of the file";
        return Err(Error::new(codes::BAD_HEADER, message)
            .help("Put it in other words: `upgrade`, `downgrade` and `Key: value` have a meaning there."));
    }
    Ok(())
}

fn splice(allowed: bool) -> Splice {
    if allowed { Splice::Allow } else { Splice::Refuse }
}

fn layer_of_node<'p>(project: &'p Project, history: &History, id: &RevisionId) -> Result<&'p LayerConfig> {
    let node = history.graph.node(id);
    let layer = node.and_then(|node| project.config.layer(&node.layer));
    layer.ok_or_else(|| Error::new(codes::UNKNOWN_LAYER, format!("revision `{id}` belongs to no layer")))
}

pub(crate) fn only_layer(project: &Project) -> Result<&LayerConfig> {
    match project.config.layers.as_slice() {
        [only] => Ok(only),
        _ => Err(
            Error::new(codes::UNKNOWN_LAYER, "nothing says which layer the revision belongs to")
                .help("Say `--layer NAME`, `--head NAME@head`, or `--version-path FOLDER`."),
        ),
    }
}

/// A path as the user gave it: from where the program runs, or from the folder of the configuration.
fn same_path(folder: &Path, given: &Path, base: &Path) -> bool {
    let clean = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.components().collect());
    let folder_clean = clean(folder);
    folder == given
        || folder_clean == clean(given)
        || folder_clean == clean(&base.join(given))
        || folder == base.join(given)
}

fn known_folder(project: &Project, layer: &LayerConfig, path: &Path) -> Result<PathBuf> {
    let found = layer
        .versions
        .iter()
        .find(|folder| same_path(folder, path, &project.config.folder));
    found.cloned().ok_or_else(|| not_a_version_path(project, path))
}

fn not_a_version_path(project: &Project, path: &Path) -> Error {
    let folders = project.config.layers.iter().flat_map(|layer| &layer.versions);
    let known: Vec<String> = folders.map(|folder| format!("`{}`", folder.display())).collect();
    Error::new(
        codes::BAD_CONFIG,
        format!("`{}` is the folder of no layer's revisions", path.display()),
    )
    .help(format!("Name one of {}.", known.join(", ")))
}

/// The folder of the revision that it follows, or the layer's first.
fn folder_beside(layer: &LayerConfig, history: &History, parents: &[RevisionId]) -> Result<PathBuf> {
    let parent = parents
        .first()
        .and_then(|id| history.paths.get(id))
        .and_then(|path| path.parent());
    let beside = parent.filter(|folder| layer.versions.iter().any(|known| known == folder));
    let folder = beside.map(Path::to_owned).or_else(|| layer.versions.first().cloned());
    folder.ok_or_else(|| no_folder(layer))
}

fn no_folder(layer: &LayerConfig) -> Error {
    Error::new(
        codes::BAD_CONFIG,
        format!("layer `{}` has no folder for revisions", layer.name),
    )
}

/// The message as part of a file's name: words joined by underscores, cut at 40 characters between words.
pub(crate) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for word in title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if slug.chars().count() + word.chars().count() + 1 > 41 {
            break;
        }
        slug.push('_');
        slug.push_str(&word.to_lowercase());
    }
    slug
}

/// Twelve hexadecimal digits that no other revision begins with.
fn random_id(history: &History) -> Result<RevisionId> {
    use std::hash::{BuildHasher, Hasher};
    loop {
        let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
        hasher.write_u128(clock::since_epoch().as_nanos());
        let id = RevisionId::parse(&format!("{:012x}", hasher.finish() & 0xffff_ffff_ffff))?;
        if history.graph.node(&id).is_none() {
            return Ok(id);
        }
    }
}

/// Writes a file that must not be there yet; its folder is made.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<()> {
    let fail = |error| Error::file(codes::CANNOT_WRITE, "write", path, error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)
}
