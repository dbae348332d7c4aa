//! The day's work with models in SQL: what is generated is what the models say, and nothing is left to say after it.

use terrane::core::diagnostic::codes;
use terrane::core::name::LayerName;
use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};

const MODELS: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE item (id integer PRIMARY KEY, label text COLLATE \"C\", m mood DEFAULT 'ok', n numeric(10,2),
    CONSTRAINT u UNIQUE (label) DEFERRABLE);
CREATE INDEX ix_item ON item USING btree (label) INCLUDE (n) WHERE n > 0;
CREATE VIEW best AS SELECT id FROM item WHERE n > 10;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION half(of int, places int DEFAULT 2) RETURNS numeric LANGUAGE sql AS 'SELECT round(of / 2.0, places)';
CREATE TRIGGER tr BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch();
CREATE SEQUENCE num;
COMMENT ON TABLE item IS 'the best';
";

async fn settles(bench: &Workbench, models: &str) {
    bench.write("shop/model.sql", models);
    let path = bench
        .autogenerate("shop")
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    let text = std::fs::read_to_string(path.expect("the models have changed")).unwrap();
    bench
        .upgrade("heads")
        .await
        .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    if let Some(path) = bench.autogenerate("shop").await.unwrap() {
        panic!(
            "after\n{text}\nthere is still\n{}",
            std::fs::read_to_string(path).unwrap()
        );
    }
}

#[test]
fn models_with_functions_triggers_and_views_settle_change_and_go() {
    block_on(async {
        let Some(database) = Throwaway::new("models on PostgreSQL").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &[("shop", &[])], "");
        settles(&bench, MODELS).await;
        settles(&bench, &MODELS.replace("RETURN NEW", "NEW.n := 1; RETURN NEW")).await;
        settles(&bench, &MODELS.replace("INCLUDE (n) ", "").replace("n > 10", "n > 11")).await;
        let without: Vec<&str> = MODELS
            .lines()
            .filter(|line| !["touch()", "half(", "SEQUENCE"].iter().any(|word| line.contains(word)))
            .collect();
        settles(&bench, &without.join("\n")).await;
        let left = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
        assert_eq!(database.value(left).await, "0");
        let owned = "SELECT string_agg(name, ' ' ORDER BY name) FROM terrane_object";
        assert_eq!(database.value(owned).await, "best item mood");
        bench.downgrade("base").await.unwrap();
        let left =
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'terrane%'";
        assert_eq!(database.value(left).await, "0");
        database.end().await;
    });
}

