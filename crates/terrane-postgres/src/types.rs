//! Names of types, as PostgreSQL itself says them (`format_type`).

use terrane_core::schema::TypeName;

/// Other names of PostgreSQL's types, and the one that `format_type` gives (table 8.1 of its manual).
const SYNONYMS: [(&str, &str); 27] = [
    ("bool", "boolean"),
    ("char", "character"),
    ("char varying", "character varying"),
    ("dec", "numeric"),
    ("decimal", "numeric"),
    ("double", "double precision"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("int", "integer"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("national char", "character"),
    ("national char varying", "character varying"),
    ("national character", "character"),
    ("national character varying", "character varying"),
    ("nchar", "character"),
    ("nchar varying", "character varying"),
    ("serial2", "smallserial"),
    ("serial4", "serial"),
    ("serial8", "bigserial"),
    ("time", "time without time zone"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("timetz", "time with time zone"),
    ("varbit", "bit varying"),
    ("varchar", "character varying"),
];

/// What stands for a standard type, as SeaORM spells it here (sea-query 1.0, its backend for PostgreSQL). Unsigned
/// numbers get the next larger type, of which `bigint` is the largest; bytes have no length.
const STANDARD: [(&str, &str); 13] = [
    ("bigint unsigned", "bigint"),
    ("binary", "bytea"),
    ("blob", "bytea"),
    ("datetime", "timestamp without time zone"),
    ("double", "double precision"),
    ("enum", "text"),
    ("int unsigned", "bigint"),
    ("integer unsigned", "bigint"),
    ("money", "money"),
    ("smallint unsigned", "integer"),
    ("tinyint", "smallint"),
    ("tinyint unsigned", "smallint"),
    ("varbinary", "bytea"),
];

/// Types whose argument is the fraction of seconds, and stands after the first word.
const WITH_PRECISION_INSIDE: [&str; 4] = [
    "time without time zone",
    "time with time zone",
    "timestamp without time zone",
    "timestamp with time zone",
];

/// What stands for a standard type.
pub(crate) fn standard_type(ty: &TypeName) -> Result<TypeName, String> {
    let (element, is_array) = split_array(ty.canonical());
    let element = TypeName::new(element);
    let words = element.words();
    if words == "year" {
        return Err("it has no type `year`".to_owned());
    }
    let ours = STANDARD.iter().find(|(standard, _)| *standard == words);
    let ours = match ours {
        Some((_, ours)) => with_arguments(ours, &standard_arguments(ours, &element)),
        None => element.as_str().to_owned(),
    };
    Ok(canonical(&TypeName::new(if is_array {
        format!("{ours}[]")
    } else {
        ours
    })))
}

/// Money and bytes take none here; a fraction of seconds stays.
fn standard_arguments<'t>(ours: &str, ty: &'t TypeName) -> Vec<&'t str> {
    if WITH_PRECISION_INSIDE.contains(&ours) {
        ty.arguments()
    } else {
        Vec::new()
    }
}

/// The name that `format_type` gives the type, where that can be told without asking; any other name stays.
///
/// `serial` and the like are no types; they stay for whoever makes the column.
pub(crate) fn canonical(ty: &TypeName) -> TypeName {
    let (element, is_array) = split_array(ty.canonical());
    let element = unqualified(element);
    if element.is_empty() || element.starts_with('"') || element.starts_with("interval") {
        return suffixed(element.to_owned(), is_array);
    }
    let name = TypeName::new(element);
    let words = name.words();
    let known = SYNONYMS.iter().find(|(synonym, _)| *synonym == words);
    let ours = known.map_or(words.as_str(), |(_, ours)| ours);
    let arguments = name.arguments();
    suffixed(settled(ours, &arguments), is_array)
}

/// A type of PostgreSQL's own catalog, or of the namespace that goes without saying.
fn unqualified(name: &str) -> &str {
    let bare = name
        .strip_prefix("pg_catalog.")
        .or_else(|| name.strip_prefix("public."));
    bare.unwrap_or(name)
}

fn suffixed(element: String, is_array: bool) -> TypeName {
    TypeName::new(if is_array { format!("{element}[]") } else { element })
}

/// The arguments that PostgreSQL adds, or makes something else of.
fn settled(name: &str, arguments: &[&str]) -> String {
    match (name, arguments) {
        ("character", []) => "character(1)".to_owned(),
        ("bit", []) => "bit(1)".to_owned(),
        ("bpchar", [length]) => format!("character({length})"),
        ("numeric", [precision]) => format!("numeric({precision},0)"),
        ("float", []) => "double precision".to_owned(),
        ("float", [bits]) if bits.parse::<u8>().is_ok_and(|bits| bits <= 24) => "real".to_owned(),
        ("float", _) => "double precision".to_owned(),
        _ => with_arguments(name, arguments),
    }
}

fn with_arguments(name: &str, arguments: &[&str]) -> String {
    if arguments.is_empty() {
        return name.to_owned();
    }
    let arguments = arguments.join(",");
    match name.split_once(' ') {
        Some((first, rest)) if WITH_PRECISION_INSIDE.contains(&name) => format!("{first}({arguments}) {rest}"),
        _ => format!("{name}({arguments})"),
    }
}

/// The type of an array's elements. How many dimensions were declared, and how long, PostgreSQL does not keep (section
/// 8.15.1 of its manual).
fn split_array(name: &str) -> (&str, bool) {
    let mut element = name.trim_end();
    let mut is_array = false;
    loop {
        let shorter = match element.strip_suffix(']') {
            Some(open) => open.rfind('[').map(|at| open[..at].trim_end()),
            None => element.strip_suffix(" array"),
        };
        match shorter {
            Some(shorter) => element = shorter,
            None => return (element, is_array),
        }
        is_array = true;
    }
}

/// The type without its arguments, as PostgreSQL writes it in a cast of a literal.
pub(crate) fn of_cast(ty: &TypeName) -> String {
    let (element, is_array) = split_array(ty.canonical());
    let words = TypeName::new(element).words();
    let bare = match words.as_str() {
        "character" => "bpchar".to_owned(),
        _ if element.starts_with('"') => element.to_owned(),
        _ => words,
    };
    if is_array { format!("{bare}[]") } else { bare }
}

/// Families of types between which PostgreSQL casts in an assignment (`pg_cast.castcontext` of `a` or `i`), and which
/// ALTER COLUMN … TYPE therefore changes without being told how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Family {
    Number,
    Text,
    Time,
    Bits,
    Network,
    Json,
    Other,
}

