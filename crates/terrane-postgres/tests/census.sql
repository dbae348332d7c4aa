-- One of every kind of object that a catalog holds. A line that ends in `--# kind: name` says what is to be found; in `--15`, since which version.
CREATE ROLE terrane_census; --ignore
CREATE SCHEMA app; --# schema: "app"
CREATE SCHEMA "Odd ""one"; --# schema: "Odd ""one"
CREATE EXTENSION pg_trgm; --# extension: pg_trgm
CREATE EXTENSION hstore SCHEMA app; --# extension: hstore
CREATE TYPE mood AS ENUM ('sad', 'it''s fine'); --# enum: mood
CREATE DOMAIN app.positive AS integer DEFAULT 1 NOT NULL CONSTRAINT above CHECK (VALUE > 0); --# domain: app.positive
CREATE DOMAIN named AS text COLLATE "C" CHECK (VALUE <> ''); --# domain: named
ALTER DOMAIN named ADD CONSTRAINT late CHECK (length(VALUE) < 9) NOT VALID;
CREATE TYPE pair AS (a integer, b text COLLATE "C", c mood[]); --# type: pair
CREATE TYPE nothing AS (); --# type: nothing
CREATE TYPE floats AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = float8mi); --# type: floats
CREATE TYPE shell; --# type: shell
CREATE TYPE base;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'textin'; --# routine: base_in(cstring)
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, INTERNALLENGTH = VARIABLE, STORAGE = extended); --# type: base
CREATE SEQUENCE app.numbers AS smallint INCREMENT BY -2 MINVALUE -100 MAXVALUE 50 START WITH 8 CACHE 3 CYCLE; --# sequence: app.numbers
CREATE SEQUENCE plain; --# sequence: plain
CREATE UNLOGGED SEQUENCE loose; --15# sequence!: loose
CREATE TABLE app.users (id bigint GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5) PRIMARY KEY,
    name text COLLATE "C" NOT NULL DEFAULT 'x'::text, "Odd" integer, twice integer GENERATED ALWAYS AS ("Odd" * 2) STORED,
    tags text[], m mood, h app.hstore, during tsrange, amount numeric(10,2), UNIQUE ("Odd", name) INCLUDE (m) WITH (fillfactor=60),
    CONSTRAINT odd_positive CHECK ("Odd" > 0) NO INHERIT, EXCLUDE USING gist (during WITH &&) WHERE ("Odd" > 1)) WITH (fillfactor=70, toast.autovacuum_enabled=false); --# table: app.users
