//! The layers of a project: what each version location is called, and what it builds on.

use crate::project::Location;
use std::path::{Component, Path};
use terrane_core::revision::Revision;

/// Names of folders that say what lies there, and not whose it is.
const ROLES: &[&str] = &[
    "alembic",
    "database",
    "db",
    "lib",
    "migrations",
    "revisions",
    "sql",
    "src",
    "versions",
];

/// The layer of a location that nothing tells anything of.
const UNTOLD: &str = "app";

/// Names the layers, each by its branch label, else by its package or folder; and says what each builds on: those that
/// come behind it, and the one that has `env.py` last. That is the order in which Alembic's users list them, an app before
/// its vendor, and the vendor is who ships the environment.
pub(crate) fn name(locations: &mut [Location], script_location: &Path) {
    let names = locations.iter().map(|location| {
        let written = location.named.text.split_once(':').map(|(package, _)| package);
        label(location).or_else(|| {
            let package = written.filter(|_| !Path::new(&location.named.text).is_absolute());
            package.and_then(|package| package.split('.').next()).map(str::to_owned)
        })
    });
    let names: Vec<Option<String>> = names.collect();
    for (at, name) in names.into_iter().enumerate() {
        let name = name.unwrap_or_else(|| of_folder(&locations[at].folder));
        locations[at].layer = distinct(layer_name(&name), &locations[..at]);
    }
    let base = locations
        .iter()
        .position(|location| location.folder.starts_with(script_location));
    let mut order: Vec<usize> = (0..locations.len()).filter(|at| Some(*at) != base).collect();
    order.extend(base);
    for (at, &index) in order.iter().enumerate() {
        let behind = order[at + 1..].iter().map(|&other| locations[other].layer.clone());
        locations[index].requires = behind.collect();
    }
}

/// The one branch label of the bases in a folder; else the only one in it.
fn label(location: &Location) -> Option<String> {
    let labels = |keep: fn(&Revision) -> bool| {
        let mut labels: Vec<&String> = location
            .scripts
            .iter()
            .filter(|script| keep(&script.revision))
            .flat_map(|script| &script.revision.branch_labels)
            .collect();
        labels.sort();
        labels.dedup();
        match labels.as_slice() {
            [only] => Some((*only).clone()),
            _ => None,
        }
    };
    labels(|revision| revision.down_revisions.is_empty()).or_else(|| labels(|_| true))
}

/// The innermost folder whose name says whose it is.
fn of_folder(folder: &Path) -> String {
    let names = folder.components().rev().filter_map(|component| match component {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let mut telling = names.filter(|name| !ROLES.contains(name));
    telling.next().unwrap_or(UNTOLD).to_owned()
}

/// A name with nothing in it that means something in targets.
fn layer_name(text: &str) -> String {
    let name: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    let name = name.trim_matches('_').to_owned();
    let is_taken = matches!(name.as_str(), "head" | "heads" | "base" | "current");
    match name.chars().next() {
        Some(first) if first.is_alphabetic() && !is_taken => name,
        _ => format!("{UNTOLD}_{name}").trim_end_matches('_').to_owned(),
    }
}

fn distinct(name: String, others: &[Location]) -> String {
    let is_free = |name: &String| others.iter().all(|other| other.layer != *name);
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.clone())
        .chain(numbered)
        .find(is_free)
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ini::Value;
    use terrane_core::text::{SourceFile, Span};

    fn location(named: &str, folder: &str) -> Location {
        Location {
            layer: String::new(),
            requires: Vec::new(),
            folder: folder.into(),
            named: Value {
                text: named.to_owned(),
                source: SourceFile::new("a", ""),
                span: Span::new(0, 0),
            },
            scripts: Vec::new(),
        }
    }

    #[test]
    fn a_location_is_called_after_its_package_or_its_folder() {
        let mut locations = [
            location("poser.db:alembic/versions", "/v/poser/db/alembic/versions"),
            location("rattail.db:alembic/versions", "/v/rattail/db/alembic/versions"),
            location("/srv/my-shop/alembic/versions", "/srv/my-shop/alembic/versions"),
            location("/srv/poser/versions", "/srv/poser/versions"),
            location("/alembic/versions", "/alembic/versions"),
        ];
        name(&mut locations, Path::new("/v/rattail/db/alembic"));
        let names: Vec<&str> = locations.iter().map(|location| location.layer.as_str()).collect();
        assert_eq!(names, ["poser", "rattail", "my_shop", "poser_2", "app"]);
    }

    #[test]
    fn an_app_builds_on_what_is_listed_behind_it_and_all_on_the_one_with_the_environment() {
        let mut locations = [
            location("a:v", "/a/v"),
            location("vendor:v", "/vendor/v"),
            location("b:v", "/b/v"),
        ];
        name(&mut locations, Path::new("/vendor"));
        let requires: Vec<Vec<String>> = locations.iter().map(|location| location.requires.clone()).collect();
        assert_eq!(
            requires,
            [
                vec!["b".to_owned(), "vendor".to_owned()],
                vec![],
                vec!["vendor".to_owned()]
            ]
        );
    }
}
