//! Terrane's own tables: where the database stands, what was done to it, and who owns what.
//!
//! They are written in the transaction of the step they speak of, as text that joins the step's statements.

use crate::database::{Database, Hold};
use crate::error::{Error, Result};
use crate::executor::Observer;
use crate::server::{Kept, Server};
use crate::version_rows::{self, VersionTable};
use std::fmt::Write;
use std::time::Duration;
use terrane_core::diagnostic::codes;
use terrane_core::graph::{Direction, RevisionId, RowChange, Rows};
use terrane_core::name::{LayerName, ObjectName};
use terrane_core::op::ObjectKind;
use terrane_core::ownership::{ObjectKey, Owner, Ownership, OwnershipChange};
use terrane_core::plan::{Cause, PlanStep, Unfinished};
use terrane_core::sql::quote_string;

/// One line of the ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LedgerEntry {
    /// The revision; a stamp has none.
    pub revision: Option<String>,
    /// The layer.
    pub layer: String,
    /// `upgrade`, `downgrade` or `stamp`.
    pub direction: String,
    /// The first line of its message.
    pub message: String,
    /// The checksum of what ran.
    pub checksum: Option<String>,
    /// Who ran it.
    pub applied_by: String,
    /// When, in UTC.
    pub applied_at: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Which version of Terrane.
    pub tool_version: String,
    /// How many statements it has.
    pub statements: u64,
    /// How many of them are done.
    pub statements_done: u64,
    /// Objects of other layers that it had leave to touch, and why.
    pub touches: Option<String>,
    /// Tables and sequences of other layers of which it wrote, one a line: `table (layer)`, `sequence name (layer)`.
    pub rows_written: Option<String>,
}

/// Makes the tables, and brings those of an earlier version up to date. Whoever comes second finds them there.
pub(crate) async fn prepare(
    database: &mut Database<'_>,
    hold: Hold,
    timeout: Duration,
    table: Option<&VersionTable>,
    observer: &mut dyn Observer,
) -> Result<()> {
    let mut made = prepared(database, hold, timeout, table, observer).await;
    if made.is_err() {
        let _none_is_active = database.execute("ROLLBACK").await;
        // Alembic holds no lock while it makes its table, and may have been first: then the table is there by now.
        if table.is_some() {
            made = prepared(database, hold, timeout, table, observer).await;
        }
    }
    if made.is_err() {
        let _none_is_active = database.execute("ROLLBACK").await;
    }
    made
}

async fn prepared(
    database: &mut Database<'_>,
    hold: Hold,
    timeout: Duration,
    table: Option<&VersionTable>,
    observer: &mut dyn Observer,
) -> Result<()> {
    let server = database.server();
    let present = Present::of(&database.claim(hold, timeout, server.present).await?);
    let owners = owners_by_text(database, present).await?;
    let renew = if owners.is_some() { server.renew_owners } else { "" };
    let sql = [
        renew.to_owned(),
        server.prepare.to_owned(),
        later_columns(present),
        owners.unwrap_or_default(),
        version_rows::prepare(table),
    ];
    let sql: Vec<&str> = sql.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let sql = sql.join(";\n");
    observer.statement_begins(&format!("{}; {sql}; COMMIT", server.begin));
    database.commit(&sql).await.map(drop)
}

/// The statements that add what the ledger of an earlier version lacks.
fn later_columns(present: Present) -> String {
    let later = [
        ("statement_found", present.found),
        ("rows_written", present.rows_written),
    ];
    let missing = later.into_iter().filter(|(_, is_there)| present.ledger && !is_there);
    let add = |(column, _)| format!("ALTER TABLE terrane_ledger ADD COLUMN {column} text");
    missing.map(add).collect::<Vec<_>>().join(";\n")
}

