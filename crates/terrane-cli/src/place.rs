//! Where the configuration is.

use crate::args::DEFAULT_CONFIG;
use std::path::{Path, PathBuf};

/// The file that is meant: a folder means the one in it; where none was named, it is looked for in the folder where the
/// program runs and in those above, as cargo looks for its own.
pub(crate) fn config(named: &Path) -> PathBuf {
    if named.as_os_str().is_empty() {
        return config(Path::new(DEFAULT_CONFIG));
    }
    if named.is_dir() {
        return named.join(DEFAULT_CONFIG);
    }
    if named != Path::new(DEFAULT_CONFIG) || named.exists() {
        return named.to_owned();
    }
    let above = std::env::current_dir().map_or(0, |folder| folder.ancestors().count());
    let mut candidate = PathBuf::new();
    for _ in 1..above {
        candidate.push("..");
        let file = candidate.join(DEFAULT_CONFIG);
        if file.is_file() {
            return file;
        }
    }
    named.to_owned()
}
