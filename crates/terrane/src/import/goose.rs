//! goose: `VERSION_NAME.sql` with annotations, lines that begin with `-- +goose`.

use super::folder::Found;
use super::original::{Original, Part, Reading, number, numbered, words};
use terrane_core::revision::Way;
use terrane_core::text::Span;

pub(super) fn read(files: &[Found]) -> Reading {
    let mut reading = Reading::default();
    for file in files {
        let parts = file.top().and_then(numbered);
        let parted = parts.and_then(|(digits, rest)| Some((digits, rest.rsplit_once('.')?)));
        match parted {
            Some((digits, (title, "sql"))) => migration(file, digits, title, &mut reading),
            Some((_, (title, "go"))) if !title.ends_with("_test") => reading.refused(
                file,
                "is a migration in Go, which only goose can run",
                "Write what it does as SQL of the same version, or as a revision that calls a function of the app's.",
            ),
            _ => reading.passed_over(file, "goose"),
        }
    }
    reading
        .migrations
        .sort_by_key(|migration| number(&migration.version).unwrap_or_default());
    reading.refuse_twins();
    reading
}

/// What a line says to goose.
pub(super) fn annotation(line: &str) -> Option<String> {
    let said = line.strip_prefix("--")?.trim_start().strip_prefix("+goose")?;
    let words: Vec<&str> = said.split_whitespace().collect();
    Some(words.join(" ").to_ascii_lowercase())
}

/// A file on the way through its lines.
struct Walk<'f> {
    file: &'f Found,
    way: Option<Way>,
    /// Where the stretch began that is open, and whether it is one between `StatementBegin` and `StatementEnd`.
    from: usize,
    within: Option<Span>,
    up: Vec<Part>,
    down: Vec<Part>,
    transactional: bool,
    has_down: bool,
}

impl Walk<'_> {
    /// Ends the stretch at that place.
    fn end(&mut self, at: usize) {
        let part = Part {
            source: self.file.source.clone(),
            span: Span::new(self.from, at),
        };
        match self.way {
            Some(Way::Downgrade) => self.down.push(part),
            // What stands above the first heading is comments.
            Some(Way::Upgrade) | None => self.up.push(part),
        }
    }

    fn annotated(&mut self, said: &str, line: Span, reading: &mut Reading) {
        let file = self.file;
        match (said, self.way, self.within) {
            ("up", None, None) => self.way = Some(Way::Upgrade),
            ("down", Some(Way::Upgrade), None) => {
                self.way = Some(Way::Downgrade);
                self.has_down = true;
            }
            ("statementbegin", Some(_), None) => self.within = Some(line),
            ("statementend", Some(_), Some(_)) => self.within = None,
            ("no transaction", ..) => self.transactional = false,
            ("envsub on" | "envsubst on", ..) => reading.refused_at(
                file,
                line,
                "variables of the environment are put into the statements below",
                "Write their values; a revision says the same everywhere.",
            ),
            ("envsub off" | "envsubst off", ..) => {}
            ("up" | "down" | "statementbegin" | "statementend", ..) => reading.refused_at(
                file,
                line,
                "this annotation stands where goose refuses it",
                "The order is `Up`, `Down`, and in each `StatementBegin` before `StatementEnd`.",
            ),
            _ => reading.refused_at(file, line, "this annotation is none of goose's", "Correct it."),
        }
    }
}

fn migration(file: &Found, digits: &str, title: &str, reading: &mut Reading) {
    let Some(version) = number(digits).filter(|version| *version > 0) else {
        return reading.refused(file, "has a version that goose refuses", "Give it a number above 0.");
    };
    let text = file.source.text();
    let mut walk = Walk {
        file,
        way: None,
        from: 0,
        within: None,
        up: Vec::new(),
        down: Vec::new(),
        transactional: true,
        has_down: false,
    };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(at, at + line.trim_end().len());
        if let Some(said) = annotation(line) {
            walk.end(at);
            walk.annotated(&said, span, reading);
            walk.from = at + line.len();
        } else if walk.way.is_none() && !line.trim().is_empty() && !line.trim_start().starts_with("--") {
            let help = "Write `-- +goose Up` above all statements.";
            return reading.refused_at(file, span, "this stands above `-- +goose Up`", help);
        }
        at += line.len();
    }
    walk.end(text.len());
    if let Some(begin) = walk.within {
        let help = "Write `-- +goose StatementEnd` below the statement.";
        reading.refused_at(file, begin, "this `StatementBegin` has no end", help);
    }
    if walk.way.is_none() {
        let why = "has no line `-- +goose Up`";
        return reading.refused(file, why, "Write it above the statements.");
    }
    reading.migrations.push(Original {
        version: version.to_string(),
        written: digits.to_owned(),
        title: words(title),
        file: file.source.clone(),
        transactional: walk.transactional,
        up: walk.up,
        down: if walk.has_down { walk.down } else { Vec::new() },
        checksums: Vec::new(),
    });
}