/// The statements that write the owners anew which an earlier version kept with a name as one text; none, where there is no
/// such table.
async fn owners_by_text(database: &mut Database<'_>, present: Present) -> Result<Option<String>> {
    if !present.object || present.identities {
        return Ok(None);
    }
    let (server, flavor) = (database.server(), *database.dialect().flavor());
    let mut statements = Vec::new();
    for row in database.rows(OWNERS_BY_TEXT).await? {
        if let [Some(kind), _, Some(text), _, Some(layer), created_by] = row.as_slice() {
            let kind = kind_of(kind)?;
            let name = server.read(kind, text, &flavor);
            let owned = owned(server, kind, &name, layer, created_by.as_deref());
            statements.push(format!("INSERT INTO terrane_object ({OWNED}) VALUES ({owned})"));
        }
    }
    Ok(Some(statements.join(";\n")))
}

/// The columns of the table of owners.
const OWNED: &str = "kind, schema, name, arguments, layer, created_by";

/// The same columns of a table in which a name was one text.
const OWNERS_BY_TEXT: &str = "SELECT kind, '', name, '', layer, created_by FROM terrane_object";

/// The values of [`OWNED`].
fn owned(server: &Server, kind: ObjectKind, name: &ObjectName, layer: &str, created_by: Option<&str>) -> String {
    let kept = server.kept(kind, name);
    let values = [kind.word(), &kept.schema, &kept.name, &kept.arguments, layer].map(quote_string);
    format!("{}, {}", values.join(", "), nullable(created_by))
}

/// Which of Terrane's tables are there. All of them, as a rule; whoever brings a database from elsewhere may have made
/// only the one with the version rows, and an earlier version made some with fewer columns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Present {
    pub(crate) version: bool,
    pub(crate) ledger: bool,
    pub(crate) object: bool,
    /// Whether the table of owners keeps a name in its parts.
    pub(crate) identities: bool,
    /// Whether the ledger keeps what rows of others were written.
    pub(crate) rows_written: bool,
    /// Whether the ledger keeps what there was before a statement.
    pub(crate) found: bool,
    /// The table of an Alembic project; there is none to make where the project has none.
    pub(crate) alembic: bool,
    needs_alembic: bool,
}

impl Present {
    /// What the answer to the question of [`Server::present`] says.
    fn of(rows: &[Vec<Option<String>>]) -> Present {
        let has = |name: &str| rows.iter().flatten().any(|found| found.as_deref() == Some(name));
        Present {
            version: has("terrane_version"),
            ledger: has("terrane_ledger"),
            object: has("terrane_object"),
            identities: has("terrane_object.arguments"),
            rows_written: has("terrane_ledger.rows_written"),
            found: has("terrane_ledger.statement_found"),
            alembic: false,
            needs_alembic: false,
        }
    }

    /// Whether a step can be written down.
    pub(crate) fn all(self) -> bool {
        self.version
            && self.ledger
            && self.object
            && self.identities
            && self.rows_written
            && self.found
            && (self.alembic || !self.needs_alembic)
    }
}

/// Looks which of Terrane's tables are there, and whether that of an Alembic project is.
pub(crate) async fn present(database: &mut Database<'_>, table: Option<&VersionTable>) -> Result<Present> {
    let rows = database.rows(database.server().present).await?;
    let alembic = match table {
        Some(table) => !database
            .rows(&version_rows::presence(table, database.server()))
            .await?
            .is_empty(),
        None => false,
    };
    Ok(Present {
        alembic,
        needs_alembic: table.is_some(),
        ..Present::of(&rows)
    })
}

impl Present {
    /// The query for the version rows of the tables that are there; nothing, where there is none.
    pub(crate) fn rows(self, table: Option<&VersionTable>) -> Option<String> {
        let table = table.filter(|_| self.alembic);
        (self.version || table.is_some()).then(|| version_rows::query(self.version, table))
    }
}

