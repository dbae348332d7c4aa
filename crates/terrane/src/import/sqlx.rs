//! sqlx: `VERSION_NAME.sql`, or `VERSION_NAME.up.sql` and `VERSION_NAME.down.sql`.

use super::checksum;
use super::folder::Found;
use super::original::{Reading, number, words};
use super::pairs::{Named, Pairs};
use terrane_core::revision::Way;

/// How a file begins that runs in no transaction.
pub(super) const ALONE: &str = "-- no-transaction";

pub(super) fn read(files: &[Found]) -> Reading {
    let mut reading = Reading::default();
    let mut pairs = Pairs::new();
    for file in files {
        let Some((version, rest)) = file.top().and_then(parted) else {
            reading.passed_over(file, "sqlx");
            continue;
        };
        let Some(key) = number(version) else {
            let why = "has a version that is no number that fits into 64 bits, which sqlx refuses";
            reading.refused(file, why, "Name it `VERSION_NAME.sql`, or take it away.");
            continue;
        };
        let (way, title) = way(rest);
        let named = Named {
            version: key.to_string(),
            written: version.to_owned(),
            title: words(title),
        };
        pairs.add(key, named, way, file, &mut reading);
    }
    pairs.finish(
        &mut reading,
        |file| !file.raw().starts_with(ALONE),
        |_, file| vec![checksum::sha384(&file.raw())],
    );
    reading
}

/// The version of a name and the rest of it, if sqlx takes it for a migration.
fn parted(name: &str) -> Option<(&str, &str)> {
    let (version, rest) = name.split_once('_')?;
    rest.ends_with(".sql").then_some((version, rest))
}

fn way(rest: &str) -> (Way, &str) {
    match (rest.strip_suffix(".down.sql"), rest.strip_suffix(".up.sql")) {
        (Some(title), _) => (Way::Downgrade, title),
        (None, Some(title)) => (Way::Upgrade, title),
        (None, None) => (Way::Upgrade, rest.strip_suffix(".sql").unwrap_or(rest)),
    }
}
