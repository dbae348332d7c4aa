-- loyalty points for customers
--
-- Revision ID: e8d1f0c2a7b3
-- Revises: c07e5a1b9d34
-- Create Date: 2026-09-14 16:20:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE poser_customer (
    uuid varchar(32) NOT NULL,
    loyalty_points integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_poser_customer PRIMARY KEY (uuid),
    CONSTRAINT fk_poser_customer_customer FOREIGN KEY (uuid) REFERENCES customer (uuid) ON DELETE CASCADE,
    CONSTRAINT ck_poser_customer_loyalty_points CHECK (loyalty_points >= 0)
);

-- Whoever was a customer before the scheme began starts with a welcome.
INSERT INTO poser_customer (uuid, loyalty_points)
SELECT uuid, 100 FROM customer;

-- downgrade
DROP TABLE poser_customer;
