//! `diff`: the script that turns one schema into another.

use crate::args::Diff;
use crate::exit::Exit;
use crate::render;
use serde::Serialize;
use std::path::Path;
use terrane::core::diagnostic::codes;
use terrane::{Comparing, Error, Result, SchemaDiff, Source};

#[derive(Serialize)]
struct DiffView<'d> {
    summary: &'d [String],
    before: &'d [String],
    statements: &'d [String],
    after: &'d [String],
}

pub(super) async fn run(options: &Diff) -> Result<Exit> {
    for source in [&options.from, &options.to] {
        if is_standard_output(Path::new(source)) {
            let message = format!("the script would be written over `{source}`, which it is made from");
            return Err(Error::new(codes::EMPTIED, message).help(
                "Write it to another file. A shell empties the file behind `>` first; restore it, if it was yours.",
            ));
        }
    }
    let comparing = Comparing {
        scratch: options.scratch.clone(),
        drops_all: options.drop_all,
    };
    let diff = SchemaDiff::between(Source(&options.from), Source(&options.to), &comparing).await?;
    diff.warnings.iter().for_each(render::diagnostic);
    if options.output.json {
        render::json(&DiffView {
            summary: &diff.summary,
            before: &diff.before,
            statements: &diff.statements,
            after: &diff.after,
        });
    } else {
        if !options.plain {
            render::script(diff.shell_head());
        }
        render::script(&diff.script());
    }
    Ok(if diff.is_empty() { Exit::Done } else { Exit::Differs })
}

/// Whether what is printed goes into that file.
#[cfg(unix)]
fn is_standard_output(path: &Path) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    let output = std::io::stdout().as_fd().try_clone_to_owned();
    let output = output.and_then(|output| std::fs::File::from(output).metadata());
    let same =
        |file: std::fs::Metadata, output: std::fs::Metadata| (file.dev(), file.ino()) == (output.dev(), output.ino());
    file.zip(output.ok()).is_some_and(|(file, output)| same(file, output))
}

#[cfg(not(unix))]
fn is_standard_output(_path: &Path) -> bool {
    false
}
