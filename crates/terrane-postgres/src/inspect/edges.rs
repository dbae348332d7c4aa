//! Dependencies, as the server itself keeps them in `pg_depend`.
//!
//! A row of it is between numbers. Many are of parts that the schema has no identity for, and that stand for what they
//! belong to: a view's rule for the view, a default for its column, the index behind a key for the key, a row type and an
//! array type for their relation and their element, the member of an extension for the extension.

use super::ask::Ask;
use super::cells::{Cells, Read};
use super::found::Found;
use super::others::FIRST_NORMAL_OID;
use sqlx::postgres::PgRow;
use std::collections::BTreeMap;
use terrane_core::schema::{Edges, ObjectIdentity, Source};

// The catalogs' own numbers are fixed in the server's source (`CATALOG(pg_class,1259,…)` in `catalog/pg_class.h`).
pub(super) const CLASS: u32 = 1259;
pub(super) const TYPE: u32 = 1247;
pub(super) const ROUTINE: u32 = 1255;
pub(super) const CONSTRAINT: u32 = 2606;
pub(super) const TRIGGER: u32 = 2620;
const DEFAULT: u32 = 2604;

/// Rows of `pg_depend`, without what `initdb` made; and, as rows of the kind `D`, to which column a default belongs, to which
/// publication an entry of it, and to which key one that is made up to reach a partition: their own rows do not tell that from
/// what they read.
///
/// The rows of partitions' indexes, keys and triggers to those of the parent (`P` and `S`) say what the nouns say.
///
/// Where only some relations are asked for, what belongs to others is left out.
pub(super) fn sql(ask: &Ask) -> String {
    let asked = if ask.is_whole() {
        String::new()
    } else {
        format!("AND {}", is_asked_for(ask))
    };
    format!(
        "SELECT d.classid, d.objid, greatest(d.objsubid, 0), d.refclassid, d.refobjid, greatest(d.refobjsubid, 0), d.deptype
       FROM pg_depend AS d
      WHERE d.objid >= {FIRST_NORMAL_OID} AND d.refobjid >= {FIRST_NORMAL_OID} AND d.deptype IN ('n', 'a', 'i', 'e') {asked}
     UNION ALL
     SELECT 'pg_attrdef'::regclass, d.oid, 0, 'pg_class'::regclass, d.adrelid, d.adnum, 'D'
       FROM pg_attrdef AS d WHERE d.oid >= {FIRST_NORMAL_OID} AND {}
     UNION ALL
     SELECT 'pg_publication_rel'::regclass, r.oid, 0, 'pg_publication'::regclass, r.prpubid, 0, 'D'
       FROM pg_publication_rel AS r WHERE {}
     UNION ALL
     SELECT 'pg_constraint'::regclass, k.oid, 0, 'pg_constraint'::regclass, k.conparentid, 0, 'D'
       FROM pg_constraint AS k WHERE k.conparentid <> 0 AND {}",
        ask.any("d.adrelid"),
        ask.any("r.prrelid"),
        ask.any("k.conrelid"),
    )
}

/// Catalogs whose rows belong to a relation: the column that says to which, and which rows belong to none.
const OF_RELATIONS: [(&str, &str, &str); 8] = [
    ("pg_class", "x.oid", "x.relkind = 'c'"),
    ("pg_attrdef", "x.adrelid", "false"),
    ("pg_constraint", "x.conrelid", "x.conrelid = 0"),
    ("pg_rewrite", "x.ev_class", "false"),
    ("pg_trigger", "x.tgrelid", "false"),
    ("pg_policy", "x.polrelid", "false"),
    ("pg_statistic_ext", "x.stxrelid", "false"),
    ("pg_publication_rel", "x.prrelid", "false"),
];

/// The condition on a row `d` of `pg_depend`: its dependent belongs to no relation that is not asked for.
fn is_asked_for(ask: &Ask) -> String {
    // An index is of its table, a row type and an array of it of their relation.
    const ROW_TYPE_OF: &str = "coalesce(nullif(e.typrelid, 0), x.typrelid)";
    let mut asked: Vec<String> = OF_RELATIONS
        .iter()
        .map(|(catalog, column, alone)| {
            let asked = ask.any(column);
            format!("SELECT '{catalog}'::regclass::oid, x.oid FROM {catalog} AS x WHERE {alone} OR {asked}")
        })
        .collect();
    asked.push(format!(
        "SELECT 'pg_class'::regclass::oid, x.indexrelid FROM pg_index AS x WHERE {}",
        ask.any("x.indrelid")
    ));
    asked.push(format!(
        "SELECT 'pg_type'::regclass::oid, x.oid FROM pg_type AS x LEFT JOIN pg_type AS e ON e.oid = x.typelem WHERE \
         {ROW_TYPE_OF} = 0 OR {}",
        ask.any(ROW_TYPE_OF)
    ));
    let catalogs = OF_RELATIONS.iter().map(|(catalog, ..)| *catalog).chain(["pg_type"]);
    let catalogs: Vec<String> = catalogs.map(|catalog| format!("'{catalog}'::regclass")).collect();
    format!(
        "(d.classid NOT IN ({}) OR (d.classid, d.objid) IN ({}))",
        catalogs.join(", "),
        asked.join(" UNION ALL ")
    )
}

