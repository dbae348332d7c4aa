//! The register of declared tables, which the linker fills.

use crate::table::Table;
use std::path::{Path, PathBuf};

/// A table that some crate of the program declares.
///
/// Constructed by the macros of the front doors, beside the entity, so that it knows where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// The module of the entity: `poser::db::model::widget`.
    pub module: &'static str,
    /// The file, as the compiler calls it.
    pub file: &'static str,
    /// The line, counted from one.
    pub line: u32,
    /// The folder of the crate's manifest when it was compiled.
    pub manifest: &'static str,
    /// How it was declared.
    pub door: Door,
    /// The table.
    pub table: fn() -> Table,
}

inventory::collect!(Declaration);

/// The ways to declare a table in Rust.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// A SeaORM entity and `terrane_sea_orm::table!`.
    SeaOrm,
    /// `#[derive(Table)]`.
    Derive,
}

impl Door {
    /// How one says what a table was called before.
    pub fn renamed_table(self, from: &str) -> String {
        match self {
            Door::SeaOrm => format!("table!(Entity, |table| table.renamed_from(\"{from}\"))"),
            Door::Derive => format!("#[table(renamed_from = \"{from}\")]"),
        }
    }

    /// How one says what a column was called before.
    pub fn renamed_column(self, from: &str) -> String {
        match self {
            Door::SeaOrm => format!("#[sea_orm(renamed_from = \"{from}\")]"),
            Door::Derive => format!("#[column(renamed_from = \"{from}\")]"),
        }
    }
}

impl Declaration {
    /// Every declaration of the program, by module and line.
    pub fn all() -> Vec<&'static Declaration> {
        let mut all: Vec<_> = inventory::iter::<Declaration>().collect();
        all.sort_by_key(|declaration| (declaration.module, declaration.line));
        all
    }

    /// The file where it can be read now: the compiler names it from the folder in which it was started, which is one of
    /// those above the manifest.
    pub fn path(&self) -> Option<PathBuf> {
        let above = Path::new(self.manifest).ancestors();
        above.map(|folder| folder.join(self.file)).find(|path| path.is_file())
    }
}
