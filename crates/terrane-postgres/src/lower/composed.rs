//! Domains and composite types: kept by their texts, and altered in place, since columns of them may be there.

use super::retype::is_of;
use super::say::beside;
use super::table::named;
use super::{Done, Lowering};
use std::collections::BTreeMap;
use terrane_core::dialect::Refusal;
use terrane_core::name::ObjectName;
use terrane_core::op::{ColumnChange, Op};
use terrane_core::schema::{Schema, Table, Unmodelled};
use terrane_core::sql::{Lexing, Token, tokenize};

/// The statements that make the one of the other, where there are any.
pub(super) fn alteration(old: &Unmodelled, new: &Unmodelled) -> Option<Vec<String>> {
    let name = beside(&new.name, new.name.name.as_str());
    match (old.kind.as_str(), new.kind.as_str()) {
        ("domain", "domain") => {
            let actions = Domain::read(old.definition.as_str())?.actions(&Domain::read(new.definition.as_str())?)?;
            Some(
                actions
                    .iter()
                    .map(|action| format!("ALTER DOMAIN {name} {action}"))
                    .collect(),
            )
        }
        ("type", "type") => {
            let (old, new) = (
                attributes(old.definition.as_str())?,
                attributes(new.definition.as_str())?,
            );
            let actions = changes(&old, &new)?;
            Some(
                actions
                    .iter()
                    .map(|action| format!("ALTER TYPE {name} {action}"))
                    .collect(),
            )
        }
        _ => None,
    }
}

/// A domain without its default and its constraints; none of other kinds.
pub(super) fn without_rules(domain: &Unmodelled) -> Option<Unmodelled> {
    if domain.kind != "domain" {
        return None;
    }
    let read = Domain::read(domain.definition.as_str())?;
    let name = beside(&domain.name, domain.name.name.as_str());
    let not_null = if read.not_null { " NOT NULL" } else { "" };
    Some(Unmodelled {
        definition: crate::FLAVOR.expr(&format!("CREATE DOMAIN {name} AS {}{not_null}", read.base)),
        ..domain.clone()
    })
}

/// What a domain says.
pub(super) struct Domain {
    /// Its type and collation.
    pub(super) base: String,
    default: Option<String>,
    not_null: bool,
    constraints: BTreeMap<String, String>,
}

impl Domain {
    /// Nothing, where it is more than one statement: a constraint that is not valid.
    pub(super) fn read(text: &str) -> Option<Domain> {
        let parts = parts(text, |token| {
            ["as", "default", "not", "constraint"]
                .iter()
                .any(|word| token.is_word(text, word))
        })?;
        let mut domain = Domain {
            base: String::new(),
            default: None,
            not_null: false,
            constraints: BTreeMap::new(),
        };
        for part in parts.iter().skip(1) {
            let (word, rest) = part.split_once(' ')?;
            match word.to_lowercase().as_str() {
                "as" => domain.base = rest.to_owned(),
                "default" => domain.default = Some(rest.to_owned()),
                "not" => domain.not_null = true,
                _ => {
                    let at = first_token(rest)?;
                    domain
                        .constraints
                        .insert(rest[..at].to_owned(), rest[at..].trim().to_owned());
                }
            }
        }
        Some(domain)
    }

    fn actions(&self, new: &Domain) -> Option<Vec<String>> {
        if self.base != new.base {
            return None;
        }
        let mut actions = Vec::new();
        for (name, _) in self
            .constraints
            .iter()
            .filter(|(name, rule)| new.constraints.get(*name) != Some(rule))
        {
            actions.push(format!("DROP CONSTRAINT {name}"));
        }
        match &new.default {
            default if *default == self.default => {}
            Some(default) => actions.push(format!("SET DEFAULT {default}")),
            None => actions.push("DROP DEFAULT".to_owned()),
        }
        match (self.not_null, new.not_null) {
            (false, true) => actions.push("SET NOT NULL".to_owned()),
            (true, false) => actions.push("DROP NOT NULL".to_owned()),
            _ => {}
        }
        for (name, rule) in new
            .constraints
            .iter()
            .filter(|(name, rule)| self.constraints.get(*name) != Some(rule))
        {
            actions.push(format!("ADD CONSTRAINT {name} {rule}"));
        }
        Some(actions)
    }
}

