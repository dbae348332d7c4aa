//! The table in which a tool keeps what has run, and what it says of the migrations.

use super::flyway;
use super::original::Original;
use super::tool::Tool;
use crate::database::Database;
use crate::error::Result;
use std::collections::BTreeMap;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::sql::{quote_identifier, quote_string};

/// What is known of a tool's table.
struct Table {
    name: &'static str,
    /// Columns that it has, and by which it is known.
    columns: &'static [&'static str],
    /// A column that another tool's table of the same name has.
    lacks: Option<&'static str>,
    /// The version of a row.
    version: &'static str,
    /// What a row says, as an expression: `ran`, `failed`, `undone` and the rest of [`State`].
    state: &'static str,
    /// The checksum of a row.
    checksum: Checksum,
    /// The order in which rows came to be.
    order: &'static str,
}

/// How a table keeps checksums.
#[derive(Clone, Copy)]
enum Checksum {
    None,
    Text(&'static str),
    Bytes(&'static str),
}

/// A row of a tool's table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Row {
    version: String,
    state: State,
    checksum: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Ran,
    Failed,
    Undone,
    /// It ran, and all before it did (golang-migrate); or it is said that they did (Flyway).
    UpTo,
    /// It has no version.
    Repeatable,
    /// It was code.
    Code,
    /// It is about nothing that a file does.
    Nothing,
}

impl State {
    fn parse(text: &str) -> State {
        match text {
            "ran" => State::Ran,
            "undone" => State::Undone,
            "up to" => State::UpTo,
            "repeatable" => State::Repeatable,
            "code" => State::Code,
            "nothing" => State::Nothing,
            _ => State::Failed,
        }
    }
}

fn table(tool: Tool) -> Table {
    let plain = Table {
        name: "schema_migrations",
        columns: &["version"],
        lacks: None,
        version: "version",
        state: "'ran'",
        checksum: Checksum::None,
        order: "version",
    };
    match tool {
        Tool::Sqlx => Table {
            name: "_sqlx_migrations",
            columns: &["version", "success", "checksum"],
            state: "CASE WHEN success THEN 'ran' ELSE 'failed' END",
            checksum: Checksum::Bytes("checksum"),
            ..plain
        },
        Tool::Refinery => Table {
            name: "refinery_schema_history",
            columns: &["version", "name", "checksum"],
            checksum: Checksum::Text("checksum"),
            ..plain
        },
        Tool::Diesel => Table {
            name: "__diesel_schema_migrations",
            columns: &["version", "run_on"],
            ..plain
        },
        Tool::Dbmate => Table {
            lacks: Some("dirty"),
            ..plain
        },
        Tool::GolangMigrate => Table {
            columns: &["version", "dirty"],
            state: "CASE WHEN dirty THEN 'failed' ELSE 'up to' END",
            ..plain
        },
        Tool::Goose => Table {
            name: "goose_db_version",
            columns: &["id", "version_id", "is_applied"],
            version: "version_id",
            state: "CASE WHEN version_id = 0 THEN 'nothing' WHEN is_applied THEN 'ran' ELSE 'undone' END",
            order: "id",
            ..plain
        },
        Tool::Flyway => Table {
            name: "flyway_schema_history",
            columns: &["installed_rank", "version", "type", "checksum", "success"],
            state: "CASE WHEN NOT success THEN 'failed' WHEN type LIKE 'UNDO%' OR type = 'DELETE' THEN 'undone' \
                    WHEN type IN ('BASELINE', 'SQL_BASELINE') THEN 'up to' WHEN type = 'SCHEMA' THEN 'nothing' \
                    WHEN version IS NULL THEN 'repeatable' WHEN type = 'SQL' THEN 'ran' ELSE 'code' END",
            checksum: Checksum::Text("checksum"),
            order: "installed_rank",
            ..plain
        },
    }
}

impl Tool {
    /// The table in which it keeps what has run.
    pub fn table(self) -> &'static str {
        table(self).name
    }
}

/// The rows of a tool's table, in the order in which they came to be; none, where the database has no such table.
///
/// # Errors
/// The database cannot be read.
pub(super) async fn rows(tool: Tool, database: &mut Database<'_>) -> Result<Option<Vec<Row>>> {
    let table = table(tool);
    let has_schemas = database.dialect().name() != "sqlite";
    let Some(name) = place(&table, has_schemas, database).await? else {
        return Ok(None);
    };
    let checksum = match (table.checksum, has_schemas) {
        (Checksum::None, _) => "NULL".to_owned(),
        (Checksum::Text(column), _) => format!("CAST({column} AS TEXT)"),
        (Checksum::Bytes(column), true) => format!("encode({column}, 'hex')"),
        (Checksum::Bytes(column), false) => format!("lower(hex({column}))"),
    };
    let Table {
        version, state, order, ..
    } = table;
    let sql = format!("SELECT CAST({version} AS TEXT), {state}, {checksum} FROM {name} ORDER BY {order}");
    let read = database.rows(&sql).await?;
    let rows = read.into_iter().map(|row| {
        let mut values = row.into_iter();
        let mut next = || values.next().flatten();
        let version = next().unwrap_or_default();
        Row {
            version: if tool == Tool::Flyway && !version.is_empty() {
                flyway::normal(&version)
            } else {
                version
            },
            state: State::parse(&next().unwrap_or_default()),
            checksum: next(),
        }
    });
    Ok(Some(rows.collect()))
}

