//! What an author says in a comment beside a declaration, since SQL has no word for it.
//!
//! `-- renamed_from: old` on the line of a column, or on a line of its own before it, says what the column was called;
//! between `CREATE TABLE` and the first column, or before the statement, it speaks of the table. `@renamed from=old` is
//! read as well.

use super::Declared;
use crate::name::{Ident, ObjectName};
use crate::sql::{SqlStatement, Token, TokenKind, unquote};
use crate::text::Span;

/// A former name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// The table as it is called now.
    pub table: ObjectName,
    /// The column as it is called now, or the table itself.
    pub column: Option<Ident>,
    /// What it was called.
    pub renamed_from: String,
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
            let renamed_from = former_name(comment.text(source))?;
            let column = column_of(source, comment, table, &columns);
            Some(Hint {
                table: table.table.clone(),
                column,
                renamed_from,
                span: comment.span,
            })
        })
        .collect()
}

fn column_of(source: &str, comment: &Token, table: &Declared, columns: &[&Declared]) -> Option<Ident> {
    let at = comment.span.start;
    let first = columns.first().filter(|_| at > table.span.end)?;
    let line_start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
    // Beside a column: the last one that begins on this line and before the comment.
    let beside = columns
        .iter()
        .rev()
        .find(|place| place.span.start < at && place.span.end > line_start);
    if let Some(place) = beside {
        return place.column.clone();
    }
    let own_line = source[line_start..at].trim().is_empty();
    let next = columns.iter().find(|place| place.span.start > at)?;
    let speaks_of_table = next.span == first.span && !own_line;
    if speaks_of_table { None } else { next.column.clone() }
}

fn former_name(comment: &str) -> Option<String> {
    let at = comment.find("renamed_from").map(|at| at + "renamed_from".len());
    let at = at.or_else(|| comment.find("@renamed from").map(|at| at + "@renamed from".len()))?;
    let rest = comment[at..].trim_start_matches([' ', '\t', ':', '=']);
    let end = match rest.chars().next()? {
        quote @ ('"' | '`') => rest[1..].find(quote)? + 2,
        _ => rest
            .find(|c: char| c.is_whitespace() || c == ',' || c == '*')
            .unwrap_or(rest.len()),
    };
    let name = unquote(&rest[..end]);
    (!name.is_empty()).then(|| name.into_owned())
}
