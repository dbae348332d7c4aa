//! What PostgreSQL itself would spell otherwise, as far as that is known without asking it.

use crate::types;
use terrane_core::schema::Schema;

pub(crate) fn normalize(schema: &mut Schema) {
    for column in schema.tables.values_mut().flat_map(|table| &mut table.columns) {
        column.ty = types::canonical(&column.ty);
    }
}