/// What only PostgreSQL says: none of it has portable words.
const OWN_WORDS: &str = "CREATE SCHEMA app;
CREATE EXTENSION pg_trgm;
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE TYPE app.point3 AS (x int, y int, z int);
CREATE TABLE app.event (at date NOT NULL, who email, place app.point3, n int CHECK (n > 0)) PARTITION BY RANGE (at);
CREATE TABLE app.event_2026 PARTITION OF app.event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE UNLOGGED TABLE hot (id int PRIMARY KEY, label text) WITH (fillfactor = 70);
CREATE INDEX ix_hot ON hot USING gin (label gin_trgm_ops) WITH (fastupdate = off);
ALTER TABLE hot ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON hot FOR SELECT USING (label = CURRENT_USER);
CREATE STATISTICS hot_stats (dependencies) ON id, label FROM hot;
CREATE VIEW safe WITH (security_barrier = true) AS SELECT id FROM hot;
CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a * 2';
CREATE FUNCTION twice(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a || a';
COMMENT ON POLICY own ON hot IS 'each their own';
GRANT SELECT ON hot TO PUBLIC;
";

#[test]
fn models_may_say_whatever_postgresql_does() {
    block_on(async {
        let Some(database) = Throwaway::new("models in PostgreSQL's own words").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &[("shop", &[])], "");
        settles(&bench, OWN_WORDS).await;
        let (old, new) = (
            "CHECK (VALUE ~ '@');",
            "CHECK (VALUE ~ '@') CHECK (length(VALUE) < 99);",
        );
        settles(&bench, &OWN_WORDS.replace(old, new)).await;
        settles(
            &bench,
            &OWN_WORDS
                .replace("fillfactor = 70", "fillfactor = 80")
                .replace("UNLOGGED ", ""),
        )
        .await;
        settles(&bench, &OWN_WORDS.replace("USING (label", "USING (id > 0 AND label")).await;
        settles(&bench, &OWN_WORDS.replace("z int", "z int, w int")).await;
        let owned =
            "SELECT string_agg(name || arguments, ' ' ORDER BY name) FROM terrane_object WHERE kind = 'routine'";
        settles(
            &bench,
            &OWN_WORDS.replace("CREATE FUNCTION twice(a text)", "-- (a text)"),
        )
        .await;
        assert_eq!(
            database.value(owned).await,
            "twice(integer)",
            "the other one of that name is there still"
        );
        settles(&bench, OWN_WORDS).await;
        let fewer = ["POLICY", "STATISTICS", "security_barrier", "a text", "GRANT"];
        let fewer = OWN_WORDS
            .lines()
            .filter(|line| !fewer.iter().any(|word| line.contains(word)));
        settles(&bench, &fewer.collect::<Vec<_>>().join("\n")).await;
        settles(&bench, "CREATE TABLE plain (id int)").await;
        let others = "SELECT count(*) FROM pg_proc WHERE proname = 'twice'";
        assert_eq!(database.value(others).await, "0");
        assert_eq!(
            database.value("SELECT string_agg(name, ' ') FROM terrane_object").await,
            "plain"
        );
        bench.downgrade("base").await.unwrap();
        let left = "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace \
                    WHERE nspname IN ('public', 'app') AND relname NOT LIKE 'terrane%'";
        assert_eq!(database.value(left).await, "0");
        database.end().await;
    });
}

const VENDORS: &str = "CREATE EXTENSION citext;
CREATE SCHEMA rattail;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN rattail.label AS citext CHECK (length(VALUE) < 99);
CREATE TABLE customer (id integer PRIMARY KEY, name rattail.label NOT NULL, m mood DEFAULT 'ok');
CREATE TABLE rattail.\"Odd One\" (id integer PRIMARY KEY, of integer REFERENCES customer);
CREATE VIEW sad AS SELECT id, name FROM customer WHERE m = 'sad';
CREATE FUNCTION rattail.half(of int) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT of / 2.0';
CREATE SEQUENCE rattail.num;";

const POSERS: &str = "CREATE TABLE poser_customer (id integer PRIMARY KEY REFERENCES customer, nick rattail.label, m mood,
    n integer DEFAULT nextval('rattail.num'), CHECK (rattail.half(n) < 10)) WITH (fillfactor = 90);
CREATE TABLE poser_odd (id integer PRIMARY KEY REFERENCES rattail.\"Odd One\");
CREATE VIEW poser_sad AS SELECT s.id, s.name || p.nick AS who FROM sad s JOIN poser_customer p USING (id) JOIN customer USING (id);
CREATE MATERIALIZED VIEW poser_names AS SELECT id, name FROM sad;
CREATE TABLE poser_name (name citext) PARTITION BY LIST (name);
";

#[test]
fn models_refer_to_whatever_the_vendor_has_and_change_none_of_it() {
    block_on(async {
        let Some(database) = Throwaway::new("models beside a vendor's").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &[("rattail", &[]), ("poser", &["rattail"])], "");
        bench.write("rattail/model.sql", VENDORS);
        bench.write("poser/model.sql", "");
        assert!(bench.autogenerate("rattail").await.unwrap().is_some());
        bench.upgrade("heads").await.unwrap();
        let settle = async |models: &str| {
            bench.write("poser/model.sql", models);
            assert!(
                bench
                    .autogenerate("poser")
                    .await
                    .unwrap_or_else(|error| panic!("{error:?}"))
                    .is_some()
            );
            bench.upgrade("heads").await.unwrap_or_else(|error| panic!("{error:?}"));
            for layer in ["poser", "rattail"] {
                assert_eq!(bench.autogenerate(layer).await.unwrap(), None, "{layer}");
            }
        };
        settle(POSERS).await;
        settle(
            &POSERS
                .replace("fillfactor = 90", "fillfactor = 80")
                .replace("s.name ||", "upper(s.name) ||"),
        )
        .await;
        for forbidden in [
            "ALTER TABLE customer ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY mine ON customer USING (true)",
            "GRANT SELECT ON customer TO PUBLIC",
            "ALTER TABLE rattail.\"Odd One\" SET (fillfactor = 50)",
            "CREATE INDEX mine ON customer (name)",
            "ALTER TABLE customer ADD CONSTRAINT mine CHECK (id > 0)",
            "CREATE TABLE customer (id int) PARTITION BY LIST (id)",
        ] {
            bench.write("poser/model.sql", &format!("{POSERS}{forbidden};\n"));
            let error = bench.autogenerate("poser").await.unwrap_err();
            assert_eq!(
                error.diagnostics[0].code,
                codes::FOREIGN_MODEL,
                "{forbidden}: {error:?}"
            );
        }
        database.end().await;
    });
}

