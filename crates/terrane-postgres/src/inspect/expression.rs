//! A text of the server's deparser, in the form in which it comes back when it is run.
//!
//! `status IN ('a', 'b')` on a `varchar` is kept as a cast of the whole array, and told as
//! `(ARRAY['a'::character varying, …])::text[]`. But the parser takes such a cast for one of each element
//! (`transformTypeCast` in parse_expr.c), so what was told is kept, and from then on told, as
//! `ARRAY[('a'::character varying)::text, …]`. Without this, a check would differ from its own copy.

use crate::FLAVOR;
use terrane_core::schema::Expr;
use terrane_core::sql::{Token, TokenKind, tokenize};

/// The fragment.
pub(super) fn expression(text: &str) -> Expr {
    if !text.contains("(ARRAY[") {
        return FLAVOR.expr(text);
    }
    let mut text = text.to_owned();
    // Each round takes one cast away; what it leaves is no longer found.
    while let Some(next) = with_cast_inside(&text) {
        text = next;
    }
    FLAVOR.expr(&text)
}

/// The text with the first cast of a whole array on its elements, if there is one.
fn with_cast_inside(text: &str) -> Option<String> {
    let tokens = tokenize(text, &FLAVOR.lexing).ok()?;
    (0..tokens.len()).find_map(|at| cast_at(text, &tokens, at))
}

/// The same for a cast that begins at a token.
fn cast_at(text: &str, tokens: &[Token], at: usize) -> Option<String> {
    let is = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.text(text) == symbol);
    if !(is(at, "(") && is(at + 1, "ARRAY") && is(at + 2, "[")) {
        return None;
    }
    let mut depth = 0usize;
    let mut elements = Vec::new();
    let mut start = at + 3;
    let mut end = at + 3;
    loop {
        let token = tokens.get(end)?.text(text);
        match token {
            "(" | "[" => depth += 1,
            "]" | "," if depth == 0 => {
                let last = end.checked_sub(1).filter(|last| *last >= start)?;
                elements.push(&text[tokens[start].span.to(tokens[last].span).range()]);
                start = end + 1;
                if token == "]" {
                    break;
                }
            }
            ")" | "]" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        end += 1;
    }
    let nested = elements.iter().any(|element| element.starts_with("ARRAY["));
    if nested || !(is(end + 1, ")") && is(end + 2, "::")) {
        return None;
    }
    let close = type_end(text, tokens, end + 3)?;
    let ty = &text[tokens[end + 3].span.start..tokens[close].span.start];
    let cast: Vec<String> = elements.iter().map(|element| format!("({element})::{ty}")).collect();
    let rest = &text[tokens[close + 1].span.end..];
    Some(format!(
        "{}ARRAY[{}]{rest}",
        &text[..tokens[at].span.start],
        cast.join(", ")
    ))
}

/// Where the `[` of an array type's `[]` is.
fn type_end(text: &str, tokens: &[Token], start: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text(text) {
            "(" => depth += 1,
            ")" => depth = depth.checked_sub(1)?,
            "[" if at > start && depth == 0 => {
                return tokens.get(at + 1).filter(|next| next.text(text) == "]").map(|_| at);
            }
            "," | "." => {}
            _ if depth > 0 => {}
            _ if matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier) => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_of_an_array_is_one_of_its_elements() {
        for (told, stable) in [
            (
                "((s)::text = ANY ((ARRAY['a,]'::character varying, f(b, c[1])])::text[]))",
                "((s)::text = ANY (ARRAY[('a,]'::character varying)::text, (f(b, c[1]))::text]))",
            ),
            ("(ARRAY[1])::numeric(10,2)[]", "ARRAY[(1)::numeric(10,2)]"),
            (
                "x = ANY ((ARRAY[1])::s.\"T\"[]) OR (ARRAY[2])::bigint[] = y",
                "x = ANY (ARRAY[(1)::s.\"T\"]) OR ARRAY[(2)::bigint] = y",
            ),
            ("(ARRAY[ARRAY[1]])::bigint[]", "(ARRAY[ARRAY[1]])::bigint[]"),
            ("(ARRAY[1] || 2)", "(ARRAY[1] || 2)"),
        ] {
            assert_eq!(expression(told).as_str(), stable);
            assert_eq!(expression(stable).as_str(), stable);
        }
    }
}
