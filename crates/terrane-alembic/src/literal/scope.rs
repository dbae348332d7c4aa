//! What a name means: in a module, and in a function.

use super::eval::{Eval, Outcome};
use super::modules::Module;
use super::value::{Body, Class, Frame, Function, Refusal, Value};
use crate::python::span_of;
use ruff_python_ast::{Alias, Expr, Stmt, StmtClassDef, StmtFunctionDef, StmtImport, StmtImportFrom};
use std::rc::Rc;
use terrane_core::text::Span;

/// Packages whose meaning is known, so that their code is not read.
const KNOWN: [&str; 2] = ["alembic", "sqlalchemy"];

/// Whether a dotted name belongs to a package whose meaning is known.
pub(super) fn is_known(path: &str) -> bool {
    KNOWN.contains(&path.split('.').next().unwrap_or(path))
}

/// Python's own functions and types that are understood.
pub(super) const BUILTINS: [&str; 18] = [
    "bool",
    "dict",
    "enumerate",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "print",
    "range",
    "reversed",
    "set",
    "sorted",
    "str",
    "tuple",
    "zip",
    "frozenset",
];

impl Eval<'_> {
    /// What a name means in a module; none, where nothing there gives it a meaning.
    pub(super) fn global(&mut self, module: &Rc<str>, name: &str) -> Option<Value> {
        let key = (module.clone(), name.to_owned());
        if let Some(known) = self.globals.get(&key) {
            return known.clone();
        }
        // A module that imports from one that imports from it has no answer for itself.
        self.globals.insert(key.clone(), None);
        let found = self.module(module).and_then(|read| self.bound(module, &read, name));
        self.globals.insert(key, found.clone());
        found
    }

    fn bound(&mut self, module: &Rc<str>, read: &Rc<Module>, name: &str) -> Option<Value> {
        let mut found: Option<(&Stmt, usize)> = None;
        let mut stars = Vec::new();
        for statement in read.python.body() {
            if binds(statement, name) {
                found = Some((statement, found.map_or(1, |(_, count)| count + 1)));
            } else if let Stmt::ImportFrom(import) = statement
                && import.names.iter().any(|alias| alias.name.as_str() == "*")
            {
                stars.push(import);
            }
        }
        if let Some((statement, count)) = found {
            let is_changed = read.python.body().iter().any(|statement| changes(statement, name));
            if count > 1 && !matches!(statement, Stmt::FunctionDef(_)) || is_changed {
                return Some(self.unknown(read, span_of(statement), format!("`{name}` is set several times")));
            }
            return Some(self.bind(module, read, statement, name));
        }
        let modules: Vec<String> = stars
            .iter()
            .filter_map(|import| origin(import, module, read.is_package))
            .collect();
        modules.into_iter().rev().find_map(|from| {
            let from: Rc<str> = from.into();
            if is_known(&from) {
                None
            } else {
                self.global(&from, name)
            }
        })
    }

    fn bind(&mut self, module: &Rc<str>, read: &Rc<Module>, statement: &Stmt, name: &str) -> Value {
        let value = match statement {
            Stmt::Import(import) => return self.imported(import, name),
            Stmt::ImportFrom(import) => return self.imported_from(import, module, read, name),
            // `try: from a import b; except ImportError: …` tries several places for one thing.
            Stmt::Try(attempt) if attempt.body.iter().all(is_import) => {
                return match attempt.body.iter().find(|inner| binds(inner, name)) {
                    Some(inner) => self.bind(module, read, inner, name),
                    None => self.unknown(
                        read,
                        span_of(statement),
                        format!("`{name}` is imported in several ways"),
                    ),
                };
            }
            Stmt::FunctionDef(function) if !function.decorator_list.is_empty() => {
                // What a decorator makes of a function is not followed.
                return self.unknown(
                    read,
                    span_of(function),
                    format!("`{name}` is what a decorator makes of it"),
                );
            }
            Stmt::FunctionDef(function) => return Value::Function(Rc::new(defined(function, module, None))),
            Stmt::ClassDef(class) => return self.class(class, module, read),
            Stmt::Assign(assign) => match assign.targets.as_slice() {
                [Expr::Name(_)] => Some(&*assign.value),
                _ => None,
            },
            Stmt::AnnAssign(assign) => assign.value.as_deref(),
            _ => None,
        };
        let Some(value) = value else {
            return self.unknown(read, span_of(statement), format!("`{name}` is not set to one value"));
        };
        let value = self.in_module(module, read, |eval| eval.expression(value));
        value.unwrap_or_else(|refusal| Value::Unknown(Rc::new(refusal)))
    }

    fn imported(&mut self, import: &StmtImport, name: &str) -> Value {
        let alias = import.names.iter().find(|alias| bound_name(alias) == name);
        let path = alias.map_or(name, |alias| match alias.asname {
            Some(_) => alias.name.as_str(),
            // `import a.b` makes the name `a`.
            None => alias.name.split('.').next().unwrap_or(name),
        });
        self.module_value(path)
    }

    fn imported_from(&mut self, import: &StmtImportFrom, module: &Rc<str>, read: &Rc<Module>, name: &str) -> Value {
        let alias = import.names.iter().find(|alias| bound_name(alias) == name);
        let member = alias.map_or(name, |alias| alias.name.as_str());
        let Some(from) = origin(import, module, read.is_package) else {
            return self.unknown(
                read,
                span_of(import),
                format!("`{name}` is imported from outside of its package"),
            );
        };
        match self.module_value(&from) {
            Value::Path(path) => Value::path(&format!("{path}.{member}")),
            Value::Module(from) => match self.member(&from, member) {
                Some(value) => value,
                None => self.unknown(read, span_of(import), format!("there is no `{member}` in `{from}`")),
            },
            other => other,
        }
    }

    /// A module by its name: one that was found, or one whose contents are not read.
    pub(super) fn module_value(&mut self, path: &str) -> Value {
        let is_read = !is_known(path) && (self.modules.get(path).is_some() || self.modules.is_package(path));
        if is_read {
            Value::Module(path.into())
        } else {
            Value::path(path)
        }
    }

    /// What a module has under a name: what it sets, or a module below it.
    pub(super) fn member(&mut self, module: &Rc<str>, name: &str) -> Option<Value> {
        if let Some(value) = self.global(module, name) {
            return Some(value);
        }
        let below = format!("{module}.{name}");
        let is_there = self.modules.get(&below).is_some() || self.modules.is_package(&below);
        is_there.then(|| Value::Module(below.into()))
    }

    fn class(&mut self, class: &StmtClassDef, module: &Rc<str>, read: &Rc<Module>) -> Value {
        let made = self.in_module(module, read, |eval| {
            let arguments = class.arguments.as_ref().map_or(&[][..], |arguments| &arguments.args);
            let bases: Vec<Value> = arguments
                .iter()
                .map(|base| eval.or_unknown(base))
                .collect::<Outcome<_>>()?;
            let mut attributes = Vec::new();
            let mut methods = Vec::new();
            let mut on_server = None;
            for statement in &class.body {
                let pair = match statement {
                    Stmt::Assign(assign) => assign.targets.first().map(|target| (target, &*assign.value)),
                    Stmt::AnnAssign(assign) => assign.value.as_deref().map(|value| (&*assign.target, value)),
                    Stmt::FunctionDef(method) => {
                        if method.name.as_str() == "load_dialect_impl" {
                            on_server = Some(eval.type_on_server(method, module));
                        }
                        methods.push(method.name.to_string());
                        None
                    }
                    _ => None,
                };
                if let Some((Expr::Name(name), value)) = pair {
                    attributes.push((name.id.to_string(), eval.or_unknown(value)?));
                }
            }
            Ok(Class {
                name: class.name.to_string(),
                bases,
                attributes,
                methods,
                on_server,
            })
        });
        match made {
            Ok(made) => Value::Class(Rc::new(made)),
            Err(refusal) => Value::Unknown(Rc::new(refusal)),
        }
    }

    /// What `load_dialect_impl` of a type gives for the server, as far as it depends on nothing else.
    fn type_on_server(&mut self, method: &StmtFunctionDef, module: &Rc<str>) -> Value {
        let function = Value::Function(Rc::new(defined(method, module, None)));
        let arguments = vec![Value::path("self"), Value::path(super::directives::DIALECT)];
        let given = self.called(function, arguments, Vec::new(), span_of(method));
        given.unwrap_or_else(|refusal| Value::Unknown(Rc::new(refusal)))
    }

    /// Evaluates something as code of a module.
    fn in_module<T>(
        &mut self,
        module: &Rc<str>,
        read: &Rc<Module>,
        work: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<T> {
        let place = (module.clone(), read.source.clone());
        let outside = std::mem::replace(&mut self.place, place);
        let frames = std::mem::take(&mut self.frames);
        let done = work(self);
        self.frames = frames;
        self.place = outside;
        done
    }

    fn unknown(&self, read: &Module, span: Span, message: String) -> Value {
        Value::Unknown(Rc::new(Refusal {
            message,
            source: read.source.clone(),
            span,
        }))
    }
}

