use super::listing::list;
use crate::args::{Listing, Named, Output};
use crate::exit::Exit;
use crate::view::Describer;
use terrane::core::graph::Node;
use terrane::{History, Project, Result};

pub(super) async fn run(project: &Project, options: &Named) -> Result<Exit> {
    let history = super::headers(project)?;
    let nodes = named(project, history, &options.revision).await?;
    let listing = Listing {
        verbose: true,
        output: Output {
            json: options.output.json,
        },
    };
    list(&Describer::new(history, None), &nodes, &listing);
    Ok(Exit::Done)
}

/// The revisions that a symbol stands for; only `current` needs the database.
pub(super) async fn named<'h>(project: &Project, history: &'h History, symbol: &str) -> Result<Vec<&'h Node>> {
    if symbol == "current" {
        return Ok(project.current(history).await?.0);
    }
    Ok(history.graph.resolve(symbol)?)
}
