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

/// Whether a value may be another one after it went from a column of the one kind to a column of the other. A text
/// `007` becomes the number 7; an integer of more than 53 bits has no float. What becomes a text keeps its digits.
pub(crate) fn may_change_values(from: Affinity, to: Affinity) -> bool {
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    matches!(
        (from, to),
        (Text | Blob, Integer | Numeric | Real) | (Integer | Numeric, Real)
    )
}
