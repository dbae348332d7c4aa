//! Autogenerate does not lead into a loss: what is open is asked, and as long as it is, no file is written.

use crate::world::World;

const AUTOGENERATE: [&str; 6] = ["revision", "--autogenerate", "--layer", "app", "--rev-id", "b00"];

/// A layer with one applied revision that made these tables, and rows in them.
fn applied(models: &str, rows: &str) -> World {
    let world = World::empty();
    world.write(
        "terrane.toml",
        "url = \"sqlite:app.db\"\n\n[[layer]]\nname = \"app\"\nversions = \"app\"\nmodels = \"models.sql\"\n",
    );
    world.write("models.sql", models);
    world.ok(&["revision", "--autogenerate", "--layer", "app", "--rev-id", "a00"]);
    world.ok(&["upgrade", "heads"]);
    world.execute(rows);
    world
}

fn with<'a>(answers: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = AUTOGENERATE.to_vec();
    answers.iter().for_each(|answer| arguments.extend(["--answer", answer]));
    arguments
}

/// Autogenerates with answers, and upgrades.
fn carried_out(world: &World, answers: &[&str]) {
    world.ok(&with(answers));
    world.ok(&["upgrade", "heads"]);
    world.exits(0, &["check"]);
}

#[test]
fn a6_an_open_rename_writes_no_file() {
    let world = applied("CREATE TABLE t (id int, x text);", "INSERT INTO t VALUES (1, 'kept')");
    world.write("models.sql", "CREATE TABLE t (id int, y text);");
    for arguments in [
        &AUTOGENERATE[..],
        &with(&[])[..],
        &["revision", "--autogenerate", "--layer", "app", "--sql"],
    ] {
        let said = world.exits(4, arguments);
        assert!(said.contains("error[D001 rename-or-replace]"), "{said}");
        assert!(said.contains("`-- renamed_from: x`"), "{said}");
        assert!(
            said.contains("`--answer rename:t.x=y`") && said.contains("`--answer drop:t.x`"),
            "{said}"
        );
    }
    // As the question words it, in the models.
    world.write("models.sql", "CREATE TABLE t (id int, y text -- renamed_from: x\n);");
    carried_out(&world, &[]);
    assert_eq!(world.query("SELECT y FROM t"), "kept");
}

#[test]
fn a6_an_answer_renames_or_drops_a_column() {
    let world = applied("CREATE TABLE t (id int, x text);", "INSERT INTO t VALUES (1, 'kept')");
    world.write("models.sql", "CREATE TABLE t (id int, y text);");
    carried_out(&world, &["rename:t.x=y"]);
    assert_eq!(world.query("SELECT y FROM t"), "kept");
    world.write("models.sql", "CREATE TABLE t (id int, z text);");
    world.exits(4, &["revision", "--autogenerate", "--layer", "app"]);
    let mut arguments = vec!["revision", "--autogenerate", "--layer", "app", "--rev-id", "c00"];
    arguments.extend(["--answer", "drop:t.y"]);
    world.ok(&arguments);
    assert!(
        world
            .read("app/c00_empty_message.sql")
            .contains("-- Loses the values of the column.")
    );
    world.ok(&["upgrade", "heads"]);
    assert_eq!(world.query("SELECT z FROM t"), "NULL");
}

#[test]
fn a6_a_rename_that_also_changes_the_column_is_asked_for() {
    let world = applied("CREATE TABLE t (id int, x text);", "INSERT INTO t VALUES (1, 'kept')");
    world.write("models.sql", "CREATE TABLE t (id int, y text NOT NULL DEFAULT '');");
    let said = world.exits(4, &AUTOGENERATE);
    assert!(said.contains("--answer rename:t.x=y"), "{said}");
    carried_out(&world, &["rename:t.x=y"]);
    assert_eq!(world.query("SELECT y FROM t"), "kept");
    // Where the type changes too, nobody asks, and the answer is read all the same.
    world.write(
        "models.sql",
        "CREATE TABLE t (id int, z varchar(20) NOT NULL DEFAULT '');",
    );
    let mut arguments = vec!["revision", "--autogenerate", "--layer", "app", "--rev-id", "c00"];
    arguments.extend(["--answer", "rename:t.y=z"]);
    world.ok(&arguments);
    world.ok(&["upgrade", "heads"]);
    assert_eq!(world.query("SELECT z FROM t"), "kept");
}

