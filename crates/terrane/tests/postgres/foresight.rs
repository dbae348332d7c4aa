//! What a step did that reading it does not tell is looked at, before a later one is lowered.

use crate::scene::draft;
use terrane::core::diagnostic::codes;
use terrane::{Destination, PlanView};
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};

const HIDDEN: &str = "DO $$ BEGIN EXECUTE 'CREATE TABLE made (id integer PRIMARY KEY, n integer)'; \
                      EXECUTE 'CREATE VIEW reads AS SELECT id, n FROM made'; END $$;";

async fn stage(test: &str, later: &str) -> Option<(Throwaway, Workbench)> {
    let database = Throwaway::new(test).await?;
    let bench = Workbench::at(&database.url(), &[("shop", &[])], "");
    bench.draft(&Draft {
        header: &["Dialect: postgresql", "Branch Labels: shop"],
        ..draft("shop", "a1", "", HIDDEN)
    });
    bench.draft(&Draft {
        header: &["Dialect: any"],
        ..draft("shop", "a2", "a1", later)
    });
    Some((database, bench))
}

#[test]
fn a_portable_revision_changes_what_a_block_before_it_made() {
    block_on(async {
        let later = "ALTER TABLE made ALTER COLUMN n TYPE bigint;";
        let Some((database, bench)) = stage("what is not foreseen", later).await else {
            return;
        };
        let plan = bench.project().plan(Destination::Upgrade("heads")).await.unwrap();
        let guesses: Vec<bool> = PlanView::new(&plan, bench.project().dialect().unwrap())
            .steps
            .iter()
            .map(|step| step.is_guess)
            .collect();
        assert_eq!(guesses, [false, true]);
        // The view that reads the column is in the way, and only whoever looks knows of it.
        bench.upgrade("heads").await.unwrap();
        let ty = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'reads'::regclass AND attname = 'n'";
        assert_eq!(database.value(ty).await, "bigint");
        database.end().await;
    });
}

#[test]
fn what_does_not_fit_what_a_block_made_is_told_when_it_is_known() {
    block_on(async {
        let later = "ALTER TABLE made ADD COLUMN n integer;";
        let Some((database, bench)) = stage("what does not fit", later).await else {
            return;
        };
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::DOES_NOT_FIT, "{error:?}");
        assert_eq!(error.done, ["upgraded to a1 of layer shop (shop a1)"]);
        assert_eq!(database.value("SELECT version_num FROM terrane_version").await, "a1");
        database.end().await;
    });
}
