//! L9: after a crash at any instant the database is at a revision boundary, or the next run brings it to one by itself; and
//! whoever else is at work, each revision runs once.

use crate::scene::{REVISIONS, scene};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use terrane::core::diagnostic::codes;
use terrane::core::name::LayerName;
use terrane::{Applied, Destination, Observer, Project, Silent};
use terrane_testkit::fault::{AbortAt, Listener};
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::Workbench;
use terrane_testkit::{block_on, say};

/// What each boundary looks like when nothing goes wrong, by the version rows.
type Boundaries = BTreeMap<String, String>;

/// Another process: this test binary, started by the tests below with a folder in its environment.
#[test]
fn a_process_that_migrates() {
    let Some(folder) = std::env::var_os("TERRANE_CRASH_FOLDER") else {
        return;
    };
    let way = std::env::var("TERRANE_CRASH_WAY").unwrap();
    let project = Project::load(&Path::new(&folder).join("terrane.toml")).unwrap();
    if way == "compare" {
        return block_on(compare(&project));
    }
    let destination = destination(&way);
    let outcome = match std::env::var("TERRANE_CRASH_AT") {
        Ok(at) => block_on(project.migrate(destination, &mut AbortAt::new(at.parse().unwrap()))),
        Err(_) => block_on(project.migrate(destination, &mut Silent)),
    };
    outcome.unwrap_or_else(|error| panic!("{error:#?}"));
}

/// What autogenerate asks, over and over while the others are at work.
async fn compare(project: &Project) {
    let history = project.history().unwrap();
    for _ in 0..3 {
        if let Err(error) = project.compare(&history, &LayerName::new("shop")).await {
            let told = [codes::NOT_UP_TO_DATE, codes::INTERRUPTED];
            assert!(told.contains(&error.diagnostics[0].code), "{error:#?}");
        }
    }
}

fn destination(way: &str) -> Destination<'_> {
    match way {
        "upgrade" => Destination::Upgrade("heads"),
        _ => Destination::Downgrade("base"),
    }
}

pub(crate) fn process(bench: &Workbench, way: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["crash::a_process_that_migrates", "--exact", "--nocapture"])
        .env("TERRANE_CRASH_FOLDER", bench.path(""))
        .env("TERRANE_CRASH_WAY", way)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Whether it died, rather than come to its end before.
pub(crate) fn die(bench: &Workbench, way: &str, at: usize) -> bool {
    let output = process(bench, way)
        .env("TERRANE_CRASH_AT", at.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code().is_none_or(|code| code == 0),
        "it was to die, and failed: {said}"
    );
    output.status.code().is_none()
}

fn contents(database: &Throwaway) -> String {
    database.dump(&BTreeSet::new())
}

async fn heads(database: &Throwaway) -> String {
    if database.value("SELECT to_regclass('terrane_object')").await.is_empty() {
        return String::new();
    }
    database
        .value("SELECT string_agg(version_num, ' ' ORDER BY version_num) FROM terrane_version")
        .await
}

/// Looks at the database whenever a step has ended.
struct Boundary<'a> {
    database: &'a Throwaway,
    seen: Boundaries,
}

impl Boundary<'_> {
    fn look(&mut self) {
        let database = self.database;
        let look = || block_on(async { (heads(database).await, contents(database)) });
        let (heads, contents) = std::thread::scope(|scope| scope.spawn(look).join().unwrap());
        self.seen.insert(heads, contents);
    }
}

impl Observer for Boundary<'_> {
    fn step_ended(&mut self, _applied: &Applied) {
        self.look();
    }
}

/// Whether a revision is half done. If none is, the database is as it is at some boundary.
async fn is_half_done(database: &Throwaway, boundaries: &Boundaries) -> bool {
    let heads = heads(database).await;
    if database.value("SELECT to_regclass('terrane_ledger')").await.is_empty() {
        return false;
    }
    let half = "SELECT revision FROM terrane_ledger WHERE statements_done < statements";
    if !database.rows(half).await.is_empty() {
        return true;
    }
    match boundaries.get(&heads) {
        Some(expected) => assert_eq!(&contents(database), expected, "at {heads:?}"),
        None if heads.is_empty() => {}
        None => panic!("no boundary has the heads {heads:?}"),
    }
    false
}

