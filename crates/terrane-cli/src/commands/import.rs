//! `import`: the migrations of another tool as the history of a layer.

use crate::args;
use crate::exit::Exit;
use crate::render;
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
    say(&imported, options.from.is_some());
    Ok(Exit::Done)
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
