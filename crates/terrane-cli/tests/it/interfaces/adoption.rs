//! `adopt` on a database that Alembic made, and its way back.

use super::alembic::{INI, models, project, python, says, script};
use crate::world::World;
use insta::assert_snapshot;

const OWNERS: &str = "SELECT name || ' ' || layer || ' ' || coalesce(created_by, '-') FROM terrane_object ORDER BY 1";

/// The database as Alembic leaves it: its tables, its rows, and nothing of Terrane's.
fn made_by_alembic(world: &World) {
    world.execute(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY \
         (version_num)); INSERT INTO alembic_version VALUES ('4be1'), ('8d1f'); CREATE TABLE customer (uuid VARCHAR(32) NOT \
         NULL, name VARCHAR(50), CONSTRAINT customer_pk PRIMARY KEY (uuid)); CREATE INDEX customer_ix_name ON customer (name); \
         CREATE TABLE poser_widget (uuid VARCHAR(32) NOT NULL REFERENCES customer (uuid), PRIMARY KEY (uuid))",
    );
}

fn exits(world: &World, arguments: &[&str]) -> String {
    world.exits(1, &[&INI[..], arguments].concat())
}

#[test]
fn what_the_revisions_that_have_run_made_is_their_layers() {
    let world = project();
    made_by_alembic(&world);
    let all = "SELECT group_concat(type || name || coalesce(sql, ''), char(10)) || (SELECT group_concat(version_num) FROM \
               alembic_version) FROM sqlite_master";
    let before = world.query(all);
    assert_snapshot!(says(&world, 0, &["adopt"]), @"adopted at 4be1, 8d1f: 2 objects by the revisions that have run, 0 by the models, 0 the vendor's");
    assert_eq!(world.query(OWNERS), "customer rattail 1d2c\nposer_widget poser 8d1f");
    let ledger = "SELECT direction || ' ' || message FROM terrane_ledger";
    assert_eq!(world.query(ledger), "adopt at 4be1, 8d1f");
    // Said twice, it changes nothing.
    says(&world, 0, &["adopt"]);
    assert_eq!(world.query(ledger), "adopt at 4be1, 8d1f");
    assert_eq!(
        says(&world, 0, &["upgrade", "heads"]),
        "nothing to do: the database stands there already\n"
    );
    assert_snapshot!(says(&world, 0, &["adopt", "--undo"]), @"Terrane's books are gone, 1 lines of the ledger and the owners of 2 objects; all else is as it was");
    assert_eq!(world.query(all), before);
}

/// What no revision is known to make is whose models declare it; else the vendor's, so that no app may alter it.
#[test]
fn what_no_revision_is_known_to_make_is_the_models_or_the_vendors() {
    let world = project();
    made_by_alembic(&world);
    world.execute("CREATE TABLE poser_extra (uuid VARCHAR(32) PRIMARY KEY); CREATE TABLE left_behind (a INTEGER)");
    let extra = "{\"schema\": null, \"name\": \"poser_extra\", \"comment\": null, \"columns\": [{\"name\": \"uuid\", \"type\": \
                 \"VARCHAR(32)\", \"nullable\": false, \"default\": null, \"computed\": null, \"identity\": null, \"comment\": \
                 null}], \"constraints\": [], \"classes\": [{\"module\": \"poser.model\", \"name\": \"Extra\", \"file\": null}]}";
    models(&world, extra);
    // Classes are told from each other by the packages that the revisions lie in.
    for package in ["rattail", "poser"] {
        world.write(&format!("{package}/__init__.py"), "");
    }
    says(&world, 0, &["adopt"]);
    assert_eq!(
        world.query(OWNERS),
        "customer rattail 1d2c\nleft_behind rattail -\nposer_extra poser -\nposer_widget poser 8d1f"
    );
}

