//! What was begun and not ended is told by every command that looks, and by its exit code.

use crate::world::{World, revision};

#[test]
fn an_interrupted_downgrade_is_told_by_every_command_that_looks() {
    let world = World::open_shop();
    let header = &["Dialect: sqlite", "Transaction: none"][..];
    let body = "-- upgrade\nCREATE TABLE poser_a (id integer);\nCREATE TABLE poser_b (id integer);\n\n\
                -- downgrade\nDROP TABLE poser_a;\nDROP TABLE nowhere;\nDROP TABLE poser_b;\n";
    world.ok(&["upgrade", "heads"]);
    let head = world.query("SELECT version_num FROM terrane_version WHERE layer = 'poser'");
    world.write("poser/2c00.sql", revision("2c00", head.trim(), header, body));
    world.ok(&["upgrade", "heads"]);
    let looks: [&[&str]; 5] = [
        &["current"],
        &["check"],
        &["plan", "downgrade", "poser@-1"],
        &["tables"],
        &["log"],
    ];
    let told = "the downgrade of revision `2c00` was interrupted, and 1 of its 3 statements have run";
    for command in looks.iter().filter(|command| command[0] != "check") {
        assert!(!world.ok(command).contains(told));
    }
    world.run(&["downgrade", "poser@-1"]).expect(1);
    for command in looks {
        let said = world.exits(3, command);
        assert!(said.contains(told), "{command:?}: {said}");
    }
    for command in [&["upgrade", "heads"][..], &["plan", "upgrade", "heads"]] {
        let said = world.exits(1, command);
        assert!(said.contains(told), "{command:?}: {said}");
    }
    world.ok(&["stamp", "2c00"]);
    world.ok(&["current"]);
}
