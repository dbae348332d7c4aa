//! Models of SQLAlchemy's: the program that prints them, run by whoever calls in the project's own Python, and what it
//! prints. `docs/reference/models-in-python.md` has the format, which programs in other languages may print as well.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use terrane_core::sql::{quote_identifier, quote_string};

/// The program: it takes a [`Question`] as its argument and prints an answer on one line.
pub const EXPORTER: &str = include_str!("exporter.py");

/// The version of the format.
const VERSION: u64 = 1;

/// The program's argument: which models are wanted, and how they are found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question<'a> {
    /// The configuration of an Alembic project, seen from where the program runs.
    pub config: &'a str,
    /// Its section.
    pub section: &'a str,
    /// Whether it is a `pyproject.toml`.
    pub is_toml: bool,
    /// The models by name, `package.module:Base`; none asks `env.py`.
    pub models: Option<&'a str>,
    /// Whose words the types are wanted in.
    pub dialect: &'a str,
    /// The folders in which packages are looked for first.
    pub path: Vec<&'a str>,
    /// The packages of whose files it is asked which were imported.
    pub packages: Vec<&'a str>,
}

impl Question<'_> {
    /// The argument of the program.
    pub fn argument(&self) -> String {
        serde_json::json!({
            "config": self.config,
            "section": self.section,
            "toml": self.is_toml,
            "models": self.models,
            "dialect": self.dialect,
            "packages": self.packages,
            "path": self.path,
        })
        .to_string()
    }
}

/// The line that the program printed, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The models.
    Models(Exported),
    /// Why there are none.
    Refused(Refusal),
    /// Something else.
    Rubbish(String),
}

/// Why there are no models.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// `raised`, `no-sqlalchemy`, `no-alembic` or `no-metadata`.
    pub kind: String,
    /// The text of the exception, or the reason in a sentence.
    pub message: String,
    /// Where it was said.
    pub place: Option<Line>,
}

/// A line of a file.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The file.
    pub file: String,
    /// The line, counted from one.
    pub line: u32,
}

/// The models of a project, of all its layers.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Exported {
    /// The tables.
    pub tables: Vec<ExportedTable>,
    /// The enumerated types that are types of the server's.
    #[serde(default)]
    pub enums: Vec<ExportedEnum>,
    /// The sequences that stand by themselves.
    #[serde(default)]
    pub sequences: Vec<ExportedSequence>,
    /// The files of the layers' packages that were imported.
    #[serde(default)]
    pub files: Vec<String>,
}

/// A table's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
pub struct ExportedName {
    /// Its schema, where it is said.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}

/// A table.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct ExportedTable {
    /// Its name.
    #[serde(flatten)]
    pub name: ExportedName,
    /// The comment.
    pub comment: Option<String>,
    /// The table's former name, if it was renamed: `info={"renamed_from": …}`.
    #[serde(default)]
    pub renamed_from: Option<String>,
    /// The columns, in order.
    pub columns: Vec<ExportedColumn>,
    /// The constraints.
    #[serde(default)]
    pub constraints: Vec<ExportedConstraint>,
    /// The indexes.
    #[serde(default)]
    pub indexes: Vec<ExportedIndex>,
    /// Options that only one server has, as SQLAlchemy names them without that server: `partition_by` of `postgresql_partition_by`.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// The classes whose table it is.
    #[serde(default)]
    pub classes: Vec<Class>,
    /// The modules in which a table without a class stands as a variable.
    #[serde(default)]
    pub modules: Vec<String>,
}

/// A class of the models.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Class {
    /// The module that it is written in.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// The file of the module.
    pub file: Option<String>,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct ExportedColumn {
    /// Its name.
    pub name: String,
    /// Its type as the server spells it.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// The default, as SQL.
    pub default: Option<String>,
    /// `GENERATED ALWAYS AS (…)`, as SQL.
    pub computed: Option<String>,
    /// `GENERATED … AS IDENTITY`, as SQL.
    pub identity: Option<String>,
    /// Whether the server numbers it by itself: `SERIAL`, `AUTOINCREMENT`.
    #[serde(default)]
    pub counts: bool,
    /// The comment.
    pub comment: Option<String>,
    /// The column's former name, if it was renamed: `info={"renamed_from": …}`.
    #[serde(default)]
    pub renamed_from: Option<String>,
}

