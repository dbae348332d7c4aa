//! How revisions hang together.

use crate::world::{World, revision};
use insta::assert_snapshot;

const EMPTY: &str = "-- upgrade\n-- downgrade\n";

#[test]
fn a_cycle() {
    let world = World::shop();
    world.write("poser/2b00.sql", revision("2b00", "2c00", &[], EMPTY));
    world.write("poser/2c00.sql", revision("2c00", "2b00", &[], EMPTY));
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[G006 cycle]: revisions `2b00` and `2c00` revise one another in a circle
     --> poser/2b00.sql:3:1
      |
    3 | -- Revision ID: 2b00
      | ^^^^^^^^^^^^^^^^^^^^
      |
     ::: poser/2c00.sql:3:1
      |
    3 | -- Revision ID: 2c00
      | --------------------
      |
      = help: Correct the `Revises:` of one of them, so that one of them can be first.
    ");
}

#[test]
fn a_revision_that_continues_itself() {
    let world = World::shop();
    world.write("poser/2b00.sql", revision("2b00", "2b00", &[], EMPTY));
    assert_snapshot!(world.exits(1, &["heads"]), @r"
    error[G006 cycle]: revision `2b00` revises itself
     --> poser/2b00.sql:3:1
      |
    3 | -- Revision ID: 2b00
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = help: Correct its `Revises:`; leave it empty for a base.
    ");
}

#[test]
fn a_cycle_of_dependencies() {
    let world = World::open_shop();
    world.write(
        "rattail/1b00.sql",
        revision("1b00", "1a00", &["Depends On: 2b00"], EMPTY),
    );
    world.write("poser/2b00.sql", revision("2b00", "2a00", &["Depends On: 1b00"], EMPTY));
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[G006 cycle]: revisions `1b00` and `2b00` depend on one another in a circle
     --> rattail/1b00.sql:3:1
      |
    3 | -- Revision ID: 1b00
      | ^^^^^^^^^^^^^^^^^^^^
      |
     ::: poser/2b00.sql:3:1
      |
    3 | -- Revision ID: 2b00
      | --------------------
      |
      = help: Correct the `Depends On:` of one of them, so that one of them can be first.
    ");
}

#[test]
fn a_revision_that_depends_on_itself() {
    let world = World::open_shop();
    world.write("poser/2b00.sql", revision("2b00", "2a00", &["Depends On: 2b00"], EMPTY));
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[G006 cycle]: revision `2b00` depends on itself
     --> poser/2b00.sql:3:1
      |
    3 | -- Revision ID: 2b00
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = help: Remove `2b00` from its `Depends On:`.
    ");
}

#[test]
fn two_files_of_one_id() {
    let world = World::open_shop();
    world.write("poser/copy.sql", revision("2a00", "", &[], EMPTY));
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[G001 duplicate-revision]: two revisions carry the id `2a00`
     --> poser/2a00.sql:3:1
      |
    3 | -- Revision ID: 2a00
      | ^^^^^^^^^^^^^^^^^^^^
      |
     ::: poser/copy.sql:3:1
      |
    3 | -- Revision ID: 2a00
      | --------------------
      |
      = help: Give one of them another id, and mend what refers to it.
    ");
}

#[test]
fn parents_that_are_not_there() {
    let world = World::open_shop();
    world.write("poser/2b00.sql", revision("2b00", "gone, 2a00", &[], EMPTY));
    world.write("poser/2c00.sql", revision("2c00", "2a00", &["Depends On: lost"], EMPTY));
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[G002 missing-parent]: revision `2b00` revises `gone`, which is not there
     --> poser/2b00.sql:3:1
      |
    3 | -- Revision ID: 2b00
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = help: Restore the file of `gone`, or correct `Revises:` in `2b00`.
    error[G002 missing-parent]: revision `2c00` depends on `lost`, which is not there
     --> poser/2c00.sql:3:1
      |
    3 | -- Revision ID: 2c00
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = help: Restore the file of `lost`, or correct `Depends On:` in `2c00`.
    ");
}

#[test]
fn a_label_that_two_branches_bear() {
    let world = World::open_shop();
    world.write(
        "poser/2b00.sql",
        revision("2b00", "", &["Branch Labels: rattail"], EMPTY),
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[G007 duplicate-label]: the branch label `rattail` is carried by revision `1a00` and by revision `2b00`
     --> poser/2b00.sql:3:1
      |
    3 | -- Revision ID: 2b00
      | ^^^^^^^^^^^^^^^^^^^^
      |
     ::: rattail/1a00.sql:3:1
      |
    3 | -- Revision ID: 1a00
      | --------------------
      |
      = help: Give the branch of `2b00` another label; a label stands on the first revision of its branch only.
    ");
}

#[test]
fn several_heads_where_one_is_asked_for() {
    let world = World::shop();
    assert_snapshot!(world.exits(1, &["upgrade", "head"]), @r"
    error[G003 multiple-heads]: `head` stands for one revision, and there are `1a00` and `2a00`
     |
     = help: Name one of them (`rattail@head` or `poser@head`), name all (`heads`), or join them with `merge`.
    ");
}

#[test]
fn several_heads_of_one_layer() {
    let world = World::shop();
    world.write("poser/2b00.sql", revision("2b00", "2a00", &[], EMPTY));
    world.write("poser/2c00.sql", revision("2c00", "2a00", &[], EMPTY));
    assert_snapshot!(world.exits(1, &["upgrade", "poser@head"]), @r"
    error[G003 multiple-heads]: `poser@head` stands for one revision, and there are `2b00` and `2c00`
     |
     = help: Name one of them (`2b00` or `2c00`), name all (`poser@heads`), or join them with `merge`.
    ");
    assert_snapshot!(world.exits(1, &["revision", "--layer", "poser", "-m", "more"]), @r"
    error[G003 multiple-heads]: `poser@head` stands for one revision, and there are `2b00` and `2c00`
     |
     = help: Name one of them (`2b00` or `2c00`), name all (`poser@heads`), or join them with `merge`.
    ");
}
