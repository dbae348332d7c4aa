//! Revisions that only Python can run, by a Python that is a script of a few words.

use super::alembic::{INI, project, says, script};
use crate::world::World;

const HELLO: &str = r#"{"hello": {"terrane_bridge": 1, "sqlalchemy": "2.0", "alembic": "1.20"}}"#;
pub(crate) const DONE: &str = r#"{"done": {}}"#;

/// That project with a revision of the vendor's, `5f00`, that only Python can run, and a Python that says those lines, each once
/// the one before was answered.
pub(crate) fn bridged(words: &str) -> World {
    use std::os::unix::fs::PermissionsExt;
    let world = project();
    world.write(
        "rattail/versions/5f00_python.py",
        script(
            "5f00",
            "'4be1'",
            "None",
            "2026-04-01",
            "op.create_table(made())",
            "op.drop_table(made())",
        ),
    );
    let text = format!(
        "#!/bin/sh\nread task\nsay() {{ printf '%s\\n' \"$1\"; }}\nask() {{ say \"$1\"; read answer; }}\n{words}\n"
    );
    world.write("python", text);
    std::fs::set_permissions(world.path("python"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let config = world.read("alembic.ini");
    world.write(
        "alembic.ini",
        format!("{config}\n[terrane]\npython = %(here)s/python\npython_timeout = 2\n"),
    );
    world
}

/// A statement without values, as a line of the format.
pub(crate) fn execute(sql: &str) -> String {
    format!(r#"{{"execute": {{"sql": "{sql}", "parameters": []}}}}"#)
}

/// A Python that says those statements and is done.
pub(crate) fn saying(statements: &[&str]) -> String {
    let mut words = format!("say '{HELLO}'\n");
    for sql in statements {
        words.push_str(&format!("ask '{}'\n", execute(sql)));
    }
    words + &format!("say '{DONE}'\n")
}

#[test]
fn what_python_says_runs_in_the_step_with_its_books() {
    let world = bridged(&saying(&[
        "CREATE TABLE made (a INTEGER)",
        "PRAGMA journal_mode = WAL",
        "BEGIN",
        "INSERT INTO made VALUES (1)",
    ]));
    says(&world, 0, &["upgrade", "heads"]);
    assert_eq!(world.query("SELECT a FROM made"), "1");
    assert_eq!(world.query("PRAGMA journal_mode"), "delete");
    let rows = "SELECT version_num FROM alembic_version ORDER BY 1";
    assert_eq!(world.query(rows), "5f00\n8d1f");
    let owner = "SELECT layer || ' ' || created_by FROM terrane_object WHERE name = 'made'";
    assert_eq!(world.query(owner), "rattail 5f00");
    let ledger = "SELECT direction || ' ' || (checksum IS NOT NULL) FROM terrane_ledger WHERE revision = '5f00'";
    assert_eq!(world.query(ledger), "upgrade 1");
}

#[test]
fn what_python_prints_goes_to_standard_error() {
    let world = bridged(&format!("echo 'rows are moved' >&2\n{}", saying(&[])));
    let outcome = world.run(&[&INI[..], &["upgrade", "heads"]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.err.contains("rows are moved"), "{}", outcome.err);
    assert!(!outcome.out.contains("rows are moved"), "{}", outcome.out);
}

#[test]
fn commits_and_rollbacks_are_savepoints_of_the_step() {
    let mut words = format!("say '{HELLO}'\n");
    for line in [
        execute("CREATE TABLE kept (a INTEGER)"),
        r#"{"commit": {}}"#.to_owned(),
        execute("CREATE TABLE gone (a INTEGER)"),
        r#"{"rollback": {}}"#.to_owned(),
    ] {
        words.push_str(&format!("ask '{line}'\n"));
    }
    let world = bridged(&format!("{words}say '{DONE}'\n"));
    says(&world, 0, &["upgrade", "heads"]);
    let tables = "SELECT name FROM sqlite_master WHERE name IN ('kept', 'gone')";
    assert_eq!(world.query(tables), "kept");
    // The same, where the end is no good one: nothing of it stays.
    let world = bridged(&format!("{words}exit 7\n"));
    world.run(&[&INI[..], &["upgrade", "heads"]].concat()).expect(1);
    assert_eq!(world.query(tables), "");
}

#[test]
fn plan_and_history_tell_how_a_revision_runs() {
    let world = bridged(&saying(&[]));
    let planned = says(&world, 0, &["plan", "upgrade", "rattail@head"]);
    assert!(
        planned.contains("-- upgrade 4be1 (rattail) step 4be1, literal\n"),
        "{planned}"
    );
    assert!(
        planned.ends_with("-- upgrade 5f00 (rattail) step 5f00, bridged\n-- only Python can run this\n"),
        "{planned}"
    );
    let history = says(&world, 0, &["history", "-v"]);
    let runs: Vec<&str> = history
        .lines()
        .filter_map(|line| Some(line.split_once("Runs:")?.1.trim()))
        .collect();
    assert_eq!(runs, ["bridged", "literal", "literal", "literal"], "{history}");
    assert!(!world.path("app.db").exists());
}

/// Alembic replaces a constraint of the same name in a batch. Nothing of the kind can be said in portable words.
#[test]
fn a_batch_that_does_not_fit_what_was_read_is_pythons_to_run() {
    let world = bridged(&saying(&["CREATE TABLE made (a INTEGER)"]));
    let batch = |name: &str| {
        format!(
            "with op.batch_alter_table('customer') as batch:\n        batch.create_unique_constraint('{name}', ['name'])"
        )
    };
    world.write(
        "rattail/versions/5f00_python.py",
        script("5f00", "'4be1'", "None", "2026-04-01", &batch("customer_uq"), "pass"),
    );
    world.write(
        "rattail/versions/6a00_again.py",
        script("6a00", "'5f00'", "None", "2026-04-02", &batch("customer_uq"), "pass"),
    );
    let planned = says(&world, 0, &["plan", "upgrade", "rattail@head"]);
    assert!(planned.contains("step 5f00, literal\n"), "{planned}");
    assert!(
        planned.ends_with("step 6a00, bridged\n-- only Python can run this\n"),
        "{planned}"
    );
    says(&world, 0, &["upgrade", "rattail@head"]);
    let said = says(&world, 0, &["upgrade", "rattail@head"]);
    assert_eq!(said, "nothing to do: the database stands there already\n");
    world.exits(1, &[&INI[..], &["upgrade", "--sql", "4be1:6a00"]].concat());
}
