//! Models of SQLAlchemy's: Python is asked for them once, and each layer takes those that are its own.

use crate::config::LayerConfig;
use crate::declared::line_span;
use crate::models::{Declares, FormerName, Language, Models, Place, ops_of};
use crate::python::{self, Fault, Said};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use terrane_alembic::models::{Answer, Class, EXPORTER, Exported, ExportedTable, Question, Refusal};
use terrane_alembic::{Project, Reader, SearchPath, Surroundings};
use terrane_core::ddl::Flavor;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::Op;
use terrane_core::revision::Way;
use terrane_core::text::{SourceFile, Span};

/// How long Python may take, unless the configuration says otherwise: an app's models may import a great deal.
const LIMIT: Duration = Duration::from_secs(120);

/// Models of SQLAlchemy's, of a whole project.
#[derive(Clone, Debug)]
pub struct PythonModels(Arc<Asked>);

#[derive(Debug)]
struct Asked {
    from: Origin,
    /// The Python that knows the project's packages.
    python: PathBuf,
    limit: Duration,
    shares: Vec<Share>,
    told: OnceLock<Result<Exported, Vec<Diagnostic>>>,
    made: OnceLock<BTreeMap<ObjectName, BTreeSet<LayerName>>>,
}

/// Where the models are.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Origin {
    /// In what the `env.py` of a project has as metadata.
    Project(Arc<Project>),
    /// Under a name, `package.module:Base`, found from a folder; with the configuration that says so.
    Named {
        name: String,
        folder: PathBuf,
        config: String,
    },
}

/// What tells a layer's models from the others'.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Share {
    layer: LayerName,
    /// The package that its revisions lie in; none, where they lie in no package.
    package: Option<String>,
    /// The folder of the package.
    folder: Option<PathBuf>,
}

impl PartialEq for PythonModels {
    fn eq(&self, other: &PythonModels) -> bool {
        let asked = |models: &PythonModels| (models.0.from.clone(), models.0.python.clone(), models.0.limit);
        asked(self) == asked(other)
    }
}
impl Eq for PythonModels {}

impl PythonModels {
    /// The models of an Alembic project: what its `env.py` has as metadata.
    pub(crate) fn of_project(project: &Arc<Project>) -> PythonModels {
        let share = |location: &terrane_alembic::Location| {
            let package = location.package();
            let folder = package.as_deref().and_then(|package| project.packages.package(package));
            Share {
                layer: LayerName::new(location.layer.as_str()),
                package,
                folder,
            }
        };
        PythonModels(Arc::new(Asked {
            python: interpreter(project),
            limit: project.python_timeout.map_or(LIMIT, Duration::from_secs),
            shares: project.locations.iter().map(share).collect(),
            from: Origin::Project(Arc::clone(project)),
            told: OnceLock::new(),
            made: OnceLock::new(),
        }))
    }

    /// The models under a name, of one layer of a `terrane.toml` in that folder: those of the package that the name begins
    /// with. The Python is the one that was named, else that of the environment in use, or beside the folder.
    pub(crate) fn named(
        name: &str,
        layer: &str,
        python: Option<PathBuf>,
        folder: &Path,
        config: &str,
    ) -> Option<PythonModels> {
        let surroundings = Surroundings {
            environment: std::env::var_os("VIRTUAL_ENV")
                .filter(|value| !value.is_empty())
                .map(PathBuf::from),
            ..Surroundings::default()
        };
        let packages = SearchPath::of(&surroundings, folder, &[folder.to_owned()]);
        let package = name.split(['.', ':']).next().unwrap_or(name).to_owned();
        Some(PythonModels(Arc::new(Asked {
            python: python.unwrap_or_else(|| of_environment(&packages)),
            limit: LIMIT,
            shares: vec![Share {
                layer: LayerName::new(layer),
                folder: packages.package(&package),
                package: Some(package),
            }],
            from: Origin::Named {
                name: name.to_owned(),
                folder: folder.to_owned(),
                config: config.to_owned(),
            },
            told: OnceLock::new(),
            made: OnceLock::new(),
        })))
    }

    /// What revisions of one layer alone make, with that layer.
    pub(crate) fn makers(&self, dialect: &dyn Dialect) -> BTreeMap<ObjectName, LayerName> {
        let made = self.0.made(dialect).iter();
        made.filter_map(|(name, makers)| match makers.iter().collect::<Vec<_>>().as_slice() {
            [only] => Some((name.clone(), (*only).clone())),
            _ => None,
        })
        .collect()
    }

