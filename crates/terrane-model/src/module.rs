//! The module under which a layer's entities live.

use crate::declaration::Declaration;
use crate::files;
use std::path::{Path, PathBuf};

/// A module of a crate, with all that is declared in it and below: the models of one layer.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// The first segment of its path.
    krate: &'static str,
    /// Its path as it was written: `crate :: db :: model`.
    written: &'static str,
    manifest: &'static str,
    strangers: fn(&str) -> Vec<Stranger>,
}

/// An entity that an ORM knows and Terrane was not told of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Stranger {
    /// The module of the entity.
    pub module: String,
    /// What to write beside it.
    pub declaration: &'static str,
}

impl PartialEq for Module {
    /// A module is told by its path.
    fn eq(&self, other: &Module) -> bool {
        self.path() == other.path()
    }
}
impl Eq for Module {}

impl Module {
    /// The module that was written so within the crate that `module_path` begins with.
    #[doc(hidden)]
    pub fn new(
        module_path: &'static str,
        written: &'static str,
        manifest: &'static str,
        strangers: fn(&str) -> Vec<Stranger>,
    ) -> Module {
        Module {
            krate: module_path.split("::").next().unwrap_or(module_path),
            written,
            manifest,
            strangers,
        }
    }

    /// Its path: `poser::db::model`.
    pub fn path(&self) -> String {
        let written: String = self.written.chars().filter(|c| !c.is_whitespace()).collect();
        match written.strip_prefix("crate") {
            Some(rest) => format!("{}{rest}", self.krate),
            None => written,
        }
    }

    /// Whether another module is this one, or lies in it.
    pub fn holds(&self, module: &str) -> bool {
        within(module, &self.path())
    }

    /// What is declared in it, by module and line.
    pub fn declarations(&self) -> Vec<&'static Declaration> {
        let mut all = Declaration::all();
        all.retain(|declaration| self.holds(declaration.module));
        all
    }

    /// Entities in it that were not declared.
    pub fn strangers(&self) -> Vec<Stranger> {
        let declared = self.declarations();
        let mut strangers = (self.strangers)(&self.path());
        strangers.retain(|stranger| !declared.iter().any(|declaration| declaration.module == stranger.module));
        strangers.sort();
        strangers
    }

    /// Its folder of sources, where it is there now; not for a module of another crate than the one that names it.
    pub fn folder(&self) -> Option<PathBuf> {
        if self.path().split("::").next() != Some(self.krate) {
            return None;
        }
        let folder = self
            .path()
            .split("::")
            .skip(1)
            .fold(Path::new(self.manifest).join("src"), |path, part| path.join(part));
        folder.is_dir().then_some(folder)
    }

    /// A path of its sources as the compiler calls it, so that messages agree with the compiler's.
    pub fn shown(&self, path: &Path) -> String {
        let base = self.declarations().iter().find_map(|declaration| {
            let full = declaration.path()?;
            let above = full.ancestors().nth(Path::new(declaration.file).components().count())?;
            Some(above.to_owned())
        });
        let shown = base.as_deref().and_then(|base| path.strip_prefix(base).ok());
        shown.unwrap_or(path).display().to_string()
    }

    /// Source files in its folder that no `mod` names, so that what they declare is not compiled.
    pub fn forgotten_files(&self) -> Vec<PathBuf> {
        self.folder()
            .map(|folder| files::forgotten(&folder))
            .unwrap_or_default()
    }
}

/// Whether the module of that path is `parent`, or lies in it.
pub(crate) fn within(module: &str, parent: &str) -> bool {
    module
        .strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_told_from_one_whose_name_begins_alike() {
        let module = Module::new("poser::db", "crate :: db :: model", "", |_| Vec::new());
        assert_eq!(module.path(), "poser::db::model");
        assert!(module.holds("poser::db::model") && module.holds("poser::db::model::widget"));
        assert!(!module.holds("poser::db::models") && !module.holds("poser::db"));
    }
}
