//! What a transaction did to the catalogs, asked of the server.
//!
//! A row that the transaction made, changed or deleted is a row that is there now and was not when the transaction began, or
//! the other way round. What was there then is told by cursors that are opened at the beginning and read at the end: a
//! cursor sees what there was when it was opened. Rows that nobody wrote since are left out by the server, by their `xmin` and
//! `xmax`, so that the cost does not grow with what the catalogs hold. The same rows are asked for in both looks: what is
//! there both times was written by nobody, whatever its numbers say after two thousand million transactions.

use super::catalogs::{About, BELONGING, Bond, CATALOGS, Catalog, OF_ROWS, UNSTEADY};
use std::collections::{BTreeMap, BTreeSet};

/// An object of any kind: the catalog that it is in, and its number there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Address {
    /// The catalog.
    pub catalog: String,
    /// Its number.
    pub number: u32,
}

impl Address {
    /// An object.
    pub fn new(catalog: impl Into<String>, number: u32) -> Address {
        Address {
            catalog: catalog.into(),
            number,
        }
    }
}

/// A catalog of the server's, with what this program knows of it.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) known: Option<&'static Catalog>,
    /// Whether the role may read it.
    pub(super) readable: bool,
    /// Its columns, where there is one whose values are not to be written once their type is gone: an `anyarray` looks its
    /// type up.
    steady: Option<String>,
}

/// The catalogs of a server, and whether it counts what is written to them.
#[derive(Debug)]
pub struct Catalogs {
    pub(super) all: Vec<Watched>,
    /// Whether the counts can be relied on, whatever a step does: the setting is on, and the role may not switch it off.
    counts: bool,
}

/// How many catalogs are watched over a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Width {
    /// Those that plain DDL writes ([`USUAL`]), as long as it is seen by counts that it writes no other.
    Usual,
    /// All.
    #[default]
    All,
}

/// What plain DDL about tables, views, types and functions writes. To have the server make ready for a question about every
/// catalog takes ten times as long.
const USUAL: [&str; 14] = [
    "pg_attrdef",
    "pg_attribute",
    "pg_class",
    "pg_constraint",
    "pg_depend",
    "pg_description",
    "pg_enum",
    "pg_index",
    "pg_inherits",
    "pg_rewrite",
    "pg_sequence",
    "pg_shdepend",
    "pg_trigger",
    "pg_type",
];

/// Objects that only a row of a catalog of their own tells of, so that nothing is about them where no such row was written:
/// they have no comment, and their dependencies come and go with them.
const UNSPOKEN: [&str; 6] = [
    "pg_amop",
    "pg_amproc",
    "pg_default_acl",
    "pg_publication_namespace",
    "pg_publication_rel",
    "pg_user_mapping",
];

/// A row of an answer, each value as text.
pub type Cells = Vec<Option<String>>;

/// Asks for the server's catalogs.
pub const CATALOGS_OF_SERVER: &str = "\
SELECT c.relname::text, c.oid::text, pg_catalog.has_table_privilege(c.oid, 'SELECT')::text, \
(pg_catalog.current_setting('track_counts') = 'on' AND pg_catalog.current_setting('is_superuser') = 'off')::text, \
(SELECT pg_catalog.string_agg('r.' || a.attname, ', ' ORDER BY a.attnum) FILTER (WHERE a.atttypid <> 2277) FROM \
pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 HAVING pg_catalog.bool_or(a.atttypid = 2277)) FROM \
pg_catalog.pg_class AS c WHERE c.relnamespace = 11 AND c.relkind = 'r' ORDER BY c.relname";

impl Catalogs {
    /// What the answer to [`CATALOGS_OF_SERVER`] says.
    pub fn read(rows: &[Cells]) -> Catalogs {
        let is_true = |row: &Cells, at: usize| cell(row, at) == "true";
        let all = rows.iter().map(|row| Watched {
            name: cell(row, 0).to_owned(),
            number: number(cell(row, 1)),
            known: CATALOGS.iter().find(|catalog| catalog.name == cell(row, 0)),
            readable: is_true(row, 2),
            steady: row.get(4).cloned().flatten(),
        });
        Catalogs {
            all: all
                .filter(|catalog| !OF_ROWS.contains(&catalog.name.as_str()))
                .collect(),
            counts: rows.first().is_some_and(|row| is_true(row, 3)),
        }
    }

