//! Words in, SQL out.

use super::lower;
use crate::FLAVOR;
use terrane_core::ddl::parse_statement;
use terrane_core::op::Op;
use terrane_core::schema::{Schema, Unmodelled};
use terrane_core::sql::split;

fn ops(script: &str) -> Vec<Op> {
    let statements = split(script, &FLAVOR.lexing).unwrap();
    let read = |statement| parse_statement(script, &statement, &FLAVOR).unwrap().ops;
    statements.into_iter().flat_map(read).collect()
}

fn schema(script: &str) -> Schema {
    let mut schema = Schema::new();
    for op in ops(script) {
        op.apply(&mut schema).unwrap();
    }
    schema
}

#[track_caller]
fn says(before: &str, change: &str, expected: &[&str]) {
    says_in(&schema(before), &ops(change), expected);
}

#[track_caller]
fn says_in(before: &Schema, ops: &[Op], expected: &[&str]) {
    let statements = lower(ops, before).unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: Vec<String> = statements.iter().map(|statement| words(&statement.sql)).collect();
    assert_eq!(said, expected);
}

#[track_caller]
fn refuses(before: &str, change: &str, reason: &str) {
    let refused = lower(&ops(change), &schema(before)).unwrap_err();
    assert_eq!(refused.reason, reason);
}

fn other(kind: &str, name: &str, definition: &str) -> Unmodelled {
    Unmodelled {
        name: FLAVOR.object(name),
        kind: kind.to_owned(),
        definition: FLAVOR.expr(definition),
    }
}

const T: &str = "CREATE TABLE t (id integer PRIMARY KEY, a text, b integer DEFAULT 1)";

#[test]
fn tables() {
    says(
        "",
        "CREATE TABLE app.t (id bigint GENERATED ALWAYS AS IDENTITY, a text COLLATE \"C\", b int GENERATED ALWAYS AS (1) STORED);
         COMMENT ON TABLE app.t IS 'x'",
        &[
            "CREATE TABLE app.t ( id bigint GENERATED ALWAYS AS IDENTITY, a text COLLATE \"C\", b int GENERATED ALWAYS AS (1) STORED )",
            "COMMENT ON TABLE app.t IS 'x'",
        ],
    );
    says(
        T,
        "ALTER TABLE t RENAME TO app.u",
        &["ALTER TABLE t SET SCHEMA app", "ALTER TABLE app.t RENAME TO u"],
    );
    says(T, "DROP TABLE t", &["DROP TABLE t"]);
}

#[test]
fn what_only_postgresql_says_of_a_table() {
    for (change, said) in [
        ("SET (unlogged)", "SET UNLOGGED"),
        ("RESET (unlogged)", "SET LOGGED"),
        ("SET (fillfactor = '70')", "SET (fillfactor=70)"),
        ("RESET (fillfactor)", "RESET (fillfactor)"),
        ("SET (row security)", "ENABLE ROW LEVEL SECURITY"),
        ("RESET (force row security)", "NO FORCE ROW LEVEL SECURITY"),
        ("SET (inherits = 'p, app.q')", "INHERIT p"),
        ("SET (tablespace = 'fast')", "SET TABLESPACE fast"),
        (
            "SET (replica identity = 'using index i')",
            "REPLICA IDENTITY USING INDEX i",
        ),
        ("RESET (cluster on)", "SET WITHOUT CLUSTER"),
    ] {
        let statements = lower(&ops(&format!("ALTER TABLE t {change}")), &schema(T)).unwrap();
        assert_eq!(statements[0].sql, format!("ALTER TABLE t {said}"));
    }
    assert_eq!(
        lower(&ops("ALTER TABLE t ORDER COLUMNS (b, a, id)"), &schema(T)).unwrap(),
        []
    );
}

#[test]
fn a_table_that_becomes_partitioned_is_made_anew_and_its_rows_move() {
    says(
        "CREATE TABLE t (id integer, a text, b integer GENERATED ALWAYS AS (id + 1) STORED, UNIQUE (id, a), CHECK (id > 0))",
        "ALTER TABLE t SET (partition by = 'LIST (a)')",
        &[
            "ALTER TABLE t RENAME TO terrane_was",
            "CREATE TABLE t ( id integer, a text, b integer GENERATED ALWAYS AS (id + 1) STORED, CHECK (id > 0) ) \
             PARTITION BY LIST (a)",
            "INSERT INTO t (id, a) SELECT id, a FROM terrane_was",
            "DROP TABLE terrane_was",
            "ALTER TABLE t ADD UNIQUE (id, a)",
        ],
    );
}

