//! A script proves its own steps: where a statement fails, nothing of the step is kept, whatever the client does after an
//! error.

use crate::world::{World, revision};

/// How a script meets a client that goes on after an error.
#[derive(Clone, Copy, Debug)]
enum Fed {
    /// To the `sqlite3` shell as people call it, which goes on unless it is told otherwise.
    Shell,
    /// The SQL alone, to a client that goes on.
    Plain,
}

const BOTH: [Fed; 2] = [Fed::Shell, Fed::Plain];

impl Fed {
    fn script(self, world: &World, arguments: &[&str]) -> String {
        let plain: &[&str] = match self {
            Fed::Shell => &[],
            Fed::Plain => &["--plain"],
        };
        world.run(&[arguments, plain].concat()).out
    }
}

/// The catalog and the rows of every table but Terrane's own.
fn all(world: &World, file: &str) -> String {
    let tables = world.query_in(
        file,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'terrane%'",
    );
    let mut all = world.query_in(file, "SELECT type, name, sql FROM sqlite_master ORDER BY type, name");
    for table in tables.lines() {
        all.push_str(&format!("\n{table}: "));
        all.push_str(&world.query_in(file, &format!("SELECT * FROM \"{table}\"")));
    }
    if world.query_in(
        file,
        "SELECT count(*) FROM sqlite_master WHERE name = 'terrane_version'",
    ) == "1"
    {
        all.push_str(&world.query_in(file, "SELECT * FROM terrane_version ORDER BY 1, 2"));
    }
    all
}

/// The script fails, and leaves the database as it was.
fn leaves_all(test: &str, world: &World, fed: Fed, script: &str) -> bool {
    let before = all(world, "app.db");
    let Some(output) = world.shell_going_on(test, "app.db", script) else {
        return false;
    };
    assert!(!output.stderr.is_empty(), "{fed:?}: nothing failed:\n{script}");
    assert_eq!(all(world, "app.db"), before, "{fed:?}: {output:?}\n{script}");
    assert!(!output.status.success(), "{fed:?}");
    true
}

#[test]
fn a4_a_diff_whose_copy_fails_keeps_the_rows() {
    let changes = [
        (
            "CREATE TABLE t (id integer PRIMARY KEY, a text)",
            "CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL)",
        ),
        (
            "CREATE TABLE t (id integer PRIMARY KEY, a text)",
            "CREATE TABLE t (id integer PRIMARY KEY, a text CHECK (a <> 'x'))",
        ),
        (
            "CREATE TABLE t (id integer, a text)",
            "CREATE TABLE t (id integer, a text, UNIQUE (a))",
        ),
        (
            "CREATE TABLE t (id integer, a text)",
            "CREATE TABLE t (id integer, a integer)",
        ),
        (
            "CREATE TABLE t (id integer, a text)",
            "CREATE TABLE t (id integer, a text, CONSTRAINT k PRIMARY KEY (a))",
        ),
        (
            "CREATE TABLE t (id integer, a text)",
            "CREATE TABLE t (id integer, a text UNIQUE ON CONFLICT ROLLBACK)",
        ),
        (
            "CREATE TABLE \"my t\" (id integer, a text)",
            "CREATE TABLE \"my t\" (id integer, a text NOT NULL)",
        ),
    ];
    for (from, to) in changes {
        for fed in BOTH {
            let world = World::empty();
            world.write("b.sql", format!("{to};\nCREATE TABLE other (n integer);\n"));
            let table = if from.contains("my t") { "\"my t\"" } else { "t" };
            world.execute_in(
                "app.db",
                &format!("{from}; INSERT INTO {table} VALUES (1, 'x'), (2, NULL), (3, 'x'), (4, '007')"),
            );
            let script = fed.script(&world, &["diff", "--from", "sqlite:app.db", "--to", "b.sql"]);
            if !leaves_all(
                "pains::scripts::a4_a_diff_whose_copy_fails_keeps_the_rows",
                &world,
                fed,
                &script,
            ) {
                return;
            }
            // The shell's own settings do not matter: it is told in the script.
            world
                .shell_going_on("", "app.db", &format!(".bail off\n{script}"))
                .unwrap();
            assert_eq!(world.query_in("app.db", &format!("SELECT count(*) FROM {table}")), "4");
        }
    }
}

