//! `show`: one revision, and what is known of it.

use super::listing::list;
use crate::args::{Listing, Named, Output};
use crate::exit::Exit;
use crate::render;
use crate::view::Describer;
use terrane::core::diagnostic::{Diagnostic, Severity};
use terrane::core::graph::Node;
use terrane::{History, Project, Result};

pub(super) async fn run(project: &Project, options: &Named) -> Result<Exit> {
    let history = super::headers_or_whole(project)?;
    let nodes = named(project, history, &options.revision).await?;
    let listing = Listing {
        verbose: true,
        output: Output {
            json: options.output.json,
        },
    };
    list(&Describer::new(history, None), &nodes, &listing);
    if !options.output.json {
        tell_unread(history, &nodes);
    }
    Ok(Exit::Done)
}

/// Tells why only Python can run a revision.
fn tell_unread(history: &History, nodes: &[&Node]) {
    let files = nodes.iter().filter_map(|node| history.files.get(&node.id));
    for (_, unread) in files.flat_map(|file| &file.unread) {
        let severity = Severity::Warning;
        render::diagnostic(&Diagnostic {
            severity,
            ..unread.clone()
        });
    }
}

/// The revisions that a symbol stands for; only `current` needs the database.
pub(super) async fn named<'h>(project: &Project, history: &'h History, symbol: &str) -> Result<Vec<&'h Node>> {
    if symbol == "current" {
        return Ok(project.current(history).await?.0);
    }
    Ok(history.graph.resolve(symbol)?)
}