    /// Asks how much the transaction has written to each catalog so far, of those to which anything was.
    pub fn count(&self) -> String {
        let numbers: Vec<String> = self.all.iter().map(|one| one.number.to_string()).collect();
        format!(
            "SELECT 'count', t.number::text, pg_catalog.pg_stat_get_xact_tuples_inserted(t.number)::text, \
             (pg_catalog.pg_stat_get_xact_tuples_updated(t.number) + \
             pg_catalog.pg_stat_get_xact_tuples_deleted(t.number))::text FROM pg_catalog.unnest('{{{}}}'::oid[]) AS t (number) \
             WHERE pg_catalog.pg_stat_get_xact_tuples_inserted(t.number) > 0 OR \
             pg_catalog.pg_stat_get_xact_tuples_updated(t.number) > 0 OR \
             pg_catalog.pg_stat_get_xact_tuples_deleted(t.number) > 0",
            numbers.join(",")
        )
    }

    /// Whether counts tell all, whatever a step does. Else they do where the step runs nothing that could switch them off
    /// ([`code_ran`]).
    pub fn counts(&self) -> bool {
        self.counts
    }

    /// The catalogs that were written between two counts, and how; where counts are not to be relied on, all of them.
    fn written(&self, before: &Counts, after: &Counts, relied: bool) -> Vec<(&Watched, Count)> {
        let count = |counts: &Counts, one: &Watched| counts.get(&one.number).copied().unwrap_or_default();
        let all = self.all.iter().map(|one| {
            let (before, after) = (count(before, one), count(after, one));
            let count = Count {
                new: after.new.saturating_sub(before.new),
                old: after.old.saturating_sub(before.old),
                ever: after.new,
            };
            (one, count)
        });
        let is_written = |count: &Count| count.new > 0 || count.old > 0;
        match relied {
            true => all.filter(|(_, count)| is_written(count)).collect(),
            // What cannot be read can be counted all the same.
            false => all
                .filter(|(one, count)| one.readable || is_written(count))
                .map(|(one, _)| {
                    (
                        one,
                        Count {
                            new: u64::MAX,
                            old: u64::MAX,
                            ever: u64::MAX,
                        },
                    )
                })
                .collect(),
        }
    }
}

/// How many rows were written to a catalog.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Count {
    /// Rows that were made.
    new: u64,
    /// Rows that were changed or deleted.
    old: u64,
    /// Rows that were made since the transaction began.
    ever: u64,
}

/// How much was written to each catalog, by the catalog's number.
pub(super) type Counts = BTreeMap<u32, Count>;

/// What answers to [`Catalogs::count`] say, among other rows.
pub(super) fn counts(rows: &[Cells]) -> Counts {
    let counts = rows.iter().filter(|row| cell(row, 0) == "count");
    let much = |row: &Cells, at: usize| cell(row, at).parse().unwrap_or(u64::MAX);
    let count = |row: &Cells| Count {
        new: much(row, 2),
        old: much(row, 3),
        ever: much(row, 2),
    };
    counts.map(|row| (number(cell(row, 1)), count(row))).collect()
}

fn cell(row: &Cells, at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}

