//! Headings and directives: what is one, what is a mistake, and what is a comment.

use super::pending;
use insta::assert_snapshot;

const MORE: &str = "-- upgrade\nCREATE TABLE poser_more (id integer);\n";

#[test]
fn an_empty_statement_swallows_no_heading() {
    for nothing in [";", "; ;", ";;\n;", "/* nothing */ ;", "-- nothing at all, for now\n;"] {
        let world = pending(
            &[],
            &format!("{MORE}-- downgrade\n{nothing}\nDROP TABLE poser_widget;\n"),
        );
        world.ok(&["upgrade", "heads"]);
        assert_eq!(world.query("SELECT count(*) FROM poser_widget"), "0", "{nothing}");
    }
}

#[test]
fn an_empty_statement_swallows_no_call() {
    let world = pending(&[], "-- upgrade\n-- call seed\n;\n-- downgrade\n");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S013 unknown-call]: no function is registered as `seed`
     --> poser/2b00.sql:7:1
      |
    7 | -- call seed
      | ^^^^^^^^^^^^
      |
      = help: Register it where the app makes its layer.
    ");
}

#[test]
fn a_heading_that_is_nearly_right_is_an_error() {
    for heading in [
        "-- Downgrade",
        "-- downgrade (loses rows)",
        "--- downgrade",
        "-- downgrade;",
        "-- down",
        "-- migrate:down",
        "-- +goose Down",
        "/* downgrade */",
        "-- downgarde",
        "-- Call seed",
    ] {
        let world = pending(&[], &format!("{MORE}{heading}\nDROP TABLE poser_widget;\n"));
        for command in [&["plan", "upgrade", "heads"][..], &["upgrade", "heads"], &["check"]] {
            let said = world.exits(1, command);
            assert!(said.starts_with("error[S005 unknown-directive]: "), "{heading}: {said}");
            assert!(said.contains("poser/2b00.sql:8:1"), "{heading}: {said}");
        }
    }
    let world = pending(&[], &format!("{MORE}-- Downgrade\nDROP TABLE poser_more;\n"));
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S005 unknown-directive]: this comment looks like the heading of a section, and is written otherwise
     --> poser/2b00.sql:8:1
      |
    8 | -- Downgrade
      | ^^^^^^^^^^^^
      |
      = help: Write `-- downgrade` on a line of its own, in lower case, where the section begins.
      = help: If it is a comment, begin it with another word.
    ");
}

#[test]
fn a_heading_between_a_statement_and_its_semicolon_is_an_error() {
    let body = "-- upgrade\nCREATE TABLE poser_more (id integer)\n-- downgrade\n;\nDROP TABLE poser_widget;\n";
    let said = pending(&[], body).exits(1, &["upgrade", "heads"]);
    assert!(
        said.starts_with("error[S006 not-closed]: a section begins in the middle"),
        "{said}"
    );
}

#[test]
fn a_sentence_is_a_comment() {
    let body = "-- upgrade\n-- upgrade the customers later\nCREATE TABLE poser_more (id integer); -- up to here\n\
                -- downgrade\nDROP TABLE poser_more;\n";
    let world = pending(&[], body);
    world.ok(&["upgrade", "heads"]);
    world.ok(&["downgrade", "poser@2a00"]);
}

#[test]
fn a_file_without_a_way_back_says_so_when_it_is_read() {
    let world = pending(&[], MORE);
    let planned = world.run(&["plan", "upgrade", "heads"]);
    assert_eq!(planned.code, 0);
    assert_snapshot!(planned.err, @r"
    warning[S017 no-way-back]: revision `2b00` has no downgrade section, and cannot be undone
     --> poser/2b00.sql:1:1
      |
    1 | -- step 2b00
      | ^^^^^^^^^^^^
      |
      = help: Add `-- downgrade`; leave it empty if there is nothing to do.
    ");
    let checked = world.run(&["check"]);
    assert!(
        checked
            .err
            .contains("warning[S017 no-way-back]: revision `2b00` has no"),
        "{}",
        checked.err
    );
}

#[test]
fn a_dialect_that_is_none() {
    for (section, header) in [("-- upgrade: postgres", ""), ("-- upgrade", "Dialect: postgres")] {
        let header: Vec<&str> = [header].into_iter().filter(|line| !line.is_empty()).collect();
        let world = pending(&header, &format!("{section}\nSELECT 1;\n-- downgrade\n"));
        let said = world.exits(1, &["upgrade", "heads"]);
        assert!(
            said.starts_with("error[S015 unknown-dialect]: no dialect is called `postgres`"),
            "{said}"
        );
        assert!(said.contains("postgresql`."), "{said}");
    }
}

#[test]
fn what_servers_read_differently_says_for_which_it_is() {
    let body = "-- upgrade\nUPDATE poser_widget SET description = $$;$$;\n-- downgrade\n";
    let world = pending(&["Dialect: any"], body);
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S016 read-differently]: SQLite and PostgreSQL read this differently
     --> poser/2b00.sql:8:1
      |
    8 | UPDATE poser_widget SET description = $$;$$;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ one of them ends a statement, a string or a comment elsewhere
      |
      = help: Say which server it is for, `-- Dialect: sqlite` in the header, or write it as both read it.
    ");
}

#[test]
fn a_trigger_ends_as_sqlite_ends_it() {
    let body = "-- upgrade\nCREATE TABLE poser_span (begin int, end int);\n\
                CREATE TRIGGER poser_t AFTER INSERT ON poser_span WHEN new.end > new.begin BEGIN\n\
                UPDATE poser_span SET end = begin WHERE begin; SELECT end, begin FROM poser_span;\nEND;\n\
                INSERT INTO poser_widget VALUES ('a', 'b');\n-- downgrade\nDROP TABLE poser_span;\n";
    let world = pending(&[], body);
    world.ok(&["upgrade", "heads"]);
    assert_eq!(world.query("SELECT count(*) FROM poser_widget"), "1");
    // Models are cut in the same way.
    world.edit(
        "poser.sql",
        "CREATE TABLE poser_widget",
        "CREATE TABLE poser_span (begin int, end int);\nCREATE TRIGGER poser_t AFTER INSERT ON poser_span WHEN new.end > new.begin \
         BEGIN\nUPDATE poser_span SET end = begin WHERE begin; SELECT end, begin FROM poser_span;\nEND;\nCREATE TABLE \
         poser_widget",
    );
    assert!(
        world.ok(&["check", "--layer", "poser"]).contains("layer poser: "),
        "check"
    );
}

#[test]
fn a_statement_that_begins_as_none_does() {
    let world = pending(
        &[],
        "-- upgrade\nALTER TABEL poser_widget ADD COLUMN a int;\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(1, &["plan", "upgrade", "heads"]), @r"
    error[S021 unknown-statement]: no statement of `sqlite` begins with `ALTER TABEL`
     --> poser/2b00.sql:7:1
      |
    7 | ALTER TABEL poser_widget ADD COLUMN a int;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write `ALTER TABLE`.
    ");
}

#[test]
fn a_file_that_is_written_by_hand_says_for_which_server() {
    let world = pending(&[], &format!("{MORE}-- downgrade\nDROP TABLE poser_more;\n"));
    let wrote = world.ok(&["revision", "--head", "poser@head", "-m", "by hand", "--rev-id", "2c00"]);
    assert!(wrote.contains("2c00_by_hand.sql"), "{wrote}");
    assert!(world.read("poser/2c00_by_hand.sql").contains("\n-- Dialect: sqlite\n"));
}
