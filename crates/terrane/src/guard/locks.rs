//! What a transaction has locked and changed, as PostgreSQL tells it before the transaction commits.
//!
//! Every change of a relation locks it for as long as the transaction lasts, in a mode that reading and writing rows never
//! takes (manual, section 13.3.1). So the relations of others among those that are locked are all there is to look at; of
//! them, a catalog row that this transaction wrote is the evidence. What changes without such a lock, a grant, a type, a
//! function, is looked for only where a statement's text does not tell what it does, and where the server's counts for the
//! transaction say that such a catalog was written at all.

use super::{Beginning, is_waived, refuse};
use crate::database::Database;
use crate::error::Result;
use crate::server::Server;
use std::collections::BTreeSet;
use terrane_core::ddl::Flavor;
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{OWN_TABLES, ObjectKey, Ownership, OwnershipChange};
use terrane_core::plan::PlanStep;
use terrane_core::sql::quote_string;

/// What is locked beyond reading: the relation that an index or a toast table belongs to, as people name it, its kind, whether
/// a lock says that more than rows are written, and whether one says that nothing less than the relation itself is changed.
/// A sequence that a column has is told as its table's.
const LOCKED: &str = "\
SELECT CASE WHEN n.nspname = 'public' THEN pg_catalog.quote_ident(c.relname) ELSE pg_catalog.format('%I.%I', n.nspname, \
c.relname) END, CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d WHERE d.classid = \
'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0) THEN '' ELSE \
c.relkind::text END, pg_catalog.bool_or(l.mode <> 'RowExclusiveLock')::text, pg_catalog.bool_or(l.mode IN \
('AccessExclusiveLock', 'ExclusiveLock', 'ShareLock'))::text FROM pg_catalog.pg_locks AS l LEFT JOIN pg_catalog.pg_index \
AS x ON x.indexrelid = l.relation JOIN pg_catalog.pg_class AS c ON c.oid = COALESCE(x.indrelid, l.relation) JOIN \
pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE l.locktype = 'relation' AND l.granted AND l.pid = \
pg_catalog.pg_backend_pid() AND l.mode NOT IN ('AccessShareLock', 'RowShareLock') AND l.database = (SELECT oid FROM \
pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND \
n.nspname NOT IN ('pg_catalog', 'information_schema') GROUP BY 1, 2";

/// Refuses a transaction that changed what is not its layer's; and says what it made that its statements do not tell.
pub(super) async fn judge(
    database: &mut Database<'_>,
    step: &PlanStep,
    ownership: &Ownership,
    beginning: &Beginning,
) -> Result<Vec<OwnershipChange>> {
    let locked = locked(database).await?;
    let own = locked
        .iter()
        .filter(|relation| OWN_TABLES.contains(&relation.name.as_str()));
    refuse(own.map(|relation| format!("`{}` is Terrane's own, and was written", relation.name)))?;
    let scope = Scope::new(database, step, ownership);
    let suspects: Vec<&Locked> = locked
        .iter()
        .filter(|relation| relation.is_hard && scope.is_suspect(&relation.name))
        .collect();
    let mut found = changed(database, &suspects).await?;
    let evident: BTreeSet<String> = found.iter().map(|change| change.relation.clone()).collect();
    // What is dropped leaves no row; the lock that it takes tells all the same.
    found.extend(
        suspects
            .iter()
            .filter(|one| one.is_exclusive && !evident.contains(&one.name))
            .map(|one| Change {
                what: format!("table `{}`", one.name),
                relation: one.name.clone(),
            }),
    );
    let made = scope.made(&locked, beginning);
    if !step.understood {
        found.extend(scope.without_lock(database, &locked, &made, &beginning.gone).await?);
    }
    refuse(found.iter().map(|change| match scope.owner(&change.relation) {
        Some(owner) => format!("{} of layer `{owner}` was changed", change.what),
        None => format!("{} of another layer was changed", change.what),
    }))?;
    Ok(made)
}

/// The layer's own relations that are not there any more, and of which reading the statements did not tell.
pub(super) async fn vanished(
    database: &mut Database<'_>,
    step: &PlanStep,
    ownership: &Ownership,
    beginning: &Beginning,
) -> Result<Vec<OwnershipChange>> {
    let server = database.server();
    let told: BTreeSet<&ObjectName> = step.ownership.iter().map(|change| &change.key().1).collect();
    let is_relation = |kind| matches!(kind, ObjectKind::Table | ObjectKind::View | ObjectKind::Sequence);
    let own = ownership.objects().filter(|((kind, name), owner)| {
        owner.layer == step.layer && is_relation(*kind) && !told.contains(name) && !beginning.gone.contains(name)
    });
    let own: Vec<(String, &ObjectKey)> = own.map(|(key, _)| (server.written(key.0, &key.1), key)).collect();
    let names: Vec<String> = own.iter().map(|(name, _)| name.clone()).collect();
    let gone = ask(
        database,
        &names,
        "'table', o.name, o.name",
        "pg_catalog.to_regclass(o.name) IS NULL",
    )
    .await?;
    let gone: BTreeSet<String> = gone.into_iter().map(|change| change.relation).collect();
    let released = own.into_iter().filter(|(name, _)| gone.contains(name));
    Ok(released.map(|(_, key)| OwnershipChange::Release(key.clone())).collect())
}

