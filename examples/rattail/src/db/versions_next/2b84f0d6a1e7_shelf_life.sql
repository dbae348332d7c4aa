-- how long products keep
--
-- Revision ID: 2b84f0d6a1e7
-- Revises: 38e1d5c06f9b
-- Create Date: 2026-08-17 09:25:00+00:00
-- Dialect: any

-- upgrade
ALTER TABLE product ADD COLUMN shelf_life_days integer;

ALTER TABLE product ADD CONSTRAINT ck_product_shelf_life_days CHECK (shelf_life_days > 0);

ALTER TABLE product ALTER COLUMN description TYPE varchar(255);

-- downgrade
UPDATE product SET description = substr(description, 1, 120) WHERE length(description) > 120;

ALTER TABLE product ALTER COLUMN description TYPE varchar(120);

ALTER TABLE product DROP CONSTRAINT ck_product_shelf_life_days;

ALTER TABLE product DROP COLUMN shelf_life_days;