#[test]
fn a_partition_is_attached_after_it_is_made() {
    let parent = "CREATE TABLE p (a int); ALTER TABLE p SET (partition by = 'LIST (a)')";
    let mut made = ops("CREATE TABLE c (a int)");
    if let Op::CreateTable(table) = &mut made[0] {
        table.attributes.set("partition of", Some("p"));
        table.attributes.set("bound", Some("FOR VALUES IN (1)"));
    }
    says_in(
        &schema(parent),
        &made,
        &[
            "CREATE TABLE c ( a int )",
            "ALTER TABLE p ATTACH PARTITION c FOR VALUES IN (1)",
        ],
    );
}

#[test]
fn a_part_of_an_index_is_made_once_whatever_becomes_of_its_partition_later() {
    let before = schema(
        "CREATE TABLE p (a int); ALTER TABLE p SET (partition by = 'RANGE (a)'); CREATE TABLE c (a int);
         ALTER TABLE c SET (partition of = 'p'); ALTER TABLE c SET (bound = 'FOR VALUES FROM (1) TO (2)')",
    );
    let mut change = ops(
        "CREATE INDEX i ON p (a); ALTER TABLE c SET (bound = 'FOR VALUES FROM (1) TO (3)');
         CREATE INDEX j ON c (a)",
    );
    if let Op::CreateIndex { index, .. } = &mut change[2] {
        index.attributes.set("inherited", Some("i"));
    }
    says_in(
        &before,
        &change,
        &[
            "CREATE INDEX j ON c (a)",
            "CREATE INDEX i ON p (a)",
            "ALTER TABLE p DETACH PARTITION c",
            "ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (1) TO (3)",
        ],
    );
}

#[test]
fn a_divided_partition_that_moves_gets_its_index_from_the_leaves_up() {
    let before = schema(
        "CREATE TABLE p (a int); ALTER TABLE p SET (partition by = 'RANGE (a)');
         CREATE TABLE c (a int); ALTER TABLE c SET (partition by = 'LIST (a)'); ALTER TABLE c SET (partition of = 'p');
         ALTER TABLE c SET (bound = 'FOR VALUES FROM (1) TO (2)');
         CREATE TABLE d (a int); ALTER TABLE d SET (partition of = 'c'); ALTER TABLE d SET (bound = 'DEFAULT')",
    );
    let mut change = ops(
        "ALTER TABLE c SET (bound = 'FOR VALUES FROM (1) TO (3)'); CREATE INDEX i ON p (a); CREATE INDEX j ON c (a);
         CREATE INDEX k ON d (a)",
    );
    for (at, of) in [(2, "i"), (3, "j")] {
        if let Op::CreateIndex { index, .. } = &mut change[at] {
            index.attributes.set("inherited", Some(of));
        }
    }
    says_in(
        &before,
        &change,
        &[
            "ALTER TABLE p DETACH PARTITION c",
            "CREATE INDEX k ON d (a)",
            "CREATE INDEX j ON c (a)",
            "ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (1) TO (3)",
            "CREATE INDEX i ON p (a)",
        ],
    );
}

#[test]
fn types_of_columns() {
    says(
        T,
        "ALTER TABLE t ALTER b TYPE bigint",
        &[
            "ALTER TABLE t ALTER COLUMN b DROP DEFAULT",
            "ALTER TABLE t ALTER COLUMN b TYPE bigint",
            "ALTER TABLE t ALTER COLUMN b SET DEFAULT 1",
        ],
    );
    says(
        T,
        "ALTER TABLE t ALTER a TYPE varchar(9)",
        &["ALTER TABLE t ALTER COLUMN a TYPE character varying(9)"],
    );
    says(
        T,
        "ALTER TABLE t ALTER a TYPE integer",
        &["ALTER TABLE t ALTER COLUMN a TYPE integer USING a::integer"],
    );
    says(
        T,
        "ALTER TABLE t ALTER b TYPE text; ALTER TABLE t ALTER b SET DEFAULT 'x'",
        &[
            "ALTER TABLE t ALTER COLUMN b DROP DEFAULT",
            "ALTER TABLE t ALTER COLUMN b TYPE text",
            "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'x'",
        ],
    );
    says(
        T,
        "ALTER TABLE t ALTER a TYPE text COLLATE \"C\"",
        &["ALTER TABLE t ALTER COLUMN a TYPE text COLLATE \"C\""],
    );
}

