//! From a database to its schema.
//!
//! A fixed number of catalog queries, however many tables there are, goes to the server as one message and is answered
//! from one snapshot. Definitions come from the server's own deparser, under `search_path = public`: what is in `public`
//! is bare everywhere, in names as in texts, and what is elsewhere is qualified everywhere.
//!
//! What the model has no noun for is kept by name, kind and text (`Schema::unmodelled`):
//!
//! - `kind` is SQL's own noun in lower case, and the *name* is SQL text: what follows `DROP <KIND>`, quotes and all,
//!   after its schema where there is one (`p ON t` of a policy, `f(integer)` of an aggregate). So are routines' names.
//!   A kind whose names are its own says itself behind the name, in a comment: `news /* publication */`.
//! - `grant`, `revoke`, `comment`, `owner` and `default privileges` are no things to drop. Their names follow the verb that
//!   undoes them: `REVOKE <name>`, `GRANT <name>`, `COMMENT ON <name> IS NULL`, `ALTER <name>`,
//!   `ALTER DEFAULT PRIVILEGES <name>`. They go with the object that they are on.
//! - A definition that begins with `--` cannot be run: the catalog does not tell all of it.
//!
//! What only PostgreSQL says of a noun is in its attributes:
//!
//! | noun | attributes |
//! |---|---|
//! | table | `unlogged`, each storage parameter (`fillfactor`, `toast.autovacuum_enabled`), `inherits`, `partition of` and `bound`, `partition by`, `row security`, `force row security`, `replica identity`, `cluster on`, `access method`, `tablespace`, `of type`; `trigger <name>` (`disabled`, `replica`, `always`), `constraint trigger <name>` |
//! | column | `storage`, `compression`, `statistics`, `n_distinct`, …, `collation schema`, `not null not valid`, `not null no inherit`; `inherited` from a parent, unless the table is a partition: then every column is |
//! | key | `nulls not distinct`, `without overlaps`, storage parameters, `tablespace`, `inherited`, `invalid`, `part of` (an index of the parent that is no key) |
//! | foreign key | `on delete set` (the columns), `not valid`, `not enforced`, `period`, `inherited` |
//! | check | `no inherit`, `not valid`, `not enforced`, `inherited` |
//! | index | `nulls not distinct`, storage parameters, `tablespace`, `statistics <key>`, `collation schema <key>`, `invalid`, `inherited` |
//! | view | options (`security_barrier`, `check_option`), `default <column>`, `statistics <column>`, `access method`, `tablespace`, triggers as of tables |
//!
//! `inherited` marks what a partition or a child has only because its parent has it; its value is the parent's name for
//! it, where there is one. It comes and goes with the parent's.
//!
//! Not seen: who granted, names of the sequences behind identities and of `NOT NULL`, whether a materialized view is
//! populated, options of user mappings that the role may not read, connections of subscriptions, the keys that PostgreSQL
//! makes up to reach each partition of a table that a foreign key refers to.

mod ask;
mod cells;
mod columns;
mod comments;
mod constraints;
mod dependents;
mod edges;
mod foreign;
mod found;
mod indexes;
mod listing;
mod operators;
mod others;
mod policies;
mod relations;
mod replication;
mod rights;
mod routines;
mod script;
mod sequences;
mod triggers;
mod types;
mod views;

pub use dependents::Dependents;

use crate::connect::Error;
use ask::Ask;
use cells::Read;
use found::Found;
use script::Place;
use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use std::collections::BTreeSet;
use terrane_core::name::ObjectName;
use terrane_core::op::ObjectKind;
use terrane_core::schema::Schema;

/// What was found in a database.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inspected {
    /// The schema, in its normal form.
    pub schema: Schema,
    /// Relations that were not wanted, by kind and name.
    pub left_out: Vec<(ObjectKind, ObjectName)>,
    /// The sequences among them that a column owns.
    pub left_out_of_columns: BTreeSet<ObjectName>,
}

/// A query, and who reads what it gives.
struct Part {
    sql: fn(&Ask) -> String,
    read: fn(&[PgRow], &mut Found) -> Read<()>,
}

impl Part {
    const fn new(sql: fn(&Ask) -> String, read: fn(&[PgRow], &mut Found) -> Read<()>) -> Part {
        Part { sql, read }
    }

    /// A query for things that have no noun.
    const fn others(sql: fn(&Ask) -> String) -> Part {
        Part::new(sql, found::read_others)
    }
}