/// What is asked when a step begins: the state of the counts, and the cursors with when they were opened.
pub fn begin(catalogs: &Catalogs, width: Width) -> String {
    let rows: Vec<String> = catalogs
        .all
        .iter()
        .filter(|one| one.readable && one.is_within(width))
        .filter_map(|one| {
            one.rows(
                &format!("'{}' = ANY ({})", one.name, listed(CHOSEN, "text")),
                Wrote::Any,
            )
        })
        .collect();
    let tracked = if catalogs.counts { "" } else { TRACKED };
    format!(
        "{PINNED}{tracked}; {}; DECLARE {BEFORE} NO SCROLL CURSOR FOR SELECT {SENTINEL} UNION ALL {}; DECLARE {BELONGED} NO SCROLL \
         CURSOR FOR SELECT {SENTINEL} UNION ALL {}; {OPENED}",
        catalogs.count(),
        rows.join(" UNION ALL "),
        catalogs.belonging(&format!("x.oid = ANY ({})", listed(CHOSEN, "oid")), |catalog| {
            width == Width::All || !UNSPOKEN.contains(&catalog)
        })
    )
}

/// A moment at which both cursors were opened; a cursor of the same name that somebody else opened has another.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Beginning {
    counts: Counts,
    opened: Vec<Cells>,
}

impl Beginning {
    /// What the answer to [`begin`] says.
    pub fn read(rows: &[Cells]) -> Beginning {
        Beginning {
            counts: counts(rows),
            opened: opened(rows),
        }
    }
}

fn opened(rows: &[Cells]) -> Vec<Cells> {
    rows.iter().filter(|row| cell(row, 0) == "opened").cloned().collect()
}

/// What names mean while catalogs are asked: what the server itself brings, and nothing else.
const PINNED: &str = "SELECT 'pinned', pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)";

/// Lets the server count what is written, and which functions run.
const TRACKED: &str = "; SELECT 'tracked', pg_catalog.set_config('track_counts', 'on', true), \
                       pg_catalog.set_config('track_functions', 'all', true)";

/// Asks whether code may have run that switched the counts off and on again, as a superuser's may: a function that neither
/// the server nor the driver brings, or an event trigger. A row, if so.
pub const CODE_RAN: &str = "\
SELECT 'ran' WHERE pg_catalog.current_setting('track_counts') <> 'on' OR pg_catalog.current_setting('track_functions') <> 'all' OR \
EXISTS (SELECT FROM pg_catalog.pg_event_trigger AS e WHERE e.evtenabled <> 'D') OR EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE \
p.oid >= 16384 AND pg_catalog.pg_stat_get_xact_function_calls(p.oid) IS NOT NULL)";

/// Whether the answer to [`CODE_RAN`], among others, says that it may have.
pub fn code_ran(rows: &[Cells]) -> bool {
    rows.iter().any(|row| cell(row, 0) == "ran")
}

/// A setting of the transaction's that says which catalogs or numbers are asked for; it is read when a cursor is.
const CHOSEN: &str = "terrane.chosen";
const BEFORE: &str = "terrane_before";
const BELONGED: &str = "terrane_belonged";

const OPENED: &str = "SELECT 'opened', name, creation_time::text, statement FROM pg_catalog.pg_cursors WHERE name IN \
                      ('terrane_before', 'terrane_belonged') AND NOT is_holdable ORDER BY name";

/// The first row of a cursor: where it is missing, somebody has read the cursor already.
const SENTINEL: &str = "'first'::text, ''::text, ''::text, ''::text, ''::text, ''::text, ''::text, ''::text, ''::text, \
                        ''::text, ''::text, ''::text";

fn listed(setting: &str, of: &str) -> String {
    format!("pg_catalog.string_to_array(pg_catalog.current_setting('{setting}', true), ',')::pg_catalog.{of}[]")
}

fn choose(what: &str) -> String {
    format!("SELECT 'chosen', pg_catalog.set_config('{CHOSEN}', '{what}', true)")
}

/// Which rows are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrote {
    /// Those that were made, changed, deleted or locked.
    Any,
    /// Those that were made.
    New,
}

impl Watched {
    fn is_within(&self, width: Width) -> bool {
        width == Width::All || USUAL.contains(&self.name.as_str())
    }

