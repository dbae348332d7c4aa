//! Pieces of PostgreSQL's DDL.

use crate::array_cast::respoken;
use std::fmt::Write;
use terrane_core::ddl::{Style, built_concurrently, column_definition};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::schema::{
    Action, Attributes, Column, Constraint, ConstraintKind, Deferrability, Expr, ForeignKey, Index, IndexKey, Key,
    KeyTarget, Nulls, TypeName,
};
use terrane_core::sql::{quote_identifier, quote_string};

pub(super) fn ident(name: &Ident) -> String {
    quote_identifier(name.as_str()).into_owned()
}

pub(super) fn object(name: &ObjectName) -> String {
    beside(name, &ident(&name.name))
}

/// Something in the namespace of that object.
pub(super) fn beside(name: &ObjectName, thing: &str) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{thing}", ident(schema)),
        None => thing.to_owned(),
    }
}

pub(super) fn idents(names: &[Ident]) -> String {
    names.iter().map(ident).collect::<Vec<_>>().join(", ")
}

pub(super) fn comment(on: &str, comment: Option<&str>) -> String {
    let text = comment.map_or_else(|| "NULL".to_owned(), quote_string);
    format!("COMMENT ON {on} IS {text}")
}

/// Attributes that the catalog keeps in `reloptions`, by the names that are no words of Terrane's own.
pub(super) fn options<'a>(attributes: &'a Attributes, own: &[&str]) -> Vec<(&'a str, &'a str)> {
    let is_option = |name: &str| !own.contains(&name) && !name.contains(' ');
    attributes.iter().filter(|(name, _)| is_option(name)).collect()
}

/// ` WITH (…)`, where there is something to say.
pub(super) fn with(options: &[(&str, &str)]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let texts: Vec<String> = options.iter().map(|(name, value)| option(name, value)).collect();
    format!(" WITH ({})", texts.join(", "))
}

pub(super) fn option(name: &str, value: &str) -> String {
    let plain = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    match value {
        "" => name.to_owned(),
        value if plain => format!("{name}={value}"),
        value => format!("{name}={}", quote_string(value)),
    }
}

pub(super) fn tablespace(attributes: &Attributes, before: &str) -> String {
    attributes
        .get("tablespace")
        .map(|space| format!(" {before}TABLESPACE {}", quote_identifier(space)))
        .unwrap_or_default()
}

/// The type as it stands in a definition, with a collation that is not the type's own.
pub(super) fn typed(ty: &TypeName, collation: Option<&Ident>, collation_schema: Option<&str>) -> String {
    match collation {
        None => ty.as_str().to_owned(),
        Some(collation) => {
            // What the server brings along is in no namespace that has to be said.
            let schema = collation_schema.map(|schema| format!("{}.", quote_identifier(schema)));
            format!(
                "{ty} COLLATE {}{}",
                schema.unwrap_or_default(),
                quoted_always(collation)
            )
        }
    }
}

/// Collations are called `C` or `de-x-icu`; one that is a plain word is quoted just as well.
fn quoted_always(name: &Ident) -> String {
    format!("\"{}\"", name.as_str().replace('"', "\"\""))
}

/// A column as it stands in `CREATE TABLE` and `ADD COLUMN`.
pub(super) fn column(column: &Column) -> String {
    let mut plain = column.clone();
    plain.ty = TypeName::new(typed(
        &column.ty,
        column.collation.as_ref(),
        column.attributes.get("collation schema"),
    ));
    plain.collation = None;
    plain.attributes = Attributes::default();
    for expr in plain
        .default
        .iter_mut()
        .chain(plain.generated.as_mut().map(|generated| &mut generated.expression))
    {
        *expr = crate::FLAVOR.expr(&respoken(expr.as_str()));
    }
    column_definition(&plain, Style::Standard)
}

pub(super) fn set_default(default: &Expr) -> String {
    format!("SET DEFAULT {}", respoken(default.as_str()))
}

/// A constraint as it stands after the columns, and after `ADD`.
pub(super) fn constraint(constraint: &Constraint) -> String {
    let name = constraint
        .name
        .as_ref()
        .map(|name| format!("CONSTRAINT {} ", ident(name)));
    format!("{}{}", name.unwrap_or_default(), rule(&constraint.kind))
}

fn rule(kind: &ConstraintKind) -> String {
    match kind {
        ConstraintKind::PrimaryKey(of) => key("PRIMARY KEY", of),
        ConstraintKind::Unique(of) => key("UNIQUE", of),
        ConstraintKind::ForeignKey(of) => foreign_key(of),
        ConstraintKind::Check(check) => {
            let mut text = format!("CHECK ({})", respoken(check.expression.as_str()));
            flags(
                &mut text,
                &check.attributes,
                &["no inherit", "not enforced", "not valid"],
            );
            text
        }
        ConstraintKind::Exclusion(exclusion) => {
            let definition = exclusion.definition.as_str();
            let bare = definition.trim_start();
            let has_word = bare.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("exclude"));
            if has_word {
                bare.to_owned()
            } else {
                format!("EXCLUDE {bare}")
            }
        }
    }
}

/// Attributes whose name is what SQL says.
fn flags(text: &mut String, attributes: &Attributes, names: &[&str]) {
    for name in names.iter().filter(|name| attributes.has(name)) {
        let _ = write!(text, " {}", name.to_uppercase());
    }
}

