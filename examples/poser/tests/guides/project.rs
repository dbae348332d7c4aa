//! A fresh copy of the example, in a workspace of its own.

use crate::root;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The copy, as a reader would have it.
pub(crate) struct Project {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Where the `terrane` program is.
    programs: PathBuf,
}

impl Project {
    /// Makes it anew. The place is the same each time, so that what was compiled for the last run serves this one.
    pub(crate) fn new(name: &str) -> Project {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guides");
        let workspace = place.join(name);
        let project = Project {
            folder: workspace.join("poser"),
            programs: place.join("programs"),
        };
        let made = project.make(&workspace);
        made.unwrap_or_else(|error| panic!("the example could not be copied to {}: {error}", workspace.display()));
        project.build_terrane();
        project
    }

    fn make(&self, workspace: &Path) -> io::Result<()> {
        remove_packages(workspace)?;
        copy_folder(Path::new(env!("CARGO_MANIFEST_DIR")), &self.folder)?;
        fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock"))?;
        let rattail = root().join("examples/rattail");
        let manifest = fs::read_to_string(self.folder.join("Cargo.toml"))?;
        let manifest = manifest
            .replace("path = \"../rattail\"", &format!("path = {rattail:?}"))
            .replace("[dependencies]\n", &format!("[dependencies]\n{SHARED}\n"));
        fs::write(self.folder.join("Cargo.toml"), manifest)?;
        let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
        fs::write(workspace.join("Cargo.toml"), workspace_manifest(&manifest, &root()))
    }

    /// The program that a reader has installed. It is built with all else of the workspace, so that it is what the run of
    /// the tests has built already: alone it would have its dependencies with other features, and take minutes.
    fn build_terrane(&self) {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--quiet", "--workspace", "--bins", "--tests"])
            .current_dir(root());
        settle(&mut cargo, &self.programs);
        let output = cargo.output().expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "terrane could not be built:\n{said}");
    }

    /// Runs a command line in the folder; what it prints, and what it ends with.
    pub(crate) fn run(&self, script: &str) -> (Vec<String>, i32) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.programs.join("debug")).chain(std::env::split_paths(&path));
        let mut shell = Command::new("sh");
        // Both outputs go one way, so that lines come in the order in which a reader sees them.
        shell.arg("-c").arg(format!("exec 2>&1\n{script}")).env(
            "PATH",
            std::env::join_paths(folders).expect("folders without separators"),
        );
        shell.stdin(Stdio::null()).current_dir(&self.folder);
        settle(&mut shell, &self.folder.with_file_name("target"));
        let output = shell.output().expect("a shell runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        let code = output.status.code().unwrap_or(-1);
        (printed.lines().map(str::to_owned).collect(), code)
    }

    /// The one file that a path, whose last part may hold a `*`, stands for.
    pub(crate) fn file(&self, path: &str) -> Result<PathBuf, String> {
        let whole = self.folder.join(path);
        let (Some(folder), Some((start, end))) = (
            whole.parent(),
            path.rsplit('/').next().and_then(|name| name.split_once('*')),
        ) else {
            return if whole.is_file() {
                Ok(whole)
            } else {
                Err(format!("there is no `{path}`"))
            };
        };
        let entries = fs::read_dir(folder).map_err(|error| format!("`{path}`: {error}"))?;
        let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        found.retain(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        });
        match &found[..] {
            [file] => Ok(file.clone()),
            files => Err(format!("`{path}` stands for {} files", files.len())),
        }
    }

    /// The ids of the revisions that are there.
    pub(crate) fn revision_ids(&self) -> Vec<String> {
        let vendor = root().join("examples/rattail/src/db");
        let folders = [
            self.folder.join("src/db/versions"),
            vendor.join("versions"),
            vendor.join("versions_next"),
        ];
        let names = folders
            .iter()
            .flat_map(|folder| fs::read_dir(folder).expect("revisions"))
            .flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names
            .filter_map(|name| Some(name.split_once('_')?.0.to_owned()))
            .collect()
    }
}

/// What the tests of this repository ask of dependencies of the example's besides (`rustix/fs`): with the same features, what
/// was compiled for the tests serves the copy; without, a hundred crates would be compiled a second time.
const SHARED: &str = "tempfile.workspace = true";

/// Has Cargo use what it compiled for this test, and put programs elsewhere: those of the repository are in use.
fn settle(command: &mut Command, programs: &Path) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("a folder in the target's");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        // `OUT_DIR` is this package's; build scripts that look at it would run again, and what depends on them be built.
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "OUT_DIR", "TERRANE_"]
            .iter()
            .any(|start| name.starts_with(start))
        {
            command.env_remove(&*name);
        }
    }
    command
        .env("CARGO_BUILD_BUILD_DIR", target)
        .env("CARGO_TARGET_DIR", programs)
        .env("CARGO_TERM_QUIET", "true")
        .env("CARGO_TERM_COLOR", "never")
        .env_remove("RUST_BACKTRACE");
}

/// The root's manifest with one member, and the crates where they are. What is compiled here serves a few commands, and is
/// not worth making fast.
fn workspace_manifest(manifest: &str, root: &Path) -> String {
    let crates = format!("path = \"{}/crates/", root.display());
    let slow = ["default-members", "opt-level = 1"];
    let lines = manifest
        .lines()
        .filter(|line| !slow.iter().any(|start| line.starts_with(start)));
    let lines = lines.map(|line| match line.starts_with("members = ") {
        true => "members = [\"poser\"]".to_owned(),
        false => line.replace("path = \"crates/", &crates),
    });
    lines.map(|line| line + "\n").collect()
}

/// What an earlier run left: the copy, and packages that a guide has made beside it.
fn remove_packages(workspace: &Path) -> io::Result<()> {
    if !workspace.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(workspace)? {
        let path = entry?.path();
        if path.join("Cargo.toml").is_file() {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if !entry.file_name().to_string_lossy().contains(".db") {
            fs::write(target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}
