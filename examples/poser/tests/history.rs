//! The history of poser amounts to what its entities say, and every downgrade undoes its upgrade.

#[path = "../../rattail/tests/replay/mod.rs"]
mod replay;

use poser as _;

#[test]
fn the_history_amounts_to_the_models() {
    let revisions = replay::revisions(&["src/db/versions"]);
    assert_eq!(revisions.len(), 4);
    assert_eq!(revisions[0].branch_labels, ["poser"]);
    let models = replay::models(&terrane_sea_orm::models!(poser::db::model));
    assert_eq!(models.tables.len(), 5);
    assert!(models.tables.keys().all(|name| name.name.key().starts_with("poser_")));
    replay::assert_same(&replay::history(&revisions), &models, "history, against models");
}