/// A constraint.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct ExportedConstraint {
    /// `primary key`, `unique`, `foreign key`, `check` or `other`.
    pub kind: String,
    /// Its name, by the naming convention where nobody gave it one.
    pub name: Option<String>,
    /// What it says, as it stands in `CREATE TABLE` behind its name.
    pub sql: String,
}

/// An index.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct ExportedIndex {
    /// Its name.
    pub name: String,
    /// The statement that makes it.
    pub sql: String,
}

/// An enumerated type.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct ExportedEnum {
    /// Its name.
    #[serde(flatten)]
    pub name: ExportedName,
    /// Its values, in order.
    pub values: Vec<String>,
    /// The tables that use it.
    pub tables: Vec<ExportedName>,
}

/// A sequence.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct ExportedSequence {
    /// Its name.
    #[serde(flatten)]
    pub name: ExportedName,
    /// The statement that makes it.
    pub sql: String,
    /// The tables that use it.
    pub tables: Vec<ExportedName>,
}

impl Answer {
    /// Reads what was printed: the last line, since a package may have printed something of its own before.
    pub fn read(text: &str) -> Answer {
        let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("");
        let rubbish = Answer::Rubbish;
        if line.is_empty() {
            return rubbish("it printed nothing".to_owned());
        }
        let value: serde_json::Value = match serde_json::from_str(line) {
            Ok(value) => value,
            Err(_) => return rubbish("what it printed is no JSON".to_owned()),
        };
        match value.get("terrane_models").and_then(serde_json::Value::as_u64) {
            Some(VERSION) => {}
            Some(other) => {
                return rubbish(format!(
                    "it printed version {other} of the format, and {VERSION} is read"
                ));
            }
            None => return rubbish("what it printed does not say that it is models".to_owned()),
        }
        if let Some(error) = value.get("error") {
            return match Refusal::deserialize(error) {
                Ok(refusal) => Answer::Refused(refusal),
                Err(error) => rubbish(format!("its error is not understood: {error}")),
            };
        }
        match Exported::deserialize(&value) {
            Ok(models) => Answer::Models(models),
            Err(error) => rubbish(format!("what it printed is not understood: {error}")),
        }
    }
}

impl ExportedName {
    /// As SQL.
    pub fn sql(&self) -> String {
        let name = quote_identifier(&self.name);
        match &self.schema {
            Some(schema) => format!("{}.{name}", quote_identifier(schema)),
            None => name.into_owned(),
        }
    }
}

impl ExportedEnum {
    /// The statement that makes it.
    pub fn statement(&self) -> String {
        let values: Vec<String> = self.values.iter().map(|value| quote_string(value)).collect();
        format!("CREATE TYPE {} AS ENUM ({})", self.name.sql(), values.join(", "))
    }
}

/// The types of whole numbers, with the type of a column that counts up by itself.
const SERIALS: [(&str, &str); 3] = [
    ("BIGINT", "BIGSERIAL"),
    ("INTEGER", "SERIAL"),
    ("SMALLINT", "SMALLSERIAL"),
];

impl ExportedTable {
    /// The statements that make it, in the words of the dialect that was asked for.
    pub fn statements(&self, dialect: &str) -> Vec<String> {
        let table = self.name.sql();
        let is_sqlite = dialect == "sqlite";
        let mut lines: Vec<String> = self.columns.iter().map(|column| column.line(is_sqlite)).collect();
        lines.extend(self.constraints.iter().map(ExportedConstraint::line));
        let options = self.options_sql(is_sqlite);
        let mut statements = vec![format!(
            "CREATE TABLE {table} (\n    {}\n){options}",
            lines.join(",\n    ")
        )];
        statements.extend(self.indexes.iter().map(|index| index.sql.clone()));
        if !is_sqlite {
            let comment = |what: String, text: &String| format!("COMMENT ON {what} IS {}", quote_string(text));
            let own = self.comment.as_ref();
            statements.extend(own.map(|text| comment(format!("TABLE {table}"), text)));
            statements.extend(self.columns.iter().filter_map(|column| {
                let name = format!("COLUMN {table}.{}", quote_identifier(&column.name));
                column.comment.as_ref().map(|text| comment(name, text))
            }));
        }
        statements
    }

