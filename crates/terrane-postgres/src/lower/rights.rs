//! Rights that a new object has, or lacks, by `ALTER DEFAULT PRIVILEGES`, and was not meant to.

use super::Lowering;
use super::say::{beside, ident, object};
use terrane_core::name::ObjectName;
use terrane_core::schema::Unmodelled;
use terrane_core::sql::{quote_identifier, unquote};

/// Kinds without a noun whose objects get default rights: the class in `ALTER DEFAULT PRIVILEGES`, and the word in `GRANT`.
const CLASSES: [(&str, &str, &str); 5] = [
    ("aggregate", "FUNCTIONS", "FUNCTION"),
    ("domain", "TYPES", "DOMAIN"),
    ("foreign table", "TABLES", "TABLE"),
    ("schema", "SCHEMAS", "SCHEMA"),
    ("type", "TYPES", "TYPE"),
];

impl Lowering<'_> {
    /// Takes away from a new object what default privileges give it and the schema after the ops does not; and gives it what
    /// they take away and the schema does not.
    pub(super) fn take_default_rights(&mut self, name: &ObjectName, class: &str, target: &str) {
        let schema = name.schema.as_ref().map_or_else(|| "public".to_owned(), ident);
        let defaults = self.work.unmodelled.values();
        let defaults = defaults.filter(|other| other.kind == "default privileges");
        let defaults = defaults.filter_map(|other| Default::read(other.definition.as_str(), class));
        let is_here = |default: &Default<'_>| default.schema.is_none_or(|of| of == schema);
        let is_meant = |right: &Undone| {
            let mut others = self.after.unmodelled.values();
            others.any(|other| other.kind == right.kind && other.name.name.as_str() == right.name)
        };
        let undone = defaults.filter(is_here).map(|default| default.undone(target));
        let rights: Vec<Undone> = undone.filter(|right| !is_meant(right)).collect();
        rights.into_iter().for_each(|right| self.push(right.statement));
    }

    pub(super) fn take_default_rights_of_routine(&mut self, name: &ObjectName, definition: &str) {
        let is_procedure = definition.trim_start().to_lowercase().starts_with("procedure");
        let noun = if is_procedure { "PROCEDURE" } else { "FUNCTION" };
        self.take_default_rights(name, "FUNCTIONS", &format!("{noun} {}", routine_path(name)));
    }

    pub(super) fn take_default_rights_of_type(&mut self, name: &ObjectName) {
        self.take_default_rights(name, "TYPES", &format!("TYPE {}", object(name)));
    }

    pub(super) fn take_default_rights_of_other(&mut self, other: &Unmodelled) {
        let Some((_, class, noun)) = CLASSES.iter().find(|(kind, ..)| *kind == other.kind) else {
            return;
        };
        let path = match *class {
            "FUNCTIONS" => routine_path(&other.name),
            // It is kept in quotes, which a grant has only where they are needed.
            "SCHEMAS" => quote_identifier(&unquote(other.name.name.as_str())).into_owned(),
            _ => beside(&other.name, other.name.name.as_str()),
        };
        self.take_default_rights(&other.name, class, &format!("{noun} {path}"));
    }
}

/// `regprocedure` writes no space between the types of arguments.
fn routine_path(name: &ObjectName) -> String {
    beside(name, &name.name.as_str().replace(", ", ","))
}

/// What a statement `ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA s GRANT SELECT ON TABLES TO x` says.
struct Default<'a> {
    schema: Option<&'a str>,
    is_given: bool,
    right: &'a str,
    role: &'a str,
}

/// The opposite of a default right, for one object.
struct Undone {
    statement: String,
    /// What inspection calls the right, where the object is to have it, or not to have it, as the default says.
    kind: &'static str,
    name: String,
}

impl<'a> Default<'a> {
    /// What it says of that class of objects, if it does.
    fn read(text: &'a str, class: &str) -> Option<Default<'a>> {
        let given = text.split_once(" GRANT ");
        let (head, rest) = given.or_else(|| text.split_once(" REVOKE "))?;
        let preposition = if given.is_some() { "TO" } else { "FROM" };
        let (right, role) = rest.split_once(&format!(" ON {class} {preposition} "))?;
        Some(Default {
            schema: head.split_once(" IN SCHEMA ").map(|(_, of)| of.trim()),
            is_given: given.is_some(),
            right,
            role: role.strip_suffix(" WITH GRANT OPTION").unwrap_or(role),
        })
    }

    fn undone(&self, target: &str) -> Undone {
        let (verb, kind, preposition) = match self.is_given {
            true => ("REVOKE", "grant", "FROM"),
            false => ("GRANT", "revoke", "TO"),
        };
        let name = format!("{} ON {target} {preposition} {}", self.right, self.role);
        Undone {
            statement: format!("{verb} {name}"),
            kind,
            name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_right_is_taken_back_by_its_opposite() {
        for (text, class, statement) in [
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE o IN SCHEMA s GRANT SELECT ON TABLES TO r WITH GRANT OPTION",
                "TABLES",
                Some("REVOKE SELECT ON TABLE t FROM r"),
            ),
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE o REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
                "FUNCTIONS",
                Some("GRANT EXECUTE ON TABLE t TO PUBLIC"),
            ),
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE o GRANT SELECT ON SEQUENCES TO r",
                "TABLES",
                None,
            ),
        ] {
            let undone = Default::read(text, class).map(|default| default.undone("TABLE t").statement);
            assert_eq!(undone.as_deref(), statement);
        }
    }
}
