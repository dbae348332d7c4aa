//! What has no model and belongs to something else.

use crate::name::ObjectName;
use crate::op::owned_by;
use crate::schema::Unmodelled;
use crate::sql::{Lexing, tokenize, unquote};

/// The object that it comes and goes with, which is PostgreSQL's to have: a policy, a rule, an index of a materialized
/// view, an unlogged sequence that a column owns; a user mapping, which is a server's; what is said of a column.
pub(super) fn owning_relation(other: &Unmodelled) -> Option<ObjectName> {
    match other.kind.as_str() {
        "policy" | "rule" => behind_on(other, other.name.name.as_str()),
        "index" => behind_on(other, other.definition.as_str()),
        "sequence" => owned_by(&other.name, other.definition.as_str()),
        "user mapping" => server_of(other),
        "comment" => column_of(other),
        _ => None,
    }
}

/// The relation or the type in `COLUMN name.column`; nothing, of a comment on anything else.
fn column_of(comment: &Unmodelled) -> Option<ObjectName> {
    let text = comment.name.name.as_str().strip_prefix("COLUMN ")?;
    let tokens = tokenize(text, &Lexing::POSTGRESQL).ok()?;
    let parts = tokens.iter().filter(|token| !token.is_symbol(text, "."));
    let parts: Vec<&str> = parts.map(|token| token.text(text)).collect();
    let ident = |text: &str| comment.name.name.sibling(unquote(text));
    let (schema, name) = match parts.as_slice() {
        [name, _] => (None, ident(name)),
        [schema, name, _] => (
            Some(ident(schema)).filter(|schema| schema.as_str() != "public"),
            ident(name),
        ),
        _ => return None,
    };
    Some(ObjectName { schema, name })
}

/// The server in `FOR role SERVER server`.
fn server_of(mapping: &Unmodelled) -> Option<ObjectName> {
    let text = mapping.name.name.as_str();
    let tokens = tokenize(text, &Lexing::POSTGRESQL).ok()?;
    // A role may be called `server`.
    let at = tokens.iter().skip(2).position(|token| token.is_word(text, "server"))?;
    let name = Unmodelled::said_with_kind(tokens.get(at + 3)?.text(text), "server");
    Some(ObjectName::bare(mapping.name.name.sibling(name)))
}

/// The object that it belongs to, or the relation that it gives rights to.
pub fn speaks_of(other: &Unmodelled) -> Option<ObjectName> {
    match other.kind.as_str() {
        "grant" | "revoke" => behind_on(other, other.name.name.as_str()),
        _ => owning_relation(other),
    }
}

/// The relation that is named in a text behind the first `ON`, or `ON TABLE`.
fn behind_on(other: &Unmodelled, text: &str) -> Option<ObjectName> {
    let behind = text.split_once(" ON ")?.1;
    let behind = behind.strip_prefix("TABLE ").unwrap_or(behind);
    let tokens = tokenize(behind, &Lexing::POSTGRESQL).ok()?;
    let ident = |at: usize| {
        tokens
            .get(at)
            .map(|token| other.name.name.sibling(unquote(token.text(behind))))
    };
    let is_qualified = tokens.get(1).is_some_and(|token| token.is_symbol(behind, "."));
    let (schema, name) = match is_qualified {
        true => (ident(0).filter(|schema| schema.as_str() != "public"), ident(2)?),
        false => (None, ident(0)?),
    };
    Some(ObjectName { schema, name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{Folding, Ident};
    use crate::schema::Expr;

    #[test]
    fn what_is_said_of_a_column_hangs_on_what_has_the_column() {
        for (name, holder) in [
            ("COLUMN pair.b", Some("pair")),
            ("COLUMN public.\"A pair\".b", Some("A pair")),
            ("COLUMN s.pair.b", Some("s.pair")),
            ("FUNCTION f(integer)", None),
        ] {
            let comment = Unmodelled {
                name: ObjectName::bare(Ident::new(name, Folding::LowerUnquoted)),
                kind: "comment".to_owned(),
                definition: Expr::new("", ""),
            };
            assert_eq!(
                owning_relation(&comment).map(|name| name.to_string()).as_deref(),
                holder
            );
        }
    }

    #[test]
    fn a_user_mapping_hangs_on_its_server() {
        for (name, server) in [
            ("FOR PUBLIC SERVER far", "far /* server */"),
            ("FOR server SERVER \"The far\"", "\"The far\" /* server */"),
        ] {
            let mapping = Unmodelled {
                name: ObjectName::bare(Ident::new(name, Folding::LowerUnquoted)),
                kind: "user mapping".to_owned(),
                definition: Expr::new("", ""),
            };
            assert_eq!(owning_relation(&mapping).unwrap().name.as_str(), server);
        }
    }
}
