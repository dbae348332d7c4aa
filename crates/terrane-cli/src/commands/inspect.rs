//! `inspect`: what a database holds, as models.

use crate::args::Inspect;
use crate::exit::Exit;
use crate::render;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use terrane::core::diagnostic::codes;
use terrane::{Error, Inspected, Project, Result};

pub(super) async fn run(project: &Project, options: &Inspect) -> Result<Exit> {
    let inspected = project.inspected(options.layer.as_deref()).await?;
    inspected.warnings.iter().for_each(render::diagnostic);
    let models = models(&inspected);
    match &options.to {
        None => render::script(&models),
        Some(path) => {
            write(path, &models, options.force)?;
            render::line(format!("wrote {}", path.display()));
            render::line(
                "next: let it be the `models` of a layer; then `terrane check` finds no difference to the database",
            );
        }
    }
    Ok(Exit::Done)
}

fn models(inspected: &Inspected) -> String {
    let statements = inspected.statements.iter();
    statements.map(|sql| format!("{sql};\n")).collect::<Vec<_>>().join("\n")
}

fn write(path: &Path, text: &str, force: bool) -> Result<()> {
    let opened = match force {
        true => File::create(path),
        false => File::create_new(path),
    };
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let is_there = error.kind() == std::io::ErrorKind::AlreadyExists;
        let refused = Error::file(codes::CANNOT_WRITE, "write", path, error);
        match is_there {
            true => refused.help("Name another file, or say `--force` to overwrite it."),
            false => refused,
        }
    })
}
