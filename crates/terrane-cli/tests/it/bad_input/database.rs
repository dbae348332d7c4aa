//! Files that are locked, read-only, or no database.

use super::pending;
use crate::world::{World, not_run};
use insta::assert_snapshot;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const MORE: &str = "-- upgrade\nCREATE TABLE poser_more (id integer);\n-- downgrade\n";

#[test]
fn opened_for_reading_only() {
    let world = pending(&[], MORE);
    world.edit("terrane.toml", "sqlite:app.db", "sqlite:app.db?mode=ro");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[X003 read-only]: revision `2b00` of layer `poser` failed: the database cannot be written: it is read-only; it was rolled back
     --> poser/2b00.sql:7:1
      |
    7 | CREATE TABLE poser_more (id integer);
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Check the permissions of the file and of its folder.
    ");
    // Whoever only looks is served.
    assert_eq!(world.ok(&["current"]).lines().count(), 2);
}

#[test]
fn opened_for_reading_only_and_not_there() {
    let world = World::shop();
    world.edit("terrane.toml", "sqlite:app.db", "sqlite:app.db?mode=ro");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @"error[X006 cannot-open]: cannot open `sqlite:app.db?mode=ro`: it is not there, and cannot be made");
}

#[test]
fn permissions() {
    let world = pending(&[], MORE);
    let protect =
        |name: &str, mode: u32| fs::set_permissions(world.path(name), fs::Permissions::from_mode(mode)).unwrap();
    protect("app.db", 0o444);
    if fs::OpenOptions::new().write(true).open(world.path("app.db")).is_ok() {
        not_run(
            "terrane-cli bad_input::database::permissions",
            "permissions do not bind this user",
        );
        return;
    }
    let said = world.exits(1, &["upgrade", "heads"]);
    assert!(said.contains("X003 read-only"), "{said}");
    protect("app.db", 0o644);
    protect("", 0o555);
    let said = world.exits(1, &["upgrade", "heads"]);
    protect("", 0o755);
    assert!(said.starts_with("error["), "{said}");
}

#[test]
fn locked_by_another_program() {
    let world = pending(&[], MORE);
    let said = world.unchanged(1, || {
        world.while_locked(|| world.run(&["upgrade", "heads", "--lock-timeout", "1"]))
    });
    assert_snapshot!(said, @r"
    error[X002 database-locked]: revision `2b00` of layer `poser` failed: the database is locked: another program is writing to it; it was rolled back
     |
     = help: Run it again when the other program is done, or wait longer with `lock_timeout`.
    ");
    // Looking needs no lock.
    world.while_locked(|| world.ok(&["current", "--lock-timeout", "1"]));
    world.ok(&["upgrade", "heads"]);
}

#[test]
fn no_database() {
    let world = World::shop();
    world.write(
        "app.db",
        "these are the notes of a meeting, and no database at all; there is nothing to migrate in them\n".repeat(50),
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @"error[X006 cannot-open]: cannot open `sqlite:app.db`: the file is no SQLite database");
    world.exits(1, &["current"]);
}

#[test]
fn a_folder_in_its_place() {
    let world = World::shop();
    world.write("app.db/inner.txt", "");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @"error[X006 cannot-open]: cannot open `sqlite:app.db`: it is a folder");
}

#[test]
fn in_a_folder_that_is_not_there() {
    let world = World::shop();
    world.edit("terrane.toml", "sqlite:app.db", "sqlite:gone/app.db");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @"error[X006 cannot-open]: cannot open `sqlite:gone/app.db`: its folder is not there");
}

fn without_day(said: &str) -> String {
    match said.split_once("applied on ") {
        Some((before, behind)) => format!("{before}applied on [day]{}", &behind[10..]),
        None => said.to_owned(),
    }
}

#[test]
fn it_knows_a_revision_that_has_no_file() {
    let world = pending(&[], MORE);
    world.ok(&["upgrade", "heads"]);
    fs::remove_file(world.path("poser/2b00.sql")).unwrap();
    let said = |arguments: &[&str]| without_day(&world.exits(1, arguments));
    assert_snapshot!(said(&["upgrade", "heads"]), @r"
    error[G004 unknown-revision]: the database stands at revision `2b00` of layer `poser`, and there is no such revision
     |
     = help: Restore the file of `2b00`, or state where the database stands with `stamp --purge`.
     = help: The ledger knows it: `step 2b00`, applied on [day] by tester@here.
    ");
    assert_snapshot!(said(&["current"]), @r"
    error[G004 unknown-revision]: the database stands at revision `2b00` of layer `poser`, and there is no such revision
     |
     = help: Restore the file of `2b00`, or state where the database stands with `stamp --purge`.
     = help: The ledger knows it: `step 2b00`, applied on [day] by tester@here.
    ");
    assert_snapshot!(world.exits(1, &["check"]), @r"
    error[G004 unknown-revision]: the database stands at revision `2b00` of layer `poser`, and there is no such revision
     |
     = help: Restore the file of `2b00`, or state where the database stands with `stamp --purge`.
    ");
}
