//! Revisions as programs and people read them.

use serde::Serialize;
use std::collections::BTreeSet;
use terrane::core::graph::{Node, RevisionId};
use terrane::core::name::LayerName;
use terrane::core::plan::RevisionFile;
use terrane::core::revision::Way;
use terrane::{Depth, History};

/// How the two directions of a revision in Python run.
#[derive(Serialize, Debug)]
pub(crate) struct Runs {
    pub(crate) upgrade: &'static str,
    pub(crate) downgrade: &'static str,
}

impl Runs {
    /// Nothing is known of a history of which only the headers were read, and a file of SQL is what it says.
    fn of(history: &History, file: &RevisionFile) -> Option<Runs> {
        if history.depth != Depth::Whole || !file.is_python() {
            return None;
        }
        let runs = |way| match file.is_bridged(way) {
            true => "bridged",
            false => "literal",
        };
        Some(Runs {
            upgrade: runs(Way::Upgrade),
            downgrade: runs(Way::Downgrade),
        })
    }

    /// In words.
    fn words(&self) -> String {
        match self.upgrade == self.downgrade {
            true => self.upgrade.to_owned(),
            false => format!("{} up, {} down", self.upgrade, self.downgrade),
        }
    }
}

/// A revision as programs read it.
#[derive(Serialize, Default, Debug)]
pub(crate) struct RevisionView {
    pub(crate) revision: String,
    pub(crate) layer: String,
    pub(crate) down_revision: Vec<String>,
    pub(crate) depends_on: Vec<String>,
    pub(crate) branch_labels: Vec<String>,
    pub(crate) message: String,
    pub(crate) create_date: Option<String>,
    pub(crate) dialect: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) is_head: bool,
    pub(crate) is_base: bool,
    pub(crate) is_branch_point: bool,
    pub(crate) is_merge_point: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_current: Option<bool>,
    /// How each direction of a revision in Python runs: `literal`, or `bridged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) runs: Option<Runs>,
    /// Of a layer that the configuration does not have; nothing is known of it but its name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_stranger: bool,
}

impl RevisionView {
    /// A version row of a layer that the configuration does not have: its layer and its id, and no file.
    pub(crate) fn stranger(layer: &LayerName, id: &RevisionId) -> RevisionView {
        RevisionView {
            revision: id.to_string(),
            layer: layer.to_string(),
            is_stranger: true,
            ..RevisionView::default()
        }
    }
}

/// Everything there is to say about revisions of a history.
pub(crate) struct Describer<'h> {
    pub(crate) history: &'h History,
    heads: BTreeSet<&'h RevisionId>,
    effective: BTreeSet<&'h RevisionId>,
    /// Where the database stands, if that was asked for.
    pub(crate) current: Option<BTreeSet<RevisionId>>,
}

impl<'h> Describer<'h> {
    pub(crate) fn new(history: &'h History, current: Option<BTreeSet<RevisionId>>) -> Describer<'h> {
        let ids = |nodes: Vec<&'h Node>| nodes.into_iter().map(|node| &node.id).collect();
        Describer {
            history,
            heads: ids(history.graph.heads()),
            effective: ids(history.graph.effective_heads()),
            current,
        }
    }

    pub(crate) fn message(&self, id: &RevisionId) -> &'h str {
        self.history.files.get(id).map_or("", |file| file.revision.title())
    }

