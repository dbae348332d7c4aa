//! What is in a folder that becomes a project: a Cargo package, and the history of another tool.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use terrane::core::diagnostic::codes;
use terrane::{Error, Result, Tool};

/// Where tools keep their migrations, unless somebody says otherwise.
const FOLDERS: [&str; 4] = [
    "migrations",
    "db/migrations",
    "db/migration",
    "src/main/resources/db/migration",
];

/// What marks an entity of SeaORM's.
const ENTITY: &str = "DeriveEntityModel";

/// How many folders deep entities are looked for.
const DEEPEST: usize = 6;

/// What is there.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) package: Option<Package>,
    /// Migrations, and the tools whose they may be.
    history: Option<(Vec<Tool>, PathBuf)>,
    /// The configuration of an Alembic project.
    alembic: Option<PathBuf>,
}

/// A Cargo package.
#[derive(Debug)]
pub(super) struct Package {
    /// Its name as a crate.
    pub(super) krate: String,
    /// Its name.
    pub(super) name: String,
    pub(super) has_sea_orm: bool,
    /// `build.rs`, `src/lib.rs`: what they say, where they are there.
    pub(super) build: Option<String>,
    pub(super) library: Option<String>,
    /// The module in which its entities are, as `crate::entity`.
    pub(super) entities: Option<String>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Option<Named>,
    lib: Option<Named>,
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Diesel {
    migrations_directory: Option<Directory>,
}

#[derive(Deserialize)]
struct Directory {
    dir: PathBuf,
}

impl Place {
    /// Looks at a folder, which need not be there.
    ///
    /// # Errors
    /// A manifest cannot be read.
    pub(super) fn look(folder: &Path) -> Result<Place> {
        let diesel = fs::read_to_string(folder.join("diesel.toml")).unwrap_or_default();
        let diesel = toml::from_str::<Diesel>(&diesel).ok();
        let named = diesel.and_then(|diesel| Some(diesel.migrations_directory?.dir));
        let usual = FOLDERS.iter().map(PathBuf::from);
        let mut folders = named.into_iter().chain(usual).map(|below| folder.join(below));
        let ini = folder.join("alembic.ini");
        Ok(Place {
            package: package(folder)?,
            history: folders.find_map(history),
            alembic: ini.is_file().then_some(ini),
        })
    }

    /// What to do with a history that is there.
    pub(super) fn hints(&self, config: &str, layer: &str) -> Vec<String> {
        let import = self.history.as_ref().map(|(tools, folder)| {
            let names: Vec<String> = tools.iter().map(ToString::to_string).collect();
            let from = match names.as_slice() {
                [_] => "",
                _ => " --from TOOL",
            };
            format!(
                "`{0}` holds migrations of {1}; instead of first tables, take them over with\n  terrane -c {config} import {0} \
                 --layer {layer}{from}",
                folder.display(),
                names.join(" or ")
            )
        });
        let alembic = self.alembic.as_ref().map(|ini| {
            format!(
                "`{0}` is an Alembic project's, which Terrane works with as it is: `terrane -c {0} current`",
                ini.display()
            )
        });
        import.into_iter().chain(alembic).collect()
    }
}

/// A folder with migrations, and the tools whose they may be.
fn history(folder: PathBuf) -> Option<(Vec<Tool>, PathBuf)> {
    let tools = Tool::fitting(&folder).ok().filter(|tools| !tools.is_empty())?;
    Some((tools, folder))
}

/// The package of a folder; none, where its manifest is that of a workspace alone, or is not there.
fn package(folder: &Path) -> Result<Option<Package>> {
    let path = folder.join("Cargo.toml");
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|error| Error::file(codes::BAD_CONFIG, "read", &path, error))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|_| {
        let message = format!("`{}` is no manifest that Cargo would read", path.display());
        Error::new(codes::BAD_CONFIG, message).help("Mend it; `cargo metadata` says what is wrong with it.")
    })?;
    let Some(name) = manifest.package.and_then(|package| package.name) else {
        return Ok(None);
    };
    let krate = manifest.lib.and_then(|library| library.name);
    Ok(Some(Package {
        krate: krate.unwrap_or_else(|| name.replace('-', "_")),
        name,
        has_sea_orm: manifest.dependencies.contains_key("sea-orm"),
        build: fs::read_to_string(folder.join("build.rs")).ok(),
        library: fs::read_to_string(folder.join("src/lib.rs")).ok(),
        entities: entities(&folder.join("src")),
    }))
}

/// The module in whose files entities are, the outermost that holds one.
fn entities(source: &Path) -> Option<String> {
    let folder = folder_of_entities(source, DEEPEST)?;
    let below = folder.strip_prefix(source).ok()?;
    let names = below.iter().filter_map(|name| name.to_str());
    Some(names.fold("crate".to_owned(), |path, name| format!("{path}::{name}")))
}

fn folder_of_entities(folder: &Path, deep: usize) -> Option<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let is_entity = |path: &PathBuf| {
        let is_rust = path.extension().is_some_and(|ending| ending == "rs");
        is_rust && fs::read_to_string(path).is_ok_and(|text| text.contains(ENTITY))
    };
    if paths.iter().any(is_entity) {
        return Some(folder.to_owned());
    }
    let folders = paths.iter().filter(|path| path.is_dir() && deep > 0);
    folders
        .into_iter()
        .find_map(|folder| folder_of_entities(folder, deep - 1))
}
