//! SQLite: nothing lost, and nothing broken in silence.

use crate::world::{CONFIG, World, revision};

/// One layer, `poser`, at the models given, with all applied.
fn at(models: &str) -> World {
    let world = World::empty();
    world.write(
        "terrane.toml",
        "url = \"sqlite:app.db\"\n\n[[layer]]\nname = \"poser\"\nversions = \"poser\"\nmodels = \"poser.sql\"\n",
    );
    world.write("poser.sql", models);
    world.write("poser/.keep", "");
    world.ok(&["revision", "--autogenerate", "-m", "first"]);
    world.ok(&["upgrade", "heads"]);
    world
}

/// What is said of the upgrade to further models, which fails and changes nothing.
#[track_caller]
fn refused(world: &World, models: &str) -> String {
    world.write("poser.sql", models);
    world.ok(&["revision", "--autogenerate", "-m", "second"]);
    world.exits(1, &["upgrade", "heads"])
}

#[track_caller]
fn upgraded(world: &World, models: &str) {
    world.write("poser.sql", models);
    world.ok(&["revision", "--autogenerate", "-m", "second"]);
    world.ok(&["upgrade", "heads"]);
    world.ok(&["check"]);
}

#[test]
fn a_number_that_becomes_text_keeps_its_digits() {
    let world = at("CREATE TABLE t (id integer PRIMARY KEY, a REAL, b NUMERIC, c);\n");
    world.execute("INSERT INTO t VALUES (1, 1234567890.1234567, 0.1 + 0.2, 1e15 + 0.5)");
    upgraded(
        &world,
        "CREATE TABLE t (id integer PRIMARY KEY, a TEXT, b VARCHAR(20), c TEXT);\n",
    );
    assert_eq!(
        world.query("SELECT a, b, c, typeof(a) FROM t"),
        "1234567890.1234567|0.30000000000000004|1000000000000000.5|text"
    );
}

#[test]
fn rows_that_do_not_fit_are_told_by_table_column_and_number() {
    let world = at("CREATE TABLE t (id integer PRIMARY KEY, a TEXT, b TEXT);\n");
    world.execute("INSERT INTO t VALUES (1, '007', 'x'), (2, '7', NULL), (3, ' 7', 'x')");
    let cases = [
        (
            "a INTEGER, b TEXT",
            "2 rows of `t` have values in `a` that would change with its type",
        ),
        ("a TEXT, b TEXT NOT NULL", "1 row of `t` has no value in `b`"),
        ("a TEXT, b TEXT UNIQUE", "1 row of `t` is not unique in `b`"),
        (
            "a TEXT, b TEXT, CONSTRAINT short CHECK (length(a) < 2)",
            "2 rows of `t` do not fit: CHECK constraint failed: short",
        ),
    ];
    for (columns, expected) in cases {
        let said = refused(
            &world,
            &format!("CREATE TABLE t (id integer PRIMARY KEY, {columns});\n"),
        );
        assert!(said.contains(expected), "{columns}: {said}");
        assert!(!said.contains("_terrane_"), "{said}");
        let last = world.names("poser").into_iter().find(|name| name.contains("second"));
        std::fs::remove_file(world.path("poser").join(last.unwrap())).unwrap();
    }
}

/// A vendor, `rattail`, with a revision applied, and then an app, `poser`, with one, and then another one of the vendor's.
fn vendor_after_app(vendor: &str, app: &str, then: &str) -> World {
    let world = World::empty();
    world.write("terrane.toml", CONFIG);
    let body = |up: &str| format!("-- upgrade\n{up}\n-- downgrade\n");
    world.write(
        "rattail/1a00.sql",
        revision("1a00", "", &["Branch Labels: rattail"], &body(vendor)),
    );
    world.write(
        "poser/2a00.sql",
        revision("2a00", "", &["Branch Labels: poser"], &body(app)),
    );
    world.ok(&["upgrade", "heads"]);
    world.write("rattail/1b00.sql", revision("1b00", "1a00", &[], &body(then)));
    world
}

