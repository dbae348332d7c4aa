//! What a script reads of its statements: which copy rows into a table that it made, which destroy something, and which a
//! shell would cut in two.

use std::borrow::Cow;
use terrane_core::ddl::Flavor;
use terrane_core::sql::{Token, TokenKind, tokenize, unquote};

/// A statement and its tokens, without comments.
struct Words<'s> {
    sql: &'s str,
    tokens: Vec<Token>,
}

impl<'s> Words<'s> {
    fn of(sql: &'s str, flavor: &Flavor) -> Words<'s> {
        let mut tokens = tokenize(sql, &flavor.lexing).unwrap_or_default();
        tokens.retain(|token| token.kind != TokenKind::Comment);
        Words { sql, tokens }
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_word(self.sql, word))
    }

    fn has(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| token.is_word(self.sql, word))
    }

    /// Where those words end, if they stand there.
    fn after(&self, at: usize, words: &[&str]) -> Option<usize> {
        let all = words
            .iter()
            .enumerate()
            .all(|(offset, word)| self.is(at + offset, word));
        all.then_some(at + words.len())
    }

    /// The name at a place, without its namespace, and the place behind it.
    fn name(&self, at: usize) -> Option<(String, usize)> {
        let name = |at: usize| {
            let token = self.tokens.get(at)?;
            let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
            is_name.then(|| unquote(token.text(self.sql)).to_lowercase())
        };
        let first = name(at)?;
        if self.tokens.get(at + 1).is_some_and(|dot| dot.is_symbol(self.sql, ".")) {
            return Some((name(at + 2)?, at + 3));
        }
        Some((first, at + 1))
    }
}

/// The table that a statement creates, with the statement. One that may have been there already is none.
pub(super) fn created(sql: &str, flavor: &Flavor) -> Option<(String, String)> {
    let words = Words::of(sql, flavor);
    let at = words.after(0, &["create"])?;
    let at = ["temp", "temporary"]
        .into_iter()
        .find_map(|word| words.after(at, &[word]))
        .unwrap_or(at);
    let at = words.after(at, &["table"])?;
    if words.is(at, "if") {
        return None;
    }
    let (name, _) = words.name(at)?;
    Some((name, sql.to_owned()))
}

/// What holds when `INSERT INTO … SELECT` into a table that was created before has copied its rows: there are at least as
/// many as were to be copied. Nothing is said of rows that a conflict may leave out, nor of a table that reads itself.
pub(super) fn proof(sql: &str, created: &[(String, String)], flavor: &Flavor) -> Option<String> {
    let words = Words::of(sql, flavor);
    let at = words.after(0, &["insert"])?;
    let aborts = words.after(at, &["or", "abort"]);
    let into = words.after(aborts.unwrap_or(at), &["into"])?;
    let (name, mut at) = words.name(into)?;
    let (_, made) = created.iter().rev().find(|(table, _)| *table == name)?;
    if words.has("conflict") || words.has("returning") || (aborts.is_none() && Words::of(made, flavor).has("conflict"))
    {
        return None;
    }
    // The list of columns.
    if words.tokens.get(at)?.is_symbol(sql, "(") {
        at += 1 + words.tokens[at..].iter().position(|token| token.is_symbol(sql, ")"))?;
    }
    if !words.is(at, "select") && !words.is(at, "with") {
        return None;
    }
    let select = &words.tokens[at..];
    let reads_itself = select
        .iter()
        .any(|token| token.kind != TokenKind::String && unquote(token.text(sql)).to_lowercase() == name);
    if reads_itself {
        return None;
    }
    let table = &sql[words.tokens[into].span.start..words.tokens.get(into + name_length(&words, into) - 1)?.span.end];
    let query = &sql[select.first()?.span.start..select.last()?.span.end];
    Some(format!(
        "(SELECT count(*) FROM {table}) >= (SELECT count(*) FROM ({query}))"
    ))
}

fn name_length(words: &Words<'_>, at: usize) -> usize {
    words.name(at).map_or(1, |(_, end)| end - at)
}

/// Whether a statement takes something away that was there.
pub(super) fn destroys(sql: &str, flavor: &Flavor) -> bool {
    let words = Words::of(sql, flavor);
    ["drop", "delete", "update", "replace"]
        .iter()
        .any(|word| words.is(0, word))
        || (words.is(0, "alter") && words.has("drop"))
        || (words.is(0, "insert") && words.is(1, "or") && words.is(2, "replace"))
        || (words.is(0, "with") && ["delete", "update"].iter().any(|word| words.has(word)))
}

/// The statement, so that the `sqlite3` shell reads it as one: it takes a line that is `/` or `go` alone for the end of a
/// statement, as other servers' shells do (`line_is_command_terminator` in its source).
pub(super) fn unlike_a_terminator<'s>(sql: &'s str, flavor: &Flavor) -> Cow<'s, str> {
    let is_end = |line: &str| {
        let line = line.trim();
        line == "/" || line.eq_ignore_ascii_case("go")
    };
    if !sql.lines().any(is_end) {
        return Cow::Borrowed(sql);
    }
    let mut text = sql.to_owned();
    for token in Words::of(sql, flavor).tokens.iter().rev() {
        let begins = sql[..token.span.start].rfind('\n').map_or(0, |at| at + 1);
        let ends = sql[token.span.end..]
            .find('\n')
            .map_or(sql.len(), |at| token.span.end + at);
        if is_end(&sql[begins..ends]) {
            text.insert_str(token.span.start, "/**/");
        }
    }
    Cow::Owned(text)
}
