//! `entities`: writes SeaORM entities for tables of the database.

use crate::args::Entities;
use crate::exit::Exit;
use crate::render;
use std::path::Path;
use terrane::core::diagnostic::codes;
use terrane::{EntityWish, Existing, Project, Result};

pub(super) async fn run(project: &Project, options: &Entities, quiet: bool) -> Result<Exit> {
    let wish = EntityWish {
        layer: options.layer.clone(),
        tables: options.tables.clone(),
        parents: options.parents.clone(),
    };
    let entities = project.entities(&wish).await?;
    if entities.files.is_empty() {
        entities.warnings.iter().for_each(render::diagnostic);
        render::line("nothing to do: there are no tables to write entities of");
        return Ok(Exit::Done);
    }
    let existing = if options.force {
        Existing::Replaced
    } else {
        Existing::Kept
    };
    let written = entities.write(&options.to, existing)?;
    entities.warnings.iter().for_each(render::diagnostic);
    for path in written {
        render::line(format!("wrote {}", path.display()));
    }
    if !quiet {
        let features: Vec<&str> = entities.features.iter().copied().collect();
        let is_all = entities.warnings.iter().all(|told| told.code != codes::NO_ENTITY);
        say_next(&options.to, options.layer.as_deref(), &features);
        render::line(if is_all {
            "  then `terrane check` finds no difference between them and the database"
        } else {
            "  then `terrane check` finds no difference but for what has no entity"
        });
    }
    Ok(Exit::Done)
}

fn say_next(folder: &Path, layer: Option<&str>, features: &[&str]) {
    let module = module_of(folder);
    let last = module.rsplit("::").next().unwrap_or(&module);
    let features = if features.is_empty() {
        String::new()
    } else {
        format!(" with {}", features.join(", "))
    };
    render::line(format!(
        "next: name the module, `pub mod {last};`, in a crate that depends on sea-orm{features} and terrane-sea-orm;"
    ));
    render::line(format!(
        "  give it to the layer, `Layer::new(\"{}\").models(terrane_sea_orm::models!({module}))`;",
        layer.unwrap_or("app")
    ));
}

/// What the folder is as a module, as far as its path tells.
fn module_of(folder: &Path) -> String {
    let parts: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
    let below = parts.iter().rposition(|part| part == "src").map(|at| at + 1);
    let named = |part: &&std::borrow::Cow<'_, str>| !matches!(part.as_ref(), "." | ".." | "/");
    let from = below.unwrap_or(parts.len().saturating_sub(1));
    let modules: Vec<&str> = parts[from..].iter().filter(named).map(AsRef::as_ref).collect();
    format!("crate::{}", modules.join("::"))
}
