//! What is said to a kind of server besides a plan's statements: its own table of Terrane's tables, how a transaction
//! that changes something begins, how often the schema has changed.

use terrane_core::op::ObjectKind;
use terrane_core::sql::quote_string;

/// The words for one kind of server.
#[derive(Debug)]
pub(crate) struct Server {
    /// The name of its dialect.
    pub(crate) dialect: &'static str,
    /// Makes Terrane's tables that are not there yet.
    pub(crate) prepare: &'static str,
    /// The names of those that are there.
    pub(crate) present: &'static str,
    /// Begins a transaction that changes something.
    pub(crate) begin: &'static str,
    /// Begins one that only looks, all at one moment.
    pub(crate) look: &'static str,
    /// The server's own count of changes to the schema, as one row of one value; a server that does not count says the
    /// same each time.
    pub(crate) schema_version: &'static str,
    /// The time now, in UTC, as an expression.
    pub(crate) now: &'static str,
    /// Whether an object is there, as a condition on its name.
    is_there: fn(ObjectKind, &str) -> String,
}

impl Server {
    /// Whether an object of that name is there, as a condition.
    pub(crate) fn is_there(&self, kind: ObjectKind, name: &str) -> String {
        (self.is_there)(kind, name)
    }
}

/// SQLite. Without rowids a key is the table, and a step writes two pages less.
const SQLITE: Server = Server {
    dialect: "sqlite",
    prepare: "\
CREATE TABLE IF NOT EXISTS terrane_version (
    layer TEXT NOT NULL,
    version_num TEXT NOT NULL,
    PRIMARY KEY (layer, version_num)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS terrane_ledger (
    id INTEGER PRIMARY KEY,
    revision TEXT,
    layer TEXT NOT NULL,
    direction TEXT NOT NULL,
    message TEXT NOT NULL,
    checksum TEXT,
    applied_by TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    tool_version TEXT NOT NULL,
    statements INTEGER NOT NULL,
    statements_done INTEGER NOT NULL,
    touches TEXT
);
CREATE TABLE IF NOT EXISTS terrane_object (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    layer TEXT NOT NULL,
    created_by TEXT,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID",
    present: "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'terrane!_%' ESCAPE '!'",
    begin: "BEGIN IMMEDIATE",
    look: "BEGIN",
    schema_version: "PRAGMA schema_version",
    now: "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')",
    is_there: |_, name| {
        format!(
            "EXISTS (SELECT 1 FROM sqlite_master WHERE name = {} COLLATE NOCASE)",
            quote_string(name)
        )
    },
};

/// The one list of servers.
const ALL: [&Server; 1] = [&SQLITE];

/// The words for the server of a dialect; every dialect that can be opened has some.
pub(crate) fn server_of(dialect: &str) -> &'static Server {
    ALL.into_iter()
        .find(|server| server.dialect == dialect)
        .unwrap_or(&SQLITE)
}
