//! Alembic's answers about random graphs: `conformance/graph.jsonl` beside the repository.
//!
//! Fields that only some vectors have (`labels`, `real_heads`, the commands `history` and `current`) are compared where
//! they are there.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;
use terrane_core::graph::{Graph, GraphError, Node, Rows, Step};

use crate::notation::{LAYER, id, layer};

/// Vectors of our own: Alembic's answers, without the cases in which we mean to differ.
const OUR_OWN: &str = include_str!("alembic.jsonl");

#[test]
fn alembic_gives_the_same_answers() {
    let Some(path) = vectors() else {
        not_run("graph conformance: the file is missing; let TERRANE_SHARED name the folder of `conformance/`");
        return;
    };
    compare(&std::fs::read_to_string(&path).unwrap());
}

#[test]
fn alembic_gives_the_same_answers_to_every_way_of_asking() {
    compare(OUR_OWN);
}

fn compare(text: &str) {
    let mut tally = Tally::default();
    for (number, line) in text.lines().enumerate() {
        let vector: Value = serde_json::from_str(line).unwrap();
        tally.compare(number, &vector);
    }
    report(&format!(
        "graph conformance: {} graphs, {} names, {} cases compared ({} of {} in Alembic's own order), {} differences",
        tally.graphs,
        tally.names,
        tally.cases,
        tally.same_order,
        tally.paths,
        tally.differences.len()
    ));
    assert!(tally.graphs > 0, "no vectors");
    assert!(tally.differences.is_empty(), "{}", tally.differences.join("\n"));
}

/// The file of vectors, where it is there.
fn vectors() -> Option<PathBuf> {
    let beside = || {
        [env!("CARGO_MANIFEST_DIR"), "..", "..", "..", "shared"]
            .iter()
            .collect()
    };
    let folder: PathBuf = std::env::var_os("TERRANE_SHARED").map_or_else(beside, PathBuf::from);
    Some(folder.join("conformance").join("graph.jsonl")).filter(|path| path.exists())
}

/// Says that a test could not run, where whoever ran the tests counts it.
fn not_run(why: &str) {
    report(why);
    if let Some(list) = std::env::var_os("TERRANE_NOT_RUN") {
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(list)
            .unwrap();
        writeln!(file, "{why}").unwrap();
    }
}

#[expect(clippy::print_stderr, reason = "a test that compared nothing must say so")]
fn report(line: &str) {
    eprintln!("{line}");
}

#[derive(Default)]
struct Tally {
    graphs: usize,
    names: usize,
    cases: usize,
    paths: usize,
    same_order: usize,
    differences: Vec<String>,
}

impl Tally {
    fn compare(&mut self, number: usize, vector: &Value) {
        let graph = load(vector).unwrap_or_else(|errors| panic!("graph {number}: {errors:?}"));
        self.graphs += 1;
        self.compare_lists(number, &graph, vector);
        for (spec, expected) in vector["resolve"].as_object().into_iter().flatten() {
            self.names += 1;
            let found = graph.resolve(spec).map(|nodes| ids(&nodes));
            let agrees = match &found {
                Ok(found) => *found == sorted(expected),
                Err(_) => expected.get("error").is_some(),
            };
            self.note(
                agrees,
                number,
                format!("resolve {spec}: alembic {expected}, here {found:?}"),
            );
        }
        for case in vector["cases"].as_array().into_iter().flatten() {
            self.cases += 1;
            let verdict = match case["cmd"].as_str().unwrap() {
                "history" | "current" => compare_listing(&graph, case),
                _ => self.compare_path(&graph, case),
            };
            if let Err(fault) = verdict {
                self.note(false, number, format!("{fault}\n  {case}"));
            }
        }
    }

    fn compare_lists(&mut self, number: usize, graph: &Graph, vector: &Value) {
        let lists = [
            ("heads", graph.heads()),
            ("real_heads", graph.effective_heads()),
            ("bases", graph.bases()),
            ("branch_points", graph.branch_points()),
        ];
        for (name, found) in lists {
            if let Some(expected) = vector.get(name) {
                self.note(
                    ids(&found) == sorted(expected),
                    number,
                    format!("{name}: alembic {expected}, here {found:?}"),
                );
            }
        }
        for (of, expected) in vector["labels"].as_object().into_iter().flatten() {
            let found = graph.labels(&id(of));
            self.note(
                found == sorted(expected),
                number,
                format!("labels of {of}: alembic {expected}, here {found:?}"),
            );
        }
    }

