//! Statements that no transaction takes: known without being told, and nothing half done is left of them.

use crate::scene::{LAYERS, draft, played, scene};
use std::collections::BTreeSet;
use terrane::core::diagnostic::codes;
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};

async fn stage(test: &str, upgrade: &str) -> Option<(Throwaway, Workbench)> {
    let database = played(test).await?;
    let bench = scene(&database);
    write(&bench, upgrade);
    Some((database, bench))
}

fn write(bench: &Workbench, upgrade: &str) {
    bench.draft(&draft("shop", "s9", "s6", upgrade));
}

const INDEX: &str = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ux')";

#[test]
fn a_failed_concurrent_index_leaves_no_invalid_index_behind() {
    block_on(async {
        let upgrade =
            "UPDATE shop_loyalty SET code = 'same';\nCREATE UNIQUE INDEX CONCURRENTLY ux ON shop_loyalty (points);";
        let Some((database, bench)) = stage("a failed concurrent index", upgrade).await else {
            return;
        };
        database.execute("UPDATE shop_loyalty SET points = 7").await;
        database.execute("DROP INDEX shop_loyalty_code").await;
        let error = bench.upgrade("heads").await.unwrap_err();
        assert!(error.to_string().contains("could not create unique index"), "{error}");
        assert!(
            error.diagnostics[0]
                .help
                .iter()
                .any(|help| help.contains("goes on behind them")),
            "{error:?}"
        );
        assert_eq!(database.rows(INDEX).await, Vec::<Vec<_>>::new());
        // What ran before it stays done, and is not done again.
        database
            .execute("UPDATE shop_loyalty SET points = customer_id, code = code || '!'")
            .await;
        bench.upgrade("heads").await.unwrap();
        assert_eq!(database.value(INDEX).await, "t");
        assert_eq!(database.value("SELECT DISTINCT code FROM shop_loyalty").await, "same!");
        database.end().await;
    });
}

#[test]
fn an_invalid_index_is_never_hidden_by_if_not_exists() {
    block_on(async {
        let upgrade = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ux ON shop_loyalty (points);";
        let Some((database, bench)) = stage("an invalid index", upgrade).await else {
            return;
        };
        database.execute("UPDATE shop_loyalty SET points = 7").await;
        let mut by_hand = database.connect().await;
        by_hand
            .execute("CREATE UNIQUE INDEX CONCURRENTLY ux ON shop_loyalty (points)")
            .await
            .unwrap_err();
        by_hand.close().await.unwrap();
        assert_eq!(database.value(INDEX).await, "f");
        database.execute("UPDATE shop_loyalty SET points = customer_id").await;
        // It is theirs who made it, and no index made.
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::BROKEN_OFF, "{error}");
        assert_eq!(database.value(INDEX).await, "f");
        database.execute("DROP INDEX ux").await;
        bench.upgrade("heads").await.unwrap();
        assert_eq!(database.value(INDEX).await, "t");
        database.end().await;
    });
}

#[test]
fn a_name_that_is_taken_is_no_index_made() {
    block_on(async {
        let upgrade = "CREATE INDEX CONCURRENTLY IF NOT EXISTS ux ON shop_loyalty (points);";
        let Some((database, bench)) = stage("a name that is taken", upgrade).await else {
            return;
        };
        database.execute("CREATE INDEX ux ON shop_tag (id)").await;
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::BROKEN_OFF);
        database.end().await;
    });
}

#[test]
fn a_value_of_a_type_is_used_in_the_revision_that_adds_it() {
    block_on(async {
        let upgrade = "ALTER TABLE shop_loyalty ADD COLUMN other shop_mood;\nALTER TYPE shop_mood ADD VALUE 'calm';\n\
                       ALTER TABLE shop_loyalty ALTER COLUMN mood SET DEFAULT 'calm';\n\
                       UPDATE shop_loyalty SET other = 'calm';";
        let Some((database, bench)) = stage("a value that is used", upgrade).await else {
            return;
        };
        bench.upgrade("heads").await.unwrap();
        assert_eq!(database.value("SELECT DISTINCT other FROM shop_loyalty").await, "calm");
        database.end().await;
    });
}

