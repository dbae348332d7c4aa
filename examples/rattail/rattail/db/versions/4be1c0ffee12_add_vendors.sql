-- add vendors
--
-- Revision ID: 4be1c0ffee12
-- Revises: 1d2c3b4a5f60
-- Create Date: 2026-03-02 14:40:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE vendor (
    uuid varchar(32) NOT NULL,
    id varchar(15),
    name varchar(50) NOT NULL,
    CONSTRAINT vendor_pk PRIMARY KEY (uuid)
);

ALTER TABLE product ADD COLUMN vendor_uuid varchar(32);

ALTER TABLE product ADD CONSTRAINT product_fk_vendor FOREIGN KEY (vendor_uuid) REFERENCES vendor (uuid);

CREATE INDEX product_ix_vendor ON product (vendor_uuid);

-- downgrade
DROP INDEX product_ix_vendor;

ALTER TABLE product DROP CONSTRAINT product_fk_vendor;

ALTER TABLE product DROP COLUMN vendor_uuid;

DROP TABLE vendor;
