//! Whether a text names something.

use terrane_core::name::Ident;
use terrane_core::sql::{Lexing, TokenKind, tokenize, unquote};

/// Whether a fragment has a name in it, anywhere and as anything. What reads the fragment for good is PostgreSQL; this
/// errs on the side of yes. What stands in the body of a function is not read.
pub(crate) fn mentions(text: &str, name: &Ident) -> bool {
    mentions_text(text, bare(name.as_str()))
}

/// A routine's name has the types of its arguments behind it, and that of a thing without a noun may have its kind.
fn bare(name: &str) -> &str {
    let name = name.split(" /*").next().unwrap_or(name);
    let bare = name.split('(').next().unwrap_or(name);
    if bare.len() < name.len() {
        bare.trim_matches('"')
    } else {
        bare
    }
}

fn mentions_text(text: &str, name: &str) -> bool {
    if name.is_empty() || !text.to_lowercase().contains(&name.to_lowercase()) {
        return false;
    }
    let tokens = tokenize(text, &Lexing::POSTGRESQL).unwrap_or_default();
    tokens.iter().enumerate().any(|(at, token)| {
        let written = token.text(text);
        let is_cast = tokens.get(at + 1).is_some_and(|next| next.is_symbol(text, "::"));
        let to = tokens.get(at + 2).map_or("", |ty| ty.text(text));
        match token.kind {
            TokenKind::Word => written.to_lowercase() == name,
            TokenKind::QuotedIdentifier => unquote(written) == name,
            // `'public.seq'::regclass`
            TokenKind::String if is_cast && to.starts_with("reg") => mentions_text(&unquote(written), name),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FLAVOR;

    #[test]
    fn names_are_found_as_words_in_quotes_and_as_regclass() {
        let found = |text: &str, name: &str| mentions(text, &FLAVOR.ident(name));
        assert!(found("SELECT a FROM app.t", "t") && found("SELECT \"A\" FROM t", "A"));
        assert!(found("nextval('app.s'::regclass)", "s") && found("CHECK (f(a))", "f(integer)"));
        assert!(!found("SELECT a FROM tt", "t") && !found("SELECT 'a t' FROM x", "t") && !found("SELECT a", "A"));
    }
}