/// An object or a column, as `pg_depend` names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Number {
    catalog: u32,
    object: u32,
    column: u32,
}

impl Number {
    fn read(cells: &mut Cells<'_>) -> Read<Number> {
        Ok(Number {
            catalog: cells.oid()?,
            object: cells.oid()?,
            column: cells.oid()?,
        })
    }
}

pub(super) fn read(rows: &[PgRow], found: &mut Found) -> Read<()> {
    let mut wholes: BTreeMap<(u32, u32), (u8, Number)> = BTreeMap::new();
    let mut depends = Vec::new();
    for row in rows {
        let mut cells = Cells::of(row);
        let (from, to) = (Number::read(&mut cells)?, Number::read(&mut cells)?);
        // What belongs to something most surely comes first.
        let rank = match cells.text()? {
            "D" => 0,
            "i" => 1,
            "e" => 2,
            "a" => 3,
            _ => 4,
        };
        if rank < 4 && from.column == 0 {
            let whole = wholes.entry((from.catalog, from.object)).or_insert((rank, to));
            if rank < whole.0 {
                *whole = (rank, to);
            }
        }
        if rank > 0 {
            depends.push((from, to, rank == 3));
        }
    }
    let edges = Resolver { found, wholes }.edges(&depends);
    found.schema.edges = edges;
    Ok(())
}

struct Resolver<'a> {
    found: &'a Found,
    /// What an object belongs to.
    wholes: BTreeMap<(u32, u32), (u8, Number)>,
}

impl Resolver<'_> {
    fn edges(&self, depends: &[(Number, Number, bool)]) -> Edges {
        let mut edges = Edges::default();
        let relations = self
            .found
            .tables
            .values()
            .map(|table| ObjectIdentity::Table(table.name.clone()));
        let views = self
            .found
            .views
            .values()
            .map(|view| ObjectIdentity::View(view.name.clone()));
        let others = self.found.identities.values().cloned();
        let annotations = self.found.annotations.iter().map(|(annotation, _)| annotation.clone());
        edges.tell(relations.chain(views).chain(others).chain(annotations));
        for (from, to, is_automatic) in depends {
            // Whose sequence it is, its options say; as an edge it would close a circle with the column's default.
            let is_owner = *is_automatic && from.catalog == CLASS && to.column > 0;
            if let (Some(from), Some(to)) = (self.identity(*from), self.identity(*to))
                && !(is_owner && self.is_sequence(&from))
            {
                edges.add(from, to, Source::Server);
            }
        }
        for (annotation, (catalog, object, column)) in &self.found.annotations {
            let about = Number {
                catalog: *catalog,
                object: *object,
                column: *column,
            };
            if let Some(about) = self.identity(about) {
                edges.add(annotation.clone(), about, Source::Server);
            }
        }
        edges
    }

    fn is_sequence(&self, identity: &ObjectIdentity) -> bool {
        match identity {
            ObjectIdentity::Sequence(_) => true,
            ObjectIdentity::Other(name) => {
                let other = self.found.schema.unmodelled.get(name);
                other.is_some_and(|other| other.kind == "sequence")
            }
            _ => false,
        }
    }

    /// What the schema calls it, or what it belongs to. Nothing, where it is not looked at.
    fn identity(&self, mut number: Number) -> Option<ObjectIdentity> {
        let mut is_default = false;
        // A part of a part of a part is the longest that there is: a sequence's row type's array type.
        for _ in 0..6 {
            let (catalog, object) = (number.catalog, number.object);
            if catalog == CLASS {
                if let Some(table) = self.found.tables.get(&object) {
                    let column = self.found.columns.get(&(object, number.column));
                    return Some(match column {
                        Some(column) if is_default => ObjectIdentity::Default(table.name.clone(), column.clone()),
                        Some(column) => ObjectIdentity::Column(table.name.clone(), column.clone()),
                        None => ObjectIdentity::Table(table.name.clone()),
                    });
                }
                if let Some(view) = self.found.views.get(&object) {
                    return Some(ObjectIdentity::View(view.name.clone()));
                }
            }
            if let Some(identity) = self.found.identities.get(&(catalog, object)) {
                return Some(identity.clone());
            }
            is_default = catalog == DEFAULT;
            number = self.wholes.get(&(catalog, object))?.1;
        }
        None
    }
}
