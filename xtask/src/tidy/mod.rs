//! The structure test: what ARCHITECTURE.md and CONTRIBUTING.md promise about the sources, executed.
//!
//! Each check has a file of its own, looks at the same [`Tree`], and either asks (a note, nothing fails) or refuses.

mod allowed;
mod codes;
mod crates;
mod floors;
mod forgotten;
mod imports;
mod names;
mod paths;
mod purpose;
mod reference;
mod size;

use crate::process::root;
use crate::tree::Tree;
use crate::{Outcome, source};

pub(crate) use codes::{CODES, Code, table as code_table};
pub(crate) use reference::PAGE as CODES_PAGE;
pub(crate) use reference::page as codes_page;

/// What the checks have to say.
#[derive(Default, Debug)]
pub(crate) struct Report {
    /// Worth a look; nothing fails.
    pub(crate) notes: Vec<String>,
    /// To be mended.
    pub(crate) refusals: Vec<String>,
}

impl Report {
    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn refuse(&mut self, refusal: impl Into<String>) {
        self.refusals.push(refusal.into());
    }
}

/// One check.
type Check = fn(&Tree, &mut Report);

const CHECKS: &[Check] = &[
    imports::check,
    crates::check,
    size::check,
    names::check,
    paths::check,
    purpose::check,
    codes::check,
    reference::check,
    forgotten::check,
];

/// `cargo xtask tidy`.
pub(crate) fn run() -> Outcome {
    let report = check(&read()?);
    for note in &report.notes {
        println!("ask: {note}");
    }
    for refusal in &report.refusals {
        println!("refused: {refusal}");
    }
    match report.refusals.len() {
        0 => {
            println!("tidy: all is well, {} to ask about", report.notes.len());
            Ok(())
        }
        count => Err(format!("tidy: {count} to mend")),
    }
}

/// The repository as it is on disk.
pub(crate) fn read() -> Result<Tree, String> {
    Tree::read(&root()).map_err(|error| format!("the sources could not be read: {error}"))
}

fn check(tree: &Tree) -> Report {
    let mut report = Report::default();
    for check in CHECKS {
        check(tree, &mut report);
    }
    report
}

/// What one check refuses in a tree made for the purpose.
#[cfg(test)]
fn refusals(check: Check, files: &[(&str, &str)]) -> Vec<String> {
    let mut report = Report::default();
    check(&Tree::of(files), &mut report);
    report.refusals
}

/// What one check asks about in a tree made for the purpose.
#[cfg(test)]
fn notes(check: Check, files: &[(&str, &str)]) -> Vec<String> {
    let mut report = Report::default();
    check(&Tree::of(files), &mut report);
    report.notes
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_is_tidy() {
        let report = super::check(&super::read().unwrap());
        assert!(report.refusals.is_empty(), "\n{}\n", report.refusals.join("\n"));
    }
}