    /// Asks for the rows that this transaction or a later one may have written; nothing, of a catalog that is not known.
    fn rows(&self, gate: &str, wrote: Wrote) -> Option<String> {
        let known = self.known?;
        let body = match (known.name, &self.steady) {
            ("pg_class", _) => format!("(pg_catalog.to_jsonb(r) - '{{{UNSTEADY}}}'::text[])"),
            ("pg_attribute", Some(columns)) => {
                format!("(SELECT pg_catalog.to_jsonb(s) FROM (SELECT {columns}, {FILLED}) AS s)")
            }
            (_, Some(columns)) => format!("(SELECT pg_catalog.to_jsonb(s) FROM (SELECT {columns}) AS s)"),
            _ => "pg_catalog.to_jsonb(r)".to_owned(),
        };
        Some(rows_of(known, gate, &body, wrote))
    }
}

/// So many blocks at the end of a catalog are looked through first.
const LAST_BLOCKS: u32 = 16;

impl Watched {
    /// Asks for rows that were made, where the transaction made so many: at the end of the catalog, where the server puts them
    /// unless there is room elsewhere; and before that, if not all of its own are among them. Rows of others that were
    /// committed meanwhile do not count, nor do those of a subtransaction. The server reads blocks by their numbers from
    /// version 14 (`Tid Range Scan`).
    fn new_rows(&self, made: u64) -> Option<String> {
        let name = &self.name;
        let last = format!(
            "(SELECT ('(' || GREATEST(pg_catalog.pg_relation_size('pg_catalog.{name}') / \
             pg_catalog.current_setting('block_size')::int8 - {LAST_BLOCKS}, 0) || ',0)')::pg_catalog.tid)"
        );
        let behind = self.rows(&format!("r.ctid >= {last}"), Wrote::New)?;
        let are_missing = format!(
            "(SELECT pg_catalog.count(*) < {made} FROM behind WHERE writer = \
             pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.xid::text)"
        );
        let before = self.rows(&format!("{are_missing} AND r.ctid < {last}"), Wrote::New)?;
        Some(format!(
            "(WITH behind (catalog, place, writer) AS MATERIALIZED ({behind}) SELECT * FROM behind UNION ALL {before})"
        ))
    }
}

/// The value that a column has in rows from before it was added, as long as it can be written.
const FILLED: &str =
    "CASE WHEN pg_catalog.format_type(r.atttypid, NULL) <> '???' THEN r.attmissingval::text END AS filled";

