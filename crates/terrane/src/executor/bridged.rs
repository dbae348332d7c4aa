//! A revision that only its own Python can run: what Python says to its connection is said on the step's.
//!
//! The transaction is the step's from its beginning to its end. What Python takes for transactions of its own are savepoints
//! in it, so that what it rolls back is gone and what it commits is not, and nothing stays where the step fails.

use super::{Executor, Within};
use crate::bridge::{Event, Process};
use crate::database::{Asked, several as several_at_once};
use crate::error::{Error, Result};
use crate::guard;
use crate::ledger;
use crate::project::Project;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terrane_alembic::Project as AlembicProject;
use terrane_alembic::bridge::{Answer, Failure, Said, Statement, Task};
use terrane_core::diagnostic::{Diagnostic, codes};
use terrane_core::dialect::Locking;
use terrane_core::graph::Direction;
use terrane_core::name::ObjectName;
use terrane_core::op::ObjectKind;
use terrane_core::ownership::OwnershipChange;
use terrane_core::plan::PlanStep;
use terrane_core::sql::{Lexing, TokenKind, split, tokenize};
use terrane_core::text::SourceFile;

/// What PostgreSQL says of a statement that no transaction takes (25001, `active_sql_transaction`).
const NEEDS_NONE: &str = "cannot run inside a transaction block";

/// How long Python may take between two statements, unless the configuration says otherwise.
const LIMIT: Duration = Duration::from_secs(600);

/// Where Python began, or committed last.
const SAVEPOINT: &str = "SAVEPOINT terrane_bridge";
const RELEASE: &str = "RELEASE SAVEPOINT terrane_bridge";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT terrane_bridge";

/// What an app sets on each connection of its own (sqlite.org/pragma.html). This one is set up by who holds it.
const SET_UP: [&str; 8] = [
    "busy_timeout",
    "cache_size",
    "foreign_keys",
    "journal_mode",
    "mmap_size",
    "synchronous",
    "temp_store",
    "wal_autocheckpoint",
];

/// What a statement has to do with transactions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Control {
    /// Nothing.
    None,
    /// It begins one, which has begun.
    Begins,
    /// It ends one.
    Ends,
    /// It sets up the connection.
    SetsUp,
}

/// How a Python fares.
#[derive(Default)]
struct Fare {
    /// How long the statements may wait for locks, as it was said last.
    locking: Option<Locking>,
    /// Whether a statement was refused, so that the server takes no other until something is rolled back.
    is_broken: bool,
    /// That it could not get a lock, whatever Python makes of it.
    locked: Option<Error>,
}

impl Executor<'_, '_> {
    /// Runs the step's function in the project's own Python.
    pub(super) async fn bridged(&mut self, step: &PlanStep, at: usize) -> Result<()> {
        let python = self
            .project
            .config
            .layer(&step.layer)
            .and_then(|layer| layer.python.as_ref());
        let Some(python) = python else {
            let message = format!("layer `{}` is none of an Alembic project's", step.layer);
            return Err(Error::new(codes::PYTHON_FAILED, message));
        };
        let alembic = python.project();
        self.observer.statement_begins("-- only Python can run this");
        self.course.stopped_at(at);
        let tables = self.tables_there().await?;
        self.database.execute(SAVEPOINT).await?;
        let interpreter = crate::sqlalchemy::interpreter(alembic);
        let mut process = Process::start(&interpreter, task(step, alembic, self.database.dialect().name()))
            .map_err(|why| not_started(&interpreter, &why))?;
        let limit = alembic.python_timeout.map_or(LIMIT, Duration::from_secs);
        let mut fare = Fare::default();
        let ran = self.converse(step, &mut process, limit, &mut fare).await;
        drop(process);
        match (ran, fare.locked) {
            (Ok(()), _) => {}
            (Err(_), Some(locked)) => return Err(locked),
            (Err(error), None) => return Err(error),
        }
        self.is_over_and_ours(step).await?;
        self.note_tables(tables).await
    }

