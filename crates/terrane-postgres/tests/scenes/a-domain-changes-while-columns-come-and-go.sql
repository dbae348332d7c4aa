-- a domain gets another base while columns of it come, go and become others
-- @v1
CREATE DOMAIN d AS text; CREATE TABLE t (a d, b d, c d, k int); CREATE INDEX i ON t (c);
-- @seed
INSERT INTO t VALUES ('1', '2', '3', 4);
-- @v2
CREATE DOMAIN d AS varchar(9); CREATE TABLE t (a text, c d DEFAULT 'z', e d, k d); CREATE INDEX i ON t (c, e);