    /// Reads those of a layer.
    pub(crate) fn read(
        &self,
        models: &mut Models,
        layer: &LayerConfig,
        dialect: &dyn Dialect,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        models.are_of_an_orm = true;
        let told = self.0.told.get_or_init(|| self.0.ask(dialect.name()));
        match told {
            Ok(exported) => Reading {
                asked: &self.0,
                exported,
                layer,
                dialect,
            }
            .read(models, diagnostics),
            Err(told) => diagnostics.extend(told.iter().cloned()),
        }
    }
}

/// The Python that the configuration names; else that of the project's environment; else the one on the path.
pub(crate) fn interpreter(project: &Project) -> PathBuf {
    project
        .python
        .clone()
        .unwrap_or_else(|| of_environment(&project.packages))
}

fn of_environment(packages: &SearchPath) -> PathBuf {
    let programs = ["bin/python", "bin/python3", "Scripts/python.exe"];
    let environments = packages.environments().iter();
    let mut all = environments.flat_map(|environment| programs.iter().map(|program| environment.join(program)));
    let found = all.clone().find(|program| program.is_file());
    // An environment without a Python is told by name.
    found.or_else(|| all.next()).unwrap_or_else(|| PathBuf::from("python3"))
}

impl Asked {
    fn ask(&self, dialect: &str) -> Result<Exported, Vec<Diagnostic>> {
        let (section, models, path) = match &self.from {
            Origin::Project(project) => (project.section.as_deref(), None, Vec::new()),
            Origin::Named { name, folder, .. } => (None, Some(name.as_str()), folder.to_str().into_iter().collect()),
        };
        let question = Question {
            config: self.config(),
            section: section.unwrap_or_default(),
            is_toml: section.is_none(),
            models,
            dialect,
            path,
            packages: self
                .shares
                .iter()
                .filter_map(|share| share.package.as_deref())
                .collect(),
        };
        let said = python::run(&self.python, EXPORTER, &question.argument(), self.limit);
        let said = said.map_err(|fault| vec![self.no_answer(&fault)])?;
        match Answer::read(&said.out) {
            Answer::Models(exported) => Ok(exported),
            Answer::Refused(refusal) => Err(vec![self.refused(&refusal)]),
            Answer::Rubbish(why) => Err(vec![self.rubbish(&why, &said)]),
        }
    }

    /// The file that says of these models.
    fn config(&self) -> &str {
        match &self.from {
            Origin::Project(project) => project.source.name(),
            Origin::Named { config, .. } => config,
        }
    }

    /// Whether all that the metadata has is one layer's.
    fn is_of_one_layer(&self) -> bool {
        matches!(self.from, Origin::Project(_)) && self.shares.len() == 1
    }

    fn no_answer(&self, fault: &Fault) -> Diagnostic {
        let python = self.python.display();
        match fault {
            Fault::NotStarted(why) => {
                let reason = match why.kind() {
                    std::io::ErrorKind::NotFound => "it is not there".to_owned(),
                    std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                    _ => why.to_string(),
                };
                let message = format!("the models are asked of Python, and `{python}` cannot be run: {reason}");
                Diagnostic::error(codes::NO_PYTHON, message).help(
                    "Set VIRTUAL_ENV to the environment that has the project's packages, or `python = …` in `[terrane]` of \
                     the configuration.",
                )
            }
            Fault::TooLong(complaints) => {
                let seconds = self.limit.as_secs();
                let message = format!("Python was asked for the models, and did not tell them in {seconds} seconds");
                let diagnostic = Diagnostic::error(codes::MODELS_IN_PYTHON, message)
                    .help("Give it more time by `python_timeout = …` in `[terrane]` of the configuration.");
                with_last_words(diagnostic, complaints)
            }
        }
    }

