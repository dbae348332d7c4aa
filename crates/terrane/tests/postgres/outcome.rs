//! Done, not done, or not known: what became of a step is asked of the server, and never claimed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use terrane::core::diagnostic::codes;
use terrane::{CallError, Connection, Destination, Layer, Silent};
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};

const PLAIN: &[&str] = &["Dialect: postgresql"];
const NO_TRANSACTION: &[&str] = &["Dialect: postgresql", "Transaction: none"];

fn bench(url: &str, drafts: &[Draft<'_>]) -> Workbench {
    let bench = Workbench::at(url, &[("app", &[])], "");
    drafts.iter().for_each(|draft| bench.draft(draft));
    bench
}

fn draft<'a>(id: &'a str, revises: &'a str, header: &'a [&'a str], upgrade: &'a str, downgrade: &'a str) -> Draft<'a> {
    Draft {
        layer: "app",
        id,
        revises,
        header,
        upgrade,
        downgrade,
    }
}

const FIRST: Draft<'static> = Draft {
    layer: "app",
    id: "r1",
    revises: "",
    header: PLAIN,
    upgrade: "CREATE TABLE a (id integer NOT NULL, CONSTRAINT a_pk PRIMARY KEY (id));",
    downgrade: "DROP TABLE a;",
};

#[test]
fn an_interrupted_downgrade_is_no_secret_to_the_next_upgrade() {
    block_on(async {
        let Some(database) = Throwaway::new("an interrupted downgrade").await else {
            return;
        };
        let down = "DROP TABLE b;\nDROP TABLE nowhere;\nDROP TABLE c;";
        let up = "CREATE TABLE b (id integer);\nCREATE TABLE c (id integer);";
        let bench = bench(&database.url(), &[FIRST, draft("r2", "r1", NO_TRANSACTION, up, down)]);
        bench.upgrade("heads").await.unwrap();
        bench.downgrade("base").await.unwrap_err();
        for outcome in [bench.upgrade("heads").await, bench.upgrade("r1").await] {
            let error = outcome.unwrap_err();
            assert_eq!(error.diagnostics[0].code, codes::INTERRUPTED, "{error}");
        }
        let path = bench.path("app/versions/r2.sql");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("DROP TABLE nowhere;\n", "")).unwrap();
        assert_eq!(bench.downgrade("base").await.unwrap().len(), 2);
        bench.upgrade("heads").await.unwrap();
        database.end().await;
    });
}

#[test]
fn an_upgrade_waits_for_a_downgrade_that_is_under_way() {
    block_on(async {
        let Some(database) = Throwaway::new("an upgrade waits for a downgrade").await else {
            return;
        };
        let up = "CREATE TABLE b (id integer);\nCREATE TABLE c (id integer);";
        let down = "SELECT pg_sleep(0.7);\nDROP TABLE b;\nSELECT pg_sleep(0.7);\nDROP TABLE c;";
        let bench = bench(&database.url(), &[FIRST, draft("r2", "r1", NO_TRANSACTION, up, down)]);
        bench.upgrade("heads").await.unwrap();
        // Before anything of it is written, and in the middle of it.
        let sleeps = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        let half = "SELECT 1 WHERE to_regclass('b') IS NULL";
        for point in [sleeps, half] {
            let project = bench.project();
            let going = std::thread::spawn(move || {
                block_on(project.migrate(Destination::Downgrade("r1"), &mut Silent)).map(|applied| applied.len())
            });
            while database.rows(point).await.is_empty() {
                std::thread::sleep(Duration::from_millis(10));
            }
            let applied = bench.upgrade("heads").await.unwrap();
            assert_eq!(going.join().unwrap().unwrap(), 1);
            assert_eq!(applied.len(), 1, "{point}");
        }
        database.end().await;
    });
}

