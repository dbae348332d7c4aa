//! What a path runs, in which order, and the rows it leaves.

use crate::notation::{check, graph, nodes, rows};

#[test]
fn an_upgrade_runs_what_the_target_needs_and_no_more() {
    check("a, a->b, b->c", "", "up head", "a b c => c");
    check("a, a->b, b->c", "a", "up c", "b c => c");
    check("a, a->b, b->c", "c", "up a", "=> c");
    check("a, a->b, a->c, b+c->d", "", "up d", "a b c d => d");
    check("a, a->b, a->c, b+c->d", "", "up heads", "a b c d => d");
    check("a, x, x->y after a, a->b", "", "up y", "a x y => y");
    check("a, x, x->y after a, a->b", "y", "up heads", "b => b y");
}

#[test]
fn a_downgrade_takes_what_depends_on_what_goes() {
    check("a, a->b, b->c", "c", "down a", "c b => a");
    check("a, a->b, b->c", "c", "down base", "c b a => nothing");
    check("a, a->b, a->c, b+c->d", "d", "down b", "d => b c");
    check("a, a->b, x, x->y after b", "b y", "down a", "y b => a x");
    check("a as web, a->b, x, x->y after b", "y", "down web@base", "y b a => x");
}

#[test]
fn relative_targets_count_from_rows_or_names() {
    let line = "a as web, a->b, b->c, c->d";
    check(line, "", "up +2", "a b => b");
    check(line, "b", "up +1", "c => c");
    check(line, "", "up a+2", "a b c => c");
    check(line, "", "up head-1", "a b c => c");
    check(line, "", "up web@head-2", "a b => b");
    check(line, "d", "down -3", "d c b => a");
    check(line, "d", "down c-1", "d c => b");
    check(line, "d", "down a+1", "d c => b");
    check("a as web, a->b, x as app2, x->y", "b x", "up app2@+1", "y => b y");
    check("a as web, a->b, x as app2, x->y", "b y", "down web@-1", "b => a y");
}

#[test]
fn a_downgrade_from_several_rows_of_a_layer_starts_from_the_lowest_id() {
    check("a, a->b, a->c", "b c", "down -1", "b => c");
}

#[test]
fn a_label_may_look_like_steps() {
    check("a as release-2, a->b, x", "", "up release-2", "a => a");
    check("a as release-2, a->b, x", "", "up release-2@head", "a b => b");
}

#[test]
fn rows_are_the_topmost_revisions_even_with_a_redundant_dependency() {
    // Alembic crashes on the first of these and leaves `a` behind as a second row on the second.
    check("a, a->b, x, b+x->d after a", "", "up d", "a b x d => d");
    check("a, a->b, b->d after a, x", "d x", "down b", "d => b x");
}

#[test]
fn a_stamp_moves_rows_and_runs_nothing() {
    let two = "a as web, a->b, x as app2, x->y";
    check(two, "", "stamp heads", "=> b y");
    check(two, "a y", "stamp b", "=> b y");
    check(two, "b y", "stamp a", "=> a y");
    check(two, "b y", "stamp web@base", "=> y");
    check(two, "b y", "stamp base", "=> nothing");
    check(two, "b", "stamp a x", "=> a x");
    check("a, a->b, a->c, b+c->d", "d", "stamp b c", "=> b c");
    check("a, a->b, a->c, b+c->d", "b c", "stamp a", "=> a");
}

#[test]
fn dates_break_ties_before_ids() {
    check("z at 1, a at 2, m at 3", "", "up heads", "z a m => a m z");
    check("c, b, a", "", "up heads", "a b c => a b c");
    check("c, b at 1, a", "", "up heads", "a c b => a b c");
}

#[test]
fn a_vendors_later_releases_never_reorder_an_apps_history() {
    let today = "A rattail at 1, A->B rattail at 2, Bx poser at 3 after B";
    check(today, "", "up heads", "A B Bx => poser:Bx rattail:B");
    let later = format!("{today}, B->C rattail at 4, C->D rattail at 6, Bx->Cx poser at 5");
    check(&later, "", "up heads", "A B Bx C Cx D => poser:Cx rattail:D");
}

#[test]
fn history_reads_from_the_newest_down() {
    let graph = graph("a as web, a->b, b->c, x");
    let show = |range: &str, at: &str| {
        let found = graph.history(range, &rows(&graph, at)).unwrap();
        found.iter().map(|node| node.id.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(show(":", ""), "x c b a");
    assert_eq!(show("a:c", ""), "c b a");
    assert_eq!(show("b:", ""), "c b");
    assert_eq!(show(":b", ""), "b a");
    assert_eq!(show("-1:current", "b"), "b a");
    assert_eq!(show("-9:current", "b"), "b a");
    assert_eq!(show("current:web@+1", "b"), "c b");
    assert_eq!(show("a:+9", ""), "c b a");
    assert_eq!(show(":current", ""), "");
    assert_eq!(show("web@base:heads", ""), "c b a");
}

#[test]
fn an_offline_script_starts_from_the_rows_of_a_place() {
    let graph = graph("A rattail, A->B rattail, Bx poser after A");
    assert_eq!(graph.rows_at("Bx").unwrap(), rows(&graph, "A Bx"));
    assert_eq!(graph.rows_at("heads").unwrap(), rows(&graph, "B Bx"));
    assert_eq!(graph.rows_at("base").unwrap(), rows(&graph, ""));
}

#[test]
fn labels_cover_their_lineage() {
    let graph = graph("r, r->a as web, a->b, b->c as top, r->x, x->y as side, y->z, y->w");
    let show = |id: &str| graph.labels(&crate::notation::id(id)).join(" ");
    let shown: Vec<String> = nodes("r, a, b, c, x, y, z")
        .iter()
        .map(|node| format!("{}: {}", node.id, show(node.id.as_str())))
        .collect();
    assert_eq!(
        shown,
        [
            "r: ",
            "a: top web",
            "b: top web",
            "c: top web",
            "x: ",
            "y: side",
            "z: side"
        ]
    );
}
