//! The Rust type of a column, and how SeaORM is told the type that the server has.

use terrane_core::dialect::Dialect;
use terrane_core::schema::TypeName;

/// The type of a field.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct FieldType {
    /// In Rust, without `Option`.
    pub(super) rust: &'static str,
    /// `column_type`, where it does not follow from the Rust type.
    pub(super) attribute: Option<String>,
    /// What the declaration has to say, since no type of SeaORM's is spelled so.
    pub(super) declared: Option<String>,
    /// As what a value has to be read, lest SeaORM refuse it.
    pub(super) select_as: Option<&'static str>,
    /// Whether the Rust type does not follow from the server's.
    pub(super) is_guess: bool,
}

impl FieldType {
    /// The feature of SeaORM that has the Rust type.
    pub(super) fn feature(&self) -> Option<&'static str> {
        match self.rust {
            "Date" | "Time" | "DateTime" | "DateTimeUtc" => Some("with-chrono"),
            "Decimal" => Some("with-rust_decimal"),
            "Json" => Some("with-json"),
            "Uuid" => Some("with-uuid"),
            "IpNetwork" => Some("with-ipnetwork"),
            _ => None,
        }
    }
}

/// A standard type, the `column_type` that stands for it (empty, where the Rust type says it), and the Rust type. `{0}`
/// and `{1}` are arguments.
type Standard = (&'static str, &'static str, &'static str);

/// In the order in which they are tried: a server may spell several alike.
const STANDARD: [Standard; 36] = [
    ("bigint", "", "i64"),
    ("integer", "", "i32"),
    ("smallint", "", "i16"),
    ("tinyint", "", "i8"),
    ("boolean", "", "bool"),
    ("varchar({0})", "String(StringLen::N({0}))", "String"),
    ("varchar", "", "String"),
    ("text", "Text", "String"),
    ("char({0})", "Char(Some({0}))", "String"),
    ("char", "Char(None)", "String"),
    ("real", "", "f32"),
    ("double precision", "", "f64"),
    ("decimal({0}, {1})", "Decimal(Some(({0}, {1})))", "Decimal"),
    ("decimal", "", "Decimal"),
    ("money({0}, {1})", "Money(Some(({0}, {1})))", "Decimal"),
    ("money", "Money(None)", "Decimal"),
    ("date", "", "Date"),
    ("time", "", "Time"),
    ("datetime", "", "DateTime"),
    ("timestamp with time zone", "", "DateTimeUtc"),
    ("timestamp", "Timestamp", "DateTimeUtc"),
    ("json", "", "Json"),
    ("jsonb", "JsonBinary", "Json"),
    ("uuid", "", "Uuid"),
    ("blob", "Blob", "Vec<u8>"),
    ("binary({0})", "Binary({0})", "Vec<u8>"),
    ("varbinary({0})", "VarBinary(StringLen::N({0}))", "Vec<u8>"),
    ("varbinary", "", "Vec<u8>"),
    ("tinyint unsigned", "", "u8"),
    ("smallint unsigned", "", "u16"),
    ("integer unsigned", "", "u32"),
    ("bigint unsigned", "", "u64"),
    ("year", "Year", "i32"),
    ("cidr", "Cidr", "IpNetwork"),
    ("inet", "Inet", "IpNetwork"),
    ("macaddr", "MacAddr", "String"),
];

/// Parts of a type's name, and what its values are: the rule by which SQLite finds the affinity of a type
/// (sqlite.org/datatype3.html, section 3.1), with the words that other tools declare in between. The first that is found
/// counts. What SQLite may have made a number of, or an integer, is read as what it was.
const PARTS: [(&str, &str, Option<&str>); 26] = [
    ("json", "Json", Some("text")),
    ("uuid", "String", None),
    ("guid", "String", None),
    ("bool", "bool", None),
    ("interval", "String", None),
    ("point", "String", None),
    ("int", "i64", None),
    ("serial", "i64", None),
    ("year", "i64", None),
    ("char", "String", None),
    ("clob", "String", None),
    ("text", "String", None),
    ("string", "String", None),
    ("enum", "String", None),
    ("blob", "Vec<u8>", None),
    ("binary", "Vec<u8>", None),
    ("bytea", "Vec<u8>", None),
    ("real", "f64", None),
    ("floa", "f64", None),
    ("doub", "f64", None),
    ("timestamptz", "DateTimeUtc", None),
    ("with time zone", "DateTimeUtc", None),
    ("datetime", "DateTime", None),
    ("timestamp", "DateTime", None),
    ("date", "Date", None),
    ("time", "Time", None),
];

/// Exact numbers. SQLite keeps those that are whole as integers, which SeaORM does not take for decimals.
const EXACT: [&str; 4] = ["num", "dec", "money", "currency"];

/// The type of a column that is declared so.
pub(super) fn field_type(ty: &TypeName, dialect: &dyn Dialect) -> FieldType {
    let spelled = |standard: &str| dialect.standard_type(&TypeName::new(standard));
    // A server that does not tell widths apart keeps every number as wide as it can.
    let one_width = spelled("bigint") == spelled("integer");
    for (standard, attribute, rust) in STANDARD {
        let Some(standard) = filled(standard, ty) else { continue };
        if spelled(&standard).as_ref() != Ok(ty) {
            continue;
        }
        let (attribute, rust) = if rust == "f32" && one_width {
            ("Float", "f64")
        } else {
            (attribute, rust)
        };
        return FieldType {
            rust,
            attribute: filled(attribute, ty).filter(|attribute| !attribute.is_empty()),
            ..FieldType::default()
        };
    }
    let declared = match spelled(ty.as_str()) {
        Ok(same) if same == *ty && !is_quoted(ty.as_str()) => ty.as_str().to_owned(),
        _ => format!("\"{}\"", ty.as_str().replace('"', "\"\"")),
    };
    FieldType {
        declared: Some(declared),
        ..by_parts(ty)
    }
}

fn is_quoted(text: &str) -> bool {
    text.starts_with('"')
}

fn by_parts(ty: &TypeName) -> FieldType {
    let name = ty.canonical();
    if let Some((_, rust, select_as)) = PARTS.iter().find(|(part, ..)| name.contains(part)) {
        return FieldType {
            rust,
            select_as: *select_as,
            ..FieldType::default()
        };
    }
    if EXACT.iter().any(|part| name.contains(part)) {
        return FieldType {
            rust: "Decimal",
            select_as: Some("real"),
            ..FieldType::default()
        };
    }
    FieldType {
        // Bytes take texts as well.
        rust: "Vec<u8>",
        is_guess: true,
        ..FieldType::default()
    }
}

/// A pattern with the arguments of the type in their places; nothing, where these are others, or no numbers.
fn filled(pattern: &str, ty: &TypeName) -> Option<String> {
    let arguments = ty.arguments();
    if pattern.is_empty() {
        return Some(String::new());
    }
    let wanted = pattern.matches('{').count();
    let fits = wanted == 0 || (wanted == arguments.len() && arguments.iter().all(|text| text.parse::<u32>().is_ok()));
    fits.then(|| {
        let mut text = pattern.to_owned();
        for (at, argument) in arguments.iter().enumerate() {
            text = text.replace(&format!("{{{at}}}"), argument);
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use terrane_sqlite::Sqlite;

    fn on_sqlite(declared: &str) -> String {
        let ty = field_type(&TypeName::new(declared), &Sqlite);
        let parts = [
            Some(ty.rust.to_owned()),
            ty.attribute,
            ty.declared.map(|sql| format!("`{sql}`")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_seaorm_spells_is_a_type_of_seaorm_s() {
        for (declared, expected) in [
            ("INTEGER", "i64"),
            ("smallint", "i16"),
            ("VARCHAR(20)", "String String(StringLen::N(20))"),
            ("varchar", "String"),
            ("TEXT", "String Text"),
            ("real(8, 3)", "Decimal Decimal(Some((8, 3)))"),
            ("real_decimal", "Decimal"),
            ("float", "f64 Float"),
            ("DOUBLE", "f64"),
            ("uuid_text", "Uuid"),
            ("timestamp_with_timezone_text", "DateTimeUtc"),
            ("timestamp_text", "DateTimeUtc Timestamp"),
            ("blob(16)", "Vec<u8> Binary(16)"),
            ("varbinary_blob", "Vec<u8>"),
            ("jsonb_text", "Json JsonBinary"),
        ] {
            assert_eq!(on_sqlite(declared), expected, "{declared}");
        }
    }

    #[test]
    fn any_other_is_declared_to_the_letter() {
        for (declared, expected) in [
            ("INT", "i64 `\"INT\"`"),
            ("NUMERIC(10,2)", "Decimal `\"NUMERIC(10,2)\"`"),
            ("REAL", "f64 `\"REAL\"`"),
            ("DATETIME", "DateTime `\"DATETIME\"`"),
            ("enum_text", "String `enum_text`"),
            ("VARCHAR(max)", "String `VARCHAR(max)`"),
            ("", "Vec<u8> ``"),
            ("\"odd\"", "Vec<u8> `\"\"\"odd\"\"\"`"),
        ] {
            assert_eq!(on_sqlite(declared), expected, "{declared}");
        }
    }

    #[test]
    fn a_type_that_is_declared_to_the_letter_is_spelled_to_the_letter() {
        for declared in [
            "INT",
            "NUMERIC(10,2)",
            "UNSIGNED BIG INT",
            "",
            "\"odd\"",
            "interval",
            "int[]",
            "varchar(1,2)",
        ] {
            let ty = TypeName::new(declared);
            let said = field_type(&ty, &Sqlite).declared.unwrap();
            assert_eq!(Sqlite.standard_type(&TypeName::new(said)), Ok(ty), "{declared}");
        }
    }
}
