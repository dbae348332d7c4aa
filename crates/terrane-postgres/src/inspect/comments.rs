//! Comments on what the model has no place for, and security labels; kept as text.

use super::ask::{Ask, in_no_extension};

/// What `COMMENT ON`, `SECURITY LABEL ON` and `ALTER` call the object `i` that `pg_identify_object` names.
pub(super) const TARGET: &str = "CASE
        WHEN i.type LIKE '%column' THEN 'COLUMN ' || i.identity
        WHEN i.type = 'domain constraint' THEN 'CONSTRAINT ' || (SELECT quote_ident(k.conname) || ' ON DOMAIN '
            || k.contypid::regtype FROM pg_constraint AS k WHERE k.oid = d.objoid)
        WHEN i.type LIKE '%constraint' THEN 'CONSTRAINT ' || i.identity
        WHEN i.type = 'aggregate' THEN 'AGGREGATE ' || (SELECT quote_ident(i.schema) || '.' || quote_ident(p.proname) || '('
            || coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*') || ')'
              FROM pg_proc AS p WHERE p.oid = d.objoid)
        WHEN i.type = 'statistics object' THEN 'STATISTICS ' || i.identity
        WHEN i.type = 'composite type' THEN 'TYPE ' || i.identity
        WHEN i.type = 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER ' || i.identity
        WHEN i.type = 'transform' THEN 'TRANSFORM ' || i.identity
        ELSE upper(i.type) || ' ' || i.identity END";

/// Comments on tables, their columns, views and plain indexes are the model's. `initdb` makes one on `public`, and
/// `CREATE EXTENSION` the one that the extension's control file has.
pub(super) fn sql(ask: &Ask) -> String {
    format!(
        "WITH d AS MATERIALIZED (
            SELECT d.* FROM pg_description AS d
              LEFT JOIN pg_class AS c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
              LEFT JOIN pg_index AS x ON x.indexrelid = c.oid
              LEFT JOIN pg_class AS xc ON xc.oid = x.indrelid
             WHERE {} AND (coalesce(c.relkind, 'c') = 'c' OR {}) AND (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass
                    AND d.objoid = to_regnamespace('public') AND d.description <> 'standard public schema')
               AND NOT coalesce(c.relkind IN ('r', 'p') OR c.relkind IN ('v', 'm') AND d.objsubid = 0
                    OR c.relkind IN ('i', 'I') AND xc.relkind IN ('r', 'p') AND NOT EXISTS (
                        SELECT FROM pg_constraint AS k WHERE k.conrelid = x.indrelid AND k.conindid = c.oid
                           AND k.contype IN ('p', 'u', 'x')), false)
               AND NOT (d.classoid = 'pg_extension'::regclass AND EXISTS (
                    SELECT FROM pg_extension AS x JOIN pg_available_extensions AS v ON v.name = x.extname
                     WHERE x.oid = d.objoid AND v.comment = d.description)))
     SELECT 'comment', NULL, {TARGET}, 'COMMENT ON ' || {TARGET} || ' IS ' || quote_literal(d.description),
            d.classoid, d.objoid, d.objsubid
       FROM d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
      ORDER BY 3",
        in_no_extension("d.classoid", "d.objoid"),
        ask.any("coalesce(x.indrelid, c.oid)"),
    )
}

pub(super) fn sql_of_labels(_: &Ask) -> String {
    format!(
        "SELECT 'security label', NULL, 'FOR ' || quote_ident(d.provider) || ' ON ' || {TARGET},
            'SECURITY LABEL FOR ' || quote_ident(d.provider) || ' ON ' || {TARGET} || ' IS ' || quote_literal(d.label),
            d.classoid, d.objoid, d.objsubid
       FROM pg_seclabel AS d
       CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
      WHERE {}
      ORDER BY 3",
        in_no_extension("d.classoid", "d.objoid"),
    )
}
