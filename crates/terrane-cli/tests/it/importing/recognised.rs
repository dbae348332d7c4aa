//! Whose files they are is told by them, and never guessed.

use super::formats::{Step, config, write};
use crate::world::World;
use terrane::Tool;

fn world() -> World {
    let world = World::empty();
    world.write("terrane.toml", config("sqlite:app.db"));
    world
}

fn steps(alone: bool) -> Vec<Step> {
    let mut step = Step::new("t", &["CREATE TABLE t (a int);"], &["DROP TABLE t;"]);
    step.alone = alone;
    vec![step]
}

#[test]
fn a_tool_is_recognised_by_what_only_it_has() {
    for tool in [Tool::Sqlx, Tool::Diesel, Tool::Dbmate, Tool::Goose, Tool::Flyway] {
        let world = world();
        write(&world, tool, &steps(tool == Tool::Sqlx));
        let outcome = world.run(&["import", "migrations"]);
        let expected = format!("the files are those of {tool}: ");
        assert!(outcome.err.contains(&expected), "{tool}: {}", outcome.all());
        outcome.expect(0);
    }
}

#[test]
fn two_tools_that_fit_are_asked_about() {
    for (tool, others) in [
        (Tool::Sqlx, "sqlx, golang-migrate"),
        (Tool::Refinery, "refinery, flyway"),
    ] {
        let world = world();
        write(&world, tool, &steps(false));
        let said = world.exits(2, &["import", "migrations"]);
        let expected = format!("error[C016 which-tool]: the files in `migrations` fit several tools: {others}");
        assert!(said.contains(&expected), "{said}");
        assert!(said.contains(&format!("`--from {tool}`")), "{said}");
        world.ok(&["import", "migrations", "--from", tool.name()]);
    }
}

#[test]
fn a_folder_of_no_tool_is_named_with_what_is_known() {
    let world = world();
    world.write("migrations/notes.txt", "nothing");
    let said = world.exits(2, &["import", "migrations"]);
    assert!(
        said.contains("`migrations` holds no migrations of a tool that is known"),
        "{said}"
    );
    assert!(said.contains("goose `VERSION_NAME.sql` with `-- +goose Up`"), "{said}");
    let said = world.exits(2, &["import", "migrations", "--from", "flyway"]);
    assert!(said.contains("`migrations` holds no migration of flyway"), "{said}");
    let said = world.exits(1, &["import", "nowhere"]);
    assert!(
        said.contains("cannot read the folder `nowhere`: it is not there"),
        "{said}"
    );
    let said = world.exits(2, &["import", "migrations", "--from", "liquibase"]);
    assert!(said.contains("one of sqlx, refinery"), "{said}");
}

#[test]
fn a_layer_with_a_history_takes_no_other() {
    let world = world();
    write(&world, Tool::Goose, &steps(false));
    world.ok(&["import", "migrations"]);
    let said = world.exits(1, &["import", "migrations"]);
    assert!(
        said.contains("layer `blog` has a history already: revision `blog_00001`"),
        "{said}"
    );
}

#[test]
fn the_folder_of_the_layer_itself_is_not_imported() {
    let world = world();
    world.edit("terrane.toml", "versions = \"blog\"", "versions = \"migrations\"");
    world.write("migrations/.keep", "");
    let said = world.exits(2, &["import", "migrations", "--from", "sqlx"]);
    assert!(said.contains("holds no migration of sqlx"), "{said}");
    write(&world, Tool::Goose, &steps(false));
    let said = world.exits(1, &["import", "migrations"]);
    assert!(said.contains("S004"), "{said}");
}

#[test]
fn a_file_that_the_tool_passes_over_is_told_of() {
    let world = world();
    write(&world, Tool::Sqlx, &steps(true));
    world.write("migrations/schema.sql", "CREATE TABLE other (a int);");
    world.write("migrations/README.md", "what they are");
    let outcome = world.run(&["import", "migrations"]);
    let told = "warning[S018 passed-over]: `migrations/schema.sql` is no migration to sqlx, and is left out";
    assert!(
        outcome.err.contains(told) && !outcome.err.contains("README"),
        "{}",
        outcome.err
    );
    outcome.expect(0);
}