/// The version rows; none, where there is no table for them.
pub(crate) async fn read_rows(database: &mut Database<'_>, table: Option<&VersionTable>) -> Result<Rows> {
    database.look().await?;
    let rows = match present(database, table).await.map(|present| present.rows(table)) {
        Ok(Some(query)) => database.rows(&query).await,
        looked => looked.map(|_| Vec::new()),
    };
    database.look_away().await?;
    version_rows(&rows?)
}

/// What was begun and not ended, for whoever only looks.
pub(crate) async fn read_last(database: &mut Database<'_>) -> Result<Option<Unfinished>> {
    unfinished(&last(database).await?)
}

/// The answer to [`LAST`] outside of any transaction; nothing, where there is no ledger.
pub(crate) async fn last(database: &mut Database<'_>) -> Result<Vec<Vec<Option<String>>>> {
    database.look().await?;
    let rows = match present(database, None).await {
        Ok(present) if present.ledger => database.rows(LAST).await,
        looked => looked.map(|_| Vec::new()),
    };
    database.look_away().await?;
    rows
}

/// The version rows among the rows of a query.
pub(crate) fn version_rows(rows: &[Vec<Option<String>>]) -> Result<Rows> {
    let mut all = Rows::new();
    for row in rows {
        if let [Some(layer), Some(id)] = row.as_slice() {
            all.insert(LayerName::new(layer.as_str()), RevisionId::parse(id)?);
        }
    }
    Ok(all)
}

/// Who owns what, added to what is known of the layers.
pub(crate) async fn read_owners(
    database: &mut Database<'_>,
    present: Present,
    ownership: &mut Ownership,
) -> Result<()> {
    if !present.object {
        return Ok(());
    }
    let (server, flavor) = (database.server(), *database.dialect().flavor());
    let question = match present.identities {
        true => format!("SELECT {OWNED} FROM terrane_object"),
        false => OWNERS_BY_TEXT.to_owned(),
    };
    for row in database.rows(&question).await? {
        if let [
            Some(kind),
            Some(schema),
            Some(name),
            Some(arguments),
            Some(layer),
            created_by,
        ] = row.as_slice()
        {
            let kind = kind_of(kind)?;
            let kept = || Kept {
                schema: schema.clone(),
                name: name.clone(),
                arguments: arguments.clone(),
            };
            let name = match present.identities {
                true => server.object(&kept(), &flavor),
                false => server.read(kind, name, &flavor),
            };
            let key = (kind, name);
            let created_by = created_by.as_ref().and_then(|id| RevisionId::parse(id).ok());
            let layer = LayerName::new(layer.as_str());
            ownership.add_stranger(&layer);
            ownership.give(key, Owner { layer, created_by });
        }
    }
    Ok(())
}

fn kind_of(word: &str) -> Result<ObjectKind> {
    use ObjectKind::{Enum, Other, Routine, Sequence, Table, View};
    [Table, View, Enum, Sequence, Routine, Other]
        .into_iter()
        .find(|kind| kind.word() == word)
        .ok_or_else(|| {
            Error::new(
                codes::DATABASE,
                format!("`terrane_object` has an object of the unknown kind `{word}`"),
            )
            .help("Use the version of Terrane that wrote it, or a later one.")
        })
}

/// The newest entry, if it is of a revision of which only the first statements have run. What a stamp put after it is
/// over: somebody said where the database stands.
pub(crate) const LAST: &str = "SELECT revision, direction, statements_done, checksum, statements, statement_begun, \
                               id FROM terrane_ledger ORDER BY id DESC LIMIT 1";

/// Before the direction of a step that broke out of its transaction.
pub(crate) const BROKEN_OUT: &str = "broken ";

const NEWEST: &str = "id = (SELECT max(id) FROM terrane_ledger)";

/// What writes down what there was before a statement, in the newest entry; nothing, where there is nothing to write.
pub(crate) fn finds(found: Option<&str>) -> String {
    let Some(found) = found else { return String::new() };
    let found = quote_string(found);
    format!("UPDATE terrane_ledger SET statement_found = {found} WHERE {NEWEST};\n")
}

