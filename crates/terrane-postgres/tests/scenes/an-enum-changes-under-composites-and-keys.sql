-- an enum is reordered under keys, composites with an attribute that changes too, and computed columns
-- @v1
CREATE TYPE e AS ENUM ('a', 'b', 'c'); CREATE TABLE k (e e PRIMARY KEY); CREATE TABLE t (e e REFERENCES k, f e DEFAULT 'a' UNIQUE); CREATE TYPE ct AS (e e, n int); CREATE TABLE u (c ct, cs ct[], CHECK ((c).e <> 'b')); CREATE INDEX ui ON u (((c).n));
CREATE FUNCTION f(x e, y ct) RETURNS SETOF ct LANGUAGE sql AS 'SELECT $2'; CREATE VIEW v AS SELECT (c).e, f('a', c) FROM u; CREATE TABLE x (g e GENERATED ALWAYS AS ('a'::e) STORED, z int);
-- @seed
INSERT INTO k VALUES ('a'); INSERT INTO t VALUES ('a'); INSERT INTO u VALUES (ROW('a', 1), ARRAY[ROW('c', 2)::ct, NULL]); INSERT INTO x (z) VALUES (1);
-- @v2
CREATE TYPE e AS ENUM ('c', 'a'); CREATE TABLE k (e e PRIMARY KEY); CREATE TABLE t (e e REFERENCES k, f e DEFAULT 'a' UNIQUE); CREATE TYPE ct AS (e e, n bigint); CREATE TABLE u (c ct, cs ct[], CHECK ((c).e <> 'c')); CREATE INDEX ui ON u (((c).n));
CREATE FUNCTION f(x e, y ct) RETURNS SETOF ct LANGUAGE sql AS 'SELECT $2'; CREATE VIEW v AS SELECT (c).e, f('a', c) FROM u; CREATE TABLE x (g e GENERATED ALWAYS AS ('a'::e) STORED, z int);
