//! How long the example takes to compile, beside the same app with sea-orm-migration instead.
//!
//! Both are projects of their own, written from the sources of today: ours is a copy of the example on the crates of this
//! checkout, the floor has the same entities without Terrane, and a crate of migrations. Both take the versions of our
//! `Cargo.lock` and the workspace's `[profile.dev]`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::edit::Edit;
use super::floor_migrations::{self, CRATE, Migrated, UP, executed};
use super::measure::{Contender, Contest};
use super::{floor_app, manifest};
use crate::process::{cargo, cargo_program, output, root};
use crate::tree::Tree;

/// What the floor is, as it is printed; it errs on the side of the floor.
pub(super) const FLOOR: &str =
    "the same entities with sea-orm-migration (cli, sqlx-sqlite); each revision as a migration, its SQL as text";

/// The packages of the example.
const PACKAGES: [&str; 2] = ["rattail", "poser"];

/// What is changed.
const APP: &str = "poser/src/lib.rs";
const APP_ENTITY: &str = "poser/src/db/model/widget.rs";
const VENDOR_ENTITY: &str = "rattail/src/db/model/vendor.rs";

/// A function that the app gains, and the line that stands before it.
const FUNCTION: (&str, &str) = (
    "pub mod db;\n",
    "\n/// Changes the library.\npub fn edited() -> u32 {\n    1\n}\n",
);

/// A field that an entity gains, and the line that stands before it.
const FIELD: (&str, &str) = ("pub struct Model {\n", "    pub edited: Option<i32>,\n");

/// A statement that a revision gains.
const STATEMENT: &str = "ALTER TABLE poser_widget ADD COLUMN edited integer;";

/// One of the two projects.
struct App {
    folder: PathBuf,
    /// Where it is built: one place for all benchmarks, so that each but the first finds the dependencies there.
    target: PathBuf,
}

pub(super) fn clean(_: &Path, folder: &Path) -> Result<Contest, String> {
    let (ours, floor, _) = prepared(folder)?;
    Ok(Contest {
        ours: ours.build()?.without_folder(&ours.target),
        floor: floor.build()?.without_folder(&floor.target),
    })
}

pub(super) fn code(_: &Path, folder: &Path) -> Result<Contest, String> {
    edited(folder, APP, FUNCTION)
}

pub(super) fn model(_: &Path, folder: &Path) -> Result<Contest, String> {
    edited(folder, APP_ENTITY, FIELD)
}

pub(super) fn vendor(_: &Path, folder: &Path) -> Result<Contest, String> {
    edited(folder, VENDOR_ENTITY, FIELD)
}

pub(super) fn revision(_: &Path, folder: &Path) -> Result<Contest, String> {
    let (ours, floor, migrated) = prepared(folder)?;
    let newest = migrated.iter().rfind(|one| one.path.starts_with("poser/"));
    let newest = newest.ok_or("poser has no revision")?;
    Ok(Contest {
        ours: ours.edited(&newest.path, ("-- upgrade\n", &format!("{STATEMENT}\n\n")))?,
        floor: floor.edited(&newest.file(), (UP, &executed(STATEMENT)))?,
    })
}

/// The same change in both.
fn edited(folder: &Path, file: &str, edit: (&str, &str)) -> Result<Contest, String> {
    let (ours, floor, _) = prepared(folder)?;
    Ok(Contest {
        ours: ours.edited(file, edit)?,
        floor: floor.edited(file, edit)?,
    })
}

/// Writes both projects and fetches what they need.
fn prepared(folder: &Path) -> Result<(App, App, Vec<Migrated>), String> {
    let example = Tree::read(&root().join("examples")).map_err(|error| format!("examples: {error}"))?;
    let migrated = floor_migrations::of(&example.files)?;
    let (ours, floor) = (App::new(folder, "ours"), App::new(folder, "floor"));
    for file in &example.files {
        ours.write(&file.path, &file.text)?;
        if let Some(text) = floor_app::without_terrane(file) {
            floor.write(&file.path, &text)?;
        }
    }
    for (path, text) in floor_migrations::files(&migrated) {
        floor.write(&path, &text)?;
    }
    let workspace = read("Cargo.toml")?;
    ours.write("Cargo.toml", &manifest::of(&workspace, &root(), &PACKAGES))?;
    let members = [&PACKAGES[..], &[CRATE]].concat();
    let workspace = workspace.replace(manifest::REGISTRY, "");
    floor.write("Cargo.toml", &manifest::of(&workspace, &root(), &members))?;
    for app in [&ours, &floor] {
        app.write("Cargo.lock", &read("Cargo.lock")?)?;
        app.cargo(&["fetch"]).check()?;
    }
    Ok((ours, floor, migrated))
}

fn read(name: &str) -> Result<String, String> {
    fs::read_to_string(root().join(name)).map_err(|error| format!("{name}: {error}"))
}

impl App {
    fn new(folder: &Path, name: &str) -> App {
        App {
            folder: folder.join(name),
            target: folder.with_file_name("compile-target").join(name),
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.folder.join(name);
        let folder = path.parent().unwrap_or(&self.folder);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.map_err(|error| format!("{}: {error}", path.display()))
    }

    fn cargo(&self, args: &[&str]) -> Contender {
        Contender::new(cargo_program(), &self.folder)
            .args(args)
            .env("CARGO_TARGET_DIR", &self.target)
            // On machines that test, it is often set to 0.
            .env("CARGO_INCREMENTAL", "1")
            // A wrapper that keeps what was compiled once would be timed in the compiler's stead.
            .env("RUSTC_WRAPPER", "")
    }

    fn build(&self) -> Result<Contender, String> {
        let note = format!("{} crates", self.crates()?);
        Ok(self.cargo(&["build", "--frozen"]).noted(note))
    }

    fn edited(&self, file: &str, (anchor, inserted): (&str, &str)) -> Result<Contender, String> {
        let edit = Edit::behind(&self.folder.join(file), anchor, inserted)?;
        Ok(self.build()?.edited(edit))
    }

    /// How many crates are compiled, its own among them.
    fn crates(&self) -> Result<usize, String> {
        let mut tree = cargo();
        tree.current_dir(&self.folder).args([
            "tree",
            "--frozen",
            "--workspace",
            "--prefix",
            "none",
            "--edges",
            "normal,build",
        ]);
        let tree = output(&mut tree).ok_or("`cargo tree` failed")?;
        let crates: BTreeSet<_> = tree.lines().filter_map(|line| name_and_version(line)).collect();
        Ok(crates.len())
    }
}

fn name_and_version(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split(' ');
    words.next().zip(words.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_told_apart_by_name_and_version() {
        assert_eq!(name_and_version("syn v2.0.1 (*)"), Some(("syn", "v2.0.1")));
        assert_eq!(
            name_and_version("poser v0.1.0 (/somewhere/poser)"),
            Some(("poser", "v0.1.0"))
        );
        assert_eq!(name_and_version(""), None);
    }

    #[test]
    fn the_example_says_what_changes_stand_behind() {
        let example = Tree::read(&root().join("examples")).unwrap();
        for (path, (anchor, _)) in [(APP, FUNCTION), (APP_ENTITY, FIELD), (VENDOR_ENTITY, FIELD)] {
            let file = example.file(path).unwrap();
            let floor = floor_app::without_terrane(file).unwrap();
            assert!(file.text.contains(anchor) && floor.contains(anchor), "{path}");
        }
    }
}
