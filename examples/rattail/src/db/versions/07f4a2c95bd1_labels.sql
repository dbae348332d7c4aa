-- labels at the shelf, and how things are sold
--
-- Revision ID: 07f4a2c95bd1
-- Revises: b61d08e3f92a
-- Create Date: 2025-06-02 10:45:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE label (
    uuid varchar(32) NOT NULL,
    code varchar(20) NOT NULL,
    description varchar(50),
    ordinal integer NOT NULL DEFAULT 1,
    visible boolean NOT NULL DEFAULT TRUE,
    template text,
    CONSTRAINT pk_label PRIMARY KEY (uuid),
    CONSTRAINT uq_label_code UNIQUE (code)
);

ALTER TABLE product ADD COLUMN sold_by varchar(20) NOT NULL DEFAULT 'each';

UPDATE product SET sold_by = 'weight' WHERE upc BETWEEN 200000000000 AND 299999999999;

ALTER TABLE product RENAME COLUMN size TO unit_size;

ALTER TABLE brand ADD COLUMN confirmed boolean NOT NULL DEFAULT FALSE;

ALTER TABLE product_cost ADD COLUMN effective datetime;

-- downgrade
ALTER TABLE product_cost DROP COLUMN effective;

ALTER TABLE brand DROP COLUMN confirmed;

ALTER TABLE product RENAME COLUMN unit_size TO size;

ALTER TABLE product DROP COLUMN sold_by;

DROP TABLE label;
