//! INI files as Python's `configparser` reads them.
//!
//! Alembic, Rattail and WuttJamaican all read their configuration with `configparser.ConfigParser` of the standard library
//! (docs.python.org/3/library/configparser.html), so its rules are the format: keys without regard to case, `=` or `:`,
//! comments on lines of their own, values that go on in lines that are indented deeper than their key, `[DEFAULT]`, and
//! `%(name)s`. The published crates for INI files differ in one or the other of them.

use std::collections::BTreeMap;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::text::{SourceFile, Span, closest};

/// The section whose keys every other section has as well.
const DEFAULT: &str = "DEFAULT";

/// How often a value may lead to another one; `configparser.MAX_INTERPOLATION_DEPTH`.
const DEEPEST: usize = 10;

/// An INI file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ini {
    source: SourceFile,
    sections: BTreeMap<String, Section>,
    defaults: Section,
}

type Section = BTreeMap<String, Entry>;

/// A value as it is written, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    raw: String,
    span: Span,
}

/// A value with what it refers to put in, and where it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    /// The value.
    pub text: String,
    /// The file.
    pub source: SourceFile,
    /// The lines that say it.
    pub span: Span,
}

impl Value {
    /// A diagnostic about the value: the configuration says what cannot be.
    pub fn fault(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(codes::BAD_CONFIG, message).at(&self.source, self.source.first_line(self.span), "")
    }
}

impl Ini {
    /// Reads a file; `defaults` are keys that every section has, as `here`.
    ///
    /// # Errors
    /// A line is neither a section, nor a key with a value, nor a comment; a section or a key stands there twice. All of
    /// them, in the order of the file.
    pub fn parse(source: &SourceFile, defaults: &[(&str, &str)]) -> Result<Ini, Vec<Diagnostic>> {
        let nowhere = Span::new(0, 0);
        let defaults = defaults.iter().map(|(key, value)| {
            let raw = (*value).to_owned();
            ((*key).to_owned(), Entry { raw, span: nowhere })
        });
        let mut reading = Reading {
            source,
            ini: Ini {
                source: source.clone(),
                sections: BTreeMap::new(),
                defaults: defaults.collect(),
            },
            given: Vec::new(),
            section: None,
            key: None,
            indent: 0,
            diagnostics: Vec::new(),
        };
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            reading.line(line.trim_end_matches(['\n', '\r']), start);
            start += line.len();
        }
        reading.finish()
    }

    /// The file.
    pub fn source(&self) -> &SourceFile {
        &self.source
    }

    /// Whether there is such a section.
    pub fn has_section(&self, section: &str) -> bool {
        self.sections.contains_key(section)
    }

    /// The names of the sections.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.sections.keys().map(String::as_str)
    }

    /// The value of a key, with what it refers to put in. None, where neither the section nor `[DEFAULT]` has it, or there
    /// is no such section.
    ///
    /// # Errors
    /// The value refers to a key that is not there, or to itself; or it has a `%` that is followed by something else than
    /// `%` or `(name)s`.
    pub fn get(&self, section: &str, key: &str) -> Result<Option<Value>, Box<Diagnostic>> {
        let Some(own) = self.sections.get(section) else {
            return Ok(None);
        };
        let key = key.to_lowercase();
        let Some(entry) = own.get(&key).or_else(|| self.defaults.get(&key)) else {
            return Ok(None);
        };
        let text = self.interpolated(own, entry, &entry.raw, 0)?;
        Ok(Some(Value {
            text,
            source: self.source.clone(),
            span: entry.span,
        }))
    }

    fn interpolated(&self, section: &Section, of: &Entry, raw: &str, depth: usize) -> Result<String, Box<Diagnostic>> {
        let fault = |message: String, help: String| {
            let span = self.source.first_line(of.span);
            let diagnostic = Diagnostic::error(codes::BAD_CONFIG, message).at(&self.source, span, "");
            Err(Box::new(diagnostic.help(help)))
        };
        if depth > DEEPEST {
            let message = "the value refers to itself by way of others".to_owned();
            return fault(message, "Write the value out.".to_owned());
        }
        let mut text = String::new();
        let mut rest = raw;
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                text.push('%');
                rest = after;
                continue;
            }
            let Some((name, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(")s")) else {
                let message = "`%` stands for itself only where it is written `%%`".to_owned();
                return fault(message, "Double it, or write `%(name)s`.".to_owned());
            };
            let name = name.to_lowercase();
            let Some(entry) = section.get(&name).or_else(|| self.defaults.get(&name)) else {
                let message = format!("`%({name})s` refers to a key that is not there");
                let known = section.keys().chain(self.defaults.keys()).map(String::as_str);
                let help = closest(&name, known).map_or_else(
                    || "Add the key to the section, or to `[DEFAULT]`.".to_owned(),
                    |near| format!("Write `%({near})s`."),
                );
                return fault(message, help);
            };
            // `configparser` does not look into a value without `%` again.
            if entry.raw.contains('%') {
                text.push_str(&self.interpolated(section, of, &entry.raw, depth + 1)?);
            } else {
                text.push_str(&entry.raw);
            }
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }
}