/// What there was before the statement that was begun last, if anybody has written it down.
pub(crate) async fn found(database: &mut Database<'_>) -> Result<Option<String>> {
    let sql = format!("SELECT statement_found FROM terrane_ledger WHERE {NEWEST}");
    let rows = database.rows(&sql).await?;
    Ok(rows.into_iter().next().and_then(|row| row.into_iter().next().flatten()))
}

/// The number of the newest entry, by the answer to [`LAST`].
pub(crate) fn number(rows: &[Vec<Option<String>>]) -> Option<String> {
    rows.first()?.last()?.clone()
}

/// What the answer to [`LAST`] says.
pub(crate) fn unfinished(rows: &[Vec<Option<String>>]) -> Result<Option<Unfinished>> {
    let Some(
        [
            Some(revision),
            Some(direction),
            Some(done),
            checksum,
            Some(all),
            begun,
            _,
        ],
    ) = rows.first().map(Vec::as_slice)
    else {
        return Ok(None);
    };
    let number = |text: &str| text.parse::<usize>().unwrap_or(0);
    let cause = if direction.starts_with(BROKEN_OUT) {
        Cause::BrokenOut
    } else {
        Cause::Interrupted
    };
    if number(done) >= number(all) && cause == Cause::Interrupted {
        return Ok(None);
    }
    Ok(Some(Unfinished {
        revision: RevisionId::parse(revision)?,
        direction: if direction.ends_with(Direction::Up.word()) {
            Direction::Up
        } else {
            Direction::Down
        },
        done: number(done),
        begun: begun.as_deref().map(number),
        all: number(all),
        checksum: checksum.clone().unwrap_or_default(),
        cause,
    }))
}

/// What is written of a step besides its own statements.
pub(crate) struct Record<'a> {
    pub(crate) step: &'a PlanStep,
    pub(crate) server: &'static Server,
    /// The table of an Alembic project, whose rows the step may move.
    pub(crate) table: Option<&'a VersionTable>,
    pub(crate) applied_by: &'a str,
    /// When, as an expression: a script asks the server.
    pub(crate) applied_at: String,
    pub(crate) duration_ms: u128,
    /// How far it has come. As long as not all statements have run, the step is not done, and only this is written.
    pub(crate) progress: Progress,
    /// Tables of other layers whose rows it has written so far, one a line.
    pub(crate) rows_written: Option<String>,
}

/// How far a step has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Progress {
    /// How many statements have run.
    pub(crate) done: usize,
    /// How many have run or are about to, where the last of them is a transaction by itself.
    pub(crate) begun: Option<usize>,
    /// Whether nothing was written of the step yet.
    pub(crate) is_first: bool,
}

impl Progress {
    /// All at once.
    pub(crate) fn whole(step: &PlanStep) -> Progress {
        Progress {
            done: step.statements.len(),
            begun: None,
            is_first: true,
        }
    }
}