#[test]
fn a4_an_upgrade_by_script_whose_copy_fails_keeps_the_rows() {
    for fed in BOTH {
        let world = World::shop();
        world.edit("poser.sql", "description text NOT NULL", "description text");
        world.edit("poser/2a00.sql", "description text NOT NULL", "description text");
        world.ok(&["upgrade", "heads"]);
        world.execute("INSERT INTO poser_widget VALUES ('1', NULL), ('2', 'bolt')");
        let header = ["Dialect: any", "Create Date: 2026-04-01 08:00:00+00:00"];
        let body = "-- upgrade\nALTER TABLE poser_widget ALTER COLUMN description SET NOT NULL;\n-- downgrade\n\
                    ALTER TABLE poser_widget ALTER COLUMN description DROP NOT NULL;\n";
        world.write("poser/2b00.sql", revision("2b00", "2a00", &header, body));
        let body = "-- upgrade\nCREATE TABLE poser_more (n integer);\n-- downgrade\nDROP TABLE poser_more;\n";
        world.write("poser/2c00.sql", revision("2c00", "2b00", &header, body));
        let script = fed.script(&world, &["upgrade", "--sql", "2a00:poser@head"]);
        let test = "pains::scripts::a4_an_upgrade_by_script_whose_copy_fails_keeps_the_rows";
        if !leaves_all(test, &world, fed, &script) {
            return;
        }
        // Once the rows are mended, the same script does it all; and not a second time.
        world.execute("UPDATE poser_widget SET description = '' WHERE description IS NULL");
        let output = world.shell_going_on(test, "app.db", &script).unwrap();
        assert!(
            output.stderr.is_empty() && output.status.success(),
            "{output:?}\n{script}"
        );
        assert_eq!(
            world.query("SELECT version_num FROM terrane_version WHERE layer = 'poser'"),
            "2c00"
        );
        assert_eq!(world.query("SELECT count(*) FROM poser_widget"), "2");
        leaves_all(test, &world, fed, &script);
    }
}

/// A revision by hand over `poser_old`, which holds a row that the copy cannot take.
fn by_hand(create: &str, old: &str, body: &str) -> World {
    let world = World::shop();
    world.ok(&["upgrade", "heads"]);
    let header = ["Create Date: 2026-04-01 08:00:00+00:00"];
    let first = format!(
        "-- upgrade\n{old};\nINSERT INTO poser_old VALUES (1, 'x'), (2, NULL);\n-- downgrade\nDROP TABLE poser_old;\n"
    );
    world.write("poser/2b00.sql", revision("2b00", "2a00", &header, &first));
    world.ok(&["upgrade", "poser@head"]);
    let body = format!("-- upgrade\n{create};\n{body}\n-- downgrade\nDROP TABLE poser_new;\n");
    world.write("poser/2c00.sql", revision("2c00", "2b00", &header, &body));
    world
}

#[test]
fn a4_an_authors_own_copy_that_fails_keeps_the_rows() {
    let old = "CREATE TABLE poser_old (id integer, a text)";
    let test = "pains::scripts::a4_an_authors_own_copy_that_fails_keeps_the_rows";
    let copies = [
        (
            "CREATE TABLE poser_new (id integer, a text NOT NULL)",
            "INSERT INTO poser_new SELECT * FROM poser_old;",
        ),
        (
            "CREATE TABLE poser_new (id integer, a text NOT NULL)",
            "INSERT INTO poser_new (a, id) SELECT a, id FROM poser_old;",
        ),
        (
            "CREATE TABLE poser_new (id integer, a text NOT NULL)",
            "INSERT INTO poser_new SELECT * FROM poser_odl; -- a slip",
        ),
        (
            "CREATE TABLE poser_new (id integer, a text NOT NULL ON CONFLICT ROLLBACK)",
            "INSERT OR ABORT INTO poser_new SELECT * FROM poser_old;",
        ),
        (
            "CREATE TABLE poser_new (id integer, a text NOT NULL)",
            "INSERT OR ROLLBACK INTO poser_new SELECT * FROM poser_old;",
        ),
    ];
    for (create, copy) in copies {
        for fed in BOTH {
            // Nobody can say of every client that it stops: what its author wrote, and no copy is, only the shell proves.
            if matches!(fed, Fed::Plain) && copy.contains("OR ROLLBACK") {
                continue;
            }
            let world = by_hand(
                create,
                old,
                &format!("{copy}\nDROP TABLE poser_old;\nALTER TABLE poser_new RENAME TO poser_old;"),
            );
            let script = fed.script(&world, &["upgrade", "--sql", "2b00:poser@head"]);
            if !leaves_all(test, &world, fed, &script) {
                return;
            }
        }
    }
}

