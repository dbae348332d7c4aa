//! Reading a row from left to right. The simple protocol gives every value as text.

use crate::FLAVOR;
use crate::array_cast::expression;
use sqlx::postgres::PgRow;
use sqlx::{Row, ValueRef};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::schema::Expr;

pub(super) type Read<T> = Result<T, sqlx::Error>;

/// What is left of a row.
pub(super) struct Cells<'r> {
    row: &'r PgRow,
    at: usize,
}

impl<'r> Cells<'r> {
    pub(super) fn of(row: &'r PgRow) -> Cells<'r> {
        Cells { row, at: 0 }
    }

    /// The next value as text, or nothing for NULL.
    pub(super) fn optional(&mut self) -> Read<Option<&'r str>> {
        let value = self.row.try_get_raw(self.at)?;
        self.at += 1;
        if value.is_null() {
            return Ok(None);
        }
        value.as_str().map(Some).map_err(sqlx::Error::Decode)
    }

    /// The next value as text; NULL is the empty text.
    pub(super) fn text(&mut self) -> Read<&'r str> {
        Ok(self.optional()?.unwrap_or(""))
    }

    /// The next value, a boolean; NULL is false.
    pub(super) fn flag(&mut self) -> Read<bool> {
        Ok(matches!(self.optional()?, Some("t" | "true")))
    }

    /// The next value, an object's number.
    pub(super) fn oid(&mut self) -> Read<u32> {
        self.text()?
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    /// The next value, an array; NULL is an empty one.
    pub(super) fn list(&mut self) -> Read<Vec<Option<String>>> {
        Ok(elements(self.text()?))
    }

    /// The next value, an array of names without NULLs among them.
    pub(super) fn names(&mut self) -> Read<Vec<Ident>> {
        let list = self.list()?;
        Ok(list.into_iter().flatten().map(|name| FLAVOR.ident(&name)).collect())
    }

    pub(super) fn ident(&mut self) -> Read<Ident> {
        Ok(FLAVOR.ident(self.text()?))
    }

    /// The next two values: a schema, and a name in it.
    pub(super) fn object(&mut self) -> Read<ObjectName> {
        let schema = self.text()?;
        Ok(object(schema, self.text()?))
    }

    pub(super) fn expr(&mut self) -> Read<Option<Expr>> {
        Ok(self.optional()?.map(expression))
    }

    /// The next value, a comment; an empty one is none.
    pub(super) fn comment(&mut self) -> Read<Option<String>> {
        Ok(self.optional()?.filter(|text| !text.is_empty()).map(str::to_owned))
    }
}

/// A name as the schema has it: what is in `public`, or in no schema at all, is bare.
pub(super) fn object(schema: &str, name: &str) -> ObjectName {
    ObjectName {
        schema: (!schema.is_empty() && schema != "public").then(|| FLAVOR.ident(schema)),
        name: FLAVOR.ident(name),
    }
}

/// The elements of an array's text: `{a,"b c",NULL}` (section 8.15.6 of the manual).
fn elements(text: &str) -> Vec<Option<String>> {
    let Some(inner) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return Vec::new();
    };
    let mut elements = Vec::new();
    let mut chars = inner.chars().peekable();
    while chars.peek().is_some() {
        let mut element = String::new();
        let quoted = chars.next_if_eq(&'"').is_some();
        while let Some(ch) = chars.next() {
            match ch {
                '\\' => element.extend(chars.next()),
                '"' if quoted => {
                    chars.next();
                    break;
                }
                ',' if !quoted => break,
                ch => element.push(ch),
            }
        }
        let is_null = !quoted && element == "NULL";
        elements.push((!is_null).then_some(element));
    }
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_read_with_its_quotes() {
        let read = |text: &str| -> Vec<String> {
            let shown = |element: Option<String>| element.unwrap_or_else(|| "-".to_owned());
            elements(text).into_iter().map(shown).collect()
        };
        assert_eq!(read("{a,NULL,\"NULL\",\"\"}"), ["a", "-", "NULL", ""]);
        assert_eq!(read(r#"{"a,b","c\"d","e\\f",g}"#), ["a,b", "c\"d", "e\\f", "g"]);
        assert_eq!(read("{}"), [""; 0]);
    }
}
