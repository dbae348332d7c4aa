//! What comes over is what the tool would have made: the same dumps, and every statement as it was.

use super::formats::{Step, config, goes_back, write};
use super::generate::history;
use crate::world::{World, not_run};
use std::io::Write;
use std::process::{Command, Stdio};
use terrane::Tool;
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;

const SQLITE: &str = "sqlite:app.db";

/// All that a database of SQLite's holds, but for Terrane's books.
fn contents(world: &World, file: &str) -> String {
    const CATALOG: &str = "SELECT type, name, tbl_name, sql FROM sqlite_master \
                           WHERE tbl_name NOT LIKE 'terrane%' AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
    let mut said = world.query_in(file, CATALOG);
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'terrane%' AND name NOT LIKE \
                  'sqlite_%' ORDER BY rowid";
    for table in world.query_in(file, tables).lines() {
        said.push_str(&format!("\n--- {table}\n"));
        said.push_str(&world.query_in(file, &format!("SELECT * FROM \"{table}\" ORDER BY 1")));
    }
    said
}

/// Runs statements with `sqlite3`, a call for each migration, as somebody without any tool would.
fn run_directly(test: &str, world: &World, steps: &[Vec<String>]) -> bool {
    steps
        .iter()
        .all(|step| world.shell(test, "direct.db", &step.join("\n")))
}

/// Imports a history of every tool, and holds what the upgrade makes against what the files make.
fn comes_over_on_sqlite(test: &str, steps: &[Step]) {
    for tool in Tool::ALL {
        let world = World::empty();
        world.write("terrane.toml", config(SQLITE));
        write(&world, tool, steps);
        let from = tool.to_string();
        let said = world.ok(&["import", "migrations", "--from", &from, "--layer", "blog"]);
        assert!(
            said.contains(&format!("layer blog: {} revisions", steps.len())),
            "{said}"
        );
        world.ok(&["upgrade"]);
        let ups: Vec<Vec<String>> = steps.iter().map(|step| step.up.clone()).collect();
        if !run_directly(test, &world, &ups) {
            return;
        }
        assert_eq!(contents(&world, "app.db"), contents(&world, "direct.db"), "{tool}");
        if !goes_back(tool) {
            continue;
        }
        // Back as far as something says the way.
        let back: Vec<&Step> = steps.iter().rev().take_while(|step| !step.down.is_empty()).collect();
        if back.is_empty() {
            continue;
        }
        world.ok(&["downgrade", &format!("-{}", back.len())]);
        let downs: Vec<Vec<String>> = back.iter().map(|step| step.down.clone()).collect();
        assert!(run_directly(test, &world, &downs));
        assert_eq!(
            contents(&world, "app.db"),
            contents(&world, "direct.db"),
            "{tool}, back"
        );
    }
}

/// A history for SQLite with what is hard to carry.
fn hard_for_sqlite() -> Vec<Step> {
    vec![
        Step::new(
            "people",
            &[
                "-- Up\nCREATE TABLE person (\n    id integer PRIMARY KEY, -- down, as it were\n    name text NOT NULL /* ; */\n);",
                "INSERT INTO person VALUES (1, 'a; b'), (2, '-- upgrade');",
            ],
            &["-- rollback\nDROP TABLE person;"],
        ),
        Step::new(
            "an audit",
            &[
                "CREATE TABLE audit (what text);",
                "CREATE TRIGGER person_audit AFTER INSERT ON person BEGIN\n    INSERT INTO audit VALUES (new.name);\n    UPDATE \
                 audit SET what = what || ';';\nEND;",
                "INSERT INTO person VALUES (3, 'two\nlines');",
            ],
            &[
                "DROP TRIGGER person_audit;",
                "DROP TABLE audit;",
                "DELETE FROM person WHERE id = 3;",
            ],
        ),
        Step::new(
            "nothing undoes this",
            &["CREATE INDEX person_name ON person (name) WHERE name <> '';"],
            &[],
        ),
        Step::new(
            "a view",
            &[
                "CREATE VIEW names AS SELECT name FROM person; -- trailing",
                "/* undo */",
            ],
            &["DROP VIEW names;"],
        ),
    ]
}

#[test]
fn a_hard_history_comes_over_whole_on_sqlite() {
    let test = "importing::whole::a_hard_history_comes_over_whole_on_sqlite";
    comes_over_on_sqlite(test, &hard_for_sqlite());
}

#[test]
fn generated_histories_come_over_whole_on_sqlite() {
    for seed in 1..=3 {
        let test = "importing::whole::generated_histories_come_over_whole_on_sqlite";
        comes_over_on_sqlite(test, &history(seed, 8));
    }
}

