//! What SQLite itself would spell otherwise.
//!
//! It keeps declarations as they were written, types included, so the rules are few. Each is one function, named in
//! [`RULES`], with one test. Two kinds of things are gone in the normal form because SQLite does not keep them:
//! comments on tables, columns, indexes and views, and the options of a sequence behind a numbered column.

use crate::{FLAVOR, types};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{
    ConstraintKind, Expr, Identity, Index, IndexKey, KeyTarget, NOT_VALID, Nulls, Schema, Table, TypeName,
};
use terrane_core::sql::{TokenKind, canonical, quote_string, tokenize, unquote};

/// In the order in which they are applied.
const RULES: [fn(&mut Table); 6] = [
    comments_are_not_kept,
    every_row_is_checked,
    a_numbered_column_is_autoincrement,
    a_default_is_spelled_as_a_literal,
    own_columns_need_no_qualifier,
    the_usual_order_of_nulls_goes_without_saying,
];

/// Defaults that other servers call by another name.
const DEFAULTS: [(&str, &str); 2] = [
    ("now ( )", "CURRENT_TIMESTAMP"),
    ("current_timestamp ( )", "CURRENT_TIMESTAMP"),
];

pub(crate) fn normalize(schema: &mut Schema) {
    for table in schema.tables.values_mut() {
        for rule in RULES {
            rule(table);
        }
        a_name_that_no_column_has_is_a_string(table);
    }
    for view in schema.views.values_mut() {
        view.comment = None;
    }
}

/// An op with what it makes in its normal form: a portable revision may number a `bigint`, or default to `now()`.
pub(crate) fn normal_op(op: &Op) -> Op {
    let mut op = op.clone();
    match &mut op {
        Op::CreateTable(table) => RULES.iter().for_each(|rule| rule(table)),
        Op::AddColumn { table, column } => {
            let mut alone = Table::new(table.clone());
            alone.columns.push((**column).clone());
            RULES.iter().for_each(|rule| rule(&mut alone));
            **column = alone.columns.remove(0);
        }
        Op::AddConstraint { table, constraint } => {
            let mut alone = Table::new(table.clone());
            alone.constraints.push((**constraint).clone());
            RULES.iter().for_each(|rule| rule(&mut alone));
            **constraint = alone.constraints.remove(0);
        }
        Op::CreateIndex { table, index, .. } => {
            let mut alone = Table::new(table.clone());
            alone.indexes.insert(index.name.clone(), (**index).clone());
            RULES.iter().for_each(|rule| rule(&mut alone));
            alone.indexes.into_values().for_each(|normal| **index = normal);
        }
        Op::AlterColumn { change, .. } => match change {
            ColumnChange::Default(Some(default)) => spell_as_literal(default),
            ColumnChange::Identity(Some(identity)) => *identity = Identity::default(),
            _ => {}
        },
        _ => {}
    }
    op
}

fn comments_are_not_kept(table: &mut Table) {
    table.comment = None;
    for column in &mut table.columns {
        column.comment = None;
    }
    for index in table.indexes.values_mut() {
        index.comment = None;
    }
}

/// There is no `NOT VALID`: a constraint that is added holds for all rows.
fn every_row_is_checked(table: &mut Table) {
    for constraint in &mut table.constraints {
        if let Some(attributes) = constraint.kind.attributes_mut() {
            attributes.set(NOT_VALID, None);
        }
    }
}

/// `GENERATED … AS IDENTITY` is AUTOINCREMENT, which counts in an `INTEGER` only and lets a value of one's own in
/// (sqlite.org/autoinc.html).
fn a_numbered_column_is_autoincrement(table: &mut Table) {
    for column in &mut table.columns {
        if column.identity.is_none() {
            continue;
        }
        column.identity = Some(Identity::default());
        if types::counts_elsewhere(&column.ty) {
            column.ty = TypeName::new("INTEGER");
        }
    }
}

/// A default that is a mere word is a string (sqlite.org/quirks.html, section 8), except for the few words that have a
/// meaning; `now()` is a function that SQLite does not have.
fn a_default_is_spelled_as_a_literal(table: &mut Table) {
    for default in table.columns.iter_mut().filter_map(|column| column.default.as_mut()) {
        spell_as_literal(default);
    }
}

