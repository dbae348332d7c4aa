//! What the role of a layer needs, and has not: asked of the server in one question.
//!
//! The role owns what is its layer's, since PostgreSQL lets nobody else alter a table. It has `SELECT` and `REFERENCES` on the
//! relations of the layers that its own requires, and nothing else on what is another's.

use crate::guard::{Address, Cells};
use terrane_core::sql::quote_string;

/// An object of another layer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Other {
    /// The object.
    pub object: Address,
    /// Whether the layer requires the one that owns it.
    pub required: bool,
}

/// What a role has not, and what it has too much.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rights {
    /// Statements that give what is missing, in the order in which they can be said.
    pub missing: Vec<String>,
    /// Why the server would not hold the role back from what is another's, as sentences.
    pub holes: Vec<String>,
}

/// Asks what is missing for `role` to run a layer that owns these, beside those of others.
pub fn ask(role: &str, own: &[Address], others: &[Other]) -> String {
    let own = own.iter().map(|object| value(object, "true", "false"));
    let others = others
        .iter()
        .map(|other| value(&other.object, "false", if other.required { "true" } else { "false" }));
    // So that there is a row where nobody owns anything.
    let none = "('', 0, false, false)".to_owned();
    let objects: Vec<String> = own.chain(others).chain([none]).collect();
    format!(
        "{BEGIN}, object AS (SELECT k.oid AS class, v.number::oid AS number, v.own, v.required FROM (VALUES {}) AS v (catalog, \
         number, own, required) JOIN pg_catalog.pg_class AS k ON k.relname = v.catalog AND k.relnamespace = 11), {PARTS} SELECT \
         tag, text FROM (SELECT 1 AS at, * FROM role_missing UNION ALL SELECT 2, * FROM membership UNION ALL SELECT 3, * FROM \
         schemas UNION ALL SELECT 4, * FROM owners UNION ALL SELECT 5, * FROM reads UNION ALL SELECT 6, * FROM writes UNION ALL \
         SELECT 7, * FROM holes) AS found ORDER BY at, text",
        objects.join(", "),
    )
    .replace("$role", &quote_string(role))
}

fn value(object: &Address, own: &str, required: &str) -> String {
    format!(
        "({}, {}, {own}, {required})",
        quote_string(&object.catalog),
        object.number
    )
}

/// What the answer to [`ask`] says.
pub fn rights(rows: &[Cells]) -> Rights {
    let mut rights = Rights::default();
    for row in rows {
        match row.as_slice() {
            [Some(tag), Some(text)] if tag == "missing" => rights.missing.push(text.clone()),
            [Some(tag), Some(text)] if tag == "hole" => rights.holes.push(text.clone()),
            _ => {}
        }
    }
    rights
}

/// A role that is not there has no right, and every question about it is answered by nothing.
const BEGIN: &str = "WITH wanted AS (SELECT $role::text AS name, (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = \
                     $role) AS number)";

