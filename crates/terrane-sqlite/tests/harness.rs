//! A throwaway database, an executor, and the judge: SQLite's own catalog.

use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::PathBuf;
use terrane_core::ddl::{hints, parse_statement};
use terrane_core::dialect::{Broken, Dialect, Probe, Verdict};
use terrane_core::diff::{Delta, Renames, diff};
use terrane_core::op::Op;
use terrane_core::schema::Schema;
use terrane_core::sql::{TokenKind, canonical, split, tokenize};
use terrane_sqlite::connect::{Database, Location};
use terrane_sqlite::inspect::{Inspected, inspect};
use terrane_sqlite::load::load;
use terrane_sqlite::misfit::{Misfit, misfit};
use terrane_sqlite::whole::broken;
use terrane_sqlite::{FLAVOR, Sqlite};

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// A file that all teams share, from the root of the repository; see CONTRIBUTING.
pub(crate) fn shared(path: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let folder = std::env::var_os("TERRANE_SHARED").map_or_else(|| root.join("shared"), PathBuf::from);
    let file = folder.join(path);
    let text = std::fs::read_to_string(&file).ok();
    if text.is_none() {
        let note = format!("not run: {} is missing\n", file.display());
        say(note.trim_end());
        if let Some(list) = std::env::var_os("TERRANE_NOT_RUN") {
            use std::io::Write;
            let opened = std::fs::OpenOptions::new().append(true).create(true).open(list);
            opened.and_then(|mut list| list.write_all(note.as_bytes())).unwrap();
        }
    }
    text
}

#[expect(clippy::print_stderr, reason = "figures that the test's reader asks for")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// A database in memory that a script has made.
pub(crate) async fn database(script: &str) -> Database<'static> {
    let mut database = Location::memory().open().await.unwrap();
    run(&mut database, script).await;
    database
}

pub(crate) async fn run(database: &mut Database<'_>, script: &str) {
    for statement in split(script, &FLAVOR.lexing).unwrap() {
        let sql = &script[statement.span.range()];
        if let Err(error) = database.execute(sql).await {
            panic!("{error}\n{sql}");
        }
    }
}

pub(crate) async fn schema(database: &mut Database<'_>) -> Schema {
    let Inspected { schema, unread } = inspect(database.connection()).await.unwrap();
    assert_eq!(unread, []);
    schema
}

pub(crate) async fn desired(script: &str) -> Schema {
    load(script)
        .await
        .unwrap_or_else(|error| panic!("{error}\n{script}"))
        .schema
}

/// The renames that the comments of a script declare.
pub(crate) fn renames(script: &str) -> Renames {
    let mut renames = Renames::default();
    for statement in split(script, &FLAVOR.lexing).unwrap() {
        let Ok(parsed) = parse_statement(script, &statement, &FLAVOR) else {
            continue;
        };
        for hint in hints(script, &statement, &parsed.declared) {
            match hint.column {
                Some(column) => renames
                    .columns
                    .push((hint.table, FLAVOR.ident(&hint.renamed_from), column)),
                None => renames.tables.push((FLAVOR.object(&hint.renamed_from), hint.table)),
            }
        }
    }
    renames
}

pub(crate) fn difference(before: &Schema, after: &Schema, renames: &Renames) -> Delta {
    diff(before, after, renames, &Sqlite.capability().diff_options(false))
}

/// Why a plan did not run.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Found before anything ran.
    Refused(String),
    /// SQLite refused a statement; all is rolled back.
    Failed(String),
    /// Rows do not fit; all is rolled back.
    Misfit(Misfit),
    /// A probe was worse than before; all is rolled back.
    Worse(String),
}

