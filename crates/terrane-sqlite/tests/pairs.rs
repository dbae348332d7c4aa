//! Pairs of our own, one for every corner of SQLite, judged as those from the field are.

use crate::corpus::judge_all;

#[test]
fn every_corner_of_sqlite_is_carried_over_both_ways() {
    let pairs: Vec<(String, String, String)> = PAIRS
        .iter()
        .map(|(name, a, b)| ((*name).to_owned(), (*a).to_owned(), (*b).to_owned()))
        .collect();
    judge_all("pairs of our own", &pairs);
}

/// Name, one side, the other.
pub(crate) const PAIRS: &[(&str, &str, &str)] = &[
    ("nothing", "CREATE TABLE t (a int)", "CREATE TABLE t (a int)"),
    (
        "strict",
        "CREATE TABLE t (a INTEGER, b TEXT)",
        "CREATE TABLE t (a INTEGER, b TEXT) STRICT",
    ),
    (
        "without rowid",
        "CREATE TABLE t (a TEXT PRIMARY KEY NOT NULL, b int)",
        "CREATE TABLE t (a TEXT PRIMARY KEY NOT NULL, b int) WITHOUT ROWID",
    ),
    (
        "without rowid, descending integer key",
        "CREATE TABLE t (id INTEGER, b int, PRIMARY KEY (id DESC)) WITHOUT ROWID",
        "CREATE TABLE t (id INTEGER, b int, PRIMARY KEY (id)) WITHOUT ROWID",
    ),
    (
        "integer primary key desc",
        "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, b int)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b int)",
    ),
    (
        "descending key after the columns is an alias",
        "CREATE TABLE t (id INTEGER, b int, PRIMARY KEY (id DESC))",
        "CREATE TABLE t (id INTEGER, b int, c int, PRIMARY KEY (id DESC))",
    ),
    (
        "autoincrement",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b int)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, b int)",
    ),
    (
        "autoincrement after the columns",
        "CREATE TABLE \"t\" (\"id\" INTEGER, \"b\" TEXT, PRIMARY KEY(\"id\" AUTOINCREMENT))",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT NOT NULL)",
    ),
    (
        "primary key moves",
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a))",
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL, PRIMARY KEY (b))",
    ),
    (
        "primary key grows",
        "CREATE TABLE t (a int, b int, PRIMARY KEY (a))",
        "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))",
    ),
    (
        "primary key goes",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b int)",
        "CREATE TABLE t (id INTEGER, b int)",
    ),
    (
        "primary key on a new column",
        "CREATE TABLE t (b int)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b int)",
    ),
    (
        "composite key order",
        "CREATE TABLE t (a int, b int, UNIQUE (a, b))",
        "CREATE TABLE t (a int, b int, UNIQUE (b, a))",
    ),
    (
        "key with collation and order",
        "CREATE TABLE t (a text, UNIQUE (a))",
        "CREATE TABLE t (a text, UNIQUE (a COLLATE NOCASE DESC))",
    ),
    (
        "generated virtual",
        "CREATE TABLE t (a int, b int)",
        "CREATE TABLE t (a int, b int, c int AS (a + b))",
    ),
    (
        "generated stored",
        "CREATE TABLE t (a int)",
        "CREATE TABLE t (a int, c int GENERATED ALWAYS AS (a * 2) STORED)",
    ),
    (
        "generated expression",
        "CREATE TABLE t (a int, c int AS (a * 2))",
        "CREATE TABLE t (a int, c int AS (a * 3))",
    ),
    (
        "generated becomes plain",
        "CREATE TABLE t (a int, c int AS (a * 2) STORED)",
        "CREATE TABLE t (a int, c int)",
    ),
    (
        "virtual becomes stored",
        "CREATE TABLE t (a int, c int AS (a * 2) VIRTUAL NOT NULL)",
        "CREATE TABLE t (a int, c int AS (a * 2) STORED NOT NULL)",
    ),
    (
        "collation of a column",
        "CREATE TABLE t (a text, b text COLLATE NOCASE)",
        "CREATE TABLE t (a text COLLATE RTRIM, b text)",
    ),
    (
        "partial index",
        "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a) WHERE b > 0",
    ),
    (
        "expression index",
        "CREATE TABLE t (a text); CREATE INDEX i ON t (lower(a))",
        "CREATE TABLE t (a text); CREATE INDEX i ON t (upper(a), length(a) DESC)",
    ),
    (
        "index order and collation",
        "CREATE TABLE t (a text, b int); CREATE INDEX i ON t (a, b)",
        "CREATE TABLE t (a text, b int); CREATE INDEX i ON t (a COLLATE NOCASE DESC, b DESC)",
    ),
    (
        "unique index",
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a)",
    ),
    (
        "index renamed",
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a int); CREATE INDEX j ON t (a)",
    ),
    (
        "index moves to another table",
        "CREATE TABLE t (a int); CREATE TABLE u (a int); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a int); CREATE TABLE u (a int); CREATE INDEX i ON u (a)",
    ),
    (
        "index takes the name of one that goes",
        "CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE INDEX i ON a (x); CREATE INDEX j ON b (x)",
        "CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE INDEX j ON a (x)",
    ),
    (
        "index with odd keys",
        "CREATE TABLE t (a, b)",
        "CREATE TABLE t (a, b); CREATE INDEX i ON t (\"a\", [b] DESC)",
    ),
    (
        "instead of trigger",
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t",
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (NEW.a); END",
    ),
    (
        "view changes under its trigger",
        "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE a = OLD.a; END",
        "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a, b FROM t; CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE a = OLD.a; END",
    ),
    (
        "view on a view that changes with its table",
        "CREATE TABLE t (a int, old int); CREATE VIEW v AS SELECT old AS x FROM t; CREATE VIEW w AS SELECT x FROM v",
        "CREATE TABLE t (a int, new int); CREATE VIEW v AS SELECT new AS x FROM t; CREATE VIEW w AS SELECT x FROM v",
    ),
    (
        "column is renamed under views on views",
        "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a AS x FROM t; CREATE VIEW w AS SELECT x FROM v",
        "CREATE TABLE t (z int, -- renamed_from: a\n b text); CREATE VIEW v AS SELECT z AS x, b FROM t; CREATE VIEW w AS SELECT x FROM v",
    ),
    (
        "view with columns",
        "CREATE TABLE t (a int); CREATE VIEW v (x) AS SELECT a FROM t",
        "CREATE TABLE t (a int); CREATE VIEW v (y) AS SELECT a FROM t",
    ),
    (
        "view becomes table",
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t",
        "CREATE TABLE t (a int); CREATE TABLE v (a int)",
    ),
    (
        "foreign key actions",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p int REFERENCES p (id))",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p int REFERENCES p (id) ON DELETE CASCADE ON UPDATE SET NULL)",
    ),
    (
        "foreign key deferrability",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p int REFERENCES p NOT DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
    ),
    (
        "foreign key with a new column",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (a int)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (a int, p int CONSTRAINT c_p REFERENCES p (id) ON DELETE SET NULL)",
    ),
    (
        "composite foreign key",
        "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE c (x int, y int)",
        "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE c (x int, y int, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES p (a, b) MATCH FULL ON DELETE SET DEFAULT)",
    ),
    (
        "reference to itself",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, up int REFERENCES t (id))",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, up bigint REFERENCES t (id) ON DELETE CASCADE)",
    ),
    (
        "references in a circle",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b int REFERENCES b); CREATE TABLE b (id INTEGER PRIMARY KEY, a int REFERENCES a)",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b text REFERENCES b); CREATE TABLE b (id INTEGER PRIMARY KEY, a text REFERENCES a)",
    ),
    (
        "parent is renamed",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p int REFERENCES p (id))",
        "CREATE TABLE q /* renamed_from: p */ (id INTEGER PRIMARY KEY, n text); CREATE TABLE c (p int REFERENCES q (id))",
    ),
    (
        "on conflict",
        "CREATE TABLE t (a int NOT NULL, b int UNIQUE)",
        "CREATE TABLE t (a int NOT NULL ON CONFLICT IGNORE, b int UNIQUE ON CONFLICT REPLACE)",
    ),
    (
        "primary key on conflict",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b int)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT, b int)",
    ),
    (
        "check changes",
        "CREATE TABLE t (a int, CHECK (a > 0))",
        "CREATE TABLE t (a int, CHECK (a > 1))",
    ),
    (
        "named check",
        "CREATE TABLE t (a int, CONSTRAINT ok CHECK (a > 0))",
        "CREATE TABLE t (a int, CONSTRAINT ok CHECK (a >= 0), CONSTRAINT small CHECK (a < 999))",
    ),
    (
        "check with a comment at its end",
        "CREATE TABLE t (a int)",
        "CREATE TABLE t (a int CHECK (a > 0 -- or else\n))",
    ),
    (
        "check of strings that look like names",
        "CREATE TABLE t (a text CHECK (a <> 'a, b) -- c'))",
        "CREATE TABLE t (a text CHECK (a <> 'a, b) -- d'))",
    ),
    (
        "not null",
        "CREATE TABLE t (a int, b text)",
        "CREATE TABLE t (a int NOT NULL, b text NOT NULL DEFAULT 'x')",
    ),
    (
        "defaults of all kinds",
        "CREATE TABLE t (a, b, c, d, e, f, g, h)",
        "CREATE TABLE t (a DEFAULT 'it''s', b DEFAULT -1.5e3, c DEFAULT x'00ff', d DEFAULT NULL, e DEFAULT (1 + 2), f DEFAULT CURRENT_TIMESTAMP, g DEFAULT (datetime('now', '-1 day')), h DEFAULT TRUE)",
    ),
    (
        "new columns with defaults of all kinds",
        "CREATE TABLE t (z int)",
        "CREATE TABLE t (z int, a text DEFAULT 'it''s', b real DEFAULT -1.5e3, c blob DEFAULT x'00ff', d int DEFAULT NULL, h bool NOT NULL DEFAULT TRUE, i int DEFAULT +5, j text DEFAULT \"quoted\", k text DEFAULT Word)",
    ),
    (
        "new column with a computed default",
        "CREATE TABLE t (z int)",
        "CREATE TABLE t (z int, a DEFAULT (1 + 2), b DEFAULT CURRENT_DATE)",
    ),
    (
        "default is a word",
        "CREATE TABLE t (a text DEFAULT Foo)",
        "CREATE TABLE t (a text DEFAULT foo)",
    ),
    (
        "odd names",
        "CREATE TABLE \"select\" (\"a b\" int, [c d] int, `e``f` int)",
        "CREATE TABLE \"select\" (\"a b\" text, \"group\" int, `e``f` int CHECK (`e``f` > 0)); CREATE INDEX \"from\" ON \"select\" (\"group\")",
    ),
    (
        "unicode names",
        "CREATE TABLE größe (größe int, Ñ int)",
        "CREATE TABLE größe (größe text, Ñ int, \"日本\" int); CREATE INDEX ü ON größe (\"日本\")",
    ),
    (
        "name with a quote",
        "CREATE TABLE \"a\"\"b\" (\"c\"\"d\" int)",
        "CREATE TABLE \"a\"\"b\" (\"c\"\"d\" text NOT NULL)",
    ),
    (
        "name with a single quote",
        "CREATE TABLE \"it's\" (id INTEGER PRIMARY KEY AUTOINCREMENT, a int)",
        "CREATE TABLE \"it's\" (id INTEGER PRIMARY KEY AUTOINCREMENT, a text)",
    ),
    (
        "names in strings",
        "CREATE TABLE 't' ('a' int, 'b' int)",
        "CREATE TABLE t (a int, b text, UNIQUE ('a'))",
    ),
    (
        "case of names",
        "CREATE TABLE Users (Id INTEGER PRIMARY KEY, Name text)",
        "CREATE TABLE USERS (ID INTEGER PRIMARY KEY, name text)",
    ),
    (
        "column order",
        "CREATE TABLE t (a int, b int, c int)",
        "CREATE TABLE t (c int, a int, b int)",
    ),
    (
        "column in the middle",
        "CREATE TABLE t (a int, c int)",
        "CREATE TABLE t (a int, b int, c int)",
    ),
    (
        "untyped columns",
        "CREATE TABLE t (a, b int)",
        "CREATE TABLE t (a int, b)",
    ),
    (
        "odd types",
        "CREATE TABLE t (a varchar ( 10 ), b \"my type\", c unsigned big int)",
        "CREATE TABLE t (a varchar(10, 2), b [other], c double precision)",
    ),
    (
        "length goes",
        "CREATE TABLE t (a varchar(10))",
        "CREATE TABLE t (a varchar)",
    ),
    (
        "rowid is a column",
        "CREATE TABLE t (rowid text, a int)",
        "CREATE TABLE t (rowid text, a text)",
    ),
    (
        "all names of the rowid are columns",
        "CREATE TABLE t (rowid text, oid text, _rowid_ int)",
        "CREATE TABLE t (rowid text, oid int, _rowid_ int)",
    ),
    (
        "a rowid column comes",
        "CREATE TABLE t (a int)",
        "CREATE TABLE t (rowid int, a text)",
    ),
    (
        "create table as select",
        "CREATE TABLE t (a int, b text); CREATE TABLE c AS SELECT a, b, a + 1 AS \"x y\" FROM t",
        "CREATE TABLE t (a int, b text); CREATE TABLE c (a INT, b TEXT NOT NULL, \"x y\")",
    ),
    (
        "drop a used column with all that uses it",
        "CREATE TABLE t (a int, b int UNIQUE, CHECK (b > 0)); CREATE INDEX i ON t (b)",
        "CREATE TABLE t (a int)",
    ),
    (
        "drop an indexed column",
        "CREATE TABLE t (a int, b int); CREATE INDEX i ON t (b); CREATE INDEX j ON t (a, b)",
        "CREATE TABLE t (a int)",
    ),
    (
        "drop a column that a trigger reads",
        "CREATE TABLE t (a int, b int); CREATE TABLE l (x int); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO l VALUES (NEW.b); END",
        "CREATE TABLE t (a int); CREATE TABLE l (x int); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO l VALUES (NEW.a); END",
    ),
    (
        "trigger with a column named end",
        "CREATE TABLE t (a int, \"end\" int)",
        "CREATE TABLE t (a int, \"end\" int); CREATE TRIGGER g AFTER INSERT ON t WHEN NEW.end IS NULL BEGIN UPDATE t SET \"end\" = CASE WHEN NEW.end THEN 1 END; DELETE FROM t WHERE a = 0; END",
    ),
    (
        "trigger of columns",
        "CREATE TABLE t (a int, \"on\" int); CREATE TRIGGER g UPDATE OF a ON t BEGIN SELECT 1; END",
        "CREATE TABLE t (a int, \"on\" int); CREATE TRIGGER g UPDATE OF a, \"on\" ON t FOR EACH ROW BEGIN SELECT 2; END",
    ),
    (
        "rename with everything",
        "CREATE TABLE old (id INTEGER PRIMARY KEY AUTOINCREMENT, nm text NOT NULL); CREATE INDEX i ON old (nm); CREATE VIEW v AS SELECT nm FROM old; CREATE TRIGGER g AFTER DELETE ON old BEGIN SELECT OLD.nm; END",
        "CREATE TABLE new -- renamed_from: old\n(id INTEGER PRIMARY KEY AUTOINCREMENT,\n name text NOT NULL, -- renamed_from: nm\n extra int DEFAULT 0); CREATE INDEX i ON new (name); CREATE VIEW v AS SELECT name FROM new; CREATE TRIGGER g AFTER DELETE ON new BEGIN SELECT OLD.name; END",
    ),
    (
        "names change places",
        "CREATE TABLE a (x int); CREATE TABLE b (y text)",
        "CREATE TABLE b /* renamed_from: a */ (x int); CREATE TABLE a /* renamed_from: b */ (y text)",
    ),
    (
        "full-text table",
        "CREATE TABLE t (a text)",
        "CREATE TABLE t (a text); CREATE VIRTUAL TABLE f USING fts5(a, content=''); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO f (rowid, a) VALUES (NEW.rowid, NEW.a); END",
    ),
    (
        "table becomes a full-text table",
        "CREATE TABLE f (a text)",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
    ),
    (
        "r-tree",
        "CREATE TABLE t (a text)",
        "CREATE TABLE t (a text); CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)",
    ),
    (
        "constraints without commas",
        "CREATE TABLE t (a int, b int, UNIQUE (a) CHECK (b > 0) CONSTRAINT n UNIQUE (b))",
        "CREATE TABLE t (a int, b int, UNIQUE (a), CHECK (b > 1))",
    ),
    (
        "column after the constraints",
        "CREATE TABLE t (a int, PRIMARY KEY (a))",
        "CREATE TABLE t (a int, b int DEFAULT 7, c text, PRIMARY KEY (a))",
    ),
    (
        "names of clauses",
        "CREATE TABLE t (a int CONSTRAINT nn NOT NULL CONSTRAINT d DEFAULT 1 CONSTRAINT u UNIQUE)",
        "CREATE TABLE t (a int NOT NULL DEFAULT 2 CONSTRAINT u2 UNIQUE)",
    ),
    (
        "two constraints that say the same",
        "CREATE TABLE t (a int CHECK (a > 0), CHECK (a > 0))",
        "CREATE TABLE t (a int CHECK (a > 0), b text NOT NULL DEFAULT '')",
    ),
    (
        "json and blobs",
        "CREATE TABLE t (d text)",
        "CREATE TABLE t (d text CHECK (json_valid(d)), n int AS (json_extract(d, '$.n')) STORED); CREATE INDEX i ON t (d ->> '$.n')",
    ),
    (
        "exists and if",
        "CREATE TABLE IF NOT EXISTS t (a int); CREATE VIEW IF NOT EXISTS v AS SELECT 1",
        "CREATE TABLE main.t (a int, b int); CREATE VIEW v AS SELECT 2; CREATE INDEX IF NOT EXISTS main.i ON t (b)",
    ),
    (
        "everything at once",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a text COLLATE NOCASE, b int UNIQUE, CHECK (b > 0)); CREATE INDEX i ON t (a DESC) WHERE b > 5; CREATE TRIGGER g AFTER UPDATE ON t BEGIN SELECT NEW.a; END; CREATE VIEW v AS SELECT a, b FROM t",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, b bigint NOT NULL UNIQUE, a varchar(20), n int AS (length(a)), CHECK (b > 1)); CREATE INDEX i ON t (a DESC) WHERE b > 6; CREATE TRIGGER g AFTER UPDATE ON t BEGIN SELECT NEW.a, NEW.b; END; CREATE VIEW v AS SELECT a, b, n FROM t",
    ),
];
