//! An Alembic project: what its configuration says, with every place in it found.

use crate::chain::Chain;
use crate::environment::{SearchPath, Surroundings};
use crate::envpy::{self, EnvPy};
use crate::ini::Value;
use crate::layers;
use crate::naming::Naming;
use crate::pyproject::PyProject;
use crate::scripts::{Reach, Script, scripts};
use crate::url::url;
use std::path::{Path, PathBuf};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::text::SourceFile;

/// The section of an INI file that Alembic reads unless `-n` names another.
pub const SECTION: &str = "alembic";

/// The section of an INI file with what Terrane alone reads.
const OWN: &str = "terrane";

/// The name of Alembic's table where nothing says otherwise.
pub const VERSION_TABLE: &str = "alembic_version";

/// An Alembic project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Project {
    /// Its configuration, for messages.
    pub source: SourceFile,
    /// The folder of the configuration.
    pub folder: PathBuf,
    /// The folder of `env.py` and `script.py.mako`.
    pub script_location: PathBuf,
    /// Where its revisions lie, in the order of the configuration.
    pub locations: Vec<Location>,
    /// The URL of the database, as one of Terrane's.
    pub url: Option<String>,
    /// The table with the version rows.
    pub version_table: VersionTable,
    /// How constraints without a name are called.
    pub naming: Naming,
    /// Where the packages lie that revisions import.
    pub packages: SearchPath,
    /// How new files are called: `file_template`.
    pub file_template: Option<String>,
    /// Which files of a location are read.
    pub reach: Reach,
    /// The section that was read, of an INI file; none, if it is a `pyproject.toml`.
    pub section: Option<String>,
    /// The Python that the configuration names: `python` in `[terrane]`.
    pub python: Option<PathBuf>,
    /// How many seconds it may take: `python_timeout` in `[terrane]`.
    pub python_timeout: Option<u64>,
}

/// The table in which a project keeps its version rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionTable {
    /// Its schema, where it is not the usual one.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}

/// A version location: a layer's folder of revisions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    /// The name of its layer.
    pub layer: String,
    /// The layers that it builds on.
    pub requires: Vec<String>,
    /// The folder.
    pub folder: PathBuf,
    /// Where the configuration names it.
    pub named: Value,
    /// Its revisions, by name of the file; none, where the folder is not there.
    pub scripts: Vec<Script>,
}

/// What configuration is read, and from where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted<'a> {
    /// The file: an INI file, or a `pyproject.toml`.
    pub config: &'a Path,
    /// The section of an INI file: `-n`.
    pub section: &'a str,
    /// The folder from which relative paths are seen, as Alembic does: where the program runs.
    pub working: &'a Path,
    /// Where packages are looked for.
    pub surroundings: &'a Surroundings,
}

/// Whether a text is the configuration of an Alembic project: it has a section `[alembic]`, or `[tool.alembic]`.
pub fn is_configuration(text: &str, section: &str) -> bool {
    let is_head = |line: &str| {
        let head = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next());
        let head = head.map(|head| head.trim_matches(['[', ' ']));
        head.is_some_and(|head| head == section || head == "tool.alembic" || head.starts_with("tool.alembic."))
    };
    text.lines().any(is_head)
}

impl Location {
    /// The package that it lies in: what the configuration says, `poser` of `poser.db:alembic/versions`; else the outermost
    /// folder around it that is a package.
    pub fn package(&self) -> Option<String> {
        let text = &self.named.text;
        let said = text.split_once(':').filter(|_| !Path::new(text).is_absolute());
        if let Some((package, _)) = said {
            return package.split('.').next().map(str::to_owned);
        }
        let is_package = |folder: &&Path| folder.join("__init__.py").is_file();
        let mut around = self.folder.ancestors().skip_while(|folder| !is_package(folder));
        let outermost = around.by_ref().take_while(is_package).last()?;
        outermost.file_name()?.to_str().map(str::to_owned)
    }
}

