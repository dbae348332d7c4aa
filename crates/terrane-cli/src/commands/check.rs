//! `check`: whether models, history and database agree.

use crate::args::Check;
use crate::exit::Exit;
use crate::render;
use serde::Serialize;
use terrane::core::diagnostic::{Diagnostic, codes};
use terrane::core::name::LayerName;
use terrane::core::plan::no_way_back;
use terrane::{Error, History, Project, Result};

#[derive(Serialize)]
struct CheckView {
    #[serde(skip)]
    has_models: bool,
    layer: String,
    /// The sentence that says it is not up to date.
    #[serde(skip)]
    told: Vec<String>,
    pending: Vec<String>,
    differences: Vec<String>,
    edited: Vec<String>,
}

pub(super) async fn run(project: &Project, options: &Check) -> Result<Exit> {
    let layers: Vec<LayerName> = match &options.layer {
        Some(name) => vec![project.config.require_layer(name)?.name.clone()],
        None => project.config.layers.iter().map(|layer| layer.name.clone()).collect(),
    };
    let history = project.history()?;
    let mut views = Vec::new();
    let mut faults: Vec<Diagnostic> = Vec::new();
    let (rows, strangers) = project.all_rows().await?;
    history.graph.refuse_moved(&strangers)?;
    let mut said: Vec<Diagnostic> = Vec::new();
    say_no_way_back(project, &history);
    for layer in layers {
        let has_models = project
            .config
            .layer(&layer)
            .is_some_and(|layer| !layer.models.is_none());
        let mut view = CheckView::new(&layer, has_models);
        // A layer without models is asked for its revisions alone, unless it was asked for by name.
        let checked = if has_models || options.layer.is_some() {
            compare(project, &history, &layer, &mut view, &mut said).await
        } else {
            history.up_to_date(&layer, &rows)
        };
        match checked {
            Ok(()) => views.push(view),
            Err(error) if is_pending(&error) => {
                let told = error.diagnostics.into_iter();
                view.told = told.map(|diagnostic| diagnostic.message).collect();
                let pending = history.pending(&layer, &rows)?.into_iter();
                view.pending = pending.map(|id| id.to_string()).collect();
                views.push(view);
            }
            // What is wrong with the models of one layer may be met again from another.
            Err(error) => faults.extend(
                error
                    .diagnostics
                    .into_iter()
                    .filter(|fault| !faults.contains(fault))
                    .collect::<Vec<_>>(),
            ),
        }
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    for (id, warning) in project.edited(&history).await? {
        let layer = history.graph.node(&id).map(|node| node.layer.as_str());
        if let Some(view) = views.iter_mut().find(|view| Some(view.layer.as_str()) == layer) {
            render::diagnostic(&warning);
            view.edited.push(id.to_string());
        }
    }
    let clean = views
        .iter()
        .all(|view| view.told.is_empty() && view.differences.is_empty() && view.edited.is_empty());
    if options.output.json {
        render::json(&views);
    } else {
        views.iter().for_each(say);
    }
    Ok(if clean { Exit::Done } else { Exit::Differs })
}

/// Tells of revisions that cannot be undone, a layer at a time.
fn say_no_way_back(project: &Project, history: &History) {
    let Ok(dialect) = project.dialect() else { return };
    for layer in &project.config.layers {
        let own = history.files.values().filter(|file| file.layer == layer.name);
        let without: Vec<String> = own
            .filter(|file| file.revision.has_no_way_back(dialect.name()))
            .map(|file| format!("`{}`", file.revision.id))
            .collect();
        let who = match without.as_slice() {
            [] => continue,
            [one] => format!("revision {one} has"),
            several => format!(
                "{} revisions of layer `{}` ({}) have",
                several.len(),
                layer.name,
                several.join(", ")
            ),
        };
        render::diagnostic(&no_way_back(&who));
    }
}

impl CheckView {
    fn new(layer: &LayerName, has_models: bool) -> CheckView {
        CheckView {
            has_models,
            layer: layer.to_string(),
            told: Vec::new(),
            pending: Vec::new(),
            differences: Vec::new(),
            edited: Vec::new(),
        }
    }
}

/// `said` is what was said of other layers: what is nobody's is said once.
async fn compare(
    project: &Project,
    history: &History,
    layer: &LayerName,
    view: &mut CheckView,
    said: &mut Vec<Diagnostic>,
) -> Result<()> {
    let comparison = project.compare(history, layer).await?;
    let asked = comparison.questions.iter().map(|question| &question.diagnostic);
    for warning in asked.chain(&comparison.warnings) {
        if !said.contains(warning) {
            render::diagnostic(warning);
            said.push(warning.clone());
        }
    }
    view.differences = comparison.delta.ops.iter().map(|op| op.describe()).collect();
    Ok(())
}

fn is_pending(error: &Error) -> bool {
    error
        .diagnostics
        .iter()
        .all(|diagnostic| [codes::NOT_UP_TO_DATE, codes::INTERRUPTED, codes::BROKEN_OUT].contains(&diagnostic.code))
}

fn say(view: &CheckView) {
    let layer = &view.layer;
    view.told.iter().for_each(render::line);
    view.differences
        .iter()
        .for_each(|difference| render::line(format!("layer {layer}: {difference}")));
    if view.told.is_empty() && view.differences.is_empty() {
        let what = if view.has_models {
            "models and database match"
        } else {
            "all its revisions are applied"
        };
        render::line(format!("layer {layer}: {what}"));
    }
}
