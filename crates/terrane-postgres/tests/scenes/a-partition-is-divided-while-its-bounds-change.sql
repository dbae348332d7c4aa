-- partitions get other bounds while their parent gets a rule; one of them is divided itself, so that it is made again with the
-- rule while it stands alone
-- @v1
CREATE TABLE m (k int NOT NULL, v text) PARTITION BY RANGE (k);
CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (10);
CREATE TABLE m2 PARTITION OF m FOR VALUES FROM (10) TO (30);
CREATE TABLE m3 PARTITION OF m FOR VALUES FROM (30) TO (40);
-- @seed
INSERT INTO m SELECT i, 'v' || i FROM generate_series(0, 38, 2) AS i;
-- @v2
CREATE TABLE m (k int NOT NULL, v text, n int, CONSTRAINT pos CHECK (n > -9)) PARTITION BY RANGE (k);
CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (20);
CREATE TABLE m2 PARTITION OF m FOR VALUES FROM (20) TO (30) PARTITION BY LIST (v);
CREATE TABLE m2_all PARTITION OF m2 DEFAULT;
CREATE TABLE m3 PARTITION OF m FOR VALUES FROM (30) TO (50);
