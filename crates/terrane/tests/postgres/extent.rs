//! An upgrade reads what its files name, and what depends on it.

use crate::scene::draft;
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};

const FIRST: &str = "CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE item (id integer PRIMARY KEY, n integer, m mood);
CREATE INDEX item_n ON item (n);
CREATE FUNCTION total() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT sum(n) FROM item; END;
CREATE VIEW near AS SELECT id, n FROM item;
CREATE VIEW far AS SELECT n FROM near;
CREATE VIEW farther AS SELECT total() AS total;
CREATE TABLE line (id integer PRIMARY KEY, item integer REFERENCES item (id));
CREATE TABLE part_of (id integer, day date) PARTITION BY RANGE (day);
CREATE TABLE part_new PARTITION OF part_of FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE stranger (id integer);";

const ANY: &str = "Dialect: any";

async fn stage(test: &str, dialect: &str, later: &str) -> Option<(Throwaway, Workbench)> {
    let database = Throwaway::new(test).await?;
    let bench = Workbench::at(&database.url(), &[("shop", &[])], "");
    bench.draft(&Draft {
        header: &["Dialect: postgresql", "Branch Labels: shop"],
        ..draft("shop", "a1", "", FIRST)
    });
    bench.upgrade("heads").await.unwrap();
    bench.draft(&Draft {
        header: &[dialect],
        ..draft("shop", "a2", "a1", later)
    });
    Some((database, bench))
}

async fn carries_over(test: &str, dialect: &str, later: &str, question: &str, answer: &str) {
    let Some((database, bench)) = stage(test, dialect, later).await else {
        return;
    };
    bench.upgrade("heads").await.unwrap();
    assert_eq!(database.value(question).await, answer, "{later}");
    database.end().await;
}

#[test]
fn a_dependent_that_no_file_names_is_recreated() {
    block_on(async {
        let test = "a dependent that no file names";
        let ty = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'far'::regclass AND attname = 'n'";
        let retyped = "DROP INDEX item_n;\nALTER TABLE item ALTER COLUMN n TYPE bigint;";
        let Some((database, bench)) = stage(test, ANY, retyped).await else {
            return;
        };
        database.execute("DROP VIEW farther; DROP FUNCTION total").await;
        bench.upgrade("heads").await.unwrap();
        assert_eq!(database.value(ty).await, "bigint");
        assert_eq!(
            database
                .value("SELECT count(*) FROM pg_class WHERE relname = 'item_n'")
                .await,
            "0"
        );
        database.end().await;
    });
}

#[test]
fn an_index_and_a_type_are_found_without_their_tables() {
    block_on(async {
        let test = "an index that its table is not named with";
        let gone = "SELECT count(*) FROM pg_class WHERE relname = 'item_n'";
        carries_over(test, ANY, "DROP INDEX item_n;", gone, "0").await;
        let test = "a type that its table is not named with";
        let values = "SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum";
        carries_over(
            test,
            "Dialect: postgresql",
            "ALTER TYPE mood ADD VALUE 'calm' BEFORE 'glad';",
            values,
            "sad,calm,glad",
        )
        .await;
    });
}

#[test]
fn a_key_and_a_parent_are_known_of_a_table_that_is_dropped() {
    block_on(async {
        let test = "a key that refers to a dropped table";
        let rest = "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind IN ('r', 'p') AND \
                    relname !~ '^(pg|sql|terrane)_'";
        carries_over(
            test,
            ANY,
            "DROP TABLE line;\nDROP TABLE stranger;",
            rest,
            "item,part_new,part_of",
        )
        .await;
        let test = "a partitioned table that is dropped";
        carries_over(
            test,
            ANY,
            "DROP TABLE part_new;\nDROP TABLE part_of;",
            rest,
            "item,line,stranger",
        )
        .await;
    });
}
