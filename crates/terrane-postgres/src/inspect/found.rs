//! What has been read so far, by the numbers that the catalog gives.

use super::cells::{Cells, Read, object};
use crate::FLAVOR;
use crate::array_cast::expression;
use sqlx::postgres::PgRow;
use std::collections::BTreeMap;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::schema::{ObjectIdentity, Schema, Table, Unmodelled, View};

/// Tables and views until they are complete, and the rest of the schema.
#[derive(Default)]
pub(super) struct Found {
    pub(super) tables: BTreeMap<u32, Table>,
    pub(super) views: BTreeMap<u32, View>,
    pub(super) schema: Schema,
    /// Columns, by their table's number and their own in it.
    pub(super) columns: BTreeMap<(u32, u32), Ident>,
    /// What the schema calls an object, by its catalog's number and its own.
    pub(super) identities: BTreeMap<(u32, u32), ObjectIdentity>,
    /// What each annotation is about: catalog, number, column.
    pub(super) annotations: Vec<(ObjectIdentity, (u32, u32, u32))>,
}

impl Found {
    /// The table or view of that number.
    pub(super) fn relation(&self, oid: u32) -> Option<&ObjectName> {
        let table = self.tables.get(&oid).map(|table| &table.name);
        table.or_else(|| self.views.get(&oid).map(|view| &view.name))
    }

    /// Keeps something that the model has no noun for. A name that another kind may have as well gets the kind behind it,
    /// in a comment, with which it is still what `DROP` wants: the name that is given back.
    pub(super) fn keep(&mut self, kind: &str, mut name: ObjectName, definition: &str) -> ObjectName {
        // The last is for an extension that is called as a type in `public` is.
        if Unmodelled::says_its_kind(kind) || self.schema.unmodelled.contains_key(&name) {
            name.name = FLAVOR.ident(&Unmodelled::said_with_kind(name.name.as_str(), kind));
        }
        let other = Unmodelled {
            name: name.clone(),
            kind: kind.to_owned(),
            definition: expression(definition),
        };
        self.schema.unmodelled.insert(name.clone(), other);
        name
    }

    /// The schema.
    pub(super) fn finish(mut self) -> Schema {
        let tables = self.tables.into_values().map(|table| (table.name.clone(), table));
        let views = self.views.into_values().map(|view| (view.name.clone(), view));
        self.schema.tables = tables.collect();
        self.schema.views = views.collect();
        self.schema
    }
}

/// Reads rows `kind, schema, name, definition` of things that have no noun, and the catalog and the number of each; of an
/// annotation, those of the object that it is about, and the column.
pub(super) fn read_others(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let kind = cells.text()?;
        let schema = cells.text()?;
        let name = object(schema, cells.text()?);
        let kept = ObjectIdentity::Other(found.keep(kind, name, cells.text()?));
        let object = (cells.oid()?, cells.oid()?);
        if Unmodelled::is_annotation(kind) {
            found.annotations.push((kept, (object.0, object.1, cells.oid()?)));
        } else {
            found.identities.insert(object, kept);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kinds: &[&str]) -> Vec<String> {
        let mut found = Found::default();
        for kind in kinds {
            found.keep(kind, FLAVOR.object("news"), "…");
        }
        found.finish().unmodelled.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn two_kinds_may_have_one_name_and_neither_depends_on_the_other() {
        assert_eq!(names(&["extension", "publication"]), ["news", "news /* publication */"]);
        assert_eq!(names(&["publication"]), ["news /* publication */"]);
        assert_eq!(names(&["extension", "type"]), ["news", "news /* type */"]);
    }
}