    /// Answers until it ends.
    async fn converse(
        &mut self,
        step: &PlanStep,
        process: &mut Process,
        limit: Duration,
        fare: &mut Fare,
    ) -> Result<()> {
        let interpreter = || self_python(self.project, step);
        loop {
            let line = match process.next(limit).await {
                Some(Event::Said(line)) => line,
                Some(Event::Printed(line)) => {
                    self.observer.python_says(&line);
                    continue;
                }
                Some(Event::Garbage) => {
                    return Err(garbage(&interpreter(), "a line of it is too long, or no text", process));
                }
                Some(Event::Silent) => {
                    self.hear_the_rest(process).await;
                    let message = format!("its Python ended before it was done: {}", process.end());
                    return Err(with_last_words(failed(message), process.last_words()).into());
                }
                None => return Err(too_long(limit, process)),
            };
            match Said::read(&line).map_err(|why| garbage(&interpreter(), &why, process))? {
                Said::Hello => {}
                Said::Execute(statement) => {
                    for line in self.executed(step, &statement, fare).await? {
                        process.say(line);
                    }
                }
                Said::Commit => {
                    self.settled_here(if fare.is_broken {
                        &[ROLL_BACK]
                    } else {
                        &[RELEASE, SAVEPOINT]
                    })
                    .await?;
                    fare.is_broken = false;
                    process.say(Answer::done());
                }
                Said::Rollback => {
                    self.settled_here(&[ROLL_BACK]).await?;
                    fare.is_broken = false;
                    process.say(Answer::done());
                }
                Said::Done => {
                    self.hear_the_rest(process).await;
                    return Ok(());
                }
                Said::Failed(failure) => {
                    self.hear_the_rest(process).await;
                    return Err(told(&failure, &interpreter(), process));
                }
            }
        }
    }

    async fn hear_the_rest(&mut self, process: &mut Process) {
        for line in process.rest().await {
            self.observer.python_says(&line);
        }
    }

    async fn settled_here(&mut self, statements: &[&str]) -> Result<()> {
        for sql in statements {
            self.database
                .execute(sql)
                .await
                .map_err(|cause| ended().caused_by(cause))?;
        }
        Ok(())
    }

    /// Runs what Python says, statement by statement; the lines of the last answer.
    async fn executed(&mut self, step: &PlanStep, statement: &Statement, fare: &mut Fare) -> Result<Vec<String>> {
        let lexing = self.database.dialect().flavor().lexing;
        let mut answer = Answer::default();
        for sql in self.statements_of(statement, &lexing)? {
            match control(sql, &lexing) {
                Control::None => {}
                Control::Begins | Control::SetsUp => {
                    answer = Answer::default();
                    continue;
                }
                Control::Ends => return Err(ends(sql)),
            }
            guard::refuse_said(
                sql,
                step,
                &self.ownership,
                self.database.dialect().flavor(),
                self.project,
            )?;
            self.observer.statement_begins(sql);
            let within = Within::Transaction(self.course.transaction.as_deref(), self.project.config.waits);
            let asked = self.database.ask((sql, statement), within, &mut fare.locking).await?;
            answer = match asked {
                Asked::Answer(answer) => answer,
                Asked::Refused { message, code, error } => {
                    fare.is_broken = self.database.is_a_server();
                    if error
                        .diagnostics
                        .first()
                        .is_some_and(|first| first.code == codes::LOCKED)
                    {
                        fare.locked = Some(error);
                    }
                    return Ok(vec![Answer::refusal(&message, code.as_deref())]);
                }
            };
            if is_rolled_back_to(sql) {
                fare.is_broken = false;
            }
        }
        answer.lines().map_err(|why| failed(why).into())
    }

