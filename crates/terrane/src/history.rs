//! The revision files of a project.

use crate::config::{Config, LayerConfig};
use crate::error::{Error, Result, read_source};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::graph::{Graph, Node, RevisionId};
use terrane_core::name::LayerName;
use terrane_core::plan::RevisionFile;
use terrane_core::revision::{self, Revision};
use terrane_core::sql::Lexing;
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
}

impl History {
    /// Reads the revision files of all layers.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files, or with the graph they make, at once.
    pub fn load(config: &Config) -> Result<History> {
        let mut loading = Loading::default();
        for layer in &config.layers {
            for folder in &layer.versions {
                loading.folder(layer, folder)?;
            }
        }
        loading.finish()
    }
}

#[derive(Default)]
struct Loading {
    read: Vec<(RevisionFile, PathBuf)>,
    diagnostics: Vec<Diagnostic>,
}

impl Loading {
    /// A folder that is not there yet holds nothing.
    fn folder(&mut self, layer: &LayerConfig, folder: &Path) -> Result<()> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::file(codes::UNREADABLE_FILE, "read the folder", folder, error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| Error::file(codes::UNREADABLE_FILE, "read the folder", folder, error))?;
            let name = entry.file_name();
            let is_revision = name
                .to_str()
                .is_none_or(|name| name.ends_with(".sql") && !name.starts_with('.'));
            if is_revision {
                paths.push(entry.path());
            }
        }
        paths.sort();
        for path in paths {
            self.file(layer, path);
        }
        Ok(())
    }

    fn file(&mut self, layer: &LayerConfig, path: PathBuf) {
        let source = match read_source(codes::UNREADABLE_FILE, "read", &path) {
            Ok(source) => source,
            Err(error) => return self.diagnostics.extend(error.diagnostics),
        };
        let mut parsed = revision::parse(&source, &Lexing::PORTABLE);
        self.diagnostics.append(&mut parsed.diagnostics);
        if let Some(revision) = parsed.value {
            self.read.push((
                RevisionFile {
                    revision,
                    layer: layer.name.clone(),
                    source,
                },
                path,
            ));
        }
    }

    fn finish(mut self) -> Result<History> {
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(self.diagnostics.into());
        }
        let nodes = self
            .read
            .iter()
            .map(|(file, _)| node(&file.revision, &file.layer))
            .collect();
        match Graph::new(nodes) {
            Ok(graph) => {
                let mut history = History {
                    graph,
                    files: BTreeMap::new(),
                    paths: BTreeMap::new(),
                };
                for (file, path) in self.read {
                    history.paths.insert(file.revision.id.clone(), path);
                    history.files.insert(file.revision.id.clone(), file);
                }
                Ok(history)
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
        .map_or(0, |at| text[..at].rfind('\n').map_or(0, |newline| newline + 1));
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    Span::new(start, end)
}
