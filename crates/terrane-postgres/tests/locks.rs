//! What is said of a statement's lock is what the server does.

use crate::harness::{Scratch, block_on, server};
use sqlx::Row;
use terrane_core::dialect::{Dialect, Work};
use terrane_postgres::Postgres;

const TABLES: &str = "\
CREATE TABLE p (id integer PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 9);
CREATE TABLE t (id integer PRIMARY KEY, a integer, b varchar(9), u integer NOT NULL);
INSERT INTO t SELECT i, i, 'x', i FROM generate_series(1, 9) AS i;
ALTER TABLE t ADD CONSTRAINT later CHECK (a > 0) NOT VALID;
CREATE UNIQUE INDEX uq ON t (u);
CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(b, 'pg_catalog.english', b);
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE UNIQUE INDEX mi ON m (a);
CREATE TABLE part (id integer, a integer, b varchar(9), u integer NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE q (id integer)";

const STATEMENTS: [&str; 45] = [
    "ALTER TABLE t ADD COLUMN c integer",
    "ALTER TABLE t ADD COLUMN c integer DEFAULT 1",
    "ALTER TABLE t ADD COLUMN c timestamptz DEFAULT now()",
    "ALTER TABLE t ADD COLUMN c timestamptz DEFAULT (now())",
    "ALTER TABLE t ADD COLUMN c double precision DEFAULT random()",
    "ALTER TABLE t ADD COLUMN c serial",
    "ALTER TABLE t ADD COLUMN c integer GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE t ADD COLUMN c integer GENERATED ALWAYS AS (a + 1) STORED",
    "ALTER TABLE t ADD COLUMN c integer CHECK (c > 0)",
    "ALTER TABLE t ADD COLUMN c integer UNIQUE",
    "ALTER TABLE t DROP COLUMN b",
    "ALTER TABLE t RENAME COLUMN b TO c",
    "ALTER TABLE t RENAME TO s",
    "ALTER TABLE t ALTER COLUMN a TYPE bigint",
    "ALTER TABLE public.t ALTER a SET DATA TYPE bigint, ALTER b TYPE text",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN u DROP NOT NULL",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 3",
    "ALTER TABLE t ALTER COLUMN a SET STATISTICS 50",
    "ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5)",
    "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)",
    "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID",
    "ALTER TABLE ONLY t VALIDATE CONSTRAINT later",
    "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES p",
    "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a)",
    "ALTER TABLE t ADD CONSTRAINT uq UNIQUE USING INDEX uq",
    "ALTER TABLE t ADD CONSTRAINT k EXCLUDE USING btree (a WITH =)",
    "ALTER TABLE t DROP CONSTRAINT later",
    "ALTER TABLE t SET (fillfactor = 70)",
    "ALTER TABLE t SET UNLOGGED",
    "ALTER TABLE t DISABLE TRIGGER g",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER TABLE t CLUSTER ON uq",
    "CREATE INDEX i ON t (a)",
    "CREATE UNIQUE INDEX i ON ONLY public.t USING btree (a)",
    "DROP TABLE IF EXISTS t",
    "TRUNCATE t",
    "CREATE TRIGGER h AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(b, 'pg_catalog.english', b)",
    "DROP TRIGGER g ON t",
    "CREATE POLICY y ON t USING (a > 1)",
    "CREATE RULE r AS ON INSERT TO t WHERE false DO ALSO NOTHING",
    "REINDEX TABLE t",
    "CREATE TABLE n (p integer REFERENCES p)",
];

const MODES: [&str; 5] = [
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];

/// The hardest lock on a table that the session holds, as the lock manager calls it.
async fn held(scratch: &mut Scratch, oid: &str) -> String {
    let sql = format!(
        "SELECT l.mode FROM pg_locks AS l WHERE l.pid = pg_backend_pid() AND l.relation = {oid} ORDER BY \
         array_position(ARRAY['{}'], l.mode) DESC NULLS LAST LIMIT 1",
        MODES.join("', '")
    );
    text(scratch, &sql).await
}

async fn text(scratch: &mut Scratch, sql: &str) -> String {
    let rows = scratch.database.rows(sql).await.unwrap();
    rows.first().map(|row| row.get(0)).unwrap_or_default()
}

#[test]
fn a_lock_is_told_as_the_server_takes_it() {
    let Some(url) = server("locks of statements") else {
        return;
    };
    block_on(async {
        let mut wrong = Vec::new();
        let mut scratch = Scratch::new(&url, TABLES).await.unwrap();
        for sql in STATEMENTS {
            let told = Postgres.locks(sql);
            let table = told.first().map_or("t", |lock| lock.table.as_str()).to_owned();
            let oid = text(&mut scratch, &format!("SELECT '{table}'::regclass::oid::text")).await;
            let file = format!("SELECT COALESCE(pg_relation_filenode({oid})::text, '')");
            // What transactions before it have read is counted with it for a while.
            let rows = format!("SELECT pg_stat_get_xact_tuples_returned({oid})::text");
            let before = text(&mut scratch, &file).await;
            scratch.database.execute("BEGIN").await.unwrap();
            let read_before = text(&mut scratch, &rows).await;
            scratch.database.execute(sql).await.unwrap();
            let mode = held(&mut scratch, &oid).await;
            let reads = text(&mut scratch, &rows).await != read_before;
            let after = text(&mut scratch, &file).await;
            scratch.database.execute("ROLLBACK").await.unwrap();
            let told_mode = told.first().map(|lock| format!("{}Lock", lock.mode.replace(' ', "")));
            if told_mode.map(|mode| mode.to_lowercase()) != Some(mode.to_lowercase()) {
                wrong.push(format!("{sql}: {told:?}, and is {mode}"));
            }
            let rewrites = before != after && !sql.starts_with("TRUNCATE") && !sql.starts_with("DROP");
            let work = told.first().map_or(Work::Catalog, |lock| lock.work);
            let fits = match work {
                Work::Catalog => !rewrites && !reads,
                Work::MayRead => !rewrites,
                Work::Reads => !rewrites && reads,
                Work::MayRewrite => true,
                Work::Rewrites => rewrites,
            };
            wrong.extend((!fits).then(|| format!("{sql}: {work:?}, and reads {reads}, rewrites {rewrites}")));
        }
        assert_eq!(wrong, [""; 0]);
        scratch.drop().await;
    });
}