fn rows_of(catalog: &Catalog, gate: &str, body: &str, wrote: Wrote) -> String {
    let written = match wrote {
        Wrote::Any => "(pg_catalog.age(r.xmin) <= 0 OR pg_catalog.age(r.xmax) <= 0)",
        Wrote::New => "pg_catalog.age(r.xmin) <= 0",
    };
    let (class, object) = match catalog.about {
        About::Itself => (format!("'{}'", catalog.name), "r.oid"),
        About::Of(class, object) => (format!("'{class}'"), object),
        About::Any(class, object) => (
            format!("(SELECT k.relname FROM pg_catalog.pg_class AS k WHERE k.oid = {class})::text"),
            object,
        ),
    };
    let also: Vec<String> = catalog.also.iter().map(|also| format!("({})::text", also.1)).collect();
    let also = match also.is_empty() {
        true => "''".to_owned(),
        false => format!(
            "pg_catalog.concat_ws(',', {})",
            also.iter()
                .map(|one| format!("COALESCE({one}, '0')"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    let schema = match catalog.schema {
        "" => "''".to_owned(),
        number => format!("(SELECT n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.oid = {number})"),
    };
    let (word, again) = match catalog.name {
        "pg_class" => (
            "CASE r.relkind WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' WHEN 'S' THEN \
             'sequence' WHEN 'c' THEN 'type' ELSE 'table' END"
                .to_owned(),
            "''",
        ),
        "pg_constraint" => (
            format!("'{}'", catalog.word),
            "(pg_catalog.to_jsonb(r) - '{oid,conindid,conparentid,conpfeqop,conppeqop,conffeqop,conexclop,conbin}'::text[])",
        ),
        _ => (format!("'{}'", catalog.word), "''"),
    };
    format!(
        "SELECT '{name}'::text, r.ctid::text || r.xmin::text, r.xmin::text, r.xmax::text, ({class})::text, ({object})::text, \
         ({schema})::text, ({word})::text, ({shown})::text, ({also})::text, {body}::text, {again}::text FROM \
         pg_catalog.{name} AS r WHERE {gate} AND {written}",
        name = catalog.name,
        shown = catalog.shown,
    )
}

impl Catalogs {
    /// Asks what objects belong to.
    fn belonging(&self, condition: &str, is_asked: impl Fn(&str) -> bool) -> String {
        let there = BELONGING
            .iter()
            .filter(|(catalog, _)| is_asked(catalog) && self.all.iter().any(|one| one.name == *catalog));
        let parts: Vec<String> = there
            .map(|(catalog, sql)| {
                format!(
                    "SELECT '{catalog}'::text, o.number::text, o.class::text, o.owner::text, ''::text, ''::text, ''::text, \
                     ''::text, ''::text, ''::text, ''::text, ''::text FROM ({sql} WHERE {condition}) AS o (number, class, owner)"
                )
            })
            .collect();
        parts.join(" UNION ALL ")
    }
}

/// A row of a catalog.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Row {
    catalog: String,
    place: String,
    xmin: u32,
    xmax: u32,
    about: Address,
    schema: String,
    word: String,
    name: String,
    also: Vec<u32>,
    body: String,
    again: String,
}

impl Row {
    fn read(row: &Cells) -> Row {
        let text = |at: usize| cell(row, at).to_owned();
        Row {
            catalog: text(0),
            place: text(1),
            xmin: number(cell(row, 2)),
            xmax: number(cell(row, 3)),
            about: Address::new(cell(row, 4), number(cell(row, 5))),
            schema: text(6),
            word: text(7),
            name: text(8),
            also: cell(row, 9).split(',').map(number).collect(),
            body: text(10),
            again: text(11),
        }
    }
}

/// A row that a transaction made or did away with; a change of a row is both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The catalog that the row is in.
    pub catalog: String,
    /// The object that the row is, or is about.
    pub about: Address,
    /// Whether the row is the object.
    pub is_object: bool,
    /// Whether the row is gone.
    pub is_gone: bool,
    /// What the row is, in a message: `column`, `comment on`.
    pub word: String,
    /// How it is called by itself; nothing, if it has no name.
    pub name: String,
    /// The schema that the object is in; nothing, for what is in none.
    pub schema: String,
    /// Other objects that the row is about, and what has to be true of them.
    pub also: Vec<(Address, Bond)>,
    /// The whole row, as JSON.
    pub body: String,
    /// What of it is the same where the server makes it again for another's sake; nothing, where that is not compared.
    pub again: String,
    /// The transaction that made the row, or did away with it.
    writer: u32,
}

/// Why it cannot be told what a transaction did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blind {
    /// The cursors are closed, or others of their names were opened, or somebody has read them.
    Tampered,
}

/// What is asked when the statements have run.
#[derive(Debug)]
pub struct Asked {
    /// The catalogs that may have been written and can be read, and how.
    written: Vec<(String, Count)>,
    /// Those that were written and cannot be read, or of which nothing is known, by their names.
    pub unread: Vec<String>,
}

/// Asks how much was written so far, and pins what names mean.
pub fn count(catalogs: &Catalogs) -> String {
    format!("{PINNED}; {}", catalogs.count())
}

impl Asked {
    /// What has to be looked at, by the answer to [`count`]; none, if nothing was written to any catalog. `relied`, if counts
    /// tell all that was written.
    pub fn after(catalogs: &Catalogs, beginning: &Beginning, rows: &[Cells], relied: bool) -> Option<Asked> {
        let written = catalogs.written(&beginning.counts, &counts(rows), relied);
        let (readable, unread): (Vec<_>, Vec<_>) = written
            .into_iter()
            .partition(|(one, _)| one.readable && one.known.is_some());
        (!readable.is_empty() || !unread.is_empty()).then(|| Asked {
            written: readable
                .into_iter()
                .map(|(one, count)| (one.name.clone(), count))
                .collect(),
            unread: unread.into_iter().map(|(one, _)| one.name.clone()).collect(),
        })
    }

    /// Whether more was written than was watched.
    pub fn is_beyond(&self, width: Width) -> bool {
        let is_usual = |name: &str| USUAL.contains(&name);
        width == Width::Usual && (!self.unread.is_empty() || !self.written.iter().all(|(name, _)| is_usual(name)))
    }

    /// Asks for the rows, as they were and as they are. Where rows of a catalog were made and none changed or deleted, it is
    /// not asked how they were. `own` are the relations of the layer.
    pub fn rows(&self, catalogs: &Catalogs, own: &[u32]) -> String {
        let changed = self.written.iter().filter(|(_, count)| count.old > 0);
        let changed: Vec<&str> = changed.map(|(name, _)| name.as_str()).collect();
        let now: Vec<String> = self
            .written
            .iter()
            .filter_map(|(name, count)| self.now(catalogs, name, *count, own))
            .collect();
        let now = if now.is_empty() {
            String::new()
        } else {
            format!("; {}", now.join(" UNION ALL "))
        };
        format!(
            "{}; {OPENED}; FETCH ALL FROM {BEFORE}; SELECT {NOW}{now}",
            choose(&changed.join(","))
        )
    }

    /// Asks for the rows of a catalog as they are.
    fn now(&self, catalogs: &Catalogs, name: &str, count: Count, own: &[u32]) -> Option<String> {
        let one = catalogs.all.iter().find(|one| one.name == name)?;
        let wrote = if count.old > 0 { Wrote::Any } else { Wrote::New };
        if self.is_looked_up(name, own) {
            return one.rows(&of_relations(own), wrote);
        }
        match wrote {
            Wrote::New => one.new_rows(count.ever),
            Wrote::Any => one.rows("true", wrote),
        }
    }

    /// Whether the rows of a catalog are looked up by the relations of the layer: of the columns of all relations there are
    /// many more than of anything else.
    fn is_looked_up(&self, name: &str, own: &[u32]) -> bool {
        let count = self.written.iter().find(|(one, _)| one == name);
        name == COLUMNS && own.len() <= MOST && count.is_some_and(|(_, count)| count.old == 0)
    }

    /// Asks once more for rows that were looked up, if fewer were found than were made: some are not about the layer's
    /// relations, or are gone. The answer takes their place ([`Asked::with`]).
    pub fn further(&self, catalogs: &Catalogs, own: &[u32], rows: &[Cells]) -> Option<String> {
        let (_, count) = self.written.iter().find(|(name, _)| self.is_looked_up(name, own))?;
        let found = rows.iter().filter(|row| is_of_columns(row)).count();
        if u64::try_from(found).is_ok_and(|found| found == count.new) {
            return None;
        }
        catalogs
            .all
            .iter()
            .find(|one| one.name == COLUMNS)?
            .rows("true", Wrote::New)
    }

    /// The answer to [`Asked::rows`] with that to [`Asked::further`].
    pub fn with(&self, mut rows: Vec<Cells>, further: Vec<Cells>) -> Vec<Cells> {
        rows.retain(|row| !is_of_columns(row));
        rows.extend(further);
        rows
    }
}

const COLUMNS: &str = "pg_attribute";

/// So many relations are looked up one by one at most.
const MOST: usize = 1_000;

fn is_of_columns(row: &Cells) -> bool {
    cell(row, 0) == COLUMNS
}

/// That a column is of one of those relations, or of one that the transaction made.
fn of_relations(own: &[u32]) -> String {
    let own: Vec<String> = own.iter().map(ToString::to_string).collect();
    format!(
        "r.attrelid = ANY ('{{{}}}'::pg_catalog.oid[] || ARRAY(SELECT c.oid FROM pg_catalog.pg_class AS c WHERE \
         pg_catalog.age(c.xmin) <= 0))",
        own.join(",")
    )
}

/// Stands between the rows as they were and as they are.
const NOW: &str = "'now'";

/// The answers of two looks, without what stands before them.
fn looks<'r>(rows: &'r [Cells], beginning: &Beginning) -> Result<(&'r [Cells], &'r [Cells]), Blind> {
    let opened: Vec<Cells> = opened(rows);
    let first = rows
        .iter()
        .position(|row| cell(row, 0) == "first")
        .ok_or(Blind::Tampered)?;
    let now = rows
        .iter()
        .position(|row| cell(row, 0) == "now" && row.len() == 1)
        .ok_or(Blind::Tampered)?;
    if !opened.iter().all(|row| beginning.opened.contains(row)) || opened.is_empty() {
        return Err(Blind::Tampered);
    }
    Ok((&rows[first + 1..now], &rows[now + 1..]))
}

