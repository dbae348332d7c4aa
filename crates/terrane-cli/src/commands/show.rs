use super::listing::list;
use crate::args::{Listing, Named, Output};
use crate::exit::Exit;
use crate::render;
use crate::view::Describer;
use terrane::core::diagnostic::{Diagnostic, Severity};
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
    if !options.output.json {
        tell_unread(project, &nodes)?;
    }
    Ok(Exit::Done)
}

/// Tells of revisions that only Python can run. A history without Python is not read again for it.
fn tell_unread(project: &Project, nodes: &[&Node]) -> Result<()> {
    if project.config.layers.iter().all(|layer| layer.python.is_none()) {
        return Ok(());
    }
    let whole = project.history()?;
    let files = nodes.iter().filter_map(|node| whole.files.get(&node.id));
    for (_, unread) in files.flat_map(|file| &file.unread) {
        let severity = Severity::Warning;
        render::diagnostic(&Diagnostic {
            severity,
            ..unread.clone()
        });
    }
    Ok(())
}

/// The revisions that a symbol stands for; only `current` needs the database.
pub(super) async fn named<'h>(project: &Project, history: &'h History, symbol: &str) -> Result<Vec<&'h Node>> {
    if symbol == "current" {
        return Ok(project.current(history).await?.0);
    }
    Ok(history.graph.resolve(symbol)?)
}
