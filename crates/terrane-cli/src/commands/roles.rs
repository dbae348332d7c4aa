//! Shows, or gives, what the roles of layers need.

use crate::args::Roles;
use crate::exit::Exit;
use crate::render;
use serde::Serialize;
use terrane::{Project, Result, RoleGrants};

#[derive(Serialize)]
struct RoleView {
    layer: String,
    role: String,
    statements: Vec<String>,
    holes: Vec<String>,
}

impl RoleView {
    fn new(grants: RoleGrants) -> RoleView {
        RoleView {
            layer: grants.layer.to_string(),
            role: grants.role,
            statements: grants.statements,
            holes: grants.holes,
        }
    }
}

pub(super) async fn run(project: &Project, options: &Roles) -> Result<Exit> {
    let found = project.role_grants(options.apply).await?;
    let views: Vec<RoleView> = found.into_iter().map(RoleView::new).collect();
    let is_open = views.iter().any(|view| !view.holes.is_empty());
    let is_missing = !options.apply && views.iter().any(|view| !view.statements.is_empty());
    if options.output.json {
        render::json(&views);
    } else {
        views.iter().for_each(|view| show(view, options.apply));
    }
    Ok(if is_open || is_missing {
        Exit::Differs
    } else {
        Exit::Done
    })
}

/// What is printed is a script: whoever may give rights can run it.
fn show(view: &RoleView, applied: bool) {
    let RoleView {
        layer,
        role,
        statements,
        holes,
    } = view;
    render::line(match (statements.is_empty(), applied) {
        (true, _) => format!("-- layer {layer} runs as role {role}: nothing is missing"),
        (false, true) => format!("-- layer {layer} runs as role {role}: this was missing, and was given"),
        (false, false) => format!("-- layer {layer} runs as role {role}: this is missing"),
    });
    for sql in statements {
        render::line(format!("{sql};"));
    }
    for hole in holes {
        render::line(format!("-- not held by the server: {hole}"));
    }
}
