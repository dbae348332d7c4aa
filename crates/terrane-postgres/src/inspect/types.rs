//! Types: enums, which have a noun; domains, composite, range and base types, kept as text.

use super::ask::{Ask, in_schema, ours};
use super::cells::{Cells, Read};
use super::dependencies::Object;
use super::found::{Found, PG_TYPE};
use sqlx::postgres::PgRow;
use terrane_core::schema::EnumType;

pub(super) fn sql(_: &Ask<'_>) -> String {
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
        let oid = cells.oid()?;
        let name = cells.object()?;
        let values = cells.list()?.into_iter().flatten().collect();
        found.remember(PG_TYPE, oid, Object::Enum(name.clone()));
        found.schema.enums.insert(name.clone(), EnumType { name, values });
    }
    Ok(())
}
