//! Names of types, as PostgreSQL itself says them (`format_type`).

use terrane_core::schema::TypeName;

/// What stands for a standard type.
pub(crate) fn standard_type(ty: &TypeName) -> Result<TypeName, String> {
    Ok(canonical(ty))
}

/// The name that `format_type` gives the type.
pub(crate) fn canonical(ty: &TypeName) -> TypeName {
    ty.clone()
}
