//! Relations that depend on others, as the server itself keeps it.

use super::cells::{Cells, Read};
use super::others::FIRST_NORMAL_OID;
use sqlx::postgres::PgRow;
use std::collections::BTreeSet;
use terrane_core::sql::quote_string;

/// Which dependents are read besides the wanted relations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dependents<'a> {
    /// None.
    Ignored,
    /// What `pg_depend` says depends on the wanted relations, or on an index, a type, a routine or a statistics object
    /// whose name consists of such words, in lower case.
    Of(&'a BTreeSet<String>),
}

/// Objects that a statement names without the relation that they belong to, or that relations depend on: the catalog, the
/// column of the name, and which rows. A row type and an array type are their relation's and their element's.
const NAMED: [(&str, &str, &str); 4] = [
    ("pg_class", "relname", "relkind IN ('i', 'I', 'c')"),
    ("pg_type", "typname", "typrelid = 0 AND typelem = 0"),
    ("pg_proc", "proname", "true"),
    ("pg_statistic_ext", "stxname", "true"),
];

/// The numbers of the relations that depend on these or on what the words name, or that such an object belongs to.
///
/// The walk follows every edge of `pg_depend` against its direction. A view stands behind its rule. What reaches a
/// constraint, a default, an index or a trigger finds the table that it belongs to, and stops there: a table that refers
/// to a wanted one by a foreign key has to be known, and what refers to *it* has not.
pub(super) fn sql(relations: &[u32], words: &BTreeSet<String>) -> String {
    let numbers: Vec<String> = relations.iter().map(ToString::to_string).collect();
    let numbers = numbers.join(",");
    let words: Vec<String> = words.iter().map(|word| quote_string(word)).collect();
    let words = words.join(",");
    let named = NAMED.map(|(catalog, name, condition)| {
        // A name of several words is taken for named: to look at too much costs only time.
        format!(
            "SELECT '{catalog}'::regclass::oid, oid FROM {catalog} WHERE oid >= {FIRST_NORMAL_OID} AND {condition}
                AND (lower({name}) IN (SELECT word FROM words) OR {name} !~ '^[[:alnum:]_$]+$')"
        )
    });
    let named = named.join(" UNION ALL ");
    format!(
        "WITH RECURSIVE wanted AS (SELECT unnest('{{{numbers}}}'::oid[]) AS oid),
            words AS (SELECT unnest(ARRAY[{words}]::text[]) AS word),
            dependent (classid, objid) AS (
                (SELECT 'pg_class'::regclass::oid, oid FROM wanted UNION ALL {named})
                 UNION
                SELECT next.classid, next.objid
                  FROM dependent AS r
                  JOIN pg_depend AS d ON d.refclassid = r.classid AND d.refobjid = r.objid
                 CROSS JOIN LATERAL (
                    SELECT d.classid, d.objid
                     UNION ALL
                    SELECT 'pg_class'::regclass::oid, w.ev_class FROM pg_rewrite AS w
                     WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid) AS next),
            owner (classid, objid) AS (
                SELECT classid, objid FROM dependent
                 UNION
                SELECT d.refclassid, d.refobjid
                  FROM owner AS o
                  JOIN pg_depend AS d ON d.classid = o.classid AND d.objid = o.objid AND d.deptype IN ('a', 'i'))
         SELECT DISTINCT o.objid FROM owner AS o
          WHERE o.classid = 'pg_class'::regclass AND o.objid NOT IN (SELECT oid FROM wanted)"
    )
}

pub(super) fn read(rows: &[PgRow]) -> Read<BTreeSet<u32>> {
    rows.iter().map(|row| Cells::of(row).oid()).collect()
}
