//! A form in which two spellings of one fragment of SQL are the same text.

use super::quote::unquote;
use super::token::{Lexing, Token, TokenKind, tokenize};
use crate::name::Folding;

/// The fragment with comments and spacing gone, words in lower case, needless quotes and outer parentheses off.
///
/// Equal canonical forms mean the same thing on every server; forms that differ may still, and then only the server
/// knows. Text that does not lex is its own canonical form. Names are taken to be the same in any case.
pub fn canonical(fragment: &str) -> String {
    canonical_under(fragment, Folding::AsciiInsensitive)
}

/// The same where names compare as a server compares them.
pub fn canonical_under(fragment: &str, folding: Folding) -> String {
    let Ok(tokens) = tokenize(fragment, &Lexing::PORTABLE) else {
        return fragment.to_owned();
    };
    let tokens: Vec<Token> = tokens
        .into_iter()
        .filter(|token| token.kind != TokenKind::Comment)
        .collect();
    let tokens = strip_parentheses(fragment, &tokens);
    let mut text = String::with_capacity(fragment.len());
    for token in tokens {
        // A subscript keeps to what it belongs to; with a space between, it would be a name in brackets.
        if !text.is_empty() && !token.is_symbol(fragment, "[") {
            text.push(' ');
        }
        match token.kind {
            TokenKind::Word => text.push_str(&token.text(fragment).to_ascii_lowercase()),
            TokenKind::QuotedIdentifier => push_name(&mut text, &unquote(token.text(fragment)), folding),
            _ => text.push_str(token.text(fragment)),
        }
    }
    text
}

/// Words that are a value by themselves, and the name of a column only in quotes.
const VALUES: [&str; 11] = [
    "current_catalog",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "false",
    "localtime",
    "localtimestamp",
    "null",
    "true",
];

/// A quoted name that would be the same name without quotes loses them.
fn push_name(text: &mut String, name: &str, folding: Folding) {
    let is_value = VALUES.iter().any(|value| name.eq_ignore_ascii_case(value));
    let has_capitals = folding == Folding::LowerUnquoted && name.bytes().any(|b| b.is_ascii_uppercase());
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
    if !is_value && !has_capitals && !name.is_empty() && name.bytes().all(word) && !name.as_bytes()[0].is_ascii_digit()
    {
        text.push_str(&name.to_ascii_lowercase());
    } else {
        text.push('"');
        text.push_str(&name.replace('"', "\"\""));
        text.push('"');
    }
}

/// The tokens within every pair of parentheses that encloses all of them.
fn strip_parentheses<'t>(source: &str, mut tokens: &'t [Token]) -> &'t [Token] {
    while is_parenthesized(source, tokens) {
        tokens = &tokens[1..tokens.len() - 1];
    }
    tokens
}

/// Whether one pair of parentheses encloses all the tokens.
pub fn is_parenthesized(source: &str, tokens: &[Token]) -> bool {
    if !tokens.first().is_some_and(|first| first.is_symbol(source, "(")) {
        return false;
    }
    let mut depth = 0usize;
    let close = tokens.iter().position(|token| {
        depth += usize::from(token.is_symbol(source, "("));
        depth -= usize::from(token.is_symbol(source, ")"));
        depth == 0
    });
    close == Some(tokens.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter_and_meaning_does() {
        assert_eq!(canonical("( (\"Points\"  > 0) )"), canonical("points>0 -- why"));
        assert_eq!(canonical("(a) OR (b)"), "( a ) or ( b )");
        assert_ne!(canonical("'A'"), canonical("'a'"));
        assert_ne!(canonical("\"current_date\" > 0"), canonical("current_date > 0"));
        let lower = |text: &str| canonical_under(text, Folding::LowerUnquoted);
        assert_ne!(lower("\"Points\" > 0"), lower("Points > 0"));
        assert_eq!(lower("\"points\" > 0"), lower("POINTS > 0"));
        assert_eq!(lower(&lower("\"Points\" > A")), lower("\"Points\" > a"));
        assert_eq!(canonical("a[1]"), canonical(&canonical("A[1]")));
    }
}
