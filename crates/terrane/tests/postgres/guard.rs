//! L8: a revision of one layer leaves every object of every other layer as it was, whatever hides the change; and what is
//! no change is let be.

use crate::scene::{LAYERS, draft, played, scene};
use std::collections::BTreeSet;
use terrane::core::diagnostic::{Diagnostic, codes};
use terrane::{Destination, Observer};
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};
use terrane_testkit::{block_on, say};

fn vendors(database: &Throwaway) -> String {
    database.dump(&BTreeSet::from(["customer", "customer_name"]))
}

async fn stage(test: &str) -> Option<(Throwaway, Workbench)> {
    let database = played(test).await?;
    let bench = scene(&database);
    bench.draft(&draft(
        "vendor",
        "b4",
        "b3",
        "CREATE TYPE vendor_kind AS ENUM ('a', 'b');\n\
                  CREATE FUNCTION vendor_add(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 + 1';\n\
                  CREATE SEQUENCE vendor_number;\nCOMMENT ON TABLE customer IS 'of the vendor';\n\
                  CREATE TABLE vendor_unrelated (id integer PRIMARY KEY, kind vendor_kind);",
    ));
    bench.upgrade("heads").await.unwrap();
    Some((database, bench))
}

/// Each hides in a block what the planner would refuse if it could read it; and how it is told.
const HIDDEN: [(&str, &str); 25] = [
    (
        "ALTER TABLE vendor_unrelated RENAME TO mine",
        "table `vendor_unrelated`",
    ),
    (
        "CREATE SCHEMA mine; ALTER TABLE vendor_unrelated SET SCHEMA mine",
        "table `vendor_unrelated`",
    ),
    ("ALTER INDEX ix_customer_name RENAME TO mine", "index `mine`"),
    (
        "ALTER TABLE customer ADD COLUMN sneaky integer",
        "column `customer.sneaky` of layer `vendor`",
    ),
    (
        "ALTER TABLE customer DROP COLUMN email CASCADE",
        "of layer `vendor` was changed",
    ),
    (
        "ALTER TABLE customer ALTER COLUMN email SET DEFAULT 1",
        "column `customer.email`",
    ),
    (
        "ALTER TABLE customer ALTER COLUMN email SET STATISTICS 7",
        "column `customer.email`",
    ),
    ("CREATE INDEX sneaky ON customer (email)", "index `sneaky`"),
    ("DROP INDEX ix_customer_name", "of layer `vendor` was changed"),
    (
        "ALTER TABLE customer ADD CONSTRAINT sneaky CHECK (id > 0) NOT VALID",
        "constraint `sneaky`",
    ),
    (
        "ALTER TABLE customer SET (fillfactor = 50)",
        "of layer `vendor` was changed",
    ),
    (
        "CREATE TRIGGER sneaky BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "trigger `sneaky`",
    ),
    ("CREATE POLICY sneaky ON customer", "policy `sneaky`"),
    (
        "CREATE RULE sneaky AS ON DELETE TO customer DO INSTEAD NOTHING",
        "rule `sneaky`",
    ),
    ("COMMENT ON TABLE customer IS 'mine'", "of layer `vendor` was changed"),
    (
        "COMMENT ON TABLE vendor_unrelated IS 'mine'",
        "comment on `vendor_unrelated`",
    ),
    ("COMMENT ON COLUMN vendor_unrelated.id IS 'mine'", "`vendor_unrelated`"),
    ("GRANT SELECT ON customer TO PUBLIC", "of layer `vendor` was changed"),
    (
        "GRANT SELECT ON vendor_unrelated TO PUBLIC",
        "rights on `vendor_unrelated`",
    ),
    (
        "ALTER TABLE vendor_unrelated ENABLE ROW LEVEL SECURITY",
        "table `vendor_unrelated`",
    ),
    ("DROP TABLE vendor_unrelated", "table `vendor_unrelated`"),
    ("ALTER SEQUENCE vendor_number INCREMENT 5", "`vendor_number`"),
    ("ALTER TYPE vendor_kind RENAME VALUE 'a' TO 'z'", "type `vendor_kind`"),
    (
        "CREATE OR REPLACE FUNCTION vendor_add(integer) RETURNS integer LANGUAGE sql AS 'SELECT 0'",
        "routine `vendor_add",
    ),
    (
        "CREATE OR REPLACE VIEW customer_name AS SELECT id, name, 1 AS sneaky FROM customer",
        "view `customer_name`",
    ),
];

