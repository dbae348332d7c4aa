//! `-c alembic.ini`: the daily commands in the folder of an Alembic project.

use crate::world::World;
use insta::assert_snapshot;

/// A vendor's history and an app's on it, as Alembic's own generator writes them.
const CONFIG: &str = "\
[alembic]
script_location = %(here)s/rattail
version_locations = %(here)s/poser/versions %(here)s/rattail/versions
path_separator = space
sqlalchemy.url = sqlite:///app.db
";

const ENV: &str = "\
from alembic import context
context.configure(target_metadata=None)
";

/// A revision as `script.py.mako` of Alembic has it.
pub(crate) fn script(id: &str, down: &str, labels: &str, date: &str, upgrade: &str, downgrade: &str) -> String {
    format!(
        "\"\"\"step {id}\n\nRevision ID: {id}\nRevises: {down}\nCreate Date: {date} 10:00:00.000000\n\n\"\"\"\n\
         from alembic import op\nimport sqlalchemy as sa\n\n\nrevision = '{id}'\ndown_revision = {down}\n\
         branch_labels = {labels}\ndepends_on = None\n\n\ndef upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n"
    )
}

/// An empty folder with that project in it.
pub(crate) fn project() -> World {
    let world = World::empty();
    world.write("alembic.ini", CONFIG);
    world.write("rattail/env.py", ENV);
    world.write(
        "rattail/versions/1d2c_first.py",
        script(
            "1d2c",
            "None",
            "('rattail',)",
            "2026-01-01",
            "op.create_table('customer', sa.Column('uuid', sa.String(32), nullable=False), sa.Column('name', sa.String(50)), \
             sa.PrimaryKeyConstraint('uuid', name='customer_pk'))",
            "op.drop_table('customer')",
        ),
    );
    world.write(
        "rattail/versions/4be1_more.py",
        script(
            "4be1",
            "'1d2c'",
            "None",
            "2026-02-01",
            "op.create_index('customer_ix_name', 'customer', ['name'])",
            "op.drop_index('customer_ix_name', table_name='customer')",
        ),
    );
    world.write(
        "poser/versions/8d1f_widgets.py",
        script(
            "8d1f",
            "None",
            "('poser',)",
            "2026-03-01",
            "op.create_table('poser_widget', sa.Column('uuid', sa.String(32), sa.ForeignKey('customer.uuid'), \
             primary_key=True))",
            "op.drop_table('poser_widget')",
        ),
    );
    world
}

const INI: [&str; 2] = ["-c", "alembic.ini"];

fn says(world: &World, code: i32, arguments: &[&str]) -> String {
    world.run(&[&INI[..], arguments].concat()).expect(code)
}

