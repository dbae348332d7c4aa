-- every customer has a number
--
-- Those who have none get the next ones, in the order of their names. The numbers stay when this is taken back.
--
-- Revision ID: c3e95a7d1b06
-- Revises: 07f4a2c95bd1
-- Create Date: 2025-09-15 07:30:00+00:00
-- Dialect: any

-- upgrade
-- call fill_customer_numbers

ALTER TABLE customer ALTER COLUMN number SET NOT NULL;

ALTER TABLE customer ADD CONSTRAINT uq_customer_number UNIQUE (number);

CREATE INDEX ix_customer_name ON customer (name);

-- downgrade
DROP INDEX ix_customer_name;

ALTER TABLE customer DROP CONSTRAINT uq_customer_number;

ALTER TABLE customer ALTER COLUMN number DROP NOT NULL;