#[test]
fn whatever_hides_in_a_block_and_changes_the_vendors_is_rolled_back_and_named() {
    block_on(async {
        let Some((database, bench)) = stage("what hides in a block").await else {
            return;
        };
        let before = vendors(&database);
        for (sql, named) in HIDDEN {
            let hidden = sql.replace('\'', "''");
            let upgrade = format!(
                "CREATE TABLE shop_own (id integer);\nDO $do$ BEGIN EXECUTE format('{}'); END $do$;",
                hidden.replace('%', "%%")
            );
            bench.draft(&draft("shop", "s7", "s6", &upgrade));
            let error = bench.upgrade("heads").await.map(|_| ()).expect_err(sql);
            assert_eq!(error.diagnostics[0].code, codes::GUARD, "{sql}: {error}");
            assert!(error.to_string().contains(named), "{sql}: {error}");
            assert_eq!(vendors(&database), before, "{sql}");
            assert_eq!(database.value("SELECT to_regclass('shop_own')").await, "", "{sql}");
        }
        say(&format!(
            "{} changes that hide in a block, each rolled back and named",
            HIDDEN.len()
        ));
        database.end().await;
    });
}

#[test]
fn what_a_statement_makes_without_saying_so_belongs_to_the_layer() {
    block_on(async {
        let Some((database, bench)) = stage("what is made without saying so").await else {
            return;
        };
        bench.draft(&draft(
            "shop",
            "s7",
            "s6",
            "DO $$ BEGIN EXECUTE 'CREATE TABLE \"Shop made\" (id serial PRIMARY KEY)'; EXECUTE 'CREATE VIEW shop_seen \
                      AS SELECT id FROM \"Shop made\"'; END $$;\n\
                      CREATE TABLE shop_part (id integer, day date) PARTITION BY RANGE (day);",
        ));
        bench.upgrade("heads").await.unwrap();
        let owned =
            "SELECT string_agg(kind || ' ' || name, ', ' ORDER BY name) FROM terrane_object WHERE created_by = 's7'";
        assert_eq!(
            database.value(owned).await,
            "table Shop made, table shop_part, view shop_seen"
        );
        bench.draft(&draft(
            "vendor",
            "b5",
            "b4",
            "DO $$ BEGIN EXECUTE 'ALTER TABLE \"Shop made\" ADD COLUMN sneaky integer'; END $$;",
        ));
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::GUARD, "{error}");
        database.end().await;
    });
}

#[test]
fn a_name_in_quotes_or_in_another_schema_is_guarded_as_well() {
    block_on(async {
        let Some((database, bench)) = stage("odd names").await else {
            return;
        };
        bench.draft(&draft(
            "vendor",
            "b5",
            "b4",
            "CREATE SCHEMA \"Odd one\";\nCREATE TABLE \"Odd one\".\"My table\" (id integer PRIMARY KEY);\n\
                      CREATE TABLE \"Order\" (id integer PRIMARY KEY);",
        ));
        bench.upgrade("heads").await.unwrap();
        for table in ["\"Odd one\".\"My table\"", "\"Order\""] {
            let upgrade = |sql: &str| {
                bench.draft(&Draft {
                    layer: "shop",
                    id: "s7",
                    revises: "s6",
                    header: &["Dialect: postgresql"],
                    upgrade: sql,
                    downgrade: "DROP TABLE shop_odd;",
                });
            };
            upgrade(&format!("ALTER TABLE {table} ADD COLUMN sneaky integer;"));
            let error = bench.upgrade("heads").await.unwrap_err();
            assert_eq!(error.diagnostics[0].code, codes::FOREIGN_OBJECT, "{error}");
            upgrade(&format!(
                "DO $do$ BEGIN EXECUTE 'ALTER TABLE {table} ADD COLUMN sneaky integer'; END $do$;"
            ));
            let error = bench.upgrade("heads").await.unwrap_err();
            assert_eq!(error.diagnostics[0].code, codes::GUARD, "{error}");
            assert!(error.to_string().contains("of layer `vendor`"), "{error}");
            upgrade(&format!(
                "CREATE TABLE shop_odd (id integer PRIMARY KEY REFERENCES {table} (id));"
            ));
            bench.upgrade("heads").await.unwrap();
            bench.downgrade("s6").await.unwrap();
        }
        database.end().await;
    });
}

#[test]
fn what_a_function_does_in_a_part_of_the_transaction_is_seen_as_well() {
    block_on(async {
        let Some((database, bench)) = stage("what a function hides").await else {
            return;
        };
        bench.draft(&draft(
            "shop",
            "s7",
            "s6",
            "CREATE FUNCTION shop_meddle() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN BEGIN ALTER TABLE \
                      vendor_unrelated ADD COLUMN sneaky integer; EXCEPTION WHEN others THEN NULL; END; END $f$;\n\
                      SELECT shop_meddle();",
        ));
        let error = bench.upgrade("heads").await.unwrap_err();
        assert!(
            error.to_string().contains("column `vendor_unrelated.sneaky`"),
            "{error}"
        );
        database.end().await;
    });
}

