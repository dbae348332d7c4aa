//! dbmate: `VERSION_NAME.sql` with the lines `-- migrate:up` and `-- migrate:down`.

use super::folder::Found;
use super::original::{Original, Part, Reading, words};
use terrane_core::text::Span;

/// What dbmate says in its headings.
const OPTION: &str = "transaction:false";

pub(super) fn read(files: &[Found]) -> Reading {
    let mut reading = Reading::default();
    for file in files {
        let parts = file.top().and_then(parted);
        match parts {
            Some((digits, title)) => migration(file, digits, title, &mut reading),
            None => reading.passed_over(file, "dbmate"),
        }
    }
    // dbmate runs files by their names.
    reading.refuse_twins();
    reading
}

/// The version and the title of a file that dbmate takes for a migration.
fn parted(name: &str) -> Option<(&str, &str)> {
    let stem = name.strip_suffix(".sql")?;
    let end = stem.find(|c: char| !c.is_ascii_digit()).unwrap_or(stem.len());
    (end > 0).then(|| (&stem[..end], stem[end..].trim_start_matches('_')))
}

fn migration(file: &Found, digits: &str, title: &str, reading: &mut Reading) {
    let text = file.source.text();
    let (up, down) = (heading(text, "up"), heading(text, "down"));
    let Some(up) = up else {
        let why = "has no line `-- migrate:up`";
        return reading.refused(file, why, "Write it above the statements.");
    };
    if down.is_some_and(|down| down.start < up.start) {
        let help = "Write `-- migrate:up` first.";
        return reading.refused_at(file, up, "`-- migrate:up` stands behind `-- migrate:down`", help);
    }
    let is_comment = |line: &str| line.trim().is_empty() || line.trim_start().starts_with("--");
    if !text[..up.start].lines().all(is_comment) {
        let help = "Put the line above all statements.";
        return reading.refused_at(file, up, "statements stand above `-- migrate:up`", help);
    }
    let runs_alone = |heading: Span| text[heading.range()].split_whitespace().any(|word| word == OPTION);
    let part = |span| Part {
        source: file.source.clone(),
        span,
    };
    let end = down.map_or(text.len(), |down| down.start);
    // Comments above the heading say what the file is for.
    let above = part(Span::new(0, up.start));
    reading.migrations.push(Original {
        version: digits.to_owned(),
        written: digits.to_owned(),
        title: words(title),
        file: file.source.clone(),
        transactional: !runs_alone(up) && !down.is_some_and(runs_alone),
        up: vec![above, part(Span::new(up.end, end))],
        down: down
            .map(|down| part(Span::new(down.end, text.len())))
            .into_iter()
            .collect(),
        checksums: Vec::new(),
    });
}

/// The line that begins a direction.
pub(super) fn heading(text: &str, way: &str) -> Option<Span> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let comment = line.strip_prefix("--").map(str::trim_start);
        let rest = comment.and_then(|comment| comment.strip_prefix("migrate:")?.strip_prefix(way));
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            return Some(Span::new(at, at + line.trim_end().len()));
        }
        at += line.len();
    }
    None
}