/// A file as it is being read, line by line.
struct Reading<'s> {
    source: &'s SourceFile,
    ini: Ini,
    /// The keys that the file itself has set in `[DEFAULT]`.
    given: Vec<String>,
    section: Option<String>,
    /// The key whose value may go on.
    key: Option<String>,
    /// How deep the line with the last key or section is indented.
    indent: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn line(&mut self, line: &str, start: usize) {
        let value = line.trim();
        let span = Span::new(start, start + line.len());
        if value.starts_with(['#', ';']) {
            return;
        }
        if value.is_empty() {
            // Empty lines belong to a value that goes on behind them; at its end they are taken off.
            if let Some(entry) = self.entry() {
                entry.raw.push('\n');
            }
            return;
        }
        let indent = line.len() - line.trim_start().len();
        if indent > self.indent
            && let Some(entry) = self.entry()
        {
            entry.raw.push('\n');
            entry.raw.push_str(value);
            entry.span = entry.span.to(span);
            return;
        }
        self.indent = indent;
        if let Some(name) = value.strip_prefix('[').and_then(|rest| {
            // The longest name: `[a]b]` is `a]b`.
            let end = rest.rfind(']')?;
            (end > 0).then(|| &rest[..end])
        }) {
            self.begin(name, span);
        } else {
            self.option(value, span);
        }
    }

    fn entry(&mut self) -> Option<&mut Entry> {
        let (section, key) = (self.section.as_ref()?, self.key.as_ref()?);
        let section = match section.as_str() {
            DEFAULT => &mut self.ini.defaults,
            name => self.ini.sections.get_mut(name)?,
        };
        section.get_mut(key)
    }

    fn begin(&mut self, name: &str, span: Span) {
        self.section = Some(name.to_owned());
        self.key = None;
        if name != DEFAULT && self.ini.sections.insert(name.to_owned(), Section::new()).is_some() {
            let message = format!("the section `[{name}]` stands in the file twice");
            self.fault(message, span, "Put its keys under the first one.");
        }
    }

    fn option(&mut self, line: &str, span: Span) {
        let Some(section) = self.section.clone() else {
            let message = "this line stands before the first section";
            return self.fault(message, span, "Begin with a section: `[alembic]`.");
        };
        let cut = line.find(['=', ':']).filter(|&at| !line[..at].trim().is_empty());
        let Some(at) = cut else {
            self.key = None;
            let message = "this line is neither a section, nor `key = value`, nor a comment";
            let help =
                "A value goes on in lines that are indented deeper than its key; comments begin with `#` or `;`.";
            return self.fault(message, span, help);
        };
        let key = line[..at].trim_end().to_lowercase();
        let raw = line[at + 1..].trim().to_owned();
        let keys = match section.as_str() {
            DEFAULT => &mut self.ini.defaults,
            name => self.ini.sections.entry(name.to_owned()).or_default(),
        };
        let is_new = match section.as_str() {
            DEFAULT => !self.given.contains(&key),
            _ => !keys.contains_key(&key),
        };
        keys.insert(key.clone(), Entry { raw, span });
        if section == DEFAULT {
            self.given.push(key.clone());
        }
        if !is_new {
            let message = format!("`{key}` stands in the section `[{section}]` twice");
            self.fault(message, span, "Keep one of them; keys are read without regard to case.");
        }
        self.key = Some(key);
    }

    fn fault(&mut self, message: impl Into<String>, span: Span, help: &str) {
        let diagnostic = Diagnostic::error(codes::BAD_CONFIG, message).at(self.source, span, "");
        self.diagnostics.push(diagnostic.help(help));
    }

    fn finish(mut self) -> Result<Ini, Vec<Diagnostic>> {
        let sections = self.ini.sections.values_mut().chain([&mut self.ini.defaults]);
        for entry in sections.flat_map(BTreeMap::values_mut) {
            entry.raw.truncate(entry.raw.trim_end().len());
        }
        match self.diagnostics.is_empty() {
            true => Ok(self.ini),
            false => Err(self.diagnostics),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Ini {
        Ini::parse(&SourceFile::new("a.ini", text), &[("here", "/app")]).unwrap()
    }

    fn get(text: &str, key: &str) -> String {
        read(text)
            .get("a", key)
            .unwrap()
            .map_or_else(|| "-".to_owned(), |value| value.text)
    }

    #[test]
    fn a_file_is_read_as_configparser_reads_it() {
        // Each answer was given by `configparser.ConfigParser(defaults={"here": "/app"})` of CPython 3.11.
        for (text, key, value) in [
            ("[a]\nKey = v", "KEY", "v"),
            ("[a]\nk: v = w", "k", "v = w"),
            ("[a]\nk = v ; no comment", "k", "v ; no comment"),
            ("[a]\n  # c\n; c\nk=v", "k", "v"),
            ("[a]\nk = 1\n  2\n\n  3\n\nl = 4", "k", "1\n2\n\n3"),
            ("[a]\nk =\n  1\n  # c\n  2\n", "k", "\n1\n2"),
            ("[a]\n  k = 1\n  l = 2\n", "k", "1"),
            ("[a]\nk =\n", "k", ""),
            ("[a]\nk = %(here)s/x", "k", "/app/x"),
            ("[a]\nk = 100%%", "k", "100%"),
            ("[DEFAULT]\nb = 1\n[a]\nk = %(B)s-%(c)s\nc = %(b)s2\n", "k", "1-12"),
            ("[DEFAULT]\nhere = /x\n[a]\nk = %(here)s", "k", "/x"),
            ("[a]\nk = v", "other", "-"),
            ("[b]\nk = v", "k", "-"),
            ("\u{feff}[a]\nk = v".trim_start_matches('\u{feff}'), "k", "v"),
        ] {
            assert_eq!(get(text, key), value, "{text}");
        }
    }

    #[test]
    fn what_configparser_refuses_is_a_diagnostic_with_its_line() {
        for (text, line) in [
            ("k = v\n", "k = v"),
            ("[a]\nno value\n", "no value"),
            ("[a]\nk = 1\nK = 2\n", "K = 2"),
            ("[a]\n[b]\n[a]\n", "[a]"),
            ("[a]\n= v\n", "= v"),
        ] {
            let source = SourceFile::new("a.ini", text);
            let diagnostics = Ini::parse(&source, &[]).unwrap_err();
            assert_eq!(diagnostics.len(), 1, "{text}");
            assert_eq!(source.slice(diagnostics[0].labels[0].span), line);
        }
    }

    #[test]
    fn what_cannot_be_put_in_is_told_where_it_is_asked_for() {
        for (text, message) in [
            ("[a]\nk = %(hree)s", "refers to a key that is not there"),
            ("[a]\nk = 5% off", "written `%%`"),
            ("[a]\nk = %(k)s", "refers to itself"),
        ] {
            let told = read(text).get("a", "k").unwrap_err();
            assert!(told.message.contains(message), "{}", told.message);
            assert_eq!(told.labels.len(), 1);
        }
    }
}
