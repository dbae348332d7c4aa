//! The manifest of our workspace as the manifest of another.

use std::path::Path;

/// The feature of SeaORM that only Terrane wants, as the manifest of the workspace says it.
pub(super) const REGISTRY: &str = ", features = [\"entity-registry\"]";

/// The manifest with other members, and with our crates where they are.
///
/// What it says of the optimization of single packages is ours alone: no app that depends on them would have it.
pub(super) fn of(workspace: &str, checkout: &Path, members: &[&str]) -> String {
    let crates = format!("path = \"{}/crates/", checkout.display());
    let mut text = String::new();
    let mut kept = true;
    for line in workspace.lines() {
        if line.starts_with('[') {
            kept = !line.starts_with("[profile.dev.package.");
        }
        if line.starts_with("members = ") {
            text += &format!("members = {members:?}\n");
        } else if kept && !line.starts_with("default-members = ") {
            text += &line.replace("path = \"crates/", &crates);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;

    #[test]
    fn our_crates_are_found_from_elsewhere() {
        let workspace = "[workspace]\nmembers = [\"crates/*\"]\ndefault-members = [\"crates/a\"]\n\n[workspace.dependencies]\n\
                         a = { path = \"crates/a\" }\n\n[profile.dev]\ndebug = 1\n\n[profile.dev.package.a]\nopt-level = 1\n\n\
                         [profile.release]\nlto = true\n";
        let elsewhere = "[workspace]\nmembers = [\"x\", \"y\"]\n\n[workspace.dependencies]\n\
                         a = { path = \"/checkout/crates/a\" }\n\n[profile.dev]\ndebug = 1\n\n[profile.release]\nlto = true\n";
        assert_eq!(of(workspace, Path::new("/checkout"), &["x", "y"]), elsewhere);
    }

    #[test]
    fn the_workspace_names_the_feature_so() {
        let workspace = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(workspace.contains(REGISTRY), "the floor would have the feature too");
        assert!(of(&workspace, Path::new("/"), &[]).contains("[profile.dev]\n"));
    }
}
