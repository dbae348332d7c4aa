//! `log`: what was done to the database, from the ledger.

use crate::args::Output;
use crate::exit::Exit;
use crate::render;
use serde::Serialize;
use terrane::{LedgerEntry, Project, Result};

#[derive(Serialize)]
struct LogView {
    revision: Option<String>,
    layer: String,
    direction: String,
    message: String,
    checksum: Option<String>,
    applied_by: String,
    applied_at: String,
    duration_ms: u64,
    tool_version: String,
    statements: u64,
    statements_done: u64,
    touches: Option<String>,
    rows_written: Option<String>,
}

impl LogView {
    fn new(entry: LedgerEntry) -> LogView {
        LogView {
            revision: entry.revision,
            layer: entry.layer,
            direction: entry.direction,
            message: entry.message,
            checksum: entry.checksum,
            applied_by: entry.applied_by,
            applied_at: entry.applied_at,
            duration_ms: entry.duration_ms,
            tool_version: entry.tool_version,
            statements: entry.statements,
            statements_done: entry.statements_done,
            touches: entry.touches,
            rows_written: entry.rows_written,
        }
    }
}

pub(super) async fn run(project: &Project, options: &Output) -> Result<Exit> {
    super::tell_absent(project)?;
    let views: Vec<LogView> = project.log().await?.into_iter().map(LogView::new).collect();
    if options.json {
        render::json(&views);
        return Ok(Exit::Done);
    }
    for view in views {
        let id = view.revision.map(|id| format!("{id} ")).unwrap_or_default();
        let (when, who, took) = (view.applied_at, view.applied_by, view.duration_ms);
        render::line(format!(
            "{when}  {:9}  {id}({})  {}  {took} ms  {who}",
            view.direction, view.layer, view.message
        ));
        if view.statements_done < view.statements {
            let (done, all) = (view.statements_done, view.statements);
            render::line(format!("    {done} of its {all} statements have run"));
        }
        for touched in view.touches.iter().flat_map(|touches| touches.lines()) {
            render::line(format!("    touches {touched}"));
        }
        for written in view.rows_written.iter().flat_map(|rows| rows.lines()) {
            render::line(format!("    writes rows of {written}"));
        }
    }
    Ok(Exit::Done)
}
