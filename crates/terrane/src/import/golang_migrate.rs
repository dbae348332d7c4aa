//! golang-migrate: `VERSION_NAME.up.sql` and `VERSION_NAME.down.sql`.

use super::folder::Found;
use super::original::{Reading, number, numbered, words};
use super::pairs::{Named, Pairs};
use terrane_core::revision::Way;

pub(super) fn read(files: &[Found]) -> Reading {
    let mut reading = Reading::default();
    let mut pairs = Pairs::new();
    for file in files {
        let Some((digits, title, way, ending)) = file.top().and_then(parted) else {
            reading.passed_over(file, "golang-migrate");
            continue;
        };
        if ending != "sql" {
            let why = "is a migration to golang-migrate, and no SQL as its ending says";
            reading.refused(file, why, "Rename it to `.sql`, if SQL is what it holds.");
            continue;
        }
        let Some(key) = number(digits) else {
            reading.refused(file, "has a version of more than 63 bits", "Give it a smaller one.");
            continue;
        };
        let named = Named {
            version: key.to_string(),
            written: digits.to_owned(),
            title: words(title),
        };
        pairs.add(key, named, way, file, &mut reading);
    }
    // golang-migrate hands a file over in one piece, which a server runs as one transaction; it has no mark to say otherwise.
    pairs.finish(&mut reading, |_| true, |_, _| Vec::new());
    reading
}

/// The version, the title, the direction and the ending that a name tells.
pub(super) fn parted(name: &str) -> Option<(&str, &str, Way, &str)> {
    let (digits, rest) = numbered(name)?;
    let find = |mark: &str, way| {
        let at = rest.rfind(mark)?;
        Some((digits, &rest[..at], way, &rest[at + mark.len()..]))
    };
    find(".up.", Way::Upgrade).or_else(|| find(".down.", Way::Downgrade))
}
