//! That a revision leaves alone what is not its layer's, whatever its statements hide (law L8).
//!
//! The planner judges what it reads. Asked here is what cannot be read, twice: before anything runs, of the words in a
//! statement that could turn the books or the catalog itself; and before a step commits, of the server.
//!
//! PostgreSQL is asked which rows of its catalogs the transaction wrote (`watch`), and they are judged by a whitelist
//! (`verdict`). SQLite's catalog is one table of texts, of which the whole share of others is compared.

#[cfg(feature = "postgres")]
mod verdict;
#[cfg(feature = "postgres")]
mod watch;
mod written;

#[cfg(feature = "postgres")]
pub(crate) use watch::Watch;
pub(crate) use written::{Writing, Written};

use crate::database::Database;
use crate::error::{Error, Result};
#[cfg(feature = "alembic")]
use crate::project::Project;
use crate::server::Server;
use crate::version_rows::VersionTable;
use std::collections::BTreeSet;
use terrane_core::ddl::Flavor;
use terrane_core::diagnostic::{Code, Diagnostic, codes};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{OWN_TABLES, Ownership, OwnershipChange};
use terrane_core::plan::{Plan, PlanAction, PlanStatement, PlanStep};
use terrane_core::sql::{TokenKind, tokenize, unquote};
#[cfg(feature = "postgres")]
use terrane_postgres::guard::Beginning as Opened;

/// What a plan's statements may not say, found before anything runs: the names of Terrane's own tables, since whoever
/// writes them says who owns what; and, where another layer owns anything, the switch that lets a statement write the
/// catalog.
///
/// SQLite has no dynamic SQL, so that a name which is nowhere in the text is not touched.
pub(crate) fn refuse_hidden(
    plan: &Plan,
    ownership: &Ownership,
    flavor: &Flavor,
    table: Option<&VersionTable>,
) -> Result<()> {
    let mut ownership = ownership.clone();
    let mut diagnostics = Vec::new();
    for step in &plan.steps {
        for statement in &step.statements {
            let PlanAction::Sql(sql) = &statement.action else {
                continue;
            };
            let hidden = fault(sql, ownership.others_own(&step.layer), flavor, table)
                .map(|(message, help)| (codes::GUARD, message, help));
            let found = hidden.or_else(|| without_effect(sql, step, flavor));
            if let Some((code, message, help)) = found {
                let diagnostic = Diagnostic::error(code, message).help(help);
                diagnostics.push(at(diagnostic, step, statement));
            }
        }
        for change in &step.ownership {
            ownership.change(change, &step.layer, step.revision.as_ref());
        }
    }
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(diagnostics.into())
    }
}

/// The same of a statement that nobody has seen before it is said.
#[cfg(feature = "alembic")]
pub(crate) fn refuse_said(
    sql: &str,
    step: &PlanStep,
    ownership: &Ownership,
    flavor: &Flavor,
    project: &Project,
) -> Result<()> {
    // Python asks the catalog of whatever is there.
    if is_question(sql) {
        return Ok(());
    }
    let table = project.config.version_table.as_ref();
    match fault(sql, ownership.others_own(&step.layer), flavor, table) {
        Some((message, help)) => Err(Error::new(codes::GUARD, message).help(help)),
        None => Ok(()),
    }
}

fn at(diagnostic: Diagnostic, step: &PlanStep, statement: &PlanStatement) -> Diagnostic {
    match (&step.source, statement.span) {
        (Some(source), Some(span)) => diagnostic.at(source, span, ""),
        _ => diagnostic,
    }
}

