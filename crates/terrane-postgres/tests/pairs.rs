//! Pairs of schemas from the field: told apart by inspection where `pg_dump` tells them apart, restored from their dumps,
//! and carried over both ways; judged by `pg_dump`, as the corpus's README says.
//!
//! What does not pass is in `corpus-ledger.txt`, with its reason. A case that starts to pass has to leave it: the test
//! fails otherwise, and `TERRANE_LEDGER=write` writes it anew.

use crate::corpus::{Looks, Made, Pair, apart, look, make_roles, read, without_roles};
use crate::harness::{Scratch, block_on, say, server, shared};
use crate::ledger::compare_with_ledger;
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use terrane_core::ddl::{hints, parse_statement};
use terrane_core::dialect::{Dialect, Statement};
use terrane_core::diff::{Renames, diff};
use terrane_core::name::ObjectName;
use terrane_core::op::Op;
use terrane_core::schema::{ObjectIdentity, Schema, Table};
use terrane_core::sql::{quote_identifier, split};
use terrane_postgres::connect::Database;
use terrane_postgres::{FLAVOR, Postgres};

/// How a pair came out in one direction.
pub(crate) enum Outcome {
    Pass,
    /// It is what was wished, but for the order of columns, which PostgreSQL cannot change.
    PassUnordered,
    Refused(String),
    Failed(String),
    /// The dumps differ and the differ says nothing.
    Missed(String),
}

/// What became of a pair: whether both judges tell it apart, and how it came out both ways.
struct Judged {
    told_otherwise: Option<(&'static str, String)>,
    ways: [Outcome; 2],
}

#[test]
fn every_pair_of_the_corpus_is_told_apart_restored_and_carried_over_both_ways() {
    let test = "every_pair_of_the_corpus_is_told_apart_restored_and_carried_over_both_ways";
    let (Some(url), Some(corpus)) = (server(test), shared("corpus/postgresql.jsonl")) else {
        return;
    };
    let (pairs, roles) = read(&corpus);
    block_on(make_roles(&url, &roles));
    let looks = Looks::default();
    let judged = in_parallel(&pairs, |pair| {
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(&url, pair, &looks)));
        judged.unwrap_or_else(|_| {
            Ok(Judged {
                told_otherwise: None,
                ways: [0, 1].map(|_| Outcome::Failed("panicked".to_owned())),
            })
        })
    });
    settle(&pairs, judged, &looks);
}

/// The results in the order of the items, worked out on a few threads: the server does most of the work.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, R>> = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let result = work(item);
                    results.lock().unwrap().insert(at, result);
                }
            });
        }
    });
    results.into_inner().unwrap().into_values().collect()
}

/// Both ways, each in the database that the pair's own script has made; or why one of them cannot be made.
fn judge(url: &str, pair: &Pair, looks: &Looks) -> Result<Judged, String> {
    let make = |script: &str| block_on(async { Scratch::new(url, &without_roles(url, script).await).await });
    let mut a = make(&pair.a)?;
    let judged = make(&pair.b).and_then(|mut b| {
        let judged = judge_in(url, pair, looks, (&mut a, &mut b));
        block_on(b.drop());
        judged
    });
    block_on(a.drop());
    judged
}

fn judge_in(url: &str, pair: &Pair, looks: &Looks, (a, b): (&mut Scratch, &mut Scratch)) -> Result<Judged, String> {
    let made_a = looks.at(url, &pair.a, a)?;
    let made_b = looks.at(url, &pair.b, b)?;
    block_on(async {
        a.database.execute(&pair.seed).await.unwrap();
        let there = carry(a, (&pair.a, &made_a), (&pair.b, &made_b)).await;
        let back = carry(b, (&pair.b, &made_b), (&pair.a, &made_a)).await;
        Ok(Judged {
            told_otherwise: made_a.told_otherwise(&made_b),
            ways: [there, back],
        })
    })
}

