//! refinery: `V1__name.sql`, and `U1__name.sql` for one that may come late.

use super::checksum;
use super::folder::Found;
use super::original::{Reading, number, words};
use super::pairs::{Named, Pairs};
use terrane_core::revision::Way;

pub(super) fn read(files: &[Found]) -> Reading {
    let mut reading = Reading::default();
    let mut pairs = Pairs::new();
    for file in files {
        let Some((version, title, ending)) = parted(file.name()) else {
            reading.passed_over(file, "refinery");
            continue;
        };
        if ending != "sql" {
            let why = "is a migration in Rust, which makes its SQL when it runs";
            reading.refused(file, why, "Write the SQL that it makes into a `.sql` of the same name.");
            continue;
        }
        let Some(key) = number(version) else {
            reading.refused(file, "has a version that refinery refuses", "Give it a whole number.");
            continue;
        };
        let named = Named {
            version: key.to_string(),
            written: version.to_owned(),
            title: words(title),
        };
        pairs.add(key, named, Way::Upgrade, file, &mut reading);
    }
    pairs.finish(
        &mut reading,
        |_| true,
        |named, file| {
            let name = parted(file.name()).map_or("", |(_, title, _)| title);
            number(&named.version).map_or_else(Vec::new, |version| {
                checksum::refinery(name, version, file.source.text())
            })
        },
    );
    reading
}

/// The version, the name and the ending of a file that refinery takes for a migration.
pub(super) fn parted(name: &str) -> Option<(&str, &str, &str)> {
    let (version, rest) = name.strip_prefix(['V', 'U'])?.split_once("__")?;
    let (title, ending) = rest.rsplit_once('.')?;
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_title = !title.is_empty() && title.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_version && is_title && matches!(ending, "sql" | "rs")).then_some((version, title, ending))
}
