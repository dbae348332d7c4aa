//! What depends on what, as the server keeps it and as the texts tell it.

use crate::harness::{Scratch, block_on, server};
use std::collections::BTreeSet;
use terrane_core::name::ObjectName;
use terrane_core::op::{ObjectKind, edges};
use terrane_core::schema::{Edges, Schema, Source};
use terrane_postgres::inspect::{Dependents, inspect, inspect_wanted};

const SCRIPT: &str = "CREATE SCHEMA app;
CREATE TYPE mood AS ENUM ('sad');
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN n * 2;
CREATE SEQUENCE app.num;
CREATE TABLE app.t (id integer PRIMARY KEY, n integer DEFAULT nextval('app.num'), m mood[], g integer GENERATED ALWAYS AS (twice(n)) STORED,
    CONSTRAINT positive CHECK (twice(n) > 0));
ALTER SEQUENCE app.num OWNED BY app.t.n;
CREATE INDEX i ON app.t (twice(n));
CREATE FUNCTION of_body() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM app.t';
CREATE TABLE kid (t integer CONSTRAINT to_t REFERENCES app.t, x integer) PARTITION BY LIST (x);
CREATE VIEW v AS SELECT n FROM app.t;
CREATE POLICY p ON kid USING (x IN (SELECT n FROM v));
COMMENT ON POLICY p ON kid IS 'a policy';
GRANT SELECT (x) ON kid TO PUBLIC;";

fn schema(url: &str) -> Schema {
    block_on(async {
        let mut scratch = Scratch::new(url, SCRIPT).await.unwrap();
        let inspected = inspect(scratch.database.connection()).await.unwrap();
        scratch.drop().await;
        inspected.schema
    })
}

/// As much as an upgrade looks at that is about one table.
fn share(url: &str, table: &str) -> Schema {
    block_on(async {
        let mut scratch = Scratch::new(url, SCRIPT).await.unwrap();
        let wanted = |_: ObjectKind, name: &ObjectName| name.to_string() == table;
        let inspected = inspect_wanted(scratch.database.connection(), wanted, Dependents::Ignored).await;
        let schema = inspected.unwrap().schema;
        scratch.drop().await;
        schema
    })
}

#[test]
fn of_a_share_the_server_tells_what_it_tells_of_the_whole_and_nothing_of_others() {
    let Some(url) = server("of_a_share_the_server_tells_what_it_tells_of_the_whole_and_nothing_of_others") else {
        return;
    };
    let of = |told: BTreeSet<String>, table: &str| -> BTreeSet<String> {
        let marks = [format!("`{table}` →"), format!("of `{table}` →")];
        let is_meant = |line: &String| marks.iter().any(|mark| line.contains(mark));
        told.into_iter().filter(is_meant).collect()
    };
    let whole = lines(&schema(&url).edges);
    let part = lines(&share(&url, "app.t").edges);
    // What the share does not have, nothing of it depends on.
    let there = |line: &String| !line.contains("→ sequence") || part.iter().any(|other| other == line);
    let expected: BTreeSet<String> = of(whole, "app.t").into_iter().filter(there).collect();
    assert!(expected.len() > 6, "{expected:#?}");
    assert_eq!(of(part.clone(), "app.t"), expected);
    assert_eq!(of(part, "kid"), BTreeSet::new());
}

fn lines(edges: &Edges) -> BTreeSet<String> {
    edges.iter().map(|(from, to, _)| format!("{from} → {to}")).collect()
}

#[test]
fn the_server_tells_what_depends_on_what_and_texts_stand_in_for_it() {
    let Some(url) = server("the_server_tells_what_depends_on_what_and_texts_stand_in_for_it") else {
        return;
    };
    let schema = schema(&url);
    let told = lines(&schema.edges);
    let expected = [
        "column `m` of `app.t` → type `mood`",
        "constraint `positive` of `app.t` → column `n` of `app.t`",
        "constraint `positive` of `app.t` → routine `twice(integer)`",
        "constraint `to_t` of `kid` → constraint `t_pkey` of `app.t`",
        "index `i` of `app.t` → routine `twice(integer)`",
        "table `app.t` → `\"app\"`",
        "the default of column `g` of `app.t` → column `n` of `app.t`",
        "the default of column `g` of `app.t` → routine `twice(integer)`",
        "the default of column `n` of `app.t` → sequence `app.num`",
        "view `v` → column `n` of `app.t`",
        "`p ON kid` → table `kid`",
        "`p ON kid` → view `v`",
        "`POLICY p on public.kid` → `p ON kid`",
        "`SELECT (x) ON TABLE kid FROM PUBLIC` → column `x` of `kid`",
    ];
    let missing: Vec<&str> = expected.into_iter().filter(|line| !told.contains(*line)).collect();
    assert!(missing.is_empty(), "missing: {missing:#?}\nof {told:#?}");
    assert!(
        !told.contains("sequence `app.num` → column `n` of `app.t`"),
        "its owner is no edge"
    );
    // Only what no server told is read from texts: the body of a function.
    let all = edges(&schema);
    let read: Vec<String> = all
        .iter()
        .filter(|(_, _, source)| *source < Source::Server)
        .map(|(from, to, _)| format!("{from} → {to}"))
        .collect();
    assert_eq!(read, ["routine `of_body()` → table `app.t`"]);
    let untold = Schema {
        edges: Edges::default(),
        ..schema.clone()
    };
    assert_eq!(untold, schema, "edges make no difference");
    let derived = lines(&edges(&untold));
    let missing: Vec<&str> = expected
        .into_iter()
        .filter(|line| !derived.contains(*line) && !line.starts_with("`POLICY"))
        .collect();
    assert!(missing.is_empty(), "missing: {missing:#?}\nof {derived:#?}");
}
