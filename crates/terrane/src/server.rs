//! What is said to a kind of server besides a plan's statements: its own table of Terrane's tables, how a transaction
//! that changes something begins, how often the schema has changed.

use terrane_core::ddl::Flavor;
use terrane_core::name::ObjectName;
use terrane_core::op::ObjectKind;
use terrane_core::sql::{quote_identifier, quote_string, tokenize, unquote};

/// The words for one kind of server.
#[derive(Debug)]
pub(crate) struct Server {
    /// The name of its dialect.
    pub(crate) dialect: &'static str,
    /// Makes Terrane's tables that are not there yet.
    pub(crate) prepare: &'static str,
    /// The names of those that are there, and of their columns: `terrane_object`, `terrane_object.kind`.
    pub(crate) present: &'static str,
    /// Empties the table of owners that an earlier version of Terrane made, and gives it its columns of today; or drops it, so
    /// that `prepare` makes it.
    pub(crate) renew_owners: &'static str,
    /// Begins a transaction that changes something.
    pub(crate) begin: &'static str,
    /// Begins one that only looks, all at one moment.
    pub(crate) look: &'static str,
    /// The server's own count of changes to the schema, as one row of one value; a server that does not count says the
    /// same each time.
    pub(crate) schema_version: &'static str,
    /// The tables and views, by kind and name, where the server does not tell what a transaction made.
    pub(crate) relations: Option<&'static str>,
    /// The id of a transaction that writes, as one row of one value; none, where the server tells none.
    pub(crate) transaction_id: Option<&'static str>,
    /// Asks which of some tables have rows: a row each, with the table's place among them, from 1; none, where nothing is done
    /// otherwise for that.
    pub(crate) occupied: Option<fn(&[String]) -> String>,
    /// How statements run as another role; none, where there are no roles.
    pub(crate) roles: Option<RoleWords>,
    /// The time now, in UTC, as an expression.
    pub(crate) now: &'static str,
    /// What only its own shell understands: it stops at the first error, whatever its settings were.
    pub(crate) shell_head: &'static str,
    /// What a script says first, to any client.
    pub(crate) script_begins: &'static str,
    /// What a script says last.
    pub(crate) script_ends: &'static str,
    /// What a script says when a transaction has begun.
    pub(crate) begin_script: &'static str,
    /// How a script proves a step.
    pub(crate) proofs: Proofs,
    /// Whether names have quotes and namespaces; else they are as they are, all in one namespace.
    pub(crate) quotes: bool,
    /// The schema of a name that says none.
    schema: &'static str,
    /// Whether an object is there, as a condition on its name.
    is_there: fn(ObjectKind, &str) -> String,
}

/// How statements run as another role than whoever is connected.
#[derive(Debug)]
pub(crate) struct RoleWords {
    /// From now on, until it is taken back.
    pub(crate) take: fn(&str) -> String,
    /// Has everything done that is put off to the end of the transaction, as long as it is that role's.
    pub(crate) flush: &'static str,
    /// Takes it back.
    pub(crate) leave: &'static str,
}

/// How a script makes sure that nothing of a step is kept unless all of it succeeded.
#[derive(Debug)]
pub(crate) enum Proofs {
    /// An error leaves the transaction open, and what follows is kept: each proof is a row, and a row that is missing rolls
    /// the transaction back.
    Kept(KeptProofs),
    /// An error ends the transaction, and nothing that follows is done: a statement that fails unless the condition holds.
    Raised(fn(&str) -> String),
}

/// The statements of proofs that are kept as rows.
#[derive(Debug)]
pub(crate) struct KeptProofs {
    /// Forgets those of the step before.
    pub(crate) forget: &'static str,
    /// The row of a condition on where the database stands.
    pub(crate) stands: fn(&str) -> String,
    /// The row of a condition on rows that were copied.
    pub(crate) copied: fn(&str) -> String,
    /// Rolls back, unless there are that many rows.
    pub(crate) complete: fn(usize) -> String,
}

/// An object as the table of owners keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    /// The schema that it is in; nothing, where a kind without a noun says none: such a thing is in none, or where names
    /// without a schema are.
    pub(crate) schema: String,
    /// Its name; of a routine, and of what has no noun, as SQL text.
    pub(crate) name: String,
    /// Of a routine, the types of its arguments in parentheses, as far as they are known; nothing, of all else.
    pub(crate) arguments: String,
}