impl Record<'_> {
    /// The statements that write it, each with its semicolon.
    pub(crate) fn sql(&self) -> String {
        let mut sql = String::new();
        if self.progress.done == self.step.statements.len() {
            sql = version_rows::changes(self.step, self.table);
            ownership_changes(&mut sql, &self.step.ownership, self.step, self.server);
        }
        if self.progress.is_first {
            sql.push_str(&self.entry());
        } else {
            sql.push_str(&self.further());
        }
        // Nearly always nothing is in doubt.
        if let Some(begun) = self.progress.begun {
            let _ = writeln!(
                sql,
                "UPDATE terrane_ledger SET statement_begun = {begun} WHERE {NEWEST};"
            );
        }
        sql
    }

    fn checksum(&self) -> Option<String> {
        let (step, done) = (self.step, self.progress.done);
        let so_far = done.checked_sub(1).and_then(|at| step.progress.get(at));
        so_far.copied().or(step.checksum).map(|checksum| checksum.to_string())
    }

    fn further(&self) -> String {
        format!(
            "UPDATE terrane_ledger SET direction = '{}', statements_done = {}, checksum = {}, applied_at = {}, \
             duration_ms = duration_ms + {}{} WHERE {NEWEST};\n",
            self.step.direction.word(),
            self.progress.done,
            nullable(self.checksum().as_deref()),
            self.applied_at,
            self.duration_ms,
            self.rows_written
                .as_deref()
                .map_or_else(String::new, |rows| format!(", rows_written = {}", quote_string(rows))),
        )
    }

    pub(crate) fn entry(&self) -> String {
        self.entry_as(self.step.direction.word())
    }

    /// That the step broke out, which nobody goes on from.
    pub(crate) fn broken_out(&self) -> String {
        let direction = format!("{BROKEN_OUT}{}", self.step.direction.word());
        if self.progress.is_first {
            return self.entry_as(&direction);
        }
        let done = self.progress.done;
        format!("UPDATE terrane_ledger SET direction = '{direction}', statements_done = {done} WHERE {NEWEST};\n")
    }

    fn entry_as(&self, direction: &str) -> String {
        let step = self.step;
        let touches: Vec<String> = step
            .waivers
            .iter()
            .map(|waiver| format!("{}: {}", waiver.object, waiver.reason))
            .collect();
        format!(
            "INSERT INTO terrane_ledger (revision, layer, direction, message, checksum, applied_by, applied_at, \
             duration_ms, tool_version, statements, statements_done, touches, rows_written) VALUES ({}, {}, '{direction}', \
             {}, {}, {}, {}, {}, {}, {}, {}, {}, {});\n",
            nullable(step.revision.as_ref().map(RevisionId::as_str)),
            quote_string(step.layer.as_str()),
            quote_string(&title(step)),
            nullable(self.checksum().as_deref()),
            quote_string(self.applied_by),
            self.applied_at,
            self.duration_ms,
            quote_string(env!("CARGO_PKG_VERSION")),
            step.statements.len(),
            self.progress.done,
            nullable((!touches.is_empty()).then(|| touches.join("\n")).as_deref()),
            nullable(self.rows_written.as_deref()),
        )
    }
}

/// What the ledger says of a step: the title of its revision; of a stamp, where to.
fn title(step: &PlanStep) -> String {
    if step.direction != Direction::Stamp {
        return step.title.clone();
    }
    let (mut to, mut from) = (Vec::new(), Vec::new());
    for change in &step.row_changes {
        match change {
            RowChange::Insert(id) | RowChange::Update { to: id, .. } => to.push(id.as_str()),
            RowChange::Delete(id) => from.push(id.as_str()),
        }
    }
    match (to.is_empty(), from.is_empty()) {
        (false, _) => format!("to {}", to.join(", ")),
        (true, false) => format!("no longer at {}", from.join(", ")),
        (true, true) => step.title.clone(),
    }
}

/// What a script writes of a step: the same as whoever carries it out, except that nobody has looked at the clock yet.
pub(crate) fn script(step: &PlanStep, server: &'static Server, table: Option<&VersionTable>) -> String {
    let mut sql = version_rows::changes(step, table);
    ownership_changes(&mut sql, &step.ownership, step, server);
    let record = Record {
        step,
        server,
        table,
        applied_by: "a script",
        applied_at: server.now.to_owned(),
        duration_ms: 0,
        progress: Progress::whole(step),
        rows_written: None,
    };
    sql.push_str(&record.entry());
    sql
}

/// The statements that give a step's layer what it made besides what its statements say, each with its semicolon.
pub(crate) fn taken<'c>(made: impl Iterator<Item = &'c OwnershipChange>, step: &PlanStep, server: &Server) -> String {
    let mut sql = String::new();
    ownership_changes(&mut sql, made, step, server);
    sql
}

