//! What PostgreSQL itself would spell otherwise, as far as that is known without asking it.
//!
//! A short cut only: what is wished is made on a server and read back before anything is decided by a comparison. So each
//! rule here is one that always holds, and what only the server can tell stays as it was written.

use crate::{FLAVOR, array_cast, types};
use std::collections::BTreeMap;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::schema::{Column, ConstraintKind, Expr, KeyTarget, Nulls, Schema, Table, TypeName};
use terrane_core::sql::{Lexing, Token, TokenKind, tokenize, unquote};

/// In the order in which they are applied.
const RULES: [fn(&mut Table); 7] = [
    types_are_spelled_as_the_catalog_does,
    a_key_is_not_null,
    no_default_is_said_to_be_null,
    a_literal_default_has_its_type,
    a_check_is_spelled_with_the_operators_own_names,
    the_usual_order_of_nulls_goes_without_saying,
    an_array_is_cast_by_its_elements,
];

pub(crate) fn normalize(schema: &mut Schema) {
    for table in schema.tables.values_mut() {
        RULES.iter().for_each(|rule| rule(table));
    }
    a_reference_names_its_columns(schema);
    for view in schema.views.values_mut() {
        array_cast::settle(&mut view.query);
    }
}

fn an_array_is_cast_by_its_elements(table: &mut Table) {
    for column in &mut table.columns {
        column.default.iter_mut().for_each(array_cast::settle);
        column
            .generated
            .iter_mut()
            .for_each(|generated| array_cast::settle(&mut generated.expression));
    }
    for constraint in &mut table.constraints {
        match &mut constraint.kind {
            ConstraintKind::Check(check) => array_cast::settle(&mut check.expression),
            ConstraintKind::Exclusion(exclusion) => array_cast::settle(&mut exclusion.definition),
            _ => {}
        }
    }
    for index in table.indexes.values_mut() {
        index.predicate.iter_mut().for_each(array_cast::settle);
        for key in &mut index.keys {
            if let KeyTarget::Expression(expr) = &mut key.target {
                array_cast::settle(expr);
            }
        }
    }
    table
        .triggers
        .values_mut()
        .for_each(|trigger| array_cast::settle(&mut trigger.definition));
}

fn types_are_spelled_as_the_catalog_does(table: &mut Table) {
    for column in &mut table.columns {
        column.ty = types::canonical(&column.ty);
    }
}

/// A primary key forces NOT NULL on its columns, and so does a number from the server.
fn a_key_is_not_null(table: &mut Table) {
    let key: Vec<Ident> = table
        .primary_key()
        .map(|key| key.names().cloned().collect())
        .unwrap_or_default();
    for column in &mut table.columns {
        if key.contains(&column.name) || column.identity.is_some() {
            column.nullable = false;
        }
    }
}

fn no_default_is_said_to_be_null(table: &mut Table) {
    for column in &mut table.columns {
        if column
            .default
            .as_ref()
            .is_some_and(|default| default.canonical() == "null")
        {
            column.default = None;
        }
    }
}

/// A string gets the cast to the column's type, without the type's arguments; a negative number is a string that is cast.
fn a_literal_default_has_its_type(table: &mut Table) {
    for column in &mut table.columns {
        if let Some(cast) = column.default.as_ref().and_then(|default| literal(default, &column.ty)) {
            column.default = Some(FLAVOR.expr(&cast));
        }
    }
}

/// Types whose literals PostgreSQL reads at once, and keeps as numbers and truth values.
const READ_AT_ONCE: [&str; 8] = [
    "bigint",
    "boolean",
    "double precision",
    "integer",
    "numeric",
    "real",
    "smallint",
    "",
];

fn literal(default: &Expr, ty: &TypeName) -> Option<String> {
    let text = default.as_str();
    let tokens = tokens(text)?;
    match tokens.as_slice() {
        [only] if only.kind == TokenKind::String && text.starts_with('\'') => {
            let is_reread = READ_AT_ONCE.contains(&ty.words().as_str());
            let is_rewritten = ["time", "date", "interval", "bit"]
                .iter()
                .any(|word| ty.words().starts_with(word));
            (!is_reread && !is_rewritten).then(|| format!("{text}::{}", types::of_cast(ty)))
        }
        [sign, number] if sign.is_symbol(text, "-") && number.kind == TokenKind::Number => {
            let number = number.text(text);
            Some(format!("'-{number}'::{}", type_of_number(number)?))
        }
        _ => None,
    }
}

