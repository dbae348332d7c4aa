//! Sequences: those that stand alone and those that a `serial` column owns; one behind an identity is the column's.

use super::ask::Ask;
use super::cells::{Cells, Read};
use super::edges;
use super::found::Found;
use crate::array_cast::expression;
use sqlx::postgres::PgRow;
use terrane_core::schema::{ObjectIdentity, Sequence};

/// An SQL expression that writes those options of the row `s` of `pg_sequence` that are not what they would be by
/// themselves, in a fixed order. `default_type` is the type that goes without saying.
pub(super) fn options(default_type: &str) -> String {
    let of_type = |bound: [&str; 3]| {
        format!(
            "CASE s.seqtypid WHEN 'smallint'::regtype THEN {} WHEN 'integer'::regtype THEN {} ELSE {} END",
            bound[0], bound[1], bound[2]
        )
    };
    let lowest = of_type(["-32768", "-2147483648", "(-9223372036854775807 - 1)"]);
    let highest = of_type(["32767", "2147483647", "9223372036854775807"]);
    format!(
        "concat_ws(' ',
            CASE WHEN s.seqtypid <> {default_type} THEN 'AS ' || format_type(s.seqtypid, NULL) END,
            CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,
            CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1 ELSE {lowest} END
                 THEN 'MINVALUE ' || s.seqmin END,
            CASE WHEN s.seqmax <> CASE WHEN s.seqincrement > 0 THEN {highest} ELSE -1 END
                 THEN 'MAXVALUE ' || s.seqmax END,
            CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END
                 THEN 'START WITH ' || s.seqstart END,
            CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END,
            CASE WHEN s.seqcycle THEN 'CYCLE' END)"
    )
}

pub(super) fn sql(ask: &Ask) -> String {
    format!(
        "SELECT c.oid, n.nspname, c.relname, c.relpersistence, quote_ident(c.relname),
            concat_ws(' ', nullif({options}, ''), (
                SELECT 'OWNED BY ' || o.refobjid::regclass || '.' || quote_ident(a.attname)
                  FROM pg_depend AS o
                  JOIN pg_attribute AS a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
                 WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid
                   AND o.refclassid = 'pg_class'::regclass AND o.deptype = 'a' LIMIT 1))
       FROM pg_sequence AS s
       JOIN pg_class AS c ON c.oid = s.seqrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE NOT EXISTS (SELECT FROM pg_depend AS i
             WHERE i.classid = 'pg_class'::regclass AND i.objid = c.oid AND i.deptype = 'i') AND {scope}
      ORDER BY c.oid",
        options = options("'bigint'::regtype"),
        scope = ask.relation(),
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let number = cells.oid()?;
        let name = cells.object()?;
        let unlogged = cells.text()? == "u";
        let quoted = cells.ident()?;
        let options = cells.text()?;
        if unlogged {
            // Since 15. The options have no place for it.
            let kept = terrane_core::name::ObjectName { name: quoted, ..name };
            let definition = format!("CREATE UNLOGGED SEQUENCE {kept} {options}");
            let kept = found.keep("sequence", kept, definition.trim_end());
            found
                .identities
                .insert((edges::CLASS, number), ObjectIdentity::Other(kept));
            continue;
        }
        let options = expression(options);
        found
            .identities
            .insert((edges::CLASS, number), ObjectIdentity::Sequence(name.clone()));
        found.schema.sequences.insert(name.clone(), Sequence { name, options });
    }
    Ok(())
}
