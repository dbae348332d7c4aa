//! A vendor, an app, and revisions of every kind: in one transaction, in several, in none.

use terrane_testkit::postgres::Throwaway;
use terrane_testkit::workbench::{Draft, Workbench};

pub(crate) const LAYERS: [(&str, &[&str]); 2] = [("vendor", &[]), ("shop", &["vendor"])];

const DRAFTS: [Draft<'static>; 9] = [
    Draft {
        layer: "vendor",
        id: "b1",
        revises: "",
        header: &[
            "Branch Labels: vendor",
            "Create Date: 2026-01-01 00:00:00+00:00",
            "Dialect: any",
        ],
        upgrade:
            "CREATE TABLE customer (id integer NOT NULL, name text NOT NULL, CONSTRAINT customer_pk PRIMARY KEY (id));
INSERT INTO customer (id, name) VALUES (1, 'ann'), (2, 'bob'), (5, 'eve');",
        downgrade: "DROP TABLE customer;",
    },
    Draft {
        layer: "vendor",
        id: "b2",
        revises: "b1",
        header: &["Create Date: 2026-01-02 00:00:00+00:00", "Dialect: postgresql"],
        upgrade: "ALTER TABLE customer ADD COLUMN email text;
UPDATE customer SET email = name || '@example.com';
ALTER TABLE customer ALTER COLUMN email SET NOT NULL;
CREATE VIEW customer_name AS SELECT id, name FROM customer;",
        downgrade: "DROP VIEW customer_name;\nALTER TABLE customer DROP COLUMN email;",
    },
    Draft {
        layer: "shop",
        id: "s1",
        revises: "",
        header: &[
            "Branch Labels: shop",
            "Depends On: b2",
            "Create Date: 2026-02-01 00:00:00+00:00",
            "Dialect: postgresql",
        ],
        upgrade: "CREATE TYPE shop_mood AS ENUM ('sad');
CREATE TABLE shop_loyalty (customer_id integer NOT NULL, points integer NOT NULL DEFAULT 0, mood shop_mood,
    CONSTRAINT shop_loyalty_pk PRIMARY KEY (customer_id),
    CONSTRAINT shop_loyalty_customer FOREIGN KEY (customer_id) REFERENCES customer (id));
INSERT INTO shop_loyalty SELECT id, id * 100, 'sad' FROM customer;",
        downgrade: "DROP TABLE shop_loyalty;\nDROP TYPE shop_mood;",
    },
    // Data, not to be written twice, hidden in a block.
    Draft {
        layer: "shop",
        id: "s2",
        revises: "s1",
        header: &["Create Date: 2026-02-02 00:00:00+00:00", "Dialect: postgresql"],
        upgrade: "DO $$ BEGIN UPDATE shop_loyalty SET points = points + 1; END $$;
UPDATE shop_loyalty SET points = points * 2;",
        downgrade: "UPDATE shop_loyalty SET points = points / 2;\nUPDATE shop_loyalty SET points = points - 1;",
    },
    // Nothing in the header says that no transaction takes it.
    Draft {
        layer: "shop",
        id: "s3",
        revises: "s2",
        header: &["Create Date: 2026-02-03 00:00:00+00:00", "Dialect: postgresql"],
        upgrade: "UPDATE shop_loyalty SET points = points + 3;
ALTER TABLE shop_loyalty ADD COLUMN code text;
CREATE INDEX CONCURRENTLY shop_loyalty_points ON shop_loyalty (points);
UPDATE shop_loyalty SET code = 'c' || customer_id;
CREATE UNIQUE INDEX CONCURRENTLY shop_loyalty_code ON shop_loyalty (code);
COMMENT ON COLUMN shop_loyalty.code IS 'printed';",
        downgrade: "DROP INDEX CONCURRENTLY shop_loyalty_code;
DROP INDEX CONCURRENTLY shop_loyalty_points;
ALTER TABLE shop_loyalty DROP COLUMN code;
UPDATE shop_loyalty SET points = points - 3;",
    },
    // A value that is used after it was added, and a downgrade that makes the type anew.
    Draft {
        layer: "shop",
        id: "s4",
        revises: "s3",
        header: &["Create Date: 2026-02-04 00:00:00+00:00", "Dialect: postgresql"],
        upgrade: "ALTER TYPE shop_mood ADD VALUE 'glad';
UPDATE shop_loyalty SET mood = 'glad', points = points + 1 WHERE customer_id = 1;",
        downgrade: "UPDATE shop_loyalty SET mood = 'sad', points = points - 1 WHERE customer_id = 1;
ALTER TYPE shop_mood RENAME TO shop_mood_old;
CREATE TYPE shop_mood AS ENUM ('sad');
ALTER TABLE shop_loyalty ALTER COLUMN mood TYPE shop_mood USING mood::text::shop_mood;
DROP TYPE shop_mood_old;",
    },
    Draft {
        layer: "shop",
        id: "s5",
        revises: "s4",
        header: &[
            "Create Date: 2026-02-05 00:00:00+00:00",
            "Dialect: postgresql",
            "Transaction: none",
        ],
        upgrade: "CREATE TABLE shop_event (id integer NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE shop_event_old PARTITION OF shop_event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE shop_event_new PARTITION OF shop_event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO shop_event VALUES (1, '2025-05-05'), (2, '2026-05-05');
VACUUM shop_loyalty;
ALTER TABLE shop_event DETACH PARTITION shop_event_old CONCURRENTLY;
REINDEX INDEX CONCURRENTLY shop_loyalty_points;
UPDATE shop_event_old SET id = id + 100;",
        downgrade: "DROP TABLE shop_event_old;\nDROP TABLE shop_event;",
    },
    Draft {
        layer: "shop",
        id: "s6",
        revises: "s5",
        header: &["Create Date: 2026-02-06 00:00:00+00:00", "Dialect: any"],
        upgrade:
            "CREATE TABLE shop_tag (id integer NOT NULL, label varchar(20), CONSTRAINT shop_tag_pk PRIMARY KEY (id));
ALTER TABLE shop_tag ADD CONSTRAINT shop_tag_label CHECK (length(label) > 0);
CREATE INDEX ix_shop_tag ON shop_tag (label);",
        downgrade: "DROP TABLE shop_tag;",
    },
    Draft {
        layer: "vendor",
        id: "b3",
        revises: "b2",
        header: &["Create Date: 2026-03-01 00:00:00+00:00", "Dialect: any"],
        upgrade: "ALTER TABLE customer ALTER COLUMN name TYPE varchar(80);\nCREATE INDEX ix_customer_name ON customer (name);",
        downgrade: "DROP INDEX ix_customer_name;\nALTER TABLE customer ALTER COLUMN name TYPE text;",
    },
];