fn type_of_number(number: &str) -> Option<&'static str> {
    if number.contains(['.', 'e', 'E']) {
        return Some("numeric");
    }
    match number.parse::<i64>() {
        Ok(value) if value < 1 << 31 => Some("integer"),
        Ok(_) => Some("bigint"),
        Err(_) => None,
    }
}

/// `!=` is another name of `<>`, and `IN` of `= ANY (ARRAY[…])` (section 9.24 of the manual). A list of one is an equality.
fn a_check_is_spelled_with_the_operators_own_names(table: &mut Table) {
    let columns = table.columns.clone();
    for constraint in &mut table.constraints {
        if let ConstraintKind::Check(check) = &mut constraint.kind
            && let Some(text) = respelled(check.expression.as_str(), &columns)
        {
            check.expression = FLAVOR.expr(&text);
        }
    }
}

fn respelled(text: &str, columns: &[Column]) -> Option<String> {
    let tokens = tokens(text)?;
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut at = 0;
    while at < tokens.len() {
        let replaced = if tokens[at].is_symbol(text, "!=") {
            Some(("<>".to_owned(), 1))
        } else {
            membership(text, &tokens[at..], column_before(text, &tokens[..at], columns))
        };
        if let Some((new, count)) = replaced {
            out.push_str(&text[copied..tokens[at].span.start]);
            out.push_str(&new);
            at += count;
            copied = tokens[at - 1].span.end;
        } else {
            at += 1;
        }
    }
    out.push_str(&text[copied..]);
    (copied > 0).then_some(out)
}

fn column_before<'c>(text: &str, tokens: &[Token], columns: &'c [Column]) -> Option<&'c Column> {
    let last = tokens.last()?;
    let is_name = matches!(last.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    let name = unquote(last.text(text));
    columns.iter().find(|column| is_name && column.name.as_str() == name)
}

/// `[NOT] IN (…)` after a column whose literals need no further cast, and how many tokens it is.
fn membership(text: &str, tokens: &[Token], column: Option<&Column>) -> Option<(String, usize)> {
    let is_not = tokens.first()?.is_word(text, "not");
    let list = &tokens[usize::from(is_not)..];
    let column = column?;
    if !list.first()?.is_word(text, "in") || !list.get(1)?.is_symbol(text, "(") {
        return None;
    }
    let end = list.iter().position(|token| token.is_symbol(text, ")"))?;
    let wanted = match column.ty.canonical() {
        "text" => TokenKind::String,
        "integer" => TokenKind::Number,
        _ => return None,
    };
    let items: Vec<String> = list[2..end]
        .iter()
        .filter(|token| !token.is_symbol(text, ","))
        .map(|token| (token.kind == wanted).then(|| cast(token.text(text), wanted)))
        .collect::<Option<_>>()?;
    let (one, any) = if is_not { ("<>", "<> ALL") } else { ("=", "= ANY") };
    let new = match items.as_slice() {
        [] => return None,
        [only] => format!("{one} {only}"),
        items => format!("{any} (ARRAY[{}])", items.join(", ")),
    };
    Some((new, usize::from(is_not) + end + 1))
}

