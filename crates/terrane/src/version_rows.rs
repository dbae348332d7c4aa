//! Where version rows are kept: in a table of Terrane's, and those of an Alembic project in that project's own.

use crate::server::Server;
use std::fmt::Write;
use terrane_core::graph::{RevisionId, RowChange};
use terrane_core::name::LayerName;
use terrane_core::op::ObjectKind;
use terrane_core::plan::PlanStep;
use terrane_core::sql::{quote_identifier, quote_string};

/// Reads all rows of Terrane's table.
const ROWS: &str = "SELECT layer, version_num FROM terrane_version";

/// What the question for the table answers where it is there.
const THERE: &str = "terrane alembic";

/// The table in which an Alembic project keeps its version rows. Alembic and Terrane read and write it in turn, so that it
/// holds what Alembic would have written, and nothing of other layers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionTable {
    /// Its schema, where it is not the usual one.
    pub schema: Option<String>,
    /// Its name; `alembic_version`, unless the project says otherwise.
    pub name: String,
}

impl VersionTable {
    /// The name by which the rows of the project go; see [`Node::rows`](terrane_core::graph::Node::rows).
    pub fn rows(&self) -> LayerName {
        LayerName::new(match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.clone(),
        })
    }

    /// The name as SQL.
    fn sql(&self) -> String {
        let name = quote_identifier(&self.name);
        match &self.schema {
            Some(schema) => format!("{}.{name}", quote_identifier(schema)),
            None => name.into_owned(),
        }
    }

    /// The name as the server's catalog is asked for it.
    fn catalog_name(&self, server: &Server) -> String {
        // SQLite's catalog knows names without quotes, and no schemas.
        match server.quotes {
            true => self.sql(),
            false => self.name.clone(),
        }
    }
}

/// The statement that makes the table of a project, where it is not there: as Alembic makes it.
pub(crate) fn prepare(table: Option<&VersionTable>) -> String {
    table.map_or_else(String::new, |table| {
        let key = quote_identifier(&format!("{}_pkc", table.name)).into_owned();
        format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    version_num VARCHAR(32) NOT NULL,\n    CONSTRAINT {key} PRIMARY KEY \
             (version_num)\n)",
            table.sql(),
        )
    })
}

/// What keeps Alembic out of a transaction that moves its rows: it reads its table first, and waits there until this one is
/// done; one that is at work has read it, and is waited for. Servers without namespaces have no such lock, and need none.
pub(crate) fn lock(table: Option<&VersionTable>, wait: Option<String>, server: &Server) -> String {
    match (table.filter(|_| server.quotes), wait) {
        (Some(table), Some(wait)) => {
            let name = table.sql();
            format!("{wait}; LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE; SET LOCAL lock_timeout TO DEFAULT; ")
        }
        _ => String::new(),
    }
}

/// A query that gives a row where the table of the project is there.
pub(crate) fn presence(table: &VersionTable, server: &Server) -> String {
    let there = server.is_there(ObjectKind::Table, &table.catalog_name(server));
    format!("SELECT '{THERE}' WHERE {there}")
}

/// The query for all version rows: whose they are, and the id.
pub(crate) fn query(own: bool, table: Option<&VersionTable>) -> String {
    let alembic = table.map(|table| {
        let rows = quote_string(table.rows().as_str());
        format!("SELECT {rows}, version_num FROM {}", table.sql())
    });
    let own = own.then(|| ROWS.to_owned());
    own.into_iter().chain(alembic).collect::<Vec<_>>().join(" UNION ALL ")
}

/// The changes that a step makes to the rows, each with its semicolon.
pub(crate) fn changes(step: &PlanStep, table: Option<&VersionTable>) -> String {
    let mut sql = String::new();
    let shared = shared(step, table);
    let (own, layer) = (shared.is_none(), quote_string(step.rows.as_str()));
    let name = shared.map_or_else(|| "terrane_version".to_owned(), VersionTable::sql);
    let of_layer = if own {
        format!("layer = {layer} AND ")
    } else {
        String::new()
    };
    for change in &step.row_changes {
        let _ = match change {
            RowChange::Insert(id) => {
                let id = quote_string(id.as_str());
                match own {
                    true => writeln!(sql, "INSERT INTO {name} (layer, version_num) VALUES ({layer}, {id});"),
                    false => writeln!(sql, "INSERT INTO {name} (version_num) VALUES ({id});"),
                }
            }
            RowChange::Delete(id) => {
                let id = quote_string(id.as_str());
                writeln!(sql, "DELETE FROM {name} WHERE {of_layer}version_num = {id};")
            }
            RowChange::Update { from, to } => {
                let (from, to) = (quote_string(from.as_str()), quote_string(to.as_str()));
                writeln!(
                    sql,
                    "UPDATE {name} SET version_num = {to} WHERE {of_layer}version_num = {from};"
                )
            }
        };
    }
    sql
}

/// Whether a row is there, as a condition.
pub(crate) fn exists(step: &PlanStep, table: Option<&VersionTable>, id: &RevisionId) -> String {
    exists_where(step, table, &format!("version_num = {}", quote_string(id.as_str())))
}

/// Whether one of several rows is there, as a condition.
pub(crate) fn exists_any(step: &PlanStep, table: Option<&VersionTable>, ids: &[&RevisionId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| quote_string(id.as_str())).collect();
    exists_where(step, table, &format!("version_num IN ({})", ids.join(", ")))
}

fn exists_where(step: &PlanStep, table: Option<&VersionTable>, is_it: &str) -> String {
    match shared(step, table) {
        Some(table) => format!("EXISTS (SELECT 1 FROM {} WHERE {is_it})", table.sql()),
        None => {
            let layer = quote_string(step.rows.as_str());
            format!("EXISTS (SELECT 1 FROM terrane_version WHERE layer = {layer} AND {is_it})")
        }
    }
}

/// The table of the project, where the step moves its rows.
fn shared<'t>(step: &PlanStep, table: Option<&'t VersionTable>) -> Option<&'t VersionTable> {
    table.filter(|table| table.rows() == step.rows)
}