/// A revision in PostgreSQL's own words, with nothing to undo.
pub(crate) fn draft<'a>(layer: &'a str, id: &'a str, revises: &'a str, upgrade: &'a str) -> Draft<'a> {
    Draft {
        layer,
        id,
        revises,
        header: &["Dialect: postgresql"],
        upgrade,
        ..Draft::default()
    }
}

/// How many revisions there are.
pub(crate) const REVISIONS: usize = DRAFTS.len();

/// The project, on that database.
pub(crate) fn scene(database: &Throwaway) -> Workbench {
    let bench = Workbench::at(&database.url(), &LAYERS, "");
    DRAFTS.iter().for_each(|draft| bench.draft(draft));
    bench
}

/// A database where the scene has run.
pub(crate) async fn played(test: &str) -> Option<Throwaway> {
    let build = async |database: &Throwaway| {
        scene(database).upgrade("heads").await.unwrap();
    };
    Throwaway::like(test, &format!("{DRAFTS:?}"), build).await
}

/// A project of the same layers with these revisions alone, on a database where the scene has run.
pub(crate) fn with(database: &Throwaway, settings: &str, drafts: &[Draft<'_>]) -> Workbench {
    let bench = Workbench::at(&database.url(), &LAYERS, settings);
    drafts.iter().for_each(|draft| bench.draft(draft));
    bench
}
