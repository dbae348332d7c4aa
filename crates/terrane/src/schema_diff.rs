//! Schemas compared outside of any project: databases, and files of `CREATE` statements.

use crate::answers::renames;
use crate::comparison::stuck;
use crate::database::{Database, OpenMode, dialect_of};
use crate::error::{Error, Result};
use crate::models::{self, Models};
use crate::offline::Script;
use crate::questions::in_a_script;
use crate::server::{Server, server_of};
use crate::url::{DatabaseKind, DatabaseUrl};
use crate::wished::own_surroundings;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;
use terrane_core::ddl::Flavor;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Unsupported;
use terrane_core::diff::diff;
use terrane_core::name::ObjectName;
use terrane_core::op::{ObjectKind, Op};
use terrane_core::schema::Schema;

/// One side of a comparison: a database's URL, or a file of `CREATE` statements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Source<'a>(pub &'a str);

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", DatabaseUrl::new(self.0))
    }
}

/// How sources are compared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Comparing {
    /// The server that reads files, where neither source is a database, or where that one may not make others.
    pub scratch: Option<DatabaseUrl>,
    /// Whether a file that declares nothing means to drop everything.
    pub drops_all: bool,
}

/// The script that turns one schema into another.
#[derive(Clone, Debug)]
pub struct SchemaDiff {
    /// Statements, in order, without semicolons; empty if there is no difference.
    pub statements: Vec<String>,
    /// What each op does, in words.
    pub summary: Vec<String>,
    /// Settings before the statements' transaction.
    pub before: Vec<String>,
    /// Settings after it.
    pub after: Vec<String>,
    /// What looks like a rename.
    pub warnings: Vec<Diagnostic>,
    /// What is there once it has run, as conditions.
    made: Vec<String>,
    server: &'static Server,
    flavor: &'static Flavor,
}

impl SchemaDiff {
    /// Compares two sources. A file is read as the other one's server reads it, or the one that `comparing` names; where
    /// there is none, as SQLite does.
    ///
    /// # Errors
    /// A source cannot be read; the two are of different kinds; there is a difference that cannot be carried over; or the
    /// second one is a file that declares nothing, so that everything would be dropped.
    pub async fn between(from: Source<'_>, to: Source<'_>, comparing: &Comparing) -> Result<SchemaDiff> {
        let reader = Reader::of(from, to, comparing)?;
        let dialect = dialect_of(reader.kind);
        let (before, _) = from.read(&reader).await?;
        let (after, models) = to.read(&reader).await?;
        if to.url().is_none() && after.is_empty() && !before.is_empty() && !comparing.drops_all {
            let message = format!("`{}` declares nothing, so that everything would be dropped", to.0);
            return Err(Error::new(codes::EMPTIED, message).help(
                "If that is meant, say `--drop-all`. A file that a shell writes to is empty before it is read.",
            ));
        }
        let renames = renames(&models, &[], &before, &after, dialect.flavor())?;
        let delta = diff(&before, &after, &renames, &dialect.capability().diff_options(false));
        stuck(&delta)?;
        let lowered = dialect.lower(&delta.ops, &before).map_err(|unsupported| Unsupported {
            reason: format!("`{}` cannot do this: {}", dialect.name(), unsupported.reason),
            ..unsupported
        })?;
        let conduct = dialect.conduct(&delta.ops, &before);
        Ok(SchemaDiff {
            statements: lowered.into_iter().map(|statement| statement.sql).collect(),
            summary: delta.ops.iter().map(|op| op.describe()).collect(),
            before: conduct.before,
            after: conduct.after,
            warnings: delta
                .questions
                .iter()
                .map(|asked| in_a_script(asked, &models))
                .collect(),
            made: made(&delta.ops, &after, server_of(dialect.name())),
            server: server_of(dialect.name()),
            flavor: dialect.flavor(),
        })
    }

    /// Whether the two are the same.
    pub fn is_empty(&self) -> bool {
        self.summary.is_empty()
    }

    /// What makes the server's own shell stop at the first error ([`crate::shell_head`]); empty, as the script is, if there
    /// is no difference.
    pub fn shell_head(&self) -> &'static str {
        if self.statements.is_empty() {
            ""
        } else {
            self.server.shell_head
        }
    }

    /// The script: one transaction, with the settings that it needs around it. [`SchemaDiff::shell_head`] goes in front of
    /// it for the server's own shell.
    pub fn script(&self) -> String {
        if self.statements.is_empty() {
            return String::new();
        }
        let mut script = Script::new(self.server, self.flavor);
        script.settings(&self.before);
        script.begin();
        for statement in &self.statements {
            script.in_transaction(statement);
        }
        script.prove_stands(&self.made);
        script.commit();
        script.settings(&self.after);
        script.end()
    }
}

