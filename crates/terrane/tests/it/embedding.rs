//! The library within an application that has a runtime of its own.

use crate::scene::{REVISIONS, scene};
use terrane::{Applied, Destination, Observer, Silent};
use terrane_testkit::block_on;

#[test]
fn an_async_program_migrates_several_databases_at_once() {
    /// An app's own watcher, with a state of its own.
    #[derive(Default)]
    struct Counting(usize);
    impl Observer for Counting {
        fn step_ended(&mut self, _applied: &Applied) {
            self.0 += 1;
        }
    }
    let benches = [scene(), scene(), scene()];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = benches
            .iter()
            .map(|bench| {
                let project = bench.project();
                tokio::spawn(async move {
                    let mut counting = Counting::default();
                    let applied = migrate(&project, &mut counting).await;
                    (applied, counting.0)
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), (REVISIONS, REVISIONS));
        }
    });
}

async fn migrate(project: &terrane::Project, observer: &mut dyn Observer) -> usize {
    project
        .migrate(Destination::Upgrade("heads"), observer)
        .await
        .unwrap()
        .len()
}

#[test]
fn a_run_that_is_dropped_halfway_leaves_a_boundary() {
    let bench = scene();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for millis in [1, 3, 5, 8, 13] {
            let project = bench.project();
            let run = async { project.migrate(Destination::Upgrade("heads"), &mut Silent).await };
            let _given_up = tokio::time::timeout(std::time::Duration::from_millis(millis), run).await;
        }
    });
    block_on(async {
        bench.upgrade("heads").await.unwrap();
        let entries = bench.project().log().await.unwrap();
        assert_eq!(entries.len(), REVISIONS);
    });
}