    /// What is to be run one by one: PostgreSQL's drivers take a text of several statements, SQLite's takes one with its values.
    fn statements_of<'s>(&self, statement: &'s Statement, lexing: &Lexing) -> Result<Vec<&'s str>> {
        let sql = statement.sql.as_str();
        match split(sql, lexing) {
            Ok(several) if several.len() > 1 && statement.parameters.is_some() => Err(several_at_once()),
            Ok(several) if several.len() > 1 => {
                Ok(several.iter().map(|one| &sql[one.span.start..one.span.end]).collect())
            }
            _ => Ok(vec![sql]),
        }
    }

    /// Whether what was begun is there still, and the version rows are where they were.
    async fn is_over_and_ours(&mut self, step: &PlanStep) -> Result<()> {
        self.settled_here(&[RELEASE]).await?;
        if !self.is_still_ours().await? {
            return Err(ended());
        }
        #[cfg(feature = "postgres")]
        self.database.repin().await?;
        let rows = self.all_rows();
        let rows = self.database.rows(&rows).await?;
        let (rows, _) = self.project.divide(ledger::version_rows(&rows)?);
        let mut heads: Vec<_> = rows.iter().map(|(_, id)| id.clone()).collect();
        heads.sort();
        if heads == self.heads {
            return Ok(());
        }
        let name = self
            .project
            .config
            .version_table
            .as_ref()
            .map_or("alembic_version", |table| &table.name);
        let message = format!(
            "the revision wrote `{name}`, which says where the database stands: layer `{}`",
            step.layer
        );
        Err(Error::new(codes::GUARD, message).help("Take the statement out; the row is written with the revision."))
    }

    /// The tables and views by name, where the server does not tell afterwards what a transaction made.
    async fn tables_there(&mut self) -> Result<Option<Vec<(ObjectKind, String)>>> {
        let Some(sql) = self.database.server().relations else {
            return Ok(None);
        };
        let rows = self.database.rows(sql).await?;
        let relation = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
            Ok([Some(kind), Some(name)]) => {
                let kind = if kind == "view" {
                    ObjectKind::View
                } else {
                    ObjectKind::Table
                };
                Some((kind, name))
            }
            _ => None,
        };
        Ok(Some(rows.into_iter().filter_map(relation).collect()))
    }

    /// What came is the layer's, and what went is nobody's.
    async fn note_tables(&mut self, before: Option<Vec<(ObjectKind, String)>>) -> Result<()> {
        let (Some(before), Some(after)) = (before, self.tables_there().await?) else {
            return Ok(());
        };
        let flavor = self.database.dialect().flavor();
        let key = |(kind, name): &(ObjectKind, String)| -> (ObjectKind, ObjectName) { (*kind, flavor.object(name)) };
        let gone = before.iter().filter(|one| !after.contains(one)).map(key);
        let come = after.iter().filter(|one| !before.contains(one)).map(key);
        self.making.extend(gone.map(OwnershipChange::Release));
        self.making.extend(come.map(OwnershipChange::Take));
        Ok(())
    }
}

fn task(step: &PlanStep, alembic: &AlembicProject, dialect: &str) -> String {
    let revision = step.revision.as_ref().map_or("", |id| id.as_str());
    Task {
        config: alembic.source.name(),
        section: alembic.section.as_deref().unwrap_or_default(),
        is_toml: alembic.section.is_none(),
        revision,
        is_up: step.direction == Direction::Up,
        dialect,
    }
    .line()
}

fn self_python(project: &Project, step: &PlanStep) -> PathBuf {
    let python = project
        .config
        .layer(&step.layer)
        .and_then(|layer| layer.python.as_ref());
    python.map_or_else(PathBuf::new, |python| crate::sqlalchemy::interpreter(python.project()))
}

