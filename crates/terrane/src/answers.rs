//! What the author answers to what autogenerate asks, and what the models say of former names: both become renames.
//!
//! An answer is `rename:TABLE.OLD=NEW`, `rename:OLD=NEW`, `drop:TABLE.COLUMN`, `drop:TABLE` or `drop:*`. It is read as
//! names only where it meets the two schemas, since `a.b` may be a column of `a` or a table in the schema `a`.

use crate::models::{FormerName, Models};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use terrane_core::ddl::Flavor;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::diff::Renames;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::schema::{Schema, Table};

/// An answer to a question of autogenerate's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// A column or a table was renamed: the parts of the old name, and of the new one.
    Rename(Vec<String>, Vec<String>),
    /// A column or a table goes with what it holds: the parts of its name.
    Drop(Vec<String>),
    /// Whatever is asked about goes.
    DropAll,
}

/// How an answer is written.
const GRAMMAR: &str = "say `rename:TABLE.OLD=NEW`, `rename:OLD=NEW`, `drop:TABLE.COLUMN`, `drop:TABLE` or `drop:*`";

impl FromStr for Answer {
    type Err = String;

    fn from_str(text: &str) -> Result<Answer, String> {
        let read = match text.split_once(':') {
            Some(("drop", "*")) => Some(Answer::DropAll),
            Some(("drop", name)) => parts(name)
                .filter(|(_, rest)| rest.is_empty())
                .map(|(parts, _)| Answer::Drop(parts)),
            Some(("rename", names)) => parts(names).and_then(|(from, rest)| {
                let (to, rest) = parts(rest.strip_prefix('=')?)?;
                rest.is_empty().then_some(Answer::Rename(from, to))
            }),
            _ => None,
        };
        read.ok_or_else(|| GRAMMAR.to_owned())
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Rename(from, to) => write!(f, "rename:{}={}", written(from), written(to)),
            Answer::Drop(name) => write!(f, "drop:{}", written(name)),
            Answer::DropAll => f.write_str("drop:*"),
        }
    }
}

impl Answer {
    /// That a table was renamed.
    pub fn table_renamed(from: &ObjectName, to: &ObjectName) -> Answer {
        Answer::Rename(path(from, None), path(to, None))
    }

    /// That a column was renamed.
    pub fn column_renamed(table: &ObjectName, from: &Ident, to: &Ident) -> Answer {
        Answer::Rename(path(table, Some(from)), vec![to.as_str().to_owned()])
    }

    /// That a table goes, or a column of it.
    pub fn dropped(table: &ObjectName, column: Option<&Ident>) -> Answer {
        Answer::Drop(path(table, column))
    }

    /// The option of the command line that says it, as a shell takes it.
    pub fn option(&self) -> String {
        let text = self.to_string();
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '=' | '-');
        match text.chars().all(is_plain) {
            true => format!("--answer {text}"),
            false => format!("--answer '{}'", text.replace('\'', "'\\''")),
        }
    }
}

fn path(table: &ObjectName, column: Option<&Ident>) -> Vec<String> {
    let names = table.schema.iter().chain([&table.name]).chain(column);
    names.map(|name| name.as_str().to_owned()).collect()
}

fn written(parts: &[String]) -> String {
    let is_plain = |part: &str| {
        part.chars()
            .all(|c| !c.is_whitespace() && !matches!(c, '.' | '=' | '"' | '*'))
    };
    let written = parts.iter().map(|part| match is_plain(part) {
        true => part.clone(),
        false => format!("\"{}\"", part.replace('"', "\"\"")),
    });
    written.collect::<Vec<_>>().join(".")
}

/// The parts of a dotted name, and what follows it.
fn parts(text: &str) -> Option<(Vec<String>, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, behind) = part(rest)?;
        parts.push(part);
        match behind.strip_prefix('.') {
            Some(more) => rest = more,
            None => return Some((parts, behind)),
        }
    }
}

/// A name, in double quotes or without, and what follows it.
fn part(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(['.', '=']).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    loop {
        let (before, behind) = rest.split_once('"')?;
        name.push_str(before);
        match behind.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return (!name.is_empty()).then_some((name, behind)),
        }
    }
}