#[test]
fn each_version_location_is_a_layer_with_its_label_for_a_name() {
    let world = project();
    assert_snapshot!(says(&world, 0, &["heads"]), @r"
    4be1 (rattail) (head), step 4be1
    8d1f (poser) (head), step 8d1f
    ");
    assert_snapshot!(says(&world, 0, &["history"]), @r"
    ○  8d1f (poser) (head), step 8d1f
    ○  4be1 (rattail) (head), step 4be1
    ○  1d2c (rattail), step 1d2c
    ");
    assert_snapshot!(says(&world, 0, &["branches"]), @"");
}

#[test]
fn revisions_run_without_python_and_rows_stay_in_the_projects_own_table() {
    let world = project();
    says(&world, 0, &["upgrade", "heads"]);
    assert_eq!(
        world.query("SELECT version_num FROM alembic_version ORDER BY 1"),
        "4be1\n8d1f"
    );
    assert_eq!(world.query("SELECT count(*) FROM terrane_version"), "0");
    let tables = "SELECT name || ' ' || layer FROM terrane_object ORDER BY 1";
    assert_eq!(world.query(tables), "customer rattail\nposer_widget poser");
    assert_eq!(
        says(&world, 0, &["upgrade", "heads"]),
        "nothing to do: the database stands there already\n"
    );
    assert_snapshot!(says(&world, 0, &["current"]), @r"
    4be1 (rattail) (head), step 4be1
    8d1f (poser) (head), step 8d1f
    ");
    says(&world, 0, &["downgrade", "poser@base"]);
    assert_eq!(world.query("SELECT version_num FROM alembic_version"), "4be1");
    says(&world, 0, &["downgrade", "base"]);
    assert_eq!(world.query("SELECT version_num FROM alembic_version"), "");
    let left = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'terrane_%'";
    assert_eq!(world.query(left), "alembic_version");
}

#[test]
fn rows_that_alembic_wrote_are_where_the_database_stands() {
    let world = project();
    world.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)");
    world.execute("INSERT INTO alembic_version VALUES ('1d2c')");
    world.execute("CREATE TABLE customer (uuid VARCHAR(32) NOT NULL, name VARCHAR(50), PRIMARY KEY (uuid))");
    assert_snapshot!(says(&world, 0, &["current"]), @"1d2c (rattail), step 1d2c");
    says(&world, 0, &["upgrade", "heads"]);
    assert_eq!(
        world.query("SELECT version_num FROM alembic_version ORDER BY 1"),
        "4be1\n8d1f"
    );
}

#[test]
fn a_revision_is_planned_and_scripted_as_any_other() {
    let world = project();
    assert_snapshot!(says(&world, 0, &["plan", "upgrade", "1d2c"]), @r"
    -- upgrade 1d2c (rattail) step 1d2c
    CREATE TABLE customer (
        uuid VARCHAR(32) NOT NULL,
        name VARCHAR(50),
        CONSTRAINT customer_pk PRIMARY KEY (uuid)
    );
    ");
    assert_snapshot!(says(&world, 0, &["upgrade", "--sql", "1d2c"]), @r#"
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
    CREATE TABLE IF NOT EXISTS alembic_version (
        version_num VARCHAR(32) NOT NULL,
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    -- upgrade 1d2c of layer rattail: step 1d2c
    DELETE FROM temp.terrane_proof;
    BEGIN IMMEDIATE;
    INSERT INTO temp.terrane_proof (stands) SELECT NOT EXISTS (SELECT 1 FROM alembic_version WHERE version_num IN ('1d2c'));
    CREATE TABLE customer (
        uuid VARCHAR(32) NOT NULL,
        name VARCHAR(50),
        CONSTRAINT customer_pk PRIMARY KEY (uuid)
    );
    INSERT INTO temp.terrane_proof (stands) SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'customer' COLLATE NOCASE);
    SAVEPOINT terrane;
    INSERT INTO alembic_version (version_num) VALUES ('1d2c');
    INSERT INTO terrane_object (kind, schema, name, arguments, layer, created_by) SELECT 'table', 'main', 'customer', '', 'rattail', '1d2c' WHERE 1 = 1 ON CONFLICT (kind, schema, name, arguments) DO UPDATE SET layer = excluded.layer, created_by = excluded.created_by;
    INSERT INTO terrane_ledger (revision, layer, direction, message, checksum, applied_by, applied_at, duration_ms, tool_version, statements, statements_done, touches, rows_written) VALUES ('1d2c', 'rattail', 'upgrade', 'step 1d2c', 'f12cd2ea9a7804c177a1e0513d5b012607d0a2c515bb743fd3785c033a58691f', 'a script', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'), 0, '0.1.0', 1, 1, NULL, NULL);
    INSERT INTO temp.terrane_proof (stands) SELECT EXISTS (SELECT 1 FROM alembic_version WHERE version_num = '1d2c');
    INSERT OR ROLLBACK INTO temp.terrane_proof (complete) SELECT count(*) = 3 FROM temp.terrane_proof;
    COMMIT;

    DROP TABLE temp.terrane_proof;
    "#);
}

/// A dependency across version locations takes a row away, as it does in Alembic: both share one table.
#[test]
fn a_dependency_on_the_vendor_takes_its_row_as_alembic_has_it() {
    let world = project();
    let text = world
        .read("poser/versions/8d1f_widgets.py")
        .replace("depends_on = None", "depends_on = '4be1'");
    world.write("poser/versions/8d1f_widgets.py", text);
    says(&world, 0, &["upgrade", "heads"]);
    assert_eq!(world.query("SELECT version_num FROM alembic_version"), "8d1f");
    assert_snapshot!(says(&world, 0, &["current"]), @r"
    4be1 (rattail) (head), step 4be1
    8d1f (poser) (head), step 8d1f
    ");
}

#[test]
fn a_batch_becomes_what_the_server_needs() {
    let world = project();
    let upgrade = "with op.batch_alter_table('customer') as batch:\n        batch.alter_column('name', nullable=False, \
                   existing_type=sa.String(50))\n        batch.add_column(sa.Column('age', sa.Integer()))";
    let downgrade = "with op.batch_alter_table('customer') as batch:\n        batch.drop_column('age')\n        \
                     batch.alter_column('name', nullable=True)";
    world.write(
        "rattail/versions/5f00_batch.py",
        script("5f00", "'4be1'", "None", "2026-04-01", upgrade, downgrade),
    );
    says(&world, 0, &["upgrade", "heads"]);
    let columns = "SELECT group_concat(name || \"notnull\") FROM pragma_table_info('customer')";
    assert_eq!(world.query(columns), "uuid1,name1,age0");
    says(&world, 0, &["downgrade", "4be1"]);
    assert_eq!(world.query(columns), "uuid1,name0");
}

/// Before it stands in the way of an upgrade, `show` says that a revision needs Python.
#[test]
fn a_revision_that_only_python_can_run_is_told_by_show() {
    let world = project();
    let upgrade = "op.execute(make_statement())";
    world.write(
        "rattail/versions/5f00_made.py",
        script("5f00", "'4be1'", "None", "2026-04-01", upgrade, "pass"),
    );
    let shown = world.run(&["-c", "alembic.ini", "show", "5f00"]);
    assert!(shown.out.starts_with("Revision: 5f00"), "{}", shown.out);
    assert_snapshot!(shown.err, @r"
    warning[S023 python-decides]: the upgrade cannot be read: `make_statement` is not known here
      --> [folder]/rattail/versions/5f00_made.py:19:16
       |
    19 |     op.execute(make_statement())
       |                ^^^^^^^^^^^^^^
       |
       = help: Run the revision with Alembic, or write what is named here as a literal.
    ");
    let shown = world.run(&["-c", "alembic.ini", "show", "4be1"]);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
}

/// A stamp of where the database stands anyhow gives each object the layer whose revision made it.
#[test]
fn what_alembic_made_gets_its_owners_by_a_stamp() {
    let world = project();
    says(&world, 0, &["upgrade", "heads"]);
    world.execute("DROP TABLE terrane_object; DROP TABLE terrane_ledger; DROP TABLE terrane_version");
    says(&world, 0, &["stamp", "heads"]);
    let owners = "SELECT name || ' ' || layer || ' ' || created_by FROM terrane_object ORDER BY 1";
    assert_eq!(world.query(owners), "customer rattail 1d2c\nposer_widget poser 8d1f");
    assert_eq!(
        world.query("SELECT version_num FROM alembic_version ORDER BY 1"),
        "4be1\n8d1f"
    );
}
