//! `upgrade`, `downgrade`, `stamp`, `current`, `check`, `edit`.

use crate::world::{World, revision};
use insta::assert_snapshot;

#[test]
fn there_and_back() {
    let world = World::shop();
    assert_snapshot!(world.ok(&["upgrade", "heads"]), @r"
    upgrade 1a00 (rattail) step 1a00 [time]
    upgrade 2a00 (poser) step 2a00 [time]
    ");
    assert_snapshot!(world.ok(&["upgrade", "heads"]), @"nothing to do: the database stands there already");
    assert_snapshot!(world.ok(&["current"]), @r"
    1a00 (rattail) (head), step 1a00
    2a00 (poser) (head), step 2a00
    ");
    assert_snapshot!(world.ok(&["downgrade", "base"]), @r"
    downgrade 2a00 (poser) step 2a00 [time]
    downgrade 1a00 (rattail) step 1a00 [time]
    ");
    let current = world.run(&["current"]);
    assert_eq!(
        (current.code, current.out.as_str(), current.err.as_str()),
        (0, "", "the database stands at no revision\n")
    );
    assert_eq!(
        world.query("SELECT name FROM sqlite_master WHERE name NOT LIKE 'terrane_%' AND name NOT LIKE 'sqlite_%'"),
        ""
    );
}

#[test]
fn one_step_is_a_target() {
    let world = World::shop();
    std::fs::remove_file(world.path("poser/2a00.sql")).unwrap();
    world.write(
        "rattail/1b00.sql",
        revision("1b00", "1a00", &[], "-- upgrade\n-- downgrade\n"),
    );
    world.ok(&["upgrade", "+1"]);
    world.ok(&["upgrade", "+1"]);
    assert_eq!(world.query("SELECT version_num FROM terrane_version"), "1b00");
    world.ok(&["downgrade", "-1"]);
    assert_eq!(world.query("SELECT version_num FROM terrane_version"), "1a00");
    world.ok(&["plan", "upgrade", "+1"]);
    world.ok(&["plan", "downgrade", "-1"]);
    world.ok(&["downgrade", "rattail@-1"]);
    assert_eq!(world.query("SELECT version_num FROM terrane_version"), "");
}

#[test]
fn stamp() {
    let world = World::shop();
    assert_snapshot!(world.ok(&["stamp", "heads"]), @r"
    stamp (rattail) [time]
    stamp (poser) [time]
    ");
    assert_eq!(
        world.query("SELECT layer, version_num FROM terrane_version ORDER BY 1"),
        "poser|2a00\nrattail|1a00"
    );
    // Nothing ran.
    assert_eq!(
        world.query("SELECT count(*) FROM sqlite_master WHERE name = 'customer'"),
        "0"
    );
    world.ok(&["stamp", "poser@base"]);
    assert_eq!(
        world.query("SELECT layer, version_num FROM terrane_version"),
        "rattail|1a00"
    );
    world.ok(&["stamp", "1a00", "2a00"]);
    world.ok(&["stamp", "base"]);
    assert_eq!(world.query("SELECT count(*) FROM terrane_version"), "0");
}

#[test]
fn purge() {
    let world = World::open_shop();
    world.execute("INSERT INTO terrane_version VALUES ('poser', 'lost')");
    world.exits(1, &["upgrade", "heads"]);
    world.exits(1, &["stamp", "heads"]);
    world.ok(&["stamp", "--purge", "heads"]);
    assert_eq!(
        world.query("SELECT layer, version_num FROM terrane_version ORDER BY 1"),
        "poser|2a00\nrattail|1a00"
    );
    world.ok(&["upgrade", "heads"]);
}

#[test]
fn check_tells_differences_by_its_exit_code() {
    let world = World::open_shop();
    assert_snapshot!(world.exits(0, &["check"]), @r"
    layer rattail: models and database match
    layer poser: models and database match
    ");
    world.edit(
        "poser.sql",
        "description text NOT NULL,",
        "description text NOT NULL,\n    colour text,",
    );
    assert_snapshot!(world.exits(3, &["check"]), @r"
    layer rattail: models and database match
    layer poser: add column `colour` to `poser_widget`
    ");
    world.exits(0, &["check", "--layer", "rattail"]);
    world.write(
        "poser/2b00.sql",
        revision("2b00", "2a00", &[], "-- upgrade\n-- downgrade\n"),
    );
    assert_snapshot!(world.exits(3, &["check"]), @r"
    layer rattail: models and database match
    layer `poser` is not up to date in the database: `2b00` not applied
    ");
    assert_snapshot!(world.exits(3, &["current", "--check-heads"]), @r"
    1a00 (rattail) (head), step 1a00
    2a00 (poser), step 2a00
    --- standard error
    not applied: 2b00 (poser) (head), step 2b00
    ");
}

#[test]
fn edit() {
    let world = World::open_shop();
    world.write("seen.sh", "#!/bin/sh\nprintf '%s\\n' \"$@\" > seen.txt\n");
    let sh = format!("sh {} --wait", world.path("seen.sh").display());
    world
        .run_with("", &[("EDITOR", &sh)], &["edit", "poser@head"])
        .expect(0);
    assert_eq!(world.read("seen.txt"), "--wait\nposer/2a00.sql\n");
    world
        .run_with("", &[("EDITOR", "false"), ("VISUAL", "true")], &["edit", "current"])
        .expect(0);
    world.unchanged(1, || world.run_with("", &[("EDITOR", "false")], &["edit", "1a00"]));
}

#[test]
fn the_environment_of_the_ledger() {
    let world = World::shop();
    world
        .run_with("", &[("USER", "o'hara")], &["upgrade", "heads"])
        .expect(0);
    assert_eq!(
        world.query("SELECT DISTINCT applied_by FROM terrane_ledger"),
        "o'hara@here"
    );
}
