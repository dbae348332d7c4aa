//! Held against the real thing: what Terrane reads in the revisions of published packages, beside what Alembic says.
//!
//! `TERRANE_PYTHON` names a virtual environment with the packages; `cargo xtask test --with-python` makes one. Without it
//! these tests count as not run.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use terrane_alembic::{Project, Reader, SECTION, Surroundings, Wanted};
use terrane_core::revision::Way;
use terrane_core::sql::{Lexing, TokenKind, quote_identifier, split, tokenize, unquote};

/// The environment; none, and a line for whoever counts, where there is none.
fn environment(test: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("TERRANE_PYTHON") {
        return Some(PathBuf::from(folder));
    }
    if let Some(list) = std::env::var_os("TERRANE_NOT_RUN") {
        let mut list = fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
        writeln!(list, "{test}: no Python environment with the packages").unwrap();
    }
    None
}

/// What one direction of a revision says by Alembic; nothing, where it needs a database to say it.
type Said = Option<Vec<String>>;

fn oracle(environment: &Path, config: &Path, dialect: &str, metadata: &str) -> BTreeMap<(String, String), Said> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/oracle.py");
    let output = Command::new(environment.join("bin/python"))
        .args([Path::new(script), config, Path::new(dialect), Path::new(metadata)])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let entry = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| value[key].as_str().unwrap().to_owned();
        let said = value["said"].as_array().unwrap().iter();
        let said: Vec<String> = said.map(|sql| sql.as_str().unwrap().to_owned()).collect();
        let said = value["error"].is_null().then_some(said);
        ((text("revision"), text("way")), said)
    };
    // Packages may say something of their own while they are imported.
    lines.lines().filter(|line| line.starts_with('{')).map(entry).collect()
}

/// A statement as its tokens: spaces, and quotes and letters that mean nothing, are left out.
fn plain(sql: &str) -> String {
    let sql = sql.trim().trim_end_matches(';');
    let tokens = tokenize(sql, &Lexing::POSTGRESQL).unwrap();
    let words = tokens.iter().map(|token| match token.kind {
        TokenKind::QuotedIdentifier => quote_identifier(&unquote(token.text(sql))).into_owned(),
        TokenKind::Word => quote_identifier(&token.text(sql).to_lowercase()).into_owned(),
        _ => token.text(sql).to_owned(),
    });
    let plain = words.collect::<Vec<_>>().join(" ");
    // PostgreSQL takes the word or leaves it; and a sequence starts with one where nobody says otherwise.
    let plain = plain.replace("\"rename\" \"column\"", "\"rename\"");
    plain.trim_end_matches(" start \"with\" 1").to_owned()
}

/// How many directions of a history were read, and which of them otherwise than Alembic says them.
#[derive(Debug, Default)]
struct Count {
    all: BTreeMap<&'static str, usize>,
    read: BTreeMap<&'static str, usize>,
    unread: Vec<String>,
    wrong: Vec<String>,
}

fn count(environment: &Path, config: &Path, dialect: &str, metadata: &str) -> Count {
    let surroundings = Surroundings {
        environment: Some(environment.to_owned()),
        ..Surroundings::default()
    };
    let wanted = Wanted {
        config,
        section: SECTION,
        working: config.parent().unwrap(),
        surroundings: &surroundings,
    };
    let project = Project::load(&wanted).unwrap();
    let said = oracle(environment, config, dialect, metadata);
    let reader = Reader::new(&project.packages, &project.naming, dialect);
    let mut count = Count::default();
    for script in project.locations.iter().flat_map(|location| &location.scripts) {
        let id = script.revision.id.as_str();
        let read = reader.statements(script);
        for way in [Way::Upgrade, Way::Downgrade] {
            *count.all.entry(way.word()).or_default() += 1;
            let Some(section) = read.sections.iter().find(|section| section.way == way) else {
                let why = read
                    .unread
                    .iter()
                    .find(|(unread, _)| *unread == way)
                    .map(|(_, why)| &why.message);
                count.unread.push(format!("{id} {}: {}", way.word(), why.unwrap()));
                continue;
            };
            *count.read.entry(way.word()).or_default() += 1;
            let Some(theirs) = &said[&(id.to_owned(), way.word().to_owned())] else {
                count
                    .wrong
                    .push(format!("{id} {}: Alembic itself cannot say it", way.word()));
                continue;
            };
            let ours: Vec<String> = section.steps.iter().map(|step| plain(step.action.sql())).collect();
            let theirs = theirs.iter().flat_map(|text| {
                // One text may be several statements to a driver; they are run one by one here.
                let parts = split(text, &Lexing::POSTGRESQL).unwrap();
                parts
                    .into_iter()
                    .map(|part| plain(&text[part.span.range()]))
                    .collect::<Vec<_>>()
            });
            let theirs: Vec<String> = theirs.collect();
            if ours != theirs {
                let pair = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
                count.wrong.push(format!(
                    "{id} {}: {} and {} statements; {pair:#?}",
                    way.word(),
                    ours.len(),
                    theirs.len()
                ));
            }
        }
    }
    count
}

/// A published history: where it lies, whose metadata it has, and how many of its revisions have to be read at least, up and
/// down.
struct History {
    location: &'static str,
    metadata: &'static str,
    at_least: (usize, usize),
}

/// Every statement that Terrane reads is Alembic's own, and nearly all are read.
fn is_read_as_alembic_says_it(test: &str, history: &History) {
    let Some(environment) = environment(test) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("rattail.conf");
    let location = history.location;
    fs::write(&config, format!("[alembic]\nscript_location = {location}\n")).unwrap();
    let count = count(&environment, &config, "postgresql", history.metadata);
    assert!(
        count.wrong.is_empty(),
        "{} are wrong:\n{}",
        count.wrong.len(),
        count.wrong.join("\n")
    );
    let read = (count.read["upgrade"], count.read["downgrade"]);
    assert!(
        read.0 >= history.at_least.0 && read.1 >= history.at_least.1,
        "{read:?} of {:?}:\n{}",
        count.all,
        count.unread.join("\n")
    );
}

#[test]
fn rattail_is_read_as_alembic_says_it() {
    let history = History {
        location: "rattail.db:alembic",
        metadata: "rattail.db.model:Base",
        at_least: (271, 273),
    };
    is_read_as_alembic_says_it("rattail_is_read_as_alembic_says_it", &history);
}

#[test]
fn wuttjamaican_is_read_as_alembic_says_it() {
    let history = History {
        location: "wuttjamaican.db:alembic",
        metadata: "wuttjamaican.db.model:Base",
        at_least: (8, 8),
    };
    is_read_as_alembic_says_it("wuttjamaican_is_read_as_alembic_says_it", &history);
}
