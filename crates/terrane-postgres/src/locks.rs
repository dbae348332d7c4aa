//! Which lock a statement takes on a table that is there, and what it does under it (manual, table 13.2, and the pages of the
//! statements). A statement that is not among these is not said anything of.

use crate::FLAVOR;
use terrane_core::dialect::{Lock, Stops, Work};
use terrane_core::sql::{TokenKind, tokenize};

const ACCESS_EXCLUSIVE: (&str, Stops) = ("ACCESS EXCLUSIVE", Stops::ReadersAndWriters);
const EXCLUSIVE: (&str, Stops) = ("EXCLUSIVE", Stops::Writers);
const SHARE_ROW_EXCLUSIVE: (&str, Stops) = ("SHARE ROW EXCLUSIVE", Stops::Writers);
const SHARE: (&str, Stops) = ("SHARE", Stops::Writers);
const SHARE_UPDATE_EXCLUSIVE: (&str, Stops) = ("SHARE UPDATE EXCLUSIVE", Stops::Nobody);

type Mode = (&'static str, Stops);

/// Functions whose value is one for all rows of a statement, so that the server keeps it beside the table.
const STABLE: [&str; 6] = [
    "now",
    "current_setting",
    "statement_timestamp",
    "transaction_timestamp",
    "current_user",
    "txid_current",
];

pub(crate) fn locks(sql: &str) -> Vec<Lock> {
    let words = Words::of(sql);
    let all: Vec<&str> = words.lower.iter().map(String::as_str).collect();
    let lock = |at: usize, (mode, stops): Mode, work: Work| {
        let table = words.name(at);
        table.map(|(table, _)| Lock {
            table,
            mode,
            stops,
            work,
        })
    };
    let behind = |word: &str, from: usize| {
        let at = all.iter().skip(from).position(|other| *other == word);
        at.map(|at| from + at + 1)
    };
    let on = |from: usize| behind("on", from);
    let one: Option<Lock> = match all.as_slice() {
        ["alter", "table", ..] => return altered(&words),
        ["create", "table", ..] => return referred(&words, 2),
        ["create", "index", "concurrently", ..] | ["create", "unique", "index", "concurrently", ..] => {
            on(3).and_then(|at| lock(words.behind(at, &["only"]), SHARE_UPDATE_EXCLUSIVE, Work::Reads))
        }
        ["create", "index", ..] | ["create", "unique", "index", ..] => {
            on(2).and_then(|at| lock(words.behind(at, &["only"]), SHARE, Work::Reads))
        }
        ["drop", "table", ..] => lock(words.behind(2, &["if", "exists"]), ACCESS_EXCLUSIVE, Work::Catalog),
        ["create", "rule", ..] => behind("to", 2).and_then(|at| lock(at, ACCESS_EXCLUSIVE, Work::Catalog)),
        ["drop", "trigger" | "rule" | "policy", ..] | ["create", "policy", ..] => {
            on(2).and_then(|at| lock(at, ACCESS_EXCLUSIVE, Work::Catalog))
        }
        ["create", "trigger", ..] | ["create", "constraint", "trigger", ..] => {
            on(2).and_then(|at| lock(at, SHARE_ROW_EXCLUSIVE, Work::Catalog))
        }
        ["truncate", "table", ..] => lock(words.behind(2, &["only"]), ACCESS_EXCLUSIVE, Work::Catalog),
        ["truncate", ..] => lock(words.behind(1, &["only"]), ACCESS_EXCLUSIVE, Work::Catalog),
        ["refresh", "materialized", "view", "concurrently", ..] => lock(4, EXCLUSIVE, Work::Reads),
        ["refresh", "materialized", "view", ..] => lock(3, ACCESS_EXCLUSIVE, Work::Rewrites),
        ["reindex", "table", "concurrently", ..] => lock(3, SHARE_UPDATE_EXCLUSIVE, Work::Reads),
        ["reindex", "table", ..] => lock(2, SHARE, Work::Reads),
        _ => None,
    };
    one.into_iter().collect()
}

/// The locks of `ALTER TABLE`: the hardest of its actions' on the table, and those on what it refers to.
fn altered(words: &Words<'_>) -> Vec<Lock> {
    let at = words.behind(words.behind(2, &["if", "exists"]), &["only"]);
    let Some((table, at)) = words.name(at) else {
        return Vec::new();
    };
    let actions = words.items(at);
    let of_actions = actions.iter().map(|(begin, end)| {
        let action: Vec<&str> = words.lower[*begin..*end].iter().map(String::as_str).collect();
        action_lock(&action)
    });
    let Some((mode, work)) = of_actions.reduce(|(a, b), (c, d)| (harder(a, c), b.max(d))) else {
        return Vec::new();
    };
    let mut locks = vec![Lock {
        table,
        mode: mode.0,
        stops: mode.1,
        work,
    }];
    locks.extend(referred(words, at));
    locks
}

fn harder(one: Mode, other: Mode) -> Mode {
    const ORDER: [&str; 5] = [
        SHARE_UPDATE_EXCLUSIVE.0,
        SHARE.0,
        SHARE_ROW_EXCLUSIVE.0,
        EXCLUSIVE.0,
        ACCESS_EXCLUSIVE.0,
    ];
    let place = |mode: Mode| ORDER.iter().position(|other| *other == mode.0);
    if place(other) > place(one) { other } else { one }
}

fn action_lock(action: &[&str]) -> (Mode, Work) {
    let has = |words: &[&str]| action.windows(words.len()).any(|part| part == words);
    let checked = if has(&["not", "valid"]) {
        Work::Catalog
    } else {
        Work::Reads
    };
    let behind_name = match action {
        ["add", "constraint", _, rest @ ..] | ["add", rest @ ..] => rest,
        ["alter", "column", _, rest @ ..] | ["alter", _, rest @ ..] => rest,
        _ => &[],
    };
    match (action, behind_name) {
        (["validate", ..], _) => (SHARE_UPDATE_EXCLUSIVE, Work::Reads),
        (["add", ..], _) if has(&["using", "index"]) => (ACCESS_EXCLUSIVE, Work::MayRead),
        (["add", ..], ["foreign", ..]) => (SHARE_ROW_EXCLUSIVE, checked),
        (["add", ..], ["check", ..]) => (ACCESS_EXCLUSIVE, checked),
        (["add", ..], ["unique" | "primary" | "exclude", ..]) => (ACCESS_EXCLUSIVE, Work::Reads),
        (["add", ..], _) => (ACCESS_EXCLUSIVE, added_column(action)),
        (["alter", ..], ["type", ..] | ["set", "data", "type", ..]) => (ACCESS_EXCLUSIVE, Work::MayRewrite),
        (["alter", ..], ["set", "not", "null"]) => (ACCESS_EXCLUSIVE, Work::MayRead),
        (["alter", ..], ["set", "statistics", ..] | ["set" | "reset", "(", ..]) => {
            (SHARE_UPDATE_EXCLUSIVE, Work::Catalog)
        }
        (["set" | "reset", "(", ..] | ["cluster", ..], _) => (SHARE_UPDATE_EXCLUSIVE, Work::Catalog),
        (["set", "logged" | "unlogged" | "access" | "tablespace", ..], _) => (ACCESS_EXCLUSIVE, Work::Rewrites),
        (["enable" | "disable", "trigger", ..], _) => (SHARE_ROW_EXCLUSIVE, Work::Catalog),
        (["attach", "partition", ..], _) => (SHARE_UPDATE_EXCLUSIVE, Work::MayRead),
        (["detach", ..], _) if action.last() == Some(&"concurrently") => (SHARE_UPDATE_EXCLUSIVE, Work::Catalog),
        _ => (ACCESS_EXCLUSIVE, Work::Catalog),
    }
}

/// A column is filled in each row if its values differ from row to row.
fn added_column(action: &[&str]) -> Work {
    const NUMBERED: [&str; 5] = ["serial", "bigserial", "smallserial", "identity", "stored"];
    if action.iter().any(|word| NUMBERED.contains(word)) {
        return Work::Rewrites;
    }
    let behind_default = action.iter().skip_while(|word| **word != "default").skip(1);
    let behind_default: Vec<&str> = behind_default.copied().collect();
    let calls = behind_default.windows(2).any(|pair| {
        let is_name = pair[0].starts_with(|c: char| c.is_alphabetic() || c == '"');
        is_name && pair[1] == "(" && !STABLE.contains(&pair[0])
    });
    if calls {
        return Work::MayRewrite;
    }
    if action.contains(&"check") || action.contains(&"references") && !behind_default.is_empty() {
        return Work::Reads;
    }
    match action.contains(&"unique") || action.contains(&"primary") {
        true => Work::Reads,
        false => Work::Catalog,
    }
}

/// What a foreign key refers to is locked with its table.
fn referred(words: &Words<'_>, from: usize) -> Vec<Lock> {
    let mut locks: Vec<Lock> = Vec::new();
    for at in from..words.lower.len() {
        if words.lower[at] != "references" {
            continue;
        }
        let (mode, stops) = SHARE_ROW_EXCLUSIVE;
        let named = words
            .name(at + 1)
            .filter(|(name, _)| locks.iter().all(|lock| lock.table != *name));
        locks.extend(named.map(|(table, _)| Lock {
            table,
            mode,
            stops,
            work: Work::Catalog,
        }));
    }
    locks
}

/// The words of a statement, as they are and in lower case.
struct Words<'s> {
    texts: Vec<&'s str>,
    lower: Vec<String>,
}

