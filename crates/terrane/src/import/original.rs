//! A migration of another tool, as its files say it.

use super::folder::Found;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::revision::Timestamp;
use terrane_core::text::{SourceFile, Span};

/// One migration.
#[derive(Clone, Debug)]
pub(super) struct Original {
    /// Its version as the tool's table keeps it.
    pub(super) version: String,
    /// Its version as the file's name has it.
    pub(super) written: String,
    /// What it is for; may be empty.
    pub(super) title: String,
    /// The file that messages name.
    pub(super) file: SourceFile,
    /// Whether the tool runs it in a transaction.
    pub(super) transactional: bool,
    /// What it does.
    pub(super) up: Vec<Part>,
    /// What undoes it; no part, where nothing does.
    pub(super) down: Vec<Part>,
    /// What the tool's table may hold as its checksum; none, where the tool keeps none.
    pub(super) checksums: Vec<String>,
}

/// A stretch of a file.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) source: SourceFile,
    pub(super) span: Span,
}

impl Part {
    /// All of a file.
    pub(super) fn whole(file: &Found) -> Part {
        Part {
            source: file.source.clone(),
            span: Span::new(0, file.source.text().len()),
        }
    }

    /// A stretch without the blanks around it; none, if nothing is left.
    pub(super) fn trimmed(&self) -> Option<Part> {
        let text = self.source.slice(self.span);
        let start = self.span.start + (text.len() - text.trim_start().len());
        let length = text.trim().len();
        (length > 0).then(|| Part {
            source: self.source.clone(),
            span: Span::new(start, start + length),
        })
    }
}

/// What was read of a folder.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The migrations, in the order in which the tool runs them.
    pub(super) migrations: Vec<Original>,
    /// What there is to say, errors among it.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Reading {
    /// A file that the tool itself passes over.
    pub(super) fn passed_over(&mut self, file: &Found, tool: &str) {
        // Of what is no SQL nobody expects to be a migration.
        if !file.path.ends_with(".sql") {
            return;
        }
        let message = format!("`{}` is no migration to {tool}, and is left out", file.source.name());
        self.diagnostics.push(Diagnostic::warning(codes::PASSED_OVER, message));
    }

    /// A file that no revision can say.
    pub(super) fn refused(&mut self, file: &Found, why: &str, help: &str) {
        let message = format!("`{}` {why}", file.source.name());
        self.diagnostics
            .push(Diagnostic::error(codes::NOT_CARRIED, message).help(help));
    }

    /// A place in a file that no revision can say.
    pub(super) fn refused_at(&mut self, file: &Found, span: Span, what: &str, help: &str) {
        self.diagnostics.push(
            Diagnostic::error(codes::NOT_CARRIED, what)
                .at(&file.source, span, "")
                .help(help),
        );
    }

    /// Refuses versions that stand there twice; the migrations are in their order.
    pub(super) fn refuse_twins(&mut self) {
        let twins = self
            .migrations
            .windows(2)
            .filter(|two| two[0].version == two[1].version);
        let told: Vec<Diagnostic> = twins
            .map(|two| {
                let message = format!(
                    "`{}` and `{}` have one version, {}",
                    two[0].file.name(),
                    two[1].file.name(),
                    two[0].version
                );
                Diagnostic::error(codes::NOT_CARRIED, message).help("Give one of them another version.")
            })
            .collect();
        self.diagnostics.extend(told);
    }
}

/// The digits with which a name begins, and what stands behind the underscore after them.
pub(super) fn numbered(name: &str) -> Option<(&str, &str)> {
    let (digits, rest) = name.split_once('_')?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some((digits, rest))
}

/// A version that is a number, as tables keep it; none, where no tool's table could.
pub(super) fn number(digits: &str) -> Option<i64> {
    digits.parse().ok()
}

/// A name with blanks between its words.
pub(super) fn words(name: &str) -> String {
    name.replace(['_', '-'], " ").trim().to_owned()
}

/// The moment that a version tells: `20240131120000` and whatever tells it from others of that second, `202401311200`,
/// `20240131`, or seconds since the epoch.
pub(super) fn moment(digits: &str) -> Option<Timestamp> {
    let day = |digits: &str| format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..8]);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match digits.len() {
        14..=20 => Timestamp::parse(&format!(
            "{} {}:{}:{}",
            day(digits),
            &digits[8..10],
            &digits[10..12],
            &digits[12..14]
        )),
        12 => Timestamp::parse(&format!("{} {}:{}:00", day(digits), &digits[8..10], &digits[10..])),
        8 => Timestamp::parse(&format!("{} 00:00:00", day(digits))),
        10 => number(digits).map(Timestamp),
        _ => None,
    }
    // A number that only looks like a date tells none.
    .filter(|moment| (0..4_102_444_800).contains(&moment.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_tells_when_it_was_made_where_it_is_a_date() {
        let told = |digits| moment(digits).map(|moment| moment.to_string());
        assert_eq!(told("20240131120501").as_deref(), Some("2024-01-31 12:05:01+00:00"));
        assert_eq!(told("202401311205010042").as_deref(), Some("2024-01-31 12:05:01+00:00"));
        assert_eq!(told("202401311205").as_deref(), Some("2024-01-31 12:05:00+00:00"));
        assert_eq!(told("20240131").as_deref(), Some("2024-01-31 00:00:00+00:00"));
        assert_eq!(told("1706702701").as_deref(), Some("2024-01-31 12:05:01+00:00"));
        for no_date in ["1", "0001", "20241331", "00000000000000", "20240131250000", "1.2"] {
            assert_eq!(told(no_date), None, "{no_date}");
        }
    }

    #[test]
    fn a_number_stands_before_the_first_underscore() {
        assert_eq!(numbered("0001_a_b.sql"), Some(("0001", "a_b.sql")));
        assert_eq!(numbered("a_1.sql"), None);
        assert_eq!(numbered("_1.sql"), None);
        assert_eq!(numbered("1.sql"), None);
    }
}