const FAMILIES: [(&str, Family); 24] = [
    ("smallint", Family::Number),
    ("integer", Family::Number),
    ("bigint", Family::Number),
    ("numeric", Family::Number),
    ("real", Family::Number),
    ("double precision", Family::Number),
    ("text", Family::Text),
    ("character varying", Family::Text),
    ("character", Family::Text),
    ("bpchar", Family::Text),
    ("name", Family::Text),
    ("citext", Family::Text),
    ("\"char\"", Family::Text),
    ("date", Family::Time),
    ("timestamp without time zone", Family::Time),
    ("timestamp with time zone", Family::Time),
    ("time without time zone", Family::Time),
    ("time with time zone", Family::Time),
    ("bit", Family::Bits),
    ("bit varying", Family::Bits),
    ("inet", Family::Network),
    ("cidr", Family::Network),
    ("json", Family::Json),
    ("jsonb", Family::Json),
];

fn family(words: &str) -> Family {
    FAMILIES
        .iter()
        .find(|(name, _)| *name == words)
        .map_or(Family::Other, |(_, family)| *family)
}

/// Whether values of the one type become values of the other without `USING`. Every type has an assignment cast to
/// text, by its output function.
pub(crate) fn casts_by_itself(from: &TypeName, to: &TypeName) -> bool {
    let ((from, from_array), (to, to_array)) = (split_array(from.canonical()), split_array(to.canonical()));
    let (from, to) = (TypeName::new(from).words(), TypeName::new(to).words());
    if from == to && from_array == to_array {
        return true;
    }
    let (one, other) = (family(&from), family(&to));
    if !to_array && other == Family::Text {
        return true;
    }
    from_array == to_array && one == other && one != Family::Other && time_casts(&from, &to)
}

/// Whether the type is one of texts.
pub(crate) fn is_text(ty: &TypeName) -> bool {
    let (element, is_array) = split_array(ty.canonical());
    !is_array && family(&TypeName::new(element).words()) == Family::Text
}

