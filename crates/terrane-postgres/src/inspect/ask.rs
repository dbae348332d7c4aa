//! What is asked, and of which objects.

use terrane_core::name::ObjectName;
use terrane_core::ownership::OWN_TABLES;
use terrane_core::sql::{quote_identifier, quote_string};

/// Of what, and of which server.
pub(super) struct Ask<'n> {
    /// `server_version_num`.
    pub(super) version: u32,
    /// The tables that are asked for; nothing means the whole database.
    pub(super) tables: Option<&'n [ObjectName]>,
}

impl Ask<'_> {
    /// The condition that picks relations: `c` is the row of `pg_class`, `n` that of its schema.
    pub(super) fn relation(&self) -> String {
        match self.tables {
            None => format!("{} AND {} AND {}", in_schema(), ours("pg_class", "c"), not_own("c")),
            Some(names) => format!("c.oid = ANY ({})", oids(names)),
        }
    }

    /// The same for what hangs on a relation; `column` holds the relation's number, and comes with an index.
    pub(super) fn hanging(&self, column: &str) -> String {
        match self.tables {
            None => self.relation(),
            Some(names) => format!("{column} = ANY ({})", oids(names)),
        }
    }

    /// An expression that only later servers know, and what stands for it on the others.
    pub(super) fn since(&self, version: u32, expression: &'static str, otherwise: &'static str) -> &'static str {
        if self.version >= version { expression } else { otherwise }
    }
}

/// The condition on a row `n` of `pg_namespace`: no schema of the server's own. It keeps all names with `pg_` to itself.
pub(super) fn in_schema() -> &'static str {
    r"n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
}

/// The condition on a row of a catalog: it is no part of an extension.
pub(super) fn ours(catalog: &str, alias: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = '{catalog}'::regclass AND e.objid = {alias}.oid \
         AND e.deptype = 'e')"
    )
}

/// The condition on a row of `pg_class`: it is no table of Terrane's own.
fn not_own(alias: &str) -> String {
    let names: Vec<String> = OWN_TABLES.iter().map(|name| quote_string(name)).collect();
    format!("{alias}.relname NOT IN ({})", names.join(", "))
}

/// The numbers of the tables; one that is not there has none.
fn oids(names: &[ObjectName]) -> String {
    let number = |name: &ObjectName| {
        let schema = name.schema.as_ref().map_or("public", |schema| schema.as_str());
        let path = format!("{}.{}", quote_identifier(schema), quote_identifier(name.name.as_str()));
        format!("to_regclass({})", quote_string(&path))
    };
    let numbers: Vec<String> = names.iter().map(number).collect();
    format!("ARRAY[{}]::oid[]", numbers.join(", "))
}