fn fault(sql: &str, others: bool, flavor: &Flavor, table: Option<&VersionTable>) -> Option<(String, &'static str)> {
    // Almost every statement has neither word, and is not taken apart.
    let has = |word: &str| {
        let (text, word) = (sql.as_bytes(), word.as_bytes());
        text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
    };
    let shared = table.map(|table| table.name.as_str()).filter(|name| has(name));
    if !has("terrane_") && !has("pragma") && shared.is_none() {
        return None;
    }
    // What does not lex, the server does not run.
    let tokens = tokenize(sql, &flavor.lexing).ok()?;
    let words: BTreeSet<String> = tokens
        .iter()
        .filter_map(|token| match token.kind {
            TokenKind::Word => Some(token.text(sql).to_ascii_lowercase()),
            // SQLite takes a string for a name where only a name makes sense (sqlite.org/lang_keywords.html).
            TokenKind::QuotedIdentifier => Some(unquote(token.text(sql)).to_ascii_lowercase()),
            TokenKind::String => Some(token.text(sql).trim_matches('\'').to_ascii_lowercase()),
            _ => None,
        })
        .collect();
    if let Some(name) = OWN_TABLES.iter().find(|name| words.contains(**name)) {
        let message = format!("`{name}` is Terrane's own, and no revision may touch it");
        return Some((
            message,
            "Take the statement out; `terrane stamp` says where a database stands.",
        ));
    }
    // To look where the database stands is nobody's loss.
    if let Some(name) = shared.filter(|name| !is_question(sql) && words.contains(&name.to_ascii_lowercase())) {
        let message = format!("`{name}` says where the database stands, and no revision may touch it");
        return Some((
            message,
            "Take the statement out; `terrane stamp` says where a database stands.",
        ));
    }
    if others && words.contains("pragma") && words.contains("writable_schema") {
        let message = "a statement would write the catalog itself, where other layers have their objects".to_owned();
        return Some((message, "Take the statement out, and say the change in DDL."));
    }
    // To ask for a setting is nobody's loss.
    let sets = tokens
        .iter()
        .any(|token| token.is_symbol(sql, "=") || token.is_symbol(sql, "("));
    let setting = OF_THE_FILE.iter().find(|name| words.contains(**name));
    if let Some(name) = setting.filter(|_| others && sets && words.contains("pragma")) {
        let message = format!("`{name}` is a setting of the whole database, which other layers share");
        return Some((
            message,
            "Take the statement out; whoever owns the database may say it outside of a revision.",
        ));
    }
    None
}