#[test]
fn a6_tables_are_asked_for_then_their_columns() {
    let world = applied(
        "CREATE TABLE t (id int, n int, x text);",
        "INSERT INTO t VALUES (1, 2, 'kept')",
    );
    world.write("models.sql", "CREATE TABLE u (id int, n int, y text);");
    let said = world.exits(4, &AUTOGENERATE);
    assert!(
        said.contains("--answer rename:t=u") && said.contains("--answer drop:t`"),
        "{said}"
    );
    let said = world.exits(4, &with(&["rename:t=u"]));
    assert!(said.contains("--answer rename:u.x=y"), "{said}");
    // By either name of the table.
    world.exits(1, &with(&["rename:t=u", "drop:t.n"]));
    carried_out(&world, &["rename:t=u", "rename:t.x=y"]);
    assert_eq!(world.query("SELECT y FROM u"), "kept");
}

#[test]
fn a6_an_answer_says_which_of_several_it_is() {
    let world = applied("CREATE TABLE t (a text, b text);", "INSERT INTO t VALUES ('a', 'b')");
    world.write("models.sql", "CREATE TABLE t (c text, d text);");
    world.exits(4, &with(&["rename:t.a=d"]));
    carried_out(&world, &["rename:t.a=d", "rename:t.b=c"]);
    assert_eq!(world.query("SELECT c, d FROM t"), "b|a");
    let world = applied("CREATE TABLE t (a text, b text);", "INSERT INTO t VALUES ('a', 'b')");
    world.write("models.sql", "CREATE TABLE t (c text);");
    // What is said to go leaves the question to the other.
    let said = world.exits(4, &with(&["drop:t.a"]));
    assert!(said.contains("--answer rename:t.b=c"), "{said}");
    carried_out(&world, &["drop:t.a", "rename:t.b=c"]);
    assert_eq!(world.query("SELECT c FROM t"), "b");
}

#[test]
fn a6_an_answer_to_nothing_is_told() {
    let world = applied("CREATE TABLE t (id int, x text);", "");
    world.write("models.sql", "CREATE TABLE t (id int, y text);");
    for (answer, why) in [
        ("rename:t.z=y", "no column `z` of a table `t` goes"),
        ("rename:t.x=z", "no column `z` comes in `t`"),
        ("rename:t.id=y", "no column `id` of a table `t` goes"),
        ("rename:t=u", "no table `t` goes"),
        ("drop:t", "no table `t` goes"),
        ("drop:t.y", "no column `y` of a table `t` goes"),
    ] {
        let said = world.exits(1, &with(&[answer]));
        assert!(
            said.contains("error[D008 answer-to-nothing]") && said.contains(why),
            "{answer}: {said}"
        );
    }
    let said = world.exits(2, &with(&["keep:t.x"]));
    assert!(said.contains("rename:TABLE.OLD=NEW"), "{said}");
    world.exits(2, &["revision", "--layer", "app", "--answer", "drop:t.x"]);
}

#[test]
fn a6_a_name_with_blanks_is_worded_as_it_is_read() {
    let world = applied(
        "CREATE TABLE t (id int, \"my col\" text);",
        "INSERT INTO t VALUES (1, 'kept')",
    );
    world.write("models.sql", "CREATE TABLE t (id int, y text);");
    let said = world.exits(4, &AUTOGENERATE);
    assert!(said.contains("-- renamed_from: \"my col\""), "{said}");
    assert!(said.contains("--answer 'rename:t.\"my col\"=y'"), "{said}");
    for hint in ["my col", "[my col]", "\"my col\"", "`my col`", "'my col'"] {
        world.write(
            "models.sql",
            format!("CREATE TABLE t (id int, y text -- renamed_from: {hint}\n);"),
        );
        let sql = world.ok(&["revision", "--autogenerate", "--layer", "app", "--sql"]);
        assert!(sql.contains("RENAME COLUMN \"my col\" TO y"), "{hint}: {sql}");
    }
    world.write("models.sql", "CREATE TABLE t (id int, y text);");
    carried_out(&world, &["rename:t.\"my col\"=y"]);
    assert_eq!(world.query("SELECT y FROM t"), "kept");
}

#[test]
fn a6_a_former_name_that_nothing_had_is_told() {
    let world = applied("CREATE TABLE t (id int, x text);", "INSERT INTO t VALUES (1, 'kept')");
    for models in [
        "CREATE TABLE t (id int, y text -- renamed_from: xx\n);",
        "CREATE TABLE t (id int, y text -- renamed_from: my col\n);",
        "CREATE TABLE t (id int, y int -- renamed_from: xx\n);",
        "-- renamed_from: tt\nCREATE TABLE u (id int, x text);",
        "-- renamed_from: t\nCREATE TABLE u (id int, y text -- renamed_from: xx\n);",
    ] {
        world.write("models.sql", models);
        let said = world.exits(1, &AUTOGENERATE);
        assert!(said.contains("error[M008 unknown-former-name]"), "{models}: {said}");
        let said = world.exits(1, &["check"]);
        assert!(said.contains("error[M008 unknown-former-name]"), "{models}: {said}");
    }
    // What was carried out may stay, and a remark behind the name is none of it.
    world.write(
        "models.sql",
        "CREATE TABLE t (id int, y text -- renamed_from: x since May\n);",
    );
    carried_out(&world, &[]);
    assert_eq!(world.query("SELECT y FROM t"), "kept");
    world.exits(0, &["check"]);
}