#[test]
fn columns() {
    says(
        T,
        "ALTER TABLE t ADD c int NOT NULL DEFAULT 3",
        &["ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 3"],
    );
    says(T, "ALTER TABLE t DROP a", &["ALTER TABLE t DROP COLUMN a"]);
    says(
        T,
        "ALTER TABLE t RENAME a TO \"A\"",
        &["ALTER TABLE t RENAME COLUMN a TO \"A\""],
    );
    says(
        T,
        "ALTER TABLE t ALTER a SET NOT NULL",
        &["ALTER TABLE t ALTER COLUMN a SET NOT NULL"],
    );
    says(
        T,
        "ALTER TABLE t ALTER b DROP DEFAULT",
        &["ALTER TABLE t ALTER COLUMN b DROP DEFAULT"],
    );
    says(T, "COMMENT ON COLUMN t.a IS NULL", &["COMMENT ON COLUMN t.a IS NULL"]);
    says(
        T,
        "ALTER TABLE t ALTER a SET (storage = 'external')",
        &["ALTER TABLE t ALTER COLUMN a SET STORAGE EXTERNAL"],
    );
    says(
        T,
        "ALTER TABLE t ALTER a RESET (statistics)",
        &["ALTER TABLE t ALTER COLUMN a SET STATISTICS -1"],
    );
    says(
        T,
        "ALTER TABLE t ALTER a RESET (compression)",
        &["ALTER TABLE t ALTER COLUMN a SET COMPRESSION default"],
    );
}

#[test]
fn numbered_and_computed_columns() {
    says(
        T,
        "ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY (START WITH 5)",
        &[
            "ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (START WITH 5)",
            "SELECT setval(pg_get_serial_sequence('t', 'id'), max(id)) FROM t HAVING max(id) > 0",
        ],
    );
    let numbered = "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (INCREMENT BY 2))";
    says(
        numbered,
        "ALTER TABLE t ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (CACHE 5)",
        &["ALTER TABLE t ALTER COLUMN id SET GENERATED BY DEFAULT SET INCREMENT BY 1 SET CACHE 5"],
    );
    says(
        numbered,
        "ALTER TABLE t ALTER id DROP IDENTITY",
        &["ALTER TABLE t ALTER COLUMN id DROP IDENTITY"],
    );
    let computed = "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED); CREATE INDEX i ON t (b)";
    says(
        computed,
        "ALTER TABLE t ALTER b DROP EXPRESSION",
        &["ALTER TABLE t ALTER COLUMN b DROP EXPRESSION"],
    );
    // What it was computed from may change then, and the values stay.
    says(
        computed,
        "ALTER TABLE t ALTER a TYPE bigint; ALTER TABLE t ALTER b DROP EXPRESSION; ALTER TABLE t ALTER b SET DEFAULT 1",
        &[
            "ALTER TABLE t ALTER COLUMN b DROP EXPRESSION",
            "ALTER TABLE t ALTER COLUMN a TYPE bigint",
            "ALTER TABLE t ALTER COLUMN b SET DEFAULT 1",
        ],
    );
    // Nor does what its old expression called have to wait.
    says(
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
         CREATE TABLE t (a int, b int GENERATED ALWAYS AS (f(1)) STORED)",
        "ALTER TABLE t ALTER b SET EXPRESSION AS (a * 2) STORED; DROP FUNCTION f; ALTER TABLE t ALTER a TYPE bigint",
        &[
            "ALTER TABLE t DROP COLUMN b",
            "DROP FUNCTION f",
            "ALTER TABLE t ALTER COLUMN a TYPE bigint",
            "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a * 2) STORED",
        ],
    );
    says(
        computed,
        "ALTER TABLE t ALTER b SET EXPRESSION AS (a + 2) STORED",
        &[
            "ALTER TABLE t DROP COLUMN b",
            "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a + 2) STORED",
            "CREATE INDEX i ON t (b)",
        ],
    );
}

