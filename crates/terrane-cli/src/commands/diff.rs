use crate::args::Diff;
use crate::exit::Exit;
use crate::render;
use serde::Serialize;
use terrane::{Result, SchemaDiff, Source};

#[derive(Serialize)]
struct DiffView<'d> {
    summary: &'d [String],
    before: &'d [String],
    statements: &'d [String],
    after: &'d [String],
}

pub(super) async fn run(options: &Diff) -> Result<Exit> {
    let diff = SchemaDiff::between(Source(&options.from), Source(&options.to)).await?;
    diff.warnings.iter().for_each(render::diagnostic);
    if options.output.json {
        render::json(&DiffView {
            summary: &diff.summary,
            before: &diff.before,
            statements: &diff.statements,
            after: &diff.after,
        });
    } else {
        render::script(&diff.script());
    }
    Ok(if diff.is_empty() { Exit::Done } else { Exit::Differs })
}
