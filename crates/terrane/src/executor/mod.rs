//! Carrying out a plan.
//!
//! Each step is one transaction: statements, version rows, ledger and owners together, under the server's own lock. Who
//! waited for that lock looks again where the database stands before a statement runs.
//!
//! A step that no one transaction takes is several, each with its place in the ledger; version rows and owners join the
//! last. Whoever comes after an interruption, or in between, goes on behind the statements that have run.

mod alone;
#[cfg(feature = "alembic")]
mod bridged;
mod outcome;
mod probes;
mod role;
mod rows;
mod target;
mod waits;

pub(crate) use outcome::Course;
pub(crate) use probes::Baseline;
pub(crate) use rows::ROWS_ARE_REFUSED;
pub use waits::Waits;

use crate::call;
use crate::clock::now_in_words;
use crate::database::{Blocker, Database, Hold, Leaves, OpenMode, Within};
use crate::error::{Error, Result};
use crate::guard::{self, Guarded, Watch, Written};
use crate::layer::CallError;
use crate::ledger::{self, Progress, Record};
use crate::project::Project;
use crate::version_rows;
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::{Duration, Instant};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::{Probe, Scope, Verdict};
use terrane_core::graph::{Direction, RevisionId};
use terrane_core::name::LayerName;
use terrane_core::ownership::{Ownership, OwnershipChange};
use terrane_core::plan::{Cause, Plan, PlanAction, PlanStatement, PlanStep};
use terrane_core::sql::quote_string;
use terrane_core::text::Span;
use waits::Attempts;

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

/// Whoever wants to watch. It can go to another thread, so that an application may spawn a migration as a task.
pub trait Observer: Send {
    /// There is something to say about the way that stops nothing.
    fn warning(&mut self, warning: &Diagnostic) {
        let _ = warning;
    }
    /// A step is about to begin: which of how many.
    fn step_begins(&mut self, step: &PlanStep, at: usize, of: usize) {
        let _ = (step, at, of);
    }
    /// Something is about to be said to the server that may change it: a setting, the beginning of a transaction, a
    /// statement, and with its end the books of a step.
    fn statement_begins(&mut self, sql: &str) {
        let _ = sql;
    }
    /// It could not get a lock, the step's transaction is rolled back, and will be tried again; who holds locks on its tables,
    /// as far as the server tells.
    fn step_waits(&mut self, step: &PlanStep, attempt: u32, blockers: &[Blocker]) {
        let _ = (step, attempt, blockers);
    }
    /// The Python of a revision printed a line, or logged it.
    fn python_says(&mut self, line: &str) {
        let _ = line;
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
    /// Before the step of that number, the database was found elsewhere than the plan has it; or what it holds was not
    /// foreseen, and what follows depends on it.
    Stale(usize),
}

pub(crate) struct Executor<'a, 'c> {
    pub(crate) project: &'a Project,
    pub(crate) database: &'a mut Database<'c>,
    pub(crate) observer: &'a mut dyn Observer,
    pub(crate) ownership: Ownership,
    pub(crate) applied: Vec<Applied>,
    /// The schema version that the plan was made for, kept up to date over the plan's own steps.
    pub(crate) schema_version: String,
    /// Where the database stands, as the plan has it.
    pub(crate) heads: Vec<RevisionId>,
    /// Other layers' part of the catalog as it was when a step of that layer was committed, with the schema version then.
    pub(crate) seen: Option<(LayerName, String, String)>,
    /// What is known of the server by which other layers' objects are guarded.
    pub(crate) watch: Watch,
    /// What could be used before a step of several transactions, which its last one has to leave so.
    pub(crate) whole: Baseline,
    /// What the step has made and done away with so far, as the server tells.
    pub(crate) made: Vec<OwnershipChange>,
    /// The same of the transaction that is about to commit.
    pub(crate) making: Vec<OwnershipChange>,
    /// Of what of other layers the step has written rows so far.
    pub(crate) written: BTreeSet<Written>,
    /// The same of the transaction that is about to commit.
    pub(crate) writing: Vec<Written>,
    /// How the one migrator at a time is seen to.
    pub(crate) hold: Hold,
    /// The transaction that is under way, and what became of it.
    pub(crate) course: Course,
    /// How many steps of the whole run are behind this plan's first.
    pub(crate) offset: usize,
    pub(crate) total: usize,
}

/// So many rows that do not fit are told.
const MOST_MISFITS: usize = 5;

impl Executor<'_, '_> {
    pub(crate) async fn run(&mut self, plan: &Plan) -> Result<Interruption> {
        for (at, step) in plan.steps.iter().enumerate() {
            self.observer.step_begins(step, self.offset + at, self.total);
            let begun = Instant::now();
            let outcome = self.step(step, begun).await;
            if matches!(outcome, Ok(true)) {
                self.note(step, begun);
            }
            let cleared = self.clear(step).await;
            match outcome.and_then(|done| cleared.map(|()| done)) {
                // A lock went with the connection, so that somebody else may have been here.
                Ok(true) if self.course.is_elsewhere() => return Ok(Interruption::Stale(at + 1)),
                Ok(true) if !step.foreseen && plan.steps[at + 1..].iter().any(|later| later.lowered) => {
                    return Ok(Interruption::Stale(at + 1));
                }
                Ok(true) => {}
                Ok(false) => return Ok(Interruption::Stale(at)),
                Err(error) => return Err(self.failed(error, step)),
            }
        }
        Ok(Interruption::Finished)
    }

