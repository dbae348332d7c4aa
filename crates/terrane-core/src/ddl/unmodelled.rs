//! Statements that make and drop what the model has no noun for, on a server that has such things: of each as much is read
//! as tells what it is called. The names are the same SQL text that inspection keeps (`Schema::unmodelled`).

use super::cursor::{Cursor, Read};
use crate::name::ObjectName;
use crate::op::Op;
use crate::schema::Unmodelled;
use crate::sql::quote_identifier;

/// How the things of a kind are named.
#[derive(Clone, Copy)]
enum Naming {
    /// Within a schema.
    InSchema,
    /// For the whole database.
    Alone,
    /// For the whole database, and in quotes always.
    Quoted,
    /// For a table: `p ON t`.
    OnTable,
    /// For a table, after what it is about: `AS ON UPDATE TO t`; its name is as that of what is on a table.
    ToTable,
}

const KINDS: [(&[&str], Naming); 13] = [
    (&["collation"], Naming::InSchema),
    (&["domain"], Naming::InSchema),
    (&["event", "trigger"], Naming::Alone),
    (&["extension"], Naming::Alone),
    (&["foreign", "data", "wrapper"], Naming::Alone),
    (&["foreign", "table"], Naming::InSchema),
    (&["policy"], Naming::OnTable),
    (&["publication"], Naming::Alone),
    (&["rule"], Naming::ToTable),
    (&["schema"], Naming::Quoted),
    (&["server"], Naming::Alone),
    (&["statistics"], Naming::InSchema),
    (&["type"], Naming::InSchema),
];

/// The kind that is next, taken.
fn kind(cursor: &mut Cursor<'_>) -> Option<(String, Naming)> {
    if !cursor.is_postgres() {
        return None;
    }
    let found = KINDS.into_iter().find(|(words, _)| cursor.take(words));
    found.map(|(words, naming)| (words.join(" "), naming))
}

/// After `CREATE`. None: it is no such thing, or more than one.
pub(super) fn create(cursor: &mut Cursor<'_>, text: &str) -> Read<Option<(Op, bool)>> {
    let Some((kind, naming)) = kind(cursor) else {
        return Ok(None);
    };
    let tolerant = cursor.take(&["if", "not", "exists"]);
    if matches!(naming, Naming::Quoted) && cursor.is_word("authorization") {
        return Ok(None);
    }
    let name = name(cursor, &kind, naming, true)?;
    // A schema may bring its tables with it.
    if matches!(naming, Naming::Quoted) && !cursor.is_done() && !cursor.is_word("authorization") {
        return Ok(None);
    }
    let definition = cursor.flavor.expr(text);
    Ok(Some((
        Op::CreateUnmodelled(Unmodelled { name, kind, definition }),
        tolerant,
    )))
}

/// After `DROP`.
pub(super) fn drop(cursor: &mut Cursor<'_>) -> Read<Option<(Vec<Op>, bool)>> {
    let Some((kind, naming)) = kind(cursor) else {
        return Ok(None);
    };
    let tolerant = cursor.take(&["if", "exists"]);
    let mut ops = Vec::new();
    loop {
        ops.push(Op::DropUnmodelled(Unmodelled {
            name: name(cursor, &kind, naming, false)?,
            kind: kind.clone(),
            definition: cursor.flavor.expr(""),
        }));
        if !cursor.take_symbol(",") {
            break;
        }
    }
    super::alter::behavior(cursor);
    cursor.expect_end()?;
    Ok(Some((ops, tolerant)))
}

fn name(cursor: &mut Cursor<'_>, kind: &str, naming: Naming, creates: bool) -> Read<ObjectName> {
    let own = cursor.object()?;
    let text = match naming {
        Naming::Quoted => schema_name(own.name.as_str()),
        Naming::InSchema | Naming::Alone => quote_identifier(own.name.as_str()).into_owned(),
        Naming::OnTable | Naming::ToTable => {
            if creates && matches!(naming, Naming::ToTable) {
                cursor.expect(&["as", "on"])?;
                cursor.bump();
                cursor.expect(&["to"])?;
            } else {
                cursor.expect(&["on"])?;
            }
            format!(
                "{} ON {}",
                quote_identifier(own.name.as_str()),
                super::print::object(&cursor.object()?)
            )
        }
    };
    let text = if Unmodelled::says_its_kind(kind) {
        Unmodelled::said_with_kind(&text, kind)
    } else {
        text
    };
    Ok(ObjectName {
        schema: own.schema,
        name: cursor.flavor.ident(&text),
    })
}

/// The name of a schema, in quotes always.
pub(super) fn schema_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
