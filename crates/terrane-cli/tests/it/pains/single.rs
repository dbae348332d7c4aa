//! What hurts with one package as well.

use crate::world::{World, revision};
use insta::assert_snapshot;

const EMPTY: &str = "-- upgrade\n-- downgrade\n";

/// Two colleagues write a revision each after the same one.
fn two_heads() -> World {
    let world = World::open_shop();
    let body =
        |table: &str| format!("-- upgrade\nCREATE TABLE {table} (id integer);\n-- downgrade\nDROP TABLE {table};\n");
    world.write(
        "poser/2b00.sql",
        revision(
            "2b00",
            "2a00",
            &["Create Date: 2026-05-01 00:00:00+00:00"],
            &body("poser_hers"),
        ),
    );
    world.write(
        "poser/2c00.sql",
        revision(
            "2c00",
            "2a00",
            &["Create Date: 2026-05-02 00:00:00+00:00"],
            &body("poser_his"),
        ),
    );
    world
}

#[test]
fn p2_two_heads_are_merged_by_one_command() {
    let world = two_heads();
    // One database had the one of them already.
    world.ok(&["upgrade", "2c00"]);
    let said = world.exits(1, &["upgrade", "poser@head"]);
    assert!(said.contains("join them with `merge`"), "{said}");
    world.ok(&["merge", "poser@heads", "--rev-id", "2d00"]);
    assert_snapshot!(world.ok(&["upgrade", "poser@head"]), @r"
    upgrade 2b00 (poser) step 2b00 [time]
    upgrade 2d00 (poser) merge poser@heads [time]
    ");
    assert_eq!(
        world.query("SELECT version_num FROM terrane_version WHERE layer = 'poser'"),
        "2d00"
    );
    // And back, to both.
    world.ok(&["downgrade", "2b00"]);
    assert_eq!(
        world.query("SELECT version_num FROM terrane_version WHERE layer = 'poser' ORDER BY 1"),
        "2b00\n2c00"
    );
}

#[test]
fn p2_or_both_are_applied_as_they_are() {
    let world = two_heads();
    world.ok(&["upgrade", "heads"]);
    world.exits(0, &["current", "--check-heads"]);
}

#[test]
fn p3_several_at_once_apply_each_revision_once() {
    let world = World::shop();
    let started: Vec<_> = (0..4)
        .map(|_| {
            let mut command = world.command("", &["upgrade", "heads"]);
            command.stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in started {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(world.query("SELECT count(*) FROM terrane_ledger"), "2");
    world.exits(0, &["check"]);
}

#[test]
fn p5_a_declared_rename_keeps_the_values() {
    let world = World::open_shop();
    world.execute("INSERT INTO poser_widget VALUES ('1', 'bolt')");
    world.write(
        "poser.sql",
        "-- renamed_from: poser_widget\nCREATE TABLE poser_gadget (\n    uuid text NOT NULL,\n    title text NOT NULL, -- renamed_from: description\n    CONSTRAINT poser_widget_pk PRIMARY KEY (uuid)\n);\n",
    );
    world.ok(&["revision", "--autogenerate", "--layer", "poser", "--rev-id", "2b00"]);
    let text = world.read("poser/2b00_empty_message.sql");
    assert_snapshot!(&text[text.find("-- upgrade").unwrap()..], @r"
    -- upgrade
    ALTER TABLE poser_widget RENAME TO poser_gadget;
    ALTER TABLE poser_gadget RENAME COLUMN description TO title;

    -- downgrade
    ALTER TABLE poser_gadget RENAME COLUMN title TO description;
    ALTER TABLE poser_gadget RENAME TO poser_widget;
    ");
    world.ok(&["upgrade", "heads"]);
    assert_eq!(world.query("SELECT title FROM poser_gadget"), "bolt");
    // The declaration may stay in the models.
    world.exits(0, &["check", "--layer", "poser"]);
    world.ok(&["downgrade", "poser@-1"]);
    assert_eq!(world.query("SELECT description FROM poser_widget"), "bolt");
}

#[test]
fn p5_what_looks_like_a_rename_is_a_question_with_both_answers() {
    let world = World::open_shop();
    world.edit("poser.sql", "description text", "title text");
    let said = world.run(&["revision", "--autogenerate", "--layer", "poser", "--rev-id", "2b00"]);
    assert_snapshot!(said.all(), @r"
    error[D001 rename-or-replace]: was column `description` of `poser_widget` renamed to `title`, or is one dropped and another added?
     --> poser.sql:3:5
      |
    3 |     title text NOT NULL,
      |     ^^^^^^^^^^^^^^^^^^^
      |
      = help: If it was renamed, write `-- renamed_from: description` beside it in the models, or say `--answer rename:poser_widget.description=title`: `ALTER TABLE poser_widget RENAME COLUMN description TO title` keeps the values.
      = help: If it was not, say `--answer drop:poser_widget.description`: the old one is dropped with its values.
    layer poser: no file written, as long as this is open
    ");
    let mut answered = vec!["revision", "--autogenerate", "--layer", "poser", "--rev-id", "2b00"];
    answered.extend(["--answer", "drop:poser_widget.description"]);
    world.ok(&answered);
    let text = world.read("poser/2b00_empty_message.sql");
    assert!(text.contains("-- Loses the values of the column.\n"), "{text}");
    let table = World::open_shop();
    table.edit("poser.sql", "poser_widget (", "poser_gadget (");
    assert_snapshot!(table.run(&["check", "--layer", "poser"]).all(), @r"
    layer poser: create table `poser_gadget`
    layer poser: drop table `poser_widget`
    --- standard error
    warning[D001 rename-or-replace]: was table `poser_widget` renamed to `poser_gadget`, or is one dropped and another created?
     --> poser.sql:1:8
      |
    1 | CREATE TABLE poser_gadget (
      |        ^^^^^^^^^^^^^^^^^^
      |
      = help: If it was renamed, write `-- renamed_from: poser_widget` beside it in the models, or say `--answer rename:poser_widget=poser_gadget`: `ALTER TABLE poser_widget RENAME TO poser_gadget` keeps the values.
      = help: If it was not, say `--answer drop:poser_widget`: the old one is dropped with its values.
    ");
}

#[test]
fn p11_a_revision_that_has_no_file_any_more() {
    let world = World::open_shop();
    world.write(
        "poser/2b00.sql",
        revision(
            "2b00",
            "2a00",
            &[],
            "-- upgrade\nCREATE TABLE poser_more (id integer);\n-- downgrade\nDROP TABLE poser_more;\n",
        ),
    );
    world.ok(&["upgrade", "heads"]);
    std::fs::remove_file(world.path("poser/2b00.sql")).unwrap();
    let said = world.exits(1, &["upgrade", "heads"]);
    assert!(
        said.contains("revision `2b00` of layer `poser`") && said.contains("stamp --purge"),
        "{said}"
    );
    // The database still knows what it was, when it ran and who ran it.
    let log = world.ok(&["log"]);
    assert!(log.contains("2b00 (poser)  step 2b00"), "{log}");
    assert!(world.ok(&["tables"]).contains("poser_more      poser    since 2b00"));
    world.exits(0, &["heads"]);
    world.ok(&["stamp", "--purge", "heads"]);
    world.ok(&["upgrade", "heads"]);
}

#[test]
fn p14_who_did_what_when_and_how_long() {
    let world = World::open_shop();
    world.ok(&["downgrade", "poser@base"]);
    let log = world.ok(&["log"]);
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 3);
    for (line, what) in lines.iter().zip([
        "upgrade    1a00 (rattail)",
        "upgrade    2a00 (poser)",
        "downgrade  2a00 (poser)",
    ]) {
        assert!(
            line.contains(what) && line.starts_with("20") && line.ends_with("  tester@here"),
            "{log}"
        );
    }
}

#[test]
fn p14_a_revision_that_was_edited_after_it_ran() {
    let world = World::open_shop();
    // A comment may be edited.
    world.edit("poser/2a00.sql", "-- upgrade\n", "-- upgrade\n-- What poser makes.\n");
    world.exits(0, &["check"]);
    world.edit("poser/2a00.sql", "description text NOT NULL", "description text");
    let nothing_pending = world.exits(0, &["upgrade", "heads"]);
    assert!(
        nothing_pending.contains("revision `2a00` was edited after it had run"),
        "{nothing_pending}"
    );
    let said = world.exits(3, &["check", "--layer", "poser"]);
    let today = said
        .split("had run on ")
        .nth(1)
        .map(|rest| rest[..10].to_owned())
        .unwrap();
    assert_snapshot!(said.replace(&today, "[day]"), @r"
    layer poser: models and database match
    --- standard error
    warning[X007 checksum-changed]: revision `2a00` was edited after it had run on [day]
     --> poser/2a00.sql:3:1
      |
    3 | -- Revision ID: 2a00
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = help: Put back what ran, and write what is new as a revision of its own.
    ");
    let json = world.exits(3, &["check", "--layer", "poser", "--json"]);
    assert!(json.contains("\"edited\": [\n      \"2a00\"\n    ]"), "{json}");
    // Run again, it is what ran; and what was only stamped did not run.
    world.ok(&["downgrade", "poser@base"]);
    world.ok(&["upgrade", "heads"]);
    world.edit("poser.sql", "description text NOT NULL", "description text");
    world.exits(0, &["check"]);
    world.edit("poser/2a00.sql", "description text", "description varchar");
    world.ok(&["stamp", "base"]);
    world.ok(&["stamp", "heads"]);
    world.exits(3, &["check"]);
}

#[test]
fn p16_a_script_without_a_database() {
    let world = World::shop();
    world.edit("terrane.toml", "sqlite:app.db", "sqlite:no/such/folder/app.db");
    let script = world.exits(0, &["upgrade", "heads", "--sql"]);
    assert!(
        script.contains("CREATE TABLE customer") && script.contains("INSERT INTO terrane_version"),
        "{script}"
    );
    // A revision is a plain SQL file that any shell runs.
    if world.shell(
        "pains::single::p16_a_script_without_a_database",
        "plain.db",
        &world.read("rattail.sql"),
    ) {
        assert_eq!(world.query_in("plain.db", "SELECT count(*) FROM customer"), "0");
    }
}

#[test]
fn p17_what_needs_rows_of_a_kind_is_said_and_order_is_right() {
    let world = World::open_shop();
    world.execute("INSERT INTO poser_widget VALUES ('1', 'bolt')");
    world.write(
        "poser.sql",
        "CREATE TABLE poser_widget (\n    uuid text NOT NULL,\n    description text NOT NULL CHECK (description <> ''),\n    \
             colour text NOT NULL,\n    CONSTRAINT poser_widget_pk PRIMARY KEY (uuid)\n);\n\
         CREATE TABLE poser_chicken (id integer PRIMARY KEY, egg integer REFERENCES poser_egg (id));\n\
         CREATE TABLE poser_egg (id integer PRIMARY KEY, chicken integer REFERENCES poser_chicken (id));\n",
    );
    world.ok(&["revision", "--autogenerate", "--layer", "poser", "--rev-id", "2b00"]);
    let text = world.read("poser/2b00_empty_message.sql");
    assert_snapshot!(&text[text.find("-- upgrade").unwrap()..], @r"
    -- upgrade
    CREATE TABLE poser_egg (
        id integer,
        chicken integer,
        CONSTRAINT pk_poser_egg PRIMARY KEY (id),
        CONSTRAINT fk_poser_egg_chicken_poser_chicken FOREIGN KEY (chicken) REFERENCES poser_chicken (id)
    );

    CREATE TABLE poser_chicken (
        id integer,
        egg integer,
        CONSTRAINT pk_poser_chicken PRIMARY KEY (id),
        CONSTRAINT fk_poser_chicken_egg_poser_egg FOREIGN KEY (egg) REFERENCES poser_egg (id)
    );

    -- Fails where the table has rows: give the column a default, or fill it before it is NOT NULL.
    ALTER TABLE poser_widget ADD COLUMN colour text NOT NULL;

    -- Rebuilds the table: its rows are copied while other writers wait.
    ALTER TABLE poser_widget ADD CONSTRAINT ck_poser_widget CHECK (description <> '');

    -- downgrade
    -- Rebuilds the table: its rows are copied while other writers wait.
    ALTER TABLE poser_widget DROP CONSTRAINT ck_poser_widget;

    -- Loses the values of the column.
    ALTER TABLE poser_widget DROP COLUMN colour;

    -- Loses all rows of the table.
    DROP TABLE poser_chicken;

    -- Loses all rows of the table.
    DROP TABLE poser_egg;
    ");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[X001 database-refused]: revision `2b00` of layer `poser` failed: Cannot add a NOT NULL column with default value NULL; it was rolled back
      --> poser/2b00_empty_message.sql:25:1
       |
    25 | / ALTER TABLE poser_widget ADD COLUMN colour text NOT NULL;
    26 | |
    27 | | -- Rebuilds the table: its rows are copied while other writers wait.
    28 | | ALTER TABLE poser_widget ADD CONSTRAINT ck_poser_widget CHECK (description <> '');
       | |_________________________________________________________________________________^
    ");
    world.edit(
        "poser/2b00_empty_message.sql",
        "colour text NOT NULL",
        "colour text NOT NULL DEFAULT 'grey'",
    );
    world.edit(
        "poser.sql",
        "colour text NOT NULL",
        "colour text NOT NULL DEFAULT 'grey'",
    );
    world.ok(&["upgrade", "heads"]);
    world.exits(0, &["check"]);
    world.ok(&["downgrade", "poser@-1"]);
}

#[test]
fn p22_a_generated_downgrade_leads_back() {
    let world = World::open_shop();
    world.execute("INSERT INTO poser_widget VALUES ('1', 'bolt')");
    let before = world.contents("app.db");
    world.write(
        "poser.sql",
        "CREATE TABLE poser_widget (\n    uuid text NOT NULL,\n    description varchar(20) DEFAULT 'none' CHECK (length(description) > 1),\n\
             price numeric NOT NULL DEFAULT 0,\n    CONSTRAINT poser_widget_pk PRIMARY KEY (uuid)\n);\n\
         CREATE UNIQUE INDEX poser_widget_ix ON poser_widget (lower(description)) WHERE price > 0;\n\
         CREATE TABLE poser_part (id integer PRIMARY KEY AUTOINCREMENT, widget text REFERENCES poser_widget (uuid));\n\
         CREATE VIEW poser_view AS SELECT uuid FROM poser_widget;\n\
         CREATE TRIGGER poser_trigger AFTER DELETE ON poser_part BEGIN UPDATE poser_widget SET price = 0; END;\n",
    );
    world.ok(&["revision", "--autogenerate", "--layer", "poser", "--rev-id", "2b00"]);
    world.ok(&["upgrade", "heads"]);
    world.exits(0, &["check"]);
    assert_eq!(world.query("SELECT * FROM poser_widget"), "1|bolt|0");
    world.ok(&["downgrade", "poser@-1"]);
    assert_eq!(world.query("SELECT * FROM poser_widget"), "1|bolt");
    let after = world.contents("app.db");
    let schema = |contents: &str| {
        let lines = contents.lines().filter(|line| !line.contains("sqlite_sequence"));
        lines
            .map(|line| line.replace("\"poser_widget\"", "poser_widget") + "\n")
            .collect::<String>()
    };
    assert_eq!(schema(&before), schema(&after));
}

#[test]
fn p25_plan_json_exit_codes_and_order() {
    let world = World::shop();
    world.exits(0, &["plan", "upgrade", "heads"]);
    // Each outcome has a code of its own.
    world.exits(3, &["check"]);
    world.exits(1, &["upgrade", "nowhere"]);
    world.exits(2, &["downgrade"]);
    world.ok(&["upgrade", "heads"]);
    world.write(
        "poser/2b00.sql",
        revision("2b00", "2a00", &[], "-- upgrade\nDROP TABLE customer;\n-- downgrade\n"),
    );
    world.exits(4, &["upgrade", "heads"]);
    world.write("poser/2b00.sql", revision("2b00", "2a00", &[], EMPTY));
    for id in ["2c00", "2d00", "2e00", "2f00"] {
        world.write(&format!("poser/{id}.sql"), revision(id, "2a00", &[], EMPTY));
    }
    world.ok(&["upgrade", "heads"]);
    for command in [&["current"][..], &["heads"], &["branches"], &["history"], &["tables"]] {
        let said = world.ok(command);
        assert!((0..5).all(|_| world.ok(command) == said));
    }
}
