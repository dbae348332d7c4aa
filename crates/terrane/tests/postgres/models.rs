//! The day's work with models in SQL: what is generated is what the models say, and nothing is left to say after it.

use terrane_testkit::block_on;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::Workbench;

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
    assert!(bench.autogenerate("shop").await.unwrap().is_some());
    bench.upgrade("heads").await.unwrap();
    assert_eq!(bench.autogenerate("shop").await.unwrap(), None);
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
