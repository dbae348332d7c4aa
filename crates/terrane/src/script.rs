//! Other readers of plans.

use crate::error::{Error, Result};
use crate::project::Project;
use serde::Serialize;
use terrane_core::diagnostic::codes;
use terrane_core::graph::{Direction, Graph, RevisionId, Rows, Step, split_range};
use terrane_core::plan::{Books, Plan, PlanAction, PlanStep, replay};

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
    /// All version rows after it, sorted.
    pub heads_after: Vec<String>,
    /// Whether a step before it does what no plan foresees, so that the database is looked at after that one and this one
    /// planned anew. Left out, where it is not so.
    #[serde(skip_serializing_if = "is_false")]
    pub is_guess: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl PlanView {
    /// The view of a plan.
    pub fn new(plan: &Plan) -> PlanView {
        PlanView {
            steps: plan
                .steps
                .iter()
                .scan(true, |foreseen, step| {
                    let is_guess = step.lowered && !*foreseen;
                    *foreseen &= step.foreseen;
                    Some(StepView::new(step, is_guess))
                })
                .collect(),
        }
    }
}

impl StepView {
    fn new(step: &PlanStep, is_guess: bool) -> StepView {
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
        let books = Books::empty(self.layers());
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