fn spell_as_literal(default: &mut Expr) {
    if let Some((_, ours)) = DEFAULTS.iter().find(|(theirs, _)| *theirs == default.canonical()) {
        *default = FLAVOR.expr(ours);
    } else if let Some(word) = mere_word(default) {
        // As it was written, but compared as what it is.
        *default = Expr::new(default.as_str(), quote_string(&word));
    }
}

fn mere_word(default: &Expr) -> Option<String> {
    const WITH_MEANING: [&str; 6] = [
        "null",
        "true",
        "false",
        "current_timestamp",
        "current_date",
        "current_time",
    ];
    let text = default.as_str();
    let begins = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'"' | b'`' | b'[') || byte >= 0x80;
    if !text.bytes().next().is_some_and(begins) || WITH_MEANING.contains(&default.canonical()) {
        return None;
    }
    match tokenize(text, &FLAVOR.lexing).ok()?.as_slice() {
        [only] if matches!(only.kind, TokenKind::Word | TokenKind::QuotedIdentifier) => {
            Some(unquote(text).into_owned())
        }
        _ => None,
    }
}

/// A table's own expressions can name its columns only, so `t.a` there is `a`. With the table's name in them, they
/// would not survive a rebuild, during which the table has another name.
fn own_columns_need_no_qualifier(table: &mut Table) {
    let name = table.name.clone();
    for column in &mut table.columns {
        if let Some(generated) = &mut column.generated {
            drop_qualifier(&mut generated.expression, &name);
        }
    }
    for constraint in &mut table.constraints {
        if let ConstraintKind::Check(check) = &mut constraint.kind {
            drop_qualifier(&mut check.expression, &name);
        }
    }
    for index in table.indexes.values_mut() {
        for expression in index_expressions(index) {
            drop_qualifier(expression, &name);
        }
    }
}

fn index_expressions(index: &mut Index) -> impl Iterator<Item = &mut Expr> {
    let keys = index.keys.iter_mut().filter_map(|key| match &mut key.target {
        KeyTarget::Expression(expression) => Some(expression),
        KeyTarget::Column(_) => None,
    });
    keys.chain(index.predicate.as_mut())
}