    /// SQLite's `WITHOUT ROWID` and `STRICT`; of the others, `autoincrement` is said beside the column, and those of
    /// PostgreSQL are no options of a comparison in SQLAlchemy either.
    fn options_sql(&self, is_sqlite: bool) -> String {
        let has = |name: &str| is_sqlite && self.options.get(name).is_some_and(|value| value == "True");
        let mut options = Vec::new();
        if has("with_rowid") {
            return String::new();
        }
        if self.options.get("with_rowid").is_some_and(|value| value == "False") && is_sqlite {
            options.push("WITHOUT ROWID");
        }
        if has("strict") {
            options.push("STRICT");
        }
        match options.is_empty() {
            true => String::new(),
            false => format!(" {}", options.join(", ")),
        }
    }
}

impl ExportedColumn {
    fn line(&self, is_sqlite: bool) -> String {
        let serial = SERIALS
            .iter()
            .find(|(word, _)| self.counts && !is_sqlite && *word == self.ty)
            .map(|(_, serial)| *serial);
        let mut line = format!("{} {}", quote_identifier(&self.name), serial.unwrap_or(&self.ty));
        if let Some(default) = &self.default {
            let _ = write!(line, " DEFAULT {default}");
        }
        for part in [&self.computed, &self.identity].into_iter().flatten() {
            let _ = write!(line, " {part}");
        }
        if !self.nullable {
            line.push_str(" NOT NULL");
        }
        if self.counts && is_sqlite {
            line.push_str(" PRIMARY KEY AUTOINCREMENT");
        }
        line
    }
}

impl ExportedConstraint {
    fn line(&self) -> String {
        match &self.name {
            Some(name) => format!("CONSTRAINT {} {}", quote_identifier(name), self.sql),
            None => self.sql.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_said_in_the_words_of_its_server() {
        let text = r#"noise
            {"terrane_models": 1, "tables": [{"schema": "app", "name": "Widget", "comment": "it's", "columns": [
            {"name": "id", "type": "INTEGER", "nullable": false, "default": null, "computed": null, "identity": null,
             "counts": true, "comment": null}],
            "constraints": [{"kind": "primary key", "name": "pk", "sql": "PRIMARY KEY (id)"}],
            "indexes": [{"name": "i", "sql": "CREATE INDEX i ON app.\"Widget\" (id)"}]}]}"#
            .replace('\n', " ")
            .replacen("noise ", "noise\n", 1);
        let Answer::Models(models) = Answer::read(&text) else {
            panic!("{:?}", Answer::read(&text));
        };
        assert_eq!(
            models.tables[0].statements("postgresql"),
            [
                "CREATE TABLE app.\"Widget\" (\n    id SERIAL NOT NULL,\n    CONSTRAINT pk PRIMARY KEY (id)\n)",
                "CREATE INDEX i ON app.\"Widget\" (id)",
                "COMMENT ON TABLE app.\"Widget\" IS 'it''s'",
            ]
        );
    }

    #[test]
    fn what_is_no_answer_is_told_as_rubbish() {
        for text in [
            "",
            "hello",
            "{}",
            "[1]",
            "{\"terrane_models\": 2}",
            "{\"terrane_models\": 1}",
            "{\"terrane_models\": 1, \"tables\": 3}",
            "{\"terrane_models\": 1, \"error\": 3}",
        ] {
            assert!(matches!(Answer::read(text), Answer::Rubbish(_)), "{text}");
        }
    }
}
