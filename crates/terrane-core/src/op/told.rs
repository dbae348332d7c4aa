//! Renames in what is told of a table and kept as SQL text: policies, rules, statistics, rights, comments.
//!
//! A server keeps numbers, and so tells the new name from then on. The names are found by their places: behind a word that
//! a table follows, or before a column of it.

use crate::name::{Folding, Ident, ObjectName};
use crate::schema::{Edges, Expr, ObjectIdentity, Schema, Table, Unmodelled};
use crate::sql::{Lexing, Token, TokenKind, canonical_under, quote_identifier, tokenize, unquote};
use std::collections::BTreeMap;

/// Words that a table follows.
const BEFORE_TABLE: [&str; 8] = ["on", "table", "from", "join", "only", "into", "update", "references"];

/// A table has another name, or is in another namespace.
pub(super) fn table(schema: &mut Schema, table: &Table, from: &ObjectName) {
    each(schema, |other, text| {
        let is_right = ["grant", "revoke", "owner"].contains(&other.kind.as_str());
        let place = Place {
            follows_to: other.kind == "rule",
            // Of a right, the rest are roles.
            only_on: is_right,
        };
        renamed_table(text, table, from, place)
    });
}

/// A column of a table has another name, of which those are told that depend on it.
pub(super) fn column(schema: &mut Schema, table: &ObjectName, from: &Ident, to: &Ident) {
    let identity = ObjectIdentity::Column(table.clone(), from.clone());
    let dependents: Vec<ObjectIdentity> = schema.edges.dependents(&identity).cloned().collect();
    each(schema, |other, text| {
        let identity = ObjectIdentity::Other(other.name.clone());
        if !dependents.contains(&identity) {
            return text.to_owned();
        }
        renamed_column(text, table, from, to, other.kind == "statistics")
    });
}

/// Has each text say something else: the definition, and the name where that is one.
fn each(schema: &mut Schema, say: impl Fn(&Unmodelled, &str) -> String) {
    let mut names: BTreeMap<ObjectName, ObjectName> = BTreeMap::new();
    for (name, other) in &mut schema.unmodelled {
        let definition = say(other, other.definition.as_str());
        if definition == other.definition.as_str() {
            continue;
        }
        let written = say(other, name.name.as_str());
        other.definition = Expr::new(definition.clone(), canonical_under(&definition, name.name.folding()));
        if written != name.name.as_str() {
            other.name = ObjectName {
                schema: name.schema.clone(),
                name: name.name.sibling(written),
            };
            names.insert(name.clone(), other.name.clone());
        }
    }
    for (old, new) in &names {
        if let Some(other) = schema.unmodelled.remove(old) {
            schema.unmodelled.insert(new.clone(), other);
        }
    }
    follow(&mut schema.edges, &names);
}

fn follow(edges: &mut Edges, names: &BTreeMap<ObjectName, ObjectName>) {
    if names.is_empty() {
        return;
    }
    edges.rename(|identity| match identity {
        ObjectIdentity::Other(name) => names.get(name).cloned().map(ObjectIdentity::Other),
        _ => None,
    });
}

#[derive(Clone, Copy)]
struct Place {
    /// Whether a table follows `TO`, as in a rule.
    follows_to: bool,
    /// Whether only `ON` and `TABLE` are before a table.
    only_on: bool,
}

/// A text with its tokens, without comments.
struct Read<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    folding: Folding,
}

impl<'t> Read<'t> {
    fn new(text: &'t str, folding: Folding) -> Read<'t> {
        let tokens = tokenize(text, &Lexing::PORTABLE).unwrap_or_default();
        Read {
            text,
            tokens: tokens
                .into_iter()
                .filter(|token| token.kind != TokenKind::Comment)
                .collect(),
            folding,
        }
    }

    fn name(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        let written = token.text(self.text);
        match token.kind {
            TokenKind::Word if self.folding == Folding::Exact => Some(written.to_owned()),
            TokenKind::Word => Some(written.to_lowercase()),
            TokenKind::QuotedIdentifier => Some(unquote(written).into_owned()),
            _ => None,
        }
    }

    fn is_symbol(&self, at: usize, symbol: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is_symbol(self.text, symbol))
    }

    /// The names that dots join, from there on.
    fn chain(&self, at: usize) -> Vec<String> {
        let mut parts: Vec<String> = self.name(at).into_iter().collect();
        let mut dot = at + 1;
        while !parts.is_empty()
            && self.is_symbol(dot, ".")
            && let Some(part) = self.name(dot + 1)
        {
            parts.push(part);
            dot += 2;
        }
        parts
    }

    fn is_one_of(&self, at: Option<usize>, words: &[&str]) -> bool {
        let token = at.and_then(|at| self.tokens.get(at));
        token.is_some_and(|token| words.iter().any(|word| token.is_word(self.text, word)))
    }

    /// The text with those tokens, from the first to the last of a piece, said otherwise.
    fn with(&self, pieces: &[(usize, usize, String)]) -> String {
        let mut said = String::with_capacity(self.text.len());
        let mut copied = 0;
        for (first, last, new) in pieces {
            said.push_str(&self.text[copied..self.tokens[*first].span.start]);
            said.push_str(new);
            copied = self.tokens[*last].span.end;
        }
        said.push_str(&self.text[copied..]);
        said
    }
}

