//! Asking PostgreSQL what a transaction did to its catalogs.
//!
//! When a step begins, cursors are opened that keep what there was; when its statements have run, what they did is asked
//! for by identity. What is done at the end of a transaction (deferred constraints and triggers) is done before that, and
//! nothing is left for the end.

use super::verdict::{Deeds, Verdict};
use super::{Judged, Writing, Written, refuse, refused};
use crate::database::Database;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use terrane_core::dialect::Dialect;
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::ownership::{OWN_TABLES, ObjectKey, Ownership};
use terrane_core::plan::{PlanStatement, PlanStep};
use terrane_core::sql::quote_string;
use terrane_postgres::Postgres;
use terrane_postgres::guard::{
    self, Address, Asked, Beginning as Opened, Belonging, Blind, CATALOGS_OF_SERVER, CODE_RAN, Catalogs, Cells, Named,
    Width,
};

/// What is known of a server over a run: its catalogs, and which objects the layers' names mean.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    catalogs: Option<Catalogs>,
    own: BTreeMap<LayerName, BTreeMap<Address, ObjectKey>>,
    /// The role that the transaction began as.
    role: String,
    /// Whether the step wrote more than was watched, so that it is rolled back and done once more with all catalogs watched.
    widened: bool,
    again: bool,
    /// What becomes of the layer's objects when the transaction is committed.
    pending: Option<(LayerName, BTreeMap<Address, ObjectKey>)>,
}

/// The tables that the transaction wrote rows of, and how many; the sequences that it moved, with the tables that own them.
/// A sequence is locked as a table is, and nobody counts (`nextval_internal` and `do_setval` of the server's source).
const WRITTEN: &str = "\
SELECT 'written', c.relkind::text, n.nspname::text, c.relname::text, COALESCE(owning.nspname, n.nspname)::text, \
COALESCE(owning.relname, c.relname)::text, CASE c.relkind WHEN 'S' THEN '1' ELSE \
(pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) + \
pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid))::text END FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid \
= l.relation JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace LEFT JOIN LATERAL (SELECT t.relname, tn.nspname FROM \
pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace AS tn ON tn.oid = \
t.relnamespace WHERE c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.refclassid = \
'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1) AS owning ON true WHERE l.locktype = 'relation' AND l.granted \
AND l.pid = pg_catalog.pg_backend_pid() AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', \
'AccessExclusiveLock') AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = \
pg_catalog.current_database()) AND c.relkind IN ('r', 'p', 'S') AND n.nspname !~ '^pg_'";

const ROLE: &str = "SELECT 'role', pg_catalog.current_setting('role')";

/// Does now what would be done at the end of the transaction.
const FLUSH: &str = "SET CONSTRAINTS ALL IMMEDIATE";

/// What is done at the end may put off more to the end; so often that is looked for.
const FLUSHES: usize = 8;

impl Watch {
    /// Nothing is known yet.
    pub(crate) fn new() -> Watch {
        Watch::default()
    }

    /// Opens the cursors.
    pub(super) async fn begin(&mut self, database: &mut Database<'_>, step: &PlanStep) -> Result<Opened> {
        if self.catalogs.is_none() {
            self.catalogs = Some(Catalogs::read(&database.rows(CATALOGS_OF_SERVER).await?));
        }
        let Some(catalogs) = &self.catalogs else {
            return Ok(Opened::default());
        };
        let pin = database.pin().await?;
        let opened = database
            .rows(&format!("{}; {ROLE}; {pin}", guard::begin(catalogs, self.width(step))))
            .await?;
        let is_role = |row: &&Cells| row.first().is_some_and(|tag| tag.as_deref() == Some("role"));
        let role = opened
            .iter()
            .find(is_role)
            .and_then(|row| row.get(1).cloned().flatten());
        self.role = role.unwrap_or_default();
        Ok(Opened::read(&opened))
    }

    /// How many catalogs are watched over a step.
    fn width(&self, step: &PlanStep) -> Width {
        match is_plain(step) && !self.widened {
            true => Width::Usual,
            false => Width::All,
        }
    }

    /// Whether a step that was rolled back is to be done once more, with all catalogs watched.
    pub(crate) fn goes_again(&mut self) -> bool {
        std::mem::take(&mut self.again)
    }

