//! Whether what came out is what a document says, save what differs from run to run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A line that stands for any number of lines.
const ELSEWHERE: &str = "…";

/// Which revision of the document is which of this run: ids are made anew each time, and mean the same throughout.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    actual: BTreeMap<String, String>,
    documented: BTreeMap<String, String>,
}

impl Ids {
    /// Notes that the document's `documented` is this run's `actual`; false where either is another already.
    pub(crate) fn bind(&mut self, documented: &str, actual: &str) -> bool {
        let known = self.actual.get(documented).map(String::as_str);
        let named = self.documented.get(actual).map(String::as_str);
        if known.is_none() && named.is_none() {
            self.actual.insert(documented.to_owned(), actual.to_owned());
            self.documented.insert(actual.to_owned(), documented.to_owned());
            return true;
        }
        known == Some(actual) && named == Some(documented)
    }

    /// The document's text with this run's ids.
    pub(crate) fn in_run(&self, text: &str) -> String {
        translate(text, &self.actual)
    }

    /// This run's text with the document's ids; those that it does not have yet become its own.
    pub(crate) fn in_document(&mut self, text: &str) -> String {
        for id in ids(text) {
            if !self.documented.contains_key(id) {
                self.bind(id, id);
            }
        }
        translate(text, &self.documented)
    }
}

fn translate(text: &str, words: &BTreeMap<String, String>) -> String {
    let mut translated = String::new();
    let mut rest = 0;
    for at in places(text) {
        let id = &text[at..at + ID];
        translated += &text[rest..at];
        translated += words.get(id).map_or(id, String::as_str);
        rest = at + ID;
    }
    translated + &text[rest..]
}

/// Compares lines, learns ids, and says what differs.
pub(crate) fn compare(documented: &[String], actual: &[String], ids_of_both: &mut Ids) -> Result<(), String> {
    let actual = without_trailing_blanks(actual);
    let documented = without_trailing_blanks(documented);
    let Some(pairs) = pairs(documented, actual) else {
        let aligned = aligned(documented, actual);
        // What is learnt from lines that do agree keeps the rest of the document from being wrong for this alone.
        for (documented, actual) in aligned.iter().filter_map(|(left, right)| left.zip(*right)) {
            for (id, actual_id) in ids(documented).into_iter().zip(ids(actual)) {
                ids_of_both.bind(id, actual_id);
            }
        }
        return Err(difference(&aligned));
    };
    for (documented, actual) in pairs {
        for (id, actual_id) in ids(documented).into_iter().zip(ids(actual)) {
            if !ids_of_both.bind(id, actual_id) {
                let why = format!("  `{id}` is another revision elsewhere in the document");
                return Err(format!("{why}\n- {documented}\n+ {actual}"));
            }
        }
    }
    Ok(())
}

fn without_trailing_blanks(lines: &[String]) -> &[String] {
    let end = lines.iter().rposition(|line| !line.trim().is_empty());
    &lines[..end.map_or(0, |at| at + 1)]
}

/// Which line of the document is which line of the outcome, where they agree.
fn pairs<'t>(documented: &'t [String], actual: &'t [String]) -> Option<Vec<(&'t str, &'t str)>> {
    match documented {
        [] => actual.is_empty().then(Vec::new),
        [first, rest @ ..] if first == ELSEWHERE => (0..=actual.len()).find_map(|from| pairs(rest, &actual[from..])),
        [first, rest @ ..] => {
            let (line, others) = actual
                .split_first()
                .filter(|(line, _)| settled(line) == settled(first))?;
            let mut all = pairs(rest, others)?;
            all.insert(0, (first, line));
            Some(all)
        }
    }
}

/// A line without what differs from run to run.
fn settled(line: &str) -> String {
    let mut settled = String::new();
    let mut rest = line.trim_end();
    while let Some(first) = rest.chars().next() {
        let at_word = !settled.chars().next_back().is_some_and(char::is_alphanumeric);
        let (word, length) = match at_word.then(|| varying(rest)).flatten() {
            Some(found) => found,
            None => ("", first.len_utf8()),
        };
        settled += if word.is_empty() { &rest[..length] } else { word };
        rest = &rest[length..];
    }
    settled
}

/// What a text begins with that differs from run to run, and how long it is.
fn varying(text: &str) -> Option<(&'static str, usize)> {
    if let Some(length) = shape(text, "????-??-?? ??:??:??") {
        let zone = ["+00:00", " UTC", "Z"]
            .iter()
            .find(|zone| text[length..].starts_with(**zone));
        return Some(("<date>", length + zone.map_or(0, |zone| zone.len())));
    }
    if starts_with_id(text) {
        return Some(("<id>", ID));
    }
    let number = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .filter(|length| *length > 0)?;
    let unit = [" ms", " µs", " s"]
        .iter()
        .find(|unit| text[number..].starts_with(**unit))?;
    let length = number + unit.len();
    let ends = !text[length..].chars().next().is_some_and(char::is_alphanumeric);
    ends.then_some(("<time>", length))
}