/// What `pg_dump` tells of a database, but for Terrane's books.
fn dump(database: &Throwaway) -> String {
    let output = Command::new("pg_dump")
        .args(["--inserts", "--exclude-table=terrane_*", "--dbname", &database.url()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let is_noise = |line: &&str| line.starts_with("--") || line.starts_with('\\') || line.is_empty();
    text.lines()
        .filter(|line| !is_noise(line))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// Runs a migration with `psql`. False, and on record, where there is none.
fn psql(test: &str, database: &Throwaway, script: &str) -> bool {
    let child = Command::new("psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", &database.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        not_run(test, "there is no `psql`");
        return false;
    };
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}\n{script}",
        String::from_utf8_lossy(&output.stderr)
    );
    true
}

fn comes_over_on_postgresql(test: &str, steps: &[Step]) {
    let Some(direct) = block_on(Throwaway::new(test)) else {
        return;
    };
    for step in steps {
        if !psql(test, &direct, &step.up.join("\n")) {
            return;
        }
    }
    let back: Vec<&Step> = steps.iter().rev().take_while(|step| !step.down.is_empty()).collect();
    let made = dump(&direct);
    back.iter()
        .for_each(|step| assert!(psql(test, &direct, &step.down.join("\n"))));
    let unmade = dump(&direct);
    for tool in Tool::ALL {
        // Without a mark of the tool's, all is told in one transaction, and an index cannot be built beside it.
        let knows_alone = !matches!(tool, Tool::Refinery | Tool::GolangMigrate);
        let Some(database) = block_on(Throwaway::new(test)) else {
            return;
        };
        let world = World::empty();
        world.write("terrane.toml", config(&database.url()));
        write(&world, tool, steps);
        world.ok(&["import", "migrations", "--from", tool.name(), "--layer", "blog"]);
        let alone = steps.iter().filter(|step| step.alone).count();
        let is_marked = |name: &String| world.read(&format!("blog/{name}")).contains("\n-- Transaction: none\n");
        let marked = world.names("blog").into_iter().filter(is_marked);
        assert_eq!(marked.count(), if knows_alone { alone } else { 0 }, "{tool}");
        world.ok(&["upgrade"]);
        assert_eq!(dump(&database), made, "{tool}");
        if goes_back(tool) && !back.is_empty() {
            world.ok(&["downgrade", &format!("-{}", back.len())]);
            assert_eq!(dump(&database), unmade, "{tool}, back");
        }
        block_on(database.end());
    }
    block_on(direct.end());
}

/// A history for PostgreSQL with what is hard to carry.
fn hard_for_postgresql() -> Vec<Step> {
    let mut beside = Step::new(
        "an index beside",
        &["CREATE INDEX CONCURRENTLY person_name ON person (name);"],
        &["DROP INDEX CONCURRENTLY person_name;"],
    );
    beside.alone = true;
    vec![
        Step::new(
            "people",
            &[
                "-- Down\nCREATE TYPE mood AS ENUM ('happy', 'so; so');",
                "CREATE TABLE person (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    name text NOT NULL, -- up\n    \
                 mood mood DEFAULT 'happy'\n);",
                "COMMENT ON TABLE person IS 'it''s -- a; comment';",
            ],
            &[],
        ),
        Step::new(
            "a function",
            &[
                "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $body$\nBEGIN\n    -- upgrade\n    NEW.name := \
                 upper(NEW.name) || ';';\n    RETURN NEW;\nEND\n$body$;",
                "CREATE TRIGGER shout BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION shout();",
                "DO $$ BEGIN INSERT INTO person (name) VALUES ('ann'); END $$;",
                "INSERT INTO person (name) VALUES (E'a\\'b'), ('two\nlines');",
            ],
            &[
                "DROP TRIGGER shout ON person;",
                "DROP FUNCTION shout();",
                "DELETE FROM person;",
            ],
        ),
        beside,
    ]
}

#[test]
fn a_hard_history_comes_over_whole_on_postgresql() {
    let test = "importing::whole::a_hard_history_comes_over_whole_on_postgresql";
    comes_over_on_postgresql(test, &hard_for_postgresql());
}

#[test]
fn a_generated_history_comes_over_whole_on_postgresql() {
    let test = "importing::whole::a_generated_history_comes_over_whole_on_postgresql";
    comes_over_on_postgresql(test, &history(7, 6));
}

/// The file that a migration becomes, to the letter.
#[test]
fn a_revision_says_what_it_was_made_from() {
    let world = World::empty();
    world.write("terrane.toml", config(SQLITE));
    let up = "-- no-transaction\r\n-- Rollback\r\nCREATE TABLE t (\r\n    a int -- one\r\n);\r\n\r\nSELECT 1";
    world.write("migrations/20240131120501_a_table.up.sql", up);
    world.write("migrations/20240131120501_a_table.down.sql", "DROP TABLE t");
    world.ok(&["import", "migrations"]);
    assert_eq!(
        world.read("blog/20240131120501_a_table.sql"),
        "-- a table\n\
         --\n\
         -- imported from sqlx, 20240131120501_a_table.up.sql\n\
         --\n\
         -- Revision ID: 20240131120501\n\
         -- Revises:\n\
         -- Branch Labels: blog\n\
         -- Create Date: 2024-01-31 12:05:01+00:00\n\
         -- Dialect: sqlite\n\
         -- Transaction: none\n\
         \n\
         -- upgrade\n\
         -- no-transaction\r\n\
         -- as written: Rollback\r\n\
         CREATE TABLE t (\r\n    a int -- one\r\n);\r\n\r\n\
         SELECT 1;\n\
         \n\
         -- downgrade\n\
         DROP TABLE t;\n"
    );
    world.ok(&["upgrade"]);
    assert_eq!(
        world.query("SELECT sql FROM sqlite_master WHERE name = 't'"),
        "CREATE TABLE t (\r\n    a int -- one\r\n)"
    );
}

#[test]
fn a_transaction_around_all_of_a_migration_is_left_out() {
    let world = World::empty();
    world.write("terrane.toml", config(SQLITE));
    let up = "-- users\nBEGIN;\n\nCREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\n\nCOMMIT;\n-- the end\n";
    world.write("migrations/1_t.up.sql", up);
    world.write("migrations/1_t.down.sql", "START TRANSACTION;\nDROP TABLE t;\nCOMMIT");
    let outcome = world.run(&["import", "migrations", "--from", "golang-migrate"]);
    assert!(outcome.err.contains("`BEGIN` and `COMMIT` around"), "{}", outcome.err);
    outcome.expect(0);
    let text = world.read("blog/blog_1_t.sql");
    assert!(
        !text.contains("BEGIN") && !text.contains("COMMIT") && text.contains("-- the end"),
        "{text}"
    );
    world.ok(&["upgrade"]);
    assert_eq!(world.query("SELECT a FROM t"), "1");
    world.ok(&["downgrade", "base"]);
}

/// What a file is called may mean something in the header of a revision.
#[test]
fn names_that_read_like_headings_are_carried() {
    let world = World::empty();
    world.write("terrane.toml", config(SQLITE));
    let names = [
        "downgrade",
        "upgrade_users",
        "call_me",
        "Revises",
        "section_down",
        "Dialect:_any",
        "-",
        "\u{fc}ber",
    ];
    for (at, name) in names.iter().enumerate() {
        world.write(
            &format!("migrations/{at}_{name}.sql"),
            format!("CREATE TABLE t{at} (a int);\n"),
        );
    }
    world.ok(&["import", "migrations"]);
    assert_eq!(world.ok(&["upgrade"]).lines().count(), names.len());
    assert_eq!(
        world.query("SELECT count(*) FROM sqlite_master WHERE name LIKE 't_'"),
        "8"
    );
}

/// Windows ends lines with two characters, and empty files say nothing.
#[test]
fn marks_are_read_whatever_ends_their_lines() {
    for (tool, text) in [
        (
            "goose",
            "-- +goose Up\r\n-- +goose StatementBegin\r\nCREATE TABLE t (\r\n  a int\r\n);\r\n-- +goose StatementEnd\r\n-- +goose Down\r\nDROP TABLE t;\r\n",
        ),
        (
            "dbmate",
            "-- migrate:up transaction:false\r\nCREATE TABLE t (\r\n  a int\r\n);\r\n-- migrate:down\r\nDROP TABLE t;\r\n",
        ),
    ] {
        let world = World::empty();
        world.write("terrane.toml", config(SQLITE));
        world.write("migrations/1_t.sql", text);
        world.ok(&["import", "migrations"]);
        let is_alone = world.read("blog/blog_1_t.sql").contains("\n-- Transaction: none\n");
        assert_eq!(is_alone, tool == "dbmate");
        world.ok(&["upgrade"]);
        assert_eq!(
            world.query("SELECT sql FROM sqlite_master WHERE name = 't'"),
            "CREATE TABLE t (\r\n  a int\r\n)"
        );
        world.ok(&["downgrade", "base"]);
        assert_eq!(world.query("SELECT count(*) FROM sqlite_master WHERE name = 't'"), "0");
    }
}

#[test]
fn a_file_that_says_nothing_is_a_revision_that_does_nothing() {
    let world = World::empty();
    world.write("terrane.toml", config(SQLITE));
    world.write("migrations/1_a.up.sql", "\n");
    world.write("migrations/2_b.up.sql", "-- for later\n");
    world.write("migrations/2_b.down.sql", "");
    world.write("migrations/3_c.up.sql", "CREATE TABLE t (a int);");
    world.write("migrations/3_c.down.sql", "-- nothing undoes it\n");
    world.ok(&["import", "migrations", "--from", "golang-migrate"]);
    world.ok(&["upgrade"]);
    world.ok(&["downgrade", "base"]);
    assert!(
        world
            .read("blog/blog_3_c.sql")
            .ends_with("-- downgrade\n-- nothing undoes it\n")
    );
    assert_eq!(world.query("SELECT count(*) FROM sqlite_master WHERE name = 't'"), "1");
}
