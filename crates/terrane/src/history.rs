//! The revision files of a project.

use crate::alembic::PythonRevisions;
use crate::config::{Config, LayerConfig};
use crate::database::dialect_of;
use crate::error::{Error, Result, read_regular};
use crate::folder::{Missing, revision_files};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::graph::{Graph, Node, RevisionId, Rows};
use terrane_core::name::LayerName;
use terrane_core::plan::RevisionFile;
use terrane_core::revision::{self, Revision};
use terrane_core::text::{SourceFile, Span};

/// All revisions, and how they hang together.
#[derive(Clone, Debug)]
pub struct History {
    /// The graph.
    pub graph: Graph,
    /// The files, by id.
    pub files: BTreeMap<RevisionId, RevisionFile>,
    /// Where each file lies.
    pub paths: BTreeMap<RevisionId, PathBuf>,
    /// How much of the files was read.
    pub depth: Depth,
}

/// How much of a revision file is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// The header: enough to know how revisions hang together.
    Headers,
    /// All of it.
    Whole,
}

impl History {
    /// Reads the revision files of all layers.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files, or with the graph they make, at once.
    pub fn load(config: &Config, depth: Depth) -> Result<History> {
        History::load_where(config, depth, Missing::Refused)
    }

    /// The same; `missing` says what becomes of a folder that is not there.
    pub(crate) fn load_where(config: &Config, depth: Depth, missing: Missing) -> Result<History> {
        // What opens no database does without a URL that cannot be found.
        let url = config.url.as_ref().and_then(|url| url.resolve(&config.folder).ok());
        let home = url.and_then(|url| url.kind().ok()).map(|kind| dialect_of(kind).name());
        let mut paths = Vec::new();
        let mut loading = Loading::new(home);
        for layer in &config.layers {
            if let Some(python) = &layer.python {
                loading.python(config, layer, python, missing, depth)?;
                continue;
            }
            for (at, folder) in layer.versions.iter().enumerate() {
                match layer.embedded_in(folder) {
                    Some(embedded) => embedded.files.iter().for_each(|(name, text)| {
                        let path = folder.join(name);
                        loading.source(layer, &path, SourceFile::new(path.display().to_string(), *text), depth);
                    }),
                    // New files go into the first folder of a layer, which is made for them.
                    None if missing == Missing::Made && at == 0 && !folder.exists() => {}
                    None => {
                        let found = revision_files(config, layer, folder)?;
                        loading.diagnostics.extend(found.diagnostics);
                        paths.extend(found.paths.into_iter().map(|path| (layer, path)));
                    }
                }
            }
        }
        for part in read_all(&paths, depth, home) {
            loading.read.extend(part.read);
            loading.diagnostics.extend(part.diagnostics);
        }
        loading.finish(config, depth)
    }
}

impl History {
    /// Whether all of a layer's own revisions are applied where those rows say. What they are written against comes with
    /// them; what its vendors have released since is none of its business.
    ///
    /// # Errors
    /// Heads of the layer are not applied (`D002`), or a row names a revision that has no file.
    pub fn up_to_date(&self, layer: &LayerName, rows: &Rows) -> Result<()> {
        let applied: BTreeSet<&RevisionId> = self.graph.current(rows)?.into_iter().map(|node| &node.id).collect();
        let heads = self.graph.heads().into_iter().filter(|node| node.layer == *layer);
        let missing: Vec<String> = heads
            .filter(|node| !applied.contains(&node.id))
            .map(|node| format!("`{}`", node.id))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let message = format!(
            "layer `{layer}` is not up to date in the database: {} not applied",
            missing.join(", ")
        );
        Err(Error::new(codes::NOT_UP_TO_DATE, message).help(format!("Run `terrane upgrade {layer}@heads` first.")))
    }
}

impl History {
    /// The revisions of a layer that are not applied where those rows say, in the order in which they would be.
    ///
    /// # Errors
    /// A row names a revision that has no file.
    pub fn pending(&self, layer: &LayerName, rows: &Rows) -> Result<Vec<RevisionId>> {
        if !self.graph.nodes().iter().any(|node| node.layer == *layer) {
            return Ok(Vec::new());
        }
        let steps = self.graph.upgrade(rows, &format!("{layer}@heads"))?.into_iter();
        let own = steps.filter(|step| step.layer == *layer);
        Ok(own.filter_map(|step| step.revision).collect())
    }
}

/// How many files are worth a thread.
const FILES_A_THREAD: usize = 500;

