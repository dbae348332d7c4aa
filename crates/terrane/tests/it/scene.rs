//! A vendor, a second vendor and an app, with revisions of every kind.

use terrane_testkit::workbench::{Draft, Workbench};

pub(crate) const LAYERS: [(&str, &[&str]); 3] =
    [("vendor", &[]), ("addon", &["vendor"]), ("shop", &["vendor", "addon"])];

const VENDOR: [Draft<'static>; 4] = [
    Draft {
        layer: "vendor",
        id: "b1",
        revises: "",
        header: &["Branch Labels: vendor", "Create Date: 2026-01-01 00:00:00+00:00", "Dialect: any"],
        upgrade: "CREATE TABLE customer (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, email TEXT);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, amount INTEGER,
    CONSTRAINT fk_purchase_customer FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE);
INSERT INTO customer (id, name) VALUES (1, 'ann'), (2, 'bob'), (5, 'eve');
INSERT INTO purchase VALUES (1, 1, 10), (2, 1, 20), (3, 5, 30);
DELETE FROM customer WHERE id = 5;",
        downgrade: "DROP TABLE purchase;\nDROP TABLE customer;",
    },
    Draft {
        layer: "vendor",
        id: "b2",
        revises: "b1",
        header: &["Create Date: 2026-01-02 00:00:00+00:00", "Dialect: any"],
        upgrade: "CREATE VIEW spending AS SELECT customer_id, sum(amount) AS total FROM purchase GROUP BY customer_id;
CREATE INDEX ix_purchase_customer ON purchase (customer_id);
CREATE TRIGGER customer_lower AFTER INSERT ON customer BEGIN UPDATE customer SET name = lower(name) WHERE id = new.id; END;",
        downgrade: "DROP TRIGGER customer_lower;\nDROP INDEX ix_purchase_customer;\nDROP VIEW spending;",
    },
    // A rebuild of a table with children under ON DELETE CASCADE, a trigger, a counter and a view beside it.
    Draft {
        layer: "vendor",
        id: "b3",
        revises: "b2",
        header: &["Create Date: 2026-03-01 00:00:00+00:00", "Dialect: any"],
        upgrade: "ALTER TABLE customer ALTER COLUMN name TYPE varchar(80);
ALTER TABLE customer ADD CONSTRAINT uq_customer_email UNIQUE (email);
INSERT INTO customer (name) VALUES ('ZOE');
ALTER TABLE purchase ADD CONSTRAINT ck_amount CHECK (amount >= 0);",
        downgrade: "ALTER TABLE purchase DROP CONSTRAINT ck_amount;
DELETE FROM customer WHERE name = 'zoe';
ALTER TABLE customer DROP CONSTRAINT uq_customer_email;
ALTER TABLE customer ALTER COLUMN name TYPE TEXT;",
    },
    Draft {
        layer: "addon",
        id: "d1",
        revises: "",
        header: &[
            "Branch Labels: addon",
            "Depends On: b2",
            "Create Date: 2026-02-01 00:00:00+00:00",
            "Dialect: sqlite",
        ],
        upgrade: "CREATE TABLE addon_note (customer_id INTEGER PRIMARY KEY REFERENCES customer (id) ON DELETE CASCADE, note TEXT);
INSERT INTO addon_note SELECT id, 'note on ' || name FROM customer;",
        downgrade: "DROP TABLE addon_note;",
    },
];

const APP: [Draft<'static>; 5] = [
    Draft {
        layer: "shop",
        id: "s1",
        revises: "",
        header: &[
            "Branch Labels: shop",
            "Depends On: b2, d1",
            "Create Date: 2026-02-02 00:00:00+00:00",
            "Dialect: any",
        ],
        upgrade: "CREATE TABLE shop_loyalty (customer_id INTEGER NOT NULL, points INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT pk_shop_loyalty PRIMARY KEY (customer_id),
    CONSTRAINT fk_shop_loyalty FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE);
INSERT INTO shop_loyalty SELECT id, id * 100 FROM customer;",
        downgrade: "DROP TABLE shop_loyalty;",
    },
    // Data, not to be written twice.
    Draft {
        layer: "shop",
        id: "s2",
        revises: "s1",
        header: &["Create Date: 2026-02-03 00:00:00+00:00", "Dialect: sqlite"],
        upgrade: "UPDATE shop_loyalty SET points = points + 1;\nUPDATE shop_loyalty SET points = points * 2;",
        downgrade: "UPDATE shop_loyalty SET points = points / 2;\nUPDATE shop_loyalty SET points = points - 1;",
    },
    Draft {
        layer: "shop",
        id: "s3",
        revises: "s2",
        header: &[
            "Create Date: 2026-02-04 00:00:00+00:00",
            "Dialect: sqlite",
            "Transaction: none",
        ],
        upgrade: "CREATE TABLE shop_widget (id INTEGER PRIMARY KEY, label TEXT);
PRAGMA recursive_triggers = ON;
INSERT INTO shop_widget VALUES (1, 'one'), (2, 'two');
UPDATE shop_loyalty SET points = points + 5;
VACUUM;
UPDATE shop_widget SET label = label || '!';",
        downgrade: "UPDATE shop_loyalty SET points = points - 5;\nDROP TABLE shop_widget;\nVACUUM;",
    },
    // The same in portable words, with a rebuild in it.
    Draft {
        layer: "shop",
        id: "s4",
        revises: "s3",
        header: &[
            "Create Date: 2026-02-05 00:00:00+00:00",
            "Dialect: any",
            "Transaction: none",
        ],
        upgrade: "CREATE TABLE shop_tag (id INTEGER PRIMARY KEY, widget_id INTEGER,
    CONSTRAINT fk_shop_tag FOREIGN KEY (widget_id) REFERENCES shop_widget (id) ON DELETE CASCADE);
INSERT INTO shop_tag VALUES (1, 1), (2, 2);
ALTER TABLE shop_widget ALTER COLUMN label TYPE varchar(30);
UPDATE shop_widget SET label = label || '?';
CREATE INDEX ix_shop_widget ON shop_widget (label);",
        downgrade: "DROP INDEX ix_shop_widget;
ALTER TABLE shop_widget ALTER COLUMN label TYPE TEXT;
UPDATE shop_widget SET label = rtrim(label, '?');
DROP TABLE shop_tag;",
    },
    Draft {
        layer: "shop",
        id: "s5",
        revises: "s4",
        header: &[
            "Depends On: b3",
            "Create Date: 2026-03-02 00:00:00+00:00",
            "Dialect: any",
        ],
        upgrade: "ALTER TABLE shop_loyalty ADD COLUMN level TEXT;
ALTER TABLE shop_widget ADD CONSTRAINT ck_label CHECK (length(label) > 0);
CREATE VIEW shop_best AS SELECT customer_id FROM shop_loyalty WHERE points > 100;",
        downgrade: "DROP VIEW shop_best;
ALTER TABLE shop_widget DROP CONSTRAINT ck_label;
ALTER TABLE shop_loyalty DROP COLUMN level;",
    },
];

/// How many revisions there are.
pub(crate) const REVISIONS: usize = VENDOR.len() + APP.len();

pub(crate) fn scene() -> Workbench {
    let bench = Workbench::new(&LAYERS);
    write(&bench);
    bench
}

pub(crate) fn write(bench: &Workbench) {
    VENDOR.iter().chain(&APP).for_each(|draft| bench.draft(draft));
}