    /// What the objects are that the layer owns.
    async fn own(
        &mut self,
        database: &mut Database<'_>,
        layer: &LayerName,
        ownership: &Ownership,
    ) -> Result<BTreeMap<Address, ObjectKey>> {
        if let Some(own) = self.own.get(layer) {
            return Ok(own.clone());
        }
        let keys: Vec<&ObjectKey> = ownership
            .objects()
            .filter(|(_, owner)| owner.layer == *layer)
            .map(|(key, _)| key)
            .collect();
        let mut own = BTreeMap::new();
        if !keys.is_empty() {
            let rows = database.rows(&guard::owned(keys.iter().copied())).await?;
            for (object, place) in guard::owned_of(&rows) {
                if let Some(key) = keys.get(place) {
                    own.insert(object, (*key).clone());
                }
            }
        }
        self.own.insert(layer.clone(), own.clone());
        Ok(own)
    }

    /// Looks up what the layer owns, while nothing has been said to the server that could change it.
    pub(super) async fn prepare(
        &mut self,
        database: &mut Database<'_>,
        layer: &LayerName,
        ownership: &Ownership,
    ) -> Result<()> {
        self.own(database, layer, ownership).await.map(drop)
    }

    /// What a step did, once it is found to have left others alone: what it made and did away with besides what its
    /// statements say.
    pub(super) async fn judge(
        &mut self,
        database: &mut Database<'_>,
        step: &PlanStep,
        opened: &Opened,
        transaction: &str,
        ownership: &Ownership,
    ) -> Result<Judged> {
        let Some(catalogs) = &self.catalogs else {
            return Ok(Judged::default());
        };
        let then = match catalogs.counts() {
            true => guard::count(catalogs),
            false => format!("{}; {CODE_RAN}", guard::count(catalogs)),
        };
        let (written, counted) = flush(database, &self.role, step.role.as_deref(), &then).await?;
        let relied = catalogs.counts() || (is_plain(step) && !guard::code_ran(&counted));
        refuse(
            written
                .iter()
                .filter(|wrote| OWN_TABLES.contains(&wrote.of.1.as_str()))
                .map(|wrote| format!("`{}` is Terrane's own, and was written", wrote.of.1)),
        )?;
        let mut judged = Judged {
            written: of_others(&written, step, ownership),
            ..Judged::default()
        };
        let Some(asked) = Asked::after(catalogs, opened, &counted, relied) else {
            database.repin().await?;
            return Ok(judged);
        };
        if asked.is_beyond(self.width(step)) {
            self.widened = true;
            self.again = true;
            return Err(refused(
                "a step wrote more of the catalog than its statements say".to_owned(),
                "It is done once more, and looked at as a whole.",
            ));
        }
        let own = self.own(database, &step.layer, ownership).await?;
        let Some(catalogs) = &self.catalogs else {
            return Ok(judged);
        };
        let relations: Vec<u32> = own
            .keys()
            .filter(|object| object.catalog == "pg_class")
            .map(|object| object.number)
            .collect();
        let mut rows = database.rows(&asked.rows(catalogs, &relations)).await?;
        if let Some(question) = asked.further(catalogs, &relations, &rows) {
            rows = asked.with(rows, database.rows(&question).await?);
        }
        let mut changes = guard::changes(&rows, opened).map_err(blind)?;
        if let Some(question) = guard::writers(&changes, transaction) {
            changes = guard::without_strangers(changes, &database.rows(&question).await?);
        }
        let belonging = database.rows(&Belonging::ask(catalogs, &changes)).await?;
        let belonging = Belonging::read(&belonging, opened).map_err(blind)?;
        let deeds = Deeds::new(changes, belonging, &own);
        let names = named(database, &deeds).await?;
        let verdict = Verdict::of(&deeds, &names, step, ownership, &asked.unread);
        if ownership.others_own(&step.layer) {
            refuse(verdict.faults.into_iter())?;
        }
        let mut after = own.clone();
        after.retain(|object, _| !deeds.is_dropped(object));
        after.extend(verdict.made);
        self.pending = Some((step.layer.clone(), after));
        database.repin().await?;
        judged.changes = verdict.changes;
        Ok(judged)
    }

    /// The transaction was committed.
    pub(crate) fn committed(&mut self) {
        self.widened = false;
        if let Some((layer, own)) = self.pending.take() {
            // What the step recreated of others has other numbers now.
            self.own.clear();
            self.own.insert(layer, own);
        }
    }

    /// The transaction came to nothing.
    pub(crate) fn rolled_back(&mut self) {
        self.pending = None;
    }
}

