//! That a revision leaves alone what is not its layer's, whatever its statements hide (law L8).
//!
//! The planner judges what it reads. Asked here is what cannot be read, twice: before anything runs, of the words in a
//! statement that could turn the books or the catalog itself; and before a step commits, of the server.
//!
//! A server that tells what a transaction has locked is asked about that, whose cost does not grow with what others own
//! (`locks`); and the little that it may lock without changing it is compared as it was before and after. Of any other
//! server's catalog the whole share of others is compared.

mod locks;

use crate::database::Database;
use crate::error::{Error, Result};
use crate::server::Server;
use std::collections::BTreeSet;
use terrane_core::ddl::Flavor;
use terrane_core::diagnostic::{Code, Diagnostic, codes};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{OWN_TABLES, Ownership, OwnershipChange};
use terrane_core::plan::{Plan, PlanAction, PlanStatement, PlanStep};
use terrane_core::sql::{TokenKind, tokenize, unquote};

/// What a plan's statements may not say, found before anything runs: the names of Terrane's own tables, since whoever
/// writes them says who owns what; and, where another layer owns anything, the switch that lets a statement write the
/// catalog.
///
/// SQLite has no dynamic SQL, so that a name which is nowhere in the text is not touched.
pub(crate) fn refuse_hidden(plan: &Plan, ownership: &Ownership, flavor: &Flavor) -> Result<()> {
    let mut ownership = ownership.clone();
    let mut diagnostics = Vec::new();
    for step in &plan.steps {
        for statement in &step.statements {
            let PlanAction::Sql(sql) = &statement.action else {
                continue;
            };
            let hidden = fault(sql, ownership.others_own(&step.layer), flavor)
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

fn at(diagnostic: Diagnostic, step: &PlanStep, statement: &PlanStatement) -> Diagnostic {
    match (&step.source, statement.span) {
        (Some(source), Some(span)) => diagnostic.at(source, span, ""),
        _ => diagnostic,
    }
}

fn fault(sql: &str, others: bool, flavor: &Flavor) -> Option<(String, &'static str)> {
    // Almost every statement has neither word, and is not taken apart.
    let has = |word: &str| {
        let (text, word) = (sql.as_bytes(), word.as_bytes());
        text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
    };
    if !has("terrane_") && !has("writable_schema") {
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
    if others && words.contains("pragma") && words.contains("writable_schema") {
        let message = "a statement would write the catalog itself, where other layers have their objects".to_owned();
        return Some((message, "Take the statement out, and say the change in DDL."));
    }
    None
}

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

/// What the catalog says of other layers' objects, as one text: of those that a step might change without being seen
/// otherwise. None, if there are no others.
///
/// It is put together by the server: nearly always it is the same before and after, and then nothing else is asked.
pub(crate) async fn snapshot(
    database: &mut Database<'_>,
    step: &PlanStep,
    ownership: &Ownership,
) -> Result<Option<String>> {
    let tells = database.tells_locks();
    let is_alone = !ownership.others_own(&step.layer) && (step.understood || !tells);
    if step.statements.is_empty() || is_alone {
        return Ok(None);
    }
    let may_be_locked: BTreeSet<ObjectName> = step.neighbours.union(&step.held).cloned().collect();
    if tells && may_be_locked.is_empty() {
        return Ok(Some(NOTHING.to_owned()));
    }
    database.others(&step.layer, &may_be_locked).await
}

/// The snapshot of no objects.
const NOTHING: &str = "[]";

/// Relations of which the books alone do not tell whether they were there when the run began.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Beginning {
    /// Those that somebody owns, and that were not there.
    pub(crate) gone: BTreeSet<ObjectName>,
    /// Those that nobody owns, and that were there.
    pub(crate) unowned: BTreeSet<ObjectName>,
}

/// What a step came to, once it is found to have left others alone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Judged {
    /// What there is of others now.
    pub(crate) seen: String,
    /// What it made besides what its statements say.
    pub(crate) made: Vec<OwnershipChange>,
}

/// Refuses a step after which another layer's objects are not what they were.
pub(crate) async fn judge(
    database: &mut Database<'_>,
    step: &PlanStep,
    before: &str,
    ownership: &Ownership,
    beginning: &Beginning,
) -> Result<Judged> {
    let seen = snapshot(database, step, ownership).await?.unwrap_or_default();
    let owners = Owners {
        ownership,
        server: database.server(),
        flavor: database.dialect().flavor(),
    };
    compare(step, before, &seen, &owners)?;
    let mut made = Vec::new();
    if database.tells_locks() {
        made = locks::judge(database, step, ownership, beginning).await?;
    }
    Ok(Judged { seen, made })
}

/// The layer's own relations that went with what a step dropped: the partitions of a table, whatever `CASCADE` took.
pub(crate) async fn vanished(
    database: &mut Database<'_>,
    step: &PlanStep,
    ownership: &Ownership,
    beginning: &Beginning,
) -> Result<Vec<OwnershipChange>> {
    let drops = step
        .ownership
        .iter()
        .any(|change| matches!(change, OwnershipChange::Release(_)));
    if !database.tells_locks() || (step.understood && !drops) {
        return Ok(Vec::new());
    }
    locks::vanished(database, step, ownership, beginning).await
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

/// Whether the header gives leave to touch what has that name.
fn is_waived(step: &PlanStep, name: &str) -> bool {
    step.waivers
        .iter()
        .any(|waiver| waiver.object.eq_ignore_ascii_case(name))
}

/// The error that says each of these; none, if there is nothing to say.
fn refuse(messages: impl Iterator<Item = String>) -> Result<()> {
    let diagnostics: Vec<Diagnostic> = messages
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
