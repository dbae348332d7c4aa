//! `adopt`: gives what is in the database its layers, or takes that back.

use crate::args::Adopt;
use crate::exit::Exit;
use crate::render;
use terrane::{Project, Result};

pub(super) async fn run(project: &Project, options: &Adopt) -> Result<Exit> {
    match (&options.from, &options.to) {
        (Some(from), Some(to)) => renamed(project, from, to).await,
        _ if options.undo => undo(project).await,
        _ => alembics(project).await,
    }
}

async fn renamed(project: &Project, from: &str, to: &str) -> Result<Exit> {
    let history = project.headers()?;
    let moved = project.adopt(&history, from, to).await?;
    render::line(format!(
        "layer {from} is {to} now: {} version rows, {} lines of the ledger and {} objects moved",
        moved.rows, moved.entries, moved.objects
    ));
    Ok(Exit::Done)
}

async fn alembics(project: &Project) -> Result<Exit> {
    let adopted = project.adopt_alembic().await?;
    adopted.warnings.iter().for_each(render::diagnostic);
    let at: Vec<String> = adopted.at.iter().map(ToString::to_string).collect();
    render::line(format!(
        "adopted at {}: {} objects by the revisions that have run, {} by the models, {} the vendor's",
        at.join(", "),
        adopted.by_revisions,
        adopted.by_models,
        adopted.by_default
    ));
    Ok(Exit::Done)
}

async fn undo(project: &Project) -> Result<Exit> {
    let left = project.leave_alembic().await?;
    render::line(format!(
        "Terrane's books are gone, {} lines of the ledger and the owners of {} objects; all else is as it was",
        left.entries, left.objects
    ));
    Ok(Exit::Done)
}
