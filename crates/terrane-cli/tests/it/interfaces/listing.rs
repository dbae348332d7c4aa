//! `heads`, `history`, `branches`, `show`: what needs no database, and how it looks.

use crate::world::{World, revision};
use insta::assert_snapshot;

const EMPTY: &str = "-- upgrade\n-- downgrade\n";

/// `poser` branches into `2b00` and `2c00`, which `2d00` joins; `2e00` stands beside, and depends on the vendor's.
fn shop() -> World {
    let world = World::shop();
    let date = |day: u32| format!("Create Date: 2026-02-{day:02} 10:00:00+00:00");
    let all: [(&str, &str, &[&str]); 4] = [
        ("2b00", "2a00", &[&date(1)]),
        ("2c00", "2a00", &[&date(2), "Branch Labels: side"]),
        ("2d00", "2b00, 2c00", &[&date(3)]),
        ("2e00", "2a00", &[&date(4), "Depends On: 1b00"]),
    ];
    for (id, revises, header) in all {
        world.write(&format!("poser/{id}.sql"), revision(id, revises, header, EMPTY));
    }
    world.write("rattail/1b00.sql", revision("1b00", "1a00", &[&date(5)], EMPTY));
    world
}

#[test]
fn heads() {
    let world = shop();
    assert_snapshot!(world.ok(&["heads"]), @r"
    2d00 (poser) (head) (mergepoint), step 2d00
    1b00 (rattail) (head), step 1b00
    2e00 (poser) (head), step 2e00
    ");
    assert_snapshot!(world.ok(&["heads", "--resolve-dependencies"]), @r"
    2d00 (poser) (head) (mergepoint), step 2d00
    2e00 (poser) (head), step 2e00
    ");
}

#[test]
fn branches() {
    assert_snapshot!(shop().ok(&["branches"]), @r"
    2a00 (poser) (branchpoint), step 2a00
        -> 2b00 (poser), step 2b00
        -> 2c00 (poser) [side], step 2c00
        -> 2e00 (poser) (head), step 2e00
    ");
}

#[test]
fn history() {
    let world = shop();
    assert_snapshot!(world.ok(&["history"]), @r"
    ○  2e00 (poser) (head), step 2e00
    │ ○  1b00 (rattail) (head), step 1b00
    │ │ ○  2d00 (poser) (head) (mergepoint), step 2d00
    │ │ ├─╮
    │ │ │ ○  2c00 (poser) [side], step 2c00
    │ │ ○ │  2b00 (poser), step 2b00
    ├─┼─┴─╯
    ○ │  2a00 (poser) (branchpoint), step 2a00
      ○  1a00 (rattail), step 1a00
    ");
    world.ok(&["upgrade", "2b00"]);
    assert_snapshot!(world.ok(&["history", "-i", "-r", "poser@base:"]), @r"
    ○  2e00 (poser) (head), step 2e00
    │ ○  1b00 (rattail) (head), step 1b00
    │ │ ○  2d00 (poser) (head) (mergepoint), step 2d00
    │ │ ├─╮
    │ │ │ ○  2c00 (poser) [side], step 2c00
    │ │ ● │  2b00 (poser) (current), step 2b00
    ├─┼─┴─╯
    ○ │  2a00 (poser) (branchpoint), step 2a00
      ○  1a00 (rattail), step 1a00
    ");
}

#[test]
fn ranges() {
    let world = shop();
    world.ok(&["upgrade", "2c00"]);
    let ids = |range: &str| {
        let said = world.ok(&["history", "-r", range]);
        let ids = said.lines().filter_map(|line| Some(line.rsplit_once(", step ")?.1));
        ids.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids("2a00:2d00"), "2d00 2c00 2b00 2a00");
    assert_eq!(ids("2c00:2d00"), "2d00 2c00");
    assert_eq!(ids(":2c00"), "2c00 2a00");
    assert_eq!(ids("2d00:"), "2d00");
    assert_eq!(ids("side@base:side@head"), "2d00 2c00 2b00 2a00");
    assert_eq!(ids(":current"), "2c00 2a00");
    assert_eq!(ids("current:"), "2d00 2c00");
    assert_eq!(ids("-1:current"), "2c00 2a00");
    assert_eq!(ids("current:+1"), "2d00 2c00");
    assert_eq!(ids("2b00:+1"), "2d00 2b00");
    assert_eq!(ids("rattail@base:rattail@head"), "1b00 1a00");
}

#[test]
fn show() {
    let world = shop();
    assert_snapshot!(world.ok(&["show", "2d00"]), @r"
    Revision: 2d00 (poser) (head) (mergepoint)
    Merges:   2b00, 2c00
    Date:     2026-02-03 10:00:00+00:00
    Path:     poser/2d00.sql

        step 2d00
    ");
    assert_snapshot!(world.ok(&["show", "2e"]), @r"
    Revision: 2e00 (poser) (head)
    Parent:   2a00
    Depends:  1b00
    Date:     2026-02-04 10:00:00+00:00
    Path:     poser/2e00.sql

        step 2e00
    ");
    assert_snapshot!(world.ok(&["show", "2a00"]), @r"
    Revision: 2a00 (poser) (branchpoint)
    Parent:   <base>
    Branches: 2b00, 2c00, 2e00
    Date:     2026-01-02 09:00:00+00:00
    Path:     poser/2a00.sql

        step 2a00
    ");
    assert_eq!(world.ok(&["show", "heads"]).matches("Revision:").count(), 2);
    assert_eq!(world.ok(&["show", "side@head"]).matches("Revision:").count(), 1);
}

#[test]
fn none_of_them_needs_a_database() {
    for url in [
        "sqlite:no/such/folder/app.db",
        "postgresql://nobody:nothing@127.0.0.1:1/none",
    ] {
        let world = shop();
        world.edit("terrane.toml", "sqlite:app.db", url);
        for command in [
            &["heads"][..],
            &["heads", "-v"],
            &["history"],
            &["history", "-v", "-r", "2a00:2d00"],
            &["branches"],
            &["branches", "-v"],
            &["show", "2a00"],
            &["show", "heads"],
            &["explain"],
            &["explain", "g003"],
        ] {
            world.exits(0, command);
        }
        world.unchanged(0, || world.run_with("", &[("EDITOR", "true")], &["edit", "heads"]));
        world.ok(&["merge", "2d00", "2e00", "--rev-id", "2f00"]);
        world.ok(&["revision", "--layer", "poser", "-m", "more"]);
        std::fs::remove_file(world.path("terrane.toml")).unwrap();
        world.write(
            "terrane.toml",
            crate::world::CONFIG.replace("url = \"sqlite:app.db\"\n", ""),
        );
        world.exits(0, &["heads"]);
    }
}

#[test]
fn the_same_on_every_run_and_for_every_order_of_layers() {
    let world = shop();
    let config = world.read("terrane.toml");
    let (top, layers) = config.split_once("[[layer]]").unwrap();
    let (first, second) = layers.split_once("[[layer]]").unwrap();
    let turned = format!("{top}[[layer]]{second}\n[[layer]]{first}");
    for command in [
        &["history"][..],
        &["heads"],
        &["branches"],
        &["history", "--json"],
        &["plan", "upgrade", "heads"],
    ] {
        let said = world.ok(command);
        assert_eq!(said, world.ok(command));
        world.write("terrane.toml", &turned);
        assert_eq!(said, world.ok(command));
        world.write("terrane.toml", &config);
    }
}