    /// False, if the database is elsewhere than the plan has it.
    async fn step(&mut self, step: &PlanStep, begun: Instant) -> Result<bool> {
        for setting in &step.conduct.before {
            self.observer.statement_begins(setting);
            self.database.set(setting).await?;
        }
        if step.transactional {
            self.transaction(step, begun).await
        } else {
            self.bare(step, begun).await
        }
    }

    /// After a step, however it ended, the connection is as it was: the step's settings are taken back, and whatever else
    /// its statements may have done to the connection goes with it.
    async fn clear(&mut self, step: &PlanStep) -> Result<()> {
        let mut doubtful = self.marks_connection(step);
        for setting in &step.conduct.after {
            self.observer.statement_begins(setting);
            doubtful |= self.database.set(setting).await.is_err();
        }
        if step.statements.is_empty() {
            return Ok(());
        }
        let leaves = match doubtful || !step.understood {
            true => Leaves::Something,
            false => Leaves::Nothing,
        };
        if doubtful || self.database.is_littered().await? {
            self.reopen(leaves).await?;
        }
        Ok(())
    }

    fn marks_connection(&self, step: &PlanStep) -> bool {
        let taken_back = |sql: &str| {
            let name = sql.split('=').next().unwrap_or(sql);
            step.conduct
                .after
                .iter()
                .any(|setting| setting.split('=').next() == Some(name))
        };
        step.statements.iter().any(|statement| match &statement.action {
            PlanAction::Sql(sql) => matches!(self.scope(sql), Scope::Setting | Scope::Temporary) && !taken_back(sql),
            PlanAction::Call(_) | PlanAction::Python => true,
        })
    }

    /// A fresh connection. A database that would go with the old one keeps it, with the settings that matter; so does one
    /// whose connection is an app's.
    async fn reopen(&mut self, leaves: Leaves) -> Result<()> {
        if self.database.keeps_connection().await? {
            return self.database.clean(self.hold, leaves).await;
        }
        if let Some(fresh) = self.project.open(OpenMode::Write).await? {
            *self.database = fresh;
        }
        Ok(())
    }

