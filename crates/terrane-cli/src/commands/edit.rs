//! `edit`: opens the file of a revision in an editor.

use super::show::named;
use crate::args::Edit;
use crate::exit::Exit;
use std::path::{Path, PathBuf};
use std::process::Command;
use terrane::core::diagnostic::codes;
use terrane::{Error, Project, Result};

pub(super) async fn run(project: &Project, options: &Edit) -> Result<Exit> {
    let history = project.headers()?;
    let nodes = named(project, &history, &options.revision).await?;
    let paths: Vec<&PathBuf> = nodes.iter().filter_map(|node| history.paths.get(&node.id)).collect();
    if paths.is_empty() {
        let message = format!("`{}` stands for no revision file", options.revision);
        return Err(Error::new(codes::UNKNOWN_REVISION, message).help("Name a revision; `terrane history` lists them."));
    }
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|editor| !editor.trim().is_empty()))
        .unwrap_or_else(|| "vi".to_owned());
    // An editor may come with arguments of its own, as in `code --wait`.
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = Command::new(program).args(words).args(paths).status();
    match status {
        Ok(status) if status.success() => Ok(Exit::Done),
        Ok(status) => Err(Error::new(
            codes::CANNOT_WRITE,
            match status.code() {
                Some(code) => format!("the editor `{editor}` failed with exit code {code}"),
                None => format!("the editor `{editor}` was ended by a signal"),
            },
        )),
        Err(error) => Err(
            Error::file(codes::CANNOT_WRITE, "start the editor", Path::new(program), error)
                .help("Set EDITOR to an editor that is there."),
        ),
    }
}
