-- orders
--
-- Revision ID: b61d08e3f92a
-- Revises: 5e38b1f7a6c4
-- Create Date: 2025-03-24 13:10:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE "order" (
    uuid varchar(32) NOT NULL,
    number bigint NOT NULL,
    customer_uuid varchar(32) NOT NULL,
    store_uuid varchar(32),
    status varchar(20) NOT NULL DEFAULT 'open',
    placed timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    wanted date,
    CONSTRAINT pk_order PRIMARY KEY (uuid),
    CONSTRAINT fk_order_customer FOREIGN KEY (customer_uuid) REFERENCES customer (uuid),
    CONSTRAINT fk_order_store FOREIGN KEY (store_uuid) REFERENCES store (uuid) ON DELETE SET NULL,
    CONSTRAINT uq_order_number UNIQUE (number),
    CONSTRAINT ck_order_status CHECK (status IN ('open', 'delivered', 'cancelled'))
);

CREATE INDEX ix_order_customer ON "order" (customer_uuid, placed);

CREATE TABLE order_item (
    order_uuid varchar(32) NOT NULL,
    line integer NOT NULL,
    product_uuid varchar(32) NOT NULL,
    quantity decimal(9, 3) NOT NULL DEFAULT 1,
    unit_price decimal(10, 3),
    CONSTRAINT pk_order_item PRIMARY KEY (order_uuid, line),
    CONSTRAINT fk_order_item_order FOREIGN KEY (order_uuid) REFERENCES "order" (uuid) ON DELETE CASCADE,
    CONSTRAINT fk_order_item_product FOREIGN KEY (product_uuid) REFERENCES product (uuid),
    CONSTRAINT ck_order_item_quantity CHECK (quantity > 0)
);

CREATE INDEX ix_order_item_product ON order_item (product_uuid);

ALTER TABLE store ADD COLUMN archived boolean NOT NULL DEFAULT FALSE;

-- downgrade
ALTER TABLE store DROP COLUMN archived;

DROP TABLE order_item;

DROP TABLE "order";
