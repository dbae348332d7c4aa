//! Models as the server itself reads them, in a scratch database.
//!
//! Where a server keeps what it is told as it was written, reading it is all that is asked of it: a mistake is found before
//! anything is made of the models. Where it spells things its own way, what it made of the models is what is compared, so
//! that no spelling is ever guessed.

use crate::database::{Database, Lack, Within};
use crate::error::{Error, Result};
use crate::models::Models;
use crate::stubs::{stub, stubs};
use std::borrow::Cow;
use std::collections::BTreeSet;
use terrane_core::ddl::{Flavor, Style, create_table};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Renames, diff};
use terrane_core::name::{Ident, LayerName};
use terrane_core::op::Op;
use terrane_core::ownership::{extension_help, speaks_of};
use terrane_core::schema::{Schema, Table, Unmodelled};
use terrane_core::sql::{TokenKind, tokenize, unquote};
use terrane_core::text::{SourceFile, Span};

/// What the server makes of the models; nothing, where it keeps them as they are written. `others` is what the database
/// holds of other layers, as far as the models may refer to it.
///
/// # Errors
/// The server refuses a statement of the models, or cannot be asked.
pub(crate) async fn wished(
    database: &mut Database<'_>,
    layer: &LayerName,
    models: &Models,
    others: &Schema,
) -> Result<Option<Schema>> {
    let keeps_texts = database.dialect().capability().keeps_texts;
    let stubs = if keeps_texts {
        Schema::new()
    } else {
        stubs(database, models, others).await?
    };
    let mut scratch = database.scratch_beside(&own_surroundings(models)).await?;
    let read = read(&mut scratch, layer, models, &stubs, keeps_texts).await;
    let closed = scratch.close().await;
    let wish = read?;
    closed.map(|()| wish)
}

/// What a scratch database has as the database itself does, whoever made it there.
const SURROUNDINGS: [&str; 2] = ["extension", "schema"];

/// The names of those that the models themselves make, so that a scratch database must not have them yet.
pub(crate) fn own_surroundings(models: &Models) -> BTreeSet<String> {
    let unmodelled = models.schema.unmodelled.values();
    let own = unmodelled.filter(|other| SURROUNDINGS.contains(&other.kind.as_str()));
    let own = own.map(|other| &other.name).chain(models.unread_schemas());
    own.map(|name| unquote(name.name.as_str()).into_owned()).collect()
}

async fn read(
    scratch: &mut Database<'_>,
    layer: &LayerName,
    models: &Models,
    stubs: &Schema,
    keeps_texts: bool,
) -> Result<Option<Schema>> {
    let dialect = scratch.dialect();
    let unmade = make_stubs(scratch, dialect, stubs).await?;
    let before = if models.only_the_server_knows() {
        scratch.inspect().await?
    } else {
        stubs.clone()
    };
    let made = match models.are_of_an_orm {
        false if keeps_texts || !stubs.is_empty() => make_texts(scratch, models).await,
        false => make_and_check(scratch, models).await,
        true => make(scratch, dialect, models, stubs).await,
    };
    made.map_err(|error| unmade.into_iter().fold(error, Error::help))?;
    if keeps_texts {
        return Ok(None);
    }
    let mut found = scratch.inspect().await?;
    if models.only_the_server_knows() {
        refuse_foreign(&before, &found, layer)?;
    }
    let is_said = |other: &Unmodelled| {
        models.schema.unmodelled.contains_key(&other.name) || models.unread_schemas().any(|name| *name == other.name)
    };
    let surrounds = |other: &Unmodelled| SURROUNDINGS.contains(&other.kind.as_str());
    found.unmodelled.retain(|_, other| !surrounds(other) || is_said(other));
    let mut wish = without(&found, &before);
    open_names(&mut wish, &models.schema);
    Ok(Some(wish))
}

/// Makes what the models may refer to; what could not be made, and why, in case they do. Words alone tell what that may be, so
/// that it can be more than they need.
async fn make_stubs(scratch: &mut Database<'_>, dialect: &dyn Dialect, stubs: &Schema) -> Result<Vec<String>> {
    let mut unmade = Vec::new();
    if stubs.is_empty() {
        return Ok(unmade);
    }
    scratch.execute("SET check_function_bodies = off").await?;
    let options = dialect.capability().diff_options(true);
    let mut work = Schema::new();
    for op in diff(&work.clone(), stubs, &Renames::default(), &options).ops {
        if let Err(error) = run(scratch, dialect, std::slice::from_ref(&op), &work).await {
            let what = op.describe();
            unmade.push(format!(
                "In a scratch database, Terrane cannot {what} of another layer: {error}."
            ));
        }
        let _misfit = op.apply(&mut work);
    }
    Ok(unmade)
}

