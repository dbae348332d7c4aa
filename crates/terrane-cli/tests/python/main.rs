//! The program on the real Rattail, beside the real Alembic, on one database in turn.
//!
//! `TERRANE_PYTHON` names a virtual environment with the packages, and `TERRANE_POSTGRES` a server; `cargo xtask test
//! --with-python` has both. Where one is missing, these tests count as not run.

mod bridge;
mod daily;
mod lock;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;
use terrane_testkit::block_on;
use terrane_testkit::postgres::{Throwaway, not_run};

/// An app on Rattail, as its documentation has it: a branch of its own, and its table with a key into the vendor's.
const WIDGETS: &str = "\
\"\"\"add widgets

Revision ID: aa11bb22cc33
Revises:
Create Date: 2026-11-20 10:00:00.000000

\"\"\"
from alembic import op
import sqlalchemy as sa
import rattail.db.types

revision = 'aa11bb22cc33'
down_revision = None
branch_labels = ('poser',)
depends_on = None


def upgrade():
    op.create_table('poser_widget',
                    sa.Column('uuid', sa.String(length=32), nullable=False),
                    sa.Column('code', sa.String(length=20), nullable=False),
                    sa.Column('vendor_uuid', sa.String(length=32), nullable=True),
                    sa.Column('upc', rattail.db.types.GPCType(), nullable=True),
                    sa.ForeignKeyConstraint(['vendor_uuid'], ['vendor.uuid'], name='poser_widget_fk_vendor'),
                    sa.PrimaryKeyConstraint('uuid'),
                    sa.UniqueConstraint('code', name='poser_widget_uq_code'))


def downgrade():
    op.drop_table('poser_widget')
";

/// Revisions of Rattail 0.21.3 that go through rows in Python, in the order in which they come.
const OF_PYTHON: [&str; 2] = ["3e79dd89fe12", "a5a7358ed27f"];

/// An app's folder, and the environment that its vendor is installed in.
struct Poser {
    folder: TempDir,
    environment: PathBuf,
}

