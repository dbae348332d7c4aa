//! `heads`, `branches` and `history`: revisions in lists.

use crate::args::{Heads, History as HistoryArgs, Listing};
use crate::exit::Exit;
use crate::graph::{Row, draw};
use crate::render;
use crate::view::{Describer, RevisionView};
use std::collections::BTreeSet;
use terrane::core::graph::{Node, RevisionId, Rows};
use terrane::{Project, Result};

pub(super) fn heads(project: &Project, options: &Heads) -> Result<Exit> {
    let history = super::headers(project)?;
    let nodes = if options.resolve_dependencies {
        history.graph.effective_heads()
    } else {
        history.graph.heads()
    };
    list(&Describer::new(history, None), &nodes, &options.listing);
    Ok(Exit::Done)
}

pub(super) fn branches(project: &Project, options: &Listing) -> Result<Exit> {
    let history = super::headers(project)?;
    let nodes = history.graph.branch_points();
    let describer = Describer::new(history, None);
    if options.output.json || options.verbose {
        list(&describer, &nodes, options);
        return Ok(Exit::Done);
    }
    for node in nodes {
        render::line(describer.line(node));
        for child in history.graph.children(&node.id) {
            render::line(format!("    -> {}", describer.line(child)));
        }
    }
    Ok(Exit::Done)
}

pub(super) async fn history(project: &Project, options: &HistoryArgs) -> Result<Exit> {
    let history = match options.listing.verbose {
        true => super::headers_or_whole(project)?,
        false => super::headers(project)?,
    };
    let range = options.rev_range.as_deref().unwrap_or(":");
    // The database is opened only if something in the question is about it.
    let needs_rows = options.indicate_current || range.contains("current") || range.starts_with(['-', '+']);
    let rows = if needs_rows { project.rows().await? } else { Rows::new() };
    let current: Option<BTreeSet<RevisionId>> = options
        .indicate_current
        .then(|| rows.iter().map(|(_, id)| id.clone()).collect());
    let describer = Describer::new(history, current);
    let nodes = history.graph.history(range, &rows)?;
    if options.listing.output.json {
        list(&describer, &nodes, &options.listing);
        return Ok(Exit::Done);
    }
    let rows: Vec<Row<'_>> = nodes
        .iter()
        .map(|node| row(&describer, node, options.listing.verbose))
        .collect();
    render::text(&draw(&rows));
    Ok(Exit::Done)
}

fn row<'n>(describer: &Describer<'_>, node: &'n Node, verbose: bool) -> Row<'n> {
    let is_current = describer
        .current
        .as_ref()
        .is_some_and(|current| current.contains(&node.id));
    let text = if verbose {
        format!("{}\n\n", describer.whole(node))
    } else {
        describer.line(node)
    };
    Row {
        id: &node.id,
        parents: node.down_revisions.iter().collect(),
        mark: if is_current { "●" } else { "○" },
        text,
    }
}

/// Revisions as JSON, as blocks, or a line each.
pub(super) fn list(describer: &Describer<'_>, nodes: &[&Node], options: &Listing) {
    if options.output.json {
        let views: Vec<RevisionView> = nodes.iter().map(|node| describer.view(node)).collect();
        render::json(&views);
        return;
    }
    for node in nodes {
        if options.verbose {
            render::line(format!("{}\n", describer.whole(node)));
        } else {
            render::line(describer.line(node));
        }
    }
}
