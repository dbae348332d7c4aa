//! L9: after a crash at any instant the database is at a revision boundary, or the next run brings it to one by itself.

use crate::scene::{REVISIONS, scene};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use terrane::core::diagnostic::codes;
use terrane::{Applied, Database, Destination, Observer, OpenMode, Project, Silent};
use terrane_testkit::fault::{AbortAt, Listener};
use terrane_testkit::workbench::{Workbench, copy_database, difference, dump, replayed};
use terrane_testkit::{block_on, say};

/// What each boundary looks like when nothing goes wrong, by the version rows.
type Boundaries = BTreeMap<Vec<String>, String>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Way {
    fn word(self) -> &'static str {
        if self == Way::Up { "upgrade" } else { "downgrade" }
    }

    fn other(self) -> Way {
        if self == Way::Up { Way::Down } else { Way::Up }
    }

    fn destination(self) -> Destination<'static> {
        match self {
            Way::Up => Destination::Upgrade("heads"),
            Way::Down => Destination::Downgrade("base"),
        }
    }
}

/// The process that dies: this test binary, started by the tests below with a folder in its environment.
#[test]
fn the_process_that_dies() {
    let Some(folder) = std::env::var_os("TERRANE_CRASH_FOLDER") else {
        return;
    };
    let text = |name: &str| std::env::var(name).unwrap();
    let at: usize = text("TERRANE_CRASH_AT").parse().unwrap();
    let way = if text("TERRANE_CRASH_WAY") == "upgrade" {
        Way::Up
    } else {
        Way::Down
    };
    let project = Project::load(&Path::new(&folder).join("terrane.toml")).unwrap();
    block_on(project.migrate(way.destination(), &mut AbortAt::new(at))).unwrap();
}

fn process(bench: &Workbench, way: Way, at: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["crash::the_process_that_dies", "--exact"])
        .env("TERRANE_CRASH_FOLDER", bench.path(""))
        .env("TERRANE_CRASH_AT", at.to_string())
        .env("TERRANE_CRASH_WAY", way.word())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Whether it died, rather than come to its end before.
fn die(bench: &Workbench, way: Way, at: usize) -> bool {
    let status = process(bench, way, at).status().unwrap();
    assert!(status.code().is_none_or(|code| code == 0), "it was to die, and failed");
    status.code().is_none()
}

async fn heads(database: &mut Database<'_>) -> Vec<String> {
    let prepared = "SELECT 1 FROM sqlite_schema WHERE name = 'terrane_object'";
    if database.rows(prepared).await.unwrap().is_empty() {
        return Vec::new();
    }
    let rows = database
        .rows("SELECT version_num FROM terrane_version ORDER BY 1")
        .await
        .unwrap();
    rows.into_iter().flatten().flatten().collect()
}

/// Looks at the database whenever a step has ended.
struct Boundary<'a> {
    bench: &'a Workbench,
    seen: Boundaries,
}

impl Boundary<'_> {
    fn look(&mut self) {
        let bench = self.bench;
        let look = || {
            block_on(async {
                let mut database = bench.connect().await;
                (heads(&mut database).await, dump(&mut database).await)
            })
        };
        let (heads, dump) = std::thread::scope(|scope| scope.spawn(look).join().unwrap());
        self.seen.insert(heads, dump);
    }
}

impl Observer for Boundary<'_> {
    fn step_ended(&mut self, _applied: &Applied) {
        self.look();
    }
}

/// What every boundary on the way looks like.
async fn boundaries(bench: &Workbench, way: Way) -> Boundaries {
    let mut boundary = Boundary {
        bench,
        seen: Boundaries::new(),
    };
    if way == Way::Up {
        boundary.seen.insert(Vec::new(), prepared().await);
    } else {
        boundary.look();
    }
    bench.project().migrate(way.destination(), &mut boundary).await.unwrap();
    boundary.seen
}

/// What Terrane's own tables look like before the first step.
async fn prepared() -> String {
    let bench = scene();
    bench.upgrade("b1").await.unwrap();
    let mut database = bench.connect().await;
    let dump = dump(&mut database).await;
    let own: Vec<&str> = dump
        .lines()
        .filter(|line| line.starts_with('[') && line.contains("terrane_"))
        .collect();
    own.iter().map(|line| format!("{line}\n")).collect()
}

