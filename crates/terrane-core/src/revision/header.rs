//! The header of a revision file.

use super::body::unknown_dialect;
use super::directive::{Directive, directive};
use super::{Revision, Target, Timestamp, Waiver};
use crate::diagnostic::{Diagnostic, codes};
use crate::graph::RevisionId;
use crate::sql::DIALECTS;
use crate::text::{SourceFile, Span, closest, is_hostile};

/// The keys of the header, in the order in which they are printed.
pub const KEYS: [&str; 8] = [
    "Revision ID",
    "Revises",
    "Branch Labels",
    "Depends On",
    "Create Date",
    "Dialect",
    "Transaction",
    "Touches",
];

/// A text as the message of a revision: no blanks around its lines, one empty line at most between others, and none that
/// would be read as a key or a directive.
pub fn message(text: &str) -> String {
    // A carriage return by itself ends a line on one server, and an escape is an order to a terminal.
    let text = text.replace("\r\n", "\n").replace(|c: char| is_hostile(c), " ");
    let lines = text.lines().map(str::trim).map(|line| {
        let key = line.split_once(':').map_or("", |(key, _)| key.trim());
        let first = line.split([' ', ':']).next().unwrap_or("");
        let reads_otherwise = KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
            || looks_like_key(key) && line.contains(':')
            || matches!(first, "upgrade" | "downgrade" | "call")
            || matches!(directive(&format!("-- {line}")), Directive::Section(..));
        if reads_otherwise {
            format!("message: {line}")
        } else {
            line.to_owned()
        }
    });
    let mut lines: Vec<String> = lines.collect();
    lines.dedup_by(|next, line| next.is_empty() && line.is_empty());
    lines.join("\n").trim_matches('\n').to_owned()
}

/// What is gathered from header lines.
#[derive(Default)]
pub(super) struct Header {
    message: Vec<String>,
    /// An empty line stands above, and a message above that.
    paragraph_ended: bool,
    id: Option<RevisionId>,
    down_revisions: Vec<RevisionId>,
    depends_on: Vec<String>,
    branch_labels: Vec<String>,
    created: Option<Timestamp>,
    dialect: Option<Target>,
    transactional: Option<bool>,
    touches: Vec<Waiver>,
    seen: Vec<&'static str>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Header {
    /// Takes one comment line of the block: its text after the dashes, and its place.
    pub(super) fn line(&mut self, source: &SourceFile, text: &str, span: Span) {
        let text = text.trim();
        let pair = text.split_once(':').map(|(key, value)| (key.trim(), value.trim()));
        let key = pair.and_then(|(key, _)| KEYS.into_iter().find(|known| known.eq_ignore_ascii_case(key)));
        match (key, pair) {
            (Some(key), Some((_, value))) => {
                self.pair(source, key, value, span);
            }
            _ if text.is_empty() => self.paragraph_ended |= !self.message.is_empty(),
            _ if !self.has_keys() && !self.paragraph_ended => self.message.push(text.to_owned()),
            (_, Some((key, _))) if looks_like_key(key) => self.unknown_key(source, key, span),
            _ if !self.has_keys() => {
                self.paragraph_ended = false;
                self.message.push(String::new());
                self.message.push(text.to_owned());
            }
            _ => self.diagnostics.push(
                Diagnostic::error(codes::BAD_HEADER, "this line of the header is no `Key: value`")
                    .at(source, span, "")
                    .help("Put what the revision is for above the keys."),
            ),
        }
    }

