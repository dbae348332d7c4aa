-- stricter products, orders and vendors
--
-- Revision ID: e40c9b7a25d8
-- Revises: 6d50e8a3c7f2
-- Create Date: 2026-06-15 10:00:00+00:00
-- Dialect: any

-- upgrade
ALTER TABLE product ALTER COLUMN description TYPE varchar(120);

ALTER TABLE product ALTER COLUMN regular_price TYPE decimal(10, 3);

ALTER TABLE product ADD COLUMN facts json;

ALTER TABLE product ADD COLUMN discontinued boolean NOT NULL DEFAULT FALSE;

UPDATE product SET regular_price = NULL WHERE regular_price < 0;

ALTER TABLE product ADD CONSTRAINT ck_product_regular_price CHECK (regular_price >= 0);

DROP INDEX ix_product_upc;

-- Of products with one number, the first stays on sale.
UPDATE product SET discontinued = TRUE WHERE EXISTS (
    SELECT 1 FROM product AS other WHERE other.upc = product.upc AND other.uuid < product.uuid
);

CREATE UNIQUE INDEX ix_product_upc ON product (upc) WHERE NOT discontinued;

DROP INDEX ix_product_department;

CREATE INDEX ix_product_department ON product (department_uuid, subdepartment_uuid);

CREATE INDEX ix_product_description ON product (lower(description));

COMMENT ON TABLE product IS 'What is sold';

COMMENT ON COLUMN product.upc IS 'The number of its bar code, with the check digit';

COMMENT ON COLUMN product.facts IS 'Whatever else is known: allergens, origin, …';

ALTER TABLE product_cost ADD CONSTRAINT ck_product_cost_case_size CHECK (case_size > 0);

ALTER TABLE product_cost ADD CONSTRAINT ck_product_cost_unit_cost CHECK (unit_cost >= 0);

DROP INDEX ix_product_cost_vendor;

CREATE INDEX ix_product_cost_vendor ON product_cost (vendor_uuid, code);

COMMENT ON COLUMN product_cost.preference IS '1 is the vendor from whom it is ordered as a rule';

ALTER TABLE batch_row ALTER COLUMN price TYPE decimal(10, 3);

-- A line may name what the store does not have yet.
ALTER TABLE order_item ADD COLUMN description varchar(120);

UPDATE order_item SET description = (SELECT description FROM product WHERE product.uuid = order_item.product_uuid);

ALTER TABLE order_item ALTER COLUMN description SET NOT NULL;

ALTER TABLE order_item ORDER COLUMNS (order_uuid, line, product_uuid, description, quantity, unit_price);

ALTER TABLE order_item ALTER COLUMN product_uuid DROP NOT NULL;

COMMENT ON COLUMN order_item.product_uuid IS 'Empty for what the store does not have yet';

ALTER TABLE "order" DROP CONSTRAINT ck_order_status;

ALTER TABLE "order" ADD CONSTRAINT ck_order_status CHECK (status IN ('open', 'ready', 'delivered', 'cancelled'));

CREATE INDEX ix_order_open ON "order" (wanted) WHERE status = 'open';

COMMENT ON TABLE "order" IS 'What customers asked for';

ALTER TABLE vendor DROP COLUMN fax;

ALTER TABLE vendor ADD COLUMN lead_time_days decimal(5, 1);

ALTER TABLE vendor ADD CONSTRAINT ck_vendor_discount CHECK (discount >= 0 AND discount < 100);

COMMENT ON COLUMN vendor.discount IS 'Percent off its list prices';

ALTER TABLE department ADD CONSTRAINT ck_department_parent CHECK (parent_uuid <> uuid);

DELETE FROM subdepartment WHERE department_uuid IS NULL;

ALTER TABLE subdepartment ALTER COLUMN department_uuid SET NOT NULL;

ALTER TABLE subdepartment ADD CONSTRAINT uq_subdepartment_number UNIQUE (department_uuid, number);

CREATE UNIQUE INDEX ix_employee_id ON employee (id) WHERE status = 'current';

-- downgrade
DROP INDEX ix_employee_id;

ALTER TABLE subdepartment DROP CONSTRAINT uq_subdepartment_number;

ALTER TABLE subdepartment ALTER COLUMN department_uuid DROP NOT NULL;

ALTER TABLE department DROP CONSTRAINT ck_department_parent;

COMMENT ON COLUMN vendor.discount IS NULL;

ALTER TABLE vendor DROP CONSTRAINT ck_vendor_discount;

ALTER TABLE vendor DROP COLUMN lead_time_days;

ALTER TABLE vendor ADD COLUMN fax varchar(20);

COMMENT ON TABLE "order" IS NULL;

DROP INDEX ix_order_open;

ALTER TABLE "order" DROP CONSTRAINT ck_order_status;

UPDATE "order" SET status = 'open' WHERE status = 'ready';

ALTER TABLE "order" ADD CONSTRAINT ck_order_status CHECK (status IN ('open', 'delivered', 'cancelled'));

COMMENT ON COLUMN order_item.product_uuid IS NULL;

DELETE FROM order_item WHERE product_uuid IS NULL;

ALTER TABLE order_item ALTER COLUMN product_uuid SET NOT NULL;

ALTER TABLE order_item DROP COLUMN description;

ALTER TABLE batch_row ALTER COLUMN price TYPE decimal(8, 3);

COMMENT ON COLUMN product_cost.preference IS NULL;

DROP INDEX ix_product_cost_vendor;

CREATE INDEX ix_product_cost_vendor ON product_cost (vendor_uuid);

ALTER TABLE product_cost DROP CONSTRAINT ck_product_cost_unit_cost;

ALTER TABLE product_cost DROP CONSTRAINT ck_product_cost_case_size;

COMMENT ON COLUMN product.upc IS NULL;

COMMENT ON TABLE product IS NULL;

DROP INDEX ix_product_description;

DROP INDEX ix_product_department;

CREATE INDEX ix_product_department ON product (department_uuid);

DROP INDEX ix_product_upc;

CREATE INDEX ix_product_upc ON product (upc);

ALTER TABLE product DROP CONSTRAINT ck_product_regular_price;

ALTER TABLE product DROP COLUMN discontinued;

ALTER TABLE product DROP COLUMN facts;

ALTER TABLE product ALTER COLUMN regular_price TYPE decimal(8, 3);

ALTER TABLE product ALTER COLUMN description TYPE varchar(60);
