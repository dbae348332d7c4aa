use crate::args::Output;
use crate::exit::Exit;
use crate::render;
use serde::Serialize;
use terrane::{Project, Result, TableRow};

#[derive(Serialize)]
struct TableView {
    table: String,
    layer: Option<String>,
    created_by: Option<String>,
    extends: Option<String>,
}

impl TableView {
    fn new(row: TableRow) -> TableView {
        TableView {
            table: row.table.to_string(),
            layer: row.layer.map(|layer| layer.to_string()),
            created_by: row.created_by.map(|id| id.to_string()),
            extends: row.extends.map(|table| table.to_string()),
        }
    }
}

pub(super) async fn run(project: &Project, options: &Output) -> Result<Exit> {
    super::tell_absent(project)?;
    let views: Vec<TableView> = project.tables().await?.into_iter().map(TableView::new).collect();
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
        render::line(format!("{:width$}  {layer:layer_width$}{created}{extends}", view.table));
    }
    Ok(Exit::Done)
}
