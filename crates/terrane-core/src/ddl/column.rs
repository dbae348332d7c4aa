//! Reading a column's definition.

use super::Flavor;
use super::constraint::{conflict_clause, deferrability, references};
use super::cursor::{Cursor, Read};
use crate::name::{Folding, Ident};
use crate::schema::{Check, Column, Constraint, ConstraintKind, Expr, Generated, Identity, IndexKey, Key, TypeName};
use crate::sql::{Lexing, Token};

/// A column, and the constraints that were written beside it.
pub(super) struct ColumnDefinition {
    pub(super) column: Column,
    pub(super) constraints: Vec<Constraint>,
}

/// Words that end a type name.
const AFTER_TYPE: [&str; 17] = [
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "as",
    "autoincrement",
    "auto_increment",
    "deferrable",
    "initially",
    "comment",
    "on",
];

pub(super) fn column_definition(cursor: &mut Cursor<'_>) -> Read<ColumnDefinition> {
    let name = cursor.ident()?;
    let ty = type_name(cursor)?;
    let mut definition = ColumnDefinition {
        column: Column::new(name, ty),
        constraints: Vec::new(),
    };
    while clause(cursor, &mut definition)? {}
    Ok(definition)
}

pub(super) fn type_name(cursor: &mut Cursor<'_>) -> Read<TypeName> {
    let start = cursor.here().start;
    let mut any = false;
    while !cursor.is_done() && !cursor.is_symbol(",") && !cursor.is_symbol(")") && !cursor.is_any(&AFTER_TYPE) {
        if cursor.is_symbol("(") {
            if !any {
                break;
            }
            cursor.parenthesized()?;
        } else if cursor.is_symbol("[") || cursor.is_symbol("]") || cursor.is_symbol(".") || is_name(cursor) {
            cursor.bump();
        } else {
            return cursor.fail("expected a type, a constraint or the next column");
        }
        any = true;
    }
    Ok(TypeName::new(if any { cursor.text_from(start) } else { "" }))
}

fn is_name(cursor: &Cursor<'_>) -> bool {
    use crate::sql::TokenKind::{Number, QuotedIdentifier, String, Word};
    cursor
        .token(0)
        .is_some_and(|token| matches!(token.kind, Word | QuotedIdentifier | String | Number))
}

/// One clause of a column; false where the column ends.
fn clause(cursor: &mut Cursor<'_>, definition: &mut ColumnDefinition) -> Read<bool> {
    let name = if cursor.take(&["constraint"]) {
        Some(cursor.ident()?)
    } else {
        None
    };
    let column = &mut definition.column;
    if cursor.take(&["not", "null"]) {
        column.nullable = false;
        let conflict = conflict_clause(cursor)?;
        column.attributes.set("not null on conflict", conflict.as_deref());
    } else if cursor.take(&["null"]) {
        column.nullable = true;
        conflict_clause(cursor)?;
    } else if cursor.take(&["default"]) {
        column.default = Some(default_value(cursor)?);
    } else if cursor.take(&["collate"]) {
        column.collation = Some(cursor.ident()?);
    } else if cursor.take(&["generated", "by", "default", "as", "identity"]) {
        column.identity = Some(identity(cursor, false)?);
    } else if cursor.take(&["generated", "always", "as", "identity"]) {
        column.identity = Some(identity(cursor, true)?);
    } else if cursor.take(&["generated", "always", "as"]) || cursor.take(&["as"]) {
        let expression = cursor.expr_in_parentheses()?;
        let stored = cursor.take(&["stored"]) || cursor.take(&["persistent"]);
        if !stored {
            cursor.take(&["virtual"]);
        }
        column.generated = Some(Generated { expression, stored });
    } else if cursor.take(&["autoincrement"]) || cursor.take(&["auto_increment"]) {
        column.identity = Some(Identity::default());
    } else if cursor.is_words(&["comment"]) {
        cursor.bump();
        column.comment = Some(cursor.string()?);
    } else {
        return inline_constraint(cursor, name, definition);
    }
    Ok(true)
}

