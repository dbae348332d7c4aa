//! What SQLite makes of a declared type.
//!
//! It keeps the words as they were written and lets any value into any column, so there is nothing to translate; a few
//! names mean more than others all the same.

use terrane_core::name::Ident;
use terrane_core::schema::{Key, Table, TypeName};

/// The types of other servers that count up there as `INTEGER` does here.
const COUNTING: [&str; 9] = [
    "int",
    "bigint",
    "smallint",
    "int2",
    "int4",
    "int8",
    "serial",
    "bigserial",
    "smallserial",
];

/// Whether a column of that type counts on other servers, and has to be called `INTEGER` here to do so.
pub(crate) fn counts_elsewhere(ty: &TypeName) -> bool {
    COUNTING.contains(&ty.canonical())
}

/// Whether the type is exactly the one that makes a primary key the rowid (sqlite.org/lang_createtable.html, "ROWIDs
/// and the INTEGER PRIMARY KEY").
pub(crate) fn is_integer(ty: &TypeName) -> bool {
    ty.canonical() == "integer"
}

/// The column that is another name of the rowid, if there is one.
pub(crate) fn rowid_alias(table: &Table) -> Option<&Ident> {
    if !has_rowid(table) {
        return None;
    }
    let key = table.primary_key().filter(|key| is_single(key))?;
    let name = key.names().next()?;
    let column = table.column(name)?;
    (is_integer(&column.ty) && !key.columns[0].descending).then_some(&column.name)
}

/// Whether rows of the table have a rowid.
pub(crate) fn has_rowid(table: &Table) -> bool {
    !table.attributes.has("without rowid")
}

/// A name under which the rowid can be read and written in both tables: one that is no column's in either.
pub(crate) fn rowid_name(before: &Table, after: &Table) -> Option<&'static str> {
    let taken = |name: &str| {
        let mut columns = before.columns.iter().chain(&after.columns);
        columns.any(|column| column.name.as_str().eq_ignore_ascii_case(name))
    };
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken(name))
}

fn is_single(key: &Key) -> bool {
    key.columns.len() == 1
}

/// What a column does to the values that are put into it (sqlite.org/datatype3.html, section 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Affinity {
    /// Texts that look like numbers become integers or floats.
    Integer,
    /// The same.
    Numeric,
    /// The same, and integers become floats.
    Real,
    /// Numbers become texts.
    Text,
    /// Values stay what they are.
    Blob,
}

/// The affinity of a declared type. `ANY` keeps values as they are in a STRICT table, and is `NUMERIC` elsewhere.
pub(crate) fn affinity(ty: &TypeName, strict: bool) -> Affinity {
    let name = ty.canonical();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    match () {
        () if strict && name == "any" => Affinity::Blob,
        () if has(&["int"]) => Affinity::Integer,
        () if has(&["char", "clob", "text"]) => Affinity::Text,
        () if name.is_empty() || has(&["blob"]) => Affinity::Blob,
        () if has(&["real", "floa", "doub"]) => Affinity::Real,
        () => Affinity::Numeric,
    }
}

/// Standard types as SeaORM spells them on SQLite (sea-query 1.0, its backend for SQLite), so that the affinity of a
/// column is the one with which it reads its values back: a `decimal` that was kept as an integer, or a JSON number that
/// became one, would be refused. Arguments are kept.
const STANDARD: [(&str, &str); 38] = [
    ("bigint", "integer"),
    ("bigint unsigned", "integer"),
    ("binary", "blob"),
    ("blob", "blob"),
    ("bool", "boolean"),
    ("boolean", "boolean"),
    ("bytea", "blob"),
    ("char", "char"),
    ("character", "char"),
    ("character varying", "varchar"),
    ("date", "date_text"),
    ("datetime", "datetime_text"),
    ("dec", "real"),
    ("decimal", "real"),
    ("double", "double"),
    ("double precision", "double"),
    ("enum", "enum_text"),
    ("float", "float"),
    ("int", "integer"),
    ("integer", "integer"),
    ("integer unsigned", "integer"),
    ("json", "json_text"),
    ("jsonb", "jsonb_text"),
    ("money", "real_money"),
    ("numeric", "real"),
    ("real", "float"),
    ("smallint", "smallint"),
    ("smallint unsigned", "smallint"),
    ("text", "text"),
    ("time", "time_text"),
    ("timestamp", "timestamp_text"),
    ("timestamp with time zone", "timestamp_with_timezone_text"),
    ("timestamp without time zone", "datetime_text"),
    ("timestamptz", "timestamp_with_timezone_text"),
    ("tinyint", "tinyint"),
    ("tinyint unsigned", "tinyint"),
    ("uuid", "uuid_text"),
    ("varbinary", "varbinary_blob"),
];

