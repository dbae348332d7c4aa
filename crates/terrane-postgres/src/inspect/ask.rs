//! What is asked, and of which objects.

use super::script::Place;
use terrane_core::ownership::OWN_TABLES;
use terrane_core::sql::quote_string;

/// Of what, and of which server.
pub(super) struct Ask {
    /// `server_version_num`.
    pub(super) version: u32,
    /// Whether the role may read how subscriptions connect.
    pub(super) reads_connections: bool,
    /// The numbers of the relations that are asked for, as an array of SQL's; nothing means all of them.
    only: Option<String>,
}

impl Ask {
    /// Of these relations, or of all.
    pub(super) fn new(place: &Place, only: Option<&[u32]>) -> Ask {
        let array = |numbers: &[u32]| {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!("'{{{}}}'::oid[]", numbers.join(","))
        };
        Ask {
            version: place.version,
            reads_connections: place.reads_connections,
            only: only.map(array),
        }
    }

    /// Whether all relations are asked for.
    pub(super) fn is_whole(&self) -> bool {
        self.only.is_none()
    }

    /// The condition that picks relations: `c` is the row of `pg_class`, `n` that of its schema.
    pub(super) fn relation(&self) -> String {
        self.among("c.oid").unwrap_or_else(all_relations)
    }

    /// The same for dependents of a relation; `column` holds the relation's number, and comes with an index.
    pub(super) fn hanging(&self, column: &str) -> String {
        self.among(column).unwrap_or_else(|| self.relation())
    }

    /// The same for dependents of relations and of other objects, and is picked by something else besides.
    pub(super) fn any(&self, column: &str) -> String {
        self.among(column).unwrap_or_else(|| "true".to_owned())
    }

    fn among(&self, column: &str) -> Option<String> {
        self.only.as_ref().map(|numbers| format!("{column} = ANY ({numbers})"))
    }

    /// An expression that only later servers know, and what stands for it on the others.
    pub(super) fn since(&self, version: u32, expression: &'static str, otherwise: &'static str) -> &'static str {
        if self.version >= version { expression } else { otherwise }
    }
}

/// The condition on relations: they are neither the server's, nor an extension's, nor Terrane's own.
pub(super) fn all_relations() -> String {
    format!("{} AND {} AND {}", in_schema(), ours("pg_class", "c"), not_own("c"))
}

/// The condition on a row `n` of `pg_namespace`: no schema of the server's own. It keeps all names with `pg_` to itself.
pub(super) fn in_schema() -> &'static str {
    r"n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
}

/// The condition on a row of a catalog: it is no part of an extension.
pub(super) fn ours(catalog: &str, alias: &str) -> String {
    in_no_extension(&format!("'{catalog}'::regclass"), &format!("{alias}.oid"))
}

/// The same of a catalog and a number in it. An index finds what depends on extensions, and there is little of it.
pub(super) fn in_no_extension(catalog: &str, number: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.refclassid = 'pg_extension'::regclass AND e.classid = {catalog} \
         AND e.objid = {number} AND e.deptype = 'e')"
    )
}

/// The condition on a row of `pg_class`: it is no table of Terrane's own.
fn not_own(alias: &str) -> String {
    let names: Vec<String> = OWN_TABLES.iter().map(|name| quote_string(name)).collect();
    format!("{alias}.relname NOT IN ({})", names.join(", "))
}