fn drop_qualifier(expression: &mut Expr, table: &ObjectName) {
    if !expression.canonical().contains(" . ") {
        return;
    }
    let text = expression.as_str();
    let Ok(tokens) = tokenize(text, &FLAVOR.lexing) else {
        return;
    };
    let mut kept = String::with_capacity(text.len());
    let mut copied = 0;
    for pair in tokens.windows(2) {
        let is_name = matches!(pair[0].kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        if is_name && pair[1].is_symbol(text, ".") && FLAVOR.ident(&unquote(pair[0].text(text))) == table.name {
            kept.push_str(&text[copied..pair[0].span.start]);
            copied = pair[1].span.end;
        }
    }
    if copied > 0 {
        kept.push_str(&text[copied..]);
        *expression = FLAVOR.expr(&kept);
    }
}

/// `"Foo"` where no column is called so is the string `'Foo'` (sqlite.org/quirks.html, section 8), whose case counts.
fn a_name_that_no_column_has_is_a_string(table: &mut Table) {
    let columns: Vec<Ident> = table.columns.iter().map(|column| column.name.clone()).collect();
    let generated = table.columns.iter_mut().filter_map(|column| column.generated.as_mut());
    let checks = table
        .constraints
        .iter_mut()
        .filter_map(|constraint| match &mut constraint.kind {
            ConstraintKind::Check(check) => Some(&mut check.expression),
            _ => None,
        });
    for expression in generated.map(|generated| &mut generated.expression).chain(checks) {
        let text = expression.as_str();
        if !text.contains('"') {
            continue;
        }
        let is_string = |name: &str| !columns.contains(&FLAVOR.ident(name));
        let mut meant = String::with_capacity(text.len());
        let mut copied = 0;
        for token in tokenize(text, &FLAVOR.lexing).unwrap_or_default() {
            let written = token.text(text);
            let name = unquote(written);
            if written.starts_with('"') && is_string(&name) {
                meant.push_str(&text[copied..token.span.start]);
                meant.push_str(&quote_string(&name));
                copied = token.span.end;
            }
        }
        if copied > 0 {
            meant.push_str(&text[copied..]);
            *expression = Expr::new(text, canonical(&meant));
        }
    }
}

/// NULLs are smallest (sqlite.org/lang_select.html, section 4), and an index may not say so.
fn the_usual_order_of_nulls_goes_without_saying(table: &mut Table) {
    let usual = |key: &IndexKey| if key.descending { Nulls::Last } else { Nulls::First };
    for index in table.indexes.values_mut() {
        for key in &mut index.keys {
            if key.nulls == Some(usual(key)) {
                key.nulls = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terrane_core::ddl::{Style, create_table, parse_statement, print_index};
    use terrane_core::schema::Column;
    use terrane_core::sql::split;

    /// The script, normalized and printed as SQLite would be told.
    fn normal(script: &str) -> String {
        let mut schema = Schema::new();
        for statement in split(script, &FLAVOR.lexing).unwrap() {
            for op in parse_statement(script, &statement, &FLAVOR).unwrap().ops {
                op.apply(&mut schema).unwrap();
            }
        }
        normalize(&mut schema);
        let tables = schema.tables.values();
        let texts = tables.flat_map(|table| {
            let indexes = table.indexes.values().map(|index| print_index(&table.name, index));
            std::iter::once(create_table(table, Style::Autoincrement)).chain(indexes)
        });
        let words: Vec<String> = texts
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        words.join("; ")
    }

    #[test]
    fn comments() {
        assert_eq!(
            normal("CREATE TABLE t (a int); COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.a IS 'y'"),
            { "CREATE TABLE t ( a int )" }
        );
    }

    #[test]
    fn identity() {
        assert_eq!(
            normal("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY (START 5) PRIMARY KEY)"),
            "CREATE TABLE t ( id INTEGER PRIMARY KEY AUTOINCREMENT )"
        );
    }

    #[test]
    fn defaults() {
        assert_eq!(
            normal("CREATE TABLE t (a text DEFAULT Foo, b text DEFAULT \"Bar\", c DEFAULT now(), d DEFAULT TRUE)"),
            "CREATE TABLE t ( a text DEFAULT Foo, b text DEFAULT \"Bar\", c DEFAULT CURRENT_TIMESTAMP, d DEFAULT TRUE )"
        );
        let default = |text: &str| {
            let mut column = Column::new(FLAVOR.ident("a"), TypeName::default());
            column.default = Some(FLAVOR.expr(text));
            let mut table = Table::new(FLAVOR.object("t"));
            table.columns.push(column);
            a_default_is_spelled_as_a_literal(&mut table);
            table.columns.remove(0).default
        };
        assert_eq!(default("Foo"), default("'Foo'"));
        assert_ne!(default("Foo"), default("foo"));
    }

    #[test]
    fn strings_in_double_quotes() {
        let checks = |text: &str| {
            let script = format!("CREATE TABLE t (a text CHECK (\"a\" <> {text}))");
            let mut schema = Schema::new();
            for statement in split(&script, &FLAVOR.lexing).unwrap() {
                parse_statement(&script, &statement, &FLAVOR).unwrap().ops[0]
                    .apply(&mut schema)
                    .unwrap();
            }
            normalize(&mut schema);
            schema
        };
        assert_eq!(checks("\"Foo\""), checks("'Foo'"));
        assert_ne!(checks("\"Foo\""), checks("\"foo\""));
        assert_eq!(checks("\"A\""), checks("a"));
    }

    #[test]
    fn qualifiers() {
        assert_eq!(
            normal("CREATE TABLE t (a int, CHECK (T.a > 0 AND \"t\".\"a\" < 9 AND x.a = 1))"),
            "CREATE TABLE t ( a int, CHECK (a > 0 AND \"a\" < 9 AND x.a = 1) )"
        );
    }

    #[test]
    fn nulls() {
        assert_eq!(
            normal("CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a NULLS FIRST, b DESC NULLS LAST)"),
            "CREATE TABLE t ( a int, b int ); CREATE INDEX i ON t (a, b DESC)"
        );
    }
}
