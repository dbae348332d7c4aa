//! Which catalogs are watched, and how much a transaction has written to each, as the server counts it.

use super::catalogs::{CATALOGS, Catalog, OF_ROWS};
use std::collections::BTreeMap;

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
    pub(super) steady: Option<String>,
}

/// The catalogs of a server, and whether it counts what is written to them.
#[derive(Debug)]
pub struct Catalogs {
    pub(super) all: Vec<Watched>,
    /// Whether the counts can be relied on, whatever a step does: the setting is on, and the role may not switch it off.
    pub(super) counts: bool,
    /// Whether counts of an earlier transaction can be kept out of those of a later one.
    pub(super) flushes: bool,
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
pub(super) const USUAL: [&str; 14] = [
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
pub(super) const UNSPOKEN: [&str; 6] = [
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
(pg_catalog.to_regproc('pg_catalog.pg_stat_force_next_flush') IS NOT NULL)::text, \
(SELECT pg_catalog.string_agg('r.' || a.attname, ', ' ORDER BY a.attnum) FILTER (WHERE a.atttypid <> 2277) FROM \
pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 HAVING pg_catalog.bool_or(a.atttypid = 2277)) FROM \
pg_catalog.pg_class AS c WHERE c.relnamespace = 11 AND c.relkind = 'r' ORDER BY c.relname";

impl Watched {
    pub(super) fn is_within(&self, width: Width) -> bool {
        width == Width::All || USUAL.contains(&self.name.as_str())
    }
}

impl Catalogs {
    /// What the answer to [`CATALOGS_OF_SERVER`] says.
    pub fn read(rows: &[Cells]) -> Catalogs {
        let is_true = |row: &Cells, at: usize| cell(row, at) == "true";
        let all = rows.iter().map(|row| Watched {
            name: cell(row, 0).to_owned(),
            number: number(cell(row, 1)),
            known: CATALOGS.iter().find(|catalog| catalog.name == cell(row, 0)),
            readable: is_true(row, 2),
            steady: row.get(5).cloned().flatten(),
        });
        Catalogs {
            all: all
                .filter(|catalog| !OF_ROWS.contains(&catalog.name.as_str()))
                .collect(),
            counts: rows.first().is_some_and(|row| is_true(row, 3)),
            flushes: rows.first().is_some_and(|row| is_true(row, 4)),
        }
    }

    /// Asks how much the transaction has written to each catalog so far, of those to which anything was.
    pub fn count(&self) -> String {
        let numbers: Vec<String> = self.all.iter().map(|one| one.number.to_string()).collect();
        format!(
            "SELECT 'count', t.number::text, pg_catalog.pg_stat_get_xact_tuples_inserted(t.number)::text, \
             pg_catalog.pg_stat_get_xact_tuples_updated(t.number)::text, \
             pg_catalog.pg_stat_get_xact_tuples_deleted(t.number)::text FROM pg_catalog.unnest('{{{}}}'::oid[]) AS t (number) \
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
    pub(super) fn written(&self, before: &Counts, after: &Counts, relied: bool) -> Vec<(&Watched, Count)> {
        let count = |counts: &Counts, one: &Watched| counts.get(&one.number).copied().unwrap_or_default();
        let all = self.all.iter().map(|one| {
            let (before, after) = (count(before, one), count(after, one));
            let count = Count {
                new: after.new.saturating_sub(before.new),
                changed: after.changed.saturating_sub(before.changed),
                deleted: after.deleted.saturating_sub(before.deleted),
                is_all: before == Count::default(),
            };
            (one, count)
        });
        let is_written = |count: &Count| count.new > 0 || count.touches_older();
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
                            changed: u64::MAX,
                            deleted: u64::MAX,
                            is_all: false,
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
    pub(super) new: u64,
    /// Rows that were changed.
    pub(super) changed: u64,
    /// Rows that were deleted.
    pub(super) deleted: u64,
    /// Whether the transaction has written nothing else to the catalog, before it was counted.
    pub(super) is_all: bool,
}

impl Count {
    /// Whether rows that were there were changed or deleted.
    pub(super) fn touches_older(&self) -> bool {
        self.changed > 0 || self.deleted > 0
    }
}

/// How much was written to each catalog, by the catalog's number.
pub(super) type Counts = BTreeMap<u32, Count>;

/// What answers to [`Catalogs::count`] say, among other rows.
pub(super) fn counts(rows: &[Cells]) -> Counts {
    let counts = rows.iter().filter(|row| cell(row, 0) == "count");
    let much = |row: &Cells, at: usize| cell(row, at).parse().unwrap_or(u64::MAX);
    let count = |row: &Cells| Count {
        new: much(row, 2),
        changed: much(row, 3),
        deleted: much(row, 4),
        is_all: false,
    };
    counts.map(|row| (number(cell(row, 1)), count(row))).collect()
}

pub(super) fn cell(row: &Cells, at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

pub(super) fn number(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}

/// Lets the server count what is written, and which functions run.
pub(super) const TRACKED: &str = "; SELECT 'tracked', pg_catalog.set_config('track_counts', 'on', true), \
                       pg_catalog.set_config('track_functions', 'all', true)";

/// Has the server put its counts away when the transaction ends. Else those of transactions that ended within a second are
/// among those of the next one (`pgstat_report_stat` of the server's source), which then seems to have written before it did.
/// From version 15.
pub(super) const FLUSHED: &str = "; SELECT 'put away', pg_catalog.pg_stat_force_next_flush()::text";

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
