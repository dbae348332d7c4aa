//! SeaORM's column types as standard SQL names.

use sea_orm::sea_query::{ColumnType, PgInterval, StringLen};
use terrane_model::EnumType;

/// The standard name of a type. Types that only some servers have keep their name there; whether the server at hand has
/// them is its dialect's to say.
pub(crate) fn name(ty: &ColumnType) -> Option<String> {
    let sized = |name: &str, size: &dyn std::fmt::Display| format!("{name}({size})");
    let plain = str::to_owned;
    Some(match ty {
        ColumnType::Char(None) => plain("char"),
        ColumnType::Char(Some(length)) => sized("char", length),
        ColumnType::String(StringLen::N(length)) => sized("varchar", length),
        // MySQL has no varchar without a length; SeaORM takes its longest.
        ColumnType::String(StringLen::None | StringLen::Max) => plain("varchar"),
        ColumnType::Text => plain("text"),
        ColumnType::Blob => plain("blob"),
        ColumnType::TinyInteger => plain("tinyint"),
        ColumnType::SmallInteger => plain("smallint"),
        ColumnType::Integer => plain("integer"),
        ColumnType::BigInteger => plain("bigint"),
        ColumnType::TinyUnsigned => plain("tinyint unsigned"),
        ColumnType::SmallUnsigned => plain("smallint unsigned"),
        ColumnType::Unsigned => plain("integer unsigned"),
        ColumnType::BigUnsigned => plain("bigint unsigned"),
        ColumnType::Float => plain("real"),
        ColumnType::Double => plain("double precision"),
        ColumnType::Decimal(None) => plain("decimal"),
        ColumnType::Decimal(Some((precision, scale))) => format!("decimal({precision}, {scale})"),
        ColumnType::Money(None) => plain("money"),
        ColumnType::Money(Some((precision, scale))) => format!("money({precision}, {scale})"),
        ColumnType::DateTime => plain("datetime"),
        ColumnType::Timestamp => plain("timestamp"),
        ColumnType::TimestampWithTimeZone => plain("timestamp with time zone"),
        ColumnType::Time => plain("time"),
        ColumnType::Date => plain("date"),
        ColumnType::Year => plain("year"),
        ColumnType::Interval(fields, precision) => interval(fields.as_ref(), *precision),
        ColumnType::Binary(length) => sized("binary", length),
        ColumnType::VarBinary(StringLen::N(length)) => sized("varbinary", length),
        ColumnType::VarBinary(StringLen::None | StringLen::Max) => plain("varbinary"),
        ColumnType::Bit(None) => plain("bit"),
        ColumnType::Bit(Some(length)) => sized("bit", length),
        ColumnType::VarBit(length) => sized("varbit", length),
        ColumnType::Boolean => plain("boolean"),
        ColumnType::Json => plain("json"),
        ColumnType::JsonBinary => plain("jsonb"),
        ColumnType::Uuid => plain("uuid"),
        ColumnType::Custom(name) | ColumnType::Enum { name, .. } => name.to_string(),
        ColumnType::Array(element) => format!("{}[]", name(element)?),
        ColumnType::Vector(None) => plain("vector"),
        ColumnType::Vector(Some(size)) => sized("vector", size),
        ColumnType::Cidr => plain("cidr"),
        ColumnType::Inet => plain("inet"),
        ColumnType::MacAddr => plain("macaddr"),
        ColumnType::LTree => plain("ltree"),
        // SeaORM may learn further types before this crate does.
        _ => return None,
    })
}

/// The enumerated type that a column's type is, or is an array of.
pub(crate) fn enum_type(ty: &ColumnType) -> Option<EnumType> {
    match ty {
        ColumnType::Enum { name, variants } => Some(EnumType {
            name: name.to_string(),
            values: variants.iter().map(ToString::to_string).collect(),
        }),
        ColumnType::Array(element) => enum_type(element),
        _ => None,
    }
}

fn interval(fields: Option<&PgInterval>, precision: Option<u32>) -> String {
    let fields = fields
        .map(|fields| format!(" {fields}").to_lowercase())
        .unwrap_or_default();
    let precision = precision.map(|precision| format!("({precision})")).unwrap_or_default();
    format!("interval{fields}{precision}")
}
