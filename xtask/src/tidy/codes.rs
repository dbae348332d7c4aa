//! Every diagnostic code is unique, is constructed somewhere, and appears in a test.

use std::collections::BTreeSet;

use super::source::{test_text, tokens, without_tests};
use super::{Report, Tree};
use crate::tree::File;

/// The one table of codes.
pub(crate) const CODES: &str = "crates/terrane-core/src/diagnostic/codes.rs";

/// How the table begins.
const TABLE_HEAD: &str = "\ncodes! {";

/// One entry of the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Code {
    pub(crate) constant: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) explain: String,
}

pub(super) fn check(tree: &Tree, report: &mut Report) {
    let codes = match table(tree) {
        Ok(codes) => codes,
        Err(why) => return report.refuse(why),
    };
    let mut seen = BTreeSet::new();
    for code in &codes {
        for key in [&code.id, &code.name] {
            if !seen.insert(key) {
                report.refuse(format!("{CODES}: `{key}` is used twice"));
            }
        }
    }
    let constructed = words_of_code(tree);
    let tests = text_of_tests(tree);
    for code in &codes {
        if !constructed.contains(&code.constant) {
            report.refuse(format!("{CODES}: `{} {}` is constructed nowhere", code.id, code.name));
        }
        if !tests.contains(&code.id) && !tests.contains(&code.constant) {
            report.note(format!("no test shows `{} {}`", code.id, code.name));
        }
    }
}

/// Whether a file may construct or show a code: a file of a crate, and not the table itself.
fn ours(file: &File) -> bool {
    file.path.starts_with("crates/") && file.path != CODES
}

/// Every word of the code that is no test.
fn words_of_code(tree: &Tree) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for file in tree.rust().filter(|file| ours(file) && !file.is_test()) {
        let code = without_tests(file.code());
        words.extend(tokens(&code).into_iter().map(|token| token.text.to_owned()));
    }
    words
}

/// Every test, and every snapshot, one after the other.
fn text_of_tests(tree: &Tree) -> String {
    let mut tests = String::new();
    for file in tree.files.iter().filter(|file| ours(file)) {
        if file.is_test() || file.path.ends_with(".snap") {
            tests.push_str(&file.text);
        } else if file.is_rust() {
            tests.push_str(&test_text(file.code(), &file.text));
        }
    }
    tests
}

/// The entries of the table, in its order.
pub(crate) fn table(tree: &Tree) -> Result<Vec<Code>, String> {
    let file = tree.file(CODES).ok_or_else(|| format!("{CODES} is missing"))?;
    let code = file.code();
    let Some(start) = code.find(TABLE_HEAD) else {
        return Err(format!("{CODES} has no `codes!` table"));
    };
    let mut at = start + TABLE_HEAD.len();
    let body = code[at..].split('}').next().unwrap_or_default();
    let mut codes = Vec::new();
    for entry in body.split_inclusive(';') {
        if !entry.trim().is_empty() {
            codes.push(read(entry, &file.text[at..at + entry.len()])?);
        }
        at += entry.len();
    }
    Ok(codes)
}

/// `CONSTANT "id" "name" "explain";`, with its literals blanked and as written.
fn read(masked: &str, written: &str) -> Result<Code, String> {
    let quotes: Vec<usize> = masked.match_indices('"').map(|(at, _)| at).collect();
    let [a, b, c, d, e, f] = quotes[..] else {
        return Err(format!("{CODES}: `{}` is not an entry of the table", written.trim()));
    };
    Ok(Code {
        constant: masked[..a].trim().to_owned(),
        id: written[a + 1..b].to_owned(),
        name: written[c + 1..d].to_owned(),
        explain: unescape(&written[e + 1..f]),
    })
}

/// The value of a string literal: `\"`, `\\`, and a line that goes on after a backslash.
fn unescape(literal: &str) -> String {
    let mut value = String::new();
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\n')) => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some('n')) => {
                chars.next();
                value.push('\n');
            }
            ('\\', Some(_)) => value.extend(chars.next()),
            _ => value.push(c),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::super::{notes, refusals};
    use super::*;

    const TABLE: &str = "macro_rules! codes { () => {} }\n\ncodes! {\n    // Graph.\n    CYCLE \"G006\" \"cycle\"\n        \
                         \"Say \\\"when\\\"; \\\n         or not.\";\n    BAD_ID \"G012\" \"bad-id\" \"No.\";\n}\n";
    const USE: (&str, &str) = ("crates/a/src/graph.rs", "fn f() { error(codes::CYCLE); error(BAD_ID) }");

    #[test]
    fn the_table_is_read() {
        let codes = table(&Tree::of(&[(CODES, TABLE)])).unwrap();
        let [cycle, bad] = &codes[..] else { panic!("{codes:?}") };
        assert_eq!(
            (cycle.constant.as_str(), cycle.id.as_str(), cycle.name.as_str()),
            ("CYCLE", "G006", "cycle")
        );
        assert_eq!(cycle.explain, "Say \"when\"; or not.");
        assert_eq!(bad.explain, "No.");
    }

    #[test]
    fn a_code_that_nothing_constructs_is_refused() {
        assert!(refusals(check, &[(CODES, TABLE), USE]).is_empty());
        let only_in_test = (
            "crates/a/src/graph.rs",
            "#[cfg(test)] mod tests { fn f() { CYCLE; BAD_ID } }",
        );
        assert_eq!(refusals(check, &[(CODES, TABLE), only_in_test]).len(), 2);
        assert!(notes(check, &[(CODES, TABLE), only_in_test]).is_empty());
    }

    #[test]
    fn a_code_that_no_test_shows_is_noted() {
        assert_eq!(
            notes(check, &[(CODES, TABLE), USE]),
            ["no test shows `G006 cycle`", "no test shows `G012 bad-id`"]
        );
        let snapshot = ("crates/a/tests/it/snapshots/bad.snap", "error[G012 bad-id]: no");
        assert_eq!(
            notes(check, &[(CODES, TABLE), USE, snapshot]),
            ["no test shows `G006 cycle`"]
        );
    }

    #[test]
    fn ids_and_names_are_used_once() {
        let twice = TABLE.replace("G012", "G006").replace("bad-id", "cycle");
        assert_eq!(refusals(check, &[(CODES, &twice), USE]).len(), 2);
    }
}
