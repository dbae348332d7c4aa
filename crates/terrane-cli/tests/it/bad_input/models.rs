//! The models of a layer.

use crate::world::World;
use insta::assert_snapshot;

/// What is said of models of `poser`, by autogenerate and by check alike.
fn said_of(models: impl AsRef<[u8]>) -> String {
    let world = World::open_shop();
    world.write("poser.sql", models);
    let said = world.exits(1, &["revision", "--autogenerate", "--layer", "poser", "-m", "more"]);
    assert_eq!(said, world.exits(1, &["check", "--layer", "poser"]));
    said
}

#[test]
fn statements_that_declare_nothing() {
    assert_snapshot!(said_of("DROP TABLE poser_widget;\nINSERT INTO poser_widget\nVALUES (1);\n"), @r"
    error[M003 not-a-declaration]: models only declare what should be there
     --> poser.sql:1:1
      |
    1 | DROP TABLE poser_widget;
      | ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Move the statement into a revision.
    error[M003 not-a-declaration]: models only declare what should be there
     --> poser.sql:2:1
      |
    2 | INSERT INTO poser_widget
      | ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Move the statement into a revision.
    ");
}

#[test]
fn a_table_twice() {
    assert_snapshot!(said_of("CREATE TABLE poser_a (id integer);\nCREATE TABLE poser_a (\n    id text\n);\n"), @r"
    error[M004 declared-twice]: there is a table `poser_a` already
     --> poser.sql:2:1
      |
    2 | CREATE TABLE poser_a (
      | ^^^^^^^^^^^^^^^^^^^^^^
      |
     ::: poser.sql:1:8
      |
    1 | CREATE TABLE poser_a (id integer);
      |        ------------- declared here first
    ");
}

#[test]
fn a_column_twice() {
    assert_snapshot!(said_of("CREATE TABLE poser_a (id integer, id text);\n"), @r"
    error[M002 bad-model]: there is a column `id` already
     --> poser.sql:1:35
      |
    1 | CREATE TABLE poser_a (id integer, id text);
      |                                   ^^^^^^^
    ");
}

#[test]
fn syntax_errors() {
    assert_snapshot!(said_of("CREATE TABLE poser_a (\n    id integer,,\n);\nCREATE TABLE poser_b id integer;\nCRAETE TABLE c (d);\n"), @r"
    error[M002 bad-model]: expected a name
     --> poser.sql:2:16
      |
    2 |     id integer,,
      |                ^
    error[M002 bad-model]: expected `(`
     --> poser.sql:4:22
      |
    4 | CREATE TABLE poser_b id integer;
      |                      ^^
    error[M003 not-a-declaration]: models only declare what should be there
     --> poser.sql:5:1
      |
    5 | CRAETE TABLE c (d);
      | ^^^^^^^^^^^^^^^^^^
      |
      = help: Move the statement into a revision.
    ");
}

#[test]
fn what_only_the_server_can_tell() {
    assert_snapshot!(said_of("CREATE TABLE poser_a (\n    id integer,\n    twice integer DEFAULT (no_such(1)),\n    CHECK (nothing > 1)\n);\n"), @r#"
    error[M002 bad-model]: near "nothing": syntax error
     --> poser.sql:1:1
      |
    1 | CREATE TABLE poser_a (
      | ^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_view_of_nothing() {
    assert_snapshot!(said_of("CREATE TABLE poser_a (id integer);\nCREATE VIEW poser_v AS SELEC id FROM poser_a;\n"), @r#"
    error[M002 bad-model]: near "SELEC": syntax error
     --> poser.sql:2:1
      |
    2 | CREATE VIEW poser_v AS SELEC id FROM poser_a;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn an_index_on_a_table_that_is_not_there() {
    assert_snapshot!(said_of("CREATE INDEX poser_ix ON poser_gone (id);\n"), @r"
    error[M002 bad-model]: there is no table `poser_gone`
     --> poser.sql:1:1
      |
    1 | CREATE INDEX poser_ix ON poser_gone (id);
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn what_is_opened_and_not_closed() {
    assert_snapshot!(said_of("CREATE TABLE poser_a (\n    id text DEFAULT 'a\n);\n"), @r"
    error[S006 not-closed]: this string is not closed
     --> poser.sql:2:21
      |
    2 |     id text DEFAULT 'a
      |                     ^^ opened here
    ");
    assert!(
        said_of("CREATE TABLE \"poser_a (id);\n")
            .starts_with("error[S006 not-closed]: this quoted identifier is not closed")
    );
    assert!(
        said_of("/* CREATE TABLE poser_a (id);\n").starts_with("error[S006 not-closed]: this comment is not closed")
    );
}

#[test]
fn bytes_that_are_no_utf_8() {
    assert_snapshot!(said_of(b"CREATE TABLE poser_a (id text DEFAULT '\xe9');\n"), @r"
    error[M002 bad-model]: cannot read the models `poser.sql`: its bytes are no UTF-8
     --> poser.sql:1:40
      |
    1 | CREATE TABLE poser_a (id text DEFAULT '�');
      |                                        ^ this byte
      |
      = help: Save the file as UTF-8.
    ");
}

#[test]
fn a_file_that_is_not_there() {
    let world = World::open_shop();
    world.edit("terrane.toml", "poser.sql", "gone.sql");
    assert_snapshot!(world.exits(1, &["check"]), @"error[M002 bad-model]: cannot read the models `gone.sql`: it is not there");
}

#[test]
fn a_layer_without_models() {
    let world = World::open_shop();
    world.edit("terrane.toml", "models = \"poser.sql\"\n", "");
    assert_snapshot!(world.exits(1, &["revision", "--autogenerate", "--layer", "poser"]), @r"
    error[M001 no-models]: layer `poser` has no models to compare the database with
     |
     = help: Set `models` of the layer in `terrane.toml`, or write the revision by hand.
    ");
    // Its revisions are asked for all the same.
    assert_snapshot!(world.ok(&["check"]), @r"
    layer rattail: models and database match
    layer poser: all its revisions are applied
    ");
    world.write(
        "poser/2b00.sql",
        crate::world::revision("2b00", "2a00", &[], "-- upgrade\n-- downgrade\n"),
    );
    assert_snapshot!(world.exits(3, &["check"]), @r"
    layer rattail: models and database match
    layer `poser` is not up to date in the database: `2b00` not applied
    ");
}

#[test]
fn the_layer_is_not_up_to_date() {
    let world = World::shop();
    assert_snapshot!(world.exits(1, &["revision", "--autogenerate", "--layer", "poser"]), @r"
    error[D002 not-up-to-date]: layer `poser` is not up to date in the database: `2a00` not applied
     |
     = help: Run `terrane upgrade poser@heads` first.
    ");
    assert_snapshot!(world.exits(3, &["check", "--layer", "poser"]), @"layer `poser` is not up to date in the database: `2a00` not applied");
}

#[test]
fn a_change_that_cannot_be_carried_over() {
    let world = World::empty();
    world.write("a.sql", "CREATE VIRTUAL TABLE t USING fts5(body);\n");
    world.write("b.sql", "CREATE VIRTUAL TABLE t USING fts5(title, body);\n");
    assert_snapshot!(world.exits(4, &["diff", "--from", "a.sql", "--to", "b.sql"]), @r"
    error[P003 cannot-carry-over]: virtual table `t` cannot be carried over: its definition differs, and changing it would mean to drop it with its rows
     |
     = help: Write the change by hand, in a revision of its own.
    ");
}

#[test]
fn sources_of_a_diff() {
    let world = World::empty();
    world.write("a.sql", "CREATE TABLE t (id integer PRIMARY KEY);\n");
    world.write("broken.sql", "CREATE TABLE t (id integer,,);\n");
    assert_snapshot!(world.exits(1, &["diff", "--from", "a.sql", "--to", "gone.sql"]), @"error[M002 bad-model]: cannot read the models `gone.sql`: it is not there");
    assert_snapshot!(world.exits(1, &["diff", "--from", "sqlite:gone.db", "--to", "a.sql"]), @r"
    error[X006 cannot-open]: there is no database `sqlite:gone.db`
     |
     = help: Check the path.
    ");
    assert_snapshot!(world.exits(1, &["diff", "--from", "a.sql", "--to", "broken.sql"]), @r"
    error[M002 bad-model]: expected a name
     --> broken.sql:1:28
      |
    1 | CREATE TABLE t (id integer,,);
      |                            ^
    ");
    assert_snapshot!(world.exits(2, &["diff", "--from", "oracle://me:s3cret@host/x", "--to", "a.sql"]), @r"
    error[C005 unsupported-database]: there is no dialect for `oracle` databases
     |
     = help: Use `sqlite:path/to/file.db`, or `postgresql://user@host/database`.
    ");
}

#[test]
fn faults_of_several_layers_at_once() {
    let world = World::open_shop();
    world.write("rattail.sql", "CREATE TABLE (id integer);\nDROP TABLE audit;\n");
    world.write("poser.sql", "CREATE TABLE poser_a id integer;\n");
    let said = world.exits(1, &["check"]);
    let places: Vec<&str> = said
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--> "))
        .collect();
    assert_eq!(
        places,
        ["rattail.sql:1:14", "rattail.sql:2:1", "poser.sql:1:22"],
        "{said}"
    );
}