pub(crate) async fn carry(scratch: &mut Scratch, (from, before): (&str, &Made), (to, after): (&str, &Made)) -> Outcome {
    let options = Postgres.capability().diff_options(false);
    let renames = both_ways(from, to);
    let delta = diff(&before.schema, &after.schema, &renames, &options);
    if let Some(stuck) = delta.stuck.first() {
        return Outcome::Refused(format!("{} {}: {}", stuck.kind, stuck.name, stuck.reason));
    }
    let statements = match Postgres.lower(&delta.ops, &before.schema) {
        Ok(statements) => statements,
        Err(refused) => return Outcome::Refused(refused.reason),
    };
    if statements.is_empty() {
        return compare((before, after), &delta.ops, "");
    }
    let rows = counts(&mut scratch.database, &before.schema).await;
    if let Err(failure) = execute(&mut scratch.database, &statements).await {
        return Outcome::Failed(failure.why);
    }
    let all = statements
        .iter()
        .map(|statement| statement.sql.as_str())
        .collect::<Vec<_>>()
        .join(";\n");
    let reached = match look(scratch).await {
        Ok(reached) => reached,
        Err(why) => return Outcome::Failed(why),
    };
    let now = counts(&mut scratch.database, &reached.schema).await;
    if let Some(lost) = lost((&before.schema, &rows), (&reached.schema, &now), &delta.ops) {
        return Outcome::Failed(lost);
    }
    compare((&reached, after), &delta.ops, &all)
}

/// Whether what was reached is what was wished, in the eyes of both judges.
pub(crate) fn compare((reached, after): (&Made, &Made), ops: &[Op], all: &str) -> Outcome {
    let options = Postgres.capability().diff_options(false);
    let left = diff(&reached.schema, &after.schema, &Renames::default(), &options);
    if !left.ops.is_empty() {
        let ops: Vec<String> = left.ops.iter().map(Op::describe).collect();
        return Outcome::Failed(format!("a second difference: {}\n{all}", ops.join("; ")));
    }
    if reached.dump == after.dump {
        return Outcome::Pass;
    }
    if unordered(&reached.dump) == unordered(&after.dump) {
        return Outcome::PassUnordered;
    }
    let what = format!("the dumps differ: {}\n{all}", apart(&reached.dump, &after.dump));
    if ops.is_empty() {
        Outcome::Missed(what)
    } else {
        Outcome::Failed(what)
    }
}

/// What the server says of a statement that it does not run.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Option<String>,
    pub(crate) why: String,
}

impl Failure {
    /// Whether it is about rows: their values (class 22, data exception), or a rule that they break (class 23, integrity
    /// constraint violation).
    pub(crate) fn is_of_rows(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        ["22", "23"].iter().any(|class| code.starts_with(class))
    }
}

/// In one transaction, unless a statement cannot run in one (25001, `active_sql_transaction`).
pub(crate) async fn execute(database: &mut Database<'_>, statements: &[Statement]) -> Result<(), Failure> {
    match run(database, "BEGIN", statements, "COMMIT").await {
        Err(failure) if failure.code.as_deref() == Some("25001") => {
            run(database, "SELECT 1", statements, "SELECT 1").await
        }
        ran => ran,
    }
}

async fn run(database: &mut Database<'_>, begin: &str, statements: &[Statement], commit: &str) -> Result<(), Failure> {
    database.execute(begin).await.unwrap();
    for statement in statements {
        if let Err(error) = database.execute(&statement.sql).await {
            let _ = database.execute("ROLLBACK").await;
            let all: Vec<&str> = statements.iter().map(|statement| statement.sql.as_str()).collect();
            return Err(Failure {
                code: error.code(),
                why: format!("{}: {}\n   of\n{}", error.message(), statement.sql, all.join(";\n")),
            });
        }
    }
    let committed = database.execute(commit).await;
    committed.map_err(|error| Failure {
        code: error.code(),
        why: error.message(),
    })
}

/// How many rows each table has.
pub(crate) async fn counts(database: &mut Database<'_>, schema: &Schema) -> Counts {
    let mut counts = Counts::new();
    for name in schema.tables.keys() {
        let of = name.schema.as_ref().map_or("public", |schema| schema.as_str());
        let path = format!("{}.{}", quote_identifier(of), quote_identifier(name.name.as_str()));
        let rows = database.rows(&format!("SELECT count(*)::text FROM {path}")).await;
        let count = rows
            .ok()
            .and_then(|rows| rows.first()?.try_get::<String, _>(0).ok()?.parse().ok());
        counts.insert(name.clone(), count.unwrap_or(-1));
    }
    counts
}

