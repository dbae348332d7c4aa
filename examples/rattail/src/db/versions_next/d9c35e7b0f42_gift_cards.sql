-- gift cards
--
-- Revision ID: d9c35e7b0f42
-- Revises: 2b84f0d6a1e7
-- Create Date: 2026-10-19 11:55:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE gift_card (
    uuid varchar(32) NOT NULL,
    number varchar(20) NOT NULL,
    customer_uuid varchar(32),
    balance decimal(8, 2) NOT NULL,
    issued timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_gift_card PRIMARY KEY (uuid),
    CONSTRAINT fk_gift_card_customer FOREIGN KEY (customer_uuid) REFERENCES customer (uuid) ON DELETE SET NULL,
    CONSTRAINT uq_gift_card_number UNIQUE (number),
    CONSTRAINT ck_gift_card_balance CHECK (balance >= 0)
);

CREATE INDEX ix_gift_card_customer ON gift_card (customer_uuid);

COMMENT ON COLUMN gift_card.customer_uuid IS 'Empty for whoever holds it';

ALTER TABLE customer ADD COLUMN since date;

-- downgrade
ALTER TABLE customer DROP COLUMN since;

DROP TABLE gift_card;
