//! The revision files in a version location.

use crate::header;
use crate::python::Python;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::revision::{LARGEST, Revision};
use terrane_core::text::SourceFile;

/// A revision in Python, as far as its header says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// What the header says; what it does is not read.
    pub revision: Revision,
    /// The file.
    pub source: SourceFile,
    /// Where it lies.
    pub path: PathBuf,
}

impl Script {
    /// Reads the header of a text that lies, or will lie, at that path.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn parse(source: SourceFile, path: PathBuf) -> Result<Script, Vec<Diagnostic>> {
        let python = Python::parse(&source).map_err(|diagnostic| vec![*diagnostic])?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let revision = header::read(&source, &python, name)?;
        Ok(Script { revision, source, path })
    }
}

/// How a folder is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reach {
    /// Folders below it are read as well: `recursive_version_locations`.
    pub recursive: bool,
    /// Compiled files count as well: `sourceless`.
    pub sourceless: bool,
}

/// Reads the headers of all revisions in a folder, by name.
///
/// # Errors
/// Everything that is wrong with any of the files, at once.
pub fn scripts(folder: &Path, reach: Reach) -> Result<Vec<Script>, Vec<Diagnostic>> {
    let mut paths = Vec::new();
    let mut diagnostics = Vec::new();
    if let Err((path, error)) = list(folder, reach, &mut paths, &mut diagnostics) {
        return Err(vec![unreadable(&path, &error.to_string())]);
    }
    let mut found = Vec::new();
    for path in paths {
        match script(&path) {
            Ok(script) => found.push(script),
            Err(told) => diagnostics.extend(told),
        }
    }
    match diagnostics.is_empty() {
        true => Ok(found),
        false => Err(diagnostics),
    }
}

fn unreadable(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::UNREADABLE_FILE,
        format!("cannot read `{}`: {why}", path.display()),
    )
}

/// The revision files in a folder, in the order in which Alembic lists them.
fn list(
    folder: &Path,
    reach: Reach,
    paths: &mut Vec<PathBuf>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), (PathBuf, io::Error)> {
    let fail = |error| (folder.to_owned(), error);
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        entries.push(entry.map_err(fail)?.path());
    }
    entries.sort();
    let name = |path: &Path| {
        path.file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned()
    };
    for path in &entries {
        let name = name(path);
        if is_script(&name) {
            paths.push(path.clone());
        } else if reach.sourceless && is_compiled(&name) && !has_source(path, &entries) {
            let message = format!("`{}` is a compiled revision without its source", path.display());
            diagnostics.push(
                Diagnostic::error(codes::UNREADABLE_FILE, message).help(
                    "Put the `.py` file beside it: what is compiled can be read by that version of Python alone.",
                ),
            );
        }
    }
    for path in entries.iter().filter(|path| reach.recursive && path.is_dir()) {
        if name(path) != "__pycache__" {
            list(path, reach, paths, diagnostics)?;
        }
    }
    Ok(())
}

/// Alembic's `_only_source_rev_file`: every Python file but a package's own, and what an editor locks.
fn is_script(name: &str) -> bool {
    name.ends_with(".py") && name.len() > 3 && !name.starts_with(".#") && !name.starts_with("__init__")
}

fn is_compiled(name: &str) -> bool {
    (name.ends_with(".pyc") || name.ends_with(".pyo")) && !name.starts_with("__init__")
}

fn has_source(path: &Path, entries: &[PathBuf]) -> bool {
    entries.contains(&path.with_extension("py"))
}

fn script(path: &Path) -> Result<Script, Vec<Diagnostic>> {
    let source = source(path).map_err(|diagnostic| vec![*diagnostic])?;
    Script::parse(source, path.to_owned())
}

/// The text of a file.
///
/// # Errors
/// It cannot be read, is larger than a revision may be, or no UTF-8.
pub(crate) fn source(path: &Path) -> Result<SourceFile, Box<Diagnostic>> {
    let size = fs::metadata(path)
        .map_err(|error| Box::new(unreadable(path, &error.to_string())))?
        .len();
    if size > LARGEST as u64 {
        let message = format!("`{}` is larger than {} MiB", path.display(), LARGEST >> 20);
        return Err(Box::new(Diagnostic::error(codes::TOO_LARGE, message)));
    }
    let bytes = fs::read(path).map_err(|error| Box::new(unreadable(path, &error.to_string())))?;
    let text = String::from_utf8(bytes).map_err(|_| Box::new(unreadable(path, "its bytes are no UTF-8")))?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(SourceFile::new(path.display().to_string(), text))
}