    fn refused(&self, refusal: &Refusal) -> Diagnostic {
        let python = self.python.display();
        let why = &refusal.message;
        let fault = |message: String| Diagnostic::error(codes::MODELS_IN_PYTHON, message);
        let lacks = |what: &str| {
            fault(format!("`{python}` has no {what}, which the models are asked of: {why}")).help(
                "Install the project's packages into that environment, or name another by VIRTUAL_ENV, or by `python = …` in \
                 `[terrane]` of the configuration.",
            )
        };
        match refusal.kind.as_str() {
            "no-sqlalchemy" => lacks("SQLAlchemy"),
            "no-alembic" => lacks("Alembic"),
            "no-metadata" => match &self.from {
                Origin::Project(_) => fault(format!("`env.py` says of no metadata that it is the models': {why}")).help(
                    "Set `target_metadata` in `env.py` and give it to `context.configure`, as Alembic's own autogenerate \
                     needs it.",
                ),
                Origin::Named { name, .. } => fault(format!("`{name}` is no models of SQLAlchemy's: {why}"))
                    .help("Name a declarative base, or its metadata: `package.module:Base`."),
            },
            _ => {
                let diagnostic = fault(format!("the models cannot be read, since Python stopped at an error: {why}"));
                let place = refusal.place.as_ref().and_then(|line| {
                    let text = std::fs::read_to_string(&line.file).ok()?;
                    let source = SourceFile::new(line.file.as_str(), text);
                    let span = line_span(&source, line.line);
                    Some((source, span))
                });
                let diagnostic = match place {
                    Some((source, span)) => diagnostic.at(&source, span, ""),
                    None => diagnostic,
                };
                diagnostic.help(format!("`{python}` meets the same when it imports the models; mend it there."))
            }
        }
    }

    fn rubbish(&self, why: &str, said: &Said) -> Diagnostic {
        let python = self.python.display();
        let end = match said.status.code() {
            Some(0) => String::new(),
            Some(code) => format!(", and ended with the code {code}"),
            None => ", and was ended by a signal".to_owned(),
        };
        let message = format!("`{python}` did not tell the models: {why}{end}");
        with_last_words(Diagnostic::error(codes::MODELS_IN_PYTHON, message), &said.err)
    }

    /// The tables and the like that revisions make, by the layers whose those are.
    fn made(&self, dialect: &dyn Dialect) -> &BTreeMap<ObjectName, BTreeSet<LayerName>> {
        self.made.get_or_init(|| {
            let mut made: BTreeMap<ObjectName, BTreeSet<LayerName>> = BTreeMap::new();
            let Origin::Project(project) = &self.from else {
                return made;
            };
            let reader = Reader::new(&project.packages, &project.naming, dialect.name());
            for location in &project.locations {
                let layer = LayerName::new(location.layer.as_str());
                let sections = location
                    .scripts
                    .iter()
                    .flat_map(|script| reader.statements(script).sections);
                let steps = sections
                    .filter(|section| section.way == Way::Upgrade)
                    .flat_map(|section| section.steps);
                for name in steps.flat_map(|step| names_made(step.action.sql(), dialect.flavor())) {
                    made.entry(name).or_default().insert(layer.clone());
                }
            }
            made
        })
    }

    /// The layer whose revisions make that, where one's do.
    fn maker(&self, name: &ObjectName, dialect: &dyn Dialect) -> Option<&LayerName> {
        let makers = self.made(dialect).get(name)?;
        makers.iter().next().filter(|_| makers.len() == 1)
    }

    /// The layer whose package a module is in; a project that lies in no package has the rest.
    fn layer_of(&self, module: &str) -> Option<&LayerName> {
        let root = module.split('.').next();
        let of_package = self.shares.iter().find(|share| share.package.as_deref() == root);
        of_package.map(|share| &share.layer)
    }
}

/// What a statement makes by that name.
fn names_made(sql: &str, flavor: &Flavor) -> Vec<ObjectName> {
    let ops = ops_of(sql, flavor).unwrap_or_default().into_iter();
    let made = ops.filter_map(|op| match op {
        Op::CreateTable(table) => Some(table.name),
        Op::RenameTable { to, .. } => Some(to),
        Op::CreateEnum(ty) => Some(ty.name),
        Op::CreateSequence(sequence) => Some(sequence.name),
        _ => None,
    });
    made.collect()
}

fn with_last_words(diagnostic: Diagnostic, complaints: &str) -> Diagnostic {
    match complaints.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(line) => diagnostic.help(format!("Its last words were: {}", line.trim())),
        None => diagnostic,
    }
}

/// Whose a table of the metadata is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    /// The layer's that is read.
    Own,
    /// Another's.
    Others,
    /// Nothing tells.
    Untold,
}

/// The models of one layer.
struct Reading<'a> {
    asked: &'a Asked,
    exported: &'a Exported,
    layer: &'a LayerConfig,
    dialect: &'a dyn Dialect,
}

