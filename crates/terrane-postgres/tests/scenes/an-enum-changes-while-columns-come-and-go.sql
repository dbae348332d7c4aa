-- an enum gets a value and another order while columns of it come, go and become others
-- @v1
CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (a e, b e, c text); CREATE TABLE s (x e);
-- @seed
INSERT INTO t VALUES ('a', 'b', 'a'); INSERT INTO s VALUES ('a');
-- @v2
CREATE TYPE e AS ENUM ('b', 'a', 'z'); CREATE TABLE t (a text, c e, d e DEFAULT 'z'); 
-- terrane: renamed from s
CREATE TABLE s2 (x e, y e[]);
