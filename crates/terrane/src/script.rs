//! Other readers of plans, and schemas compared outside of any project.

use crate::answers::renames;
use crate::comparison::stuck;
use crate::database::{Database, OpenMode};
use crate::error::{Error, Result};
use crate::ledger;
use crate::models::{self, Models};
use crate::project::Project;
use crate::questions::in_a_script;
use crate::server::server_of;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::diff::diff;
use terrane_core::graph::{Direction, Graph, RevisionId, Rows, Step, split_range};
use terrane_core::plan::{Books, Plan, PlanAction, PlanStep, replay};
use terrane_core::schema::Schema;

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

fn text(action: &PlanAction) -> String {
    match action {
        PlanAction::Sql(sql) => sql.clone(),
        PlanAction::Call(name) => format!("-- call {name}"),
    }
}

/// A plan as a script for the server's own shell.
pub fn offline_sql(plan: &Plan, dialect: &dyn Dialect, from_nothing: bool) -> String {
    let server = server_of(dialect.name());
    let mut sql = String::new();
    if from_nothing {
        let _ = writeln!(sql, "{};\n", server.prepare);
    }
    for step in &plan.steps {
        let name = step.revision.as_ref().map_or_else(String::new, |id| format!(" {id}"));
        let title = if step.title.is_empty() {
            String::new()
        } else {
            format!(": {}", step.title)
        };
        let _ = writeln!(sql, "-- {}{name} of layer {}{title}", step.direction.word(), step.layer);
        for setting in &step.conduct.before {
            let _ = writeln!(sql, "{setting};");
        }
        if step.transactional {
            let _ = writeln!(sql, "{};", server.begin);
        }
        for part in &step.parts {
            let together = !step.transactional && part.len() > 1;
            if together {
                let _ = writeln!(sql, "{};", server.begin);
            }
            for statement in &step.statements[part.clone()] {
                let _ = match &statement.action {
                    PlanAction::Sql(text) => writeln!(sql, "{text};"),
                    PlanAction::Call(name) => writeln!(sql, "-- call {name}: only the app itself can do this"),
                };
            }
            if together {
                sql.push_str("COMMIT;\n");
            }
        }
        sql.push_str(&ledger::script(step, server));
        if step.transactional {
            sql.push_str("COMMIT;\n");
        }
        for setting in &step.conduct.after {
            let _ = writeln!(sql, "{setting};");
        }
        sql.push('\n');
    }
    sql
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
        let books = Books {
            schema: Schema::new(),
            ownership: self.layers(),
        };
        let replayed = replay(graph, &history.files, &applied, dialect, books);
        let owners = replayed.books.ownership.clone();
        let mut plan = self
            .planner(&history, dialect, false)
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

/// One side of a comparison: a database's URL, or a file of `CREATE` statements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Source<'a>(pub &'a str);

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
    /// How the transaction begins.
    begin: &'static str,
}

impl SchemaDiff {
    /// Compares two sources.
    ///
    /// # Errors
    /// A source cannot be read, or there is a difference that cannot be carried over.
    pub async fn between(from: Source<'_>, to: Source<'_>) -> Result<SchemaDiff> {
        let (before, _, dialect) = from.read().await?;
        let (after, models, _) = to.read().await?;
        let renames = renames(&models, &[], &before, &after, dialect.flavor())?;
        let delta = diff(&before, &after, &renames, &dialect.capability().diff_options(false));
        stuck(&delta)?;
        let lowered = dialect.lower(&delta.ops, &before).map_err(|unsupported| {
            let message = format!("`{}` cannot do this: {}", dialect.name(), unsupported.reason);
            let error = Error::new(codes::UNSUPPORTED, message);
            match unsupported.help {
                Some(help) => error.help(help),
                None => error,
            }
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
            begin: server_of(dialect.name()).begin,
        })
    }

    /// Whether the two are the same.
    pub fn is_empty(&self) -> bool {
        self.summary.is_empty()
    }

    /// The script: one transaction, with the settings that it needs around it.
    pub fn script(&self) -> String {
        let mut sql = String::new();
        if self.statements.is_empty() {
            return sql;
        }
        for setting in &self.before {
            let _ = writeln!(sql, "{setting};");
        }
        let _ = writeln!(sql, "{};", self.begin);
        for statement in &self.statements {
            let _ = writeln!(sql, "{statement};");
        }
        sql.push_str("COMMIT;\n");
        for setting in &self.after {
            let _ = writeln!(sql, "{setting};");
        }
        sql
    }
}

impl Source<'_> {
    /// The schema, and what its file declares besides.
    async fn read(self) -> Result<(Schema, Models, &'static dyn Dialect)> {
        if is_url(self.0) {
            let timeout = Duration::from_secs(5);
            let Some(mut database) = Database::open(self.0, Path::new(""), OpenMode::Read, timeout).await? else {
                let message = format!("there is no database `{}`", crate::url::mask(self.0));
                return Err(Error::new(codes::CANNOT_OPEN, message).help("Check the path."));
            };
            let schema = database.inspect().await?;
            return Ok((schema, Models::default(), database.dialect()));
        }
        let source = models::read(Path::new(self.0))?;
        let mut scratch = Database::scratch().await?;
        let dialect = scratch.dialect();
        let declared = Models::of(&source, dialect)?;
        for (source, span) in declared.statements() {
            scratch.execute(source.slice(span)).await.map_err(|error| {
                let message = error.diagnostics.first().map(|d| d.message.clone()).unwrap_or_default();
                Error::from(Diagnostic::error(codes::BAD_MODEL, message).at(source, span, ""))
            })?;
        }
        Ok((scratch.inspect().await?, declared, dialect))
    }
}

/// Whether a source is a URL rather than a path; a drive letter is no scheme.
fn is_url(source: &str) -> bool {
    source
        .split_once(':')
        .is_some_and(|(scheme, _)| scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+'))
}
