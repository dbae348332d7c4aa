//! The daily steps of an app's developer on the real Rattail: edit the classes, have a candidate written, edit it, upgrade.

use crate::{Poser, dump};
use std::fs;
use std::path::PathBuf;
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;

const MODEL: &str = "\
from rattail.db.model import *
from .widgets import Widget
from .customers import PoserCustomer
";

const WIDGETS: &str = "\
import sqlalchemy as sa
from rattail.db import model
from rattail.db.core import uuid_column
from rattail.db.types import GPCType


class Widget(model.Base):
    __tablename__ = 'poser_widget'
    __versioned__ = {}
    __table_args__ = (
        sa.ForeignKeyConstraint(['vendor_uuid'], ['vendor.uuid'], name='poser_widget_fk_vendor'),
        sa.UniqueConstraint('code', name='poser_widget_uq_code'),
        sa.Index('poser_widget_ix_name', 'name'),
    )

    uuid = uuid_column()
    code = sa.Column(sa.String(length=20), nullable=False)
    name = sa.Column(sa.String(length=100))
    vendor_uuid = sa.Column(sa.String(length=32))
    upc = sa.Column(GPCType())
    price = sa.Column(sa.Numeric(precision=8, scale=3))
";

const CUSTOMERS: &str = "\
import sqlalchemy as sa
from sqlalchemy import orm
from rattail.db import model
from rattail.db.core import uuid_column


class PoserCustomer(model.Base):
    __tablename__ = 'poser_customer'
    __versioned__ = {}
    __table_args__ = (sa.ForeignKeyConstraint(['uuid'], ['customer.uuid'], name='poser_customer_fk_customer'),)

    uuid = uuid_column()
    loyalty_level = sa.Column(sa.String(length=20))
    favorite_color = sa.Column(sa.String(length=100))
    customer = orm.relationship(model.Customer, backref=orm.backref('_poser', uselist=False))
";

impl Poser {
    /// An app with models and no revision yet.
    fn with_models(test: &str) -> Option<Poser> {
        let poser = Poser::new(test)?;
        fs::remove_file(poser.versions().join("aa11bb22cc33_widgets.py")).unwrap();
        fs::create_dir_all(poser.folder.path().join("poser/db/model")).unwrap();
        fs::create_dir_all(poser.folder.path().join("app")).unwrap();
        poser.write("poser/db/model/__init__.py", MODEL);
        poser.write("poser/db/model/widgets.py", WIDGETS);
        poser.write("poser/db/model/customers.py", CUSTOMERS);
        Some(poser)
    }

    fn versions(&self) -> PathBuf {
        self.folder.path().join("poser/db/alembic/versions")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The script with that word in its name.
    fn script(&self, word: &str) -> (PathBuf, String) {
        let entries = fs::read_dir(self.versions())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let path = entries
            .into_iter()
            .find(|path| path.file_name().unwrap().to_string_lossy().contains(word))
            .unwrap();
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    }

    /// Writes the app's first revision, which is empty.
    fn begins(&self, configuration: &std::path::Path) {
        let path = "poser/db/alembic/versions";
        let begins = [
            "--head",
            "base",
            "--branch-label",
            "poser",
            "--version-path",
            path,
            "-m",
            "begin",
        ];
        self.terrane(configuration, &[&["revision"], &begins[..]].concat());
    }

    /// What Alembic's own comparison says of the app's tables.
    fn alembic_finds(&self, configuration: &std::path::Path) -> Vec<String> {
        let said = self.try_alembic(configuration, &["check"]);
        let parts = said.split("('").map(str::to_owned);
        parts.filter(|part| part.contains("poser_")).collect()
    }
}

/// The calls of a candidate, a line for each that begins one.
fn calls(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim_start);
    lines.filter(|line| line.starts_with("op.")).collect()
}

/// Whether every call is about a table of the app's.
#[track_caller]
fn is_of_poser_alone(text: &str) {
    let text = text.replace("op.create_table(\n        ", "op.create_table(");
    let others: Vec<&str> = calls(&text)
        .into_iter()
        .filter(|call| !call.contains("'poser_"))
        .collect();
    assert!(others.is_empty(), "{others:#?}");
}

