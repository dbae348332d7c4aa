//! Reading `CREATE`.

use super::Malformed;
use super::column::{column_definition, index_keys};
use super::constraint::{begins, table_constraint};
use super::cursor::{Cursor, Read};
use super::statement::Declared;
use crate::name::ObjectName;
use crate::op::{Effect, Op, RawSql};
use crate::schema::{
    Attributes, ConstraintKind, EnumType, Identity, Index, Routine, Sequence, Table, Trigger, Unmodelled, View,
};
use crate::text::Span;
use std::collections::BTreeMap;

/// What `CREATE` makes: ops, whether `IF NOT EXISTS` was said, and where columns stand.
pub(super) struct Creation {
    pub(super) ops: Vec<Op>,
    pub(super) tolerant: bool,
    pub(super) declared: Vec<Declared>,
}

/// After the word `CREATE`. None: some other server's business.
pub(super) fn create(cursor: &mut Cursor<'_>, text: &str) -> Read<Option<Creation>> {
    let start = cursor.here();
    let replaces = cursor.take(&["or", "replace"]);
    if cursor.is_any(&["temp", "temporary"]) {
        let raw = RawSql {
            text: text.to_owned(),
            effect: Effect::Nothing,
        };
        return Ok(Some(Creation {
            ops: vec![Op::Sql(raw)],
            tolerant: false,
            declared: Vec::new(),
        }));
    }
    let unique = cursor.is_words(&["unique", "index"]) && cursor.take(&["unique"]);
    let materialized = cursor.is_words(&["materialized", "view"]) && cursor.take(&["materialized"]);
    let is_virtual = cursor.is_words(&["virtual", "table"]) && cursor.take(&["virtual"]);
    let Some(noun) = super::NOUNS.into_iter().find(|noun| cursor.is_word(noun)) else {
        return unmodelled(cursor, text);
    };
    let (before, noun_at) = (cursor.clone(), cursor.here());
    cursor.bump();
    let concurrently = noun == "index" && cursor.take(&["concurrently"]);
    let tolerant = cursor.take(&["if", "not", "exists"]);
    let mut declared = Vec::new();
    let op = match noun {
        "table" if is_virtual => virtual_table(cursor, text)?,
        "table" => table(cursor, text, start.to(noun_at), &mut declared)?,
        "index" => index(cursor, unique, concurrently)?,
        "view" => view(cursor, materialized)?,
        "trigger" => trigger(cursor)?,
        "type" => match enum_type(cursor)? {
            Some(op) => op,
            None => {
                *cursor = before;
                return unmodelled(cursor, text);
            }
        },
        "sequence" => {
            let name = cursor.object()?;
            let options = if cursor.is_done() {
                cursor.flavor.expr("")
            } else {
                cursor.rest()?
            };
            Op::CreateSequence(Sequence { name, options })
        }
        _ => {
            let name = cursor.object()?;
            cursor.rest()?;
            let definition = cursor.flavor.expr(&cursor.source[noun_at.start..cursor.last_end()]);
            let routine = Routine { name, definition };
            if replaces {
                Op::ReplaceRoutine(routine)
            } else {
                Op::CreateRoutine(routine)
            }
        }
    };
    Ok(Some(Creation {
        ops: vec![op],
        tolerant,
        declared,
    }))
}

/// What the model has no noun for.
fn unmodelled(cursor: &mut Cursor<'_>, text: &str) -> Read<Option<Creation>> {
    let made = super::unmodelled::create(cursor, text)?;
    Ok(made.map(|(op, tolerant)| Creation {
        ops: vec![op],
        tolerant,
        declared: Vec::new(),
    }))
}

