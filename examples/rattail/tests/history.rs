//! The history of rattail amounts to what its entities say, and every downgrade undoes its upgrade.

mod replay;

use rattail as _;

#[test]
fn the_history_amounts_to_the_models() {
    let mut folders = vec!["src/db/versions"];
    if cfg!(feature = "next") {
        folders.push("src/db/versions_next");
    }
    let revisions = replay::revisions(&folders);
    assert_eq!(revisions.len(), if cfg!(feature = "next") { 19 } else { 16 });
    assert_eq!(revisions[0].branch_labels, ["rattail"]);
    assert!(revisions.is_sorted_by_key(|revision| revision.created));
    let models = replay::models(&terrane_sea_orm::models!(rattail::db::model));
    assert_eq!(models.tables.len(), if cfg!(feature = "next") { 28 } else { 27 });
    replay::assert_same(&replay::history(&revisions), &models, "history, against models");
}