fn cast(item: &str, kind: TokenKind) -> String {
    if kind == TokenKind::String {
        format!("{item}::text")
    } else {
        item.to_owned()
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    tokenize(text, &Lexing::POSTGRESQL).ok()
}

/// NULLs are larger than any value (`CREATE INDEX` in the manual).
fn the_usual_order_of_nulls_goes_without_saying(table: &mut Table) {
    for key in table.indexes.values_mut().flat_map(|index| &mut index.keys) {
        let usual = if key.descending { Nulls::First } else { Nulls::Last };
        if key.nulls == Some(usual) {
            key.nulls = None;
        }
    }
}

fn a_reference_names_its_columns(schema: &mut Schema) {
    let keys: BTreeMap<ObjectName, Vec<Ident>> = schema
        .tables
        .values()
        .filter_map(|table| {
            let key = table.primary_key()?;
            Some((table.name.clone(), key.names().cloned().collect()))
        })
        .collect();
    for constraint in schema.tables.values_mut().flat_map(|table| &mut table.constraints) {
        if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
            && key.referenced.is_empty()
            && let Some(names) = keys.get(&key.table)
        {
            key.referenced.clone_from(names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terrane_core::ddl::{Style, create_table, parse_statement, print_index};
    use terrane_core::sql::split;

    /// The script, normalized and printed.
    fn normal(script: &str) -> String {
        let mut schema = Schema::new();
        for statement in split(script, &FLAVOR.lexing).unwrap() {
            for op in parse_statement(script, &statement, &FLAVOR).unwrap().ops {
                op.apply(&mut schema).unwrap();
            }
        }
        normalize(&mut schema);
        let texts = schema.tables.values().flat_map(|table| {
            let indexes = table.indexes.values().map(|index| print_index(&table.name, index));
            std::iter::once(create_table(table, Style::Standard)).chain(indexes)
        });
        let words: Vec<String> = texts
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        words.join("; ")
    }

    #[test]
    fn type_names() {
        assert_eq!(
            normal("CREATE TABLE t (a int, b varchar(9), c timestamptz)"),
            "CREATE TABLE t ( a integer, b character varying(9), c timestamp with time zone )"
        );
    }

    #[test]
    fn keys_are_not_null() {
        assert_eq!(
            normal("CREATE TABLE t (a text PRIMARY KEY, b int GENERATED ALWAYS AS IDENTITY)"),
            "CREATE TABLE t ( a text NOT NULL, b integer NOT NULL GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (a) )"
        );
    }

    /// As PostgreSQL 15 prints them.
    #[test]
    fn defaults() {
        for (ty, written, kept) in [
            ("text", "'q'", "'q'::text"),
            ("varchar(20)", "'a'", "'a'::character varying"),
            ("char(3)", "'x'", "'x'::bpchar"),
            ("jsonb", "'{}'", "'{}'::jsonb"),
            ("varchar(9)[]", "'{}'", "'{}'::character varying[]"),
            ("\"char\"", "'a'", "'a'::\"char\""),
            ("mood", "'sad'", "'sad'::mood"),
            ("int", "-1", "'-1'::integer"),
            ("bigint", "-10000000000", "'-10000000000'::bigint"),
            ("numeric(10, 2)", "-1.5", "'-1.5'::numeric"),
            ("numeric(10, 2)", "0", "0"),
            ("int", "'5'", "'5'"),
            ("timestamptz", "now()", "now()"),
            ("timestamptz", "current_timestamp", "CURRENT_TIMESTAMP"),
            ("boolean", "TRUE", "true"),
        ] {
            let default = |text: &str| {
                let mut column = Column::new(FLAVOR.ident("a"), TypeName::new(ty));
                column.default = Some(FLAVOR.expr(text));
                let mut table = Table::new(FLAVOR.object("t"));
                table.columns.push(column);
                RULES.iter().for_each(|rule| rule(&mut table));
                table.columns.remove(0).default
            };
            assert_eq!(default(written), Some(FLAVOR.expr(kept)), "{ty} {written}");
            assert_eq!(default(kept), default(written), "{ty} {written}, twice");
        }
        assert_eq!(
            normal("CREATE TABLE t (a text DEFAULT NULL)"),
            "CREATE TABLE t ( a text )"
        );
    }

    #[test]
    fn checks() {
        for (written, kept) in [
            ("a IN ('x', 'y')", "a = ANY (ARRAY['x'::text, 'y'::text])"),
            ("a NOT IN ('x', 'y')", "a <> ALL (ARRAY['x'::text, 'y'::text])"),
            ("b IN (1, 2)", "b = ANY (ARRAY[1, 2])"),
            ("b in (1)", "b = 1"),
            ("b != 3", "b <> 3"),
            ("b IN (1, length(a))", "b IN (1, length(a))"),
            ("c IN ('x', 'y')", "c IN ('x', 'y')"),
        ] {
            assert_eq!(
                normal(&format!(
                    "CREATE TABLE t (a text, b int, c varchar(3), CHECK ({written}))"
                )),
                format!("CREATE TABLE t ( a text, b integer, c character varying(3), CHECK ({kept}) )")
            );
        }
    }

    #[test]
    fn nulls() {
        assert_eq!(
            normal(
                "CREATE TABLE t (a text); CREATE INDEX i ON t (a NULLS LAST); CREATE INDEX j ON t (a DESC NULLS FIRST)"
            ),
            "CREATE TABLE t ( a text ); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a DESC)"
        );
    }

    #[test]
    fn references() {
        assert_eq!(
            normal("CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (a bigint REFERENCES p)"),
            "CREATE TABLE p ( id bigint NOT NULL, PRIMARY KEY (id) ); \
             CREATE TABLE t ( a bigint, FOREIGN KEY (a) REFERENCES p (id) )"
        );
    }
}
