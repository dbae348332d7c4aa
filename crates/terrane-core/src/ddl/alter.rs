//! Reading `ALTER`, `DROP` and `COMMENT`.

use super::column::{column_definition, default_value, identity, type_name};
use super::constraint::{begins, constraint_kind, table_constraint};
use super::create::enum_values;
use super::cursor::{Cursor, Read};
use crate::name::{Ident, ObjectName};
use crate::op::{ColumnChange, Commented, ConstraintRef, KeyKind, Op};
use crate::schema::{EnumType, Generated, Sequence, Unmodelled};
use crate::sql::quote_identifier;

/// Ops, and whether `IF EXISTS` was said. None: some other server's business.
pub(super) type Altered = Option<(Vec<Op>, bool)>;

/// After the word `ALTER`.
pub(super) fn alter(cursor: &mut Cursor<'_>) -> Read<Altered> {
    if cursor.take(&["index"]) {
        let tolerant = cursor.take(&["if", "exists"]);
        let from = cursor.object()?.name;
        let table = on(cursor)?;
        if !cursor.take(&["rename", "to"]) {
            return Ok(None);
        }
        let to = cursor.ident()?;
        cursor.expect_end()?;
        return Ok(Some((vec![Op::RenameIndex { table, from, to }], tolerant)));
    }
    if cursor.take(&["sequence"]) {
        return sequence(cursor);
    }
    if cursor.take(&["type"]) {
        return enum_type(cursor);
    }
    if !cursor.take(&["table"]) {
        return Ok(None);
    }
    let tolerant = cursor.take(&["if", "exists"]);
    cursor.take(&["only"]);
    let table = cursor.object()?;
    let mut ops = Vec::new();
    loop {
        action(cursor, &table, &mut ops)?;
        if !cursor.take_symbol(",") {
            break;
        }
    }
    cursor.expect_end()?;
    Ok(Some((ops, tolerant)))
}

/// `ON table`, where it is said.
fn on(cursor: &mut Cursor<'_>) -> Read<Option<ObjectName>> {
    if cursor.take(&["on"]) {
        cursor.object().map(Some)
    } else {
        Ok(None)
    }
}

/// `ALTER SEQUENCE name OPTIONS (…)` gives all the options; what else there is, is some server's.
fn sequence(cursor: &mut Cursor<'_>) -> Read<Altered> {
    let tolerant = cursor.take(&["if", "exists"]);
    let name = cursor.object()?;
    if !cursor.take(&["options"]) {
        return Ok(None);
    }
    let options = cursor.expr_in_parentheses()?;
    cursor.expect_end()?;
    Ok(Some((vec![Op::AlterSequence(Sequence { name, options })], tolerant)))
}

/// `ALTER TYPE name AS ENUM (…)` gives all the values; what else there is, is some server's.
fn enum_type(cursor: &mut Cursor<'_>) -> Read<Altered> {
    let name = cursor.object()?;
    if !cursor.take(&["as", "enum"]) {
        return Ok(None);
    }
    let values = enum_values(cursor)?;
    cursor.expect_end()?;
    Ok(Some((vec![Op::AlterEnum(EnumType { name, values })], false)))
}

fn action(cursor: &mut Cursor<'_>, table: &ObjectName, ops: &mut Vec<Op>) -> Read<()> {
    let name = || table.clone();
    if cursor.take(&["add"]) {
        return add(cursor, table, ops);
    }
    if cursor.take(&["drop"]) {
        ops.push(drop_part(cursor, table)?);
    } else if cursor.take(&["rename", "to"]) || cursor.take(&["rename", "as"]) {
        ops.push(Op::RenameTable {
            from: name(),
            to: cursor.object()?,
        });
    } else if cursor.take(&["validate", "constraint"]) {
        ops.push(Op::ValidateConstraint {
            table: name(),
            constraint: cursor.ident()?,
        });
    } else if cursor.take(&["rename", "constraint"]) {
        let from = cursor.ident()?;
        cursor.expect(&["to"])?;
        ops.push(Op::RenameConstraint {
            table: name(),
            from,
            to: cursor.ident()?,
        });
    } else if cursor.take(&["rename"]) {
        cursor.take(&["column"]);
        let from = cursor.ident()?;
        cursor.expect(&["to"])?;
        ops.push(Op::RenameColumn {
            table: name(),
            from,
            to: cursor.ident()?,
        });
    } else if cursor.take(&["alter"]) {
        cursor.take(&["column"]);
        let column = cursor.ident()?;
        let change = column_change(cursor)?;
        ops.push(Op::AlterColumn {
            table: name(),
            column,
            change,
        });
    } else if cursor.take(&["order", "columns"]) {
        ops.push(Op::OrderColumns {
            table: name(),
            order: cursor.names()?,
        });
    } else if cursor.take(&["set"]) {
        let (attribute, value) = attribute(cursor)?;
        ops.push(Op::SetTableAttribute {
            table: name(),
            name: attribute,
            value: Some(value),
        });
    } else if cursor.take(&["reset"]) {
        let (attribute, _) = attribute(cursor)?;
        ops.push(Op::SetTableAttribute {
            table: name(),
            name: attribute,
            value: None,
        });
    } else {
        return cursor.fail("this form of ALTER TABLE is not understood");
    }
    Ok(())
}