/// Whether a statement only asks, as far as its beginning tells.
fn is_question(sql: &str) -> bool {
    let mut words = sql.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let mut word = || {
        words
            .find(|word| !word.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    match word().as_str() {
        "select" => true,
        "pragma" => {
            let first = word();
            let name = if first == "main" || first == "temp" {
                word()
            } else {
                first
            };
            OF_THE_CATALOG.contains(&name.as_str()) && !sql.contains('=')
        }
        _ => false,
    }
}

/// What SQLite tells of its catalog (sqlite.org/pragma.html).
const OF_THE_CATALOG: [&str; 8] = [
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Settings that SQLite keeps in the file (sqlite.org/pragma.html), and what would be read wrongly ever after.
const OF_THE_FILE: [&str; 9] = [
    "application_id",
    "auto_vacuum",
    "default_cache_size",
    "encoding",
    "incremental_vacuum",
    "journal_mode",
    "page_size",
    "schema_version",
    "user_version",
];

/// The one switch that does nothing within a transaction and does not say so (sqlite.org/pragma.html#pragma_foreign_keys).
/// The author would rely on it, and lose the rows of children.
fn without_effect(sql: &str, step: &PlanStep, flavor: &Flavor) -> Option<(Code, String, &'static str)> {
    let is_off = |setting: &String| setting == "PRAGMA foreign_keys=OFF";
    if !step.transactional || step.conduct.before.iter().any(is_off) {
        return None;
    }
    if !sql.starts_with(['p', 'P', '-', '/']) {
        return None;
    }
    let tokens = tokenize(sql, &flavor.lexing).ok()?;
    let words: Vec<String> = tokens
        .iter()
        .filter(|token| token.kind != TokenKind::Comment)
        .map(|token| unquote(token.text(sql)).to_ascii_lowercase())
        .collect();
    let switches_off = words.first().is_some_and(|word| word == "pragma")
        && words.iter().any(|word| word == "foreign_keys")
        && words
            .iter()
            .any(|word| ["off", "0", "no", "false"].contains(&word.as_str()));
    switches_off.then(|| {
        let message = "`PRAGMA foreign_keys` does nothing within a transaction, and rows would go by ON DELETE CASCADE";
        let help =
            "Take it out: where a table is dropped or rebuilt, Terrane sees to it. Or say `-- Transaction: none`.";
        (codes::TRANSACTION_CONTROL, message.to_owned(), help)
    })
}

/// What is known of other layers' objects before a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Guarded {
    /// What the catalog says of them, as one text. It is put together by the server: nearly always it is the same before and
    /// after, and then nothing else is asked.
    Text(String),
    /// The server keeps it until it is asked.
    #[cfg(feature = "postgres")]
    Watched(Opened),
}

/// Looks before a step; nothing, if nothing it does could be another layer's, or news to the books.
pub(crate) async fn begin(
    database: &mut Database<'_>,
    watch: &mut Watch,
    step: &PlanStep,
    ownership: &Ownership,
) -> Result<Option<Guarded>> {
    if step.statements.is_empty() {
        return Ok(None);
    }
    let others = ownership.others_own(&step.layer);
    #[cfg(feature = "postgres")]
    if database.tells_writes() {
        if !others && !may_surprise(step) {
            return Ok(None);
        }
        watch.prepare(database, &step.layer, ownership).await?;
        return Ok(Some(Guarded::Watched(watch.begin(database, step).await?)));
    }
    #[cfg(not(feature = "postgres"))]
    let _nothing_is_watched = watch;
    if !others {
        return Ok(None);
    }
    database.watch_writes().await?;
    Ok(database.others(&step.layer).await?.map(Guarded::Text))
}

/// Whether more may come and go than the statements of a step say: what goes takes with it what depends on it, and of a
/// function its statement does not say exactly which one it is.
#[cfg(feature = "postgres")]
fn may_surprise(step: &PlanStep) -> bool {
    let is_plain = |change: &OwnershipChange| match change {
        OwnershipChange::Take((kind, _)) => !matches!(kind, ObjectKind::Routine | ObjectKind::Other),
        OwnershipChange::Release(_) | OwnershipChange::Settle(..) => false,
    };
    let cascades = |statement: &PlanStatement| match &statement.action {
        PlanAction::Sql(sql) => sql
            .as_bytes()
            .windows(7)
            .any(|word| word.eq_ignore_ascii_case(b"cascade")),
        PlanAction::Call(_) | PlanAction::Python => true,
    };
    !step.understood || !step.ownership.iter().all(is_plain) || step.statements.iter().any(cascades)
}

/// Nothing is known of a server that is not compiled in.
#[cfg(not(feature = "postgres"))]
#[derive(Debug)]
pub(crate) struct Watch;

#[cfg(not(feature = "postgres"))]
impl Watch {
    /// There is nothing to know.
    pub(crate) fn new() -> Watch {
        Watch
    }

    /// Nothing is done once more for its sake.
    pub(crate) fn goes_again(&mut self) -> bool {
        false
    }

    /// The transaction was committed.
    pub(crate) fn committed(&mut self) {}

    /// The transaction came to nothing.
    pub(crate) fn rolled_back(&mut self) {}
}

/// What a step came to, once it is found to have left others alone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Judged {
    /// What there is of others now, where that was looked at as a whole.
    pub(crate) seen: Option<String>,
    /// What it made and did away with besides what its statements say.
    pub(crate) changes: Vec<OwnershipChange>,
    /// Of what of other layers it wrote rows, as far as the server tells.
    pub(crate) written: Vec<Written>,
}

/// Refuses a step after which another layer's objects are not what they were. `transaction` is the id of the transaction
/// that it runs in.
pub(crate) async fn judge(
    database: &mut Database<'_>,
    watch: &mut Watch,
    step: &PlanStep,
    before: &Guarded,
    ownership: &Ownership,
    transaction: Option<&str>,
) -> Result<Judged> {
    #[cfg(not(feature = "postgres"))]
    let _nothing_is_watched = (watch, transaction);
    match before {
        #[cfg(feature = "postgres")]
        Guarded::Watched(opened) => {
            watch
                .judge(database, step, opened, transaction.unwrap_or_default(), ownership)
                .await
        }
        Guarded::Text(before) => {
            let written = database.written(step, ownership).await?;
            let seen = database.others(&step.layer).await?.unwrap_or_default();
            let owners = Owners {
                ownership,
                server: database.server(),
                flavor: database.dialect().flavor(),
            };
            compare(step, before, &seen, &owners)?;
            Ok(Judged {
                seen: Some(seen),
                written,
                changes: Vec::new(),
            })
        }
    }
}

/// One object of another layer, as the catalog has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct CatalogRow {
    kind: String,
    name: String,
    table: String,
    sql: Option<String>,
    owner: LayerName,
}

