//! What a statement that no transaction takes is about, judged by identity before it runs: nobody can take it back.

use super::Executor;
use crate::error::{Error, Result};
use crate::guard::is_waived;
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Target;
use terrane_core::op::ObjectKind;
use terrane_core::plan::PlanStep;
use terrane_core::sql::{quote_string, unquote};

/// The table of a name, be it the table's own or that of one of its indexes.
const TABLE: &str = "SELECT COALESCE(x.indrelid, c.oid)::regclass::text FROM pg_catalog.pg_class AS c LEFT JOIN \
                     pg_catalog.pg_index AS x ON x.indexrelid = c.oid WHERE c.oid = pg_catalog.to_regclass(";

/// Functions that neither the server nor an extension brings.
const OWN_FUNCTION: &str = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (SELECT 1 FROM \
                            pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = \
                            p.oid AND e.deptype = 'e')";

impl Executor<'_, '_> {
    /// Refuses a statement that is about another layer's tables, or that runs functions which could do anything.
    pub(super) async fn judge_target(&mut self, step: &PlanStep, at: usize) -> Result<()> {
        let target = self.database.dialect().target(step.statements[at].action.sql());
        if target == Target::default() || !self.ownership.others_own(&step.layer) {
            return Ok(());
        }
        let mut faults = Vec::new();
        if target.everything {
            faults.push(
                "a statement that nobody can take back is about all tables, those of other layers too".to_owned(),
            );
        }
        let mut tables = Vec::new();
        for name in &target.relations {
            let rows = self.database.rows(&format!("{TABLE}{})", quote_string(name))).await?;
            tables.extend(rows.into_iter().flatten().flatten());
        }
        for table in &tables {
            let name = self
                .database
                .server()
                .read(ObjectKind::Table, table, self.database.dialect().flavor());
            let owner = self.ownership.owner_of_relation(&name).map(|owner| &owner.layer);
            if let Some(owner) = owner.filter(|owner| **owner != step.layer)
                && !is_waived(step, table)
            {
                faults.push(format!(
                    "a statement that nobody can take back is about table `{table}` of layer `{owner}`"
                ));
            }
        }
        let functions = self.functions(&target, &tables).await?;
        let run = functions.into_iter().filter(|function| !is_waived(step, function));
        faults.extend(run.map(|function| {
            format!("outside of a transaction an index would run function `{function}`, and nobody can take back what it does")
        }));
        refuse(faults).map_err(|error| super::point_at(error, step, at))
    }

    /// The functions of layers that a statement would run.
    async fn functions(&mut self, target: &Target, tables: &[String]) -> Result<Vec<String>> {
        let named = target.calls.iter().map(|call| {
            let (schema, name) = call
                .rsplit_once('.')
                .map_or((None, call.as_str()), |(schema, name)| (Some(schema), name));
            let is = |column: &str, name: &str| format!("{column} = {}", quote_string(&folded(name)));
            let schema = schema.map_or_else(String::new, |schema| format!(" AND {}", is("n.nspname", schema)));
            format!("({}{schema})", is("p.proname", name))
        });
        let mut conditions: Vec<String> = named.collect();
        if target.reindexes {
            conditions.extend(tables.iter().map(|table| {
                format!(
                    "EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_index AS x ON x.indexrelid = d.objid \
                     WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_proc'::regclass AND \
                     d.refobjid = p.oid AND x.indrelid = pg_catalog.to_regclass({}))",
                    quote_string(table)
                )
            }));
        }
        if conditions.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT DISTINCT p.proname::text FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = \
             p.pronamespace WHERE {OWN_FUNCTION} AND ({}) ORDER BY 1",
            conditions.join(" OR ")
        );
        Ok(self
            .database
            .rows(&sql)
            .await?
            .into_iter()
            .flatten()
            .flatten()
            .collect())
    }
}

fn folded(name: &str) -> String {
    match name.starts_with('"') {
        true => unquote(name).into_owned(),
        false => name.to_ascii_lowercase(),
    }
}

fn refuse(faults: Vec<String>) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let diagnostics: Vec<Diagnostic> = faults
        .into_iter()
        .map(|fault| {
            Diagnostic::error(codes::GUARD, fault)
                .help("Take the statement out of the revision; if it has to be, name it in a `Touches:` line.")
        })
        .collect();
    Err(Error::from(diagnostics))
}