    fn compare_path(&mut self, graph: &Graph, case: &Value) -> Result<(), String> {
        let mut rows: Rows = sorted(&case["from"])
            .iter()
            .map(|row| (layer(LAYER), id(row)))
            .collect();
        let found = run(graph, case, &rows);
        let expected = case["steps"].as_array();
        let (steps, expected) = match (found, expected) {
            (Ok(steps), Some(expected)) => (steps, expected),
            (Err(_), None) => return Ok(()),
            (Ok(steps), None) => return Err(format!("alembic refuses, here {} steps", steps.len())),
            (Err(error), Some(_)) => return Err(format!("here refused: {error}")),
        };
        self.paths += 1;
        check_order(graph, &steps)?;
        let mut after = Vec::new();
        for step in &steps {
            rows.apply(step);
            after.push((name(step), row_ids(&rows)));
        }
        let theirs: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|step| {
                (
                    step["id"].as_str().unwrap_or_default().to_owned(),
                    sorted(&step["rows"]),
                )
            })
            .collect();
        if row_ids(&rows) != sorted(&case["final"]) {
            return Err(format!("final rows here {rows:?}"));
        }
        let ids = |steps: &[(String, Vec<String>)]| steps.iter().map(|(id, _)| id.clone()).collect::<Vec<String>>();
        let (mut ours, mut their) = (ids(&after), ids(&theirs));
        if case["cmd"] == "stamp" {
            return Ok(());
        }
        if ours == their {
            self.same_order += 1;
            return if after == theirs {
                Ok(())
            } else {
                Err(format!("rows after each step here {after:?}"))
            };
        }
        ours.sort();
        their.sort();
        if ours == their {
            Ok(())
        } else {
            Err(format!("revisions here {ours:?}"))
        }
    }

    fn note(&mut self, agrees: bool, number: usize, difference: String) {
        if !agrees {
            self.differences.push(format!("graph {number}: {difference}"));
        }
    }
}

fn compare_listing(graph: &Graph, case: &Value) -> Result<(), String> {
    let rows: Rows = sorted(&case["from"])
        .iter()
        .map(|row| (layer(LAYER), id(row)))
        .collect();
    let found = match case["cmd"].as_str() {
        Some("current") => graph.current(&rows),
        _ => graph.history(case["target"].as_str().unwrap(), &rows),
    };
    match (found, case.get("ids")) {
        (Ok(found), Some(expected)) if ids(&found) == sorted(expected) => Ok(()),
        (Ok(found), _) => Err(format!("here {:?}", ids(&found))),
        (Err(error), Some(_)) => Err(format!("here refused: {error}")),
        (Err(_), None) => Ok(()),
    }
}

fn load(vector: &Value) -> Result<Graph, Vec<GraphError>> {
    let node = |revision: &Value| {
        let mut node = Node::new(id(revision["id"].as_str().unwrap()), layer(LAYER));
        node.down_revisions = texts(&revision["down"]).iter().map(|parent| id(parent)).collect();
        node.depends_on = texts(&revision["depends_on"]);
        node.branch_labels = texts(&revision["labels"]);
        node
    };
    Graph::new(vector["revisions"].as_array().unwrap().iter().map(node).collect())
}

fn run(graph: &Graph, case: &Value, rows: &Rows) -> Result<Vec<Step>, GraphError> {
    let target = &case["target"];
    let targets = if target.is_array() {
        texts(target)
    } else {
        vec![target.as_str().unwrap().to_owned()]
    };
    let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
    match case["cmd"].as_str() {
        Some("upgrade") => graph.upgrade(rows, targets[0]),
        Some("downgrade") => graph.downgrade(rows, targets[0]),
        _ => graph.stamp(rows, &targets),
    }
}

/// On the way up every revision comes after its parents and dependencies, on the way down before them.
fn check_order(graph: &Graph, steps: &[Step]) -> Result<(), String> {
    let order: BTreeMap<String, usize> = steps.iter().enumerate().map(|(at, step)| (name(step), at)).collect();
    for step in steps {
        let Some(id) = &step.revision else { continue };
        let node = graph.node(id).unwrap();
        let dependencies = graph.dependencies(id);
        let below = node
            .down_revisions
            .iter()
            .chain(dependencies.iter().map(|node| &node.id));
        for other in below.filter_map(|other| order.get(other.as_str())) {
            if (*other < order[id.as_str()]) != (step.direction == terrane_core::graph::Direction::Up) {
                return Err(format!("{id} is on the wrong side of what it builds on"));
            }
        }
    }
    Ok(())
}

fn name(step: &Step) -> String {
    step.revision.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn ids(nodes: &[&Node]) -> Vec<String> {
    let mut ids: Vec<String> = nodes.iter().map(|node| node.id.to_string()).collect();
    ids.sort();
    ids
}

fn row_ids(rows: &Rows) -> Vec<String> {
    let mut ids: Vec<String> = rows.iter().map(|(_, id)| id.to_string()).collect();
    ids.sort();
    ids
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

fn sorted(value: &Value) -> Vec<String> {
    let mut all = texts(value);
    all.sort();
    all
}
