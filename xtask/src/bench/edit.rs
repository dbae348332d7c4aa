//! A change in a source file that is made and taken back in turn.

use std::fs;
use std::path::{Path, PathBuf};

/// Some text that a file has, or has not.
pub(super) struct Edit {
    path: PathBuf,
    without: String,
    with: String,
}

impl Edit {
    /// Text behind the first place where a file says `anchor`; the file stays as it is for now.
    pub(super) fn behind(path: &Path, anchor: &str, inserted: &str) -> Result<Edit, String> {
        let without = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let (before, after) = without
            .split_once(anchor)
            .ok_or_else(|| format!("{}: does not say {anchor:?}", path.display()))?;
        Ok(Edit {
            path: path.to_owned(),
            with: format!("{before}{anchor}{inserted}{after}"),
            without,
        })
    }

    /// Puts the text in, or takes it out again.
    pub(super) fn toggle(&self) -> Result<(), String> {
        let failed = |error| format!("{}: {error}", self.path.display());
        let text = fs::read_to_string(&self.path).map_err(failed)?;
        let next = if text == self.with { &self.without } else { &self.with };
        fs::write(&self.path, next).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_taken_out_again() {
        let path = std::env::temp_dir().join(format!("terrane-edit-{}", std::process::id()));
        fs::write(&path, "a\nb\nb\n").unwrap();
        let edit = Edit::behind(&path, "b\n", "new\n").unwrap();
        let mut seen = Vec::new();
        for _ in 0..3 {
            edit.toggle().unwrap();
            seen.push(fs::read_to_string(&path).unwrap());
        }
        let why = Edit::behind(&path, "c\n", "").err().unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(seen, ["a\nb\nnew\nb\n", "a\nb\nb\n", "a\nb\nnew\nb\n"]);
        assert!(why.ends_with("does not say \"c\\n\""), "{why}");
    }
}
