//! Which names in a fragment of SQL stand for what, as far as their places tell.

use super::quote::{is_reserved, unquote};
use super::token::{Lexing, Token, TokenKind, tokenize};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A name in a fragment of SQL. Functions, collations, types and names that the fragment gives (aliases) are not told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameInText<'s> {
    /// What stands before it and a dot.
    pub qualifier: Option<Cow<'s, str>>,
    /// The name itself.
    pub name: Cow<'s, str>,
    /// What it stands for.
    pub place: Place,
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A table or a view that is read or written.
    Relation,
    /// What a column is qualified by: a table, or `NEW`; an alias is not told.
    Qualifier,
    /// The rest: columns.
    Column,
}

/// The fragment with every name for which `replacement` has an answer replaced by it; all else byte for byte.
pub fn rename_identifiers(fragment: &str, mut replacement: impl FnMut(&NameInText<'_>) -> Option<String>) -> String {
    let mut text = String::with_capacity(fragment.len());
    let mut copied = 0;
    for (token, name) in names(fragment) {
        if let Some(new) = replacement(&name) {
            text.push_str(&fragment[copied..token.span.start]);
            text.push_str(&new);
            copied = token.span.end;
        }
    }
    text.push_str(&fragment[copied..]);
    text
}

/// The tables and views that a fragment names, in lower case.
pub fn relations(fragment: &str) -> BTreeSet<String> {
    let names = names(fragment).into_iter();
    let relations = names.filter(|(_, name)| name.place == Place::Relation);
    relations.map(|(_, name)| name.name.to_ascii_lowercase()).collect()
}

fn names(fragment: &str) -> Vec<(Token, NameInText<'_>)> {
    let Ok(tokens) = tokenize(fragment, &Lexing::PORTABLE) else {
        return Vec::new();
    };
    let mut reader = Reader {
        source: fragment,
        tokens: tokens
            .into_iter()
            .filter(|token| token.kind != TokenKind::Comment)
            .collect(),
        clauses: vec![Clause::default()],
        queries: BTreeSet::new(),
        aliases: BTreeSet::new(),
        names: Vec::new(),
        of_trigger: false,
    };
    const BEGIN_TRIGGERS: [&str; 5] = ["before", "after", "instead", "insert", "delete"];
    reader.of_trigger = BEGIN_TRIGGERS.iter().any(|word| reader.is_word(0, word));
    for at in 0..reader.tokens.len() {
        reader.read(at);
    }
    let Reader {
        mut names,
        queries,
        aliases,
        ..
    } = reader;
    names.retain(|(_, name)| {
        let key = name.name.to_ascii_lowercase();
        match name.place {
            Place::Relation => !queries.contains(&key),
            Place::Qualifier => !queries.contains(&key) && !aliases.contains(&key),
            Place::Column => true,
        }
    });
    names
}

/// Where the reader is, in one pair of parentheses.
#[derive(Clone, Copy, Default)]
struct Clause {
    /// `SELECT`, `UPDATE` or `DELETE` was read, so that `FROM` is a clause and not part of `extract(…)`.
    is_query: bool,
    /// Between `FROM` and the next clause, where a comma comes before another table.
    in_from: bool,
    /// A table is next.
    wants_relation: bool,
}

struct Reader<'s> {
    source: &'s str,
    tokens: Vec<Token>,
    clauses: Vec<Clause>,
    /// Common table expressions, in lower case.
    queries: BTreeSet<String>,
    /// Other names that the fragment gives to tables, in lower case.
    aliases: BTreeSet<String>,
    names: Vec<(Token, NameInText<'s>)>,
    /// In the head of a trigger, before its `ON`.
    of_trigger: bool,
}

impl<'s> Reader<'s> {
    fn text(&self, at: usize) -> &'s str {
        self.tokens.get(at).map_or("", |token| token.text(self.source))
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is_word(self.source, word))
    }

    fn is_any(&self, at: Option<usize>, words: &[&str]) -> bool {
        at.is_some_and(|at| words.iter().any(|word| self.is_word(at, word)))
    }

    fn is_symbol(&self, at: usize, symbol: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is_symbol(self.source, symbol))
    }

    fn clause(&mut self) -> &mut Clause {
        if self.clauses.is_empty() {
            self.clauses.push(Clause::default());
        }
        let last = self.clauses.len() - 1;
        &mut self.clauses[last]
    }

    fn read(&mut self, at: usize) {
        let kind = self.tokens[at].kind;
        match kind {
            TokenKind::Symbol => self.symbol(at),
            TokenKind::Word if self.keyword(at) => {}
            TokenKind::Word | TokenKind::QuotedIdentifier => self.name(at),
            _ => {}
        }
    }

    fn symbol(&mut self, at: usize) {
        match self.text(at) {
            "(" => {
                let wants_relation = self.clause().wants_relation;
                self.clauses.push(Clause {
                    wants_relation,
                    in_from: wants_relation,
                    is_query: false,
                });
            }
            ")" => {
                self.clauses.pop();
                self.clause().wants_relation = false;
            }
            "," => {
                let clause = self.clause();
                clause.wants_relation = clause.in_from;
            }
            ";" => self.clauses = vec![Clause::default()],
            _ => {}
        }
    }

    /// Takes a word that is never a name here.
    fn keyword(&mut self, at: usize) -> bool {
        let word = self.text(at).to_ascii_lowercase();
        let before = at.checked_sub(1);
        if before.is_some_and(|before| self.is_symbol(before, ".")) || !KEYWORDS.contains(&word.as_str()) {
            return false;
        }
        let deletes = self.is_any(before, &["delete"]);
        let distinct = self.is_any(before, &["distinct"]);
        let next_is_table = !self.is_any(Some(at + 1), &["of", "set", "on", "or"]);
        let first_on = self.of_trigger && word == "on";
        self.of_trigger &= word != "on";
        let clause = self.clause();
        match word.as_str() {
            "select" => {
                *clause = Clause {
                    is_query: true,
                    ..Clause::default()
                }
            }
            "from" if (clause.is_query || deletes) && !distinct => {
                clause.in_from = true;
                clause.wants_relation = true;
            }
            "join" => {
                clause.in_from = true;
                clause.wants_relation = true;
            }
            "into" | "references" => clause.wants_relation = true,
            "update" => {
                clause.is_query = true;
                clause.wants_relation = next_is_table;
            }
            "on" => clause.wants_relation = first_on,
            "where" | "group" | "order" | "having" | "limit" | "union" | "except" | "intersect" | "set" | "values"
            | "when" => {
                clause.in_from = false;
                clause.wants_relation = false;
            }
            _ => {}
        }
        true
    }

    fn name(&mut self, at: usize) {
        let before = at.checked_sub(1);
        let name = unquote(self.text(at));
        let is_bare = self.tokens[at].kind == TokenKind::Word;
        let after_dot = before.is_some_and(|before| self.is_symbol(before, "."));
        let begins_query = self.is_word(at + 1, "as") && self.is_symbol(at + 2, "(");
        let is_alias = self.is_any(before, &["as"]) || before.is_some_and(|before| self.is_operand(before));
        if begins_query {
            self.queries.insert(name.to_ascii_lowercase());
            return;
        }
        if is_alias && !after_dot {
            if self.clause().in_from {
                self.aliases.insert(name.to_ascii_lowercase());
            }
            return;
        }
        let replaces = self.is_any(before, &["or"]) && self.is_any(at.checked_sub(2), &["update"]);
        let ends_body = self.is_word(at, "end") && before.is_some_and(|before| self.is_symbol(before, ";"));
        let is_unit = self.is_word(at + 1, "from") && !self.clause().is_query;
        let skipped = self.is_any(before, &["collate"])
            || self.is_any(Some(at), &["only", "lateral", "recursive"])
            || (self.of_trigger && self.is_any(Some(at), &["before", "after", "instead", "of"]))
            || ends_body
            || is_unit;
        if replaces || skipped {
            self.clause().wants_relation |= replaces;
            return;
        }
        let wants_relation = self.clause().wants_relation;
        let inserts = self.is_any(before, &["into"]);
        if is_bare && !inserts && self.is_symbol(at + 1, "(") {
            self.clause().wants_relation = false;
            return;
        }
        let before_dot = self.is_symbol(at + 1, ".");
        let place = match (before_dot, wants_relation) {
            // A namespace.
            (true, true) => return,
            (true, false) => Place::Qualifier,
            (false, true) => Place::Relation,
            (false, false) => Place::Column,
        };
        self.clause().wants_relation = false;
        let qualifier = (at >= 2 && after_dot).then(|| unquote(self.text(at - 2)));
        self.names
            .push((self.tokens[at], NameInText { qualifier, name, place }));
    }

    /// Whether a value or a table ends here, so that a name after it is one given to it.
    fn is_operand(&self, at: usize) -> bool {
        match self.tokens[at].kind {
            TokenKind::Word => !is_reserved(&self.text(at).to_ascii_lowercase()),
            TokenKind::QuotedIdentifier | TokenKind::String | TokenKind::Number => true,
            TokenKind::Symbol => self.is_symbol(at, ")"),
            _ => false,
        }
    }
}

