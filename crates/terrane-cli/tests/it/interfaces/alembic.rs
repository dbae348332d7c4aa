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

/// A Python that is a script of a few words, which the configuration names.
pub(crate) fn python(world: &World, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    world.write("python", format!("#!/bin/sh\ncat >/dev/null\n{text}\n"));
    std::fs::set_permissions(world.path("python"), std::fs::Permissions::from_mode(0o755)).unwrap();
    world.write(
        "alembic.ini",
        format!("{CONFIG}\n[terrane]\npython = %(here)s/python\n"),
    );
}

/// Models as Python tells them: the vendor's table with a column that no revision has yet, and the app's.
pub(crate) fn models(world: &World, poser: &str) {
    let column = |name: &str, ty: &str, nullable: bool| {
        format!(
            "{{\"name\": \"{name}\", \"type\": \"{ty}\", \"nullable\": {nullable}, \"default\": null, \"computed\": null, \
             \"identity\": null, \"comment\": null}}"
        )
    };
    let table = |name: &str, module: &str, columns: &[String], constraints: &str| {
        format!(
            "{{\"schema\": null, \"name\": \"{name}\", \"comment\": null, \"columns\": [{}], \"constraints\": [{constraints}], \
             \"classes\": [{{\"module\": \"{module}\", \"name\": \"Any\", \"file\": null}}]}}",
            columns.join(", ")
        )
    };
    let uuid = || column("uuid", "VARCHAR(32)", false);
    let key = |name: &str| format!("{{\"kind\": \"primary key\", \"name\": {name}, \"sql\": \"PRIMARY KEY (uuid)\"}}");
    let customer = table(
        "customer",
        "rattail.model",
        &[uuid(), column("name", "VARCHAR(50)", true), column("fax", "TEXT", true)],
        &key("\"customer_pk\""),
    );
    let widget = table(
        "poser_widget",
        "poser.model",
        &[uuid(), column("code", "VARCHAR(20)", true)],
        &format!(
            "{}, {{\"kind\": \"foreign key\", \"name\": null, \"sql\": \"FOREIGN KEY(uuid) REFERENCES customer (uuid)\"}}",
            key("null")
        ),
    );
    let tables = [customer, widget, poser.to_owned()]
        .into_iter()
        .filter(|table| !table.is_empty());
    let tables = tables.collect::<Vec<_>>().join(", ");
    python(
        world,
        &format!("cat <<'END'\n{{\"terrane_models\": 1, \"tables\": [{tables}]}}\nEND"),
    );
}

pub(crate) const INI: [&str; 2] = ["-c", "alembic.ini"];