impl Project {
    /// Reads a configuration and the headers of all revisions that it leads to.
    ///
    /// # Errors
    /// The configuration makes no sense; a folder or a package that it names is not there; a file of revisions cannot be
    /// read. Everything that is wrong, at once.
    pub fn load(wanted: &Wanted<'_>) -> Result<Project, Vec<Diagnostic>> {
        let is_toml = wanted.config.file_name().is_some_and(|name| name == "pyproject.toml");
        let settings = match is_toml {
            true => Settings::Toml(PyProject::load(wanted.config)?),
            false => Settings::Ini(Chain::load(wanted.config)?, wanted.section.to_owned()),
        };
        Loading {
            wanted,
            settings,
            diagnostics: Vec::new(),
        }
        .load()
    }
}

/// The settings of a project, from either kind of file.
enum Settings {
    Ini(Chain, String),
    Toml(PyProject),
}

impl Settings {
    fn source(&self) -> &SourceFile {
        match self {
            Settings::Ini(chain, _) => chain.source(),
            Settings::Toml(file) => file.source(),
        }
    }

    fn get(&self, key: &str) -> Result<Option<Value>, Box<Diagnostic>> {
        match self {
            Settings::Ini(chain, section) => chain.get(section, key),
            Settings::Toml(file) => file.text(key),
        }
    }
}

/// How a list of paths is cut, by the value of `path_separator` (`Config._get_file_separator_char` of Alembic 1.19).
const SEPARATORS: [(&str, char); 5] = [
    ("space", ' '),
    ("newline", '\n'),
    ("os", if cfg!(windows) { ';' } else { ':' }),
    (":", ':'),
    (";", ';'),
];

struct Loading<'w> {
    wanted: &'w Wanted<'w>,
    settings: Settings,
    diagnostics: Vec<Diagnostic>,
}

