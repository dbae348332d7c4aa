//! Laws of every graph: what a path is, and what the rows are.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use terrane_core::graph::{Direction, Graph, Node, RevisionId, Rows, Step};
use terrane_core::name::LayerName;

use crate::notation::{id, layer};

/// Any graph of up to forty revisions in up to three layers; ids say nothing of the order.
fn any_nodes() -> impl Strategy<Value = Vec<Node>> {
    let revision = (
        0..4usize,
        prop::collection::vec(any::<Index>(), 0..3),
        prop::collection::vec(any::<Index>(), 0..3),
        0..3u8,
        prop::option::of(0..5i64),
    );
    let shape = prop::collection::vec(revision, 1..40);
    (shape, 1..4u8, any::<u64>()).prop_map(|(shape, layers, seed)| {
        let name = |at: usize| id(&format!("r{:04x}", (at as u64 * 7919 + seed) % 65_521));
        let revisions = shape.into_iter().enumerate();
        revisions
            .map(|(at, (base, parents, dependencies, of, created))| {
                let mut node = Node::new(name(at), layer(["app", "poser", "rattail"][usize::from(of % layers)]));
                node.created = created;
                if at > 0 && base > 0 {
                    node.down_revisions = parents.iter().map(|parent| name(parent.index(at))).collect();
                }
                if at > 0 && base > 1 {
                    node.depends_on = dependencies
                        .iter()
                        .map(|other| name(other.index(at)).to_string())
                        .collect();
                }
                node
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_path_is_the_needed_set_in_order_with_the_right_rows(
        nodes in any_nodes(), first in any::<Index>(), second in any::<Index>(),
    ) {
        let graph = Graph::new(nodes.clone()).unwrap();
        let mut world = World::new(&graph);
        for target in [first, second] {
            let target = &target.get(&nodes).id;
            let needed = &below(&graph, target) - &world.applied;
            let steps = graph.upgrade(&world.rows, target.as_str()).unwrap();
            prop_assert_eq!(&revisions(&steps), &needed, "exactly what is needed");
            for step in &steps {
                world.run(step)?;
            }
        }
        let target = &second.get(&nodes).id;
        let above: BTreeSet<RevisionId> = graph.children(target).iter().map(|child| child.id.clone()).collect();
        let doomed: BTreeSet<RevisionId> =
            world.applied.iter().filter(|id| !below(&graph, id).is_disjoint(&above)).cloned().collect();
        let steps = match graph.downgrade(&world.rows, target.as_str()) {
            Ok(steps) => steps,
            Err(error) => {
                let has_row = world.rows.iter().any(|(_, id)| id == target);
                prop_assert!(doomed.is_empty() && !has_row, "{}", error);
                return Ok(());
            }
        };
        prop_assert_eq!(&revisions(&steps), &doomed, "what stands on the target's children, and only that");
        for step in &steps {
            world.run(step)?;
        }
    }

    #[test]
    fn all_the_way_up_and_down_leaves_nothing(nodes in any_nodes()) {
        let graph = Graph::new(nodes).unwrap();
        let mut world = World::new(&graph);
        let up = graph.upgrade(&world.rows, "heads").unwrap();
        prop_assert_eq!(up.len(), graph.nodes().len());
        for step in &up {
            world.run(step)?;
        }
        prop_assert_eq!(&graph.rows_at("heads").unwrap(), &world.rows);
        let down = graph.downgrade(&world.rows, "base").unwrap();
        let reversed: Vec<_> = down.iter().rev().map(|step| step.revision.clone()).collect();
        prop_assert_eq!(reversed, up.iter().map(|step| step.revision.clone()).collect::<Vec<_>>());
        for step in &down {
            world.run(step)?;
        }
        prop_assert!(world.rows.is_empty());
    }

    #[test]
    fn a_path_is_the_same_on_every_machine(nodes in any_nodes(), shuffled in any::<u64>()) {
        let mut others = nodes.clone();
        others.sort_by_key(|node| {
            let mix = |key: u64, b: u8| (key ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
            node.id.as_str().bytes().fold(shuffled, mix)
        });
        let (one, other) = (Graph::new(nodes).unwrap(), Graph::new(others).unwrap());
        prop_assert_eq!(one.nodes(), other.nodes());
        prop_assert_eq!(one.upgrade(&Rows::new(), "heads").unwrap(), other.upgrade(&Rows::new(), "heads").unwrap());
    }

    #[test]
    fn what_is_added_on_top_moves_nothing(
        nodes in any_nodes(), parent in any::<Index>(), created in prop::option::of(0..5i64),
    ) {
        let before = Graph::new(nodes.clone()).unwrap();
        let mut added = Node::new(id("added"), layer("app"));
        added.down_revisions = vec![parent.get(&nodes).id.clone()];
        added.created = created;
        let after = Graph::new([nodes, vec![added]].concat()).unwrap();
        let kept: Vec<&Node> = after.nodes().iter().filter(|node| node.id.as_str() != "added").collect();
        prop_assert_eq!(kept, before.nodes().iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_stamp_on_nothing_leaves_the_rows_of_the_upgrade(nodes in any_nodes(), place in any::<Index>()) {
        let graph = Graph::new(nodes.clone()).unwrap();
        for target in ["heads", place.get(&nodes).id.as_str()] {
            let mut stamped = Rows::new();
            for step in graph.stamp(&Rows::new(), &[target]).unwrap() {
                stamped.apply(&step);
            }
            prop_assert_eq!(stamped, graph.rows_at(target).unwrap());
        }
    }

    #[test]
    fn a_stamp_leaves_rows_that_agree(nodes in any_nodes(), at in any::<Index>(), place in any::<Index>()) {
        let graph = Graph::new(nodes.clone()).unwrap();
        let place = &place.get(&nodes).id;
        let mut rows = graph.rows_at(at.get(&nodes).id.as_str()).unwrap();
        for step in graph.stamp(&rows, &[place.as_str()]).unwrap() {
            rows.apply(&step);
        }
        let mut world = World::new(&graph);
        world.applied = rows.iter().flat_map(|(_, id)| below(&graph, id)).collect();
        prop_assert!(world.applied.contains(place));
        prop_assert_eq!(&rows, &world.topmost());
    }

    #[test]
    fn no_text_makes_it_panic(
        nodes in any_nodes(), at in any::<Index>(), verb in 0..4u8,
        target in concat!(
            "(head|heads|base|r0|r00|app|rattail|current|zz|)(@(head|heads|base|r0|app|))?",
            "([+-][0-9]{1,20})?(:(head|-1|\\+2|current))?"
        ),
    ) {
        let graph = Graph::new(nodes.clone()).unwrap();
        let rows = graph.rows_at(at.get(&nodes).id.as_str()).unwrap();
        match verb {
            0 => drop(graph.upgrade(&rows, &target)),
            1 => drop(graph.downgrade(&rows, &target)),
            2 => drop(graph.stamp(&rows, &[&target])),
            _ => drop(graph.history(&target, &rows)),
        }
    }
}

/// What is applied, told by another way than the graph's.
struct World<'a> {
    graph: &'a Graph,
    applied: BTreeSet<RevisionId>,
    rows: Rows,
}

impl World<'_> {
    fn new(graph: &Graph) -> World<'_> {
        World {
            graph,
            applied: BTreeSet::new(),
            rows: Rows::new(),
        }
    }

    /// Takes a step and checks that it may be taken here, and that the rows after it are what they should be.
    fn run(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let id = step.revision.clone().unwrap();
        let held = |of: &LayerName| self.rows.of(of).cloned().collect::<Vec<_>>();
        let others: Vec<_> = self
            .graph
            .layers()
            .iter()
            .filter(|&of| *of != step.layer)
            .map(|of| (of, held(of)))
            .collect();
        let under = direct(self.graph, &id);
        if step.direction == Direction::Up {
            prop_assert!(under.is_subset(&self.applied), "{} runs before what it builds on", id);
            prop_assert!(self.applied.insert(id));
        } else {
            prop_assert!(self.applied.remove(&id));
            let stands_on_it = |other: &&RevisionId| direct(self.graph, other).contains(&id);
            prop_assert_eq!(
                self.applied.iter().find(stands_on_it),
                None,
                "goes while something stands on it"
            );
        }
        self.rows.apply(step);
        for (of, before) in others {
            prop_assert_eq!(
                self.rows.of(of).cloned().collect::<Vec<_>>(),
                before,
                "a step moves its own layer only"
            );
        }
        prop_assert_eq!(&self.rows, &self.topmost());
        Ok(())
    }

    /// The definition: applied, and nothing applied of the same layer stands directly on it.
    fn topmost(&self) -> Rows {
        let of = |id: &RevisionId| self.graph.node(id).unwrap().layer.clone();
        let covered: BTreeSet<RevisionId> = self
            .applied
            .iter()
            .flat_map(|id| {
                direct(self.graph, id)
                    .into_iter()
                    .filter(move |below| of(below) == of(id))
            })
            .collect();
        self.applied
            .difference(&covered)
            .map(|id| (of(id), id.clone()))
            .collect()
    }
}

fn direct(graph: &Graph, id: &RevisionId) -> BTreeSet<RevisionId> {
    let node = graph.node(id).unwrap();
    let dependencies = graph.dependencies(id).into_iter().map(|node| node.id.clone());
    node.down_revisions.iter().cloned().chain(dependencies).collect()
}

/// A revision and all it needs.
fn below(graph: &Graph, id: &RevisionId) -> BTreeSet<RevisionId> {
    let mut found = BTreeSet::new();
    let mut todo = vec![id.clone()];
    while let Some(id) = todo.pop() {
        if found.insert(id.clone()) {
            todo.extend(direct(graph, &id));
        }
    }
    found
}

fn revisions(steps: &[Step]) -> BTreeSet<RevisionId> {
    steps.iter().filter_map(|step| step.revision.clone()).collect()
}
