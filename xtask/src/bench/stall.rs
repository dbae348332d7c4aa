//! How long whoever writes rows of a table has to wait while it is changed.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::measure::{Contender, Contest};
use super::postgres::Place;
use super::project::{self, APP};

/// What the floor is, as it is printed.
pub(super) const BY_HAND: &str = "the recipe by hand in psql";

/// Somebody who writes a row, and another one, and another one.
#[derive(Clone)]
pub(super) struct Writer {
    psql: PathBuf,
    url: String,
}

/// A writer at work.
pub(super) struct Writing {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Duration, String>>,
}

const ONE_WRITE: &str = "UPDATE sale SET amount = amount WHERE id = 1 + (random() * 999998)::integer;\n\\echo done\n";

/// Between two writes, so that the change has the server for itself most of the time.
const PAUSE: Duration = Duration::from_millis(2);

impl Writer {
    pub(super) fn new(psql: PathBuf, url: String) -> Writer {
        Writer { psql, url }
    }

    pub(super) fn start(&self) -> Result<Writing, String> {
        let mut child = Command::new(&self.psql)
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`{}`: {error}", self.psql.display()))?;
        // The connection is there when the first write is done.
        write_one(&mut child)?;
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let mut worst = Duration::ZERO;
            while !is_over.load(Ordering::Relaxed) {
                worst = worst.max(write_one(&mut child)?);
                thread::sleep(PAUSE);
            }
            drop(child.stdin.take());
            child.wait().map_err(|error| error.to_string())?;
            Ok(worst)
        });
        Ok(Writing { over, thread })
    }
}

impl Writing {
    /// The longest that a write took.
    pub(super) fn worst(self) -> Result<Duration, String> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the writer panicked".to_owned())?
    }
}

fn write_one(child: &mut Child) -> Result<Duration, String> {
    let (Some(stdin), Some(stdout)) = (&mut child.stdin, &mut child.stdout) else {
        return Err("the writer is gone".to_owned());
    };
    let begun = Instant::now();
    let sent = stdin.write_all(ONE_WRITE.as_bytes()).and_then(|()| stdin.flush());
    sent.map_err(|error| format!("the writer: {error}"))?;
    let mut line = String::new();
    // One line is all that comes.
    BufReader::with_capacity(8, stdout)
        .read_line(&mut line)
        .map_err(|error| format!("the writer: {error}"))?;
    match line.trim() {
        "done" => Ok(begun.elapsed()),
        other => Err(format!("the writer was told `{other}`")),
    }
}

/// A change of a table of a million rows, and the recipe that somebody writes by hand who knows how.
pub(super) struct Change {
    /// What stands in the place of a column's line in the models, or behind the table.
    column: (&'static str, &'static str),
    index: &'static str,
    recipe: &'static str,
}

pub(super) const NOT_NULL: Change = Change {
    column: ("customer integer", "customer integer NOT NULL"),
    index: "",
    recipe: "ALTER TABLE sale ADD CONSTRAINT filled CHECK (customer IS NOT NULL) NOT VALID; ALTER TABLE sale VALIDATE CONSTRAINT \
             filled; ALTER TABLE sale ALTER COLUMN customer SET NOT NULL; ALTER TABLE sale DROP CONSTRAINT filled",
};

pub(super) const FOREIGN_KEY: Change = Change {
    column: (
        "customer integer",
        "customer integer CONSTRAINT sale_customer REFERENCES customer",
    ),
    index: "",
    recipe: "ALTER TABLE sale ADD CONSTRAINT sale_customer FOREIGN KEY (customer) REFERENCES customer NOT VALID; ALTER TABLE sale \
             VALIDATE CONSTRAINT sale_customer",
};

pub(super) const CHECK: Change = Change {
    column: (
        "amount integer",
        "amount integer CONSTRAINT sale_amount CHECK (amount > 0)",
    ),
    index: "",
    recipe: "ALTER TABLE sale ADD CONSTRAINT sale_amount CHECK (amount > 0) NOT VALID; ALTER TABLE sale VALIDATE CONSTRAINT \
             sale_amount",
};

pub(super) const UNIQUE: Change = Change {
    column: ("code text", "code text CONSTRAINT sale_code UNIQUE"),
    index: "",
    recipe: "CREATE UNIQUE INDEX CONCURRENTLY sale_code ON sale (code); ALTER TABLE sale ADD CONSTRAINT sale_code UNIQUE USING \
             INDEX sale_code",
};

pub(super) const INDEX: Change = Change {
    column: ("", ""),
    index: "CREATE INDEX sale_by_customer ON sale (customer);\n",
    recipe: "CREATE INDEX CONCURRENTLY sale_by_customer ON sale (customer)",
};

const MODELS: &str = "\
CREATE TABLE customer (id integer CONSTRAINT customer_key PRIMARY KEY);
CREATE TABLE sale (
    id integer CONSTRAINT sale_key PRIMARY KEY,
    customer integer,
    code text,
    amount integer
);
";

const ROWS: [&str; 3] = [
    "INSERT INTO customer SELECT generate_series(1, 1000)",
    "INSERT INTO sale SELECT i, 1 + i % 1000, 'c' || i, 1 + i % 100 FROM generate_series(1, 1000000) AS i",
    "VACUUM ANALYZE",
];

/// The worst write while the change is made: by a revision that autogenerate wrote, and by hand.
pub(super) fn of(terrane: &Path, folder: &Path, change: &Change) -> Result<Contest, String> {
    let place = Place::new()?;
    let by_hand = "by_hand";
    let command = |args: &[&str]| Contender::new(terrane, folder).args(args.iter().copied());
    let revision = ["revision", "--autogenerate", "--layer", APP, "-m", "x"];
    project::with_text(folder, &place.url(APP), MODELS)?;
    place.anew(APP, folder).check()?;
    command(&revision).check()?;
    command(&["upgrade", "heads"]).check()?;
    place.say(APP, folder, &ROWS).check()?;
    let (column, wished) = change.column;
    let models = match column {
        "" => MODELS.to_owned(),
        column => MODELS.replacen(&format!("    {column}"), &format!("    {wished}"), 1),
    };
    project::with_text(folder, &place.url(APP), &format!("{models}{}", change.index))?;
    command(&revision).check()?;
    place.anew(by_hand, folder).check()?;
    place.say(by_hand, folder, &[MODELS]).check()?;
    place.say(by_hand, folder, &ROWS).check()?;
    // Whichever of them there is.
    let undo = [
        "ALTER TABLE sale DROP CONSTRAINT IF EXISTS sale_customer, DROP CONSTRAINT IF EXISTS sale_amount, DROP CONSTRAINT IF \
         EXISTS sale_code, ALTER COLUMN customer DROP NOT NULL",
        "DROP INDEX IF EXISTS sale_by_customer",
    ];
    let recipe: Vec<&str> = change.recipe.split("; ").collect();
    let floor = place
        .say(by_hand, folder, &recipe)
        .after(place.say(by_hand, folder, &undo))
        .stalling(place.writer(by_hand));
    let back = command(&["downgrade", "--", "-1"]).after(command(&["upgrade", "heads"]));
    Ok(Contest {
        ours: command(&["upgrade", "heads"])
            .after(back)
            .stalling(place.writer(APP))
            .keeping(place),
        floor,
    })
}
