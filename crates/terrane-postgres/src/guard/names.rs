//! What objects are called: the names under which the books keep them, asked of the server in both directions.

use super::counts::Cells;
use super::look::Address;
use terrane_core::name::ObjectName;
use terrane_core::op::ObjectKind;
use terrane_core::ownership::ObjectKey;
use terrane_core::schema::Unmodelled;
use terrane_core::sql::quote_string;

/// An object with its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// The object.
    pub object: Address,
    /// What it is called in the books.
    pub key: ObjectKey,
    /// What it is, as the server says: `text search dictionary`.
    pub word: String,
}

/// Objects that are owned by themselves: the catalog, and a query for number, kind in the books, kind as the server says it,
/// schema (or nothing) and name. A condition on `x.oid` follows. Names are spelled as inspection spells them.
const NAMES: [(&str, &str); 24] = [
    (
        "pg_class",
        "SELECT x.oid, CASE WHEN x.relkind IN ('r', 'p') THEN 'table' WHEN x.relkind IN ('v', 'm') THEN 'view' WHEN x.relkind \
         = 'S' THEN 'sequence' ELSE 'object' END, CASE WHEN x.relkind IN ('r', 'p') THEN 'table' WHEN x.relkind IN ('v', 'm') \
         THEN 'view' WHEN x.relkind = 'S' THEN 'sequence' ELSE 'foreign table' END, n.nspname, CASE x.relkind WHEN 'f' THEN \
         pg_catalog.quote_ident(x.relname) ELSE x.relname END FROM pg_catalog.pg_class AS x JOIN pg_catalog.pg_namespace AS n \
         ON n.oid = x.relnamespace WHERE x.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')",
    ),
    (
        "pg_type",
        "SELECT x.oid, CASE x.typtype WHEN 'e' THEN 'type' ELSE 'object' END, CASE x.typtype WHEN 'd' THEN 'domain' ELSE \
         'type' END, n.nspname, CASE x.typtype WHEN 'e' THEN x.typname ELSE pg_catalog.quote_ident(x.typname) END FROM \
         pg_catalog.pg_type AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.typnamespace LEFT JOIN pg_catalog.pg_class AS \
         c ON c.oid = x.typrelid WHERE (x.typtype <> 'c' OR c.relkind = 'c')",
    ),
    (
        "pg_proc",
        "SELECT x.oid, CASE x.prokind WHEN 'a' THEN 'object' ELSE 'routine' END, CASE x.prokind WHEN 'a' THEN 'aggregate' ELSE \
         'routine' END, n.nspname, pg_catalog.quote_ident(x.proname) || '(' || CASE x.prokind WHEN 'a' THEN \
         COALESCE(NULLIF(pg_catalog.pg_get_function_identity_arguments(x.oid), ''), '*') ELSE \
         pg_catalog.oidvectortypes(x.proargtypes) END || ')' FROM pg_catalog.pg_proc AS x JOIN pg_catalog.pg_namespace AS n \
         ON n.oid = x.pronamespace WHERE true",
    ),
    (
        "pg_namespace",
        "SELECT x.oid, 'object', 'schema', '', pg_catalog.format('\"%s\"', pg_catalog.replace(x.nspname, '\"', '\"\"')) FROM \
         pg_catalog.pg_namespace AS x WHERE true",
    ),
    (
        "pg_operator",
        "SELECT x.oid, 'object', 'operator', n.nspname, x.oprname || ' (' || COALESCE(NULLIF(x.oprleft, 0)::regtype::text, \
         'NONE') || ', ' || COALESCE(NULLIF(x.oprright, 0)::regtype::text, 'NONE') || ')' FROM pg_catalog.pg_operator AS x \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = x.oprnamespace WHERE true",
    ),
    (
        "pg_opfamily",
        "SELECT x.oid, 'object', 'operator family', n.nspname, pg_catalog.quote_ident(x.opfname) || ' USING ' || m.amname FROM \
         pg_catalog.pg_opfamily AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.opfnamespace JOIN pg_catalog.pg_am AS m \
         ON m.oid = x.opfmethod WHERE true",
    ),
    (
        "pg_opclass",
        "SELECT x.oid, 'object', 'operator class', n.nspname, pg_catalog.quote_ident(x.opcname) || ' USING ' || m.amname FROM \
         pg_catalog.pg_opclass AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.opcnamespace JOIN pg_catalog.pg_am AS m \
         ON m.oid = x.opcmethod WHERE true",
    ),
    (
        "pg_cast",
        "SELECT x.oid, 'object', 'cast', '', '(' || x.castsource::regtype || ' AS ' || x.casttarget::regtype || ')' FROM \
         pg_catalog.pg_cast AS x WHERE true",
    ),
    (
        "pg_transform",
        "SELECT x.oid, 'object', 'transform', '', 'FOR ' || x.trftype::regtype || ' LANGUAGE ' || \
         pg_catalog.quote_ident(l.lanname) FROM pg_catalog.pg_transform AS x JOIN pg_catalog.pg_language AS l ON l.oid = \
         x.trflang WHERE true",
    ),
    (
        "pg_collation",
        "SELECT x.oid, 'object', 'collation', n.nspname, pg_catalog.quote_ident(x.collname) FROM pg_catalog.pg_collation AS x JOIN \
         pg_catalog.pg_namespace AS n ON n.oid = x.collnamespace WHERE true",
    ),
    (
        "pg_conversion",
        "SELECT x.oid, 'object', 'conversion', n.nspname, pg_catalog.quote_ident(x.conname) FROM pg_catalog.pg_conversion AS x JOIN \
         pg_catalog.pg_namespace AS n ON n.oid = x.connamespace WHERE true",
    ),
    (
        "pg_ts_config",
        "SELECT x.oid, 'object', 'text search configuration', n.nspname, pg_catalog.quote_ident(x.cfgname) FROM pg_catalog.pg_ts_config AS x JOIN \
         pg_catalog.pg_namespace AS n ON n.oid = x.cfgnamespace WHERE true",
    ),
    (
        "pg_ts_dict",
        "SELECT x.oid, 'object', 'text search dictionary', n.nspname, pg_catalog.quote_ident(x.dictname) FROM pg_catalog.pg_ts_dict AS x JOIN \
         pg_catalog.pg_namespace AS n ON n.oid = x.dictnamespace WHERE true",
    ),
    (
        "pg_ts_parser",
        "SELECT x.oid, 'object', 'text search parser', n.nspname, pg_catalog.quote_ident(x.prsname) FROM pg_catalog.pg_ts_parser AS x JOIN \
         pg_catalog.pg_namespace AS n ON n.oid = x.prsnamespace WHERE true",
    ),
    (
        "pg_ts_template",
        "SELECT x.oid, 'object', 'text search template', n.nspname, pg_catalog.quote_ident(x.tmplname) FROM pg_catalog.pg_ts_template AS x JOIN \
         pg_catalog.pg_namespace AS n ON n.oid = x.tmplnamespace WHERE true",
    ),
    (
        "pg_extension",
        "SELECT x.oid, 'object', 'extension', '', pg_catalog.quote_ident(x.extname) FROM pg_catalog.pg_extension AS x WHERE true",
    ),
    (
        "pg_language",
        "SELECT x.oid, 'object', 'language', '', pg_catalog.quote_ident(x.lanname) FROM pg_catalog.pg_language AS x WHERE true",
    ),
    (
        "pg_am",
        "SELECT x.oid, 'object', 'access method', '', pg_catalog.quote_ident(x.amname) FROM pg_catalog.pg_am AS x WHERE true",
    ),
    (
        "pg_event_trigger",
        "SELECT x.oid, 'object', 'event trigger', '', pg_catalog.quote_ident(x.evtname) FROM pg_catalog.pg_event_trigger AS x WHERE true",
    ),
    (
        "pg_foreign_data_wrapper",
        "SELECT x.oid, 'object', 'foreign data wrapper', '', pg_catalog.quote_ident(x.fdwname) FROM pg_catalog.pg_foreign_data_wrapper AS x WHERE true",
    ),
    (
        "pg_foreign_server",
        "SELECT x.oid, 'object', 'server', '', pg_catalog.quote_ident(x.srvname) FROM pg_catalog.pg_foreign_server AS x WHERE true",
    ),
    (
        "pg_publication",
        "SELECT x.oid, 'object', 'publication', '', pg_catalog.quote_ident(x.pubname) FROM pg_catalog.pg_publication AS x WHERE true",
    ),
    (
        "pg_subscription",
        "SELECT x.oid, 'object', 'subscription', '', pg_catalog.quote_ident(x.subname) FROM pg_catalog.pg_subscription AS x WHERE true",
    ),
    (
        "pg_authid",
        "SELECT x.oid, 'object', 'role', '', pg_catalog.quote_ident(x.rolname) FROM pg_catalog.pg_roles AS x WHERE true",
    ),
];

