-- a partition leaves, and its parent's column gets another type: the values of what left stay as they are
-- @v1
CREATE TABLE p (a int, n text) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
-- @seed
INSERT INTO p VALUES (1, '007'), (2, '008');
-- @v2
CREATE TABLE p (a int, n int) PARTITION BY LIST (a);
CREATE TABLE p1 (a int, n text);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