/// Whether a step runs nothing but plain DDL, and none of its words could switch off what the server counts: then it is
/// enough to be told so by the server.
fn is_plain(step: &PlanStep) -> bool {
    const SWITCHES: [&[u8]; 4] = [b"set_config", b"pg_settings", b"track_", b"u&\""];
    let switches = |statement: &PlanStatement| {
        let sql = statement.action.sql().as_bytes();
        SWITCHES
            .iter()
            .any(|word| sql.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)))
    };
    step.understood && !step.statements.iter().any(switches)
}

/// The names of the objects that have to be told apart by name.
async fn named(database: &mut Database<'_>, deeds: &Deeds<'_>) -> Result<BTreeMap<Address, Named>> {
    let objects = deeds.unknown();
    let Some(question) = guard::names(objects.iter()) else {
        return Ok(BTreeMap::new());
    };
    let named = guard::names_of(&database.rows(&question).await?);
    Ok(named.into_iter().map(|named| (named.object.clone(), named)).collect())
}

/// A relation that was written of: as the server counts, which for a sequence it does not.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Wrote {
    is_sequence: bool,
    /// Schema and name.
    name: (String, String),
    /// The same of the table that it belongs to, which is a table itself.
    of: (String, String),
    rows: u64,
}

/// What of it is other layers'. Whoever adds a row moves a sequence with it, which is not told besides.
fn of_others(wrote: &[Wrote], step: &PlanStep, ownership: &Ownership) -> Vec<Written> {
    let flavor = Postgres.flavor();
    let object = |(schema, name): &(String, String)| ObjectName {
        schema: (schema != "public").then(|| flavor.ident(schema)),
        name: flavor.ident(name),
    };
    let has_rows = |of: &(String, String)| {
        wrote
            .iter()
            .any(|one| !one.is_sequence && one.rows > 0 && one.name == *of)
    };
    let others = wrote
        .iter()
        .filter(|one| one.rows > 0 && !(one.is_sequence && has_rows(&one.of)))
        .filter_map(|one| {
            let what = if one.is_sequence {
                Writing::Sequence
            } else {
                Writing::Rows
            };
            Written::of_other(what, object(&one.name), &object(&one.of), step, ownership)
        });
    others.collect()
}

/// Has everything done that is put off to the end of the transaction; the tables whose rows were written, and the answer to
/// what is asked after it. It is done as the role of the author's statements; whoever they made the session be, it is who it
/// was again.
async fn flush(
    database: &mut Database<'_>,
    role: &str,
    run_as: Option<&str>,
    then: &str,
) -> Result<(Vec<Wrote>, Vec<Cells>)> {
    let mut before: Option<Vec<Wrote>> = None;
    let become_role = |role: &str| {
        let role = quote_string(role);
        format!("SELECT pg_catalog.set_config('role', {role}, true) WHERE pg_catalog.current_setting('role') <> {role}")
    };
    let (session, author) = (become_role(role), become_role(run_as.unwrap_or(role)));
    let pin = database.pin().await?;
    for _ in 0..FLUSHES {
        let question = format!("{pin}; {author}; {WRITTEN}; {FLUSH}; {session}; SELECT 'flushed'; {WRITTEN}; {then}");
        let rows = database.rows(&question).await?;
        let is_flushed = |row: &Cells| row.first().is_some_and(|tag| tag.as_deref() == Some("flushed"));
        let at = rows.iter().position(is_flushed).unwrap_or_default();
        let (first, last) = (written(&rows[..at]), written(&rows[at..]));
        if first == last && before.as_ref().is_none_or(|before| *before == first) {
            return Ok((last, rows));
        }
        before = Some(last);
    }
    Err(refused(
        "what is put off to the end of the transaction puts off more each time that it is done".to_owned(),
        "Let no constraint trigger defer what it does itself.",
    ))
}

fn written(rows: &[Cells]) -> Vec<Wrote> {
    let mut written: Vec<Wrote> = rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [
                Some(tag),
                Some(kind),
                Some(schema),
                Some(name),
                Some(of_schema),
                Some(of_name),
                Some(count),
            ] if tag == "written" => Some(Wrote {
                is_sequence: kind == "S",
                name: (schema.clone(), name.clone()),
                of: (of_schema.clone(), of_name.clone()),
                rows: count.parse().unwrap_or(0),
            }),
            _ => None,
        })
        .collect();
    written.sort();
    written.dedup();
    written
}

fn blind(_: Blind) -> Error {
    refused(
        "a statement closed or read the cursors by which it is seen that other layers' objects are left alone"
            .to_owned(),
        "Take `CLOSE ALL`, or what touches the cursors `terrane_before` and `terrane_belonged`, out of the revision.",
    )
}
