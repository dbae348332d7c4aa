//! What a file in a folder of revisions is, by its name and its first lines.

use crate::diagnostic::{Diagnostic, codes};

/// What a file in a folder of revisions is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// A revision file.
    Revision,
    /// It has nothing to do with revisions, or is hidden, as the files of editors are.
    Other,
    /// It is not read, and may look like a revision: its first lines tell.
    Doubtful,
    /// Its name ends as that of a revision file, but for the case of the letters.
    WrongCase,
}

/// How much of a doubtful file tells what it is, in bytes.
pub const FIRST_LINES: usize = 8 << 10;

/// How many folders deep what looks like a revision is looked for.
pub const FOLDERS_DEEP: usize = 4;

/// What a file of that name is.
pub fn entry(name: &str) -> Entry {
    let ends = |ending: &str| name.len() >= ending.len() && name.is_char_boundary(name.len() - ending.len());
    let ends_in_any_case =
        |ending: &str| ends(ending) && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending);
    if name.starts_with('.') {
        Entry::Other
    } else if name.ends_with(".sql") {
        Entry::Revision
    } else if ends_in_any_case(".sql") {
        Entry::WrongCase
    } else if ends_in_any_case(".py") || ends_in_any_case(".sql.txt") {
        Entry::Doubtful
    } else {
        Entry::Other
    }
}

/// Whether the first lines of a file are those of a revision: one of Terrane's, or one of Alembic's in Python.
pub fn looks_like_revision(first_lines: &[u8]) -> bool {
    let text = String::from_utf8_lossy(first_lines);
    text.lines().any(|line| {
        let line = line.trim();
        let after = |word: &str| line.strip_prefix(word).map(str::trim_start);
        let assigns = |word: &str| after(word).is_some_and(|rest| rest.starts_with(['=', ':']));
        let key = line.trim_start_matches(['-', '#', ' ']);
        let is_key = key
            .get(..12)
            .is_some_and(|head| head.eq_ignore_ascii_case("Revision ID:"));
        (line.starts_with("--") && is_key) || assigns("down_revision")
    })
}

/// Whether files in a folder of that name, below one of revisions, may be meant as revisions.
pub fn may_hold_revisions(name: &str) -> bool {
    !name.starts_with('.') && name != "__pycache__"
}

/// What to tell of a file that is not read.
pub fn passed_over(shown: &str, why: &str, help: &str) -> Diagnostic {
    Diagnostic::error(codes::PASSED_OVER, format!("`{shown}` is not read: {why}")).help(help)
}

/// What to tell of a file that is not read because of its name.
pub fn wrong_name(shown: &str) -> Diagnostic {
    let is_python = shown.len() > 3 && shown.to_ascii_lowercase().ends_with(".py");
    if is_python {
        let why = "a revision in Python, and revisions are SQL files here";
        passed_over(
            shown,
            why,
            "Write it as a revision of Terrane's, `terrane revision`, or move it out of the folder.",
        )
    } else {
        let why = "the name of a revision file ends in `.sql`, in lower case";
        passed_over(shown, why, "Rename it, or move it out of the folder.")
    }
}

/// What to tell of what looks like a revision in a sub-folder.
pub fn in_sub_folder(shown: &str) -> Diagnostic {
    let why = "it looks like a revision and lies in a sub-folder";
    passed_over(
        shown,
        why,
        "Move it up, or name its folder too: `versions = [\"a\", \"a/b\"]`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_known_by_its_name_or_its_first_lines() {
        assert_eq!(entry("2b00_more.sql"), Entry::Revision);
        assert_eq!(entry("2b00.SQL"), Entry::WrongCase);
        assert_eq!(entry("ü.Sql"), Entry::WrongCase);
        for name in ["2b00.py", "2b00.PY", "2b00.sql.txt"] {
            assert_eq!(entry(name), Entry::Doubtful, "{name}");
        }
        for name in [".2b00.sql", "README.md", "mod.rs", "2b00.sql~", "2b00.sql.orig", "ü"] {
            assert_eq!(entry(name), Entry::Other, "{name}");
        }
        for text in [
            "-- more\n--\n-- Revision ID: 2b00\n",
            "--  revision id: 2b00",
            "\"\"\"more\"\"\"\nrevision = 'a'\ndown_revision = None\n",
            "down_revision: Union[str, None] = 'a'",
        ] {
            assert!(looks_like_revision(text.as_bytes()), "{text}");
        }
        for text in ["", "import alembic\n", "-- seeds\nINSERT INTO t VALUES (1);\n"] {
            assert!(!looks_like_revision(text.as_bytes()), "{text}");
        }
    }
}
