//! The probe that stands behind every upgrade of a test on SQLite: what could be used before can be used after it, each
//! trigger, view, index and foreign key of every layer.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use terrane::{Database, OpenMode};

/// What in a database made no sense before an upgrade.
#[derive(Debug)]
pub struct Whole(BTreeSet<String>);

impl Whole {
    /// Looks at a file of SQLite's; one that is not there, or that cannot be looked at, holds nothing.
    pub async fn look(file: &Path) -> Whole {
        Whole(broken(file).await)
    }

    /// Looks again.
    ///
    /// # Panics
    /// Something is broken that was not.
    #[track_caller]
    pub fn still(&self, now: &Whole) {
        let worse: Vec<&String> = now.0.difference(&self.0).collect();
        assert!(worse.is_empty(), "broken by an upgrade that succeeded: {worse:#?}");
    }
}

async fn broken(file: &Path) -> BTreeSet<String> {
    if !file.is_file() {
        return BTreeSet::new();
    }
    let url = format!("sqlite:{}", file.display());
    let opened = Database::open(&url, Path::new(""), OpenMode::Read, Duration::from_secs(5)).await;
    let Ok(Some(mut database)) = opened else {
        return BTreeSet::new();
    };
    let found = database.broken().await.unwrap_or_default();
    let _looked_only = database.close().await;
    // What only the app can evaluate may well be whole.
    let found = found.iter().filter(|broken| !broken.is_of_the_app);
    // What SQLite says of a trigger names the first thing that it met; what is broken is the trigger.
    found
        .map(|broken| format!("{} {} of {}", broken.kind, broken.name, broken.on))
        .collect()
}
