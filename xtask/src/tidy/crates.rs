//! No crate depends on a crate above it, nor on a stranger beside it. Dev-dependencies may.

use super::floors::{ARCHITECTURE, Floors};
use super::{Report, Tree};

pub(super) fn check(tree: &Tree, report: &mut Report) {
    let floors = match Floors::read(tree, "crate") {
        Ok(floors) => floors,
        Err(why) => return report.refuse(why),
    };
    for file in &tree.files {
        let Some(folder) = file.path.strip_suffix("/Cargo.toml") else {
            continue;
        };
        let Some(name) = package_name(&file.text) else { continue };
        if folder != "xtask" && !folder.starts_with("crates/") {
            continue;
        }
        if !floors.knows(name) {
            report.refuse(format!("{}: crate `{name}` has no floor in {ARCHITECTURE}", file.path));
        }
        for (dependency, line) in dependencies(&file.text) {
            if let Some(objection) = floors.objection(name, dependency) {
                report.refuse(format!("{}:{line}: {objection}", file.path));
            }
        }
    }
}

fn package_name(manifest: &str) -> Option<&str> {
    let mut lines = manifest.lines().skip_while(|line| line.trim() != "[package]");
    lines
        .find_map(|line| line.trim().strip_prefix("name = "))
        .map(|name| name.trim_matches('"'))
}

/// What a build of the crate needs, with the line that says so.
fn dependencies(manifest: &str) -> Vec<(&str, usize)> {
    let mut inside = false;
    let mut found = Vec::new();
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section == "build-dependencies" || section == "dependencies" || section.ends_with(".dependencies");
            if let Some((before, name)) = section.rsplit_once("dependencies.")
                && !before.ends_with("dev-")
            {
                found.push((name, index + 1));
            }
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            let end = line.find(['.', ' ', '=']).unwrap_or(line.len());
            found.push((&line[..end], index + 1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::refusals;
    use super::*;

    const PAGE: (&str, &str) = (
        ARCHITECTURE,
        "| floor | crate | may use | must not know |\n|---|---|---|---|\n\
         | 0–6 | `core` | nothing | the world. |\n| 7 | `sqlite` · `postgres` | `core` | each other. |\n",
    );

    fn of(dependencies: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"sqlite\"\n\n{dependencies}");
        refusals(check, &[PAGE, ("crates/sqlite/Cargo.toml", &manifest)])
    }

    #[test]
    fn a_stranger_is_refused_however_it_is_written() {
        for dependencies in [
            "[dependencies]\npostgres.workspace = true\n",
            "[dependencies]\npostgres = { path = \"../postgres\" }\n",
            "[dependencies.postgres]\npath = \"../postgres\"\n",
            "[build-dependencies]\npostgres = \"1\"\n",
            "[target.'cfg(unix)'.dependencies]\npostgres = \"1\"\n",
        ] {
            let refused = of(dependencies);
            assert_eq!(refused.len(), 1, "{dependencies}");
            assert!(
                refused[0].ends_with("runs sideways between strangers; ARCHITECTURE.md: each other."),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn floors_below_other_crates_and_tests_are_allowed() {
        for dependencies in [
            "[dependencies]\ncore.workspace = true\nserde = \"1\"\n",
            "[dev-dependencies]\npostgres.workspace = true\n",
            "[dev-dependencies.postgres]\npath = \"../postgres\"\n",
        ] {
            assert!(of(dependencies).is_empty(), "{dependencies}");
        }
    }

    #[test]
    fn a_crate_without_a_floor_is_refused() {
        let manifest = ("crates/attic/Cargo.toml", "[package]\nname = \"attic\"\n");
        assert_eq!(
            refusals(check, &[PAGE, manifest]),
            ["crates/attic/Cargo.toml: crate `attic` has no floor in ARCHITECTURE.md"]
        );
    }
}
