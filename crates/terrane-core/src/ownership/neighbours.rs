//! Tables of other layers that a step may well lock without changing them.

use super::Ownership;
use crate::name::{LayerName, ObjectName};
use crate::schema::Schema;
use std::collections::BTreeSet;

impl Ownership {
    /// Tables of other layers among those touched, and at the other end of a foreign key of one of them; of any table of
    /// the layer's, where nobody knows which it touches. A server locks both ends when a key is made, changed or dropped.
    pub fn neighbours(
        &self,
        layer: &LayerName,
        touched: &BTreeSet<ObjectName>,
        understood: bool,
        schema: &Schema,
    ) -> BTreeSet<ObjectName> {
        if !self.others_own(layer) {
            return BTreeSet::new();
        }
        let is_others = |name: &ObjectName| self.owner_of_relation(name).is_some_and(|owner| owner.layer != *layer);
        let mut found: BTreeSet<ObjectName> = touched.iter().filter(|name| is_others(name)).cloned().collect();
        for table in schema.tables.values() {
            for (_, key) in table.foreign_keys() {
                let ends = [&table.name, &key.table];
                if (!understood || ends.iter().any(|end| touched.contains(*end)))
                    && is_others(ends[0]) != is_others(ends[1])
                {
                    found.extend(ends.into_iter().filter(|end| is_others(end)).cloned());
                }
            }
        }
        found
    }
}