/// Reads files, many of them on several threads: nearly all of the time goes to the file system.
fn read_all(paths: &[(&LayerConfig, PathBuf)], depth: Depth, home: Option<&'static str>) -> Vec<Loading> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = paths.len().div_ceil(threads).max(FILES_A_THREAD);
    let read = |part: &[(&LayerConfig, PathBuf)]| {
        let mut loading = Loading::new(home);
        part.iter().for_each(|(layer, path)| loading.file(layer, path, depth));
        loading
    };
    std::thread::scope(|scope| {
        let mut parts = paths.chunks(share);
        let first = parts.next();
        let others: Vec<_> = parts.map(|part| scope.spawn(move || read(part))).collect();
        let mut loaded: Vec<Loading> = first.map(read).into_iter().collect();
        loaded.extend(
            others
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
        );
        loaded
    })
}

struct Loading {
    /// The dialect of the project's database, where it is known.
    home: Option<&'static str>,
    read: Vec<(RevisionFile, PathBuf)>,
    diagnostics: Vec<Diagnostic>,
}

impl Loading {
    fn new(home: Option<&'static str>) -> Loading {
        Loading {
            home,
            read: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    fn file(&mut self, layer: &LayerConfig, path: &Path, depth: Depth) {
        let source = match read_regular(codes::UNREADABLE_FILE, "read", path) {
            Ok(source) => source,
            Err(error) => return self.diagnostics.extend(error.diagnostics),
        };
        self.source(layer, path, source, depth);
    }

    fn source(&mut self, layer: &LayerConfig, path: &Path, source: SourceFile, depth: Depth) {
        let mut parsed = match depth {
            Depth::Headers => revision::parse_header(&source),
            Depth::Whole => revision::parse(&source, self.home),
        };
        self.diagnostics.append(&mut parsed.diagnostics);
        if let Some(revision) = parsed.value {
            self.read.push((
                RevisionFile {
                    revision,
                    layer: layer.name.clone(),
                    source,
                    types: layer.types,
                    unread: Vec::new(),
                },
                path.to_owned(),
            ));
        }
    }

    /// The revisions of an Alembic project's layer; their headers were read with the configuration.
    fn python(
        &mut self,
        config: &Config,
        layer: &LayerConfig,
        python: &PythonRevisions,
        missing: Missing,
        depth: Depth,
    ) -> Result<()> {
        let absent = layer.versions.iter().find(|folder| !folder.is_dir());
        if let Some(folder) = absent.filter(|_| missing == Missing::Refused) {
            return Err(crate::folder::missing(config, layer, folder));
        }
        self.read.extend(match depth {
            Depth::Headers => python.headers(layer),
            Depth::Whole => python.whole(layer, self.home),
        });
        Ok(())
    }

    fn finish(mut self, config: &Config, depth: Depth) -> Result<History> {
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(self.diagnostics.into());
        }
        let shared = |name: &LayerName| config.layer(name)?.shared_rows(config);
        let files = self.read.iter().map(|(file, _)| file);
        let nodes = files.map(|file| Node {
            shared_rows: shared(&file.layer),
            ..node(&file.revision, &file.layer)
        });
        let nodes = nodes.collect();
        match Graph::new(nodes) {
            Ok(graph) => {
                // Files are named after their ids as a rule, so that both come nearly sorted; a map is made of that at once.
                let entries = self.read.into_iter().map(|(file, path)| {
                    let id = file.revision.id.clone();
                    ((id.clone(), file), (id, path))
                });
                let (files, paths): (Vec<_>, Vec<_>) = entries.unzip();
                Ok(History {
                    graph,
                    files: files.into_iter().collect(),
                    paths: paths.into_iter().collect(),
                    depth,
                })
            }
            Err(errors) => {
                for error in errors {
                    let mut diagnostic = error.diagnostic();
                    for id in &error.revisions {
                        for (file, _) in self.read.iter().filter(|(file, _)| file.revision.id == *id) {
                            diagnostic = diagnostic.at(&file.source, header_line(&file.source), "");
                        }
                    }
                    self.diagnostics.push(diagnostic);
                }
                Err(self.diagnostics.into())
            }
        }
    }
}

pub(crate) fn node(revision: &Revision, layer: &LayerName) -> Node {
    Node {
        down_revisions: revision.down_revisions.clone(),
        depends_on: revision.depends_on.clone(),
        branch_labels: revision.branch_labels.clone(),
        created: revision.created.map(|created| created.0),
        ..Node::new(revision.id.clone(), layer.clone())
    }
}

/// The line with the id, which is where a file says who it is.
pub(crate) fn header_line(source: &SourceFile) -> Span {
    let text = source.text();
    let start = text
        .find("Revision ID")
        .or_else(|| text.find("\nrevision").map(|at| at + 1))
        .map_or(0, |at| text[..at].rfind('\n').map_or(0, |newline| newline + 1));
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    Span::new(start, end)
}
