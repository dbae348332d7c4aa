//! The revisions of the example as a crate of sea-orm-migration, as its own tool lays such a crate out.
//!
//! Each revision becomes a migration that executes the same statements as text. Migrations written with the builders of
//! sea-query would take longer to compile. The SQL is portable SQL: it compiles, and is never run.

use std::fmt::Write as _;

use crate::tree::File;

/// Where the crate lies in its project.
pub(super) const CRATE: &str = "migration";

/// The line behind which the statements of an upgrade begin.
pub(super) const UP: &str = "    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {\n";

/// A revision, and the migration that it becomes.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Migrated {
    /// The name of the module: when, and what.
    pub(super) module: String,
    /// The revision file.
    pub(super) path: String,
    source: String,
}

/// The migrations of all revision files, in the order of their dates.
pub(super) fn of(files: &[File]) -> Result<Vec<Migrated>, String> {
    let is_revision = |file: &&File| file.path.contains("/versions/") && file.path.ends_with(".sql");
    let migrated = files.iter().filter(is_revision).map(|file| {
        let module = module(file).ok_or_else(|| format!("{}: no name, or no date", file.path))?;
        Ok(Migrated {
            module,
            path: file.path.clone(),
            source: migration(&file.text),
        })
    });
    let mut migrated = migrated.collect::<Result<Vec<_>, String>>()?;
    migrated.sort();
    Ok(migrated)
}

/// The files of the crate, with their paths in its project.
pub(super) fn files(migrated: &[Migrated]) -> Vec<(String, String)> {
    let mut files = vec![
        (format!("{CRATE}/Cargo.toml"), MANIFEST.to_owned()),
        (format!("{CRATE}/src/main.rs"), MAIN.to_owned()),
        (format!("{CRATE}/src/lib.rs"), library(migrated)),
    ];
    files.extend(migrated.iter().map(|one| (one.file(), one.source.clone())));
    files
}

impl Migrated {
    /// The file of the migration.
    pub(super) fn file(&self) -> String {
        format!("{CRATE}/src/{}.rs", self.module)
    }
}

/// A statement as the migrations execute it.
pub(super) fn executed(statement: &str) -> String {
    format!("        manager.get_connection().execute_unprepared({statement:?}).await?;\n")
}

const MANIFEST: &str = r#"[package]
name = "migration"
version.workspace = true
edition.workspace = true
publish = false

[dependencies]
tokio = { workspace = true, features = ["macros", "rt", "rt-multi-thread"] }

[dependencies.sea-orm-migration]
version = "2.0.4"
default-features = false
features = ["cli", "runtime-tokio", "sqlx-sqlite"]
"#;

const MAIN: &str = r"use sea_orm_migration::prelude::*;

#[tokio::main]
async fn main() {
    cli::run_cli(migration::Migrator).await;
}
";

fn library(migrated: &[Migrated]) -> String {
    let mut text = "pub use sea_orm_migration::prelude::*;\n\n".to_owned();
    for one in migrated {
        let _ = writeln!(text, "mod {};", one.module);
    }
    text += "\npub struct Migrator;\n\n#[async_trait::async_trait]\nimpl MigratorTrait for Migrator {\n    \
             fn migrations() -> Vec<Box<dyn MigrationTrait>> {\n        vec![\n";
    for one in migrated {
        let _ = writeln!(text, "            Box::new({}::Migration),", one.module);
    }
    text + "        ]\n    }\n}\n"
}

fn migration(revision: &str) -> String {
    let method = |heading: &str, marker: &str| -> String {
        let statements: String = statements(revision, marker).iter().map(|sql| executed(sql)).collect();
        format!("{heading}{statements}        Ok(())\n    }}\n")
    };
    let down = UP.replace(" up(", " down(");
    format!(
        "use sea_orm_migration::prelude::*;\n\n#[derive(DeriveMigrationName)]\npub struct Migration;\n\n\
         #[async_trait::async_trait]\nimpl MigrationTrait for Migration {{\n{}\n{}}}\n",
        method(UP, "-- upgrade"),
        method(&down, "-- downgrade"),
    )
}

/// The statements of one direction of a revision file, without comments on lines of their own.
fn statements(revision: &str, marker: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut statement = String::new();
    let lines = revision.lines().skip_while(|line| *line != marker).skip(1);
    for line in lines.take_while(|line| *line != "-- downgrade") {
        if line.starts_with("--") || line.is_empty() {
            continue;
        }
        statement.push_str(line);
        if line.ends_with(';') {
            statements.push(std::mem::take(&mut statement));
        } else {
            statement.push('\n');
        }
    }
    statements
}

/// `m20240205_091500_initial_tables`, of a revision file `1d2c3b4a5f60_initial_tables.sql` of that date.
fn module(file: &File) -> Option<String> {
    let (_, name) = file.path.rsplit_once('/')?;
    let (_, words) = name.strip_suffix(".sql")?.split_once('_')?;
    let date = file
        .text
        .lines()
        .find_map(|line| line.strip_prefix("-- Create Date: "))?;
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    Some(format!("m{}_{}_{words}", digits.get(..8)?, digits.get(8..14)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;
    use crate::tree::Tree;

    const REVISION: &str = "-- notes\n--\n-- Revision ID: 4d7b1e90a2c6\n-- Create Date: 2026-10-05 09:10:00+00:00\n\n\
                            -- upgrade\n-- call f\n\nCREATE TABLE \"note\" (\n    text varchar(9) DEFAULT ';'\n);\n\n\
                            DROP TABLE old;\n\n-- downgrade\nDROP TABLE \"note\";\n";

    #[test]
    fn statements_are_told_apart() {
        let create = "CREATE TABLE \"note\" (\n    text varchar(9) DEFAULT ';'\n);";
        assert_eq!(statements(REVISION, "-- upgrade"), [create, "DROP TABLE old;"]);
        assert_eq!(statements(REVISION, "-- downgrade"), ["DROP TABLE \"note\";"]);
        let source = migration(REVISION);
        let (up, down) = source.split_once(" down(").unwrap();
        assert!(up.contains(&format!("{UP}{}", executed(create))), "{up}");
        assert!(
            down.contains("execute_unprepared(\"DROP TABLE \\\"note\\\";\")"),
            "{down}"
        );
    }

    #[test]
    fn each_revision_is_a_migration_by_date() {
        let tree = Tree::of(&[
            ("app/src/db/versions/4d7b1e90a2c6_notes.sql", REVISION),
            (
                "base/src/db/versions/b00000000000_base.sql",
                &REVISION.replace("2026", "2024"),
            ),
            ("base/src/db/versions_next/c00000000000_next.sql", REVISION),
        ]);
        let migrated = of(&tree.files).unwrap();
        let modules: Vec<&str> = migrated.iter().map(|one| one.module.as_str()).collect();
        assert_eq!(modules, ["m20241005_091000_base", "m20261005_091000_notes"]);
        let library = library(&migrated);
        let (base, notes) = (library.find("Box::new(m2024"), library.find("Box::new(m2026"));
        assert!(base.is_some() && base < notes, "{library}");
    }

    #[test]
    fn the_example_becomes_as_many_migrations_as_it_has_revisions() {
        let tree = Tree::read(&root().join("examples")).unwrap();
        let migrated = of(&tree.files).unwrap();
        assert!(migrated.len() >= 20, "{}", migrated.len());
        assert!(migrated.iter().all(|one| one.source.contains("execute_unprepared")));
    }
}
