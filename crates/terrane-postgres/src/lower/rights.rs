//! Rights that a new object has by `ALTER DEFAULT PRIVILEGES`, and was not meant to have.

use super::Lowering;
use super::say::{beside, ident};
use terrane_core::name::ObjectName;

impl Lowering<'_> {
    /// Takes away from a new object what default privileges give it and the schema after the ops does not.
    pub(super) fn take_default_rights(&mut self, name: &ObjectName, class: &str, target: &str) {
        let defaults = self
            .work
            .unmodelled
            .values()
            .filter(|other| other.kind == "default privileges");
        let mut rights = Vec::new();
        for text in defaults.map(|other| other.definition.as_str()) {
            // `ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA s GRANT SELECT ON TABLES TO x`
            let Some((head, given)) = text.split_once(" GRANT ") else {
                continue;
            };
            let Some((right, to)) = given.split_once(&format!(" ON {class} TO ")) else {
                continue;
            };
            let schema = name.schema.as_ref().map_or_else(|| "public".to_owned(), ident);
            let is_here = head.split_once(" IN SCHEMA ").is_none_or(|(_, of)| of.trim() == schema);
            let to = to.strip_suffix(" WITH GRANT OPTION").unwrap_or(to);
            if is_here {
                rights.push(format!("{right} ON {target} FROM {to}"));
            }
        }
        rights.retain(|right| {
            let mut others = self.after.unmodelled.values();
            !others.any(|other| other.kind == "grant" && other.name.name.as_str() == right)
        });
        for right in rights {
            self.push(format!("REVOKE {right}"));
        }
    }

    pub(super) fn take_default_rights_of_routine(&mut self, name: &ObjectName, definition: &str) {
        let is_procedure = definition.trim_start().to_lowercase().starts_with("procedure");
        let noun = if is_procedure { "PROCEDURE" } else { "FUNCTION" };
        // `regprocedure` writes no space between the types of arguments.
        let path = beside(name, &name.name.as_str().replace(", ", ","));
        self.take_default_rights(name, "FUNCTIONS", &format!("{noun} {path}"));
    }
}
