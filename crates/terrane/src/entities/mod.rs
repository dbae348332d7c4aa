//! Entities of SeaORM for tables that are there: from a schema to the text of Rust files.
//!
//! What the entities and the declarations beside them say is what the tables are, to the letter: whoever compiles them
//! and compares them with the database finds no difference. What neither can say is told.

mod layout;
mod names;
mod relation;
mod table;
mod types;

use crate::config::{Config, ForeignRows, ignored_by_default};
use crate::error::{Error, Result};
use crate::executor::Waits;
use crate::project::Project;
use crate::url::DatabaseUrl;
use names::{Name, names};
use relation::{MOST_COLUMNS, Surroundings, column_names};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use table::Writer;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::Ownership;
use terrane_core::schema::{Constraint, ConstraintKind, Key, Schema, Table};
use terrane_core::text::SourceFile;

/// Of which tables entities are to be written.
#[derive(Clone, Debug, Default)]
pub struct EntityWish {
    /// Only what that layer owns.
    pub layer: Option<String>,
    /// Only these; all, if none is named.
    pub tables: Vec<String>,
    /// Tables whose entities are there already, and the modules of these: `customer`, `rattail::db::model::customer`.
    pub parents: Vec<(String, String)>,
}

/// The files of entities.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Entities {
    /// One for each table, and `mod.rs`; nothing, where there is no table.
    pub files: Vec<EntityFile>,
    /// What they do not say, and what is a guess.
    pub warnings: Vec<Diagnostic>,
    /// The features of SeaORM that the types of their fields need.
    pub features: BTreeSet<&'static str>,
}

/// A file of Rust.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntityFile {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What happens to files that are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// They are kept, and nothing is written.
    Kept,
    /// They are written anew.
    Replaced,
}

/// A table of which an entity is written.
struct Chosen<'a> {
    table: &'a Table,
    module: Name,
    /// Its columns in Rust, in their order.
    columns: Vec<Name>,
    /// What tells the rows of a table without a key, in Rust and on the server.
    row: Option<(Name, &'static str)>,
}

impl Chosen<'_> {
    fn field(&self, column: &Ident) -> Option<&Name> {
        let at = self.table.columns.iter().position(|other| other.name == *column)?;
        self.columns.get(at)
    }

    fn key(&self) -> Option<(&Constraint, &Key)> {
        self.table
            .constraints
            .iter()
            .find_map(|constraint| match &constraint.kind {
                ConstraintKind::PrimaryKey(key) => Some((constraint, key)),
                _ => None,
            })
    }

    fn is_key(&self, column: &Ident) -> bool {
        self.key()
            .is_some_and(|(_, key)| key.names().any(|name| name == column))
    }

    fn is_optional(&self, column: &Ident) -> bool {
        self.table.column(column).is_some_and(|column| column.nullable) && !self.is_key(column)
    }
}

impl Project {
    /// A project that is a database and nothing else. A relative path in the URL is seen from where the program runs.
    pub fn of_database(url: impl Into<DatabaseUrl>) -> Project {
        let url = url.into();
        Project::new(Config {
            source: SourceFile::new(url.to_string(), ""),
            folder: PathBuf::new(),
            url: Some(url),
            direct_url: None,
            scratch_url: None,
            lock_timeout: Duration::from_secs(5),
            waits: Waits::default(),
            rows: ForeignRows::default(),
            online: true,
            ignore: ignored_by_default(),
            layers: Vec::new(),
            version_table: None,
            program: None,
        })
    }

    /// Entities for tables of the database.
    ///
    /// # Errors
    /// The database cannot be read, or does not hold what is asked for.
    pub async fn entities(&self, wish: &EntityWish) -> Result<Entities> {
        let mut database = self.open_to_read().await?;
        let dialect = database.dialect();
        let books = self.standing(Some(&mut database)).await?.books;
        let mut schema = books.schema.clone();
        if let Some(layer) = &wish.layer {
            self.keep_layer(&mut schema, layer, &books.ownership)?;
        }
        if !wish.tables.is_empty() {
            keep_tables(&mut schema, wish, dialect)?;
        }
        let names: Vec<ObjectName> = schema.tables.keys().cloned().collect();
        let parent = |(table, path): &(String, String)| (dialect.flavor().object(table), path.clone());
        let parents: Vec<(ObjectName, String)> = wish.parents.iter().map(parent).collect();
        let mut entities = Entities::of(&books.schema, &names, &parents, dialect);
        entities.warnings.extend(beside(&schema));
        Ok(entities)
    }

