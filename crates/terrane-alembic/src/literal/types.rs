//! SQLAlchemy's types as the server's, by its own compilers (`sql/compiler.py` and `dialects/` of SQLAlchemy 1.4 and 2.0).

use super::eval::{Eval, Outcome};
use super::value::{Class, Made, Value};
use terrane_core::sql::{quote_identifier, quote_string};
use terrane_core::text::Span;

/// A server whose words are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Server {
    Postgresql,
    Sqlite,
}

impl Server {
    /// The server of a dialect.
    pub(crate) fn of(dialect: &str) -> Option<Server> {
        match dialect {
            "postgresql" => Some(Server::Postgresql),
            "sqlite" => Some(Server::Sqlite),
            _ => None,
        }
    }

    /// Its name, as SQLAlchemy and Terrane both have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Server::Postgresql => "postgresql",
            Server::Sqlite => "sqlite",
        }
    }
}

/// A type as SQL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SqlType {
    pub(crate) sql: String,
    /// The type that counts up by itself where it is a key; PostgreSQL has one for each width.
    pub(crate) serial: Option<&'static str>,
    /// The statement that makes the type before a table that uses it.
    pub(crate) made_by: Option<String>,
}

impl SqlType {
    fn plain(sql: impl Into<String>) -> SqlType {
        SqlType {
            sql: sql.into(),
            serial: None,
            made_by: None,
        }
    }
}

/// What follows the word of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Nothing.
    Bare,
    /// A length, where there is one: `VARCHAR(20)`.
    Length,
    /// Precision and scale, where there are: `NUMERIC(8, 3)`.
    Precision,
    /// Whether it has a time zone.
    Zone,
}

/// A type by its name in Python: what PostgreSQL and SQLite call it.
const TYPES: &[(&str, &str, &str, Shape)] = &[
    ("ARRAY", "", "", Shape::Bare),
    ("BIGINT", "BIGINT", "BIGINT", Shape::Bare),
    ("BLOB", "BLOB", "BLOB", Shape::Bare),
    ("BOOLEAN", "BOOLEAN", "BOOLEAN", Shape::Bare),
    ("BYTEA", "BYTEA", "", Shape::Bare),
    ("BigInteger", "BIGINT", "BIGINT", Shape::Bare),
    ("Boolean", "BOOLEAN", "BOOLEAN", Shape::Bare),
    ("CHAR", "CHAR", "CHAR", Shape::Length),
    ("CIDR", "CIDR", "", Shape::Bare),
    ("CITEXT", "CITEXT", "", Shape::Bare),
    ("DATE", "DATE", "DATE", Shape::Bare),
    ("DATETIME", "", "DATETIME", Shape::Bare),
    ("DECIMAL", "DECIMAL", "DECIMAL", Shape::Precision),
    ("DOUBLE", "DOUBLE", "DOUBLE", Shape::Bare),
    ("DOUBLE_PRECISION", "DOUBLE PRECISION", "DOUBLE PRECISION", Shape::Bare),
    ("Date", "DATE", "DATE", Shape::Bare),
    ("DateTime", "TIMESTAMP", "DATETIME", Shape::Zone),
    ("Double", "DOUBLE PRECISION", "DOUBLE", Shape::Bare),
    ("FLOAT", "FLOAT", "FLOAT", Shape::Precision),
    ("Float", "FLOAT", "FLOAT", Shape::Precision),
    ("HSTORE", "HSTORE", "", Shape::Bare),
    ("INET", "INET", "", Shape::Bare),
    ("INTEGER", "INTEGER", "INTEGER", Shape::Bare),
    ("Integer", "INTEGER", "INTEGER", Shape::Bare),
    ("Interval", "INTERVAL", "DATETIME", Shape::Bare),
    ("JSON", "JSON", "JSON", Shape::Bare),
    ("JSONB", "JSONB", "", Shape::Bare),
    ("LargeBinary", "BYTEA", "BLOB", Shape::Bare),
    ("MACADDR", "MACADDR", "", Shape::Bare),
    ("MONEY", "MONEY", "", Shape::Bare),
    ("NUMERIC", "NUMERIC", "NUMERIC", Shape::Precision),
    ("Numeric", "NUMERIC", "NUMERIC", Shape::Precision),
    ("OID", "OID", "", Shape::Bare),
    ("PickleType", "BYTEA", "BLOB", Shape::Bare),
    ("REAL", "REAL", "REAL", Shape::Bare),
    ("REGCLASS", "REGCLASS", "", Shape::Bare),
    ("SMALLINT", "SMALLINT", "SMALLINT", Shape::Bare),
    ("SmallInteger", "SMALLINT", "SMALLINT", Shape::Bare),
    ("String", "VARCHAR", "VARCHAR", Shape::Length),
    ("TEXT", "TEXT", "TEXT", Shape::Bare),
    ("TIME", "TIME", "TIME", Shape::Zone),
    ("TIMESTAMP", "TIMESTAMP", "TIMESTAMP", Shape::Zone),
    ("TSVECTOR", "TSVECTOR", "", Shape::Bare),
    ("Text", "TEXT", "TEXT", Shape::Bare),
    ("Time", "TIME", "TIME", Shape::Zone),
    ("UUID", "UUID", "", Shape::Bare),
    ("Unicode", "VARCHAR", "VARCHAR", Shape::Length),
    ("UnicodeText", "TEXT", "TEXT", Shape::Bare),
    ("Uuid", "UUID", "CHAR(32)", Shape::Bare),
    ("VARCHAR", "VARCHAR", "VARCHAR", Shape::Length),
];

