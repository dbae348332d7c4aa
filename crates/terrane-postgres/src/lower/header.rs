//! What a routine takes and gives: the part of its definition that `CREATE OR REPLACE` cannot change.

use terrane_core::name::Folding;
use terrane_core::sql::{Lexing, Token, TokenKind, canonical_under, tokenize};

/// Words with which the rest begins.
const AFTER: [&str; 19] = [
    "language",
    "as",
    "begin",
    "return",
    "immutable",
    "stable",
    "volatile",
    "strict",
    "called",
    "security",
    "external",
    "parallel",
    "cost",
    "rows",
    "support",
    "set",
    "window",
    "leakproof",
    "transform",
];

/// Whether two definitions of a routine take and give the same.
pub(super) fn same_header(one: &str, other: &str) -> bool {
    let form = |text| canonical_under(header(text), Folding::LowerUnquoted);
    form(one) == form(other)
}

pub(super) fn header(definition: &str) -> &str {
    let tokens: Vec<Token> = tokenize(definition, &Lexing::POSTGRESQL).unwrap_or_default();
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.is_symbol(definition, "(") {
            depth += 1;
        } else if token.is_symbol(definition, ")") {
            depth = depth.saturating_sub(1);
        }
        let is_word = token.kind == TokenKind::Word && depth == 0 && at > 1;
        if is_word && AFTER.iter().any(|word| token.is_word(definition, word)) {
            return &definition[..token.span.start];
        }
    }
    definition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_no_part_of_what_a_routine_takes_and_gives() {
        let plain = "FUNCTION f(a integer DEFAULT 1) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$";
        let other = "FUNCTION f(a integer DEFAULT 1)\n RETURNS integer\n STABLE LANGUAGE sql AS $$ SELECT 2 $$";
        assert!(same_header(plain, other));
        assert!(!same_header(
            plain,
            "FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS ''"
        ));
        assert!(!same_header(
            plain,
            "FUNCTION f(a integer DEFAULT 1) RETURNS text LANGUAGE sql AS ''"
        ));
        let set = "FUNCTION f() RETURNS SETOF t LANGUAGE sql AS ''";
        assert!(!same_header(
            set,
            "FUNCTION f() RETURNS TABLE(a integer) LANGUAGE sql AS ''"
        ));
    }
}