#[test]
fn constraints() {
    says(
        T,
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b) DEFERRABLE INITIALLY DEFERRED",
        &["ALTER TABLE t ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b) DEFERRABLE INITIALLY DEFERRED"],
    );
    says(
        T,
        "ALTER TABLE t ADD CONSTRAINT e EXCLUDE USING gist (a WITH =)",
        &["ALTER TABLE t ADD CONSTRAINT e EXCLUDE USING gist (a WITH =)"],
    );
    says(
        T,
        "ALTER TABLE t DROP PRIMARY KEY",
        &["ALTER TABLE t DROP CONSTRAINT t_pkey"],
    );
    let referring = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int, CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id) NOT VALID)";
    says(
        referring,
        "ALTER TABLE c DROP CONSTRAINT f; ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id)",
        &["ALTER TABLE c VALIDATE CONSTRAINT f"],
    );
    let valid = referring.replace(" NOT VALID", "");
    says(
        &valid,
        "ALTER TABLE c DROP CONSTRAINT f; ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id) DEFERRABLE",
        &["ALTER TABLE c ALTER CONSTRAINT f DEFERRABLE"],
    );
    says(
        &valid,
        "ALTER TABLE c RENAME CONSTRAINT f TO g",
        &["ALTER TABLE c RENAME CONSTRAINT f TO g"],
    );
    refuses(
        "CREATE TABLE t (a int, CONSTRAINT n CHECK (a > 0))",
        "ALTER TABLE t DROP CHECK (a > 1)",
        "PostgreSQL drops a constraint by its name, and the name of this one of `t` is not known",
    );
}

#[test]
fn a_reference_goes_while_its_key_does() {
    let referring = "CREATE TABLE p (id int, CONSTRAINT k PRIMARY KEY (id)); CREATE TABLE c (p int, CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id))";
    says(
        referring,
        "ALTER TABLE p DROP CONSTRAINT k; ALTER TABLE p ADD CONSTRAINT l PRIMARY KEY (id)",
        &[
            "ALTER TABLE c DROP CONSTRAINT f",
            "ALTER TABLE p DROP CONSTRAINT k",
            "ALTER TABLE p ADD CONSTRAINT l PRIMARY KEY (id)",
            "ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id)",
        ],
    );
}

#[test]
fn a_reference_of_a_table_that_goes_later_is_in_nobodys_way() {
    says(
        "CREATE TABLE p (id int, a text, CONSTRAINT pk PRIMARY KEY (id) INCLUDE (a));
         CREATE TABLE t (p int, CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id))",
        "ALTER TABLE p ALTER a TYPE varchar(9); DROP TABLE t",
        &[
            "ALTER TABLE t DROP CONSTRAINT fk",
            "ALTER TABLE p ALTER COLUMN a TYPE character varying(9)",
            "DROP TABLE t",
        ],
    );
}

#[test]
fn indexes_are_in_the_namespace_of_their_table() {
    let indexed = "CREATE TABLE app.t (a text); CREATE INDEX i ON app.t (a)";
    says(indexed, "DROP INDEX i", &["DROP INDEX app.i"]);
    says(indexed, "ALTER INDEX i RENAME TO j", &["ALTER INDEX app.i RENAME TO j"]);
    says(indexed, "COMMENT ON INDEX i IS 'x'", &["COMMENT ON INDEX app.i IS 'x'"]);
    says(
        indexed,
        "CREATE UNIQUE INDEX j ON app.t USING hash (lower(a), (a || 'x') DESC) WHERE a > 'x'",
        &["CREATE UNIQUE INDEX j ON app.t USING hash (lower(a), (a || 'x') DESC) WHERE a > 'x'"],
    );
}