/// Refuses a step after which another layer's objects are not byte for byte what they were.
///
/// A layer that requires this one follows its renames, and its views the types of what they read: the server rewrites the
/// references, and that is as it should be.
fn compare(step: &PlanStep, before: &str, after: &str, owners: &Owners<'_>) -> Result<()> {
    if before == after {
        return Ok(());
    }
    let (before, after) = (rows(before, step, owners)?, rows(after, step, owners)?);
    let is_there = |rows: &BTreeSet<CatalogRow>, row: &CatalogRow| {
        rows.iter()
            .any(|other| other.kind == row.kind && other.name == row.name)
    };
    let is_held = |row: &CatalogRow| step.held.contains(&owners.relation(&row.table));
    let follows = |row: &CatalogRow| {
        (step.renames || is_held(row))
            && owners.ownership.may_refer(&row.owner, &step.layer)
            && is_there(&before, row)
            && is_there(&after, row)
    };
    let waived = |row: &CatalogRow| is_waived(step, &row.name) || is_waived(step, &row.table);
    let changed: BTreeSet<(&str, &str, &LayerName)> = before
        .symmetric_difference(&after)
        .filter(|row| !waived(row) && !follows(row))
        .map(|row| (row.kind.as_str(), row.name.as_str(), &row.owner))
        .collect();
    refuse(
        changed
            .iter()
            .map(|(kind, name, owner)| format!("{kind} `{name}` of layer `{owner}` was changed")),
    )
}

/// Whether the header gives leave to touch what has that name. One of the two may be without its schema.
pub(crate) fn is_waived(step: &PlanStep, name: &str) -> bool {
    let bare = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    step.waivers.iter().any(|waiver| {
        let waived = waiver.object.as_str();
        waived.eq_ignore_ascii_case(name)
            || (!waived.contains('.') && waived.eq_ignore_ascii_case(&bare(name)))
            || (!name.contains('.') && bare(waived).eq_ignore_ascii_case(name))
    })
}

/// The error that says each of these; none, if there is nothing to say.
fn refuse(messages: impl Iterator<Item = String>) -> Result<()> {
    let diagnostics: Vec<Diagnostic> = messages
        .collect::<BTreeSet<String>>()
        .into_iter()
        .map(|message| {
            Diagnostic::error(codes::GUARD, message)
                .help("Take what changes it out of the revision; if it has to be, name it in a `Touches:` line.")
        })
        .collect();
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(diagnostics.into())
    }
}

/// The same for one thing, with what else to do about it.
#[cfg(feature = "postgres")]
fn refused(message: String, help: &'static str) -> Error {
    Diagnostic::error(codes::GUARD, message).help(help).into()
}

fn rows(snapshot: &str, step: &PlanStep, owners: &Owners<'_>) -> Result<BTreeSet<CatalogRow>> {
    let parsed: Vec<[Option<String>; 4]> = serde_json::from_str(snapshot)
        .map_err(|error| Error::new(codes::DATABASE, "the catalog cannot be read").caused_by(error))?;
    let rows = parsed.into_iter().filter_map(|[kind, name, table, sql]| {
        let table = table?;
        let owner = owners.of(&table)?;
        let row = CatalogRow {
            kind: kind?,
            name: name?,
            table,
            sql,
            owner,
        };
        (row.owner != step.layer).then_some(row)
    });
    Ok(rows.collect())
}

/// Whose is what, as the catalog names it.
struct Owners<'a> {
    ownership: &'a Ownership,
    server: &'static Server,
    flavor: &'static Flavor,
}

impl Owners<'_> {
    fn relation(&self, name: &str) -> ObjectName {
        self.server.read(ObjectKind::Table, name, self.flavor)
    }

    fn of(&self, table: &str) -> Option<LayerName> {
        let name = self.relation(table);
        let shadows = || {
            let names = table.match_indices('_').map(|(at, _)| self.flavor.object(&table[..at]));
            names
                .filter_map(|name| self.ownership.owner(ObjectKind::Other, &name))
                .next_back()
        };
        let owner = self.ownership.owner_of_relation(&name).or_else(shadows);
        owner.map(|owner| owner.layer.clone())
    }
}