/// SQLite lets each of these pass, and the app fails at its next read or write.
#[test]
fn what_a_vendor_would_break_of_an_app_s_is_refused_at_the_statement() {
    let vendor = "CREATE TABLE log (x int);\nCREATE TABLE misc (id integer PRIMARY KEY);";
    let cases = [
        (
            "CREATE TABLE poser_t (a int);\nCREATE TRIGGER poser_g AFTER INSERT ON poser_t BEGIN INSERT INTO log VALUES (new.a); END;",
            "ALTER TABLE log ADD COLUMN y int;",
            "`poser_t` could no longer be written, for what its triggers do: table log has 2 columns but 1 values",
        ),
        (
            "CREATE TABLE poser_t (y int);\nCREATE VIEW poser_v AS SELECT x, y FROM log, poser_t;",
            "ALTER TABLE log ADD COLUMN y int;",
            "view `poser_v` would no longer run: ambiguous column name: y",
        ),
        (
            "CREATE TABLE poser_t (y int);\nCREATE VIEW poser_v AS SELECT * FROM log UNION SELECT y FROM poser_t;",
            "ALTER TABLE log ADD COLUMN y int;",
            "view `poser_v` would no longer run: SELECTs to the left and right of UNION",
        ),
        (
            "CREATE TABLE poser_t (m int REFERENCES misc);",
            "DROP TABLE misc;",
            "a foreign key of `poser_t` would refer to `misc`, which is not there",
        ),
    ];
    for (app, then, expected) in cases {
        let world = vendor_after_app(vendor, app, &format!("CREATE TABLE first (a int);\n{then}"));
        let said = world.exits(1, &["upgrade", "heads"]);
        assert!(said.contains("X004") && said.contains(expected), "{then}: {said}");
        assert!(said.contains("rattail/1b00.sql:8:1"), "points elsewhere: {said}");
    }
}

#[test]
fn models_that_refer_to_nothing_are_told_before_a_file_is_written() {
    let cases = [
        (
            "CREATE TABLE c (a int REFERENCES nowhere);",
            "a foreign key of `c` refers to `nowhere`",
        ),
        (
            "CREATE TABLE c (a int REFERENCES p (zip));",
            "a foreign key of `c` refers to `p`: there is no such table, or no such column",
        ),
        (
            "CREATE TABLE c (a int REFERENCES p (b));",
            "a foreign key of `c` refers to `p`: what it refers to is no key",
        ),
        (
            "CREATE VIEW v AS SELECT zip FROM p;",
            "view `v` would not run: no such column: zip",
        ),
        (
            "CREATE VIEW v AS SELECT * FROM nowhere;",
            "view `v` would not run: no such table: main.nowhere",
        ),
        (
            "CREATE TRIGGER g AFTER INSERT ON p BEGIN INSERT INTO nowhere VALUES (1); END;",
            "trigger `g` of `p` would not run: no such table: main.nowhere",
        ),
    ];
    let world = World::empty();
    world.write(
        "terrane.toml",
        "url = \"sqlite:app.db\"\n\n[[layer]]\nname = \"poser\"\nversions = \"poser\"\nmodels = \"poser.sql\"\n",
    );
    world.write("poser/.keep", "");
    for (statement, expected) in cases {
        world.write(
            "poser.sql",
            format!("CREATE TABLE p (id integer PRIMARY KEY, b int);\n{statement}\n"),
        );
        let said = world.exits(1, &["revision", "--autogenerate"]);
        assert!(said.contains("P004") && said.contains(expected), "{statement}: {said}");
        assert!(said.contains("poser.sql:2:1"), "{said}");
    }
    // What only a layer's models have so far is to come.
    world.write("terrane.toml", CONFIG);
    world.write("rattail/.keep", "");
    world.write("rattail.sql", "CREATE TABLE vendor (id integer PRIMARY KEY);\n");
    world.write(
        "poser.sql",
        "CREATE TABLE c (a int REFERENCES vendor);\nCREATE VIEW v AS SELECT id FROM vendor;\n",
    );
    world.ok(&["revision", "--autogenerate", "--layer", "poser"]);
}

