//! Pairs of schemas from the field: where `pg_dump` tells a difference, inspection does; where it tells none, nor does it.

use crate::harness::{Scratch, block_on, say, server, shared};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use terrane_core::schema::Schema;
use terrane_core::sql::quote_identifier;
use terrane_postgres::connect::Database;
use terrane_postgres::inspect::inspect;

/// What both judges say of a database. `pg_dump` says nothing of the versions of extensions; they are asked for.
struct Seen {
    dump: String,
    schema: Schema,
}

#[test]
fn what_pg_dump_tells_apart_inspection_tells_apart() {
    let Some(url) = server("what_pg_dump_tells_apart_inspection_tells_apart") else {
        return;
    };
    let Some(corpus) = shared("corpus/postgresql.jsonl") else {
        return;
    };
    let pairs: Vec<serde_json::Value> = corpus.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let text = |pair: &serde_json::Value, key: &str| pair[key].as_str().unwrap().to_owned();
    let roles = pairs.iter().filter_map(|pair| pair["roles"].as_array()).flatten();
    let roles: BTreeSet<&str> = roles.filter_map(serde_json::Value::as_str).collect();
    block_on(make_roles(&url, &roles));
    let scripts: BTreeSet<String> = pairs
        .iter()
        .flat_map(|pair| [text(pair, "a"), text(pair, "b")])
        .collect();
    let seen = look_at_all(&url, &scripts.into_iter().collect::<Vec<_>>());

    let (mut equal, mut different, mut unloaded) = (0, 0, 0);
    let mut wrong = Vec::new();
    for pair in &pairs {
        let name = text(pair, "name");
        let (a, b) = match (&seen[&text(pair, "a")], &seen[&text(pair, "b")]) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(why), _) | (_, Err(why)) => {
                unloaded += 1;
                say(&format!("does not load: {name}: {why}"));
                continue;
            }
        };
        match (a.dump == b.dump, a.schema == b.schema) {
            (true, true) => equal += 1,
            (false, false) => different += 1,
            (false, true) => wrong.push(format!("missed: {name}\n{}", apart(&a.dump, &b.dump))),
            (true, false) => wrong.push(format!("phantom: {name}\n{:#?}\n{:#?}", a.schema, b.schema)),
        }
    }
    say(&format!(
        "corpus/postgresql.jsonl: {different} different, {equal} equal, {} judged otherwise than by pg_dump, \
         {unloaded} not loaded",
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(unloaded, 0);
}

/// Of so many scripts, one is also dumped, restored and inspected again.
const RESTORED: usize = 8;

#[test]
fn a_restored_dump_is_the_same_schema() {
    let test = "a_restored_dump_is_the_same_schema";
    let (Some(url), Some(corpus)) = (server(test), shared("corpus/postgresql.jsonl")) else {
        return;
    };
    let pairs = corpus
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let scripts: BTreeSet<String> = pairs.map(|pair| pair["b"].as_str().unwrap().to_owned()).collect();
    // What a script makes on the server itself would be in the way of its restoration.
    let scripts = scripts
        .into_iter()
        .filter(|script| !script.contains("CREATE ROLE") && !script.contains("SUBSCRIPTION"));
    let mut wrong = Vec::new();
    for script in scripts.step_by(RESTORED) {
        if let Err(why) = block_on(restore(&url, &script)) {
            wrong.push(format!("{why}\n{script}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

async fn restore(url: &str, script: &str) -> Result<(), String> {
    let Ok(mut first) = Scratch::new(url, script).await else {
        // A role of another test's is missing.
        return Ok(());
    };
    let was = inspect(first.database.connection())
        .await
        .map_err(|error| error.to_string())?
        .schema;
    let dump = first.whole_dump();
    first.drop().await;
    let Some(dump) = dump else { return Ok(()) };
    let sql: Vec<&str> = dump.lines().filter(|line| !line.starts_with('\\')).collect();
    let mut second = Scratch::new(url, &sql.join("\n"))
        .await
        .map_err(|error| format!("restoring: {error}"))?;
    let is = inspect(second.database.connection())
        .await
        .map_err(|error| error.to_string())?
        .schema;
    second.drop().await;
    if is == was {
        Ok(())
    } else {
        Err(apart(&format!("{was:#?}"), &format!("{is:#?}")))
    }
}

async fn make_roles(url: &str, roles: &BTreeSet<&str>) {
    let mut admin = Database::open(url).await.unwrap();
    for role in roles {
        // It may be there already.
        let _ = admin.execute(&format!("CREATE ROLE {}", quote_identifier(role))).await;
    }
}

/// Each script in a database of its own, on two threads. Roles are the server's, and a script that makes one takes it that
/// it is not there yet; so there is one such script at a time.
fn look_at_all(url: &str, scripts: &[String]) -> BTreeMap<String, Result<Seen, String>> {
    static ROLES: Mutex<()> = Mutex::new(());
    let next = AtomicUsize::new(0);
    let seen = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let roles = made_roles(script);
                    let alone = (!roles.is_empty()).then(|| ROLES.lock().unwrap_or_else(PoisonError::into_inner));
                    block_on(drop_roles(url, &roles));
                    let result = block_on(look(url, script));
                    block_on(drop_roles(url, &roles));
                    drop(alone);
                    seen.lock().unwrap().insert(script.clone(), result);
                }
            });
        }
    });
    seen.into_inner().unwrap()
}

async fn look(url: &str, script: &str) -> Result<Seen, String> {
    const VERSIONS: &str = "SELECT extname || extversion FROM pg_extension ORDER BY extname";
    let mut scratch = Scratch::new(url, script).await?;
    let inspected = inspect(scratch.database.connection()).await;
    let dump = scratch.dump();
    let versions = scratch.database.rows(VERSIONS).await.unwrap();
    scratch.drop().await;
    let schema = inspected.map_err(|error| format!("inspection: {error}"))?.schema;
    let dump = dump.ok_or("there is no pg_dump")?;
    let versions: Vec<String> = versions.iter().map(|row| row.get(0)).collect();
    let dump = format!("{dump}\n{}", versions.join("\n"));
    Ok(Seen { dump, schema })
}

/// The roles that a script makes itself.
fn made_roles(script: &str) -> Vec<&str> {
    let made = script.lines().filter_map(|line| line.strip_prefix("CREATE ROLE "));
    made.filter_map(|rest| rest.split([' ', ';']).next()).collect()
}

async fn drop_roles(url: &str, roles: &[&str]) {
    if roles.is_empty() {
        return;
    }
    let mut admin = Database::open(url).await.unwrap();
    for role in roles {
        // Where another database still needs it, the script will say so.
        let _ = admin.execute(&format!("DROP ROLE IF EXISTS {role}")).await;
    }
}

/// The lines that only one of two texts has.
fn apart(a: &str, b: &str) -> String {
    let [a, b]: [BTreeSet<&str>; 2] = [a, b].map(|text| text.lines().collect());
    let lines = |one: &BTreeSet<&str>, other: &BTreeSet<&str>, mark: &str| -> String {
        one.difference(other).map(|line| format!("  {mark} {line}\n")).collect()
    };
    lines(&a, &b, "-") + &lines(&b, &a, "+")
}