/// The rows that a transaction wrote, and perhaps others that were committed meanwhile ([`Changes::strange`]).
///
/// # Errors
/// It cannot be told.
pub fn changes(rows: &[Cells], beginning: &Beginning) -> Result<Vec<Change>, Blind> {
    let (before, after) = looks(rows, beginning)?;
    let (before, after): (Vec<Row>, Vec<Row>) = (
        before.iter().map(Row::read).collect(),
        after.iter().map(Row::read).collect(),
    );
    let places = |rows: &[Row]| -> BTreeSet<(String, String)> {
        rows.iter()
            .map(|row| (row.catalog.clone(), row.place.clone()))
            .collect()
    };
    let (was, is) = (places(&before), places(&after));
    let place = |row: &Row| (row.catalog.clone(), row.place.clone());
    let gone: Vec<Row> = before.into_iter().filter(|row| !is.contains(&place(row))).collect();
    let new: Vec<Row> = after.into_iter().filter(|row| !was.contains(&place(row))).collect();
    // What was written as it was is no change.
    let texts = |rows: &[Row]| -> BTreeSet<(Address, String)> {
        rows.iter()
            .map(|row| (row.about.clone(), format!("{} {}", row.catalog, row.body)))
            .collect()
    };
    let (gone_as, new_as) = (texts(&gone), texts(&new));
    let is_in = |texts: &BTreeSet<(Address, String)>, row: &Row| {
        texts.contains(&(row.about.clone(), format!("{} {}", row.catalog, row.body)))
    };
    let mut changes: Vec<Change> = Vec::new();
    changes.extend(
        gone.iter()
            .filter(|row| !is_in(&new_as, row))
            .map(|row| change(row, true)),
    );
    changes.extend(
        new.iter()
            .filter(|row| !is_in(&gone_as, row))
            .map(|row| change(row, false)),
    );
    Ok(changes)
}