#[test]
fn views_go_while_what_they_read_changes() {
    let views = format!(
        "{T}; CREATE VIEW v AS SELECT a, b FROM t; CREATE VIEW w AS SELECT b FROM v; CREATE MATERIALIZED VIEW m AS SELECT id FROM t"
    );
    says(
        &views,
        "ALTER TABLE t ALTER a TYPE varchar",
        &[
            "DROP VIEW w",
            "DROP VIEW v",
            "ALTER TABLE t ALTER COLUMN a TYPE character varying",
            "CREATE VIEW v AS SELECT a, b FROM t",
            "CREATE VIEW w AS SELECT b FROM v",
        ],
    );
    says(
        &views,
        "DROP VIEW v; CREATE VIEW v AS SELECT b FROM t",
        &[
            "DROP VIEW w",
            "DROP VIEW v",
            "CREATE VIEW v AS SELECT b FROM t",
            "CREATE VIEW w AS SELECT b FROM v",
        ],
    );
    says(&views, "DROP MATERIALIZED VIEW m", &["DROP MATERIALIZED VIEW m"]);
    says(
        &views,
        "COMMENT ON VIEW m IS 'x'",
        &["COMMENT ON MATERIALIZED VIEW m IS 'x'"],
    );
}

#[test]
fn what_is_said_of_a_view_comes_back_with_it() {
    let mut before = schema(&format!("{T}; CREATE VIEW v AS SELECT a FROM t"));
    let grant = other("grant", "SELECT ON TABLE v FROM r", "GRANT SELECT ON TABLE v TO r");
    Op::CreateUnmodelled(grant).apply(&mut before).unwrap();
    says_in(
        &before,
        &ops("ALTER TABLE t ALTER a TYPE varchar"),
        &[
            "DROP VIEW v",
            "ALTER TABLE t ALTER COLUMN a TYPE character varying",
            "CREATE VIEW v AS SELECT a FROM t",
            "GRANT SELECT ON TABLE v TO r",
        ],
    );
}

#[test]
fn triggers_are_dropped_from_what_they_hang_on() {
    let triggers =
        format!("{T}; CREATE TABLE app.u (a int); CREATE TRIGGER g AFTER INSERT ON app.u EXECUTE FUNCTION f()");
    says(&triggers, "DROP TRIGGER g", &["DROP TRIGGER g ON app.u"]);
    refuses(
        T,
        "DROP TRIGGER g",
        "PostgreSQL wants to know what the trigger `g` belongs to, and no table or view that is known has it",
    );
}