/// What the models change of another layer's, which a scratch database has only so that they can refer to it.
fn refuse_foreign(before: &Schema, after: &Schema, layer: &LayerName) -> Result<()> {
    let hangs_on = |table: &Table| {
        let others = after.unmodelled.values();
        let mut new = others.filter(|other| !before.unmodelled.contains_key(&other.name));
        new.any(|other| speaks_of(other).as_ref() == Some(&table.name))
    };
    let is_changed = |table: &&Table| after.tables.get(&table.name) != Some(*table) || hangs_on(table);
    let changed = before.tables.values().filter(is_changed);
    let diagnostics: Vec<Diagnostic> = changed
        .map(|table| {
            let message = format!(
                "table `{}` belongs to another layer, and the models would change it",
                table.name
            );
            Diagnostic::error(codes::FOREIGN_MODEL, message).help(extension_help(layer, &table.name))
        })
        .collect();
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(diagnostics.into())
    }
}

/// So many statements are one message: a server has room for a limited number of locks in the transaction that it is.
const AT_ONCE: usize = 200;

/// The statements of models in SQL, as their author wrote them. What only the app can read, by a function or a collation of
/// its own, is made without that.
pub(crate) async fn make_texts(scratch: &mut Database<'_>, models: &Models) -> Result<()> {
    for some in models.statements.chunks(AT_ONCE) {
        let dialect = scratch.dialect();
        let texts: Vec<Cow<'_, str>> = some
            .iter()
            .map(|declares| without_rows(dialect, declares.source.slice(declares.span)))
            .collect();
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let mut done = 0;
        while let Err((at, error)) = scratch.say(&texts[done..], Within::Scratch, |_| ()).await {
            let at = done + at;
            match scratch.lacks(&error) {
                Some(Lack::Collation(name)) => {
                    scratch.stand_in_for_collation(&name).await?;
                    done = at;
                }
                Some(Lack::Function) => {
                    make_stubs_of(scratch, &some[at].ops).await;
                    done = at + 1;
                }
                None => return Err(refused(error, Some((&some[at].source, some[at].span)))),
            }
        }
    }
    Ok(())
}

/// Makes the statements, and looks at the bodies of routines when all is there that they may speak of: two may call each
/// other.
async fn make_and_check(scratch: &mut Database<'_>, models: &Models) -> Result<()> {
    scratch.execute("SET check_function_bodies = off").await?;
    make_texts(scratch, models).await?;
    scratch.execute("SET check_function_bodies = on").await?;
    let flavor = scratch.dialect().flavor();
    for declares in &models.statements {
        let text = declares.source.slice(declares.span);
        if let Some(again) = replacing(text, flavor)
            && let Err((_, error)) = scratch.say(&[&again], Within::Scratch, |_| ()).await
        {
            return Err(refused(error, Some((&declares.source, declares.span))));
        }
    }
    Ok(())
}

/// A statement that makes a routine, as one that makes it again.
fn replacing(sql: &str, flavor: &Flavor) -> Option<String> {
    let mut tokens = tokenize(sql, &flavor.lexing).ok()?;
    tokens.retain(|token| token.kind != TokenKind::Comment);
    let is_at = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(sql, word));
    let is_routine = |at: usize| is_at(at, "function") || is_at(at, "procedure");
    let head = tokens.first().filter(|_| is_at(0, "create"))?.span.end;
    if is_at(1, "or") && is_at(2, "replace") && is_routine(3) {
        return Some(sql.to_owned());
    }
    is_routine(1).then(|| format!("{} OR REPLACE{}", &sql[..head], &sql[head..]))
}

/// Tables with their columns and keys only, for what refers to them.
async fn make_stubs_of(scratch: &mut Database<'_>, ops: &[Op]) {
    for op in ops {
        if let Op::CreateTable(table) = op {
            let sql = create_table(&stub(table), Style::Autoincrement);
            let _neither_to_be_had = scratch.execute(&sql).await;
        }
    }
}