#[test]
fn the_books_are_not_to_be_written_by_a_block() {
    block_on(async {
        let Some((database, bench)) = stage("the books").await else {
            return;
        };
        bench.draft(&draft(
            "shop",
            "s7",
            "s6",
            "DO $$ BEGIN EXECUTE 'UPDATE terrane' || '_object SET layer = ''shop'''; END $$;",
        ));
        let error = bench.upgrade("heads").await.unwrap_err();
        assert!(
            error.to_string().contains("`terrane_object` is Terrane's own"),
            "{error}"
        );
        database.end().await;
    });
}

#[test]
fn what_is_no_change_of_the_vendors_is_let_be() {
    const FINE: [&str; 9] = [
        "CREATE TABLE shop_own (id integer PRIMARY KEY REFERENCES customer (id));",
        "ALTER TABLE shop_own ADD COLUMN other integer, ADD CONSTRAINT fk FOREIGN KEY (other) REFERENCES vendor_unrelated (id);",
        "ALTER TABLE shop_own DROP CONSTRAINT fk;",
        "DO $$ BEGIN EXECUTE 'ALTER TABLE shop_own ADD FOREIGN KEY (other) REFERENCES vendor_unrelated (id)'; END $$;",
        "DO $$ BEGIN EXECUTE 'ALTER TABLE shop_own DROP CONSTRAINT shop_own_other_fkey'; END $$;",
        "DO $$ BEGIN INSERT INTO shop_own SELECT id FROM customer; PERFORM nextval('vendor_number'); END $$;",
        "CREATE VIEW shop_view AS SELECT id, name FROM customer WHERE vendor_add(id) > 0;",
        "DO $$ BEGIN EXECUTE 'DROP VIEW shop_view'; EXECUTE 'DROP TABLE shop_own'; END $$;",
        "ALTER TABLE customer ADD COLUMN agreed integer;",
    ];
    block_on(async {
        let Some((database, bench)) = stage("what is no change").await else {
            return;
        };
        let mut revises = "s6".to_owned();
        for (at, sql) in FINE.into_iter().enumerate() {
            let id = format!("f{at}");
            const WAIVED: &[&str] = &["Dialect: postgresql", "Touches: customer: agreed with the vendor"];
            bench.draft(&Draft {
                layer: "shop",
                id: &id,
                revises: &revises,
                header: if at + 1 == FINE.len() { WAIVED } else { &WAIVED[..1] },
                upgrade: sql,
                downgrade: "",
            });
            bench
                .upgrade("heads")
                .await
                .unwrap_or_else(|error| panic!("{sql}: {error:#?}"));
            revises = id;
        }
        database.end().await;
    });
}

#[test]
fn a_vendor_may_change_what_others_refer_to() {
    block_on(async {
        let Some((database, bench)) = stage("a vendor's own").await else {
            return;
        };
        bench.draft(&draft(
            "shop",
            "s7",
            "s6",
            "CREATE TABLE shop_own (id integer PRIMARY KEY, CONSTRAINT shop_own_fk FOREIGN KEY (id) REFERENCES \
                      vendor_unrelated (id));",
        ));
        bench.draft(&draft(
            "vendor",
            "b5",
            "b4",
            "ALTER TABLE vendor_unrelated ALTER COLUMN id TYPE bigint;\n\
                      ALTER TABLE customer RENAME COLUMN email TO mail;",
        ));
        bench.upgrade("heads").await.unwrap();
        bench.draft(&draft(
            "vendor",
            "b6",
            "b5",
            "ALTER TABLE customer DROP CONSTRAINT customer_pk CASCADE;",
        ));
        let error = bench.upgrade("heads").await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("constraint `shop_loyalty_customer` of layer `shop`"),
            "{error}"
        );
        database.end().await;
    });
}

