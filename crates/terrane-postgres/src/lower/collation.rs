//! A collation that becomes another under its columns. PostgreSQL changes none, so that the new one is made under the old
//! one's name, the columns change to it, and the old one goes.

use super::Lowering;
use super::say::{beside, ident, typed};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{Column, ObjectIdentity, Unmodelled};
use terrane_core::sql::unquote;

impl Lowering<'_> {
    /// Gives the name to the collation that comes, where columns have it; whether they do.
    pub(super) fn put_collation_aside(&mut self, old: &Unmodelled) -> bool {
        let comes = |(_, op): (usize, &Op)| matches!(op, Op::CreateUnmodelled(new) if new.name == old.name);
        if old.kind != "collation" || self.collated(old).is_empty() || !self.coming().any(comes) {
            return false;
        }
        self.push(format!(
            "ALTER COLLATION {} RENAME TO {}",
            beside(&old.name, old.name.name.as_str()),
            ident(&aside(old))
        ));
        true
    }

    /// Has the columns change to the collation that was made, and drops the one that it took the name of.
    pub(super) fn take_over_columns(&mut self, new: &Unmodelled) {
        let Some(old) = self
            .before
            .unmodelled
            .get(&new.name)
            .filter(|old| old.kind == "collation")
        else {
            return;
        };
        let columns = self.collated(old);
        if columns.is_empty() {
            return;
        }
        for (table, column) in &columns {
            let schema = column.attributes.get("collation schema");
            let ty = typed(&column.ty, column.collation.as_ref(), schema);
            self.alter_column(table, &column.name, format!("TYPE {ty}"));
        }
        let aside = aside(old);
        self.push(format!("DROP COLLATION {}", beside(&old.name, &ident(&aside))));
    }

    /// The columns that have a collation, save those that they have from a parent.
    fn collated(&self, collation: &Unmodelled) -> Vec<(ObjectName, Column)> {
        let identity = ObjectIdentity::Other(collation.name.clone());
        let columns = self.before.edges.dependents(&identity).filter_map(|dependent| {
            let ObjectIdentity::Column(table, column) = dependent else {
                return None;
            };
            let table = self.work.tables.get(table)?;
            let is_own =
                |column: &&Column| !column.attributes.has("inherited") && !table.attributes.has("partition of");
            let column = table.column(column).filter(is_own)?;
            let has_it = column.collation.as_ref().is_some_and(|name| *name == bare(collation));
            has_it.then(|| (table.name.clone(), column.clone()))
        });
        columns.collect()
    }
}

fn bare(collation: &Unmodelled) -> Ident {
    let name = &collation.name.name;
    name.sibling(unquote(name.as_str()).into_owned())
}

fn aside(collation: &Unmodelled) -> Ident {
    let bare = bare(collation);
    bare.sibling(format!("_terrane_old_{bare}"))
}
