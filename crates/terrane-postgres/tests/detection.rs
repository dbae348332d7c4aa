//! What Alembic's autogenerate was measured not to see on PostgreSQL, or to see wrongly, is seen and carried over here.
//!
//! A test for each row: a database is made by one script and filled, and brought to the schema that another script makes in
//! a database of its own. What is said to the server is told word for word; the rows survive; and nothing is left to say.

use crate::corpus::look;
use crate::harness::{Scratch, block_on, server};
use crate::pairs::{counts, execute, lost, renames, unordered};
use sqlx::Row;
use terrane_core::dialect::Dialect;
use terrane_core::diff::{Delta, Renames, diff};
use terrane_core::op::Op;
use terrane_postgres::Postgres;

/// From one script's schema to another's.
pub(crate) struct Change<'t> {
    pub(crate) before: &'t str,
    pub(crate) after: &'t str,
    /// The statements, with single spaces.
    pub(crate) says: &'t [&'t str],
    /// A query of one text, and what it gives in the end.
    pub(crate) keeps: Option<(&'t str, &'t str)>,
}

/// Carries the change over, and gives what the differ said of it.
#[track_caller]
pub(crate) fn carried(test: &str, change: &Change<'_>) -> Option<Delta> {
    let url = server(test)?;
    Some(block_on(carry(&url, change)))
}

async fn carry(url: &str, change: &Change<'_>) -> Delta {
    let mut database = Scratch::new(url, change.before).await.unwrap();
    let mut wish = Scratch::new(url, change.after).await.unwrap();
    let (before, after) = (look(&mut database).await.unwrap(), look(&mut wish).await.unwrap());
    wish.drop().await;
    let options = Postgres.capability().diff_options(false);
    let delta = diff(&before.schema, &after.schema, &renames(change.after), &options);
    let statements = Postgres.lower(&delta.ops, &before.schema).unwrap();
    let said: Vec<String> = statements.iter().map(|statement| words(&statement.sql)).collect();
    assert_eq!(said, change.says);
    let rows = counts(&mut database.database, &before.schema).await;
    execute(&mut database.database, &statements).await.unwrap();
    let reached = look(&mut database).await.unwrap();
    let now = counts(&mut database.database, &reached.schema).await;
    assert_eq!(lost((&before.schema, &rows), (&reached.schema, &now), &delta.ops), None);
    if let Some((query, expected)) = change.keeps {
        let rows = database.database.rows(query).await.unwrap();
        assert_eq!(rows[0].get::<String, _>(0), expected);
    }
    let left = diff(&reached.schema, &after.schema, &Renames::default(), &options);
    let left: Vec<String> = left.ops.iter().map(Op::describe).collect();
    assert_eq!(left, [""; 0]);
    assert_eq!(unordered(&reached.dump), unordered(&after.dump));
    database.drop().await;
    delta
}

/// With single spaces, and without the version of an extension, which is the server's.
fn words(sql: &str) -> String {
    let words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.split_once(" VERSION ") {
        Some((extension, _)) => extension.to_owned(),
        None => words,
    }
}