async fn is_sound(database: &mut Database<'_>) {
    assert_eq!(
        database.rows("PRAGMA integrity_check").await.unwrap(),
        [[Some("ok".to_owned())]]
    );
    assert!(database.rows("PRAGMA foreign_key_check").await.unwrap().is_empty());
}

/// Whether the ledger agrees with the version rows, and whether a revision is half done.
async fn judge(bench: &Workbench, boundaries: &Boundaries) -> bool {
    let Some(mut database) = bench.project().open(OpenMode::Read).await.unwrap() else {
        return false;
    };
    let half_done = is_half_done(bench, boundaries, &mut database).await;
    database.close().await.unwrap();
    half_done
}

async fn is_half_done(bench: &Workbench, boundaries: &Boundaries, database: &mut Database<'_>) -> bool {
    let project = bench.project();
    is_sound(database).await;
    let heads = heads(database).await;
    let schema = "SELECT count(*) FROM sqlite_schema WHERE name = 'terrane_ledger'";
    if database.rows(schema).await.unwrap()[0][0].as_deref() == Some("0") {
        assert_eq!(dump(database).await, "");
        return false;
    }
    let half = database
        .rows("SELECT revision FROM terrane_ledger WHERE statements_done < statements")
        .await
        .unwrap();
    let half_done = !half.is_empty();
    let history = project.history().unwrap();
    let standing = project.standing(Some(database)).await.unwrap();
    let down = history.graph.downgrade(&standing.rows, "base").unwrap_or_default();
    let applied: Vec<String> = down
        .iter()
        .map(|step| step.revision.as_ref().unwrap().to_string())
        .collect();
    let last = database
        .rows("SELECT revision, direction, max(id) FROM terrane_ledger GROUP BY revision")
        .await
        .unwrap();
    for row in &last {
        let (id, direction) = (row[0].clone().unwrap(), row[1].as_deref());
        if half.iter().any(|half| half[0].as_deref() == Some(&id)) {
            continue;
        }
        assert_eq!(
            direction == Some("upgrade"),
            applied.contains(&id),
            "{id} in the ledger"
        );
    }
    if half_done {
        return true;
    }
    if let Some(expected) = replayed(&project, &history, &standing.rows) {
        let delta = difference(&standing.books.schema, &expected, project.dialect().unwrap());
        assert!(delta.is_empty(), "{:#?}", delta.ops);
    }
    if let Some(expected) = boundaries.get(&heads) {
        assert_eq!(&dump(database).await, expected, "at {heads:?}");
    } else {
        panic!("no boundary has the heads {heads:?}");
    }
    false
}

/// A way, as it is when nothing goes wrong, and a place to try it in.
struct Trial {
    way: Way,
    bench: Workbench,
    /// One start for each way in which SQLite keeps its journal.
    starts: [PathBuf; 2],
    boundaries: Boundaries,
    wanted: String,
    /// What came of the way back, from each boundary.
    backs: Boundaries,
    half_done: usize,
    crossed: usize,
}

impl Trial {
    async fn new(way: Way) -> Trial {
        let clean = scene();
        if way == Way::Down {
            clean.upgrade("heads").await.unwrap();
        }
        let bench = scene();
        let starts = [bench.path("start.db"), bench.path("start-wal.db")];
        copy_database(&clean.database(), &starts[0]);
        clean.execute("PRAGMA journal_mode = WAL").await;
        copy_database(&clean.database(), &starts[1]);
        copy_database(&starts[0], &clean.database());
        let boundaries = boundaries(&clean, way).await;
        assert!(boundaries.len() > REVISIONS, "{:?}", boundaries.keys());
        Trial {
            way,
            bench,
            starts,
            boundaries,
            wanted: clean.contents().await,
            backs: Boundaries::new(),
            half_done: 0,
            crossed: 0,
        }
    }

    fn begin(&self, at: usize) {
        copy_database(&self.starts[at % 2], &self.bench.database());
    }

    async fn go(&self, way: Way) -> terrane::Result<Vec<Applied>> {
        self.bench.project().migrate(way.destination(), &mut Silent).await
    }

    /// After a crash: whether a revision is half done, or the database is at a boundary.
    async fn judge(&mut self) -> bool {
        let half_done = judge(&self.bench, &self.boundaries).await;
        let told = self.bench.project().unfinished().await.unwrap();
        assert_eq!(told.is_some(), half_done, "what is half done is no secret: {told:?}");
        self.half_done += usize::from(half_done);
        half_done
    }

