//! The values that Python's expressions have, as far as they are known without running Python.

use ruff_python_ast::{Expr, Parameters, Stmt};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::text::{SourceFile, Span};

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// A number with a fraction, as SQL has it.
    Number(String),
    Text(String),
    /// A name that no naming convention changes: `op.f("…")`.
    ExactName(String),
    /// A list, a tuple or a set.
    List(Rc<RefCell<Vec<Value>>>),
    Dict(Rc<RefCell<Vec<(Value, Value)>>>),
    /// Something of a module that is not read but known: `sqlalchemy.Column`, `alembic.op`.
    Path(Rc<str>),
    /// A function or a lambda of the file.
    Function(Rc<Function>),
    /// A class of a file that was read.
    Class(Rc<Class>),
    /// A module that was read, by its name.
    Module(Rc<str>),
    /// What a call of a [`Value::Path`], a class, or a method made: `sa.Column("a", sa.Integer())`.
    Made(Rc<Made>),
    /// An attribute of something that was made: `table.c.name`, and before its call `table.update`.
    Attribute(Rc<(Value, String)>),
    /// Something that only Python knows, and why.
    Unknown(Rc<Refusal>),
}

/// A function as it is written.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) module: Rc<str>,
    pub(crate) parameters: Option<Box<Parameters>>,
    pub(crate) body: Body,
    /// The local names around it, as they are when it is called.
    pub(crate) around: Option<Rc<Frame>>,
}

/// The local names of a call, and those of the function around it.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    names: RefCell<Vec<(String, Value)>>,
    around: Option<Rc<Frame>>,
}

impl Frame {
    pub(crate) fn new(around: Option<Rc<Frame>>) -> Frame {
        Frame {
            names: RefCell::default(),
            around,
        }
    }

    /// What a name means, here or further out.
    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        let own = self
            .names
            .borrow()
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone());
        own.or_else(|| self.around.as_ref()?.get(name))
    }

    /// Sets a name, here and not further out.
    pub(crate) fn set(&self, name: &str, value: Value) {
        let mut names = self.names.borrow_mut();
        match names.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1 = value,
            None => names.push((name.to_owned(), value)),
        }
    }
}

/// What a function does.
#[derive(Debug)]
pub(crate) enum Body {
    Statements(Vec<Stmt>),
    Expression(Box<Expr>),
}

/// A class as it is written.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) bases: Vec<Value>,
    pub(crate) attributes: Vec<(String, Value)>,
    /// The names of its methods.
    pub(crate) methods: Vec<String>,
    /// Of a type, what it is on the server: what its `load_dialect_impl` gives.
    pub(crate) on_server: Option<Value>,
}

/// What a call made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) of: Value,
    pub(crate) arguments: Vec<Value>,
    pub(crate) keywords: Vec<(String, Value)>,
    pub(crate) span: Span,
}

/// What could not be read, and where.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) source: SourceFile,
    pub(crate) span: Span,
}

impl Refusal {
    /// As it is told of a revision.
    pub(crate) fn diagnostic(&self, way: &str) -> Diagnostic {
        let message = format!("the {way} cannot be read: {}", self.message);
        Diagnostic::error(codes::PYTHON_DECIDES, message)
            .at(&self.source, self.source.first_line(self.span), "")
            .help("Terrane has the project's own Python run it, on a database only; write what is named here as a literal to have its \
                 statements.")
    }
}

impl Value {
    pub(crate) fn list(values: Vec<Value>) -> Value {
        Value::List(Rc::new(RefCell::new(values)))
    }

    pub(crate) fn dict(pairs: Vec<(Value, Value)>) -> Value {
        Value::Dict(Rc::new(RefCell::new(pairs)))
    }

    pub(crate) fn path(path: &str) -> Value {
        Value::Path(path.into())
    }

    /// The text of a string, or of an exact name.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::ExactName(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list of strings; a string alone is one.
    pub(crate) fn texts(&self) -> Option<Vec<String>> {
        match self {
            Value::List(values) => values
                .borrow()
                .iter()
                .map(|value| value.text().map(str::to_owned))
                .collect(),
            other => other.text().map(|text| vec![text.to_owned()]),
        }
    }

    /// The entries of a list; anything else is one entry.
    pub(crate) fn entries(&self) -> Vec<Value> {
        match self {
            Value::List(values) => values.borrow().clone(),
            other => vec![other.clone()],
        }
    }

    /// What was made by a call of that kind: the last part of the path that was called.
    pub(crate) fn made(&self) -> Option<&Made> {
        match self {
            Value::Made(made) => Some(made),
            _ => None,
        }
    }

