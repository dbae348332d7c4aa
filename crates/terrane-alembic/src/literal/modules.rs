//! Modules of the project's own packages, read where a revision imports from them.

use crate::environment::SearchPath;
use crate::python::Python;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use terrane_core::text::SourceFile;

/// A module that was read.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) source: SourceFile,
    pub(crate) python: Python,
    /// Whether it is the `__init__.py` of a package, from which relative imports are seen otherwise.
    pub(crate) is_package: bool,
}

/// The modules that were asked for, each read once.
#[derive(Debug)]
pub(crate) struct Modules<'p> {
    path: &'p SearchPath,
    read: RefCell<BTreeMap<String, Option<Rc<Module>>>>,
}

/// The largest module that is read, in bytes; what is larger holds no constants for revisions.
const LARGEST: u64 = 4 << 20;

impl<'p> Modules<'p> {
    pub(crate) fn new(path: &'p SearchPath) -> Modules<'p> {
        Modules {
            path,
            read: RefCell::default(),
        }
    }

    /// The module of that dotted name, if it is there and Python.
    pub(crate) fn get(&self, name: &str) -> Option<Rc<Module>> {
        if let Some(known) = self.read.borrow().get(name) {
            return known.clone();
        }
        let module = self.load(name).map(Rc::new);
        self.read.borrow_mut().insert(name.to_owned(), module.clone());
        module
    }

    /// Whether there is a package of that name, with a file of its own or without.
    pub(crate) fn is_package(&self, name: &str) -> bool {
        self.path.package(name).is_some()
    }

    fn load(&self, name: &str) -> Option<Module> {
        let (file, is_package) = self.file(name)?;
        let size = std::fs::metadata(&file).ok()?.len();
        let source = crate::scripts::source(&file).ok().filter(|_| size <= LARGEST)?;
        let python = Python::parse(&source).ok()?;
        Some(Module {
            source,
            python,
            is_package,
        })
    }

    fn file(&self, name: &str) -> Option<(PathBuf, bool)> {
        if let Some(folder) = self.path.package(name) {
            let file = folder.join("__init__.py");
            if file.is_file() {
                return Some((file, true));
            }
        }
        let found = match name.rsplit_once('.') {
            Some((package, module)) => self
                .path
                .package(package)
                .map(|folder| folder.join(format!("{module}.py"))),
            None => self.path.module(name),
        };
        found
            .filter(|file: &PathBuf| Path::is_file(file))
            .map(|file| (file, false))
    }
}