fn change(row: &Row, is_gone: bool) -> Change {
    let known = CATALOGS.iter().find(|catalog| catalog.name == row.catalog);
    let also = known.map(|catalog| catalog.also).unwrap_or_default();
    let also = also.iter().zip(&row.also).filter(|(_, number)| **number != 0);
    Change {
        catalog: row.catalog.clone(),
        about: row.about.clone(),
        is_object: known.is_some_and(|catalog| matches!(catalog.about, About::Itself)),
        is_gone,
        word: row.word.clone(),
        name: row.name.clone(),
        schema: row.schema.clone(),
        also: also
            .map(|(also, number)| (Address::new(also.0, *number), also.2))
            .collect(),
        body: row.body.clone(),
        again: row.again.clone(),
        writer: if is_gone { row.xmax } else { row.xmin },
    }
}

/// Asks which of those that wrote are other transactions; nothing, where all is the transaction's own. `transaction` is its id.
pub fn writers(changes: &[Change], transaction: &str) -> Option<String> {
    let id: u64 = transaction.parse().unwrap_or(0);
    let own = u32::try_from(id & 0xffff_ffff).unwrap_or(0);
    let others: BTreeSet<u32> = changes
        .iter()
        .map(|change| change.writer)
        .filter(|one| *one != own)
        .collect();
    if others.is_empty() {
        return None;
    }
    // Numbers of 32 bits go round; what wrote meanwhile is near.
    let whole = |one: &u32| id.wrapping_add_signed(i64::from(one.wrapping_sub(own).cast_signed()));
    let numbers: Vec<String> = others
        .iter()
        .map(|one| format!("({one}, '{}'::xid8)", whole(one)))
        .collect();
    Some(format!(
        "SELECT 'stranger', w.short::text FROM (VALUES {}) AS w (short, id) WHERE pg_catalog.pg_xact_status(w.id) <> 'in \
         progress'",
        numbers.join(", ")
    ))
}

