//! Revisions that only Python can run, by the real Alembic and SQLAlchemy: what Terrane makes of them beside what Alembic does.

use crate::{Poser, dump};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;

const ENV: &str = "\
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
engine = engine_from_config(config.get_section(config.config_ini_section), prefix='sqlalchemy.', poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
";

/// What histories in the field do that cannot be read: each with what it does on the way down.
const REVISIONS: [(&str, &str, &str); 6] = [
    (
        "a1",
        "op.create_table('item', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('name', sa.String(80)), \
         sa.Column('price', sa.Numeric(8, 2)), sa.Column('ok', sa.Boolean()), sa.Column('at', sa.DateTime()), \
         sa.Column('raw', sa.LargeBinary()))\nop.execute(\"INSERT INTO item (id, name, price, ok) VALUES (1, 'it''s 100%', 1.50, \
         true), (2, 'a\\\\\\\\b', 2.25, false)\")",
        "op.drop_table('item')",
    ),
    // A loop over rows, with what has to be quoted in them.
    (
        "a2",
        "bind = op.get_bind()\nfor row in bind.execute(sa.text('SELECT id, name FROM item ORDER BY id')).fetchall():\n    \
         bind.execute(sa.text('UPDATE item SET name = :name WHERE id = :id'), {'id': row[0], 'name': row[1] + \" ' \\\\ % :x ä\"})",
        "pass",
    ),
    // The catalog is asked, something fails and is caught, the context is asked what it is.
    (
        "a3",
        "bind = op.get_bind()\ncolumns = {column['name'] for column in sa.inspect(bind).get_columns('item')}\nif 'color' not in \
         columns:\n    op.add_column('item', sa.Column('color', sa.String(10), server_default='red'))\ntry:\n    with \
         bind.begin_nested():\n        bind.execute(sa.text('SELECT nothing FROM nowhere'))\nexcept sa.exc.DBAPIError as error:\n    \
         op.create_table('caught_' + context.get_context().dialect.name, sa.Column('id', sa.Integer()))",
        "op.drop_table('caught_' + op.get_bind().dialect.name)",
    ),
    // The ORM, with values of every kind.
    (
        "a4",
        "import datetime, decimal\nfrom sqlalchemy.orm import Session, declarative_base\nclass Item(declarative_base()):\n    \
         __tablename__ = 'item'\n    id = sa.Column(sa.Integer, primary_key=True)\n    name = sa.Column(sa.String)\n    price = \
         sa.Column(sa.Numeric(8, 2))\n    ok = sa.Column(sa.Boolean)\n    at = sa.Column(sa.DateTime)\n    raw = \
         sa.Column(sa.LargeBinary)\nsession = Session(bind=op.get_bind())\nfor item in session.query(Item).order_by(Item.id):\n    \
         assert isinstance(item.price, decimal.Decimal) and isinstance(item.ok, bool)\n    item.at = datetime.datetime(2026, 1, 2, \
         3, 4, 5, 678000 + item.id)\n    item.raw = bytes([0, 255, item.id])\nsession.add_all([Item(id=10 + n, name='n%d' % n) for \
         n in range(300)])\nsession.commit()\nassert session.query(Item).filter(Item.at.is_(None)).count() == 300",
        "op.execute(sa.text('DELETE FROM item WHERE id >= :least').bindparams(least=len('0123456789')))",
    ),
    // As long as there is something to do.
    (
        "a5",
        "bind = op.get_bind()\nwhile bind.execute(sa.text('DELETE FROM item WHERE id IN (SELECT max(id) FROM item WHERE id > \
         200)')).rowcount:\n    pass",
        "pass",
    ),
    // A transaction of its own within the revision, taken back.
    (
        "a6",
        "bind = op.get_bind()\nsavepoint = bind.begin_nested()\nbind.execute(sa.text('DELETE FROM item'))\nsavepoint.rollback()\n\
         op.create_table(str(bind.execute(sa.text(\"SELECT 'last'\")).scalar()), sa.Column('id', sa.Integer()))",
        "op.drop_table(str(op.get_bind().execute(sa.text(\"SELECT 'last'\")).scalar()))",
    ),
];

/// A project with those revisions, in the environment of the tests.
struct Plain {
    poser: Poser,
}

impl Plain {
    fn new(test: &str) -> Option<Plain> {
        let poser = Poser::new(test)?;
        let folder = poser.folder.path();
        fs::create_dir_all(folder.join("plain/versions")).unwrap();
        fs::write(folder.join("plain/env.py"), ENV).unwrap();
        let plain = Plain { poser };
        let mut down = "None".to_owned();
        for (id, upgrade, downgrade) in REVISIONS {
            plain.revision(id, &down, upgrade, downgrade);
            down = format!("'{id}'");
        }
        Some(plain)
    }

    fn revision(&self, id: &str, down: &str, upgrade: &str, downgrade: &str) {
        let body = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
        let text = format!(
            "\"\"\"step {id}\n\nRevision ID: {id}\nRevises: {down}\nCreate Date: 2026-11-20 10:00:00\n\n\"\"\"\nfrom alembic import \
             context, op\nimport sqlalchemy as sa\n\nrevision = '{id}'\ndown_revision = {down}\nbranch_labels = None\ndepends_on = \
             None\n\n\ndef upgrade():\n{}\n\ndef downgrade():\n{}",
            body(upgrade),
            body(downgrade)
        );
        fs::write(self.path(&format!("plain/versions/{id}.py")), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.poser.folder.path().join(name)
    }

    fn configuration(&self, name: &str, url: &str) -> PathBuf {
        let url = url.replacen("postgresql://", "postgresql+psycopg2://", 1);
        let text = format!(
            "[alembic]\nscript_location = plain\nsqlalchemy.url = {}\n",
            url.replace('%', "%%")
        );
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The rows of the one table, and where the database stands.
    fn postgres_rows(url: &str) -> String {
        let sql = "SELECT * FROM item ORDER BY id";
        let output = Command::new("psql").args(["-AtXc", sql, url]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn sqlite(&self, file: &str, sql: &str) -> String {
        let output = Command::new("sqlite3").arg(self.path(file)).arg(sql).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

const THERE: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'terrane_%' ORDER BY 1";

/// Byte for byte what Alembic alone makes, with all rows, up and down.
#[test]
fn what_only_python_can_run_ends_as_with_alembic_alone_on_postgresql() {
    block_on(async {
        const NAME: &str = "what_only_python_can_run_ends_as_with_alembic_alone_on_postgresql";
        let Some(plain) = Plain::new(NAME) else { return };
        let (Some(ours), Some(theirs)) = (Throwaway::new(NAME).await, Throwaway::new(NAME).await) else {
            return;
        };
        let [by_us, by_them] = [("ours.ini", &ours), ("theirs.ini", &theirs)]
            .map(|(name, database)| plain.configuration(name, &database.url()));
        let history = plain.poser.terrane(&by_us, &["history", "-v"]);
        let bridged = history
            .lines()
            .filter(|line| line.contains("Runs:     bridged"))
            .count();
        assert_eq!(bridged, 5, "{history}");
        plain.poser.terrane(&by_us, &["upgrade", "heads"]);
        plain.poser.alembic(&by_them, &["upgrade", "heads"]);
        assert_eq!(Plain::postgres_rows(&ours.url()), Plain::postgres_rows(&theirs.url()));
        assert!(Plain::postgres_rows(&ours.url()).contains("2026-01-02 03:04:05.678001"));
        assert_eq!(dump(&ours.url()), dump(&theirs.url()));
        assert_eq!(
            plain.poser.alembic(&by_us, &["current"]),
            plain.poser.alembic(&by_them, &["current"])
        );
        let tables = plain.poser.terrane(&by_us, &["tables"]);
        for table in ["item", "caught_postgresql", "last"] {
            assert!(tables.contains(table), "{tables}");
        }
        plain.poser.terrane(&by_us, &["downgrade", "base"]);
        plain.poser.alembic(&by_them, &["downgrade", "base"]);
        assert_eq!(dump(&ours.url()), dump(&theirs.url()));
        ours.end().await;
        theirs.end().await;
    });
}

#[test]
fn what_only_python_can_run_ends_as_with_alembic_alone_on_sqlite() {
    const NAME: &str = "what_only_python_can_run_ends_as_with_alembic_alone_on_sqlite";
    let Some(plain) = Plain::new(NAME) else { return };
    let by_us = plain.configuration("ours.ini", "sqlite:///ours.db");
    let by_them = plain.configuration("theirs.ini", "sqlite:///theirs.db");
    plain.poser.terrane(&by_us, &["upgrade", "heads"]);
    plain.poser.alembic(&by_them, &["upgrade", "heads"]);
    for sql in [
        "SELECT * FROM item ORDER BY id",
        "SELECT typeof(raw), typeof(price), hex(raw) FROM item",
        THERE,
    ] {
        assert_eq!(plain.sqlite("ours.db", sql), plain.sqlite("theirs.db", sql), "{sql}");
    }
    let owners = "SELECT name || ' ' || created_by FROM terrane_object ORDER BY 1";
    assert_eq!(plain.sqlite("ours.db", owners), "caught_sqlite a3\nitem a1\nlast a6\n");
    plain.poser.terrane(&by_us, &["downgrade", "base"]);
    plain.poser.alembic(&by_them, &["downgrade", "base"]);
    assert_eq!(plain.sqlite("ours.db", THERE), plain.sqlite("theirs.db", THERE));
    assert_eq!(plain.sqlite("ours.db", owners), "");
}

/// The rows that a fresh upgrade of the vendor makes, in tables where it makes any.
fn counts(url: &str) -> String {
    let sql = "SELECT string_agg(t || to_char(n, '9999'), ',' ORDER BY t) FROM (SELECT tablename AS t, (xpath('/row/c/text()', \
               query_to_xml('SELECT count(*) AS c FROM ' || quote_ident(tablename), false, true, '')))[1]::text::int AS n FROM \
               pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'terrane%') AS counted WHERE n > 0";
    let output = Command::new("psql").args(["-AtXc", sql, url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A fresh upgrade of the whole vendor, the revisions among it that only Python can run, byte for byte with all rows.
#[test]
fn rattail_by_terrane_alone_ends_as_by_alembic_alone() {
    block_on(async {
        const NAME: &str = "rattail_by_terrane_alone_ends_as_by_alembic_alone";
        let Some(poser) = Poser::new(NAME) else { return };
        let (Some(ours), Some(theirs)) = (Throwaway::new(NAME).await, Throwaway::new(NAME).await) else {
            return;
        };
        let by_us = poser.configuration("ours.conf", &ours.url());
        let by_them = poser.configuration("theirs.conf", &theirs.url());
        poser.terrane(&by_us, &["upgrade", "heads"]);
        poser.alembic(&by_them, &["upgrade", "heads"]);
        assert!(dump(&ours.url()) == dump(&theirs.url()), "the schemas differ");
        assert_eq!(counts(&ours.url()), counts(&theirs.url()));
        let history = poser.terrane(&by_us, &["history", "-v"]);
        let bridged = history
            .lines()
            .filter(|line| line.contains("Runs:     bridged"))
            .count();
        assert_eq!(bridged, crate::OF_PYTHON.len(), "{history}");
        let check = poser.terrane(&by_us, &["upgrade", "heads"]);
        assert_eq!(check, "nothing to do: the database stands there already\n");
        ours.end().await;
        theirs.end().await;
    });
}

/// All that there is, rows and Terrane's own tables too.
fn whole_dump(url: &str) -> String {
    let output = Command::new("pg_dump").args(["--dbname", url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let kept = text.lines().filter(|line| !line.contains("restrict"));
    kept.collect::<Vec<_>>().join("\n")
}

/// An app's Python can no more alter its vendor's tables than its statements can.
#[test]
fn an_apps_python_cannot_alter_its_vendors_tables() {
    block_on(async {
        const NAME: &str = "an_apps_python_cannot_alter_its_vendors_tables";
        let Some(poser) = Poser::new(NAME) else { return };
        let Some(database) = Throwaway::new(NAME).await else {
            return;
        };
        let configuration = poser.configuration("rattail.conf", &database.url());
        poser.alembic(&configuration, &["upgrade", "heads"]);
        let as_alembic_left_it = whole_dump(&database.url());
        poser.terrane(&configuration, &["adopt"]);
        let adopted = poser.terrane(&configuration, &["tables"]);
        // Whatever the vendor's Python made is the vendor's.
        let is_owned = |line: &str| ["rattail", "poser"].contains(&line.split_whitespace().nth(1).unwrap());
        assert!(adopted.lines().all(is_owned), "{adopted}");
        let versions = poser.folder.path().join("poser/db/alembic/versions");
        for hidden in [
            "op.add_column(name, sa.Column('x', sa.Integer()))",
            "op.execute('DROP TABLE %s CASCADE' % name)",
            "op.execute(\"DO $$ BEGIN EXECUTE 'ALTER TABLE %s ADD COLUMN y int'; END $$\" % name)",
            "op.execute(\"DO $$ BEGIN UPDATE alembic_version SET version_num = 'x' WHERE version_num = 'aa11bb22cc33'; END $$\" if name else '')",
        ] {
            let text = format!(
                "\"\"\"hidden\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision = 'bb11bb22cc33'\ndown_revision = \
                 'aa11bb22cc33'\n\n\ndef upgrade():\n    name = op.get_bind().execute(sa.text(\"SELECT 'customer'\")).scalar()\n    \
                 {hidden}\n\n\ndef downgrade():\n    pass\n"
            );
            fs::write(versions.join("bb11bb22cc33_hidden.py"), text).unwrap();
            let before = dump(&database.url());
            let output = poser.output(
                Path::new(env!("CARGO_BIN_EXE_terrane")),
                &configuration,
                &["upgrade", "heads"],
            );
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(4), "{hidden}: {said}");
            assert!(said.contains("error[O00"), "{hidden}: {said}");
            assert!(before == dump(&database.url()), "{hidden}");
        }
        let undone = poser.terrane(&configuration, &["adopt", "--undo"]);
        assert!(undone.starts_with("Terrane's books are gone"), "{undone}");
        assert!(
            as_alembic_left_it == whole_dump(&database.url()),
            "something was left behind"
        );
        database.end().await;
    });
}

/// Wherever Terrane or Python is killed, the database is at a revision boundary, and the next run ends as if nothing had been.
#[test]
fn a_kill_of_either_leaves_the_database_at_a_revision_boundary() {
    block_on(async {
        const NAME: &str = "a_kill_of_either_leaves_the_database_at_a_revision_boundary";
        let Some(plain) = Plain::new(NAME) else { return };
        // Each goes through enough that there is something to hit.
        for (id, down) in [("b1", "'a6'"), ("b2", "'b1'"), ("b3", "'b2'")] {
            let upgrade = format!(
                "bind = op.get_bind()\nop.create_table('t_{id}', sa.Column('n', sa.Integer()))\nfor n in range(len(str(bind)) and \
                 60):\n    bind.execute(sa.text('INSERT INTO t_{id} VALUES (:n)'), {{'n': n}})"
            );
            plain.revision(id, down, &upgrade, &format!("op.drop_table('t_{id}')"));
        }
        for is_postgres in [false, true] {
            for of_python in [false, true] {
                for at in 0..4 {
                    plain
                        .killed(NAME, is_postgres, of_python, Duration::from_millis(350 + 500 * at))
                        .await;
                }
            }
        }
    });
}

impl Plain {
    /// One run on a fresh database, killed after that time; then what was left, and what the next run makes of it.
    async fn killed(&self, test: &str, is_postgres: bool, of_python: bool, after: Duration) {
        let throwaway = if is_postgres { Throwaway::new(test).await } else { None };
        if is_postgres && throwaway.is_none() {
            return;
        }
        let _gone = fs::remove_file(self.path("killed.db"));
        let url = throwaway
            .as_ref()
            .map_or_else(|| "sqlite:///killed.db".to_owned(), Throwaway::url);
        let configuration = self.configuration("killed.ini", &url);
        let mut child = Command::new(env!("CARGO_BIN_EXE_terrane"))
            .current_dir(self.poser.folder.path())
            .env("VIRTUAL_ENV", &self.poser.environment)
            .arg("-c")
            .arg(&configuration)
            .args(["upgrade", "heads"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(after);
        let pid = child.id().to_string();
        if of_python {
            // The child of that one process, and no other.
            let children = Command::new("pgrep").args(["-P", &pid]).output().unwrap();
            for python in String::from_utf8(children.stdout).unwrap().lines() {
                let _gone_already = Command::new("kill").args(["-9", python]).stderr(Stdio::null()).status();
            }
        } else {
            let _gone_already = child.kill();
        }
        let _ended = child.wait().unwrap();
        let ask = |sql: &str| match is_postgres {
            true => {
                let output = Command::new("psql").args(["-AtXc", sql, &url]).output().unwrap();
                String::from_utf8(output.stdout).unwrap().trim().to_owned()
            }
            false if self.path("killed.db").exists() => self.sqlite("killed.db", sql).trim().to_owned(),
            false => String::new(),
        };
        let tables = match is_postgres {
            true => "SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version'",
            false => "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'",
        };
        if ask(tables) == "1" {
            let ledger = ask("SELECT revision FROM terrane_ledger ORDER BY id DESC LIMIT 1");
            assert_eq!(
                ask("SELECT version_num FROM alembic_version"),
                ledger,
                "{after:?} {of_python}"
            );
            for id in ["b1", "b2", "b3"] {
                let is_done = ask(&format!("SELECT count(*) FROM terrane_ledger WHERE revision = '{id}'")) == "1";
                let rows = match is_done {
                    true => ask(&format!("SELECT count(*) FROM t_{id}")),
                    false => ask(&format!("SELECT count(*) FROM terrane_object WHERE name = 't_{id}'")),
                };
                assert_eq!(rows, if is_done { "60" } else { "0" }, "{id} {after:?} {of_python}");
            }
        }
        self.poser.terrane(&configuration, &["upgrade", "heads"]);
        assert_eq!(ask("SELECT version_num FROM alembic_version"), "b3");
        assert_eq!(ask("SELECT count(*) FROM t_b1"), "60");
        if let Some(throwaway) = throwaway {
            throwaway.end().await;
        }
    }
}
