//! `merge`: a revision that follows several heads.

use super::revision::say_written;
use crate::args::Merge;
use crate::exit::Exit;
use terrane::{NewRevision, Project, Result};

pub(super) fn run(project: &Project, options: &Merge) -> Result<Exit> {
    let history = project.headers()?;
    let new = NewRevision {
        message: options
            .message
            .clone()
            .or_else(|| Some(format!("merge {}", options.revisions.join(", ")))),
        branch_label: options.branch_label.clone(),
        rev_id: options.rev_id.clone(),
        splice: options.splice,
        ..NewRevision::default()
    };
    say_written(&project.merge(&history, &options.revisions, &new)?);
    Ok(Exit::Done)
}
