//! Standard type names, as the server at hand spells them.

use super::Dialect;
use crate::name::ObjectName;
use crate::op::Op;
use crate::schema::{Schema, TypeName};
use std::collections::BTreeSet;

/// How a layer means the names of types in its models and its portable revisions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TypeNames {
    /// As the server reads them.
    #[default]
    AsWritten,
    /// As standard ones, each spelled as ORMs of the server at hand want it: `json` is `json_text` on SQLite, where
    /// `json` would make numbers of texts.
    Standard,
}

/// Spells standard type names for a server.
#[derive(Clone)]
pub struct Spelling<'a> {
    dialect: &'a dyn Dialect,
    /// Enumerated types by name; only servers without such types need to know which names they are.
    enums: BTreeSet<ObjectName>,
}

impl<'a> Spelling<'a> {
    /// The spelling of a dialect, where these names are enumerated types.
    pub fn new(dialect: &'a dyn Dialect, enums: impl IntoIterator<Item = ObjectName>) -> Spelling<'a> {
        Spelling {
            dialect,
            enums: enums.into_iter().collect(),
        }
    }

    /// Whose spelling it is.
    pub fn dialect(&self) -> &'a dyn Dialect {
        self.dialect
    }

    /// A type as the server spells it.
    ///
    /// # Errors
    /// The server has no such type; why, as a lower-case fragment.
    pub fn of(&self, ty: &TypeName) -> Result<TypeName, String> {
        if !self.dialect.capability().enum_types && self.enums.contains(&self.dialect.flavor().object(ty.as_str())) {
            return self.dialect.standard_type(&TypeName::new("enum"));
        }
        self.dialect.standard_type(ty)
    }

    /// Spells the types in ops; what a server without enumerated types would do to one is nothing.
    ///
    /// # Errors
    /// The first type that the server does not have.
    pub fn spell_ops(&self, ops: &mut Vec<Op>) -> Result<(), String> {
        if !self.dialect.capability().enum_types {
            ops.retain(|op| !matches!(op, Op::CreateEnum(_) | Op::DropEnum(_) | Op::AlterEnum(_)));
        }
        for ty in ops.iter_mut().flat_map(Op::type_names_mut) {
            *ty = self.of(ty)?;
        }
        Ok(())
    }

    /// Spells the types of a schema.
    ///
    /// # Errors
    /// Every column whose type the server does not have, with why.
    pub fn spell_schema(&self, schema: &mut Schema) -> Result<(), Vec<(ObjectName, crate::name::Ident, String)>> {
        let mut unknown = Vec::new();
        for table in schema.tables.values_mut() {
            for column in &mut table.columns {
                match self.of(&column.ty) {
                    Ok(ty) => column.ty = ty,
                    Err(why) => unknown.push((table.name.clone(), column.name.clone(), why)),
                }
            }
        }
        if !self.dialect.capability().enum_types {
            schema.enums.clear();
        }
        if unknown.is_empty() { Ok(()) } else { Err(unknown) }
    }
}