    /// A step is done.
    fn note(&mut self, step: &PlanStep, begun: Instant) {
        let made = std::mem::take(&mut self.made);
        self.written.clear();
        for change in step.ownership.iter().chain(&made) {
            self.ownership.change(change, &step.layer, step.revision.as_ref());
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

    fn scope(&self, sql: &str) -> Scope {
        self.database.dialect().scope(sql)
    }

    /// One transaction. False, if the database is elsewhere than the plan has it; then nothing was done.
    async fn transaction(&mut self, step: &PlanStep, begun: Instant) -> Result<bool> {
        let mut attempts = Attempts::new();
        loop {
            if !self.begin().await? {
                return Ok(false);
            }
            let done = self.attempt(step, None, begun, &attempts).await;
            if self.is_over(step, done, &mut attempts).await? {
                return Ok(true);
            }
        }
    }

    /// All that a transaction does, once it has begun: of the whole step, or of some of its statements.
    async fn attempt(
        &mut self,
        step: &PlanStep,
        part: Option<Part>,
        begun: Instant,
        attempts: &Attempts,
    ) -> Result<()> {
        self.ask_to_make_way(attempts).await?;
        match part {
            None => self.statements_and_books(step, begun).await,
            Some(part) => self.part_and_books(step, part, begun).await,
        }
    }

    /// Whether a transaction is done. If it could not get a lock, and patience is not at its end, it is to be tried again.
    async fn is_over(&mut self, step: &PlanStep, done: Result<()>, attempts: &mut Attempts) -> Result<bool> {
        let Err(error) = done else { return Ok(true) };
        let Some(error) = self.settle(error, step).await else {
            self.is_committed(step);
            return Ok(true);
        };
        self.making.clear();
        self.writing.clear();
        self.watch.rolled_back();
        if self.watch.goes_again() {
            return Ok(false);
        }
        let locked = error
            .diagnostics
            .first()
            .is_some_and(|first| first.code == codes::LOCKED);
        if !locked || !self.database.bounds_waits() {
            return Err(self.with_misfits(error, step).await);
        }
        let blockers = self.database.blockers(&step.tables).await.unwrap_or_default();
        let Some(pause) = attempts.pause(self.project.config.waits) else {
            return Err(waits::gave_up(error, attempts, &blockers));
        };
        attempts.note(&blockers);
        self.observer.step_waits(step, attempts.made(), &blockers);
        tokio::time::sleep(pause).await;
        Ok(false)
    }

    /// An error with the rows that do not fit. What a layer's check calls runs as nobody else than the layer's role, if it has
    /// one.
    async fn with_misfits(&mut self, error: Error, step: &PlanStep) -> Error {
        if step.role.is_some() || self.course.stays() {
            return error;
        }
        let mut rows = self.database.misfits(&error, MOST_MISFITS + 1).await;
        if rows.is_empty() {
            return error;
        }
        let more = if rows.len() > MOST_MISFITS { ", and more" } else { "" };
        rows.truncate(MOST_MISFITS);
        error.help(format!("Rows that do not fit: {}{more}.", rows.join("; ")))
    }

    /// An autovacuum that would outlast every attempt is asked to make way, by a lock that nobody else waits for.
    async fn ask_to_make_way(&mut self, attempts: &Attempts) -> Result<()> {
        for table in &attempts.vacuumed {
            let sql = self.database.make_way(table);
            self.observer.statement_begins(&sql);
            self.database.execute(&sql).await?;
        }
        Ok(())
    }

    /// Takes the lock, then looks whether all is as it was when the plan was made.
    async fn begin(&mut self) -> Result<bool> {
        let rows = self.all_rows();
        let config = &self.project.config;
        let wait = self.database.wait_within(config.lock_timeout);
        let lock = version_rows::lock(config.version_table.as_ref(), wait, self.database.server());
        let question = format!("{lock}{}; {rows}", self.database.server().schema_version);
        let rows = self.claim(&question).await?;
        let looked = self.is_as_planned(&rows);
        if !matches!(looked, Ok(true)) {
            self.roll_back().await;
        }
        looked
    }

    /// The query for all version rows; the tables are there by now.
    fn all_rows(&self) -> String {
        version_rows::query(true, self.project.config.version_table.as_ref())
    }

    /// Begins a transaction that no other migrator has beside it, and asks.
    async fn claim(&mut self, question: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.observer.statement_begins(self.database.server().begin);
        self.course = self.course.next();
        let id = self.database.server().transaction_id;
        let question = id.map_or_else(|| question.to_owned(), |id| format!("{id}; {question}"));
        let claimed = self
            .database
            .claim(self.hold, self.project.config.lock_timeout, &question)
            .await;
        match claimed {
            Ok(mut rows) => {
                if id.is_some() && !rows.is_empty() {
                    self.course.transaction = rows.remove(0).into_iter().next().flatten();
                }
                Ok(rows)
            }
            Err(error) => {
                self.roll_back().await;
                Err(error)
            }
        }
    }

    fn is_as_planned(&self, rows: &[Vec<Option<String>>]) -> Result<bool> {
        let (version, rows) = rows.split_first().map_or((None, &[][..]), |(first, rest)| {
            (first.first().cloned().flatten(), rest)
        });
        Ok(version.as_deref() == Some(&*self.schema_version) && self.stands(rows)?)
    }

    fn stands(&self, rows: &[Vec<Option<String>>]) -> Result<bool> {
        let (rows, _) = self.project.divide(ledger::version_rows(rows)?);
        let mut heads: Vec<RevisionId> = rows.iter().map(|(_, id)| id.clone()).collect();
        heads.sort();
        Ok(heads == self.heads)
    }

    async fn statements_and_books(&mut self, step: &PlanStep, begun: Instant) -> Result<()> {
        let baseline = self.ask_all(&step.conduct.probes).await?;
        let guarded = self.guarded(step).await?;
        self.author_statements(step, 0..step.statements.len()).await?;
        self.verify(step, &step.conduct.probes, baseline).await?;
        let seen = self.guard(step, guarded).await?;
        self.write_books(step, begun, Progress::whole(step)).await?;
        self.seen = seen.map(|seen| (step.layer.clone(), self.schema_version.clone(), seen));
        Ok(())
    }

    /// What a step of one layer left is what the next one finds, if the schema was not changed since; and whether it was,
    /// the beginning of a transaction has looked.
    async fn guarded(&mut self, step: &PlanStep) -> Result<Option<Guarded>> {
        if step.statements.is_empty() {
            return Ok(None);
        }
        match self.seen.take() {
            Some((layer, version, seen)) if layer == step.layer && version == self.schema_version => {
                self.database.watch_writes().await?;
                Ok(Some(Guarded::Text(seen)))
            }
            _ => guard::begin(self.database, &mut self.watch, step, &self.ownership).await,
        }
    }

    /// Refuses what it did to others, and says what there is of theirs, where that was looked at as a whole.
    async fn guard(&mut self, step: &PlanStep, before: Option<Guarded>) -> Result<Option<String>> {
        let Some(before) = before else { return Ok(None) };
        let transaction = self.course.transaction.as_deref();
        let judged = guard::judge(
            self.database,
            &mut self.watch,
            step,
            &before,
            &self.ownership,
            transaction,
        )
        .await?;
        self.tell_rows(step, judged.written)?;
        self.making.extend(judged.changes);
        Ok(judged.seen)
    }

    /// Writes how far the step has come, and commits.
    async fn write_books(&mut self, step: &PlanStep, begun: Instant, progress: Progress) -> Result<()> {
        self.write_books_with(step, begun, progress, "").await
    }

    /// The same, with what else is to be noted, each statement with its semicolon.
    async fn write_books_with(
        &mut self,
        step: &PlanStep,
        begun: Instant,
        progress: Progress,
        more: &str,
    ) -> Result<()> {
        let server = self.database.server();
        let record = self.record(step, begun.elapsed(), progress);
        // What the server tells of an object is more than what its statement does. What the statements say is written with
        // the last of several transactions; what was found before has to be said behind that once more.
        let of_step = if progress.done == step.statements.len() {
            &self.made[..]
        } else {
            &[]
        };
        let made = ledger::taken(of_step.iter().chain(&self.making), step, server);
        let sql = format!("{}{made}{more}{}", record.sql(), server.schema_version);
        self.observer.statement_begins(&format!("{sql}; COMMIT"));
        self.course.commits(progress.done);
        let rows = self.database.commit(&sql).await?;
        if let Some(version) = rows.last().and_then(|row| row.first().cloned().flatten()) {
            self.schema_version = version;
        }
        self.is_committed(step);
        Ok(())
    }

    /// What the transaction made is there.
    fn is_committed(&mut self, step: &PlanStep) {
        self.watch.committed();
        self.written.extend(std::mem::take(&mut self.writing));
        for change in std::mem::take(&mut self.making) {
            self.ownership.change(&change, &step.layer, step.revision.as_ref());
            self.made.push(change);
        }
    }

    fn record<'s>(&'s self, step: &'s PlanStep, duration: Duration, progress: Progress) -> Record<'s> {
        Record {
            step,
            server: self.database.server(),
            table: self.project.config.version_table.as_ref(),
            applied_by: &self.project.operator,
            applied_at: quote_string(&now_in_words()),
            duration_ms: duration.as_millis(),
            progress,
            rows_written: self.rows_written(),
        }
    }

    /// Statements of the author's in a transaction, as the role that its layer has.
    async fn author_statements(&mut self, step: &PlanStep, which: Range<usize>) -> Result<()> {
        let before = self.take_role(step).await?;
        let waits = Some(self.project.config.waits);
        self.statements(step, which, waits).await?;
        self.leave_role(before, true).await
    }

    async fn statements(&mut self, step: &PlanStep, which: Range<usize>, waits: Option<Waits>) -> Result<()> {
        let mut at = which.start;
        while at < which.end {
            let code = match &step.statements[at].action {
                PlanAction::Call(name) => Some(self.call(name, at).await),
                PlanAction::Python => Some(self.bridged(step, at).await),
                PlanAction::Sql(_) => None,
            };
            if let Some(ran) = code {
                ran.map_err(|error| point_at_least(error, step, at))?;
                at += 1;
                continue;
            }
            let coming = step.statements[at..which.end]
                .iter()
                .take_while(|statement| is_sql(statement));
            let count = coming.clone().count();
            // What a statement of the author's was lowered to may be several.
            let texts: Vec<(usize, &str)> = coming
                .zip(at..)
                .flat_map(|(statement, at)| statement.texts().map(move |text| (at, text)))
                .collect();
            let only: Vec<&str> = texts.iter().map(|(_, text)| *text).collect();
            let within = waits.map_or(Within::Nothing, |waits| {
                Within::Transaction(self.course.transaction.as_deref(), waits)
            });
            let observer = &mut *self.observer;
            let ran = self
                .database
                .say(&only, within, |of| observer.statement_begins(only[of]))
                .await;
            ran.map_err(|(of, error)| {
                self.course.stopped_at(texts[of].0);
                point_at(role::told(error, step), step, texts[of].0)
            })?;
            at += count;
        }
        Ok(())
    }

    /// Calls a function of the app's, in this transaction and no other: one that ended it would have left half a revision.
    async fn call(&mut self, name: &str, at: usize) -> Result<()> {
        let Some(call) = self.project.calls.get(name).cloned() else {
            let message = format!("no function is registered as `{name}`");
            return Err(Error::new(codes::UNKNOWN_CALL, message));
        };
        self.observer.statement_begins(&format!("-- call {name}"));
        self.database.execute("SAVEPOINT terrane_call").await?;
        self.course.stopped_at(at);
        let returned = call::caught(&call, self.database.lend()).await.map_err(|panicked| {
            let message = format!("function `{name}` panicked: {}", panicked.0);
            Error::new(codes::CALL_PANICKED, message).help(
                "Mend the function, and run it again; where rows are not what it expects, let it return an error.",
            )
        })?;
        returned.map_err(|cause| {
            let message = format!("function `{name}` failed: {cause}");
            Error::new(codes::CALL_FAILED, message).caused_by(Said(cause))
        })?;
        let released = self.database.execute("RELEASE terrane_call").await;
        if released.is_ok() && self.is_still_ours().await? {
            return Ok(());
        }
        let message = format!("function `{name}` ended the transaction that it was called in");
        let ended = Error::new(codes::CALL_COMMITTED, message)
            .help("Take `BEGIN`, `COMMIT` and `ROLLBACK` out of it; the revision is committed as a whole.");
        Err(match released {
            Ok(()) => ended,
            Err(cause) => ended.caused_by(cause),
        })
    }

    /// A step that no one transaction takes: each of its parts is one, together with its place in the ledger where the
    /// server lets it. Two migrators may share the work, and each part runs once.
    async fn bare(&mut self, step: &PlanStep, begun: Instant) -> Result<bool> {
        if !self.begin().await? {
            return Ok(false);
        }
        self.roll_back().await;
        self.whole = self.ask_all(&uses(step)).await?;
        for part in &step.parts {
            let scope = match &step.statements[part.start].action {
                PlanAction::Sql(sql) if part.len() == 1 => self.scope(sql),
                _ => Scope::Usual,
            };
            if part.end <= step.done {
                // What an earlier run said to its connection went with it.
                if scope == Scope::Setting {
                    self.outside(step, part.start).await?;
                }
                continue;
            }
            let done = match scope {
                Scope::Setting => {
                    self.outside(step, part.start).await?;
                    self.noted(step, part.clone(), begun).await?
                }
                Scope::Alone => self.alone(step, part.start, begun).await?,
                Scope::Usual | Scope::Temporary | Scope::Apart => self.part(step, part.clone(), begun).await?,
            };
            if !done {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Where the last transaction of a step ends that can be taken back.
    fn last_usual(&self, step: &PlanStep) -> usize {
        let is_alone = |part: &&Range<usize>| match &step.statements[part.start].action {
            PlanAction::Sql(sql) if part.len() == 1 => matches!(self.scope(sql), Scope::Alone | Scope::Setting),
            _ => false,
        };
        let last = step.parts.iter().rev().find(|part| !is_alone(part));
        last.map_or(0, |part| part.end)
    }

    /// Runs a statement outside of any transaction.
    async fn outside(&mut self, step: &PlanStep, at: usize) -> Result<()> {
        let before = self.take_role(step).await?;
        let ran = self.statements(step, at..at + 1, None).await;
        let left = self.leave_role(before, false).await;
        ran.and(left)?;
        self.database.refuse_second_name().await
    }

    /// Writes that statements have run, if it was their turn.
    async fn noted(&mut self, step: &PlanStep, which: Range<usize>, begun: Instant) -> Result<bool> {
        let Some(part) = self.take_up(step, which).await? else {
            return Ok(false);
        };
        let done = self.write_books(step, begun, part.done()).await;
        if done.is_err() {
            self.roll_back().await;
        }
        done.map(|()| true)
    }

    /// Statements that are a transaction together.
    async fn part(&mut self, step: &PlanStep, which: Range<usize>, begun: Instant) -> Result<bool> {
        let mut attempts = Attempts::new();
        loop {
            let Some(part) = self.take_up(step, which.clone()).await? else {
                return Ok(false);
            };
            let done = self.attempt(step, Some(part), begun, &attempts).await;
            if self.is_over(step, done, &mut attempts).await? {
                return Ok(true);
            }
        }
    }

    /// Takes the lock, then looks whether it is these statements' turn.
    async fn take_up(&mut self, step: &PlanStep, which: Range<usize>) -> Result<Option<Part>> {
        let rows = self.claim(&self.all_rows()).await?;
        let looked = self.turn(step, which, &rows).await;
        if !matches!(looked, Ok(Some(_))) {
            self.roll_back().await;
        }
        looked
    }

    async fn turn(
        &mut self,
        step: &PlanStep,
        which: Range<usize>,
        rows: &[Vec<Option<String>>],
    ) -> Result<Option<Part>> {
        let last = ledger::unfinished(&self.database.rows(ledger::LAST).await?)?;
        let done = match &last {
            None => 0,
            Some(last)
                if Some(&last.revision) == step.revision.as_ref()
                    && last.direction == step.direction
                    && last.cause == Cause::Interrupted =>
            {
                last.done
            }
            Some(_) => return Ok(None),
        };
        let is_first = last.is_none();
        // Where the author has edited what is still to be done, it may begin in the middle of a part.
        let which = which.start.max(done)..which.end;
        let is_turn = which.start == done && !which.is_empty();
        Ok((is_turn && self.stands(rows)?).then_some(Part {
            doubtful: last.as_ref().is_some_and(|last| last.doubtful().is_some()),
            which,
            is_first,
        }))
    }

    async fn part_and_books(&mut self, step: &PlanStep, part: Part, begun: Instant) -> Result<()> {
        // Between the statements of the author a view may well not run; references are another matter.
        let lasting = |probe: &&Probe| probe.verdict == Verdict::NoMoreRows;
        let probes: Vec<Probe> = step.conduct.probes.iter().filter(lasting).cloned().collect();
        let baseline = self.ask_all(&probes).await?;
        let guarded = guard::begin(self.database, &mut self.watch, step, &self.ownership).await?;
        self.course.is_further = !part.is_first;
        self.author_statements(step, part.which.clone()).await?;
        self.verify(step, &probes, baseline).await?;
        if part.which.end == self.last_usual(step) {
            let whole = std::mem::take(&mut self.whole);
            self.verify(step, &uses(step), whole).await?;
        }
        self.guard(step, guarded).await?;
        self.write_books(step, begun, part.done()).await
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
            let after = self.course.after(step.transactional);
            first.message = format!("{revision} of layer `{}` failed: {}{after}", step.layer, first.message);
            if !step.transactional && first.code != codes::POOLED && !self.course.stays() {
                let stays = "The statements before it have run for good; the next run goes on behind them.";
                first.help.push(stays.to_owned());
            }
        }
        error.done = self.applied.iter().map(done_sentence).collect();
        error
    }
}

/// Statements whose turn it is.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Part {
    which: Range<usize>,
    /// Whether nothing was written of the step yet.
    is_first: bool,
    /// Whether an earlier run has begun with it, and did not write that it was done.
    doubtful: bool,
}

impl Part {
    /// That they have run.
    fn done(&self) -> Progress {
        Progress {
            done: self.which.end,
            begun: None,
            is_first: self.is_first,
        }
    }

    /// That the first of them is about to run.
    fn begins(&self) -> Progress {
        Progress {
            done: self.which.start,
            begun: Some(self.which.start + 1),
            is_first: self.is_first,
        }
    }
}

/// The questions whether things can be used. Between the statements of an author who wants no transaction, a view may well
/// not run.
fn uses(step: &PlanStep) -> Vec<Probe> {
    let probes = step.conduct.probes.iter();
    probes
        .filter(|probe| probe.verdict != Verdict::NoMoreRows)
        .cloned()
        .collect()
}

/// What was done, for whoever reads that the rest was not.
pub(crate) fn done_sentence(applied: &Applied) -> String {
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

fn is_sql(statement: &PlanStatement) -> bool {
    matches!(statement.action, PlanAction::Sql(_))
}

/// The same, where it does not point at something already.
fn point_at_least(error: Error, step: &PlanStep, at: usize) -> Error {
    match error.diagnostics.first() {
        Some(first) if !first.labels.is_empty() => error,
        _ => point_at(error, step, at),
    }
}

/// An error with the statement that it came from.
fn point_at(mut error: Error, step: &PlanStep, at: usize) -> Error {
    if let (Some(first), Some(source), Some(span)) =
        (error.diagnostics.first_mut(), &step.source, step.statements[at].span)
    {
        *first = first.clone().at(source, span, "");
    }
    error
}

/// What a function of the app's said, as the source of an error.
#[derive(Debug)]
struct Said(CallError);

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Said {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
