//! Expressions that PostgreSQL does not read back as it wrote them.
//!
//! `status IN ('a', 'b')` on a `varchar` is kept as an array of `varchar` that is cast to `text[]`, and written as
//! `(status)::text = ANY ((ARRAY['a'::character varying, …])::text[])`. Read again, the cast goes into the array, and the
//! next writing is another one. Without its casts it is read as it was at first.

use terrane_core::sql::{Lexing, Token, TokenKind, tokenize};

/// The text in a form that is read as what it was written from.
pub(super) fn respoken(text: &str) -> String {
    if !text.contains("::text[])") || !text.contains("ARRAY[") {
        return text.to_owned();
    }
    let Ok(tokens) = tokenize(text, &Lexing::POSTGRESQL) else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut at = 0;
    while at < tokens.len() {
        if let Some(found) = cast_array(text, &tokens, at) {
            out.push_str(&text[copied..tokens[at].span.start]);
            out.push(' ');
            out.push_str(&text[tokens[found.operator].span.start..tokens[found.open].span.end]);
            out.push_str(&text[tokens[found.array].span.start..tokens[found.array_end].span.end]);
            copied = tokens[found.cast_end].span.end;
            at = found.cast_end;
        }
        at += 1;
    }
    out.push_str(&text[copied..]);
    out
}

struct Found {
    operator: usize,
    /// The parenthesis after `ANY`.
    open: usize,
    array: usize,
    array_end: usize,
    cast_end: usize,
}

/// `::text = ANY ((ARRAY[…])::text[]`, from the first cast on.
fn cast_array(text: &str, tokens: &[Token], at: usize) -> Option<Found> {
    let symbol = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.is_symbol(text, symbol));
    let word = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(text, word));
    let compares = symbol(at + 2, "=") || symbol(at + 2, "<>");
    let begins = symbol(at, "::") && word(at + 1, "text") && compares && (word(at + 3, "any") || word(at + 3, "all"));
    let opens = symbol(at + 4, "(") && symbol(at + 5, "(") && word(at + 6, "array") && symbol(at + 7, "[");
    if !begins || !opens {
        return None;
    }
    let mut end = at + 8;
    while !symbol(end, "]") {
        let token = tokens.get(end)?;
        let is_part = token.kind == TokenKind::String
            || symbol(end, ",")
            || symbol(end, "::")
            || word(end, "character")
            || word(end, "varying");
        if !is_part {
            return None;
        }
        end += 1;
    }
    let casts = symbol(end + 1, ")") && symbol(end + 2, "::") && word(end + 3, "text");
    (casts && symbol(end + 4, "[") && symbol(end + 5, "]")).then_some(Found {
        operator: at + 2,
        open: at + 4,
        array: at + 6,
        array_end: end,
        cast_end: end + 5,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_varchar_is_said_without_its_casts() {
        assert_eq!(
            respoken("((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])) AND x"),
            "((s) = ANY (ARRAY['a'::character varying, 'b'::character varying])) AND x"
        );
        let other = "(s = ANY ((ARRAY[f('a')])::text[]))";
        assert_eq!(respoken(other), other);
    }
}
