//! Does what a document shows, as its reader would, in a fresh copy of the example, and holds the document to the outcome.
//!
//! How a document says what is to be done stands in `docs/guide/README.md`. `TERRANE_DOCUMENTS=write` writes what came out
//! into the documents, for somebody to read.

mod document;
mod outcome;
mod performance;
mod project;

use std::fs;
use std::path::{Path, PathBuf};

/// A test for each document, and the list of them.
macro_rules! documents {
    ($($name:ident: $path:literal,)*) => {
        const DOCUMENTS: &[&str] = &[$($path),*];

        $(#[test]
        fn $name() {
            performance::perform($path);
        })*
    };
}

documents! {
    readme: "README.md",
    custom_schema: "docs/guide/custom-schema.md",
    derive: "docs/guide/derive.md",
    embedding: "docs/guide/embedding.md",
    existing_database: "docs/guide/existing-database.md",
    importing: "docs/guide/importing.md",
    starting: "docs/guide/starting.md",
}

/// The root of the repository.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .ancestors()
        .nth(2)
        .expect("the example lies two folders deep")
        .to_owned()
}

#[test]
fn every_guide_is_performed() {
    let mut forgotten = Vec::new();
    for entry in fs::read_dir(root().join("docs/guide")).expect("the guides") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let path = format!("docs/guide/{name}");
        if name.ends_with(".md") && name != "README.md" && !DOCUMENTS.contains(&path.as_str()) {
            forgotten.push(path);
        }
    }
    assert!(forgotten.is_empty(), "no test performs {}", forgotten.join(", "));
}