fn inline_constraint(cursor: &mut Cursor<'_>, name: Option<Ident>, definition: &mut ColumnDefinition) -> Read<bool> {
    let column = &mut definition.column;
    let own = || column.name.clone();
    let kind = if cursor.take(&["primary", "key"]) {
        let mut key = Key::new([own()]);
        key.columns[0].descending = descending(cursor);
        key.attributes.set("on conflict", conflict_clause(cursor)?.as_deref());
        if cursor.take(&["autoincrement"]) {
            column.identity = Some(Identity::default());
        }
        ConstraintKind::PrimaryKey(key)
    } else if cursor.take(&["unique"]) {
        let mut key = Key::new([own()]);
        key.attributes.set("on conflict", conflict_clause(cursor)?.as_deref());
        ConstraintKind::Unique(key)
    } else if cursor.take(&["check"]) {
        ConstraintKind::Check(Check {
            expression: cursor.expr_in_parentheses()?,
            attributes: Default::default(),
        })
    } else if cursor.take(&["references"]) {
        ConstraintKind::ForeignKey(references(cursor, vec![own()])?)
    } else if name.is_some() {
        // SQLite lets a name stand alone, or before another.
        return Ok(true);
    } else if cursor.is_word("deferrable") || cursor.is_words(&["not", "deferrable"]) {
        let when = deferrability(cursor)?;
        if let Some(ConstraintKind::ForeignKey(key)) = definition.constraints.last_mut().map(|c| &mut c.kind) {
            key.deferrable = when;
        }
        return Ok(true);
    } else {
        return Ok(false);
    };
    definition.constraints.push(Constraint { name, kind });
    Ok(true)
}

pub(super) fn descending(cursor: &mut Cursor<'_>) -> bool {
    cursor.take(&["desc"]) || {
        cursor.take(&["asc"]);
        false
    }
}

pub(super) fn identity(cursor: &mut Cursor<'_>, always: bool) -> Read<Identity> {
    let options = if cursor.is_symbol("(") {
        Some(cursor.expr_in_parentheses()?)
    } else {
        None
    };
    Ok(Identity { always, options })
}

/// A default: one term, or terms joined by operators.
pub(super) fn default_value(cursor: &mut Cursor<'_>) -> Read<Expr> {
    let start = cursor.here().start;
    term(cursor)?;
    loop {
        if cursor.take_symbol("::") {
            cursor.bump();
            while cursor.is_any(&["varying", "precision", "with", "without", "time", "zone"]) {
                cursor.bump();
            }
            if cursor.is_symbol("(") {
                cursor.parenthesized()?;
            }
            while cursor.take_symbol("[") || cursor.take_symbol("]") {}
        } else if ["+", "-", "*", "/", "||"]
            .iter()
            .any(|operator| cursor.take_symbol(operator))
        {
            term(cursor)?;
        } else {
            break;
        }
    }
    Ok(cursor.flavor.expr(cursor.text_from(start)))
}

/// Whether a text can stand after `DEFAULT` as it is.
pub(super) fn is_default(text: &str, tokens: &[Token]) -> bool {
    let flavor = Flavor {
        lexing: Lexing::PORTABLE,
        folding: Folding::Exact,
        default_schema: None,
    };
    let mut cursor = Cursor::new(text, tokens, &flavor);
    default_value(&mut cursor).is_ok() && cursor.is_done()
}

fn term(cursor: &mut Cursor<'_>) -> Read<()> {
    if cursor.is_symbol("(") {
        cursor.parenthesized()?;
        return Ok(());
    }
    while cursor.take_symbol("-") || cursor.take_symbol("+") {}
    if cursor.is_done() || cursor.is_symbol(",") || cursor.is_symbol(")") {
        return cursor.fail("expected a default");
    }
    cursor.bump();
    while cursor.take_symbol(".") {
        cursor.bump();
    }
    if cursor.is_symbol("(") {
        cursor.parenthesized()?;
    }
    Ok(())
}

