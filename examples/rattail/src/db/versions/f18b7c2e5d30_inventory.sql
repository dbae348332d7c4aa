-- inventory, store by store
--
-- Revision ID: f18b7c2e5d30
-- Revises: 9a2d6f0b84e7
-- Create Date: 2026-01-26 12:00:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE inventory (
    product_uuid varchar(32) NOT NULL,
    store_uuid varchar(32) NOT NULL,
    on_hand decimal(9, 3) NOT NULL DEFAULT 0,
    reserved decimal(9, 3) NOT NULL DEFAULT 0,
    available decimal(9, 3) GENERATED ALWAYS AS (on_hand - reserved) STORED,
    counted timestamp with time zone,
    CONSTRAINT pk_inventory PRIMARY KEY (product_uuid, store_uuid),
    CONSTRAINT fk_inventory_product FOREIGN KEY (product_uuid) REFERENCES product (uuid) ON DELETE CASCADE,
    CONSTRAINT fk_inventory_store FOREIGN KEY (store_uuid) REFERENCES store (uuid),
    CONSTRAINT ck_inventory_reserved CHECK (reserved >= 0)
);

CREATE INDEX ix_inventory_store ON inventory (store_uuid);

ALTER TABLE employee ADD COLUMN store_uuid varchar(32);

ALTER TABLE employee ADD CONSTRAINT fk_employee_store
    FOREIGN KEY (store_uuid) REFERENCES store (uuid) ON DELETE SET NULL;

CREATE INDEX ix_employee_store ON employee (store_uuid);

-- downgrade
DROP INDEX ix_employee_store;

ALTER TABLE employee DROP CONSTRAINT fk_employee_store;

ALTER TABLE employee DROP COLUMN store_uuid;

DROP TABLE inventory;