/// A relation that the transaction has locked.
struct Locked {
    name: String,
    /// What it is, where it can be owned by itself.
    kind: Option<ObjectKind>,
    /// For more than writing rows.
    is_hard: bool,
    /// In a mode that only a change of the relation itself takes.
    is_exclusive: bool,
}

async fn locked(database: &mut Database<'_>) -> Result<Vec<Locked>> {
    let rows = database.rows(LOCKED).await?;
    let locked = rows.into_iter().filter_map(|row| {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        Some(Locked {
            name: values.next()?,
            kind: match values.next()?.as_str() {
                "r" | "p" => Some(ObjectKind::Table),
                "v" | "m" => Some(ObjectKind::View),
                "S" => Some(ObjectKind::Sequence),
                _ => None,
            },
            is_hard: values.next()? == "true",
            is_exclusive: values.next()? == "true",
        })
    });
    Ok(locked.collect())
}

/// Something of another layer that was changed.
struct Change {
    /// What, with its kind.
    what: String,
    /// The relation or the object that has an owner.
    relation: String,
}

/// The rows that this transaction wrote of what hangs on relations. The oldest transaction that is not over is our own or
/// one of its parts, so that nothing we wrote is older.
async fn changed(database: &mut Database<'_>, suspects: &[&Locked]) -> Result<Vec<Change>> {
    if suspects.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = suspects.iter().map(|one| quote_string(&one.name)).collect();
    let names = names.join(", ");
    let sql = format!(
        "WITH suspect AS (SELECT s.name, pg_catalog.to_regclass(s.name)::oid AS oid FROM pg_catalog.unnest(ARRAY[{names}]) AS s \
         (name)) SELECT 'column', s.name || COALESCE('.' || CASE WHEN a.attisdropped THEN NULL ELSE a.attname END, ''), \
         s.name FROM suspect AS s JOIN pg_catalog.pg_attribute AS a ON a.attrelid = s.oid AND a.attnum > 0 LEFT JOIN \
         pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE {} <= 0 OR {} <= 0 UNION ALL SELECT \
         'constraint', k.conname, s.name FROM suspect AS s JOIN pg_catalog.pg_constraint AS k ON k.conrelid = s.oid WHERE {} \
         <= 0 UNION ALL SELECT 'index', i.relname, s.name FROM suspect AS s JOIN pg_catalog.pg_index AS x ON x.indrelid = \
         s.oid JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid WHERE {} <= 0 OR {} <= 0 UNION ALL SELECT 'trigger', \
         t.tgname, s.name FROM suspect AS s JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = s.oid AND NOT t.tgisinternal WHERE \
         {} <= 0 UNION ALL SELECT 'policy', p.polname, s.name FROM suspect AS s JOIN pg_catalog.pg_policy AS p ON p.polrelid = \
         s.oid WHERE {} <= 0 UNION ALL SELECT CASE r.rulename WHEN '_RETURN' THEN 'view' ELSE 'rule' END, CASE r.rulename WHEN '_RETURN' THEN s.name ELSE \
         r.rulename END, s.name FROM suspect AS s JOIN pg_catalog.pg_rewrite AS r ON \
         r.ev_class = s.oid WHERE {} <= 0 UNION ALL SELECT 'comment on', s.name, s.name FROM suspect AS s JOIN \
         pg_catalog.pg_description AS c ON c.objoid = s.oid AND c.classoid = 'pg_catalog.pg_class'::regclass WHERE {} <= 0 \
         UNION ALL SELECT 'statistics', e.stxname, s.name FROM suspect AS s JOIN pg_catalog.pg_statistic_ext AS e ON \
         e.stxrelid = s.oid WHERE {} <= 0 UNION ALL SELECT 'sequence', s.name, s.name FROM suspect AS s JOIN \
         pg_catalog.pg_sequence AS q ON q.seqrelid = s.oid WHERE {} <= 0",
        age("a"),
        age("d"),
        age("k"),
        age("x"),
        age("i"),
        age("t"),
        age("p"),
        age("r"),
        age("c"),
        age("e"),
        age("q")
    );
    let rows = database.rows(&sql).await?;
    Ok(rows.into_iter().filter_map(change_of).collect())
}