/// A table that SQLite reads otherwise than anybody would is known to be there, and why it is not compared.
#[test]
fn a_table_that_cannot_be_read_is_not_created_again() {
    let world = at("CREATE TABLE p (id integer PRIMARY KEY);\n");
    world.execute("CREATE TABLE t (n int AUTO_INCREMENT, a text); CREATE TABLE w (n int COMMENT 'x')");
    world.write(
        "poser.sql",
        "CREATE TABLE p (id integer PRIMARY KEY, b int);\nCREATE TABLE t (n int AUTO_INCREMENT, a text);\n",
    );
    let said = world.exits(1, &["revision", "--autogenerate"]);
    let expected =
        "table `t` is there, and cannot be compared: `AUTO_INCREMENT` is a word of the column's type to SQLite";
    assert!(said.contains("P005") && said.contains(expected), "{said}");
    world.write("poser.sql", "CREATE TABLE p (id integer PRIMARY KEY, b int);\n");
    let said = world.run(&["revision", "--autogenerate"]).all();
    assert!(
        said.contains("D003") && said.contains("table `w` cannot be read, and is left as it is: `COMMENT`"),
        "{said}"
    );
}

/// What only the app can evaluate, by functions and collations of its own, stops no change of another table.
#[test]
fn functions_and_collations_of_the_app_limit_their_own_table() {
    let models = "CREATE TABLE t (id integer PRIMARY KEY, a text COLLATE unicase, b text CHECK (b REGEXP 'x'));\n\
                  CREATE INDEX t_a ON t (a);\nCREATE TABLE s (id integer PRIMARY KEY, a text);\n\
                  CREATE INDEX s_a ON s (slug(a));\nCREATE TABLE c (s integer REFERENCES s);\n";
    let stands = "CREATE TABLE u (id integer PRIMARY KEY, a text, b text);\n";
    let world = at("CREATE TABLE p (id integer PRIMARY KEY);\n");
    world.execute(
        "CREATE TABLE t (id integer PRIMARY KEY, a text, b text); CREATE INDEX t_a ON t (a); \
         CREATE TABLE s (id integer PRIMARY KEY, a text); CREATE INDEX s_a ON s (upper(a)); \
         CREATE TABLE c (s integer REFERENCES s); CREATE TABLE u (id integer PRIMARY KEY, a text, b text); \
         DROP TABLE p; PRAGMA writable_schema=ON; \
         UPDATE sqlite_schema SET sql = 'CREATE TABLE t (id integer PRIMARY KEY, a text COLLATE unicase, b text CHECK (b REGEXP ''x''))' WHERE name = 't'; \
         UPDATE sqlite_schema SET sql = 'CREATE INDEX s_a ON s (slug(a))' WHERE name = 's_a'; PRAGMA writable_schema=RESET",
    );
    world.write("poser.sql", format!("{models}{stands}"));
    let said = world.run(&["revision", "--autogenerate", "-m", "none"]).all();
    assert!(
        said.contains("nothing to do") || said.contains("drop table `p`"),
        "{said}"
    );
    let changed = "CREATE TABLE u (id integer PRIMARY KEY, a text, n int NOT NULL DEFAULT 0);\n\
                   CREATE VIEW v AS SELECT slug(a) AS s FROM u;\n";
    world.write("poser.sql", format!("{models}{changed}"));
    if said.contains("wrote") {
        world.ok(&["upgrade", "heads"]);
    }
    world.ok(&["revision", "--autogenerate", "-m", "second"]);
    world.ok(&["upgrade", "heads"]);
    world.ok(&["check"]);
    assert_eq!(
        world.query("SELECT count(*) FROM pragma_table_info('u') WHERE name = 'n'"),
        "1"
    );
}

/// A view of somebody's that makes no sense stops no change, and views on views follow a rename.
#[test]
fn columns_are_renamed_and_dropped_beside_a_broken_view() {
    let world = at(
        "CREATE TABLE t (a int, b int, c int);\nCREATE VIEW v AS SELECT * FROM t;\nCREATE VIEW w AS SELECT a FROM v;\n",
    );
    world.execute("CREATE VIEW somebody AS SELECT nope FROM gone");
    upgraded(
        &world,
        "CREATE TABLE t (\n-- renamed_from: a\nz int,\nb int);\nCREATE VIEW v AS SELECT * FROM t;\nCREATE VIEW w AS SELECT z FROM v;\n",
    );
    assert_eq!(world.query("SELECT count(*) FROM w"), "0");
}