impl Reading<'_> {
    fn read(&self, models: &mut Models, diagnostics: &mut Vec<Diagnostic>) {
        let forgotten = self.forgotten_files();
        models
            .warnings
            .extend(forgotten.iter().map(|path| self.forgotten(path)));
        let named: Vec<(&ExportedTable, ObjectName, Whose)> = self
            .exported
            .tables
            .iter()
            .map(|table| {
                let name = self.object(table.name.schema.as_deref(), &table.name.name);
                let whose = self.whose(table, &name);
                (table, name, whose)
            })
            .collect();
        let own: BTreeSet<&ObjectName> = named
            .iter()
            .filter(|(_, _, whose)| *whose == Whose::Own)
            .map(|(_, name, _)| name)
            .collect();
        self.read_types(&own, models, diagnostics);
        for (table, name, whose) in &named {
            match whose {
                Whose::Own => self.table(table, name, models, diagnostics),
                Whose::Untold => models.warnings.push(untold(table)),
                Whose::Others => {}
            }
        }
    }

    fn object(&self, schema: Option<&str>, name: &str) -> ObjectName {
        let flavor = self.dialect.flavor();
        ObjectName {
            schema: schema.map(|schema| flavor.ident(schema)),
            ..flavor.object(name)
        }
    }

    /// The history says it of what its revisions make; else the class does, by the package that it is written in.
    fn whose(&self, table: &ExportedTable, name: &ObjectName) -> Whose {
        let is_named = matches!(self.asked.from, Origin::Named { .. });
        if self.asked.is_of_one_layer() {
            return Whose::Own;
        }
        let own = &self.layer.name;
        let whose =
            |layer: Option<&LayerName>| layer.map(|layer| if layer == own { Whose::Own } else { Whose::Others });
        let maker = whose(self.asked.maker(name, self.dialect));
        let written = table
            .classes
            .iter()
            .find_map(|class| self.asked.layer_of(&class.module));
        let written = whose(written);
        // One that the layer's class declares and another layer's revision makes is told as such by whoever knows the owners.
        if maker == Some(Whose::Own) || written == Some(Whose::Own) {
            return Whose::Own;
        }
        let stands = || self.base_of(&table.modules).map(|layer| whose(Some(layer)));
        maker
            .or(written)
            .or_else(|| stands().flatten())
            // What is asked for by name are the models of that package, and what else its metadata has is another's.
            .unwrap_or(if is_named { Whose::Others } else { Whose::Untold })
    }

    /// The layer in whose module a table stands that is no class's. An app may import its vendor's, and never the other way
    /// about, so that it is the one on which the others build.
    fn base_of(&self, modules: &[String]) -> Option<&LayerName> {
        let layers: BTreeSet<&LayerName> = modules
            .iter()
            .filter_map(|module| self.asked.layer_of(module))
            .collect();
        // They are listed with an app before what it builds on.
        let mut listed = self.asked.shares.iter().rev().map(|share| &share.layer);
        listed.find(|layer| layers.contains(layer))
    }

    /// Types and sequences that the layer's tables alone use, or that its revisions make.
    fn read_types(&self, own: &BTreeSet<&ObjectName>, models: &mut Models, diagnostics: &mut Vec<Diagnostic>) {
        let enums = self
            .exported
            .enums
            .iter()
            .map(|one| (&one.name, one.statement(), &one.tables));
        let sequences = self
            .exported
            .sequences
            .iter()
            .map(|one| (&one.name, one.sql.clone(), &one.tables));
        for (name, sql, tables) in enums.chain(sequences) {
            let object = self.object(name.schema.as_deref(), &name.name);
            let is_own = match self.asked.maker(&object, self.dialect) {
                Some(layer) => *layer == self.layer.name,
                None => {
                    let of_own = |table: &terrane_alembic::models::ExportedName| {
                        own.contains(&self.object(table.schema.as_deref(), &table.name))
                    };
                    self.asked.is_of_one_layer() || !tables.is_empty() && tables.iter().all(of_own)
                }
            };
            if is_own {
                let nowhere = SourceFile::new(self.asked.config(), "");
                self.declare(&[sql], (&nowhere, Span::new(0, 0)), models, diagnostics);
            }
        }
    }

    fn table(&self, table: &ExportedTable, name: &ObjectName, models: &mut Models, diagnostics: &mut Vec<Diagnostic>) {
        let (source, span) = self.place(table);
        let place = |column| Place {
            table: name.clone(),
            column,
            source: source.clone(),
            span,
            language: Language::Python,
        };
        let former = |column, from: &String| FormerName {
            table: name.clone(),
            column,
            names: vec![from.clone()],
        };
        models.places.push(place(None));
        models
            .former_names
            .extend(table.renamed_from.iter().map(|from| former(None, from)));
        for column in &table.columns {
            let ident = self.dialect.flavor().ident(&column.name);
            models.places.push(place(Some(ident.clone())));
            let renamed = column.renamed_from.iter();
            models
                .former_names
                .extend(renamed.map(|from| former(Some(ident.clone()), from)));
        }
        let statements = table.statements(self.dialect.name());
        self.declare(&statements, (&source, span), models, diagnostics);
    }

    fn declare(
        &self,
        statements: &[String],
        (source, span): (&SourceFile, Span),
        models: &mut Models,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let mut ops = Vec::new();
        for text in statements {
            match ops_of(text, self.dialect.flavor()) {
                Ok(read) => ops.extend(read),
                Err(why) => diagnostics.push(
                    Diagnostic::error(codes::BAD_MODEL, why)
                        .at(source, span, "declared here")
                        .help(format!("It was read as: {text}")),
                ),
            }
        }
        let declares = Declares {
            source: source.clone(),
            span,
            ops,
            is_sql: false,
            unread: None,
        };
        models.declare(declares, false, diagnostics);
    }

    /// The line of the class; without one, the configuration.
    fn place(&self, table: &ExportedTable) -> (SourceFile, Span) {
        let of_class = table.classes.iter().find_map(|class| {
            let file = class.file.as_deref()?;
            let text = std::fs::read_to_string(file).ok()?;
            let span = class_line(&text, class);
            Some((SourceFile::new(file, text), span))
        });
        of_class.unwrap_or_else(|| (SourceFile::new(self.asked.config(), ""), Span::new(0, 0)))
    }

    /// Files of the layer's package that say a table and were not imported. Its table would be taken for removed.
    fn forgotten_files(&self) -> Vec<PathBuf> {
        let share = self.asked.shares.iter().find(|share| share.layer == self.layer.name);
        let mut files = Vec::new();
        if let Some(folder) = share.and_then(|share| share.folder.as_deref()) {
            python_files(folder, &mut files);
        }
        let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let imported: BTreeSet<PathBuf> = self.exported.files.iter().map(|file| real(Path::new(file))).collect();
        files.retain(|file| !imported.contains(&real(file)) && says_a_table(file));
        files
    }

    fn forgotten(&self, path: &Path) -> Diagnostic {
        let message = format!("`{}` declares a table, and nothing imports it", path.display());
        Diagnostic::warning(codes::FORGOTTEN_FILE, message).help(format!(
            "Its table counts as removed from the models of `{}`. Import it beside the others, or remove the file.",
            self.layer.name
        ))
    }
}