#[test]
fn models_that_reach_beyond_the_database_are_refused_before_anything_runs() {
    block_on(async {
        let Some(database) = Throwaway::new("models that reach beyond").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &[("shop", &[])], "");
        for beyond in [
            "CREATE ROLE terrane_beyond",
            "ALTER DATABASE postgres SET work_mem = '4MB'",
            "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION p",
            "GRANT pg_monitor TO postgres",
        ] {
            bench.write("shop/model.sql", &format!("CREATE TABLE t (id int);\n{beyond};\n"));
            let error = bench.autogenerate("shop").await.unwrap_err();
            assert_eq!(
                error.diagnostics[0].code,
                codes::NOT_A_DECLARATION,
                "{beyond}: {error:?}"
            );
        }
        let made = "SELECT count(*) FROM pg_roles WHERE rolname = 'terrane_beyond'";
        assert_eq!(database.value(made).await, "0");
        database.end().await;
    });
}

/// What is left to say about a layer: warnings and differences.
async fn left(bench: &Workbench, layer: &str) -> String {
    let project = bench.project();
    let layer = LayerName::new(layer);
    let comparison = project.compare(&project.history().unwrap(), &layer).await.unwrap();
    let warnings = comparison.warnings.iter().map(|warning| warning.message.clone());
    let ops = comparison.delta.ops.iter().map(|op| op.describe());
    warnings.chain(ops).collect::<Vec<_>>().join("\n")
}

#[test]
fn a5_a_serial_made_by_hand_becomes_an_identity_and_counts_on() {
    block_on(async {
        let Some(database) = Throwaway::new("serial to identity").await else {
            return;
        };
        let made = [
            "CREATE TABLE item (id bigserial PRIMARY KEY, label text)",
            "CREATE TABLE item (id bigint PRIMARY KEY, label text); CREATE SEQUENCE counts OWNED BY item.id; \
             ALTER TABLE item ALTER COLUMN id SET DEFAULT nextval('counts')",
            "DO $$ BEGIN CREATE TABLE item (id bigserial PRIMARY KEY, label text); END $$",
            "CREATE TABLE item (id serial PRIMARY KEY, label text); ALTER TABLE item ALTER COLUMN id TYPE bigint; \
             ALTER SEQUENCE item_id_seq RENAME TO \"Odd.one\"",
        ];
        for upgrade in made {
            let bench = Workbench::at(&database.url(), &[("shop", &[]), ("other", &[])], "");
            bench.draft(&Draft {
                layer: "shop",
                id: "a1",
                upgrade: &format!("{upgrade};"),
                downgrade: "DROP TABLE item;",
                ..Draft::default()
            });
            let identity = "CREATE TABLE item (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, label text);";
            bench.write("shop/model.sql", identity);
            bench.write("other/model.sql", "");
            bench.upgrade("heads").await.unwrap();
            let insert = "INSERT INTO item (label) VALUES ('x')";
            database.execute(insert).await;
            database.execute(insert).await;
            // The sequence is the table's, and nobody else's business.
            assert!(!left(&bench, "shop").await.contains("no owner"), "{upgrade}");
            assert_eq!(left(&bench, "other").await, "", "{upgrade}");
            let path = bench
                .autogenerate("shop")
                .await
                .unwrap()
                .expect("another way of counting");
            let text = std::fs::read_to_string(path).unwrap();
            bench
                .upgrade("heads")
                .await
                .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
            database.execute(insert).await;
            assert_eq!(left(&bench, "shop").await, "", "{upgrade}\n{text}");
            bench
                .downgrade("shop@-1")
                .await
                .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
            database.execute(insert).await;
            let ids = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM item";
            assert_eq!(database.value(ids).await, "1 2 3 4", "{upgrade}\n{text}");
            bench.downgrade("base").await.unwrap();
            let sequences = "SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relname NOT LIKE 'terrane%'";
            assert_eq!(database.value(sequences).await, "0", "{upgrade}");
        }
        database.end().await;
    });
}