/// Rows that are gone, although nobody dropped their table.
pub(crate) fn lost(before: (&Schema, &Counts), now: (&Schema, &Counts), ops: &[Op]) -> Option<String> {
    let wholes = Wholes {
        before: before.0,
        after: now.0,
        ops,
    };
    let then = wholes.sums(before, |name| wholes.of_before(name));
    let now = wholes.sums(now, |name| wholes.of_after(name));
    then.iter().find_map(|(name, count)| {
        let left = now.get(name).copied().unwrap_or(0);
        (!wholes.goes(name) && left != *count).then(|| format!("{count} rows of {name} became {left}"))
    })
}

/// How many rows each table has.
pub(crate) type Counts = BTreeMap<ObjectName, i64>;

/// Tables with their partitions, those that join or leave them among the partitions: a row may be in any of them.
pub(crate) struct Wholes<'a> {
    pub(crate) before: &'a Schema,
    pub(crate) after: &'a Schema,
    pub(crate) ops: &'a [Op],
}

impl Wholes<'_> {
    /// The whole of a table as it was before, by its name then.
    pub(crate) fn of_before(&self, name: &ObjectName) -> ObjectName {
        let now = self.ops.iter().fold(top(self.before, name), |name, op| match op {
            Op::RenameTable { from, to } if *from == name => to.clone(),
            _ => name,
        });
        top(self.after, &now)
    }

    /// The same as it is after, by its name since.
    pub(crate) fn of_after(&self, name: &ObjectName) -> ObjectName {
        let top = top(self.after, name);
        let was = self.ops.iter().rev().fold(top.clone(), |name, op| match op {
            Op::RenameTable { from, to } if *to == name => from.clone(),
            _ => name,
        });
        match self.before.tables.contains_key(&was) {
            true => self.of_before(&was),
            false => top,
        }
    }

    fn sums(&self, (schema, counts): (&Schema, &Counts), whole: impl Fn(&ObjectName) -> ObjectName) -> Counts {
        let mut sums = Counts::new();
        for (name, count) in counts.iter().filter(|(name, _)| parent(schema, name).is_none()) {
            *sums.entry(whole(name)).or_default() += count;
        }
        sums
    }

    /// Whether a whole goes, or a partition of it with nobody to take its rows.
    pub(crate) fn goes(&self, whole: &ObjectName) -> bool {
        let takes =
            |table: &Table| self.of_after(&table.name) == *whole && table.attributes.get("bound") == Some("DEFAULT");
        let has_taker = self.after.tables.values().any(takes);
        self.ops.iter().any(|op| match op {
            Op::DropTable(gone) => gone == whole || !has_taker && self.of_before(gone) == *whole,
            _ => false,
        })
    }
}

/// What a table is a partition of.
pub(crate) fn parent<'s>(schema: &'s Schema, name: &ObjectName) -> Option<&'s ObjectName> {
    schema.tables.get(name)?.attributes.get("partition of")?;
    let mut needs = schema.edges.of(&ObjectIdentity::Table(name.clone()));
    needs.find_map(|(to, _)| match to {
        ObjectIdentity::Table(parent) => Some(parent),
        _ => None,
    })
}

fn top(schema: &Schema, name: &ObjectName) -> ObjectName {
    parent(schema, name).map_or_else(|| name.clone(), |parent| top(schema, parent))
}

/// The renames that comments in the scripts declare, `from`'s the other way round.
fn both_ways(from: &str, to: &str) -> Renames {
    let mut declared = renames(to);
    let back = renames(from);
    let tables = back.tables.iter().map(|(old, new)| (new.clone(), old.clone()));
    declared.tables.extend(tables);
    for (table, old, new) in back.columns {
        let was = back.tables.iter().find(|(_, now)| *now == table);
        let table = was.map_or(table, |(was, _)| was.clone());
        declared.columns.push((table, new, old));
    }
    declared
}

pub(crate) fn renames(script: &str) -> Renames {
    let mut renames = Renames::default();
    for statement in split(script, &FLAVOR.lexing).unwrap_or_default() {
        let Ok(parsed) = parse_statement(script, &statement, &FLAVOR) else {
            continue;
        };
        for hint in hints(script, &statement, &parsed.declared) {
            let from = FLAVOR.ident(&hint.renamed_from);
            match hint.column {
                Some(column) => renames.columns.push((hint.table, from, column)),
                None => renames.tables.push((
                    ObjectName {
                        schema: hint.table.schema.clone(),
                        name: from,
                    },
                    hint.table,
                )),
            }
        }
    }
    renames
}

