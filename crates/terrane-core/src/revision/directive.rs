//! What a comment is besides a comment: the heading of a section, a call, or one of the two written otherwise.
//!
//! A heading that was taken for a comment would run the statements below it in the wrong direction. So a comment is one
//! only if it does not look like a directive; the rule is that of docs/reference/revision-file.md.

use super::Way;
use crate::sql::DIALECTS;
use crate::text::closest;

/// What a comment says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Directive<'t> {
    /// `-- upgrade`, `-- downgrade: sqlite`.
    Section(Way, Option<&'t str>),
    /// `-- call NAME`.
    Call(&'t str),
    /// It begins as a directive, and is not complete.
    Incomplete,
    /// It looks like one, and is written otherwise.
    Suspect(Suspect),
    /// Words for people.
    Comment,
}

/// What a comment looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Suspect {
    Section(Way),
    Call,
}

/// Whether a comment as it is written, with what marks it as one, is nothing but a comment in a section of a revision.
pub fn is_plain_comment(written: &str) -> bool {
    directive(written) == Directive::Comment
}

/// Reads a comment as it is written, with what marks it as one.
pub(super) fn directive(written: &str) -> Directive<'_> {
    let line = written.strip_prefix("--");
    if let Some(exact) = line.and_then(exact) {
        return exact;
    }
    let content = match line {
        Some(line) => line,
        None => written.trim_start_matches(['#', '/', '*']).trim_end_matches(['/', '*']),
    };
    suspect(content).map_or(Directive::Comment, Directive::Suspect)
}

/// A directive that is written as it should be, or begun so.
fn exact(comment: &str) -> Option<Directive<'_>> {
    let text = comment.trim();
    if let Some(rest) = text
        .strip_prefix("call")
        .filter(|rest| rest.starts_with(char::is_whitespace))
    {
        let name = rest.trim().trim_end_matches(';');
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        return (!name.is_empty() && name.chars().all(is_name)).then_some(Directive::Call(name));
    }
    if text == "call" {
        return Some(Directive::Incomplete);
    }
    let (word, dialect) = match text.split_once(':') {
        Some((word, dialect)) => (word.trim_end(), Some(dialect.trim())),
        None => (text, None),
    };
    let way = match word {
        "upgrade" => Way::Upgrade,
        "downgrade" => Way::Downgrade,
        _ => return None,
    };
    match dialect {
        None => Some(Directive::Section(way, None)),
        Some("") => Some(Directive::Incomplete),
        Some(dialect) if dialect.chars().all(|c| c.is_alphanumeric() || c == '_') => {
            Some(Directive::Section(way, Some(dialect)))
        }
        Some(_) => None,
    }
}

/// How sure a word is that a section begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// Only as a heading by itself: `undo`.
    Alone,
    /// In at most two words: `down`.
    Short,
    /// In at most three: `downgrade`.
    Plain,
}

fn way_of(word: &str) -> Option<(Way, Strength)> {
    Some(match word {
        "upgrade" | "upgrades" => (Way::Upgrade, Strength::Plain),
        "downgrade" | "downgrades" => (Way::Downgrade, Strength::Plain),
        "up" | "ups" => (Way::Upgrade, Strength::Short),
        "down" | "downs" => (Way::Downgrade, Strength::Short),
        "undo" | "rollback" | "revert" | "backward" | "backwards" => (Way::Downgrade, Strength::Alone),
        _ => return None,
    })
}

/// A misspelt `upgrade` or `downgrade`.
fn misspelt(word: &str) -> Option<Way> {
    match closest(word, ["upgrade", "downgrade"].into_iter())? {
        "upgrade" => Some(Way::Upgrade),
        _ => Some(Way::Downgrade),
    }
}

/// Words that go before `up` and `down` in the files of other tools, or make a heading of `downgrade`.
const BEFORE: [&str; 12] = [
    "migrate",
    "migration",
    "migrations",
    "goose",
    "micrate",
    "rambler",
    "dbmate",
    "sqlx",
    "terrane",
    "section",
    "schema",
    "sql",
];

/// Words behind `upgrade` or `down` with which they head something, however long the line goes on.
const BEHIND: [&str; 10] = [
    "section",
    "sections",
    "migration",
    "migrations",
    "script",
    "part",
    "steps",
    "statements",
    "sql",
    "path",
];

/// What a comment looks like, if it looks like a directive.
fn suspect(content: &str) -> Option<Suspect> {
    let words = Words::of(content);
    let first = words.list.first()?.as_str();
    let second = words.list.get(1).map_or("", String::as_str);
    let count = words.list.len();
    if first == "call" && (words.marks != [false, false] || count <= 3) {
        return Some(Suspect::Call);
    }
    // tern's line between the two directions.
    if words.list == ["create", "above", "drop", "below"] {
        return Some(Suspect::Section(Way::Downgrade));
    }
    let names_dialect = || words.list.iter().any(|word| DIALECTS.contains(&word.as_str()));
    let heads = || words.marks[0] || BEHIND.contains(&second) || names_dialect();
    let (way, found) = match way_of(first) {
        Some((way, Strength::Plain)) => (way, count <= 3 || heads()),
        Some((way, Strength::Short)) => (way, count <= 2 || heads()),
        Some((way, Strength::Alone)) => (way, count == 1),
        None => match (misspelt(first), way_of(second)) {
            (Some(way), _) => (way, count == 1 || heads()),
            (None, Some((way, _))) if BEFORE.contains(&first) => (way, count <= 4),
            (None, Some((way, Strength::Plain))) => (way, count <= 2),
            _ => return None,
        },
    };
    found.then_some(Suspect::Section(way))
}

