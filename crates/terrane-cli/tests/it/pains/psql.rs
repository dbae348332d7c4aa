//! Scripts and comparisons for PostgreSQL: what `psql` does after an error, whatever its settings, and which objects the
//! names in a script mean.

use crate::world::{Outcome, World, not_run, revision};
use std::io::Write;
use std::process::{Command, Stdio};
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;

/// Settings of people's own, as `psql` reads them from `.psqlrc`.
const SETTINGS: [&str; 3] = [
    "",
    "\\set ON_ERROR_STOP off\n\\set ON_ERROR_ROLLBACK on\n",
    "\\set AUTOCOMMIT off\n\\set ON_ERROR_ROLLBACK interactive\n",
];

/// Feeds a script to `psql` as it is called without any option. None, and on record, where there is none.
fn psql(test: &str, world: &World, database: &Throwaway, settings: &str, script: &str) -> Option<Outcome> {
    world.write(".psqlrc", settings);
    let child = Command::new("psql")
        .env("HOME", world.path(""))
        .arg(database.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        not_run(test, "there is no `psql`");
        return None;
    };
    let _ = child.stdin.take().unwrap().write_all(script.as_bytes());
    let output = child.wait_with_output().unwrap();
    Some(Outcome {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    })
}

fn shop(database: &Throwaway) -> World {
    let world = World::empty();
    world.write(
        "terrane.toml",
        format!(
            "url = \"{}\"\n\n[[layer]]\nname = \"shop\"\nversions = \"shop\"\nmodels = []\n",
            database.url()
        ),
    );
    let first = "-- upgrade\nCREATE TABLE t (id integer, a text);\n-- downgrade\nDROP TABLE t;\n";
    world.write("shop/1a00.sql", revision("1a00", "", &["Branch Labels: shop"], first));
    world.ok(&["upgrade", "heads"]);
    world
}

#[test]
fn a4_a_step_that_fails_is_kept_from_being_done_in_psql() {
    let test = "pains::psql::a4_a_step_that_fails_is_kept_from_being_done_in_psql";
    let Some(database) = block_on(Throwaway::new(test)) else {
        return;
    };
    let world = shop(&database);
    block_on(database.execute("INSERT INTO t VALUES (1, 'x'), (2, NULL)"));
    let body = "-- upgrade\nCREATE TABLE n (id integer, a text NOT NULL);\nINSERT INTO n SELECT * FROM t;\nDROP TABLE t;\n\
                ALTER TABLE n RENAME TO t;\n-- downgrade\nSELECT 1;\n";
    world.write("shop/1b00.sql", revision("1b00", "1a00", &[], body));
    let body = "-- upgrade\nCREATE TABLE more (n integer);\n-- downgrade\nDROP TABLE more;\n";
    world.write("shop/1c00.sql", revision("1c00", "1b00", &[], body));
    let body = "-- upgrade\nDROP TABLE nothing;\nCREATE INDEX CONCURRENTLY ix ON t (a);\n-- downgrade\nSELECT 1;\n";
    world.write("shop/1d00.sql", revision("1d00", "1c00", &["Transaction: none"], body));
    let before = database.dump(&Default::default());
    for plain in [&[][..], &["--plain"]] {
        let script = world.ok(&[&["upgrade", "--sql", "1a00:1c00"][..], plain].concat());
        for settings in SETTINGS {
            // Another client than psql has no settings of psql's; it may go on all the same.
            if !plain.is_empty() && settings.contains("ON_ERROR_ROLLBACK on\n") {
                continue;
            }
            let Some(outcome) = psql(test, &world, &database, settings, &script) else {
                return;
            };
            assert_eq!(
                database.dump(&Default::default()),
                before,
                "{settings}{}\n{script}",
                outcome.err
            );
            assert!(plain.is_empty() == (outcome.code == 3), "{settings}: {}", outcome.code);
        }
    }
    // The same scripts do their work where nothing fails, and not a second time.
    block_on(database.execute("UPDATE t SET a = '' WHERE a IS NULL"));
    let script = world.ok(&["upgrade", "--sql", "1a00:1c00"]);
    psql(test, &world, &database, SETTINGS[2], &script).unwrap().expect(0);
    assert_eq!(
        block_on(database.value("SELECT version_num FROM terrane_version")),
        "1c00"
    );
    assert_eq!(block_on(database.value("SELECT count(*) FROM t")), "2");
    let before = database.dump(&Default::default());
    psql(test, &world, &database, "", &script).unwrap().expect(3);
    // Statements that no transaction takes stop the shell as well, and are not written down.
    let script = world.ok(&["upgrade", "--sql", "1c00:1d00"]);
    psql(test, &world, &database, SETTINGS[1], &script).unwrap().expect(3);
    assert_eq!(database.dump(&Default::default()), before);
    block_on(database.end());
}