ALTER TABLE app.users ALTER name SET STORAGE external, ALTER name SET STATISTICS 99, ALTER name SET (n_distinct=5);
ALTER TABLE app.users ALTER tags SET COMPRESSION pglz; --14
ALTER TABLE app.users ADD UNIQUE NULLS NOT DISTINCT (twice); --15
ALTER TABLE app.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, REPLICA IDENTITY FULL, CLUSTER ON users_pkey;
CREATE TABLE orders (id serial, placed date NOT NULL, user_id bigint REFERENCES app.users ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (id, placed)) PARTITION BY RANGE (placed); --# table: orders
CREATE TABLE orders_old PARTITION OF orders FOR VALUES FROM (MINVALUE) TO ('2020-01-01'); --# table: orders_old
CREATE TRIGGER placed AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ALTER TABLE orders_old DISABLE TRIGGER placed;
CREATE TABLE orders_rest PARTITION OF orders DEFAULT;
CREATE INDEX orders_placed ON orders (placed);
CREATE UNLOGGED TABLE child (extra int) INHERITS (app.users); --# table: child
CREATE TABLE typed OF pair (a WITH OPTIONS NOT NULL); --# table: typed
CREATE TABLE plain_table (a int PRIMARY KEY, b text, c int[]); --# table: plain_table
ALTER TABLE plain_table ADD CONSTRAINT later FOREIGN KEY (a) REFERENCES plain_table MATCH FULL NOT VALID;
CREATE UNIQUE INDEX users_name ON app.users (name text_pattern_ops DESC NULLS LAST, lower(name) COLLATE "POSIX", "Odd") INCLUDE (m) WITH (fillfactor=50) WHERE "Odd" IS NOT NULL; --# index: users_name
CREATE UNIQUE INDEX users_distinct ON app.users (twice) NULLS NOT DISTINCT; --15# index: users_distinct
ALTER TABLE plain_table ADD FOREIGN KEY (a) REFERENCES plain_table (a) ON DELETE SET NULL (a); --15
CREATE INDEX users_trgm ON app.users USING gist (name gist_trgm_ops (siglen=32));
CREATE TABLE later_on (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL, k int4range, c int4range, CONSTRAINT loose CHECK (a > 0) NOT ENFORCED, PRIMARY KEY (k, c WITHOUT OVERLAPS)); --18
ALTER TABLE later_on ADD CONSTRAINT there NOT NULL a NOT VALID; --18
CREATE STATISTICS app.both (ndistinct, mcv) ON "Odd", name FROM app.users; --# statistics: app."both"
ALTER STATISTICS app.both SET STATISTICS 50;
CREATE VIEW app.named WITH (security_barrier) AS SELECT id, name FROM app.users WHERE name <> '' WITH CHECK OPTION; --# view: app.named
ALTER VIEW app.named ALTER COLUMN name SET DEFAULT 'none';
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM app.users; --# view: totals
CREATE UNIQUE INDEX totals_n ON totals (n); --# index!: totals_n
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; --# routine: touch()
CREATE FUNCTION app.add(a integer, b integer DEFAULT 2) RETURNS integer LANGUAGE sql AS 'SELECT a + b'; --# routine: app.add(integer, integer)
CREATE FUNCTION app.atomic(a integer) RETURNS integer LANGUAGE sql RETURN a + 1; --14# routine: app.atomic(integer)
CREATE PROCEDURE app."Do it"(INOUT a text) LANGUAGE sql AS 'SELECT a'; --# routine: app."Do it"(text)
CREATE TRIGGER touching BEFORE UPDATE OF name ON app.users FOR EACH ROW WHEN (new.name IS DISTINCT FROM old.name) EXECUTE FUNCTION touch(); --# trigger: touching
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON app.users DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch(); --# trigger: late
CREATE TRIGGER instead INSTEAD OF INSERT ON app.named FOR EACH ROW EXECUTE FUNCTION touch(); --# trigger: instead
ALTER TABLE app.users DISABLE TRIGGER touching;
CREATE AGGREGATE app.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE); --# aggregate: app.total(integer)
CREATE AGGREGATE every_one(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0'); --# aggregate: every_one(*)
CREATE AGGREGATE middle(double precision ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA); --# aggregate: middle(double precision ORDER BY anyelement)
CREATE RULE nothing_done AS ON DELETE TO app.users WHERE OLD."Odd" = 1 DO INSTEAD NOTHING; --# rule: nothing_done ON app.users
ALTER TABLE app.users DISABLE RULE nothing_done;
CREATE POLICY own ON app.users AS RESTRICTIVE FOR UPDATE TO terrane_census USING (name = CURRENT_USER) WITH CHECK (true); --# policy: own ON app.users
CREATE POLICY everybody ON app.users; --# policy: everybody ON app.users
CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER telling ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION told(); --# event trigger: telling
ALTER EVENT TRIGGER telling DISABLE;
CREATE FOREIGN DATA WRAPPER wrapper OPTIONS (a 'it''s'); --# foreign data wrapper: wrapper
CREATE SERVER far TYPE 't' VERSION 'v' FOREIGN DATA WRAPPER wrapper OPTIONS (host 'h'); --# server: far
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS ("user" 'u'); --# user mapping: FOR PUBLIC SERVER far
CREATE FOREIGN TABLE app.remote (id integer OPTIONS (column_name 'x') NOT NULL, b text COLLATE "C" DEFAULT 'q', CHECK (id > 0)) SERVER far OPTIONS (t 'r'); --# foreign table: app.remote
CREATE PUBLICATION everything FOR ALL TABLES; --# publication: everything
CREATE PUBLICATION part_of_it FOR TABLE plain_table (a, b) WHERE (a > 1) WITH (publish = 'insert'); --15# publication: part_of_it
CREATE PUBLICATION some_schema FOR TABLES IN SCHEMA app; --15# publication: some_schema
CREATE SUBSCRIPTION news CONNECTION 'dbname=nowhere' PUBLICATION everything WITH (connect = false, slot_name = NONE, enabled = false); --# subscription: news
CREATE FUNCTION app.same(a pair, b pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT a.a = b.a';
CREATE FUNCTION app.compare(a pair, b pair) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = OPERATOR(app.===), HASHES, RESTRICT = eqsel, JOIN = eqjoinsel); --# operator: app.=== (pair, pair)
CREATE FUNCTION app.hash(a pair) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a.a';
CREATE OPERATOR FAMILY app.pairs USING hash; --# operator family: app.pairs USING hash
CREATE OPERATOR CLASS app.pair_ops FOR TYPE pair USING hash FAMILY app.pairs AS OPERATOR 1 app.===, FUNCTION 1 app.hash(pair); --# operator class: app.pair_ops USING hash
CREATE FUNCTION app.to_text(pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.b';
CREATE CAST (pair AS text) WITH FUNCTION app.to_text(pair) AS ASSIGNMENT; --# cast: (pair AS text)
CREATE CAST (mood AS integer) WITH INOUT; --# cast: (mood AS integer)
CREATE CONVERSION app.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8; --# conversion: app.latin
CREATE COLLATION app.german (LOCALE = 'C'); --# collation: app.german
CREATE COLLATION folded (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false); --# collation: folded
CREATE TEXT SEARCH PARSER app.words (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype); --# text search parser: app.words
CREATE TEXT SEARCH TEMPLATE app.simple (INIT = dsimple_init, LEXIZE = dsimple_lexize); --# text search template: app.simple
CREATE TEXT SEARCH DICTIONARY app.easy (TEMPLATE = app.simple, STOPWORDS = 'english'); --# text search dictionary: app.easy
CREATE TEXT SEARCH CONFIGURATION app.english (PARSER = default); --# text search configuration: app.english
ALTER TEXT SEARCH CONFIGURATION app.english ADD MAPPING FOR asciiword, word WITH app.easy, simple;
CREATE LANGUAGE other HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler; --# language: other
CREATE TRANSFORM FOR base LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal)); --# transform: FOR base LANGUAGE sql
CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler; --# access method: pile
CREATE TABLE piled (a int) USING pile;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO terrane_census; --# default privileges: FOR ROLE postgres IN SCHEMA app REVOKE SELECT ON TABLES FROM terrane_census
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; --# default privileges: FOR ROLE postgres GRANT EXECUTE ON FUNCTIONS TO PUBLIC
GRANT SELECT, INSERT ON app.users TO terrane_census WITH GRANT OPTION; --# grant: SELECT ON TABLE app.users FROM terrane_census
GRANT UPDATE ("Odd") ON app.users TO PUBLIC; --# grant: UPDATE ("Odd") ON TABLE app.users FROM PUBLIC
GRANT USAGE ON SCHEMA app TO terrane_census; --# grant: USAGE ON SCHEMA app FROM terrane_census
GRANT CREATE ON SCHEMA public TO terrane_census; --# grant: CREATE ON SCHEMA public FROM terrane_census
GRANT USAGE ON SEQUENCE app.numbers TO terrane_census; --# grant: USAGE ON SEQUENCE app.numbers FROM terrane_census
REVOKE EXECUTE ON FUNCTION touch() FROM PUBLIC; --# revoke: EXECUTE ON FUNCTION touch() TO PUBLIC
REVOKE USAGE ON TYPE mood FROM PUBLIC; --# revoke: USAGE ON TYPE mood TO PUBLIC
GRANT USAGE ON FOREIGN SERVER far TO terrane_census; --# grant: USAGE ON FOREIGN SERVER far FROM terrane_census
GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO terrane_census; --# grant: EXECUTE ON FUNCTION pg_reload_conf() FROM terrane_census
ALTER VIEW app.named OWNER TO terrane_census; --# owner: VIEW app.named OWNER TO CURRENT_USER
ALTER STATISTICS app."both" OWNER TO terrane_census; --# owner: STATISTICS app."both" OWNER TO CURRENT_USER
COMMENT ON TABLE app.users IS 'people';
COMMENT ON COLUMN app.users.name IS 'it''s theirs';
COMMENT ON CONSTRAINT odd_positive ON app.users IS 'c'; --# comment: CONSTRAINT odd_positive on app.users
COMMENT ON CONSTRAINT above ON DOMAIN app.positive IS 'c'; --# comment: CONSTRAINT above ON DOMAIN app.positive
COMMENT ON COLUMN app.named.name IS 'c'; --# comment: COLUMN app.named.name
COMMENT ON COLUMN pair.a IS 'c'; --# comment: COLUMN public.pair.a
COMMENT ON TYPE mood IS 'c'; --# comment: TYPE public.mood
COMMENT ON TYPE pair IS 'c'; --# comment: TYPE public.pair
COMMENT ON FUNCTION app.add(integer, integer) IS 'c'; --# comment: FUNCTION app.add(integer,integer)
COMMENT ON AGGREGATE every_one(*) IS 'c'; --# comment: AGGREGATE public.every_one(*)
COMMENT ON SCHEMA app IS 'c'; --# comment: SCHEMA app
COMMENT ON SCHEMA public IS 'ours'; --# comment: SCHEMA public
COMMENT ON TRIGGER touching ON app.users IS 'c'; --# comment: TRIGGER touching on app.users
COMMENT ON POLICY own ON app.users IS 'c'; --# comment: POLICY own on app.users
COMMENT ON RULE nothing_done ON app.users IS 'c'; --# comment: RULE nothing_done on app.users
COMMENT ON SEQUENCE plain IS 'c'; --# comment: SEQUENCE public.plain
COMMENT ON INDEX users_pkey IS 'c'; --ignore
COMMENT ON INDEX app.users_pkey IS 'c'; --# comment: INDEX app.users_pkey
COMMENT ON INDEX totals_n IS 'c'; --# comment: INDEX public.totals_n
COMMENT ON STATISTICS app.both IS 'c'; --# comment: STATISTICS app."both"
COMMENT ON CAST (pair AS text) IS 'c'; --# comment: CAST (public.pair AS pg_catalog.text)
COMMENT ON OPERATOR app.=== (pair, pair) IS 'c'; --# comment: OPERATOR app.===(public.pair,public.pair)
COMMENT ON OPERATOR CLASS app.pair_ops USING hash IS 'c'; --# comment: OPERATOR CLASS app.pair_ops USING hash
COMMENT ON FOREIGN DATA WRAPPER wrapper IS 'c'; --# comment: FOREIGN DATA WRAPPER wrapper
COMMENT ON SERVER far IS 'c'; --# comment: SERVER far
COMMENT ON PUBLICATION part_of_it IS 'c'; --15# comment: PUBLICATION part_of_it
COMMENT ON EVENT TRIGGER telling IS 'c'; --# comment: EVENT TRIGGER telling
COMMENT ON TEXT SEARCH DICTIONARY app.easy IS 'c'; --# comment: TEXT SEARCH DICTIONARY app.easy
COMMENT ON EXTENSION hstore IS 'c'; --# comment: EXTENSION hstore
