//! diesel: a folder for each migration, `VERSION_NAME/up.sql` and `down.sql`, perhaps `metadata.toml`.

use super::folder::Found;
use super::original::{Original, Part, Reading, words};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What diesel reads of `metadata.toml`.
#[derive(Deserialize)]
struct Metadata {
    run_in_transaction: Option<bool>,
}

/// The files of one folder.
#[derive(Default)]
struct Files<'f> {
    up: Option<&'f Found>,
    down: Option<&'f Found>,
    metadata: Option<&'f Found>,
}

pub(super) fn read(files: &[Found]) -> Reading {
    let mut reading = Reading::default();
    let mut folders: BTreeMap<&str, Files<'_>> = BTreeMap::new();
    for file in files {
        let parts = file.path.split_once('/').filter(|(_, name)| !name.contains('/'));
        let Some((folder, name)) = parts else {
            reading.passed_over(file, "diesel");
            continue;
        };
        let of_folder = folders.entry(folder).or_default();
        match name {
            "up.sql" => of_folder.up = Some(file),
            "down.sql" => of_folder.down = Some(file),
            "metadata.toml" => of_folder.metadata = Some(file),
            _ => reading.passed_over(file, "diesel"),
        }
    }
    for (folder, of_folder) in folders {
        migration(folder, &of_folder, &mut reading);
    }
    // diesel compares versions as texts.
    reading.migrations.sort_by(|a, b| a.version.cmp(&b.version));
    reading.refuse_twins();
    reading
}

fn migration(folder: &str, files: &Files<'_>, reading: &mut Reading) {
    let Some(up) = files.up else {
        if let Some(other) = files.down.or(files.metadata) {
            let why = "lies in a folder without `up.sql`";
            reading.refused(other, why, "Restore the file, or take the folder away.");
        }
        return;
    };
    let (written, title) = folder.split_once('_').unwrap_or((folder, ""));
    let version = written.replace('-', "");
    if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let why = "lies in a folder whose name begins with no version";
        reading.refused(up, why, "Name the folder `2024-01-31-120000_name`.");
        return;
    }
    let transactional = runs_in_transaction(files.metadata, reading);
    reading.migrations.push(Original {
        written: version.clone(),
        version,
        title: words(title),
        file: up.source.clone(),
        transactional,
        up: vec![Part::whole(up)],
        down: files.down.map(Part::whole).into_iter().collect(),
        checksums: Vec::new(),
    });
}

fn runs_in_transaction(metadata: Option<&Found>, reading: &mut Reading) -> bool {
    let Some(file) = metadata else { return true };
    match toml::from_str::<Metadata>(file.source.text()) {
        Ok(metadata) => metadata.run_in_transaction.unwrap_or(true),
        Err(_) => {
            reading.refused(
                file,
                "is not read as diesel reads it",
                "Write `run_in_transaction = false`, or take it away.",
            );
            true
        }
    }
}
