-- taxes
--
-- Revision ID: 5e38b1f7a6c4
-- Revises: d07ac41b6e52
-- Create Date: 2025-01-13 09:00:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE tax (
    uuid varchar(32) NOT NULL,
    code varchar(30) NOT NULL,
    description varchar(255),
    rate decimal(7, 5) NOT NULL,
    CONSTRAINT pk_tax PRIMARY KEY (uuid),
    CONSTRAINT uq_tax_code UNIQUE (code),
    CONSTRAINT ck_tax_rate CHECK (rate BETWEEN 0 AND 99)
);

ALTER TABLE product ADD COLUMN tax_uuid varchar(32);

ALTER TABLE product ADD CONSTRAINT fk_product_tax FOREIGN KEY (tax_uuid) REFERENCES tax (uuid) ON DELETE SET NULL;

CREATE INDEX ix_product_tax ON product (tax_uuid);

ALTER TABLE department ADD COLUMN taxable boolean NOT NULL DEFAULT TRUE;

-- downgrade
ALTER TABLE department DROP COLUMN taxable;

DROP INDEX ix_product_tax;

ALTER TABLE product DROP CONSTRAINT fk_product_tax;

ALTER TABLE product DROP COLUMN tax_uuid;

DROP TABLE tax;
