//! L6 and L8 on PostgreSQL: models, history and database agree; and nobody else's objects are touched.

use crate::scene::draft;
use std::collections::BTreeSet;
use std::fmt::Write;
use terrane::Kind;
use terrane::core::diagnostic::codes;
use terrane::core::name::LayerName;
use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench, difference, replayed};
use terrane_testkit::{block_on, say};

/// A project on a database of its own; dropped by [`Scene::end`].
struct Scene {
    bench: Workbench,
    database: Throwaway,
}

impl Scene {
    /// None, and a line for whoever counts, where there is no server.
    async fn new(test: &str, layers: &[(&str, &[&str])]) -> Option<Scene> {
        let database = Throwaway::new(test).await?;
        let bench = Workbench::at(&database.url(), layers, "");
        Some(Scene { bench, database })
    }

    /// What `pg_dump` says of these tables, and of nothing else.
    fn dump(&self, tables: &str) -> String {
        self.database.dump(&BTreeSet::from([tables]))
    }

    async fn end(self) {
        self.database.end().await;
    }
}

/// Which of these a set of models has is one number's to say.
struct Choice(u64);

impl Choice {
    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items[(self.0 >> 33) as usize % items.len()]
    }
}

/// The models of a vendor and of an app, as of one release.
fn release(seed: u64) -> (String, String) {
    let mut choice = Choice(seed);
    let mut vendor = String::new();
    let values = choice.of(&["'new', 'old'", "'new', 'used', 'old'", "'it''s', 'new', 'old'"]);
    let _ = writeln!(vendor, "CREATE TYPE base_state AS ENUM ({values});");
    let name = choice.of(&["text", "varchar(40)", "text NOT NULL DEFAULT 'x'", "text COLLATE \"C\""]);
    let amount = choice.of(&["numeric(10, 2)", "bigint DEFAULT 7", "integer CHECK (amount > -9)"]);
    let id = choice.of(&[
        "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "bigint PRIMARY KEY",
        "bigserial PRIMARY KEY",
    ]);
    let state = choice.of(&["", ", state base_state", ", state base_state DEFAULT 'new'"]);
    let _ = writeln!(
        vendor,
        "CREATE TABLE base_customer (id {id}, name {name}, amount {amount}{state});"
    );
    let _ = writeln!(
        vendor,
        "{}",
        choice.of(&[
            "",
            "CREATE INDEX base_by_name ON base_customer (name);",
            "CREATE UNIQUE INDEX base_by_name ON base_customer (lower(name), id DESC) WHERE name <> '';",
            "CREATE INDEX base_by_name ON base_customer USING hash (name);",
        ])
    );
    let _ = writeln!(
        vendor,
        "{}",
        choice.of(&[
            "",
            "CREATE VIEW base_names AS SELECT id, name FROM base_customer WHERE id > 0;",
            "CREATE MATERIALIZED VIEW base_names AS SELECT count(*) AS n FROM base_customer;",
        ])
    );
    (vendor, app(&mut choice))
}

fn app(choice: &mut Choice) -> String {
    let mut app = String::new();
    let how = choice.of(&["ON DELETE CASCADE", "", "DEFERRABLE INITIALLY DEFERRED"]);
    let more = choice.of(&[
        "",
        ", points integer DEFAULT 0",
        ", points bigint, twice bigint GENERATED ALWAYS AS (points * 2) STORED",
    ]);
    let _ = writeln!(
        app,
        "CREATE TABLE app_loyalty (id bigint PRIMARY KEY REFERENCES base_customer (id) {how}{more});"
    );
    let tags = choice.of(&["text[]", "jsonb DEFAULT '{}'", "uuid", "timestamptz DEFAULT now()"]);
    let check = choice.of(&[
        "",
        ", CONSTRAINT positive CHECK (\"select\" > 0)",
        ", UNIQUE (\"select\", tags)",
    ]);
    let _ = writeln!(app, "CREATE TABLE app_odd (\"select\" integer, tags {tags}{check});");
    let _ = writeln!(
        app,
        "{}",
        choice.of(&[
            "",
            "COMMENT ON TABLE app_loyalty IS 'it''s ours'; COMMENT ON COLUMN app_loyalty.id IS 'theirs';",
        ])
    );
    for other in [
        "CREATE SEQUENCE app_numbers INCREMENT BY 3;",
        "CREATE TABLE app_range (during int4range, EXCLUDE USING gist (during WITH &&));",
        "CREATE VIEW app_points AS SELECT id FROM app_loyalty;",
    ] {
        let _ = writeln!(app, "{}", choice.of(&["", "", other]));
    }
    if choice.of(&[true, false]) {
        in_its_own_words(&mut app, choice);
    }
    app
}

