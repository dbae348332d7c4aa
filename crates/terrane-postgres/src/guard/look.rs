//! What a transaction did to the catalogs, asked of the server.
//!
//! A row that the transaction made, changed or deleted is a row that is there now and was not when the transaction began, or
//! the other way round. What was there then is told by cursors that are opened at the beginning and read at the end: a
//! cursor sees what there was when it was opened. Rows that nobody wrote since are left out by the server, by their `xmin` and
//! `xmax`, so that the cost does not grow with what the catalogs hold. The same rows are asked for in both looks: what is
//! there both times was written by nobody, whatever its numbers say after two thousand million transactions.

use super::catalogs::{About, BELONGING, Bond, CATALOGS};
use super::counts::{
    Catalogs, Cells, Count, Counts, FLUSHED, TRACKED, UNSPOKEN, USUAL, Watched, Width, cell, counts, number,
};
use super::rows::Wrote;
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

/// What is asked when a step begins: the state of the counts, and the cursors with when they were opened.
pub fn begin(catalogs: &Catalogs, width: Width) -> String {
    let watched = catalogs.all.iter().filter(|one| one.readable && one.is_within(width));
    let rows: Vec<String> = watched.flat_map(rows_as_they_were).collect();
    let tracked = if catalogs.counts { "" } else { TRACKED };
    let flushed = if catalogs.flushes { FLUSHED } else { "" };
    format!(
        "{PINNED}{tracked}{flushed}; {}; DECLARE {BEFORE} NO SCROLL CURSOR FOR SELECT {SENTINEL} UNION ALL {}; DECLARE {BELONGED} NO SCROLL \
         CURSOR FOR SELECT {SENTINEL} UNION ALL {}; {OPENED}",
        catalogs.count(),
        rows.join(" UNION ALL "),
        catalogs.belonging(&format!("x.oid = ANY ({})", listed(CHOSEN, "oid")), |catalog| {
            width == Width::All || !UNSPOKEN.contains(&catalog)
        })
    )
}

/// Asks for rows of a catalog, if it is chosen. Of relations they can be looked up, where none is gone.
fn rows_as_they_were(one: &Watched) -> impl Iterator<Item = String> {
    let is_chosen = |name: &str| format!("'{name}' = ANY ({})", listed(CHOSEN, "text"));
    let looked_up = (one.name == RELATIONS).then(|| {
        format!(
            "{} AND r.oid = ANY ({})",
            is_chosen(RELATIONS_LOOKED_UP),
            listed(WRITTEN, "oid")
        )
    });
    [Some(is_chosen(&one.name)), looked_up]
        .into_iter()
        .flatten()
        .filter_map(|gate| one.rows(&gate, Wrote::Any))
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
        let changed = self.written.iter().filter(|(_, count)| count.touches_older());
        let changed: Vec<&str> = changed
            .map(|(name, count)| match name.as_str() {
                RELATIONS if count.deleted == 0 => RELATIONS_LOOKED_UP,
                name => name,
            })
            .collect();
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
        let listed = match self.written.iter().any(|(name, _)| name == RELATIONS) {
            true => RELATIONS_WRITTEN,
            false => "",
        };
        format!(
            "{}; {listed}{OPENED}; FETCH ALL FROM {BEFORE}; SELECT {NOW}{now}",
            choose(&changed.join(","))
        )
    }

    /// Asks for the rows of a catalog as they are.
    fn now(&self, catalogs: &Catalogs, name: &str, count: Count, own: &[u32]) -> Option<String> {
        let one = catalogs.all.iter().find(|one| one.name == name)?;
        let wrote = if count.touches_older() { Wrote::Any } else { Wrote::New };
        if self.is_looked_up(name, own) {
            let among = self.written.iter().any(|(name, _)| name == RELATIONS);
            return one.rows(&of_relations(own, among), wrote);
        }
        if name == RELATIONS {
            return one.rows(&format!("r.oid = ANY ({})", listed(WRITTEN, "oid")), Wrote::Any);
        }
        match wrote {
            Wrote::New if count.is_all => one.new_rows(count.new),
            Wrote::New | Wrote::Any => one.rows("true", wrote),
        }
    }

    /// Whether the rows of a catalog are looked up by the relations of the layer: of the columns of all relations there are
    /// many more than of anything else.
    fn is_looked_up(&self, name: &str, own: &[u32]) -> bool {
        let count = self.written.iter().find(|(one, _)| one == name);
        name == COLUMNS && own.len() <= MOST && count.is_some_and(|(_, count)| !count.touches_older())
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
const RELATIONS: &str = "pg_class";

/// Chosen in place of [`RELATIONS`], where only those in [`WRITTEN`] are asked for.
const RELATIONS_LOOKED_UP: &str = "pg_class of written";

/// A setting of the transaction's: the relations whose rows were written. Of all catalogs the one of relations is among the
/// largest, and what it says is asked for twice.
const WRITTEN: &str = "terrane.written";

const RELATIONS_WRITTEN: &str = "\
SELECT 'listed', pg_catalog.set_config('terrane.written', COALESCE((SELECT pg_catalog.string_agg(c.oid::text, ',') FROM \
pg_catalog.pg_class AS c WHERE pg_catalog.age(c.xmin) <= 0 OR pg_catalog.age(c.xmax) <= 0), ''), true); ";

/// So many relations are looked up one by one at most.
const MOST: usize = 1_000;

fn is_of_columns(row: &Cells) -> bool {
    cell(row, 0) == COLUMNS
}

/// That a column is of one of those relations, or of one that was written, where there are any.
fn of_relations(own: &[u32], or_written: bool) -> String {
    let own: Vec<String> = own.iter().map(ToString::to_string).collect();
    let own = format!("'{{{}}}'::pg_catalog.oid[]", own.join(","));
    match or_written {
        true => format!("r.attrelid = ANY ({own} || {})", listed(WRITTEN, "oid")),
        false => format!("r.attrelid = ANY ({own})"),
    }
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
