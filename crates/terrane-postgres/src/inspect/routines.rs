//! Functions and procedures; aggregates, kept as text.

use super::ask::{Ask, in_schema, ours};
use super::cells::{Cells, Read};
use super::dependencies::Object;
use super::found::{Found, PG_PROC};
use crate::FLAVOR;
use sqlx::postgres::PgRow;
use terrane_core::schema::Routine;

pub(super) fn sql(_: &Ask<'_>) -> String {
    format!(
        "SELECT p.oid, n.nspname, quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
            pg_get_functiondef(p.oid)
       FROM pg_proc AS p
       JOIN pg_namespace AS n ON n.oid = p.pronamespace
      WHERE p.prokind <> 'a' AND {} AND {}",
        in_schema(),
        ours("pg_proc", "p"),
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let oid = cells.oid()?;
        let name = cells.object()?;
        let definition = FLAVOR.expr(&definition(cells.text()?));
        found.remember(PG_PROC, oid, Object::Routine(name.clone()));
        found.schema.routines.insert(name.clone(), Routine { name, definition });
    }
    Ok(())
}

/// What follows `CREATE`. `pg_get_functiondef` qualifies the function's own name always.
fn definition(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("CREATE OR REPLACE ").unwrap_or(text);
    match text.split_once(' ') {
        Some((noun, rest)) => format!("{noun} {}", rest.strip_prefix("public.").unwrap_or(rest)),
        None => text.to_owned(),
    }
}