pub(crate) fn says(world: &World, code: i32, arguments: &[&str]) -> String {
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
    -- upgrade 1d2c (rattail) step 1d2c, literal
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
       = help: Terrane has the project's own Python run it, on a database only; write what is named here as a literal to have its statements.
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

/// The file that a command says it wrote.
fn written(world: &World, arguments: &[&str]) -> String {
    let said = says(world, 0, arguments);
    let path = said
        .lines()
        .find_map(|line| line.strip_prefix("wrote "))
        .unwrap()
        .to_owned();
    let text = world.read(path.trim_start_matches(&format!("{}/", world.path("").display())));
    let dated = |line: &str| match line.strip_prefix("Create Date: ") {
        Some(_) => "Create Date: [date]".to_owned(),
        None => line.to_owned(),
    };
    text.lines().map(dated).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_empty_revision_is_written_by_the_projects_template() {
    let world = project();
    world.write(
        "rattail/script.py.mako",
        "# ours\n\"\"\"${message}\n\nRevision ID: ${up_revision}\nRevises: ${down_revision | comma,n}\nCreate Date: ${create_date}\n\"\"\"\n\
         from alembic import op\n${imports if imports else \"\"}\nrevision = ${repr(up_revision)}\n\
         down_revision = ${repr(down_revision)}\nbranch_labels = ${repr(branch_labels)}\ndepends_on = ${repr(depends_on)}\n\n\n\
         def upgrade() -> None:\n    ${upgrades if upgrades else \"pass\"}\n\n\ndef downgrade() -> None:\n    \
         ${downgrades if downgrades else \"pass\"}\n",
    );
    let arguments = [
        "revision",
        "--head",
        "poser@head",
        "--rev-id",
        "9a9a",
        "-m",
        "Add more",
        "--depends-on",
        "4be1",
    ];
    assert_snapshot!(written(&world, &arguments), @r#"
    # ours
    """Add more

    Revision ID: 9a9a
    Revises: 8d1f
    Create Date: [date]
    """
    from alembic import op

    revision = '9a9a'
    down_revision = '8d1f'
    branch_labels = None
    depends_on = '4be1'


    def upgrade() -> None:
        pass


    def downgrade() -> None:
        pass
    "#);
    assert!(world.path("poser/versions/9a9a_add_more.py").exists());
    says(&world, 0, &["upgrade", "heads"]);
}

#[test]
fn heads_of_one_layer_are_merged_by_a_script() {
    let world = project();
    says(
        &world,
        0,
        &["revision", "--head", "8d1f", "--rev-id", "9a9a", "-m", "one"],
    );
    says(
        &world,
        0,
        &[
            "revision", "--head", "8d1f", "--splice", "--rev-id", "9b9b", "-m", "two",
        ],
    );
    says(&world, 0, &["merge", "9a9a", "9b9b", "--rev-id", "9c9c", "-m", "join"]);
    let text = world.read("poser/versions/9c9c_join.py");
    assert!(text.contains("down_revision = ('9a9a', '9b9b')"), "{text}");
    says(&world, 0, &["upgrade", "heads"]);
    assert_eq!(
        world.query("SELECT version_num FROM alembic_version ORDER BY 1"),
        "4be1\n9c9c"
    );
}

/// The vendor's models are ahead of its history, and the app's candidate holds nothing of it.
#[test]
fn autogenerate_writes_the_layers_own_changes_as_directives() {
    let world = project();
    says(&world, 0, &["upgrade", "heads"]);
    models(&world, "");
    let arguments = [
        "revision",
        "--autogenerate",
        "--head",
        "poser@head",
        "--rev-id",
        "9a9a",
        "-m",
        "codes",
    ];
    assert_snapshot!(written(&world, &arguments), @r#"
    """codes

    Revision ID: 9a9a
    Revises: 8d1f
    Create Date: [date]

    """
    from alembic import op
    import sqlalchemy as sa


    # revision identifiers, used by Alembic.
    revision = '9a9a'
    down_revision = '8d1f'
    branch_labels = None
    depends_on = None


    def upgrade():
        op.add_column('poser_widget', sa.Column('code', sa.String(length=20), nullable=True))


    def downgrade():
        with op.batch_alter_table('poser_widget') as batch_op:
            # Loses the values of the column.
            batch_op.drop_column('code')
    "#);
    says(&world, 0, &["upgrade", "heads"]);
    assert_eq!(
        says(
            &world,
            0,
            &["revision", "--autogenerate", "--head", "poser@head", "-m", "again"]
        ),
        "layer poser: nothing to do, no file written\n"
    );
    says(&world, 0, &["downgrade", "8d1f"]);
    assert_eq!(
        world.query("SELECT group_concat(name) FROM pragma_table_info('poser_widget')"),
        "uuid"
    );
}

/// What Alembic made has no owner in the ledger; whose it is, the files of the history say.
#[test]
fn a_model_that_was_removed_drops_its_table_though_alembic_made_it() {
    let world = project();
    says(&world, 0, &["upgrade", "heads"]);
    world.execute("DROP TABLE terrane_object; DROP TABLE terrane_ledger; DROP TABLE terrane_version");
    python(&world, "echo '{\"terrane_models\": 1, \"tables\": []}'");
    let arguments = [
        "revision",
        "--autogenerate",
        "--head",
        "poser@head",
        "-m",
        "less",
        "--answer",
        "drop:*",
        "--sql",
    ];
    assert_snapshot!(says(&world, 0, &arguments), @r"
    def upgrade():
        # Loses all rows of the table.
        op.drop_table('poser_widget')


    def downgrade():
        op.create_table(
            'poser_widget',
            sa.Column('uuid', sa.String(length=32), nullable=False),
            sa.PrimaryKeyConstraint('uuid'),
            sa.ForeignKeyConstraint(['uuid'], ['customer.uuid']),
        )
    ");
}

#[test]
fn a_table_of_the_metadata_that_nothing_tells_of_is_left_out_and_told() {
    let world = project();
    says(&world, 0, &["upgrade", "heads"]);
    let stranger = "{\"schema\": null, \"name\": \"stranger\", \"comment\": null, \"columns\": []}";
    models(&world, stranger);
    let outcome = world.run(&[
        "-c",
        "alembic.ini",
        "revision",
        "--autogenerate",
        "--head",
        "poser@head",
        "-m",
        "x",
        "--sql",
    ]);
    assert!(!outcome.out.contains("stranger"), "{}", outcome.out);
    assert_snapshot!(outcome.err, @r"
    warning[M011 nobodys-model]: nothing tells which layer table `stranger` of the metadata belongs to, and it is left out
     |
     = help: Declare it in a module of the layer's package, or write the revision that makes it by hand: the table is then that layer's.
    layer poser: add column `code` to `poser_widget`
    ");
}

/// The rows say that the vendor's revision ran, and the ledger does not know it: Alembic ran it. It is guarded all the same.
#[test]
fn a_vendors_table_is_guarded_though_alembic_made_it() {
    let world = project();
    says(&world, 0, &["upgrade", "heads"]);
    world.execute("DROP TABLE terrane_object; DROP TABLE terrane_ledger; DROP TABLE terrane_version");
    world.write(
        "poser/versions/9a9a_more.py",
        script(
            "9a9a",
            "'8d1f'",
            "None",
            "2026-05-01",
            "op.add_column('customer', sa.Column('fax', sa.Text()))",
            "pass",
        ),
    );
    assert_snapshot!(world.exits(4, &["-c", "alembic.ini", "upgrade", "heads"]), @r"
    error[O001 foreign-object]: table `customer` belongs to layer `rattail`, not to `poser`
      --> [folder]/poser/versions/9a9a_more.py:19:5
       |
    19 |     op.add_column('customer', sa.Column('fax', sa.Text()))
       |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ add column `fax` to `customer`
       |
       = help: Keep what you need in a table of your own, `poser_customer`, whose primary key is also its foreign key to `customer`.
    ");
    assert_eq!(
        world.query("SELECT group_concat(name) FROM pragma_table_info('customer')"),
        "uuid,name"
    );
}

/// The models of a layer whose revisions are SQL, by their name.
#[test]
fn a_layer_of_sql_files_has_models_of_sqlalchemys() {
    let world = project();
    models(&world, "");
    std::fs::create_dir(world.path("sql")).unwrap();
    world.write(
        "terrane.toml",
        "url = \"sqlite:app.db\"\n\n[[layer]]\nname = \"poser\"\nversions = \"sql\"\n\
         models = { sqlalchemy = \"poser.model:Base\", python = \"python\" }\n",
    );
    world.execute("CREATE TABLE customer (uuid VARCHAR(32) NOT NULL, CONSTRAINT customer_pk PRIMARY KEY (uuid))");
    let arguments = ["revision", "--autogenerate", "--layer", "poser", "-m", "begin", "--sql"];
    let outcome = world.run(&arguments);
    assert_snapshot!(outcome.all(), @r"
    -- upgrade
    CREATE TABLE poser_widget (
        uuid VARCHAR(32) NOT NULL,
        code VARCHAR(20),
        CONSTRAINT pk_poser_widget PRIMARY KEY (uuid),
        CONSTRAINT fk_poser_widget_uuid_customer FOREIGN KEY (uuid) REFERENCES customer (uuid)
    );
    -- downgrade
    -- Loses all rows of the table.
    DROP TABLE poser_widget;
    --- standard error
    warning[D004 unowned-object]: table `customer` has no owner and is left as it is
     |
     = help: Declare it in the models of the layer that it belongs to.
    layer poser: create table `poser_widget`
    ");
}

#[test]
fn a_template_that_does_more_than_put_values_in_places_is_told_and_not_guessed_at() {
    let world = project();
    world.write("rattail/script.py.mako", "% for name in names:\n${name}\n% endfor\n");
    let outcome = world.run(&[
        "-c",
        "alembic.ini",
        "revision",
        "--head",
        "poser@head",
        "--rev-id",
        "9a9a",
        "-m",
        "more",
    ]);
    assert!(
        outcome.err.starts_with("warning[S024 template-not-read]"),
        "{}",
        outcome.err
    );
    assert!(world.read("poser/versions/9a9a_more.py").contains("revision = '9a9a'"));
    says(&world, 0, &["upgrade", "heads"]);
}