    /// Takes out of a schema what a layer does not own.
    fn keep_layer(&self, schema: &mut Schema, layer: &str, ownership: &Ownership) -> Result<()> {
        let owns = |kind: ObjectKind, name: &ObjectName| {
            let owner = ownership.owner(kind, name);
            owner.is_some_and(|owner| owner.layer.as_str() == layer)
        };
        schema.tables.retain(|name, _| owns(ObjectKind::Table, name));
        schema.views.retain(|name, _| owns(ObjectKind::View, name));
        schema.enums.retain(|name, _| owns(ObjectKind::Enum, name));
        schema.sequences.retain(|name, _| owns(ObjectKind::Sequence, name));
        schema.routines.retain(|name, _| owns(ObjectKind::Routine, name));
        schema.unmodelled.retain(|name, _| owns(ObjectKind::Other, name));
        let is_known = self.config.layers.iter().any(|known| known.name.as_str() == layer);
        if !schema.tables.is_empty() || is_known {
            return Ok(());
        }
        let message = format!("there is no layer `{layer}`, and nothing in the database is owned by one of that name");
        Err(Error::new(codes::UNKNOWN_LAYER, message).help("Name one of those that `terrane tables` shows."))
    }
}

/// Leaves only the tables that are named in a schema, each of which has to be there.
fn keep_tables(schema: &mut Schema, wish: &EntityWish, dialect: &dyn Dialect) -> Result<()> {
    let wanted: Vec<ObjectName> = wish.tables.iter().map(|name| dialect.flavor().object(name)).collect();
    let unknown = wanted.iter().filter(|name| !schema.tables.contains_key(*name));
    let unknown: Vec<Diagnostic> = unknown
        .map(|name| {
            let message = match &wish.layer {
                Some(layer) => format!("layer `{layer}` owns no table `{name}`"),
                None => format!("the database has no table `{name}`"),
            };
            Diagnostic::error(codes::UNKNOWN_TABLE, message).help("Name one of those that `terrane tables` lists.")
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown.into());
    }
    *schema = Schema {
        tables: wanted
            .into_iter()
            .filter_map(|name| schema.tables.remove_entry(&name))
            .collect(),
        ..Schema::new()
    };
    Ok(())
}

impl Entities {
    /// Entities for those tables of a schema, as that server has them; `parents` are tables with entities elsewhere, and
    /// the modules of these.
    pub fn of(
        schema: &Schema,
        tables: &[ObjectName],
        parents: &[(ObjectName, String)],
        dialect: &dyn Dialect,
    ) -> Entities {
        let mut entities = Entities::default();
        let tables = tables.iter().filter_map(|name| schema.tables.get(name));
        let tables: Vec<&Table> = tables
            .filter(|table| match refusal(table, dialect) {
                Some(why) => {
                    let message = format!("table `{}` has no entity: {why}", table.name);
                    entities.warnings.push(left_out(message));
                    false
                }
                None => true,
            })
            .collect();
        let modules = names(tables.iter().map(|table| table.name.name.as_str()), "table");
        let chosen: Vec<Chosen<'_>> = tables
            .iter()
            .zip(modules)
            .map(|(table, module)| choose(table, module, dialect))
            .collect();
        let surroundings = Surroundings {
            chosen: &chosen,
            parents,
            schema,
        };
        for own in &chosen {
            let relations = surroundings.relations(own);
            let writer = Writer::new(own, &relations, dialect);
            let guesses = writer.guesses().map(|column| {
                let message = format!(
                    "the type of column `{}` of `{}` tells nothing of its values, which are read as bytes",
                    column.name, own.table.name
                );
                Diagnostic::warning(codes::TYPE_GUESSED, message)
                    .help("Give the field the type of the values that are there.")
            });
            entities.warnings.extend(guesses);
            entities.features.extend(writer.features());
            entities.files.push(EntityFile {
                name: format!("{}.rs", own.module.plain()),
                text: writer.text(),
            });
            let triggers = own.table.triggers.keys();
            let triggers = triggers.map(|name| {
                left_out(format!(
                    "trigger `{name}` of `{}` is no part of an entity",
                    own.table.name
                ))
            });
            entities.warnings.extend(triggers);
        }
        if !chosen.is_empty() {
            let mut modules: Vec<&Name> = chosen.iter().map(|own| &own.module).collect();
            modules.sort_by_key(|module| module.plain());
            let lines: String = modules
                .iter()
                .map(|module| format!("pub mod {};\n", module.ident))
                .collect();
            entities.files.push(EntityFile {
                name: "mod.rs".to_owned(),
                text: format!("//! Entities of the tables.\n\n{lines}"),
            });
        }
        entities
    }

