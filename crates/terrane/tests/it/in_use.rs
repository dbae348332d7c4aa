//! Words for tables that are in use: SQLite has no such ways, and does the same at once.

use terrane_testkit::block_on;
use terrane_testkit::workbench::{Draft, Workbench, difference, replayed};

const TABLES: &str = "\
CREATE TABLE customer (id integer PRIMARY KEY);
CREATE TABLE sale (id integer NOT NULL, customer integer, code text, amount integer);
INSERT INTO customer VALUES (1);
INSERT INTO sale VALUES (1, 1, 'x', 5);";

const WORDS: &str = "\
ALTER TABLE sale ADD CONSTRAINT filled CHECK (customer IS NOT NULL) NOT VALID;
ALTER TABLE sale VALIDATE CONSTRAINT filled;
ALTER TABLE sale ALTER COLUMN customer SET NOT NULL;
ALTER TABLE sale DROP CONSTRAINT filled;
CREATE UNIQUE INDEX CONCURRENTLY sale_key ON sale (id);
ALTER TABLE sale ADD CONSTRAINT sale_key PRIMARY KEY USING INDEX sale_key;
CREATE UNIQUE INDEX CONCURRENTLY sale_code ON sale (code);
ALTER TABLE sale ADD CONSTRAINT sale_code UNIQUE USING INDEX sale_code;
ALTER TABLE sale ADD CONSTRAINT amount CHECK (amount > 0) NOT VALID;
ALTER TABLE sale VALIDATE CONSTRAINT amount;
ALTER TABLE sale ADD CONSTRAINT small CHECK (amount < 1000) NOT VALID;
CREATE INDEX CONCURRENTLY sale_by_customer ON sale (customer);
ALTER TABLE sale ADD CONSTRAINT sale_customer FOREIGN KEY (customer) REFERENCES customer (id) NOT VALID;
ALTER TABLE sale VALIDATE CONSTRAINT sale_customer;";

#[test]
fn words_for_tables_in_use_are_carried_out_at_once_on_sqlite() {
    block_on(async {
        let bench = Workbench::new(&[("app", &[])]);
        for (id, revises, upgrade) in [("r1", "", TABLES), ("r2", "r1", WORDS)] {
            bench.draft(&Draft {
                layer: "app",
                id,
                revises,
                header: &["Dialect: any"],
                upgrade,
                ..Draft::default()
            });
        }
        bench.upgrade("heads").await.unwrap();
        let project = bench.project();
        let mut database = bench.connect().await;
        let standing = project.standing(Some(&mut database)).await.unwrap();
        let history = project.history().unwrap();
        let expected = replayed(&project, &history, &standing.rows).unwrap();
        let delta = difference(&standing.books.schema, &expected, project.dialect().unwrap());
        assert!(delta.is_empty(), "{:#?}", delta.ops);
        let sale = standing
            .books
            .schema
            .tables
            .values()
            .find(|table| table.name.name.as_str() == "sale");
        let sale = sale.unwrap();
        assert_eq!(sale.constraints.len(), 5, "{:#?}", sale.constraints);
        assert_eq!(sale.indexes.len(), 1, "{:#?}", sale.indexes);
        for refused in [
            "(2, 2, 'y', 1)",
            "(2, 1, 'x', 1)",
            "(2, 1, 'y', 0)",
            "(2, 1, 'y', 5000)",
            "(2, NULL, 'y', 1)",
        ] {
            let insert = format!("PRAGMA foreign_keys = ON; INSERT INTO sale VALUES {refused}");
            assert!(database.execute(&insert).await.is_err(), "{refused}");
        }
        database.close().await.unwrap();
    });
}
