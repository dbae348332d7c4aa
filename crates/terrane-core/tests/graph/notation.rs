//! A small notation for graphs, and checks written in it.
//!
//! `a, a->b, a->c, b+c->d` is a diamond. A revision is followed by what else there is to say of it, in any order:
//! `x poser` (its layer), `x after b c` (dependencies), `x as web` (branch labels), `x at 7` (its date).

use terrane_core::graph::{Graph, GraphError, Node, RevisionId, Rows, Step};
use terrane_core::name::LayerName;

/// The layer of a revision for which none is written.
pub(crate) const LAYER: &str = "app";

pub(crate) fn id(text: &str) -> RevisionId {
    RevisionId::parse(text).unwrap()
}

pub(crate) fn layer(name: &str) -> LayerName {
    LayerName::new(name)
}

/// The nodes that a text in the notation describes.
pub(crate) fn nodes(text: &str) -> Vec<Node> {
    text.split([',', ';'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(node)
        .collect()
}

fn node(entry: &str) -> Node {
    let mut words = entry.split_whitespace();
    let shape = words.next().unwrap_or_default();
    let (parents, name) = shape.split_once("->").unwrap_or(("", shape));
    let mut node = Node::new(id(name), layer(LAYER));
    node.down_revisions = parents.split('+').filter(|parent| !parent.is_empty()).map(id).collect();
    let mut field = "layer";
    for word in words {
        match (field, word) {
            (_, "after" | "as" | "at") => field = word,
            ("after", _) => node.depends_on.push(word.to_owned()),
            ("as", _) => node.branch_labels.push(word.to_owned()),
            ("at", _) => node.created = Some(word.parse().unwrap()),
            _ => node.layer = layer(word),
        }
    }
    node
}

pub(crate) fn graph(text: &str) -> Graph {
    Graph::new(nodes(text)).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// The rows of those revisions, each in its own layer.
pub(crate) fn rows(graph: &Graph, ids: &str) -> Rows {
    let row = |text| {
        let layer = graph
            .node(&id(text))
            .map_or_else(|| layer(LAYER), |node| node.layer.clone());
        (layer, id(text))
    };
    ids.split_whitespace().map(row).collect()
}

/// Rows as text: ids in order, with their layer where there are several.
pub(crate) fn show_rows(rows: &Rows, layers: usize) -> String {
    let show = |(layer, id): (&LayerName, &RevisionId)| {
        if layers > 1 {
            format!("{layer}:{id}")
        } else {
            id.to_string()
        }
    };
    let all: Vec<String> = rows.iter().map(show).collect();
    if all.is_empty() {
        "nothing".to_owned()
    } else {
        all.join(" ")
    }
}

/// Runs a command as it would be typed, from those rows: `up heads`, `down -1`, `stamp a b`.
pub(crate) fn run(graph: &Graph, from: &Rows, command: &str) -> Result<Vec<Step>, GraphError> {
    let (verb, target) = command.split_once(' ').unwrap();
    match verb {
        "up" => graph.upgrade(from, target),
        "down" => graph.downgrade(from, target),
        "stamp" => graph.stamp(from, &target.split_whitespace().collect::<Vec<_>>()),
        _ => panic!("no command `{verb}`"),
    }
}

/// Checks the revisions that a command runs, in order, and the rows it leaves: `a b c => c`.
#[track_caller]
pub(crate) fn check(text: &str, from: &str, command: &str, expected: &str) {
    let graph = graph(text);
    let mut rows = rows(&graph, from);
    let steps = run(&graph, &rows, command).unwrap_or_else(|error| panic!("{text}: {command}: {error}"));
    let ran: Vec<&str> = steps
        .iter()
        .filter_map(|step| Some(step.revision.as_ref()?.as_str()))
        .collect();
    steps.iter().for_each(|step| rows.apply(step));
    let found = format!("{} => {}", ran.join(" "), show_rows(&rows, graph.layers().len()));
    assert_eq!(found.trim_start(), expected, "{text}: {command} from {from}");
}
