//! `revision` and `merge`, with all their options.

use crate::world::{World, revision};
use insta::assert_snapshot;

/// The vendor's layer applied, and `poser` with models and no revision.
fn before_the_first() -> World {
    let world = World::shop();
    std::fs::remove_file(world.path("poser/2a00.sql")).unwrap();
    world.ok(&["upgrade", "heads"]);
    std::fs::remove_dir(world.path("poser")).unwrap();
    world.edit("terrane.toml", "versions = \"poser\"", "versions = \"poser/versions\"");
    world
}

/// The only file of the folder, without its date.
fn written(world: &World, folder: &str) -> String {
    let names = world.names(folder);
    assert_eq!(names.len(), 1, "{names:?}");
    undated(&world.read(&format!("{folder}/{}", names[0])))
}

fn undated(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix("-- Create Date: ") {
        Some(date) => {
            assert!(date.ends_with("+00:00") && date.len() == 25, "{date}");
            "-- Create Date: [now]\n".to_owned()
        }
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn the_first_revision_of_a_layer_the_long_way() {
    let arguments = [
        "revision",
        "--autogenerate",
        "--head",
        "base",
        "--branch-label",
        "poser",
        "--version-path",
        "poser/versions",
        "-m",
        "First tables, and more",
        "--rev-id",
        "2a00",
    ];
    let world = before_the_first();
    assert_snapshot!(world.run(&arguments).all(), @r"
    wrote poser/versions/2a00_first_tables_and_more.sql
    read it and edit it before you upgrade
    --- standard error
    layer poser: create table `poser_widget`
    ");
    assert_eq!(world.names("poser/versions"), ["2a00_first_tables_and_more.sql"]);
    assert_snapshot!(written(&world, "poser/versions"), @r"
    -- First tables, and more
    --
    -- Revision ID: 2a00
    -- Revises:
    -- Branch Labels: poser
    -- Depends On: 1a00
    -- Create Date: [now]
    -- Dialect: any

    -- upgrade
    CREATE TABLE poser_widget (
        uuid text NOT NULL,
        description text NOT NULL,
        CONSTRAINT poser_widget_pk PRIMARY KEY (uuid)
    );

    -- downgrade
    -- Loses all rows of the table.
    DROP TABLE poser_widget;
    ");
    // From elsewhere it writes the same file.
    let other = before_the_first();
    let config = other.path("terrane.toml").display().to_string();
    other.write("elsewhere/note.txt", "");
    other
        .run_with("elsewhere", &[], &[&["-c", &config], &arguments[..]].concat())
        .expect(0);
    assert_eq!(written(&world, "poser/versions"), written(&other, "poser/versions"));
    assert_eq!(other.names("elsewhere"), ["note.txt"]);
    // And so does the short way, since the layer says it all.
    let short = before_the_first();
    short.ok(&[
        "revision",
        "--autogenerate",
        "--layer",
        "poser",
        "-m",
        "First tables, and more",
        "--rev-id",
        "2a00",
    ]);
    assert_eq!(written(&world, "poser/versions"), written(&short, "poser/versions"));
    for world in [world, other, short] {
        world.ok(&["upgrade", "heads"]);
        world.ok(&["check"]);
        world.ok(&["revision", "--head", "poser@head", "-m", "more"]);
        world.ok(&["upgrade", "poser@head"]);
    }
}

#[test]
fn the_first_revision_without_models() {
    let world = before_the_first();
    for arguments in [
        &[
            "--head",
            "base",
            "--branch-label",
            "poser",
            "--version-path",
            "poser/versions",
        ][..],
        &["--layer", "poser"],
        &["--branch-label", "poser", "--head", "base"],
        &["--version-path", "poser/versions"],
    ] {
        world.ok(&[&["revision", "-m", "begin", "--rev-id", "2a00"], arguments].concat());
        assert!(
            world
                .read("poser/versions/2a00_begin.sql")
                .contains("\n-- Branch Labels: poser\n"),
            "{arguments:?}"
        );
        std::fs::remove_file(world.path("poser/versions/2a00_begin.sql")).unwrap();
    }
}

#[test]
fn one_step_further() {
    let world = World::open_shop();
    world.write(
        "poser.sql",
        format!(
            "{}CREATE TABLE poser_more (id integer PRIMARY KEY);\n",
            world.read("poser.sql")
        ),
    );
    world.ok(&[
        "revision",
        "--autogenerate",
        "--head",
        "poser@head",
        "-m",
        "describe migration here",
        "--rev-id",
        "2b00",
    ]);
    assert_snapshot!(undated(&world.read("poser/2b00_describe_migration_here.sql")), @r"
    -- describe migration here
    --
    -- Revision ID: 2b00
    -- Revises: 2a00
    -- Depends On: 1a00
    -- Create Date: [now]
    -- Dialect: any

    -- upgrade
    CREATE TABLE poser_more (
        id integer,
        CONSTRAINT pk_poser_more PRIMARY KEY (id)
    );

    -- downgrade
    -- Loses all rows of the table.
    DROP TABLE poser_more;
    ");
    world.ok(&["upgrade", "heads"]);
    assert_snapshot!(world.exits(0, &["revision", "--autogenerate", "--head", "poser@head", "-m", "again"]), @"layer poser: nothing to do, no file written");
}

#[test]
fn the_candidate_on_standard_output() {
    let world = World::open_shop();
    world.edit(
        "poser.sql",
        "description text NOT NULL,",
        "description text NOT NULL,\n    colour text,",
    );
    assert_snapshot!(world.exits(0, &["revision", "--autogenerate", "--layer", "poser", "--sql"]), @r"
    -- upgrade
    ALTER TABLE poser_widget ADD COLUMN colour text;
    -- downgrade
    -- Loses the values of the column.
    ALTER TABLE poser_widget DROP COLUMN colour;
    --- standard error
    layer poser: add column `colour` to `poser_widget`
    ");
}

#[test]
fn what_a_revision_depends_on() {
    let world = World::open_shop();
    world.write(
        "rattail/1bcdef01.sql",
        revision(
            "1bcdef01",
            "1a00",
            &["Branch Labels: point"],
            "-- upgrade\n-- downgrade\n",
        ),
    );
    let depends = |spec: &[&str], id: &str| {
        let options: Vec<&str> = spec.iter().flat_map(|spec| ["--depends-on", spec]).collect();
        world.ok(&[
            &["revision", "--layer", "poser", "--rev-id", id, "-m", ""],
            &options[..],
        ]
        .concat());
        let text = world.read(&format!("poser/{id}.sql"));
        let line = text
            .lines()
            .find(|line| line.starts_with("-- Depends On:"))
            .map(str::to_owned);
        std::fs::remove_file(world.path(&format!("poser/{id}.sql"))).unwrap();
        line.unwrap_or_default()
    };
    // The beginning of an id is written in full, a label stays a label.
    assert_eq!(depends(&["1bc"], "2b00"), "-- Depends On: 1bcdef01");
    assert_eq!(depends(&["rattail"], "2b00"), "-- Depends On: rattail");
    assert_eq!(depends(&["point"], "2b00"), "-- Depends On: point");
    assert_eq!(depends(&["rattail@head"], "2b00"), "-- Depends On: 1bcdef01");
    assert_eq!(depends(&["1a00", "1bc"], "2b00"), "-- Depends On: 1a00, 1bcdef01");
    assert_eq!(depends(&["1bc", "1bcdef01"], "2b00"), "-- Depends On: 1bcdef01");
    assert_eq!(depends(&[], "2b00"), "");
}

#[test]
fn a_branch_from_the_middle() {
    let world = World::open_shop();
    world.ok(&["revision", "--head", "2a00", "-m", "b", "--rev-id", "2b00"]);
    world.ok(&[
        "revision",
        "--head",
        "2a00",
        "--splice",
        "-m",
        "c",
        "--rev-id",
        "2c00",
        "--branch-label",
        "side",
    ]);
    assert_snapshot!(world.ok(&["branches"]), @r"
    2a00 (poser) (branchpoint), step 2a00
        -> 2b00 (poser) (head), b
        -> 2c00 (poser) [side] (head), c
    ");
    world.ok(&["revision", "--head", "side@head", "-m", "d", "--rev-id", "2d00"]);
    assert!(world.path("poser/2d00_d.sql").exists());
    assert_snapshot!(world.ok(&["merge", "2b00", "2d00", "-m", "together", "--rev-id", "2e00"]), @"wrote poser/2e00_together.sql");
    assert_snapshot!(undated(&world.read("poser/2e00_together.sql")), @r"
    -- together
    --
    -- Revision ID: 2e00
    -- Revises: 2b00, 2d00
    -- Create Date: [now]

    -- upgrade

    -- downgrade
    ");
    world.ok(&["upgrade", "heads"]);
    assert_eq!(
        world.query("SELECT version_num FROM terrane_version WHERE layer = 'poser'"),
        "2e00"
    );
}

#[test]
fn merges() {
    let world = World::open_shop();
    for id in ["2b00", "2c00", "2d00"] {
        world.write(
            &format!("poser/{id}.sql"),
            revision(id, "2a00", &[], "-- upgrade\n-- downgrade\n"),
        );
    }
    world.ok(&["merge", "poser@heads", "--rev-id", "2e00", "--branch-label", "joined"]);
    let text = world.read("poser/2e00_merge_poser_heads.sql");
    assert!(
        text.contains("-- Revises: 2b00, 2c00, 2d00\n-- Branch Labels: joined\n"),
        "{text}"
    );
    assert_eq!(world.ok(&["heads"]).lines().count(), 2);
}

#[test]
fn messages() {
    let world = World::open_shop();
    world.ok(&["revision", "--layer", "poser", "--rev-id", "2b00"]);
    assert!(
        world
            .read("poser/2b00_empty_message.sql")
            .starts_with("-- empty message\n--\n")
    );
    let long = "a message: of several lines,  with — ünïcode and 'quotes'\n\nand more of it\nup to here  ";
    world.ok(&["revision", "--layer", "poser", "--rev-id", "2c00", "-m", long]);
    assert_snapshot!(undated(&world.read("poser/2c00_a_message_of_several_lines_with_ünïcode.sql")), @r"
    -- a message: of several lines,  with — ünïcode and 'quotes'
    --
    -- and more of it
    -- up to here
    --
    -- Revision ID: 2c00
    -- Revises: 2b00
    -- Create Date: [now]
    -- Dialect: sqlite

    -- upgrade

    -- downgrade
    ");
    world.ok(&["upgrade", "heads"]);
    for message in [
        "upgrade",
        "downgrade",
        "upgrade: sqlite",
        "Revises: 2a00",
        "fine\n\nTouches: all",
        "fine\n-- upgrade",
    ] {
        let outcome = world.run(&["revision", "--layer", "poser", "--rev-id", "2d00", "-m", message]);
        if outcome.code == 0 {
            // Whatever was written is read as it was meant.
            let shown = world.ok(&["show", "2d00"]);
            assert!(message.lines().all(|line| shown.contains(line)), "{message}: {shown}");
            let name = world
                .names("poser")
                .into_iter()
                .find(|name| name.starts_with("2d00"))
                .unwrap();
            std::fs::remove_file(world.path(&format!("poser/{name}"))).unwrap();
        } else {
            assert!(
                outcome
                    .err
                    .starts_with("error[S002 bad-header]: the message would mean"),
                "{}",
                outcome.err
            );
        }
    }
}

#[test]
fn ids_are_random_and_short() {
    let world = World::open_shop();
    world.ok(&["revision", "--layer", "poser", "-m", "a"]);
    world.ok(&["revision", "--layer", "poser", "-m", "b"]);
    let names = world.names("poser");
    for name in names.iter().filter(|name| *name != "2a00.sql") {
        let (id, rest) = name.split_once('_').unwrap();
        assert!(id.len() == 12 && id.chars().all(|c| c.is_ascii_hexdigit()), "{name}");
        assert!(rest == "a.sql" || rest == "b.sql");
    }
    assert_eq!(names.len(), 3);
}

#[test]
fn init() {
    let world = World::empty();
    assert_snapshot!(world.ok(&["init", "shop", "--layer", "poser"]), @r#"
    wrote shop/terrane.toml and shop/poser/models.sql
    next: declare tables in shop/poser/models.sql, then
      terrane -c shop/terrane.toml revision --autogenerate --layer poser -m "first tables"
    "#);
    world.write(
        "shop/poser/models.sql",
        "CREATE TABLE poser_widget (id integer PRIMARY KEY);\n",
    );
    world.ok(&[
        "-c",
        "shop/terrane.toml",
        "revision",
        "--autogenerate",
        "--layer",
        "poser",
        "-m",
        "first tables",
    ]);
    world.ok(&["-c", "shop/terrane.toml", "upgrade", "head"]);
    world.ok(&["-c", "shop/terrane.toml", "check"]);
    assert_snapshot!(world.exits(1, &["init", "shop"]), @r"
    error[X005 cannot-write]: there is a configuration already: `shop/terrane.toml`
     |
     = help: Edit it, or name another folder.
    ");
}

#[test]
fn init_refuses_the_name_of_a_layer_that_every_other_command_refuses() {
    let world = World::empty();
    for name in [
        "../x", "a/b", "bad name", "x@y", "a-b", "1st", "head", "base", "current", "",
    ] {
        let said = world.exits(2, &["init", "shop", "--layer", name]);
        assert!(said.contains("cannot be the name of a layer"), "{name}: {said}");
    }
}