/// The types of whole numbers, with the PostgreSQL type that counts up.
const SERIALS: [(&str, &str); 3] = [
    ("BIGINT", "BIGSERIAL"),
    ("INTEGER", "SERIAL"),
    ("SMALLINT", "SMALLSERIAL"),
];

/// Keywords that change nothing of a type's SQL.
const OF_PYTHON: &[&str] = &[
    "as_uuid",
    "asdecimal",
    "astext_type",
    "decimal_return_scale",
    "inherit_schema",
    "native",
    "native_uuid",
    "none_as_null",
    "validate_strings",
    "values_callable",
];

impl Eval<'_> {
    /// A type as the server's.
    pub(super) fn sql_type(&self, value: &Value, span: Span) -> Outcome<SqlType> {
        match value {
            Value::Path(path) => self.known_type(path, None, span),
            Value::Class(class) => self.class_type(class, None, span),
            Value::Made(made) => match &made.of {
                Value::Path(path) => self.known_type(path, Some(made), made.span),
                Value::Class(class) => self.class_type(class, Some(made), made.span),
                Value::Attribute(attribute) if attribute.1 == "with_variant" => self.variant(&attribute.0, made),
                _ => self.refuse(made.span, format!("`{value}` is no type that is known")),
            },
            Value::Unknown(refusal) => Err((**refusal).clone()),
            other => self.refuse(span, format!("`{other}` is no type that is known")),
        }
    }

    /// `type.with_variant(other, "dialect", …)`.
    fn variant(&self, usual: &Value, made: &Made) -> Outcome<SqlType> {
        let is_ours = made
            .arguments
            .iter()
            .skip(1)
            .any(|name| name.text() == Some(self.host.server.name()));
        match made.arguments.first().filter(|_| is_ours) {
            Some(other) => self.sql_type(other, made.span),
            None => self.sql_type(usual, made.span),
        }
    }

    fn known_type(&self, path: &str, made: Option<&Made>, span: Span) -> Outcome<SqlType> {
        if let Some(made) = made {
            self.refuse_unknown(made, OF_PYTHON)?;
        }
        let name = path.rsplit('.').next().unwrap_or(path);
        let foreign = ["mysql", "mssql", "oracle", "mariadb"]
            .iter()
            .find(|dialect| path.contains(&format!(".{dialect}.")));
        if !path.starts_with("sqlalchemy") || foreign.is_some() {
            return self.refuse(span, format!("`{path}` is no type that is known"));
        }
        match name {
            "Enum" | "ENUM" => return self.enumeration(made, span),
            "ARRAY" => return self.array(made, span),
            _ => {}
        }
        let found = TYPES
            .binary_search_by(|(known, ..)| known.cmp(&name))
            .ok()
            .map(|at| TYPES[at]);
        let word = found.map(|(_, postgresql, sqlite, _)| match self.host.server {
            Server::Postgresql => postgresql,
            Server::Sqlite => sqlite,
        });
        let (Some((.., shape)), Some(word)) = (found, word.filter(|word| !word.is_empty())) else {
            return self.refuse(
                span,
                format!("`{path}` is no type of {} that is known", self.host.server.name()),
            );
        };
        let sql = self.shaped(word, shape, made, span)?;
        let serial = SERIALS
            .iter()
            .find(|(integer, _)| *integer == word)
            .map(|(_, serial)| *serial);
        Ok(SqlType {
            serial,
            ..SqlType::plain(sql)
        })
    }

    fn shaped(&self, word: &str, shape: Shape, made: Option<&Made>, span: Span) -> Outcome<String> {
        let known: &[&str] = match shape {
            Shape::Bare => &["length"],
            Shape::Length => &["length", "collation"],
            Shape::Precision => &["precision", "scale"],
            Shape::Zone => &["timezone", "precision"],
        };
        if let Some(made) = made {
            let strange = made.keywords.iter().find(|(name, value)| {
                !known.contains(&name.as_str())
                    && !OF_PYTHON.contains(&name.as_str())
                    && !matches!(value, Value::None | Value::Bool(false))
            });
            if let Some((name, _)) = strange {
                return self.refuse(span, format!("`{name}` of a type is not understood"));
            }
        }
        let number = |at: usize, name: &str| match made.and_then(|made| made.argument(at, name)) {
            None => Ok(None),
            Some(Value::Int(number)) => Ok(Some(*number)),
            Some(other) => self.refuse(span, format!("`{name}` of a type is `{other}`")),
        };
        Ok(match shape {
            Shape::Bare => word.to_owned(),
            Shape::Length => {
                let length = number(0, "length")?.map_or_else(String::new, |length| format!("({length})"));
                let collation = made.and_then(|made| made.keyword("collation")).and_then(Value::text);
                let collation = collation.map_or_else(String::new, |name| format!(" COLLATE \"{name}\""));
                format!("{word}{length}{collation}")
            }
            Shape::Precision => match (number(0, "precision")?, number(1, "scale")?) {
                (None, _) => word.to_owned(),
                (Some(precision), Some(scale)) if word != "FLOAT" => format!("{word}({precision}, {scale})"),
                // SQLite's FLOAT has no precision there.
                (Some(_), _) if word == "FLOAT" && self.host.server == Server::Sqlite => word.to_owned(),
                (Some(precision), _) => format!("{word}({precision})"),
            },
            Shape::Zone if self.host.server == Server::Sqlite => word.to_owned(),
            Shape::Zone => {
                let zone = made
                    .and_then(|made| made.argument(0, "timezone"))
                    .and_then(Value::truth)
                    .unwrap_or(false);
                let precision = number(1, "precision")?.map_or_else(String::new, |digits| format!("({digits})"));
                format!("{word}{precision} {} TIME ZONE", if zone { "WITH" } else { "WITHOUT" })
            }
        })
    }

    fn enumeration(&self, made: Option<&Made>, span: Span) -> Outcome<SqlType> {
        let labels = made.map(|made| made.arguments.iter().flat_map(Value::entries).collect::<Vec<_>>());
        let labels: Option<Vec<String>> =
            labels.and_then(|all| all.iter().map(|one| one.text().map(str::to_owned)).collect());
        let (Some(made), Some(labels)) = (made, labels.filter(|labels| !labels.is_empty())) else {
            return self.refuse(span, "the labels of the enumerated type are known to Python alone");
        };
        let is = |name: &str| made.keyword(name).and_then(Value::truth);
        if is("create_constraint") == Some(true) {
            return self.refuse(
                span,
                "an enumerated type with a constraint of its own is not understood",
            );
        }
        let is_native = is("native_enum") != Some(false) && self.host.server == Server::Postgresql;
        if !is_native {
            let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0) as i64;
            let length = match made.keyword("length") {
                Some(Value::Int(length)) => *length,
                Some(_) => return self.refuse(span, "the length of the enumerated type is known to Python alone"),
                None => longest,
            };
            return Ok(SqlType::plain(format!("VARCHAR({length})")));
        }
        let Some(name) = made.keyword("name").and_then(Value::text) else {
            return self.refuse(span, "the enumerated type has no name");
        };
        let schema = made.keyword("schema").and_then(Value::text);
        let name = qualified(schema, name);
        let quoted: Vec<String> = labels.iter().map(|label| quote_string(label)).collect();
        let is_made = is("create_type") != Some(false);
        Ok(SqlType {
            made_by: is_made.then(|| format!("CREATE TYPE {name} AS ENUM ({})", quoted.join(", "))),
            ..SqlType::plain(name)
        })
    }

    fn array(&self, made: Option<&Made>, span: Span) -> Outcome<SqlType> {
        let item = made.and_then(|made| made.argument(0, "item_type"));
        let Some(item) = item.filter(|_| self.host.server == Server::Postgresql) else {
            return self.refuse(span, "an array of that kind is not understood");
        };
        let dimensions = match made.and_then(|made| made.keyword("dimensions")) {
            Some(Value::Int(number)) => *number as usize,
            _ => 1,
        };
        let item = self.sql_type(item, span)?;
        Ok(SqlType {
            serial: None,
            sql: format!("{}{}", item.sql, "[]".repeat(dimensions.max(1))),
            made_by: item.made_by,
        })
    }

    /// A type of the project's own: one that decorates another, or continues it without changing its SQL.
    fn class_type(&self, class: &Class, made: Option<&Made>, span: Span) -> Outcome<SqlType> {
        let overrides = ["__init__", "get_col_spec", "compile", "type_engine"];
        if let Some(method) = class.methods.iter().find(|method| overrides.contains(&method.as_str())) {
            return self.refuse(span, format!("the type `{}` is decided in its `{method}`", class.name));
        }
        if let Some(told) = &class.on_server {
            return self.sql_type(told, span);
        }
        let told = class.bases.iter().find_map(|base| match base {
            Value::Class(base) if base.is_told() => Some(base),
            _ => None,
        });
        if let Some(base) = told {
            return self.class_type(base, made, span);
        }
        let implementation = class
            .attributes
            .iter()
            .rev()
            .find(|(name, _)| name == "impl")
            .map(|(_, value)| value);
        let basis = implementation.or(class.bases.first());
        let Some(basis) = basis else {
            return self.refuse(span, format!("`{}` is no type that is known", class.name));
        };
        // A class is made with the arguments that the type was; an instance has its own.
        match (basis, made) {
            (Value::Path(path), Some(_)) => self.known_type(path, made, span),
            (Value::Class(other), Some(_)) => self.class_type(other, made, span),
            (other, _) => self.sql_type(other, span),
        }
    }
}

/// A name with its schema, as SQL.
pub(super) fn qualified(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(name)),
        None => quote_identifier(name).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::TYPES;

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(TYPES.is_sorted_by_key(|(name, ..)| name));
    }
}