/// Words that are never the bare name of anything: what SQLite, the most lenient of all, reserves in an expression or
/// a query (`%fallback ID` in its parse.y lists those that it lets pass).
const KEYWORDS: [&str; 61] = [
    "all",
    "and",
    "as",
    "begin",
    "between",
    "case",
    "collate",
    "create",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "default",
    "delete",
    "distinct",
    "each",
    "else",
    "escape",
    "except",
    "exists",
    "false",
    "for",
    "from",
    "full",
    "group",
    "having",
    "in",
    "index",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "left",
    "limit",
    "natural",
    "not",
    "notnull",
    "null",
    "on",
    "or",
    "order",
    "outer",
    "references",
    "right",
    "row",
    "select",
    "set",
    "table",
    "then",
    "true",
    "union",
    "unique",
    "update",
    "using",
    "values",
    "when",
    "where",
    "with",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(fragment: &str) -> String {
        rename_identifiers(fragment, |name| {
            let mark = match name.place {
                Place::Relation => "R",
                Place::Qualifier => "Q",
                Place::Column => "C",
            };
            Some(format!("{mark}:{}", name.name))
        })
    }

    #[test]
    fn a_name_is_what_its_place_says() {
        assert_eq!(
            marked("SELECT t.a, lower( b ) c, 'a' AS d FROM app.t JOIN \"u\" ON a = u.b, v WHERE e IS DISTINCT FROM f"),
            "SELECT Q:t.C:a, lower( C:b ) c, 'a' AS d FROM app.R:t JOIN R:u ON C:a = Q:u.C:b, R:v WHERE C:e IS DISTINCT FROM C:f"
        );
        assert_eq!(
            marked("WITH w AS (SELECT extract(year FROM a) FROM t x) SELECT x.b, w.b FROM w"),
            "WITH w AS (SELECT extract(year FROM C:a) FROM R:t x) SELECT x.C:b, w.C:b FROM w"
        );
        assert_eq!(
            marked(
                "AFTER UPDATE OF a ON t BEGIN INSERT INTO u (b) VALUES (NEW.a); UPDATE OR IGNORE v SET c = CASE d WHEN end THEN 1 END; END"
            ),
            "AFTER UPDATE OF C:a ON R:t BEGIN INSERT INTO R:u (C:b) VALUES (Q:NEW.C:a); UPDATE OR IGNORE R:v SET C:c = CASE C:d WHEN C:end THEN 1 END; END"
        );
    }

    #[test]
    fn keywords_strings_and_collations_are_no_names() {
        assert_eq!(
            marked("\"and\" AND key COLLATE nocase LIKE 'a' ESCAPE b"),
            "C:and AND C:key COLLATE nocase LIKE 'a' ESCAPE C:b"
        );
        assert_eq!(
            marked("CASE WHEN a IS NULL THEN b ELSE 0 END"),
            "CASE WHEN C:a IS NULL THEN C:b ELSE 0 END"
        );
    }
}