impl Server {
    /// An object as the table of owners keeps it.
    pub(crate) fn kept(&self, kind: ObjectKind, name: &ObjectName) -> Kept {
        let schema = match (&name.schema, kind) {
            (Some(schema), _) => schema.as_str(),
            (None, ObjectKind::Other) if self.quotes => "",
            (None, _) => self.schema,
        };
        let text = name.name.as_str();
        let parted = (self.quotes && kind == ObjectKind::Routine).then(|| arguments_at(text));
        let (name, arguments) = text.split_at(parted.flatten().unwrap_or(text.len()));
        Kept {
            schema: schema.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        }
    }

    /// What the table of owners keeps, as an object's name.
    pub(crate) fn object(&self, kept: &Kept, flavor: &Flavor) -> ObjectName {
        let is_told = !kept.schema.is_empty() && kept.schema != self.schema;
        ObjectName {
            schema: is_told.then(|| flavor.ident(&kept.schema)),
            name: flavor.ident(&format!("{}{}", kept.name, kept.arguments)),
        }
    }

    /// A name as the server can be asked about it, and as earlier versions of Terrane kept it.
    pub(crate) fn written(&self, kind: ObjectKind, name: &ObjectName) -> String {
        if !self.quotes {
            return name.to_string();
        }
        let own = match kind {
            // They are SQL text already.
            ObjectKind::Routine | ObjectKind::Other => name.name.as_str().into(),
            _ => quote_identifier(name.name.as_str()),
        };
        match &name.schema {
            Some(schema) => format!("{}.{own}", quote_identifier(schema.as_str())),
            None => own.into_owned(),
        }
    }

    /// A name that the server tells in that form, or that an earlier version kept.
    pub(crate) fn read(&self, kind: ObjectKind, text: &str, flavor: &Flavor) -> ObjectName {
        if !self.quotes {
            return flavor.object(text);
        }
        let tokens = tokenize(text, &flavor.lexing).unwrap_or_default();
        let (schema, own) = match tokens.as_slice() {
            [schema, dot, ..] if dot.is_symbol(text, ".") => (Some(schema.text(text)), &text[dot.span.end..]),
            _ => (None, text),
        };
        let own = match kind {
            ObjectKind::Routine | ObjectKind::Other => own.into(),
            _ => unquote(own),
        };
        ObjectName {
            schema: schema.map(|schema| flavor.ident(&unquote(schema))),
            name: flavor.ident(&own),
        }
    }

    /// Whether an object of that name is there, as a condition.
    pub(crate) fn is_there(&self, kind: ObjectKind, name: &str) -> String {
        (self.is_there)(kind, name)
    }
}

/// Where the arguments of a routine begin, whose name may have a parenthesis within quotes.
fn arguments_at(text: &str) -> Option<usize> {
    let quotes = |at: usize| text[..at].matches('"').count();
    text.match_indices('(')
        .map(|(at, _)| at)
        .find(|at| quotes(*at) % 2 == 0)
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
    statement_found TEXT,
    touches TEXT,
    rows_written TEXT
);
CREATE TABLE IF NOT EXISTS terrane_object (
    kind TEXT NOT NULL,
    schema TEXT NOT NULL,
    name TEXT NOT NULL,
    arguments TEXT NOT NULL,
    layer TEXT NOT NULL,
    created_by TEXT,
    PRIMARY KEY (kind, schema, name, arguments)
) WITHOUT ROWID",
    present: "\
SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name IN ('terrane_version', 'terrane_ledger', 'terrane_object') \
UNION ALL SELECT 'terrane_ledger.' || name FROM pragma_table_info('terrane_ledger', 'main') UNION ALL SELECT \
'terrane_object.' || name FROM pragma_table_info('terrane_object', 'main')",
    // A primary key cannot be altered.
    renew_owners: "DROP TABLE terrane_object",
    begin: "BEGIN IMMEDIATE",
    look: "BEGIN",
    schema_version: "PRAGMA schema_version",
    relations: Some(
        "SELECT type, name FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' \
         ORDER BY 1, 2",
    ),
    transaction_id: None,
    occupied: None,
    roles: None,
    now: "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')",
    shell_head: "\
-- For the `sqlite3` shell, which stops at the first error. For another client, leave the next two lines out (`--plain`).
.bail on
;
",
    script_begins: "\
-- Each step proves itself in this table. Where a proof is missing, the step is rolled back.
CREATE TEMP TABLE IF NOT EXISTS terrane_proof (
    stands INTEGER CONSTRAINT \"the database does not stand as this step needs it\" CHECK (stands),
    copied INTEGER CONSTRAINT \"not all rows were copied\" CHECK (copied),
    complete INTEGER CONSTRAINT \"a statement of this step failed, so that nothing of it is kept\" CHECK (complete)
);

