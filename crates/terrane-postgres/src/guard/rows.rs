//! The questions for rows that a transaction may have written, and for what objects belong to.

use super::catalogs::{About, BELONGING, Catalog, UNSTEADY};
use super::counts::{Catalogs, Watched};

/// Which rows are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrote {
    /// Those that were made, changed, deleted or locked.
    Any,
    /// Those that were made.
    New,
}

impl Watched {
    /// Asks for the rows that this transaction or a later one may have written; nothing, of a catalog that is not known.
    pub(super) fn rows(&self, gate: &str, wrote: Wrote) -> Option<String> {
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

    /// Asks for rows that were made, where the transaction made so many and wrote nothing else to the catalog: at the end of the catalog, where the server puts them
    /// unless there is room elsewhere; and before that, if not all of its own are among them. Rows of others that were
    /// committed meanwhile do not count, nor do those of a subtransaction. The server reads blocks by their numbers from
    /// version 14 (`Tid Range Scan`).
    pub(super) fn new_rows(&self, made: u64) -> Option<String> {
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

/// So many blocks at the end of a catalog are looked through first.
const LAST_BLOCKS: u32 = 16;

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
    pub(super) fn belonging(&self, condition: &str, is_asked: impl Fn(&str) -> bool) -> String {
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
