//! Reads an `env.py` without running it: the options that it gives to `context.configure`, and where its metadata is.

use crate::environment::SearchPath;
use crate::literal::{Modules, naming};
use crate::naming::Naming;
use crate::python::{Python, constant_strings, span_of};
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use std::path::Path;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::text::SourceFile;

/// An `env.py`; none that can be read is as good as one that says nothing.
#[derive(Debug)]
pub(crate) struct EnvPy {
    file: Option<(SourceFile, Python)>,
}

/// The value of an option of `context.configure(…)`.
#[derive(Debug)]
pub(crate) enum Setting {
    /// Nothing.
    Unsaid,
    /// A text.
    Text(String),
    /// Something that only Python knows.
    Unknown(Box<Diagnostic>),
}

impl EnvPy {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> EnvPy {
        let source = crate::scripts::source(path).ok();
        let file = source.and_then(|source| {
            let python = Python::parse(&source).ok()?;
            Some((source, python))
        });
        EnvPy { file }
    }

    /// The value of an option that takes a text.
    pub(crate) fn setting(&self, key: &str) -> Setting {
        let Some((source, python)) = &self.file else {
            return Setting::Unsaid;
        };
        let mut calls = Configures(Vec::new());
        python.body().iter().for_each(|statement| calls.visit_stmt(statement));
        let keywords = calls.0.iter().flat_map(|call| &call.arguments.keywords);
        let values = keywords.filter(|keyword| keyword.arg.as_ref().is_some_and(|name| name.as_str() == key));
        let mut found = Setting::Unsaid;
        for keyword in values {
            let value = python.constant(&keyword.value);
            match (value.and_then(constant_strings), found) {
                (Some(texts), Setting::Unsaid) => {
                    found = texts.into_iter().next().map_or(Setting::Unsaid, Setting::Text);
                }
                (Some(texts), Setting::Text(text)) if texts == [text.as_str()] => found = Setting::Text(text),
                _ => {
                    let message = format!("`{key}` in `{}` is known to Python alone", source.name());
                    return Setting::Unknown(Box::new(
                        Diagnostic::error(codes::BAD_CONFIG, message)
                            .at(source, source.first_line(span_of(keyword)), "")
                            .help(format!(
                                "Say it in the configuration as well: `{key} = …` beside `script_location`."
                            )),
                    ));
                }
            }
        }
        found
    }

    /// The naming convention of the metadata; without metadata, SQLAlchemy's own. Imported modules are looked for in `packages`;
    /// `models` gives the module that an app has as its `model`.
    pub(crate) fn naming(&self, packages: &SearchPath, models: impl Fn(&str) -> Option<String>) -> Naming {
        let Some((source, python)) = &self.file else {
            return Naming::usual();
        };
        let mut calls = Configures(Vec::new());
        python.body().iter().for_each(|statement| calls.visit_stmt(statement));
        let keywords = calls.0.iter().flat_map(|call| &call.arguments.keywords);
        let mut targets = Vec::new();
        for keyword in keywords {
            match keyword.arg.as_ref().map(|name| name.as_str()) {
                Some("target_metadata") => targets.push(&keyword.value),
                Some(_) => {}
                // `**options` may hold a `target_metadata`.
                None => return Naming::Unknown,
            }
        }
        let Some(first) = targets.first() else {
            return Naming::usual();
        };
        let is_same = |other: &&Expr| match (first, other) {
            (Expr::Name(a), Expr::Name(b)) => a.id == b.id,
            _ => false,
        };
        if targets.len() > 1 && !targets.iter().all(is_same) {
            return Naming::Unknown;
        }
        let model = APPS
            .iter()
            .find(|(package, ..)| imports(python, package))
            .map(|(_, app, usual)| {
                let said = models(app);
                said.unwrap_or_else(|| (*usual).to_owned())
            });
        match Python::parse(source) {
            Ok(again) => naming(&Modules::new(packages), (source, again), first, model.as_deref()),
            Err(_) => Naming::Unknown,
        }
    }
}

/// Packages whose `env.py` takes the models from the configuration: the name of the app there, and the module where it says
/// nothing (`AppHandler.model` of WuttJamaican, and Rattail's).
const APPS: [(&str, &str, &str); 2] = [
    ("rattail", "rattail", "rattail.db.model"),
    ("wuttjamaican", "wutta", "wuttjamaican.db.model"),
];

/// Whether a file imports something of a package.
fn imports(python: &Python, package: &str) -> bool {
    let is_of_it = |name: &str| name.split('.').next() == Some(package);
    python.body().iter().any(|statement| match statement {
        Stmt::ImportFrom(import) => import.module.as_ref().is_some_and(|name| is_of_it(name.as_str())),
        Stmt::Import(import) => import.names.iter().any(|alias| is_of_it(alias.name.as_str())),
        _ => false,
    })
}

/// The calls of something that is called `configure`.
struct Configures<'p>(Vec<&'p ExprCall>);

impl<'p> Visitor<'p> for Configures<'p> {
    fn visit_expr(&mut self, expr: &'p Expr) {
        if let Expr::Call(call) = expr
            && let Expr::Attribute(function) = &*call.func
            && function.attr.as_str() == "configure"
        {
            self.0.push(call);
        }
        walk_expr(self, expr);
    }
}