fn add(cursor: &mut Cursor<'_>, table: &ObjectName, ops: &mut Vec<Op>) -> Read<()> {
    let add_constraint = |constraint| Op::AddConstraint {
        table: table.clone(),
        constraint: Box::new(constraint),
    };
    if let Some(op) = key_of_index(cursor, table)? {
        ops.push(op);
        return Ok(());
    }
    if begins(cursor) {
        ops.push(add_constraint(table_constraint(cursor)?));
        return Ok(());
    }
    cursor.take(&["column"]);
    cursor.take(&["if", "not", "exists"]);
    let definition = column_definition(cursor)?;
    ops.push(Op::AddColumn {
        table: table.clone(),
        column: Box::new(definition.column),
    });
    ops.extend(definition.constraints.into_iter().map(add_constraint));
    Ok(())
}

/// `CONSTRAINT k UNIQUE USING INDEX k`. An index of another name would be renamed besides.
fn key_of_index(cursor: &mut Cursor<'_>, table: &ObjectName) -> Read<Option<Op>> {
    let mut ahead = cursor.clone();
    if !ahead.take(&["constraint"]) {
        return Ok(None);
    }
    let name = ahead.ident()?;
    let key = match () {
        () if ahead.take(&["unique", "using", "index"]) => KeyKind::Unique,
        () if ahead.take(&["primary", "key", "using", "index"]) => KeyKind::Primary,
        () => return Ok(None),
    };
    let index = ahead.ident()?;
    if index != name {
        return ahead.fail("the index has to be called as the constraint");
    }
    *cursor = ahead;
    Ok(Some(Op::UseIndex {
        table: table.clone(),
        index,
        key,
    }))
}

fn drop_part(cursor: &mut Cursor<'_>, table: &ObjectName) -> Read<Op> {
    let by = |constraint| Op::DropConstraint {
        table: table.clone(),
        constraint,
    };
    if cursor.take(&["constraint"]) {
        cursor.take(&["if", "exists"]);
        let op = by(ConstraintRef::Named(cursor.ident()?));
        behavior(cursor);
        return Ok(op);
    }
    if cursor.is_words(&["primary", "key"]) {
        let mut ahead = cursor.clone();
        ahead.take(&["primary", "key"]);
        if !ahead.is_symbol("(") {
            cursor.take(&["primary", "key"]);
            return Ok(by(ConstraintRef::PrimaryKey));
        }
    }
    if begins(cursor) {
        return Ok(by(ConstraintRef::Unnamed(Box::new(constraint_kind(cursor)?))));
    }
    cursor.take(&["column"]);
    cursor.take(&["if", "exists"]);
    let column = cursor.ident()?;
    behavior(cursor);
    Ok(Op::DropColumn {
        table: table.clone(),
        column,
    })
}

pub(super) fn behavior(cursor: &mut Cursor<'_>) {
    let _ = cursor.take(&["cascade"]) || cursor.take(&["restrict"]);
}

fn column_change(cursor: &mut Cursor<'_>) -> Read<ColumnChange> {
    if cursor.take(&["type"]) || cursor.take(&["set", "data", "type"]) {
        let ty = type_name(cursor)?;
        let collation = if cursor.take(&["collate"]) {
            Some(cursor.ident()?)
        } else {
            None
        };
        return Ok(ColumnChange::Type { ty, collation });
    }
    if cursor.take(&["set", "not", "null"]) {
        return Ok(ColumnChange::Nullable(false));
    }
    if cursor.take(&["drop", "not", "null"]) {
        return Ok(ColumnChange::Nullable(true));
    }
    if cursor.take(&["set", "default"]) {
        return Ok(ColumnChange::Default(Some(default_value(cursor)?)));
    }
    if cursor.take(&["drop", "default"]) {
        return Ok(ColumnChange::Default(None));
    }
    if cursor.take(&["set", "expression", "as"]) {
        let expression = cursor.expr_in_parentheses()?;
        let stored = cursor.take(&["stored"]);
        if !stored {
            cursor.take(&["virtual"]);
        }
        return Ok(ColumnChange::Generated(Some(Generated { expression, stored })));
    }
    if cursor.take(&["drop", "expression"]) {
        return Ok(ColumnChange::Generated(None));
    }
    if cursor.take(&["add", "generated", "always", "as", "identity"]) {
        return Ok(ColumnChange::Identity(Some(identity(cursor, true)?)));
    }
    if cursor.take(&["add", "generated", "by", "default", "as", "identity"]) {
        return Ok(ColumnChange::Identity(Some(identity(cursor, false)?)));
    }
    if cursor.take(&["drop", "identity"]) {
        return Ok(ColumnChange::Identity(None));
    }
    if cursor.take(&["set"]) {
        let (name, value) = attribute(cursor)?;
        return Ok(ColumnChange::Attribute {
            name,
            value: Some(value),
        });
    }
    if cursor.take(&["reset"]) {
        let (name, _) = attribute(cursor)?;
        return Ok(ColumnChange::Attribute { name, value: None });
    }
    cursor.fail("this form of ALTER COLUMN is not understood")
}