/// `name | (expression)`, each with collation, operator class, order: the keys of an index, or of a key in SQLite.
pub(super) fn index_keys(cursor: &mut Cursor<'_>) -> Read<Vec<IndexKey>> {
    cursor.expect_symbol("(")?;
    let mut keys = vec![index_key(cursor)?];
    while cursor.take_symbol(",") {
        keys.push(index_key(cursor)?);
    }
    cursor.expect_symbol(")")?;
    Ok(keys)
}

fn index_key(cursor: &mut Cursor<'_>) -> Read<IndexKey> {
    use crate::schema::{KeyTarget, Nulls};
    use crate::sql::TokenKind;
    let first = cursor.here().start;
    let plain = cursor.token(0).is_some_and(|token| {
        matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier) || is_string_name(cursor)
    }) && !cursor
        .token(1)
        .is_some_and(|next| next.kind == TokenKind::Symbol && !matches!(next.text(cursor.source), "," | ")"))
        && (ends_key(cursor, 1) || is_key_word(cursor, 1));
    let target = if plain {
        KeyTarget::Column(cursor.ident()?)
    } else {
        while !cursor.is_done() && !ends_key(cursor, 0) && !is_key_word(cursor, 0) {
            if cursor.is_symbol("(") {
                cursor.parenthesized()?;
            } else {
                cursor.bump();
            }
        }
        if cursor.last_end() <= first {
            return cursor.fail("expected a column or an expression");
        }
        KeyTarget::Expression(cursor.flavor.expr(cursor.text_from(first)))
    };
    let collation = if cursor.take(&["collate"]) {
        Some(cursor.ident()?)
    } else {
        None
    };
    let has_class = !ends_key(cursor, 0) && !cursor.is_any(&["asc", "desc", "nulls"]);
    let operator_class = if has_class {
        Some(cursor.object()?.to_string())
    } else {
        None
    };
    let descending = descending(cursor);
    let nulls = if cursor.take(&["nulls", "first"]) {
        Some(Nulls::First)
    } else if cursor.take(&["nulls", "last"]) {
        Some(Nulls::Last)
    } else {
        None
    };
    if !ends_key(cursor, 0) {
        return cursor.fail("expected `,` or `)`");
    }
    Ok(IndexKey {
        target,
        collation,
        operator_class,
        descending,
        nulls,
    })
}

/// SQLite takes `('name')` for a column (sqlite.org/quirks.html, section 8).
fn is_string_name(cursor: &Cursor<'_>) -> bool {
    cursor.is_sqlite()
        && cursor
            .token(0)
            .is_some_and(|token| token.text(cursor.source).starts_with('\''))
}

fn ends_key(cursor: &Cursor<'_>, ahead: usize) -> bool {
    cursor
        .token(ahead)
        .is_none_or(|token| token.is_symbol(cursor.source, ",") || token.is_symbol(cursor.source, ")"))
}

fn is_key_word(cursor: &Cursor<'_>, ahead: usize) -> bool {
    if ["asc", "desc", "collate", "nulls"]
        .iter()
        .any(|word| cursor.is_word_at(ahead, word))
    {
        return true;
    }
    // An operator class: a word that ends the key, or comes before the order.
    let is_word = cursor
        .token(ahead)
        .is_some_and(|token| token.kind == crate::sql::TokenKind::Word);
    let class = is_word && ahead > 0 && (ends_key(cursor, ahead + 1) || is_order(cursor, ahead + 1));
    class
        && !["is", "not", "and", "or", "in", "like"]
            .iter()
            .any(|word| cursor.is_word_at(ahead, word))
}

fn is_order(cursor: &Cursor<'_>, ahead: usize) -> bool {
    ["asc", "desc", "nulls"]
        .iter()
        .any(|word| cursor.is_word_at(ahead, word))
}