impl Loading<'_> {
    fn load(mut self) -> Result<Project, Vec<Diagnostic>> {
        let folder = self.wanted.config.parent().unwrap_or(Path::new("")).to_owned();
        let prepended = self.list("prepend_sys_path", &[',', ' ', ':'], &["path_separator"]);
        let prepended: Vec<PathBuf> = prepended
            .iter()
            .map(|value| self.wanted.working.join(&value.text))
            .collect();
        let path = SearchPath::of(self.wanted.surroundings, &self.wanted.working.join(&folder), &prepended);
        let script_location = self.script_location(&path);
        let reach = Reach {
            recursive: self.is_true("recursive_version_locations"),
            sourceless: self.is_true("sourceless"),
        };
        let mut locations = self.locations(&path, script_location.as_ref(), reach);
        let script_location = script_location.map_or_else(PathBuf::new, |(_, folder)| folder);
        layers::name(&mut locations, &script_location);
        let env = EnvPy::read(&script_location.join("env.py"));
        let version_table = self.version_table(&env);
        let naming = self.naming(&env, &path);
        let database = self.url();
        let file_template = self.text("file_template").map(|value| value.text);
        let python = self.own("python").map(|value| self.wanted.working.join(value.text));
        let python_timeout = self.python_timeout();
        let section = match &self.settings {
            Settings::Ini(_, section) => Some(section.clone()),
            Settings::Toml(_) => None,
        };
        if !self.diagnostics.is_empty() {
            return Err(self.diagnostics);
        }
        Ok(Project {
            source: self.settings.source().clone(),
            folder,
            script_location,
            locations,
            url: database,
            version_table,
            naming,
            packages: path,
            file_template,
            reach,
            section,
            python,
            python_timeout,
        })
    }

    fn text(&mut self, key: &str) -> Option<Value> {
        match self.settings.get(key) {
            Ok(value) => value,
            Err(diagnostic) => {
                // Several keys may be cut by the same separator.
                if !self.diagnostics.contains(&diagnostic) {
                    self.diagnostics.push(*diagnostic);
                }
                None
            }
        }
    }

    /// A setting that Terrane alone reads, in `[terrane]` of an INI file.
    fn own(&mut self, key: &str) -> Option<Value> {
        let Settings::Ini(chain, _) = &self.settings else {
            return None;
        };
        match chain.get(OWN, key) {
            Ok(value) => value.filter(|value| !value.text.is_empty()),
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                None
            }
        }
    }

    fn python_timeout(&mut self) -> Option<u64> {
        let value = self.own("python_timeout")?;
        let seconds = value.text.parse().ok().filter(|seconds| *seconds > 0);
        if seconds.is_none() {
            let message = format!("`{}` is no number of seconds", value.text);
            self.diagnostics
                .push(value.fault(message).help("Write a whole number, one or more."));
        }
        seconds
    }

    /// Only the word `true` is true (`Config.get_alembic_boolean_option`).
    fn is_true(&mut self, key: &str) -> bool {
        self.text(key).is_some_and(|value| value.text == "true")
    }

    /// A list of paths. Without a separator in the configuration it is cut at `usual`, as before Alembic 1.16.
    fn list(&mut self, key: &str, usual: &[char], separators: &[&str]) -> Vec<Value> {
        if let Settings::Toml(file) = &self.settings {
            match file.list(key) {
                Ok(values) => return values,
                Err(diagnostic) => self.diagnostics.push(*diagnostic),
            }
            return Vec::new();
        }
        let Some(value) = self.text(key).filter(|value| !value.text.is_empty()) else {
            return Vec::new();
        };
        let named = separators.iter().find_map(|key| self.text(key));
        let part = |text: &str| Value {
            text: text.trim().to_owned(),
            ..value.clone()
        };
        let parts: Vec<Value> = match named {
            None => value.text.split(usual).map(part).collect(),
            Some(named) => {
                let Some((_, separator)) = SEPARATORS.iter().find(|(word, _)| *word == named.text) else {
                    let message = format!("`{}` is no separator of paths", named.text);
                    let help = "Write `os`, `space`, `newline`, `:` or `;`.";
                    self.diagnostics.push(named.fault(message).help(help));
                    return Vec::new();
                };
                value.text.split(*separator).map(part).collect()
            }
        };
        parts.into_iter().filter(|part| !part.text.is_empty()).collect()
    }

    fn script_location(&mut self, path: &SearchPath) -> Option<(Value, PathBuf)> {
        let Some(value) = self.text("script_location") else {
            let source = self.settings.source();
            let message = format!("`{}` has no `script_location`", source.name());
            let fault = Diagnostic::error(codes::BAD_CONFIG, message);
            let help =
                "Add `script_location = alembic`, the folder of `env.py`, to its section; `-n` names another section.";
            if self.diagnostics.is_empty() {
                self.diagnostics.push(fault.help(help));
            }
            return None;
        };
        let folder = self.place(&value, path)?;
        if !folder.is_dir() {
            let message = format!("the folder `{}` of `script_location` is not there", folder.display());
            let fault = Diagnostic {
                code: codes::NO_FOLDER,
                ..value.fault(message)
            };
            self.diagnostics
                .push(fault.help("Correct the path; it is seen from the folder where the program runs."));
            return None;
        }
        Some((value, folder))
    }

    /// The place that a path or `package:path` means (`coerce_resource_to_filename` of Alembic).
    fn place(&mut self, value: &Value, path: &SearchPath) -> Option<PathBuf> {
        let text = &value.text;
        let Some((package, inside)) = text.split_once(':').filter(|_| !Path::new(text).is_absolute()) else {
            return Some(self.seen(text));
        };
        match path.package(package) {
            Some(folder) => Some(inside.split(':').fold(folder, |folder, part| folder.join(part))),
            None => {
                let told = no_package(value, package, path.environments());
                // Script and version locations lie in one package as a rule: it is missed once.
                if self.diagnostics.iter().all(|other| other.message != told.message) {
                    self.diagnostics.push(told);
                }
                None
            }
        }
    }

    /// A path is seen from where the program runs, as Alembic has it; where nothing is there, from the configuration.
    fn seen(&self, text: &str) -> PathBuf {
        let here = self.wanted.working.join(text);
        let folder = self.wanted.config.parent().unwrap_or(Path::new(""));
        let beside = self.wanted.working.join(folder).join(text);
        if here.exists() || !beside.exists() {
            here
        } else {
            beside
        }
    }

    fn locations(&mut self, path: &SearchPath, script: Option<&(Value, PathBuf)>, reach: Reach) -> Vec<Location> {
        let named = self.list(
            "version_locations",
            &[',', ' '],
            &["path_separator", "version_path_separator"],
        );
        let mut places: Vec<(Value, PathBuf)> = Vec::new();
        if named.is_empty() {
            places.extend(script.map(|(value, folder)| (value.clone(), folder.join("versions"))));
        }
        for value in named {
            places.extend(self.place(&value, path).map(|folder| (value, folder)));
        }
        let mut locations: Vec<Location> = Vec::new();
        for (named, folder) in places {
            if locations.iter().any(|other| other.folder == folder) {
                let message = format!("`{}` is named as a version location twice", folder.display());
                self.diagnostics.push(named.fault(message).help("Name it once."));
                continue;
            }
            let read = if folder.is_dir() {
                scripts(&folder, reach)
            } else {
                Ok(Vec::new())
            };
            let scripts = read.unwrap_or_else(|told| {
                self.diagnostics.extend(told);
                Vec::new()
            });
            locations.push(Location {
                layer: String::new(),
                requires: Vec::new(),
                folder,
                named,
                scripts,
            });
        }
        locations
    }

    /// The table: what the configuration says; else what `env.py` says, which is where Alembic has it.
    fn version_table(&mut self, env: &EnvPy) -> VersionTable {
        let mut setting = |key: &str| match self.text(key) {
            Some(value) => Some(value.text).filter(|text| !text.is_empty()),
            None => match env.setting(key) {
                envpy::Setting::Text(text) => Some(text),
                envpy::Setting::Unsaid => None,
                envpy::Setting::Unknown(fault) => {
                    self.diagnostics.push(*fault);
                    None
                }
            },
        };
        let (name, schema) = (setting("version_table"), setting("version_table_schema"));
        VersionTable {
            name: name.unwrap_or_else(|| VERSION_TABLE.to_owned()),
            schema,
        }
    }

    /// How constraints are called: what `[terrane]` says; else what can be read of `env.py` and what it imports.
    fn naming(&mut self, env: &EnvPy, packages: &SearchPath) -> Naming {
        let Settings::Ini(chain, _) = &self.settings else {
            return env.naming(packages, |_| None);
        };
        match Naming::from_configuration(chain) {
            Ok(Some(naming)) => naming,
            Ok(None) => {
                let model = |app: &str| chain.get(app, "model_spec").ok().flatten().map(|value| value.text);
                env.naming(packages, model)
            }
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                Naming::Unknown
            }
        }
    }

    /// The database: `sqlalchemy.url`, or what Rattail's and WuttJamaican's own `env.py` open.
    fn url(&mut self) -> Option<String> {
        let own = self.text("sqlalchemy.url");
        let value = match (own, &self.settings) {
            (Some(value), _) => Some(value),
            (None, Settings::Toml(_)) => None,
            (None, Settings::Ini(chain, _)) => match chain.database() {
                Ok(value) => value,
                Err(diagnostic) => {
                    self.diagnostics.push(*diagnostic);
                    None
                }
            },
        };
        let text = value.map(|value| value.text).filter(|text| !text.is_empty())?;
        Some(url(&text, self.wanted.working))
    }
}

fn no_package(value: &Value, package: &str, environments: &[PathBuf]) -> Diagnostic {
    let fault = value.fault(format!("there is no package `{package}`"));
    let looked: Vec<String> = environments
        .iter()
        .map(|folder| format!("`{}`", folder.display()))
        .collect();
    let help = match looked.is_empty() {
        true => "No virtual environment was found: set VIRTUAL_ENV, or have one beside the project.".to_owned(),
        false => format!(
            "Install it into {}, or set VIRTUAL_ENV to the environment that has it.",
            looked.join(", ")
        ),
    };
    Diagnostic {
        code: codes::NO_PACKAGE,
        ..fault
    }
    .help(help)
}