/// Whether there is a cast that has to be asked for (`pg_cast.castcontext` of `e`). A text is read as any type.
pub(crate) fn casts_on_demand(from: &TypeName, to: &TypeName) -> bool {
    let ((from_element, from_array), (to_element, to_array)) =
        (split_array(from.canonical()), split_array(to.canonical()));
    let (one, other) = (TypeName::new(from_element).words(), TypeName::new(to_element).words());
    if is_text(from) {
        return true;
    }
    let is_known = time_casts(&one, &other)
        && match (family(&one), family(&other)) {
            (Family::Json, Family::Number) => one == "jsonb",
            (Family::Json, Family::Other) => one == "jsonb" && other == "boolean",
            (Family::Number, Family::Other) => one == "integer" && other == "boolean",
            (Family::Other, Family::Number) => one == "boolean" && other == "integer",
            (Family::Number, Family::Bits) | (Family::Bits, Family::Number) => one == "integer" || other == "integer",
            (same, other) => same == other && same != Family::Other,
        };
    from_array == to_array && is_known
}

/// Of the types of times, a time of day makes no date.
fn time_casts(from: &str, to: &str) -> bool {
    let is_time_of_day = |name: &str| name.starts_with("time ");
    let makes_date = is_time_of_day(from) && family(to) == Family::Time && !is_time_of_day(to);
    let takes_time = from == "date" && is_time_of_day(to);
    !makes_date && !takes_time
}

/// Whether a foreign key can hold between columns of these types: PostgreSQL compares numbers with numbers and texts
/// with texts.
pub(crate) fn compares(one: &TypeName, other: &TypeName) -> bool {
    let words = |ty: &TypeName| TypeName::new(split_array(ty.canonical()).0).words();
    let (one, other) = (words(one), words(other));
    one == other || (family(&one) == family(&other) && family(&one) != Family::Other)
}