/// The owner of an object is in `pg_shdepend`, save for the role that made the server, whose number is 10 (the server's
/// `pg_authid.dat`).
const PARTS: &str = "\
owned AS (SELECT o.*, COALESCE((SELECT s.refobjid FROM pg_catalog.pg_shdepend AS s WHERE s.classid = o.class AND s.objid = \
o.number AND s.deptype = 'o' AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = \
pg_catalog.current_database())), 10) AS owner FROM object AS o),
relation AS (SELECT o.*, c.relkind, c.relacl, c.relnamespace, pg_catalog.format('%I.%I', n.nspname, c.relname) AS shown FROM \
owned AS o JOIN pg_catalog.pg_class AS c ON o.class = 'pg_catalog.pg_class'::regclass AND c.oid = o.number JOIN \
pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace),
role_missing AS (SELECT 'missing' AS tag, pg_catalog.format('CREATE ROLE %I NOLOGIN', w.name) AS text FROM wanted AS w WHERE \
w.number IS NULL),
membership AS (SELECT 'missing' AS tag, pg_catalog.format('GRANT %I TO %I', w.name, CURRENT_USER) AS text FROM wanted AS w WHERE \
NOT COALESCE(pg_catalog.pg_has_role(CURRENT_USER, w.number, CASE WHEN \
pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END), false)),
place AS (SELECT n.oid, n.nspname, pg_catalog.bool_or(p.makes) AS makes FROM pg_catalog.pg_namespace AS n JOIN (SELECT \
r.relnamespace AS schema, r.own AS makes FROM relation AS r WHERE r.own OR r.required UNION ALL SELECT h.oid, true FROM \
pg_catalog.pg_namespace AS h WHERE h.nspname = pg_catalog.current_schema()) AS p ON p.schema = n.oid GROUP BY n.oid, n.nspname),
schemas AS (SELECT 'missing' AS tag, pg_catalog.format('GRANT %s ON SCHEMA %I TO %I', CASE WHEN p.makes THEN 'USAGE, CREATE' ELSE \
'USAGE' END, p.nspname, w.name) AS text FROM place AS p, wanted AS w WHERE NOT COALESCE(pg_catalog.has_schema_privilege(w.number, \
p.oid, 'USAGE') AND (NOT p.makes OR pg_catalog.has_schema_privilege(w.number, p.oid, 'CREATE')), false)),
owners AS (SELECT 'missing' AS tag, pg_catalog.format('ALTER %s %s OWNER TO %I', CASE i.type WHEN 'statistics object' THEN \
'STATISTICS' ELSE pg_catalog.upper(i.type) END, i.identity, w.name) AS text FROM owned AS o, wanted AS w, LATERAL \
pg_catalog.pg_identify_object(o.class, o.number, 0) AS i WHERE o.own AND o.owner IS DISTINCT FROM w.number AND i.type IN ('table', \
'view', 'materialized view', 'sequence', 'foreign table', 'type', 'function', 'procedure', 'aggregate', 'schema', 'operator', \
'operator class', 'operator family', 'collation', 'conversion', 'text search dictionary', 'text search configuration', \
'statistics object', 'server', 'publication') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = o.class AND \
d.objid = o.number AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i') AND i.type = 'sequence')),
reads AS (SELECT 'missing' AS tag, pg_catalog.format('GRANT %s ON %s TO %I', CASE WHEN r.relkind IN ('r', 'p') THEN \
'SELECT, REFERENCES' ELSE 'SELECT' END, r.shown, w.name) AS text FROM relation AS r, wanted AS w WHERE r.required AND r.relkind IN \
('r', 'p', 'v', 'm', 'f') AND NOT COALESCE(pg_catalog.has_table_privilege(w.number, r.number, 'SELECT') AND (r.relkind NOT IN ('r', \
'p') OR pg_catalog.has_table_privilege(w.number, r.number, 'REFERENCES')), false)),
writes AS (SELECT 'missing' AS tag, pg_catalog.format('REVOKE %s ON %s FROM %I', pg_catalog.string_agg(a.privilege_type, ', ' ORDER \
BY a.privilege_type), r.shown, w.name) AS text FROM relation AS r, wanted AS w, LATERAL pg_catalog.aclexplode(r.relacl) AS a WHERE \
NOT r.own AND r.owner <> w.number AND a.grantee = w.number AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', \
'TRIGGER', 'MAINTAIN') GROUP BY r.shown, w.name),
open AS (SELECT r.shown FROM relation AS r, wanted AS w WHERE NOT r.own AND r.relkind IN ('r', 'p') AND w.number IS NOT NULL AND \
(pg_catalog.has_table_privilege(w.number, r.number, 'INSERT') OR pg_catalog.has_table_privilege(w.number, r.number, 'UPDATE') OR \
pg_catalog.has_table_privilege(w.number, r.number, 'DELETE'))),
holes AS (SELECT 'hole' AS tag, pg_catalog.format('role %s is a superuser, and the server refuses it nothing', w.name) AS text FROM \
wanted AS w JOIN pg_catalog.pg_roles AS r ON r.oid = w.number WHERE r.rolsuper UNION ALL SELECT 'hole', pg_catalog.format('role %s \
has the rights of role %s, which owns objects of other layers', w.name, p.rolname) FROM wanted AS w, pg_catalog.pg_roles AS p WHERE \
p.oid IN (SELECT o.owner FROM owned AS o WHERE NOT o.own) AND pg_catalog.pg_has_role(w.number, p.oid, 'MEMBER') AND NOT (SELECT \
r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.oid = w.number) UNION ALL SELECT 'hole', pg_catalog.format('role %s may write rows \
of %s', w.name, pg_catalog.string_agg(o.shown, ', ' ORDER BY o.shown)) FROM open AS o, wanted AS w WHERE NOT (SELECT r.rolsuper FROM \
pg_catalog.pg_roles AS r WHERE r.oid = w.number) GROUP BY w.name)";
