//! What autogenerate writes for tables that are in use: whoever reads and writes them goes on meanwhile.

use crate::crash::die;
use std::collections::BTreeSet;
use terrane::{Candidate, Destination, Form, NewRevision};
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::Workbench;

const BEFORE: &str = "\
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE sale (id integer NOT NULL, customer integer, code text, amount integer);
";

const AFTER: &str = "\
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE sale (
    id integer NOT NULL CONSTRAINT sale_key PRIMARY KEY,
    customer integer NOT NULL CONSTRAINT sale_customer REFERENCES customer,
    code text CONSTRAINT sale_code UNIQUE,
    amount integer CONSTRAINT sale_amount CHECK (amount > 0)
);
CREATE INDEX sale_by_customer ON sale (customer);
CREATE TABLE note (id integer PRIMARY KEY, sale integer REFERENCES sale);
CREATE INDEX note_by_sale ON note (sale);
";

const ROWS: &str = "\
INSERT INTO customer SELECT i, 'c' || i FROM generate_series(1, 50) AS i;
INSERT INTO sale SELECT i, 1 + i % 50, 'x' || i, i FROM generate_series(1, 500) AS i;";

async fn stage(test: &str) -> Option<(Throwaway, Workbench)> {
    let database = Throwaway::new(test).await?;
    let bench = Workbench::at(&database.url(), &[("app", &[])], "");
    bench.write("app/model.sql", BEFORE);
    bench.autogenerate("app").await.unwrap().unwrap();
    bench.upgrade("heads").await.unwrap();
    bench.write("app/model.sql", AFTER);
    Some((database, bench))
}

