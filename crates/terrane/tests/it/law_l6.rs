//! L6: after a full upgrade, the database is what the models say and what the history says; and L8 beside it, for every
//! revision that was generated. Rows that neither side drops are still there.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::sync::atomic::{AtomicUsize, Ordering};
use terrane::Database;
use terrane::core::name::LayerName;
use terrane_testkit::generate::{Release, models, rows, story, survivors};
use terrane_testkit::workbench::{Workbench, difference, replayed};
use terrane_testkit::{block_on, say};

/// How many, unless `TERRANE_CASES` says otherwise; each takes the machine half a second.
const PROJECTS: u32 = 320;

async fn catalog(database: &mut Database<'_>, like: &str) -> Vec<Vec<Option<String>>> {
    database
        .rows(&format!(
            "SELECT type, name, tbl_name, sql, rootpage FROM sqlite_schema WHERE tbl_name LIKE '{like}' ORDER BY rowid"
        ))
        .await
        .unwrap()
}

async fn agree(bench: &Workbench) {
    let project = bench.project();
    let history = project.history().unwrap();
    for layer in ["vendor", "app"] {
        let comparison = project.compare(&history, &LayerName::new(layer)).await.unwrap();
        assert!(comparison.delta.is_empty(), "{layer}: {:#?}", comparison.delta.ops);
    }
    let mut database = bench.connect().await;
    let standing = project.standing(Some(&mut database)).await.unwrap();
    let expected = replayed(&project, &history, &standing.rows).unwrap();
    let delta = difference(&standing.books.schema, &expected, project.dialect().unwrap());
    assert!(delta.is_empty(), "replay: {:#?}", delta.ops);
    assert!(database.rows("PRAGMA foreign_key_check").await.unwrap().is_empty());
}

async fn answers(database: &mut Database<'_>, queries: &[String]) -> Vec<Vec<Vec<Option<String>>>> {
    let mut answers = Vec::new();
    for query in queries {
        answers.push(database.rows(query).await.unwrap());
    }
    answers
}

async fn tell(story: &[Release]) -> usize {
    let bench = Workbench::new(&[("vendor", &[]), ("app", &["vendor"])]);
    bench.write("vendor/model.sql", "");
    bench.write("app/model.sql", "");
    let mut revisions = 0;
    let nothing = Release {
        vendor: Vec::new(),
        app: Vec::new(),
    };
    let mut before = &nothing;
    for (number, release) in story.iter().enumerate() {
        let mut database = bench.connect().await;
        let queries = [
            survivors(&before.vendor, &release.vendor),
            survivors(&before.app, &release.app),
        ]
        .concat();
        let held = answers(&mut database, &queries).await;

        bench.write("vendor/model.sql", &models(&release.vendor));
        let vendor_moved = bench.autogenerate("vendor").await.unwrap().is_some();
        if vendor_moved {
            bench.upgrade("vendor@head").await.unwrap();
        }
        let vendors = catalog(&mut database, "base%").await;
        bench.write("app/model.sql", &models(&release.app));
        let app_moved = bench.autogenerate("app").await.unwrap().is_some();
        if app_moved {
            bench.upgrade("heads").await.unwrap();
        }
        revisions += usize::from(vendor_moved) + usize::from(app_moved);
        assert_eq!(catalog(&mut database, "base%").await, vendors, "law L8");
        agree(&bench).await;
        assert_eq!(answers(&mut database, &queries).await, held, "rows survive");
        let schema = database.inspect().await.unwrap();

        // There and back, and there again.
        for (layer, moved) in [("app", app_moved), ("vendor", vendor_moved)] {
            if moved {
                bench.downgrade(&format!("{layer}@-1")).await.unwrap();
            }
        }
        assert_eq!(
            answers(&mut database, &queries).await,
            held,
            "rows survive the way back"
        );
        bench.upgrade("heads").await.unwrap();
        assert_eq!(
            answers(&mut database, &queries).await,
            held,
            "rows survive the second time"
        );
        assert_eq!(database.inspect().await.unwrap(), schema);

        let ids: Vec<u32> = (1..=3).map(|id| id + 10 * u32::try_from(number).unwrap()).collect();
        let everything = [rows(&release.vendor, &ids), rows(&release.app, &ids)].concat();
        database.execute(&everything).await.unwrap();
        before = release;
    }
    bench.downgrade("base").await.unwrap();
    let mut database = bench.connect().await;
    let left = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'terrane_%' AND name NOT LIKE 'sqlite_%'";
    assert_eq!(database.rows(left).await.unwrap(), Vec::<Vec<Option<String>>>::new());
    assert_eq!(
        database.rows("SELECT * FROM terrane_object").await.unwrap(),
        Vec::<Vec<Option<String>>>::new()
    );
    revisions
}

#[test]
fn law_l6_database_models_and_history_agree() {
    let revisions = AtomicUsize::new(0);
    let projects = std::env::var("TERRANE_CASES").ok().and_then(|cases| cases.parse().ok());
    let projects: u32 = projects.unwrap_or(PROJECTS);
    // Half of them in each of two threads, each with its own seed.
    let half = |seed: u8| {
        let config = Config {
            cases: projects / 2,
            failure_persistence: None,
            max_shrink_iters: 60,
            ..Config::default()
        };
        let random =
            proptest::test_runner::TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &[seed; 32]);
        let mut runner = TestRunner::new_with_rng(config, random);
        let told = runner.run(&story(), |story| {
            let told = std::panic::catch_unwind(|| block_on(tell(&story)));
            match told {
                Ok(count) => {
                    revisions.fetch_add(count, Ordering::Relaxed);
                    Ok(())
                }
                Err(_) => Err(TestCaseError::fail("see above")),
            }
        });
        if let Err(error) = told {
            panic!("{error}");
        }
    };
    std::thread::scope(|scope| {
        let threads = [scope.spawn(|| half(1)), scope.spawn(|| half(2))];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    say(&format!(
        "{projects} projects, {} revisions generated, applied and undone",
        revisions.into_inner()
    ));
}