fn is_import(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Import(_) | Stmt::ImportFrom(_))
}

/// A function as a value.
pub(super) fn defined(function: &StmtFunctionDef, module: &Rc<str>, around: Option<Rc<Frame>>) -> Function {
    Function {
        name: function.name.to_string(),
        module: module.clone(),
        parameters: Some(function.parameters.clone()),
        body: Body::Statements(function.body.to_vec()),
        around,
    }
}

/// The name that an import gives a meaning.
fn bound_name(alias: &Alias) -> &str {
    match &alias.asname {
        Some(name) => name.as_str(),
        None => alias.name.split('.').next().unwrap_or_default(),
    }
}

/// The module from which names are imported.
fn origin(import: &StmtImportFrom, module: &str, is_package: bool) -> Option<String> {
    let named = import.module.as_ref().map(|name| name.as_str());
    let mut up = import.level;
    if up == 0 {
        return named.map(str::to_owned);
    }
    let mut package = module;
    if is_package {
        up -= 1;
    }
    for _ in 0..up {
        package = match package.rsplit_once('.') {
            Some((above, _)) => above,
            None => return None,
        };
    }
    Some(match named {
        Some(name) => format!("{package}.{name}"),
        None => package.to_owned(),
    })
}

/// Whether a statement at the top of a module gives a name its meaning.
fn binds(statement: &Stmt, name: &str) -> bool {
    let is_target = |target: &Expr| targets(target).any(|target| target == name);
    match statement {
        Stmt::Import(import) => import.names.iter().any(|alias| bound_name(alias) == name),
        Stmt::ImportFrom(import) => import.names.iter().any(|alias| bound_name(alias) == name),
        Stmt::FunctionDef(function) => function.name.as_str() == name,
        Stmt::ClassDef(class) => class.name.as_str() == name,
        Stmt::Assign(assign) => assign.targets.iter().any(is_target),
        Stmt::AnnAssign(assign) => is_target(&assign.target),
        Stmt::For(each) => is_target(&each.target),
        Stmt::If(test) => {
            let others = test.elif_else_clauses.iter().flat_map(|clause| &clause.body);
            test.body.iter().chain(others).any(|inner| binds(inner, name))
        }
        Stmt::Try(attempt) => attempt.body.iter().any(|inner| binds(inner, name)),
        Stmt::With(with) => with.body.iter().any(|inner| binds(inner, name)),
        _ => false,
    }
}