/// Leaves out what others wrote and have committed, by the answer to [`writers`].
pub fn without_strangers(changes: Vec<Change>, rows: &[Cells]) -> Vec<Change> {
    let strangers: BTreeSet<u32> = rows
        .iter()
        .filter(|row| cell(row, 0) == "stranger")
        .map(|row| number(cell(row, 1)))
        .collect();
    changes
        .into_iter()
        .filter(|change| !strangers.contains(&change.writer))
        .collect()
}

/// What objects belong to, before and after.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Belonging {
    before: BTreeMap<Address, Address>,
    after: BTreeMap<Address, Address>,
}

impl Belonging {
    /// Asks what the objects of changes belong to.
    pub fn ask(catalogs: &Catalogs, changes: &[Change]) -> String {
        let also = changes
            .iter()
            .flat_map(|change| change.also.iter().map(|(object, _)| object.number));
        let numbers: BTreeSet<u32> = changes.iter().map(|change| change.about.number).chain(also).collect();
        let spoken_of: BTreeSet<&str> = changes
            .iter()
            .flat_map(|change| change.also.iter().map(|(object, _)| object).chain([&change.about]))
            .map(|object| object.catalog.as_str())
            .collect();
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let numbers = numbers.join(",");
        let now = catalogs.belonging(&format!("x.oid = ANY ('{{{numbers}}}'::oid[])"), |catalog| {
            spoken_of.contains(catalog)
        });
        format!(
            "{}; {OPENED}; FETCH ALL FROM {BELONGED}; SELECT {NOW}{}; CLOSE {BEFORE}; CLOSE {BELONGED}",
            choose(&numbers),
            match now.is_empty() {
                true => String::new(),
                false => format!("; {now}"),
            }
        )
    }

    /// What the answer says.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn read(rows: &[Cells], beginning: &Beginning) -> Result<Belonging, Blind> {
        let (before, after) = looks(rows, beginning)?;
        let read = |rows: &[Cells]| {
            rows.iter()
                .map(|row| {
                    let object = Address::new(cell(row, 0), number(cell(row, 1)));
                    (object, Address::new(cell(row, 2), number(cell(row, 3))))
                })
                .collect()
        };
        Ok(Belonging {
            before: read(before),
            after: read(after),
        })
    }

    /// What an object belonged to before; the object itself, if it belongs to nothing else.
    pub fn before<'a>(&'a self, object: &'a Address) -> &'a Address {
        self.before.get(object).unwrap_or(object)
    }

    /// What it belongs to now.
    pub fn after<'a>(&'a self, object: &'a Address) -> &'a Address {
        self.after.get(object).unwrap_or(object)
    }

    /// Whether such objects may belong to others.
    pub fn may_belong(object: &Address) -> bool {
        BELONGING.iter().any(|(catalog, _)| *catalog == object.catalog)
    }

    /// Whether it was there before, as far as it is of a kind that may belong to others.
    pub fn was_there(&self, object: &Address) -> bool {
        self.before.contains_key(object)
    }

    /// Whether it is there now, as far as it is of a kind that may belong to others.
    pub fn is_there(&self, object: &Address) -> bool {
        self.after.contains_key(object)
    }
}
