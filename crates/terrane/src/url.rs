//! Database URLs, and what in them is nobody's business.

use std::ops::Range;

/// The URL as it may be shown: without its password.
pub fn mask(url: &str) -> String {
    let mut masked = url.to_owned();
    for secret in secrets(url).into_iter().rev() {
        masked.replace_range(secret, "***");
    }
    masked
}

/// A text with every password covered, each byte by an asterisk, so that places in the text stay what they are.
pub(crate) fn cover(text: &str) -> String {
    let mut covered = text.to_owned();
    for secret in secrets(text) {
        let asterisks = "*".repeat(secret.len());
        covered.replace_range(secret, &asterisks);
    }
    covered
}

/// Where passwords stand in a text, in order. Rather too much than too little: people write `/` and `?` into passwords
/// that should have been encoded.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut secrets: Vec<Range<usize>> = in_urls(text).chain(in_settings(text)).collect();
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_by_key(|secret| secret.start);
    let mut apart: Vec<Range<usize>> = Vec::new();
    for secret in secrets {
        match apart.last_mut().filter(|last| last.end > secret.start) {
            Some(last) => last.end = last.end.max(secret.end),
            None => apart.push(secret),
        }
    }
    apart
}

/// `scheme://user:SECRET@host`.
fn in_urls(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(|(colon, mark)| {
        let scheme = text[..colon].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let at = colon + mark.len();
        let end = end_of_value(text, at, scheme.chars().next_back());
        let sign = at + text[at..end].rfind('@')?;
        let start = at + text[at..sign].find(':')? + 1;
        Some(start..sign)
    })
}

/// `password=SECRET`, in a query, in a list of settings, or as a key of a configuration.
fn in_settings(text: &str) -> impl Iterator<Item = Range<usize>> {
    const KEYS: [&str; 4] = ["password", "passwd", "pwd", "passphrase"];
    let lower = text.to_ascii_lowercase();
    let found: Vec<usize> = KEYS
        .iter()
        .flat_map(|key| {
            lower
                .match_indices(key)
                .map(|(at, _)| at + key.len())
                .collect::<Vec<_>>()
        })
        .collect();
    found.into_iter().filter_map(move |at| {
        let rest = text[at..].trim_start_matches([' ', '\t', '"']);
        let value = rest.strip_prefix(['=', ':'])?.trim_start_matches([' ', '\t']);
        let start = text.len() - value.len();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let start = start + quote.map_or(0, char::len_utf8);
        let end = end_of_value(text, start, quote);
        let end = if quote.is_none() {
            start + text[start..end].find(['&', ';']).unwrap_or(end - start)
        } else {
            end
        };
        Some(start..end)
    })
}

/// A value in quotes ends at its quote; one without, at white space or any quote; all at the end of the line.
fn end_of_value(text: &str, at: usize, quote: Option<char>) -> usize {
    let ends = |c: char| match quote.filter(|c| matches!(c, '"' | '\'' | '`')) {
        Some(quote) => c == quote || c == '\n',
        None => c.is_whitespace() || matches!(c, '"' | '\'' | '`'),
    };
    at + text[at..].find(ends).unwrap_or(text.len() - at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(mask("postgresql://me:s3:cr@t@host/db"), "postgresql://me:***@host/db");
        assert_eq!(mask("postgresql://me:a/b?c@host/db"), "postgresql://me:***@host/db");
        assert_eq!(
            mask("mysql://host/db?user=me&password=x&ssl=1"),
            "mysql://host/db?user=me&password=***&ssl=1"
        );
        assert_eq!(mask("host=db Password=x user=me"), "host=db Password=*** user=me");
        assert_eq!(mask("sqlite:app.db"), "sqlite:app.db");
        assert_eq!(mask("postgresql://me@host:5432/db"), "postgresql://me@host:5432/db");
    }

    #[test]
    fn covering_keeps_places() {
        for line in [
            "url = \"postgresql://me:s3cret@host/db\"",
            "url = 'postgresql://me:s3cret it\"s@host/db'",
            "url = \"postgresql://me:s3cret",
            "url = postgresql://me:s3cret@host",
            "password = \"s3cret of mine\"",
            "\"passwd\": \"s3cret\"",
        ] {
            let text = format!("{line}\nname = 1 # a@b");
            let covered = cover(&text);
            assert_eq!(covered.len(), text.len());
            assert!(covered.ends_with("\nname = 1 # a@b"), "{covered}");
            assert!(line.ends_with("s3cret") || !covered.contains("s3cret"), "{covered}");
        }
    }
}