/// The attributes of a composite type, with what stands behind their names.
pub(super) fn attributes(text: &str) -> Option<Vec<(String, String)>> {
    let open = text.find(" AS (")? + " AS (".len();
    let inside = text.get(open..text.rfind(')')?)?;
    let pieces = parts(inside, |token| token.is_symbol(inside, ","))?;
    let mut attributes = Vec::new();
    for piece in &pieces {
        let piece = piece.trim_start_matches(',').trim();
        if !piece.is_empty() {
            let at = first_token(piece)?;
            attributes.push((piece[..at].to_owned(), piece[at..].trim().to_owned()));
        }
    }
    Some(attributes)
}

/// Attributes come at the end, and stay in their order.
pub(super) fn changes(old: &[(String, String)], new: &[(String, String)]) -> Option<Vec<String>> {
    let find = |list: &[(String, String)], name: &str| list.iter().find(|(other, _)| other == name).cloned();
    let kept: Vec<&(String, String)> = old.iter().filter(|(name, _)| find(new, name).is_some()).collect();
    let is_kept_order = kept.iter().zip(new).all(|(old, new)| old.0 == new.0);
    if !is_kept_order {
        return None;
    }
    let mut actions: Vec<String> = old
        .iter()
        .filter(|(name, _)| find(new, name).is_none())
        .map(|(name, _)| format!("DROP ATTRIBUTE {name}"))
        .collect();
    for (name, ty) in new {
        match find(old, name) {
            None => actions.push(format!("ADD ATTRIBUTE {name} {ty}")),
            Some((_, was)) if was != *ty => actions.push(format!("ALTER ATTRIBUTE {name} TYPE {ty}")),
            Some(_) => {}
        }
    }
    Some(actions)
}

/// The text cut before each token at which a part begins, as far as it stands in no parentheses.
fn parts(text: &str, begins: impl Fn(&Token) -> bool) -> Option<Vec<&str>> {
    let tokens = tokenize(text, &Lexing::POSTGRESQL).ok()?;
    let mut depth = 0_usize;
    let mut cuts = vec![0];
    for token in &tokens {
        match token.text(text) {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            ";" => return None,
            _ if depth == 0 && begins(token) => cuts.push(token.span.start),
            _ => {}
        }
    }
    cuts.push(text.len());
    Some(cuts.windows(2).map(|cut| text[cut[0]..cut[1]].trim()).collect())
}

fn first_token(text: &str) -> Option<usize> {
    let tokens = tokenize(text, &Lexing::POSTGRESQL).ok()?;
    tokens.first().map(|token| token.span.end)
}