/// The statements that give objects the owners that they were found to have, each with its semicolon.
pub(crate) fn settled(changes: &[OwnershipChange], server: &Server) -> String {
    let mut sql = String::new();
    for change in changes {
        match change {
            OwnershipChange::Settle(key, owner) => give(&mut sql, key, owner, "1 = 1", server),
            OwnershipChange::Release(key) | OwnershipChange::Take(key) => release(&mut sql, key, server),
        }
    }
    sql
}

/// The changes of who owns what, each with its semicolon.
fn ownership_changes<'c>(
    sql: &mut String,
    changes: impl IntoIterator<Item = &'c OwnershipChange>,
    step: &PlanStep,
    server: &Server,
) {
    for change in changes {
        let (kind, object) = change.key();
        match change {
            OwnershipChange::Take(key) => {
                let owner = Owner {
                    layer: step.layer.clone(),
                    created_by: step.revision.clone(),
                };
                give(sql, key, &owner, "1 = 1", server);
            }
            // What a stamp settles is given only where it is: a script is run by who knows what on who knows which file.
            OwnershipChange::Settle(key, owner) => {
                let there = server.is_there(*kind, &server.written(*kind, object));
                give(sql, key, owner, &there, server);
            }
            OwnershipChange::Release(key) => release(sql, key, server),
        }
    }
}

/// Gives an object an owner, where that condition is met.
fn give(sql: &mut String, (kind, object): &ObjectKey, owner: &Owner, condition: &str, server: &Server) {
    let created_by = owner.created_by.as_ref().map(RevisionId::as_str);
    let values = owned(server, *kind, object, owner.layer.as_str(), created_by);
    let _ = writeln!(
        sql,
        "INSERT INTO terrane_object ({OWNED}) SELECT {values} WHERE {condition} ON CONFLICT (kind, schema, name, arguments) DO \
         UPDATE SET layer = excluded.layer, created_by = excluded.created_by;",
    );
}

/// Takes the owner of an object out of the books.
fn release(sql: &mut String, (kind, object): &ObjectKey, server: &Server) {
    let kept = server.kept(*kind, object);
    let [schema, name, arguments] = [&kept.schema, &kept.name, &kept.arguments].map(|text| quote_string(text));
    let _ = writeln!(
        sql,
        "DELETE FROM terrane_object WHERE kind = '{}' AND schema = {schema} AND name = {name} AND arguments = {arguments};",
        kind.word()
    );
}

fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), quote_string)
}

const ENTRIES: &str = "SELECT revision, layer, direction, message, checksum, applied_by, applied_at, duration_ms, tool_version, \
                       statements, statements_done, touches";

/// The whole ledger, oldest first.
pub(crate) async fn entries(database: &mut Database<'_>) -> Result<Vec<LedgerEntry>> {
    database.look().await?;
    let rows = match present(database, None).await {
        Ok(present) if present.ledger => {
            let rows_written = if present.rows_written { "rows_written" } else { "NULL" };
            let question = format!("{ENTRIES}, {rows_written} FROM terrane_ledger ORDER BY id");
            database.rows(&question).await
        }
        looked => looked.map(|_| Vec::new()),
    };
    database.look_away().await?;
    let rows = rows?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut values = row.into_iter();
            let mut next = || values.next().flatten();
            let number = |text: Option<String>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
            LedgerEntry {
                revision: next(),
                layer: next().unwrap_or_default(),
                direction: next().unwrap_or_default(),
                message: next().unwrap_or_default(),
                checksum: next(),
                applied_by: next().unwrap_or_default(),
                applied_at: next().unwrap_or_default(),
                duration_ms: number(next()),
                tool_version: next().unwrap_or_default(),
                statements: number(next()),
                statements_done: number(next()),
                touches: next(),
                rows_written: next(),
            }
        })
        .collect())
}
