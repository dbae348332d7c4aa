//! Columns of tables.

use super::ask::Ask;
use super::cells::{Cells, Read};
use super::found::Found;
use super::relations::{mark, options};
use super::sequences;
use sqlx::postgres::PgRow;
use terrane_core::schema::{Column, Generated, Identity, TypeName};

pub(super) fn sql(ask: &Ask) -> String {
    format!(
        "SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
            pg_get_expr(d.adbin, d.adrelid), a.attgenerated, a.attidentity, numbering.options,
            co.collname, CASE WHEN con.nspname NOT IN ('pg_catalog', 'public') THEN con.nspname END,
            note.description,
            CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END,
            nullif({compression}, ''), nullif(a.attstattarget, -1), a.attoptions,
            a.attinhcount > 0 AND NOT a.attislocal AND NOT c.relispartition, {filled}
       FROM pg_attribute AS a
       JOIN pg_class AS c ON c.oid = a.attrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       JOIN pg_type AS t ON t.oid = a.atttypid
       LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       LEFT JOIN pg_collation AS co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
       LEFT JOIN pg_namespace AS con ON con.oid = co.collnamespace
       LEFT JOIN pg_description AS note
         ON note.classoid = 'pg_class'::regclass AND note.objoid = a.attrelid AND note.objsubid = a.attnum
       LEFT JOIN LATERAL (
            SELECT {numbering} AS options FROM pg_depend AS o JOIN pg_sequence AS s ON s.seqrelid = o.objid
             WHERE o.refclassid = 'pg_class'::regclass AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum
               AND o.classid = 'pg_class'::regclass AND o.deptype = 'i') AS numbering ON a.attidentity <> ''
       {not_null}
      WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {scope}
      ORDER BY a.attrelid, a.attnum",
        compression = ask.since(140_000, "a.attcompression", "NULL::text"),
        filled = ask.since(180_000, "NOT filled.convalidated, filled.connoinherit", "false, false"),
        not_null = ask.since(
            180_000,
            "LEFT JOIN pg_constraint AS filled
              ON filled.conrelid = a.attrelid AND filled.contype = 'n' AND filled.conkey[1] = a.attnum",
            ""
        ),
        numbering = sequences::options("a.atttypid"),
        scope = ask.hanging("a.attrelid"),
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let (relation, number) = (cells.oid()?, cells.oid()?);
        let Some(table) = found.tables.get_mut(&relation) else {
            continue;
        };
        let column = column(&mut cells)?;
        found.columns.insert((relation, number), column.name.clone());
        table.columns.push(column);
    }
    Ok(())
}

fn column(cells: &mut Cells<'_>) -> Read<Column> {
    let mut column = Column::new(cells.ident()?, TypeName::new(cells.text()?));
    column.nullable = !cells.flag()?;
    let expression = cells.expr()?;
    match (cells.text()?, expression) {
        ("", default) => column.default = default,
        (kept, Some(expression)) => {
            let stored = kept == "s";
            column.generated = Some(Generated { expression, stored });
        }
        (_, None) => {}
    }
    let identity = cells.text()?;
    let numbering = cells.expr()?.filter(|options| !options.as_str().is_empty());
    if !identity.is_empty() {
        column.identity = Some(Identity {
            always: identity == "a",
            options: numbering,
        });
    }
    column.collation = cells.optional()?.map(|name| crate::FLAVOR.ident(name));
    column.attributes.set("collation schema", cells.optional()?);
    column.comment = cells.comment()?;
    let storage = match cells.text()? {
        "p" => Some("plain"),
        "e" => Some("external"),
        "m" => Some("main"),
        "x" => Some("extended"),
        _ => None,
    };
    column.attributes.set("storage", storage);
    let compression = match cells.text()? {
        "p" => Some("pglz"),
        "l" => Some("lz4"),
        _ => None,
    };
    column.attributes.set("compression", compression);
    column.attributes.set("statistics", cells.optional()?);
    options(&mut column.attributes, "", &cells.list()?);
    mark(&mut column.attributes, "inherited", cells.flag()?);
    mark(&mut column.attributes, "not null not valid", cells.flag()?);
    mark(&mut column.attributes, "not null no inherit", cells.flag()?);
    Ok(column)
}
