use crate::args::Revision;
use crate::exit::Exit;
use crate::render;
use terrane::{Candidate, Comparison, NewRevision, Project, Result, Written};

pub(super) async fn run(project: &Project, options: &Revision) -> Result<Exit> {
    let history = project.headers_to_extend()?;
    let new = NewRevision {
        message: options.message.clone(),
        head: options.head.clone(),
        layer: options.layer.clone(),
        splice: options.splice,
        branch_label: options.branch_label.clone(),
        version_path: options.version_path.clone(),
        rev_id: options.rev_id.clone(),
        depends_on: options.depends_on.clone(),
    };
    if !options.autogenerate {
        say_written(&new.write(project, &history)?);
        return Ok(Exit::Done);
    }
    if options.sql {
        let (layer, text) = project.candidate_text(&history, &new).await?;
        say_comparison(&layer);
        render::script(&text);
        return Ok(Exit::Done);
    }
    match project.autogenerate(&history, &new).await? {
        Candidate::Nothing(comparison) => {
            comparison.warnings.iter().for_each(render::diagnostic);
            render::line(format!("layer {}: nothing to do, no file written", comparison.layer));
        }
        Candidate::Written(written, comparison) => {
            say_comparison(&comparison);
            say_written(&written);
            render::line("read it and edit it before you upgrade");
        }
    }
    Ok(Exit::Done)
}

fn say_comparison(comparison: &Comparison) {
    comparison.warnings.iter().for_each(render::diagnostic);
    for op in &comparison.delta.ops {
        render::note(format!("layer {}: {}", comparison.layer, op.describe()));
    }
}

pub(super) fn say_written(written: &Written) {
    render::line(format!("wrote {}", written.path.display()));
}