/// What the models say of former names, and the answers, as far as they fit the two schemas.
///
/// # Errors
/// A former name, or an answer, that is about nothing that is there.
pub(crate) fn renames(
    models: &Models,
    answers: &[Answer],
    before: &Schema,
    after: &Schema,
    flavor: &Flavor,
) -> Result<Renames, Vec<Diagnostic>> {
    let mut said = Said {
        before,
        after,
        flavor,
        renames: Renames::default(),
        faults: Vec::new(),
    };
    let of_tables = |former: &&FormerName| former.column.is_none();
    models
        .former_names
        .iter()
        .filter(of_tables)
        .for_each(|former| said.former_table(former, models));
    let is_unread: Vec<&Answer> = answers.iter().filter(|answer| !said.answers_of_table(answer)).collect();
    for former in &models.former_names {
        if let Some(column) = &former.column {
            said.former_column(former, column, models);
        }
    }
    is_unread.into_iter().for_each(|answer| said.answer_of_column(answer));
    match said.faults.is_empty() {
        true => Ok(said.renames),
        false => Err(said.faults),
    }
}

/// What was said so far.
struct Said<'a> {
    before: &'a Schema,
    after: &'a Schema,
    flavor: &'a Flavor,
    renames: Renames,
    faults: Vec<Diagnostic>,
}

