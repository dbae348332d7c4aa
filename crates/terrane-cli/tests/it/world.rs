//! A folder, a project in it, and the program.
//!
//! The project of most tests is a shop: the layer `rattail` is a vendor's base, and `poser` is an app on it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use terrane::{Database, OpenMode};
use terrane_testkit::block_on;
use terrane_testkit::whole::Whole;

pub(crate) const CONFIG: &str = "\
url = \"sqlite:app.db\"

[[layer]]
name = \"rattail\"
versions = \"rattail\"
models = \"rattail.sql\"

[[layer]]
name = \"poser\"
versions = \"poser\"
models = \"poser.sql\"
requires = [\"rattail\"]
";

const RATTAIL_MODEL: &str = "\
CREATE TABLE customer (
    uuid text NOT NULL,
    name text NOT NULL,
    CONSTRAINT customer_pk PRIMARY KEY (uuid)
);
CREATE INDEX customer_ix_name ON customer (name);
CREATE TABLE audit (what text NOT NULL);
CREATE VIEW customer_names AS SELECT name FROM customer;
CREATE TRIGGER customer_audit AFTER INSERT ON customer BEGIN INSERT INTO audit VALUES (new.name); END;
";

const RATTAIL_DOWN: &str = "\
DROP VIEW customer_names;
DROP TABLE customer;
DROP TABLE audit;
";

const POSER_MODEL: &str = "\
CREATE TABLE poser_widget (
    uuid text NOT NULL,
    description text NOT NULL,
    CONSTRAINT poser_widget_pk PRIMARY KEY (uuid)
);
";

/// The text of a revision file: `header` holds further lines of the header, each without its dashes.
pub(crate) fn revision(id: &str, revises: &str, header: &[&str], body: &str) -> String {
    let more: String = header.iter().map(|line| format!("-- {line}\n")).collect();
    format!("-- step {id}\n--\n-- Revision ID: {id}\n-- Revises: {revises}\n{more}\n{body}")
}

/// What the program came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// The standard output of a run that has to end with `code`.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> String {
        assert_eq!(self.code, code, "\n--- out\n{}\n--- err\n{}", self.out, self.err);
        self.out
    }

    /// All that was said, in the order of its importance.
    pub(crate) fn all(&self) -> String {
        match (self.out.is_empty(), self.err.is_empty()) {
            (false, false) => format!("{}--- standard error\n{}", self.out, self.err),
            (false, true) => self.out.clone(),
            (true, _) => self.err.clone(),
        }
    }
}

pub(crate) struct World {
    folder: TempDir,
}

impl World {
    /// An empty folder, gone at the end of the test.
    pub(crate) fn empty() -> World {
        let base = std::env::var_os("TERRANE_TMP").map_or_else(std::env::temp_dir, PathBuf::from);
        fs::create_dir_all(&base).unwrap();
        let folder = tempfile::Builder::new()
            .prefix("terrane-cli-")
            .tempdir_in(base)
            .unwrap();
        World { folder }
    }

    /// Two layers, a revision each, nothing applied, models that say what the revisions do.
    pub(crate) fn shop() -> World {
        let world = World::empty();
        world.write("terrane.toml", CONFIG);
        world.write("rattail.sql", RATTAIL_MODEL);
        world.write("poser.sql", POSER_MODEL);
        let label = ["Branch Labels: rattail", "Create Date: 2026-01-01 09:00:00+00:00"];
        let body = format!("-- upgrade\n{RATTAIL_MODEL}\n-- downgrade\n{RATTAIL_DOWN}");
        world.write("rattail/1a00.sql", revision("1a00", "", &label, &body));
        let label = ["Branch Labels: poser", "Create Date: 2026-01-02 09:00:00+00:00"];
        let body = format!("-- upgrade\n{POSER_MODEL}\n-- downgrade\nDROP TABLE poser_widget;\n");
        world.write("poser/2a00.sql", revision("2a00", "", &label, &body));
        world
    }

