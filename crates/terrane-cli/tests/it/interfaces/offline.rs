//! `--sql`: what a script does in the shell of the server is what the command does.

use crate::world::{World, revision};
use insta::assert_snapshot;

fn shop() -> World {
    let world = World::shop();
    world.write(
        "poser.sql",
        world
            .read("poser.sql")
            .replace("description text NOT NULL", "title text NOT NULL DEFAULT ''"),
    );
    let body = "-- upgrade\nALTER TABLE poser_widget RENAME COLUMN description TO title;\n\
                ALTER TABLE poser_widget ALTER COLUMN title SET DEFAULT '';\n\
                -- downgrade\nALTER TABLE poser_widget ALTER COLUMN title DROP DEFAULT;\n\
                ALTER TABLE poser_widget RENAME COLUMN title TO description;\n";
    let header = ["Dialect: any", "Create Date: 2026-04-01 08:00:00+00:00"];
    world.write("poser/2b00.sql", revision("2b00", "2a00", &header, body));
    world
}

/// Runs `command` on one database and its script on another, from the same start, and compares.
fn same(name: &str, start: &[&[&str]], command: &[&str], script: &[&str]) {
    let world = shop();
    for step in start {
        world.ok(step);
        world.ok(&[step, &["--url", "sqlite:script.db"][..]].concat());
    }
    let sql = world.unchanged(0, || world.run(script));
    if world.shell(name, "script.db", &sql) {
        world.ok(command);
        assert_eq!(world.contents("app.db"), world.contents("script.db"), "{sql}");
    }
}

const UP: &[&str] = &["upgrade", "heads"];

#[test]
fn upgrade_from_nothing() {
    same(
        "interfaces::offline::upgrade_from_nothing",
        &[],
        UP,
        &["upgrade", "--sql", "heads"],
    );
}

#[test]
fn upgrade_from_somewhere() {
    let start: &[&[&str]] = &[&["upgrade", "1a00"], &["upgrade", "2a00"]];
    same(
        "interfaces::offline::upgrade_from_somewhere",
        start,
        UP,
        &["upgrade", "--sql", "2a00:2b00"],
    );
}

#[test]
fn downgrade() {
    same(
        "interfaces::offline::downgrade",
        &[UP],
        &["downgrade", "poser@2a00"],
        &["downgrade", "--sql", "2b00:2a00"],
    );
}

#[test]
fn downgrade_to_nothing() {
    same(
        "interfaces::offline::downgrade_to_nothing",
        &[UP],
        &["downgrade", "base"],
        &["downgrade", "--sql", "heads:base"],
    );
    let command = &["downgrade", "poser@base"];
    same(
        "interfaces::offline::downgrade_to_nothing",
        &[UP],
        command,
        &["downgrade", "--sql", "2b00:poser@base"],
    );
}

#[test]
fn stamp() {
    same(
        "interfaces::offline::stamp",
        &[],
        &["stamp", "heads"],
        &["stamp", "--sql", "heads"],
    );
    same(
        "interfaces::offline::stamp",
        &[UP],
        &["stamp", "poser@2a00"],
        &["stamp", "--sql", "2b00:2a00"],
    );
    same(
        "interfaces::offline::stamp",
        &[UP],
        &["stamp", "base"],
        &["stamp", "--sql", "heads:base"],
    );
}

