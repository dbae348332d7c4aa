//! `current`: where the database stands.

use super::listing::list;
use crate::args::Current;
use crate::exit::Exit;
use crate::render;
use crate::view::{Describer, RevisionView};
use std::collections::BTreeSet;
use terrane::core::graph::{Node, RevisionId};
use terrane::{Project, Result};

pub(super) async fn run(project: &Project, options: &Current) -> Result<Exit> {
    let history = super::headers(project)?;
    super::tell_absent(project)?;
    let (nodes, strangers) = project.current(history).await?;
    let standing: BTreeSet<RevisionId> = nodes.iter().map(|node| node.id.clone()).collect();
    let describer = Describer::new(history, None);
    let is_json = options.listing.output.json;
    if is_json {
        let known = nodes.iter().map(|node| describer.view(node));
        let others = strangers.iter().map(|(layer, id)| RevisionView::stranger(layer, id));
        render::json(&known.chain(others).collect::<Vec<_>>());
    } else {
        list(&describer, &nodes, &options.listing);
        for (layer, id) in strangers.iter() {
            render::line(format!(
                "{id} ({layer}), of a layer that this configuration does not have; it is left alone"
            ));
        }
    }
    if nodes.is_empty() && !is_json {
        render::note("the database stands at no revision");
    }
    let missing: Vec<&Node> = history
        .graph
        .heads()
        .into_iter()
        .filter(|head| !standing.contains(&head.id))
        .collect();
    if !options.check_heads || missing.is_empty() {
        return Ok(Exit::Done);
    }
    for head in missing {
        render::note(format!("not applied: {}", describer.line(head)));
    }
    Ok(Exit::Differs)
}