    pub(crate) fn view(&self, node: &Node) -> RevisionView {
        use terrane::core::revision::Target;
        let file = self.history.files.get(&node.id);
        let revision = file.map(|file| &file.revision);
        RevisionView {
            revision: node.id.to_string(),
            layer: node.layer.to_string(),
            down_revision: node.down_revisions.iter().map(ToString::to_string).collect(),
            depends_on: node.depends_on.clone(),
            branch_labels: node.branch_labels.clone(),
            message: self.message(&node.id).to_owned(),
            create_date: revision
                .and_then(|revision| revision.created)
                .map(|date| date.to_string()),
            dialect: revision.and_then(|revision| match &revision.dialect {
                Target::Unsaid => None,
                Target::Any => Some("any".to_owned()),
                Target::Named(name) => Some(name.clone()),
            }),
            path: self.history.paths.get(&node.id).map(|path| path.display().to_string()),
            is_head: self.heads.contains(&node.id),
            is_base: node.is_base(),
            is_branch_point: self.history.graph.children(&node.id).len() > 1,
            is_merge_point: node.is_merge_point(),
            is_current: self.current.as_ref().map(|current| current.contains(&node.id)),
            runs: file.and_then(|file| Runs::of(self.history, file)),
            is_stranger: false,
        }
    }

    /// `8d1f0c2a7b34 (poser) (head)`.
    pub(crate) fn name(&self, node: &Node) -> String {
        use anstyle::{AnsiColor, Style};
        let id = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
        let mark = Style::new().fg_color(Some(AnsiColor::Green.into()));
        let mut text = format!("{id}{}{id:#} ({})", node.id, node.layer);
        let labels: Vec<&str> = node
            .branch_labels
            .iter()
            .map(String::as_str)
            .filter(|label| *label != node.layer.as_str())
            .collect();
        if !labels.is_empty() {
            text.push_str(&format!(" [{}]", labels.join(", ")));
        }
        for word in self.marks(node) {
            text.push_str(&format!(" {mark}({word}){mark:#}"));
        }
        text
    }

    fn marks(&self, node: &Node) -> Vec<&'static str> {
        let mut marks = Vec::new();
        if self.heads.contains(&node.id) {
            let consumed = !self.effective.contains(&node.id)
                && self
                    .history
                    .graph
                    .dependents(&node.id)
                    .iter()
                    .any(|other| other.layer == node.layer);
            marks.push(if consumed { "effective head" } else { "head" });
        }
        if self.current.as_ref().is_some_and(|current| current.contains(&node.id)) {
            marks.push("current");
        }
        if self.history.graph.children(&node.id).len() > 1 {
            marks.push("branchpoint");
        }
        if node.is_merge_point() {
            marks.push("mergepoint");
        }
        marks
    }

    /// One line.
    pub(crate) fn line(&self, node: &Node) -> String {
        format!("{}, {}", self.name(node), self.message(&node.id))
    }

    /// Everything, in lines.
    pub(crate) fn whole(&self, node: &Node) -> String {
        let list = |ids: &[RevisionId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let mut lines = vec![format!("Revision: {}", self.name(node))];
        match node.down_revisions.as_slice() {
            [] => lines.push("Parent:   <base>".to_owned()),
            [parent] => lines.push(format!("Parent:   {parent}")),
            parents => lines.push(format!("Merges:   {}", list(parents))),
        }
        if !node.depends_on.is_empty() {
            lines.push(format!("Depends:  {}", node.depends_on.join(", ")));
        }
        let children: Vec<RevisionId> = self
            .history
            .graph
            .children(&node.id)
            .into_iter()
            .map(|child| child.id.clone())
            .collect();
        if children.len() > 1 {
            lines.push(format!("Branches: {}", list(&children)));
        }
        if let Some(date) = self.history.files.get(&node.id).and_then(|file| file.revision.created) {
            lines.push(format!("Date:     {date}"));
        }
        let runs = self
            .history
            .files
            .get(&node.id)
            .and_then(|file| Runs::of(self.history, file));
        if let Some(runs) = runs {
            lines.push(format!("Runs:     {}", runs.words()));
        }
        if let Some(path) = self.history.paths.get(&node.id) {
            lines.push(format!("Path:     {}", path.display()));
        }
        lines.push(String::new());
        let message = self
            .history
            .files
            .get(&node.id)
            .map_or("", |file| file.revision.message.as_str());
        lines.extend(message.lines().map(|line| format!("    {line}")));
        lines.join("\n")
    }
}
