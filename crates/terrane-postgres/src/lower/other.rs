//! What has no noun: made by its own text, and taken away by the word for its kind.

use super::say::beside;
use super::{Done, Lowering};
use crate::FLAVOR;
use crate::array_cast::respoken;
use terrane_core::dialect::Refusal;
use terrane_core::op::Op;
use terrane_core::schema::{ObjectIdentity, Unmodelled};
use terrane_core::sql::{quote_string, split, unquote};

impl Lowering<'_> {
    pub(super) fn create_other(&mut self, other: &Unmodelled) -> Done {
        let text = other.definition.as_str();
        if text.trim_start().starts_with("--") {
            return Err(Refusal::new(format!(
                "the catalog does not tell all that makes the {} `{}`",
                other.kind,
                without_kind(other.name.name.as_str())
            ))
            .help("Write the statements yourself."));
        }
        if other.kind == "sequence" {
            if self.unlogged_changes_persistence(other) {
                return Ok(());
            }
            self.create_owned(&other.name, &other.definition);
            return Ok(());
        }
        if self.is_rebuilt(other) {
            return self.rebuild(&ObjectIdentity::Other(other.name.clone()));
        }
        if let Some(statements) = self.altered(other) {
            self.refuse_while_in_use(other)?;
            statements.into_iter().for_each(|statement| self.push(statement));
            return Ok(());
        }
        self.make_other(text);
        self.take_over_columns(other);
        self.take_default_rights_of_other(other);
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
        if other.kind == "sequence" && self.unlogged_changes_persistence(other) {
            return Ok(());
        }
        if let Some((at, to)) = self.newer(other) {
            self.push(format!("ALTER EXTENSION {} UPDATE TO {to}", other.name.name));
            self.done.insert(at);
            return Ok(());
        }
        let comes_back = self.coming().find_map(|(_, op)| match op {
            Op::CreateUnmodelled(new) if new.name == other.name => Some(new),
            _ => None,
        });
        if let Some(new) = comes_back {
            if self.is_rebuilt(new) || self.altered(new).is_some() {
                return Ok(());
            }
            self.refuse_type_in_use(other)?;
        }
        if !self.is_overwritten(other) && !self.goes_along(other) && !self.put_collation_aside(other) {
            self.push(undone(other));
        }
        Ok(())
    }

    /// The version of an extension that is about to come back newer, as it is written, and nothing but newer. There is
    /// seldom a way to an older one.
    fn newer(&self, old: &Unmodelled) -> Option<(usize, String)> {
        let (at, new) = self.coming().find_map(|(at, op)| match op {
            Op::CreateUnmodelled(new) if new.name == old.name && new.kind == old.kind => Some((at, new)),
            _ => None,
        })?;
        updated(old, new).map(|version| (at, version.to_owned()))
    }

    /// What is about to be said otherwise need not be taken back.
    fn is_overwritten(&self, other: &Unmodelled) -> bool {
        matches!(other.kind.as_str(), "comment" | "owner" | "security label")
            && self
                .coming()
                .any(|(_, op)| matches!(op, Op::CreateUnmodelled(new) if new.name == other.name))
    }

    /// An annotation goes with its object; and what is on a view goes with the view.
    ///
    /// A policy and a rule hold what they read, and so are dropped by themselves before that goes.
    fn goes_along(&self, other: &Unmodelled) -> bool {
        let identity = ObjectIdentity::Other(other.name.clone());
        let mut about = self.before.edges.of(&identity).map(|(to, _)| to);
        if Unmodelled::is_annotation(&other.kind) {
            return about.any(|to| self.goes(to, self.ops) || self.was_taken_away(to) && !self.comes(other));
        }
        let is_of_view = |to: &ObjectIdentity| matches!(to, ObjectIdentity::View(_));
        ["index", "rule"].contains(&other.kind.as_str())
            && about.any(|to| {
                is_of_view(to) && (self.goes(to, &self.ops[..self.at]) || self.was_taken_away(to) && !self.comes(other))
            })
    }

    /// Whether what has no noun is there in the end.
    fn comes(&self, other: &Unmodelled) -> bool {
        self.after.unmodelled.contains_key(&other.name)
    }

    /// Whether an object is dropped by some of the ops, and does not come back.
    fn goes(&self, identity: &ObjectIdentity, ops: &[Op]) -> bool {
        ops.iter().any(|op| match (op, identity) {
            (Op::DropTable(name), ObjectIdentity::Table(table)) => name == table,
            (Op::DropTable(name), part) if part.part().is_some() => name == part.object(),
            (Op::DropColumn { table, column }, ObjectIdentity::Column(of, name)) => table == of && column == name,
            (Op::DropView(name), ObjectIdentity::View(view)) => name == view && !self.after.views.contains_key(view),
            (Op::DropSequence(name), ObjectIdentity::Sequence(sequence)) => name == sequence,
            (Op::DropEnum(name), ObjectIdentity::Enum(enum_type)) => name == enum_type,
            (Op::DropRoutine(name), ObjectIdentity::Routine(routine)) => name == routine,
            (Op::DropUnmodelled(gone), ObjectIdentity::Other(name)) => {
                // `DROP SUBSCRIPTION` leaves the comment behind; seen with 15.
                gone.name == *name && gone.kind != "subscription" && !self.after.unmodelled.contains_key(name)
            }
            _ => false,
        })
    }
}

