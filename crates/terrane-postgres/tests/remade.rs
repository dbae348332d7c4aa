//! What PostgreSQL cannot change is recreated, with its rows and all its dependents.

use crate::detection::rows;
use crate::harness::{Scratch, block_on, server};
use sqlx::Row;
use terrane_core::dialect::Dialect;
use terrane_core::schema::TypeName;
use terrane_postgres::Postgres;

const TYPES: [&str; 27] = [
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "numeric(10, 2)",
    "numeric(12, 2)",
    "numeric(12, 3)",
    "numeric(9)",
    "real",
    "text",
    "varchar",
    "varchar(10)",
    "varchar(20)",
    "char(10)",
    "varbit",
    "bit varying(4)",
    "bit(4)",
    "timestamp",
    "timestamp(3)",
    "timestamp(1)",
    "time(2)",
    "time",
    "cidr",
    "inet",
    "text[]",
    "varchar(10)[]",
    "varchar(20)[]",
];

#[test]
fn a_table_is_said_to_be_written_anew_where_the_server_writes_it_anew() {
    let Some(url) = server("rewrites") else { return };
    block_on(async {
        let mut scratch = Scratch::new(&url, "").await.unwrap();
        let mut tried = 0;
        let mut wrong = Vec::new();
        for from in TYPES {
            for to in TYPES {
                let begin = format!("DROP TABLE IF EXISTS t; CREATE TABLE t (a {from})");
                scratch.database.execute(&begin).await.unwrap();
                let file = "SELECT pg_relation_filenode('t')::text";
                let before: String = scratch.database.rows(file).await.unwrap()[0].get(0);
                let alter = format!("ALTER TABLE t ALTER COLUMN a TYPE {to}");
                if scratch.database.execute(&alter).await.is_err() {
                    continue;
                }
                let after: String = scratch.database.rows(file).await.unwrap()[0].get(0);
                tried += 1;
                let told = Postgres.rewrites(&TypeName::new(from), &TypeName::new(to));
                wrong.extend((told != (before != after)).then(|| format!("{from} to {to}: {told}")));
            }
        }
        assert!(tried > 100, "{tried}");
        assert_eq!(wrong, [""; 0]);
        scratch.drop().await;
    });
}

