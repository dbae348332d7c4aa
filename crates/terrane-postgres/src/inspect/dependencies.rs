//! What needs what, as `pg_depend` tells it. What a function's body in text mentions, it does not tell.

use super::ask::Ask;
use super::cells::{Cells, Read};
use super::found::Found;
use sqlx::postgres::PgRow;
use std::collections::{BTreeMap, BTreeSet};
use terrane_core::name::{Ident, ObjectName};

/// An object of a schema, by what it is found under there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "they are the schema's own nouns")]
pub enum Object {
    Table(ObjectName),
    View(ObjectName),
    Enum(ObjectName),
    Sequence(ObjectName),
    Routine(ObjectName),
    Index {
        table: ObjectName,
        name: Ident,
    },
    Constraint {
        table: ObjectName,
        name: Ident,
    },
    Trigger {
        relation: ObjectName,
        name: Ident,
    },
    /// What the model has no noun for.
    Other(ObjectName),
}

/// What needs what.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dependencies {
    edges: BTreeMap<Object, BTreeMap<Object, BTreeSet<Ident>>>,
    dependents: BTreeMap<Object, BTreeSet<Object>>,
}

impl Dependencies {
    /// What an object needs, and the columns of it where it needs only those.
    pub fn of(&self, object: &Object) -> impl Iterator<Item = (&Object, &BTreeSet<Ident>)> {
        self.edges.get(object).into_iter().flatten()
    }

    /// What needs an object.
    pub fn on(&self, object: &Object) -> impl Iterator<Item = &Object> {
        self.dependents.get(object).into_iter().flatten()
    }

    /// All of them: what needs, what is needed, and the columns of it.
    pub fn iter(&self) -> impl Iterator<Item = (&Object, &Object, &BTreeSet<Ident>)> {
        let edges = self.edges.iter();
        edges.flat_map(|(from, to)| to.iter().map(move |(to, columns)| (from, to, columns)))
    }

    /// Adds one.
    pub fn insert(&mut self, from: Object, to: Object, column: Option<Ident>) {
        self.dependents.entry(to.clone()).or_default().insert(from.clone());
        self.edges
            .entry(from)
            .or_default()
            .entry(to)
            .or_default()
            .extend(column);
    }
}

/// `place` says under which row of which catalog that is known of which the schema speaks: a default under its table, a
/// view's rule under the view, a row type under its table, an array under its element, an index under its constraint,
/// and whatever belongs to an extension under the extension.
///
/// That a sequence goes with the column that owns it is said by its options, and is left out: the column's default needs
/// the sequence.
pub(super) fn sql(_: &Ask<'_>) -> String {
    "WITH place (classid, objid, class, obj) AS (
            SELECT 'pg_attrdef'::regclass::oid, d.oid, 'pg_class'::regclass::oid, d.adrelid FROM pg_attrdef AS d
            UNION ALL
            SELECT 'pg_rewrite'::regclass, r.oid, 'pg_class'::regclass, r.ev_class FROM pg_rewrite AS r
             WHERE r.rulename = '_RETURN' AND r.oid >= 16384
            UNION ALL
            SELECT 'pg_type'::regclass, t.oid, 'pg_class'::regclass, c.oid
              FROM pg_type AS t JOIN pg_class AS c ON c.oid = t.typrelid
             WHERE c.relkind <> 'c' AND t.oid >= 16384
            UNION ALL
            SELECT 'pg_class'::regclass, c.oid, 'pg_type'::regclass, c.reltype FROM pg_class AS c
             WHERE c.relkind = 'c' AND c.oid >= 16384
            UNION ALL
            SELECT 'pg_type'::regclass, t.typarray, CASE WHEN c.relkind <> 'c' THEN 'pg_class'::regclass
                    ELSE 'pg_type'::regclass END, CASE WHEN c.relkind <> 'c' THEN c.oid ELSE t.oid END
              FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
             WHERE t.typarray >= 16384
            UNION ALL
            SELECT 'pg_class'::regclass, x.conindid, 'pg_constraint'::regclass, x.oid FROM pg_constraint AS x
             WHERE x.contype IN ('p', 'u', 'x') AND x.conrelid <> 0
            UNION ALL
            SELECT e.classid, e.objid, e.refclassid, e.refobjid FROM pg_depend AS e WHERE e.deptype = 'e')
     SELECT DISTINCT coalesce(f.class, d.classid), coalesce(f.obj, d.objid),
            coalesce(t.class, d.refclassid), coalesce(t.obj, d.refobjid), a.attname
       FROM pg_depend AS d
       LEFT JOIN place AS f ON f.classid = d.classid AND f.objid = d.objid
       LEFT JOIN place AS t ON t.classid = d.refclassid AND t.objid = d.refobjid
       LEFT JOIN pg_attribute AS a ON d.refclassid = 'pg_class'::regclass AND a.attrelid = d.refobjid
            AND a.attnum = d.refobjsubid AND d.refobjsubid > 0 AND t.obj IS NULL
      WHERE d.objid >= 16384 AND d.refobjid >= 16384 AND d.deptype <> 'e'
        AND (coalesce(f.class, d.classid), coalesce(f.obj, d.objid))
            <> (coalesce(t.class, d.refclassid), coalesce(t.obj, d.refobjid))
        AND NOT (d.deptype = 'a' AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
            AND d.objid IN (SELECT s.seqrelid FROM pg_sequence AS s))"
        .to_owned()
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let from = (cells.oid()?, cells.oid()?);
        let to = (cells.oid()?, cells.oid()?);
        let column = cells.optional()?.map(|name| crate::FLAVOR.ident(name));
        found.edges.push((from, to, column));
    }
    Ok(())
}