/// `(words)` or `(words = 'value')`.
fn attribute(cursor: &mut Cursor<'_>) -> Read<(String, String)> {
    cursor.expect_symbol("(")?;
    let mut words = vec![cursor.ident()?.as_str().to_ascii_lowercase()];
    while !cursor.is_done() && !cursor.is_symbol("=") && !cursor.is_symbol(")") {
        words.push(cursor.ident()?.as_str().to_ascii_lowercase());
    }
    let value = if cursor.take_symbol("=") {
        cursor.string()?
    } else {
        String::new()
    };
    cursor.expect_symbol(")")?;
    Ok((words.join(" "), value))
}

/// After the word `DROP`.
pub(super) fn drop(cursor: &mut Cursor<'_>) -> Read<Altered> {
    cursor.take(&["materialized"]);
    let is_virtual = cursor.take(&["virtual"]);
    let Some(noun) = super::NOUNS.into_iter().find(|noun| cursor.take(&[noun])) else {
        return super::unmodelled::drop(cursor);
    };
    cursor.take(&["concurrently"]);
    let tolerant = cursor.take(&["if", "exists"]);
    let mut ops = Vec::new();
    loop {
        let mut name = cursor.object()?;
        if matches!(noun, "function" | "procedure") && cursor.is_symbol("(") {
            name = with_arguments(cursor, &name)?;
        }
        let relation = if matches!(noun, "trigger" | "index") {
            on(cursor)?
        } else {
            None
        };
        ops.push(match noun {
            "table" if is_virtual => {
                let definition = cursor.flavor.expr("");
                Op::DropUnmodelled(Unmodelled {
                    name,
                    kind: "virtual table".to_owned(),
                    definition,
                })
            }
            "table" => Op::DropTable(name),
            "index" => Op::DropIndex {
                name: name.name,
                table: relation,
            },
            "view" => Op::DropView(name),
            "trigger" => Op::DropTrigger {
                name: name.name,
                relation,
            },
            "type" => Op::DropEnum(name),
            "sequence" => Op::DropSequence(name),
            _ => Op::DropRoutine(name),
        });
        if !cursor.take_symbol(",") {
            break;
        }
    }
    behavior(cursor);
    cursor.expect_end()?;
    Ok(Some((ops, tolerant)))
}

/// A routine's name with the types of its arguments as they are written, which tell it from others of that name.
fn with_arguments(cursor: &mut Cursor<'_>, name: &ObjectName) -> Read<ObjectName> {
    let inner = cursor.parenthesized()?;
    let types = cursor.source[inner.range()]
        .split(',')
        .map(str::trim)
        .collect::<Vec<_>>();
    let text = format!("{}({})", quote_identifier(name.name.as_str()), types.join(", "));
    Ok(ObjectName {
        schema: name.schema.clone(),
        name: cursor.flavor.ident(&text),
    })
}

/// After the words `COMMENT ON`.
pub(super) fn comment(cursor: &mut Cursor<'_>) -> Read<Altered> {
    let column = cursor.take(&["column"]);
    if !column && !cursor.take(&["table"]) {
        return comment_on_another(cursor);
    }
    let mut path = vec![cursor.ident()?];
    while cursor.take_symbol(".") {
        path.push(cursor.ident()?);
    }
    cursor.expect(&["is"])?;
    let comment = if cursor.take(&["null"]) {
        None
    } else {
        Some(cursor.string()?)
    };
    cursor.expect_end()?;
    let last: Option<Ident> = if column { path.pop() } else { None };
    let Some(name) = path.pop() else {
        return cursor.fail("expected the name of a table before the column's");
    };
    let table = ObjectName {
        schema: path.pop(),
        name,
    };
    Ok(Some((
        vec![match last {
            Some(column) => Op::AlterColumn {
                table,
                column,
                change: ColumnChange::Comment(comment),
            },
            None => Op::Comment {
                on: Commented::Table(table),
                comment,
            },
        }],
        false,
    )))
}

fn comment_on_another(cursor: &mut Cursor<'_>) -> Read<Altered> {
    let on = if cursor.take(&["view"]) || cursor.take(&["materialized", "view"]) {
        Commented::View(cursor.object()?)
    } else if cursor.take(&["index"]) {
        Commented::Index(cursor.object()?.name, on(cursor)?)
    } else {
        return Ok(None);
    };
    cursor.expect(&["is"])?;
    let comment = if cursor.take(&["null"]) {
        None
    } else {
        Some(cursor.string()?)
    };
    cursor.expect_end()?;
    Ok(Some((vec![Op::Comment { on, comment }], false)))
}