fn change_of(row: Vec<Option<String>>) -> Option<Change> {
    let [kind, name, relation] = <[Option<String>; 3]>::try_from(row)
        .ok()?
        .map(Option::unwrap_or_default);
    Some(Change {
        what: format!("{kind} `{name}`"),
        relation,
    })
}

/// How many transactions ago a row was written; zero and less is this one, and its parts.
fn age(row: &str) -> String {
    format!("pg_catalog.age({row}.xmin)")
}

/// Whose is what, for one step.
struct Scope<'a> {
    step: &'a PlanStep,
    ownership: &'a Ownership,
    server: &'static Server,
    flavor: &'static Flavor,
}

impl<'a> Scope<'a> {
    fn new(database: &Database<'_>, step: &'a PlanStep, ownership: &'a Ownership) -> Scope<'a> {
        Scope {
            step,
            ownership,
            server: database.server(),
            flavor: database.dialect().flavor(),
        }
    }

    fn relation(&self, name: &str) -> ObjectName {
        self.server.read(ObjectKind::Table, name, self.flavor)
    }

    fn owner(&self, name: &str) -> Option<&LayerName> {
        let is_it = |kind, object: &ObjectName| self.server.written(kind, object) == name;
        let mut others = self
            .ownership
            .objects()
            .filter(|((kind, object), _)| is_it(*kind, object));
        let relation = self.ownership.owner_of_relation(&self.relation(name));
        relation
            .or_else(|| others.next().map(|(_, owner)| owner))
            .map(|owner| &owner.layer)
    }

    /// Whether it is another layer's, and nothing explains that it is locked.
    fn is_suspect(&self, name: &str) -> bool {
        let relation = self.relation(name);
        let owner = self.ownership.owner_of_relation(&relation);
        owner.is_some_and(|owner| owner.layer != self.step.layer)
            && !self.step.neighbours.contains(&relation)
            && !self.step.held.contains(&relation)
            && !is_waived(self.step, &relation.to_string())
    }

    /// The relations that came into being, and of which reading the statements did not tell.
    fn made(&self, locked: &[Locked], beginning: &Beginning) -> Vec<OwnershipChange> {
        if self.step.understood {
            return Vec::new();
        }
        let told: BTreeSet<&ObjectName> = self.step.ownership.iter().map(|change| &change.key().1).collect();
        let made = locked
            .iter()
            .filter(|relation| relation.is_exclusive)
            .filter_map(|relation| {
                let name = self.relation(&relation.name);
                let is_known = told.contains(&name)
                    || beginning.unowned.contains(&name)
                    || self.ownership.owner_of_relation(&name).is_some();
                (!is_known).then_some(OwnershipChange::Take((relation.kind?, name)))
            });
        made.collect()
    }

    /// The names of other layers' objects of a kind.
    fn foreign(&self, kinds: &[ObjectKind]) -> Vec<String> {
        let foreign = self.ownership.objects().filter(|((kind, name), owner)| {
            owner.layer != self.step.layer && kinds.contains(kind) && !is_waived(self.step, &name.to_string())
        });
        foreign
            .map(|((kind, name), _)| self.server.written(*kind, name))
            .collect()
    }

    /// Changes that lock no relation which is still there.
    async fn without_lock(
        &self,
        database: &mut Database<'_>,
        locked: &[Locked],
        made: &[OwnershipChange],
        gone: &BTreeSet<ObjectName>,
    ) -> Result<Vec<Change>> {
        let wrote = Wrote::ask(database).await?;
        let mut found = Vec::new();
        // What seems to be new may have had another name.
        if wrote.dropped || !made.is_empty() {
            let relations = self.foreign(&[ObjectKind::Table, ObjectKind::View, ObjectKind::Sequence]);
            let there: Vec<String> = relations
                .into_iter()
                .filter(|name| !gone.contains(&self.relation(name)))
                .collect();
            found.extend(
                ask(
                    database,
                    &there,
                    "'table', o.name, o.name",
                    "pg_catalog.to_regclass(o.name) IS NULL",
                )
                .await?,
            );
        }
        if wrote.relations {
            found.extend(self.granted(database, locked).await?);
        }
        if wrote.types {
            let changed = format!(
                "pg_catalog.to_regtype(o.name) IS NULL OR EXISTS (SELECT 1 FROM pg_catalog.pg_type AS t WHERE t.oid = \
                 pg_catalog.to_regtype(o.name) AND {} <= 0) OR EXISTS (SELECT 1 FROM pg_catalog.pg_enum AS e WHERE \
                 e.enumtypid = pg_catalog.to_regtype(o.name) AND {} <= 0)",
                age("t"),
                age("e")
            );
            found.extend(
                ask(
                    database,
                    &self.foreign(&[ObjectKind::Enum]),
                    "'type', o.name, o.name",
                    &changed,
                )
                .await?,
            );
        }
        if wrote.routines {
            // Whoever reads the author's own statement need not know the types of the arguments.
            let is_it = "CASE WHEN o.name LIKE '%(%' THEN p.oid = pg_catalog.to_regprocedure(o.name) ELSE p.proname = \
                         (pg_catalog.parse_ident(o.name))[pg_catalog.cardinality(pg_catalog.parse_ident(o.name))] END";
            let changed = format!(
                "NOT EXISTS (SELECT 1 FROM pg_catalog.pg_proc AS p WHERE {is_it}) OR EXISTS (SELECT 1 FROM \
                 pg_catalog.pg_proc AS p WHERE {is_it} AND {} <= 0)",
                age("p")
            );
            let routines = self.foreign(&[ObjectKind::Routine]);
            found.extend(ask(database, &routines, "'routine', o.name, o.name", &changed).await?);
        }
        if wrote.uncommented {
            let quietly = locked
                .iter()
                .filter(|one| one.is_hard && !one.is_exclusive && self.is_suspect(&one.name));
            found.extend(quietly.map(|one| Change {
                what: format!("comment on `{}`", one.name),
                relation: one.name.clone(),
            }));
        }
        Ok(found)
    }

    /// Relations whose rights were changed, which locks nothing.
    async fn granted(&self, database: &mut Database<'_>, locked: &[Locked]) -> Result<Vec<Change>> {
        let sql = format!(
            "SELECT DISTINCT 'rights on', n.name, n.name FROM (SELECT c.oid FROM pg_catalog.pg_class AS c WHERE {} <= 0 UNION \
             SELECT a.attrelid FROM pg_catalog.pg_attribute AS a WHERE {} <= 0 AND a.attacl IS NOT NULL) AS w JOIN \
             pg_catalog.pg_class AS c ON c.oid = w.oid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace CROSS JOIN \
             LATERAL (SELECT CASE WHEN s.nspname = 'public' THEN pg_catalog.quote_ident(c.relname) ELSE \
             pg_catalog.format('%I.%I', s.nspname, c.relname) END AS name) AS n WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', \
             'f')",
            age("c"),
            age("a")
        );
        let rows = database.rows(&sql).await?;
        let unlocked = |change: &Change| {
            self.is_suspect(&change.relation) && !locked.iter().any(|one| one.is_hard && one.name == change.relation)
        };
        Ok(rows.into_iter().filter_map(change_of).filter(unlocked).collect())
    }
}

/// Those of the named objects for which a condition holds.
async fn ask(database: &mut Database<'_>, names: &[String], what: &str, condition: &str) -> Result<Vec<Change>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = names.iter().map(|name| quote_string(name)).collect();
    let names = names.join(", ");
    let sql = format!("SELECT {what} FROM pg_catalog.unnest(ARRAY[{names}]) AS o (name) WHERE {condition}");
    let rows = database.rows(&sql).await?;
    Ok(rows.into_iter().filter_map(change_of).collect())
}

/// Which catalogs the transaction has written, by the server's own counts.
struct Wrote {
    dropped: bool,
    relations: bool,
    types: bool,
    routines: bool,
    uncommented: bool,
}

impl Wrote {
    async fn ask(database: &mut Database<'_>) -> Result<Wrote> {
        let count = |what: &str, catalog: &str| {
            format!("pg_catalog.pg_stat_get_xact_tuples_{what}('pg_catalog.{catalog}'::regclass)")
        };
        let any = |catalog: &str| {
            let counts = ["inserted", "updated", "deleted"].map(|what| count(what, catalog));
            format!("{} > 0", counts.join(" + "))
        };
        let questions = [
            format!("{} > 0", count("deleted", "pg_class")),
            format!(
                "{} + {} > 0",
                count("updated", "pg_class"),
                count("updated", "pg_attribute")
            ),
            format!("({}) OR ({})", any("pg_type"), any("pg_enum")),
            any("pg_proc"),
            format!("{} > 0", count("deleted", "pg_description")),
        ];
        // Where the server does not count, all may have been written.
        let sql = format!(
            "SELECT {}",
            questions
                .map(|question| format!("(pg_catalog.current_setting('track_counts') = 'off' OR {question})::text"))
                .join(", ")
        );
        let rows = database.rows(&sql).await?;
        let answers: Vec<bool> = rows
            .first()
            .map(|row| row.iter().map(|value| value.as_deref() == Some("true")).collect())
            .unwrap_or_default();
        let answer = |at: usize| answers.get(at).copied().unwrap_or(true);
        Ok(Wrote {
            dropped: answer(0),
            relations: answer(1),
            types: answer(2),
            routines: answer(3),
            uncommented: answer(4),
        })
    }
}