#[test]
fn a5_a_function_made_by_create_or_replace_is_the_layers() {
    block_on(async {
        let Some(database) = Throwaway::new("functions that replace").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &[("shop", &[]), ("other", &[])], "");
        let function = "CREATE OR REPLACE FUNCTION half(of int) RETURNS int LANGUAGE sql AS 'SELECT of / 2'";
        bench.draft(&Draft {
            layer: "shop",
            id: "a1",
            upgrade: &format!("CREATE TABLE item (id int);\n{function};"),
            downgrade: "DROP FUNCTION half(int);\nDROP TABLE item;",
            ..Draft::default()
        });
        bench.write("shop/model.sql", &format!("CREATE TABLE item (id int);\n{function};\n"));
        bench.write("other/model.sql", "");
        bench.upgrade("heads").await.unwrap();
        assert_eq!(left(&bench, "shop").await, "");
        assert_eq!(left(&bench, "other").await, "");
        let owner = "SELECT layer FROM terrane_object WHERE kind = 'routine'";
        assert_eq!(database.value(owner).await, "shop");
        // It changes and goes as what was made by CREATE, and comes back.
        settles(
            &bench,
            &format!("CREATE TABLE item (id int);\n{};\n", function.replace("/ 2", "/ 3")),
        )
        .await;
        settles(&bench, "CREATE TABLE item (id int);\n").await;
        let there = "SELECT count(*) FROM pg_proc WHERE proname = 'half'";
        assert_eq!(database.value(there).await, "0");
        bench.downgrade("shop@-1").await.unwrap();
        assert_eq!(database.value("SELECT half(9)::text").await, "3");
        bench.downgrade("shop@-1").await.unwrap();
        assert_eq!(database.value("SELECT half(9)::text").await, "4");
        bench.downgrade("base").await.unwrap();
        assert_eq!(database.value(there).await, "0");
        database.end().await;
    });
}

#[test]
fn a3_a_candidate_says_what_a_change_of_type_loses() {
    block_on(async {
        let Some(database) = Throwaway::new("changes of type").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &[("shop", &[])], "");
        let models = |types: [&str; 5]| {
            let columns: Vec<String> = types.iter().enumerate().map(|(at, ty)| format!("c{at} {ty}")).collect();
            format!("CREATE TABLE item ({});", columns.join(", "))
        };
        let before = ["double precision", "numeric(12,3)", "timestamp", "bigint", "text"];
        settles(&bench, &models(before)).await;
        bench.write(
            "shop/model.sql",
            &models(["real", "numeric(10,2)", "date", "int", "varchar(9)"]),
        );
        let path = bench.autogenerate("shop").await.unwrap().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        for comment in [
            "-- c0: Loses digits: values are rounded to what the new type holds.",
            "-- c1: Loses digits behind the point: values are rounded.",
            "-- c2: Loses the time of day.",
            "-- c3: Fails where a value is out of the range of the new type.",
            "-- c4: Fails where a value is longer than the new type allows.",
        ] {
            assert!(text.lines().any(|line| line == comment), "{comment}\n{text}");
        }
        bench.upgrade("heads").await.unwrap();
        database.end().await;
    });
}