#[test]
fn a4_any_statement_that_fails_stops_the_shell() {
    let old = "CREATE TABLE poser_old (id integer, a text)";
    for failing in [
        "UPDATE poser_old SET id = abs(-9223372036854775808);",
        "UPDATE poser_new SET nothing = 1;",
        "INSERT INTO poser_new VALUES (1);",
        "SELECT raise;",
    ] {
        let body = format!("{failing}\nDROP TABLE poser_old;");
        let world = by_hand("CREATE TABLE poser_new (id integer, a text NOT NULL)", old, &body);
        let script = Fed::Shell.script(&world, &["upgrade", "--sql", "2b00:poser@head"]);
        if !leaves_all(
            "pains::scripts::a4_any_statement_that_fails_stops_the_shell",
            &world,
            Fed::Shell,
            &script,
        ) {
            return;
        }
    }
}

#[test]
fn a4_an_error_that_ends_the_transaction_keeps_what_comes_behind_from_being_done() {
    let old = "CREATE TABLE poser_old (id integer, a text UNIQUE ON CONFLICT ROLLBACK)";
    for fed in BOTH {
        let body = "UPDATE poser_old SET a = 'x';\nDROP TABLE poser_old;";
        let world = by_hand("CREATE TABLE poser_new (id integer)", old, body);
        let script = fed.script(&world, &["upgrade", "--sql", "2b00:poser@head"]);
        let test = "pains::scripts::a4_an_error_that_ends_the_transaction_keeps_what_comes_behind_from_being_done";
        if !leaves_all(test, &world, fed, &script) {
            return;
        }
    }
}

#[test]
fn a_script_for_another_place_changes_nothing() {
    let test = "pains::scripts::a_script_for_another_place_changes_nothing";
    for fed in BOTH {
        let world = World::shop();
        let header = ["Create Date: 2026-04-01 08:00:00+00:00"];
        let body = "-- upgrade\nUPDATE poser_widget SET description = description || '!';\n-- downgrade\nSELECT 1;\n";
        world.write("poser/2b00.sql", revision("2b00", "2a00", &header, body));
        world.ok(&["upgrade", "heads"]);
        world.execute("INSERT INTO poser_widget VALUES ('1', 'bolt')");
        for arguments in [
            &["upgrade", "--sql", "heads"][..],
            &["upgrade", "--sql", "2a00:heads"],
            &["downgrade", "--sql", "2a00:poser@base"],
        ] {
            let script = fed.script(&world, arguments);
            if !leaves_all(test, &world, fed, &script) {
                return;
            }
        }
    }
}

#[test]
fn a_line_that_ends_statements_elsewhere_ends_none() {
    let test = "pains::scripts::a_line_that_ends_statements_elsewhere_ends_none";
    let old = "CREATE TABLE poser_old (id integer, a text)";
    let body = "DELETE FROM poser_old WHERE id > 4\n/\n2 AND a = '\ngo\n/\n';\nINSERT INTO poser_old SELECT 9, 'last' AS\n  Go\n; -- a note";
    let world = by_hand("CREATE TABLE poser_new (id integer)", old, body);
    let script = Fed::Shell.script(&world, &["upgrade", "--sql", "2b00:poser@head"]);
    if let Some(output) = world.shell_going_on(test, "app.db", &script) {
        assert!(
            output.stderr.is_empty() && output.status.success(),
            "{output:?}\n{script}"
        );
        assert_eq!(world.query("SELECT id FROM poser_old ORDER BY id"), "1\n2\n9");
    }
}