/// The candidate's file.
async fn candidate(bench: &Workbench, form: Form) -> String {
    let project = bench.project();
    let new = NewRevision {
        layer: Some("app".to_owned()),
        form,
        ..NewRevision::default()
    };
    match project.autogenerate(&project.history().unwrap(), &new).await.unwrap() {
        Candidate::Written(written, _) => std::fs::read_to_string(written.path).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The statements of each transaction of the step that an upgrade would do.
async fn transactions(bench: &Workbench, destination: Destination<'_>) -> Vec<Vec<String>> {
    let plan = bench.project().plan(destination).await.unwrap();
    let step = &plan.steps[0];
    let texts = |part: &std::ops::Range<usize>| {
        let statements = &step.statements[part.clone()];
        statements
            .iter()
            .flat_map(|one| one.texts())
            .map(str::to_owned)
            .collect()
    };
    step.parts.iter().map(texts).collect()
}

const WORDS: [&str; 3] = ["CONCURRENTLY", "NOT VALID", "VALIDATE"];

#[test]
fn what_reads_all_rows_of_a_table_in_use_stops_nobody() {
    block_on(async {
        let Some((database, bench)) = stage("online recipes").await else {
            return;
        };
        database.execute(ROWS).await;
        let text = candidate(&bench, Form::Online).await;
        assert!(text.contains("-- Dialect: any"), "{text}");
        let transactions = transactions(&bench, Destination::Upgrade("heads")).await;
        for statement in transactions.iter().flatten() {
            // What is new has no rows, and nobody uses it.
            let is_new = statement.contains("note");
            let reads = [
                "CREATE INDEX",
                "CREATE UNIQUE INDEX",
                "PRIMARY KEY (",
                "UNIQUE (",
                "CHECK (",
                "FOREIGN KEY",
            ];
            let reads = reads.iter().any(|word| statement.contains(word));
            let is_soft = WORDS.iter().any(|word| statement.contains(word));
            assert!(is_new || !reads || is_soft, "{statement}");
        }
        // A lock from before would be held as long as the rows are read.
        for part in transactions.iter().filter(|part| part.len() > 1) {
            assert!(!part.iter().any(|sql| sql.contains("VALIDATE")), "{part:?}");
        }
        let filled = transactions
            .iter()
            .flatten()
            .position(|sql| sql.contains("SET NOT NULL"));
        let proven = transactions
            .iter()
            .flatten()
            .position(|sql| sql.contains("VALIDATE CONSTRAINT sale_customer_filled"));
        assert!(proven.is_some() && proven < filled, "{transactions:?}");
        bench.upgrade("heads").await.unwrap();
        assert!(bench.autogenerate("app").await.unwrap().is_none());
        let invalid = "SELECT count(*) FROM pg_constraint WHERE NOT convalidated OR conname ~ 'filled'";
        assert_eq!(database.value(invalid).await, "0");
        bench.downgrade("-1").await.unwrap();
        bench.upgrade("heads").await.unwrap();
        assert!(bench.autogenerate("app").await.unwrap().is_none());
        database.end().await;
    });
}

#[test]
fn what_writes_a_table_anew_says_so() {
    block_on(async {
        let Some((database, bench)) = stage("what rewrites").await else {
            return;
        };
        let columns = [
            ("a bigint GENERATED BY DEFAULT AS IDENTITY", true),
            ("a double precision DEFAULT random()", true),
            ("a integer DEFAULT 7", false),
            ("a timestamptz DEFAULT now()", false),
        ];
        for (column, says) in columns {
            let models = BEFORE.replace("amount integer", &format!("amount integer, {column}"));
            bench.write("app/model.sql", &models);
            let text = candidate(&bench, Form::Online).await;
            assert_eq!(text.contains("-- Writes the table anew"), says, "{text}");
            bench.upgrade("heads").await.unwrap();
            bench.downgrade("-1").await.unwrap();
            for file in std::fs::read_dir(bench.path("app/versions")).unwrap() {
                let path = file.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                if text.contains("ADD COLUMN") {
                    std::fs::remove_file(path).unwrap();
                }
            }
        }
        database.end().await;
    });
}

#[test]
fn an_empty_table_is_changed_in_one_transaction() {
    block_on(async {
        let Some((database, bench)) = stage("online on empty tables").await else {
            return;
        };
        candidate(&bench, Form::Online).await;
        let transactions = transactions(&bench, Destination::Upgrade("heads")).await;
        assert_eq!(transactions.len(), 1, "{transactions:?}");
        let soft = |sql: &&String| WORDS.iter().any(|word| sql.contains(word));
        assert_eq!(transactions[0].iter().find(soft), None);
        bench.upgrade("heads").await.unwrap();
        assert!(bench.autogenerate("app").await.unwrap().is_none());
        bench.downgrade("-1").await.unwrap();
        database.end().await;
    });
}

#[test]
fn the_short_form_is_one_transaction_whatever_rows_there_are() {
    block_on(async {
        let Some((database, bench)) = stage("the short form").await else {
            return;
        };
        database.execute(ROWS).await;
        let text = candidate(&bench, Form::Short).await;
        assert!(!WORDS.iter().any(|word| text.contains(word)), "{text}");
        assert_eq!(transactions(&bench, Destination::Upgrade("heads")).await.len(), 1);
        database.end().await;
    });
}

#[test]
fn rows_that_do_not_fit_are_mended_and_the_revision_goes_on() {
    block_on(async {
        let Some((database, bench)) = stage("rows that do not fit online").await else {
            return;
        };
        database.execute(ROWS).await;
        database.execute("UPDATE sale SET amount = -1 WHERE id = 7").await;
        candidate(&bench, Form::Online).await;
        let error = bench.upgrade("heads").await.unwrap_err();
        assert!(error.to_string().contains("sale_amount"), "{error}");
        let help = &error.diagnostics[0].help;
        assert!(
            help.iter().any(|help| help == "Rows that do not fit: id = 7."),
            "{help:?}"
        );
        // New rows are checked already.
        let mut connection = database.connect().await;
        connection
            .execute("INSERT INTO sale VALUES (900, 1, 'y', -2)")
            .await
            .unwrap_err();
        connection.close().await.unwrap();
        database.execute("UPDATE sale SET amount = 1 WHERE id = 7").await;
        bench.upgrade("heads").await.unwrap();
        assert!(bench.autogenerate("app").await.unwrap().is_none());
        database.end().await;
    });
}

/// L9.
#[test]
fn a_recipe_that_is_killed_anywhere_goes_on_where_it_stopped() {
    block_on(async {
        let Some((database, bench)) = stage("a recipe that is killed").await else {
            return;
        };
        database.execute(ROWS).await;
        candidate(&bench, Form::Online).await;
        bench.upgrade("heads").await.unwrap();
        let made = database.dump(&BTreeSet::new());
        let mut killed = 0;
        loop {
            bench.downgrade("-1").await.unwrap();
            if !die(&bench, "upgrade", killed) {
                break;
            }
            killed += 1;
            // The server may still be at work on what it was told last.
            bench.upgrade("heads").await.unwrap();
            assert_eq!(database.dump(&BTreeSet::new()), made, "killed at {killed}");
        }
        assert!(killed > 20, "{killed}");
        database.end().await;
    });
}
