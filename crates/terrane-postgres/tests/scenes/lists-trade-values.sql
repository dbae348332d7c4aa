-- values move between lists, to the default partition and from it
-- @v1
CREATE TABLE l (k text, n int) PARTITION BY LIST (k);
CREATE TABLE l_a PARTITION OF l FOR VALUES IN ('a', 'b');
CREATE TABLE l_c PARTITION OF l FOR VALUES IN ('c', NULL);
CREATE SCHEMA "o x";
CREATE TABLE "o x"."l d" PARTITION OF l DEFAULT;
-- @seed
INSERT INTO l VALUES ('a', 1), ('b', 2), ('c', 3), (NULL, 4), ('z', 5), ('y', 6);
-- @v2
CREATE TABLE l (k text, n int) PARTITION BY LIST (k);
CREATE TABLE l_a PARTITION OF l FOR VALUES IN ('a', NULL, 'z');
CREATE TABLE l_c PARTITION OF l FOR VALUES IN ('c', 'b');
CREATE SCHEMA "o x";
CREATE TABLE "o x"."l d" PARTITION OF l DEFAULT;
-- @v3
CREATE TABLE l (k text, n int, m int) PARTITION BY LIST (k);
CREATE TABLE l_a PARTITION OF l FOR VALUES IN ('a', 'z');
CREATE TABLE l_y PARTITION OF l FOR VALUES IN ('y');
CREATE SCHEMA "o x";
CREATE TABLE "o x"."l d" PARTITION OF l DEFAULT;