impl Said<'_> {
    /// A table's former name: in its own schema where none is said.
    fn former_table(&mut self, former: &FormerName, models: &Models) {
        let table = &former.table;
        let mut names = Vec::new();
        for text in &former.names {
            let split: Vec<String> = text.split('.').map(str::to_owned).collect();
            names.push(self.object(std::slice::from_ref(text)));
            names.push(self.object(&split));
            names.push(ObjectName {
                schema: table.schema.clone(),
                name: self.flavor.ident(text),
            });
        }
        let found = names.iter().find(|name| self.before.tables.contains_key(name));
        match found {
            Some(name) => self.renames.tables.push((name.clone(), table.clone())),
            None if self.before.tables.contains_key(table) || self.before.tables.is_empty() => {}
            None => {
                let message = format!(
                    "table `{table}` was never called `{}`: there is no such table",
                    former.names[0]
                );
                self.unknown(message, former, models);
            }
        }
    }

    fn former_column(&mut self, former: &FormerName, column: &Ident, models: &Models) {
        let table = &former.table;
        let Some(old) = self.old_table(table) else { return };
        let names = former.names.iter().map(|text| self.flavor.ident(text));
        let found = names.clone().find(|name| old.column(name).is_some());
        match found {
            Some(name) => self.renames.columns.push((table.clone(), name, column.clone())),
            None if old.column(column).is_some() => {}
            None => {
                let message = format!(
                    "column `{column}` of `{table}` was never called `{}`: there is no such column",
                    former.names[0]
                );
                self.unknown(message, former, models);
            }
        }
    }

    fn unknown(&mut self, message: String, former: &FormerName, models: &Models) {
        let diagnostic = Diagnostic::error(codes::UNKNOWN_FORMER_NAME, message)
            .help("Write the name that the database knows, or take `renamed_from` out.")
            .help("A name with blanks in it stands in double quotes.");
        let place = models.place_of(&former.table, former.column.as_ref());
        self.faults.push(match place {
            Some(place) => diagnostic.at(&place.source, place.span, ""),
            None => diagnostic,
        });
    }

    /// What a table of the models was before, under its former name or its own.
    fn old_table(&self, table: &ObjectName) -> Option<&Table> {
        let renamed = self.renames.tables.iter().find(|(_, to)| to == table);
        let name = renamed
            .map(|(from, _)| from)
            .filter(|_| !self.before.tables.contains_key(table));
        self.before.tables.get(name.unwrap_or(table))
    }

    fn object(&self, parts: &[String]) -> ObjectName {
        let ident = |text: &String| self.flavor.ident(text);
        match parts {
            [schema, name] => ObjectName {
                schema: Some(ident(schema)).filter(|schema| Some(schema.as_str()) != self.flavor.default_schema),
                name: ident(name),
            },
            _ => ObjectName::bare(self.flavor.ident(&parts.join("."))),
        }
    }

    /// Takes an answer about a table; false, if it is not about one.
    fn answers_of_table(&mut self, answer: &Answer) -> bool {
        let goes = |name: &ObjectName| self.before.tables.contains_key(name) && !self.after.tables.contains_key(name);
        match answer {
            Answer::DropAll => {
                let gone = self.before.tables.keys().filter(|name| goes(name)).cloned();
                let gone = gone.collect();
                self.renames.replaced_tables = gone;
                self.renames.replaced_columns = self.going_columns();
                self.renames.replaces_all = true;
                true
            }
            Answer::Drop(parts) => {
                let name = self.object(parts);
                let is_about = goes(&name);
                self.renames.replaced_tables.extend(is_about.then_some(name));
                is_about
            }
            Answer::Rename(from, to) => {
                let (from, to) = (self.object(from), self.object(to));
                let comes = self.after.tables.contains_key(&to) && !self.before.tables.contains_key(&to);
                let is_about = goes(&from) && comes;
                self.renames.tables.extend(is_about.then_some((from, to)));
                is_about
            }
        }
    }

    fn answer_of_column(&mut self, answer: &Answer) {
        let fault = match answer {
            Answer::DropAll => return,
            Answer::Drop(parts) => match self.going_column(parts) {
                Ok(column) => {
                    self.renames.replaced_columns.insert(column);
                    return;
                }
                Err(fault) => fault,
            },
            Answer::Rename(from, to) => match self.going_column(from) {
                Ok((table, from)) => {
                    let to = self.flavor.ident(to.last().map_or("", String::as_str));
                    let is_new = self.old_table(&table).is_some_and(|old| old.column(&to).is_none());
                    let is_there = self
                        .after
                        .tables
                        .get(&table)
                        .is_some_and(|new| new.column(&to).is_some());
                    if is_new && is_there {
                        self.renames.columns.push((table, from, to));
                        return;
                    }
                    format!("no column `{to}` comes in `{table}`")
                }
                Err(fault) => fault,
            },
        };
        let message = format!("`{answer}` answers nothing: {fault}");
        let help = "Run it without the answer: it says what there is to answer, and how.";
        self.faults
            .push(Diagnostic::error(codes::NOTHING_ASKED, message).help(help));
    }

    /// All columns that go from tables that stay, as long as no former name says otherwise.
    fn going_columns(&self) -> BTreeSet<(ObjectName, Ident)> {
        let mut going = BTreeSet::new();
        for (name, new) in &self.after.tables {
            let old = self.old_table(name).into_iter().flat_map(|old| &old.columns);
            let gone = old.filter(|column| new.column(&column.name).is_none());
            going.extend(gone.map(|column| (name.clone(), column.name.clone())));
        }
        going
    }

    /// The column of that name that goes, with its table as it is called now.
    fn going_column(&self, parts: &[String]) -> Result<(ObjectName, Ident), String> {
        let Some((column, table)) = parts.split_last().filter(|(_, table)| !table.is_empty()) else {
            return Err(format!("no table `{}` goes", parts.join(".")));
        };
        let (column, called) = (self.flavor.ident(column), self.object(table));
        let renamed = self.renames.tables.iter().find(|(from, _)| *from == called);
        let table = match renamed {
            Some((_, to)) if !self.after.tables.contains_key(&called) => to.clone(),
            _ => called,
        };
        let goes = self.old_table(&table).is_some_and(|old| old.column(&column).is_some())
            && self
                .after
                .tables
                .get(&table)
                .is_some_and(|new| new.column(&column).is_none());
        match goes {
            true => Ok((table, column)),
            false => Err(format!(
                "no column `{column}` of a table `{table}` goes, nor a table `{}`",
                parts.join(".")
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_printed_as_it_is_read() {
        for text in [
            "drop:*",
            "drop:t",
            "drop:t.x",
            "drop:s.t.x",
            "rename:t.x=y",
            "rename:t=u",
            "rename:s.t=s.u",
            "drop:t.\"my col\"",
            "rename:\"a.b\".\"say \"\"x\"\"\"=\"=\"",
        ] {
            let answer: Answer = text.parse().unwrap();
            assert_eq!(answer.to_string(), text);
        }
        assert_eq!(
            "drop:t.\"my col\"".parse::<Answer>().unwrap().option(),
            "--answer 'drop:t.\"my col\"'"
        );
    }

    #[test]
    fn what_is_no_answer_says_how_one_is_written() {
        for text in [
            "",
            "drop",
            "drop:",
            "drop:t.",
            "rename:t",
            "rename:t.x=",
            "keep:t",
            "drop:\"t",
            "drop:t=u",
        ] {
            assert_eq!(text.parse::<Answer>(), Err(GRAMMAR.to_owned()), "{text}");
        }
    }
}