/// Runs ops as the product does: settings, one transaction, probes around the statements.
pub(crate) async fn execute(database: &mut Database<'_>, ops: &[Op], before: &Schema) -> Result<Vec<String>, Failure> {
    let lowered = Sqlite.lower(ops, before);
    let statements =
        lowered.map_err(|refused| Failure::Refused(format!("{}: {:?}", refused.reason, ops[refused.op])))?;
    let conduct = Sqlite.conduct(ops, before);
    for setting in &conduct.before {
        database.execute(setting).await.unwrap();
    }
    database.execute("BEGIN IMMEDIATE").await.unwrap();
    let broken = broken(database).await.unwrap();
    let ran = transaction(database, &statements, &conduct.probes).await;
    if ran.is_ok() {
        still_whole(&broken, &terrane_sqlite::whole::broken(database).await.unwrap(), ops);
    }
    database
        .execute(if ran.is_ok() { "COMMIT" } else { "ROLLBACK" })
        .await
        .unwrap();
    for setting in &conduct.after {
        database.execute(setting).await.unwrap();
    }
    ran.map(|()| statements.into_iter().map(|statement| statement.sql).collect())
}

/// What could be used before can be used after it.
fn still_whole(before: &[Broken], after: &[Broken], ops: &[Op]) {
    let name = |broken: &Broken| (broken.kind, broken.name.clone());
    let known: BTreeSet<_> = before.iter().map(name).collect();
    let made = |broken: &&Broken| {
        // What the ops make broken is their author's wish.
        ops.iter().any(|op| match op {
            Op::CreateTable(table) => table.name.name.as_str() == broken.on,
            Op::CreateView(view) => view.name.name.as_str() == broken.name,
            Op::CreateTrigger(trigger) => trigger.name.as_str() == broken.name,
            _ => false,
        })
    };
    let worse: Vec<_> = after
        .iter()
        .filter(|broken| !known.contains(&name(broken)) && !made(broken))
        .collect();
    assert!(worse.is_empty(), "{worse:#?} by {ops:#?}");
}

async fn transaction(
    database: &mut Database<'_>,
    statements: &[terrane_core::dialect::Statement],
    probes: &[Probe],
) -> Result<(), Failure> {
    let mut baseline = Vec::new();
    for probe in probes {
        baseline.push(database.rows(probe.first()).await.map(|rows| rows.len()).ok());
    }
    for statement in statements {
        if let Err((_, failure)) = database.say(&[&statement.sql], |_| ()).await {
            let terrane_sqlite::say::Failure::Refused(error) = failure else {
                panic!("{} is several statements", statement.sql);
            };
            if let Some(misfit) = misfit(database, &statement.sql, &error).await.unwrap() {
                return Err(Failure::Misfit(misfit));
            }
            let all: Vec<&str> = statements.iter().map(|statement| statement.sql.as_str()).collect();
            return Err(Failure::Failed(format!(
                "{error}\n{}\nof\n{}",
                statement.sql,
                all.join(";\n")
            )));
        }
    }
    for (probe, before) in probes.iter().zip(baseline) {
        let now = database.rows(&probe.sql).await.map(|rows| rows.len());
        let worse = match (probe.verdict, before, &now) {
            (Verdict::StillRuns | Verdict::StillWrites, Some(_), Err(error)) => Some(error.to_string()),
            (Verdict::NoMoreRows | Verdict::NoMoreKeys, Some(_), Err(error)) => Some(error.to_string()),
            (Verdict::NoMoreRows, before, Ok(now)) if *now > before.unwrap_or(0) => {
                Some(format!("{now} broken references"))
            }
            (Verdict::NoMoreKeys, before, Ok(now)) if *now > before.unwrap_or(0) => Some(format!("{now} loose keys")),
            _ => None,
        };
        if let Some(what) = worse {
            return Err(Failure::Worse(format!("{} ({}): {what}", probe.subject, probe.sql)));
        }
    }
    Ok(())
}

/// From what the database holds to what a script says, as the product would: the ops and the statements.
pub(crate) async fn migrate(database: &mut Database<'_>, script: &str) -> Result<(Vec<Op>, Vec<String>), Failure> {
    let before = schema(database).await;
    let after = desired(script).await;
    let delta = difference(&before, &after, &renames(script));
    assert_eq!(delta.stuck, []);
    let statements = execute(database, &delta.ops, &before).await?;
    let reached = schema(database).await;
    let left = difference(&reached, &after, &Renames::default());
    assert!(left.is_empty(), "left over: {:#?}\nafter {statements:#?}", left.ops);
    Ok((delta.ops, statements))
}

