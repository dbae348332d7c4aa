//! L10: what depends survives. Every kind of dependent beside every change that recreates something: a generated matrix,
//! carried over both ways with rows, and judged by `pg_dump`.
//!
//! What does not pass is in `matrix-ledger.txt`, a line a cell. All cells are tried with `TERRANE_MATRIX=1`, and every eighth
//! without. `TERRANE_CASE` names some by a part of their names; `TERRANE_LEDGER=write` writes the ledger anew.

use crate::corpus::{Made, Pair, look};
use crate::harness::{Scratch, block_on, say, server};
use crate::ledger::compare_with_ledger;
use crate::pairs::{Outcome, carry, in_parallel};
use std::collections::BTreeSet;

/// Every which cell is tried where nobody asks for all of them: a whole run takes minutes.
const SHARE: usize = 8;

/// What may be changed, a statement each, by a name.
const BASE: [(&str, &str); 12] = [
    ("e", "CREATE TYPE e AS ENUM ('a', 'b', 'c')"),
    ("co", "CREATE COLLATION co (LOCALE = 'C')"),
    (
        "f",
        "CREATE FUNCTION f(p int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT p'",
    ),
    ("d", "CREATE DOMAIN d AS int CHECK (VALUE > 0)"),
    ("ct", "CREATE TYPE ct AS (x int, y text)"),
    (
        "g",
        "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ),
    (
        "t",
        "CREATE TABLE t (id int NOT NULL, c int NOT NULL, e e, n text COLLATE co, k int GENERATED ALWAYS AS (c + 1) STORED)",
    ),
    ("pk", "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id)"),
    ("u", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (c)"),
    ("ui", "CREATE UNIQUE INDEX ui ON t (id, c)"),
    ("v", "CREATE VIEW v AS SELECT id, c FROM t"),
    ("m", "CREATE MATERIALIZED VIEW m AS SELECT id, c FROM t"),
];

/// Changes: a name, what is changed, and what it is then.
const CHANGES: [(&str, &str, &str); 21] = [
    ("collation redefined", "co", "CREATE COLLATION co (LOCALE = 'POSIX')"),
    (
        "retyped",
        "t",
        "CREATE TABLE t (id int NOT NULL, c bigint NOT NULL, e e, n text COLLATE co, k int GENERATED ALWAYS AS (c + 1) STORED)",
    ),
    (
        "retyped by hand",
        "t",
        "CREATE TABLE t (id int NOT NULL, c numeric(12, 2) NOT NULL, e e, n text COLLATE co, k int GENERATED ALWAYS AS (c + 1) STORED)",
    ),
    (
        "key retyped",
        "t",
        "CREATE TABLE t (id bigint NOT NULL, c int NOT NULL, e e, n text COLLATE co, k int GENERATED ALWAYS AS (c + 1) STORED)",
    ),
    (
        "text shortened",
        "t",
        "CREATE TABLE t (id int NOT NULL, c int NOT NULL, e e, n varchar(50) COLLATE co, k int GENERATED ALWAYS AS (c + 1) STORED)",
    ),
    (
        "collated",
        "t",
        "CREATE TABLE t (id int NOT NULL, c int NOT NULL, e e, n text COLLATE \"C\", k int GENERATED ALWAYS AS (c + 1) STORED)",
    ),
    (
        "computed otherwise",
        "t",
        "CREATE TABLE t (id int NOT NULL, c int NOT NULL, e e, n text COLLATE co, k int GENERATED ALWAYS AS (c + 2) STORED)",
    ),
    (
        "parameter renamed",
        "f",
        "CREATE FUNCTION f(q int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT q'",
    ),
    (
        "result retyped",
        "f",
        "CREATE FUNCTION f(p int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT p::bigint'",
    ),
    (
        "parameter defaulted",
        "f",
        "CREATE FUNCTION f(p int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT p'",
    ),
    (
        "body replaced",
        "f",
        "CREATE FUNCTION f(p int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT p + 0'",
    ),
    ("enum reordered", "e", "CREATE TYPE e AS ENUM ('c', 'b', 'a')"),
    ("enum value dropped", "e", "CREATE TYPE e AS ENUM ('a', 'b')"),
    ("enum value added", "e", "CREATE TYPE e AS ENUM ('a', 'b', 'c', 'z')"),
    (
        "domain ruled otherwise",
        "d",
        "CREATE DOMAIN d AS int CHECK (VALUE > -1)",
    ),
    (
        "domain of another base",
        "d",
        "CREATE DOMAIN d AS bigint CHECK (VALUE > 0)",
    ),
    ("attribute added", "ct", "CREATE TYPE ct AS (x int, y text, z int)"),
    ("attribute retyped", "ct", "CREATE TYPE ct AS (x bigint, y text)"),
    (
        "key carries",
        "pk",
        "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id) INCLUDE (c)",
    ),
    ("unique index widened", "ui", "CREATE UNIQUE INDEX ui ON t (id, c, n)"),
    ("view reordered", "v", "CREATE VIEW v AS SELECT c, id FROM t"),
];

/// Dependents: a name, and the statements.
const DEPENDENTS: [(&str, &str); 50] = [
    ("view", "CREATE VIEW w AS SELECT c, n FROM t"),
    (
        "view with all",
        "CREATE VIEW w WITH (security_barrier = true) AS SELECT id, c FROM t; COMMENT ON VIEW w IS 'w'; \
         GRANT SELECT ON w TO pg_monitor; GRANT SELECT (c) ON w TO pg_read_all_stats; COMMENT ON COLUMN w.c IS 'c'",
    ),
    (
        "view on a view",
        "CREATE VIEW w AS SELECT c FROM v; CREATE VIEW x AS SELECT c FROM w",
    ),
    (
        "materialized view",
        "CREATE MATERIALIZED VIEW w AS SELECT c, e FROM t; CREATE UNIQUE INDEX w_c ON w (c); COMMENT ON INDEX w_c IS 'w'",
    ),
    ("view of a function", "CREATE VIEW w AS SELECT f(c) AS x, k FROM t"),
    (
        "view of a type",
        "CREATE VIEW w AS SELECT 'a'::e AS e, 1::d AS d, ROW(1, 'a')::ct AS ct",
    ),
    (
        "trigger on a view",
        "CREATE TRIGGER tr INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION g(); COMMENT ON TRIGGER tr ON v IS 'tr'",
    ),
    (
        "rule on a view",
        "CREATE RULE r AS ON INSERT TO v DO INSTEAD NOTHING; COMMENT ON RULE r ON v IS 'r'",
    ),
    (
        "rule",
        "CREATE RULE r AS ON DELETE TO t WHERE OLD.c < 0 DO INSTEAD NOTHING",
    ),
    (
        "rule that writes",
        "CREATE TABLE log (c int); CREATE RULE r AS ON UPDATE TO t DO ALSO INSERT INTO log VALUES (OLD.id)",
    ),
    (
        "atomic body",
        "CREATE FUNCTION h() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(id) + f(1) FROM t; END; COMMENT ON FUNCTION h() IS 'h'",
    ),
    (
        "atomic body on a view",
        "CREATE FUNCTION h() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(c) FROM v; END",
    ),
    (
        "function of rows",
        "CREATE FUNCTION h() RETURNS SETOF v LANGUAGE sql AS 'SELECT * FROM v'",
    ),
    (
        "function of a table",
        "CREATE FUNCTION h(x t) RETURNS int LANGUAGE sql AS 'SELECT x.id'",
    ),
    (
        "function of an enum",
        "CREATE FUNCTION h(x e DEFAULT 'a') RETURNS text LANGUAGE sql AS 'SELECT x::text'",
    ),
    (
        "function with a default",
        "CREATE FUNCTION h(x int DEFAULT f(1)) RETURNS int LANGUAGE sql AS 'SELECT x'",
    ),
    (
        "function by text",
        "CREATE FUNCTION h() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t WHERE c > f(0)'",
    ),
    (
        "policy",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (c > 0); COMMENT ON POLICY p ON t IS 'p'",
    ),
    (
        "policy of a function",
        "CREATE POLICY p ON t USING (f(id) > 0) WITH CHECK (e <> 'b')",
    ),
    (
        "policy of another table",
        "CREATE TABLE o (x int); CREATE POLICY p ON o USING (x IN (SELECT c FROM t))",
    ),
    (
        "trigger of a column",
        "CREATE TRIGGER tr BEFORE UPDATE OF c ON t FOR EACH ROW EXECUTE FUNCTION g(); COMMENT ON TRIGGER tr ON t IS 'tr'",
    ),
    (
        "trigger with a condition",
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW WHEN (f(NEW.id) > 0) EXECUTE FUNCTION g()",
    ),
    (
        "trigger that is off",
        "CREATE TRIGGER tr AFTER UPDATE OF c ON t FOR EACH ROW EXECUTE FUNCTION g(); ALTER TABLE t DISABLE TRIGGER tr",
    ),
    (
        "index of a function",
        "CREATE INDEX i ON t (f(id)); COMMENT ON INDEX i IS 'i'",
    ),
    ("partial index", "CREATE INDEX i ON t (id) WHERE e = 'a' AND c > 0"),
    ("index that carries", "CREATE INDEX i ON t (n) INCLUDE (c)"),
    ("index of a computed column", "CREATE INDEX i ON t (k)"),
    (
        "check",
        "ALTER TABLE t ADD CONSTRAINT ch CHECK (f(id) > 0 AND c > -100); COMMENT ON CONSTRAINT ch ON t IS 'ch'",
    ),
    ("check of an enum", "ALTER TABLE t ADD CONSTRAINT ch CHECK (e <> 'b')"),
    (
        "default",
        "CREATE TABLE o (x int DEFAULT f(1), y e DEFAULT 'a', z d DEFAULT 1)",
    ),
    (
        "computed column",
        "CREATE TABLE o (x int, y int GENERATED ALWAYS AS (f(x)) STORED); CREATE INDEX oi ON o (y)",
    ),
    (
        "domain of a function",
        "CREATE DOMAIN dd AS int DEFAULT f(1) CHECK (f(VALUE) > 0); CREATE TABLE o (x dd)",
    ),
    ("domain of an enum", "CREATE DOMAIN dd AS e CHECK (VALUE <> 'b')"),
    ("columns of types", "CREATE TABLE o (a e[], b d, x ct, y ct[])"),
    ("typed table", "CREATE TABLE o OF ct; COMMENT ON TABLE o IS 'o'"),
    (
        "composite of an enum",
        "CREATE TYPE cc AS (a e, b int); CREATE TABLE o (x cc)",
    ),
    (
        "domain over a domain",
        "CREATE DOMAIN dd AS d CHECK (VALUE < 100); CREATE TABLE o (x dd DEFAULT 3, y dd[]); COMMENT ON DOMAIN dd IS 'dd'; \
         INSERT INTO o VALUES (1, ARRAY[2]::dd[])",
    ),
    (
        "domain over a composite",
        "CREATE DOMAIN dd AS ct; CREATE TABLE o (x dd); INSERT INTO o VALUES (jsonb_populate_record(NULL::ct, '{\"x\": 1, \"y\": \"a\"}'))",
    ),
    (
        "functions of types",
        "CREATE FUNCTION h(x d, y ct[]) RETURNS d LANGUAGE sql AS 'SELECT 1::d'; GRANT EXECUTE ON FUNCTION h(d, ct[]) TO pg_monitor",
    ),
    (
        "computed from an enum",
        "CREATE TABLE o (x e, y boolean GENERATED ALWAYS AS (x = 'a') STORED, z boolean GENERATED ALWAYS AS (x <> 'b') STORED); \
         CREATE INDEX oi ON o (y, x); INSERT INTO o VALUES ('a')",
    ),
    (
        "columns that compare",
        "CREATE TABLE o (x e UNIQUE, y e CHECK (y = x) REFERENCES o (x), z d CHECK (z > 0), EXCLUDE (x WITH =) WHERE (x <> y)); \
         CREATE INDEX oi ON o ((x = y), z); INSERT INTO o VALUES ('a', 'a', 1)",
    ),
    (
        "partitions",
        "CREATE TABLE o (x e, y d, z ct, k int, CHECK (x <> 'b')) PARTITION BY LIST (k); CREATE TABLE o1 PARTITION OF o FOR VALUES IN (1); \
         CREATE INDEX oi ON o (x) WHERE x = 'a'; INSERT INTO o VALUES ('a', 1, jsonb_populate_record(NULL::ct, '{\"x\": 1, \"y\": \"a\"}'), 1)",
    ),
    (
        "inherited columns",
        "CREATE TABLE o (x e DEFAULT 'a', y d, z ct); CREATE TABLE o1 (CHECK (x <> 'b')) INHERITS (o); CREATE VIEW w AS SELECT x, y, z FROM o1; \
         INSERT INTO o1 VALUES ('a', 1, jsonb_populate_record(NULL::ct, '{\"x\": 1, \"y\": \"a\"}'))",
    ),
    (
        "columns of rows",
        "CREATE TABLE o (r t, rs t[] DEFAULT '{}', k int, CHECK ((r).id > 0)); CREATE VIEW w AS SELECT (r).id FROM o; \
         CREATE INDEX oi ON o (((r).c)) WHERE k > 0; CREATE TABLE oo (o o); \
         INSERT INTO o VALUES ((1, 2, 'a', 'x', 3), ARRAY[(4, 5, NULL, NULL, 7)::t, NULL]), (NULL, NULL); \
         INSERT INTO oo SELECT o FROM o",
    ),
    (
        "reference",
        "CREATE TABLE o (x int CONSTRAINT fk REFERENCES t (id) ON DELETE CASCADE); COMMENT ON CONSTRAINT fk ON o IS 'fk'",
    ),
    (
        "reference to a unique key",
        "CREATE TABLE o (x int CONSTRAINT fk REFERENCES t (c))",
    ),
    (
        "statistics",
        "CREATE STATISTICS st (dependencies) ON c, n FROM t; COMMENT ON STATISTICS st IS 'st'",
    ),
    ("statistics of a function", "CREATE STATISTICS st ON (f(id)), n FROM t"),
    (
        "publication",
        "CREATE PUBLICATION pub FOR TABLE t (id, c) WHERE (id > 0)",
    ),
    (
        "rights and marks",
        "GRANT SELECT (c), UPDATE (n) ON t TO pg_monitor; COMMENT ON COLUMN t.c IS 'c'; ALTER TABLE t REPLICA IDENTITY USING INDEX ui; \
         ALTER TABLE t CLUSTER ON u; GRANT EXECUTE ON FUNCTION f(int) TO pg_monitor; COMMENT ON FUNCTION f(int) IS 'f'; \
         COMMENT ON TYPE e IS 'e'; GRANT USAGE ON TYPE e TO pg_monitor; COMMENT ON CONSTRAINT u ON t IS 'u'; COMMENT ON VIEW v IS 'v'",
    ),
];

const ROWS: &str = "INSERT INTO t (id, c, e, n) VALUES (1, 5, 'a', 'x'), (2, 7, NULL, 'y')";

fn script(changed: Option<(&str, &str)>, dependent: &str) -> String {
    let mut script = String::new();
    for (name, statement) in BASE {
        let statement = changed
            .filter(|(of, _)| *of == name)
            .map_or(statement, |(_, then)| then);
        script.push_str(statement);
        script.push_str(";\n");
    }
    script + dependent + ";\n"
}

fn cells() -> Vec<Pair> {
    let all = CHANGES.iter().flat_map(|(change, of, then)| {
        DEPENDENTS.iter().map(move |(dependent, statements)| Pair {
            name: format!("{change} × {dependent}"),
            a: script(None, statements),
            b: script(Some((of, then)), statements),
            seed: ROWS.to_owned(),
        })
    });
    match std::env::var("TERRANE_CASE") {
        Ok(part) => all.filter(|cell| cell.name.contains(&part)).collect(),
        Err(_) if std::env::var_os("TERRANE_MATRIX").is_some() => all.collect(),
        Err(_) => all.step_by(SHARE).collect(),
    }
}

/// Both ways; or why one of the two cannot be made.
fn judge(url: &str, cell: &Pair) -> Result<[Outcome; 2], String> {
    block_on(async {
        let mut a = Scratch::new(url, &cell.a).await?;
        let mut b = match Scratch::new(url, &cell.b).await {
            Ok(b) => b,
            Err(why) => {
                a.drop().await;
                return Err(why);
            }
        };
        let judged = both(cell, &mut a, &mut b).await;
        a.drop().await;
        b.drop().await;
        judged
    })
}

async fn both(cell: &Pair, a: &mut Scratch, b: &mut Scratch) -> Result<[Outcome; 2], String> {
    let (made_a, made_b): (Made, Made) = (look(a).await?, look(b).await?);
    for scratch in [&mut *a, &mut *b] {
        scratch
            .database
            .execute(&cell.seed)
            .await
            .map_err(|error| error.to_string())?;
    }
    let there = carry(a, (&cell.a, &made_a), (&cell.b, &made_b)).await;
    let back = carry(b, (&cell.b, &made_b), (&cell.a, &made_a)).await;
    Ok([there, back])
}

#[test]
fn law_l10_what_depends_survives() {
    let Some(url) = server("law_l10_what_depends_survives") else {
        return;
    };
    let cells = cells();
    let judged = in_parallel(&cells, |cell| judge(&url, cell));
    let mut lines = BTreeSet::new();
    let (mut passed, mut unloaded) = (0, 0);
    for (cell, judged) in cells.iter().zip(judged) {
        let ways = match judged {
            Ok(ways) => ways,
            // Some changes and dependents go not together on the server either.
            Err(why) => {
                unloaded += 1;
                lines.insert(format!("unloaded\t{}\t{}", cell.name, first_line(&why)));
                continue;
            }
        };
        for (way, outcome) in ["there", "back"].iter().zip(ways) {
            let (word, why) = match outcome {
                Outcome::Pass | Outcome::PassUnordered => {
                    passed += 1;
                    continue;
                }
                Outcome::Refused(why) => ("refused", why),
                Outcome::Failed(why) => ("failed", why),
                Outcome::Missed(why) => ("missed", why),
            };
            if std::env::var_os("TERRANE_CASE").is_some() {
                say(&format!("{word}: {} {way}: {why}", cell.name));
            }
            lines.insert(format!("{word}\t{}\t{way}: {}", cell.name, first_line(&why)));
        }
    }
    say(&format!(
        "{} cells: {passed} ways passed, {unloaded} cells are none",
        cells.len()
    ));
    if std::env::var_os("TERRANE_CASE").is_none() {
        let names: BTreeSet<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
        compare_with_ledger("matrix-ledger.txt", &lines, |name| names.contains(name));
    }
}

fn first_line(why: &str) -> String {
    why.lines().next().unwrap_or_default().chars().take(240).collect()
}
