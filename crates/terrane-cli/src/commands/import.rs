//! `import`: the migrations of another tool as the history of a layer.

use crate::args;
use crate::exit::Exit;
use crate::render;
use crate::told::DiagnosticView;
use serde::Serialize;
use terrane::{Import, Imported, Project, Result, Stamping, Stands};

pub(super) async fn run(project: &Project, options: &args::Import) -> Result<Exit> {
    let stamping = match (options.stamp, options.no_stamp) {
        (true, _) => Stamping::Required,
        (false, true) => Stamping::Never,
        (false, false) => Stamping::WhereTold,
    };
    let imported = project
        .import(&Import {
            folder: options.folder.clone(),
            from: options.from,
            layer: options.layer.clone(),
            stamping,
        })
        .await?;
    match options.output.json {
        true => print(&imported),
        false => say(&imported, options.from.is_some()),
    }
    Ok(Exit::Done)
}

/// What was imported, as programs read it.
#[derive(Serialize)]
struct ImportView {
    tool: &'static str,
    layer: String,
    /// The files, in the order of the history.
    written: Vec<String>,
    /// Where the database stands; nothing, where no version row was set.
    stands: Option<StandsView>,
    warnings: Vec<DiagnosticView>,
}

#[derive(Serialize)]
struct StandsView {
    revision: String,
    ran: usize,
    /// Whether the checksums were compared.
    verified: bool,
}

fn print(imported: &Imported) {
    imported.warnings.iter().for_each(render::diagnostic);
    let stands = match &imported.stands {
        Stands::At {
            revision,
            ran,
            verified,
        } => Some(StandsView {
            revision: revision.to_string(),
            ran: *ran,
            verified: *verified,
        }),
        Stands::NotAsked | Stands::Untold | Stands::Nowhere => None,
    };
    render::json(&ImportView {
        tool: imported.tool.name(),
        layer: imported.layer.clone(),
        written: imported.written.iter().map(|path| path.display().to_string()).collect(),
        stands,
        warnings: DiagnosticView::all(&imported.warnings),
    });
}

fn say(imported: &Imported, was_named: bool) {
    imported.warnings.iter().for_each(render::diagnostic);
    let (tool, count) = (imported.tool, imported.written.len());
    if !was_named {
        render::note(format!("the files are those of {tool}: {}", tool.looks()));
    }
    for path in &imported.written {
        render::line(format!("wrote {}", path.display()));
    }
    let revisions = if count == 1 { "revision" } else { "revisions" };
    render::line(format!("layer {}: {count} {revisions}", imported.layer));
    render::line(stands(imported, count));
}

/// Where the database stands, in a sentence.
fn stands(imported: &Imported, count: usize) -> String {
    let (table, layer) = (imported.tool.table(), &imported.layer);
    match &imported.stands {
        Stands::NotAsked => {
            format!("no database was opened; where all of it has run, say `terrane stamp {layer}@head`")
        }
        Stands::Untold => format!(
            "the database has no `{table}`, so that nothing has run there; if it has, say `terrane stamp {layer}@head`"
        ),
        Stands::Nowhere => format!("nothing has run, as `{table}` says"),
        Stands::At {
            revision,
            ran,
            verified,
        } => {
            let sums = match verified {
                true => "the checksums are those of the files",
                false => "it keeps no checksums",
            };
            format!("the database stands at {revision}: {ran} of {count} ran, as `{table}` says; {sums}")
        }
    }
}
