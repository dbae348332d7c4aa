//! Every Rust file of a crate is compiled: it is a root, or some `mod` names it.

use super::source::tokens;
use super::{Report, Tree};
use crate::tree::File;

pub(super) fn check(tree: &Tree, report: &mut Report) {
    for file in tree.rust() {
        let Some((krate, kind, inner)) = place(&file.path) else {
            continue;
        };
        if is_root(kind, inner) || parents(tree, krate, kind, inner).any(|parent| declares(parent, inner)) {
            continue;
        }
        report.refuse(format!(
            "{}: no `mod` names this file, so it is never compiled",
            file.path
        ));
    }
}

/// A path as its crate, `src` or `tests`, and the rest.
fn place(path: &str) -> Option<(&str, &str, &str)> {
    ["/src/", "/tests/", "/benches/"].iter().find_map(|middle| {
        let (krate, inner) = path.split_once(middle)?;
        let is_ours = krate == "xtask" || krate.strip_prefix("crates/").is_some_and(|name| !name.contains('/'));
        is_ours.then_some((krate, middle.trim_matches('/'), inner))
    })
}

/// Whether Cargo finds the file by itself.
fn is_root(kind: &str, inner: &str) -> bool {
    let parts: Vec<&str> = inner.split('/').collect();
    match (kind, &parts[..]) {
        ("src", ["lib.rs" | "main.rs"] | ["bin", _] | ["bin", _, "main.rs"]) => true,
        ("src", _) => false,
        (_, [_] | [_, "main.rs"]) => true,
        _ => false,
    }
}

/// The files that may declare `inner` as a module of theirs.
fn parents<'a>(tree: &'a Tree, krate: &str, kind: &str, inner: &str) -> impl Iterator<Item = &'a File> {
    let folder = module_folder(inner);
    let base = format!("{krate}/{kind}/");
    let candidates = match folder {
        "" => vec![format!("{base}lib.rs"), format!("{base}main.rs")],
        folder => vec![
            format!("{base}{folder}/mod.rs"),
            format!("{base}{folder}/main.rs"),
            format!("{base}{folder}.rs"),
        ],
    };
    candidates.into_iter().filter_map(|path| tree.file(&path))
}

/// The folder of the module that a file belongs to; `mod.rs` belongs to the one outside.
fn module_folder(inner: &str) -> &str {
    let own = inner.strip_suffix("/mod.rs").unwrap_or(inner);
    own.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn declares(parent: &File, inner: &str) -> bool {
    let own = inner.trim_end_matches(".rs").trim_end_matches("/mod");
    let name = own.rsplit('/').next().unwrap_or(own);
    let tokens = tokens(parent.code());
    let is_mod = |words: &[&str]| {
        tokens
            .windows(words.len())
            .any(|found| found.iter().map(|t| t.text).eq(words.iter().copied()))
    };
    let named = is_mod(&["mod", name, ";"]) || is_mod(&["mod", "r", "#", name, ";"]);
    named || parent.text.contains("#[path") && parent.text.contains(inner)
}

#[cfg(test)]
mod tests {
    use super::super::refusals;
    use super::*;

    #[test]
    fn a_test_file_that_main_does_not_list_is_refused() {
        let main = ("crates/a/tests/it/main.rs", "mod graph;\n// mod laws;\n");
        let files = [
            main,
            ("crates/a/tests/it/graph.rs", ""),
            ("crates/a/tests/it/laws.rs", ""),
        ];
        assert_eq!(
            refusals(check, &files),
            ["crates/a/tests/it/laws.rs: no `mod` names this file, so it is never compiled"]
        );
    }

    #[test]
    fn modules_are_followed_in_both_layouts() {
        let files = [
            ("crates/a/src/lib.rs", "mod op;\npub mod sql;\nmod r#type;"),
            ("crates/a/src/type.rs", ""),
            ("crates/a/src/op/mod.rs", "mod table;"),
            ("crates/a/src/op/table.rs", ""),
            ("crates/a/src/sql.rs", "mod split;"),
            ("crates/a/src/sql/split.rs", ""),
            ("crates/a/src/bin/b.rs", ""),
            ("crates/a/tests/one.rs", ""),
            ("crates/a/build.rs", ""),
        ];
        assert!(refusals(check, &files).is_empty());
    }

    #[test]
    fn a_source_file_that_nothing_names_is_refused() {
        let files = [
            ("xtask/src/main.rs", "mod tidy;"),
            ("xtask/src/tidy/mod.rs", ""),
            ("xtask/src/tidy/old.rs", ""),
        ];
        assert_eq!(refusals(check, &files).len(), 1);
        assert_eq!(refusals(check, &[("crates/a/tests/it/sub/case.rs", "")]).len(), 1);
    }
}
