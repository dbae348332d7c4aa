//! `[tool.alembic]` of a `pyproject.toml`, which Alembic reads since version 1.16.
//!
//! The values are TOML's own, and `%(here)s` is put into texts with Python's `%` operator, so that `%%` is `%`.

use crate::ini::Value;
use std::path::Path;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::text::{SourceFile, Span};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The table of a file.
#[derive(Clone, Debug)]
pub(crate) struct PyProject {
    source: SourceFile,
    /// The folder of the file, for `%(here)s`.
    here: String,
    values: Vec<(String, Setting)>,
}

#[derive(Clone, Debug)]
struct Setting {
    texts: Vec<String>,
    span: Span,
    is_list: bool,
}

impl PyProject {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, is no TOML, or has no such table.
    pub(crate) fn load(path: &Path) -> Result<PyProject, Vec<Diagnostic>> {
        let source = crate::scripts::source(path).map_err(|diagnostic| {
            vec![Diagnostic {
                code: codes::BAD_CONFIG,
                ..*diagnostic
            }]
        })?;
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let here = absolute.parent().unwrap_or(Path::new("/")).display().to_string();
        PyProject::parse(source, here).map_err(|diagnostic| vec![*diagnostic])
    }

    fn parse(source: SourceFile, here: String) -> Result<PyProject, Box<Diagnostic>> {
        let document = DeTable::parse(source.text()).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let message = format!(
                "the file is not valid TOML: {}",
                error.message().lines().next().unwrap_or_default()
            );
            Box::new(Diagnostic::error(codes::BAD_CONFIG, message).at(&source, Span::new(span.start, span.end), ""))
        })?;
        let tool = document
            .get_ref()
            .get("tool")
            .and_then(|tool| tool.get_ref().as_table());
        let table = tool
            .and_then(|tool| tool.get("alembic"))
            .and_then(|table| table.get_ref().as_table());
        let Some(table) = table else {
            let message = format!("`{}` has no table `[tool.alembic]`", source.name());
            return Err(Box::new(Diagnostic::error(codes::BAD_CONFIG, message)));
        };
        let settings = table
            .iter()
            .filter_map(|(key, value)| Some((key.get_ref().to_string(), setting(value)?)));
        let values = settings.collect();
        Ok(PyProject {
            source: source.clone(),
            here,
            values,
        })
    }

    pub(crate) fn source(&self) -> &SourceFile {
        &self.source
    }

    /// A text, a truth value or a number, as text.
    pub(crate) fn text(&self, key: &str) -> Result<Option<Value>, Box<Diagnostic>> {
        Ok(self.list(key)?.into_iter().next())
    }

    /// A list of texts; a text alone is a list of one.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<Value>, Box<Diagnostic>> {
        let Some((_, setting)) = self.values.iter().find(|(name, _)| name == key) else {
            return Ok(Vec::new());
        };
        let values = setting.texts.iter().map(|text| {
            let value = Value {
                text: String::new(),
                source: self.source.clone(),
                span: setting.span,
            };
            match interpolated(text, &self.here) {
                Some(text) => Ok(Value { text, ..value }),
                None => Err(Box::new(
                    value
                        .fault("`%` stands for itself only where it is written `%%`")
                        .help("Double it, or write `%(here)s`."),
                )),
            }
        });
        values.collect()
    }
}

impl PartialEq for Setting {
    fn eq(&self, other: &Setting) -> bool {
        self.texts == other.texts && self.is_list == other.is_list
    }
}

fn setting(value: &Spanned<DeValue<'_>>) -> Option<Setting> {
    let span = value.span();
    let texts = match value.get_ref() {
        DeValue::Array(values) => values.iter().filter_map(|value| scalar(value.get_ref())).collect(),
        other => vec![scalar(other)?],
    };
    Some(Setting {
        texts,
        span: Span::new(span.start, span.end),
        is_list: matches!(value.get_ref(), DeValue::Array(_)),
    })
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// A text as Python's `text % {"here": …}` gives it.
fn interpolated(text: &str, here: &str) -> Option<String> {
    let mut made = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        made.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            made.push('%');
            rest = after;
        } else {
            made.push_str(here);
            rest = rest.strip_prefix("(here)s")?;
        }
    }
    made.push_str(rest);
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_with_its_own_types() {
        let text = "[tool.alembic]\nscript_location = \"%(here)s/alembic\"\nversion_locations = [\"%(here)s/a\", \"b:c\"]\n\
                    recursive_version_locations = true\nfile_template = \"%%(rev)s\"\n[[tool.alembic.post_write_hooks]]\nname = \"x\"\n";
        let file = PyProject::parse(SourceFile::new("pyproject.toml", text), "/app".to_owned()).unwrap();
        let text = |key: &str| file.text(key).unwrap().map(|value| value.text);
        assert_eq!(text("script_location").unwrap(), "/app/alembic");
        assert_eq!(text("recursive_version_locations").unwrap(), "true");
        assert_eq!(text("file_template").unwrap(), "%(rev)s");
        assert_eq!(text("sourceless"), None);
        let list: Vec<String> = file
            .list("version_locations")
            .unwrap()
            .into_iter()
            .map(|value| value.text)
            .collect();
        assert_eq!(list, ["/app/a", "b:c"]);
    }
}
