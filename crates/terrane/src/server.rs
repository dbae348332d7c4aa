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
    statement_begun INTEGER,
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

/// PostgreSQL. It counts no changes of its schema; that nobody else migrates meanwhile is seen to by a lock.
const POSTGRESQL: Server = Server {
    dialect: "postgresql",
    prepare: "\
CREATE TABLE IF NOT EXISTS terrane_version (
    layer text NOT NULL,
    version_num text NOT NULL,
    CONSTRAINT terrane_version_pk PRIMARY KEY (layer, version_num)
);
CREATE TABLE IF NOT EXISTS terrane_ledger (
    id bigint GENERATED ALWAYS AS IDENTITY,
    revision text,
    layer text NOT NULL,
    direction text NOT NULL,
    message text NOT NULL,
    checksum text,
    applied_by text NOT NULL,
    applied_at text NOT NULL,
    duration_ms bigint NOT NULL,
    tool_version text NOT NULL,
    statements integer NOT NULL,
    statements_done integer NOT NULL,
    statement_begun integer,
    touches text,
    CONSTRAINT terrane_ledger_pk PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS terrane_object (
    kind text NOT NULL,
    name text NOT NULL,
    layer text NOT NULL,
    created_by text,
    CONSTRAINT terrane_object_pk PRIMARY KEY (kind, name)
)",
    present: "SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r' AND relname LIKE 'terrane!_%' ESCAPE '!' AND \
              pg_catalog.pg_table_is_visible(oid)",
    begin: "BEGIN",
    look: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    schema_version: "SELECT '0'",
    now: "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS+00:00')",
    is_there: |kind, name| {
        let name = quote_string(name);
        match kind {
            ObjectKind::Table | ObjectKind::View | ObjectKind::Sequence | ObjectKind::Index => {
                format!("pg_catalog.to_regclass({name}) IS NOT NULL")
            }
            ObjectKind::Enum => format!("pg_catalog.to_regtype({name}) IS NOT NULL"),
            // One that was read from its author's own statement need not say the types of its arguments.
            ObjectKind::Routine if name.contains('(') => format!("pg_catalog.to_regprocedure({name}) IS NOT NULL"),
            ObjectKind::Routine => format!("pg_catalog.to_regproc({name}) IS NOT NULL"),
            // Nothing can be asked of what has no model; whoever runs the script knows what it is run on.
            ObjectKind::Trigger | ObjectKind::Other => "1 = 1".to_owned(),
        }
    },
};

/// The one list of servers.
const ALL: [&Server; 2] = [&SQLITE, &POSTGRESQL];

/// The words for the server of a dialect; every dialect that can be opened has some.
pub(crate) fn server_of(dialect: &str) -> &'static Server {
    ALL.into_iter()
        .find(|server| server.dialect == dialect)
        .unwrap_or(&SQLITE)
}
