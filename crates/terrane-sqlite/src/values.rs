//! What a new type does to the values that are there: nothing, or the change is refused.
//!
//! SQLite bends a value to the column that it is put into, and says nothing of it: the text `007` becomes the number 7, and
//! a number becomes a text of 15 digits (sqlite.org/datatype3.html, section 3; sqlite.org/floatingpoint.html). So numbers
//! are made texts here, with as many digits as they take to be read back, and the proof below judges every other value.
//! What counts as the same value is decided in docs/decisions/006.

use crate::types::{Affinity, affinity, rowid_alias};
use terrane_core::schema::{Column, Table};
use terrane_core::sql::quote_identifier;

/// What a column of a table does to values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Kind {
    affinity: Affinity,
    /// Whether values of other classes are refused; `ANY` takes all of them.
    strict: bool,
    /// Whether it is another name of the rowid: a NULL is numbered, and everything but an integer refused.
    is_rowid: bool,
}

impl Kind {
    fn of(table: &Table, column: &Column) -> Kind {
        let affinity = affinity(&column.ty, table.attributes.has("strict"));
        Kind {
            affinity,
            strict: table.attributes.has("strict") && column.ty.canonical() != "any",
            is_rowid: rowid_alias(table) == Some(&column.name),
        }
    }

    /// The classes of values that the column takes (sqlite.org/stricttables.html, section 2); none, if it takes any.
    fn classes(self) -> Option<&'static str> {
        match self.affinity {
            _ if self.is_rowid => Some("'integer'"),
            _ if !self.strict => None,
            Affinity::Integer | Affinity::Numeric => Some("'integer', 'null'"),
            Affinity::Real => Some("'real', 'null'"),
            Affinity::Text => Some("'text', 'null'"),
            Affinity::Blob => Some("'blob', 'null'"),
        }
    }

    /// A type with that affinity outside of STRICT tables, whatever the column itself is called.
    fn type_name(self) -> &'static str {
        match self.affinity {
            Affinity::Integer => "INTEGER",
            Affinity::Numeric => "NUMERIC",
            Affinity::Real => "REAL",
            Affinity::Text => "TEXT",
            Affinity::Blob => "BLOB",
        }
    }

    /// Which values of a column of that kind may be others in this one, as a condition on `name`; none, if none may.
    fn doubtful(self, from: Kind, name: &str) -> Option<String> {
        use Affinity::{Blob, Integer, Numeric, Real, Text};
        if self == from {
            return None;
        }
        if self.classes().is_some() {
            return Some("true".to_owned());
        }
        let classes = match (from.affinity, self.affinity) {
            (_, Blob) | (Text, Text) => return None,
            // What is a text in them looked like no number when it was put there.
            (Integer | Numeric | Real, Integer | Numeric) | (Real, Real) => return None,
            (_, Text) if from.strict && from.affinity == Integer => return None,
            (_, Text) => "'real'",
            (Integer | Numeric, Real) => "'integer'",
            (Text, Integer | Numeric | Real) | (Blob, Integer | Numeric) => "'text'",
            (Blob, Real) => "'text', 'integer'",
        };
        Some(format!("typeof({name}) IN ({classes})"))
    }
}

/// What is copied of a column into its successor.
pub(crate) fn carried(before: &Table, after: &Table, column: &Column) -> String {
    let name = quote_identifier(column.name.as_str()).into_owned();
    let becomes_text = before.column(&column.name).is_some_and(|old| {
        Kind::of(before, old).affinity != Affinity::Text && Kind::of(after, column).affinity == Affinity::Text
    });
    match becomes_text {
        true => format!(
            "CASE typeof({name}) WHEN 'real' THEN {} ELSE {name} END",
            shortest(&name)
        ),
        false => name,
    }
}

/// The shortest text that is read back as the same number. SQLite itself writes 15 digits; every number is told from its
/// neighbours by 17 (IEEE 754).
fn shortest(number: &str) -> String {
    let text = |digits: u32| format!("printf('%!.{digits}g', {number})");
    let tried = [15, 16].map(|digits| {
        let text = text(digits);
        format!("WHEN CAST({text} AS REAL) = {number} THEN {text} ")
    });
    format!("CASE {}ELSE {} END", tried.concat(), text(17))
}

/// Whether SQLite converts between the number and its text without an error of its own. Beyond about 1e-80 and 1e100 the
/// last digit is off by one or two, in both directions, so that it agrees with itself and with nobody else (3.51, found by
/// comparing random numbers with IEEE 754).
fn converted_exactly(number: &str) -> String {
    format!("({number} = 0 OR abs({number}) BETWEEN 1e-60 AND 1e60)")
}

/// The proof that no value changes with its type: each that might goes through a column of the new kind and is compared
/// with what it was. The check itself is the statement, so that scripts prove it as well; its name is what they say.
pub(crate) fn keep_values(before: &Table, after: &Table) -> Vec<String> {
    let mut statements = Vec::new();
    for column in after.columns.iter().filter(|column| column.generated.is_none()) {
        let Some(old) = before.column(&column.name) else {
            continue;
        };
        let kind = Kind::of(after, column);
        let name = quote_identifier(old.name.as_str());
        let Some(doubtful) = kind.doubtful(Kind::of(before, old), &name) else {
            continue;
        };
        let rule = format!(
            "a value of {}.{} would change with its type; rewrite it first",
            before.name, column.name
        );
        let takes = match kind.classes() {
            Some(classes) => format!(" AND typeof(new) IN ({classes})"),
            None => String::new(),
        };
        statements.push(format!(
            "CREATE TEMP TABLE _terrane_kept (old, new {}, CONSTRAINT {} CHECK ({}{takes}))",
            kind.type_name(),
            quote_identifier(&rule),
            same_value(),
        ));
        statements.push(format!(
            "INSERT INTO temp._terrane_kept SELECT {name}, {} FROM {} WHERE {doubtful}",
            carried(before, after, column),
            crate::lower::quoted(&before.name)
        ));
        statements.push("DROP TABLE temp._terrane_kept".to_owned());
    }
    statements
}

/// Whether `new` is the value that `old` was. The sign before a name takes the column's affinity away, which would bend
/// the one to the other before they are compared (sqlite.org/datatype3.html, section 4.2).
fn same_value() -> String {
    let real = shortest("+new");
    [
        "CASE typeof(old) || ' ' || typeof(new) ",
        "WHEN 'integer real' THEN +old = +new WHEN 'real integer' THEN +old = +new ",
        "WHEN 'integer text' THEN CAST(old AS TEXT) = +new ",
        "WHEN 'real text' THEN CAST(new AS REAL) = +old AND ",
        &converted_exactly("+old"),
        " ",
        "WHEN 'text integer' THEN +old IN (CAST(new AS TEXT), CAST(CAST(new AS REAL) AS TEXT)) ",
        "WHEN 'text real' THEN (+old = ",
        &real,
        " AND ",
        &converted_exactly("+new"),
        ") OR (CAST(new AS INTEGER) = +new AND +old = CAST(CAST(new AS INTEGER) AS TEXT)) ",
        "ELSE typeof(old) = typeof(new) AND +old IS +new END",
    ]
    .concat()
}
