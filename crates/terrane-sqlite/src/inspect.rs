//! From a database to its schema.
//!
//! One query, however many tables there are: the catalog is text, and the text is read with the grammar of
//! `terrane_core::ddl`. What it cannot read is kept by name and text as unmodelled; nothing is passed over.

use crate::connect::Error;
use crate::{FLAVOR, normalize};
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeSet;
use terrane_core::ddl::parse_statement;
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::ownership::OWN_TABLES;
use terrane_core::schema::{Schema, Unmodelled};
use terrane_core::sql::{SqlStatement, TokenKind, tokenize};
use terrane_core::text::Span;

/// What was found in a database.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inspected {
    /// The schema, in its normal form.
    pub schema: Schema,
    /// What is kept as text only although SQLite says it is a table, an index, a view or a trigger, and why.
    pub unread: Vec<Unread>,
}

/// An object whose text is not understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// Its name.
    pub name: ObjectName,
    /// `table`, `index`, `view` or `trigger`.
    pub kind: String,
    /// Why, a lower-case fragment.
    pub reason: String,
}

/// A row of `sqlite_schema` (sqlite.org/schematab.html).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CatalogRow {
    /// `table`, `index`, `view` or `trigger`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The table or view that it belongs to; its own name, if it stands by itself.
    pub table: String,
    /// The text that made it. Indexes that back a constraint have none, and are not asked for.
    pub sql: String,
}

/// The schema of the database's main file. Temporary objects and attached databases are no part of it.
///
/// # Errors
/// The catalog cannot be read: the file is locked, or no database.
pub async fn inspect(connection: &mut SqliteConnection) -> Result<Inspected, Error> {
    let rows = catalog(connection).await?;
    let shadows = shadow_tables(connection, &rows).await?;
    Ok(schema_of(&rows, &shadows))
}

/// The named tables only, with their dependents. A name that is not there is passed over; views and whatever else
/// stands by itself are left out.
///
/// # Errors
/// As [`inspect`].
pub async fn inspect_tables(connection: &mut SqliteConnection, names: &[ObjectName]) -> Result<Inspected, Error> {
    let wanted: BTreeSet<&Ident> = names.iter().map(|name| &name.name).collect();
    let mut rows = catalog(connection).await?;
    rows.retain(|row| wanted.contains(&FLAVOR.ident(&row.table)));
    let mut inspected = schema_of(&rows, &BTreeSet::new());
    inspected.schema.views.clear();
    Ok(inspected)
}

pub(crate) async fn catalog(connection: &mut SqliteConnection) -> Result<Vec<CatalogRow>, Error> {
    const QUERY: &str = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";
    let rows = sqlx::query(QUERY).fetch_all(connection).await.map_err(reading)?;
    rows.iter()
        .map(|row| {
            Ok(CatalogRow {
                kind: row.try_get(0)?,
                name: row.try_get(1)?,
                table: row.try_get(2)?,
                sql: row.try_get(3)?,
            })
        })
        .collect::<Result<_, sqlx::Error>>()
        .map_err(reading)
}

fn reading(cause: sqlx::Error) -> Error {
    Error {
        doing: "cannot read the schema".to_owned(),
        cause,
    }
}

/// The tables in which virtual tables keep their rows. Asked for only where there are virtual tables.
async fn shadow_tables(connection: &mut SqliteConnection, rows: &[CatalogRow]) -> Result<BTreeSet<Ident>, Error> {
    const QUERY: &str = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'";
    if !rows.iter().any(|row| is_virtual(&row.sql)) {
        return Ok(BTreeSet::new());
    }
    let rows = sqlx::query(QUERY).fetch_all(connection).await.map_err(reading)?;
    rows.iter()
        .map(|row| Ok(FLAVOR.ident(row.try_get(0)?)))
        .collect::<Result<_, sqlx::Error>>()
        .map_err(reading)
}

/// SQLite writes the first two words of the text itself.
fn is_virtual(sql: &str) -> bool {
    sql.get(..14)
        .is_some_and(|head| head.eq_ignore_ascii_case("create virtual"))
}

/// The schema that the rows of a catalog tell of, in its normal form.
pub fn schema_of(rows: &[CatalogRow], shadows: &BTreeSet<Ident>) -> Inspected {
    let mut found = Inspected::default();
    let seen = |row: &&CatalogRow| {
        let own = |name: &str| OWN_TABLES.iter().any(|own| own.eq_ignore_ascii_case(name));
        let internal = |name: &str| name.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("sqlite_"));
        !own(&row.table) && !internal(&row.name) && !shadows.contains(&FLAVOR.ident(&row.table))
    };
    // Tables and views first: a trigger may have been made before the view that it belongs to was recreated.
    let stands = |row: &&CatalogRow| matches!(row.kind.as_str(), "table" | "view");
    let rows: Vec<&CatalogRow> = rows.iter().filter(seen).collect();
    for row in rows.iter().copied().filter(stands) {
        add(row, &mut found);
    }
    for row in rows.iter().copied().filter(|row| !stands(row)) {
        add(row, &mut found);
    }
    normalize::normalize(&mut found.schema);
    found
}

