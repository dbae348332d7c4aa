//! Projects made for a benchmark, the same on every machine.

use std::fmt::Write as _;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

/// All statements of a history as one script.
pub(super) const SCRIPT: &str = "floor.sql";

/// The layer of a project that has one.
pub(super) const APP: &str = "app";

/// A layer, and the numbers of its tables.
pub(super) type Layer = (&'static str, RangeInclusive<u32>);

const CONFIG: &str = "terrane.toml";

const VERSIONS: &str = "versions";

/// A layer `app` with a linear history of so many revisions, a table and an index each.
pub(super) fn with_history(folder: &Path, url: &str, revisions: u32) -> Result<(), String> {
    let config = format!("url = \"{url}\"\n{}", configured(folder, APP)?);
    write(folder, CONFIG, &config)?;
    for number in 1..=revisions {
        let name = format!("{VERSIONS}/{APP}/{}_table.sql", id(number));
        write(folder, &name, &revision(number, dialect(url)))?;
    }
    Ok(())
}

/// The same beside another layer, which has tables of those numbers in its models.
pub(super) fn with_history_beside(folder: &Path, url: &str, revisions: u32, other: &Layer) -> Result<(), String> {
    with_history(folder, url, revisions)?;
    let (name, _) = other;
    let config = fs::read_to_string(folder.join(CONFIG)).map_err(|error| format!("{CONFIG}: {error}"))?;
    let other = format!("{}models = \"{name}.sql\"\n", configured(folder, name)?);
    write(folder, CONFIG, &format!("{config}{other}"))
}

/// The statements of that history, for a shell.
pub(super) fn script(folder: &Path, revisions: u32) -> Result<(), String> {
    let script: String = (1..=revisions)
        .map(|number| format!("BEGIN;\n{}COMMIT;\n", upgrade(number)))
        .collect();
    write(folder, SCRIPT, &script)
}

/// Layers with tables of those numbers in their models, and no history yet.
pub(super) fn with_models(folder: &Path, url: &str, layers: &[Layer], columns: u32) -> Result<(), String> {
    let mut config = format!("url = \"{url}\"\n");
    for (layer, tables) in layers {
        config.push_str(&configured(folder, layer)?);
        let _ = writeln!(config, "models = \"{layer}.sql\"");
        let models: String = tables.clone().map(|number| table(number, columns)).collect();
        write(folder, &format!("{layer}.sql"), &models)?;
    }
    write(folder, CONFIG, &config)
}

/// A layer `app` with those models.
pub(super) fn with_text(folder: &Path, url: &str, models: &str) -> Result<(), String> {
    let configured = configured(folder, APP)?;
    let config = format!("url = \"{url}\"\n{configured}models = \"{APP}.sql\"\n");
    write(folder, &format!("{APP}.sql"), models)?;
    write(folder, CONFIG, &config)
}

/// How many revision files a layer has.
pub(super) fn count_revisions(folder: &Path, layer: &str) -> Result<usize, String> {
    let versions = folder.join(VERSIONS).join(layer);
    let entries = fs::read_dir(versions).map_err(|error| format!("{VERSIONS}: {error}"))?;
    Ok(entries.count())
}

/// What the configuration says of a layer, which gets a folder for its revisions.
fn configured(folder: &Path, layer: &str) -> Result<String, String> {
    let versions = format!("{VERSIONS}/{layer}");
    fs::create_dir_all(folder.join(&versions)).map_err(|error| format!("{versions}: {error}"))?;
    Ok(format!("\n[[layer]]\nname = \"{layer}\"\nversions = \"{versions}\"\n"))
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    fs::write(folder.join(name), text).map_err(|error| format!("{name}: {error}"))
}

/// Twelve digits that do not begin alike, as real ids do not: an odd factor permutes the numbers.
fn id(number: u32) -> String {
    let scattered = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    format!("{scattered:012x}")
}

/// What revisions for a database call its dialect: what its URL begins with.
fn dialect(url: &str) -> &str {
    url.split(':').next().unwrap_or_default()
}

fn revision(number: u32, dialect: &str) -> String {
    let revises = if number == 1 {
        String::new()
    } else {
        format!(" {}", id(number - 1))
    };
    let labels = if number == 1 { "-- Branch Labels: app\n" } else { "" };
    let (hour, minute, second) = (number / 3600, number / 60 % 60, number % 60);
    format!(
        "-- table {number}\n--\n-- Revision ID: {}\n-- Revises:{revises}\n{labels}\
         -- Create Date: 2026-01-01 {hour:02}:{minute:02}:{second:02}+00:00\n-- Dialect: {dialect}\n\n\
         -- upgrade\n{}\n-- downgrade\nDROP INDEX ix_t{number}_name;\nDROP TABLE t{number};\n",
        id(number),
        upgrade(number),
    )
}

fn upgrade(number: u32) -> String {
    format!(
        "CREATE TABLE t{number} (\n    id INTEGER NOT NULL,\n    name VARCHAR(80) NOT NULL,\n    note TEXT,\n    \
         CONSTRAINT pk_t{number} PRIMARY KEY (id)\n);\nCREATE INDEX ix_t{number}_name ON t{number} (name);\n"
    )
}

/// A table of several kinds of columns.
fn table(number: u32, columns: u32) -> String {
    const KINDS: &[&str] = &[
        "VARCHAR(80) NOT NULL",
        "TEXT",
        "INTEGER DEFAULT 0 NOT NULL",
        "NUMERIC(12, 2)",
        "BOOLEAN",
        "TIMESTAMP",
    ];
    let mut sql = format!("CREATE TABLE t{number} (\n    id INTEGER NOT NULL,\n");
    for (column, kind) in (1..columns).zip(KINDS.iter().cycle()) {
        let _ = writeln!(sql, "    c{column} {kind},");
    }
    let _ = write!(sql, "    CONSTRAINT pk_t{number} PRIMARY KEY (id)\n);\n\n");
    sql
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_twelve_digits_and_unlike() {
        let ids: BTreeSet<String> = (1..=10_000).map(id).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.len() == 12));
    }

    #[test]
    fn the_first_revision_is_a_base_and_the_next_follows_it() {
        assert!(revision(1, "sqlite").contains("-- Revises:\n-- Branch Labels: app\n"));
        assert!(revision(2, "sqlite").contains(&format!("-- Revises: {}\n-- Create Date: 2026-01-01 00:00:02", id(1))));
    }

    #[test]
    fn a_table_has_as_many_columns_as_asked_for() {
        let sql = table(7, 12);
        assert!(sql.contains("    c11 ") && !sql.contains("c12"), "{sql}");
    }
}
