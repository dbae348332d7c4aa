//! Constraints of tables.

use super::ask::Ask;
use super::cells::{Cells, Read};
use super::edges;
use super::found::Found;
use super::relations::{mark, options};
use crate::array_cast::expression;
use sqlx::postgres::PgRow;
use terrane_core::name::Ident;
use terrane_core::schema::{
    Action, Attributes, Check, Constraint, ConstraintKind, Deferrability, Exclusion, ForeignKey, IndexKey, Key,
    ObjectIdentity,
};
use terrane_core::sql::quote_identifier;

/// An SQL expression: the names of the columns whose numbers are in an array.
fn names(relation: &str, numbers: &str) -> String {
    format!(
        "(SELECT array_agg(a.attname ORDER BY k.ord) FROM unnest({numbers}) WITH ORDINALITY AS k (num, ord)
            JOIN pg_attribute AS a ON a.attrelid = {relation} AND a.attnum = k.num)"
    )
}

/// The rows by which a foreign key reaches each partition of the table that it refers to are left out: they belong to the
/// key, of the same table, and say nothing that it and the partitions do not. `pg_dump` leaves them out as well.
pub(super) fn sql(ask: &Ask) -> String {
    format!(
        "SELECT con.oid, con.conrelid, con.conname, con.contype, con.condeferrable, con.condeferred,
            coalesce(parent.conname, CASE WHEN con.coninhcount > 0 AND (c.relispartition OR NOT con.conislocal)
                THEN '' END),
            {columns},
            CASE con.contype WHEN 'c' THEN pg_get_expr(con.conbin, con.conrelid)
                WHEN 'x' THEN substr(pg_get_constraintdef(con.oid), 9) END,
            con.connoinherit, NOT con.convalidated, NOT {enforced},
            {include}, {distinct}, {period}, ix.reloptions, space.spcname,
            NOT i.indisvalid, CASE con.conparentid WHEN 0 THEN whole.relname END,
            fn.nspname, fc.relname, {referenced},
            con.confdeltype, con.confupdtype, con.confmatchtype, {set_columns}
       FROM pg_constraint AS con
       JOIN pg_class AS c ON c.oid = con.conrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       LEFT JOIN pg_constraint AS parent ON parent.oid = con.conparentid AND con.conparentid <> 0
       LEFT JOIN pg_index AS i ON i.indexrelid = con.conindid AND con.contype IN ('p', 'u', 'x')
       LEFT JOIN pg_class AS ix ON ix.oid = i.indexrelid
       LEFT JOIN pg_tablespace AS space ON space.oid = ix.reltablespace
       LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
       LEFT JOIN pg_class AS whole ON whole.oid = h.inhparent
       LEFT JOIN pg_class AS fc ON fc.oid = con.confrelid AND con.contype = 'f'
       LEFT JOIN pg_namespace AS fn ON fn.oid = fc.relnamespace
      WHERE con.contype IN ('p', 'u', 'f', 'c', 'x') AND c.relkind IN ('r', 'p') AND {scope}
        AND parent.conrelid IS DISTINCT FROM con.conrelid
      ORDER BY con.conrelid, position(con.contype::text IN 'pufcx'), con.conname",
        columns = names("con.conrelid", "con.conkey"),
        enforced = ask.since(180_000, "con.conenforced", "true"),
        include = names("i.indrelid", "(i.indkey::int2[])[i.indnkeyatts:]"),
        distinct = ask.since(150_000, "i.indnullsnotdistinct", "false"),
        period = ask.since(180_000, "con.conperiod", "false"),
        referenced = names("con.confrelid", "con.confkey"),
        set_columns = if ask.version >= 150_000 {
            names("con.conrelid", "con.confdelsetcols")
        } else {
            "NULL".to_owned()
        },
        scope = ask.hanging("con.conrelid"),
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let (number, relation) = (cells.oid()?, cells.oid()?);
        let Some(table) = found.tables.get_mut(&relation) else {
            continue;
        };
        let constraint = constraint(&mut cells)?;
        if let Some(name) = &constraint.name {
            let identity = ObjectIdentity::Constraint(table.name.clone(), name.clone());
            found.identities.insert((edges::CONSTRAINT, number), identity);
        }
        table.constraints.push(constraint);
    }
    Ok(())
}

fn constraint(cells: &mut Cells<'_>) -> Read<Constraint> {
    let name = Some(cells.ident()?);
    let kind = cells.text()?;
    let deferrable = match (cells.flag()?, cells.flag()?) {
        (false, _) => Deferrability::NotDeferrable,
        (true, false) => Deferrability::InitiallyImmediate,
        (true, true) => Deferrability::InitiallyDeferred,
    };
    let mut attributes = Attributes::default();
    attributes.set("inherited", cells.optional()?);
    let columns = cells.names()?;
    let expression = cells.expr()?.unwrap_or_else(|| expression(""));
    let no_inherit = cells.flag()?;
    mark(&mut attributes, "not valid", cells.flag()?);
    mark(&mut attributes, "not enforced", cells.flag()?);
    let kind = match kind {
        "c" => {
            mark(&mut attributes, "no inherit", no_inherit);
            ConstraintKind::Check(Check { expression, attributes })
        }
        "x" => ConstraintKind::Exclusion(Exclusion { definition: expression }),
        "f" => ConstraintKind::ForeignKey(foreign_key(cells, columns, deferrable, attributes)?),
        kind => {
            let key = key(cells, columns, deferrable, attributes)?;
            if kind == "p" {
                ConstraintKind::PrimaryKey(key)
            } else {
                ConstraintKind::Unique(key)
            }
        }
    };
    Ok(Constraint { name, kind })
}

fn key(cells: &mut Cells<'_>, columns: Vec<Ident>, deferrable: Deferrability, mut attributes: Attributes) -> Read<Key> {
    let include = cells.names()?;
    mark(&mut attributes, "nulls not distinct", cells.flag()?);
    mark(&mut attributes, "without overlaps", cells.flag()?);
    options(&mut attributes, "", &cells.list()?);
    attributes.set("tablespace", cells.optional()?);
    mark(&mut attributes, "invalid", cells.flag()?);
    attributes.set("part of", cells.optional()?);
    Ok(Key {
        columns: columns.into_iter().map(IndexKey::column).collect(),
        include,
        deferrable,
        attributes,
    })
}

fn foreign_key(
    cells: &mut Cells<'_>,
    columns: Vec<Ident>,
    deferrable: Deferrability,
    mut attributes: Attributes,
) -> Read<ForeignKey> {
    cells.list()?;
    cells.flag()?;
    mark(&mut attributes, "period", cells.flag()?);
    cells.list()?;
    cells.optional()?;
    cells.flag()?;
    cells.optional()?;
    let table = cells.object()?;
    let referenced = cells.names()?;
    let on_delete = action(cells.text()?);
    let on_update = action(cells.text()?);
    let matching = match cells.text()? {
        "f" => Some("full".to_owned()),
        "p" => Some("partial".to_owned()),
        _ => None,
    };
    let set: Vec<String> = cells
        .names()?
        .iter()
        .map(|name| quote_identifier(name.as_str()).into_owned())
        .collect();
    attributes.set("on delete set", (!set.is_empty()).then(|| set.join(", ")).as_deref());
    Ok(ForeignKey {
        columns,
        table,
        referenced,
        on_delete,
        on_update,
        matching,
        deferrable,
        attributes,
    })
}

fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}