/// Without a Python that could be asked, the rest is the vendor's, and it is said why.
#[test]
fn without_models_the_rest_is_the_vendors() {
    let world = project();
    made_by_alembic(&world);
    world.execute("CREATE TABLE left_behind (a INTEGER)");
    python(&world, "exit 1");
    let outcome = world.run(&[&INI[..], &["adopt"]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(
        outcome.err.starts_with("warning[M010 models-in-python]"),
        "{}",
        outcome.err
    );
    assert!(world.query(OWNERS).contains("left_behind rattail -"));
    // The app may not alter it now, whoever made it.
    world.write(
        "poser/versions/9a9a_drop.py",
        script(
            "9a9a",
            "'8d1f'",
            "None",
            "2026-05-01",
            "op.drop_table('left_behind')",
            "pass",
        ),
    );
    let said = world.exits(4, &[&INI[..], &["upgrade", "heads"]].concat());
    assert!(said.starts_with("error[O001 foreign-object]"), "{said}");
}

/// Alembic goes on, and what it makes is in the books with the next step that Terrane writes there.
#[test]
fn what_alembic_makes_later_is_booked_with_the_next_step() {
    let world = project();
    made_by_alembic(&world);
    says(&world, 0, &["adopt"]);
    let made = |id: &str, down: &str, table: &str| {
        let upgrade = format!("op.create_table('{table}', sa.Column('a', sa.Integer()))");
        world.write(
            &format!("poser/versions/{id}.py"),
            script(
                id,
                down,
                "None",
                "2026-05-01",
                &upgrade,
                &format!("op.drop_table('{table}')"),
            ),
        );
    };
    made("9a9a", "'8d1f'", "poser_one");
    world.execute("CREATE TABLE poser_one (a INTEGER); UPDATE alembic_version SET version_num = '9a9a' WHERE version_num = '8d1f'");
    made("9b9b", "'9a9a'", "poser_two");
    says(&world, 0, &["upgrade", "heads"]);
    assert_eq!(
        world.query(OWNERS),
        "customer rattail 1d2c\nposer_one poser 9a9a\nposer_two poser 9b9b\nposer_widget poser 8d1f"
    );
}

/// What Alembic ran since by its own Python is known to nobody's reading; the models say whose it is, or it is the vendor's.
#[test]
fn what_alembics_python_made_later_is_booked_too() {
    let world = project();
    made_by_alembic(&world);
    python(&world, "exit 1");
    says(&world, 0, &["adopt"]);
    world.write(
        "rattail/versions/5f00_python.py",
        script(
            "5f00",
            "'4be1'",
            "None",
            "2026-05-01",
            "op.create_table(read_from_somewhere())",
            "pass",
        ),
    );
    world.execute(
        "CREATE TABLE loaded (a INTEGER); UPDATE alembic_version SET version_num = '5f00' WHERE version_num = '4be1'",
    );
    world.write(
        "poser/versions/9b9b.py",
        script(
            "9b9b",
            "'8d1f'",
            "None",
            "2026-05-01",
            "op.create_table('poser_two', sa.Column('a', sa.Integer()))",
            "pass",
        ),
    );
    says(&world, 0, &["upgrade", "heads"]);
    assert!(
        world.query(OWNERS).contains("loaded rattail -\n"),
        "{}",
        world.query(OWNERS)
    );
}

#[test]
fn alembics_table_is_nobodys_to_touch() {
    let world = project();
    made_by_alembic(&world);
    says(&world, 0, &["adopt"]);
    assert!(!world.query(OWNERS).contains("alembic_version"));
    for upgrade in [
        "op.execute(\"UPDATE alembic_version SET version_num = '9a9a'\")",
        "op.drop_table('alembic_version')",
        "op.add_column('alembic_version', sa.Column('x', sa.Integer()))",
    ] {
        world.write(
            "poser/versions/9a9a.py",
            script("9a9a", "'8d1f'", "None", "2026-05-01", upgrade, "pass"),
        );
        let said = world.unchanged(4, || world.run(&[&INI[..], &["upgrade", "heads"]].concat()));
        assert!(
            said.contains("`alembic_version` says where the database stands, and no revision may touch it"),
            "{said}"
        );
    }
}

#[test]
fn a_vendor_below_what_an_app_depends_on_is_refused_by_name() {
    let world = project();
    world.edit(
        "poser/versions/8d1f_widgets.py",
        "depends_on = None",
        "depends_on = '4be1'",
    );
    made_by_alembic(&world);
    world.execute("UPDATE alembic_version SET version_num = '1d2c' WHERE version_num = '4be1'");
    for arguments in [&["adopt"][..], &["upgrade", "heads"], &["downgrade", "rattail@base"]] {
        let said = world.unchanged(1, || world.run(&[&INI[..], arguments].concat()));
        assert_eq!(
            said.lines().next(),
            Some(
                "error[G019 lowered-vendor]: layer `rattail` stands at `1d2c`, below `4be1`, which revision `8d1f` of layer \
                 `poser` depends on, and that one is applied"
            )
        );
    }
}

#[test]
fn there_has_to_be_something_to_adopt_or_to_take_back() {
    let world = project();
    assert_snapshot!(exits(&world, &["adopt"]), @r"
    error[G018 cannot-adopt]: `alembic_version` is not there, or has no rows, so that there is nothing to adopt
     |
     = help: Say `terrane upgrade heads` to make the database; `terrane stamp` says where one stands.
    ");
    world.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)");
    let said = exits(&world, &["adopt"]);
    assert!(
        said.contains("`alembic_version` is not there, or has no rows"),
        "{said}"
    );
    assert_snapshot!(exits(&world, &["adopt", "--undo"]), @r"
    error[G018 cannot-adopt]: the database has no books of Terrane's
     |
     = help: There is nothing to take back.
    ");
    let own = World::shop();
    assert_snapshot!(own.exits(1, &["adopt"]), @r"
    error[G018 cannot-adopt]: the configuration is none of an Alembic project, so that there is nothing to adopt
     |
     = help: Name the configuration of the project with `-c`; for a layer that was renamed, say `--from` and `--to`.
    ");
}
