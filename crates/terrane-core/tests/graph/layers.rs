//! Several layers in one graph: every layer always shows where it stands.

use crate::notation::{check, graph, rows, run};

/// A vendor's base and an app on it, as autogenerate writes them.
const STORY: &str = "A rattail, A->B rattail, Bx poser after A, Bx->Cx poser after B, B->C rattail";

#[test]
fn what_another_layer_depends_on_keeps_its_row() {
    check(STORY, "", "up poser@head", "A B Bx Cx => poser:Cx rattail:B");
    check(
        STORY,
        "",
        "up heads",
        "A B Bx Cx C => poser:Cx rattail:C"
            .replace("Bx Cx C", "Bx C Cx")
            .as_str(),
    );
    check(STORY, "Cx B", "up rattail@head", "C => poser:Cx rattail:C");
}

#[test]
fn one_layer_alone_behaves_as_under_alembic() {
    let alone = "A, A->B, Bx after A, Bx->Cx after B";
    check(alone, "", "up heads", "A B Bx Cx => Cx");
    check(alone, "Cx", "down Bx", "Cx => B Bx");
}

#[test]
fn a_downgrade_of_the_vendor_takes_the_app_along() {
    check(STORY, "Cx C", "down A", "Cx C B => poser:Bx rattail:A");
    check(STORY, "Cx C", "down poser@base", "Cx Bx => rattail:C");
    check(STORY, "Cx C", "down poser@-1", "Cx => poser:Bx rattail:C");
    check(STORY, "Cx C", "down rattail@-1", "C => poser:Cx rattail:B");
    check(STORY, "Cx C", "down base", "Cx C Bx B A => nothing");
}

#[test]
fn a_layers_name_is_a_branch_unless_a_label_has_it() {
    check(STORY, "", "up rattail@+1", "A => rattail:A");
    check(STORY, "", "up rattail@heads", "A B C => rattail:C");
    let labelled = "A rattail, A->B rattail, A->C rattail as rattail";
    check(labelled, "", "up rattail@head", "A C => C");
}

#[test]
fn a_stamp_of_the_app_says_where_the_vendor_stands_too() {
    check(STORY, "", "stamp poser@head", "=> poser:Cx rattail:B");
    check(STORY, "", "stamp heads", "=> poser:Cx rattail:C");
    check(STORY, "Cx C", "stamp poser@base", "=> rattail:C");
    check(STORY, "Cx C", "stamp Bx", "=> poser:Bx rattail:C");
    check(STORY, "Cx C", "stamp A", "=> poser:Bx rattail:A");
    check(STORY, "Cx C", "stamp rattail@base", "=> nothing");
    check(STORY, "Cx C", "stamp base", "=> nothing");
    check(STORY, "A", "stamp Cx", "=> poser:Cx rattail:B");
}

#[test]
fn the_app_is_up_to_date_while_a_vendor_release_is_pending() {
    let graph = graph(STORY);
    let steps = run(&graph, &rows(&graph, "Cx B"), "up poser@heads").unwrap();
    assert!(steps.is_empty(), "{steps:?}");
}

#[test]
fn steps_of_one_layer_from_several_rows_must_name_it() {
    let graph = graph(STORY);
    let refused = run(&graph, &rows(&graph, "Cx C"), "down -1").unwrap_err();
    insta::assert_snapshot!(refused.message, @"`-1` could start from `Cx` or `C`, where the database stands");
    insta::assert_snapshot!(refused.help.join(" "), @"Name the branch, as in `poser@-1`, or the revision to go to.");
}

#[test]
fn one_step_is_plain_where_the_app_stands_on_all_that_is_applied() {
    check(STORY, "Cx B", "down -1", "Cx => poser:Bx rattail:B");
    check(STORY, "Bx A", "up +1", "B Cx => poser:Cx rattail:B");
    check(STORY, "", "up +1", "A => rattail:A");
    check(STORY, "", "up +2", "A B => rattail:B");
    check(STORY, "A", "up +1", "B => rattail:B");
}

#[test]
fn a_downgrade_on_one_layers_branch_does_not_end_at_a_revision_of_another() {
    let graph = graph(STORY);
    let refused = run(&graph, &rows(&graph, "Cx C"), "down rattail@Bx").unwrap_err();
    insta::assert_snapshot!(refused.message, @"revision `Bx` is not on the branch `rattail`");
    check(STORY, "Cx C", "down poser@Bx", "Cx => poser:Bx rattail:C");
    check(STORY, "Cx B", "down poser@head", "=> poser:Cx rattail:B");
}
