use crate::args::Adopt;
use crate::exit::Exit;
use crate::render;
use terrane::{Project, Result};

pub(super) async fn run(project: &Project, options: &Adopt) -> Result<Exit> {
    let history = project.headers()?;
    let moved = project.adopt(&history, &options.from, &options.to).await?;
    render::line(format!(
        "layer {} is {} now: {} version rows, {} lines of the ledger and {} objects moved",
        options.from, options.to, moved.rows, moved.entries, moved.objects
    ));
    Ok(Exit::Done)
}
