//! What an author says in a comment beside a declaration, since SQL has no word for it.
//!
//! `-- renamed_from: old` on the line of a column, or on a line of its own before it, says what the column was called;
//! between `CREATE TABLE` and the first column, or before the statement, it speaks of the table. `@renamed from=old` is
//! read as well. A name with blanks in it stands in quotes of any kind.

use super::Declared;
use crate::name::{Ident, ObjectName};
use crate::sql::{Lexing, SqlStatement, Token, TokenKind, tokenize, unquote};
use crate::text::Span;

/// A former name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// The table as it is called now.
    pub table: ObjectName,
    /// The column as it is called now, or the table itself.
    pub column: Option<Ident>,
    /// What it was called: the first word, or what stands in quotes.
    pub renamed_from: String,
    /// All that is written after the colon, where that is more than one word: a name with blanks in it, or a remark.
    pub whole: Option<String>,
    /// The comment.
    pub span: Span,
}

/// The hints in a `CREATE TABLE` statement whose declarations are `declared`.
pub fn hints(source: &str, statement: &SqlStatement, declared: &[Declared]) -> Vec<Hint> {
    let Some(table) = declared.iter().find(|place| place.column.is_none()) else {
        return Vec::new();
    };
    let columns: Vec<&Declared> = declared.iter().filter(|place| place.column.is_some()).collect();
    let comments = statement.leading.iter().chain(&statement.tokens);
    comments
        .filter(|token| token.kind == TokenKind::Comment)
        .filter_map(|comment| {
            let (renamed_from, whole) = former_name(comment.text(source))?;
            let column = match speaks_of(source, comment, table, &columns)? {
                Subject::Table => None,
                Subject::Column(column) => Some(column),
            };
            Some(Hint {
                table: table.table.clone(),
                column,
                renamed_from,
                whole,
                span: comment.span,
            })
        })
        .collect()
}

/// The comments of a script that say a former name, wherever they stand.
pub fn hint_comments(source: &str, lexing: &Lexing) -> Vec<Span> {
    // Most models say none, and are not taken apart again.
    let has_mark = source
        .as_bytes()
        .windows(MARK.len())
        .any(|text| text.eq_ignore_ascii_case(MARK.as_bytes()) || text == b"@renamed fro");
    if !has_mark {
        return Vec::new();
    }
    let tokens = tokenize(source, lexing).unwrap_or_default().into_iter();
    tokens
        .filter(|token| token.kind == TokenKind::Comment && former_name(token.text(source)).is_some())
        .map(|token| token.span)
        .collect()
}

/// What a comment speaks of.
enum Subject {
    Table,
    Column(Ident),
}

/// Nothing, where the comment stands beside neither: after a statement's end, beside a constraint, behind the last column.
fn speaks_of(source: &str, comment: &Token, table: &Declared, columns: &[&Declared]) -> Option<Subject> {
    let at = comment.span.start;
    let line_start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &source[line_start..at];
    if at < table.span.start {
        // Behind the end of the statement before, a reader takes it for that one's.
        return (!line.contains(';')).then_some(Subject::Table);
    }
    let Some(first) = columns.first() else {
        return Some(Subject::Table);
    };
    if at <= table.span.end {
        return Some(Subject::Table);
    }
    // Beside a column: the last one that begins on this line and before the comment.
    let beside = columns
        .iter()
        .rev()
        .find(|place| place.span.start < at && place.span.end > line_start);
    if let Some(place) = beside {
        return place.column.clone().map(Subject::Column);
    }
    let own_line = line.trim().is_empty();
    let next = columns.iter().find(|place| place.span.start > at)?;
    match next.span == first.span && !own_line {
        true => Some(Subject::Table),
        false => next.column.clone().map(Subject::Column),
    }
}

/// The word that says a former name; written with a blank or a dash, it means the same.
const MARK: &str = "renamed_from";

/// The name in a comment, and all that is written where that is more than a word.
fn former_name(comment: &str) -> Option<(String, Option<String>)> {
    let marked = comment
        .char_indices()
        .find(|(at, _)| {
            comment
                .get(*at..at + MARK.len())
                .is_some_and(|text| text.eq_ignore_ascii_case(MARK))
        })
        .map(|(at, _)| &comment[at + MARK.len()..]);
    let behind = marked.or_else(|| comment.split_once("@renamed from").map(|(_, behind)| behind))?;
    let rest = behind.trim_start_matches([' ', '\t']);
    let is_said = rest.starts_with([':', '=']);
    let rest = rest.trim_start_matches([' ', '\t', ':', '=']);
    let rest = rest.lines().next()?.trim_end_matches(['*', '/']).trim();
    let close = match rest.chars().next()? {
        quote @ ('"' | '`' | '\'') => Some(quote),
        '[' => Some(']'),
        _ => None,
    };
    if let Some(close) = close {
        let name = unquote(&rest[..quoted_length(rest, close)?]);
        return (!name.is_empty()).then(|| (name.into_owned(), None));
    }
    let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
    let whole = rest.trim_end_matches([',', ';', '.']);
    let more = (whole.len() > end).then(|| whole.to_owned());
    // In the middle of a sentence the word says nothing.
    let is_prose = !is_said && more.is_some();
    (end > 0 && !is_prose).then(|| (rest[..end].trim_end_matches([';', '.']).to_owned(), more))
}

/// How long what stands in quotes is, with them; a doubled quote is one within.
fn quoted_length(text: &str, close: char) -> Option<usize> {
    let mut at = 1;
    loop {
        let end = at + text.get(at..)?.find(close)? + 1;
        if close == ']' || !text[end..].starts_with(close) {
            return Some(end);
        }
        at = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_former_name_in_every_spelling() {
        let name = |text: &str| former_name(text).map(|(name, _)| name);
        for (comment, expected) in [
            ("-- renamed_from: old", "old"),
            ("--renamed_from:old", "old"),
            ("-- Renamed_From = old", "old"),
            ("-- renamed_from old", "old"),
            ("/* renamed_from: old */", "old"),
            ("/* renamed_from: old*/", "old"),
            ("-- @renamed from=old", "old"),
            ("-- renamed_from: \"my col\"", "my col"),
            ("-- renamed_from: \"a \"\"b\"\"\" since May", "a \"b\""),
            ("-- renamed_from: [my col]", "my col"),
            ("-- renamed_from: `my col`", "my col"),
            ("-- the title, renamed_from: name, which was short", "name"),
        ] {
            assert_eq!(name(comment).as_deref(), Some(expected), "{comment}");
        }
        assert_eq!(name("-- what renamed_from says is read here"), None);
        assert_eq!(name("-- renamed_from:"), None);
        assert_eq!(
            former_name("-- renamed_from: my col"),
            Some(("my".to_owned(), Some("my col".to_owned())))
        );
    }
}