/// The dump with the columns of each table sorted; and with rights and storage parameters sorted, whose order says
/// nothing.
pub(crate) fn unordered(dump: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut columns: Option<Vec<String>> = None;
    for line in dump.lines().chain([""]) {
        match &mut columns {
            Some(list) if line.starts_with(')') => {
                list.sort();
                lines.append(list);
                columns = None;
                lines.push(line.to_owned());
            }
            Some(list) => list.push(line.trim_end_matches(',').to_owned()),
            None => {
                if lines.last().is_some_and(|last| is_right(last)) && !is_right(line) {
                    let from = lines.iter().rposition(|line| !is_right(line)).map_or(0, |at| at + 1);
                    lines[from..].sort();
                }
                let line = &sorted_parameters(line);
                let opens = line.starts_with("CREATE") && line.contains(" TABLE ") && line.ends_with('(');
                columns = opens.then(Vec::new);
                lines.push(line.to_owned());
            }
        }
    }
    lines
}

fn is_right(line: &str) -> bool {
    ["GRANT ", "REVOKE ", "ALTER DEFAULT PRIVILEGES "]
        .iter()
        .any(|verb| line.starts_with(verb))
}

fn sorted_parameters(line: &str) -> String {
    let parameters = line.strip_prefix("WITH (").map(|rest| ("", rest));
    let Some((head, rest)) = parameters.or_else(|| line.split_once(" WITH (")) else {
        return line.to_owned();
    };
    let Some((inside, tail)) = rest.split_once(')') else {
        return line.to_owned();
    };
    let mut parameters: Vec<&str> = inside.split(", ").collect();
    parameters.sort_unstable();
    format!("{head} WITH ({}){tail}", parameters.join(", "))
}

fn settle(pairs: &[Pair], judged: Vec<Result<Judged, String>>, looks: &Looks) {
    let (mut passed, mut unordered, mut unloaded) = (0, 0, 0);
    let mut lines = BTreeSet::new();
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut note = |word: &'static str, name: &str, why: &str| {
        *counted.entry(word).or_default() += 1;
        if std::env::var_os("TERRANE_CASE").is_some() {
            say(&format!("{word}: {name}: {why}"));
        }
        let reason: String = why.lines().next().unwrap_or_default().chars().take(240).collect();
        lines.insert(format!("{word}\t{name}\t{reason}"));
    };
    for (pair, judged) in pairs.iter().zip(judged) {
        let judged = match judged {
            Ok(judged) => judged,
            Err(why) => {
                unloaded += 1;
                say(&format!("does not load: {}: {why}", pair.name));
                continue;
            }
        };
        for (side, script) in [("a", &pair.a), ("b", &pair.b)] {
            if let Some(why) = looks.unrestored(script) {
                note("unrestored", &format!("{} {side}", pair.name), &why);
            }
        }
        if let Some((word, why)) = &judged.told_otherwise {
            note(word, &pair.name, why);
        }
        for (way, outcome) in ["a → b", "b → a"].iter().zip(&judged.ways) {
            let name = format!("{} {way}", pair.name);
            match outcome {
                Outcome::Pass => passed += 1,
                Outcome::PassUnordered => {
                    passed += 1;
                    unordered += 1;
                }
                Outcome::Refused(why) => note("refused", &name, why),
                Outcome::Failed(why) => note("failed", &name, why),
                Outcome::Missed(why) => note("missed", &name, why),
            }
        }
    }
    let of = |word: &str| counted.get(word).copied().unwrap_or(0);
    say(&format!(
        "corpus/postgresql.jsonl: {passed} passed (of them {unordered} with columns in another order), {} refused, \
         {} failed, {} missed in silence; {} not seen, {} seen that are none, {} not the same from their dumps; \
         {unloaded} pairs not loaded",
        of("refused"),
        of("failed"),
        of("missed"),
        of("unseen"),
        of("phantom"),
        of("unrestored")
    ));
    if std::env::var_os("TERRANE_CASE").is_none() {
        compare_with_ledger("corpus-ledger.txt", &lines.into_iter().collect(), |_| true);
        assert_eq!(unloaded, 0);
    }
}
