-- A database that is there, with all that SQLite lets one say. Entities are generated of it; see `existing.rs`.

-- Of others: one has an entity already, the other has none.
CREATE TABLE parent (
    site INTEGER NOT NULL,
    number INTEGER NOT NULL,
    above_site INTEGER,
    above_number INTEGER,
    CONSTRAINT "pk-parent" PRIMARY KEY (site, number),
    FOREIGN KEY (above_site, above_number) REFERENCES parent (site, number)
);
CREATE TABLE vendor (code VARCHAR(10) NOT NULL PRIMARY KEY);

-- As SeaORM spells them.
CREATE TABLE spelled (
    id INTEGER NOT NULL CONSTRAINT pk_spelled PRIMARY KEY AUTOINCREMENT,
    a_char CHAR(3) NOT NULL,
    a_bare_char CHAR,
    a_string VARCHAR NOT NULL DEFAULT 'new',
    a_short_string VARCHAR(20),
    a_text TEXT,
    a_blob BLOB,
    a_short_blob BLOB(16),
    a_binary VARBINARY_BLOB,
    a_short_binary VARBINARY_BLOB(40),
    a_tiny TINYINT,
    a_small SMALLINT NOT NULL DEFAULT 0,
    a_number INTEGER NOT NULL DEFAULT -7,
    a_float FLOAT,
    a_double DOUBLE,
    a_decimal REAL(8, 3),
    a_bare_decimal REAL_DECIMAL,
    a_price REAL_MONEY(10, 2),
    a_bare_price REAL_MONEY,
    a_truth BOOLEAN NOT NULL DEFAULT TRUE,
    a_date DATE_TEXT,
    a_time TIME_TEXT,
    a_date_time DATETIME_TEXT,
    a_timestamp TIMESTAMP_TEXT,
    a_zoned TIMESTAMP_WITH_TIMEZONE_TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    a_json JSON_TEXT,
    a_json_binary JSONB_TEXT,
    a_uuid UUID_TEXT,
    an_enum ENUM_TEXT
);

-- As everybody else does.
CREATE TABLE written (
    id INT PRIMARY KEY,
    a_bigint BIGINT,
    an_unsigned UNSIGNED BIG INT,
    a_real REAL NOT NULL DEFAULT 0.5,
    a_double DOUBLE PRECISION,
    a_numeric NUMERIC(10,2) NOT NULL DEFAULT 0,
    a_bare_numeric NUMERIC,
    a_decimal DECIMAL(5, 1),
    a_bool BOOL DEFAULT 1,
    a_date DATE,
    a_date_time DATETIME DEFAULT (datetime('now')),
    a_timestamp TIMESTAMP,
    a_zoned TIMESTAMP WITH TIME ZONE,
    a_time TIME,
    a_string NVARCHAR(100) DEFAULT 'it''s',
    a_word TEXT DEFAULT mere_word,
    a_double_quoted TEXT DEFAULT "quoted",
    an_interval INTERVAL,
    a_year YEAR,
    a_json JSON,
    a_uuid UUID,
    a_max VARCHAR(-1),
    an_array INT[],
    a_quoted "SOMETHING (odd)",
    without_type,
    without_type_and_null NOT NULL DEFAULT ''
);

CREATE TABLE customer (
    uuid VARCHAR(32) NOT NULL,
    id VARCHAR(20) NOT NULL,
    name VARCHAR(255) NOT NULL COLLATE NOCASE,
    balance NUMERIC NOT NULL DEFAULT 0 CONSTRAINT ck_customer_balance CHECK (balance >= 0),
    note TEXT UNIQUE ON CONFLICT REPLACE,
    nick TEXT CONSTRAINT uq_customer_nick UNIQUE,
    mail TEXT UNIQUE,
    vendor_code VARCHAR(10) REFERENCES vendor (code) ON DELETE SET DEFAULT,
    status VARCHAR(20) NOT NULL ON CONFLICT FAIL DEFAULT 'active',
    CONSTRAINT pk_customer PRIMARY KEY (uuid),
    CONSTRAINT uq_customer_id UNIQUE (id),
    UNIQUE (name, id),
    CHECK (status IN ('active', 'gone')),
    CHECK ("name" <> '' AND name <> "nobody")
);
CREATE INDEX ix_customer_name ON customer (name);
CREATE INDEX ix_customer_status ON customer (status, name);
CREATE UNIQUE INDEX ux_customer_lower ON customer (lower(name), uuid DESC) WHERE status = 'active';
CREATE INDEX ix_customer_collated ON customer (name COLLATE BINARY DESC, balance + 1);
CREATE TRIGGER customer_touched AFTER UPDATE ON customer BEGIN SELECT 1; END;

