//! The files that a layer needs, by the place in which it is made.

use super::place::Package;

/// The folder of the revisions in a package.
const VERSIONS: &str = "src/versions";

/// What is to be written, and what is to be told.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) files: Vec<File>,
    /// Folders that nothing is written into.
    pub(super) folders: Vec<String>,
    /// The files that are named as written.
    pub(super) told: Vec<String>,
    /// Lines that somebody has to add to files that are there.
    pub(super) to_add: Vec<(String, Vec<String>)>,
    /// What to do before the first revision; `{models}` is the file of the models.
    pub(super) next: String,
    /// Whether the configuration knows the models, so that the first revision can be written from them.
    pub(super) knows_models: bool,
}

/// A file to write.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) if_there: Where,
}

/// What becomes of a file that is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Where {
    /// It stays as it is.
    Kept,
    /// Nothing is written at all.
    Refused,
}

impl Parts {
    fn write(&mut self, path: &str, text: String, if_there: Where) {
        self.files.push(File {
            path: path.to_owned(),
            text,
            if_there,
        });
    }

    /// Writes a file and names it.
    fn tell(&mut self, path: &str, text: String) {
        self.write(path, text, Where::Refused);
        self.told.push(path.to_owned());
    }

    fn add(&mut self, path: &str, lines: &[String]) {
        self.to_add.push((path.to_owned(), lines.to_vec()));
    }

    /// The folder of revisions, in git too, and a build script that has Cargo look at it.
    fn versions(&mut self, package: &Package) {
        self.write(&format!("{VERSIONS}/.gitkeep"), String::new(), Where::Kept);
        let line = format!("println!(\"cargo::rerun-if-changed={VERSIONS}\");");
        match &package.build {
            None => self.tell(
                "build.rs",
                format!(
                    "//! Has the crate compiled again when a revision file comes, changes or goes.\n\nfn main() {{\n    {line}\n}}\n"
                ),
            ),
            Some(text) if text.contains(VERSIONS) => {}
            Some(_) => self.add("build.rs", &[line]),
        }
    }

    /// The module of the layer, named in the library.
    fn module(&mut self, package: &Package) {
        let line = "pub mod layer;".to_owned();
        match &package.library {
            Some(text) if text.contains(&line) => {}
            Some(_) => self.add("src/lib.rs", &[line]),
            None => {
                let about = format!(
                    "//! The library of `{}`: its entities, and the layer of its tables.",
                    package.name
                );
                self.tell("src/lib.rs", format!("{about}\n\n{line}\n"));
            }
        }
    }
}

/// A layer whose models and revisions are files of SQL.
pub(super) fn of_files(layer: &str) -> Parts {
    let mut parts = Parts::default();
    parts.tell(
        "terrane.toml",
        format!(
            "# Every path is seen from this folder.\nurl = \"sqlite:{layer}.db\"\n\n[[layer]]\nname = \"{layer}\"\n\
             versions = \"{layer}/versions\"\nmodels = \"{layer}/models.sql\"\nrequires = []\n"
        ),
    );
    let models = format!("{layer}/models.sql");
    let text = "-- What the database should hold: CREATE statements.\n".to_owned();
    parts.write(&models, text, Where::Kept);
    parts.told.push(models);
    parts.folders.push(format!("{layer}/versions"));
    "declare tables in {models}".clone_into(&mut parts.next);
    parts.knows_models = true;
    parts
}

/// A layer of an app on SeaORM, compiled into a program of its own.
pub(super) fn of_app(package: &Package, layer: &str) -> Parts {
    let mut parts = Parts::default();
    let entities = package.entities.as_deref().unwrap_or("crate::entity");
    parts.tell(
        "terrane.toml",
        format!(
            "# Every path is seen from this folder.\nurl = \"sqlite:{layer}.db\"\n\n# The layer is compiled into a program, which \
             `terrane` builds and runs.\n[program]\nmanifest = \"Cargo.toml\"\nbin = \"migrate\"\n"
        ),
    );
    parts.tell(
        "src/layer.rs",
        format!(
            "//! The layer of this app: its tables, and their history.\n\nuse terrane::Layer;\n\n/// The entities of this crate, and the \
             revisions beside them.\npub fn layer() -> Layer {{\n    Layer::new(\"{layer}\")\n        \
             .models(terrane_sea_orm::models!({entities}))\n        .revisions(terrane::revisions!(\"{VERSIONS}\"))\n}}\n"
        ),
    );
    parts.tell(
        "src/bin/migrate.rs",
        format!(
            "//! The command line of Terrane, with the layers of this app in it.\n\nuse std::process::ExitCode;\n\nfn main() -> ExitCode \
             {{\n    terrane_cli::main([{}::layer::layer()])\n}}\n",
            package.krate
        ),
    );
    parts.versions(package);
    parts.module(package);
    parts.add(
        "Cargo.toml",
        &dependencies(&["terrane", "terrane-cli", "terrane-sea-orm"]),
    );
    parts.knows_models = true;
    parts.next = match &package.entities {
        Some(module) => format!("write `terrane_sea_orm::table!(Entity);` below each entity in `{module}`"),
        None => format!(
            "let `{entities}` be the module of the entities, with `terrane_sea_orm::table!(Entity);` below each"
        ),
    };
    parts
}

/// The layer of a vendor's crate, which needs neither a driver nor the engine.
pub(super) fn of_vendor(package: &Package, layer: &str) -> Parts {
    let mut parts = Parts::default();
    let (krate, door) = match package.has_sea_orm {
        true => (
            package.entities.as_deref().unwrap_or("crate::entity"),
            "terrane_sea_orm",
        ),
        false => ("crate::model", "terrane_model"),
    };
    parts.tell(
        "terrane.toml",
        format!(
            "# Every path is seen from this folder. It serves to write revisions and to try them; an app has its own.\nurl = \
             \"sqlite:{layer}.db\"\n\n[[layer]]\nname = \"{layer}\"\nversions = \"{VERSIONS}\"\ntypes = \"standard\"\n"
        ),
    );
    let this = &package.krate;
    parts.tell(
        "src/layer.rs",
        format!(
            "//! What this crate brings to the database of an app. The app makes a layer of it:\n//!\n//! ```text\n//! \
             Layer::new({this}::layer::NAME)\n//!     .models({this}::layer::models())\n//!     \
             .revisions({this}::layer::revisions())\n//! ```\n\nuse terrane_model::{{Module, Revisions}};\n\n/// The name of the \
             layer.\npub const NAME: &str = \"{layer}\";\n\n/// Its tables.\npub fn models() -> Module {{\n    \
             {door}::models!({krate})\n}}\n\n/// Its revisions.\npub fn revisions() -> Revisions {{\n    \
             terrane_model::revisions!(\"{VERSIONS}\")\n}}\n"
        ),
    );
    parts.versions(package);
    parts.module(package);
    let needed: &[&str] = match package.has_sea_orm {
        true => &["terrane-model", "terrane-sea-orm"],
        false => &["terrane-model"],
    };
    parts.add("Cargo.toml", &dependencies(needed));
    parts.next = match package.has_sea_orm {
        true => format!("write `terrane_sea_orm::table!(Entity);` below each entity in `{krate}`"),
        false => format!("declare tables by `#[derive(terrane_model::Table)]` in `{krate}`"),
    };
    parts
}

/// Lines for a manifest.
fn dependencies(names: &[&str]) -> Vec<String> {
    let lines = names
        .iter()
        .map(|name| format!("{name} = \"{}\"", env!("CARGO_PKG_VERSION")));
    std::iter::once("[dependencies]".to_owned()).chain(lines).collect()
}