fn key(word: &str, key: &Key) -> String {
    let mut text = word.to_owned();
    flags(&mut text, &key.attributes, &["nulls not distinct"]);
    let _ = write!(text, " ({}", keys(&key.columns, &Attributes::default()));
    flags(&mut text, &key.attributes, &["without overlaps"]);
    text.push(')');
    if !key.include.is_empty() {
        let _ = write!(text, " INCLUDE ({})", idents(&key.include));
    }
    text.push_str(&with(&options(
        &key.attributes,
        &["inherited", "invalid", "tablespace"],
    )));
    text.push_str(&tablespace(&key.attributes, "USING INDEX "));
    text.push_str(deferrable(key.deferrable));
    text
}

fn foreign_key(key: &ForeignKey) -> String {
    let mut columns: Vec<String> = key.columns.iter().map(ident).collect();
    let mut referenced: Vec<String> = key.referenced.iter().map(ident).collect();
    if key.attributes.has("period") {
        for list in [&mut columns, &mut referenced] {
            if let Some(last) = list.last_mut() {
                *last = format!("PERIOD {last}");
            }
        }
    }
    let mut text = format!("FOREIGN KEY ({}) REFERENCES {}", columns.join(", "), object(&key.table));
    if !referenced.is_empty() {
        let _ = write!(text, " ({})", referenced.join(", "));
    }
    if let Some(matching) = &key.matching {
        let _ = write!(text, " MATCH {}", matching.to_uppercase());
    }
    for (event, action) in [("UPDATE", key.on_update), ("DELETE", key.on_delete)] {
        let action = match action {
            Action::NoAction => continue,
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        };
        let _ = write!(text, " ON {event} {action}");
        if event == "DELETE"
            && let Some(columns) = key.attributes.get("on delete set")
        {
            let _ = write!(text, " ({columns})");
        }
    }
    text.push_str(deferrable(key.deferrable));
    flags(&mut text, &key.attributes, &["not enforced", "not valid"]);
    text
}

pub(super) fn deferrable(when: Deferrability) -> &'static str {
    match when {
        Deferrability::NotDeferrable => "",
        Deferrability::InitiallyImmediate => " DEFERRABLE",
        Deferrability::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

/// `CREATE INDEX`.
pub(super) fn index(table: &ObjectName, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    // On the parent alone: its partitions have no such index, or not all of them.
    let only = if index.attributes.has("invalid") { "ONLY " } else { "" };
    let method = index.method.as_ref().map(|method| format!(" USING {method}"));
    let mut text = format!(
        "CREATE {unique}INDEX {} ON {only}{}{} ({})",
        ident(&index.name),
        object(table),
        method.unwrap_or_default(),
        keys(&index.keys, &index.attributes)
    );
    if !index.include.is_empty() {
        let _ = write!(text, " INCLUDE ({})", idents(&index.include));
    }
    flags(&mut text, &index.attributes, &["nulls not distinct"]);
    text.push_str(&with(&options(
        &index.attributes,
        &["inherited", "invalid", "tablespace"],
    )));
    text.push_str(&tablespace(&index.attributes, ""));
    if let Some(predicate) = &index.predicate {
        let _ = write!(text, " WHERE {}", respoken(predicate.as_str()));
    }
    text
}

/// The same while rows of the table are written.
pub(super) fn index_concurrently(table: &ObjectName, one: &Index) -> String {
    built_concurrently(&index(table, one))
}

fn keys(keys: &[IndexKey], attributes: &Attributes) -> String {
    let with_number = keys.iter().zip(1..);
    let texts: Vec<String> = with_number
        .map(|(one, number)| key_of_index(one, attributes.get(&format!("collation schema {number}"))))
        .collect();
    texts.join(", ")
}

fn key_of_index(key: &IndexKey, collation_schema: Option<&str>) -> String {
    let mut text = match &key.target {
        KeyTarget::Column(name) => ident(name),
        KeyTarget::Expression(expr) => in_parentheses(&respoken(expr.as_str())),
    };
    if let Some(collation) = &key.collation {
        let schema = collation_schema.map(|schema| format!("{}.", quote_identifier(schema)));
        let _ = write!(
            text,
            " COLLATE {}{}",
            schema.unwrap_or_default(),
            quoted_always(collation)
        );
    }
    if let Some(class) = &key.operator_class {
        let _ = write!(text, " {class}");
    }
    if key.descending {
        text.push_str(" DESC");
    }
    match key.nulls {
        Some(Nulls::First) => text.push_str(" NULLS FIRST"),
        Some(Nulls::Last) => text.push_str(" NULLS LAST"),
        None => {}
    }
    text
}

/// An expression is in parentheses here, unless it is a call of a function.
fn in_parentheses(expression: &str) -> String {
    use terrane_core::sql::{Lexing, TokenKind, is_parenthesized, tokenize};
    let tokens = tokenize(expression, &Lexing::POSTGRESQL).unwrap_or_default();
    let is_call = tokens.len() > 2 && tokens[0].kind == TokenKind::Word && is_parenthesized(expression, &tokens[1..]);
    if is_call || is_parenthesized(expression, &tokens) {
        expression.to_owned()
    } else {
        format!("({expression})")
    }
}
