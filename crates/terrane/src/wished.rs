//! Models as the server itself reads them, in a scratch database.
//!
//! Where a server keeps what it is told as it was written, reading it is all that is asked of it: a mistake is found before
//! anything is made of the models. Where it spells things its own way, what it made of the models is what is compared, so
//! that no spelling is ever guessed.

use crate::database::Database;
use crate::error::{Error, Result};
use crate::models::{Declares, Models};
use std::collections::BTreeSet;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Renames, diff};
use terrane_core::name::{Ident, ObjectName};
use terrane_core::op::Op;
use terrane_core::schema::{ConstraintKind, Schema, Table};
use terrane_core::text::{SourceFile, Span};

/// What the server makes of the models; nothing, where it keeps them as they are written. `others` is what the database
/// holds of other layers, as far as the models may refer to it.
///
/// # Errors
/// The server refuses a statement of the models, or cannot be asked.
pub(crate) async fn wished(database: &mut Database<'_>, models: &Models, others: &Schema) -> Result<Option<Schema>> {
    let keeps_texts = database.dialect().capability().keeps_texts;
    let mut scratch = database.scratch_beside().await?;
    let read = read(&mut scratch, models, others, keeps_texts).await;
    let closed = scratch.close().await;
    let wish = read?;
    closed.map(|()| wish)
}

async fn read(
    scratch: &mut Database<'_>,
    models: &Models,
    others: &Schema,
    keeps_texts: bool,
) -> Result<Option<Schema>> {
    let dialect = scratch.dialect();
    let stubs = if keeps_texts {
        Schema::new()
    } else {
        referred_to(models, others)
    };
    let making = stubs
        .tables
        .values()
        .map(|table| Op::CreateTable(Box::new(table.clone())));
    let making: Vec<Op> = stubs
        .enums
        .values()
        .cloned()
        .map(Op::CreateEnum)
        .chain(making)
        .collect();
    run(scratch, dialect, &making, &Schema::new()).await?;
    if models.statements.iter().all(|declares| declares.is_sql) {
        read_texts(scratch, models).await?;
    } else {
        make(scratch, dialect, models, &stubs).await?;
    }
    if keeps_texts {
        return Ok(None);
    }
    let mut wish = without(&scratch.inspect().await?, &stubs);
    open_names(&mut wish, &models.schema);
    Ok(Some(wish))
}

/// The statements of models in SQL, as their author wrote them.
async fn read_texts(scratch: &mut Database<'_>, models: &Models) -> Result<()> {
    for Declares { source, span, .. } in &models.statements {
        if let Err(error) = scratch.execute(source.slice(*span)).await {
            return Err(refused(error, Some((source, *span))));
        }
    }
    Ok(())
}

/// What models in Rust amount to, in an order in which it can be made, whatever the order of their files.
async fn make(scratch: &mut Database<'_>, dialect: &dyn Dialect, models: &Models, stubs: &Schema) -> Result<()> {
    let mut wish = models.schema.clone();
    wish.tables.extend(stubs.tables.clone());
    wish.enums.extend(stubs.enums.clone());
    let options = dialect.capability().diff_options(true);
    let mut work = stubs.clone();
    for op in diff(stubs, &wish, &Renames::default(), &options).ops {
        if let Err(error) = run(scratch, dialect, std::slice::from_ref(&op), &work).await {
            let table = match &op {
                Op::CreateTable(table) => Some(&table.name),
                Op::CreateIndex { table, .. } => Some(table),
                other => other.altered_table(),
            };
            let place = table.and_then(|table| models.place_of(table, None));
            return Err(refused(error, place.map(|place| (&place.source, place.span))));
        }
        let _misfit = op.apply(&mut work);
    }
    Ok(())
}

/// What the server said of the models, at their place.
fn refused(error: Error, place: Option<(&SourceFile, Span)>) -> Error {
    let message = error
        .diagnostics
        .first()
        .map(|first| first.message.clone())
        .unwrap_or_default();
    let diagnostic = Diagnostic::error(codes::BAD_MODEL, message);
    let diagnostic = match place {
        Some((source, span)) => diagnostic.at(source, source.first_line(span), ""),
        None => diagnostic,
    };
    Error::from(diagnostic).caused_by(error)
}

async fn run(scratch: &mut Database<'_>, dialect: &dyn Dialect, ops: &[Op], before: &Schema) -> Result<()> {
    let lowered = dialect
        .lower(ops, before)
        .map_err(|unsupported| Error::new(codes::UNSUPPORTED, unsupported.reason))?;
    let texts: Vec<&str> = lowered.iter().map(|statement| statement.sql.as_str()).collect();
    scratch
        .execute_all(&texts, None, |_| ())
        .await
        .map_err(|(_, error)| error)
}

/// The tables of others that the models refer to, with their keys and nothing that refers further.
fn referred_to(models: &Models, others: &Schema) -> Schema {
    let keys = models.schema.tables.values().flat_map(Table::foreign_keys);
    let names: BTreeSet<&ObjectName> = keys.map(|(_, key)| &key.table).collect();
    let tables = names
        .into_iter()
        .filter_map(|name| others.tables.get(name))
        .map(|table| {
            let mut stub = table.clone();
            stub.indexes.clear();
            stub.triggers.clear();
            stub.constraints.retain(|constraint| {
                matches!(
                    constraint.kind,
                    ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
                )
            });
            for column in &mut stub.columns {
                column.default = None;
                column.identity = None;
            }
            (stub.name.clone(), stub)
        });
    Schema {
        tables: tables.collect(),
        enums: others.enums.clone(),
        ..Schema::new()
    }
}

/// A schema without what stands in another.
pub(crate) fn without(schema: &Schema, other: &Schema) -> Schema {
    let mut rest = schema.clone();
    rest.tables.retain(|name, _| !other.tables.contains_key(name));
    rest.views.retain(|name, _| !other.views.contains_key(name));
    rest.enums.retain(|name, _| !other.enums.contains_key(name));
    rest.sequences.retain(|name, _| !other.sequences.contains_key(name));
    rest.routines.retain(|name, _| !other.routines.contains_key(name));
    rest.unmodelled.retain(|name, _| !other.unmodelled.contains_key(name));
    rest
}

/// Takes away the names that the server made up: a constraint which the models leave without one does with any.
fn open_names(wish: &mut Schema, models: &Schema) {
    for table in wish.tables.values_mut() {
        let Some(model) = models.tables.get(&table.name) else {
            continue;
        };
        let said: BTreeSet<&Ident> = model
            .constraints
            .iter()
            .filter_map(|constraint| constraint.name.as_ref())
            .collect();
        for constraint in &mut table.constraints {
            if constraint.name.as_ref().is_some_and(|name| !said.contains(name)) {
                constraint.name = None;
            }
        }
    }
}