fn add(row: &CatalogRow, found: &mut Inspected) {
    let read = read(row).and_then(|op| match op {
        // As the op would do it, without a copy of the table.
        Op::CreateTable(table) if !found.schema.tables.contains_key(&table.name) => {
            found.schema.tables.insert(table.name.clone(), *table);
            Ok(())
        }
        other => other.apply(&mut found.schema).map_err(|misfit| misfit.message),
    });
    let Err(reason) = read else { return };
    let name = FLAVOR.object(&row.name);
    found.unread.push(Unread {
        name: name.clone(),
        kind: row.kind.clone(),
        reason,
    });
    found.schema.unmodelled.insert(
        name.clone(),
        Unmodelled {
            name,
            kind: row.kind.clone(),
            definition: FLAVOR.expr(&row.sql),
        },
    );
}

/// Why an object that stands in the catalog is known by its text only.
pub(crate) fn why_unread(other: &Unmodelled) -> Option<String> {
    if !matches!(other.kind.as_str(), "table" | "index" | "view" | "trigger") {
        return None;
    }
    let name = other.name.name.as_str().to_owned();
    let row = CatalogRow {
        kind: other.kind.clone(),
        table: name.clone(),
        name,
        sql: other.definition.as_str().to_owned(),
    };
    Some(match read(&row) {
        Err(reason) => reason,
        Ok(_) => "what it belongs to cannot be read".to_owned(),
    })
}

/// The op that makes the object.
fn read(row: &CatalogRow) -> Result<Op, String> {
    let tokens = tokenize(&row.sql, &FLAVOR.lexing).map_err(|error| error.message())?;
    // The row is one statement, whatever words its body holds; so it is not cut.
    let statement = SqlStatement {
        span: Span::new(0, row.sql.len()),
        tokens,
        leading: Vec::new(),
    };
    let parsed = parse_statement(&row.sql, &statement, &FLAVOR).map_err(|malformed| malformed.message)?;
    let Ok([op]) = <[Op; 1]>::try_from(parsed.ops) else {
        return Err("its text is several statements".to_owned());
    };
    let named = |name: &Ident| *name == FLAVOR.ident(&row.name);
    if let (Op::CreateTable(_), Some(word)) = (&op, foreign_word(&row.sql, &statement)) {
        return Err(format!(
            "`{word}` is a word of the column's type to SQLite, and means nothing"
        ));
    }
    let expected = match &op {
        Op::CreateTable(table) => named(&table.name.name),
        Op::CreateIndex { index, .. } => named(&index.name),
        Op::CreateView(view) => named(&view.name.name),
        Op::CreateTrigger(trigger) => named(&trigger.name),
        Op::CreateUnmodelled(other) => named(&other.name.name),
        _ => false,
    };
    if expected {
        Ok(op)
    } else {
        Err("its text says something that is not understood".to_owned())
    }
}

/// `AUTO_INCREMENT` and `COMMENT 'x'` are words of the column's *type* to SQLite, and mean what they say only on other
/// servers, for which the grammar reads them.
fn foreign_word<'s>(sql: &'s str, statement: &SqlStatement) -> Option<&'s str> {
    let mut tokens = statement.tokens.iter().enumerate();
    let found = tokens.find(|(at, token)| {
        let followed_by_string = || {
            let mut behind = statement.tokens[*at + 1..].iter();
            let next = behind.find(|next| next.kind != TokenKind::Comment);
            next.is_some_and(|next| next.kind == TokenKind::String)
        };
        token.is_word(sql, "auto_increment") || (token.is_word(sql, "comment") && followed_by_string())
    });
    found.map(|(_, token)| token.text(sql))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str, name: &str, table: &str, sql: &str) -> CatalogRow {
        let text = str::to_owned;
        CatalogRow {
            kind: text(kind),
            name: text(name),
            table: text(table),
            sql: text(sql),
        }
    }

    #[test]
    fn what_cannot_be_read_is_kept_as_text() {
        let rows = [
            row("table", "t", "t", "CREATE TABLE t (a int AUTO_INCREMENT)"),
            row("index", "i", "t", "CREATE INDEX i ON t (a)"),
        ];
        let found = schema_of(&rows, &BTreeSet::new());
        assert!(found.schema.tables.is_empty());
        assert_eq!(found.schema.unmodelled.len(), 2);
        assert_eq!(found.unread.len(), 2);
    }

    #[test]
    fn terrane_s_own_tables_and_sqlite_s_are_no_part_of_the_schema() {
        let rows = [
            row(
                "table",
                "sqlite_sequence",
                "sqlite_sequence",
                "CREATE TABLE sqlite_sequence(name,seq)",
            ),
            row(
                "table",
                "terrane_ledger",
                "terrane_ledger",
                "CREATE TABLE terrane_ledger (a)",
            ),
            row("index", "l", "terrane_ledger", "CREATE INDEX l ON terrane_ledger (a)"),
            row("table", "x_data", "x_data", "CREATE TABLE x_data (a)"),
        ];
        let found = schema_of(&rows, &BTreeSet::from([FLAVOR.ident("x_data")]));
        assert_eq!(found, Inspected::default());
    }

    #[test]
    fn a_body_is_not_cut_at_a_column_named_end() {
        let rows = [
            row("table", "t", "t", "CREATE TABLE t (\"end\" int)"),
            row(
                "trigger",
                "g",
                "t",
                "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET end = 1; DELETE FROM t; END",
            ),
        ];
        let found = schema_of(&rows, &BTreeSet::new());
        assert_eq!(found.unread, []);
    }
}