#[test]
fn it_opens_no_database_and_reads_as_a_script() {
    let world = shop();
    world.edit("terrane.toml", "sqlite:app.db", "sqlite:no/such/folder/app.db");
    assert_snapshot!(world.exits(0, &["upgrade", "--sql", "2a00:poser@head"]), @r#"
    -- For the `sqlite3` shell, which stops at the first error. For another client, leave the next two lines out (`--plain`).
    .bail on
    ;
    -- Each step proves itself in this table. Where a proof is missing, the step is rolled back.
    CREATE TEMP TABLE IF NOT EXISTS terrane_proof (
        stands INTEGER CONSTRAINT "the database does not stand as this step needs it" CHECK (stands),
        copied INTEGER CONSTRAINT "not all rows were copied" CHECK (copied),
        complete INTEGER CONSTRAINT "a statement of this step failed, so that nothing of it is kept" CHECK (complete)
    );

    -- upgrade 2b00 of layer poser: step 2b00
    PRAGMA foreign_keys=OFF;
    DELETE FROM temp.terrane_proof;
    BEGIN IMMEDIATE;
    INSERT INTO temp.terrane_proof (stands) SELECT EXISTS (SELECT 1 FROM terrane_version WHERE layer = 'poser' AND version_num = '2a00') AND NOT EXISTS (SELECT 1 FROM terrane_version WHERE layer = 'poser' AND version_num IN ('2b00'));
    ALTER TABLE poser_widget RENAME COLUMN description TO title;
    CREATE TABLE _terrane_rebuild_poser_widget (
        uuid text NOT NULL,
        title text NOT NULL DEFAULT '',
        CONSTRAINT poser_widget_pk PRIMARY KEY (uuid)
    );
    INSERT OR ABORT INTO _terrane_rebuild_poser_widget (uuid, title, rowid) SELECT uuid, title, rowid FROM poser_widget ORDER BY rowid;
    INSERT INTO temp.terrane_proof (copied) SELECT (SELECT count(*) FROM _terrane_rebuild_poser_widget) >= (SELECT count(*) FROM (SELECT uuid, title, rowid FROM poser_widget ORDER BY rowid));
    PRAGMA legacy_alter_table=ON;
    SAVEPOINT terrane;
    DROP TABLE poser_widget;
    ALTER TABLE _terrane_rebuild_poser_widget RENAME TO poser_widget;
    PRAGMA legacy_alter_table=OFF;
    SAVEPOINT terrane;
    UPDATE terrane_version SET version_num = '2b00' WHERE layer = 'poser' AND version_num = '2a00';
    INSERT INTO terrane_ledger (revision, layer, direction, message, checksum, applied_by, applied_at, duration_ms, tool_version, statements, statements_done, touches, rows_written) VALUES ('2b00', 'poser', 'upgrade', 'step 2b00', '7b241c6692cca00454f9670656b7a5a30c7e2f974776d396ab01ad4402c0853e', 'a script', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'), 0, '0.1.0', 7, 7, NULL, NULL);
    INSERT INTO temp.terrane_proof (stands) SELECT EXISTS (SELECT 1 FROM terrane_version WHERE layer = 'poser' AND version_num = '2b00');
    INSERT OR ROLLBACK INTO temp.terrane_proof (complete) SELECT count(*) = 3 FROM temp.terrane_proof;
    COMMIT;
    PRAGMA legacy_alter_table=OFF;
    PRAGMA foreign_keys=ON;

    DROP TABLE temp.terrane_proof;
    "#);
    assert_snapshot!(world.exits(0, &["stamp", "--sql", "poser@head"]), @r#"
    -- For the `sqlite3` shell, which stops at the first error. For another client, leave the next two lines out (`--plain`).
    .bail on
    ;
    -- Each step proves itself in this table. Where a proof is missing, the step is rolled back.
    CREATE TEMP TABLE IF NOT EXISTS terrane_proof (
        stands INTEGER CONSTRAINT "the database does not stand as this step needs it" CHECK (stands),
        copied INTEGER CONSTRAINT "not all rows were copied" CHECK (copied),
        complete INTEGER CONSTRAINT "a statement of this step failed, so that nothing of it is kept" CHECK (complete)
    );

    CREATE TABLE IF NOT EXISTS terrane_version (
        layer TEXT NOT NULL,
        version_num TEXT NOT NULL,
        PRIMARY KEY (layer, version_num)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS terrane_ledger (
        id INTEGER PRIMARY KEY,
        revision TEXT,
        layer TEXT NOT NULL,
        direction TEXT NOT NULL,
        message TEXT NOT NULL,
        checksum TEXT,
        applied_by TEXT NOT NULL,
        applied_at TEXT NOT NULL,
        duration_ms INTEGER NOT NULL,
        tool_version TEXT NOT NULL,
        statements INTEGER NOT NULL,
        statements_done INTEGER NOT NULL,
        statement_begun INTEGER,
        statement_found TEXT,
        touches TEXT,
        rows_written TEXT
    );
    CREATE TABLE IF NOT EXISTS terrane_object (
        kind TEXT NOT NULL,
        schema TEXT NOT NULL,
        name TEXT NOT NULL,
        arguments TEXT NOT NULL,
        layer TEXT NOT NULL,
        created_by TEXT,
        PRIMARY KEY (kind, schema, name, arguments)
    ) WITHOUT ROWID;

    -- stamp of layer poser
    DELETE FROM temp.terrane_proof;
    BEGIN IMMEDIATE;
    SAVEPOINT terrane;
    INSERT INTO terrane_version (layer, version_num) VALUES ('poser', '2b00');
    INSERT INTO terrane_object (kind, schema, name, arguments, layer, created_by) SELECT 'table', 'main', 'poser_widget', '', 'poser', '2a00' WHERE EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'poser_widget' COLLATE NOCASE) ON CONFLICT (kind, schema, name, arguments) DO UPDATE SET layer = excluded.layer, created_by = excluded.created_by;
    INSERT INTO terrane_ledger (revision, layer, direction, message, checksum, applied_by, applied_at, duration_ms, tool_version, statements, statements_done, touches, rows_written) VALUES (NULL, 'poser', 'stamp', 'to 2b00', NULL, 'a script', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'), 0, '0.1.0', 0, 0, NULL, NULL);
    INSERT INTO temp.terrane_proof (stands) SELECT EXISTS (SELECT 1 FROM terrane_version WHERE layer = 'poser' AND version_num = '2b00');
    INSERT OR ROLLBACK INTO temp.terrane_proof (complete) SELECT count(*) = 1 FROM temp.terrane_proof;
    COMMIT;

    DROP TABLE temp.terrane_proof;
    "#);
}