/// Tables and views come before their dependents.
const PARTS: [Part; 28] = [
    Part::new(relations::sql, relations::read),
    Part::new(views::sql, views::read),
    Part::new(columns::sql, columns::read),
    Part::new(constraints::sql, constraints::read),
    Part::new(indexes::sql, indexes::read),
    Part::new(triggers::sql, triggers::read),
    Part::new(sequences::sql, sequences::read),
    Part::new(types::sql, types::read),
    Part::new(routines::sql, routines::read),
    Part::others(others::sql_of_schemas),
    Part::others(types::sql_of_others),
    Part::others(indexes::sql_of_views),
    Part::others(foreign::sql_of_tables),
    Part::others(routines::sql_of_aggregates),
    Part::others(operators::sql),
    Part::others(others::sql_of_extensions),
    Part::others(others::sql_of_statistics),
    Part::others(others::sql_of_text_search),
    Part::others(foreign::sql_of_servers),
    Part::others(replication::sql),
    Part::others(rights::sql_of_grants),
    Part::others(rights::sql_of_defaults),
    Part::others(rights::sql_of_owners),
    Part::others(comments::sql),
    Part::others(comments::sql_of_labels),
    Part::others(policies::sql_of_policies),
    Part::others(policies::sql_of_rules),
    // Between all that has been found by then.
    Part::new(edges::sql, edges::read),
];

/// The schema of the whole database, the server's own schemas and what belongs to extensions aside.
///
/// It may be called within a transaction, and then sees what the transaction sees.
///
/// # Errors
/// The catalog cannot be read.
pub async fn inspect(connection: &mut PgConnection) -> Result<Inspected, Error> {
    let place = script::place(connection).await.map_err(reading)?;
    let schema = run(connection, &place, None).await?;
    Ok(Inspected {
        schema,
        left_out: Vec::new(),
        left_out_of_columns: BTreeSet::new(),
    })
}

/// Of relations only those that are wanted, with what belongs to them, and with their dependents where these are asked
/// for; and whatever is no relation. What it costs depends on those, save for a list of all names.
///
/// A sequence that a column owns comes with its table.
///
/// # Errors
/// As [`inspect`].
pub async fn inspect_wanted(
    connection: &mut PgConnection,
    wanted: impl Fn(ObjectKind, &ObjectName) -> bool,
    dependents: Dependents<'_>,
) -> Result<Inspected, Error> {
    let place = script::place(connection).await.map_err(reading)?;
    let listed = ask_one(connection, &place, listing::sql(), listing::read).await?;
    let (mut picked, mut rest) = listing::divide(listed, wanted);
    if let Dependents::Of(words) = dependents {
        let sql = dependents::sql(&listing::numbers(&picked), words);
        let further = ask_one(connection, &place, sql, dependents::read).await?;
        let (more, others) = listing::divide_by_number(rest, &further);
        picked.extend(more);
        rest = others;
    }
    let schema = run(connection, &place, Some(&listing::numbers(&picked))).await?;
    let left_out_of_columns = listing::of_columns(&rest);
    let left_out = listing::names(rest);
    Ok(Inspected {
        schema,
        left_out,
        left_out_of_columns,
    })
}

/// The answer to one query.
async fn ask_one<T: Default>(
    connection: &mut PgConnection,
    place: &Place,
    sql: String,
    read: impl Fn(&[PgRow]) -> Read<T>,
) -> Result<T, Error> {
    let mut answer = T::default();
    let queries = [sql];
    let asked = script::answers(connection, place, &queries, |_, rows| {
        answer = read(rows)?;
        Ok(())
    });
    asked.await.map_err(reading)?;
    Ok(answer)
}

fn reading(cause: sqlx::Error) -> Error {
    Error {
        doing: "cannot read the schema".to_owned(),
        cause,
    }
}

async fn run(connection: &mut PgConnection, place: &Place, relations: Option<&[u32]>) -> Result<Schema, Error> {
    let ask = Ask::new(place, relations);
    let queries: Vec<String> = PARTS.iter().map(|part| (part.sql)(&ask)).collect();
    let mut found = Found::default();
    let read = script::answers(connection, place, &queries, |part, rows| {
        (PARTS[part].read)(rows, &mut found)
    });
    read.await.map_err(reading)?;
    let mut schema = found.finish();
    crate::normalize::normalize(&mut schema);
    Ok(schema)
}