/// Texts that one reader takes for a statement, and another for several.
const DISGUISES: [&str; 9] = [
    "SELECT 1 --\r; COMMIT; CREATE TABLE x (a int);\n",
    "SELECT E'a'\n'b\\''; COMMIT; CREATE TABLE x (a int); --';",
    "SELECT ARRAY[1] [ length(']') ]; COMMIT; CREATE TABLE x (a int);",
    "SELECT 'a\\'; COMMIT; CREATE TABLE x (a int); --';",
    "SELECT a$b$; COMMIT; CREATE TABLE x (a int); --$b$ FROM (SELECT 1 AS a$b$) AS q;",
    "SELECT 1 /* /* */ */; COMMIT; CREATE TABLE x (a int); -- */;",
    "SELECT U&'\\'; COMMIT; CREATE TABLE x (a int); --';",
    "SELECT 1 +/* a */ 1; PREPARE TRANSACTION 'x'; CREATE TABLE x (a int);",
    "SELECT $ä$; ROLLBACK; CREATE TABLE x (a int); COMMIT; --$ä$;",
];

#[test]
fn nothing_stays_of_a_text_that_hides_a_commit() {
    block_on(async {
        let Some(database) = Throwaway::new("hidden commits").await else {
            return;
        };
        database
            .execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database()); END $$")
            .await;
        for disguise in DISGUISES {
            for header in [PLAIN, NO_TRANSACTION] {
                let first = bench(&database.url(), &[FIRST]);
                first.upgrade("r1").await.unwrap();
                let hides = bench(&database.url(), &[FIRST, draft("r2", "r1", header, disguise, "")]);
                let _outcome = hides.upgrade("heads").await;
                assert_eq!(database.value("SELECT to_regclass('x')").await, "", "{disguise}");
                let marked = first.project().unfinished().await.unwrap();
                assert!(
                    marked.is_none_or(|marked| marked.code == codes::INTERRUPTED),
                    "{disguise}"
                );
                database
                    .execute("UPDATE terrane_version SET version_num = 'r1'; DELETE FROM terrane_ledger")
                    .await;
            }
        }
        database.end().await;
    });
}

async fn commit(mut database: Connection<'_>) -> Result<(), CallError> {
    Ok(database.execute("COMMIT").await?)
}

async fn commit_and_chain(mut database: Connection<'_>) -> Result<(), CallError> {
    Ok(database.execute("COMMIT AND CHAIN; SAVEPOINT terrane_call").await?)
}

async fn roll_back(mut database: Connection<'_>) -> Result<(), CallError> {
    Ok(database.execute("ROLLBACK AND CHAIN; SAVEPOINT terrane_call").await?)
}

async fn commit_and_fail(mut database: Connection<'_>) -> Result<(), CallError> {
    database.execute("COMMIT AND CHAIN").await?;
    Err("it went wrong".into())
}

async fn commit_and_chain_only(mut database: Connection<'_>) -> Result<(), CallError> {
    Ok(database.execute("COMMIT AND CHAIN").await?)
}

#[test]
fn a_step_that_broke_out_marks_the_database_until_somebody_has_looked() {
    block_on(async {
        let Some(database) = Throwaway::new("a step that broke out").await else {
            return;
        };
        let calls = "INSERT INTO a VALUES (1);\n-- call commit\nINSERT INTO a VALUES (2);";
        let drafts = [FIRST, draft("r2", "r1", PLAIN, calls, "")];
        let layer = || Layer::new("app");
        for (layer, stays) in [
            (layer().call("commit", commit), true),
            (layer().call("commit", commit_and_chain), true),
            (layer().call("commit", commit_and_chain_only), true),
            (layer().call("commit", commit_and_fail), true),
            (layer().call("commit", roll_back), false),
        ] {
            let bench = bench(&database.url(), &drafts);
            bench.upgrade("r1").await.unwrap();
            let project = bench.project().with_calls(&[layer]);
            let up = Destination::Upgrade("heads");
            let error = project.migrate(up, &mut Silent).await.unwrap_err();
            let ended = [codes::CALL_COMMITTED, codes::CALL_FAILED];
            assert!(ended.contains(&error.diagnostics[0].code), "{error}");
            assert_eq!(error.to_string().contains("rolled back"), !stays, "{error}");
            let rows = database.value("SELECT count(*) FROM a").await;
            assert_eq!(rows, if stays { "1" } else { "0" });
            let marked = project.unfinished().await.unwrap();
            assert_eq!(marked.is_some(), stays);
            if stays {
                for outcome in [bench.upgrade("heads").await, bench.downgrade("base").await] {
                    assert_eq!(outcome.unwrap_err().diagnostics[0].code, codes::BROKEN_OUT);
                }
                assert_eq!(project.log().await.unwrap().last().unwrap().direction, "broken upgrade");
                database.execute("DELETE FROM a").await;
                bench.stamp(&["r1"]).await.unwrap();
            }
            assert_eq!(project.unfinished().await.unwrap(), None);
        }
        database.end().await;
    });
}

