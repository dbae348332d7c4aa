//! The revision file: its header and its sections.

use super::pending;
use crate::world::World;
use insta::assert_snapshot;

/// The shop with a file of that text beside its first revision.
fn with_file(text: impl AsRef<[u8]>) -> World {
    let world = World::open_shop();
    world.write("poser/2b00.sql", text);
    world
}

const EMPTY: &str = "-- upgrade\n-- downgrade\n";

#[test]
fn no_id() {
    let world = with_file("-- more\n--\n-- Revises: 2a00\n\n-- upgrade\n-- downgrade\n");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S004 no-revision-id]: the file has no `Revision ID`
     --> poser/2b00.sql:1:1
      |
    1 | -- more
      | ^^^^^^^
      |
      = help: Begin the file with `-- message`, `--`, `-- Revision ID: …`, or let `terrane revision` write it.
    ");
}

#[test]
fn an_empty_file() {
    assert_snapshot!(with_file("").exits(1, &["heads"]), @r"
    error[S004 no-revision-id]: the file has no `Revision ID`
     --> poser/2b00.sql:1:1
      |
    1 |
      | ^
      |
      = help: Begin the file with `-- message`, `--`, `-- Revision ID: …`, or let `terrane revision` write it.
    ");
}

#[test]
fn an_id_that_means_something_in_targets() {
    let world = with_file("-- more\n--\n-- Revision ID: 2b+00\n-- Revises: 2a00\n\n-- upgrade\n");
    assert_snapshot!(world.exits(1, &["heads"]), @r"
    error[G012 bad-revision-id]: `+` is not allowed in the revision id `2b+00`
     --> poser/2b00.sql:3:1
      |
    3 | -- Revision ID: 2b+00
      | ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write an id of letters, digits and underscores, such as `8d1f0c2a7b34`.
    ");
}

#[test]
fn two_ids() {
    let world = with_file("-- more\n--\n-- Revision ID: 2b00, 2c00\n-- Revises: 2a00\n\n-- upgrade\n");
    assert_snapshot!(world.exits(1, &["heads"]), @r"
    error[S002 bad-header]: a revision has one id
     --> poser/2b00.sql:3:1
      |
    3 | -- Revision ID: 2b00, 2c00
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write one id; what the revision continues stands in `Revises:`.
    ");
}

#[test]
fn a_key_twice() {
    let world = pending(&["Depends On: 1a00", "Depends On: 1a00"], EMPTY);
    assert_snapshot!(world.exits(1, &["heads"]), @r"
    error[S002 bad-header]: `Depends On` stands in the header twice
     --> poser/2b00.sql:6:1
      |
    6 | -- Depends On: 1a00
      | ^^^^^^^^^^^^^^^^^^^
      |
      = help: Write it once; several values stand on one line, separated by commas.
    ");
}

#[test]
fn keys_that_are_none() {
    let world = pending(&["Depend On: 1a00", "Author: me"], EMPTY);
    assert_snapshot!(world.exits(1, &["heads"]), @r"
    error[S003 unknown-header-key]: `Depend On` is no key of the header
     --> poser/2b00.sql:5:1
      |
    5 | -- Depend On: 1a00
      | ^^^^^^^^^^^^^^^^^^
      |
      = help: Write `Depends On:`.
    error[S003 unknown-header-key]: `Author` is no key of the header
     --> poser/2b00.sql:6:1
      |
    6 | -- Author: me
      | ^^^^^^^^^^^^^
      |
      = help: Use one of `Revision ID`, `Revises`, `Branch Labels`, `Depends On`, `Create Date`, `Dialect`, `Transaction`, `Touches`.
    ");
}

#[test]
fn a_line_that_is_no_key() {
    let world = pending(&["and this goes on"], EMPTY);
    assert_snapshot!(world.exits(1, &["heads"]), @r"
    error[S002 bad-header]: this line of the header is no `Key: value`
     --> poser/2b00.sql:5:1
      |
    5 | -- and this goes on
      | ^^^^^^^^^^^^^^^^^^^
      |
      = help: Put what the revision is for above the keys.
    ");
}

#[test]
fn dates_that_are_none() {
    for date in [
        "yesterday",
        "2026-13-01 00:00:00",
        "2026-02-30 00:00:00",
        "2026-01-01 00:00:00+99:99",
    ] {
        let world = pending(&[&format!("Create Date: {date}")], EMPTY);
        let said = world.exits(1, &["heads"]);
        assert!(
            said.contains(&format!("error[S009 bad-date]: `{date}` is not a valid date")),
            "{said}"
        );
    }
    let world = pending(&["Create Date: yesterday"], EMPTY);
    assert_snapshot!(world.exits(1, &["heads"]), @r"
    error[S009 bad-date]: `yesterday` is not a valid date
     --> poser/2b00.sql:5:1
      |
    5 | -- Create Date: yesterday
      | ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write it as `2026-11-22 21:30:00+00:00`.
    ");
}

#[test]
fn leave_to_touch_without_a_reason() {
    let world = pending(&["Touches: customer"], EMPTY);
    assert_snapshot!(world.exits(1, &["heads"]), @r"
    error[S002 bad-header]: `Touches` names an object and the reason
     --> poser/2b00.sql:5:1
      |
    5 | -- Touches: customer
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write it as `Touches: customer: the vendor asked for this index`.
    ");
}

#[test]
fn a_transaction_that_means_nothing() {
    let world = pending(&["Transaction: yes"], EMPTY);
    assert_snapshot!(world.exits(1, &["heads"]), @r"
    error[S002 bad-header]: `Transaction: yes` means nothing
     --> poser/2b00.sql:5:1
      |
    5 | -- Transaction: yes
      | ^^^^^^^^^^^^^^^^^^^
      |
      = help: Write `Transaction: none`, or leave the line out.
    ");
}

#[test]
fn everything_at_once() {
    let world = pending(
        &["Create Date: soon", "Transaction: yes", "Autor: me"],
        "SELECT 1;\n-- upgrade:\n-- upgrade\n-- upgrade\n",
    );
    let said = world.exits(1, &["plan", "upgrade", "heads"]);
    let codes: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("error[")?.split(' ').next())
        .collect();
    assert_eq!(codes, ["S009", "S002", "S003", "S008", "S005", "S007"], "{said}");
}

#[test]
fn faults_of_several_files_at_once() {
    let world = pending(&["Create Date: soon"], EMPTY);
    world.write("poser/2c00.sql", "-- more\n");
    world.write("rattail/1b00.sql", b"-- \xff\n");
    let said = world.exits(1, &["heads"]);
    assert_eq!(said.matches("error[").count(), 3, "{said}");
}

#[test]
fn directives_that_are_not_complete() {
    let world = pending(&[], "-- upgrade:\nSELECT 1;\n-- call\n-- downgrade\n");
    assert_snapshot!(world.exits(1, &["plan", "upgrade", "heads"]), @r"
    error[S005 unknown-directive]: this directive is not complete
     --> poser/2b00.sql:6:1
      |
    6 | -- upgrade:
      | ^^^^^^^^^^^
      |
      = help: Write `-- upgrade`, `-- upgrade: sqlite`, `-- downgrade` or `-- call name`.
    error[S008 outside-section]: this statement stands before the first section
     --> poser/2b00.sql:7:1
      |
    7 | SELECT 1;
      | ^^^^^^^^
      |
      = help: Put `-- upgrade` on a line of its own above it.
    error[S005 unknown-directive]: this directive is not complete
     --> poser/2b00.sql:8:1
      |
    8 | -- call
      | ^^^^^^^
      |
      = help: Write `-- upgrade`, `-- upgrade: sqlite`, `-- downgrade` or `-- call name`.
    ");
}

#[test]
fn a_statement_before_the_first_section() {
    let world = pending(
        &[],
        "CREATE TABLE poser_more (\n    id integer\n);\n-- upgrade\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(1, &["plan", "upgrade", "heads"]), @r"
    error[S008 outside-section]: this statement stands before the first section
     --> poser/2b00.sql:6:1
      |
    6 | CREATE TABLE poser_more (
      | ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Put `-- upgrade` on a line of its own above it.
    ");
}

#[test]
fn a_section_twice() {
    let world = pending(&[], "-- upgrade\nSELECT 1;\n-- downgrade\n-- upgrade\nSELECT 2;\n");
    assert_snapshot!(world.exits(1, &["plan", "upgrade", "heads"]), @r"
    error[S007 duplicate-section]: the upgrade section stands here a second time
     --> poser/2b00.sql:9:1
      |
    9 | -- upgrade
      | ^^^^^^^^^^
      |
      = help: Join the two, or say for which server each is: `-- upgrade: sqlite`.
    ");
}

#[test]
fn bytes_that_are_no_utf_8() {
    let world = with_file(b"-- more\n--\n-- Revision ID: 2b00\n-- Revises: 2a00\n\n-- upgrade\nSELECT '\xe9';\n");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S001 unreadable-file]: cannot read `poser/2b00.sql`: its bytes are no UTF-8
     --> poser/2b00.sql:7:9
      |
    7 | SELECT '�';
      |         ^ this byte
      |
      = help: Save the file as UTF-8.
    ");
}

#[test]
fn what_is_opened_and_not_closed() {
    let cases = [
        ("string", "INSERT INTO poser_widget VALUES ('a, 'b');"),
        ("quoted identifier", "DROP TABLE \"poser_widget;"),
        ("comment", "DROP TABLE poser_widget; /* and so on"),
    ];
    for (what, sql) in cases {
        let world = pending(&[], &format!("-- upgrade\n{sql}\n-- downgrade\n"));
        let said = world.exits(1, &["upgrade", "heads"]);
        assert!(
            said.starts_with(&format!("error[S006 not-closed]: this {what} is not closed")),
            "{said}"
        );
        assert!(said.contains("poser/2b00.sql:7:"), "{said}");
    }
    let world = pending(
        &[],
        "-- upgrade\nSELECT 1;\nINSERT INTO poser_widget VALUES ('it's');\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S006 not-closed]: this string is not closed
     --> poser/2b00.sql:8:39
      |
    8 | INSERT INTO poser_widget VALUES ('it's');
      |                                       ^^^ opened here
    ");
}

#[test]
fn a_statement_without_its_semicolon() {
    let world = pending(
        &[],
        "-- upgrade\nCREATE TABLE poser_more (id integer)\n\n-- downgrade\nDROP TABLE poser_more;\n",
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S006 not-closed]: a section begins in the middle of a statement
     --> poser/2b00.sql:9:1
      |
    9 | -- downgrade
      | ^^^^^^^^^^^^
      |
     ::: poser/2b00.sql:7:1
      |
    7 | CREATE TABLE poser_more (id integer)
      | - this statement
      |
      = help: End the statement with `;`.
    ");
}

#[test]
fn no_section_for_the_way_back() {
    let world = pending(&[], "-- upgrade\nCREATE TABLE poser_more (id integer);\n");
    world.ok(&["upgrade", "heads"]);
    assert_snapshot!(world.exits(1, &["downgrade", "poser@2a00"]), @r"
    error[S012 no-section-for-dialect]: revision `2b00` has no downgrade section for `sqlite`
     --> poser/2b00.sql:1:1
      |
    1 | -- step 2b00
      | ^^^^^^^^^^^^
      |
      = help: Add `-- downgrade`; leave it empty if there is nothing to do.
    ");
}

#[test]
fn a_file_for_another_server() {
    let world = pending(
        &["Dialect: postgresql"],
        "-- upgrade\nCREATE TABLE poser_more (id serial);\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S014 wrong-dialect]: revision `2b00` is written for `postgresql`, and this database is `sqlite`
     --> poser/2b00.sql:1:1
      |
    1 | -- step 2b00
      | ^^^^^^^^^^^^
      |
      = help: Add a section `-- upgrade: sqlite`.
    ");
}

#[test]
fn a_folder_in_place_of_a_file() {
    let world = World::open_shop();
    world.write("poser/2b00.sql/inner.txt", "");
    assert_snapshot!(world.exits(1, &["heads"]), @"error[S001 unreadable-file]: cannot read `poser/2b00.sql`: it is a folder");
}