/// What models in Rust amount to, in an order in which it can be made, whatever the order of their files.
async fn make(scratch: &mut Database<'_>, dialect: &dyn Dialect, models: &Models, stubs: &Schema) -> Result<()> {
    let mut wish = models.schema.clone();
    wish.tables.extend(stubs.tables.clone());
    wish.enums.extend(stubs.enums.clone());
    wish.sequences.extend(stubs.sequences.clone());
    wish.routines.extend(stubs.routines.clone());
    wish.unmodelled.extend(stubs.unmodelled.clone());
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
    let (message, help) = error
        .diagnostics
        .first()
        .map(|first| (first.message.clone(), first.help.clone()))
        .unwrap_or_default();
    let mut diagnostic = Diagnostic::error(codes::BAD_MODEL, message);
    diagnostic.help = help;
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
    let texts: Vec<Cow<'_, str>> = lowered
        .iter()
        .map(|statement| without_rows(dialect, &statement.sql))
        .collect();
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    scratch
        .say(&texts, Within::Scratch, |_| ())
        .await
        .map_err(|(_, error)| error)
}

/// A statement that makes a relation of a query, so that it does not run the query: what its rows would be is no business of
/// models, and its functions may do anything.
fn without_rows<'s>(dialect: &dyn Dialect, sql: &'s str) -> Cow<'s, str> {
    if dialect.capability().keeps_texts {
        return Cow::Borrowed(sql);
    }
    let tokens = tokenize(sql, &dialect.flavor().lexing).unwrap_or_default();
    let words: Vec<String> = tokens
        .iter()
        .filter(|token| token.kind != TokenKind::Comment)
        .map(|token| token.text(sql).to_ascii_lowercase())
        .collect();
    // Other statements have these words further behind: `CREATE SCHEMA s CREATE TABLE …`.
    let of_its_own = ["unlogged", "temp", "temporary", "global", "local"];
    let kind = words.iter().skip(1).find(|word| !of_its_own.contains(&word.as_str()));
    let is_relation = kind.is_some_and(|word| word == "table" || word == "materialized");
    let mut depth = 0_usize;
    let has_query = words.iter().any(|word| {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && word == "as"
    });
    if words.first().is_none_or(|word| word != "create") || !is_relation || !has_query {
        return Cow::Borrowed(sql);
    }
    if words.ends_with(&["with", "no", "data"].map(str::to_owned)) {
        return Cow::Borrowed(sql);
    }
    let end = match words.ends_with(&["with", "data"].map(str::to_owned)) {
        true => tokens
            .iter()
            .rev()
            .filter(|token| token.kind != TokenKind::Comment)
            .nth(1)
            .map(|token| token.span.start),
        false => None,
    };
    Cow::Owned(format!("{}\nWITH NO DATA", &sql[..end.unwrap_or(sql.len())]))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routine_is_made_again_to_look_at_its_body() {
        let again = |sql| replacing(sql, terrane_postgres::Postgres.flavor());
        assert_eq!(
            again("-- f\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'").unwrap(),
            "-- f\nCREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"
        );
        let is_so = "CREATE OR REPLACE PROCEDURE p() LANGUAGE sql AS ''";
        assert_eq!(again(is_so).unwrap(), is_so);
        assert_eq!(again("CREATE TABLE function (a int)"), None);
    }

    #[test]
    fn models_are_made_without_running_their_queries() {
        let made = |sql| without_rows(&terrane_postgres::Postgres, sql).into_owned();
        assert_eq!(
            made("CREATE MATERIALIZED VIEW v AS SELECT f() -- f"),
            "CREATE MATERIALIZED VIEW v AS SELECT f() -- f\nWITH NO DATA"
        );
        assert_eq!(
            made("CREATE UNLOGGED TABLE t (a) AS SELECT f() WITH DATA -- x"),
            "CREATE UNLOGGED TABLE t (a) AS SELECT f() \nWITH NO DATA"
        );
        for kept in [
            "CREATE MATERIALIZED VIEW v AS SELECT 1 WITH NO DATA",
            "CREATE TABLE t (a int GENERATED ALWAYS AS (1) STORED)",
            "CREATE VIEW v AS SELECT 1",
            "CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t",
        ] {
            assert_eq!(made(kept), kept);
        }
    }
}