/// Migrates from one script to another, and the catalog is as if the second had been run on an empty database.
pub(crate) async fn carried_over(a: &str, b: &str) -> Database<'static> {
    let mut database = database(a).await;
    if let Err(failure) = migrate(&mut database, b).await {
        panic!("{failure:?}");
    }
    let mut direct = self::database(b).await;
    assert_eq!(catalog(&mut database).await, catalog(&mut direct).await);
    database
}

/// What a query gives, each row as one text.
pub(crate) async fn rows(database: &mut Database<'_>, sql: &str) -> Vec<String> {
    let rows = database.rows(sql).await.unwrap_or_else(|error| panic!("{error}"));
    rows.iter()
        .map(|row| {
            let cells = (0..row.len()).map(|at| cell(row, at));
            cells.collect::<Vec<_>>().join("|")
        })
        .collect()
}

fn cell(row: &sqlx::sqlite::SqliteRow, at: usize) -> String {
    use sqlx::{TypeInfo, ValueRef};
    let value = row.try_get_raw(at).unwrap();
    if value.is_null() {
        return "NULL".to_owned();
    }
    match value.type_info().name() {
        "INTEGER" => row.get_unchecked::<i64, _>(at).to_string(),
        "REAL" => format!("{:?}", row.get_unchecked::<f64, _>(at)),
        "BLOB" => format!("{:?}", row.get_unchecked::<Vec<u8>, _>(at)),
        _ => row.get_unchecked::<String, _>(at),
    }
}

pub(crate) async fn one(database: &mut Database<'_>, sql: &str) -> String {
    let rows = rows(database, sql).await;
    assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
    rows.into_iter().next().unwrap()
}

/// What SQLite says a database holds, without help of the reader under test: the pragmas' answers, and of the texts what
/// no pragma tells.
pub(crate) async fn catalog(database: &mut Database<'_>) -> BTreeMap<String, Vec<String>> {
    let mut catalog = BTreeMap::new();
    let objects = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL \
                   AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let mut tables = Vec::new();
    for row in database.rows(objects).await.unwrap() {
        let (kind, name, table, sql): (String, String, String, String) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        let told = if kind == "table" {
            tables.push(name.clone());
            untold(&sql)
        } else {
            let body = &sql[sql.find(&name).map_or(0, |at| at + name.len())..];
            vec![canonical(body.trim_start_matches(['"', ']', '`', '\'']))]
        };
        catalog.insert(format!("{kind} {name} of {table}"), told);
    }
    let list = "SELECT name, type, ncol, wr, strict FROM pragma_table_list WHERE schema = 'main' \
                AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    catalog.insert("tables".to_owned(), rows(database, list).await);
    for table in tables {
        let told = pragmas(database, &table).await;
        catalog.insert(format!("pragmas of {table}"), told);
    }
    catalog
}

async fn pragmas(database: &mut Database<'_>, table: &str) -> Vec<String> {
    let name = terrane_core::sql::quote_string(table);
    let mut told = Vec::new();
    let columns =
        format!("SELECT cid, name, upper(type), \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo({name})");
    for row in database.rows(&columns).await.unwrap() {
        let default: Option<String> = row.get(4);
        let default = default.map_or("none".to_owned(), |default| canonical(&default));
        let cells: Vec<String> = [0, 1, 2, 3, 5, 6].iter().map(|at| cell(&row, *at)).collect();
        told.push(format!("column {} default {default}", cells.join("|")));
    }
    let indexes = format!("SELECT name, \"unique\", origin, partial FROM pragma_index_list({name})");
    let mut keys = Vec::new();
    for row in rows(database, &indexes).await {
        let (index, what) = row.split_once('|').unwrap();
        let columns = format!(
            "SELECT cid, name, \"desc\", coll, key FROM pragma_index_xinfo({})",
            terrane_core::sql::quote_string(index)
        );
        let shown = if index.starts_with("sqlite_autoindex") {
            "auto"
        } else {
            index
        };
        keys.push(format!(
            "index {shown}|{what}: {}",
            rows(database, &columns).await.join(", ")
        ));
    }
    keys.sort();
    told.extend(keys);
    let references = format!(
        "SELECT id, seq, \"table\", \"from\", \"to\", on_update, on_delete, \"match\" FROM pragma_foreign_key_list({name}) ORDER BY id, seq"
    );
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows(database, &references).await {
        let (id, rest) = row.split_once('|').unwrap();
        by_id.entry(id.to_owned()).or_default().push(rest.to_owned());
    }
    let mut references: Vec<String> = by_id
        .into_values()
        .map(|rows| format!("reference {}", rows.join(", ")))
        .collect();
    references.sort();
    told.extend(references);
    told
}

