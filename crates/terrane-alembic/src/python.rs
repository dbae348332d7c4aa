//! Python files, parsed.

use ruff_python_ast::{Expr, ModModule, Stmt};
use ruff_python_parser::{Parsed, parse_module};
use ruff_text_size::{Ranged, TextRange};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::text::{SourceFile, Span};

/// A Python file as a syntax tree.
#[derive(Debug)]
pub(crate) struct Python {
    module: Parsed<ModModule>,
}

impl Python {
    /// Parses a file.
    ///
    /// # Errors
    /// It is no Python: the first place where it is not.
    pub(crate) fn parse(source: &SourceFile) -> Result<Python, Box<Diagnostic>> {
        match parse_module(source.text()) {
            Ok(module) => Ok(Python { module }),
            Err(error) => {
                let message = format!(
                    "the file is not valid Python: {}",
                    lower_first(&error.error.to_string())
                );
                // At the end of a line there is nothing to underline but the end itself.
                let span = caret(source, span(error.location));
                Err(Box::new(
                    Diagnostic::error(codes::BAD_PYTHON, message)
                        .at(source, span, "")
                        .help("Mend the file; Alembic itself would stop here as well."),
                ))
            }
        }
    }

    pub(crate) fn body(&self) -> &[Stmt] {
        &self.module.syntax().body
    }

    /// The value of an expression: itself, or what the name is set to at the top of the file. None, where a name is set there
    /// never or more than once.
    pub(crate) fn constant<'p>(&'p self, value: &'p Expr) -> Option<&'p Expr> {
        let Expr::Name(name) = value else { return Some(value) };
        let mut values = self.body().iter().filter_map(|statement| match statement {
            Stmt::Assign(assign) => {
                let is_it = |target: &Expr| matches!(target, Expr::Name(other) if other.id == name.id);
                assign.targets.iter().any(is_it).then_some(&*assign.value)
            }
            _ => None,
        });
        match (values.next(), values.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

/// A place that can be pointed at: at least one character, and no more than a line.
fn caret(source: &SourceFile, span: Span) -> Span {
    let text = source.text();
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    source.first_line(Span::new(start, end.max(start)))
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

/// Where something stands.
pub(crate) fn span(range: TextRange) -> Span {
    Span::new(range.start().to_usize(), range.end().to_usize())
}

/// Where a node stands.
pub(crate) fn span_of(node: &impl Ranged) -> Span {
    span(node.range())
}

/// The texts of a literal: a string is one, `None` none, a tuple, list or set of strings as many as it has. Nothing,
/// where it is something else.
pub(crate) fn constant_strings(value: &Expr) -> Option<Vec<String>> {
    let one = |value: &Expr| match value {
        Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        _ => None,
    };
    match value {
        Expr::NoneLiteral(_) => Some(Vec::new()),
        Expr::StringLiteral(_) => one(value).map(|text| vec![text]),
        Expr::Tuple(tuple) => tuple.elts.iter().map(one).collect(),
        Expr::List(list) => list.elts.iter().map(one).collect(),
        Expr::Set(set) => set.elts.iter().map(one).collect(),
        _ => None,
    }
}
