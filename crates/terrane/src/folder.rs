//! The files in a folder of revisions, and what lies there that is not read.

use crate::config::{Config, LayerConfig};
use crate::error::{Error, Result};
use std::fs::{self, FileType};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::revision::folder::{
    Entry, FIRST_LINES, FOLDERS_DEEP, entry, in_sub_folder, looks_like_revision, may_hold_revisions, passed_over,
    wrong_name,
};

/// What becomes of a folder that is not there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Missing {
    /// It is a mistake: whoever mistypes a folder would be told that there is nothing to do.
    Refused,
    /// It holds nothing; a new file makes it.
    Made,
}

/// What was found in a folder.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The revision files, by name.
    pub(crate) paths: Vec<PathBuf>,
    /// What is told of the others.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The revision files in a folder of a layer.
///
/// # Errors
/// The folder is not there, or cannot be read.
pub(crate) fn revision_files(config: &Config, layer: &LayerConfig, folder: &Path) -> Result<Found> {
    let fail = |error| Error::file(codes::UNREADABLE_FILE, "read the folder", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing(config, layer, folder)),
        Err(error) => return Err(fail(error)),
    };
    let mut found = Found::default();
    for read in entries {
        let read = read.map_err(fail)?;
        let (name, path) = (read.file_name(), read.path());
        let kind = read.file_type().map_err(fail)?;
        let entry = name.to_str().map_or(Entry::Revision, entry);
        if entry != Entry::Revision && path.is_dir() {
            if name.to_str().is_some_and(may_hold_revisions) {
                found.sub_folder(config, &path, FOLDERS_DEEP);
            }
            continue;
        }
        match entry {
            Entry::Revision => found.revision(path, kind, folder),
            Entry::WrongCase => found.diagnostics.push(wrong_name(&path.display().to_string())),
            Entry::Doubtful if is_revision(&path) => {
                found.diagnostics.push(wrong_name(&path.display().to_string()));
            }
            Entry::Doubtful | Entry::Other => {}
        }
    }
    // As bytes: comparing paths component by component takes longer than reading the files.
    found.paths.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    found.diagnostics.sort_by(|a, b| a.message.cmp(&b.message));
    Ok(found)
}

pub(crate) fn missing(config: &Config, layer: &LayerConfig, folder: &Path) -> Error {
    let message = format!(
        "the folder `{}` of layer `{}` is not there",
        folder.display(),
        layer.name
    );
    let mut diagnostic = Diagnostic::error(codes::NO_FOLDER, message);
    // A layer that is compiled in has no place in the file.
    if layer.span.end > layer.span.start {
        diagnostic = diagnostic.at(&config.source, layer.span, "");
    }
    Error::from(diagnostic.help(match layer.python {
        Some(_) => "Correct `version_locations`, or make the folder; the first `alembic revision` makes it.",
        None => "Correct `versions` of the layer, or make the folder; the first `terrane revision` makes it.",
    }))
}

impl Found {
    fn revision(&mut self, path: PathBuf, kind: FileType, folder: &Path) {
        let shown = path.display();
        let fault = if kind.is_symlink() {
            let inside = fs::canonicalize(folder).and_then(|folder| Ok(fs::canonicalize(&path)?.starts_with(folder)));
            match inside {
                Ok(true) => None,
                Ok(false) => Some(passed_over(
                    &shown.to_string(),
                    "it is a link out of the folder",
                    "Put the file itself there, or name its folder in `versions`.",
                )),
                // What it leads to is not there; reading it tells.
                Err(_) => None,
            }
        } else if !kind.is_file() && !kind.is_dir() {
            let message = format!("cannot read `{shown}`: it is no regular file");
            Some(Diagnostic::error(codes::UNREADABLE_FILE, message))
        } else {
            None
        };
        match fault {
            Some(fault) => self.diagnostics.push(fault),
            None => self.paths.push(path),
        }
    }

    /// Tells of revisions in a folder below one of revisions, unless it is one itself.
    fn sub_folder(&mut self, config: &Config, folder: &Path, deep: usize) {
        let mut folders = config.layers.iter().flat_map(|layer| &layer.versions);
        if deep == 0 || folders.any(|known| known == folder) {
            return;
        }
        let Ok(entries) = fs::read_dir(folder) else { return };
        for read in entries.flatten() {
            let (name, path) = (read.file_name(), read.path());
            let Some(name) = name.to_str() else { continue };
            if path.is_dir() {
                if may_hold_revisions(name) {
                    self.sub_folder(config, &path, deep - 1);
                }
            } else if entry(name) != Entry::Other && is_revision(&path) {
                self.diagnostics.push(in_sub_folder(&path.display().to_string()));
            }
        }
    }
}

/// Whether a file begins as a revision does.
fn is_revision(path: &Path) -> bool {
    let mut first_lines = Vec::new();
    let is_regular = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    is_regular
        && fs::File::open(path)
            .and_then(|file| file.take(FIRST_LINES as u64).read_to_end(&mut first_lines))
            .is_ok()
        && looks_like_revision(&first_lines)
}