CREATE TABLE "order" (
    id INTEGER PRIMARY KEY,
    "customer_uuid" VARCHAR(32) NOT NULL
        CONSTRAINT fk_order_customer REFERENCES customer (uuid) ON DELETE CASCADE ON UPDATE RESTRICT,
    billed_to VARCHAR(32) REFERENCES customer (uuid) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    implied VARCHAR(32) REFERENCES customer,
    quantity INTEGER NOT NULL,
    price REAL NOT NULL,
    total REAL GENERATED ALWAYS AS (quantity * price) STORED,
    label TEXT AS ('#' || id) VIRTUAL,
    before INTEGER REFERENCES "order" (id),
    after INTEGER REFERENCES "order" (id)
);
CREATE TABLE order_line (
    order_id INTEGER NOT NULL REFERENCES "order" (id),
    position INTEGER NOT NULL,
    site INTEGER,
    number INTEGER,
    text TEXT,
    PRIMARY KEY (position, order_id),
    CONSTRAINT fk_line_parent FOREIGN KEY (site, number) REFERENCES parent (site, number) MATCH FULL
);

-- One to one with a table that has an entity elsewhere, and with one that is here.
CREATE TABLE parent_extra (
    site INTEGER NOT NULL,
    number INTEGER NOT NULL,
    more TEXT,
    CONSTRAINT pk_parent_extra PRIMARY KEY (site, number),
    CONSTRAINT fk_parent_extra FOREIGN KEY (site, number) REFERENCES parent (site, number) ON DELETE CASCADE
);
CREATE TABLE customer_extra (
    customer_uuid VARCHAR(32) NOT NULL PRIMARY KEY REFERENCES customer (uuid) ON DELETE CASCADE,
    more TEXT
);

-- Keys of every kind.
CREATE TABLE strict_one (key TEXT PRIMARY KEY, n INT, x ANY, r REAL, b BLOB) STRICT;
CREATE TABLE without_rowid (a TEXT, b INTEGER, PRIMARY KEY (a, b DESC)) WITHOUT ROWID;
CREATE TABLE both_options (a TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID, STRICT;
CREATE TABLE descending (id INTEGER PRIMARY KEY DESC, a TEXT);
CREATE TABLE conflicting (a TEXT COLLATE NOCASE, b TEXT, PRIMARY KEY (a COLLATE RTRIM, b) ON CONFLICT IGNORE);
CREATE TABLE keyless (what TEXT NOT NULL, at DATETIME NOT NULL);
CREATE TABLE without_entity ("rowid" TEXT);
CREATE TABLE named_alike (a INTEGER, b INTEGER, CONSTRAINT "pk-named_alike" PRIMARY KEY (a, b));

-- Names.
CREATE TABLE "type" (
    "self" INTEGER PRIMARY KEY,
    "type" TEXT NOT NULL DEFAULT '',
    "match" TEXT UNIQUE,
    "Self Reference" INTEGER CONSTRAINT "fk ""odd""" REFERENCES "type" ("self"),
    "2nd" TEXT,
    camelCase TEXT,
    camel_case TEXT,
    "with ""quotes""" TEXT CHECK ("with ""quotes""" <> '"'),
    a1 TEXT,
    a_1 TEXT,
    größe TEXT,
    entity TEXT,
    "select" TEXT,
    "crate" TEXT
);
CREATE INDEX "ix odd" ON "type" ("2nd", "with ""quotes""");
CREATE TABLE "mod" (id INTEGER PRIMARY KEY, type_id INTEGER REFERENCES "type" ("self"));
CREATE TABLE "Odd Table" (id INTEGER PRIMARY KEY, type_of INTEGER REFERENCES "type" ("self"));

-- In a circle, and two ways to one table.
CREATE TABLE hen (id INTEGER PRIMARY KEY, egg_id INTEGER REFERENCES egg (id));
CREATE TABLE egg (id INTEGER PRIMARY KEY, hen_id INTEGER REFERENCES hen (id), laid_by INTEGER REFERENCES hen (id));
CREATE TABLE twice (a INTEGER PRIMARY KEY, CONSTRAINT f1 FOREIGN KEY (a) REFERENCES hen (id), CONSTRAINT f2 FOREIGN KEY (a) REFERENCES egg (id));

CREATE VIEW customer_names AS SELECT name FROM customer;