fn control(sql: &str, lexing: &Lexing) -> Control {
    let Ok(tokens) = tokenize(sql, lexing) else {
        return Control::None;
    };
    let tokens = tokens.iter().filter(|token| token.kind != TokenKind::Comment);
    let words: Vec<String> = tokens.map(|token| token.text(sql).to_ascii_lowercase()).collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match word(0) {
        "begin" | "start" => Control::Begins,
        "commit" | "end" | "abort" => Control::Ends,
        "rollback" if !words.iter().any(|word| word == "to") => Control::Ends,
        "prepare" if word(1) == "transaction" => Control::Ends,
        "pragma" if words.len() > 2 && SET_UP.contains(&word(1)) => Control::SetsUp,
        _ => Control::None,
    }
}

fn is_rolled_back_to(sql: &str) -> bool {
    sql.trim_start()
        .get(..8)
        .is_some_and(|word| word.eq_ignore_ascii_case("rollback"))
}

fn failed(message: String) -> Diagnostic {
    Diagnostic::error(codes::PYTHON_FAILED, message)
}

fn ended() -> Error {
    let message = "its Python ended the transaction that the revision runs in";
    Error::new(codes::BROKEN_OUT, message).help("Take `BEGIN`, `COMMIT` and `ROLLBACK` out of it.")
}

fn ends(sql: &str) -> Error {
    let sql = sql.lines().next().unwrap_or_default();
    let message = format!("its Python says `{sql}`, and a revision runs in one transaction already");
    Error::new(codes::TRANSACTION_CONTROL, message)
        .help("Take the statement out; what no transaction takes is a revision of its own, run by Alembic.")
}

fn not_started(python: &Path, why: &std::io::Error) -> Error {
    let reason = match why.kind() {
        std::io::ErrorKind::NotFound => "it is not there".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => why.to_string(),
    };
    let message = format!(
        "only Python can run the revision, and `{}` cannot be run: {reason}",
        python.display()
    );
    Error::new(codes::NO_PYTHON, message).help(HELP)
}

const HELP: &str = "Set VIRTUAL_ENV to the environment that has the project's packages, or `python = …` in `[terrane]` of the \
                    configuration.";

fn with_last_words(diagnostic: Diagnostic, last_words: Option<&str>) -> Diagnostic {
    match last_words {
        Some(line) => diagnostic.help(format!("Its last words were: {line}")),
        None => diagnostic,
    }
}

fn garbage(python: &Path, why: &str, process: &Process) -> Error {
    let message = format!("`{}` did not keep to the format of the bridge: {why}", python.display());
    with_last_words(failed(message), process.last_words()).into()
}

fn too_long(limit: Duration, process: &Process) -> Error {
    let message = format!("its Python said nothing for {} seconds, and was ended", limit.as_secs());
    let diagnostic =
        failed(message).help("Give it more time by `python_timeout = …` in `[terrane]` of the configuration.");
    with_last_words(diagnostic, process.last_words()).into()
}

fn told(failure: &Failure, python: &Path, process: &Process) -> Error {
    let (why, python) = (&failure.message, python.display());
    let lacks = |what: &str| {
        let message = format!("only Python can run the revision, and `{python}` has no {what}: {why}");
        Error::new(codes::NO_PYTHON, message).help(HELP)
    };
    match failure.kind.as_str() {
        "no-sqlalchemy" => return lacks("SQLAlchemy"),
        "no-alembic" => return lacks("Alembic"),
        "raised" => {}
        _ => return with_last_words(failed(why.clone()), process.last_words()).into(),
    }
    let diagnostic = failed(format!("its Python stopped at an error: {why}"));
    let place = failure.place.as_ref().and_then(|place| {
        let text = std::fs::read_to_string(&place.file).ok()?;
        let source = SourceFile::new(place.file.as_str(), text);
        let span = crate::declared::line_span(&source, place.line);
        Some((source, span))
    });
    let diagnostic = match place {
        Some((source, span)) => diagnostic.at(&source, span, ""),
        None => diagnostic,
    };
    match why.contains(NEEDS_NONE) {
        true => diagnostic.help("A step is one transaction: run this revision with Alembic, and go on with Terrane."),
        false => diagnostic,
    }
    .into()
}
