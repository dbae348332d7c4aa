//! Several migrators at once, as processes: one applies, the others wait and find nothing to do.

use crate::scene::{REVISIONS, scene};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use terrane::core::diagnostic::codes;
use terrane::core::name::LayerName;
use terrane::{Destination, Project, Silent};
use terrane_testkit::workbench::Workbench;
use terrane_testkit::{block_on, say};

/// One of the crowd: this test binary, started by the tests below with a folder in its environment.
#[test]
fn one_of_the_crowd() {
    let Some(folder) = std::env::var_os("TERRANE_CROWD_FOLDER") else {
        return;
    };
    let project = Project::load(&Path::new(&folder).join("terrane.toml")).unwrap();
    let destination = match std::env::var("TERRANE_CROWD_WAY").as_deref() {
        Ok("compare") => return block_on(compare(&project)),
        Ok("downgrade") => Destination::Downgrade("base"),
        _ => Destination::Upgrade("heads"),
    };
    block_on(project.migrate(destination, &mut Silent)).unwrap_or_else(|error| panic!("{error:#?}"));
}

/// What autogenerate asks, over and over while the others are at work. It finds the database at a boundary, or is told why
/// there is nothing to compare.
async fn compare(project: &Project) {
    let history = project.history().unwrap();
    for _ in 0..5 {
        if let Err(error) = project.compare(&history, &LayerName::new("shop")).await {
            let told = [codes::NOT_UP_TO_DATE, codes::INTERRUPTED];
            assert!(told.contains(&error.diagnostics[0].code), "{error:#?}");
        }
    }
}

/// How many rounds, many of them by hand.
fn many(usual: usize) -> usize {
    let said = std::env::var("TERRANE_ROUNDS").ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn start(bench: &Workbench) -> Child {
    start_on(bench, "upgrade")
}

fn start_on(bench: &Workbench, way: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["crowd::one_of_the_crowd", "--exact", "--nocapture"])
        .env("TERRANE_CROWD_FOLDER", bench.path(""))
        .env("TERRANE_CROWD_WAY", way)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn wanted() -> String {
    let bench = scene();
    bench.upgrade("heads").await.unwrap();
    bench.contents().await
}

async fn is_right(bench: &Workbench, wanted: &str) {
    assert_eq!(bench.contents().await, wanted);
    let entries = bench.project().log().await.unwrap();
    let mut ids: Vec<_> = entries.iter().filter_map(|entry| entry.revision.clone()).collect();
    assert_eq!(ids.len(), REVISIONS, "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), REVISIONS);
    assert!(entries.iter().all(|entry| entry.statements == entry.statements_done));
    assert_eq!(bench.rows("PRAGMA integrity_check").await, [[Some("ok".to_owned())]]);
}

fn rounds(rounds: usize, crowd: usize) {
    block_on(async {
        let wanted = wanted().await;
        for round in 0..rounds {
            let bench = scene();
            if round % 3 == 2 {
                bench.execute("PRAGMA journal_mode = WAL").await;
            }
            bench.write("vendor/model.sql", "");
            bench.write("addon/model.sql", "");
            bench.write("shop/model.sql", "CREATE TABLE shop_other (id integer);");
            let crowd = (0..crowd).map(|at| start_on(&bench, if at % 5 == 4 { "compare" } else { "upgrade" }));
            let crowd: Vec<Child> = crowd.collect();
            for child in crowd {
                let output = child.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{said}");
                assert_eq!(said, "", "a library prints nothing");
            }
            is_right(&bench, &wanted).await;
        }
        say(&format!("{rounds} rounds of {crowd} at once"));
    });
}

#[test]
fn two_migrators_at_once_both_succeed() {
    rounds(12, 2);
}

#[test]
fn ten_at_once_all_succeed_with_autogenerate_among_them() {
    rounds(many(10), 10);
}

#[test]
fn eight_migrators_at_once_on_the_way_down() {
    const ROUNDS: usize = 6;
    block_on(async {
        for _ in 0..ROUNDS {
            let bench = scene();
            bench.upgrade("heads").await.unwrap();
            let crowd: Vec<Child> = (0..8).map(|_| start_on(&bench, "downgrade")).collect();
            for child in crowd {
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
            let entries = bench.project().log().await.unwrap();
            let down = entries.iter().filter(|entry| entry.direction == "downgrade");
            assert_eq!(down.count(), REVISIONS);
            let left = bench
                .rows("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'terrane_%' AND name NOT LIKE 'sqlite_%'")
                .await;
            assert!(left.is_empty(), "{left:?}");
        }
        say(&format!("{ROUNDS} rounds of 8 migrators on the way down"));
    });
}

#[test]
fn eight_migrators_of_whom_most_are_killed() {
    const ROUNDS: u64 = 24;
    block_on(async {
        let wanted = wanted().await;
        let mut killed = 0;
        // A small generator of its own: the same kills in every run, as far as a clock allows.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..ROUNDS {
            let bench = scene();
            let mut crowd: Vec<Child> = (0..8).map(|_| start(&bench)).collect();
            for child in &mut crowd[1..] {
                std::thread::sleep(Duration::from_millis(random(25)));
                child.kill().unwrap();
            }
            for child in crowd {
                let output = child.wait_with_output().unwrap();
                let ended = output.status.code().is_some();
                killed += u32::from(!ended);
                assert!(
                    !ended || output.status.success(),
                    "{}",
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            bench.upgrade("heads").await.unwrap();
            is_right(&bench, &wanted).await;
        }
        say(&format!("{ROUNDS} rounds of 8 migrators, {killed} of them killed"));
    });
}
