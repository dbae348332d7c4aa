use crate::args::{Plan, PlanOf};
use crate::exit::Exit;
use crate::render;
use terrane::core::graph::Direction;
use terrane::{Destination, PlanView, Project, Result};

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
    let view = PlanView::new(&plan);
    if json {
        render::json(&view);
        return Ok(Exit::Done);
    }
    if plan.steps.is_empty() {
        render::line("nothing to do: the database stands there already");
    }
    for (step, view) in plan.steps.iter().zip(&view.steps) {
        let id = view.revision.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        let how = if step.transactional || step.direction == Direction::Stamp {
            ""
        } else {
            ", not in a transaction"
        };
        let runs = view.runs.map(|runs| format!(", {runs}")).unwrap_or_default();
        render::line(format!(
            "-- {}{id} ({}) {}{runs}{how}",
            view.direction, view.layer, view.message
        ));
        if view.is_guess {
            render::line("-- a guess: it is planned anew when what comes before it has run");
        }
        for statement in &view.statements {
            // A call is no statement of SQL's.
            let end = if statement.starts_with("-- ") { "" } else { ";" };
            render::line(format!("{statement}{end}"));
        }
    }
    Ok(Exit::Done)
}
