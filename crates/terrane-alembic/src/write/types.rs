//! Types of PostgreSQL and SQLite as SQLAlchemy's, which says them again in the words of the server.

use super::{list, text};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::schema::{EnumType, Schema, TypeName};
use terrane_core::sql::unquote;

/// What the arguments of a type mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Bare,
    Length,
    Precision,
}

/// A type of either server that has one name in both, by its words.
const COMMON: [(&str, &str, Shape); 15] = [
    ("bigint", "sa.BigInteger", Shape::Bare),
    ("boolean", "sa.Boolean", Shape::Bare),
    ("char", "sa.CHAR", Shape::Length),
    ("character", "sa.CHAR", Shape::Length),
    ("character varying", "sa.String", Shape::Length),
    ("date", "sa.Date", Shape::Bare),
    ("decimal", "sa.DECIMAL", Shape::Precision),
    ("float", "sa.Float", Shape::Bare),
    ("integer", "sa.Integer", Shape::Bare),
    ("json", "sa.JSON", Shape::Bare),
    ("numeric", "sa.Numeric", Shape::Precision),
    ("real", "sa.REAL", Shape::Bare),
    ("smallint", "sa.SmallInteger", Shape::Bare),
    ("text", "sa.Text", Shape::Bare),
    ("varchar", "sa.String", Shape::Length),
];

const POSTGRESQL: [(&str, &str); 15] = [
    ("bytea", "sa.LargeBinary"),
    ("cidr", "postgresql.CIDR"),
    ("citext", "postgresql.CITEXT"),
    ("double precision", "postgresql.DOUBLE_PRECISION"),
    ("hstore", "postgresql.HSTORE"),
    ("inet", "postgresql.INET"),
    ("interval", "sa.Interval"),
    ("jsonb", "postgresql.JSONB"),
    ("macaddr", "postgresql.MACADDR"),
    ("money", "postgresql.MONEY"),
    ("oid", "postgresql.OID"),
    ("regclass", "postgresql.REGCLASS"),
    ("tsvector", "postgresql.TSVECTOR"),
    ("uuid", "postgresql.UUID"),
    ("serial", "sa.Integer"),
];

const SQLITE: [(&str, &str); 5] = [
    ("blob", "sa.LargeBinary"),
    ("datetime", "sa.DateTime"),
    ("double", "sa.Double"),
    ("time", "sa.Time"),
    ("timestamp", "sa.TIMESTAMP"),
];

/// The whole numbers that count up by themselves, and what they are.
pub(crate) const SERIALS: [(&str, &str); 3] = [
    ("bigserial", "sa.BigInteger()"),
    ("serial", "sa.Integer()"),
    ("smallserial", "sa.SmallInteger()"),
];

/// A type in Python; none, where SQLAlchemy has none that is surely the same.
pub(super) fn python_type(ty: &TypeName, collation: Option<&Ident>, schema: &Schema, dialect: &str) -> Option<String> {
    let is_postgres = dialect == "postgresql";
    if let Some(element) = ty.as_str().strip_suffix("[]").filter(|_| is_postgres) {
        let element = python_type(&TypeName::new(element), collation, schema, dialect)?;
        return Some(format!("postgresql.ARRAY({element})"));
    }
    if let Some((_, serial)) = SERIALS
        .iter()
        .find(|(word, _)| *word == ty.canonical())
        .filter(|_| is_postgres)
    {
        return collation.is_none().then(|| (*serial).to_owned());
    }
    if let Some(of_time) = of_time(ty).filter(|_| is_postgres) {
        return collation.is_none().then_some(of_time);
    }
    let words = ty.words();
    let found = COMMON.iter().find(|(known, ..)| *known == words);
    if let Some((_, python, shape)) = found {
        let mut arguments = arguments(ty, *shape)?;
        match collation {
            Some(collation) if *shape == Shape::Length && is_postgres => {
                arguments.push(format!("collation={}", text(collation.as_str())));
            }
            Some(_) => return None,
            None => {}
        }
        return Some(format!("{python}({})", arguments.join(", ")));
    }
    let of_server = match is_postgres {
        true => POSTGRESQL.iter().find(|(known, _)| *known == words),
        false => SQLITE.iter().find(|(known, _)| *known == words),
    };
    match of_server {
        Some((_, python)) if ty.arguments().is_empty() && collation.is_none() => Some(format!("{python}()")),
        Some(_) => None,
        None => enumerated(ty, schema).filter(|_| is_postgres && collation.is_none()),
    }
}

fn arguments(ty: &TypeName, shape: Shape) -> Option<Vec<String>> {
    let numbers = ty.arguments();
    if numbers.iter().any(|number| number.parse::<u32>().is_err()) {
        return None;
    }
    Some(match (shape, numbers.as_slice()) {
        (_, []) => Vec::new(),
        (Shape::Length, [length]) => vec![format!("length={length}")],
        (Shape::Precision, [precision]) => vec![format!("precision={precision}")],
        (Shape::Precision, [precision, scale]) => vec![format!("precision={precision}"), format!("scale={scale}")],
        _ => return None,
    })
}

/// PostgreSQL's types of time, whose precision stands amid the words.
fn of_time(ty: &TypeName) -> Option<String> {
    let words = ty.words();
    let (word, zone) = words.split_once(' ').unwrap_or((&words, ""));
    let (generic, own) = match word {
        "timestamp" => ("sa.DateTime", "postgresql.TIMESTAMP"),
        "time" => ("sa.Time", "postgresql.TIME"),
        _ => return None,
    };
    let zone = match zone {
        "with time zone" => Some("timezone=True"),
        "" | "without time zone" => None,
        _ => return None,
    };
    match ty.arguments().as_slice() {
        [] => Some(format!("{generic}({})", zone.unwrap_or_default())),
        [digits] if digits.parse::<u8>().is_ok() => {
            let zone = zone.unwrap_or("timezone=False");
            Some(format!("{own}({zone}, precision={digits})"))
        }
        _ => None,
    }
}

/// A type that a statement of its own makes.
fn enumerated(ty: &TypeName, schema: &Schema) -> Option<String> {
    let is_it = |name: &ObjectName| {
        let bare = name.name.as_str();
        match &name.schema {
            None => unquote(ty.as_str()) == bare,
            Some(schema) => ty.as_str() == format!("{schema}.{bare}"),
        }
    };
    let EnumType { name, values, .. } = schema.enums.values().find(|known| is_it(&known.name))?;
    let values = list(values.iter().map(String::as_str));
    let labels = values.trim_start_matches('[').strip_suffix(']')?;
    let of = name.schema.as_ref();
    let of = of.map_or_else(String::new, |schema| format!(", schema={}", text(schema.as_str())));
    Some(format!(
        "postgresql.ENUM({labels}, name={}{of}, create_type=False)",
        text(name.name.as_str())
    ))
}