/// The three steps as they are typed, on the real packages: the candidate holds the app's changes and nothing of the vendor's, of which
/// Alembic itself writes 180 lines; both tools run it, to the same schema; and after it neither finds anything to do about the app's tables.
#[test]
fn the_three_daily_steps_on_the_real_poser() {
    block_on(async {
        const NAME: &str = "the_three_daily_steps_on_the_real_poser";
        let Some(poser) = Poser::with_models(NAME) else { return };
        let Some(ours) = Throwaway::new(NAME).await else { return };
        let Some(theirs) = Throwaway::new(NAME).await else {
            return;
        };
        let models = "poser.db.model";
        poser.configuration_with("app/rattail.conf", &ours.url(), models);
        let theirs_configuration = poser.configuration_with("app/theirs.conf", &theirs.url(), models);
        // As they are typed, from the project's folder.
        let configuration = std::path::Path::new("app/rattail.conf");
        poser.alembic(configuration, &["upgrade", "heads"]);
        poser.begins(configuration);
        poser.terrane(configuration, &["upgrade", "heads"]);

        let autogenerate = ["revision", "--autogenerate", "--head", "poser@head", "-m"];
        let daily = |message: &str| poser.terrane(configuration, &[&autogenerate[..], &[message]].concat());
        daily("describe migration here");
        let (file, text) = poser.script("describe_migration_here");
        is_of_poser_alone(&text);
        assert_eq!(
            calls(&text)
                .iter()
                .filter(|call| call.starts_with("op.create_table("))
                .count(),
            4
        );
        // Somebody edits it.
        fs::write(&file, text.replace("length=100", "length=120")).unwrap();
        poser.write(
            "poser/db/model/widgets.py",
            &WIDGETS.replace("length=100", "length=120"),
        );
        poser.write(
            "poser/db/model/customers.py",
            &CUSTOMERS.replace("length=100", "length=120"),
        );
        poser.terrane(configuration, &["upgrade", "heads"]);

        let nothing = "layer poser: nothing to do, no file written\n";
        assert_eq!(daily("again"), nothing);
        assert_eq!(poser.alembic_finds(configuration), Vec::<String>::new());
        poser.alembic(&theirs_configuration, &["upgrade", "heads"]);
        assert!(dump(&ours.url()) == dump(&theirs.url()), "the schemas differ");

        // A change of what is there, written by one and run by the other.
        let widgets = WIDGETS
            .replace("length=100", "length=120")
            .replace(
                "    upc = ",
                "    color = sa.Column(sa.String(length=20), server_default='red', nullable=False)\n    upc = ",
            )
            .replace(
                "    price = sa.Column(sa.Numeric(precision=8, scale=3))\n",
                "    price = sa.Column(sa.Numeric(precision=10, scale=3))\n",
            );
        poser.write("poser/db/model/widgets.py", &widgets);
        daily("give them colors");
        let (_, text) = poser.script("give_them_colors");
        is_of_poser_alone(&text);
        assert!(!text.contains("op.execute"), "{text}");
        poser.alembic(configuration, &["upgrade", "heads"]);
        assert_eq!(daily("again"), nothing);
        assert_eq!(poser.alembic_finds(configuration), Vec::<String>::new());
        poser.terrane(configuration, &["downgrade", "poser@-1"]);
        assert!(
            dump(&ours.url()) == dump(&theirs.url()),
            "the schemas differ on the way back"
        );
        poser.alembic(configuration, &["downgrade", "poser@base"]);
        ours.end().await;
        theirs.end().await;
    });
}

/// A class that nothing imports is told before its table is taken for removed; Alembic drops it.
#[test]
fn a_class_that_nothing_imports_is_told_before_its_table_is_dropped() {
    block_on(async {
        const NAME: &str = "a_class_that_nothing_imports_is_told_before_its_table_is_dropped";
        let Some(poser) = Poser::with_models(NAME) else { return };
        poser.write(
            "poser/db/model/__init__.py",
            &MODEL.replace("from .customers import PoserCustomer\n", ""),
        );
        // The vendor is not in the database, and need not be.
        let key = "        sa.ForeignKeyConstraint(['vendor_uuid'], ['vendor.uuid'], name='poser_widget_fk_vendor'),\n";
        poser.write("poser/db/model/widgets.py", &WIDGETS.replace(key, ""));
        let Some(database) = Throwaway::new(NAME).await else {
            return;
        };
        let configuration = poser.configuration_with("rattail.conf", &database.url(), "poser.db.model");
        poser.begins(&configuration);
        poser.terrane(&configuration, &["upgrade", "poser@head"]);
        let arguments = ["revision", "--autogenerate", "--head", "poser@head", "-m", "x", "--sql"];
        let said = poser.terrane_complains(&configuration, &arguments);
        assert!(said.contains("warning[M007 forgotten-file]"), "{said}");
        assert!(said.contains("poser/db/model/customers.py"), "{said}");
        database.end().await;
    });
}