#[test]
fn what_the_tool_does_not_know_is_told_with_the_way_out() {
    block_on(async {
        // Only the catalog knows that the table is partitioned, and that this is therefore many transactions.
        let Some((database, bench)) = stage("a statement that is refused", "REINDEX TABLE shop_event;").await else {
            return;
        };
        let error = bench.upgrade("heads").await.unwrap_err();
        let told = format!("{:?}", error.diagnostics);
        assert!(told.contains("Transaction: none"), "{told}");
        database.end().await;
    });
}

#[test]
fn a_layer_without_rights_is_told_what_the_server_said() {
    block_on(async {
        let Some(database) = Throwaway::new("a table of nobody").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &LAYERS, "");
        bench.draft(&Draft {
            layer: "vendor",
            id: "v1",
            header: &["Branch Labels: vendor", "Dialect: postgresql"],
            upgrade: "CREATE INDEX CONCURRENTLY ix ON nowhere (a);",
            ..Draft::default()
        });
        let error = bench.upgrade("heads").await.unwrap_err();
        assert!(
            error.to_string().contains("relation \"nowhere\" does not exist"),
            "{error}"
        );
        database.end().await;
    });
}

#[test]
fn what_nobody_can_take_back_is_judged_before_it_runs() {
    block_on(async {
        let touched = "CREATE INDEX CONCURRENTLY ux ON customer (name);";
        let Some((database, bench)) = stage("what nobody can take back", touched).await else {
            return;
        };
        database
            .execute(
                "CREATE SCHEMA vendor2; CREATE FUNCTION shop_f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
            )
            .await;
        let before = database.dump(&BTreeSet::new());
        for statement in [
            touched,
            "DROP INDEX CONCURRENTLY customer_pk;",
            "DROP INDEX CONCURRENTLY IF EXISTS public.ix_customer_name;",
            "REINDEX TABLE CONCURRENTLY customer;",
            "REINDEX INDEX CONCURRENTLY \"customer_pk\";",
            "REINDEX SCHEMA CONCURRENTLY public;",
            "VACUUM (FULL) shop_loyalty, customer;",
            "CLUSTER;",
            "CREATE INDEX CONCURRENTLY ux ON shop_loyalty (shop_f(points));",
            "CREATE INDEX CONCURRENTLY ux ON shop_loyalty ((points + public . \"shop_f\" (points)));",
        ] {
            write(&bench, statement);
            let error = bench.upgrade("heads").await.unwrap_err();
            let refused = [codes::GUARD, codes::FOREIGN_OBJECT];
            assert!(refused.contains(&error.diagnostics[0].code), "{statement}: {error}");
            bench.stamp(&["vendor@head", "shop@s6"]).await.unwrap();
        }
        assert_eq!(database.dump(&BTreeSet::new()), before);
        for statement in [
            "CREATE INDEX CONCURRENTLY ux ON shop_loyalty (lower(code), (points + 1));\nDROP INDEX CONCURRENTLY ux;",
            "VACUUM;",
            "VACUUM ANALYZE shop_loyalty;",
            "REINDEX TABLE CONCURRENTLY shop_loyalty;",
        ] {
            write(&bench, statement);
            bench
                .upgrade("heads")
                .await
                .unwrap_or_else(|error| panic!("{statement}: {error}"));
            bench.stamp(&["vendor@head", "shop@s6"]).await.unwrap();
        }
        bench.draft(&Draft {
            header: &[
                "Dialect: postgresql",
                "Touches: shop_f: it is ours, and does nothing else",
            ],
            ..draft(
                "shop",
                "s9",
                "s6",
                "CREATE INDEX CONCURRENTLY ux ON shop_loyalty (shop_f(points));",
            )
        });
        bench.upgrade("heads").await.unwrap();
        database.end().await;
    });
}
