//! `terrane.toml`.

use crate::alembic::{PythonModels, PythonRevisions};
use crate::error::{Error, Result, read_source};
use crate::executor::Waits;
use crate::layer::Layer;
use crate::url::{self, DatabaseUrl};
use crate::version_rows::VersionTable;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Dialect, TypeNames};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::text::{SourceFile, Span};
use terrane_model::{Module, Revisions};
use toml::Spanned;

/// What a project is made of. Paths are absolute, or seen from where the program runs; they were resolved from the
/// folder of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// The file, for messages; passwords in it are covered.
    pub source: SourceFile,
    /// The folder of the file, from which every path in it is seen.
    pub folder: PathBuf,
    /// The database.
    pub url: Option<DatabaseUrl>,
    /// The same database past a pooler, for all that is done here.
    pub direct_url: Option<DatabaseUrl>,
    /// A database beside which scratch databases are made, where they may not be made beside the database itself.
    pub scratch_url: Option<DatabaseUrl>,
    /// How long to wait for another migrator.
    pub lock_timeout: Duration,
    /// How long statements wait for locks.
    pub waits: Waits,
    /// What becomes of a revision that writes rows of another layer's tables.
    pub rows: ForeignRows,
    /// Whether autogenerate writes recipes that let rows be read and written while a revision runs.
    pub online: bool,
    /// Objects that are nobody's and that nothing is said of, as `name` or `schema.name`.
    pub ignore: Vec<String>,
    /// The layers, in the order of the file; those that are compiled in come first.
    pub layers: Vec<LayerConfig>,
    /// The table with the version rows of the layers that are an Alembic project's.
    pub version_table: Option<VersionTable>,
    /// The app's own program, which has its layers compiled in.
    pub program: Option<Program>,
}

/// What becomes of a revision that writes rows of another layer's tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForeignRows {
    /// It runs, and is warned of.
    #[default]
    Warn,
    /// It is refused.
    Refuse,
}

/// The app's own program, which `cargo` builds and runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// The manifest of its package.
    pub manifest: PathBuf,
    /// Its package, where the manifest is that of a workspace.
    pub package: Option<String>,
    /// Its binary, where the package has several.
    pub bin: Option<String>,
    /// Features to build it with.
    pub features: Vec<String>,
    /// Whether it is built with optimizations.
    pub release: bool,
    /// Whether `Cargo.lock` has to be as it is.
    pub locked: bool,
    /// What else `cargo` is told.
    pub arguments: Vec<String>,
}

/// One layer of a project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayerConfig {
    /// Its name.
    pub name: LayerName,
    /// The folders of its revision files; new ones go into the first.
    pub versions: Vec<PathBuf>,
    /// What says what its part of the schema should be.
    pub models: ModelSource,
    /// Its revisions as the program carries them, for where the folders are not.
    pub embedded: Vec<Revisions>,
    /// How it means the names of types.
    pub types: TypeNames,
    /// The layers that it builds on.
    pub requires: Vec<LayerName>,
    /// The role that its revisions run as; none, where they run as whoever migrates.
    pub run_as: Option<String>,
    /// Its revisions, where they are written in Python.
    pub python: Option<PythonRevisions>,
    /// Where it stands in the configuration.
    pub span: Span,
}

impl LayerConfig {
    /// The name of the table in which it shares version rows with others: that of its Alembic project.
    pub(crate) fn shared_rows(&self, config: &Config) -> Option<LayerName> {
        let shared = config.version_table.as_ref().filter(|_| self.python.is_some());
        shared.map(VersionTable::rows)
    }

    /// The name by which its version rows go: its own, or that of the table.
    pub(crate) fn rows(&self, config: &Config) -> LayerName {
        self.shared_rows(config).unwrap_or_else(|| self.name.clone())
    }

    /// The revisions of a folder as the program carries them, if it does and the folder is not there.
    pub(crate) fn embedded_in(&self, folder: &Path) -> Option<&Revisions> {
        let embedded = self
            .embedded
            .iter()
            .find(|revisions| Path::new(revisions.folder).ends_with(folder))?;
        (!folder.is_dir()).then_some(embedded)
    }
}

/// Where a layer's models are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ModelSource {
    /// In files of `CREATE` statements; perhaps in none.
    Files(Vec<PathBuf>),
    /// In a module that is compiled into the program.
    Module(Module),
    /// In classes of SQLAlchemy's, which Python tells of.
    Python(PythonModels),
}

