//! What the reference says is so, and what a message says helps.

use crate::world::{World, revision};

/// A layer alone, with two heads, both applied.
fn two_heads() -> World {
    let world = World::empty();
    world.write(
        "terrane.toml",
        "url = \"sqlite:app.db\"\n\n[[layer]]\nname = \"poser\"\nversions = \"poser\"\n",
    );
    for (id, before) in [("2a00", ""), ("2b00", "2a00"), ("2c00", "2a00")] {
        let body = format!("-- upgrade\nCREATE TABLE t{id} (id integer);\n-- downgrade\nDROP TABLE t{id};\n");
        world.write(&format!("poser/{id}.sql"), revision(id, before, &[], &body));
    }
    world.ok(&["upgrade", "heads"]);
    world
}

#[test]
fn c8_minus_one_from_several_heads_is_refused_as_plus_one_is() {
    let world = two_heads();
    for target in ["-1", "-2"] {
        for command in [&["downgrade", target][..], &["plan", "downgrade", target]] {
            let said = world.exits(1, command);
            assert!(said.contains("error[G009 relative-target]"), "{said}");
            assert!(said.contains("`2b00` or `2c00`"), "{said}");
        }
    }
    world.ok(&["merge", "2b00", "2c00", "--rev-id", "2d00"]);
    world.ok(&["upgrade", "heads"]);
    // Down from the merge, no branch narrows the way, and no hint says so.
    let said = world.exits(1, &["downgrade", "poser@-2"]);
    assert!(
        said.contains("Name the revision to go to.") && !said.contains("label@+1"),
        "{said}"
    );
}

#[test]
fn c8_strict_refuses_what_nobody_owns() {
    let world = World::open_shop();
    let commands: [&[&str]; 4] = [
        &["revision", "--autogenerate", "--layer", "poser", "--strict"],
        &["check", "--strict"],
        &["upgrade", "heads", "--strict"],
        &["plan", "upgrade", "heads", "--strict"],
    ];
    world.execute("CREATE TABLE somebody_elses (id integer)");
    for command in commands {
        let said = world.exits(4, command);
        let told = "error[D004 unowned-object]: table `somebody_elses` has no owner";
        assert!(said.contains(told), "{command:?}: {said}");
    }
    // What models declare is somebody's, before the database was stamped too.
    let world = World::shop();
    world.execute("CREATE TABLE poser_widget (uuid text NOT NULL, description text NOT NULL, CONSTRAINT poser_widget_pk PRIMARY KEY (uuid))");
    world.exits(0, &["plan", "stamp", "poser@head"]);
    let said = world.run(&["plan", "upgrade", "rattail@head", "--strict"]);
    assert!(!said.all().contains("D004"), "{said:?}");
}

#[test]
fn c8_ids_with_dots_are_ids() {
    let world = World::open_shop();
    let body = "-- upgrade\nCREATE TABLE poser_dot (id integer);\n-- downgrade\nDROP TABLE poser_dot;\n";
    world.write("poser/2.1.sql", revision("2.1", "2a00", &[], body));
    world.ok(&["upgrade", "2.1"]);
    world.ok(&["downgrade", "2.1-1"]);
    world.write("poser/2.1.sql", revision("2-1", "2a00", &[], body));
    let said = world.exits(1, &["upgrade", "heads"]);
    assert!(said.contains("error[G012 bad-revision-id]"), "{said}");
}

#[test]
fn what_is_nobodys_is_said_once() {
    let world = World::open_shop();
    world.execute("CREATE TABLE somebody_elses (id integer)");
    let said = world.exits(0, &["check"]);
    assert_eq!(said.matches("table `somebody_elses` has no owner").count(), 1, "{said}");
}

#[test]
fn what_is_pending_is_told_to_programs_as_ids() {
    let world = World::open_shop();
    for (id, before) in [("2b00", "2a00"), ("2c00", "2b00")] {
        let body = format!("-- upgrade\nCREATE TABLE poser_{id} (id integer);\n-- downgrade\nDROP TABLE poser_{id};\n");
        world.write(&format!("poser/{id}.sql"), revision(id, before, &[], &body));
    }
    let json = world.exits(3, &["check", "--layer", "poser", "--json"]);
    assert!(
        json.contains("\"pending\": [\n      \"2b00\",\n      \"2c00\"\n    ]"),
        "{json}"
    );
    let text = world.exits(3, &["check", "--layer", "poser"]);
    assert!(
        text.contains("is not up to date in the database: `2c00` not applied"),
        "{text}"
    );
}

#[test]
fn the_log_of_a_stamp_says_where_to() {
    let world = World::shop();
    world.ok(&["stamp", "heads"]);
    world.ok(&["stamp", "poser@base"]);
    let log = world.ok(&["log"]);
    assert!(log.contains("stamp      (poser)  to 2a00  "), "{log}");
    assert!(log.contains("stamp      (poser)  no longer at 2a00  "), "{log}");
}

#[test]
fn views_and_functions_are_among_the_tables() {
    let world = World::open_shop();
    let tables = world.ok(&["tables"]);
    assert!(tables.contains("customer_names  rattail  view  since 1a00"), "{tables}");
}

#[test]
fn init_refuses_a_name_that_no_command_would_take() {
    let world = World::empty();
    for name in ["bad name", "head", "1st", "a-b", ""] {
        let said = world.exits(2, &["init", "--layer", name]);
        assert!(said.contains("cannot be the name of a layer"), "{said}");
    }
    world.ok(&["init", "--layer", "shop"]);
}
