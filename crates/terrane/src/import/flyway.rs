//! Flyway: `V1__name.sql`, `U1__name.sql` to undo it, `R__name.sql` that runs whenever it changes, and `.conf` beside them.

use super::checksum;
use super::folder::Found;
use super::original::{Reading, words};
use super::pairs::{Named, Pairs};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::revision::Way;
use terrane_core::text::Span;

/// How the names of files begin that Flyway runs at events.
const CALLBACKS: [&str; 3] = ["before", "after", "create"];

/// What a name is to Flyway.
enum Meant<'n> {
    /// The direction, the version, the title.
    Versioned(Way, &'n str, &'n str),
    Repeatable,
    Baseline,
    Code,
    Callback,
    Settings,
    Nothing,
}

pub(super) fn read(files: &[Found]) -> Reading {
    let mut reading = Reading::default();
    let mut pairs = Pairs::new();
    for file in files {
        match meant(file.name()) {
            Meant::Versioned(way, version, title) => {
                let settings = settings(file, files, &mut reading);
                if settings.has_placeholders {
                    placeholders(file, &mut reading);
                }
                let named = Named {
                    version: normal(version),
                    written: version.replace('_', "."),
                    title: words(title),
                };
                pairs.add(key(version), named, way, file, &mut reading);
            }
            Meant::Repeatable => reading.refused(
                file,
                "runs whenever it changes, which no revision does",
                "Let the models of the layer say what it makes, or write it as a migration with a version.",
            ),
            Meant::Baseline => reading.refused(
                file,
                "stands for the migrations before it in a new database, which no revision does",
                "Import the migrations that it stands for, without it.",
            ),
            Meant::Code => reading.refused(
                file,
                "is code, which only Flyway can run",
                "Write what it does as SQL of the same version.",
            ),
            Meant::Callback => reading.refused(
                file,
                "runs at an event of Flyway's, which Terrane does not have",
                "Write what it does into the migrations that need it, and take it away.",
            ),
            Meant::Settings => {}
            Meant::Nothing => reading.passed_over(file, "Flyway"),
        }
    }
    // What is wrong with settings was told above.
    let quiet = &mut Reading::default();
    let settings_of: Vec<(String, bool)> = files
        .iter()
        .map(|file| (file.path.clone(), settings(file, files, quiet).transactional))
        .collect();
    let transactional = |file: &Found| {
        let found = settings_of.iter().find(|(path, _)| *path == file.path);
        found.is_none_or(|(_, transactional)| *transactional)
    };
    pairs.finish(&mut reading, transactional, |_, file| {
        vec![checksum::flyway(file.source.text())]
    });
    reading
}

/// Whether a folder has something that of the tools with such names only Flyway has.
pub(super) fn is_marked(files: &[Found]) -> bool {
    let is_there = |path: &str| files.iter().any(|other| other.path == path);
    files.iter().any(|file| match meant(file.name()) {
        Meant::Versioned(Way::Upgrade, version, _) => {
            version.contains('_') || version.matches('.').count() > 1 || is_there(&format!("{}.conf", file.path))
        }
        Meant::Versioned(Way::Downgrade, version, _) => files.iter().any(|other| {
            let up = meant(other.name());
            matches!(up, Meant::Versioned(Way::Upgrade, of, _) if key(of) == key(version))
        }),
        Meant::Repeatable | Meant::Baseline | Meant::Code | Meant::Callback => true,
        Meant::Settings | Meant::Nothing => false,
    })
}

fn meant(name: &str) -> Meant<'_> {
    if name.ends_with(".conf") || name.ends_with(".toml") {
        return Meant::Settings;
    }
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return Meant::Nothing;
    };
    let parted = stem.split_once("__");
    let is_code = matches!(
        ending,
        "java" | "class" | "kt" | "py" | "ps1" | "sh" | "bat" | "cmd" | "bash"
    );
    if stem.starts_with("R__") && (ending == "sql" || is_code) {
        return Meant::Repeatable;
    }
    let versioned = parted.and_then(|(head, title)| {
        let version = head.strip_prefix(['V', 'U', 'B'])?;
        is_version(version).then_some((&head[..1], version, title))
    });
    match (versioned, ending) {
        (Some(_), _) if is_code => Meant::Code,
        (Some(("V", version, title)), "sql") => Meant::Versioned(Way::Upgrade, version, title),
        (Some(("U", version, title)), "sql") => Meant::Versioned(Way::Downgrade, version, title),
        (Some(("B", ..)), "sql") => Meant::Baseline,
        (_, "sql") if is_callback(stem) => Meant::Callback,
        _ => Meant::Nothing,
    }
}

/// `beforeMigrate`, `afterEachMigrate__name`.
fn is_callback(stem: &str) -> bool {
    let mut events = CALLBACKS.iter().filter_map(|event| stem.strip_prefix(event));
    events.any(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

fn is_version(version: &str) -> bool {
    let mut parts = version.split(['.', '_']);
    !version.is_empty() && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A version to compare by: `1.10` comes behind `1.9`, and `1.0` is `1`.
pub(super) fn key(version: &str) -> Vec<u64> {
    let parts = version.split(['.', '_']);
    let mut key: Vec<u64> = parts.map(|part| part.parse().unwrap_or(u64::MAX)).collect();
    while key.len() > 1 && key.last() == Some(&0) {
        key.pop();
    }
    key
}

/// A version in the one form in which equal ones are equal.
pub(super) fn normal(version: &str) -> String {
    let parts: Vec<String> = key(version).iter().map(ToString::to_string).collect();
    parts.join(".")
}

/// What a migration's own settings say.
struct Settings {
    transactional: bool,
    has_placeholders: bool,
}

/// The settings of a migration, which stand in a file of its name with `.conf` behind it.
fn settings(file: &Found, files: &[Found], reading: &mut Reading) -> Settings {
    let mut settings = Settings {
        transactional: true,
        has_placeholders: true,
    };
    let path = format!("{}.conf", file.path);
    let Some(conf) = files.iter().find(|other| other.path == path) else {
        return settings;
    };
    for line in conf.source.text().lines().map(str::trim) {
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let name = name.trim();
        match (name.strip_prefix("flyway.").unwrap_or(name), value.trim()) {
            ("executeInTransaction", value) => settings.transactional = value != "false",
            ("placeholderReplacement", value) => settings.has_placeholders = value != "false",
            ("encoding", value) if value.eq_ignore_ascii_case("utf-8") => {}
            ("shouldExecute", "true") => {}
            (other, _) => reading.diagnostics.push(
                Diagnostic::error(
                    codes::NOT_CARRIED,
                    format!("`{}` sets `{other}`, which no revision has", conf.source.name()),
                )
                .help("Take it out, if the migration is right without it."),
            ),
        }
    }
    settings
}

/// Names what Flyway would put a value in for.
fn placeholders(file: &Found, reading: &mut Reading) {
    let text = file.source.text();
    for (at, _) in text.match_indices("${") {
        let end = text[at..].find('}').map_or(at + 2, |length| at + length + 1);
        reading.refused_at(
            file,
            file.source.first_line(Span::new(at, end)),
            "this is a placeholder, in whose place Flyway puts a value",
            "Write the value; where the text is meant as it is, say `placeholderReplacement=false` in the `.conf` beside the file.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let mut versions = ["1.10", "1.9", "2", "1_1", "10"];
        versions.sort_by_key(|version| key(version));
        assert_eq!(versions, ["1_1", "1.9", "1.10", "2", "10"]);
        assert_eq!(normal("01.0"), "1");
    }
}