async fn is_clean(database: &Throwaway) {
    let invalid = "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid";
    assert_eq!(database.rows(invalid).await, Vec::<Vec<_>>::new());
}

fn every_instant(way: &'static str) {
    block_on(async {
        let Some(start) = Throwaway::new(&format!("a crash at every instant of an {way}")).await else {
            return;
        };
        if way == "downgrade" {
            scene(&start).upgrade("heads").await.unwrap();
        }
        let database = start.copy("run").await;
        let bench = scene(&database);
        let mut boundary = Boundary {
            database: &database,
            seen: Boundaries::new(),
        };
        if way == "downgrade" {
            boundary.look();
        }
        bench.project().migrate(destination(way), &mut boundary).await.unwrap();
        let boundaries = boundary.seen;
        assert!(boundaries.len() >= REVISIONS, "{:?}", boundaries.keys());
        let wanted = contents(&database);

        database.become_like(&start).await;
        let mut listener = Listener::default();
        bench.project().migrate(destination(way), &mut listener).await.unwrap();
        let trial = Trial {
            way,
            start: &start,
            boundaries: &boundaries,
            wanted: &wanted,
            said: &listener.said,
        };
        let counts = std::thread::scope(|scope| {
            let shares: Vec<_> = (0..SHARES)
                .map(|share| scope.spawn(move || block_on(trial.share(share))))
                .collect();
            shares
                .into_iter()
                .map(|share| share.join().unwrap())
                .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
        });
        assert!(counts.0 > 0);
        say(&format!(
            "{way}: crashed at {0} of {0} places, {1} of them within a revision of many transactions; {2} crashed again",
            listener.said.len(),
            counts.0,
            counts.1
        ));
        database.end().await;
        start.end().await;
    });
}

/// How many databases the crashes are shared among: most of the time something waits.
const SHARES: usize = 4;

/// One way, and how it should end.
#[derive(Clone, Copy)]
struct Trial<'a> {
    way: &'static str,
    start: &'a Throwaway,
    boundaries: &'a Boundaries,
    wanted: &'a str,
    said: &'a [String],
}

impl Trial<'_> {
    /// Crashes at each place of a share. How many crashes left half a revision, and how many runs crashed again.
    async fn share(self, share: usize) -> (usize, usize) {
        let database = self.start.copy(&format!("share{share}")).await;
        let bench = scene(&database);
        let mut backs = Boundaries::new();
        let (mut half_done, mut twice) = (0, 0);
        for at in (0..self.said.len()).filter(|at| at % SHARES == share) {
            database.become_like(self.start).await;
            let place = format!("after a crash at {at}: {}", self.said[at]);
            assert!(die(&bench, self.way, at), "it was to die at {at}");
            let is_half = self.judge(&bench, &database).await;
            half_done += usize::from(is_half);
            if at / SHARES % 4 == 3 && self.back(&bench, &database, is_half, &mut backs, &place).await {
                continue;
            }
            // And once more, soon after the second start.
            twice += usize::from(at % 3 == 0 && die(&bench, self.way, at % 7 + 1));
            self.end(&bench, &database, &place).await;
        }
        database.end().await;
        (half_done, twice)
    }

    /// After a crash: whether a revision is half done, or the database is at a boundary.
    async fn judge(&self, bench: &Workbench, database: &Throwaway) -> bool {
        settled(database).await;
        let is_half = is_half_done(database, self.boundaries).await;
        let told = bench.project().unfinished().await.unwrap();
        assert_eq!(told.is_some(), is_half, "what is half done is no secret: {told:?}");
        is_half
    }

    /// Goes the other way after a crash. False, where it had to be refused, and was.
    async fn back(
        &self,
        bench: &Workbench,
        database: &Throwaway,
        is_half: bool,
        backs: &mut Boundaries,
        context: &str,
    ) -> bool {
        let other = if self.way == "upgrade" { "downgrade" } else { "upgrade" };
        // It may have died before Terrane's tables were made, and then there are none afterwards.
        let tables = database.value("SELECT to_regclass('terrane_ledger')").await;
        let from = format!("{tables} {}", heads(database).await);
        let outcome = bench.project().migrate(destination(other), &mut Silent).await;
        if is_half {
            let error = outcome.expect_err(context);
            assert_eq!(error.diagnostics[0].code, codes::INTERRUPTED, "{context}: {error}");
            return false;
        }
        outcome.unwrap_or_else(|error| panic!("{context}: {error:#?}"));
        is_clean(database).await;
        let contents = contents(database);
        let before = backs.entry(from).or_insert_with(|| contents.clone());
        assert_eq!(&contents, before, "{context}");
        true
    }

    /// Ends what was begun.
    async fn end(&self, bench: &Workbench, database: &Throwaway, context: &str) {
        let ended = bench.project().migrate(destination(self.way), &mut Silent).await;
        ended.unwrap_or_else(|error| panic!("{context}: {error:#?}"));
        is_clean(database).await;
        assert_eq!(contents(database), self.wanted, "{context}");
    }
}

