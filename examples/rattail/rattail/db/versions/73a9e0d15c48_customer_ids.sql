-- a customer's number becomes its id, is unique, and there is an address to write to
--
-- Revision ID: 73a9e0d15c48
-- Revises: 4be1c0ffee12
-- Create Date: 2026-06-21 08:05:00+00:00
-- Dialect: any

-- upgrade
ALTER TABLE customer RENAME COLUMN number TO id;

ALTER TABLE customer ADD COLUMN email varchar(255);

ALTER TABLE customer ADD CONSTRAINT customer_uq_id UNIQUE (id);

-- downgrade
ALTER TABLE customer DROP CONSTRAINT customer_uq_id;

ALTER TABLE customer DROP COLUMN email;

ALTER TABLE customer RENAME COLUMN id TO number;
