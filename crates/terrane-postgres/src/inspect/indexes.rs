//! Indexes of tables, those aside that back a constraint; and indexes of materialized views, kept as text.

use super::ask::Ask;
use super::cells::{Cells, Read};
use super::edges;
use super::found::Found;
use super::relations::{STAMP, mark, options};
use crate::FLAVOR;
use crate::array_cast::expression;
use sqlx::postgres::PgRow;
use terrane_core::schema::{Index, IndexKey, KeyTarget, Nulls, ObjectIdentity};

pub(super) fn sql(ask: &Ask) -> String {
    format!(
        "SELECT i.indexrelid, i.indrelid, ic.relname, i.indisunique, nullif(am.amname, 'btree'),
            k.targets, k.expressions, k.collations, k.collation_schemas, k.classes, k.options, k.included,
            pg_get_expr(i.indpred, i.indrelid), obj_description(i.indexrelid, 'pg_class'),
            parent.relname, {distinct}, NOT i.indisvalid, ic.reloptions, space.spcname,
            (SELECT array_agg(a.attnum || '=' || a.attstattarget ORDER BY a.attnum) FROM pg_attribute AS a
              WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)
       FROM pg_index AS i
       JOIN pg_class AS c ON c.oid = i.indrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       JOIN pg_class AS ic ON ic.oid = i.indexrelid
       JOIN pg_am AS am ON am.oid = ic.relam
       LEFT JOIN pg_tablespace AS space ON space.oid = ic.reltablespace
       LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
       LEFT JOIN pg_class AS parent ON parent.oid = h.inhparent
       CROSS JOIN LATERAL ({keys}) AS k
      WHERE c.relkind IN ('r', 'p') AND {scope} AND {plain}
      ORDER BY i.indrelid, ic.relname",
        distinct = ask.since(150_000, "i.indnullsnotdistinct", "false"),
        keys = keys(),
        scope = ask.hanging("i.indrelid"),
        plain = plain(),
    )
}

/// The condition on a row `i` of `pg_index`: it backs no constraint.
pub(super) fn plain() -> &'static str {
    "NOT EXISTS (SELECT FROM pg_constraint AS x
        WHERE x.conrelid = i.indrelid AND x.conindid = i.indexrelid AND x.contype IN ('p', 'u', 'x'))"
}

/// The keys of the row `i` of `pg_index`, an array for each thing that is to know of them.
///
/// The collation of a column's key is told where it is not the column's. What collation an expression has by itself the
/// catalog does not say, but `pg_get_indexdef` writes one only where it is another.
fn keys() -> String {
    format!(
        "SELECT array_agg(CASE key.attnum WHEN 0 THEN pg_get_indexdef(i.indexrelid, key.ord::int, false)
                ELSE a.attname::text END ORDER BY key.ord) FILTER (WHERE key.class IS NOT NULL) AS targets,
            array_agg(key.attnum = 0 ORDER BY key.ord) FILTER (WHERE key.class IS NOT NULL) AS expressions,
            array_agg(co.collname ORDER BY key.ord) FILTER (WHERE key.class IS NOT NULL) AS collations,
            array_agg(CASE WHEN con.nspname NOT IN ('pg_catalog', 'public') THEN con.nspname END ORDER BY key.ord)
                FILTER (WHERE key.class IS NOT NULL) AS collation_schemas,
            array_agg(CASE WHEN NOT op.opcdefault OR class_options.text IS NOT NULL
                    OR op.opcintype <> a.atttypid AND EXISTS (SELECT FROM pg_opclass AS closer
                        WHERE closer.opcmethod = op.opcmethod AND closer.opcdefault
                          AND closer.opcintype = a.atttypid)
                THEN CASE WHEN opn.nspname NOT IN ('pg_catalog', 'public') THEN quote_ident(opn.nspname) || '.'
                     ELSE '' END || quote_ident(op.opcname) || coalesce(' (' || class_options.text || ')', '')
                END ORDER BY key.ord) FILTER (WHERE key.class IS NOT NULL) AS classes,
            array_agg(key.option ORDER BY key.ord) FILTER (WHERE key.class IS NOT NULL) AS options,
            array_agg(a.attname ORDER BY key.ord) FILTER (WHERE key.class IS NULL) AS included
       FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[])
            WITH ORDINALITY AS key (attnum, class, coll, option, ord)
       LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = key.attnum AND key.attnum <> 0
       LEFT JOIN pg_attribute AS ia ON ia.attrelid = i.indexrelid AND ia.attnum = key.ord
       LEFT JOIN LATERAL (SELECT string_agg(quote_ident(split_part(o, '=', 1)) || '='
                || quote_literal(substr(o, strpos(o, '=') + 1)), ', ') AS text
            FROM unnest(ia.attoptions) AS o WHERE split_part(o, '=', 1) <> '{STAMP}') AS class_options ON true
       LEFT JOIN pg_opclass AS op ON op.oid = key.class
       LEFT JOIN pg_namespace AS opn ON opn.oid = op.opcnamespace
       LEFT JOIN pg_collation AS co ON co.oid = key.coll AND CASE key.attnum
            WHEN 0 THEN strpos(pg_get_indexdef(i.indexrelid),
                pg_get_indexdef(i.indexrelid, key.ord::int, false) || ' COLLATE ') > 0
            ELSE key.coll <> a.attcollation END
       LEFT JOIN pg_namespace AS con ON con.oid = co.collnamespace"
    )
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    for row in rows {
        let mut cells = Cells::of(row);
        let (number, relation) = (cells.oid()?, cells.oid()?);
        let Some(table) = found.tables.get_mut(&relation) else {
            continue;
        };
        let index = index(&mut cells)?;
        let identity = ObjectIdentity::Index(table.name.clone(), index.name.clone());
        found.identities.insert((edges::CLASS, number), identity);
        table.indexes.insert(index.name.clone(), index);
    }
    Ok(())
}