impl Lowering<'_> {
    /// What becomes of a type that goes and comes back as another, said where it comes back.
    pub(super) fn altered(&self, new: &Unmodelled) -> Option<Vec<String>> {
        let goes = |op: &Op| matches!(op, Op::DropUnmodelled(old) if old.name == new.name);
        let old = self
            .before
            .unmodelled
            .get(&new.name)
            .filter(|_| self.ops.iter().any(goes))?;
        let mut statements = alteration(old, new)?;
        if new.kind == "type" && self.has_typed_table(&type_name(new)) {
            statements
                .iter_mut()
                .for_each(|statement| statement.push_str(" CASCADE"));
        }
        Some(statements)
    }

    fn has_typed_table(&self, ty: &ObjectName) -> bool {
        let of = |table: &Table| table.attributes.get("of type").is_some_and(|of| named(of) == *ty);
        self.work.tables.values().any(of)
    }

    /// Whether an op does to a table what comes to it from the type that it is made of.
    pub(super) fn comes_from_type(&self, op: &Op) -> bool {
        let table = match op {
            Op::AddColumn { table, .. } | Op::DropColumn { table, .. } => table,
            Op::AlterColumn {
                table,
                change: ColumnChange::Type { .. },
                ..
            } => table,
            _ => return false,
        };
        let of = |schema: &Schema| {
            let table = schema.tables.get(table)?;
            table.attributes.get("of type").map(str::to_owned)
        };
        let ty = of(&self.work);
        ty.is_some() && ty == of(&self.after)
    }

    pub(super) fn is_altered(&self, old: &Unmodelled) -> bool {
        let new = self.after.unmodelled.get(&old.name);
        new.is_some_and(|new| alteration(old, new).is_some())
    }

    /// Refuses to take away a type that columns have.
    pub(super) fn refuse_type_in_use(&self, other: &Unmodelled) -> Done {
        let name = type_name(other);
        match self.column_of(&name) {
            Some(column) if matches!(other.kind.as_str(), "domain" | "type") => Err(Refusal::new(format!(
                "the {} `{name}` cannot become another while {column} is of it",
                other.kind
            ))
            .help("Make another type under another name, and give it to the column.")),
            _ => Ok(()),
        }
    }

    /// A column that has the type at the moment.
    fn column_of(&self, name: &ObjectName) -> Option<String> {
        let tables = self.work.tables.values();
        let mut columns = tables.flat_map(|table| table.columns.iter().map(move |column| (table, column)));
        columns
            .find(|(_, column)| is_of(column, name))
            .map(|(table, column)| format!("column `{}` of `{}`", column.name, table.name))
    }
}

pub(super) fn type_name(other: &Unmodelled) -> ObjectName {
    named(&beside(&other.name, other.name.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FLAVOR;

    fn altered(kind: &str, old: &str, new: &str) -> Option<Vec<String>> {
        let other = |definition: &str| Unmodelled {
            name: FLAVOR.object("t"),
            kind: kind.to_owned(),
            definition: FLAVOR.expr(definition),
        };
        alteration(&other(old), &other(new))
    }

    #[test]
    fn a_domain_is_altered_in_place_as_long_as_its_type_stays() {
        assert_eq!(
            altered(
                "domain",
                "CREATE DOMAIN t AS text DEFAULT 'as'::text CONSTRAINT a CHECK ((VALUE <> 'not'::text)) CONSTRAINT b CHECK (true)",
                "CREATE DOMAIN t AS text NOT NULL CONSTRAINT a CHECK ((VALUE <> 'x'::text)) CONSTRAINT b CHECK (true)",
            )
            .unwrap(),
            [
                "ALTER DOMAIN t DROP CONSTRAINT a",
                "ALTER DOMAIN t DROP DEFAULT",
                "ALTER DOMAIN t SET NOT NULL",
                "ALTER DOMAIN t ADD CONSTRAINT a CHECK ((VALUE <> 'x'::text))",
            ]
        );
        assert_eq!(
            altered("domain", "CREATE DOMAIN t AS text", "CREATE DOMAIN t AS varchar(3)"),
            None
        );
    }

    #[test]
    fn a_composite_type_gets_and_loses_attributes_in_place() {
        assert_eq!(
            altered(
                "type",
                "CREATE TYPE t AS (a int, b numeric(1, 2))",
                "CREATE TYPE t AS (b text, \"C c\" int)"
            )
            .unwrap(),
            [
                "ALTER TYPE t DROP ATTRIBUTE a",
                "ALTER TYPE t ALTER ATTRIBUTE b TYPE text",
                "ALTER TYPE t ADD ATTRIBUTE \"C c\" int",
            ]
        );
        assert_eq!(
            altered(
                "type",
                "CREATE TYPE t AS (a int, b int)",
                "CREATE TYPE t AS (b int, a int)"
            ),
            None
        );
        assert_eq!(
            altered(
                "type",
                "CREATE TYPE t AS RANGE (SUBTYPE = int)",
                "CREATE TYPE t AS (a int)"
            ),
            None
        );
    }
}
