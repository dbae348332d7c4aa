//! Carrying out a plan.
//!
//! Each step is one transaction: statements, version rows, ledger and owners together, under the server's own lock. Who
//! waited for that lock looks again where the database stands before a statement runs.

use crate::database::Database;
use crate::error::{Error, Result};
use crate::ledger::{self, Record};
use std::time::{Duration, Instant};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Probe, Verdict};
use terrane_core::graph::{Direction, RevisionId};
use terrane_core::name::LayerName;
use terrane_core::ownership::Ownership;
use terrane_core::plan::{Plan, PlanAction, PlanStep};
use terrane_core::text::Span;

/// A step that was carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// The revision; a stamp has none.
    pub revision: Option<RevisionId>,
    /// The first line of its message.
    pub title: String,
    /// Its layer.
    pub layer: LayerName,
    /// What was done.
    pub direction: Direction,
    /// How long it took.
    pub duration: Duration,
}

/// Whoever wants to watch.
pub trait Observer {
    /// A step is about to begin: which of how many.
    fn step_begins(&mut self, step: &PlanStep, at: usize, of: usize) {
        let _ = (step, at, of);
    }
    /// A statement is about to be sent to the server; the books of a step come last.
    fn statement_begins(&mut self, sql: &str) {
        let _ = sql;
    }
    /// A step was committed.
    fn step_ended(&mut self, applied: &Applied) {
        let _ = applied;
    }
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;
impl Observer for Silent {}

/// How a run of a plan ended without failing.
#[derive(Debug)]
pub enum Interruption {
    /// All steps are done.
    Finished,
    /// Before the step of that number, the database was found elsewhere than the plan has it.
    Overtaken(usize),
}

pub(crate) struct Executor<'a> {
    pub(crate) database: &'a mut Database,
    pub(crate) observer: &'a mut dyn Observer,
    pub(crate) applied_by: &'a str,
    pub(crate) ownership: Ownership,
    pub(crate) applied: Vec<Applied>,
    /// The schema version that the plan was made for, kept up to date over the plan's own steps.
    pub(crate) schema_version: String,
    /// Where the database stands, as the plan has it.
    pub(crate) heads: Vec<RevisionId>,
    /// How many steps of the whole run are behind this plan's first.
    pub(crate) offset: usize,
    pub(crate) total: usize,
}