impl ModelSource {
    /// Whether there are no models at all.
    pub fn is_none(&self) -> bool {
        matches!(self, ModelSource::Files(files) if files.is_empty())
    }

    /// Whose things are by the history alone: which layer's revisions make a table, a type or a sequence of that name. Only
    /// Python's models ask for it, since Alembic makes objects that are in no ledger.
    pub(crate) fn makers(&self, dialect: &dyn Dialect) -> BTreeMap<ObjectName, LayerName> {
        match self {
            ModelSource::Python(models) => models.makers(dialect),
            ModelSource::Files(_) | ModelSource::Module(_) => BTreeMap::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    url: Option<String>,
    direct_url: Option<String>,
    scratch_url: Option<String>,
    lock_timeout: Option<Spanned<u64>>,
    #[serde(default)]
    rows: ForeignRows,
    online: Option<bool>,
    ignore: Option<Vec<String>>,
    #[serde(default)]
    locks: RawLocks,
    #[serde(default)]
    layer: Vec<Spanned<RawLayer>>,
    program: Option<RawProgram>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawLocks {
    attempt: Option<u64>,
    patience: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProgram {
    manifest: String,
    package: Option<String>,
    bin: Option<String>,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    release: bool,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    run_as: BTreeMap<Spanned<String>, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayer {
    name: Spanned<String>,
    versions: OneOrMany,
    #[serde(default)]
    models: RawModels,
    #[serde(default)]
    requires: Vec<Spanned<String>>,
    #[serde(default)]
    types: RawTypes,
    run_as: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum RawTypes {
    #[default]
    AsWritten,
    Standard,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a path, or a list of paths")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a path, a list of paths, or `{ sqlalchemy = \"package.module:Base\" }`"
)]
enum RawModels {
    Files(OneOrMany),
    Python(RawPythonModels),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPythonModels {
    sqlalchemy: String,
    python: Option<String>,
}

impl Default for RawModels {
    fn default() -> RawModels {
        RawModels::Files(OneOrMany::Many(Vec::new()))
    }
}

impl RawModels {
    /// `layer` and `config` say whose they are, and where that stands.
    /// None, where this program cannot ask for them.
    fn source(self, layer: &str, folder: &Path, config: &str) -> Option<ModelSource> {
        match self {
            RawModels::Files(paths) => Some(ModelSource::Files(paths.paths(folder))),
            RawModels::Python(models) => {
                // A bare name would be looked for on the path.
                let python = models.python.map(|python| join(folder, &python));
                let python = python.map(|python| std::path::absolute(&python).unwrap_or(python));
                let named = PythonModels::named(&models.sqlalchemy, layer, python, folder, config);
                named.map(ModelSource::Python)
            }
        }
    }
}

impl OneOrMany {
    fn paths(self, folder: &Path) -> Vec<PathBuf> {
        match self {
            OneOrMany::One(path) => vec![join(folder, &path)],
            OneOrMany::Many(paths) => paths.iter().map(|path| join(folder, path)).collect(),
        }
    }
}

/// Joins without leaving `./` and `a/../` in what users see.
fn join(folder: &Path, path: &str) -> PathBuf {
    use std::path::Component;
    let mut joined = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(joined.components().next_back(), Some(Component::Normal(_))) => {
                joined.pop();
            }
            other => joined.push(other),
        }
    }
    joined
}

/// Where other tools write down what they have done; of those, nothing is said unless the configuration ignores others.
const BOOKS_OF_OTHERS: [&str; 10] = [
    "__diesel_schema_migrations",
    "_prisma_migrations",
    "_sqlx_migrations",
    "alembic_version",
    "atlas_schema_revisions",
    "flyway_schema_history",
    "goose_db_version",
    "refinery_schema_history",
    "schema_migrations",
    "seaql_migrations",
];

pub(crate) fn ignored_by_default() -> Vec<String> {
    BOOKS_OF_OTHERS.map(str::to_owned).to_vec()
}

/// How long a migrator waits for another one, unless the configuration says otherwise.
pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// A layer before it is checked against the others.
struct Draft {
    name: Spanned<String>,
    versions: Vec<PathBuf>,
    embedded: Vec<Revisions>,
    /// None, where this program cannot read them.
    models: Option<ModelSource>,
    requires: Vec<Spanned<String>>,
    types: TypeNames,
    run_as: Option<String>,
}

impl Draft {
    /// A layer of the program; its mistakes have no place in the file.
    fn compiled(layer: &Layer) -> Draft {
        let nowhere = |text: &String| Spanned::new(0..0, text.clone());
        Draft {
            name: nowhere(&layer.name),
            versions: layer
                .revisions
                .iter()
                .map(|revisions| PathBuf::from(revisions.folder))
                .collect(),
            embedded: layer.revisions.clone(),
            models: Some(layer.models.map_or(ModelSource::Files(Vec::new()), ModelSource::Module)),
            requires: layer.requires.iter().map(nowhere).collect(),
            types: TypeNames::Standard,
            run_as: None,
        }
    }

    fn written(layer: RawLayer, folder: &Path, config: &str) -> Draft {
        Draft {
            models: layer.models.source(layer.name.get_ref(), folder, config),
            name: layer.name,
            versions: layer.versions.paths(folder),
            embedded: Vec::new(),
            requires: layer.requires,
            types: match layer.types {
                RawTypes::AsWritten => TypeNames::AsWritten,
                RawTypes::Standard => TypeNames::Standard,
            },
            run_as: layer.run_as.filter(|role| !role.is_empty()),
        }
    }
}

impl Config {
    /// Whether nothing is said of an object as long as it is nobody's.
    pub(crate) fn ignores(&self, name: &ObjectName) -> bool {
        let written = name.to_string();
        self.ignore
            .iter()
            .any(|ignored| *ignored == written || *ignored == name.name.as_str())
    }

    /// Reads a configuration from a file.
    ///
    /// # Errors
    /// There is no such file, or it makes no sense.
    pub fn load(path: &Path) -> Result<Config> {
        Config::load_with(path, &[])
    }

    /// Reads a configuration from a file, for a program with those layers in it.
    ///
    /// # Errors
    /// As [`Config::load`]; and what the layers say of each other cannot be.
    pub fn load_with(path: &Path, layers: &[Layer]) -> Result<Config> {
        if std::fs::metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            let message = format!("there is no configuration `{}`", path.display());
            return Err(Error::new(codes::CONFIG_NOT_FOUND, message)
                .help("Write one with `terrane init`, or name one with `-c`."));
        }
        let source = read_source(codes::BAD_CONFIG, "read", path)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Config::parse_with(source.name(), source.text(), &folder, layers)
    }

    /// The configuration of a program that has nothing but its layers: where it is deployed, without any file.
    ///
    /// # Errors
    /// What the layers say of each other cannot be.
    pub fn compiled(layers: &[Layer]) -> Result<Config> {
        Config::parse_with("the program", "", Path::new(""), layers)
    }

    /// Reads a configuration whose paths are seen from `folder`.
    ///
    /// # Errors
    /// It is no TOML, has unknown keys, or says what cannot be; everything at once.
    pub fn parse(name: &str, text: &str, folder: &Path) -> Result<Config> {
        Config::parse_with(name, text, folder, &[])
    }

    fn parse_with(name: &str, text: &str, folder: &Path, layers: &[Layer]) -> Result<Config> {
        let source = SourceFile::new(name, url::cover(text));
        if text.lines().any(|line| line.trim() == "[alembic]") {
            let message =
                format!("`{name}` is the configuration of an Alembic project, and was read as one of Terrane's");
            return Err(Error::new(codes::BAD_CONFIG, message).help("Name the file itself with `-c`."));
        }
        let raw: RawConfig = toml::from_str(text).map_err(|error| {
            let (message, help) = in_our_words(error.message());
            let span = error.span().unwrap_or(0..0);
            let diagnostic = Diagnostic::error(codes::BAD_CONFIG, message).at(&source, to_span(span), "");
            Error::from(match help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            })
        })?;
        let lock_timeout = raw
            .lock_timeout
            .map_or(LOCK_TIMEOUT, |seconds| Duration::from_secs(seconds.into_inner()));
        let usual = Waits::default();
        let mut config = Config {
            source,
            folder: folder.to_owned(),
            url: raw.url.map(DatabaseUrl::from),
            direct_url: raw.direct_url.map(DatabaseUrl::from),
            scratch_url: raw.scratch_url.map(DatabaseUrl::from),
            lock_timeout,
            waits: Waits {
                attempt: raw.locks.attempt.map_or(usual.attempt, Duration::from_millis),
                patience: raw.locks.patience.map_or(usual.patience, Duration::from_secs),
            },
            rows: raw.rows,
            online: raw.online.unwrap_or(true),
            ignore: raw.ignore.unwrap_or_else(ignored_by_default),
            layers: Vec::new(),
            version_table: None,
            program: None,
        };
        let run_as = raw.program.map(|program| config.add_program(program));
        config.add_layers(layers, raw.layer)?;
        config.give_roles(run_as.unwrap_or_default(), !layers.is_empty())?;
        Ok(config)
    }

    /// Adds the program, and gives the roles of its layers, which are known once they are there.
    fn add_program(&mut self, program: RawProgram) -> BTreeMap<Spanned<String>, String> {
        self.program = Some(Program {
            manifest: join(&self.folder, &program.manifest),
            package: program.package,
            bin: program.bin,
            features: program.features,
            release: program.release,
            locked: program.locked,
            arguments: program.arguments,
        });
        program.run_as
    }

    /// Gives layers of the program their roles. `compiled`, if this is that program.
    fn give_roles(&mut self, roles: BTreeMap<Spanned<String>, String>, compiled: bool) -> Result<()> {
        let mut diagnostics = Vec::new();
        for (name, role) in roles.into_iter().filter(|_| compiled) {
            let (span, name) = (name.span(), name.into_inner());
            match self.layers.iter_mut().find(|layer| layer.name.as_str() == name) {
                Some(layer) => layer.run_as = Some(role),
                None => {
                    let message = format!("`{name}` is to run as a role, and is no layer of the program");
                    diagnostics.push(self.fault(span, message, "Name a layer that is compiled in."));
                }
            }
        }
        match diagnostics.is_empty() {
            true => Ok(()),
            false => Err(diagnostics.into()),
        }
    }

    fn add_layers(&mut self, compiled: &[Layer], written: Vec<Spanned<RawLayer>>) -> Result<()> {
        let mut diagnostics = Vec::new();
        let drafts = compiled.iter().map(Draft::compiled);
        let drafts: Vec<Draft> = drafts
            .chain(
                written
                    .into_iter()
                    .map(|layer| Draft::written(layer.into_inner(), &self.folder, self.source.name())),
            )
            .collect();
        let names: Vec<String> = drafts.iter().map(|layer| layer.name.get_ref().clone()).collect();
        for (at, layer) in drafts.into_iter().enumerate() {
            self.add_layer(layer, &names, at, &mut diagnostics);
        }
        // Without a layer of its own, the file is for the program that has them.
        if self.layers.is_empty() && self.program.is_none() {
            let message = "the configuration has no layer".to_owned();
            diagnostics.push(self.fault(0..0, message, "Add a `[[layer]]`."));
        }
        if let Some(circle) = self.circle() {
            let message = format!("layer `{}` requires itself by way of others", circle.name);
            let help = "A layer can only build on what does not build on it.";
            diagnostics.push(self.fault(circle.span.range(), message, help));
        }
        if diagnostics.is_empty() {
            Ok(())
        } else {
            Err(diagnostics.into())
        }
    }

    /// Adds the layer that stands at that place among `names`.
    fn add_layer(&mut self, layer: Draft, names: &[String], at: usize, diagnostics: &mut Vec<Diagnostic>) {
        let span = layer.name.span();
        let name = layer.name.into_inner();
        if !is_layer_name(&name) {
            let message = format!("`{name}` cannot be the name of a layer");
            let help = LAYER_NAMES;
            diagnostics.push(self.fault(span.clone(), message, help));
        }
        if names[..at].contains(&name) {
            let message = format!("layer `{name}` stands here twice");
            diagnostics.push(self.fault(span.clone(), message, "Give each layer a name of its own."));
        }
        for required in &layer.requires {
            let (text, span) = (required.get_ref(), required.span());
            if !names.contains(text) {
                let message = format!("layer `{name}` requires `{text}`, which is no layer");
                diagnostics.push(self.fault(span, message, "Add a `[[layer]]` of that name."));
            } else if *text == name {
                let message = format!("layer `{name}` requires itself");
                diagnostics.push(self.fault(span, message, "Take it out."));
            }
        }
        let versions = layer.versions;
        // A layer that is compiled in has no place in the file, and may have no revisions yet.
        if versions.is_empty() && !span.is_empty() {
            let message = format!("layer `{name}` names no folder for its revisions");
            let help = "Write `versions = \"a/folder\"`.";
            let fault = self.fault(span.clone(), message, help);
            diagnostics.push(Diagnostic {
                code: codes::NO_FOLDER,
                ..fault
            });
        }
        let models = layer.models.unwrap_or_else(|| {
            let message =
                format!("the models of layer `{name}` are in Python, which this program does not ask for any");
            diagnostics.push(self.fault(
                span.clone(),
                message,
                "Build it with the feature `alembic` of `terrane`.",
            ));
            ModelSource::Files(Vec::new())
        });
        let sharing = self
            .layers
            .iter()
            .find(|other| other.versions.iter().any(|folder| versions.contains(folder)));
        if let Some(other) = sharing {
            let message = format!(
                "layers `{}` and `{name}` keep their revisions in one folder",
                other.name
            );
            let help = "Give each a folder of its own; a revision belongs to the layer in whose folder it lies.";
            diagnostics.push(self.fault(span.clone(), message, help));
        }
        let requires = layer.requires.into_iter();
        self.layers.push(LayerConfig {
            name: LayerName::new(name),
            versions,
            models,
            embedded: layer.embedded,
            types: layer.types,
            python: None,
            requires: requires.map(|name| LayerName::new(name.into_inner())).collect(),
            run_as: layer.run_as,
            span: to_span(span),
        });
    }

    fn fault(&self, span: Range<usize>, message: String, help: &str) -> Diagnostic {
        Diagnostic::error(codes::BAD_CONFIG, message)
            .at(&self.source, to_span(span), "")
            .help(help)
    }

    /// A layer that requires itself by way of others.
    fn circle(&self) -> Option<&LayerConfig> {
        self.layers.iter().find(|layer| {
            let mut reached: Vec<&LayerName> = Vec::new();
            let mut pending: Vec<&LayerName> = layer.requires.iter().filter(|name| **name != layer.name).collect();
            while let Some(next) = pending.pop() {
                if reached.contains(&next) {
                    continue;
                }
                reached.push(next);
                pending.extend(self.layer(next).into_iter().flat_map(|layer| &layer.requires));
            }
            reached.contains(&&layer.name)
        })
    }

    /// The layer of that name.
    pub fn layer(&self, name: &LayerName) -> Option<&LayerConfig> {
        self.layers.iter().find(|layer| layer.name == *name)
    }

    /// The layer of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn require_layer(&self, name: &str) -> Result<&LayerConfig> {
        self.layers
            .iter()
            .find(|layer| layer.name.as_str() == name)
            .ok_or_else(|| {
                let known: Vec<String> = self.layers.iter().map(|layer| format!("`{}`", layer.name)).collect();
                Error::new(codes::UNKNOWN_LAYER, format!("there is no layer `{name}`"))
                    .help(format!("Name one of {}.", known.join(", ")))
            })
    }
}

/// What the reader of TOML found, without its type names and without the value, which may be anything.
fn in_our_words(message: &str) -> (String, Option<String>) {
    let message = message.lines().next().unwrap_or("it is no TOML");
    if let Some((key, known)) = message
        .strip_prefix("unknown field ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        let known = known.trim_start_matches("one of ");
        return (
            format!("{key} is no key that stands here"),
            Some(format!("Use one of {known}.")),
        );
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return (
            format!("{key} is missing here"),
            Some(format!("Add a line {key}.").replace("`.", " = \"…\"`.")),
        );
    }
    if message.starts_with("invalid ")
        && let Some((_, expected)) = message.rsplit_once(", expected ")
    {
        let expected = match expected {
            "u64" => "a whole number of seconds",
            "a sequence" => "a list",
            other if other.contains("struct") || other.contains("map") => "a table",
            other => other,
        };
        return (format!("expected {expected}"), None);
    }
    (url::cover(message), None)
}

/// What a layer may be called.
const LAYER_NAMES: &str =
    "Use letters, digits and underscores, a letter first; not `head`, `heads`, `base` or `current`.";

/// Refuses what cannot be the name of a layer.
///
/// # Errors
/// It cannot.
pub fn require_layer_name(name: &str) -> Result<()> {
    if is_layer_name(name) {
        return Ok(());
    }
    let message = format!("`{name}` cannot be the name of a layer");
    Err(Error::new(codes::BAD_CONFIG, message).help(LAYER_NAMES))
}

/// Layer names stand in targets (`poser@head`), so they hold nothing that means something there.
fn is_layer_name(name: &str) -> bool {
    let means_a_place = matches!(name, "head" | "heads" | "base" | "current");
    name.starts_with(|c: char| c.is_alphabetic())
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !means_a_place
}

fn to_span(range: Range<usize>) -> Span {
    Span::new(range.start, range.end)
}
