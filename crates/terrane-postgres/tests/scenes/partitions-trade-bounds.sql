-- two partitions trade their bounds, under a key, triggers and a default one; then one is divided, and the default one leaves
-- @v1
CREATE TABLE ev (id bigint NOT NULL, at date NOT NULL, kind text NOT NULL, n int DEFAULT 0, g bigint GENERATED ALWAYS AS (id + 1) STORED, "50%" int CHECK ("50%" > 0), CONSTRAINT ev_pkey PRIMARY KEY (id, at, kind)) PARTITION BY RANGE (at);
CREATE TABLE ev_24 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE ev_25 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE ev_rest PARTITION OF ev DEFAULT;
CREATE INDEX ev_kind ON ev (kind);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n = 99; RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE INSERT ON ev FOR EACH ROW EXECUTE FUNCTION tf();
CREATE TRIGGER tr2 BEFORE INSERT ON ev_rest FOR EACH ROW EXECUTE FUNCTION tf();
CREATE TABLE ref (id int CONSTRAINT ref_pkey PRIMARY KEY, eid bigint, eat date, ek text, CONSTRAINT ref_fk FOREIGN KEY (eid, eat, ek) REFERENCES ev (id, at, kind));
-- @seed
INSERT INTO ev (id, at, kind) VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'b'), (3, '2027-01-01', 'c'); INSERT INTO ref VALUES (1, 1, '2024-05-05', 'a'); UPDATE ev SET n = id;
-- @v2
CREATE TABLE ev (id bigint NOT NULL, at date NOT NULL, kind text NOT NULL, n int DEFAULT 0, g bigint GENERATED ALWAYS AS (id + 1) STORED, "50%" int CHECK ("50%" > 0), CONSTRAINT ev_pkey PRIMARY KEY (id, at, kind)) PARTITION BY RANGE (at);
CREATE TABLE ev_24 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE ev_25 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE ev_27 PARTITION OF ev FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE ev_rest PARTITION OF ev DEFAULT;
CREATE INDEX ev_kind ON ev (kind);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n = 99; RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE INSERT ON ev FOR EACH ROW EXECUTE FUNCTION tf();
CREATE TRIGGER tr2 BEFORE INSERT ON ev_rest FOR EACH ROW EXECUTE FUNCTION tf();
CREATE TABLE ref (id int CONSTRAINT ref_pkey PRIMARY KEY, eid bigint, eat date, ek text, CONSTRAINT ref_fk FOREIGN KEY (eid, eat, ek) REFERENCES ev (id, at, kind));
-- @v3
CREATE TABLE ev (id bigint NOT NULL, at date NOT NULL, kind text NOT NULL, n int DEFAULT 0, g bigint GENERATED ALWAYS AS (id + 1) STORED, "50%" int CHECK ("50%" > 0), m text, CONSTRAINT ev_pkey PRIMARY KEY (id, at, kind)) PARTITION BY RANGE (at);
CREATE TABLE ev_24 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (kind);
CREATE TABLE ev_24_a PARTITION OF ev_24 FOR VALUES IN ('a');
CREATE TABLE ev_24_o PARTITION OF ev_24 DEFAULT;
CREATE TABLE ev_25 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2028-01-01');
CREATE TABLE ev_rest (id bigint NOT NULL, at date NOT NULL, kind text NOT NULL, n int DEFAULT 0);
CREATE INDEX ev_kind ON ev (kind);
CREATE UNIQUE INDEX ev_25_n ON ev_25 (n, id);
CREATE TABLE ref (id int CONSTRAINT ref_pkey PRIMARY KEY, eid bigint, eat date, ek text, CONSTRAINT ref_fk FOREIGN KEY (eid, eat, ek) REFERENCES ev (id, at, kind));
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n = 99; RETURN NEW; END $$;
