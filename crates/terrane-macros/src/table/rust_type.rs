//! The types of Rust whose SQL names are known by how they are written.

use syn::{GenericArgument, PathArguments, PathSegment, Type};

/// What the type of a field says.
pub(crate) struct RustType<'t> {
    /// The type, or what is in its `Option`.
    pub(crate) inner: &'t Type,
    /// Whether it is an `Option`.
    pub(crate) optional: bool,
    /// The standard name of its SQL type, where it is known.
    pub(crate) sql: Option<String>,
}

impl<'t> RustType<'t> {
    pub(crate) fn of(ty: &'t Type) -> RustType<'t> {
        let inside = last_segment(ty)
            .filter(|segment| segment.ident == "Option")
            .and_then(argument);
        let inner = inside.unwrap_or(ty);
        RustType {
            inner,
            optional: inside.is_some(),
            sql: sql(inner),
        }
    }

    /// Whether it is an `Fk<…>`.
    pub(crate) fn is_foreign_key(&self) -> bool {
        last_segment(self.inner).is_some_and(|segment| segment.ident == "Fk" && argument(segment).is_some())
    }
}

/// The standard name of a type, the same that SeaORM's defaults lead to.
fn sql(ty: &Type) -> Option<String> {
    let segment = last_segment(ty)?;
    let name = segment.ident.to_string();
    let plain = match name.as_str() {
        "String" => "varchar",
        "char" => "char",
        "bool" => "boolean",
        "i8" => "tinyint",
        "i16" => "smallint",
        "i32" => "integer",
        "i64" => "bigint",
        "u8" => "tinyint unsigned",
        "u16" => "smallint unsigned",
        "u32" => "integer unsigned",
        "u64" => "bigint unsigned",
        "f32" => "real",
        "f64" => "double precision",
        "Uuid" => "uuid",
        "NaiveDate" | "Date" => "date",
        "NaiveTime" | "Time" => "time",
        "NaiveDateTime" | "PrimitiveDateTime" => "datetime",
        // chrono's has its time zone as an argument; SeaORM's prelude calls a naive one so, and jiff one of its calendar.
        "DateTime" if argument(segment).is_some() => "timestamp with time zone",
        "DateTime" if is_in(ty, "civil") => "timestamp",
        "DateTime" => "datetime",
        "OffsetDateTime" | "DateTimeUtc" | "DateTimeLocal" | "DateTimeWithTimeZone" => "timestamp with time zone",
        "Timestamp" if is_in(ty, "jiff") => "timestamp with time zone",
        "IpNetwork" => "inet",
        "MacAddress" => "macaddr",
        "Decimal" | "BigDecimal" => "decimal",
        "Value" | "Json" | "JsonValue" => "json",
        "Vec" => return argument(segment).and_then(vec),
        _ => return None,
    };
    Some(plain.to_owned())
}

fn vec(element: &Type) -> Option<String> {
    let is_byte = last_segment(element).is_some_and(|segment| segment.ident == "u8");
    if is_byte {
        return Some("varbinary".to_owned());
    }
    sql(element).map(|element| format!("{element}[]"))
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// Whether it is written as a member of that module.
fn is_in(ty: &Type, module: &str) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|segment| segment.ident == module),
        _ => false,
    }
}

/// The first type in angle brackets.
fn argument(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(rust: &str, expected: &str) {
        let ty: Type = syn::parse_str(rust).unwrap();
        let known = RustType::of(&ty);
        let null = if known.optional { " NULL" } else { "" };
        assert_eq!(format!("{}{null}", known.sql.unwrap_or_default()), expected, "{rust}");
    }

    #[test]
    fn types_are_known_by_their_last_name() {
        is("String", "varchar");
        is("Option<std::string::String>", "varchar NULL");
        is("::core::option::Option<i64>", "bigint NULL");
        is("Vec<u8>", "varbinary");
        is("Option<Vec<String>>", "varchar[] NULL");
        is("chrono::DateTime<chrono::Utc>", "timestamp with time zone");
        is("DateTime", "datetime");
        is("jiff::civil::DateTime", "timestamp");
        is("Option<jiff::Timestamp>", "timestamp with time zone NULL");
        is("Timestamp", "");
        is("time::OffsetDateTime", "timestamp with time zone");
        is("sqlx::types::Json<Settings>", "json");
        is("serde_json::Value", "json");
        is("rust_decimal::Decimal", "decimal");
        is("Mood", "");
        is("Option<Vec<Mood>>", " NULL");
        is("[u8; 16]", "");
        is("<A as B>::String", "");
    }

    #[test]
    fn a_foreign_key_is_known_through_an_option() {
        let ty: Type = syn::parse_str("Option<terrane_model::Fk<a::B>>").unwrap();
        assert!(RustType::of(&ty).is_foreign_key());
        let ty: Type = syn::parse_str("Fk").unwrap();
        assert!(!RustType::of(&ty).is_foreign_key());
    }
}