impl Poser {
    /// None, and a line for whoever counts, where there is no environment.
    fn new(test: &str) -> Option<Poser> {
        let Some(environment) = std::env::var_os("TERRANE_PYTHON") else {
            not_run(&format!("{test}: no Python environment with the packages"));
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let versions = folder.path().join("poser/db/alembic/versions");
        fs::create_dir_all(&versions).unwrap();
        fs::write(folder.path().join("poser/__init__.py"), "").unwrap();
        fs::write(folder.path().join("poser/db/__init__.py"), "").unwrap();
        fs::write(versions.join("aa11bb22cc33_widgets.py"), WIDGETS).unwrap();
        Some(Poser {
            folder,
            environment: PathBuf::from(environment),
        })
    }

    /// The configuration for a database, as Rattail's users write it.
    fn configuration(&self, name: &str, url: &str) -> PathBuf {
        self.configuration_with(name, url, "rattail.db.model")
    }

    /// The same for an app with models of its own.
    fn configuration_with(&self, name: &str, url: &str, models: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let url = url.replacen("postgresql://", "postgresql+psycopg2://", 1);
        let text = format!(
            "[rattail]\nmodel_spec = {models}\n\n[rattail.db]\ndefault.url = {}\nversioning.enabled = true\n\n[alembic]\nscript_location = \
             rattail.db:alembic\nversion_locations = poser.db:alembic/versions rattail.db:alembic/versions\n",
            url.replace('%', "%%")
        );
        fs::write(&path, text).unwrap();
        path
    }

    fn output(&self, program: &Path, configuration: &Path, arguments: &[&str]) -> Output {
        Command::new(program)
            .current_dir(self.folder.path())
            .env("VIRTUAL_ENV", &self.environment)
            .env("PYTHONPATH", self.folder.path())
            .arg("-c")
            .arg(configuration)
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Runs a program in the app's folder, and gives what it printed.
    #[track_caller]
    fn run(&self, program: &Path, configuration: &Path, arguments: &[&str]) -> String {
        let output = self.output(program, configuration, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    fn alembic(&self, configuration: &Path, arguments: &[&str]) -> String {
        self.run(&self.environment.join("bin/alembic"), configuration, arguments)
    }

    /// All that Alembic says, however it ends.
    fn try_alembic(&self, configuration: &Path, arguments: &[&str]) -> String {
        let output = self.output(&self.environment.join("bin/alembic"), configuration, arguments);
        let out = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&out).into_owned()
    }

    /// What Terrane warns of, where it succeeds.
    #[track_caller]
    fn terrane_complains(&self, configuration: &Path, arguments: &[&str]) -> String {
        let output = self.output(Path::new(env!("CARGO_BIN_EXE_terrane")), configuration, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    }

    #[track_caller]
    fn terrane(&self, configuration: &Path, arguments: &[&str]) -> String {
        self.run(Path::new(env!("CARGO_BIN_EXE_terrane")), configuration, arguments)
    }
}

/// The schema, without Terrane's own tables and what differs from run to run.
fn dump(url: &str) -> String {
    let output = Command::new("pg_dump")
        .args(["--schema-only", "--exclude-table=terrane_*", "--dbname", url])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let kept = text
        .lines()
        .filter(|line| !line.contains("restrict") && !line.starts_with("--"));
    kept.collect::<Vec<_>>().join("\n")
}

/// Each of the two goes on where the other stopped, and the end is what Alembic alone makes of it, byte for byte; on the way
/// down as far as Alembic gets.
#[test]
fn rattail_in_turns_with_alembic_ends_as_with_alembic_alone() {
    block_on(async {
        const NAME: &str = "rattail_in_turns_with_alembic_ends_as_with_alembic_alone";
        let Some(poser) = Poser::new(NAME) else { return };
        let Some(theirs) = Throwaway::new(NAME).await else {
            return;
        };
        let Some(ours) = Throwaway::new(NAME).await else { return };
        let alone = poser.configuration("alone.conf", &theirs.url());
        let turns = poser.configuration("turns.conf", &ours.url());
        poser.alembic(&alone, &["upgrade", "heads"]);
        for revision in OF_PYTHON {
            poser.terrane(&turns, &["upgrade", &format!("{revision}-1")]);
            poser.alembic(&turns, &["upgrade", revision]);
        }
        poser.terrane(&turns, &["upgrade", "heads"]);
        assert!(dump(&ours.url()) == dump(&theirs.url()), "the schemas differ");
        // Alembic lists them in the order of a hash table.
        let current = |configuration: &Path| {
            let listed = poser.alembic(configuration, &["current"]);
            listed.lines().map(str::to_owned).collect::<BTreeSet<_>>()
        };
        assert_eq!(current(&turns), current(&alone));
        assert_eq!(
            poser.terrane(&turns, &["upgrade", "heads"]),
            "nothing to do: the database stands there already\n"
        );
        poser.terrane(&turns, &["downgrade", "poser@base"]);
        poser.terrane(&turns, &["downgrade", "09ed5bdc99f1"]);
        poser.alembic(&alone, &["downgrade", "poser@base"]);
        poser.alembic(&alone, &["downgrade", "09ed5bdc99f1"]);
        assert!(
            dump(&ours.url()) == dump(&theirs.url()),
            "the schemas differ on the way down"
        );
        ours.end().await;
        theirs.end().await;
    });
}

/// What Alembic made gets its owners by saying where the database stands; then an app cannot alter its vendor's tables.
#[test]
fn what_alembic_made_is_guarded_once_terrane_was_told_where_it_stands() {
    block_on(async {
        const NAME: &str = "what_alembic_made_is_guarded_once_terrane_was_told_where_it_stands";
        let Some(poser) = Poser::new(NAME) else { return };
        let Some(database) = Throwaway::new(NAME).await else {
            return;
        };
        let configuration = poser.configuration("rattail.conf", &database.url());
        poser.alembic(&configuration, &["upgrade", "heads"]);
        poser.terrane(&configuration, &["stamp", "heads"]);
        let tables = poser.terrane(&configuration, &["tables"]);
        let owned = |layer: &str| {
            tables
                .lines()
                .filter(|line| line.contains(&format!(" {layer} ")))
                .count()
        };
        // The one table that is left was made by a revision that only Python can run.
        assert_eq!((owned("poser"), owned("rattail") >= 154), (1, true), "{tables}");
        database.end().await;
    });
}
