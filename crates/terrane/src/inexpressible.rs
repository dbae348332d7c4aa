//! What models of an ORM have no words for: a view, a trigger, a function, whatever has no noun. A revision that is written by
//! hand makes it, and no model says that it should go.

use terrane_core::schema::{Attributes, Schema};

/// A layer's share without what the models cannot say and do not. `wish` is what they say; `attributes_too`, where the server
/// has attributes of tables and columns that they have no words for either.
pub(crate) fn only_expressible(share: &Schema, wish: &Schema, attributes_too: bool) -> Schema {
    let mut said = share.clone();
    said.views.retain(|name, _| wish.views.contains_key(name));
    // One that a column owns is the column's: it goes when the column is numbered otherwise.
    said.sequences
        .retain(|name, sequence| wish.sequences.contains_key(name) || sequence.options.as_str().contains("OWNED BY"));
    said.routines.retain(|name, _| wish.routines.contains_key(name));
    said.unmodelled.retain(|name, _| wish.unmodelled.contains_key(name));
    for (name, table) in &mut said.tables {
        let Some(wish) = wish.tables.get(name) else { continue };
        table.triggers.retain(|name, _| wish.triggers.contains_key(name));
        if !attributes_too {
            continue;
        }
        keep_said(&mut table.attributes, &wish.attributes);
        for column in &mut table.columns {
            if let Some(wish) = wish.column(&column.name) {
                keep_said(&mut column.attributes, &wish.attributes);
            }
        }
        for (name, index) in &mut table.indexes {
            if let Some(wish) = wish.indexes.get(name) {
                keep_said(&mut index.attributes, &wish.attributes);
            }
        }
    }
    said
}

fn keep_said(attributes: &mut Attributes, wish: &Attributes) {
    let unsaid: Vec<String> = attributes
        .iter()
        .map(|(name, _)| name.to_owned())
        .filter(|name| !wish.has(name))
        .collect();
    unsaid.iter().for_each(|name| attributes.set(name, None));
}