impl Executor<'_> {
    pub(crate) async fn run(&mut self, plan: &Plan) -> Result<Interruption> {
        for (at, step) in plan.steps.iter().enumerate() {
            self.observer.step_begins(step, self.offset + at, self.total);
            let begun = Instant::now();
            for setting in &step.conduct.before {
                self.database.execute(setting).await?;
            }
            let outcome = if step.transactional {
                self.transaction(step, begun).await
            } else {
                self.bare(step, begun).await
            };
            for setting in &step.conduct.after {
                self.database.execute(setting).await?;
            }
            match outcome {
                Ok(true) => {}
                Ok(false) => return Ok(Interruption::Overtaken(at)),
                Err(error) => return Err(self.failed(error, step)),
            }
            for change in &step.ownership {
                self.book(change, step);
            }
            self.heads.clone_from(&step.heads_after);
            let applied = Applied {
                revision: step.revision.clone(),
                title: step.title.clone(),
                layer: step.layer.clone(),
                direction: step.direction,
                duration: begun.elapsed(),
            };
            self.observer.step_ended(&applied);
            self.applied.push(applied);
        }
        Ok(Interruption::Finished)
    }

    fn book(&mut self, change: &terrane_core::ownership::OwnershipChange, step: &PlanStep) {
        use terrane_core::ownership::{Owner, OwnershipChange};
        match change {
            OwnershipChange::Take(key) => {
                let owner = Owner {
                    layer: step.layer.clone(),
                    created_by: step.revision.clone(),
                };
                self.ownership.give(key.clone(), owner);
            }
            OwnershipChange::Release(key) => self.ownership.release(key),
        }
    }

    /// One transaction. False, if the database is elsewhere than the plan has it; then nothing was done.
    async fn transaction(&mut self, step: &PlanStep, begun: Instant) -> Result<bool> {
        if !self.begin().await? {
            return Ok(false);
        }
        match self.statements_and_books(step, begun).await {
            Ok(()) => Ok(true),
            Err(error) => {
                // The server may have rolled back by itself, as SQLite does when the disk is full.
                let _ = self.database.execute("ROLLBACK").await;
                Err(error)
            }
        }
    }

    /// Takes the lock, then looks whether all is as it was when the plan was made.
    async fn begin(&mut self) -> Result<bool> {
        let question = format!("BEGIN IMMEDIATE; PRAGMA schema_version; {}", ledger::ROWS);
        let rows = self.database.rows(&question).await?;
        let (version, rows) = rows.split_first().map_or((None, &[][..]), |(first, rest)| {
            (first.first().cloned().flatten(), rest)
        });
        let mut heads: Vec<RevisionId> = ledger::version_rows(rows)?.iter().map(|(_, id)| id.clone()).collect();
        heads.sort();
        if heads == self.heads && version.as_deref() == Some(&*self.schema_version) {
            return Ok(true);
        }
        self.database.execute("ROLLBACK").await?;
        Ok(false)
    }

    async fn statements_and_books(&mut self, step: &PlanStep, begun: Instant) -> Result<()> {
        let baseline = self.ask_all(&step.conduct.probes).await;
        let guarded = self.foreign_catalog(step).await?;
        for at in 0..step.statements.len() {
            self.statement(step, at).await?;
        }
        self.verify(step, baseline).await?;
        if let Some(before) = guarded {
            let after = self.foreign_catalog(step).await?.unwrap_or_default();
            guard(step, &before, &after, &self.ownership)?;
        }
        self.write_books(step, begun, step.statements.len()).await
    }

    async fn write_books(&mut self, step: &PlanStep, begun: Instant, done: usize) -> Result<()> {
        let record = Record {
            step,
            applied_by: self.applied_by,
            applied_at: now(),
            duration_ms: begun.elapsed().as_millis(),
            statements_done: done,
        };
        let sql = format!("{}PRAGMA schema_version; COMMIT", record.sql());
        self.observer.statement_begins(&sql);
        let rows = self.database.rows(&sql).await?;
        if let Some(version) = rows.last().and_then(|row| row.first().cloned().flatten()) {
            self.schema_version = version;
        }
        Ok(())
    }

    async fn statement(&mut self, step: &PlanStep, at: usize) -> Result<()> {
        let statement = &step.statements[at];
        let PlanAction::Sql(sql) = &statement.action else {
            let message = "this program has no functions to call";
            return Err(Error::new(codes::UNKNOWN_CALL, message));
        };
        self.observer.statement_begins(sql);
        self.database.execute(sql).await.map_err(|mut error| {
            if let (Some(first), Some(source), Some(span)) =
                (error.diagnostics.first_mut(), &step.source, statement.span)
            {
                *first = first.clone().at(source, span, "");
            }
            error
        })
    }

    /// A step whose statements cannot run in one transaction: each is followed by its place in the ledger, in one
    /// transaction with it where the server lets it.
    async fn bare(&mut self, step: &PlanStep, begun: Instant) -> Result<bool> {
        if !self.begin().await? {
            return Ok(false);
        }
        self.database.execute("ROLLBACK").await?;
        for at in 0..step.statements.len() {
            self.statement(step, at).await?;
        }
        self.database.execute("BEGIN IMMEDIATE").await?;
        self.write_books(step, begun, step.statements.len()).await?;
        Ok(true)
    }

    /// The answers to probes; a probe that does not run has none.
    async fn ask_all(&mut self, probes: &[Probe]) -> Vec<Option<usize>> {
        let mut answers = Vec::with_capacity(probes.len());
        for probe in probes {
            answers.push(self.database.rows(&probe.sql).await.ok().map(|rows| rows.len()));
        }
        answers
    }

    async fn verify(&mut self, step: &PlanStep, baseline: Vec<Option<usize>>) -> Result<()> {
        let mut diagnostics = Vec::new();
        for (probe, before) in step.conduct.probes.iter().zip(baseline) {
            let after = self.database.rows(&probe.sql).await;
            let subject = &probe.subject;
            match (probe.verdict, before, after) {
                (Verdict::NoMoreRows, before, Ok(rows)) if rows.len() > before.unwrap_or(0) => {
                    let count = rows.len() - before.unwrap_or(0);
                    let row = if count == 1 { "row of" } else { "rows of" };
                    diagnostics.push(
                        Diagnostic::error(
                            codes::WORSE_THAN_BEFORE,
                            format!("{count} {row} `{subject}` would refer to nothing"),
                        )
                        .help("Mend or delete those rows in the revision, before the statement that needs it."),
                    );
                }
                (Verdict::StillRuns, Some(_), Err(error)) => diagnostics.push(
                    Diagnostic::error(
                        codes::WORSE_THAN_BEFORE,
                        format!("view `{subject}` would no longer run: {error}"),
                    )
                    .help("Drop the view in the revision, and create it again as it should be."),
                ),
                _ => {}
            }
        }
        if diagnostics.is_empty() {
            Ok(())
        } else {
            Err(diagnostics.into())
        }
    }

    /// What the catalog says of other layers' objects, where there are any.
    async fn foreign_catalog(&mut self, step: &PlanStep) -> Result<Option<Vec<CatalogRow>>> {
        if step.statements.is_empty() || !self.ownership.others_own(&step.layer) {
            return Ok(None);
        }
        let flavor = *self.database.dialect().flavor();
        let rows = self
            .database
            .rows("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid")
            .await?;
        let mut foreign = Vec::new();
        for row in rows {
            let [Some(kind), Some(name), Some(table), sql] = row.as_slice() else {
                continue;
            };
            let owner = self
                .ownership
                .owner_of_relation(&flavor.object(table))
                .map(|owner| owner.layer.clone());
            if let Some(owner) = owner.filter(|owner| *owner != step.layer) {
                let sql = sql.clone().unwrap_or_default();
                foreign.push(CatalogRow {
                    kind: kind.clone(),
                    name: name.clone(),
                    table: table.clone(),
                    sql,
                    owner,
                });
            }
        }
        foreign.sort();
        Ok(Some(foreign))
    }

    /// An error of a step, with what stays done.
    fn failed(&self, mut error: Error, step: &PlanStep) -> Error {
        let revision = step
            .revision
            .as_ref()
            .map_or_else(|| "the stamp".to_owned(), |id| format!("revision `{id}`"));
        let about_the_file = |code| code != codes::LOCKED && code != codes::READ_ONLY;
        if let Some(first) = error.diagnostics.first_mut() {
            if let Some(source) = &step.source
                && first.labels.is_empty()
                && about_the_file(first.code)
            {
                let top = Span::new(0, source.text().find('\n').unwrap_or(0));
                *first = first.clone().at(source, top, "in this revision");
            }
            let after = if step.transactional { "; it was rolled back" } else { "" };
            first.message = format!("{revision} of layer `{}` failed: {}{after}", step.layer, first.message);
        }
        error.done = self.applied.iter().map(done_sentence).collect();
        error
    }
}

