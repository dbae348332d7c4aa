//! What a revision says to the server.

use super::pending;
use insta::assert_snapshot;

#[test]
fn a_transaction_within_the_transaction() {
    let world = pending(
        &[],
        "-- upgrade\nBEGIN;\nCREATE TABLE poser_more (id integer);\nCOMMIT;\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S011 transaction-control]: a revision runs in one transaction already
     --> poser/2b00.sql:7:1
      |
    7 | BEGIN;
      | ^^^^^
      |
      = help: Take the statement out, or say `-- Transaction: none` in the header.
    error[S011 transaction-control]: a revision runs in one transaction already
     --> poser/2b00.sql:9:1
      |
    9 | COMMIT;
      | ^^^^^^
      |
      = help: Take the statement out, or say `-- Transaction: none` in the header.
    ");
}

#[test]
fn a_statement_that_is_not_portable() {
    let world = pending(
        &["Dialect: any"],
        "-- upgrade\nCREATE TABLE poser_more (id integer);\nVACUUM;\nCREATE TABLE poser_odd (id integer,,);\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S010 not-understood]: expected a name
      --> poser/2b00.sql:10:36
       |
    10 | CREATE TABLE poser_odd (id integer,,);
       |                                    ^
    ");
}

#[test]
fn a_portable_statement_that_does_not_fit() {
    let world = pending(
        &["Dialect: any"],
        "-- upgrade\nDROP TABLE poser_gone;\nALTER TABLE poser_widget DROP COLUMN colour;\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[P001 does-not-fit]: there is no table `poser_gone`
     --> poser/2b00.sql:8:1
      |
    8 | DROP TABLE poser_gone;
      | ^^^^^^^^^^^^^^^^^^^^^ at this point of the history
    error[P001 does-not-fit]: table `poser_widget` has no column `colour`
     --> poser/2b00.sql:9:1
      |
    9 | ALTER TABLE poser_widget DROP COLUMN colour;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ at this point of the history
    ");
    assert_snapshot!(world.exits(1, &["plan", "upgrade", "heads"]), @r"
    error[P001 does-not-fit]: there is no table `poser_gone`
     --> poser/2b00.sql:8:1
      |
    8 | DROP TABLE poser_gone;
      | ^^^^^^^^^^^^^^^^^^^^^ at this point of the history
    error[P001 does-not-fit]: table `poser_widget` has no column `colour`
     --> poser/2b00.sql:9:1
      |
    9 | ALTER TABLE poser_widget DROP COLUMN colour;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ at this point of the history
    ");
}

#[test]
fn a_function_that_nobody_registered() {
    let world = pending(&[], "-- upgrade\n-- call backfill_points\n-- downgrade\n");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S013 unknown-call]: no function is registered as `backfill_points`
     --> poser/2b00.sql:7:1
      |
    7 | -- call backfill_points
      | ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Register it where the app makes its layer.
    ");
}

#[test]
fn a_statement_that_the_server_refuses_in_the_middle() {
    let world = pending(
        &[],
        "-- upgrade\nCREATE TABLE poser_more (id integer);\n-- downgrade\nDROP TABLE poser_more;\n",
    );
    world.write(
        "poser/2c00.sql",
        crate::world::revision(
            "2c00",
            "2b00",
            &[],
            "-- upgrade\nCREATE TABLE poser_late (id integer);\n\nINSERT INTO poser_late\nSELECT colour FROM poser_widget;\n-- downgrade\n",
        ),
    );
    let outcome = world.run(&["upgrade", "heads"]);
    assert_snapshot!(outcome.all(), @r"
    upgrade 2b00 (poser) step 2b00 [time]
    --- standard error
    error[X001 database-refused]: revision `2c00` of layer `poser` failed: no such column: colour; it was rolled back
      --> poser/2c00.sql:9:1
       |
     9 | / INSERT INTO poser_late
    10 | | SELECT colour FROM poser_widget;
       | |_______________________________^
    done before that, and kept:
      upgraded to 2b00 of layer poser (step 2b00)
    ");
    assert_eq!(outcome.code, 1);
    // What was committed before is kept, of the one that failed nothing.
    assert_eq!(
        world.query("SELECT name FROM sqlite_master WHERE name IN ('poser_more', 'poser_late')"),
        "poser_more"
    );
    assert_eq!(
        world.query("SELECT version_num FROM terrane_version WHERE layer = 'poser'"),
        "2b00"
    );
    assert_eq!(
        world.query("SELECT count(*) FROM terrane_ledger WHERE revision = '2c00'"),
        "0"
    );
}

#[test]
fn a_typing_error() {
    let world = pending(&[], "-- upgrade\nCRAETE TABLE poser_more (id integer);\n-- downgrade\n");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[S021 unknown-statement]: no statement of `sqlite` begins with `CRAETE`
     --> poser/2b00.sql:7:1
      |
    7 | CRAETE TABLE poser_more (id integer);
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Write `CREATE`.
    ");
}

#[test]
fn rows_that_would_refer_to_nothing() {
    let world = pending(
        &[],
        "-- upgrade\nPRAGMA defer_foreign_keys = 1;\nCREATE TABLE poser_child (\n    widget text REFERENCES poser_widget (uuid)\n);\n\
         INSERT INTO poser_child VALUES ('nobody');\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[X001 database-refused]: revision `2b00` of layer `poser` failed: FOREIGN KEY constraint failed; it was rolled back
     --> poser/2b00.sql:1:1
      |
    1 | -- step 2b00
      | ^^^^^^^^^^^^ in this revision
    ");
}

#[test]
fn a_key_that_rows_do_not_meet() {
    let world = pending(
        &["Dialect: any"],
        "-- upgrade\nALTER TABLE poser_widget ADD CONSTRAINT poser_fk FOREIGN KEY (description) REFERENCES poser_widget (uuid);\n\
         -- downgrade\n",
    );
    world.execute("INSERT INTO poser_widget VALUES ('1', 'nobody'), ('2', '1')");
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[X004 worse-than-before]: revision `2b00` of layer `poser` failed: 1 row of `poser_widget` would refer to nothing; it was rolled back
     --> poser/2b00.sql:8:1
      |
    8 | ALTER TABLE poser_widget ADD CONSTRAINT poser_fk FOREIGN KEY (description) REFERENCES poser_widget (uuid);
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Mend or delete those rows in the revision, before the statement that needs it.
    ");
}

#[test]
fn a_view_that_would_no_longer_run() {
    let world = pending(
        &[],
        "-- upgrade\nCREATE VIEW poser_view AS SELECT uuid FROM poser_widget;\n-- downgrade\n",
    );
    world.ok(&["upgrade", "heads"]);
    let body = "-- upgrade\nALTER TABLE poser_widget DROP CONSTRAINT poser_widget_pk;\n\
                ALTER TABLE poser_widget DROP COLUMN uuid;\n-- downgrade\n";
    world.write(
        "poser/2c00.sql",
        crate::world::revision("2c00", "2b00", &["Dialect: any"], body),
    );
    assert_snapshot!(world.exits(1, &["upgrade", "heads"]), @r"
    error[X004 worse-than-before]: revision `2c00` of layer `poser` failed: view `poser_view` would no longer run: no such column: uuid; it was rolled back
     --> poser/2c00.sql:9:1
      |
    9 | ALTER TABLE poser_widget DROP COLUMN uuid;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Drop the view in the revision, and create it again as it should be.
    ");
}

#[test]
fn what_the_server_does_not_have() {
    let world = pending(
        &["Dialect: any"],
        "-- upgrade\nCREATE TABLE poser_more (id integer);\nCREATE SEQUENCE poser_numbers;\n-- downgrade\n",
    );
    assert_snapshot!(world.exits(4, &["upgrade", "heads"]), @r"
    error[P002 unsupported]: `sqlite` cannot do this: SQLite has no sequences
     --> poser/2b00.sql:9:1
      |
    9 | CREATE SEQUENCE poser_numbers;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Number the rows with `INTEGER PRIMARY KEY AUTOINCREMENT`.
    ");
    assert_snapshot!(world.exits(4, &["plan", "upgrade", "heads"]), @r"
    error[P002 unsupported]: `sqlite` cannot do this: SQLite has no sequences
     --> poser/2b00.sql:9:1
      |
    9 | CREATE SEQUENCE poser_numbers;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: Number the rows with `INTEGER PRIMARY KEY AUTOINCREMENT`.
    ");
}
