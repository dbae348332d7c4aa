//! What no revision can say is named with its place, and nothing is written then.

use super::formats::config;
use crate::world::World;

/// Imports those files, which has to fail without writing any; what is said.
fn refused(from: &str, files: &[(&str, &str)]) -> String {
    refused_at("sqlite:app.db", from, files)
}

fn refused_at(url: &str, from: &str, files: &[(&str, &str)]) -> String {
    let world = World::empty();
    world.write("terrane.toml", config(url));
    for (name, text) in files {
        world.write(&format!("migrations/{name}"), text);
    }
    world.exits(1, &["import", "migrations", "--from", from, "--no-stamp"])
}

#[track_caller]
fn says(said: &str, expected: &[&str]) {
    for text in expected {
        assert!(said.contains(text), "`{text}` is not said:\n{said}");
    }
}

const PLAIN: &str = "CREATE TABLE t (a int);\n";

#[test]
fn commands_of_shells() {
    let said = refused_at(
        "postgresql://nobody@localhost:1/none",
        "sqlx",
        &[
            ("1_a.sql", "CREATE TABLE t (a int);\n\\echo done\nSELECT 1;\n"),
            ("2_b.sql", "COPY t (a) FROM stdin;\n1\n\\.\n"),
            ("3_c.sql", PLAIN),
        ],
    );
    says(
        &said,
        &[
            "error[S025 not-carried-over]: this is a command of psql's own",
            "migrations/1_a.sql:2:1",
            "the rows of this `COPY` stand below it",
            "migrations/2_b.sql:1:1",
        ],
    );
    let said = refused("goose", &[("1_a.sql", "-- +goose Up\nSELECT 1;\n.read other.sql\n")]);
    says(
        &said,
        &["this is a command of the `sqlite3` shell", "migrations/1_a.sql:3:1"],
    );
}

#[test]
fn what_only_flyway_does() {
    let said = refused(
        "flyway",
        &[
            ("V1__a.sql", "-- a\nCREATE TABLE ${schema}.t (a int);\n"),
            ("R__views.sql", "CREATE VIEW v AS SELECT 1;\n"),
            ("V2__code.java", "class V2__code {}"),
            ("B3__base.sql", PLAIN),
            ("beforeMigrate.sql", "SELECT 1;\n"),
            ("V4__d.sql", PLAIN),
            ("V4__d.sql.conf", "shouldExecute=${env}==prod\n"),
            ("U5__e.sql", PLAIN),
        ],
    );
    says(
        &said,
        &[
            "this is a placeholder, in whose place Flyway puts a value",
            "migrations/V1__a.sql:2:14",
            "`migrations/R__views.sql` runs whenever it changes, which no revision does",
            "`migrations/V2__code.java` is code, which only Flyway can run",
            "`migrations/B3__base.sql` stands for the migrations before it",
            "`migrations/beforeMigrate.sql` runs at an event of Flyway's",
            "`migrations/V4__d.sql.conf` sets `shouldExecute`, which no revision has",
            "`migrations/U5__e.sql` undoes a migration for which there is no file",
        ],
    );
}

#[test]
fn a_placeholder_that_is_text_is_carried() {
    let world = World::empty();
    world.write("terrane.toml", config("sqlite:app.db"));
    world.write("migrations/V1__a.sql", "CREATE TABLE t (a text DEFAULT '${a}');\n");
    world.write("migrations/V1__a.sql.conf", "placeholderReplacement=false\n");
    world.ok(&["import", "migrations"]);
    world.ok(&["upgrade"]);
    assert!(
        world
            .query("SELECT sql FROM sqlite_master WHERE name = 't'")
            .contains("${a}")
    );
}

#[test]
fn what_only_goose_does() {
    let said = refused(
        "goose",
        &[
            ("00001_a.go", "package migrations"),
            ("00002_b.sql", "-- +goose ENVSUB ON\n-- +goose Up\nSELECT '${A}';\n"),
            ("00003_c.sql", "SELECT 1;\n"),
            ("00004_d.sql", "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n"),
            ("00005_e.sql", "-- +goose Down\nSELECT 1;\n-- +goose Sideways\n"),
            ("00006_f.sql", "-- only a comment\n"),
            ("6_g.sql", "-- +goose Up\nSELECT 1;\n"),
            ("06_h.sql", "-- +goose Up\nSELECT 1;\n"),
        ],
    );
    says(
        &said,
        &[
            "`migrations/00001_a.go` is a migration in Go, which only goose can run",
            "variables of the environment are put into the statements below",
            "migrations/00002_b.sql:1:1",
            "this stands above `-- +goose Up`",
            "migrations/00003_c.sql:1:1",
            "this `StatementBegin` has no end",
            "migrations/00004_d.sql:2:1",
            "this annotation stands where goose refuses it",
            "migrations/00005_e.sql:1:1",
            "`migrations/00006_f.sql` has no line `-- +goose Up`",
            "`migrations/06_h.sql` and `migrations/6_g.sql` have one version, 6",
        ],
    );
}