fn table(cursor: &mut Cursor<'_>, text: &str, head: Span, declared: &mut Vec<Declared>) -> Read<Op> {
    let name_at = cursor.here();
    let name = cursor.object()?;
    if cursor.is_word("as") {
        return Ok(Op::Sql(RawSql {
            text: text.to_owned(),
            effect: Effect::CreatesTable(name),
        }));
    }
    let mut table = Table::new(name);
    declared.push(Declared {
        table: table.name.clone(),
        column: None,
        span: head.to(name_at),
    });
    cursor.expect_symbol("(")?;
    let mut after_columns = Vec::new();
    loop {
        if begins(cursor) {
            after_columns.push(table.constraints.len());
            table.constraints.push(table_constraint(cursor)?);
        } else {
            let start = cursor.here().start;
            let definition = column_definition(cursor)?;
            let name = definition.column.name.clone();
            let span = Span::new(start, cursor.last_end());
            if table.column(&name).is_some() {
                let message = format!("there is a column `{name}` already");
                return Err(Malformed { message, span });
            }
            declared.push(Declared {
                table: table.name.clone(),
                column: Some(name),
                span,
            });
            table.columns.push(definition.column);
            table.constraints.extend(definition.constraints);
        }
        // SQLite lets the comma between two table constraints go missing.
        if !cursor.take_symbol(",") && !begins(cursor) {
            break;
        }
    }
    cursor.expect_symbol(")")?;
    table.attributes = table_options(cursor)?;
    for at in after_columns {
        settle_key(&mut table, at);
    }
    Ok(Op::CreateTable(Box::new(table)))
}

/// What SQLite makes of a primary key of one column that is written after the columns.
///
/// `PRIMARY KEY (id DESC)` does nothing there to an integer key, while `INTEGER PRIMARY KEY DESC` beside the column makes
/// it no alias of the rowid (sqlite.org/lang_createtable.html, "ROWIDs and the INTEGER PRIMARY KEY"). So in the schema
/// `DESC` on such a key always means the latter, except where there is no rowid. `PRIMARY KEY (id AUTOINCREMENT)` is read
/// as the column's numbering.
fn settle_key(table: &mut Table, at: usize) {
    let has_rowid = !table.attributes.has("without rowid");
    let ConstraintKind::PrimaryKey(key) = &mut table.constraints[at].kind else {
        return;
    };
    let [only] = key.columns.as_mut_slice() else { return };
    let name = only.name().cloned();
    let Some(column) = table
        .columns
        .iter_mut()
        .find(|column| name.as_ref() == Some(&column.name))
    else {
        return;
    };
    if only
        .operator_class
        .as_deref()
        .is_some_and(|class| class.eq_ignore_ascii_case("autoincrement"))
    {
        only.operator_class = None;
        column.identity = Some(Identity::default());
    }
    if has_rowid && column.ty.canonical() == "integer" {
        only.descending = false;
    }
}

fn table_options(cursor: &mut Cursor<'_>) -> Read<Attributes> {
    let mut attributes = Attributes::default();
    while !cursor.is_done() {
        if cursor.take(&["without", "rowid"]) {
            attributes.set("without rowid", Some(""));
        } else if cursor.take(&["strict"]) {
            attributes.set("strict", Some(""));
        } else {
            return cursor.fail("this table option is not understood");
        }
        if !cursor.take_symbol(",") {
            break;
        }
    }
    cursor.expect_end()?;
    Ok(attributes)
}

fn virtual_table(cursor: &mut Cursor<'_>, text: &str) -> Read<Op> {
    let name = cursor.object()?;
    cursor.rest()?;
    let definition = cursor.flavor.expr(text);
    Ok(Op::CreateUnmodelled(Unmodelled {
        name,
        kind: "virtual table".to_owned(),
        definition,
    }))
}

fn index(cursor: &mut Cursor<'_>, unique: bool, concurrently: bool) -> Read<Op> {
    let name = cursor.object()?.name;
    cursor.expect(&["on"])?;
    cursor.take(&["only"]);
    let table = cursor.object()?;
    let method = if cursor.take(&["using"]) {
        Some(cursor.ident()?.as_str().to_ascii_lowercase()).filter(|method| method != "btree")
    } else {
        None
    };
    let keys = index_keys(cursor)?;
    let include = if cursor.take(&["include"]) {
        cursor.names()?
    } else {
        Vec::new()
    };
    let mut attributes = Attributes::default();
    if cursor.take(&["nulls", "not", "distinct"]) {
        attributes.set("nulls not distinct", Some(""));
    }
    let predicate = if cursor.take(&["where"]) {
        Some(cursor.rest()?)
    } else {
        None
    };
    cursor.expect_end()?;
    let index = Index {
        name,
        unique,
        method,
        keys,
        include,
        predicate,
        comment: None,
        attributes,
    };
    Ok(Op::CreateIndex {
        table,
        index: Box::new(index),
        concurrently,
    })
}