/// Names are spelled as inspection spells them: what is in `public` stands alone.
const SPELLED: &str = "SELECT 'pinned', pg_catalog.set_config('search_path', 'public, pg_temp', true)";

/// Asks what objects are called; nothing, if there are none.
pub fn names<'a>(objects: impl Iterator<Item = &'a Address>) -> Option<String> {
    let objects: Vec<&Address> = objects.collect();
    let parts: Vec<String> = NAMES
        .iter()
        .filter_map(|(catalog, sql)| {
            let numbers: Vec<String> = objects
                .iter()
                .filter(|object| object.catalog == *catalog)
                .map(|object| object.number.to_string())
                .collect();
            (!numbers.is_empty()).then(|| {
                format!(
                    "SELECT 'name', '{catalog}', o.number::text, o.kind, o.word, o.schema::text, o.name::text FROM ({sql} AND \
                     x.oid = ANY ('{{{}}}'::oid[])) AS o (number, kind, word, schema, name)",
                    numbers.join(",")
                )
            })
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{SPELLED}; {}", parts.join(" UNION ALL ")))
}

/// What the answer to [`names`] says.
pub fn names_of(rows: &[Cells]) -> Vec<Named> {
    let named = rows.iter().filter_map(|row| match row.as_slice() {
        [
            Some(tag),
            Some(catalog),
            Some(number),
            Some(kind),
            Some(word),
            Some(schema),
            Some(name),
        ] if tag == "name" => {
            let kind = kind_of(kind)?;
            let name = match kind == ObjectKind::Other && Unmodelled::says_its_kind(word) {
                true => Unmodelled::said_with_kind(name, word),
                false => name.clone(),
            };
            Some(Named {
                object: Address::new(catalog.as_str(), number.parse().ok()?),
                key: (kind, object_name(schema, &name)),
                word: word.clone(),
            })
        }
        _ => None,
    });
    named.collect()
}

fn object_name(schema: &str, name: &str) -> ObjectName {
    let ident = |text: &str| crate::FLAVOR.ident(text);
    ObjectName {
        schema: (!schema.is_empty() && schema != "public").then(|| ident(schema)),
        name: ident(name),
    }
}

fn kind_of(word: &str) -> Option<ObjectKind> {
    use ObjectKind::{Enum, Other, Routine, Sequence, Table, View};
    [Table, View, Enum, Sequence, Routine, Other]
        .into_iter()
        .find(|kind| kind.word() == word)
}

/// Asks which objects those keys of the books mean: the place of each key with an object. What belongs to an extension is
/// the extension's.
pub fn owned<'a>(keys: impl Iterator<Item = &'a ObjectKey>) -> String {
    let mut columns: [Vec<String>; 3] = Default::default();
    for (kind, name) in keys {
        columns[0].push(quote_string(kind.word()));
        let schema = name.schema.as_ref().map_or("", |schema| schema.as_str());
        columns[1].push(quote_string(schema));
        columns[2].push(quote_string(name.name.as_str()));
    }
    let arrays = columns.map(|column| format!("ARRAY[{}]::text[]", column.join(", ")));
    let others: Vec<String> = NAMES
        .iter()
        .map(|(catalog, sql)| {
            format!(
                "SELECT k.place, '{catalog}' AS catalog, o.number FROM ({sql} AND x.oid >= 16384 AND EXISTS (SELECT FROM key AS \
                 k WHERE k.kind = 'object')) AS o (number, kind, word, schema, name) JOIN key AS k ON k.kind = 'object' AND \
                 (k.name IN (o.name::text, pg_catalog.quote_ident(o.name::text), o.name::text || ' /* ' || o.word || ' */')) AND (k.schema = \
                 o.schema::text OR k.schema = 'public' AND o.schema::text = '') WHERE o.kind IN ('object', 'sequence', 'view')"
            )
        })
        .collect();
    format!(
        "{SPELLED}; WITH key AS MATERIALIZED (SELECT k.place::int AS place, k.kind, CASE k.schema WHEN '' THEN 'public' ELSE \
         k.schema END AS schema, k.name FROM unnest({}) WITH ORDINALITY AS k (kind, schema, name, place)), mine AS \
         (SELECT k.place, 'pg_class' AS catalog, x.oid AS number FROM key AS k JOIN pg_catalog.pg_namespace AS n ON n.nspname \
         = k.schema::name JOIN pg_catalog.pg_class AS x ON x.relname = k.name::name AND x.relnamespace = n.oid WHERE k.kind \
         IN ('table', 'view', 'sequence') UNION ALL SELECT k.place, 'pg_type', x.oid FROM key AS k JOIN \
         pg_catalog.pg_namespace AS n ON n.nspname = k.schema::name JOIN pg_catalog.pg_type AS x ON x.typname = k.name::name \
         AND x.typnamespace = n.oid WHERE k.kind = 'type' UNION ALL SELECT k.place, 'pg_proc', x.oid FROM key AS k JOIN \
         pg_catalog.pg_namespace AS n ON n.nspname = k.schema::name JOIN pg_catalog.pg_proc AS x ON x.pronamespace = n.oid \
         AND x.proname = (pg_catalog.parse_ident(k.name, false))[1]::name WHERE k.kind = 'routine' AND CASE WHEN k.name LIKE \
         '%(%' THEN pg_catalog.quote_ident(x.proname) || '(' || pg_catalog.oidvectortypes(x.proargtypes) || ')' = k.name \
         ELSE (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc AS y WHERE y.proname = x.proname AND y.pronamespace = \
         x.pronamespace) = 1 END UNION ALL {}) SELECT 'owned', m.place::text, m.catalog, m.number::text FROM mine AS m UNION \
         ALL SELECT 'owned', m.place::text, c.relname::text, d.objid::text FROM mine AS m JOIN pg_catalog.pg_depend AS d ON \
         d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = m.number AND d.deptype = 'e' JOIN \
         pg_catalog.pg_class AS c ON c.oid = d.classid WHERE m.catalog = 'pg_extension'",
        arrays.join(", "),
        others.join(" UNION ALL ")
    )
}

/// What the answer to [`owned`] says: objects, each with the place of its key.
pub fn owned_of(rows: &[Cells]) -> Vec<(Address, usize)> {
    let owned = rows.iter().filter_map(|row| match row.as_slice() {
        [Some(tag), Some(place), Some(catalog), Some(number)] if tag == "owned" => {
            let place: usize = place.parse().ok()?;
            Some((
                Address::new(catalog.as_str(), number.parse().ok()?),
                place.checked_sub(1)?,
            ))
        }
        _ => None,
    });
    owned.collect()
}