/// The words of a comment in lower case, whatever marks stand around them. A comment of many words is a sentence, so that
/// the first few tell enough.
struct Words {
    list: Vec<String>,
    /// Whether a mark other than a blank stands right behind the first word, and behind the second.
    marks: [bool; 2],
}

impl Words {
    fn of(content: &str) -> Words {
        const ENOUGH: usize = 12;
        // Apostrophes and hyphens within a word belong to it: `up-to-date` is one.
        let is_inner = |c: char| matches!(c, '\'' | '’' | '-');
        let mut list: Vec<String> = Vec::new();
        let mut marks = [false; 2];
        let mut rest = content.trim_start_matches(|c: char| !c.is_alphabetic());
        while !rest.is_empty() && list.len() < ENOUGH {
            let mut end = 0;
            let mut letters = rest.char_indices().peekable();
            while let Some((at, c)) = letters.next() {
                let joins = is_inner(c) && letters.peek().is_some_and(|(_, next)| next.is_alphanumeric());
                if !c.is_alphanumeric() && c != '_' && !joins {
                    break;
                }
                end = at + c.len_utf8();
            }
            let word: String = rest[..end].chars().filter(|c| *c != '-').collect();
            rest = &rest[end..];
            if let Some(mark) = marks.get_mut(list.len()) {
                *mark = rest
                    .trim_start()
                    .starts_with(|c: char| !c.is_alphanumeric() && c != '_');
            }
            list.push(word.to_lowercase());
            rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        }
        Words { list, marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_lower_case_and_alone() {
        let (up, down) = (Way::Upgrade, Way::Downgrade);
        for (text, way, dialect) in [
            ("-- upgrade", up, None),
            ("--downgrade", down, None),
            ("--   downgrade \r", down, None),
            ("-- upgrade: sqlite", up, Some("sqlite")),
            ("-- upgrade:SQLite", up, Some("SQLite")),
            ("-- downgrade : postgresql", down, Some("postgresql")),
        ] {
            assert_eq!(directive(text), Directive::Section(way, dialect), "{text}");
        }
        assert_eq!(directive("-- call fill_points"), Directive::Call("fill_points"));
        assert_eq!(directive("--call seed;"), Directive::Call("seed"));
        for text in ["-- call", "-- upgrade:", "-- downgrade :"] {
            assert_eq!(directive(text), Directive::Incomplete, "{text}");
        }
    }

    #[test]
    fn what_looks_like_a_heading_is_no_comment() {
        for text in [
            "-- Downgrade",
            "-- DOWNGRADE",
            "-- downgrade (loses rows)",
            "-- downgrade (loses all the rows that customers made since)",
            "--- downgrade",
            "-- -- downgrade",
            "------ downgrade ------",
            "-- downgrade;",
            "-- downgrade.",
            "-- downgrade -",
            "-- downgrade: this loses what the customers have written",
            "-- downgrade, and it loses what was written",
            "-- down",
            "-- Down",
            "-- DOWN;",
            "-- down-grade",
            "-- down grade",
            "-- downgrade sqlite",
            "-- downgrade: sqlite, postgresql",
            "-- downgrade for the sqlite server only",
            "-- downgrade section: how to get rid of it again",
            "-- downgarde",
            "-- dowgrade",
            "-- downgrad:",
            "-- d\u{43e}wngrade",
            "-- upgarde",
            "-- migrate:down",
            "-- migrate:up transaction:false",
            "-- +goose Down",
            "-- +migrate Down",
            "-- +micrate Up",
            "-- !Downs",
            "-- # --- !Ups",
            "--//@UNDO",
            "-- @DOWN",
            "-- rollback",
            "-- Down Migration",
            "-- Up Migration",
            "-- [downgrade]",
            "-- == upgrade ==",
            "-- 2. downgrade",
            "-- sqlite downgrade",
            "---- create above / drop below ----",
            "/* downgrade */",
            "/* upgrade: sqlite */",
            "/*\n * downgrade\n */",
            "# downgrade",
            "--\u{200b}downgrade",
        ] {
            let read = directive(text);
            assert!(
                matches!(read, Directive::Suspect(Suspect::Section(_))),
                "{text}: {read:?}"
            );
        }
        for text in [
            "-- Call seed",
            "--- call seed",
            "-- call: seed",
            "-- call seed()",
            "-- call seed (fills it)",
            "-- call seed customers",
            "-- call seed, fill",
            "/* call seed */",
        ] {
            assert_eq!(directive(text), Directive::Suspect(Suspect::Call), "{text}");
        }
    }

    #[test]
    fn a_sentence_is_a_comment_whatever_it_begins_with() {
        for text in [
            "--",
            "-- ",
            "-- upgrade the customers later",
            "-- Upgrade the customers of 2019 later",
            "-- downgrade loses the rows of 2019",
            "-- up to date",
            "-- up-to-date rows",
            "-- down below is the index",
            "-- call the vendor before this",
            "-- callers",
            "-- the downgrade loses rows",
            "-- loses rows on downgrade",
            "-- undo the last rename",
            "-- upgrade's price",
            "-- updated by a trigger",
            "-- grade of the customer",
            "-- 10 rows",
            "/* upgrade the customers later */",
        ] {
            assert_eq!(directive(text), Directive::Comment, "{text}");
        }
    }
}
