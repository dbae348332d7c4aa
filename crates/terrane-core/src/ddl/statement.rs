//! Reading one statement.

use super::cursor::{Cursor, Read};
use super::{Flavor, Malformed, alter, create};
use crate::name::{Ident, ObjectName};
use crate::op::{Effect, ObjectKind, Op, RawSql};
use crate::sql::SqlStatement;
use crate::text::Span;

/// A statement, as far as it is understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParsedStatement {
    /// What it does. A statement that is not understood is one [`Op::Sql`] with [`Effect::Unknown`].
    pub ops: Vec<Op>,
    /// Whether it said `IF EXISTS` or `IF NOT EXISTS`: an op that does not fit is then no mistake.
    pub tolerant: bool,
    /// Where the tables and columns that it creates are written.
    pub declared: Vec<Declared>,
}

/// Where a table or a column of it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declared {
    /// The table.
    pub table: ObjectName,
    /// The column, or the table itself.
    pub column: Option<Ident>,
    /// From its first token to its last; for a table, `CREATE TABLE` and the name.
    pub span: Span,
}

/// Reads a statement of the script `source`.
///
/// # Errors
/// It begins as a statement that is understood, and goes on otherwise.
pub fn parse_statement(source: &str, statement: &SqlStatement, flavor: &Flavor) -> Result<ParsedStatement, Malformed> {
    let text = &source[statement.span.range()];
    let mut cursor = Cursor::new(source, &statement.tokens, flavor);
    let understood = |ops, tolerant| ParsedStatement {
        ops,
        tolerant,
        declared: Vec::new(),
    };
    let known = if cursor.take(&["create"]) {
        create::create(&mut cursor, text)?.map(|made| ParsedStatement {
            ops: made.ops,
            tolerant: made.tolerant,
            declared: made.declared,
        })
    } else if cursor.take(&["alter"]) {
        alter::alter(&mut cursor)?.map(|(ops, tolerant)| understood(ops, tolerant))
    } else if cursor.take(&["drop"]) {
        alter::drop(&mut cursor)?.map(|(ops, tolerant)| understood(ops, tolerant))
    } else if cursor.take(&["comment", "on"]) {
        alter::comment(&mut cursor)?.map(|(ops, tolerant)| understood(ops, tolerant))
    } else {
        None
    };
    Ok(match known {
        Some(parsed) => parsed,
        None => {
            let mut cursor = Cursor::new(source, &statement.tokens, flavor);
            let effect = effect(&mut cursor).unwrap_or(Effect::Unknown);
            understood(
                vec![Op::Sql(RawSql {
                    text: text.to_owned(),
                    effect,
                })],
                false,
            )
        }
    })
}

/// The relation or the schema that a statement makes, as far as its first words tell: `CREATE UNLOGGED TABLE t …`,
/// `CREATE SCHEMA s CREATE TABLE …`.
pub fn made_by(source: &str, statement: &SqlStatement, flavor: &Flavor) -> Option<(ObjectKind, ObjectName)> {
    let mut cursor = Cursor::new(source, &statement.tokens, flavor);
    if !cursor.take(&["create"]) {
        return None;
    }
    cursor.take(&["or", "replace"]);
    while cursor.is_any(&["unlogged", "materialized", "recursive"]) {
        cursor.bump();
    }
    let kind = if cursor.take(&["table"]) {
        ObjectKind::Table
    } else if cursor.take(&["view"]) {
        ObjectKind::View
    } else if cursor.take(&["schema"]) {
        ObjectKind::Other
    } else {
        return None;
    };
    cursor.take(&["if", "not", "exists"]);
    if kind == ObjectKind::Other {
        // Without a name of its own, it is called like the role.
        cursor.take(&["authorization"]);
        let name = super::unmodelled::schema_name(cursor.ident().ok()?.as_str());
        return Some((kind, ObjectName::bare(flavor.ident(&name))));
    }
    cursor.object().ok().map(|name| (kind, name))
}

/// What a statement that is no DDL does.
fn effect(cursor: &mut Cursor<'_>) -> Read<Effect> {
    const NOTHING: [&str; 8] = [
        "pragma", "analyze", "reindex", "vacuum", "set", "explain", "show", "optimize",
    ];
    const TRANSACTION: [&str; 7] = ["begin", "commit", "end", "rollback", "savepoint", "release", "start"];
    const ROWS: [&str; 7] = ["insert", "update", "delete", "replace", "with", "select", "values"];
    if cursor.is_words(&["pragma", "writable_schema"]) {
        return Ok(Effect::Unknown);
    }
    if cursor.is_any(&NOTHING) {
        return Ok(Effect::Nothing);
    }
    if cursor.is_any(&TRANSACTION) {
        return Ok(Effect::Transaction);
    }
    if !cursor.is_any(&ROWS) {
        return Ok(Effect::Unknown);
    }
    let mut tables = Vec::new();
    while !cursor.is_done() {
        let written = cursor.take(&["insert"]) || cursor.take(&["replace"]) || cursor.take(&["delete"]);
        let updated = !written && cursor.take(&["update"]);
        if !written && !updated {
            cursor.bump();
            continue;
        }
        if cursor.take(&["or"]) {
            cursor.bump();
        }
        // `ON CONFLICT DO UPDATE SET` and `replace(a, b, c)` write no further table.
        if (written && (cursor.take(&["into"]) || cursor.take(&["from"]))) || (updated && !cursor.is_word("set")) {
            cursor.take(&["only"]);
            tables.push(cursor.object()?);
        }
    }
    tables.sort();
    tables.dedup();
    Ok(Effect::Rows(tables))
}
