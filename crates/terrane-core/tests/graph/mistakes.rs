//! What the graph says to those who made a mistake.

use insta::assert_snapshot;
use terrane_core::graph::{Graph, GraphError, RevisionId, Splice};

use crate::notation::{graph, id, layer, nodes, rows, run};

fn show(error: &GraphError) -> String {
    let help: String = error.help.iter().map(|help| format!("\n  help: {help}")).collect();
    format!("{}: {}{help}", error.code.id, error.message)
}

/// All that is wrong with a graph.
fn faults(text: &str) -> String {
    let errors = Graph::new(nodes(text)).expect_err("the graph is sound");
    errors.iter().map(show).collect::<Vec<_>>().join("\n")
}

/// What is said to a command.
fn refusal(text: &str, from: &str, command: &str) -> String {
    let graph = graph(text);
    show(&run(&graph, &rows(&graph, from), command).expect_err("the command is accepted"))
}

#[test]
fn circles() {
    assert_snapshot!(faults("a->a"), @r"
    G006: revision `a` revises itself
      help: Correct its `Revises:`; leave it empty for a base.
    ");
    assert_snapshot!(faults("a after a"), @r"
    G006: revision `a` depends on itself
      help: Remove `a` from its `Depends On:`.
    ");
    assert_snapshot!(faults("c->a, a->b, b->c, c->d"), @r"
    G006: revisions `a`, `b` and `c` revise one another in a circle
      help: Correct the `Revises:` of one of them, so that one of them can be first.
    ");
    assert_snapshot!(faults("a after y, x, x->y after a"), @r"
    G006: revisions `a` and `y` depend on one another in a circle
      help: Correct the `Depends On:` of one of them, so that one of them can be first.
    ");
}

#[test]
fn missing_and_repeated_revisions() {
    assert_snapshot!(faults("a, a"), @r"
    G001: two revisions carry the id `a`
      help: Give one of them another id, and mend what refers to it.
    ");
    assert_snapshot!(faults("a, gone->b"), @r"
    G002: revision `b` revises `gone`, which is not there
      help: Restore the file of `gone`, or correct `Revises:` in `b`.
    ");
    assert_snapshot!(faults("8d1f0c2a7b34, 8d1f0c2a7b43->b"), @r"
    G002: revision `b` revises `8d1f0c2a7b43`, which is not there
      help: Restore the file of `8d1f0c2a7b43`, or write `8d1f0c2a7b34` if that is meant.
    ");
    assert_snapshot!(faults("a as web, web->b"), @r"
    G002: revision `b` revises `web`, which is not there
      help: Write `a`, the revision that carries the branch label `web`.
    ");
    assert_snapshot!(faults("a, b after gone"), @r"
    G002: revision `b` depends on `gone`, which is not there
      help: Restore the file of `gone`, or correct `Depends On:` in `b`.
    ");
    assert_snapshot!(faults("abcd1, abcd2, b after abcd"), @r"
    G005: revision `b` depends on `abcd`, and `abcd1` and `abcd2` begin so
      help: Write the whole id in its `Depends On:`.
    ");
}

#[test]
fn labels() {
    assert_snapshot!(faults("a as web, b as web"), @r"
    G007: the branch label `web` is carried by revision `a` and by revision `b`
      help: Give the branch of `b` another label; a label stands on the first revision of its branch only.
    ");
    assert_snapshot!(faults("a as b, b"), @r"
    G007: the branch label `b` of revision `a` is also the id of a revision
      help: Give the branch of `a` another label; a label stands on the first revision of its branch only.
    ");
    assert_snapshot!(faults("a as web web"), @r"
    G007: revision `a` carries the branch label `web` twice
      help: Give the branch of `a` another label; a label stands on the first revision of its branch only.
    ");
    assert_snapshot!(faults("a as heads"), @r"
    G015: revision `a` carries the branch label `heads`, which no target can name
      help: Write a label without `@`, `:`, commas and spaces that is not `head`, `heads`, `base` or `current`.
    ");
    assert_snapshot!(faults("a as x@y"), @r"
    G015: revision `a` carries the branch label `x@y`, which no target can name
      help: Write a label without `@`, `:`, commas and spaces that is not `head`, `heads`, `base` or `current`.
    ");
}

#[test]
fn all_faults_are_reported_in_an_order_of_their_own() {
    let forwards = faults("a, a, b->b, gone->c, d as c");
    assert_snapshot!(forwards, @r"
    G001: two revisions carry the id `a`
      help: Give one of them another id, and mend what refers to it.
    G007: the branch label `c` of revision `d` is also the id of a revision
      help: Give the branch of `d` another label; a label stands on the first revision of its branch only.
    G006: revision `b` revises itself
      help: Correct its `Revises:`; leave it empty for a base.
    G002: revision `c` revises `gone`, which is not there
      help: Restore the file of `gone`, or correct `Revises:` in `c`.
    ");
    assert_eq!(forwards, faults("d as c, gone->c, b->b, a, a"));
}

#[test]
fn ids() {
    let refused = |text| show(&RevisionId::parse(text).expect_err("the id is accepted"));
    assert_snapshot!(refused(""), @r"
    G012: a revision id may not be empty
      help: Write an id of letters, digits and underscores, such as `8d1f0c2a7b34`.
    ");
    assert_snapshot!(refused("a-b"), @r"
    G012: `-` is not allowed in the revision id `a-b`
      help: Write an id of letters, digits and underscores, such as `8d1f0c2a7b34`.
    ");
    assert_snapshot!(refused("a b"), @r"
    G012: ` ` is not allowed in the revision id `a b`
      help: Write an id of letters, digits and underscores, such as `8d1f0c2a7b34`.
    ");
    assert_snapshot!(refused("head"), @r"
    G012: `head` means something in targets, and cannot be the id of a revision
      help: Write an id of letters, digits and underscores, such as `8d1f0c2a7b34`.
    ");
}

#[test]
fn unknown_and_ambiguous_names() {
    let two = "abcd1 as poser, abcd2 as rattail";
    assert_snapshot!(refusal(two, "", "up abcd"), @r"
    G005: `abcd1` and `abcd2` begin with `abcd`
      help: Give more characters.
    ");
    assert_snapshot!(refusal(two, "", "up zzzz"), @r"
    G004: no revision and no branch label is `zzzz`, or begins so
      help: List the revisions with `history`, and the branch labels with `heads`.
    ");
    assert_snapshot!(refusal(two, "", "up rattial@head"), @r"
    G004: no revision and no branch label is `rattial`, or begins so
      help: Write `rattail` if that is meant.
    ");
    assert_snapshot!(refusal(two, "abcd1", "down rattial@base"), @r"
    G004: no revision and no branch label is `rattial`, or begins so
      help: Write `rattail` if that is meant.
    ");
    assert_snapshot!(refusal("a rattail, b poser", "", "up rattail"), @r"
    G004: `rattail` is a layer, and its name alone stands for no revision
      help: Write `rattail@head`, `rattail@heads` or `rattail@base`.
    ");
    assert_snapshot!(refusal(two, "gone", "up heads"), @r"
    G004: the database stands at revision `gone` of layer `app`, and there is no such revision
      help: Restore the file of `gone`, or state where the database stands with `stamp --purge`.
    ");
}

#[test]
fn several_heads() {
    assert_snapshot!(refusal("a as poser, b as rattail", "", "up head"), @r"
    G003: `head` stands for one revision, and there are `a` and `b`
      help: Name one of them (`poser@head` or `rattail@head`), name all (`heads`), or join them with `merge`.
    ");
    assert_snapshot!(refusal("a rattail, b poser", "", "up head"), @r"
    G003: `head` stands for one revision, and there are `a` and `b`
      help: Name one of them (`rattail@head` or `poser@head`), name all (`heads`), or join them with `merge`.
    ");
    assert_snapshot!(refusal("a as web, a->b, a->c", "", "up web@head"), @r"
    G003: `web@head` stands for one revision, and there are `b` and `c`
      help: Name one of them (`b` or `c`), name all (`web@heads`), or join them with `merge`.
    ");
    assert_snapshot!(refusal("a, b, c, d, e, f, g, h", "", "up head"), @r"
    G003: `head` stands for one revision, and there are `a`, `b`, `c`, `d`, `e` and 3 more
      help: Name one of them (`a`, `b`, `c` or `d`), name all (`heads`), or join them with `merge`.
    ");
}

#[test]
fn relative_targets() {
    let line = "a as web, a->b";
    assert_snapshot!(refusal(line, "a", "up +2"), @r"
    G009: `+2` walks past the end of the history, which is `b`
      help: Take one step fewer, or name `head`.
    ");
    assert_snapshot!(refusal(line, "b", "down -3"), @r"
    G009: `-3` walks past the end of the history, which is the base
      help: Take one step fewer, or name `base`.
    ");
    assert_snapshot!(refusal(line, "b", "up -1"), @r"
    G009: `-1` leads the wrong way: an upgrade goes up
      help: Use `+N` with `upgrade` and `-N` with `downgrade`, or name the revision to go to.
    ");
    assert_snapshot!(refusal(line, "a", "down +1"), @r"
    G009: `+1` leads the wrong way: a downgrade goes down
      help: Use `+N` with `upgrade` and `-N` with `downgrade`, or name the revision to go to.
    ");
    assert_snapshot!(refusal(line, "", "down -1"), @r"
    G009: `-1` has nowhere to start: nothing is applied
      help: Look at where the database stands with `current`.
    ");
    assert_snapshot!(refusal(line, "", "down web@-1"), @r"
    G009: `web@-1` has nowhere to start: nothing of `web` is applied
      help: Look at where the database stands with `current`.
    ");
    assert_snapshot!(refusal(line, "", "up base-1"), @r"
    G009: `base-1` walks past the end of the history, which is the base
      help: Take one step fewer, or name `base`.
    ");
    assert_snapshot!(refusal(line, "a", "stamp web@-1"), @r"
    G014: the target `web@-1` is relative, and a stamp says outright where the database stands
      help: Name the revision itself; `history` lists the ids.
    ");
    assert_snapshot!(refusal("a, a->b, a->c", "a", "up +1"), @r"
    G009: a step from `a` could go to `b` or `c`
      help: Name the revision to go to, or put the branch before the steps, as in `label@+1`.
    ");
    assert_snapshot!(refusal("a, a->b, a->c", "b c", "up +1"), @r"
    G009: `+1` could start from `b` or `c`, where the database stands
      help: Name the revision to go to.
    ");
    assert_snapshot!(refusal("a rattail, b poser", "a b", "up +1"), @r"
    G009: `+1` could start from `b` or `a`, where the database stands
      help: Name the branch, as in `poser@+1`, or the revision to go to.
    ");
    assert_snapshot!(refusal("a, a->b, a->c, b+c->d", "d", "down -1"), @r"
    G009: a step from `d` could go to `b` or `c`
      help: Name the revision to go to.
    ");
}

#[test]
fn the_wrong_place() {
    let two = "a as web, a->b, x as side, x->y";
    assert_snapshot!(refusal(two, "", "up web@y"), @r"
    G008: revision `y` is not on the branch `web`
      help: Write `y` without a branch; it is on `side`.
    ");
    assert_snapshot!(refusal(two, "b", "down y"), @r"
    G010: cannot go down to `y`: it is not applied, and the database stands at `b`
      help: Use `upgrade y` if it is to be applied.
    ");
    assert_snapshot!(refusal(two, "", "down a"), @r"
    G010: cannot go down to `a`: nothing is applied
      help: Use `upgrade a` if it is to be applied.
    ");
    assert_snapshot!(refusal("a as web, a->b, a->c", "b c", "down web@a"), @r"
    G008: nothing directly above `a` leads to `web`, the branch that `web@a` names
      help: Name the revision to go down to without a branch.
    ");
}

#[test]
fn revisions_on_one_line() {
    assert_snapshot!(refusal("a, a->b", "a b", "up heads"), @r"
    G011: the version rows `a` and `b` stand on one line: `a` comes before `b`
      help: State where the database stands with `stamp --purge b`, and with every other row it has.
    ");
    assert_snapshot!(refusal("a, a->b", "", "stamp a b"), @r"
    G011: the targets `a` and `b` stand on one line: `a` comes before `b`
      help: Stamp `b` alone; it implies the other.
    ");
    assert_snapshot!(refusal("r as web, r->a, r->b after a", "", "up web@heads"), @r"
    G011: `web@heads` asks for several revisions: `a` and `b` stand on one line: `a` comes before `b`
      help: Ask for `b` alone.
    ");
    assert_snapshot!(refusal("a, a->b, b->c", "a c", "stamp b"), @r"
    G011: `b` lies between two version rows, which stand on one line
      help: State where the database stands with `stamp --purge b`.
    ");
}

#[test]
fn new_revisions() {
    let fork = graph("a, a->b, a->c");
    let refused = |places: &[&str], splice| show(&fork.parents_for(places, splice).expect_err("they are accepted"));
    assert_snapshot!(refused(&["a"], Splice::Refuse), @r"
    G013: revision `a` is no head: it is continued by `b` and `c`
      help: Continue a head, or ask for a branch with `--splice`.
    ");
    assert_snapshot!(refused(&["a", "b"], Splice::Allow), @r"
    G011: the revisions to continue, `a` and `b` stand on one line: `a` comes before `b`
      help: Continue `b` alone.
    ");
    let ids = |places: &[&str], splice| {
        let parents = fork.parents_for(places, splice).unwrap();
        parents
            .iter()
            .map(|node| node.id.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(ids(&["a"], Splice::Allow), "a");
    assert_eq!(ids(&["heads"], Splice::Refuse), "b c");
    assert_eq!(ids(&["c", "b", "c"], Splice::Refuse), "b c");
    assert_eq!(ids(&["base"], Splice::Refuse), "");
}

#[test]
fn rows_of_another_layer() {
    let graph = graph("a rattail, b poser");
    let rows = [(layer("poser"), id("a"))].into_iter().collect();
    assert_snapshot!(show(&graph.upgrade(&rows, "heads").expect_err("the row is accepted")), @r"
    G016: the database has `a` among the rows of layer `poser`, and it belongs to layer `rattail`
      help: If layer `poser` is called `rattail` now, run `terrane adopt --from poser --to rattail`.
      help: Otherwise move the file of `a` back to `poser`, or state where the database stands with `stamp --purge`.
    ");
}

#[test]
fn texts_that_are_no_targets() {
    for text in ["", "@head", "web@", "a@b@c", "a:b", "a b", "a,b"] {
        let graph = graph("a");
        let error = graph.resolve(text).expect_err("the target is accepted");
        assert_eq!(error.code.id, "G014", "{text}: {error}");
    }
    assert_snapshot!(show(&graph("a").resolve("a:b").expect_err("a range")), @r"
    G014: the target `a:b` is a range, where one target is asked for
      help: Name the end to go to only.
    ");
    assert_snapshot!(show(&graph("a").resolve("@head").expect_err("no branch")), @r"
    G014: the target `@head` names no branch before its `@`
      help: Write `head`, `heads`, `base`, an id or its beginning, a branch label, `label@head`, `+1` or `id-2`.
    ");
    assert_snapshot!(show(&graph("a").resolve("a+1").expect_err("steps")), @r"
    G014: the target `a+1` is counted from another revision, and here one is to be named
      help: Name the revision itself; `history` lists the ids.
    ");
    assert_snapshot!(show(&graph("a").history("a", &rows(&graph("a"), "")).expect_err("no range")), @r"
    G014: `a` is no range
      help: Write `from:to`, `from:` or `:to`.
    ");
    assert_snapshot!(show(&graph("a, a->b").history("b:a", &rows(&graph("a"), "")).expect_err("downwards")), @r"
    G010: the range `b:a` does not lead upwards: `a` does not build on `b`
      help: Swap the two ends: the older one comes first.
    ");
}