    /// The shop with all revisions applied.
    pub(crate) fn open_shop() -> World {
        let world = World::shop();
        world.ok(&["upgrade", "heads"]);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces a text in a file, which has to be there.
    pub(crate) fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "{name} has no `{old}`");
        self.write(name, text.replace(old, new));
    }

    /// Every file and what it holds.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, files);
                } else {
                    files.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(self.folder.path(), &mut files);
        files
    }

    /// The names of the files in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The program in `cwd`, with an environment that holds what a test asks for and nothing of the caller's.
    pub(crate) fn command(&self, cwd: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terrane"));
        command.env_clear().args(arguments).current_dir(self.path(cwd));
        command
            .env("USER", "tester")
            .env("HOSTNAME", "here")
            .env("COLUMNS", "100");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    pub(crate) fn run_with(&self, cwd: &str, environment: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        let mut command = self.command(cwd, arguments);
        command.envs(environment.iter().copied());
        let names_tools = arguments.contains(&"import") || arguments.contains(&"init");
        let migrates = arguments.iter().any(|word| ["upgrade", "downgrade"].contains(word));
        let look = || migrates.then(|| block_on(Whole::look(&self.path("app.db"))));
        let before = look();
        let output = command.stdin(Stdio::null()).output().unwrap();
        if let Some(before) = before.filter(|_| output.status.success()) {
            before.still(&look().unwrap());
        }
        Outcome {
            code: output.status.code().expect("the program was killed"),
            out: self.filtered(output.stdout, names_tools),
            err: self.filtered(output.stderr, names_tools),
        }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with("", &[], arguments)
    }

    /// The output of what has to succeed.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        self.run(arguments).expect(0)
    }

    /// What the program says when it ends with `code` and leaves every file as it was, byte for byte.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32, arguments: &[&str]) -> String {
        self.unchanged(code, || self.run(arguments))
    }

    /// The same for any run.
    #[track_caller]
    pub(crate) fn unchanged(&self, code: i32, run: impl FnOnce() -> Outcome) -> String {
        let before = self.files();
        let outcome = run();
        let said = outcome.all();
        outcome.expect(code);
        let after = self.files();
        let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after), "files came or went; it said\n{said}");
        for (path, bytes) in &before {
            assert!(after[path] == *bytes, "{} was changed; it said\n{said}", path.display());
        }
        said
    }

    /// Text without what differs from run to run; `names_tools`, if the driver is also a tool that it may be about.
    fn filtered(&self, text: Vec<u8>, names_tools: bool) -> String {
        let text = String::from_utf8(text).expect("output that is no UTF-8");
        assert!(!text.contains('\u{1b}'), "colour where there is no terminal: {text}");
        for word in ["panicked", "RUST_BACKTRACE", "SqliteError", "Some(", "Err(", "Os {"] {
            assert!(!text.contains(word), "`{word}` is nothing for users: {text}");
        }
        let names_driver = text.replace("_sqlx_migrations", "").contains("sqlx");
        assert!(names_tools || !names_driver, "the driver is nothing for users: {text}");
        let folder = self.folder.path();
        let real = folder.canonicalize().unwrap();
        let text = text.replace(&real.display().to_string(), "[folder]");
        let text = text.replace(&folder.display().to_string(), "[folder]");
        text.lines().map(|line| timeless(line) + "\n").collect()
    }

    /// Values from the database, as text; rows by `\n`, columns by `|`.
    pub(crate) fn query(&self, sql: &str) -> String {
        self.query_in("app.db", sql)
    }

    pub(crate) fn query_in(&self, file: &str, sql: &str) -> String {
        let rows = self.with_database(file, OpenMode::Read, |runtime, database| {
            runtime.block_on(database.rows(sql)).unwrap()
        });
        let line = |row: Vec<Option<String>>| {
            let values = row.into_iter().map(|value| value.unwrap_or_else(|| "NULL".to_owned()));
            values.collect::<Vec<_>>().join("|")
        };
        rows.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Runs statements beside the program, as another one would.
    pub(crate) fn execute(&self, sql: &str) {
        self.execute_in("app.db", sql);
    }

    pub(crate) fn execute_in(&self, file: &str, sql: &str) {
        self.with_database(file, OpenMode::Write, |runtime, database| {
            runtime.block_on(database.execute(sql)).unwrap();
        });
    }

    /// Lets `then` happen while another connection holds the database for writing.
    pub(crate) fn while_locked<T>(&self, then: impl FnOnce() -> T) -> T {
        self.with_database("app.db", OpenMode::Write, |runtime, database| {
            runtime.block_on(database.execute("BEGIN IMMEDIATE")).unwrap();
            let outcome = then();
            runtime.block_on(database.execute("ROLLBACK")).unwrap();
            outcome
        })
    }

    fn with_database<T>(
        &self,
        file: &str,
        mode: OpenMode,
        then: impl FnOnce(&tokio::runtime::Runtime, &mut Database) -> T,
    ) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let url = format!("sqlite:{}", self.path(file).display());
        let opened = Database::open(&url, Path::new(""), mode, Duration::from_secs(5));
        let mut database = runtime.block_on(opened).unwrap().expect("no database there");
        let value = then(&runtime, &mut database);
        runtime.block_on(database.close()).unwrap();
        value
    }

    /// Feeds a script to the `sqlite3` shell. False, and on record, where there is none.
    pub(crate) fn shell(&self, test: &str, file: &str, script: &str) -> bool {
        let child = Command::new("sqlite3")
            .args(["-batch", "-bail"])
            .arg(self.path(file))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            not_run(test, "there is no `sqlite3` shell");
            return false;
        };
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}\n{script}"
        );
        true
    }

    /// Feeds a script to the `sqlite3` shell as it is without any setting: it goes on after an error. None, and on record,
    /// where there is no shell.
    pub(crate) fn shell_going_on(&self, test: &str, file: &str, script: &str) -> Option<Output> {
        let child = Command::new("sqlite3")
            .env("HOME", self.folder.path())
            .arg(self.path(file))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            not_run(test, "there is no `sqlite3` shell");
            return None;
        };
        // A shell that stops does not read the rest.
        let _ = child.stdin.take().unwrap().write_all(script.as_bytes());
        Some(child.wait_with_output().unwrap())
    }

    /// What a database holds but for Terrane's own diary: the catalog, the version rows and the owners.
    pub(crate) fn contents(&self, file: &str) -> String {
        let catalog = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name";
        let books = [
            "SELECT layer, version_num FROM terrane_version ORDER BY 1, 2",
            "SELECT kind, name, layer, created_by FROM terrane_object ORDER BY 1, 2",
        ];
        let mut contents = self.query_in(file, catalog);
        for question in books {
            contents.push('\n');
            contents.push_str(&self.query_in(file, question));
        }
        contents
    }
}

/// Puts a test that could not run on record.
pub(crate) fn not_run(test: &str, reason: &str) {
    let Some(path) = std::env::var_os("TERRANE_NOT_RUN") else {
        return;
    };
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{test}: {reason}").unwrap();
}

/// A line without durations and dates of today: `12.3 ms` becomes `[time]`.
fn timeless(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let mut kept: Vec<&str> = Vec::new();
    for word in words {
        match kept.last() {
            Some(last) if matches!(word, "ms" | "s") && is_number(last) => {
                kept.pop();
                kept.push("[time]");
            }
            _ => kept.push(word),
        }
    }
    kept.join(" ")
}
