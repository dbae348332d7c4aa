//! What is nobody's business in a text that somebody wrote: a configuration, an argument, a server's message.

use std::ops::Range;

/// The text as it may be shown: without any password that stands in it, in whatever spelling.
pub fn mask(text: &str) -> String {
    let mut masked = text.to_owned();
    for secret in secrets(text).into_iter().rev() {
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

/// `scheme://user:SECRET@host`, and for databases `scheme:/user:SECRET@host` and `scheme:user:SECRET@host` too, which are
/// slips of the pen. A password may hold white space, which should have been encoded: so the value ends at a quote, or where
/// the line ends; without a quote around it, at the last `@` before that.
fn in_urls(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(':').filter_map(|(colon, _)| {
        let scheme = text[..colon].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let word = &text[scheme.len()..colon];
        let rest = &text[colon + 1..];
        // In a text with escapes a slash may be spelled `\u002F`, or `\/`.
        if word.is_empty() || !(rest.starts_with("//") || is_database(word)) {
            return None;
        }
        let at = colon + 1 + (rest.len() - rest.trim_start_matches('/').len());
        let quote = scheme.chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'));
        let end = match quote {
            Some(_) => end_of_value(text, at, quote),
            None => at + text[at..].find(['\n', '"', '\'', '`']).unwrap_or(text.len() - at),
        };
        let start = at + text[at..end].find(':')? + 1;
        // Without quotes, another URL may stand on the same line.
        let next = text[start..end].find("://").map_or(end, |next| start + next);
        let sign = start + text[start..next].rfind('@')?;
        Some(start..sign)
    })
}

fn is_database(scheme: &str) -> bool {
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    ["postgresql", "postgres", "mysql", "mariadb"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

/// The words in a key that say that its value is a secret.
const SECRET_WORDS: [&str; 7] = ["password", "passwd", "pwd", "passphrase", "secret", "token", "apikey"];

/// Whether the value of a key is a secret, by the name of the key.
pub(crate) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace(['_', '-'], "");
    key == "pass" || SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// `password=SECRET`, in a query, in a list of settings, or as a key of a configuration.
fn in_settings(text: &str) -> impl Iterator<Item = Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let found: Vec<usize> = SECRET_WORDS
        .iter()
        .flat_map(|key| {
            lower
                .match_indices(key)
                .map(|(at, _)| at + key.len())
                .collect::<Vec<_>>()
        })
        .collect();
    found.into_iter().filter_map(move |at| {
        // `token_prod = "…"` says it as well.
        let rest = text[at..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let rest = rest.trim_start_matches([' ', '\t', '"', '\'']);
        let value = rest.strip_prefix(['=', ':'])?.trim_start_matches([' ', '\t']);
        let start = text.len() - value.len();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let start = start + quote.map_or(0, char::len_utf8);
        let key = text[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let end = if quote.is_some() {
            end_of_value(text, start, quote)
        } else if key.ends_with(['?', '&']) {
            // In a query it may hold white space, which should have been encoded.
            start
                + text[start..]
                    .find(['&', '\n', '"', '\'', '`'])
                    .unwrap_or(text.len() - start)
        } else {
            let end = end_of_value(text, start, None);
            start + text[start..end].find(['&', ';']).unwrap_or(end - start)
        };
        Some(start..end)
    })
}

/// A value in quotes ends at its quote, unless a backslash stands before it; one without, at white space or any quote; all
/// at the end of the line.
fn end_of_value(text: &str, at: usize, quote: Option<char>) -> usize {
    let mut escaped = false;
    let ends = |c: char| {
        let is_escaped = escaped;
        escaped = c == '\\' && !is_escaped;
        match quote.filter(|c| matches!(c, '"' | '\'' | '`')) {
            Some(quote) => (c == quote && !(is_escaped && quote == '"')) || c == '\n',
            None => c.is_whitespace() || matches!(c, '"' | '\'' | '`'),
        }
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
        assert_eq!(mask("postgresql:/app:pw@h/db"), "postgresql:/app:***@h/db");
        assert_eq!(mask("postgresql:app:pw@h/db"), "postgresql:app:***@h/db");
        assert_eq!(
            mask("there is no `postgresql://app:my pass@h/db`, or so"),
            "there is no `postgresql://app:***@h/db`, or so"
        );
        assert_eq!(
            mask("upgrade postgresql://app:my pass@h/db"),
            "upgrade postgresql://app:***@h/db"
        );
        assert_eq!(
            mask("https://h/x?access_token=abc&a=b"),
            "https://h/x?access_token=***&a=b"
        );
        assert_eq!(
            mask("see sqlite:a.db, and mail to me@home: it: is @ there"),
            "see sqlite:a.db, and mail to me@home: it: is @ there"
        );
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
            "token = \"s3cret \\\" of mine s3cret\"",
            "api_token_prod = 's3cret'",
            "url = \"postgresql:/me:s3cret of mine@host/db\"",
            "url = \"postgresql://me:\\u0073 s3cret\\\"s3cret@host/db\"",
        ] {
            let text = format!("{line}\nname = 1 # a@b");
            let covered = cover(&text);
            assert_eq!(covered.len(), text.len());
            assert!(covered.ends_with("\nname = 1 # a@b"), "{covered}");
            assert!(line.ends_with("s3cret") || !covered.contains("s3cret"), "{covered}");
        }
    }
}
