//! L7: a path is a topological order, and the same on every machine, for every order of layers and files.

use crate::scene::{LAYERS, scene, write};
use terrane::{Destination, PlanView};
use terrane_testkit::block_on;
use terrane_testkit::workbench::Workbench;

async fn plan(bench: &Workbench) -> String {
    let plan = bench.project().plan(Destination::Upgrade("heads")).await.unwrap();
    serde_json::to_string_pretty(&PlanView::new(&plan, bench.project().dialect().unwrap())).unwrap()
}

#[test]
fn law_l7_the_order_of_layers_and_files_does_not_matter() {
    block_on(async {
        let wanted = plan(&scene()).await;
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for (number, order) in orders.iter().enumerate() {
            let layers: Vec<_> = order.iter().map(|&at| LAYERS[at]).collect();
            let bench = Workbench::new(&layers);
            write(&bench);
            // Other names, made in another order: a folder lists them otherwise.
            for (layer, _) in layers {
                let folder = bench.path(&format!("{layer}/versions"));
                let mut files: Vec<_> = std::fs::read_dir(&folder)
                    .unwrap()
                    .map(|file| file.unwrap().path())
                    .collect();
                files.sort();
                if number % 2 == 0 {
                    files.reverse();
                }
                for (at, file) in files.iter().enumerate() {
                    std::fs::rename(file, folder.join(format!("{}_{at}.sql", (at * 7 + number) % 10))).unwrap();
                }
            }
            assert_eq!(plan(&bench).await, wanted, "layers in the order {order:?}");
        }
    });
}

#[test]
fn law_l7_what_is_needed_comes_first() {
    block_on(async {
        let bench = scene();
        let project = bench.project();
        let history = project.history().unwrap();
        let plan = project.plan(Destination::Upgrade("heads")).await.unwrap();
        let ids: Vec<_> = plan.steps.iter().filter_map(|step| step.revision.clone()).collect();
        for (at, id) in ids.iter().enumerate() {
            let node = history.graph.node(id).unwrap();
            let needed = node.down_revisions.iter().cloned();
            let needed = needed.chain(history.graph.dependencies(id).into_iter().map(|node| node.id.clone()));
            for needed in needed {
                assert!(ids[..at].contains(&needed), "{needed} before {id}");
            }
        }
    });
}
