//! A Python that does not do what a revision needs of it: one diagnostic each, and the revision rolled back.

use crate::interfaces::alembic::{INI, script};
use crate::interfaces::bridge::{bridged, execute, saying};
use crate::world::World;

/// The first line of what is said, once it is seen that nothing of the revision stays.
#[track_caller]
fn refused(world: &World, code: i32) -> String {
    world.run(&[&INI[..], &["upgrade", "4be1"]].concat()).expect(0);
    let said = world.exits(code, &[&INI[..], &["upgrade", "rattail@head"]].concat());
    assert_eq!(world.query("SELECT version_num FROM alembic_version"), "4be1", "{said}");
    assert_eq!(
        world.query("SELECT count(*) FROM sqlite_master WHERE name = 'made'"),
        "0"
    );
    said
}

const MADE: &str = "CREATE TABLE made (a INTEGER)";

/// What a Python does once it has made a table.
fn then(words: &str) -> String {
    format!("ask '{}'\n{words}", execute(MADE))
}

#[test]
fn no_python_where_one_is_needed() {
    let world = bridged("");
    std::fs::remove_file(world.path("python")).unwrap();
    let said = refused(&world, 2);
    assert!(
        said.starts_with("error[C015 no-python]: revision `5f00` of layer `rattail` failed: only Python can run"),
        "{said}"
    );
    assert!(said.contains("it is not there"), "{said}");
}

#[test]
fn a_python_without_alembic() {
    let world =
        bridged(r#"say '{"failed": {"kind": "no-alembic", "message": "No module named alembic", "place": null}}'"#);
    let said = refused(&world, 2);
    assert!(
        said.contains("has no Alembic: No module named alembic; it was rolled back"),
        "{said}"
    );
}

#[test]
fn a_python_that_dies() {
    let said = refused(&bridged(&then("echo 'no more memory' >&2\nexit 3")), 1);
    assert!(said.starts_with("no more memory\nerror[S026 python-failed]"), "{said}");
    assert!(
        said.contains("its Python ended before it was done: it ended with the code 3; it was rolled back"),
        "{said}"
    );
    assert!(said.contains("Its last words were: no more memory"), "{said}");
}

#[test]
fn a_python_that_is_killed() {
    let said = refused(&bridged(&then("kill -9 $$")), 1);
    assert!(said.contains("it was ended by a signal; it was rolled back"), "{said}");
}

#[test]
fn a_python_that_hangs_is_ended() {
    let said = refused(&bridged(&then("exec sleep 100")), 1);
    assert!(
        said.contains("its Python said nothing for 2 seconds, and was ended; it was rolled back"),
        "{said}"
    );
    assert!(said.contains("python_timeout"), "{said}");
}

#[test]
fn a_python_that_sends_garbage() {
    for (words, why) in [
        ("say 'Traceback'", "it said `Traceback`"),
        ("say '{\"drop\": {}}'", "it said `{\"drop\": {}}`"),
        (
            "say '{\"hello\": {\"terrane_bridge\": 9}}'",
            "it speaks another version of the format",
        ),
        ("printf '{\"done\"'", "a line of it is too long, or no text"),
        (
            "say '{\"execute\": {\"sql\": 1, \"parameters\": null}}'",
            "its `execute` cannot be read",
        ),
    ] {
        let said = refused(&bridged(&then(words)), 1);
        assert!(said.contains("did not keep to the format of the bridge"), "{said}");
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_python_that_ends_the_transaction() {
    for sql in ["COMMIT", "ROLLBACK", "/* now */ END", "commit transaction"] {
        let said = refused(&bridged(&saying(&[MADE, sql])), 1);
        assert!(said.starts_with("error[S011 transaction-control]"), "{said}");
    }
}

#[test]
fn a_python_that_says_several_statements_to_sqlite() {
    let said = refused(
        &bridged(&saying(&["CREATE TABLE made (a INTEGER); DROP TABLE made"])),
        1,
    );
    assert!(said.contains("the server reads this as several statements"), "{said}");
}

#[test]
fn a_python_that_writes_the_books() {
    for sql in [
        "UPDATE alembic_version SET version_num = 1",
        "DELETE FROM terrane_object",
        "DROP TABLE terrane_ledger",
    ] {
        let said = refused(&bridged(&saying(&[MADE, sql])), 4);
        assert!(said.starts_with("error[O004 guarded]"), "{said}");
    }
}

/// The app's revision is the one that only Python can run, and the next one to run.
fn with_an_apps_python(words: &str) -> World {
    let world = bridged(words);
    std::fs::remove_file(world.path("rattail/versions/5f00_python.py")).unwrap();
    world.write(
        "poser/versions/9a9a_python.py",
        script(
            "9a9a",
            "'8d1f'",
            "None",
            "2026-05-01",
            "op.create_table(made())",
            "pass",
        ),
    );
    world.run(&[&INI[..], &["upgrade", "4be1"]].concat()).expect(0);
    world.run(&[&INI[..], &["upgrade", "8d1f"]].concat()).expect(0);
    world
}

/// The vendor's table is as safe from an app's Python as from its statements.
#[test]
fn a_python_that_touches_another_layers_table() {
    for sql in ["ALTER TABLE customer ADD COLUMN x INTEGER", "DROP TABLE customer"] {
        let world = with_an_apps_python(&saying(&[sql]));
        let said = world.exits(4, &[&INI[..], &["upgrade", "heads"]].concat());
        assert!(said.contains("`customer` of layer `rattail` was changed"), "{said}");
        assert_eq!(world.query("SELECT count(*) FROM pragma_table_info('customer')"), "2");
    }
}

#[test]
fn a_python_that_leaves_references_to_nothing() {
    let world = with_an_apps_python(&saying(&["INSERT INTO poser_widget VALUES (42)"]));
    let said = world.exits(1, &[&INI[..], &["upgrade", "heads"]].concat());
    assert!(said.starts_with("error[X004 worse-than-before]"), "{said}");
    assert_eq!(world.query("SELECT count(*) FROM poser_widget"), "0");
}
