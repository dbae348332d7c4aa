//! The vendor releases three revisions more, and the app upgrades without touching its own.

use std::path::Path;
use terrane::core::name::LayerName;
use terrane::{Config, Destination, Layer, Project, Silent};

fn project(layers: &[Layer], folder: &Path) -> Project {
    let mut config = Config::compiled(layers).unwrap();
    config.url = Some(format!("sqlite:{}", folder.join("poser.db").display()).into());
    Project::new(config).with_calls(layers)
}

/// Upgrades, and tells what was applied.
async fn upgrade(layers: &[Layer], folder: &Path) -> Vec<String> {
    let project = project(layers, folder);
    let applied = project
        .migrate(Destination::Upgrade("heads"), &mut Silent)
        .await
        .unwrap();
    let step = |step: &terrane::Applied| format!("{} {}", step.layer, step.revision.as_ref().unwrap());
    applied.iter().map(step).collect()
}

/// Says where the models of a layer and the database differ.
async fn differences(layers: &[Layer], folder: &Path, layer: &str) -> Vec<String> {
    let project = project(layers, folder);
    let history = project.history().unwrap();
    let comparison = project.compare(&history, &LayerName::new(layer)).await.unwrap();
    assert!(comparison.warnings.is_empty(), "{:?}", comparison.warnings);
    comparison.delta.ops.iter().map(|op| op.describe()).collect()
}

#[tokio::test]
async fn models_history_and_database_agree() {
    let layers = [rattail::layer(), poser::layer()];
    let folder = tempfile::tempdir().unwrap();
    upgrade(&layers, folder.path()).await;
    for layer in ["rattail", "poser"] {
        assert_eq!(differences(&layers, folder.path(), layer).await, Vec::<String>::new());
    }
    let project = project(&layers, folder.path());
    assert!(project.edited(&project.history().unwrap()).await.unwrap().is_empty());
}

/// Where the feature `next` is on, the release is part of the layer already.
#[cfg(not(feature = "next"))]
#[tokio::test]
async fn a_release_of_the_vendors_takes_nothing_of_the_apps() {
    /// The folder is there, and has the last word.
    const RELEASE: terrane::model::Revisions = terrane::model::Revisions {
        folder: concat!(env!("CARGO_MANIFEST_DIR"), "/../rattail/src/db/versions_next"),
        files: &[],
    };
    let today = [rattail::layer(), poser::layer()];
    let released = [rattail::layer().revisions(RELEASE), poser::layer()];
    let folder = tempfile::tempdir().unwrap();
    let first = upgrade(&today, folder.path()).await;
    let then = upgrade(&released, folder.path()).await;
    assert!(
        then.len() == 3 && then.iter().all(|step| step.starts_with("rattail ")),
        "{then:?}"
    );

    // Who starts anew gets the same in the same order, with what is new where its date puts it.
    let fresh = tempfile::tempdir().unwrap();
    let all = upgrade(&released, fresh.path()).await;
    let known: Vec<&String> = all.iter().filter(|step| first.contains(step)).collect();
    assert_eq!(known, first.iter().collect::<Vec<_>>());
    assert_ne!(
        all[..first.len()],
        first[..],
        "one of the new ones is dated between the app's"
    );

    for folder in [&folder, &fresh] {
        assert_eq!(
            differences(&released, folder.path(), "poser").await,
            Vec::<String>::new()
        );
    }
}
