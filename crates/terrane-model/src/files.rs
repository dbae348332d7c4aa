//! Source files that no `mod` names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The files under `folder`, which is the folder of a module, that no `mod` beside or above them names. A file or folder
/// that cannot be read is passed over; the compiler has read what matters.
pub(crate) fn forgotten(folder: &Path) -> Vec<PathBuf> {
    let mut forgotten = Vec::new();
    look(folder, &mut forgotten);
    forgotten.sort();
    forgotten
}

fn look(folder: &Path, forgotten: &mut Vec<PathBuf>) {
    let roots = [folder.join("mod.rs"), folder.with_extension("rs")];
    let named: BTreeSet<String> = roots
        .iter()
        .filter_map(|root| fs::read_to_string(root).ok())
        .flat_map(|text| modules(&text))
        .collect();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else {
            continue;
        };
        let is_module = path.is_dir() && (path.join("mod.rs").is_file() || path.with_extension("rs").is_file());
        if is_module && named.contains(name) {
            look(&path, forgotten);
        } else if is_module && path.join("mod.rs").is_file() {
            forgotten.push(path.join("mod.rs"));
        } else if path.extension().is_some_and(|ending| ending == "rs") && name != "mod" && !named.contains(name) {
            forgotten.push(path);
        }
    }
}

/// What is named by `mod x;` or `mod x {`, and the files of `#[path = "x.rs"]`; comments are passed over.
fn modules(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut comment_depth = 0usize;
    for line in text.lines() {
        let code = code_of(line, &mut comment_depth);
        if let Some(file) = code.split_once("#[path").and_then(|(_, rest)| rest.split('"').nth(1)) {
            let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str());
            found.extend(stem.map(str::to_owned));
        }
        let words: Vec<&str> = code
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '#'))
            .collect();
        let named = words
            .windows(2)
            .filter(|pair| pair[0] == "mod")
            .map(|pair| pair[1].trim_start_matches("r#"));
        found.extend(named.map(str::to_owned));
    }
    found
}

/// A line without its comments.
fn code_of(line: &str, depth: &mut usize) -> String {
    let mut code = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        if rest.starts_with("/*") {
            *depth += 1;
            rest = &rest[2..];
        } else if *depth > 0 && rest.starts_with("*/") {
            *depth -= 1;
            rest = &rest[2..];
        } else if *depth == 0 && rest.starts_with("//") {
            break;
        } else {
            let next = rest.chars().next().map_or(0, char::len_utf8);
            if *depth == 0 {
                code.push_str(&rest[..next]);
            }
            rest = &rest[next..];
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mod_in_a_comment_names_nothing() {
        let text = "pub mod a; // mod b;\n/* mod c;\n mod d; */ pub(crate) mod r#e {\n#[path = \"f_g.rs\"] mod g;\n";
        assert_eq!(modules(text), ["a", "e", "f_g", "g"]);
    }
}