#[test]
fn a_script_means_the_same_objects_whatever_the_search_path() {
    let test = "pains::psql::a_script_means_the_same_objects_whatever_the_search_path";
    let Some(database) = block_on(Throwaway::new(test)) else {
        return;
    };
    let world = World::empty();
    let url = database.url();
    block_on(database.execute(
        "CREATE SCHEMA app; CREATE TABLE app.t (id integer PRIMARY KEY, a text, b text); \
         CREATE TABLE public.t (id integer PRIMARY KEY, a text, b text)",
    ));
    let name = block_on(database.value("SELECT current_database()"));
    block_on(database.execute(&format!("ALTER DATABASE {name} SET search_path = app, public")));
    world.write(
        "models.sql",
        "CREATE TABLE t (id integer PRIMARY KEY, b text);\nCREATE SCHEMA app;\n\
         CREATE TABLE app.t (id integer PRIMARY KEY, a text, b text);\n",
    );
    for plain in [&[][..], &["--plain"]] {
        let script = world
            .run(&[&["diff", "--from", &url, "--to", "models.sql"][..], plain].concat())
            .expect(3);
        let Some(outcome) = psql(test, &world, &database, "", &script) else {
            return;
        };
        outcome.expect(0);
        let columns = "SELECT string_agg(table_schema || '.' || column_name, ' ' ORDER BY 1) FROM \
                       information_schema.columns WHERE table_name = 't' AND column_name = 'a'";
        assert_eq!(block_on(database.value(columns)), "app.a", "{script}");
        world.run(&["diff", "--from", &url, "--to", "models.sql"]).expect(0);
        block_on(database.execute("ALTER TABLE public.t ADD COLUMN a text"));
    }
    block_on(database.end());
}

#[test]
fn c6_a_file_is_read_as_the_other_sides_server_reads_it() {
    let test = "pains::psql::c6_a_file_is_read_as_the_other_sides_server_reads_it";
    let Some(database) = block_on(Throwaway::new(test)) else {
        return;
    };
    let world = World::empty();
    let url = database.url();
    let models = "CREATE TYPE mood AS ENUM ('fine', 'well');\nCREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY \
                  PRIMARY KEY, m mood NOT NULL DEFAULT 'fine', at timestamptz, tags text[]);\n";
    world.write("empty.sql", "");
    world.write("models.sql", models);
    world.write("more.sql", models.replace("tags text[]", "tags text[], more jsonb"));
    block_on(database.execute(models));
    let script = world.run(&["diff", "--from", "empty.sql", "--to", &url]).expect(3);
    assert!(
        script.contains("CREATE TYPE mood AS ENUM") && script.contains("GENERATED ALWAYS AS IDENTITY"),
        "{script}"
    );
    assert_eq!(world.run(&["diff", "--from", "models.sql", "--to", &url]).expect(0), "");
    assert_eq!(world.run(&["diff", "--from", &url, "--to", "models.sql"]).expect(0), "");
    // Two files are for the server that is named; without one they are SQLite's.
    let two = ["diff", "--from", "models.sql", "--to", "more.sql"];
    let script = world.run(&[&two[..], &["--scratch", &url]].concat()).expect(3);
    assert!(script.contains("ADD COLUMN more jsonb"), "{script}");
    world.run(&two).expect(1);
    let said = world.run(&["diff", "--from", &url, "--to", "sqlite:a.db"]);
    assert!(said.err.contains("different kinds"), "{}", said.err);
    // What would drop everything is asked about.
    let said = world.run(&["diff", "--from", &url, "--to", "empty.sql"]);
    assert_eq!((said.code, said.out.as_str()), (4, ""));
    assert!(said.err.contains("C012"), "{}", said.err);
    let script = world
        .run(&["diff", "--from", &url, "--to", "empty.sql", "--drop-all"])
        .expect(3);
    assert!(script.contains("DROP TABLE t"), "{script}");
    // Nothing was made in the databases, nor left beside them.
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'terrane_scratch%' AND NOT EXISTS (SELECT 1 FROM \
                pg_stat_activity AS a WHERE a.pid::text = split_part(datname, '_', 3))";
    assert_eq!(block_on(database.value(left)), "0");
    block_on(database.end());
}

#[test]
fn a_script_runs_a_layer_as_its_role_and_leaves_the_books_to_who_is_connected() {
    const ROLE: &str = "terrane_script_role";
    let test = "pains::psql::a_script_runs_a_layer_as_its_role_and_leaves_the_books_to_who_is_connected";
    let Some(database) = block_on(Throwaway::new(test)) else {
        return;
    };
    let world = shop(&database);
    let made = format!("CREATE ROLE {ROLE}; GRANT CREATE ON SCHEMA public TO {ROLE}");
    block_on(database.execute(&made));
    let toml = world.read("terrane.toml");
    world.write("terrane.toml", format!("{toml}run_as = \"{ROLE}\"\n"));
    let second = "-- upgrade\nCREATE TABLE u (id integer);\nCREATE INDEX CONCURRENTLY u_id ON u (id);\n-- downgrade\nDROP TABLE u;\n";
    world.write(
        "shop/2a00.sql",
        revision("2a00", "1a00", &["Dialect: postgresql"], second),
    );
    let script = world.ok(&["upgrade", "--sql", "1a00:heads"]);
    let Some(ran) = psql(test, &world, &database, SETTINGS[0], &script) else {
        return;
    };
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{script}");
    let owner = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'u_id'";
    assert_eq!(block_on(database.value(owner)), ROLE);
    let shown = world.ok(&["current"]);
    assert!(shown.contains("2a00"), "{shown}");
    // Its own table is all that it may change.
    let third = "-- upgrade\nALTER TABLE t ADD COLUMN b integer;\n-- downgrade\n";
    world.write(
        "shop/3a00.sql",
        revision("3a00", "2a00", &["Dialect: postgresql"], third),
    );
    let script = world.ok(&["upgrade", "--sql", "2a00:heads"]);
    if let Some(ran) = psql(test, &world, &database, SETTINGS[0], &script) {
        assert!(ran.err.contains("must be owner of table t"), "{}", ran.err);
    }
    block_on(database.execute(&format!("DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")));
    block_on(database.end());
}
