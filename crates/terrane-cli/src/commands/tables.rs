//! `tables`: the tables of the database, and whose they are.

use crate::args::Output;
use crate::exit::Exit;
use crate::render;
use serde::Serialize;
use terrane::{Project, Result, TableRow};

#[derive(Serialize)]
struct TableView {
    table: String,
    kind: &'static str,
    layer: Option<String>,
    /// Whether the configuration has that layer.
    #[serde(skip)]
    is_known: bool,
    created_by: Option<String>,
    extends: Option<String>,
}

impl TableView {
    fn new(project: &Project, row: TableRow) -> TableView {
        TableView {
            table: row.table.to_string(),
            kind: row.kind.word(),
            is_known: row
                .layer
                .as_ref()
                .is_none_or(|layer| project.config.layer(layer).is_some()),
            layer: row.layer.map(|layer| layer.to_string()),
            created_by: row.created_by.map(|id| id.to_string()),
            extends: row.extends.map(|table| table.to_string()),
        }
    }
}

pub(super) async fn run(project: &Project, options: &Output) -> Result<Exit> {
    super::tell_absent(project)?;
    let views: Vec<TableView> = {
        let rows = project.tables().await?.into_iter();
        rows.map(|row| TableView::new(project, row)).collect()
    };
    if options.json {
        render::json(&views);
        return Ok(Exit::Done);
    }
    let width = views.iter().map(|view| view.table.chars().count()).max().unwrap_or(0);
    let layer_width = views
        .iter()
        .filter_map(|view| view.layer.as_ref())
        .map(|l| l.chars().count())
        .max()
        .unwrap_or(1);
    for view in views {
        let layer = view.layer.unwrap_or_else(|| "-".to_owned());
        let created = view.created_by.map(|id| format!("  since {id}")).unwrap_or_default();
        let extends = view
            .extends
            .map(|table| format!("  extends {table}"))
            .unwrap_or_default();
        let kind = match view.kind {
            "table" => String::new(),
            kind => format!("  {kind}"),
        };
        let stranger = if view.is_known {
            ""
        } else {
            "  not in this configuration"
        };
        render::line(format!(
            "{:width$}  {layer:layer_width$}{kind}{created}{extends}{stranger}",
            view.table
        ));
    }
    Ok(Exit::Done)
}
