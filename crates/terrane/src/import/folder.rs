//! The files of a folder that is imported, as values.

use crate::error::{Error, Result, read_regular};
use std::fs;
use std::path::Path;
use terrane_core::diagnostic::codes;
use terrane_core::text::SourceFile;

/// How many folders deep files are looked for; no tool's users have more.
const DEEPEST: usize = 8;

/// The endings of files whose text matters.
const READ: [&str; 3] = [".sql", ".conf", ".toml"];

/// The mark with which some editors begin a file.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// A file of the folder.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Its path below the folder, with `/` between the parts.
    pub(super) path: String,
    /// Its text, without a byte order mark; empty, where the text does not matter.
    pub(super) source: SourceFile,
    /// Whether it begins with a byte order mark, which checksums count.
    pub(super) is_marked: bool,
}

impl Found {
    /// Its name, if it lies in the folder itself.
    pub(super) fn top(&self) -> Option<&str> {
        (!self.path.contains('/')).then_some(&self.path)
    }

    /// Its name, wherever it lies.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Its text as its bytes say it.
    pub(super) fn raw(&self) -> String {
        let mark = if self.is_marked { "\u{feff}" } else { "" };
        format!("{mark}{}", self.source.text())
    }
}

/// The files of a folder and of those in it, by path; hidden ones are left out.
///
/// # Errors
/// The folder, or a file that matters, cannot be read.
pub(super) fn files(folder: &Path) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    walk(folder, "", DEEPEST, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(folder: &Path, below: &str, deep: usize, found: &mut Vec<Found>) -> Result<()> {
    let fail = |error| Error::file(codes::UNREADABLE_FILE, "read the folder", folder, error);
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name();
        // Every tool has names in UTF-8; one that is not is no migration.
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let path = entry.path();
        if path.is_dir() {
            if deep > 0 {
                walk(&path, &format!("{below}{name}/"), deep - 1, found)?;
            }
            continue;
        }
        found.push(file(&path, format!("{below}{name}"))?);
    }
    Ok(())
}

fn file(path: &Path, below: String) -> Result<Found> {
    if !READ.iter().any(|ending| below.ends_with(ending)) {
        let source = SourceFile::new(path.display().to_string(), "");
        return Ok(Found {
            path: below,
            source,
            is_marked: false,
        });
    }
    let source = read_regular(codes::UNREADABLE_FILE, "read", path)?;
    let bytes = fs::read(path).map_err(|error| Error::file(codes::UNREADABLE_FILE, "read", path, error))?;
    Ok(Found {
        path: below,
        source,
        is_marked: bytes.starts_with(&BYTE_ORDER_MARK),
    })
}