/// What no portable words say, each in a few ways or not at all.
const OWN_WORDS: [&[&str]; 14] = [
    &[
        "",
        "CREATE DOMAIN app_email AS text CHECK (VALUE ~ '@'); CREATE TABLE app_mail (to_whom app_email NOT NULL, cc text); COMMENT ON DOMAIN app_email IS 'it''s theirs';",
        "CREATE DOMAIN app_email AS text DEFAULT '@' CHECK (length(VALUE) < 99); CREATE TABLE app_mail (to_whom app_email, n int);",
    ],
    &[
        "",
        "CREATE TYPE app_pair AS (a int, b text); CREATE FUNCTION app_pair_of(int) RETURNS app_pair LANGUAGE sql AS 'SELECT ($1, NULL)::app_pair';",
        "CREATE TYPE app_pair AS (a int, b text, c date);",
        "CREATE TYPE app_pair AS ENUM ('a', 'b');",
        "CREATE TYPE app_pair AS RANGE (subtype = numeric);",
    ],
    &[
        "",
        "CREATE TABLE app_event (at date, n int CHECK (n > 0)) PARTITION BY RANGE (at);
         CREATE TABLE app_event_1 PARTITION OF app_event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
        "CREATE TABLE app_event (at date, n int, PRIMARY KEY (at, n)) PARTITION BY RANGE (at);
         CREATE TABLE app_event_1 PARTITION OF app_event FOR VALUES FROM ('2026-01-01') TO ('2028-01-01');
         CREATE TABLE app_event_rest PARTITION OF app_event DEFAULT;
         CREATE INDEX app_event_n ON app_event (n);",
    ],
    &[
        "",
        "ALTER TABLE app_loyalty SET (fillfactor = 70);",
        "ALTER TABLE app_loyalty SET (fillfactor = 80, autovacuum_enabled = false);",
    ],
    &[
        "",
        "ALTER TABLE app_odd ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app_odd USING (\"select\" > 0);",
        "ALTER TABLE app_odd ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app_odd FOR SELECT USING (\"select\" > 1);
         CREATE POLICY more ON app_odd AS RESTRICTIVE FOR UPDATE USING (true) WITH CHECK (\"select\" < 9);",
    ],
    &[
        "",
        "CREATE FUNCTION app_twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a * 2';",
        "CREATE FUNCTION app_twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + a';
         CREATE FUNCTION app_twice(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a || a';",
        "CREATE FUNCTION app_twice(a int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT a * 2::bigint';",
    ],
    &[
        "",
        "CREATE FUNCTION app_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
         CREATE TRIGGER app_touching BEFORE UPDATE ON app_loyalty FOR EACH ROW EXECUTE FUNCTION app_touch();",
        "CREATE FUNCTION app_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
         CREATE TRIGGER app_touching AFTER INSERT ON app_odd EXECUTE FUNCTION app_touch();",
    ],
    &[
        "",
        "CREATE UNLOGGED TABLE app_hot (id int PRIMARY KEY, label text);",
        "CREATE TABLE app_hot (id int PRIMARY KEY, label text) WITH (fillfactor = 50);",
    ],
    &[
        "",
        "CREATE MATERIALIZED VIEW app_kept AS SELECT id, name FROM base_customer; CREATE UNIQUE INDEX app_kept_id ON app_kept (id);",
        "CREATE MATERIALIZED VIEW app_kept AS SELECT id FROM base_customer WHERE id > 1;",
    ],
    &[
        "",
        "CREATE STATISTICS app_stats (dependencies) ON \"select\", tags FROM app_odd;",
    ],
    &[
        "",
        "CREATE EXTENSION citext; CREATE TABLE app_ci (name citext);",
        "CREATE EXTENSION citext; CREATE TABLE app_ci (name citext UNIQUE, other text);",
    ],
    &[
        "",
        "CREATE VIEW app_safe WITH (security_barrier = true) AS SELECT \"select\" FROM app_odd;",
        "CREATE VIEW app_safe WITH (check_option = local) AS SELECT \"select\" FROM app_odd WHERE \"select\" > 2;",
    ],
    &[
        "",
        "CREATE TABLE app_parent (a int); CREATE TABLE app_child (b int) INHERITS (app_parent);",
        "CREATE TABLE app_parent (a int, c text); CREATE TABLE app_child (b int) INHERITS (app_parent);",
    ],
    &[
        "",
        "ALTER TABLE app_odd ALTER tags SET STATISTICS 50;",
        "CREATE RULE app_quiet AS ON DELETE TO app_odd DO INSTEAD NOTHING;",
    ],
];

fn in_its_own_words(app: &mut String, choice: &mut Choice) {
    for ways in OWN_WORDS {
        let _ = writeln!(app, "{}", choice.of(ways));
    }
}

/// The revisions that were generated.
fn written(scene: &Scene) -> String {
    let files =
        ["vendor", "app"].map(|layer| std::fs::read_dir(scene.bench.path(&format!("{layer}/versions"))).unwrap());
    let files = files.into_iter().flatten().map(|file| file.unwrap().path());
    files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

async fn agree(scene: &Scene) {
    let project = scene.bench.project();
    let history = project.history().unwrap();
    for layer in ["vendor", "app"] {
        let comparison = project.compare(&history, &LayerName::new(layer)).await.unwrap();
        let ops: Vec<String> = comparison.delta.ops.iter().map(|op| op.describe()).collect();
        assert_eq!(
            ops,
            Vec::<String>::new(),
            "{layer}: models and database\n{}",
            written(scene)
        );
    }
    let mut database = scene.bench.connect().await;
    let standing = project.standing(Some(&mut database)).await.unwrap();
    if let Some(expected) = replayed(&project, &history, &standing.rows) {
        let delta = difference(&standing.books.schema, &expected, project.dialect().unwrap());
        let ops: Vec<String> = delta.ops.iter().map(|op| op.describe()).collect();
        assert_eq!(ops, Vec::<String>::new(), "history and database\n{}", written(scene));
    }
}

async fn tell(scene: &Scene, releases: &[u64]) -> usize {
    let mut revisions = 0;
    for seed in releases {
        let (vendor, app) = release(*seed);
        scene.bench.write("vendor/model.sql", &vendor);
        scene.bench.write("app/model.sql", &app);
        if scene.bench.autogenerate("vendor").await.unwrap().is_some() {
            scene.bench.upgrade("vendor@head").await.unwrap();
            revisions += 1;
        }
        let before = scene.dump("base*");
        if scene.bench.autogenerate("app").await.unwrap().is_some() {
            scene.bench.upgrade("heads").await.unwrap();
            revisions += 1;
        }
        assert_eq!(scene.dump("base*"), before, "law L8");
        agree(scene).await;
    }
    let undone = scene.bench.downgrade("base").await;
    undone.unwrap_or_else(|error| panic!("{error}\n{}", written(scene)));
    let left = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname !~ '^terrane_' \
                UNION ALL SELECT typname::text FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typname !~ 'terrane_' \
                UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
    assert_eq!(scene.bench.rows(left).await, Vec::<Vec<Option<String>>>::new());
    // The same way again, in one go.
    let again = scene.bench.upgrade("heads").await;
    again.unwrap_or_else(|error| panic!("{error}\n{}", written(scene)));
    agree(scene).await;
    revisions
}

#[test]
fn law_l6_models_history_and_database_agree_on_postgresql() {
    let test = "law_l6_models_history_and_database_agree_on_postgresql";
    let projects: u64 = std::env::var("TERRANE_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(25);
    let first: u64 = std::env::var("TERRANE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(0);
    let mut revisions = 0;
    for seed in first..first + projects {
        let told = block_on(async {
            let scene = Scene::new(test, &[("vendor", &[]), ("app", &["vendor"])]).await?;
            say(&format!("project {seed}"));
            let told = tell(&scene, &[seed * 2, seed * 2 + 1]).await;
            scene.end().await;
            Some(told)
        });
        let Some(told) = told else { return };
        revisions += told;
    }
    say(&format!(
        "{projects} projects, {revisions} revisions generated, applied and undone"
    ));
}

const VENDOR: &str = "CREATE TYPE base_state AS ENUM ('new', 'old');
CREATE TABLE base_customer (id bigint PRIMARY KEY, name text, state base_state);
CREATE INDEX base_by_name ON base_customer (name);
CREATE VIEW base_names AS SELECT name FROM base_customer;
INSERT INTO base_customer VALUES (1, 'ann', 'new');";

/// What no app's revision may do, each in the clear and where no planner sees it.
const HOSTILE: [&str; 10] = [
    "ALTER TABLE base_customer ADD COLUMN sneaky int",
    "ALTER TABLE base_customer DROP COLUMN name CASCADE",
    "ALTER TABLE base_customer ALTER COLUMN name SET NOT NULL",
    "ALTER TABLE base_customer RENAME TO mine",
    "ALTER TABLE base_customer ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE base_customer ADD CHECK (id > 0)",
    "DROP INDEX base_by_name",
    "CREATE INDEX mine ON base_customer (id)",
    "DROP VIEW base_names",
    "CREATE TRIGGER mine BEFORE INSERT ON base_customer FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
];

/// The same statement in the clear, built from pieces in a block, and in the body of a function.
fn hidden(sql: &str) -> [String; 3] {
    let pieces = sql.replace("base_", "%1$s");
    let built = format!("EXECUTE format($f${pieces}$f$, 'base_');");
    [
        format!("{sql};"),
        format!("DO $$ BEGIN {built} END $$;"),
        format!("CREATE FUNCTION app_f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {built} END $$;\nSELECT app_f();"),
    ]
}

#[test]
fn law_l8_what_hides_a_change_of_the_vendors_is_refused_and_rolled_back_on_postgresql() {
    block_on(async {
        let test = "law_l8_what_hides_a_change_of_the_vendors_is_refused_and_rolled_back_on_postgresql";
        let Some(scene) = Scene::new(test, &[("vendor", &[]), ("app", &["vendor"])]).await else {
            return;
        };
        scene.bench.draft(&draft("vendor", "b1", "", VENDOR));
        scene.bench.draft(&Draft {
            header: &["Dialect: postgresql", "Depends On: b1", "Branch Labels: app"],
            ..draft("app", "a1", "", "CREATE TABLE app_own (id int);")
        });
        scene.bench.upgrade("heads").await.unwrap();
        let before = scene.dump("public.base_*");
        let mut failures = Vec::new();
        for hostile in HOSTILE.iter().flat_map(|sql| hidden(sql)) {
            scene.bench.draft(&draft("app", "a2", "a1", &hostile));
            match scene.bench.upgrade("heads").await {
                Ok(_) => failures.push(format!("applied: {hostile}")),
                Err(error) => {
                    let is_ours = [codes::FOREIGN_OBJECT, codes::GUARD].contains(&error.diagnostics[0].code);
                    let is_named = error.to_string().contains("`vendor`");
                    if error.kind() != Kind::Refused || !is_ours || !is_named {
                        failures.push(format!("{error}: {hostile}"));
                    }
                }
            }
            let after = scene.dump("public.base_*");
            if after != before {
                let new = after.lines().filter(|line| !before.lines().any(|old| old == *line));
                failures.push(format!("changed: {hostile}: {:?}", new.collect::<Vec<_>>()));
            }
        }
        scene.end().await;
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        say(&format!("{} hostile revisions refused", HOSTILE.len() * 3));
    });
}
