//! `plan`, and `--dry-run`: what would run, and what it locks.

use crate::args::{Plan, PlanOf};
use crate::exit::Exit;
use crate::render;
use terrane::core::graph::Direction;
use terrane::{Destination, LockView, PlanView, Project, Result};

pub(super) async fn run(project: &Project, options: &Plan) -> Result<Exit> {
    let (destination, output) = match &options.what {
        PlanOf::Upgrade(to) => (Destination::Upgrade(&to.target), &to.output),
        PlanOf::Downgrade(to) => (Destination::Downgrade(&to.target), &to.output),
        PlanOf::Stamp(to) => {
            let (targets, purge) = (&to.targets, false);
            (Destination::Stamp { targets, purge }, &to.output)
        }
    };
    show(project, destination, output.json).await
}

/// Shows what would be done to get there.
pub(super) async fn show(project: &Project, destination: Destination<'_>, json: bool) -> Result<Exit> {
    if project.strict {
        project.refuse_unmodelled().await?;
    }
    let plan = project.plan(destination).await?;
    plan.warnings.iter().for_each(render::diagnostic);
    let view = PlanView::new(&plan, project.dialect()?);
    if json {
        render::json(&view);
        return Ok(Exit::Done);
    }
    if plan.steps.is_empty() {
        render::line("nothing to do: the database stands there already");
    }
    for (step, view) in plan.steps.iter().zip(&view.steps) {
        let id = view.revision.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        let how = match step.parts.len() {
            _ if step.transactional || step.direction == Direction::Stamp => String::new(),
            parts => format!(", in {parts} transactions"),
        };
        let runs = view.runs.map(|runs| format!(", {runs}")).unwrap_or_default();
        render::line(format!(
            "-- {}{id} ({}) {}{runs}{how}",
            view.direction, view.layer, view.message
        ));
        if view.is_guess {
            render::line("-- a guess: it is planned anew when what comes before it has run");
        }
        for (at, statement) in view.statements.iter().enumerate() {
            let locks = view.locks.iter().filter(|lock| lock.statement == at);
            locks.for_each(|lock| render::line(format!("-- {}", told(lock))));
            // A call is no statement of SQL's.
            let end = if statement.starts_with("-- ") { "" } else { ";" };
            render::line(format!("{statement}{end}"));
        }
    }
    Ok(Exit::Done)
}

/// A lock in words.
fn told(lock: &LockView) -> String {
    let waits = match lock.stops {
        "nobody" => "nobody waits".to_owned(),
        who => format!("{who} wait"),
    };
    let work = match lock.work {
        "may read" => "; may read all rows",
        "reads" => "; reads all rows",
        "may rewrite" => "; may write all rows anew",
        "rewrites" => "; writes all rows anew",
        _ => "",
    };
    format!("locks {} {}: {waits}{work}", lock.table, lock.mode)
}