",
    script_ends: "DROP TABLE temp.terrane_proof;\n",
    begin_script: "",
    proofs: Proofs::Kept(KeptProofs {
        forget: "DELETE FROM temp.terrane_proof",
        stands: |condition| format!("INSERT INTO temp.terrane_proof (stands) SELECT {condition}"),
        copied: |condition| format!("INSERT INTO temp.terrane_proof (copied) SELECT {condition}"),
        // Only this conflict ends a transaction (sqlite.org/lang_conflict.html); its COMMIT then has none to keep.
        complete: |count| {
            format!("INSERT OR ROLLBACK INTO temp.terrane_proof (complete) SELECT count(*) = {count} FROM temp.terrane_proof")
        },
    }),
    quotes: false,
    schema: "main",
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
    statement_found text,
    touches text,
    rows_written text,
    CONSTRAINT terrane_ledger_pk PRIMARY KEY (id)
);
CREATE TABLE IF NOT EXISTS terrane_object (
    kind text NOT NULL,
    schema text NOT NULL,
    name text NOT NULL,
    arguments text NOT NULL,
    layer text NOT NULL,
    created_by text,
    CONSTRAINT terrane_object_pk PRIMARY KEY (kind, schema, name, arguments)
)",
    present: "\
WITH own AS (SELECT c.oid, c.relname FROM pg_catalog.pg_class AS c WHERE c.relkind = 'r' AND c.relname IN ('terrane_version', \
'terrane_ledger', 'terrane_object') AND pg_catalog.pg_table_is_visible(c.oid)) SELECT o.relname::text FROM own AS o UNION ALL \
SELECT o.relname || '.' || a.attname FROM own AS o JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.oid WHERE a.attnum > 0 \
AND NOT a.attisdropped",
    // What others were granted on it stays.
    renew_owners: "\
DELETE FROM terrane_object;
ALTER TABLE terrane_object ADD COLUMN schema text NOT NULL, ADD COLUMN arguments text NOT NULL, DROP CONSTRAINT \
terrane_object_pk, ADD CONSTRAINT terrane_object_pk PRIMARY KEY (kind, schema, name, arguments)",
    begin: "BEGIN ISOLATION LEVEL READ COMMITTED",
    look: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL IntervalStyle = postgres; SET LOCAL bytea_output = \
           hex; SET LOCAL quote_all_identifiers = off; SET LOCAL row_security = on; SET LOCAL jit = off; SET LOCAL statement_timeout = 0",
    schema_version: "SELECT '0'",
    relations: None,
    transaction_id: Some("SELECT pg_catalog.pg_current_xact_id()::text"),
    occupied: Some(|tables| {
        let names: Vec<String> = tables.iter().map(|name| quote_string(name)).collect();
        format!(
            "SELECT t.at::text FROM pg_catalog.unnest(ARRAY[{}]::text[]) WITH ORDINALITY AS t (name, at) WHERE \
             pg_catalog.pg_relation_size(pg_catalog.to_regclass(t.name)) > 0",
            names.join(", ")
        )
    }),
    roles: Some(RoleWords {
        take: |role| format!("SET ROLE {}", quote_identifier(role)),
        flush: "SET CONSTRAINTS ALL IMMEDIATE",
        leave: "RESET ROLE",
    }),
    now: "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS+00:00')",
    shell_head: "\
-- For `psql`, which stops at the first error. For another client, leave the next four lines out (`--plain`).
\\set ON_ERROR_STOP on
\\set ON_ERROR_ROLLBACK off
\\set AUTOCOMMIT on
;
",
    // A name without a schema means the same as in models and revisions, whatever the database, the role or the client set.
    script_begins: "\
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET search_path = public, pg_temp;

",
    script_ends: "",
    // Behind a pooler the next transaction may have another session, with settings of its own.
    begin_script: "SET LOCAL search_path = public, pg_temp",
    proofs: Proofs::Raised(|condition| {
        format!(
            "DO $terrane$ BEGIN IF NOT ({condition}) THEN RAISE EXCEPTION 'the database does not stand as this step needs \
             it'; END IF; END $terrane$"
        )
    }),
    quotes: true,
    schema: "public",
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