impl<'s> Words<'s> {
    fn of(sql: &'s str) -> Words<'s> {
        let tokens = tokenize(sql, &FLAVOR.lexing).unwrap_or_default();
        let tokens = tokens.iter().filter(|token| token.kind != TokenKind::Comment);
        let texts: Vec<&str> = tokens.map(|token| token.text(sql)).collect();
        let lower = texts.iter().map(|text| match text.starts_with(['"', '\'']) {
            true => (*text).to_owned(),
            false => text.to_ascii_lowercase(),
        });
        Words {
            lower: lower.collect(),
            texts,
        }
    }

    /// Behind those words, if they stand there.
    fn behind(&self, at: usize, words: &[&str]) -> usize {
        let here = self.lower.get(at..at + words.len());
        let stand = here.is_some_and(|here| here.iter().zip(words).all(|(a, b)| a == b));
        if stand { at + words.len() } else { at }
    }

    /// The name that stands there, as it is written, and what follows it.
    fn name(&self, mut at: usize) -> Option<(String, usize)> {
        let mut name = (*self.texts.get(at)?).to_owned();
        at += 1;
        while self.lower.get(at).is_some_and(|word| word == ".") {
            name.push('.');
            name.push_str(self.texts.get(at + 1)?);
            at += 2;
        }
        Some((name, at))
    }

    /// What stands between commas from there on, as ranges.
    fn items(&self, from: usize) -> Vec<(usize, usize)> {
        let mut items = Vec::new();
        let (mut begin, mut depth) = (from, 0_usize);
        for at in from..self.lower.len() {
            match self.lower[at].as_str() {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "," if depth == 0 => {
                    items.push((begin, at));
                    begin = at + 1;
                }
                _ => {}
            }
        }
        if begin < self.lower.len() {
            items.push((begin, self.lower.len()));
        }
        items
    }
}
