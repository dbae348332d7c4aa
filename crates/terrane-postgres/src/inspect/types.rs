//! Types: enums, which have a noun; domains, composite, range and base types, kept as text.

use super::ask::{Ask, in_schema, ours};
use super::cells::{Cells, Read};
use super::edges;
use super::found::Found;
use sqlx::postgres::PgRow;
use terrane_core::schema::{EnumType, ObjectIdentity};

pub(super) fn sql(_: &Ask) -> String {
    format!(
        "SELECT t.oid, n.nspname, t.typname,
            (SELECT array_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_enum AS l WHERE l.enumtypid = t.oid)
       FROM pg_type AS t
       JOIN pg_namespace AS n ON n.oid = t.typnamespace
      WHERE t.typtype = 'e' AND {} AND {}",
        in_schema(),
        ours("pg_type", "t"),
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let number = cells.oid()?;
        let name = cells.object()?;
        let values = cells.list()?.into_iter().flatten().collect();
        found
            .identities
            .insert((edges::TYPE, number), ObjectIdentity::Enum(name.clone()));
        found.schema.enums.insert(name.clone(), EnumType { name, values });
    }
    Ok(())
}

/// Domains, composite types, ranges, base types and shells.
pub(super) fn sql_of_others(ask: &Ask) -> String {
    format!(
        "SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END,
            n.nspname, quote_ident(t.typname),
            CASE WHEN NOT t.typisdefined THEN 'CREATE TYPE ' || t.oid::regtype
                 WHEN t.typtype = 'd' THEN {domain} WHEN t.typtype = 'c' THEN {composite}
                 WHEN t.typtype = 'r' THEN {range} ELSE {base} END,
            'pg_type'::regclass::oid, t.oid
       FROM pg_type AS t
       JOIN pg_namespace AS n ON n.oid = t.typnamespace
      WHERE (t.typtype IN ('d', 'r')
            OR t.typtype = 'c' AND t.typrelid IN (SELECT c.oid FROM pg_class AS c WHERE c.relkind = 'c')
            OR t.typtype IN ('b', 'p') AND NOT EXISTS (
                SELECT FROM pg_type AS el WHERE el.oid = t.typelem AND el.typarray = t.oid))
        AND {} AND {}
      ORDER BY t.oid",
        in_schema(),
        ours("pg_type", "t"),
        domain = domain(),
        composite = composite(),
        range = range(ask),
        base = base(),
    )
}

/// A collation's name as SQL.
const COLLATION: &str = "(SELECT CASE WHEN cn.nspname IN ('pg_catalog', 'public') THEN ''
        ELSE quote_ident(cn.nspname) || '.' END || quote_ident(co.collname)
   FROM pg_collation AS co JOIN pg_namespace AS cn ON cn.oid = co.collnamespace WHERE co.oid = ";

fn domain() -> String {
    format!(
        "concat_ws(' ', 'CREATE DOMAIN ' || t.oid::regtype || ' AS ' || format_type(t.typbasetype, t.typtypmod),
            'COLLATE ' || (SELECT {COLLATION} t.typcollation) FROM pg_type AS of
                WHERE of.oid = t.typbasetype AND of.typcollation <> t.typcollation),
            'DEFAULT ' || coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)),
            CASE WHEN t.typnotnull THEN 'NOT NULL' END,
            (SELECT string_agg('CONSTRAINT ' || quote_ident(k.conname) || ' '
                    || replace(pg_get_constraintdef(k.oid), ' NOT VALID', ''), ' ' ORDER BY k.conname)
               FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated))
         || coalesce((SELECT string_agg('; ALTER DOMAIN ' || t.oid::regtype || ' ADD CONSTRAINT '
                    || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), '' ORDER BY k.conname)
               FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c' AND NOT k.convalidated), '')"
    )
}

fn composite() -> String {
    format!(
        "'CREATE TYPE ' || t.oid::regtype || ' AS (' || coalesce((
            SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                    || coalesce(' COLLATE ' || {COLLATION} a.attcollation AND a.attcollation <> of.typcollation), ''),
                    ', ' ORDER BY a.attnum)
               FROM pg_attribute AS a JOIN pg_type AS of ON of.oid = a.atttypid
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '') || ')'"
    )
}

fn range(ask: &Ask) -> String {
    let multirange = ask.since(
        140_000,
        "(SELECT 'MULTIRANGE_TYPE_NAME = ' || r.rngmultitypid::regtype)",
        "NULL",
    );
    format!(
        "'CREATE TYPE ' || t.oid::regtype || ' AS RANGE (' || (
            SELECT concat_ws(', ', 'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
                (SELECT 'SUBTYPE_OPCLASS = ' || quote_ident(on_.nspname) || '.' || quote_ident(o.opcname)
                   FROM pg_opclass AS o JOIN pg_namespace AS on_ ON on_.oid = o.opcnamespace
                  WHERE o.oid = r.rngsubopc AND NOT o.opcdefault),
                'COLLATION = ' || {COLLATION} r.rngcollation
                    AND co.oid <> (SELECT of.typcollation FROM pg_type AS of WHERE of.oid = r.rngsubtype)),
                'CANONICAL = ' || nullif(r.rngcanonical, 0)::regproc,
                'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff, 0)::regproc, {multirange})
              FROM pg_range AS r WHERE r.rngtypid = t.oid) || ')'"
    )
}

fn base() -> &'static str {
    "concat_ws(', ', 'CREATE TYPE ' || t.oid::regtype || ' (INPUT = ' || t.typinput::oid::regproc,
        'OUTPUT = ' || t.typoutput::oid::regproc, 'RECEIVE = ' || nullif(t.typreceive, 0)::oid::regproc,
        'SEND = ' || nullif(t.typsend, 0)::oid::regproc, 'TYPMOD_IN = ' || nullif(t.typmodin, 0)::oid::regproc,
        'TYPMOD_OUT = ' || nullif(t.typmodout, 0)::oid::regproc,
        'ANALYZE = ' || nullif(t.typanalyze, 0)::oid::regproc,
        'INTERNALLENGTH = ' || CASE t.typlen WHEN -1 THEN 'VARIABLE' ELSE t.typlen::text END,
        CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
        'ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4'
            ELSE 'double' END,
        'STORAGE = ' || CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main'
            ELSE 'extended' END,
        'CATEGORY = ' || quote_literal(t.typcategory::text), CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,
        'DEFAULT = ' || quote_literal(t.typdefault), 'ELEMENT = ' || nullif(t.typelem, 0)::regtype,
        'DELIMITER = ' || quote_literal(t.typdelim::text), CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END)
     || ')'"
}
