//! Reading constraints.

use super::column::index_keys;
use super::cursor::{Cursor, Read};
use crate::name::Ident;
use crate::schema::{
    Action, Attributes, Check, Constraint, ConstraintKind, Deferrability, Exclusion, ForeignKey, Key, NOT_VALID,
};

/// Whether a table constraint begins here, and not a column.
pub(super) fn begins(cursor: &Cursor<'_>) -> bool {
    cursor.is_any(&["constraint", "unique", "check", "exclude"])
        || cursor.is_words(&["primary", "key"])
        || cursor.is_words(&["foreign", "key"])
}

pub(super) fn table_constraint(cursor: &mut Cursor<'_>) -> Read<Constraint> {
    let name = if cursor.take(&["constraint"]) {
        Some(cursor.ident()?)
    } else {
        None
    };
    Ok(Constraint {
        name,
        kind: constraint_kind(cursor)?,
    })
}

pub(super) fn constraint_kind(cursor: &mut Cursor<'_>) -> Read<ConstraintKind> {
    if cursor.take(&["primary", "key"]) {
        Ok(ConstraintKind::PrimaryKey(key(cursor)?))
    } else if cursor.take(&["unique"]) {
        let mut attributes = Attributes::default();
        if cursor.take(&["nulls", "not", "distinct"]) {
            attributes.set("nulls not distinct", Some(""));
        }
        let mut key = key(cursor)?;
        for (name, value) in attributes.iter() {
            key.attributes.set(name, Some(value));
        }
        Ok(ConstraintKind::Unique(key))
    } else if cursor.take(&["check"]) {
        let expression = cursor.expr_in_parentheses()?;
        let mut attributes = Attributes::default();
        attributes.set("on conflict", conflict_clause(cursor)?.as_deref());
        if cursor.take(&["not", "valid"]) {
            attributes.set(NOT_VALID, Some(""));
        }
        Ok(ConstraintKind::Check(Check { expression, attributes }))
    } else if cursor.take(&["foreign", "key"]) {
        let columns = cursor.names()?;
        cursor.expect(&["references"])?;
        Ok(ConstraintKind::ForeignKey(references(cursor, columns)?))
    } else if cursor.take(&["exclude"]) {
        Ok(ConstraintKind::Exclusion(Exclusion {
            definition: cursor.item()?,
        }))
    } else {
        cursor.fail("expected PRIMARY KEY, UNIQUE, CHECK, FOREIGN KEY or EXCLUDE")
    }
}

fn key(cursor: &mut Cursor<'_>) -> Read<Key> {
    let columns = index_keys(cursor)?;
    let include = if cursor.take(&["include"]) {
        cursor.names()?
    } else {
        Vec::new()
    };
    let mut attributes = Attributes::default();
    attributes.set("on conflict", conflict_clause(cursor)?.as_deref());
    Ok(Key {
        columns,
        include,
        deferrable: deferrability(cursor)?,
        attributes,
    })
}

/// `ON CONFLICT x` (SQLite); `ABORT`, the default, is the same as nothing.
pub(super) fn conflict_clause(cursor: &mut Cursor<'_>) -> Read<Option<String>> {
    if !cursor.take(&["on", "conflict"]) {
        return Ok(None);
    }
    let resolution = cursor.ident()?.as_str().to_ascii_lowercase();
    Ok((resolution != "abort").then_some(resolution))
}

/// What follows `REFERENCES`.
pub(super) fn references(cursor: &mut Cursor<'_>, columns: Vec<Ident>) -> Read<ForeignKey> {
    let table = cursor.object()?;
    let referenced = if cursor.is_symbol("(") {
        cursor.names()?
    } else {
        Vec::new()
    };
    let mut key = ForeignKey {
        columns,
        table,
        referenced,
        on_delete: Action::default(),
        on_update: Action::default(),
        matching: None,
        deferrable: Deferrability::default(),
        attributes: Attributes::default(),
    };
    loop {
        if cursor.take(&["on", "delete"]) {
            key.on_delete = action(cursor)?;
        } else if cursor.take(&["on", "update"]) {
            key.on_update = action(cursor)?;
        } else if cursor.take(&["match"]) {
            let matching = cursor.ident()?.as_str().to_ascii_lowercase();
            key.matching = (matching != "simple").then_some(matching);
        } else if cursor.take(&["not", "valid"]) {
            key.attributes.set(NOT_VALID, Some(""));
        } else if cursor.is_word("deferrable") || cursor.is_words(&["not", "deferrable"]) || cursor.is_word("initially")
        {
            key.deferrable = deferrability(cursor)?;
        } else {
            return Ok(key);
        }
    }
}

fn action(cursor: &mut Cursor<'_>) -> Read<Action> {
    const ACTIONS: [(&[&str], Action); 5] = [
        (&["no", "action"], Action::NoAction),
        (&["restrict"], Action::Restrict),
        (&["cascade"], Action::Cascade),
        (&["set", "null"], Action::SetNull),
        (&["set", "default"], Action::SetDefault),
    ];
    match ACTIONS.iter().find(|(words, _)| cursor.take(words)) {
        Some((_, action)) => Ok(*action),
        None => cursor.fail("expected NO ACTION, RESTRICT, CASCADE, SET NULL or SET DEFAULT"),
    }
}

pub(super) fn deferrability(cursor: &mut Cursor<'_>) -> Read<Deferrability> {
    if cursor.take(&["not", "deferrable"]) {
        let _ = cursor.take(&["initially", "immediate"]) || cursor.take(&["initially", "deferred"]);
        return Ok(Deferrability::NotDeferrable);
    }
    let deferrable = cursor.take(&["deferrable"]);
    if cursor.take(&["initially", "deferred"]) {
        return Ok(Deferrability::InitiallyDeferred);
    }
    cursor.take(&["initially", "immediate"]);
    Ok(if deferrable {
        Deferrability::InitiallyImmediate
    } else {
        Deferrability::NotDeferrable
    })
}
