//! An INI file with the files that it requires and includes.
//!
//! Rattail and WuttJamaican let a configuration bring in others: `[rattail.config]`, or `[wutta.config]`, with `require`
//! and `include` (wuttaproject.org, "Configuration"). A file goes before those that it brings in, so that an app's own
//! settings go before its vendor's.

use crate::ini::{Ini, Value};
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::text::SourceFile;

/// The apps whose configuration brings in others, and which open the database that it names themselves.
const APPS: [&str; 2] = ["rattail", "wutta"];

/// How many files may be brought in; more are a mistake.
const MOST: usize = 100;

/// Files, the first one first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Chain {
    files: Vec<Ini>,
}

impl Chain {
    /// Reads a file and all that it brings in.
    ///
    /// # Errors
    /// A file cannot be read, or makes no sense; one that is required is not there.
    pub(crate) fn load(path: &Path) -> Result<Chain, Vec<Diagnostic>> {
        let mut loading = Loading {
            chain: Chain { files: Vec::new() },
            seen: Vec::new(),
        };
        loading.file(path, None)?;
        Ok(loading.chain)
    }

    /// The first of the files.
    pub(crate) fn source(&self) -> &SourceFile {
        self.files[0].source()
    }

    /// The value of a key in the first file that has it.
    pub(crate) fn get(&self, section: &str, key: &str) -> Result<Option<Value>, Box<Diagnostic>> {
        for file in &self.files {
            if let Some(value) = file.get(section, key)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// The files.
    pub(crate) fn files(&self) -> &[Ini] {
        &self.files
    }

    /// The database that Rattail or WuttJamaican opens: `default.url` in the section of the app's database, or what older
    /// versions of Rattail called `sqlalchemy.url`.
    pub(crate) fn database(&self) -> Result<Option<Value>, Box<Diagnostic>> {
        for app in APPS {
            let section = format!("{app}.db");
            for key in ["default.url", "sqlalchemy.url"] {
                if let Some(value) = self.get(&section, key)? {
                    return Ok(Some(value));
                }
            }
            // A section and a key are one name to them, wherever it is cut.
            if let Some(value) = self.get(app, "db.default.url")? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

struct Loading {
    chain: Chain,
    /// Each file counts once, where it is met first.
    seen: Vec<PathBuf>,
}

impl Loading {
    fn file(&mut self, path: &Path, required: Option<&Value>) -> Result<(), Vec<Diagnostic>> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.contains(&absolute) || self.seen.len() >= MOST {
            return Ok(());
        }
        self.seen.push(absolute.clone());
        let source = match crate::scripts::source(path) {
            Ok(source) => source,
            Err(diagnostic) => {
                let told = Diagnostic {
                    code: codes::BAD_CONFIG,
                    ..*diagnostic
                };
                return Err(vec![match required {
                    Some(value) => Diagnostic {
                        labels: value.fault("").labels,
                        ..told
                    },
                    None => told,
                }]);
            }
        };
        let here = absolute.parent().unwrap_or(Path::new("/")).display().to_string();
        let own = absolute.display().to_string();
        let ini = Ini::parse(&source, &[("here", &here), ("__file__", &own)])?;
        self.chain.files.push(ini.clone());
        for app in APPS {
            let section = format!("{app}.config");
            for (key, is_required) in [("require", true), ("include", false)] {
                let named = ini.get(&section, key).map_err(|diagnostic| vec![*diagnostic])?;
                let Some(named) = named else { continue };
                for path in list(&named.text).iter().map(Path::new) {
                    if is_required || path.exists() {
                        self.file(path, Some(&named))?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The entries of a list: parted by commas or white space, quoted where they hold one of both.
fn list(text: &str) -> Vec<String> {
    let mut entries = Vec::new();
    let mut entry = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => entry.push(c),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == ',' || c.is_whitespace() => entries.push(std::mem::take(&mut entry)),
            None => entry.push(c),
        }
    }
    entries.push(entry);
    entries.retain(|entry| !entry.is_empty());
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_a_file_brings_in_goes_behind_it() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
        write(
            "app.conf",
            "[wutta.config]\nrequire = %(here)s/base.conf\ninclude =\n  %(here)s/nothing.conf, '%(here)s/last one.conf'\n\
             [rattail.db]\ndefault.url = sqlite:///app.db\n",
        );
        write(
            "base.conf",
            "[rattail.config]\nrequire = %(here)s/app.conf\n[rattail.db]\ndefault.url = x\n[alembic]\na = 1\n",
        );
        write("last one.conf", "[alembic]\na = 2\nb = %(here)s\n");
        let chain = Chain::load(&root.path().join("app.conf")).unwrap();
        let get = |key: &str| chain.get("alembic", key).unwrap().map(|value| value.text);
        assert_eq!(get("a").unwrap(), "1");
        assert_eq!(get("b").unwrap(), root.path().display().to_string());
        assert_eq!(chain.database().unwrap().unwrap().text, "sqlite:///app.db");
    }

    #[test]
    fn a_required_file_that_is_not_there_is_told_where_it_is_named() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("app.conf");
        fs::write(&path, "[rattail.config]\nrequire = %(here)s/gone.conf\n").unwrap();
        let told = Chain::load(&path).unwrap_err();
        assert_eq!(told.len(), 1);
        let label = &told[0].labels[0];
        assert_eq!(label.source.slice(label.span), "require = %(here)s/gone.conf");
    }
}