/// What a table's text says and no pragma does: checks, collations, conflict clauses, deferral, AUTOINCREMENT, names of
/// constraints, what generated columns are computed from.
fn untold(sql: &str) -> Vec<String> {
    let tokens: Vec<_> = tokenize(sql, &FLAVOR.lexing).unwrap();
    let tokens: Vec<_> = tokens
        .into_iter()
        .filter(|token| token.kind != TokenKind::Comment)
        .collect();
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(sql, word));
    let group = |from: usize| {
        let mut depth = 0usize;
        for token in &tokens[from..] {
            depth += usize::from(token.is_symbol(sql, "("));
            depth -= usize::from(token.is_symbol(sql, ")"));
            if depth == 0 {
                return canonical(&sql[tokens[from].span.start..token.span.end]);
            }
        }
        String::new()
    };
    let mut told = Vec::new();
    for at in 0..tokens.len() {
        let next = |ahead: usize| tokens.get(at + ahead).map_or("", |token| token.text(sql));
        if is(at, "check") || (is(at, "as") && next(1) == "(") {
            told.push(format!("{} {}", next(0).to_lowercase(), group(at + 1)));
        } else if is(at, "collate") {
            told.push(format!("collate {}", canonical(next(1))));
        } else if is(at, "on") && is(at + 1, "conflict") && !is(at + 2, "abort") {
            told.push(format!("on conflict {}", canonical(next(2))));
        } else if (is(at, "deferrable") && !(at > 0 && is(at - 1, "not"))) || is(at, "autoincrement") {
            told.push(format!(
                "{} {}",
                canonical(next(0)),
                if is(at + 1, "initially") {
                    canonical(next(2))
                } else {
                    String::new()
                }
            ));
        } else if is(at, "constraint") && !is(at + 2, "not") && !is(at + 2, "default") && !is(at + 2, "null") {
            told.push(format!("constraint {} {}", canonical(next(1)), canonical(next(2))));
        }
    }
    told.sort();
    told
}

/// Every row of every table, by the table's name, with its rowid: `(rowid, column -> value)`.
pub(crate) type Rows = BTreeMap<String, Vec<(String, BTreeMap<String, String>)>>;

pub(crate) async fn all_rows(database: &mut Database<'_>, schema: &Schema) -> Rows {
    let mut all = Rows::new();
    for table in schema.tables.values() {
        let taken: BTreeSet<String> = table
            .columns
            .iter()
            .map(|column| column.name.key().to_owned())
            .collect();
        let rowid = ["rowid", "_rowid_", "oid"]
            .into_iter()
            .find(|name| !taken.contains(*name));
        let rowid = rowid.filter(|_| !table.attributes.has("without rowid")).unwrap_or("''");
        let name = table.name.name.as_str().replace('"', "\"\"");
        let found = database
            .rows(&format!("SELECT {rowid}, * FROM \"{name}\" ORDER BY 1"))
            .await;
        let found = found.unwrap_or_else(|error| panic!("{error}"));
        let rows = found.iter().map(|row| {
            let columns = table.columns.iter().enumerate();
            let values = columns.map(|(at, column)| (column.name.key().to_owned(), cell(row, at + 1)));
            (cell(row, 0), values.collect())
        });
        all.insert(table.name.name.key().to_owned(), rows.collect());
    }
    all
}