/// The table as SQL names it, if it is there and is the tool's.
async fn place(table: &Table, has_schemas: bool, database: &mut Database<'_>) -> Result<Option<String>> {
    let name = quote_string(table.name);
    let columns = match has_schemas {
        true => format!(
            "SELECT table_schema, column_name FROM information_schema.columns WHERE table_name = {name} AND table_schema \
             NOT IN ('pg_catalog', 'information_schema') ORDER BY table_schema <> 'public', table_schema"
        ),
        false => format!("SELECT '', name FROM pragma_table_info({name})"),
    };
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for row in database.rows(&columns).await? {
        let mut values = row.into_iter().flatten();
        let (Some(schema), Some(column)) = (values.next(), values.next()) else {
            continue;
        };
        match found.last_mut().filter(|(last, _)| *last == schema) {
            Some((_, columns)) => columns.push(column),
            None => found.push((schema, vec![column])),
        }
    }
    let is_it = |columns: &[String]| {
        let has = |wanted: &str| columns.iter().any(|column| column == wanted);
        table.columns.iter().all(|wanted| has(wanted)) && !table.lacks.is_some_and(has)
    };
    let found = found.into_iter().find(|(_, columns)| is_it(columns));
    Ok(found.map(|(schema, _)| {
        let name = quote_identifier(table.name);
        match schema.is_empty() {
            true => name.into_owned(),
            false => format!("{}.{name}", quote_identifier(&schema)),
        }
    }))
}

/// How many of the migrations have run, the first ones.
///
/// # Errors
/// The rows say what no version row can: one failed, was left out, has no file, or its file was changed.
pub(super) fn ran(tool: Tool, rows: &[Row], migrations: &[Original]) -> std::result::Result<usize, Vec<Diagnostic>> {
    let mut judge = Judge {
        tool,
        migrations,
        ran: BTreeMap::new(),
        diagnostics: Vec::new(),
    };
    rows.iter().for_each(|row| judge.row(row));
    judge.finish()
}

struct Judge<'m> {
    tool: Tool,
    migrations: &'m [Original],
    /// What ran, by its place among the migrations.
    ran: BTreeMap<usize, Option<String>>,
    diagnostics: Vec<Diagnostic>,
}

impl Judge<'_> {
    fn row(&mut self, row: &Row) {
        let (tool, version) = (self.tool, &row.version);
        let at = self.migrations.iter().position(|other| other.version == *version);
        match (row.state, at) {
            (State::Nothing, _) => {}
            (State::Ran, Some(at)) => {
                self.ran.insert(at, row.checksum.clone());
            }
            (State::UpTo, Some(at)) => self.ran.extend((0..=at).map(|at| (at, None))),
            (State::UpTo, None) if tool == Tool::Flyway => {
                let limit = flyway::key(version);
                let before = |migration: &&Original| flyway::key(&migration.version) <= limit;
                let count = self.migrations.iter().take_while(before).count();
                self.ran.extend((0..count).map(|at| (at, None)));
            }
            (State::Undone, Some(at)) => {
                self.ran.remove(&at);
            }
            (State::Undone, None) => {}
            (State::Failed, _) => {
                let help = format!("Put the database right with {tool}, and import then.");
                self.told(&format!("migration {version} was begun and did not end"), &help);
            }
            (State::Ran | State::UpTo, None) => {
                let help = "Restore the file, or take the row away, if nothing of it is left.";
                self.told(&format!("migration {version} ran, and there is no file of it"), help);
            }
            (State::Repeatable, _) => {
                let help = "Let the models of the layer say what it made, and take the row away.";
                self.told("a migration without a version ran", help);
            }
            (State::Code, _) => {
                let help = "Write what it did as SQL of the same version, and let its row say so.";
                self.told(&format!("migration {version} ran as code"), help);
            }
        }
    }

    fn told(&mut self, what: &str, help: &str) {
        let message = format!("`{}` says that {what}", self.tool.table());
        self.diagnostics
            .push(Diagnostic::error(codes::TOOLS_BOOKS, message).help(help));
    }

    fn finish(mut self) -> std::result::Result<usize, Vec<Diagnostic>> {
        let count = self.ran.last_key_value().map_or(0, |(last, _)| last + 1);
        for at in 0..count {
            let migration = &self.migrations[at];
            let (file, version) = (migration.file.name(), &migration.version);
            match self.ran.get(&at) {
                None => {
                    let last = &self.migrations[count - 1].version;
                    let tool = self.tool;
                    self.told(
                        &format!("migration {last} ran, and {version} before it did not: `{file}`"),
                        &format!("Let {tool} run it, or take the file away, and import then."),
                    );
                }
                Some(Some(sum)) if !migration.checksums.is_empty() && !migration.checksums.contains(sum) => {
                    self.told(
                        &format!("migration {version} ran with other text than `{file}` has now"),
                        "Restore the file as it ran; what was meant to change goes into a revision.",
                    );
                }
                Some(_) => {}
            }
        }
        match self.diagnostics.is_empty() {
            true => Ok(count),
            false => Err(self.diagnostics),
        }
    }
}
