//! Casts of a whole array, which the server tells and does not read back as it told them.
//!
//! `status IN ('a', 'b')` on a `varchar` is kept as a cast of the whole array, and told as
//! `(ARRAY['a'::character varying, …])::text[]`. But the parser takes such a cast for one of each element
//! (`transformTypeCast` in parse_expr.c), so what was told is kept, and from then on told, as
//! `ARRAY[('a'::character varying)::text, …]`. The two are equal here; and what is said is neither of them, but a form
//! that is read as the first, in which the array says its own type: `(ARRAY[…]::character varying[])::text[]`.

use crate::FLAVOR;
use terrane_core::schema::Expr;
use terrane_core::sql::{Token, TokenKind, tokenize};

/// No text without it has such a cast.
const MARK: &str = "(ARRAY[";

/// The fragment, equal to all forms of itself.
pub(crate) fn expression(text: &str) -> Expr {
    let expr = FLAVOR.expr(text);
    match rewritten(expr.as_str(), |cast| cast.inside()) {
        Some(inside) => {
            let canonical = FLAVOR.expr(&inside).canonical().to_owned();
            Expr::new(expr.as_str(), canonical)
        }
        None => expr,
    }
}

/// The same for a fragment that has been read already.
pub(crate) fn settle(expr: &mut Expr) {
    if expr.as_str().contains(MARK) {
        *expr = expression(expr.as_str());
    }
}

/// The text in the form that is read as what it was told from.
pub(crate) fn respoken(text: &str) -> String {
    rewritten(text, |cast| cast.with_own_type()).unwrap_or_else(|| text.to_owned())
}

/// The text with its casts of whole arrays written otherwise, if there are any. Each round takes one away, and what it
/// leaves is no longer found.
fn rewritten(text: &str, write: fn(&Cast<'_>) -> Option<String>) -> Option<String> {
    let mut written: Option<String> = None;
    while let Some(next) = with_one_rewritten(written.as_deref().unwrap_or(text), write) {
        written = Some(next);
    }
    written
}

fn with_one_rewritten(text: &str, write: fn(&Cast<'_>) -> Option<String>) -> Option<String> {
    if !text.contains(MARK) {
        return None;
    }
    let tokens = tokenize(text, &FLAVOR.lexing).ok()?;
    (0..tokens.len()).find_map(|at| {
        let cast = Cast::at(text, &tokens, at)?;
        let new = write(&cast)?;
        let [before, after] = [&text[..tokens[at].span.start], &text[tokens[cast.end].span.end..]];
        Some(format!("{before}{new}{after}"))
    })
}

/// `(ARRAY[…])::text[]`, or with the array's own type before the parenthesis.
struct Cast<'t> {
    elements: Vec<&'t str>,
    own: Option<&'t str>,
    to: &'t str,
    /// Its last token.
    end: usize,
}

impl<'t> Cast<'t> {
    fn at(text: &'t str, tokens: &[Token], at: usize) -> Option<Cast<'t>> {
        let is = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.text(text) == symbol);
        if !(is(at, "(") && is(at + 1, "ARRAY") && is(at + 2, "[")) {
            return None;
        }
        let (elements, mut end) = elements(text, tokens, at + 3)?;
        let mut own = None;
        if is(end + 1, "::") {
            let (ty, last) = array_type(text, tokens, end + 2)?;
            own = Some(ty);
            end = last;
        }
        if elements.iter().any(|element| element.starts_with("ARRAY[")) || !(is(end + 1, ")") && is(end + 2, "::")) {
            return None;
        }
        let (to, end) = array_type(text, tokens, end + 3)?;
        Some(Cast { elements, own, to, end })
    }

    /// As a cast of each element.
    fn inside(&self) -> Option<String> {
        if self.own.is_some_and(|own| self.type_of_elements() != Some(own)) {
            return None;
        }
        let cast = self.elements.iter().map(|element| format!("({element})::{}", self.to));
        Some(format!("ARRAY[{}]", cast.collect::<Vec<_>>().join(", ")))
    }

    fn with_own_type(&self) -> Option<String> {
        let own = self.type_of_elements().filter(|_| self.own.is_none())?;
        Some(format!("(ARRAY[{}]::{own}[])::{}[]", self.elements.join(", "), self.to))
    }

    /// The type to which each element is cast, if that is one.
    fn type_of_elements(&self) -> Option<&'t str> {
        let cast_to = |element: &'t str| {
            let tokens = tokenize(element, &FLAVOR.lexing).ok()?;
            let last = tokens.iter().rposition(|token| token.text(element) == "::")?;
            let is_type = |token: &Token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
            let ty = tokens.get(last + 1..).filter(|ty| !ty.is_empty())?;
            let is_plain = |token: &Token| is_type(token) || token.text(element) == ".";
            ty.iter().all(is_plain).then(|| &element[ty[0].span.start..])
        };
        let first = cast_to(self.elements.first()?)?;
        self.elements
            .iter()
            .all(|element| cast_to(element) == Some(first))
            .then_some(first)
    }
}

/// The elements of an array whose first begins at a token, and where its bracket closes.
fn elements<'t>(text: &'t str, tokens: &[Token], from: usize) -> Option<(Vec<&'t str>, usize)> {
    let mut depth = 0usize;
    let mut elements = Vec::new();
    let mut start = from;
    let mut end = from;
    loop {
        let token = tokens.get(end)?.text(text);
        match token {
            "(" | "[" => depth += 1,
            "]" | "," if depth == 0 => {
                let last = end.checked_sub(1).filter(|last| *last >= start)?;
                elements.push(&text[tokens[start].span.to(tokens[last].span).range()]);
                start = end + 1;
                if token == "]" {
                    return Some((elements, end));
                }
            }
            ")" | "]" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        end += 1;
    }
}

/// The type of the elements of an array type that begins at a token, and the token with which that ends.
fn array_type<'t>(text: &'t str, tokens: &[Token], start: usize) -> Option<(&'t str, usize)> {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text(text) {
            "(" => depth += 1,
            ")" => depth = depth.checked_sub(1)?,
            "[" if at > start && depth == 0 => {
                let closes = tokens.get(at + 1).is_some_and(|next| next.text(text) == "]");
                return closes.then(|| (&text[tokens[start].span.start..token.span.start], at + 1));
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
            (
                "(ARRAY['a'::character varying]::character varying[])::text[]",
                "ARRAY[('a'::character varying)::text]",
            ),
            ("(ARRAY[ARRAY[1]])::bigint[]", "(ARRAY[ARRAY[1]])::bigint[]"),
            ("(ARRAY[1]::smallint[])::text[]", "(ARRAY[1]::smallint[])::text[]"),
            ("(ARRAY[1] || 2)", "(ARRAY[1] || 2)"),
        ] {
            assert_eq!(expression(told), FLAVOR.expr(stable));
            assert_eq!(expression(stable), FLAVOR.expr(stable));
            assert_eq!(expression(told).as_str(), FLAVOR.expr(told).as_str());
        }
    }

    #[test]
    fn an_array_that_is_cast_as_a_whole_says_its_own_type() {
        let said = "((s)::text = ANY ((ARRAY['a'::character varying, f(x)::character varying]::character varying[])::text[])) AND x";
        let told = "((s)::text = ANY ((ARRAY['a'::character varying, f(x)::character varying])::text[])) AND x";
        assert_eq!(respoken(told), said);
        assert_eq!(respoken(said), said);
        let unknown = "(s = ANY ((ARRAY[f('a')])::text[]))";
        assert_eq!(respoken(unknown), unknown);
    }
}