    /// Whether SQLAlchemy would make SQL of an operator on it.
    pub(crate) fn is_sql(&self) -> bool {
        matches!(self, Value::Made(_) | Value::Attribute(_))
    }

    /// Whether Python takes it for true; nothing, where that is not known.
    pub(crate) fn truth(&self) -> Option<bool> {
        Some(match self {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(number) => *number != 0,
            Value::Number(number) => number.parse::<f64>().ok()? != 0.0,
            Value::Text(text) | Value::ExactName(text) => !text.is_empty(),
            Value::List(values) => !values.borrow().is_empty(),
            Value::Dict(pairs) => !pairs.borrow().is_empty(),
            Value::Function(_) | Value::Class(_) | Value::Module(_) => true,
            _ => return None,
        })
    }

    /// Whether Python takes two values for equal; nothing, where that is not known.
    pub(crate) fn equals(&self, other: &Value) -> Option<bool> {
        Some(match (self, other) {
            (Value::None, Value::None) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Bool(a), Value::Int(b)) | (Value::Int(b), Value::Bool(a)) => i64::from(*a) == *b,
            (Value::Number(a), Value::Number(b)) => a.parse::<f64>().ok()? == b.parse::<f64>().ok()?,
            (Value::Int(a), Value::Number(b)) | (Value::Number(b), Value::Int(a)) => {
                *a as f64 == b.parse::<f64>().ok()?
            }
            (Value::List(a), Value::List(b)) => {
                let (a, b) = (a.borrow(), b.borrow());
                let mut pairs = a.iter().zip(b.iter());
                a.len() == b.len() && pairs.try_fold(true, |all, (a, b)| Some(all && a.equals(b)?))?
            }
            (a, b) if a.text().is_some() && b.text().is_some() => a.text() == b.text(),
            (Value::Unknown(_) | Value::Made(_) | Value::Attribute(_) | Value::Path(_), _)
            | (_, Value::Unknown(_) | Value::Made(_) | Value::Attribute(_) | Value::Path(_))
            | (Value::Dict(_), Value::Dict(_)) => return None,
            _ => false,
        })
    }
}

impl fmt::Display for Value {
    /// As Python's `str()` has it, where that is known; else what kind of a thing it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("None"),
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::Int(number) => write!(f, "{number}"),
            Value::Number(number) => f.write_str(number),
            Value::Text(text) | Value::ExactName(text) => f.write_str(text),
            Value::List(_) => f.write_str("a list"),
            Value::Dict(_) => f.write_str("a dictionary"),
            Value::Path(path) | Value::Module(path) => f.write_str(path),
            Value::Function(function) => f.write_str(&function.name),
            Value::Class(class) => f.write_str(&class.name),
            Value::Made(made) => write!(f, "{}(…)", made.of),
            Value::Attribute(attribute) => write!(f, "{}.{}", attribute.0, attribute.1),
            Value::Unknown(_) => f.write_str("something unknown"),
        }
    }
}

impl Class {
    /// Whether it says itself, or continues what says itself, what it is on a server.
    pub(crate) fn is_told(&self) -> bool {
        let tells = |base: &Value| matches!(base, Value::Class(base) if base.is_told());
        self.on_server.is_some() || self.bases.iter().any(tells)
    }
}

impl Made {
    /// What was called, by the last part of its path: `Column`; of a method, its name.
    pub(crate) fn kind(&self) -> &str {
        match &self.of {
            Value::Path(path) => path.rsplit('.').next().unwrap_or(path),
            Value::Attribute(attribute) => &attribute.1,
            Value::Class(class) => &class.name,
            _ => "",
        }
    }

    /// Whether it was made by something of SQLAlchemy's.
    pub(crate) fn is_of_sqlalchemy(&self) -> bool {
        matches!(&self.of, Value::Path(path) if path.starts_with("sqlalchemy"))
    }

    /// What a method was called on.
    pub(crate) fn receiver(&self) -> Option<&Value> {
        match &self.of {
            Value::Attribute(attribute) => Some(&attribute.0),
            _ => None,
        }
    }

    /// A keyword; one that is `None` is as good as none.
    pub(crate) fn keyword(&self, name: &str) -> Option<&Value> {
        let found = self
            .keywords
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value);
        found.filter(|value| !matches!(value, Value::None))
    }

    /// An argument by its place or its name.
    pub(crate) fn argument(&self, at: usize, name: &str) -> Option<&Value> {
        let found = self.arguments.get(at).filter(|value| !matches!(value, Value::None));
        found.or_else(|| self.keyword(name))
    }
}