#[test]
fn what_the_others_refuse() {
    let said = refused(
        "dbmate",
        &[
            ("1_a.sql", PLAIN),
            ("2_b.sql", "-- migrate:down\nSELECT 1;\n-- migrate:up\nSELECT 2;\n"),
            ("3_c.sql", "SELECT 1;\n-- migrate:up\nSELECT 2;\n"),
        ],
    );
    says(
        &said,
        &[
            "`migrations/1_a.sql` has no line `-- migrate:up`",
            "`-- migrate:up` stands behind `-- migrate:down`",
            "statements stand above `-- migrate:up`",
        ],
    );
    let said = refused(
        "diesel",
        &[
            ("2024-01-01-000000_a/down.sql", PLAIN),
            ("2024-01-02-000000_b/up.sql", PLAIN),
            ("2024-01-02-000000_b/metadata.toml", "run_in_transaction = maybe"),
        ],
    );
    says(
        &said,
        &[
            "lies in a folder without `up.sql`",
            "b/metadata.toml` is not read as diesel reads it",
        ],
    );
    let said = refused(
        "refinery",
        &[("V1__a.rs", "pub fn migration() {}"), ("V1.5__b.sql", PLAIN)],
    );
    says(
        &said,
        &[
            "V1__a.rs` is a migration in Rust",
            "V1.5__b.sql` has a version that refinery refuses",
        ],
    );
    let said = refused("sqlx", &[("a_b.sql", PLAIN), ("1_a.sql", PLAIN), ("01_b.sql", PLAIN)]);
    says(
        &said,
        &["a_b.sql` has a version that is no number", "have one version, 1"],
    );
    let said = refused("golang-migrate", &[("1_a.up.pgsql", PLAIN), ("2_b.down.sql", PLAIN)]);
    says(
        &said,
        &[
            "1_a.up.pgsql` is a migration to golang-migrate, and no SQL",
            "2_b.down.sql` undoes a migration",
        ],
    );
}

#[test]
fn a_transaction_within_a_migration() {
    let text = "CREATE TABLE t (a int);\nCOMMIT;\nBEGIN;\nCREATE TABLE u (a int);\n";
    let said = refused("sqlx", &[("1_a.up.sql", PLAIN), ("1_a.down.sql", text)]);
    says(
        &said,
        &[
            "error[S011 transaction-control]: a transaction begins or ends within the migration",
            "migrations/1_a.down.sql:2:1",
            "migrations/1_a.down.sql:3:1",
        ],
    );
}

/// What Terrane refuses of a revision is told of the file that the user has.
#[test]
fn a_statement_that_no_server_has_is_shown_in_its_own_file() {
    let said = refused(
        "sqlx",
        &[("1_a.sql", PLAIN), ("2_b.sql", "-- b\n\nALTER TABEL t ADD b int;\n")],
    );
    says(&said, &["S021", "migrations/2_b.sql:3:1"]);
    let said = refused("sqlx", &[("1_a.up.sql", PLAIN), ("1_a.down.sql", "\nDRIP TABLE t;\n")]);
    says(&said, &["S021", "migrations/1_a.down.sql:2:1"]);
    let said = refused("sqlx", &[("1_a.sql", "CREATE TABLE t (a int);\nSELECT 'open;\n")]);
    says(&said, &["S006", "migrations/1_a.sql:2:"]);
    let said = refused("sqlx", &[("1_a.sql", "CREATE TABLE t (\n  a int\n  -- upgrade\n);\n")]);
    says(&said, &["migrations/1_a.sql:3:3"]);
}

#[test]
fn bytes_that_are_no_text() {
    let world = World::empty();
    world.write("terrane.toml", config("sqlite:app.db"));
    world.write("migrations/1_a.sql", b"SELECT '\xff';\n");
    let said = world.exits(1, &["import", "migrations", "--from", "sqlx"]);
    assert!(
        said.contains("error[S001 unreadable-file]: cannot read `migrations/1_a.sql`: its bytes are no UTF-8"),
        "{said}"
    );
}