    /// Goes the other way after a crash. False, where it had to be refused, and was.
    async fn back(&mut self, half_done: bool, context: &str) -> bool {
        self.crossed += 1;
        let mut database = self.bench.connect().await;
        let mut from = heads(&mut database).await;
        // It may have died before Terrane's tables were made, and then there are none afterwards.
        if dump(&mut database).await.is_empty() {
            from.push("nothing".to_owned());
        }
        database.close().await.unwrap();
        let outcome = self.go(self.way.other()).await;
        if half_done {
            let error = outcome.expect_err(context);
            assert_eq!(error.diagnostics[0].code, codes::INTERRUPTED, "{context}: {error}");
            assert!(judge(&self.bench, &self.boundaries).await, "{context}");
            return false;
        }
        outcome.unwrap_or_else(|error| panic!("{context}: {error:#?}"));
        let contents = self.bench.contents().await;
        let before = self.backs.entry(from).or_insert_with(|| contents.clone());
        assert_eq!(&contents, before, "{context}");
        true
    }

    /// Ends what was begun.
    async fn end(&mut self, context: &str) {
        let ended = self.go(self.way).await;
        ended.unwrap_or_else(|error| panic!("{context}: {error:#?}"));
        assert!(!judge(&self.bench, &self.boundaries).await, "{context}");
        assert_eq!(self.bench.contents().await, self.wanted, "{context}");
    }
}

fn every_instant(way: Way) {
    block_on(async {
        let mut trial = Trial::new(way).await;
        trial.begin(0);
        let mut listener = Listener::default();
        let project = trial.bench.project();
        project.migrate(way.destination(), &mut listener).await.unwrap();
        let points = listener.said.len();
        let mut twice = 0;
        for at in 0..points {
            let context = format!("after a crash at {at} of {points}: {:#?}", listener.said[at]);
            trial.begin(at);
            assert!(die(&trial.bench, way, at), "it was to die at {at}");
            let half_done = trial.judge().await;
            if at % 4 == 3 && trial.back(half_done, &context).await {
                continue;
            }
            // And once more, soon after the second start.
            if at % 4 != 3 && die(&trial.bench, way, at % 7 + 1) {
                twice += 1;
                judge(&trial.bench, &trial.boundaries).await;
            }
            trial.end(&context).await;
        }
        assert!(trial.half_done > 0);
        let (word, half_done, crossed) = (way.word(), trial.half_done, trial.crossed);
        say(&format!(
            "{word}: crashed at {points} of {points} places, {half_done} of them within a revision of many transactions; \
             {twice} crashed again, {crossed} went the other way"
        ));
    });
}

/// How often a run is killed at some moment; many times by hand.
fn kills() -> usize {
    let said = std::env::var("TERRANE_KILLS").ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(20)
}

#[test]
fn law_l9_a_kill_at_any_moment_and_the_other_way_after_it() {
    block_on(async {
        let mut trials = [Trial::new(Way::Up).await, Trial::new(Way::Down).await];
        let mut killed = 0;
        for at in 0..kills() {
            let trial = &mut trials[at % 2];
            trial.begin(at / 2);
            // From before the program has begun to after it has ended, in steps that fall together with nothing.
            let pause = Duration::from_micros(5_000 + (at as u64 * 7_919) % 160_000);
            let mut child = process(&trial.bench, trial.way, usize::MAX).spawn().unwrap();
            std::thread::sleep(pause);
            child.kill().unwrap();
            killed += usize::from(child.wait().unwrap().code().is_none());
            let context = format!("after a kill at {pause:?} of an {}", trial.way.word());
            let half_done = trial.judge().await;
            if at / 2 % 2 == 0 && trial.back(half_done, &context).await {
                continue;
            }
            trial.end(&context).await;
        }
        let [up, down] = trials;
        say(&format!(
            "{} kills, {killed} of them before the end; {} half done, {} went the other way",
            kills(),
            up.half_done + down.half_done,
            up.crossed + down.crossed
        ));
    });
}

#[test]
fn law_l9_a_crash_at_every_instant_of_an_upgrade() {
    every_instant(Way::Up);
}

#[test]
fn law_l9_a_crash_at_every_instant_of_a_downgrade() {
    every_instant(Way::Down);
}