fn index(cells: &mut Cells<'_>) -> Read<Index> {
    let mut index = Index {
        name: cells.ident()?,
        unique: cells.flag()?,
        method: cells.optional()?.map(str::to_owned),
        keys: Vec::new(),
        include: Vec::new(),
        predicate: None,
        comment: None,
        attributes: Default::default(),
    };
    let targets = cells.list()?;
    let [expressions, collations, schemas, classes, orders] = [
        cells.list()?,
        cells.list()?,
        cells.list()?,
        cells.list()?,
        cells.list()?,
    ];
    for (at, target) in targets.into_iter().enumerate() {
        let of = |list: &[Option<String>]| list.get(at).cloned().flatten();
        let target = target.unwrap_or_default();
        let order = of(&orders).and_then(|bits| bits.parse::<u16>().ok()).unwrap_or(0);
        let (descending, first) = (order & 1 != 0, order & 2 != 0);
        let nulls = if first { Nulls::First } else { Nulls::Last };
        let is_expression = of(&expressions).as_deref() == Some("t");
        index
            .attributes
            .set(&format!("collation schema {}", at + 1), of(&schemas).as_deref());
        index.keys.push(IndexKey {
            target: if is_expression {
                KeyTarget::Expression(expression(&target))
            } else {
                KeyTarget::Column(FLAVOR.ident(&target))
            },
            collation: of(&collations).map(|name| FLAVOR.ident(&name)),
            operator_class: of(&classes),
            descending,
            nulls: (descending != first).then_some(nulls),
        });
    }
    index.include = cells.names()?;
    index.predicate = cells.expr()?;
    index.comment = cells.comment()?;
    index.attributes.set("inherited", cells.optional()?);
    mark(&mut index.attributes, "nulls not distinct", cells.flag()?);
    mark(&mut index.attributes, "invalid", cells.flag()?);
    options(&mut index.attributes, "", &cells.list()?);
    index.attributes.set("tablespace", cells.optional()?);
    options(&mut index.attributes, "statistics ", &cells.list()?);
    Ok(index)
}

/// The indexes of materialized views: the model has none there.
pub(super) fn sql_of_views(ask: &Ask) -> String {
    format!(
        "SELECT 'index', n.nspname, quote_ident(ic.relname),
            pg_get_indexdef(ic.oid), 'pg_class'::regclass::oid, ic.oid
       FROM pg_index AS i
       JOIN pg_class AS c ON c.oid = i.indrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       JOIN pg_class AS ic ON ic.oid = i.indexrelid
      WHERE c.relkind = 'm' AND {}
      ORDER BY ic.oid",
        ask.hanging("i.indrelid"),
    )
}