/// Each of them was refused, or was left behind when the models said it no longer.
const READ_BY_THE_SERVER: &str =
    "CREATE SCHEMA s1 CREATE TABLE t (id int CONSTRAINT t_pk PRIMARY KEY) CREATE VIEW v AS SELECT id FROM t;
CREATE VIEW w AS SELECT id FROM s1.t;
CREATE TYPE pair AS (a int, b int);
CREATE TABLE item (id int CONSTRAINT item_pk PRIMARY KEY);
COMMENT ON COLUMN w.id IS 'of a view';
COMMENT ON COLUMN pair.b IS 'of a type';
COMMENT ON INDEX item_pk IS 'of a key';
CREATE FUNCTION even(n int) RETURNS boolean LANGUAGE sql AS 'SELECT n = 0 OR odd(n - 1)';
CREATE FUNCTION odd(n int) RETURNS boolean LANGUAGE sql AS 'SELECT n <> 0 AND even(n - 1)';
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u');
";

#[test]
fn what_the_server_reads_alone_settles_changes_and_goes() {
    block_on(async {
        let Some(database) = Throwaway::new("models that the server reads").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &[("shop", &[])], "");
        settles(&bench, READ_BY_THE_SERVER).await;
        let comments = "SELECT string_agg(description, ' ' ORDER BY description) FROM pg_description WHERE objoid >= 16384 \
                        AND description LIKE 'of a %'";
        assert_eq!(database.value(comments).await, "of a key of a type of a view");
        assert_eq!(database.value("SELECT even(10)::text").await, "true");
        settles(&bench, &READ_BY_THE_SERVER.replace("COMMENT ON COLUMN pair", "-- pair")).await;
        settles(&bench, "CREATE TABLE item (id int CONSTRAINT item_pk PRIMARY KEY);\n").await;
        bench.downgrade("-1").await.unwrap();
        assert_eq!(database.value(comments).await, "of a key of a view");
        bench.downgrade("base").await.unwrap();
        let left = "SELECT count(*) FROM pg_foreign_server";
        assert_eq!(database.value(left).await, "0");
        database.end().await;
    });
}

#[test]
fn a_body_that_speaks_of_what_is_nowhere_is_refused_at_its_place() {
    block_on(async {
        let Some(database) = Throwaway::new("bodies in models").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &[("shop", &[])], "");
        let body = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT nowhere()'";
        bench.write("shop/model.sql", &format!("CREATE TABLE item (id int);\n{body};\n"));
        let error = bench.autogenerate("shop").await.unwrap_err();
        let first = &error.diagnostics[0];
        assert_eq!(first.code, codes::BAD_MODEL);
        assert!(first.message.contains("nowhere"), "{}", first.message);
        assert_eq!(
            database
                .value("SELECT count(*) FROM pg_class WHERE relname = 'item'")
                .await,
            "0"
        );
        database.end().await;
    });
}

#[test]
fn a_serial_goes_on_counting_when_its_table_is_in_another_schema() {
    block_on(async {
        let Some(database) = Throwaway::new("a serial in another schema").await else {
            return;
        };
        let bench = Workbench::at(&database.url(), &[("shop", &[])], "");
        settles(
            &bench,
            "CREATE SCHEMA s;\nCREATE TABLE t (id serial PRIMARY KEY, n text);\n",
        )
        .await;
        bench.execute("INSERT INTO t (n) VALUES ('a'), ('b')").await;
        let moved = "CREATE SCHEMA s;\n-- renamed_from: t\nCREATE TABLE s.t (id serial PRIMARY KEY, n text);\n";
        settles(&bench, moved).await;
        let next = "INSERT INTO s.t (n) VALUES ('c') RETURNING id::text";
        assert_eq!(database.value(next).await, "3");
        bench.downgrade("-1").await.unwrap();
        assert_eq!(database.value(&next.replace("s.t", "t")).await, "4");
        database.end().await;
    });
}