fn done_sentence(applied: &Applied) -> String {
    let what = match applied.direction {
        Direction::Up => "upgraded to",
        Direction::Down => "downgraded from",
        Direction::Stamp => "stamped",
    };
    match &applied.revision {
        Some(id) => format!("{what} {id} of layer {} ({})", applied.layer, applied.title),
        None => format!("{what} layer {}", applied.layer),
    }
}

/// One object of another layer, as the catalog has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
struct CatalogRow {
    kind: String,
    name: String,
    table: String,
    sql: String,
    owner: LayerName,
}

/// Refuses a step after which another layer's objects are not byte for byte what they were.
///
/// A layer that requires this one follows its renames: the server rewrites the references, and that is as it should be.
fn guard(step: &PlanStep, before: &[CatalogRow], after: &[CatalogRow], ownership: &Ownership) -> Result<()> {
    let follows = |owner: &LayerName| step.renames && ownership.may_refer(owner, &step.layer);
    let waived = |row: &CatalogRow| {
        let is = |name: &str| {
            step.waivers
                .iter()
                .any(|waiver| waiver.object.eq_ignore_ascii_case(name))
        };
        is(&row.name) || is(&row.table)
    };
    let changed = before
        .iter()
        .filter(|row| !after.contains(row))
        .chain(after.iter().filter(|row| !before.contains(row)));
    let mut names: Vec<(&str, &str, &LayerName)> = changed
        .filter(|row| !waived(row) && !follows(&row.owner))
        .map(|row| (row.kind.as_str(), row.name.as_str(), &row.owner))
        .collect();
    names.dedup();
    let diagnostics: Vec<Diagnostic> = names
        .iter()
        .map(|(kind, name, owner)| {
            Diagnostic::error(codes::GUARD, format!("{kind} `{name}` of layer `{owner}` was changed"))
                .help("Take what changes it out of the revision; if it has to be, name it in a `Touches:` line.")
        })
        .collect();
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(diagnostics.into())
    }
}

fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%d %H:%M:%S%.3f+00:00")
        .to_string()
}