#[test]
fn rows_of_another_layer_are_told_wherever_the_writing_hides() {
    const HIDDEN: &str = "DO $$ BEGIN EXECUTE 'UPDATE cust' || 'omer SET name = upper(name)'; END $$;";
    block_on(async {
        let Some((database, bench)) = stage("rows that are written").await else {
            return;
        };
        let url = database.url();
        bench.configure_at(&url, &LAYERS, "rows = \"refuse\"");
        for upgrade in [HIDDEN, "UPDATE customer SET name = upper(name);"] {
            bench.draft(&draft("shop", "s7", "s6", upgrade));
            let error = bench.upgrade("heads").await.unwrap_err();
            assert_eq!(error.diagnostics[0].code, codes::FOREIGN_ROWS, "{error}");
            assert!(error.to_string().contains("`customer`"), "{error}");
        }
        bench.draft(&Draft {
            header: &["Dialect: postgresql", "Touches: customer: agreed with the vendor"],
            ..draft("shop", "s7", "s6", HIDDEN)
        });
        bench.upgrade("heads").await.unwrap();
        bench.configure_at(&url, &LAYERS, "");
        bench.draft(&draft("shop", "s8", "s7", HIDDEN));
        let mut told = Told::default();
        bench
            .project()
            .migrate(Destination::Upgrade("heads"), &mut told)
            .await
            .unwrap();
        assert_eq!(
            told.0,
            ["layer `shop` writes rows of table `customer`, which belongs to layer `vendor`"]
        );
        database.end().await;
    });
}

/// What rows of the vendor's a statement writes, and what the ledger says of it. A row that is added moves a sequence.
const WRITES: [(&str, &str); 9] = [
    (
        "INSERT INTO customer (id, name, email) VALUES (77, 'x', 'y')",
        "customer (vendor)",
    ),
    (
        "DO $$ BEGIN DELETE FROM customer WHERE id = 77; END $$",
        "customer (vendor)",
    ),
    ("SELECT setval('vendor_number', 7)", "sequence vendor_number (vendor)"),
    (
        "DO $$ BEGIN PERFORM nextval('vendor_number'); END $$",
        "sequence vendor_number (vendor)",
    ),
    ("INSERT INTO vendor_counted DEFAULT VALUES", "vendor_counted (vendor)"),
    (
        "SELECT setval(pg_get_serial_sequence('vendor_counted', 'id'), 50)",
        "sequence vendor_counted_id_seq (vendor)",
    ),
    (
        "CREATE VIEW shop_way AS SELECT * FROM vendor_counted; INSERT INTO shop_way (id) VALUES (60)",
        "vendor_counted (vendor)",
    ),
    (
        "MERGE INTO customer AS c USING (VALUES (1)) AS v (id) ON c.id = v.id WHEN MATCHED THEN UPDATE SET name = 'm'",
        "customer (vendor)",
    ),
    (
        "CREATE FUNCTION shop_late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE customer SET name = ''t''; RETURN NULL; END'; \
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON shop_tag DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION \
         shop_late(); INSERT INTO shop_tag VALUES (9, 'x')",
        "customer (vendor)",
    ),
];

#[test]
fn the_ledger_keeps_whose_rows_a_revision_wrote() {
    block_on(async {
        let Some((database, bench)) = stage("rows in the ledger").await else {
            return;
        };
        bench.draft(&draft(
            "vendor",
            "b5",
            "b4",
            "CREATE TABLE vendor_counted (id serial PRIMARY KEY);",
        ));
        let merges: u32 = database.value("SHOW server_version_num").await.parse().unwrap();
        let mut before = "s6".to_owned();
        for (at, (sql, written)) in WRITES.into_iter().enumerate() {
            if sql.starts_with("MERGE") && merges < 150_000 {
                say("MERGE comes with PostgreSQL 15, and was not tried");
                continue;
            }
            let id = format!("w{at}");
            bench.draft(&draft("shop", &id, &before, &format!("{sql};")));
            bench.upgrade("heads").await.unwrap();
            let log = bench.project().log().await.unwrap();
            let entry = log.iter().find(|entry| entry.revision.as_deref() == Some(&id)).unwrap();
            assert_eq!(entry.rows_written.as_deref(), Some(written), "{sql}");
            before = id;
        }
        let own = bench.project().log().await.unwrap();
        let own = own
            .iter()
            .find(|entry| entry.revision.as_deref() == Some("s2"))
            .unwrap();
        assert_eq!(own.rows_written, None);
        database.end().await;
    });
}

/// What was warned of.
#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn warning(&mut self, warning: &Diagnostic) {
        self.0.push(warning.message.clone());
    }
}

/// Terrane's tables as an earlier version made them: a name was one text.
const OLD_TABLES: &str = "\
CREATE TABLE old_object AS SELECT kind, CASE WHEN schema IN ('public', '') THEN '' ELSE quote_ident(schema) || '.' END || CASE WHEN \
kind IN ('routine', 'object') THEN name || arguments ELSE quote_ident(name) END AS name, layer, created_by FROM terrane_object;
DELETE FROM terrane_object;
ALTER TABLE terrane_object DROP CONSTRAINT terrane_object_pk, DROP COLUMN schema, DROP COLUMN arguments;
ALTER TABLE terrane_object ADD CONSTRAINT terrane_object_pk PRIMARY KEY (kind, name);
INSERT INTO terrane_object SELECT * FROM old_object;
DROP TABLE old_object;
ALTER TABLE terrane_ledger DROP COLUMN rows_written, DROP COLUMN statement_found";

