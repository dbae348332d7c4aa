//! Folders of revisions: one that is not there, and what lies in one that is not read.

use crate::world::{CONFIG, World, revision};
use insta::assert_snapshot;

#[test]
fn a_folder_that_is_not_there() {
    let world = World::open_shop();
    world.edit("terrane.toml", "versions = \"poser\"", "versions = \"posre\"");
    for command in [
        &["upgrade", "heads"][..],
        &["heads"],
        &["plan", "upgrade", "heads"],
        &["check"],
        &["current"],
    ] {
        let said = world.exits(2, command);
        assert!(
            said.starts_with("error[C007 no-folder]: the folder `posre` of layer `poser` is not there"),
            "{said}"
        );
    }
    assert_snapshot!(world.exits(2, &["upgrade", "heads"]), @r#"
    error[C007 no-folder]: the folder `posre` of layer `poser` is not there
     --> terrane.toml:9:8
      |
    9 | name = "poser"
      |        ^^^^^^^
      |
      = help: Correct `versions` of the layer, or make the folder; the first `terrane revision` makes it.
    "#);
}

#[test]
fn one_of_several_folders_that_is_not_there() {
    let world = World::open_shop();
    world.edit(
        "terrane.toml",
        "versions = \"poser\"",
        "versions = [\"poser\", \"poser/late\"]",
    );
    let said = world.exits(2, &["upgrade", "heads"]);
    assert!(
        said.starts_with("error[C007 no-folder]: the folder `poser/late` of layer `poser` is not there"),
        "{said}"
    );
}

#[test]
fn no_folder_at_all() {
    let world = World::open_shop();
    world.write("terrane.toml", CONFIG.replace("versions = \"poser\"", "versions = []"));
    let said = world.exits(2, &["upgrade", "heads"]);
    assert!(
        said.starts_with("error[C007 no-folder]: layer `poser` names no folder for its revisions"),
        "{said}"
    );
}

#[test]
fn the_first_revision_makes_its_folder() {
    let world = World::empty();
    world.write(
        "terrane.toml",
        "url = \"sqlite:app.db\"\n\n[[layer]]\nname = \"app\"\nversions = \"db/versions\"\nmodels = \"m.sql\"\n",
    );
    world.write("m.sql", "CREATE TABLE t (a int);\n");
    world.ok(&["revision", "--autogenerate", "-m", "first"]);
    assert_eq!(world.names("db/versions").len(), 1);
    world.ok(&["upgrade", "heads"]);
}

#[test]
fn revisions_that_are_not_read_are_told() {
    let python = "\"\"\"more\"\"\"\nrevision = '2b00'\ndown_revision = '2a00'\n\ndef upgrade():\n    pass\n";
    let sql = revision("2b00", "2a00", &[], "-- upgrade\n-- downgrade\n");
    for (name, text) in [
        ("poser/2b00.py", python),
        ("poser/2b00.SQL", sql.as_str()),
        ("poser/2b00.sql.txt", sql.as_str()),
        ("poser/later/2b00.sql", sql.as_str()),
        ("poser/2027/01/2b00.sql", sql.as_str()),
        ("poser/alembic/2b00.py", python),
    ] {
        let world = World::open_shop();
        world.write(name, text);
        for command in [&["upgrade", "heads"][..], &["heads"], &["check"]] {
            let said = world.exits(1, command);
            assert!(
                said.starts_with(&format!("error[S018 passed-over]: `{name}` is not read: ")),
                "{said}"
            );
        }
    }
}

#[test]
fn what_is_no_revision_may_lie_beside_them() {
    let world = World::open_shop();
    for (name, text) in [
        ("poser/README.md", "-- Revision ID: in words\n"),
        ("poser/__init__.py", ""),
        ("poser/env.py", "import os\n"),
        ("poser/__pycache__/2b00.py", "down_revision = 'a'\n"),
        ("poser/.2b00.sql", "-- Revision ID: 2b00\n"),
        ("poser/seeds/rows.sql", "INSERT INTO t VALUES (1);\n"),
        ("poser/2b00.sql.orig", "-- Revision ID: 2b00\n"),
    ] {
        world.write(name, text);
    }
    world.ok(&["upgrade", "heads"]);
    world.write(
        "poser/later/2b00.sql",
        revision("2b00", "2a00", &[], "-- upgrade\n-- downgrade\n"),
    );
    world.edit(
        "terrane.toml",
        "versions = \"poser\"",
        "versions = [\"poser\", \"poser/later\"]",
    );
    world.ok(&["upgrade", "heads"]);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_and_pipes_are_not_read() {
    let world = World::open_shop();
    world.write(
        "elsewhere/2b00.sql",
        revision("2b00", "2a00", &[], "-- upgrade\n-- downgrade\n"),
    );
    let link = world.path("poser/2b00.sql");
    std::os::unix::fs::symlink(world.path("elsewhere/2b00.sql"), &link).unwrap();
    let said = world.run(&["upgrade", "heads"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .starts_with("error[S018 passed-over]: `poser/2b00.sql` is not read: it is a link out"),
        "{}",
        said.err
    );
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    assert_eq!(world.run(&["upgrade", "heads"]).code, 1);
    std::fs::remove_file(&link).unwrap();
    if std::process::Command::new("mkfifo")
        .arg(&link)
        .status()
        .is_ok_and(|status| status.success())
    {
        let said = world.run(&["upgrade", "heads"]);
        assert_eq!(said.code, 1);
        assert!(said.err.contains("it is no regular file"), "{}", said.err);
    }
}
