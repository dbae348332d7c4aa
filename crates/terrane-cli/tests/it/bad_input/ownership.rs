//! What belongs to another layer. All of it is refused when planned, with exit code 4; nothing of the revision runs.

use super::pending;
use crate::world::{CONFIG, World};
use insta::assert_snapshot;

fn refused(sql: &str) -> String {
    let world = pending(&[], &format!("-- upgrade\n{sql}\n-- downgrade\n"));
    let said = world.exits(4, &["upgrade", "heads"]);
    // The plan says the same, and so does a script.
    assert_eq!(said, world.exits(4, &["plan", "upgrade", "heads"]));
    assert_eq!(said, world.exits(4, &["upgrade", "--sql", "heads"]));
    said
}

#[test]
fn altering_a_vendors_table() {
    assert_snapshot!(refused("ALTER TABLE customer ADD COLUMN points integer;"), @r"
    error[O001 foreign-object]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser/2b00.sql:7:1
      |
    7 | ALTER TABLE customer ADD COLUMN points integer;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ add column `points` to `customer`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    ");
}

#[test]
fn dropping_and_renaming_a_vendors_table() {
    assert_snapshot!(refused("ALTER TABLE customer RENAME TO client;"), @r"
    error[O001 foreign-object]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser/2b00.sql:7:1
      |
    7 | ALTER TABLE customer RENAME TO client;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ rename table `customer` to `client`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    ");
    assert_snapshot!(refused("DROP TABLE IF EXISTS customer;"), @r"
    error[O001 foreign-object]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser/2b00.sql:7:1
      |
    7 | DROP TABLE IF EXISTS customer;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ drop table `customer`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    ");
}

#[test]
fn an_index_or_a_trigger_on_a_vendors_table() {
    assert_snapshot!(refused("CREATE INDEX poser_ix ON customer (uuid, name);"), @r"
    error[O001 foreign-object]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser/2b00.sql:7:1
      |
    7 | CREATE INDEX poser_ix ON customer (uuid, name);
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ create index `poser_ix` on `customer`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    ");
    assert_snapshot!(
        refused("CREATE TRIGGER poser_tr AFTER DELETE ON customer BEGIN DELETE FROM poser_widget WHERE uuid = old.uuid; END;"),
        @r"
    error[O001 foreign-object]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser/2b00.sql:7:1
      |
    7 | CREATE TRIGGER poser_tr AFTER DELETE ON customer BEGIN DELETE FROM poser_widget WHERE uuid = old.uuid; END;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ create trigger `poser_tr` on `customer`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    "
    );
}

#[test]
fn dropping_what_hangs_on_a_vendors_table() {
    assert_snapshot!(refused("DROP INDEX customer_ix_name;\nDROP TRIGGER customer_audit;\nDROP VIEW customer_names;"), @r"
    error[O001 foreign-object]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser/2b00.sql:7:1
      |
    7 | DROP INDEX customer_ix_name;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ drop index `customer_ix_name`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    error[O001 foreign-object]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser/2b00.sql:8:1
      |
    8 | DROP TRIGGER customer_audit;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ drop trigger `customer_audit`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    error[O001 foreign-object]: view `customer_names` belongs to layer `rattail`, not to `poser`
     --> poser/2b00.sql:9:1
      |
    9 | DROP VIEW customer_names;
      | ^^^^^^^^^^^^^^^^^^^^^^^^ drop view `customer_names`
      |
      = help: Let a revision of `rattail` do it.
    ");
}

#[test]
fn each_in_a_portable_file() {
    let statements = [
        "ALTER TABLE customer ADD COLUMN points integer;",
        "ALTER TABLE customer DROP COLUMN name;",
        "ALTER TABLE customer RENAME COLUMN name TO title;",
        "ALTER TABLE customer ADD CONSTRAINT poser_uq UNIQUE (name);",
        "ALTER TABLE customer RENAME TO client;",
        "ALTER TABLE poser_widget RENAME TO customer;",
        "DROP TABLE customer;",
        "DROP VIEW customer_names;",
        "DROP INDEX customer_ix_name;",
        "CREATE TABLE customer (id integer);",
        "CREATE VIEW customer AS SELECT 1;",
        "CREATE INDEX poser_ix ON customer (uuid);",
    ];
    let body: String = statements.iter().map(|sql| format!("{sql}\n")).collect();
    let world = pending(&["Dialect: any"], &format!("-- upgrade\n{body}-- downgrade\n"));
    let said = world.exits(4, &["upgrade", "heads"]);
    for (at, sql) in statements.iter().enumerate() {
        let place = format!("poser/2b00.sql:{}:1", at + 8);
        assert!(said.contains(&place), "nothing was said of `{sql}` at {place}:\n{said}");
    }
    assert_eq!(said.matches("error[O001").count(), statements.len(), "{said}");
}

/// However it is spelt, and whatever SQLite lets one write.
#[test]
fn no_spelling_leads_around_it() {
    let world = World::open_shop();
    let before = world.contents("app.db");
    for sql in [
        "ALTER TABLE CUSTOMER ADD COLUMN points integer;",
        "ALTER TABLE \"Customer\" ADD COLUMN points integer;",
        "ALTER TABLE [customer] ADD COLUMN points integer;",
        "ALTER TABLE `customer` ADD points integer;",
        "ALTER TABLE main.customer ADD COLUMN points integer;",
        "alter/**/table/**/customer/**/drop/**/name;",
        "DROP TABLE main.customer;",
        "DROP TABLE IF EXISTS \"main\".\"customer\";",
        "CREATE INDEX main.poser_ix ON customer (uuid);",
        "CREATE UNIQUE INDEX IF NOT EXISTS poser_ix ON customer (uuid);",
        "CREATE TRIGGER main.poser_tr BEFORE UPDATE OF name ON customer BEGIN SELECT 1; END;",
        "CREATE TRIGGER poser_tr INSTEAD OF INSERT ON customer_names BEGIN SELECT 1; END;",
        "DROP INDEX main.customer_ix_name;",
        "DROP INDEX IF EXISTS Customer_IX_Name;",
        "DROP TRIGGER main.customer_audit;",
        "DROP VIEW IF EXISTS Main.Customer_Names;",
        "ALTER TABLE customer RENAME name TO title;",
        "ALTER TABLE poser_widget RENAME TO Audit;",
        "DROP TABLE poser_widget; CREATE TABLE customer (id integer);",
        "CREATE TABLE IF NOT EXISTS customer (id integer);",
        "CREATE VIEW IF NOT EXISTS customer AS SELECT 1;",
        "CREATE TABLE customer AS SELECT 1 AS one;",
    ] {
        let text = format!("-- upgrade\n{sql}\n-- downgrade\n");
        world.write("poser/2b00.sql", crate::world::revision("2b00", "2a00", &[], &text));
        let outcome = world.run(&["upgrade", "heads"]);
        assert_eq!(outcome.code, 4, "{sql}\n{}", outcome.all());
        assert!(outcome.err.contains("poser/2b00.sql:7:"), "{sql}\n{}", outcome.all());
        assert_eq!(world.contents("app.db"), before, "{sql}");
    }
}

#[test]
fn terranes_own_tables() {
    for sql in [
        "DROP TABLE terrane_version;",
        "ALTER TABLE terrane_ledger ADD COLUMN note text;",
        "DELETE FROM terrane_version;",
        "UPDATE terrane_object SET layer = 'poser';",
    ] {
        let world = pending(&[], &format!("-- upgrade\n{sql}\n-- downgrade\n"));
        let before = world.contents("app.db");
        let outcome = world.run(&["upgrade", "heads"]);
        assert_eq!(outcome.code, 4, "{sql}: {}", outcome.all());
        assert_eq!(world.contents("app.db"), before);
    }
}

#[test]
fn who_writes_the_catalog_by_hand_is_refused() {
    // The catalog itself, written by hand.
    let world = pending(
        &[],
        "-- upgrade\nPRAGMA writable_schema = on;\nUPDATE sqlite_master SET sql = replace(sql, 'name text NOT NULL', 'name text') \
         WHERE name = 'customer';\n-- downgrade\n",
    );
    let before = world.contents("app.db");
    let outcome = world.run(&["upgrade", "heads"]);
    assert_snapshot!(outcome.all(), @r"
    error[O004 guarded]: a statement would write the catalog itself, where other layers have their objects
     --> poser/2b00.sql:7:1
      |
    7 | PRAGMA writable_schema = on;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Take the statement out, and say the change in DDL.
    ");
    assert_eq!(outcome.code, 4);
    assert_eq!(world.contents("app.db"), before);
}

#[test]
fn the_leave_to_touch_is_recorded() {
    let world = pending(
        &["Touches: customer: the vendor asked for this index"],
        "-- upgrade\nCREATE INDEX poser_ix ON customer (uuid, name);\n-- downgrade\nDROP INDEX poser_ix;\n",
    );
    world.ok(&["upgrade", "heads"]);
    assert_eq!(
        world.query("SELECT tbl_name FROM sqlite_master WHERE name = 'poser_ix'"),
        "customer"
    );
    let log = world.ok(&["log"]);
    assert!(
        log.ends_with("    touches customer: the vendor asked for this index\n"),
        "{log}"
    );
    // It names one object, and is no leave for others.
    world.write(
        "poser/2c00.sql",
        crate::world::revision(
            "2c00",
            "2b00",
            &["Touches: audit: why not"],
            "-- upgrade\nDROP VIEW customer_names;\n-- downgrade\n",
        ),
    );
    world.exits(4, &["upgrade", "heads"]);
    world.ok(&["downgrade", "poser@2a00"]);
}

#[test]
fn a_foreign_key_into_a_layer_that_is_not_required() {
    let world = pending(
        &[],
        "-- upgrade\nCREATE TABLE poser_customer (\n    uuid text PRIMARY KEY REFERENCES customer (uuid)\n);\n-- downgrade\n",
    );
    world.edit("terrane.toml", "requires = [\"rattail\"]\n", "");
    assert_snapshot!(world.exits(4, &["upgrade", "heads"]), @r"
    error[O003 foreign-reference]: `customer` belongs to layer `rattail`, which layer `poser` does not require
     --> poser/2b00.sql:7:1
      |
    7 | / CREATE TABLE poser_customer (
    8 | |     uuid text PRIMARY KEY REFERENCES customer (uuid)
    9 | | );
      | |_^ create table `poser_customer`
      |
      = help: Add `rattail` to `requires` of layer `poser`.
    ");
}

#[test]
fn models_that_claim_a_vendors_table() {
    let world = World::open_shop();
    world.write(
        "poser.sql",
        "CREATE TABLE customer (\n    uuid text PRIMARY KEY,\n    points integer\n);\n",
    );
    assert_snapshot!(world.exits(4, &["revision", "--autogenerate", "--layer", "poser"]), @r"
    error[O002 foreign-model]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser.sql:1:1
      |
    1 | CREATE TABLE customer (
      | ^^^^^^^^^^^^^^^^^^^^^^^ create table `customer`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    ");
    assert_eq!(
        world.exits(4, &["check"]),
        world.exits(4, &["revision", "--autogenerate", "--layer", "poser"])
    );
}

#[test]
fn models_that_claim_a_table_which_only_the_vendors_models_have() {
    let world = World::open_shop();
    world.write(
        "rattail.sql",
        format!(
            "{}CREATE TABLE product (id integer PRIMARY KEY);\n",
            world.read("rattail.sql")
        ),
    );
    world.write(
        "poser.sql",
        format!(
            "{}CREATE TABLE product (id integer PRIMARY KEY);\n",
            world.read("poser.sql")
        ),
    );
    assert_snapshot!(world.exits(4, &["revision", "--autogenerate", "--layer", "poser"]), @r"
    error[O002 foreign-model]: table `product` belongs to layer `rattail`, not to `poser`
     --> poser.sql:6:1
      |
    6 | CREATE TABLE product (id integer PRIMARY KEY);
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ create table `product`
      |
      = help: Keep what you need in a table of your own, `poser_product`, whose primary key is also its foreign key to `product`.
    ");
}

#[test]
fn models_with_an_index_or_a_trigger_on_a_vendors_table() {
    let world = World::open_shop();
    let own = world.read("poser.sql");
    world.write(
        "poser.sql",
        format!(
            "{own}CREATE INDEX poser_ix ON customer (uuid);\n\
             CREATE TRIGGER poser_tr AFTER DELETE ON customer BEGIN SELECT 1; END;\n"
        ),
    );
    assert_snapshot!(world.exits(4, &["revision", "--autogenerate", "--layer", "poser"]), @r"
    error[O002 foreign-model]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser.sql:6:1
      |
    6 | CREATE INDEX poser_ix ON customer (uuid);
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ create index `poser_ix` on `customer`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    error[O002 foreign-model]: table `customer` belongs to layer `rattail`, not to `poser`
     --> poser.sql:7:1
      |
    7 | CREATE TRIGGER poser_tr AFTER DELETE ON customer BEGIN SELECT 1; END;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ create trigger `poser_tr` on `customer`
      |
      = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    ");
}

#[test]
fn models_with_a_foreign_key_into_a_layer_that_is_not_required() {
    let world = World::open_shop();
    world.write("terrane.toml", CONFIG.replace("requires = [\"rattail\"]\n", ""));
    world.write(
        "poser.sql",
        "CREATE TABLE poser_customer (\n    uuid text PRIMARY KEY REFERENCES customer (uuid)\n);\n",
    );
    assert_snapshot!(world.exits(4, &["check", "--layer", "poser"]), @r"
    error[O003 foreign-reference]: `customer` belongs to layer `rattail`, which layer `poser` does not require
     --> poser.sql:1:1
      |
    1 | CREATE TABLE poser_customer (
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ create table `poser_customer`
      |
      = help: Add `rattail` to `requires` of layer `poser`.
    ");
}

#[test]
fn rows_of_another_layer_are_written_and_told_of() {
    let world = pending(
        &[],
        "-- upgrade\nUPDATE customer SET name = upper(name);\nINSERT INTO poser_widget (uuid, description) SELECT uuid, name FROM customer;\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(0, &["plan", "upgrade", "heads"]), @r#"
        -- upgrade 2b00 (poser) step 2b00
        UPDATE customer SET name = upper(name);
        INSERT INTO poser_widget (uuid, description) SELECT uuid, name FROM customer;
        --- standard error
        warning[O005 foreign-rows]: layer `poser` writes rows of table `customer`, which belongs to layer `rattail`
         --> poser/2b00.sql:7:1
          |
        7 | UPDATE customer SET name = upper(name);
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ run `UPDATE customer SET name = upper(name)`
          |
          = help: Nothing is stopped; make sure that `rattail` expects it.
        "#);
    let leave = world
        .read("poser/2b00.sql")
        .replace("-- Revises", "-- Touches: customer: names in capitals\n-- Revises");
    world.write("poser/2b00.sql", leave);
    assert!(!world.exits(0, &["plan", "upgrade", "heads"]).contains("O005"));
    world.ok(&["upgrade", "heads"]);
}
