//! Other readers of plans.

use crate::error::{Error, Result};
use crate::project::Project;
use serde::Serialize;
use std::collections::BTreeSet;
use terrane_core::diagnostic::codes;
use terrane_core::dialect::{Dialect, Lock, Stops, Work};
use terrane_core::graph::{Direction, Graph, RevisionId, Rows, Step, split_range};
use terrane_core::name::ObjectName;
use terrane_core::op::ObjectKind;
use terrane_core::ownership::OwnershipChange;
use terrane_core::plan::{DatabaseState, Plan, PlanAction, PlanStep, replay};

/// A plan as programs read it.
#[derive(Clone, Debug, Serialize)]
pub struct PlanView {
    /// Its steps.
    pub steps: Vec<StepView>,
}

/// A step as programs read it.
#[derive(Clone, Debug, Serialize)]
pub struct StepView {
    /// The revision; a stamp has none.
    pub revision: Option<String>,
    /// `upgrade`, `downgrade` or `stamp`.
    pub direction: &'static str,
    /// The layer.
    pub layer: String,
    /// The first line of its message.
    pub message: String,
    /// How a revision in Python runs: `literal`, as the statements that were read of it, or `bridged`, by Python itself. Left
    /// out of any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<&'static str>,
    /// What is said to the server.
    pub statements: Vec<String>,
    /// The locks that they take on tables which were there before, as far as they stop anybody or read rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<LockView>,
    /// All version rows after it, sorted.
    pub heads_after: Vec<String>,
    /// Whether a step before it does what no plan foresees, so that the database is looked at after that one and this one
    /// planned anew. Left out, where it is not so.
    #[serde(skip_serializing_if = "is_false")]
    pub is_guess: bool,
}

/// A lock as programs read it.
#[derive(Clone, Debug, Serialize)]
pub struct LockView {
    /// The statement's place among those of the step, from 0.
    pub statement: usize,
    /// The table, as the statement has it.
    pub table: String,
    /// The lock, as the server calls it.
    pub mode: &'static str,
    /// Who waits for its end: `nobody`, `writers`, `readers and writers`.
    pub stops: &'static str,
    /// What is done under it: `catalog`, `may read`, `reads`, `may rewrite`, `rewrites`.
    pub work: &'static str,
}

impl LockView {
    fn new(statement: usize, lock: Lock) -> LockView {
        LockView {
            statement,
            table: lock.table,
            mode: lock.mode,
            stops: match lock.stops {
                Stops::Nobody => "nobody",
                Stops::Writers => "writers",
                Stops::ReadersAndWriters => "readers and writers",
            },
            work: match lock.work {
                Work::Catalog => "catalog",
                Work::MayRead => "may read",
                Work::Reads => "reads",
                Work::MayRewrite => "may rewrite",
                Work::Rewrites => "rewrites",
            },
        }
    }
}

