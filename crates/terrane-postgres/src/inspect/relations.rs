//! Tables: what `CREATE TABLE` says outside of its parentheses.

use super::ask::Ask;
use super::cells::{Cells, Read};
use super::found::Found;
use sqlx::postgres::PgRow;
use terrane_core::schema::{Attributes, Table};

pub(super) fn sql(ask: &Ask) -> String {
    format!(
        "SELECT c.oid, n.nspname, c.relname, obj_description(c.oid, 'pg_class'),
            c.relpersistence, c.reloptions, toast.reloptions,
            (SELECT array_to_string(array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno), ', ')
               FROM pg_inherits AS i WHERE i.inhrelid = c.oid),
            c.relispartition, pg_get_expr(c.relpartbound, c.oid),
            CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
            c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
            (SELECT i.relname FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
              WHERE x.indrelid = c.oid AND x.indisreplident LIMIT 1),
            (SELECT i.relname FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
              WHERE x.indrelid = c.oid AND x.indisclustered LIMIT 1),
            nullif(am.amname, 'heap'), space.spcname, nullif(c.reloftype, 0)::regtype
       FROM pg_class AS c
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid
       LEFT JOIN pg_am AS am ON am.oid = c.relam
       LEFT JOIN pg_tablespace AS space ON space.oid = c.reltablespace
      WHERE c.relkind IN ('r', 'p') AND {}",
        ask.relation()
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let oid = cells.oid()?;
        let mut table = Table::new(cells.object()?);
        table.comment = cells.comment()?;
        table.attributes = attributes(&mut cells)?;
        found.tables.insert(oid, table);
    }
    Ok(())
}

fn attributes(cells: &mut Cells<'_>) -> Read<Attributes> {
    let mut attributes = Attributes::default();
    mark(&mut attributes, "unlogged", cells.text()? == "u");
    options(&mut attributes, "", &cells.list()?);
    options(&mut attributes, "toast.", &cells.list()?);
    let parents = cells.optional()?;
    let is_partition = cells.flag()?;
    attributes.set(if is_partition { "partition of" } else { "inherits" }, parents);
    attributes.set("bound", cells.optional()?);
    attributes.set("partition by", cells.optional()?);
    mark(&mut attributes, "row security", cells.flag()?);
    mark(&mut attributes, "force row security", cells.flag()?);
    let identity = cells.text()?;
    let index = cells.optional()?;
    match identity {
        "n" => attributes.set("replica identity", Some("nothing")),
        "f" => attributes.set("replica identity", Some("full")),
        "i" => {
            let index = terrane_core::sql::quote_identifier(index.unwrap_or_default());
            attributes.set("replica identity", Some(&format!("using index {index}")));
        }
        _ => {}
    }
    attributes.set("cluster on", cells.optional()?);
    attributes.set("access method", cells.optional()?);
    attributes.set("tablespace", cells.optional()?);
    attributes.set("of type", cells.optional()?);
    Ok(attributes)
}

/// An attribute without a value.
pub(super) fn mark(attributes: &mut Attributes, name: &str, holds: bool) {
    attributes.set(name, holds.then_some(""));
}

/// What the server itself keeps among a column's options: a position in its log, another in every database. Nobody can set
/// it, and `pg_dump` leaves it out by this name. Seen with 15.20; 15.18 has none.
pub(super) const STAMP: &str = "pg_attver";

/// Storage parameters: `{fillfactor=70}`.
pub(super) fn options(attributes: &mut Attributes, prefix: &str, options: &[Option<String>]) {
    for option in options.iter().flatten() {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        if name == STAMP {
            continue;
        }
        attributes.set(&format!("{prefix}{name}"), Some(value));
    }
}