    fn unknown_key(&mut self, source: &SourceFile, key: &str, span: Span) {
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_HEADER_KEY, format!("`{key}` is no key of the header"))
            .at(source, span, "");
        if let Some(near) = closest(key, KEYS.into_iter()) {
            diagnostic = diagnostic.help(format!("Write `{near}:`."));
        } else {
            diagnostic = diagnostic.help(format!("Use one of {}.", KEYS.map(|k| format!("`{k}`")).join(", ")));
        }
        self.diagnostics.push(diagnostic);
    }

    fn pair(&mut self, source: &SourceFile, key: &'static str, value: &str, span: Span) {
        if self.seen.contains(&key) && key != "Touches" {
            self.diagnostics.push(
                Diagnostic::error(codes::BAD_HEADER, format!("`{key}` stands in the header twice"))
                    .at(source, span, "")
                    .help("Write it once; several values stand on one line, separated by commas."),
            );
            return;
        }
        self.seen.push(key);
        let fault = match key {
            "Revision ID" => self.own_id(source, value, span),
            "Revises" => self.ids(source, value, span).map(|ids| self.down_revisions = ids),
            "Branch Labels" => {
                self.branch_labels = list(value);
                Some(())
            }
            "Depends On" => {
                self.depends_on = list(value);
                Some(())
            }
            "Create Date" => {
                self.created = parse_date(value);
                if self.created.is_none() && !value.is_empty() {
                    let message = format!("`{value}` is not a valid date");
                    self.diagnostics.push(
                        Diagnostic::error(codes::BAD_DATE, message)
                            .at(source, span, "")
                            .help("Write it as `2026-11-22 21:30:00+00:00`."),
                    );
                }
                Some(())
            }
            "Dialect" => {
                self.dialect = Some(match value.to_ascii_lowercase().as_str() {
                    "" => Target::Unsaid,
                    "any" => Target::Any,
                    other => {
                        if !DIALECTS.contains(&other) {
                            self.diagnostics
                                .push(unknown_dialect(other, "Dialect").at(source, span, ""));
                        }
                        Target::Named(other.to_owned())
                    }
                });
                Some(())
            }
            "Transaction" => self.transaction(source, value, span),
            _ => self.waiver(source, value, span),
        };
        debug_assert!(fault.is_some() || !self.diagnostics.is_empty());
    }

    fn ids(&mut self, source: &SourceFile, value: &str, span: Span) -> Option<Vec<RevisionId>> {
        let mut ids = Vec::new();
        for text in list(value) {
            match RevisionId::parse(&text) {
                Ok(id) => ids.push(id),
                Err(error) => {
                    self.diagnostics.push(error.diagnostic().at(source, span, ""));
                    return None;
                }
            }
        }
        Some(ids)
    }

    fn own_id(&mut self, source: &SourceFile, value: &str, span: Span) -> Option<()> {
        let mut ids = self.ids(source, value, span)?;
        if ids.len() > 1 {
            self.diagnostics.push(
                Diagnostic::error(codes::BAD_HEADER, "a revision has one id")
                    .at(source, span, "")
                    .help("Write one id; what the revision continues stands in `Revises:`."),
            );
        }
        self.id = ids.pop();
        Some(())
    }

    fn transaction(&mut self, source: &SourceFile, value: &str, span: Span) -> Option<()> {
        if value.is_empty() || value.eq_ignore_ascii_case("none") {
            self.transactional = Some(value.is_empty());
            return Some(());
        }
        self.diagnostics.push(
            Diagnostic::error(codes::BAD_HEADER, format!("`Transaction: {value}` means nothing"))
                .at(source, span, "")
                .help("Write `Transaction: none`, or leave the line out."),
        );
        None
    }

    fn waiver(&mut self, source: &SourceFile, value: &str, span: Span) -> Option<()> {
        let parts = value
            .split_once([':', ' '])
            .map(|(object, reason)| (object.trim(), reason.trim_start_matches([' ', '-', '(', ':'])));
        match parts {
            Some((object, reason)) if !object.is_empty() && !reason.is_empty() => {
                let reason = reason.trim_end_matches(')').trim().to_owned();
                self.touches.push(Waiver {
                    object: object.to_owned(),
                    reason,
                });
                Some(())
            }
            _ => {
                self.diagnostics.push(
                    Diagnostic::error(codes::BAD_HEADER, "`Touches` names an object and the reason")
                        .at(source, span, "")
                        .help("Write it as `Touches: customer: the vendor asked for this index`."),
                );
                None
            }
        }
    }

    /// Whether a key was read.
    pub(super) fn has_keys(&self) -> bool {
        !self.seen.is_empty()
    }

    /// The revision without its sections, if the header has an id.
    pub(super) fn finish(self) -> (Option<Revision>, Vec<Diagnostic>) {
        let revision = self.id.map(|id| Revision {
            id,
            message: self.message.join("\n"),
            down_revisions: self.down_revisions,
            depends_on: self.depends_on,
            branch_labels: self.branch_labels,
            created: self.created,
            dialect: self.dialect.unwrap_or(Target::Unsaid),
            transactional: self.transactional.unwrap_or(true),
            touches: self.touches,
            sections: Vec::new(),
        });
        (revision, self.diagnostics)
    }
}

fn list(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Words, each with a capital: what a misspelt key looks like and a sentence does not.
fn looks_like_key(text: &str) -> bool {
    !text.is_empty()
        && text.split(' ').count() <= 3
        && text.split(' ').all(|word| {
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
        })
}

impl Timestamp {
    /// Reads a date as a header has it: `2026-11-22 21:30:00+00:00`; one without an offset is taken as UTC.
    pub fn parse(text: &str) -> Option<Timestamp> {
        parse_date(text)
    }
}

/// Reads `2026-11-22 21:30:00+00:00`; a `T`, a fraction and `Z` are understood, no offset means UTC.
pub(super) fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<i64>().ok());
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19).unwrap_or(0));
    let punctuation = [(4, "-"), (7, "-"), (13, ":")];
    if punctuation.iter().any(|(at, mark)| text.get(*at..at + 1) != Some(mark)) {
        return None;
    }
    let valid = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    let rest = text
        .get(19..)
        .unwrap_or("")
        .trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = offset_seconds(rest.trim())?;
    valid.then(|| Timestamp(days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset))
}

fn offset_seconds(text: &str) -> Option<i64> {
    if text.is_empty() || text == "Z" || text == "UTC" {
        return Some(0);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let hours: i64 = digits.get(0..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..4).map_or(Some(0), |m| m.parse().ok())?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn days_of(year: i64, month: i64) -> i64 {
    let (this, next) = ((year, month), (year + month / 12, month % 12 + 1));
    days_from_civil(next.0, next.1, 1) - days_from_civil(this.0, this.1, 1)
}

/// Days since 1970-01-01 of a date in the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Writes a timestamp as the header has it.
pub(super) fn print_date(Timestamp(seconds): Timestamp) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}+00:00")
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&print_date(*self))
    }
}
