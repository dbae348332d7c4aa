//! `diff --from --to`.

use crate::world::World;

const BEFORE: &str = "\
CREATE TABLE author (id integer PRIMARY KEY, name text NOT NULL, born integer);
CREATE TABLE book (
    id integer PRIMARY KEY,
    title text NOT NULL,
    author integer REFERENCES author (id) ON DELETE CASCADE
);
CREATE INDEX book_ix_title ON book (title);
CREATE VIEW titles AS SELECT title FROM book;
";

const AFTER: &str = "\
CREATE TABLE author (id integer PRIMARY KEY, name text NOT NULL CHECK (name <> ''), pen_name text DEFAULT 'none');
CREATE TABLE book (
    id integer PRIMARY KEY,
    title text NOT NULL UNIQUE,
    author integer NOT NULL REFERENCES author (id) ON DELETE CASCADE
);
CREATE INDEX book_ix_author ON book (author) WHERE author > 0;
CREATE VIEW titles AS SELECT title FROM book;
CREATE TABLE loan (book integer PRIMARY KEY REFERENCES book (id), due text NOT NULL);
";

fn library() -> World {
    let world = World::empty();
    world.write("before.sql", BEFORE);
    world.write("after.sql", AFTER);
    world.execute_in("before.db", BEFORE);
    world.execute_in("after.db", AFTER);
    world.execute_in(
        "before.db",
        "INSERT INTO author VALUES (1, 'Ada', 1815); INSERT INTO book VALUES (7, 'Notes', 1)",
    );
    world
}

#[test]
fn the_script_turns_the_first_into_the_second() {
    let world = library();
    let mut scripts = Vec::new();
    for from in ["before.sql", "sqlite:before.db"] {
        for to in ["after.sql", "sqlite:after.db"] {
            scripts.push(world.exits(3, &["diff", "--from", from, "--to", to]));
            assert_eq!(world.exits(0, &["diff", "--from", to, "--to", to]), "");
        }
    }
    let script = &scripts[0];
    assert!(scripts.iter().all(|other| other == script), "{scripts:#?}");
    let back = world.exits(3, &["diff", "--from", "after.sql", "--to", "before.sql"]);
    let name = "interfaces::diff::the_script_turns_the_first_into_the_second";
    if !world.shell(name, "before.db", script) {
        return;
    }
    assert_eq!(
        world.exits(0, &["diff", "--from", "sqlite:before.db", "--to", "after.sql"]),
        ""
    );
    // Rows that neither side drops are there, and the children of a table that was built anew.
    assert_eq!(
        world.query_in("before.db", "SELECT name, pen_name FROM author"),
        "Ada|none"
    );
    assert_eq!(
        world.query_in("before.db", "SELECT id, title, author FROM book"),
        "7|Notes|1"
    );
    assert!(world.shell(name, "before.db", &back));
    assert_eq!(
        world.exits(0, &["diff", "--from", "sqlite:before.db", "--to", "before.sql"]),
        ""
    );
    assert_eq!(
        world.query_in("before.db", "SELECT id, title, author FROM book"),
        "7|Notes|1"
    );
}

#[test]
fn it_asks_for_no_configuration() {
    let world = library();
    world.write("terrane.toml", "this is no configuration");
    world.exits(3, &["diff", "--from", "before.sql", "--to", "after.sql"]);
}

#[test]
fn it_is_seen_from_where_the_program_runs() {
    let world = library();
    world.write("elsewhere/note.txt", "");
    let arguments = ["diff", "--from", "../before.sql", "--to", "sqlite:../after.db"];
    world.unchanged(3, || world.run_with("elsewhere", &[], &arguments));
}

#[test]
fn a_declared_rename_keeps_the_values() {
    let world = library();
    world.write(
        "after.sql",
        BEFORE.replace("born integer", "year_of_birth integer -- renamed_from: born\n"),
    );
    let script = world.exits(3, &["diff", "--from", "sqlite:before.db", "--to", "after.sql"]);
    if world.shell(
        "interfaces::diff::a_declared_rename_keeps_the_values",
        "before.db",
        &script,
    ) {
        assert_eq!(world.query_in("before.db", "SELECT year_of_birth FROM author"), "1815");
    }
}

#[test]
fn terranes_own_tables_are_no_part_of_a_schema() {
    let world = World::open_shop();
    world.write(
        "all.sql",
        format!("{}{}", world.read("rattail.sql"), world.read("poser.sql")),
    );
    assert_eq!(
        world.exits(0, &["diff", "--from", "sqlite:app.db", "--to", "all.sql"]),
        ""
    );
}
