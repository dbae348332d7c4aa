//! Views and materialized views.

use super::ask::Ask;
use super::cells::{Cells, Read};
use super::found::Found;
use super::relations::options;
use crate::array_cast::expression;
use sqlx::postgres::PgRow;
use std::collections::BTreeMap;
use terrane_core::schema::{Attributes, View};

pub(super) fn sql(ask: &Ask) -> String {
    format!(
        "SELECT c.oid, n.nspname, c.relname, c.relkind, pg_get_viewdef(c.oid),
            obj_description(c.oid, 'pg_class'), c.reloptions, nullif(am.amname, 'heap'), space.spcname,
            (SELECT array_agg('default ' || a.attname || '=' || pg_get_expr(d.adbin, d.adrelid))
               FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
              WHERE d.adrelid = c.oid),
            (SELECT array_agg('statistics ' || a.attname || '=' || a.attstattarget)
               FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attstattarget >= 0)
       FROM pg_class AS c
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       LEFT JOIN pg_am AS am ON am.oid = c.relam
       LEFT JOIN pg_tablespace AS space ON space.oid = c.reltablespace
      WHERE c.relkind IN ('v', 'm') AND {}",
        ask.relation()
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let oid = cells.oid()?;
        let name = cells.object()?;
        let materialized = cells.text()? == "m";
        let query = cells.text()?.trim().trim_end_matches(';');
        let mut view = View {
            name,
            columns: Vec::new(),
            query: expression(query),
            materialized,
            triggers: BTreeMap::new(),
            comment: cells.comment()?,
            attributes: Attributes::default(),
        };
        options(&mut view.attributes, "", &cells.list()?);
        view.attributes.set("access method", cells.optional()?);
        view.attributes.set("tablespace", cells.optional()?);
        options(&mut view.attributes, "", &cells.list()?);
        options(&mut view.attributes, "", &cells.list()?);
        found.views.insert(oid, view);
    }
    Ok(())
}