macro_rules! rows {
    ($($(#[$about:meta])* $name:ident: $before:expr, $after:expr, $says:expr $(, $keeps:expr)?;)*) => {$(
        $(#[$about])*
        #[test]
        fn $name() {
            #[allow(unused_mut, unused_assignments, reason = "not every row asks for rows")]
            let mut keeps = None;
            $(keeps = Some($keeps);)?
            $crate::detection::carried(stringify!($name), &$crate::detection::Change { before: $before, after: $after, says: $says, keeps });
        }
    )*};
}

pub(crate) use rows;

rows! {
    a_column_that_is_declared_to_be_renamed_keeps_its_values:
        "CREATE TABLE t (id integer, nick text); INSERT INTO t VALUES (1, 'Ann')",
        "CREATE TABLE t (id integer, name text /* renamed_from: nick */)",
        &["ALTER TABLE t RENAME COLUMN nick TO name"],
        ("SELECT name FROM t", "Ann");

    a_table_that_is_declared_to_be_renamed_keeps_its_rows:
        "CREATE TABLE client (id integer PRIMARY KEY); INSERT INTO client VALUES (7);
         CREATE TABLE bill (client integer REFERENCES client)",
        "-- renamed_from: client
         CREATE TABLE customer (id integer, CONSTRAINT client_pkey PRIMARY KEY (id));
         CREATE TABLE bill (client integer, CONSTRAINT bill_client_fkey FOREIGN KEY (client) REFERENCES customer)",
        &["ALTER TABLE client RENAME TO customer"],
        ("SELECT id::text FROM customer", "7");

    another_primary_key_takes_the_place_of_the_first:
        "CREATE TABLE t (a integer PRIMARY KEY, b integer NOT NULL); INSERT INTO t VALUES (1, 2)",
        "CREATE TABLE t (a integer NOT NULL, b integer, PRIMARY KEY (b, a))",
        &["ALTER TABLE t DROP CONSTRAINT t_pkey", "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (b, a)"];

    a_primary_key_that_others_refer_to_is_changed_without_losing_the_references:
        "CREATE TABLE t (a integer PRIMARY KEY, b integer NOT NULL UNIQUE); INSERT INTO t VALUES (1, 2);
         CREATE TABLE r (b integer REFERENCES t (b)); INSERT INTO r VALUES (2)",
        "CREATE TABLE t (a integer, b integer NOT NULL UNIQUE, PRIMARY KEY (a, b));
         CREATE TABLE r (b integer REFERENCES t (b))",
        &["ALTER TABLE t DROP CONSTRAINT t_pkey", "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (a, b)"];

    a_length_that_is_given_up_and_a_precision_that_is_given_are_changes_of_type:
        "CREATE TABLE t (a varchar(10), b numeric); INSERT INTO t VALUES ('x', 1.239)",
        "CREATE TABLE t (a varchar, b numeric(10, 2))",
        &["ALTER TABLE t ALTER COLUMN a TYPE character varying, ALTER COLUMN b TYPE numeric(10,2)"],
        ("SELECT a || b FROM t", "x1.24");

    a_collation_is_part_of_a_column:
        "CREATE TABLE t (a text, b text COLLATE \"C\"); CREATE INDEX i ON t (a); INSERT INTO t VALUES ('x', 'y')",
        "CREATE TABLE t (a text COLLATE \"C\", b text); CREATE INDEX i ON t (a)",
        &["ALTER TABLE t ALTER COLUMN a TYPE text COLLATE \"C\", ALTER COLUMN b TYPE text"];

    a_value_is_added_to_an_enum_where_it_belongs:
        "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE t (m mood); INSERT INTO t VALUES ('happy')",
        "CREATE TYPE mood AS ENUM ('sad', 'calm', 'happy'); CREATE TABLE t (m mood)",
        &["ALTER TYPE mood ADD VALUE 'calm' AFTER 'sad'"],
        ("SELECT m::text FROM t", "happy");

    the_type_of_a_new_column_is_made_before_it:
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1)",
        "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (a integer, m mood DEFAULT 'sad' NOT NULL)",
        &["CREATE TYPE mood AS ENUM ('sad')", "ALTER TABLE t ADD COLUMN m mood NOT NULL DEFAULT 'sad'::mood"],
        ("SELECT m::text FROM t", "sad");

    the_type_of_the_last_column_goes_with_it:
        "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (a integer, m mood); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer)",
        &["ALTER TABLE t DROP COLUMN m", "DROP TYPE mood"];

    a_named_check_that_is_new_is_added:
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer, CONSTRAINT positive CHECK (a > 0))",
        &["ALTER TABLE t ADD CONSTRAINT positive CHECK ((a > 0))"];

    a_named_check_that_says_something_else_is_replaced:
        "CREATE TABLE t (a integer, CONSTRAINT positive CHECK (a > 0)); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer, CONSTRAINT positive CHECK (a >= 0))",
        &["ALTER TABLE t DROP CONSTRAINT positive", "ALTER TABLE t ADD CONSTRAINT positive CHECK ((a >= 0))"];

    a_check_that_was_never_named_and_did_not_change_stays:
        "CREATE TABLE t (a integer, CHECK (a > 0), CHECK (a IN (1, 2))); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer CHECK (((a)) > 0), CHECK (a = ANY (ARRAY[1, 2])))",
        &[];

    the_order_of_columns_in_a_unique_constraint_counts:
        "CREATE TABLE t (a integer, b integer, CONSTRAINT u UNIQUE (a, b)); INSERT INTO t VALUES (1, 2)",
        "CREATE TABLE t (a integer, b integer, CONSTRAINT u UNIQUE (b, a))",
        &["ALTER TABLE t DROP CONSTRAINT u", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (b, a)"];

    when_a_unique_constraint_is_checked_counts:
        "CREATE TABLE t (a integer, CONSTRAINT u UNIQUE (a)); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer, CONSTRAINT u UNIQUE (a) DEFERRABLE INITIALLY DEFERRED)",
        &[
            "ALTER TABLE t DROP CONSTRAINT u",
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) DEFERRABLE INITIALLY DEFERRED",
        ];

    the_predicate_of_an_index_counts:
        "CREATE TABLE t (a integer, gone boolean); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer, gone boolean); CREATE INDEX i ON t (a) WHERE NOT gone",
        &["DROP INDEX i", "CREATE INDEX i ON t (a) WHERE (NOT gone)"];

    the_method_of_an_index_counts:
        "CREATE TABLE t (a integer); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer); CREATE INDEX i ON t USING hash (a)",
        &["DROP INDEX i", "CREATE INDEX i ON t USING hash (a)"];

    the_columns_that_an_index_carries_along_count:
        "CREATE TABLE t (a integer, b integer); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer, b integer); CREATE INDEX i ON t (a) INCLUDE (b)",
        &["DROP INDEX i", "CREATE INDEX i ON t (a) INCLUDE (b)"];

    the_operator_class_of_an_index_counts:
        "CREATE TABLE t (a text); CREATE INDEX i ON t (a); INSERT INTO t VALUES ('x')",
        "CREATE TABLE t (a text); CREATE INDEX i ON t (a text_pattern_ops)",
        &["DROP INDEX i", "CREATE INDEX i ON t (a text_pattern_ops)"];

    an_index_under_another_name_is_renamed_and_not_built_again:
        "CREATE TABLE t (a integer); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer); CREATE INDEX ix_t_a ON t (a)",
        &["ALTER INDEX i RENAME TO ix_t_a"];

    how_a_foreign_key_matches_counts:
        "CREATE TABLE p (a integer, b integer, PRIMARY KEY (a, b)); INSERT INTO p VALUES (1, 2);
         CREATE TABLE t (a integer, b integer, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p); INSERT INTO t VALUES (1, 2)",
        "CREATE TABLE p (a integer, b integer, PRIMARY KEY (a, b));
         CREATE TABLE t (a integer, b integer, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p MATCH FULL)",
        &[
            "ALTER TABLE t DROP CONSTRAINT f",
            "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL",
        ];

    a_foreign_key_under_another_name_is_renamed_and_not_checked_again:
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (p integer REFERENCES p)",
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (p integer CONSTRAINT fk_t_p REFERENCES p)",
        &["ALTER TABLE t RENAME CONSTRAINT t_p_fkey TO fk_t_p"];

    a_function_is_made_anew_between_the_default_that_called_it_and_the_expression_that_calls_it:
        "CREATE FUNCTION f(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT x';
         CREATE TABLE t (a integer, g bigint DEFAULT f(1)); INSERT INTO t VALUES (3)",
        "CREATE FUNCTION f(x integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT x::bigint';
         CREATE TABLE t (a integer, g bigint GENERATED ALWAYS AS (f(a)) STORED)",
        &[
            "ALTER TABLE t ALTER COLUMN g DROP DEFAULT",
            "DROP FUNCTION f(integer)",
            "CREATE FUNCTION f(x integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $function$SELECT x::bigint$function$",
            "ALTER TABLE t DROP COLUMN g",
            "ALTER TABLE t ADD COLUMN g bigint GENERATED ALWAYS AS (f(a)) STORED",
        ],
        ("SELECT g::text FROM t", "3");

    an_index_of_a_view_that_is_away_for_a_moment_is_not_dropped_twice:
        // Until 15 the only table of a query qualifies its columns, where there are two everywhere.
        "CREATE TABLE t (a integer); CREATE MATERIALIZED VIEW v AS SELECT t.a FROM t, t o; CREATE INDEX i ON v (a)",
        "CREATE TABLE t (a bigint); CREATE MATERIALIZED VIEW v AS SELECT t.a FROM t, t o",
        &[
            "DROP INDEX i",
            "DROP MATERIALIZED VIEW v",
            "ALTER TABLE t ALTER COLUMN a TYPE bigint",
            "CREATE MATERIALIZED VIEW v AS SELECT t.a FROM t, t o",
        ];

    a_reference_is_not_validated_where_its_key_is_made_anew:
        "CREATE TABLE k (a integer PRIMARY KEY, b integer); CREATE TABLE t (a integer);
         ALTER TABLE t ADD CONSTRAINT r FOREIGN KEY (a) REFERENCES k NOT VALID",
        "CREATE TABLE k (a integer, b integer, PRIMARY KEY (a) INCLUDE (b)); CREATE TABLE t (a integer);
         ALTER TABLE t ADD CONSTRAINT r FOREIGN KEY (a) REFERENCES k",
        &[
            "ALTER TABLE t DROP CONSTRAINT r",
            "ALTER TABLE k DROP CONSTRAINT k_pkey",
            "ALTER TABLE k ADD CONSTRAINT k_pkey PRIMARY KEY (a) INCLUDE (b)",
            "ALTER TABLE t ADD CONSTRAINT r FOREIGN KEY (a) REFERENCES k (a)",
        ];

    a_partition_whose_bound_moves_gets_what_its_parent_gets:
        "CREATE TABLE p (k integer NOT NULL, v text) PARTITION BY RANGE (k);
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (5); INSERT INTO p VALUES (1, 'x')",
        "CREATE TABLE p (k integer NOT NULL, v varchar(9) NOT NULL) PARTITION BY RANGE (k);
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)",
        &[
            "ALTER TABLE p ALTER COLUMN v TYPE character varying(9)",
            "ALTER TABLE p ALTER COLUMN v SET NOT NULL",
            "ALTER TABLE p DETACH PARTITION p1",
            "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (9)",
        ],
        ("SELECT v FROM p", "x");

    an_index_comes_back_with_its_type_though_its_comment_goes:
        "CREATE TYPE mood AS ENUM ('z', 'a'); CREATE TABLE t (m mood); CREATE INDEX i ON t (m) WHERE m = 'a';
         COMMENT ON INDEX i IS 'one'",
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood); CREATE INDEX i ON t (m) WHERE m = 'a'",
        &[
            "DROP INDEX i",
            "ALTER TYPE mood RENAME TO _terrane_old_mood",
            "CREATE TYPE mood AS ENUM ('a')",
            "ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood",
            "DROP TYPE _terrane_old_mood",
            "CREATE INDEX i ON t (m) WHERE (m = 'a'::mood)",
        ];

    an_exclusion_constraint_is_added:
        "CREATE TABLE t (during int4range); INSERT INTO t VALUES ('[1,3)')",
        "CREATE TABLE t (during int4range, CONSTRAINT apart EXCLUDE USING gist (during WITH &&))",
        &["ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING gist (during WITH &&)"];

    another_expression_computes_the_column_anew:
        "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED); CREATE INDEX i ON t (b);
         INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a * 10) STORED); CREATE INDEX i ON t (b)",
        &[
            "ALTER TABLE t DROP COLUMN b",
            "ALTER TABLE t ADD COLUMN b integer GENERATED ALWAYS AS ((a * 10)) STORED",
            "CREATE INDEX i ON t (b)",
        ],
        ("SELECT b::text FROM t", "10");

    a_sequence_that_stands_alone_comes_changes_and_goes:
        "CREATE SEQUENCE old; CREATE SEQUENCE s INCREMENT BY 1; SELECT nextval('s')",
        "CREATE SEQUENCE new START WITH 100; CREATE SEQUENCE s INCREMENT BY 5",
        &["CREATE SEQUENCE new START WITH 100", "ALTER SEQUENCE s INCREMENT BY 5", "DROP SEQUENCE old"],
        ("SELECT nextval('s')::text", "6");

    /// PostgreSQL cannot move a column; two orders are two spellings of one table here.
    the_order_of_columns_is_no_difference:
        "CREATE TABLE t (a integer, b text); INSERT INTO t VALUES (1, 'x')",
        "CREATE TABLE t (b text, a integer)",
        &[];

    storage_parameters_are_set_and_reset:
        "CREATE TABLE t (a integer) WITH (autovacuum_enabled = off); INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a integer) WITH (fillfactor = 70)",
        &["ALTER TABLE t RESET (autovacuum_enabled)", "ALTER TABLE t SET (fillfactor=70)"];

    a_view_follows_its_definition_and_comes_after_what_it_reads:
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT t.a FROM t, t o;
         CREATE VIEW w AS SELECT v.a FROM v, v o",
        "CREATE TABLE t (a integer, b integer); CREATE VIEW v AS SELECT t.b FROM t, t o; CREATE VIEW w AS SELECT v.b FROM v, v o",
        &[
            "DROP VIEW w",
            "DROP VIEW v",
            "ALTER TABLE t ADD COLUMN b integer",
            "CREATE VIEW v AS SELECT t.b FROM t, t o",
            "CREATE VIEW w AS SELECT v.b FROM v, v o",
        ];

    a_view_that_did_not_change_outlives_the_new_type_of_what_it_reads:
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT t.a FROM t, t o",
        "CREATE TABLE t (a bigint); CREATE VIEW v AS SELECT t.a FROM t, t o",
        &["DROP VIEW v", "ALTER TABLE t ALTER COLUMN a TYPE bigint", "CREATE VIEW v AS SELECT t.a FROM t, t o"];

    functions_and_the_triggers_that_call_them_are_replaced:
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1);
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE TABLE t (a integer);
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER g BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
        &[
            "DROP TRIGGER g ON t",
            "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $function$BEGIN RETURN NULL; END$function$",
            "CREATE TRIGGER g BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
        ];

    row_security_and_its_policies_are_carried_over:
        "CREATE TABLE t (a integer, who name); INSERT INTO t VALUES (1, 'x');
         CREATE POLICY old ON t USING (true)",
        "CREATE TABLE t (a integer, who name); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON t USING (who = CURRENT_USER)",
        &[
            "DROP POLICY old ON t",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY own ON t USING ((who = CURRENT_USER))",
        ];

    a_domain_comes_before_the_column_that_has_it:
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1)",
        "CREATE DOMAIN plz AS text CONSTRAINT five CHECK (length(VALUE) = 5); CREATE TABLE t (a integer, p plz)",
        &[
            "CREATE DOMAIN plz AS text CONSTRAINT five CHECK ((length(VALUE) = 5))",
            "ALTER TABLE t ADD COLUMN p plz",
        ];

    an_extension_comes_before_what_uses_it:
        "CREATE TABLE t (a text); INSERT INTO t VALUES ('x')",
        "CREATE EXTENSION pg_trgm; CREATE TABLE t (a text); CREATE INDEX i ON t USING gin (a gin_trgm_ops)",
        &[
            "CREATE EXTENSION pg_trgm WITH SCHEMA public",
            "CREATE INDEX i ON t USING gin (a gin_trgm_ops)",
        ];

    an_extension_is_updated_with_all_that_uses_it:
        "CREATE EXTENSION pg_trgm VERSION '1.5'; CREATE TABLE t (a text); CREATE INDEX i ON t USING gin (a gin_trgm_ops)",
        "CREATE EXTENSION pg_trgm VERSION '1.6'; CREATE TABLE t (a text); CREATE INDEX i ON t USING gin (a gin_trgm_ops)",
        &["ALTER EXTENSION pg_trgm UPDATE TO '1.6'"];

    a_name_in_quotes_is_not_the_same_name_in_small_letters:
        "CREATE TABLE t (a integer, \"A\" integer, CONSTRAINT positive CHECK (a > 0)); INSERT INTO t VALUES (1, 2)",
        "CREATE TABLE t (a integer, \"A\" integer, CONSTRAINT positive CHECK (\"A\" > 0))",
        &[
            "ALTER TABLE t DROP CONSTRAINT positive",
            "ALTER TABLE t ADD CONSTRAINT positive CHECK ((\"A\" > 0))",
        ];

    /// Before 15, a sequence has no persistence of its own.
    a_table_and_the_sequences_of_its_columns_become_unlogged_together:
        "CREATE TABLE t (a serial, b integer GENERATED ALWAYS AS IDENTITY); INSERT INTO t DEFAULT VALUES",
        "CREATE UNLOGGED TABLE t (a serial, b integer GENERATED ALWAYS AS IDENTITY)",
        &["ALTER TABLE t SET UNLOGGED"],
        ("SELECT nextval('t_a_seq')::text", "2");

    a_table_and_the_sequences_of_its_columns_become_logged_together:
        "CREATE UNLOGGED TABLE t (a serial, b integer GENERATED ALWAYS AS IDENTITY); INSERT INTO t DEFAULT VALUES",
        "CREATE TABLE t (a serial, b integer GENERATED ALWAYS AS IDENTITY)",
        &["ALTER TABLE t SET LOGGED"],
        ("SELECT nextval('t_a_seq')::text", "2");

    a_schema_comes_before_what_is_in_it:
        "CREATE SCHEMA old; CREATE TABLE t (a integer); INSERT INTO t VALUES (1)",
        "CREATE SCHEMA new; CREATE TABLE new.u (a integer); CREATE TABLE t (a integer)",
        &["CREATE SCHEMA new", "CREATE TABLE new.u ( a integer )", "DROP SCHEMA \"old\""];

    the_partitions_of_a_table_are_not_taken_for_tables_that_nobody_declared:
        "CREATE TABLE p (a integer, b text) PARTITION BY LIST (a);
         CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); INSERT INTO p VALUES (1, 'x')",
        "CREATE TABLE p (a integer, b text, c integer) PARTITION BY LIST (a);
         CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)",
        &[
            "ALTER TABLE p ADD COLUMN c integer",
            "CREATE TABLE p2 ( a integer, b text, c integer )",
            "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2)",
        ];

    /// Every server has this extension.
    what_an_extension_owns_is_none_of_ours:
        "CREATE TABLE theirs (a integer); CREATE FUNCTION theirs() RETURNS integer LANGUAGE sql AS 'SELECT 1';
         ALTER EXTENSION plpgsql ADD TABLE theirs; ALTER EXTENSION plpgsql ADD FUNCTION theirs()",
        "",
        &[];
}

#[test]
fn a_rename_that_nobody_declared_is_asked_for() {
    let change = Change {
        before: "CREATE TABLE t (id integer, nick text)",
        after: "CREATE TABLE t (id integer, name text)",
        says: &["ALTER TABLE t ADD COLUMN name text", "ALTER TABLE t DROP COLUMN nick"],
        keeps: None,
    };
    if let Some(delta) = carried("a_rename_that_nobody_declared_is_asked_for", &change) {
        let asked: Vec<String> = delta
            .questions
            .iter()
            .map(|question| question.rename().describe())
            .collect();
        assert_eq!(asked, ["rename column `nick` of `t` to `name`"]);
    }
}