#[test]
fn a6_a_former_name_that_stands_beside_nothing_is_told() {
    let world = applied("CREATE TABLE t (id int, x text);", "INSERT INTO t VALUES (1, 'kept')");
    for models in [
        "CREATE TABLE t (id int, y text\n-- renamed_from: x\n);",
        "CREATE TABLE t (id int, y text); -- renamed_from: x",
        "CREATE TABLE t (id int, y text); -- renamed_from: x\nCREATE TABLE u (id int);",
        "CREATE TABLE t (id int, y text) -- renamed_from: x\n;",
        "CREATE TABLE t (id int, y text,\n CHECK (y <> '') -- renamed_from: x\n);",
        "CREATE TABLE t (id int, y text -- renamed_from: x\n -- renamed_from: id\n);",
        "CREATE TABLE t (id int, y text);\n-- renamed_from: x\nCREATE INDEX i ON t (y);",
    ] {
        world.write("models.sql", models);
        let said = world.exits(1, &AUTOGENERATE);
        assert!(said.contains("error[M009 misplaced-former-name]"), "{models}: {said}");
    }
}

const FOUR: &str = "CREATE TABLE a (id int, q int);\nCREATE TABLE b (id int, r text);\nCREATE TABLE c (s real);\n\
                    CREATE TABLE d (u blob);\n";

#[test]
fn a7_models_that_became_empty_are_asked_about() {
    for models in ["", "-- nothing\n", "  \n;\n"] {
        let world = applied(FOUR, "INSERT INTO a VALUES (1, 1)");
        world.write("models.sql", models);
        let said = world.exits(4, &AUTOGENERATE);
        assert!(
            said.contains("error[D009 models-lost]") && said.contains("--answer 'drop:*'"),
            "{said}"
        );
        world.exits(4, &["revision", "--autogenerate", "--layer", "app", "--sql"]);
        let said = world.exits(3, &["check"]);
        assert!(said.contains("warning[D009 models-lost]"), "{said}");
        carried_out(&world, &["drop:*"]);
        assert_eq!(
            world.query("SELECT count(*) FROM sqlite_master WHERE name IN ('a', 'b', 'c', 'd')"),
            "0"
        );
    }
    // One table, or a view alone, is everything too.
    let world = applied("CREATE TABLE a (id int);", "INSERT INTO a VALUES (1)");
    world.write("models.sql", "");
    world.exits(4, &AUTOGENERATE);
    let world = applied("CREATE VIEW v AS SELECT 1 AS a;", "");
    world.write("models.sql", "");
    world.exits(4, &AUTOGENERATE);
    carried_out(&world, &["drop:*"]);
}

#[test]
fn a7_models_that_lost_most_tables_are_asked_about() {
    let world = applied(FOUR, "INSERT INTO a VALUES (1, 1)");
    world.write("models.sql", "CREATE TABLE a (id int, q int);\n");
    let said = world.exits(4, &AUTOGENERATE);
    assert!(
        said.contains("declare 1 of its 4 tables") && said.contains("`b`, `c`, `d`"),
        "{said}"
    );
    // All of them have to be named.
    world.exits(4, &with(&["drop:b", "drop:c"]));
    carried_out(&world, &["drop:b", "drop:c", "drop:d"]);
    // New tables in their place say nothing about the old ones.
    let world = applied(FOUR, "INSERT INTO a VALUES (1, 1)");
    world.write(
        "models.sql",
        "CREATE TABLE e (v int);\nCREATE TABLE f (w text, z int);\nCREATE TABLE g (y real);\n",
    );
    world.exits(4, &AUTOGENERATE);
    // Half of them may go, and what is renamed is not lost.
    let world = applied(FOUR, "INSERT INTO a VALUES (1, 1)");
    world.write(
        "models.sql",
        "CREATE TABLE a (id int, q int);\nCREATE TABLE b (id int, r text);\n",
    );
    carried_out(&world, &[]);
    let world = applied(FOUR, "INSERT INTO a VALUES (1, 1)");
    let renamed = "-- renamed_from: a\nCREATE TABLE aa (id int, q int);\n-- renamed_from: b\nCREATE TABLE bb (id int, r \
                   text);\n-- renamed_from: c\nCREATE TABLE cc (s real);\n";
    world.write("models.sql", renamed);
    carried_out(&world, &[]);
    assert_eq!(world.query("SELECT q FROM aa"), "1");
}
