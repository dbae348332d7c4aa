//! SQLite: nothing lost, and nothing broken in silence.

use crate::world::World;

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
    world.fails(1, &["upgrade", "heads"])
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