#[test]
fn names_of_an_earlier_versions_books_come_apart_into_schema_name_and_arguments() {
    const OWNERS: &str = "SELECT string_agg(concat_ws('|', kind, schema, name, arguments, layer, created_by), E'\\n' ORDER BY kind, \
                          schema, name, arguments) FROM terrane_object";
    block_on(async {
        let Some((database, bench)) = stage("books of an earlier version").await else {
            return;
        };
        let odd = "CREATE SCHEMA \"Other one\"; CREATE TABLE \"Other one\".\"A \"\"b\"\".c\" (id integer); CREATE FUNCTION \
                   \"Other one\".\"f(x\"(integer, text) RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION plain() RETURNS \
                   integer LANGUAGE sql AS 'SELECT 2'; CREATE DOMAIN \"Other one\".d AS integer; CREATE AGGREGATE total (integer) \
                   (SFUNC = int4_sum, STYPE = bigint);";
        bench.draft(&draft("vendor", "b5", "b4", odd));
        bench.upgrade("heads").await.unwrap();
        let owners = database.value(OWNERS).await;
        for line in [
            "routine|Other one|\"f(x\"|(integer, text)|vendor|b5",
            "routine|public|plain|()|vendor|b5",
            "table|Other one|A \"b\".c||vendor|b5",
            "table|public|customer||vendor|b1",
        ] {
            assert!(owners.lines().any(|found| found == line), "{line}\n{owners}");
        }
        database.execute(OLD_TABLES).await;
        assert!(
            bench
                .project()
                .tables()
                .await
                .unwrap()
                .iter()
                .any(|row| row.layer.is_some())
        );
        bench.draft(&draft("shop", "s7", "s6", "SELECT 1;"));
        bench.upgrade("heads").await.unwrap();
        assert_eq!(database.value(OWNERS).await, owners);
        // The vendor's is the vendor's still.
        bench.draft(&draft(
            "shop",
            "s8",
            "s7",
            "DO $$ BEGIN DROP TABLE \"Other one\".\"A \"\"b\"\".c\"; END $$;",
        ));
        let error = bench.upgrade("heads").await.unwrap_err();
        assert_eq!(error.diagnostics[0].code, codes::GUARD, "{error}");
        database.end().await;
    });
}

/// A superuser's function that has the server stop counting while it changes what is another's.
const UNCOUNTED: &str = "CREATE FUNCTION shop_uncounted() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN SET LOCAL track_counts = off; SET \
                         LOCAL track_functions = none; COMMENT ON TABLE vendor_unrelated IS 'mine'; SET LOCAL track_functions = \
                         'all'; SET LOCAL track_counts = on; RETURN 1; END $$; INSERT INTO shop_tag VALUES (70, 'x');";

#[test]
fn counts_that_a_superusers_function_switches_off_are_not_relied_on() {
    block_on(async {
        let Some((database, bench)) = stage("counts that are switched off").await else {
            return;
        };
        bench.draft(&draft("shop", "s7", "s6", UNCOUNTED));
        bench.upgrade("heads").await.unwrap();
        let before = vendors(&database);
        for plain in [
            "ALTER TABLE shop_tag ADD COLUMN z integer DEFAULT shop_uncounted();",
            "ALTER TABLE shop_tag ADD CONSTRAINT z CHECK (shop_uncounted() = 1);",
            "CREATE MATERIALIZED VIEW shop_z AS SELECT shop_uncounted();",
        ] {
            bench.draft(&draft("shop", "s8", "s7", plain));
            let error = bench.upgrade("heads").await.unwrap_err();
            assert_eq!(error.diagnostics[0].code, codes::GUARD, "{plain}: {error}");
            assert!(error.to_string().contains("vendor_unrelated"), "{plain}: {error}");
            assert_eq!(vendors(&database), before);
        }
        // What writes more of the catalog than plain DDL does, and nothing of the vendor's, is done all the same.
        bench.draft(&draft(
            "shop",
            "s8",
            "s7",
            "CREATE SCHEMA shop_place; CREATE COLLATION shop_place.c (LOCALE = 'C');",
        ));
        bench.upgrade("heads").await.unwrap();
        database.end().await;
    });
}
