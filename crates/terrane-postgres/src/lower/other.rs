//! What has no noun: made by its own text, and taken away by the word for its kind.

use super::say::beside;
use super::{Done, Lowering};
use terrane_core::op::Op;
use terrane_core::schema::Unmodelled;
use terrane_core::sql::{Lexing, Token, tokenize};

impl Lowering<'_> {
    pub(super) fn create_other(&mut self, other: &Unmodelled) -> Done {
        self.push(other.definition.to_string());
        Ok(())
    }

    pub(super) fn drop_other(&mut self, other: &Unmodelled) -> Done {
        if self.is_overwritten(other) {
            return Ok(());
        }
        match undone(other) {
            Some(statement) => self.push(statement),
            None => {
                let name = beside(&other.name, other.name.name.as_str());
                self.push(format!("DROP {} {name}", other.kind.to_uppercase()));
            }
        }
        Ok(())
    }

    /// A comment that is about to be another one need not be taken away.
    fn is_overwritten(&self, other: &Unmodelled) -> bool {
        other.kind == "comment"
            && self
                .coming()
                .any(|(_, op)| matches!(op, Op::CreateUnmodelled(new) if new.name == other.name))
    }
}

/// What undoes a statement that drops nothing: a comment, a grant.
fn undone(other: &Unmodelled) -> Option<String> {
    let text = other.definition.as_str();
    let tokens = tokenize(text, &Lexing::POSTGRESQL).ok()?;
    let first = tokens.first()?;
    if first.is_word(text, "comment") {
        let last = top_level(text, &tokens, "is")?;
        return Some(format!("{} IS NULL", text[..last.span.start].trim_end()));
    }
    if first.is_word(text, "grant") || first.is_word(text, "revoke") || other.kind == "default privileges" {
        return turned(text, &tokens);
    }
    None
}

/// The last such word.
fn top_level(text: &str, tokens: &[Token], word: &str) -> Option<Token> {
    tokens.iter().rev().find(|token| token.is_word(text, word)).copied()
}

/// `GRANT … TO` as `REVOKE … FROM`, and the other way round.
fn turned(text: &str, tokens: &[Token]) -> Option<String> {
    let grants = tokens
        .iter()
        .find(|token| token.is_word(text, "grant") || token.is_word(text, "revoke"))?;
    let (verb, from, to) = if grants.is_word(text, "grant") {
        ("REVOKE", "to", "FROM")
    } else {
        ("GRANT", "from", "TO")
    };
    let receiver = top_level(text, tokens, from)?;
    let tail = &text[receiver.span.end..];
    let tail_tokens = tokenize(tail, &Lexing::POSTGRESQL).ok()?;
    let option = tail_tokens
        .iter()
        .find(|token| token.is_word(tail, "with") || token.is_word(tail, "granted"));
    let end = option.map_or(tail.len(), |token| token.span.start);
    Some(format!(
        "{}{verb}{}{to}{}",
        &text[..grants.span.start],
        &text[grants.span.end..receiver.span.start],
        tail[..end].trim_end()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FLAVOR;

    fn undo(kind: &str, definition: &str) -> Option<String> {
        undone(&Unmodelled {
            name: FLAVOR.object("x"),
            kind: kind.to_owned(),
            definition: FLAVOR.expr(definition),
        })
    }

    #[test]
    fn what_is_no_object_is_undone_by_its_opposite() {
        for (kind, definition, undone) in [
            ("comment", "COMMENT ON TYPE t IS 'a is b'", "COMMENT ON TYPE t IS NULL"),
            (
                "grant",
                "GRANT SELECT ON TABLE t TO r",
                "REVOKE SELECT ON TABLE t FROM r",
            ),
            (
                "grant",
                "GRANT SELECT (a) ON TABLE t TO \"to\" WITH GRANT OPTION",
                "REVOKE SELECT (a) ON TABLE t FROM \"to\"",
            ),
            (
                "grant",
                "REVOKE ALL ON FUNCTION f() FROM PUBLIC",
                "GRANT ALL ON FUNCTION f() TO PUBLIC",
            ),
            (
                "default privileges",
                "ALTER DEFAULT PRIVILEGES FOR ROLE o GRANT SELECT ON TABLES TO r",
                "ALTER DEFAULT PRIVILEGES FOR ROLE o REVOKE SELECT ON TABLES FROM r",
            ),
        ] {
            assert_eq!(undo(kind, definition).as_deref(), Some(undone));
        }
        assert_eq!(undo("domain", "CREATE DOMAIN d AS text"), None);
    }
}