/// A name as inspection has it may say its kind, in a comment.
fn without_kind(name: &str) -> &str {
    name.split(" /*").next().unwrap_or(name)
}

/// The version to which an extension is updated in place: it is newer, and nothing else is different.
pub(super) fn updated<'u>(old: &Unmodelled, new: &'u Unmodelled) -> Option<&'u str> {
    let (was, is) = (versioned(old)?, versioned(new)?);
    (was.0 == is.0 && number(was.1) < number(is.1)).then_some(is.1)
}

/// The definition of an extension up to its version, and that.
fn versioned(other: &Unmodelled) -> Option<(&str, &str)> {
    let definition = other.definition.as_str();
    definition.split_once(" VERSION ").filter(|_| other.kind == "extension")
}

fn number(version: &str) -> Vec<u32> {
    let parts = version.trim_matches('\'').split('.');
    parts.map(|part| part.parse().unwrap_or(0)).collect()
}

/// The statement that takes something away.
fn undone(other: &Unmodelled) -> String {
    let name = beside(&other.name, without_kind(other.name.name.as_str()));
    match other.kind.as_str() {
        "grant" => format!("REVOKE {name}"),
        "revoke" => format!("GRANT {name}"),
        "comment" => match name.strip_prefix("EXTENSION ") {
            Some(extension) => comment_of_extension(extension),
            None => format!("COMMENT ON {name} IS NULL"),
        },
        "owner" => format!("ALTER {name}"),
        "security label" => format!("SECURITY LABEL {name} IS NULL"),
        "default privileges" => format!("ALTER DEFAULT PRIVILEGES {name}"),
        kind => format!("DROP {} {name}", kind.to_uppercase()),
    }
}

/// Gives an extension the comment that `CREATE EXTENSION` gives it, from its control file: only that one is no author's.
fn comment_of_extension(extension: &str) -> String {
    let name = quote_string(&unquote(extension));
    format!(
        "DO $$BEGIN EXECUTE format('COMMENT ON EXTENSION %I IS %L', {name}, (SELECT comment FROM \
         pg_catalog.pg_available_extensions WHERE name = {name})); END$$"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_gets_back_the_comment_that_it_came_with() {
        let comment = Unmodelled {
            name: FLAVOR.object("EXTENSION pg_trgm"),
            kind: "comment".to_owned(),
            definition: FLAVOR.expr("…"),
        };
        assert_eq!(
            undone(&comment),
            "DO $$BEGIN EXECUTE format('COMMENT ON EXTENSION %I IS %L', 'pg_trgm', (SELECT comment FROM \
             pg_catalog.pg_available_extensions WHERE name = 'pg_trgm')); END$$"
        );
    }

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
            ("rule", "r ON t /* rule */", "DROP RULE r ON t"),
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