/// The length of a shape in which `?` is a digit, where the text begins so.
fn shape(text: &str, shape: &str) -> Option<usize> {
    let same = |(given, wanted): (u8, u8)| {
        if wanted == b'?' {
            given.is_ascii_digit()
        } else {
            given == wanted
        }
    };
    (text.len() >= shape.len() && text.bytes().zip(shape.bytes()).all(same)).then_some(shape.len())
}

/// How long an id is.
const ID: usize = 12;

fn starts_with_id(text: &str) -> bool {
    let is_hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() >= ID
        && text.bytes().take(ID).all(is_hexadecimal)
        && !text[ID..].chars().next().is_some_and(char::is_alphanumeric)
}

/// The ids in a text.
fn ids(text: &str) -> Vec<&str> {
    places(text).into_iter().map(|at| &text[at..at + ID]).collect()
}

/// Where they are.
fn places(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut before = None;
    for (at, c) in text.char_indices() {
        if !before.is_some_and(char::is_alphanumeric) && starts_with_id(&text[at..]) {
            found.push(at);
        }
        before = Some(c);
    }
    found
}

/// Both texts as one, line for line: what is in the document, and what came out.
fn aligned<'t>(documented: &'t [String], actual: &'t [String]) -> Vec<(Option<&'t str>, Option<&'t str>)> {
    let left: Vec<String> = documented.iter().map(|line| settled(line)).collect();
    let right: Vec<String> = actual.iter().map(|line| settled(line)).collect();
    // How many lines both have in common, from there on.
    let mut common = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            common[i][j] = if a == b {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut all) = (0, 0, Vec::new());
    while i < left.len() || j < right.len() {
        let both = i < left.len() && j < right.len() && left[i] == right[j];
        let only_left = !both && i < left.len() && (j == right.len() || common[i + 1][j] >= common[i][j + 1]);
        let line = (both || only_left).then(|| documented[i].as_str());
        let outcome = (!only_left).then(|| actual[j].as_str());
        i += usize::from(line.is_some());
        j += usize::from(outcome.is_some());
        all.push((line, outcome));
    }
    all
}

/// What is only in the document, marked by `-`, only in the outcome, by `+`, and in both.
fn difference(aligned: &[(Option<&str>, Option<&str>)]) -> String {
    let mut text = String::new();
    for line in aligned {
        let _ = match line {
            (Some(line), None) => writeln!(text, "- {line}"),
            (None, Some(line)) => writeln!(text, "+ {line}"),
            (_, line) => writeln!(text, "  {}", line.unwrap_or_default()),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn same(documented: &str, actual: &str) -> bool {
        compare(&lines(documented), &lines(actual), &mut Ids::default()).is_ok()
    }

    #[test]
    fn what_differs_from_run_to_run_does_not_count() {
        assert!(same(
            "upgrade c5cadd776b76 (poser) x 12.3 ms",
            "upgrade 0123456789ab (poser) x 1.20 s"
        ));
        assert!(same(
            "-- Create Date: 2026-11-23 03:12:55+00:00",
            "-- Create Date: 2027-01-02 00:00:00+00:00"
        ));
        assert!(same("a/c5cadd776b76_b.sql:9:1", "a/0123456789ab_b.sql:9:1"));
        assert!(!same("decimal(8, 2)", "decimal(8, 3)") && !same("9 rows", "8 rows"));
        assert!(!same("c5cadd776b76", "c5cadd776b7") && !same("2 s", "2 seconds"));
    }

    #[test]
    fn three_dots_stand_for_any_lines() {
        assert!(same("…\nb\n…\nd", "a\nb\nc\nb\nd\n"));
        assert!(same("a\n…", "a") && same("…", ""));
        assert!(!same("…\nb", "b\nc") && !same("a", "a\nb"));
    }

    #[test]
    fn an_id_means_the_same_throughout() {
        let mut ids = Ids::default();
        assert!(ids.bind("c5cadd776b76", "0123456789ab"));
        assert!(compare(&lines("c5cadd776b76_a"), &lines("0123456789ab_a"), &mut ids).is_ok());
        assert!(compare(&lines("c5cadd776b76"), &lines("123456789abc"), &mut ids).is_err());
        assert!(compare(&lines("123456789abc"), &lines("0123456789ab"), &mut ids).is_err());
        assert_eq!(ids.in_run("c5cadd776b76:abc"), "0123456789ab:abc");
        assert_eq!(ids.in_document("(0123456789ab)"), "(c5cadd776b76)");
    }

    #[test]
    fn a_difference_is_shown_line_by_line() {
        let why = compare(&lines("a\nb\nc"), &lines("a\nx\nc"), &mut Ids::default()).unwrap_err();
        assert_eq!(why, "  a\n- b\n+ x\n  c\n");
    }

    #[test]
    fn ids_are_learnt_from_the_lines_that_agree() {
        let mut ids = Ids::default();
        let documented = lines("wrote c5cadd776b76\nb");
        assert!(compare(&documented, &lines("wrote 0123456789ab\nc 123456789abc"), &mut ids).is_err());
        assert_eq!(
            ids.in_document("0123456789ab, 123456789abc"),
            "c5cadd776b76, 123456789abc"
        );
        assert!(!ids.bind("c5cadd776b76", "123456789abc"));
    }
}