/// What is there once the ops have run, as conditions: the tables that they change, under their last names.
fn made(ops: &[Op], after: &Schema, server: &Server) -> Vec<String> {
    let names = ops.iter().filter_map(|op| match op {
        Op::CreateTable(table) => Some(&table.name),
        Op::RenameTable { to, .. } => Some(to),
        other => other.altered_table(),
    });
    let names: BTreeSet<&ObjectName> = names.filter(|name| after.tables.contains_key(*name)).collect();
    let there = |name: &ObjectName| server.is_there(ObjectKind::Table, &server.written(ObjectKind::Table, name));
    names.into_iter().map(there).collect()
}

/// What reads files of `CREATE` statements.
struct Reader {
    kind: DatabaseKind,
    /// The server beside whose database a scratch one is made; SQLite needs none.
    server: Option<DatabaseUrl>,
}

impl Reader {
    fn of(from: Source<'_>, to: Source<'_>, comparing: &Comparing) -> Result<Reader> {
        let resolve = |url: DatabaseUrl| url.resolve(Path::new(""));
        let scratch = comparing.scratch.clone().map(resolve).transpose()?;
        let sources = [from.url(), to.url()].into_iter().flatten();
        let sources: Vec<DatabaseUrl> = sources.map(resolve).collect::<Result<_>>()?;
        let mut urls = scratch.iter().chain(&sources);
        let Some(first) = urls.next() else {
            return Ok(Reader {
                kind: DatabaseUrl::new("sqlite:").kind()?,
                server: None,
            });
        };
        let kind = first.kind()?;
        for other in urls {
            if other.kind()? != kind {
                let message = format!("`{first}` and `{other}` are databases of different kinds");
                return Err(Error::new(codes::UNSUPPORTED_DATABASE, message)
                    .help("A script is for one kind of server; compare two databases of one kind, or name a file."));
            }
        }
        Ok(Reader {
            kind,
            server: Some(first.clone()),
        })
    }

    /// A database with nothing in it to read a file in, and what is open for it.
    async fn scratch(&self, aside: &BTreeSet<String>) -> Result<(Database<'static>, Option<Database<'static>>)> {
        match (&self.server, self.kind) {
            #[cfg(feature = "postgres")]
            (Some(server), DatabaseKind::Postgres) => {
                let mut home = open(server).await?;
                let scratch = home.scratch_beside(aside).await?;
                Ok((scratch, Some(home)))
            }
            _ => Ok((Database::scratch().await?, None)),
        }
    }
}

async fn open(url: &DatabaseUrl) -> Result<Database<'static>> {
    let opened = Database::open(url, Path::new(""), OpenMode::Read, Duration::from_secs(5)).await?;
    opened
        .ok_or_else(|| Error::new(codes::CANNOT_OPEN, format!("there is no database `{url}`")).help("Check the path."))
}

impl Source<'_> {
    /// The URL, if it is none of a file of statements. A drive letter is no scheme.
    fn url(self) -> Option<DatabaseUrl> {
        let (scheme, _) = self.0.trim_start().split_once(':')?;
        let is_scheme = scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+');
        is_scheme.then(|| DatabaseUrl::new(self.0))
    }

    /// The schema, and what its file declares besides.
    async fn read(self, reader: &Reader) -> Result<(Schema, Models)> {
        if let Some(url) = self.url() {
            let mut database = open(&url).await?;
            let schema = database.inspect().await;
            database.close().await?;
            return Ok((schema?, Models::default()));
        }
        let source = models::read(Path::new(self.0))?;
        let declared = Models::of(&source, dialect_of(reader.kind))?;
        let (mut scratch, home) = reader.scratch(&own_surroundings(&declared)).await?;
        let read = load(&mut scratch, &declared).await;
        // It is dropped, whatever became of the statements.
        scratch.close().await?;
        if let Some(home) = home {
            home.close().await?;
        }
        Ok((read?, declared))
    }
}

async fn load(scratch: &mut Database<'_>, declared: &Models) -> Result<Schema> {
    for (source, span) in declared.statements() {
        scratch.execute(source.slice(span)).await.map_err(|error| {
            let message = error.diagnostics.first().map(|d| d.message.clone()).unwrap_or_default();
            Error::from(Diagnostic::error(codes::BAD_MODEL, message).at(source, span, ""))
        })?;
    }
    scratch.inspect().await
}
