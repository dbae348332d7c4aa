//! How long the revision graph takes for ten thousand revisions.
//!
//! `cargo run --release -p terrane-testkit --example graph_scale`
#![expect(clippy::print_stdout, reason = "what it measures is what it is for")]

use std::time::{Duration, Instant};

use terrane_core::graph::{Graph, Node, RevisionId, Rows, Step};
use terrane_core::name::LayerName;

const SIZE: usize = 10_000;

fn main() {
    println!("{SIZE} revisions, in milliseconds");
    println!(
        "{:<34}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}",
        "", "load", "resolve", "up", "down", "stamp", "history", "total"
    );
    measure(
        "a line",
        &shape(|at, node| node.down_revisions = at.checked_sub(1).map(id).into_iter().collect()),
    );
    measure(
        "a line, a label on each",
        &shape(|at, node| {
            node.down_revisions = at.checked_sub(1).map(id).into_iter().collect();
            node.branch_labels = vec![format!("label{at}")];
        }),
    );
    measure(
        "all bases, a label on each",
        &shape(|at, node| node.branch_labels = vec![format!("label{at}")]),
    );
    measure(
        "one base, all others on it",
        &shape(|at, node| {
            node.down_revisions = (at > 0).then(|| id(0)).into_iter().collect();
        }),
    );
    measure(
        "a hundred branches in turn",
        &shape(|at, node| {
            node.down_revisions = at.checked_sub(100).map(id).into_iter().collect();
        }),
    );
    measure("a ladder of merges", &shape(ladder));
    measure(
        "a lattice of merges",
        &shape(|at, node| {
            let below = at
                .checked_sub(100)
                .map(|low| [low / 100 * 100 + low % 100, low / 100 * 100 + (low + 1) % 100]);
            node.down_revisions = below.into_iter().flatten().map(id).collect();
        }),
    );
    measure(
        "one merge of all others",
        &shape(|at, node| {
            node.down_revisions = (0..if at == SIZE - 1 { at } else { 0 }).map(id).collect();
        }),
    );
    measure(
        "a vendor and an app that follows",
        &shape(|at, node| {
            node.layer = LayerName::new(["rattail", "poser"][at % 2]);
            node.down_revisions = at.checked_sub(2).map(id).into_iter().collect();
            node.depends_on = (at % 2 == 1).then(|| id(at - 1).to_string()).into_iter().collect();
        }),
    );
    measure(
        "a hundred layers",
        &shape(|at, node| {
            node.layer = LayerName::new(format!("layer{}", at % 100));
            node.down_revisions = at.checked_sub(100).map(id).into_iter().collect();
            node.depends_on = (at % 7 == 1).then(|| id(at - 1).to_string()).into_iter().collect();
        }),
    );
}

/// Two lines that part and meet at every third revision.
fn ladder(at: usize, node: &mut Node) {
    node.down_revisions = match at % 3 {
        _ if at == 0 => vec![],
        0 => vec![id(at - 2), id(at - 1)],
        step => vec![id(at - step)],
    };
}

fn id(number: usize) -> RevisionId {
    // Ids are in no order, as those of real revisions.
    let scattered = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    RevisionId::parse(&format!("{scattered:012x}")).unwrap_or_else(|error| unreachable!("{error}"))
}

fn shape(tie: impl Fn(usize, &mut Node)) -> Vec<Node> {
    let node = |at| {
        let mut node = Node::new(id(at), LayerName::new("app"));
        node.created = Some(at as i64);
        tie(at, &mut node);
        node
    };
    (0..SIZE).map(node).collect()
}

fn measure(name: &str, nodes: &[Node]) {
    let nodes = nodes.to_vec();
    let (load, graph) = timed(|| Graph::new(nodes).unwrap_or_else(|errors| unreachable!("{errors:?}")));
    let last = graph.nodes().last().map(|node| node.id.to_string()).unwrap_or_default();
    let branch = graph.nodes()[0]
        .branch_labels
        .first()
        .cloned()
        .unwrap_or_else(|| graph.layers()[0].to_string());
    let (resolve, _) = timed(|| (graph.resolve(&last), graph.resolve(&format!("{branch}@heads"))));
    let (up, steps) = timed(|| graph.upgrade(&Rows::new(), "heads").unwrap_or_default());
    assert_eq!(steps.len(), SIZE);
    let rows = after(&steps);
    let (down, steps) = timed(|| graph.downgrade(&rows, "base").unwrap_or_default());
    assert_eq!(steps.len(), SIZE);
    let (stamp, _) = timed(|| graph.stamp(&Rows::new(), &["heads"]));
    let (history, _) = timed(|| graph.history(":", &rows));
    let times = [load, resolve, up, down, stamp, history];
    let total = times.iter().sum();
    let columns = times
        .iter()
        .chain([&total])
        .map(|time| format!("{:>8.2}", time.as_secs_f64() * 1e3));
    println!("{name:<34}{}", columns.collect::<String>());
}

fn after(steps: &[Step]) -> Rows {
    let mut rows = Rows::new();
    steps.iter().for_each(|step| rows.apply(step));
    rows
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed(), done)
}