fn written(name: &Ident) -> String {
    quote_identifier(name.as_str()).into_owned()
}

fn is(part: &str, name: &Ident) -> bool {
    name.key() == name.sibling(part).key()
}

fn renamed_table(text: &str, table: &Table, from: &ObjectName, place: Place) -> String {
    let read = Read::new(text, from.name.folding());
    let namespace = from.schema.as_ref().map_or("public", Ident::as_str);
    let before_table: &[&str] = if place.only_on {
        &BEFORE_TABLE[..2]
    } else {
        &BEFORE_TABLE
    };
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < read.tokens.len() {
        let chain = read.chain(at);
        let count = 2 * chain.len().max(1) - 1;
        let is_qualified = chain.len() > 1 && chain[0] == namespace && is(&chain[1], &from.name);
        let is_bare = from.schema.is_none() && chain.first().is_some_and(|first| is(first, &from.name));
        let rest = match (is_qualified, is_bare) {
            (true, _) => Some(&chain[2..]),
            (false, true) => Some(&chain[1..]),
            _ => None,
        };
        let before = at.checked_sub(1);
        let is_meant = rest.is_some_and(|rest| match rest {
            [] => {
                read.is_one_of(before, before_table)
                    || place.follows_to && read.is_one_of(before, &["to"])
                    || !place.only_on && before.is_some_and(|before| read.is_symbol(before, ","))
            }
            [column, ..] => table.columns.iter().any(|own| is(column, &own.name)),
        });
        if is_meant {
            let name = written(&table.name.name);
            let said = match &table.name.schema {
                Some(schema) => format!("{}.{name}", written(schema)),
                None if is_qualified => format!("public.{name}"),
                None => name,
            };
            pieces.push((at, at + if is_qualified { 2 } else { 0 }, said));
        }
        at += count;
    }
    read.with(&pieces)
}

fn renamed_column(text: &str, table: &ObjectName, from: &Ident, to: &Ident, everywhere: bool) -> String {
    let read = Read::new(text, from.folding());
    let mut pieces = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < read.tokens.len() {
        if read.is_symbol(at, "(") {
            depth += 1;
        } else if read.is_symbol(at, ")") {
            depth = depth.saturating_sub(1);
        }
        let chain = read.chain(at);
        let count = 2 * chain.len().max(1) - 1;
        let is_column = match chain.as_slice() {
            [column] => is(column, from),
            [.., of, column] => is(of, &table.name) && is(column, from),
            [] => false,
        };
        let last = at + count - 1;
        if is_column && (depth > 0 || everywhere) && !read.is_symbol(last + 1, "(") {
            pieces.push((last, last, written(to)));
        }
        at += count;
    }
    read.with(&pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::sample::FLAVOR;

    fn table_text(text: &str) -> String {
        let mut table = Table::new(FLAVOR.object("new_t"));
        let column = crate::schema::Column::new(FLAVOR.ident("n"), crate::schema::TypeName::new("int"));
        table.columns.push(column);
        let place = Place {
            follows_to: text.contains("RULE"),
            only_on: text.starts_with("GRANT"),
        };
        renamed_table(text, &table, &FLAVOR.object("old_t"), place)
    }

    #[test]
    fn a_table_is_renamed_where_a_table_is_meant() {
        for (before, after) in [
            (
                "CREATE POLICY old_t ON old_t USING (old_t.n > 1)",
                "CREATE POLICY old_t ON new_t USING (new_t.n > 1)",
            ),
            (
                "COMMENT ON CONSTRAINT c on public.old_t IS 'old_t'",
                "COMMENT ON CONSTRAINT c on public.new_t IS 'old_t'",
            ),
            (
                "GRANT SELECT ON TABLE old_t TO old_t",
                "GRANT SELECT ON TABLE new_t TO old_t",
            ),
            (
                "CREATE RULE r AS ON DELETE TO old_t DO INSTEAD NOTHING",
                "CREATE RULE r AS ON DELETE TO new_t DO INSTEAD NOTHING",
            ),
            (
                "CREATE POLICY p ON app.old_t USING (x)",
                "CREATE POLICY p ON app.old_t USING (x)",
            ),
            ("SELECT old_t FROM a, old_t", "SELECT old_t FROM a, new_t"),
        ] {
            assert_eq!(table_text(before), after);
        }
    }

    #[test]
    fn a_column_is_renamed_within_parentheses() {
        let renamed = |text: &str, everywhere| {
            renamed_column(
                text,
                &FLAVOR.object("t"),
                &FLAVOR.ident("n"),
                &FLAVOR.ident("m"),
                everywhere,
            )
        };
        assert_eq!(
            renamed("CREATE POLICY n ON t USING ((n > 1) AND n(2) AND t.n > u.n)", false),
            "CREATE POLICY n ON t USING ((m > 1) AND n(2) AND t.m > u.n)"
        );
        assert_eq!(
            renamed("CREATE STATISTICS s ON n, x FROM t", true),
            "CREATE STATISTICS s ON m, x FROM t"
        );
    }
}