/// The locks of what a step has still to say. What it makes itself nobody else uses.
fn locks(step: &PlanStep, dialect: &dyn Dialect) -> Vec<LockView> {
    let made: BTreeSet<&ObjectName> = step
        .ownership
        .iter()
        .filter_map(|change| match change {
            OwnershipChange::Take((ObjectKind::Table, name)) => Some(name),
            _ => None,
        })
        .collect();
    let matters = |lock: &Lock| lock.stops != Stops::Nobody || lock.work != Work::Catalog;
    let is_made = |lock: &Lock| made.contains(&dialect.flavor().object(&lock.table));
    let statements = step.statements.iter().skip(step.done).enumerate();
    let locks = statements.flat_map(|(at, statement)| {
        let locks = statement.texts().flat_map(|text| dialect.locks(text));
        locks.map(|lock| (at, lock)).collect::<Vec<_>>()
    });
    locks
        .filter(|(_, lock)| matters(lock) && !is_made(lock))
        .map(|(at, lock)| LockView::new(at, lock))
        .collect()
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl PlanView {
    /// The view of a plan.
    pub fn new(plan: &Plan, dialect: &dyn Dialect) -> PlanView {
        PlanView {
            steps: plan
                .steps
                .iter()
                .scan(true, |foreseen, step| {
                    let is_guess = step.lowered && !*foreseen;
                    *foreseen &= step.foreseen;
                    Some(StepView::new(step, is_guess, dialect))
                })
                .collect(),
        }
    }
}

impl StepView {
    fn new(step: &PlanStep, is_guess: bool, dialect: &dyn Dialect) -> StepView {
        StepView {
            revision: step.revision.as_ref().map(ToString::to_string),
            direction: step.direction.word(),
            layer: step.layer.to_string(),
            message: step.title.clone(),
            runs: runs(step),
            // What an interrupted run has done is behind us.
            statements: step
                .statements
                .iter()
                .skip(step.done)
                .map(|statement| text(&statement.action))
                .collect(),
            locks: locks(step, dialect),
            heads_after: step.heads_after.iter().map(ToString::to_string).collect(),
            is_guess,
        }
    }
}

fn runs(step: &PlanStep) -> Option<&'static str> {
    let is_python = step
        .source
        .as_ref()
        .is_some_and(|source| source.name().ends_with(".py"));
    let is_bridged = step
        .statements
        .iter()
        .any(|statement| statement.action == PlanAction::Python);
    is_python.then_some(if is_bridged { "bridged" } else { "literal" })
}

fn text(action: &PlanAction) -> String {
    match action {
        PlanAction::Sql(sql) => sql.clone(),
        PlanAction::Call(name) => format!("-- call {name}"),
        PlanAction::Python => "-- only Python can run this".to_owned(),
    }
}

impl Project {
    /// The plan of a way that is told by its ends, without a database: `to`, or `from:to`.
    ///
    /// # Errors
    /// There is no such way, or a revision on it is refused.
    pub fn offline_plan(&self, direction: Direction, targets: &[String]) -> Result<(Plan, bool)> {
        let history = self.history()?;
        let dialect = self.dialect()?;
        let graph = &history.graph;
        let mut from = String::new();
        let mut ends = Vec::new();
        for target in targets {
            let (start, end) = if target.contains(':') {
                split_range(target)?
            } else {
                ("", target.as_str())
            };
            from = start.to_owned();
            ends.push(end);
        }
        if direction == Direction::Down && from.is_empty() {
            return Err(
                Error::new(codes::BAD_TARGET, "a downgrade without a database needs both ends")
                    .help("Say `downgrade --sql FROM:TO`."),
            );
        }
        let rows = if from.is_empty() {
            Rows::new()
        } else {
            graph.rows_at(&from)?
        };
        let end = ends.first().copied().unwrap_or("");
        let steps = match direction {
            Direction::Up => graph.upgrade(&rows, end)?,
            Direction::Down => graph.downgrade(&rows, end)?,
            Direction::Stamp => graph.stamp(&rows, &ends)?,
        };
        let applied = path_to(graph, &rows)?;
        let books = DatabaseState::empty(self.layers());
        let mut replayed = replay(graph, &history.files, &applied, dialect, books);
        // Nobody can be asked whether they have rows.
        replayed.books.occupied = replayed.books.schema.tables.keys().cloned().collect();
        let owners = replayed.books.ownership.clone();
        let mut plan = self
            .planner(&history, dialect, false)?
            .plan(&steps, &rows, replayed.books)?;
        if let Some(stamp) = plan.steps.last_mut().filter(|step| step.direction == Direction::Stamp) {
            let mut after = rows.clone();
            steps.iter().for_each(|step| after.apply(step));
            stamp.ownership = self.settled(&history, &after, &owners, None)?;
        }
        Ok((plan, rows.is_empty()))
    }
}

/// The revisions that are applied where the rows say, in order.
pub(crate) fn path_to(graph: &Graph, rows: &Rows) -> Result<Vec<RevisionId>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let down: Vec<Step> = graph.downgrade(rows, "base")?;
    Ok(down.into_iter().rev().filter_map(|step| step.revision).collect())
}