    /// Writes the files into a folder, which is made if it is not there.
    ///
    /// # Errors
    /// Some are there already and are to be kept, in which case none is written; or they cannot be written.
    pub fn write(&self, folder: &Path, existing: Existing) -> Result<Vec<PathBuf>> {
        let paths: Vec<PathBuf> = self.files.iter().map(|file| folder.join(&file.name)).collect();
        let there = paths.iter().filter(|path| path.exists());
        let there: Vec<String> = there.map(|path| format!("`{}`", path.display())).collect();
        if existing == Existing::Kept && !there.is_empty() {
            let message = format!("there already, and nothing was written: {}", there.join(", "));
            return Err(Error::new(codes::CANNOT_WRITE, message)
                .help("Name another folder, or have them overwritten with `--force`."));
        }
        fs::create_dir_all(folder).map_err(|error| Error::file(codes::CANNOT_WRITE, "make", folder, error))?;
        for (file, path) in self.files.iter().zip(&paths) {
            fs::write(path, &file.text).map_err(|error| Error::file(codes::CANNOT_WRITE, "write", path, error))?;
        }
        Ok(paths)
    }
}

/// Why a table can have no entity.
fn refusal(table: &Table, dialect: &dyn Dialect) -> Option<String> {
    match table.primary_key() {
        Some(key) if key.columns.len() > MOST_COLUMNS => {
            Some(format!("SeaORM has keys of {MOST_COLUMNS} columns at most"))
        }
        None if row_name(table, dialect).is_none() => Some("it has no key that tells its rows apart".to_owned()),
        _ => None,
    }
}

/// By what the rows of a table without a key can be told.
fn row_name(table: &Table, dialect: &dyn Dialect) -> Option<&'static str> {
    let name = dialect.capability().row_name?;
    table.column(&dialect.flavor().ident(name)).is_none().then_some(name)
}

fn choose<'a>(table: &'a Table, mut module: Name, dialect: &dyn Dialect) -> Chosen<'a> {
    // The file of a module `mod` would be that of the folder.
    if module.plain() == "mod" {
        module.ident = "mod_".to_owned();
    }
    let row = row_name(table, dialect).filter(|_| table.primary_key().is_none());
    let mut columns = column_names(table);
    let row = row.and_then(|row| {
        let texts = table.columns.iter().map(|column| column.name.as_str());
        columns = names(texts.chain([row]), "column");
        columns.pop().map(|name| (name, row))
    });
    Chosen {
        table,
        module,
        columns,
        row,
    }
}

/// What stands by itself in a schema, and is no table.
fn beside(schema: &Schema) -> Vec<Diagnostic> {
    let views = schema.views.values();
    let views = views.flat_map(|view| {
        let triggers = view.triggers.keys();
        let triggers = triggers.map(|name| format!("trigger `{name}` of view `{}` is no part of an entity", view.name));
        std::iter::once(format!("view `{}` has no entity", view.name)).chain(triggers)
    });
    let enums = schema.enums.keys().map(|name| format!("type `{name}` is left to you"));
    let sequences = schema
        .sequences
        .keys()
        .map(|name| format!("sequence `{name}` has no entity"));
    let routines = schema
        .routines
        .keys()
        .map(|name| format!("routine `{name}` has no entity"));
    let others = schema.unmodelled.values();
    let others = others.map(|other| format!("{} `{}` has no entity", other.kind, other.name));
    let all = views.chain(enums).chain(sequences).chain(routines).chain(others);
    all.map(left_out).collect()
}

fn left_out(message: String) -> Diagnostic {
    Diagnostic::warning(codes::NO_ENTITY, message)
        .help("To a layer with entities alone it counts as removed: take its DROP out of what autogenerate writes.")
}