/// What a column of that pseudo-type is numbered in, if it is one of the serial family.
pub(crate) fn serial(ty: &TypeName) -> Option<TypeName> {
    let counted = match ty.canonical() {
        "smallserial" | "serial2" => "smallint",
        "serial" | "serial4" => "integer",
        "bigserial" | "serial8" => "bigint",
        _ => return None,
    };
    Some(TypeName::new(counted))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checked against `SELECT format_type(…)` of PostgreSQL 15.
    const SPELLED: [(&str, &str); 46] = [
        ("INT", "integer"),
        ("int4", "integer"),
        ("int2", "smallint"),
        ("int8", "bigint"),
        ("varchar", "character varying"),
        ("varchar(20)", "character varying(20)"),
        ("character varying (20)", "character varying(20)"),
        ("char", "character(1)"),
        ("char(3)", "character(3)"),
        ("nchar(3)", "character(3)"),
        ("national character varying(3)", "character varying(3)"),
        ("bpchar", "bpchar"),
        ("bpchar(4)", "character(4)"),
        ("\"char\"", "\"char\""),
        ("bool", "boolean"),
        ("decimal", "numeric"),
        ("dec(5)", "numeric(5,0)"),
        ("decimal(10, 2)", "numeric(10,2)"),
        ("float", "double precision"),
        ("float(24)", "real"),
        ("float(25)", "double precision"),
        ("float4", "real"),
        ("float8", "double precision"),
        ("timestamptz", "timestamp with time zone"),
        ("timestamptz(3)", "timestamp(3) with time zone"),
        ("timestamp", "timestamp without time zone"),
        ("timestamp(3)", "timestamp(3) without time zone"),
        ("timestamp(3) with time zone", "timestamp(3) with time zone"),
        ("time", "time without time zone"),
        ("timetz(2)", "time(2) with time zone"),
        ("bit", "bit(1)"),
        ("bit(8)", "bit(8)"),
        ("varbit", "bit varying"),
        ("varbit(8)", "bit varying(8)"),
        ("int[]", "integer[]"),
        ("integer array", "integer[]"),
        ("integer array[4]", "integer[]"),
        ("varchar(20)[3][3]", "character varying(20)[]"),
        ("interval day to second(3)", "interval day to second(3)"),
        ("pg_catalog.int4", "integer"),
        ("public.mood", "mood"),
        ("app.mood", "app.mood"),
        ("\"Mood\"", "\"Mood\""),
        ("citext", "citext"),
        ("serial8", "bigserial"),
        ("", ""),
    ];

    #[test]
    fn types_are_spelled_as_format_type_spells_them() {
        for (written, ours) in SPELLED {
            let ty = canonical(&TypeName::new(written));
            assert_eq!(ty.as_str(), ours, "{written}");
            assert_eq!(canonical(&ty).as_str(), ours, "{written}, twice");
        }
    }

    #[test]
    fn standard_types_are_spelled_as_seaorm_spells_them() {
        for (standard, ours) in [
            ("char(8)", "character(8)"),
            ("varchar(32)", "character varying(32)"),
            ("text", "text"),
            ("tinyint", "smallint"),
            ("tinyint unsigned", "smallint"),
            ("smallint", "smallint"),
            ("smallint unsigned", "integer"),
            ("integer", "integer"),
            ("integer unsigned", "bigint"),
            ("bigint unsigned", "bigint"),
            ("real", "real"),
            ("double precision", "double precision"),
            ("double", "double precision"),
            ("DECIMAL(8,3)", "numeric(8,3)"),
            ("decimal", "numeric"),
            ("money", "money"),
            ("money(10, 2)", "money"),
            ("boolean", "boolean"),
            ("date", "date"),
            ("time", "time without time zone"),
            ("datetime", "timestamp without time zone"),
            ("datetime(3)", "timestamp(3) without time zone"),
            ("timestamp", "timestamp without time zone"),
            ("timestamp(3) with time zone", "timestamp(3) with time zone"),
            ("binary(16)", "bytea"),
            ("varbinary", "bytea"),
            ("varbinary(9)", "bytea"),
            ("blob", "bytea"),
            ("json", "json"),
            ("jsonb", "jsonb"),
            ("uuid", "uuid"),
            ("interval year to month", "interval year to month"),
            ("bit(4)", "bit(4)"),
            ("varbit(4)", "bit varying(4)"),
            ("inet", "inet"),
            ("cidr", "cidr"),
            ("macaddr", "macaddr"),
            ("ltree", "ltree"),
            ("vector(3)", "vector(3)"),
            ("enum", "text"),
            ("mood", "mood"),
            ("tinyint[]", "smallint[]"),
            ("integer[]", "integer[]"),
        ] {
            assert_eq!(
                standard_type(&TypeName::new(standard)).unwrap().as_str(),
                ours,
                "{standard}"
            );
        }
        assert!(standard_type(&TypeName::new("year")).is_err());
        assert!(standard_type(&TypeName::new("year[]")).is_err());
    }

    #[test]
    fn every_name_in_the_tables_is_in_its_normal_form() {
        for (name, ours) in SYNONYMS.iter().chain(&STANDARD) {
            assert_eq!(TypeName::new(*name).canonical(), *name);
            assert_eq!(TypeName::new(*ours).canonical(), *ours);
        }
    }

    #[test]
    fn what_has_no_cast_goes_by_its_text() {
        let casts = |from: &str, to: &str| casts_on_demand(&TypeName::new(from), &TypeName::new(to));
        assert!(casts("text", "uuid") && casts("integer", "boolean") && casts("jsonb", "boolean"));
        assert!(!casts("date", "time without time zone") && !casts("time without time zone", "date"));
        assert!(!casts("integer", "uuid") && !casts("bigint", "boolean") && !casts("text[]", "integer"));
    }

    #[test]
    fn a_cast_that_an_assignment_does_needs_no_using() {
        let casts = |from: &str, to: &str| casts_by_itself(&TypeName::new(from), &TypeName::new(to));
        assert!(casts("integer", "bigint") && casts("bigint", "smallint") && casts("numeric(9,2)", "integer"));
        assert!(casts("character varying(9)", "character varying(3)") && casts("uuid", "text"));
        assert!(casts("date", "timestamp with time zone") && casts("json", "jsonb") && casts("integer[]", "bigint[]"));
        assert!(!casts("text", "integer") && !casts("text", "uuid") && !casts("integer", "boolean"));
        assert!(!casts("text", "mood") && !casts("mood", "other") && !casts("text", "text[]"));
        assert!(!casts("time without time zone", "date") && !casts("bytea", "uuid"));
    }
}