rows! {
    a_view_that_goes_for_a_moment_comes_back_with_its_owner_its_rights_and_its_comment:
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT t.a FROM t, t o;
         ALTER VIEW v OWNER TO pg_monitor; GRANT SELECT ON v TO pg_signal_backend; COMMENT ON VIEW v IS 'x'",
        "CREATE TABLE t (a bigint); CREATE VIEW v AS SELECT t.a FROM t, t o;
         ALTER VIEW v OWNER TO pg_monitor; GRANT SELECT ON v TO pg_signal_backend; COMMENT ON VIEW v IS 'x'",
        &[
            "DROP VIEW v",
            "ALTER TABLE t ALTER COLUMN a TYPE bigint",
            "CREATE VIEW v AS SELECT t.a FROM t, t o",
            "COMMENT ON VIEW v IS 'x'",
            "GRANT SELECT ON TABLE v TO pg_signal_backend",
            "ALTER VIEW public.v OWNER TO pg_monitor",
        ];

    columns_that_get_other_types_are_gone_through_once:
        "CREATE TABLE t (a integer, b integer, c integer); INSERT INTO t VALUES (1, 2, 3)",
        "CREATE TABLE t (a bigint, b text, c numeric)",
        &["ALTER TABLE t ALTER COLUMN a TYPE bigint, ALTER COLUMN b TYPE text, ALTER COLUMN c TYPE numeric"],
        ("SELECT a || b || c FROM t", "123");

    what_goes_for_a_moment_comes_back_with_what_is_said_of_it:
        "CREATE TABLE t (id integer PRIMARY KEY, a integer, c integer GENERATED ALWAYS AS (a + 1) STORED);
         CREATE TABLE r (t integer CONSTRAINT fk REFERENCES t); COMMENT ON CONSTRAINT fk ON r IS 'a key';
         CREATE POLICY own ON t USING (a > 1); COMMENT ON POLICY own ON t IS 'a policy';
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER g AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f(); COMMENT ON TRIGGER g ON t IS 'a trigger';
         CREATE MATERIALIZED VIEW m AS SELECT t.a FROM t, t o; CREATE INDEX i ON m (a); COMMENT ON INDEX i IS 'an index';
         COMMENT ON COLUMN m.a IS 'a column'; GRANT SELECT (c) ON t TO pg_monitor;
         INSERT INTO t VALUES (1, 2); INSERT INTO r VALUES (1)",
        "CREATE TABLE t (id text PRIMARY KEY, a bigint, c integer GENERATED ALWAYS AS (a + 2) STORED);
         CREATE TABLE r (t text CONSTRAINT fk REFERENCES t); COMMENT ON CONSTRAINT fk ON r IS 'a key';
         CREATE POLICY own ON t USING (a > 1); COMMENT ON POLICY own ON t IS 'a policy';
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER g AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f(); COMMENT ON TRIGGER g ON t IS 'a trigger';
         CREATE MATERIALIZED VIEW m AS SELECT t.a FROM t, t o; CREATE INDEX i ON m (a); COMMENT ON INDEX i IS 'an index';
         COMMENT ON COLUMN m.a IS 'a column'; GRANT SELECT (c) ON t TO pg_monitor",
        &[
            "ALTER TABLE r DROP CONSTRAINT fk",
            "ALTER TABLE r ALTER COLUMN t TYPE text",
            "ALTER TABLE t ALTER COLUMN id TYPE text",
            "DROP POLICY own ON t",
            "DROP TRIGGER g ON t",
            "DROP MATERIALIZED VIEW m",
            "ALTER TABLE t DROP COLUMN c",
            "ALTER TABLE t ALTER COLUMN a TYPE bigint",
            "ALTER TABLE t ADD COLUMN c integer GENERATED ALWAYS AS ((a + 2)) STORED",
            "CREATE MATERIALIZED VIEW m AS SELECT t.a FROM t, t o",
            "CREATE TRIGGER g AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()",
            "CREATE INDEX i ON public.m USING btree (a)",
            "CREATE POLICY own ON t USING ((a > 1))",
            "COMMENT ON COLUMN public.m.a IS 'a column'",
            "COMMENT ON INDEX public.i IS 'an index'",
            "COMMENT ON POLICY own on public.t IS 'a policy'",
            "COMMENT ON TRIGGER g on public.t IS 'a trigger'",
            "ALTER TABLE r ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES t (id)",
            "COMMENT ON CONSTRAINT fk on public.r IS 'a key'",
            "GRANT SELECT (c) ON TABLE t TO pg_monitor",
        ],
        ("SELECT id || a || c FROM t", "124");

    a_function_that_is_made_anew_is_not_for_everybody_if_it_was_not_before:
        "CREATE TABLE t (a integer); INSERT INTO t VALUES (1);
         CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
         REVOKE EXECUTE ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO pg_monitor",
        "CREATE TABLE t (a integer); CREATE FUNCTION f(a integer) RETURNS text LANGUAGE sql AS 'SELECT ''1''';
         REVOKE EXECUTE ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO pg_monitor",
        &[
            "DROP FUNCTION f(integer)",
            "CREATE FUNCTION f(a integer) RETURNS text LANGUAGE sql AS $function$SELECT '1'$function$",
            "GRANT EXECUTE ON FUNCTION f(integer) TO pg_monitor",
            "REVOKE EXECUTE ON FUNCTION f(integer) FROM PUBLIC",
        ];

    a_table_is_partitioned_with_its_rows_and_all_that_hangs_on_it:
        "CREATE TABLE t (id serial, kind text NOT NULL, n integer CHECK (n > 0), PRIMARY KEY (id, kind));
         CREATE INDEX i ON t (n); COMMENT ON COLUMN t.n IS 'how many'; COMMENT ON TABLE t IS 'things';
         GRANT SELECT ON t TO PUBLIC; CREATE POLICY own ON t USING (n > 1); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE VIEW v AS SELECT count(*) AS n FROM t;
         CREATE TABLE r (id integer, kind text, FOREIGN KEY (id, kind) REFERENCES t);
         INSERT INTO t (kind, n) VALUES ('a', 1), ('b', 2); INSERT INTO r VALUES (2, 'b')",
        "CREATE TABLE t (id serial, kind text NOT NULL, n integer CHECK (n > 0), PRIMARY KEY (id, kind))
            PARTITION BY LIST (kind);
         CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a'); CREATE TABLE t_rest PARTITION OF t DEFAULT;
         CREATE INDEX i ON t (n); COMMENT ON COLUMN t.n IS 'how many'; COMMENT ON TABLE t IS 'things';
         GRANT SELECT ON t TO PUBLIC; CREATE POLICY own ON t USING (n > 1); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE VIEW v AS SELECT count(*) AS n FROM t;
         CREATE TABLE r (id integer, kind text, FOREIGN KEY (id, kind) REFERENCES t)",
        &[
            "DROP POLICY own ON t",
            "DROP VIEW v",
            "ALTER TABLE r DROP CONSTRAINT r_id_kind_fkey",
            "ALTER SEQUENCE t_id_seq OWNED BY NONE",
            "ALTER TABLE t RENAME TO terrane_was",
            "CREATE TABLE t ( id integer NOT NULL DEFAULT nextval('t_id_seq'::regclass), kind text NOT NULL, n integer, CONSTRAINT t_n_check CHECK ((n > 0)) ) PARTITION BY LIST (kind)",
            "COMMENT ON TABLE t IS 'things'",
            "COMMENT ON COLUMN t.n IS 'how many'",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
            "CREATE TABLE t_a ( id integer NOT NULL DEFAULT nextval('t_id_seq'::regclass), kind text NOT NULL, n integer, CONSTRAINT t_a_pkey PRIMARY KEY (id, kind), CONSTRAINT t_n_check CHECK ((n > 0)) )",
            "CREATE INDEX t_a_n_idx ON t_a (n)",
            "ALTER TABLE t ATTACH PARTITION t_a FOR VALUES IN ('a')",
            "CREATE TABLE t_rest ( id integer NOT NULL DEFAULT nextval('t_id_seq'::regclass), kind text NOT NULL, n integer, CONSTRAINT t_rest_pkey PRIMARY KEY (id, kind), CONSTRAINT t_n_check CHECK ((n > 0)) )",
            "CREATE INDEX t_rest_n_idx ON t_rest (n)",
            "ALTER TABLE t ATTACH PARTITION t_rest DEFAULT",
            "INSERT INTO t (id, kind, n) SELECT id, kind, n FROM terrane_was",
            "DROP TABLE terrane_was",
            "ALTER SEQUENCE t_id_seq OWNED BY t.id",
            "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id, kind)",
            "CREATE INDEX i ON t (n)",
            "ALTER TABLE r ADD CONSTRAINT r_id_kind_fkey FOREIGN KEY (id, kind) REFERENCES t (id, kind)",
            "CREATE VIEW v AS SELECT count(*) AS n FROM t",
            "CREATE POLICY own ON t USING ((n > 1))",
            "GRANT SELECT ON TABLE t TO PUBLIC",
        ],
        ("SELECT (SELECT string_agg(id || kind, ' ' ORDER BY id) FROM t) || nextval('t_id_seq')", "1a 2b3");

    a_partitioned_table_becomes_a_plain_one_with_the_rows_of_its_partitions:
        "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY, kind text) PARTITION BY LIST (kind);
         CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a'); CREATE TABLE t_rest PARTITION OF t DEFAULT;
         INSERT INTO t (kind) VALUES ('a'), ('b')",
        "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY, kind text)",
        &[
            "ALTER TABLE t ALTER COLUMN id DROP IDENTITY",
            "ALTER TABLE t RENAME TO terrane_was",
            "CREATE TABLE t ( id integer NOT NULL GENERATED BY DEFAULT AS IDENTITY, kind text )",
            "INSERT INTO t (id, kind) OVERRIDING SYSTEM VALUE SELECT id, kind FROM terrane_was",
            "SELECT setval(pg_get_serial_sequence('t', 'id'), max(id)) FROM t HAVING max(id) > 0",
            "DROP TABLE terrane_was",
        ],
        ("SELECT (SELECT string_agg(id || kind, ' ' ORDER BY id) FROM t) || nextval('t_id_seq')", "1a 2b3");

    a_column_that_a_child_had_first_is_inherited_with_its_values:
        "CREATE TABLE p (a integer); CREATE TABLE c (b text) INHERITS (p); CREATE INDEX i ON c (b);
         INSERT INTO c VALUES (1, 'x')",
        "CREATE TABLE p (a integer, b text); CREATE TABLE c () INHERITS (p); CREATE INDEX i ON c (b)",
        &[
            "ALTER TABLE c RENAME COLUMN b TO terrane_was",
            "ALTER TABLE p ADD COLUMN b text",
            "UPDATE c SET b = terrane_was",
            "ALTER TABLE c DROP COLUMN terrane_was",
            "CREATE INDEX i ON c (b)",
        ],
        ("SELECT b FROM p", "x");

    a_table_that_is_partitioned_stays_in_its_publication_and_keeps_its_triggers_and_statistics:
        "CREATE TABLE p (id integer PRIMARY KEY); INSERT INTO p VALUES (1);
         CREATE TABLE t (id integer NOT NULL, kind text, p integer REFERENCES p, u text GENERATED ALWAYS AS (upper(kind)) STORED);
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t DISABLE TRIGGER g;
         CREATE PUBLICATION news FOR TABLE t; CREATE STATISTICS s ON id, kind FROM t;
         INSERT INTO t VALUES (1, 'a', 1)",
        "CREATE TABLE p (id integer PRIMARY KEY);
         CREATE TABLE t (id integer NOT NULL, kind text, p integer REFERENCES p, u text GENERATED ALWAYS AS (upper(kind)) STORED)
            PARTITION BY RANGE (id);
         CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10) PARTITION BY LIST (kind);
         CREATE TABLE t_1_a PARTITION OF t_1 FOR VALUES IN ('a');
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t DISABLE TRIGGER g;
         CREATE PUBLICATION news FOR TABLE t; CREATE STATISTICS s ON id, kind FROM t",
        &[
            "DROP STATISTICS s",
            "DROP PUBLICATION news",
            "ALTER TABLE t RENAME TO terrane_was",
            "CREATE TABLE t ( id integer NOT NULL, kind text, p integer, u text GENERATED ALWAYS AS (upper(kind)) STORED ) PARTITION BY RANGE (id)",
            "CREATE TABLE t_1 ( id integer NOT NULL, kind text, p integer, u text GENERATED ALWAYS AS (upper(kind)) STORED, CONSTRAINT t_p_fkey FOREIGN KEY (p) REFERENCES p (id) ) PARTITION BY LIST (kind)",
            "ALTER TABLE t ATTACH PARTITION t_1 FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE t_1_a ( id integer NOT NULL, kind text, p integer, u text GENERATED ALWAYS AS (upper(kind)) STORED, CONSTRAINT t_p_fkey FOREIGN KEY (p) REFERENCES p (id) )",
            "ALTER TABLE t_1 ATTACH PARTITION t_1_a FOR VALUES IN ('a')",
            "INSERT INTO t (id, kind, p) SELECT id, kind, p FROM terrane_was",
            "DROP TABLE terrane_was",
            "ALTER TABLE t ADD CONSTRAINT t_p_fkey FOREIGN KEY (p) REFERENCES p (id)",
            "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
            "ALTER TABLE t DISABLE TRIGGER g",
            "CREATE PUBLICATION news FOR TABLE t WITH (publish = 'insert, update, delete, truncate')",
            "CREATE STATISTICS public.s ON id, kind FROM t",
        ],
        ("SELECT u FROM t_1_a", "A");

    a_table_is_partitioned_by_another_key:
        "CREATE TABLE t (id integer, kind text) PARTITION BY LIST (kind);
         CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a'); INSERT INTO t VALUES (1, 'a')",
        "CREATE TABLE t (id integer, kind text) PARTITION BY RANGE (id);
         CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10)",
        &[
            "ALTER TABLE t RENAME TO terrane_was",
            "CREATE TABLE t ( id integer, kind text ) PARTITION BY RANGE (id)",
            "CREATE TABLE t_1 ( id integer, kind text )",
            "ALTER TABLE t ATTACH PARTITION t_1 FOR VALUES FROM (0) TO (10)",
            "INSERT INTO t (id, kind) SELECT id, kind FROM terrane_was",
            "DROP TABLE terrane_was",
        ],
        ("SELECT kind FROM t_1", "a");

    a_table_that_is_partitioned_gets_other_columns_and_keys_as_well:
        "CREATE TABLE t (id integer PRIMARY KEY, day text, gone integer); CREATE INDEX i ON t (gone);
         INSERT INTO t VALUES (1, '2020-01-01', 1)",
        "CREATE TABLE t (id integer, day date, added integer DEFAULT 7, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
         CREATE TABLE t_2020 PARTITION OF t FOR VALUES FROM ('2020-01-01') TO ('2021-01-01'); CREATE INDEX j ON t (added)",
        &[
            "DROP INDEX i",
            "ALTER TABLE t DROP CONSTRAINT t_pkey",
            "ALTER TABLE t ADD COLUMN added integer DEFAULT 7",
            "ALTER TABLE t ALTER COLUMN day TYPE date USING day::date",
            "ALTER TABLE t ALTER COLUMN day SET NOT NULL",
            "ALTER TABLE t DROP COLUMN gone",
            "ALTER TABLE t RENAME TO terrane_was",
            "CREATE TABLE t ( id integer NOT NULL, day date NOT NULL, added integer DEFAULT 7 ) PARTITION BY RANGE (day)",
            "CREATE TABLE t_2020 ( id integer NOT NULL, day date NOT NULL, added integer DEFAULT 7, CONSTRAINT t_2020_pkey PRIMARY KEY (id, day) )",
            "CREATE INDEX t_2020_added_idx ON t_2020 (added)",
            "ALTER TABLE t ATTACH PARTITION t_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
            "INSERT INTO t (id, day, added) SELECT id, day, added FROM terrane_was",
            "DROP TABLE terrane_was",
            "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id, day)",
            "CREATE INDEX j ON t (added)",
        ],
        ("SELECT id || ' ' || day || ' ' || added FROM t_2020", "1 2020-01-01 7");

    a_new_partition_waits_for_the_columns_of_its_parent:
        "CREATE TABLE p (a integer, gone text) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
         INSERT INTO p VALUES (1, 'x')",
        "CREATE TABLE p (a integer, b bigint) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
         CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2); CREATE INDEX i ON p (b)",
        &[
            "ALTER TABLE p ADD COLUMN b bigint",
            "ALTER TABLE p DROP COLUMN gone",
            "CREATE TABLE p2 ( a integer, b bigint )",
            "CREATE INDEX p2_b_idx ON p2 (b)",
            "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2)",
            "CREATE INDEX p1_b_idx ON p1 (b)",
            "CREATE INDEX i ON p (b)",
        ],
        ("SELECT a::text FROM p1", "1");

    a_partition_is_partitioned_itself_and_keeps_its_place_and_its_rows:
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer, kind text, n integer CHECK (n > 0) REFERENCES p, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
         CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a'); CREATE INDEX i ON t (n); CREATE INDEX own ON t_a (kind);
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t_a DISABLE TRIGGER g;
         CREATE TABLE r (id integer, kind text, CONSTRAINT fk FOREIGN KEY (id, kind) REFERENCES t);
         INSERT INTO p VALUES (5); INSERT INTO t VALUES (1, 'a', 5); INSERT INTO r VALUES (1, 'a')",
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer, kind text, n integer CHECK (n > 0) REFERENCES p, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
         CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a') PARTITION BY RANGE (id); CREATE INDEX i ON t (n);
         CREATE TABLE t_a_1 PARTITION OF t_a FOR VALUES FROM (0) TO (10); CREATE INDEX own ON t_a (kind);
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
         ALTER TABLE t_a DISABLE TRIGGER g; ALTER TABLE t_a_1 DISABLE TRIGGER g;
         CREATE TABLE r (id integer, kind text, CONSTRAINT fk FOREIGN KEY (id, kind) REFERENCES t)",
        &[
            "ALTER TABLE r DROP CONSTRAINT fk",
            "ALTER TABLE t DETACH PARTITION t_a",
            "ALTER TABLE t_a RENAME TO terrane_was",
            "CREATE TABLE t_a ( id integer NOT NULL, kind text NOT NULL, n integer, CONSTRAINT t_n_check CHECK ((n > 0)) ) PARTITION BY RANGE (id)",
            "CREATE TABLE t_a_1 ( id integer NOT NULL, kind text NOT NULL, n integer, CONSTRAINT t_a_1_pkey PRIMARY KEY (id, kind), CONSTRAINT t_n_fkey FOREIGN KEY (n) REFERENCES p (id), CONSTRAINT t_n_check CHECK ((n > 0)) )",
            "CREATE INDEX t_a_1_kind_idx ON t_a_1 (kind)",
            "CREATE INDEX t_a_1_n_idx ON t_a_1 (n)",
            "ALTER TABLE t_a ATTACH PARTITION t_a_1 FOR VALUES FROM (0) TO (10)",
            "INSERT INTO t_a (id, kind, n) SELECT id, kind, n FROM terrane_was",
            "DROP TABLE terrane_was",
            "ALTER TABLE t_a ADD CONSTRAINT t_a_pkey PRIMARY KEY (id, kind)",
            "CREATE INDEX own ON t_a (kind)",
            "CREATE INDEX t_a_n_idx ON t_a (n)",
            "ALTER TABLE t_a ADD CONSTRAINT t_n_fkey FOREIGN KEY (n) REFERENCES p (id)",
            "ALTER TABLE t ATTACH PARTITION t_a FOR VALUES IN ('a')",
            "ALTER TABLE t_a DISABLE TRIGGER g",
            "ALTER TABLE r ADD CONSTRAINT fk FOREIGN KEY (id, kind) REFERENCES t (id, kind)",
        ],
        ("SELECT kind FROM t_a_1", "a");

    a_partition_of_many_becomes_one_of_one_elsewhere:
        "CREATE TABLE t (id integer, kind text) PARTITION BY LIST (kind);
         CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a') PARTITION BY RANGE (id);
         CREATE TABLE t_a_1 PARTITION OF t_a FOR VALUES FROM (0) TO (10);
         CREATE TABLE u (id integer, kind text) PARTITION BY RANGE (id)",
        "CREATE TABLE t (id integer, kind text) PARTITION BY LIST (kind);
         CREATE TABLE u (id integer, kind text) PARTITION BY RANGE (id);
         CREATE TABLE t_a PARTITION OF u FOR VALUES FROM (0) TO (10)",
        &[
            "ALTER TABLE t DETACH PARTITION t_a",
            "ALTER TABLE t_a RENAME TO terrane_was",
            "CREATE TABLE t_a ( id integer, kind text )",
            "INSERT INTO t_a (id, kind) SELECT id, kind FROM terrane_was",
            "DROP TABLE terrane_was",
            "ALTER TABLE u ATTACH PARTITION t_a FOR VALUES FROM (0) TO (10)",
        ];

    a_table_that_is_partitioned_becomes_a_partition_as_well:
        "CREATE TABLE t (id integer, kind text) PARTITION BY LIST (kind); CREATE TABLE u (id integer, kind text)",
        "CREATE TABLE t (id integer, kind text) PARTITION BY LIST (kind);
         CREATE TABLE u PARTITION OF t FOR VALUES IN ('a') PARTITION BY RANGE (id);
         CREATE TABLE u_1 PARTITION OF u FOR VALUES FROM (0) TO (10)",
        &[
            "ALTER TABLE u RENAME TO terrane_was",
            "CREATE TABLE u ( id integer, kind text ) PARTITION BY RANGE (id)",
            "CREATE TABLE u_1 ( id integer, kind text )",
            "ALTER TABLE u ATTACH PARTITION u_1 FOR VALUES FROM (0) TO (10)",
            "INSERT INTO u (id, kind) SELECT id, kind FROM terrane_was",
            "DROP TABLE terrane_was",
            "ALTER TABLE t ATTACH PARTITION u FOR VALUES IN ('a')",
        ];
}
