//! Statements that begin as none of the server's does: a misspelt word would be met only when it runs.

use super::{Reading, RevisionFile};
use crate::diagnostic::{Diagnostic, codes};
use crate::dialect::{Beginnings, Dialect, first_words};
use crate::op::Op;
use crate::revision::Action;
use crate::text::closest;

/// What to tell of the statements of a section that runs as it is written.
pub(super) fn unknown_statements(file: &RevisionFile, reading: &Reading, dialect: &dyn Dialect) -> Vec<Diagnostic> {
    let beginnings = dialect.beginnings();
    let unread = reading.statements.iter().filter(|statement| {
        let is_sql = matches!(statement.action, Action::Sql(_));
        is_sql && statement.ops.iter().all(|op| matches!(op, Op::Sql(_)))
    });
    unread
        .filter_map(|statement| {
            let words = first_words(dialect, statement.action.sql(), 2);
            let (words, near) = unknown(beginnings, &words)?;
            let of_severity = if near.is_some() {
                Diagnostic::error
            } else {
                // A newer server, or one made of this one, may have it.
                Diagnostic::warning
            };
            let message = format!("no statement of `{}` begins with `{words}`", dialect.name());
            let line = file.source.first_line(statement.span);
            let diagnostic = of_severity(codes::UNKNOWN_STATEMENT, message).at(&file.source, line, "");
            Some(match near {
                Some(near) => diagnostic.help(format!("Write `{near}`.")),
                None => diagnostic,
            })
        })
        .collect()
}

/// The words with which no statement begins, and what was meant, if anything is near.
fn unknown(beginnings: Beginnings, words: &[String]) -> Option<(String, Option<String>)> {
    let first = words.first().filter(|word| word.starts_with(char::is_alphabetic))?;
    if beginnings.is_empty() {
        return None;
    }
    let Some((_, seconds)) = beginnings.iter().find(|(known, _)| known == first) else {
        let near = closest(first, beginnings.iter().map(|(known, _)| *known));
        return Some((first.to_uppercase(), near.map(str::to_uppercase)));
    };
    let second = words.get(1).filter(|word| word.starts_with(char::is_alphabetic))?;
    if seconds.is_empty() || seconds.contains(&second.as_str()) {
        return None;
    }
    let near = closest(second, seconds.iter().copied());
    let both = |second: &str| format!("{first} {second}").to_uppercase();
    Some((both(second), near.map(both)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_is_told_with_what_was_meant() {
        const KNOWN: Beginnings = &[("alter", &["table", "index"]), ("create", &["table"]), ("select", &[])];
        let said = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            unknown(KNOWN, &words)
        };
        let told = |words: &str, near: Option<&str>| Some((words.to_owned(), near.map(str::to_owned)));
        assert_eq!(said("alter tabel"), told("ALTER TABEL", Some("ALTER TABLE")));
        assert_eq!(said("crate table"), told("CRATE", Some("CREATE")));
        assert_eq!(said("alter galaxy"), told("ALTER GALAXY", None));
        assert_eq!(said("selct 1"), told("SELCT", Some("SELECT")));
        for known in ["alter table", "select x", "( select", "alter"] {
            assert_eq!(said(known), None, "{known}");
        }
    }
}
