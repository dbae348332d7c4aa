-- loyalty points for customers
--
-- Revision ID: e8d1f0c2a7b3
-- Revises: c07e5a1b9d34
-- Create Date: 2026-09-14 16:20:00+00:00
-- Dialect: sqlite

-- upgrade
CREATE TABLE poser_customer (
    uuid varchar(32) NOT NULL,
    loyalty_points integer NOT NULL DEFAULT 0,
    nickname varchar(50),
    CONSTRAINT poser_customer_pk PRIMARY KEY (uuid),
    CONSTRAINT poser_customer_fk_customer FOREIGN KEY (uuid) REFERENCES customer (uuid) ON DELETE CASCADE
);

-- Whoever was a customer before the scheme began starts with a welcome.
INSERT INTO poser_customer (uuid, loyalty_points)
SELECT uuid, 100 FROM customer;

-- downgrade
DROP TABLE poser_customer;