/// When a connection is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Before the server hears what was said.
    Before,
    /// After the server has heard it, and before the program hears its answer.
    After,
    /// So too; and from then on there is no other connection.
    ForGood,
}

/// Between the program and the server: hands on what each says, until the program says something that holds those bytes.
/// From then on the program hears nothing, and soon finds its connection closed.
fn cut_at(server: u16, word: &'static [u8], cut: Cut) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let is_cut = Arc::new(AtomicBool::new(false));
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            if cut == Cut::ForGood && is_cut.load(Ordering::SeqCst) {
                continue;
            }
            let is_cut = Arc::clone(&is_cut);
            std::thread::spawn(move || hand_on(client, server, word, cut != Cut::Before, &is_cut));
        }
    });
    port
}

fn hand_on(mut client: TcpStream, server: u16, word: &[u8], after: bool, is_cut: &AtomicBool) {
    let mut server = TcpStream::connect(("127.0.0.1", server)).unwrap();
    let (mut to_client, mut from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (cut, is_to_be_cut) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(read) = from_server.read(&mut buffer) {
            if read == 0 || is_to_be_cut.try_recv().is_ok() || to_client.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let mut buffer = [0; 65536];
    while let Ok(read) = client.read(&mut buffer) {
        let said = &buffer[..read];
        let is_it = said.windows(word.len()).any(|part| part == word) && !is_cut.swap(true, Ordering::SeqCst);
        if is_it && after {
            cut.send(()).unwrap();
        }
        if read == 0 || (is_it && !after) || server.write_all(said).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
}

#[test]
fn a_commit_whose_answer_is_lost_is_looked_for() {
    block_on(async {
        for (cut, word) in [
            (Cut::After, &b"; COMMIT"[..]),
            (Cut::Before, b"; COMMIT"),
            (Cut::After, b"CREATE TABLE b"),
            (Cut::ForGood, b"; COMMIT"),
        ] {
            let Some(database) = Throwaway::new("a lost answer").await else {
                return;
            };
            let second = draft("r2", "r1", PLAIN, "CREATE TABLE b (id integer);", "DROP TABLE b;");
            let third = draft("r3", "r2", PLAIN, "CREATE TABLE c (id integer);", "DROP TABLE c;");
            let direct = bench(&database.url(), &[FIRST, second, third]);
            direct.upgrade("r1").await.unwrap();
            let (before, _) = database
                .url()
                .rsplit_once('/')
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .unwrap();
            let server: u16 = before.rsplit_once(':').unwrap().1.parse().unwrap();
            let port = cut_at(server, word, cut);
            let url = database.url().replace(&format!(":{server}/"), &format!(":{port}/"));
            direct.configure_at(&url, &[("app", &[])], "");
            let is_committed = cut == Cut::After && word == b"; COMMIT";
            match direct.upgrade("heads").await {
                Ok(applied) => {
                    assert!(is_committed);
                    assert_eq!(applied.len(), 2);
                }
                Err(error) => {
                    assert!(!is_committed, "{error}");
                    let is_unknown = error.diagnostics[0].code == codes::OUTCOME_UNKNOWN;
                    assert_eq!(is_unknown, cut == Cut::ForGood, "{error}");
                    assert_eq!(error.to_string().contains("not known"), is_unknown, "{error}");
                    let is_there = !database.value("SELECT to_regclass('b')").await.is_empty();
                    assert_eq!(is_there, is_unknown, "{error}");
                }
            }
            direct.configure_at(&database.url(), &[("app", &[])], "");
            direct.upgrade("heads").await.unwrap();
            assert_eq!(database.value("SELECT count(*) FROM terrane_ledger").await, "3");
            database.end().await;
        }
    });
}