fn view(cursor: &mut Cursor<'_>, materialized: bool) -> Read<Op> {
    let name = cursor.object()?;
    let columns = if cursor.is_symbol("(") {
        cursor.names()?
    } else {
        Vec::new()
    };
    cursor.expect(&["as"])?;
    let query = cursor.rest()?;
    let view = View {
        name,
        columns,
        query,
        materialized,
        triggers: BTreeMap::new(),
        comment: None,
        attributes: Attributes::default(),
    };
    Ok(Op::CreateView(Box::new(view)))
}

/// `name … ON relation …`: the `ON` is the first one, except in `UPDATE OF on`.
fn trigger(cursor: &mut Cursor<'_>) -> Read<Op> {
    let name = cursor.object()?.name;
    let mut ahead = cursor.clone();
    while !ahead.is_done() && !ahead.is_word("on") {
        ahead.bump();
    }
    ahead.expect(&["on"])?;
    let relation: ObjectName = ahead.object()?;
    let definition = cursor.rest()?;
    Ok(Op::CreateTrigger(Trigger {
        name,
        relation,
        definition,
    }))
}

fn enum_type(cursor: &mut Cursor<'_>) -> Read<Option<Op>> {
    let name = cursor.object()?;
    if !cursor.take(&["as", "enum"]) {
        return Ok(None);
    }
    let values = enum_values(cursor)?;
    cursor.expect_end()?;
    Ok(Some(Op::CreateEnum(EnumType { name, values })))
}

/// `('a', 'b', …)`.
pub(super) fn enum_values(cursor: &mut Cursor<'_>) -> Read<Vec<String>> {
    cursor.expect_symbol("(")?;
    let mut values = Vec::new();
    while !cursor.is_symbol(")") {
        values.push(cursor.string()?);
        if !cursor.take_symbol(",") {
            break;
        }
    }
    cursor.expect_symbol(")")?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::{Flavor, Style, create_table, parse_statement};
    use crate::name::Folding;
    use crate::sql::{Lexing, split};

    const SQLITE: Flavor = Flavor {
        lexing: Lexing::SQLITE,
        folding: Folding::AsciiInsensitive,
        default_schema: Some("main"),
    };

    fn read(source: &str) -> Table {
        let statements = split(source, &SQLITE.lexing).unwrap();
        let parsed = parse_statement(source, &statements[0], &SQLITE).unwrap();
        match parsed.ops.into_iter().next() {
            Some(Op::CreateTable(table)) => *table,
            other => panic!("{other:?}"),
        }
    }

    fn printed(source: &str) -> String {
        let text = create_table(&read(source), Style::Autoincrement);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn sqlite_s_key_after_the_columns_is_read_as_sqlite_reads_it() {
        assert_eq!(
            printed("CREATE TABLE t (\"id\" INTEGER, PRIMARY KEY (\"id\" AUTOINCREMENT))"),
            "CREATE TABLE t ( id INTEGER PRIMARY KEY AUTOINCREMENT )"
        );
        assert_eq!(
            printed("CREATE TABLE t (id INTEGER, PRIMARY KEY (id DESC))"),
            "CREATE TABLE t ( id INTEGER, PRIMARY KEY (id) )"
        );
        assert_eq!(
            printed("CREATE TABLE t (id INTEGER, PRIMARY KEY (id DESC)) WITHOUT ROWID"),
            "CREATE TABLE t ( id INTEGER PRIMARY KEY DESC ) WITHOUT ROWID"
        );
        let key = read("CREATE TABLE t (a int, UNIQUE ('a' DESC))");
        assert!(matches!(&key.constraints[0].kind, ConstraintKind::Unique(key) if key.names().count() == 1));
    }

    #[test]
    fn a_key_that_is_not_deferrable_may_say_when_it_would_be_checked() {
        assert_eq!(
            printed("CREATE TABLE t (a int REFERENCES p NOT DEFERRABLE INITIALLY DEFERRED)"),
            "CREATE TABLE t ( a int, FOREIGN KEY (a) REFERENCES p )"
        );
    }
}
