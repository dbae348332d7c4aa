//! Two tools on one table of version rows: while one moves it, the other waits.

use crate::Poser;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;

const ENV: &str = "\
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(context.config.get_main_option('sqlalchemy.url'))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
";

/// Long enough that the other one comes in between.
const SLOW: &str = "\
\"\"\"slow

Revision ID: a1
Revises:
Create Date: 2026-11-20 10:00:00

\"\"\"
from alembic import op
import sqlalchemy as sa

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('slow', sa.Column('id', sa.String(length=3), nullable=False))
    op.execute('SELECT pg_sleep(3)')


def downgrade():
    op.drop_table('slow')
";

impl Poser {
    fn answer(&self, url: &str, sql: &str) -> String {
        let output = Command::new("psql").args(["-AtXc", sql, url]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// Each of them finds the table as the other left it, whichever comes first; without the lock, the second dies of a
/// table that is there already.
#[test]
fn alembic_waits_while_terrane_is_at_work_and_terrane_while_alembic_is() {
    block_on(async {
        const NAME: &str = "alembic_waits_while_terrane_is_at_work_and_terrane_while_alembic_is";
        let Some(poser) = Poser::new(NAME) else { return };
        for first_is_terrane in [true, false] {
            let Some(database) = Throwaway::new(NAME).await else {
                return;
            };
            let url = database.url();
            let folder = poser.folder.path();
            std::fs::create_dir_all(folder.join("plain/versions")).unwrap();
            std::fs::write(folder.join("plain/env.py"), ENV).unwrap();
            std::fs::write(folder.join("plain/versions/a1.py"), SLOW).unwrap();
            let driver = url
                .replacen("postgresql://", "postgresql+psycopg2://", 1)
                .replace('%', "%%");
            let text = format!("[alembic]\nscript_location = plain\nsqlalchemy.url = {driver}\n");
            std::fs::write(folder.join("plain.ini"), text).unwrap();
            let alembic = poser.environment.join("bin/alembic");
            let terrane = Path::new(env!("CARGO_BIN_EXE_terrane"));
            let programs = if first_is_terrane {
                [terrane, &*alembic]
            } else {
                [&*alembic, terrane]
            };
            let start = |program: &Path| {
                let mut command = Command::new(program);
                command.current_dir(folder).env("VIRTUAL_ENV", &poser.environment);
                command.args(["-c", "plain.ini", "upgrade", "head"]);
                command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
            };
            let first = start(programs[0]);
            let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE \
                            '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()";
            for _ in 0..1000 {
                if poser.answer(&url, sleeping) == "1" {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let second = start(programs[1]);
            for child in [first, second] {
                let output = child.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "{first_is_terrane}: {said}");
            }
            assert_eq!(poser.answer(&url, "SELECT version_num FROM alembic_version"), "a1");
            database.end().await;
        }
    });
}
