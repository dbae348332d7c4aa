//! The command line.

use crate::world::{World, revision};
use insta::assert_snapshot;

fn shop() -> World {
    let world = World::open_shop();
    world.write(
        "poser/2b00.sql",
        revision("2b00", "2a00", &[], "-- upgrade\n-- downgrade\n"),
    );
    world.write(
        "poser/2b11.sql",
        revision("2b11", "2b00", &[], "-- upgrade\n-- downgrade\n"),
    );
    world
}

#[test]
fn an_unknown_layer() {
    let world = shop();
    assert_snapshot!(world.exits(2, &["check", "--layer", "posr"]), @r"
    error[C003 unknown-layer]: there is no layer `posr`
     |
     = help: Name one of `rattail`, `poser`.
    ");
    assert_snapshot!(world.exits(2, &["revision", "--layer", "posr", "-m", "x"]), @r"
    error[C003 unknown-layer]: there is no layer `posr`
     |
     = help: Name one of `rattail`, `poser`.
    ");
    assert_snapshot!(world.exits(1, &["upgrade", "posr@head"]), @r"
    error[G004 unknown-revision]: no revision and no branch label is `posr`, or begins so
     |
     = help: Write `poser` if that is meant.
    ");
}

#[test]
fn an_unknown_revision() {
    let world = shop();
    assert_snapshot!(world.exits(1, &["upgrade", "ffff"]), @r"
    error[G004 unknown-revision]: no revision and no branch label is `ffff`, or begins so
     |
     = help: List the revisions with `history`, and the branch labels with `heads`.
    ");
    assert_snapshot!(world.exits(1, &["show", "ffff"]), @r"
    error[G004 unknown-revision]: no revision and no branch label is `ffff`, or begins so
     |
     = help: List the revisions with `history`, and the branch labels with `heads`.
    ");
    assert_snapshot!(world.exits(1, &["stamp", "ffff"]), @r"
    error[G004 unknown-revision]: no revision and no branch label is `ffff`, or begins so
     |
     = help: List the revisions with `history`, and the branch labels with `heads`.
    ");
}

#[test]
fn the_beginning_of_several() {
    assert_snapshot!(shop().exits(1, &["upgrade", "2b"]), @r"
    error[G005 ambiguous-revision]: `2b00` and `2b11` begin with `2b`
     |
     = help: Give more characters.
    ");
}

#[test]
fn too_far() {
    let world = shop();
    assert_snapshot!(world.exits(1, &["upgrade", "poser@+99"]), @r"
    error[G009 relative-target]: `poser@+99` walks past the end of the history, which is `2b11`
     |
     = help: Take 97 steps fewer, or name `head`.
    ");
    assert_snapshot!(world.exits(1, &["downgrade", "poser@-99"]), @r"
    error[G009 relative-target]: `poser@-99` walks past the end of the history, which is the base
     |
     = help: Take 98 steps fewer, or name `base`.
    ");
    assert_snapshot!(world.exits(1, &["upgrade", "+99"]), @r"
    error[G009 relative-target]: `+99` could start from `2a00` or `1a00`, where the database stands
     |
     = help: Name the branch, as in `poser@+1`, or the revision to go to.
    ");
}

#[test]
fn the_wrong_way() {
    let world = shop();
    assert_snapshot!(world.exits(1, &["downgrade", "2b11"]), @r"
    error[G010 not-in-range]: cannot go down to `2b11`: it is not applied, and the database stands at `2a00` and `1a00`
     |
     = help: Use `upgrade 2b11` if it is to be applied.
    ");
    assert_snapshot!(world.exits(1, &["downgrade", "+1"]), @r"
    error[G009 relative-target]: `+1` leads the wrong way: a downgrade goes down
     |
     = help: Use `+N` with `upgrade` and `-N` with `downgrade`, or name the revision to go to.
    ");
    assert_snapshot!(world.exits(1, &["upgrade", "-1"]), @r"
    error[G009 relative-target]: `-1` leads the wrong way: an upgrade goes up
     |
     = help: Use `+N` with `upgrade` and `-N` with `downgrade`, or name the revision to go to.
    ");
    assert_snapshot!(world.exits(1, &["upgrade", "2a00:2b00"]), @r"
    error[G014 bad-target]: the target `2a00:2b00` is a range, where one target is asked for
     |
     = help: Name the end to go to only.
    ");
}

#[test]
fn not_on_that_branch() {
    assert_snapshot!(shop().exits(1, &["upgrade", "rattail@2b00"]), @r"
    error[G008 not-on-branch]: revision `2b00` is not on the branch `rattail`
     |
     = help: Write `2b00` without a branch; it is on `poser`.
    ");
}

#[test]
fn one_step_back_from_several_heads() {
    assert_snapshot!(shop().exits(1, &["downgrade", "-1"]), @r"
    error[G009 relative-target]: `-1` could start from `2a00` or `1a00`, where the database stands
     |
     = help: Name the branch, as in `poser@-1`, or the revision to go to.
    ");
}

#[test]
fn new_revisions_that_continue_no_head() {
    let world = shop();
    assert_snapshot!(world.exits(1, &["revision", "--head", "2a00", "-m", "x"]), @r"
    error[G013 not-a-head]: revision `2a00` is no head: it is continued by `2b00`
     |
     = help: Continue a head, or ask for a branch with `--splice`.
    ");
    assert_snapshot!(world.exits(1, &["revision", "--head", "ffff", "-m", "x"]), @r"
    error[G004 unknown-revision]: no revision and no branch label is `ffff`, or begins so
     |
     = help: List the revisions with `history`, and the branch labels with `heads`.
    ");
    assert_snapshot!(world.exits(1, &["revision", "-m", "x"]), @r"
    error[G003 multiple-heads]: `head` stands for one revision, and there are `1a00` and `2b11`
     |
     = help: Name one of them (`rattail@head` or `poser@head`), name all (`heads`), or join them with `merge`.
    ");
    assert_snapshot!(world.exits(1, &["revision", "--layer", "poser", "--rev-id", "2a00"]), @r"
    error[G001 duplicate-revision]: there is a revision `2a00` already
     |
     = help: Choose another `--rev-id`, or leave it out.
    ");
    assert_snapshot!(world.exits(1, &["revision", "--layer", "poser", "--rev-id", "a+b"]), @r"
    error[G012 bad-revision-id]: `+` is not allowed in the revision id `a+b`
     |
     = help: Write an id of letters, digits and underscores, such as `8d1f0c2a7b34`.
    ");
    assert_snapshot!(world.exits(1, &["revision", "--layer", "poser", "--depends-on", "ffff"]), @r"
    error[G004 unknown-revision]: no revision and no branch label is `ffff`, or begins so
     |
     = help: List the revisions with `history`, and the branch labels with `heads`.
    ");
    assert_snapshot!(world.exits(2, &["revision", "--layer", "poser", "--version-path", "elsewhere"]), @r"
    error[C002 bad-configuration]: `elsewhere` is the folder of no layer's revisions
     |
     = help: Name one of `rattail`, `poser`.
    ");
    assert_snapshot!(world.exits(2, &["revision", "--layer", "poser", "--version-path", "rattail"]), @r"
    error[C002 bad-configuration]: `rattail` is the folder of no layer's revisions
     |
     = help: Name one of `rattail`, `poser`.
    ");
    assert_snapshot!(world.exits(1, &["revision", "--layer", "poser", "--head", "rattail@head"]), @r"
    error[G008 not-on-branch]: revision `1a00` belongs to layer `rattail`, and cannot be continued in `poser`
     |
     = help: Continue a head of `poser`, and depend on the other: `--depends-on 1a00`.
    ");
    assert_snapshot!(world.exits(1, &["revision", "--head", "base", "--layer", "poser", "--branch-label", "rattail", "--rev-id", "2d00"]), @r"
    error[G007 duplicate-label]: the branch label `rattail` is carried by revision `1a00` and by revision `2d00`
     |
     = help: Give the branch of `2d00` another label; a label stands on the first revision of its branch only.
    ");
    let empty = [
        "revision",
        "--head",
        "base",
        "--layer",
        "poser",
        "--branch-label",
        "",
        "--rev-id",
        "2d00",
    ];
    assert_snapshot!(world.exits(1, &empty), @r"
    error[G015 bad-branch-label]: revision `2d00` carries the branch label ``, which no target can name
     |
     = help: Write a label without `@`, `:`, commas and spaces that is not `head`, `heads`, `base` or `current`.
    ");
    assert_snapshot!(world.exits(1, &["revision", "--head", "base", "--layer", "poser", "--branch-label", "a@b", "--rev-id", "2d00"]), @r"
    error[G015 bad-branch-label]: revision `2d00` carries the branch label `a@b`, which no target can name
     |
     = help: Write a label without `@`, `:`, commas and spaces that is not `head`, `heads`, `base` or `current`.
    ");
}

#[test]
fn merges_of_what_cannot_be_merged() {
    let world = shop();
    assert_snapshot!(world.exits(1, &["merge", "heads"]), @r"
    error[G013 not-a-head]: heads of different layers cannot be merged
     |
     = help: Let a revision of one depend on the other: `--depends-on`.
    ");
    assert_snapshot!(world.exits(1, &["merge", "poser@head"]), @r"
    error[G013 not-a-head]: a merge joins at least two heads
     |
     = help: Name them, or say `heads` for all; `terrane heads` lists them.
    ");
    assert_snapshot!(world.exits(1, &["merge", "poser@head", "2b11"]), @r"
    error[G013 not-a-head]: a merge joins at least two heads
     |
     = help: Name them, or say `heads` for all; `terrane heads` lists them.
    ");
    assert_snapshot!(world.exits(1, &["merge", "2a00", "2b11"]), @r"
    error[G013 not-a-head]: revision `2a00` is no head: it is continued by `2b00`
     |
     = help: Continue a head, or ask for a branch with `--splice`.
    ");
}

#[test]
fn ranges() {
    let world = shop();
    assert_snapshot!(world.exits(1, &["history", "-r", "2a00"]), @r"
    error[G014 bad-target]: `2a00` is no range
     |
     = help: Write `from:to`, `from:` or `:to`.
    ");
    assert_snapshot!(world.exits(1, &["history", "-r", "ffff:"]), @r"
    error[G004 unknown-revision]: no revision and no branch label is `ffff`, or begins so
     |
     = help: List the revisions with `history`, and the branch labels with `heads`.
    ");
    assert_snapshot!(world.exits(1, &["downgrade", "--sql", "poser@base"]), @r"
    error[G014 bad-target]: a downgrade without a database needs both ends
     |
     = help: Say `downgrade --sql FROM:TO`.
    ");
}

#[test]
fn editors() {
    let world = shop();
    let edit = |editor: &str| world.unchanged(1, || world.run_with("", &[("EDITOR", editor)], &["edit", "2a00"]));
    assert_snapshot!(edit("false"), @"error[X005 cannot-write]: the editor `false` failed with exit code 1");
    assert_snapshot!(edit("no-such-editor"), @r"
    error[X005 cannot-write]: cannot start the editor `no-such-editor`: it is not there
     |
     = help: Set EDITOR to an editor that is there.
    ");
}

#[test]
fn arguments_that_clap_refuses() {
    let world = shop();
    for arguments in [
        &["downgrade"][..],
        &["frobnicate"],
        &["upgrade", "heads", "--frobnicate"],
        &["stamp", "--purge", "--sql", "heads"],
        &["upgrade", "heads", "--lock-timeout", "soon"],
        &[],
        &["diff", "--from", "a.sql"],
        &["revision", "--sql"],
        &["upgrade", "heads", "base"],
        &["plan", "upgrade", "heads", "base"],
        &["explain", "Z999"],
    ] {
        world.exits(2, arguments);
    }
}

/// Whatever is written as a target, the answer is one of ours, and nothing is changed.
#[test]
fn oddities() {
    const ODD: [&str; 23] = [
        "",
        " ",
        ":",
        "::",
        "a:b:c",
        "@",
        "@head",
        "head@",
        "+",
        "heads+1",
        "base-1",
        "poser@",
        "poser@@head",
        "poser@+99999999999",
        "+99999999999999999999",
        "head+99999999999999999999",
        "currently",
        "é",
        "poser@é",
        "%",
        "a b",
        "'",
        "a,b",
    ];
    let world = shop();
    let before = world.files();
    for command in [
        &["upgrade"][..],
        &["downgrade"],
        &["stamp"],
        &["show"],
        &["merge"],
        &["history", "-r"],
        &["plan", "upgrade"],
        &["upgrade", "--sql"],
        &["stamp", "--sql"],
        &["revision", "--head"],
    ] {
        for odd in ODD {
            let outcome = world.run(&[command, &[odd]].concat());
            let fine = outcome.code == 1 && outcome.err.starts_with("error[G");
            // Of the history, `:` is all.
            let all = command[0] == "history" && odd == ":";
            assert!(fine || all, "{command:?} {odd:?}: {} {}", outcome.code, outcome.all());
        }
    }
    assert!(world.files() == before);
}
