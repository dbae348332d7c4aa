//! The example without Terrane: the same entities and the same code, as a project on SeaORM alone has them.

use std::ops::Range;

use crate::source::{Token, mask, tokens};
use crate::tree::File;

/// What an app on Terrane has, and another one has not: the program of its layers, what its revisions call, the revisions
/// themselves, and the build script that watches them.
const OURS_ALONE: &[&str] = &["src/main.rs", "src/calls.rs", "src/db/versions", "build.rs", "tests/"];

/// A source file or manifest of an example package as the floor has it; nothing where the floor has none such.
pub(super) fn without_terrane(file: &File) -> Option<String> {
    let (_, inside) = file.path.split_once('/')?;
    if OURS_ALONE.iter().any(|path| inside.starts_with(path)) {
        return None;
    }
    match inside {
        "Cargo.toml" => Some(manifest(&file.text)),
        _ if file.is_rust() => Some(source(&file.text)),
        _ => None,
    }
}

/// A manifest without the crates of Terrane, and without the program that runs it.
fn manifest(text: &str) -> String {
    let ours = |line: &&str| line.starts_with("terrane") || line.starts_with("default-run");
    let kept: Vec<&str> = text.lines().filter(|line| !ours(line)).collect();
    kept.join("\n") + "\n"
}

/// A source file without the items that speak of Terrane, or of a file that the floor does not have.
fn source(text: &str) -> String {
    let code = mask(text);
    let tokens = tokens(&code);
    let mut kept = String::new();
    let mut end = 0;
    for item in items(&tokens) {
        let (start, next) = (end, tokens[item.end - 1].at + tokens[item.end - 1].text.len());
        if !is_ours(&tokens[item]) {
            kept.push_str(&text[start..next]);
        }
        end = next;
    }
    kept.push_str(&text[end..]);
    kept
}

/// The items of a file as ranges of its tokens, attributes and closing semicolons with them.
fn items(tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let followed = tokens.get(index + 1).is_some_and(|next| next.text == ";");
        if depth == 0 && (token.text == ";" || token.text == "}" && !followed) {
            items.push(start..index + 1);
            start = index + 1;
        }
    }
    items
}

fn is_ours(item: &[Token<'_>]) -> bool {
    let words: Vec<&str> = item.iter().map(|token| token.text).collect();
    words.ends_with(&["mod", "calls", ";"]) || words.iter().any(|word| word.starts_with("terrane"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;
    use crate::tree::Tree;

    #[test]
    fn table_invocations_go_with_all_that_is_in_them() {
        let entity = "//! Rows; `terrane_sea_orm::table!(…);` is below.\n\nuse sea_orm::*;\n\n\
                      #[derive(Clone)]\npub struct Model {\n    pub a: i32, // terrane\n}\n";
        for invocation in [
            "terrane_sea_orm::table!(Entity, |table| table.primary_key_name(\"pk)\").check(\"c\", \"a IN (')', ';')\"));",
            "terrane_sea_orm::table!(Entity, |table| {\n    let table = table.index(Index::new(\"}\"));\n    \
             #[cfg(feature = \"next\")]\n    let table = table.check('(', r#\")\"#);\n    table\n});",
            "terrane_sea_orm::table! { Entity, |t| t }",
            "// Says why; is of it.\nterrane_sea_orm::table! { Entity, |t| t };",
            "use terrane::{CallError, Connection};",
        ] {
            let text = format!("{entity}\n{invocation}\n\n/// Kinds.\npub enum Kind {{ A(u8) }}\n");
            assert_eq!(
                source(&text),
                format!("{entity}\n/// Kinds.\npub enum Kind {{ A(u8) }}\n")
            );
        }
    }

    #[test]
    fn a_library_loses_its_layer_and_the_calls() {
        let library = "//! An app.\n\npub mod calls;\npub mod db;\n\nuse terrane::Layer;\n\n/// The layer.\n\
                       pub fn layer() -> Layer {\n    Layer::new(\"app\").models(terrane_sea_orm::models!(crate::db))\n}\n";
        assert_eq!(source(library), "\npub mod db;\n");
    }

    #[test]
    fn a_manifest_loses_the_crates_of_terrane() {
        let text = "[package]\nname = \"poser\"\ndefault-run = \"poser\"\n\n[dependencies]\nrattail = { path = \"../rattail\" }\n\
                    terrane.workspace = true\nterrane-cli.workspace = true\ntokio.workspace = true\n";
        let kept = "[package]\nname = \"poser\"\n\n[dependencies]\nrattail = { path = \"../rattail\" }\n\
                    tokio.workspace = true\n";
        assert_eq!(manifest(text), kept);
    }

    #[test]
    fn nothing_of_terrane_is_left_of_the_example() {
        let tree = Tree::read(&root().join("examples")).unwrap();
        let mut entities = 0;
        for file in &tree.files {
            let Some(text) = without_terrane(file) else { continue };
            let code = mask(&text);
            let word = tokens(&code)
                .into_iter()
                .find(|token| token.text.starts_with("terrane"));
            assert_eq!(word, None, "{}", file.path);
            entities += text.matches("DeriveEntityModel").count();
        }
        assert!(entities > 30, "{entities}");
    }
}