#[test]
fn enums() {
    let mood = "CREATE TYPE mood AS ENUM ('a', 'c'); CREATE TABLE t (m mood DEFAULT 'a'::mood)";
    says(
        mood,
        "ALTER TYPE mood AS ENUM ('x', 'a', 'b', 'c', 'd')",
        &[
            "ALTER TYPE mood ADD VALUE 'x' BEFORE 'a'",
            "ALTER TYPE mood ADD VALUE 'b' AFTER 'a'",
            "ALTER TYPE mood ADD VALUE 'd'",
        ],
    );
    let replaced = |values: &str, default: &str| {
        vec![
            "ALTER TYPE mood RENAME TO _terrane_old_mood".to_owned(),
            format!("CREATE TYPE mood AS ENUM ({values})"),
            "ALTER TABLE t ALTER COLUMN m DROP DEFAULT".to_owned(),
            "ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood".to_owned(),
            format!("ALTER TABLE t ALTER COLUMN m SET DEFAULT {default}"),
            "DROP TYPE _terrane_old_mood".to_owned(),
        ]
    };
    let expected = replaced("'c', 'a'", "'a'::mood");
    says(
        mood,
        "ALTER TYPE mood AS ENUM ('c', 'a')",
        &expected.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    // A value that was just added cannot be used in the same transaction.
    let mut expected = replaced("'a', 'c', 'd'", "'d'::mood");
    expected.swap(4, 5);
    says(
        mood,
        "ALTER TYPE mood AS ENUM ('a', 'c', 'd'); ALTER TABLE t ALTER m SET DEFAULT 'd'::mood",
        &expected.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

#[test]
fn what_goes_with_a_value_for_a_moment_comes_back_to_be_renamed() {
    says(
        "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (m mood, a text, CONSTRAINT p CHECK (m <> 'a'::mood));
         CREATE INDEX i ON t (a) WHERE m <> 'a'::mood; CREATE INDEX k ON t (lower(a))",
        "ALTER TYPE mood AS ENUM ('b', 'a'); ALTER INDEX i RENAME TO j; ALTER TABLE t RENAME CONSTRAINT p TO q",
        &[
            "DROP INDEX i",
            "ALTER TABLE t DROP CONSTRAINT p",
            "ALTER TYPE mood RENAME TO _terrane_old_mood",
            "CREATE TYPE mood AS ENUM ('b', 'a')",
            "ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood",
            "DROP TYPE _terrane_old_mood",
            "ALTER TABLE t ADD CONSTRAINT p CHECK (m <> 'a'::mood)",
            "CREATE INDEX j ON t (a) WHERE m <> 'a'::mood",
            "ALTER TABLE t RENAME CONSTRAINT p TO q",
        ],
    );
}

#[test]
fn a_domain_gets_another_base_under_its_columns_and_the_domains_over_it() {
    let mut before = schema("CREATE TABLE t (e email, w work[], CONSTRAINT c CHECK (e <> 'x'::email))");
    for domain in [
        other("domain", "email", "CREATE DOMAIN email AS text"),
        other("domain", "work", "CREATE DOMAIN work AS email"),
    ] {
        before.unmodelled.insert(domain.name.clone(), domain);
    }
    let old = before.unmodelled[&FLAVOR.object("email")].clone();
    let new = other("domain", "email", "CREATE DOMAIN email AS character varying(9)");
    says_in(
        &before,
        &[Op::DropUnmodelled(old), Op::CreateUnmodelled(new)],
        &[
            "ALTER TABLE t DROP CONSTRAINT c",
            "ALTER TYPE email RENAME TO _terrane_old_email",
            "ALTER TYPE work RENAME TO _terrane_old_work",
            "CREATE DOMAIN email AS character varying(9)",
            "CREATE DOMAIN work AS email",
            "ALTER TABLE t ALTER COLUMN e TYPE email",
            "ALTER TABLE t ALTER COLUMN w TYPE work[]",
            "DROP DOMAIN _terrane_old_work",
            "DROP DOMAIN _terrane_old_email",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (e <> 'x'::email)",
        ],
    );
}

#[test]
fn sequences() {
    says(
        "",
        "CREATE SEQUENCE s AS integer OWNED BY t.id; CREATE TABLE t (id int)",
        &[
            "CREATE SEQUENCE s AS integer",
            "CREATE TABLE t ( id int )",
            "ALTER SEQUENCE s OWNED BY t.id",
        ],
    );
    let owned = "CREATE TABLE t (id int, a int); CREATE SEQUENCE s START WITH 5 OWNED BY t.id";
    says(
        owned,
        "ALTER SEQUENCE s OPTIONS (CACHE 7)",
        &["ALTER SEQUENCE s START WITH 1 CACHE 7 OWNED BY NONE"],
    );
    says(
        owned,
        "ALTER TABLE t DROP id; DROP SEQUENCE s",
        &["ALTER TABLE t DROP COLUMN id"],
    );
}

#[test]
fn routines() {
    let f = |body: &str| format!("FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS $$ {body} $$");
    let old = format!("CREATE {}; CREATE TABLE t (a int DEFAULT f(1))", f("SELECT 1"));
    says(
        &old,
        &format!("CREATE OR REPLACE {}", f("SELECT 2")),
        &[&format!("CREATE OR REPLACE {}", f("SELECT 2"))],
    );
    let other = "FUNCTION f(a integer) RETURNS bigint LANGUAGE sql AS $$ SELECT 1 $$";
    says(
        &old,
        &format!("CREATE OR REPLACE {other}"),
        &[
            "ALTER TABLE t ALTER COLUMN a DROP DEFAULT",
            "DROP FUNCTION f",
            &format!("CREATE {other}"),
            "ALTER TABLE t ALTER COLUMN a SET DEFAULT f(1)",
        ],
    );
    says(
        "CREATE PROCEDURE p() LANGUAGE sql AS ''",
        "DROP PROCEDURE p",
        &["DROP PROCEDURE p"],
    );
}

#[test]
fn an_index_that_calls_a_function_comes_back_as_it_is_wished_for_in_the_end() {
    says(
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; CREATE TABLE t (a int);
         CREATE INDEX i ON t (f(a)); COMMENT ON INDEX i IS 'x'",
        "CREATE OR REPLACE FUNCTION f(a int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1';
         COMMENT ON INDEX i IS 'y'; ALTER INDEX i RENAME TO j",
        &[
            "DROP INDEX i",
            "DROP FUNCTION f",
            "CREATE FUNCTION f(a int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
            "CREATE INDEX j ON t (f(a))",
            "COMMENT ON INDEX j IS 'y'",
        ],
    );
}

#[test]
fn an_index_that_is_back_goes_and_comes_by_the_name_that_it_has_since() {
    says(
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; CREATE TYPE mood AS ENUM ('a', 'b');
         CREATE TABLE t (a int, m mood); CREATE INDEX i ON t (f(a)) WHERE m <> 'a'::mood",
        "CREATE OR REPLACE FUNCTION f(a int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1';
         ALTER TYPE mood AS ENUM ('b', 'a'); ALTER INDEX i RENAME TO j",
        &[
            "DROP INDEX i",
            "DROP FUNCTION f",
            "CREATE FUNCTION f(a int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
            "ALTER TYPE mood RENAME TO _terrane_old_mood",
            "CREATE TYPE mood AS ENUM ('b', 'a')",
            "ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood",
            "DROP TYPE _terrane_old_mood",
            "CREATE INDEX j ON t (f(a)) WHERE m <> 'a'::mood",
        ],
    );
}

#[test]
fn a_column_that_a_function_computes_is_computed_anew() {
    let before = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
        CREATE TABLE t (a int, b int GENERATED ALWAYS AS (f(a)) STORED); CREATE INDEX i ON t (b);
        CREATE VIEW v AS SELECT b FROM t";
    let replaced = "CREATE FUNCTION f(a int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1'";
    let change = replaced.replace("CREATE", "CREATE OR REPLACE");
    says(
        before,
        &change,
        &[
            "DROP VIEW v",
            "ALTER TABLE t DROP COLUMN b",
            "DROP FUNCTION f",
            replaced,
            "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (f(a)) STORED",
            "CREATE INDEX i ON t (b)",
            "CREATE VIEW v AS SELECT b FROM t",
        ],
    );
    says(
        before,
        &format!("{change}; ALTER TABLE t ALTER b DROP EXPRESSION"),
        &[
            "DROP VIEW v",
            "ALTER TABLE t ALTER COLUMN b DROP EXPRESSION",
            "DROP FUNCTION f",
            replaced,
            "CREATE VIEW v AS SELECT b FROM t",
        ],
    );
}

#[test]
fn what_has_no_noun() {
    let domain = other("domain", "d", "CREATE DOMAIN d AS text");
    let before = schema("");
    says_in(
        &before,
        &[Op::CreateUnmodelled(domain.clone())],
        &["CREATE DOMAIN d AS text"],
    );
    says_in(&before, &[Op::DropUnmodelled(domain)], &["DROP DOMAIN d"]);
    let rule = other(
        "rule",
        "r ON t",
        "CREATE RULE r AS ON INSERT TO t DO NOTHING; ALTER TABLE t DISABLE RULE r",
    );
    says_in(
        &before,
        &[Op::CreateUnmodelled(rule)],
        &[
            "CREATE RULE r AS ON INSERT TO t DO NOTHING",
            "ALTER TABLE t DISABLE RULE r",
        ],
    );
    let partly = other("subscription", "s", "-- CREATE SUBSCRIPTION s");
    let refused = lower(&[Op::CreateUnmodelled(partly)], &before).unwrap_err();
    assert_eq!(
        refused.reason,
        "the catalog does not tell all that makes the subscription `s`"
    );
}

#[test]
fn rights_that_nobody_meant_to_give_are_taken() {
    let mut before = Schema::new();
    let given = other(
        "default privileges",
        "FOR ROLE o REVOKE SELECT ON TABLES FROM r",
        "ALTER DEFAULT PRIVILEGES FOR ROLE o GRANT SELECT ON TABLES TO r",
    );
    Op::CreateUnmodelled(given).apply(&mut before).unwrap();
    says_in(
        &before,
        &ops("CREATE TABLE t (a int)"),
        &["CREATE TABLE t ( a int )", "REVOKE SELECT ON TABLE t FROM r"],
    );
}
