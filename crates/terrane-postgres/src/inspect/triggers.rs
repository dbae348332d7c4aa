//! Triggers of tables and views.

use super::ask::Ask;
use super::cells::{Cells, Read};
use super::edges;
use super::found::Found;
use crate::array_cast::expression;
use sqlx::postgres::PgRow;
use terrane_core::schema::{ObjectIdentity, Trigger};

/// A trigger that a partition has from its parent is the parent's, save for whether it is enabled. Until 14 it was internal.
pub(super) fn sql(ask: &Ask) -> String {
    format!(
        "SELECT g.oid, g.tgrelid, g.tgname, g.tgparentid <> 0,
            substr(pg_get_triggerdef(g.oid, true), strpos(pg_get_triggerdef(g.oid, true),
                ' TRIGGER ' || quote_ident(g.tgname)) + length(' TRIGGER ' || quote_ident(g.tgname)) + 1),
            g.tgconstraint <> 0,
            CASE WHEN g.tgenabled IS DISTINCT FROM coalesce(parent.tgenabled, 'O') THEN g.tgenabled END
       FROM pg_trigger AS g
       JOIN pg_class AS c ON c.oid = g.tgrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       LEFT JOIN pg_trigger AS parent ON parent.oid = g.tgparentid
      WHERE c.relkind IN ('r', 'p', 'v', 'm') AND (NOT g.tgisinternal OR NOT parent.tgisinternal) AND {}",
        ask.hanging("g.tgrelid")
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let (number, relation) = (cells.oid()?, cells.oid()?);
        let Some(owner) = found.relation(relation).cloned() else {
            continue;
        };
        let name = cells.ident()?;
        let inherited = cells.flag()?;
        let text = cells.text()?;
        let is_constraint = cells.flag()?;
        let enabled = match cells.text()? {
            "O" => Some("enabled"),
            "D" => Some("disabled"),
            "R" => Some("replica"),
            "A" => Some("always"),
            _ => None,
        };
        let (triggers, attributes) = match (found.tables.get_mut(&relation), found.views.get_mut(&relation)) {
            (Some(table), _) => (&mut table.triggers, &mut table.attributes),
            (None, Some(view)) => (&mut view.triggers, &mut view.attributes),
            (None, None) => continue,
        };
        attributes.set(&format!("trigger {name}"), enabled);
        if inherited {
            continue;
        }
        if is_constraint {
            attributes.set(&format!("constraint trigger {name}"), Some(""));
        }
        let identity = ObjectIdentity::Trigger(owner.clone(), name.clone());
        found.identities.insert((edges::TRIGGER, number), identity);
        let trigger = Trigger {
            name: name.clone(),
            relation: owner.clone(),
            definition: expression(text),
        };
        triggers.insert(name, trigger);
    }
    Ok(())
}