/// The names in a target: of `a, b = …` both.
fn targets(target: &Expr) -> Box<dyn Iterator<Item = &str> + '_> {
    match target {
        Expr::Name(name) => Box::new(std::iter::once(name.id.as_str())),
        Expr::Tuple(tuple) => Box::new(tuple.elts.iter().flat_map(targets)),
        Expr::List(list) => Box::new(list.elts.iter().flat_map(targets)),
        _ => Box::new(std::iter::empty()),
    }
}

/// Whether a statement at the top of a module changes what a name stands for without setting it: `names.append("a")`,
/// `names += ["a"]`, `names["a"] = 1`.
fn changes(statement: &Stmt, name: &str) -> bool {
    let is_it = |value: &Expr| matches!(value, Expr::Name(other) if other.id.as_str() == name);
    let is_part = |value: &Expr| match value {
        Expr::Attribute(attribute) => is_it(&attribute.value),
        Expr::Subscript(subscript) => is_it(&subscript.value),
        _ => false,
    };
    match statement {
        Stmt::AugAssign(assign) => is_it(&assign.target) || is_part(&assign.target),
        Stmt::Assign(assign) => assign.targets.iter().any(is_part),
        Stmt::Expr(expression) => matches!(&*expression.value, Expr::Call(call) if is_part(&call.func)),
        Stmt::For(each) => each.body.iter().any(|inner| changes(inner, name)),
        Stmt::If(test) => test.body.iter().any(|inner| changes(inner, name)),
        _ => false,
    }
}