/// Whoever was killed a moment ago may have left the server at work, as a migrator would wait for.
async fn settled(database: &Throwaway) {
    let others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND \
                  backend_type = 'client backend'";
    while !database.rows(others).await.is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How often a run is killed at some moment; many times by hand.
fn kills() -> usize {
    let said = std::env::var("TERRANE_KILLS").ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(8)
}

#[test]
fn law_l9_a_kill_at_any_moment_and_the_other_way_after_it() {
    block_on(async {
        let Some(empty) = Throwaway::new("a kill at any moment").await else {
            return;
        };
        let full = empty.copy("full").await;
        scene(&full).upgrade("heads").await.unwrap();
        let database = empty.copy("run").await;
        let bench = scene(&database);
        let mut ways = Vec::new();
        for (way, start) in [("upgrade", &empty), ("downgrade", &full)] {
            database.become_like(start).await;
            let mut boundary = Boundary {
                database: &database,
                seen: Boundaries::new(),
            };
            if way == "downgrade" {
                boundary.look();
            }
            bench.project().migrate(destination(way), &mut boundary).await.unwrap();
            ways.push((way, start, boundary.seen, contents(&database), Boundaries::new()));
        }
        let (mut killed, mut half_done) = (0, 0);
        for at in 0..kills() {
            let (way, start, boundaries, wanted, backs) = &mut ways[at % 2];
            let trial = Trial {
                way,
                start,
                boundaries,
                wanted,
                said: &[],
            };
            database.become_like(start).await;
            let pause = Duration::from_micros(20_000 + (at as u64 * 104_729) % 900_000);
            let mut child = process(&bench, way).spawn().unwrap();
            std::thread::sleep(pause);
            child.kill().unwrap();
            killed += usize::from(child.wait().unwrap().code().is_none());
            let context = format!("after a kill at {pause:?} of an {way}");
            let is_half = trial.judge(&bench, &database).await;
            half_done += usize::from(is_half);
            if at / 2 % 2 == 0 && trial.back(&bench, &database, is_half, backs, &context).await {
                continue;
            }
            trial.end(&bench, &database, &context).await;
        }
        say(&format!(
            "{} kills, {killed} of them before the end; {half_done} half done, every second one crossed",
            kills()
        ));
        for one in [database, full, empty] {
            one.end().await;
        }
    });
}

#[test]
fn law_l9_a_crash_at_every_instant_of_an_upgrade() {
    every_instant("upgrade");
}

#[test]
fn law_l9_a_crash_at_every_instant_of_a_downgrade() {
    every_instant("downgrade");
}

async fn each_ran_once(bench: &Workbench, database: &Throwaway, wanted: &str) {
    assert_eq!(contents(database), wanted);
    let entries = bench.project().log().await.unwrap();
    let ids: BTreeSet<_> = entries.iter().filter_map(|entry| entry.revision.clone()).collect();
    assert_eq!((ids.len(), entries.len()), (REVISIONS, REVISIONS));
    assert!(entries.iter().all(|entry| entry.statements == entry.statements_done));
    is_clean(database).await;
}

#[test]
fn ten_migrators_at_once_all_succeed_and_some_are_killed() {
    let rounds = std::env::var("TERRANE_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds: usize = rounds.unwrap_or(6);
    block_on(async {
        let Some(database) = Throwaway::new("ten migrators at once").await else {
            return;
        };
        let start = database.copy("start").await;
        let bench = scene(&database);
        bench.upgrade("heads").await.unwrap();
        let wanted = contents(&database);
        let mut killed = 0;
        bench.write("vendor/model.sql", "");
        bench.write("shop/model.sql", "CREATE TABLE shop_other (id integer);");
        for round in 0..rounds {
            database.become_like(&start).await;
            let way = |at: usize| if at % 5 == 4 { "compare" } else { "upgrade" };
            let crowd: Vec<Child> = (0..10).map(|at| process(&bench, way(at)).spawn().unwrap()).collect();
            for (at, mut child) in crowd.into_iter().enumerate() {
                if round % 2 == 1 && at < 7 {
                    std::thread::sleep(Duration::from_millis(31 * (round as u64 + at as u64) % 97));
                    child.kill().unwrap();
                    killed += usize::from(child.wait().unwrap().code().is_none());
                    continue;
                }
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
            each_ran_once(&bench, &database, &wanted).await;
        }
        say(&format!("{rounds} rounds of 10 at once, {killed} of them killed"));
        database.end().await;
        start.end().await;
    });
}

#[test]
fn a_migrator_that_is_frozen_is_named_and_can_be_ended() {
    block_on(async {
        let Some(database) = Throwaway::new("a frozen migrator").await else {
            return;
        };
        let bench = scene(&database);
        bench.upgrade("s2").await.unwrap();
        let before = contents(&database);
        // It stops within the next revision, at a statement that waits for us.
        let mut holder = database.connect().await;
        holder
            .execute("BEGIN; UPDATE shop_loyalty SET points = points")
            .await
            .unwrap();
        let mut frozen = process(&bench, "upgrade").spawn().unwrap();
        let waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while database.rows(waits).await.is_empty() {
            assert!(frozen.try_wait().unwrap().is_none(), "it was to wait");
            std::thread::sleep(Duration::from_millis(50));
        }
        let holds = "SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid \
                     FROM pg_database WHERE datname = current_database())";
        signal(&frozen, "STOP");
        let mut impatient = bench.project();
        impatient.config.lock_timeout = Duration::from_millis(300);
        let error = impatient
            .migrate(Destination::Upgrade("heads"), &mut Silent)
            .await
            .unwrap_err();
        let told = format!("{:#?}", error.diagnostics);
        let session = database.value(holds).await;
        assert!(told.contains(&format!("pg_terminate_backend({session})")), "{told}");
        database
            .execute(&format!("SELECT pg_terminate_backend({session})"))
            .await;
        holder.execute("ROLLBACK").await.unwrap();
        assert_eq!(contents(&database), before);
        assert_eq!(bench.upgrade("heads").await.unwrap().len(), REVISIONS - 4);
        let after = contents(&database);
        // Whoever wakes up finds its session gone, and can do no harm.
        signal(&frozen, "CONT");
        assert!(!frozen.wait().unwrap().success());
        assert_eq!(contents(&database), after);
        holder.close().await.unwrap();
        database.end().await;
    });
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status()
            .unwrap()
            .success()
    );
}
