//! What has no noun: made by its own text, and taken away by the word for its kind.

use super::respeak::respoken;
use super::say::{beside, object};
use super::{Done, Lowering};
use crate::FLAVOR;
use crate::mention::mentions;
use crate::refuse::Refusal;
use terrane_core::op::Op;
use terrane_core::schema::Unmodelled;
use terrane_core::sql::split;

impl Lowering<'_> {
    pub(super) fn create_other(&mut self, other: &Unmodelled) -> Done {
        let text = other.definition.as_str();
        if text.trim_start().starts_with("--") {
            return Err(Refusal::new(format!(
                "the catalog does not tell all that makes the {} `{}`",
                other.kind, other.name
            ))
            .help("Write the statements yourself."));
        }
        if other.kind == "sequence" {
            self.create_owned(&other.name, &other.definition);
            return Ok(());
        }
        if let Some(statements) = self.altered(other) {
            self.refuse_while_in_use(other, &statements)?;
            statements.into_iter().for_each(|statement| self.push(statement));
            return Ok(());
        }
        self.make_other(text);
        if other.kind == "schema" {
            let name = terrane_core::sql::unquote(other.name.name.as_str()).into_owned();
            let schema = terrane_core::sql::quote_identifier(&name).into_owned();
            self.take_default_rights(&other.name, "SCHEMAS", &format!("SCHEMA {schema}"));
        }
        Ok(())
    }

    /// A definition may be several statements: a rule, and that it is disabled.
    pub(super) fn make_other(&mut self, text: &str) {
        match split(text, &FLAVOR.lexing) {
            Ok(statements) if statements.len() > 1 => {
                for statement in statements {
                    self.push(&text[statement.span.range()]);
                }
            }
            _ => self.push(respoken(text)),
        }
    }

    pub(super) fn drop_other(&mut self, other: &Unmodelled) -> Done {
        let comes_back = self.coming().find_map(|(_, op)| match op {
            Op::CreateUnmodelled(new) if new.name == other.name => Some(new),
            _ => None,
        });
        if let Some(new) = comes_back {
            if self.altered(new).is_some() {
                return Ok(());
            }
            self.refuse_type_in_use(other)?;
        }
        if !self.is_overwritten(other) && !self.goes_along(other) {
            self.push(undone(other));
        }
        Ok(())
    }

    /// What is about to be said otherwise need not be taken back.
    fn is_overwritten(&self, other: &Unmodelled) -> bool {
        matches!(other.kind.as_str(), "comment" | "owner" | "security label")
            && self
                .coming()
                .any(|(_, op)| matches!(op, Op::CreateUnmodelled(new) if new.name == other.name))
    }

    /// What is said about an object goes with the object.
    fn goes_along(&self, other: &Unmodelled) -> bool {
        let name = other.name.name.as_str();
        let is_about = |noun: &str, object: &str| {
            let target = format!("{noun} {object}");
            name.match_indices(&target).any(|(at, _)| {
                let starts = at == 0 || name[..at].ends_with(' ');
                starts && name[at + target.len()..].chars().next().is_none_or(|next| next == ' ')
            })
        };
        let stays_none = |op: &Op| match op {
            Op::DropTable(name) => is_about("TABLE", &object(name)) || is_about("ON", &object(name)),
            Op::DropView(name) => {
                let is_gone = !self.after.views.contains_key(name);
                is_gone && ["TABLE", "VIEW", "ON"].iter().any(|noun| is_about(noun, &object(name)))
            }
            Op::DropSequence(name) => is_about("SEQUENCE", &object(name)),
            Op::DropEnum(name) => is_about("TYPE", &object(name)),
            Op::DropRoutine(name) => {
                let name = beside(name, name.name.as_str()).replace(", ", ",");
                is_about("FUNCTION", &name) || is_about("PROCEDURE", &name)
            }
            _ => false,
        };
        let went = |op: &Op| matches!(op, Op::DropView(view) if mentions(other.definition.as_str(), &view.name));
        if other.kind == "index" && self.ops[..self.at].iter().any(went) {
            return true;
        }
        let follows = [
            "grant",
            "revoke",
            "comment",
            "owner",
            "security label",
            "policy",
            "rule",
            "index",
        ];
        follows.contains(&other.kind.as_str()) && self.ops.iter().any(stays_none)
    }
}

/// The statement that takes something away.
fn undone(other: &Unmodelled) -> String {
    let name = beside(&other.name, other.name.name.as_str());
    match other.kind.as_str() {
        "grant" => format!("REVOKE {name}"),
        "revoke" => format!("GRANT {name}"),
        "comment" => format!("COMMENT ON {name} IS NULL"),
        "owner" => format!("ALTER {name}"),
        "security label" => format!("SECURITY LABEL {name} IS NULL"),
        "default privileges" => format!("ALTER DEFAULT PRIVILEGES {name}"),
        kind => format!("DROP {} {name}", kind.to_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_is_undone_by_its_opposite() {
        for (kind, name, statement) in [
            ("comment", "TYPE mood", "COMMENT ON TYPE mood IS NULL"),
            ("grant", "SELECT ON TABLE t FROM r", "REVOKE SELECT ON TABLE t FROM r"),
            (
                "revoke",
                "EXECUTE ON FUNCTION f() TO PUBLIC",
                "GRANT EXECUTE ON FUNCTION f() TO PUBLIC",
            ),
            (
                "owner",
                "TABLE t OWNER TO CURRENT_USER",
                "ALTER TABLE t OWNER TO CURRENT_USER",
            ),
            (
                "default privileges",
                "FOR ROLE o REVOKE SELECT ON TABLES FROM r",
                "ALTER DEFAULT PRIVILEGES FOR ROLE o REVOKE SELECT ON TABLES FROM r",
            ),
            ("policy", "p ON t", "DROP POLICY p ON t"),
            ("text search parser", "p", "DROP TEXT SEARCH PARSER p"),
        ] {
            let other = Unmodelled {
                name: FLAVOR.object(name),
                kind: kind.to_owned(),
                definition: FLAVOR.expr("…"),
            };
            assert_eq!(undone(&other), statement);
        }
    }
}