/// Types for which nothing stands in on SQLite: SeaORM binds none of their values there.
const MISSING: [&str; 10] = [
    "bit",
    "cidr",
    "inet",
    "interval",
    "ltree",
    "macaddr",
    "varbit",
    "vector",
    "year",
    "bit varying",
];

/// What stands for a standard type. One in double quotes is none: it is declared as it stands between them, since to
/// SQLite a type is any text.
pub(crate) fn standard_type(ty: &TypeName) -> Result<TypeName, String> {
    if let Some(text) = quoted(ty.as_str()) {
        return Ok(TypeName::new(text));
    }
    let words = ty.words();
    let first = words.split(' ').next().unwrap_or("");
    if words.ends_with("[]") {
        return Err(format!("it has no arrays, and `{ty}` is one"));
    }
    if MISSING.contains(&words.as_str()) || first == "interval" {
        return Err(format!("it has no type `{words}`"));
    }
    let Some((_, ours)) = STANDARD.iter().find(|(standard, _)| *standard == words) else {
        return Ok(ty.clone());
    };
    let arguments = ty.arguments();
    Ok(TypeName::new(match (*ours, arguments.as_slice()) {
        ("real", []) => "real_decimal".to_owned(),
        (ours, []) => ours.to_owned(),
        // A fraction of seconds is no length of a text.
        (ours, _) if ours.ends_with("_text") => ours.to_owned(),
        (ours, arguments) => format!("{ours}({})", arguments.join(", ")),
    }))
}

/// What stands between the double quotes around a text.
fn quoted(text: &str) -> Option<String> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    let plain = inside.replace("\"\"", "");
    (!plain.contains('"')).then(|| inside.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_in_quotes_is_declared_as_it_stands() {
        for (quoted, ours) in [
            ("\"NUMERIC(10,2)\"", "NUMERIC(10,2)"),
            ("\"interval\"", "interval"),
            ("\"\"\"x\"\"\"", "\"x\""),
            ("\"a\" \"b\"", "\"a\" \"b\""),
        ] {
            assert_eq!(
                standard_type(&TypeName::new(quoted)),
                Ok(TypeName::new(ours)),
                "{quoted}"
            );
        }
    }

    #[test]
    fn standard_types_are_spelled_as_seaorm_spells_them() {
        for (standard, ours) in [
            ("varchar(32)", "varchar(32)"),
            ("DECIMAL(8,3)", "real(8, 3)"),
            ("numeric", "real_decimal"),
            ("timestamp(3) with time zone", "timestamp_with_timezone_text"),
            ("bigint", "integer"),
            ("citext", "citext"),
        ] {
            assert_eq!(
                standard_type(&TypeName::new(standard)),
                Ok(TypeName::new(ours)),
                "{standard}"
            );
        }
        assert!(standard_type(&TypeName::new("integer[]")).is_err());
        assert!(standard_type(&TypeName::new("interval year to month")).is_err());
    }

    #[test]
    fn every_name_in_the_table_is_in_its_normal_form() {
        for (standard, ours) in STANDARD {
            assert_eq!(TypeName::new(standard).canonical(), standard);
            assert_eq!(TypeName::new(ours).canonical(), ours);
        }
    }
}