fn untold(table: &ExportedTable) -> Diagnostic {
    let name = &table.name.name;
    let message = format!("nothing tells which layer table `{name}` of the metadata belongs to, and it is left out");
    Diagnostic::warning(codes::NOBODYS_MODEL, message).help(
        "Declare it in a module of the layer's package, or write the revision that makes it by hand: the table is then that \
         layer's.",
    )
}

/// The line with `class Name` on it; Python does not tell it without reading the file once more.
fn class_line(text: &str, class: &Class) -> Span {
    let name = class.name.rsplit('.').next().unwrap_or(&class.name);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let own = line.trim_start();
        let rest = own.strip_prefix("class ").and_then(|rest| rest.strip_prefix(name));
        if rest.is_some_and(|rest| rest.starts_with(['(', ':', ' '])) {
            let at = start + line.len() - own.len();
            return Span::new(at, start + line.trim_end().len());
        }
        start += line.len();
    }
    Span::new(0, 0)
}

fn python_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_link = path.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
        if path.is_dir() && !is_link && name != "__pycache__" && !name.starts_with('.') {
            python_files(&path, found);
        } else if name.ends_with(".py") {
            found.push(path);
        }
    }
}

/// Whether a class of the file has `__tablename__`, set on a line of its own.
fn says_a_table(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().any(|line| {
        let rest = line.trim_start().strip_prefix("__tablename__");
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', ':']) && line.starts_with([' ', '\t']))
    })
}
