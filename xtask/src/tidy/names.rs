//! Names that say nothing, and marks of work that was put off.

use super::source::{Token, line_of, tokens};
use super::{Report, Tree};

/// A file, a module or a type of that name has no subject.
const EMPTY_WORDS: &[&str] = &["util", "utils", "helper", "helpers", "manager", "managers", "common"];

/// Names that were given up for the field's own.
const RETIRED: &[(&str, &str)] = &[
    ("Books", "DatabaseState"),
    ("Overtaken", "Stale"),
    ("Settling", "Recovery"),
    ("catch_up", "run_deferred"),
    ("hangs_on", "owning_relation"),
    ("make_waiting", "create_deferred_partitions"),
    ("reaches_beyond", "affects_cluster"),
    ("that_fit", "applicable"),
    ("without_unsaid", "only_expressible"),
];

/// Words of comments that the field's own say better. Written in halves, since this file is looked at as well.
const RIDDLES: &[(&str, &str)] = &[
    (concat!("hangs ", "on"), "belongs to, depends on; its dependents"),
    (concat!("goes for ", "a moment"), "is dropped and recreated"),
];

/// What introduces a name that is held to the rule.
const INTRODUCERS: &[&str] = &["mod", "struct", "enum", "trait", "type", "union"];

/// Code that does not do yet what it says.
const PUT_OFF: &[&[&str]] = &[&["todo", "!"], &["unimplemented", "!"], &["#", "[", "ignore"]];

/// Comments that say so. Written in halves, since this file is looked at as well.
const MARKS: &[&str] = &[concat!("FIX", "ME"), concat!("XX", "X")];

pub(super) fn check(tree: &Tree, report: &mut Report) {
    for file in tree.rust() {
        for part in file.path.trim_end_matches(".rs").split('/') {
            if let Some(word) = empty_word(part) {
                report.refuse(format!("{}: a file called `{word}` has no subject", file.path));
            }
        }
        let tokens = tokens(file.code());
        for pair in tokens.windows(2) {
            if let Some(why) = objection(pair[0].text, pair[1].text) {
                report.refuse(format!("{}:{}: {why}", file.path, line_of(file.code(), pair[0].at)));
            }
        }
        for (found, at) in put_off(&tokens) {
            report.refuse(format!(
                "{}:{}: `{found}` is work put off",
                file.path,
                line_of(file.code(), at)
            ));
        }
        for (index, line) in file.text.lines().enumerate() {
            if let Some((riddle, instead)) = RIDDLES.iter().find(|(riddle, _)| line.contains(riddle)) {
                let at = index + 1;
                report.refuse(format!("{}:{at}: `{riddle}` is a riddle; say: {instead}", file.path));
            }
            if let Some(mark) = MARKS.iter().find(|mark| line.contains(**mark)) {
                report.refuse(format!("{}:{}: `{mark}` is work put off", file.path, index + 1));
            }
        }
    }
}

fn objection(introducer: &str, name: &str) -> Option<String> {
    if let Some((_, instead)) = RETIRED.iter().find(|(retired, _)| *retired == name)
        && (introducer == "fn" || INTRODUCERS.contains(&introducer))
    {
        return Some(format!("`{name}` was given up; the word is `{instead}`"));
    }
    if !INTRODUCERS.contains(&introducer) {
        return None;
    }
    if introducer != "mod" && words(name).any(|word| word == "migration") {
        return Some(format!("`{name}`: the word for a file of the history is `revision`"));
    }
    empty_word(name).map(|word| format!("`{name}`: `{word}` says nothing; name it after what it does"))
}

fn empty_word(name: &str) -> Option<&'static str> {
    words(name)
        .find_map(|word| EMPTY_WORDS.iter().find(|empty| **empty == word))
        .copied()
}

/// The words of a name in either case convention, in lower case.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut spaced = String::new();
    for c in name.chars() {
        if c.is_uppercase() || !c.is_alphanumeric() {
            spaced.push(' ');
        }
        spaced.extend(c.to_lowercase());
    }
    let words: Vec<String> = spaced
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_owned)
        .collect();
    words.into_iter()
}

fn put_off<'a>(tokens: &'a [Token<'a>]) -> impl Iterator<Item = (String, usize)> + 'a {
    (0..tokens.len()).flat_map(move |at| {
        PUT_OFF.iter().filter_map(move |pattern| {
            let found = tokens.get(at..at + pattern.len())?;
            let same = found.iter().zip(*pattern).all(|(token, word)| token.text == *word);
            same.then(|| (pattern.concat(), tokens[at].at))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::refusals;
    use super::*;

    #[test]
    fn empty_names_are_refused() {
        for (path, text) in [
            ("src/utils.rs", ""),
            ("src/common/mod.rs", ""),
            ("src/a.rs", "mod test_helpers;"),
            ("src/a.rs", "pub struct LockManager;"),
            ("src/a.rs", "type UtilMap = u8;"),
            ("src/a.rs", "pub enum Migration {}"),
        ] {
            assert_eq!(refusals(check, &[(path, text)]).len(), 1, "{path} {text}");
        }
    }

    #[test]
    fn words_that_were_given_up_are_refused() {
        for text in [
            "struct Settling;",
            "fn hangs_on() {}",
            concat!("// What hangs ", "on it."),
        ] {
            assert_eq!(refusals(check, &[("src/a.rs", text)]).len(), 1, "{text}");
        }
        assert!(refusals(check, &[("src/a.rs", "let hangs_on = settling();")]).is_empty());
    }

    #[test]
    fn names_with_a_subject_are_not() {
        for text in [
            "struct Migrator;",
            "struct Utility;",
            "fn helper() {}",
            "// struct Helper;",
            "mod commons;",
        ] {
            assert!(refusals(check, &[("src/uncommon.rs", text)]).is_empty(), "{text}");
        }
    }

    #[test]
    fn work_put_off_is_refused_with_its_line() {
        for text in [
            "todo!()",
            "unimplemented!(\"later\")",
            "#[ignore = \"slow\"]",
            concat!("// FIX", "ME later"),
        ] {
            let refused = refusals(check, &[("src/a.rs", &format!("fn f() {{}}\n{text}\n"))]);
            assert!(
                refused.len() == 1 && refused[0].starts_with("src/a.rs:2: "),
                "{text}: {refused:?}"
            );
        }
        assert!(
            refusals(
                check,
                &[("src/a.rs", "// todo!() in a comment, \"todo!()\" in a string")]
            )
            .is_empty()
        );
    }
}
