-- cards and visits
--
-- Revision ID: 4d7b1e90a2c6
-- Revises: e8d1f0c2a7b3
-- Create Date: 2026-10-05 09:10:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE poser_loyalty_card (
    number varchar(16) NOT NULL,
    customer_uuid varchar(32) NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'active',
    issued timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_poser_loyalty_card PRIMARY KEY (number),
    CONSTRAINT fk_poser_loyalty_card_customer
        FOREIGN KEY (customer_uuid) REFERENCES poser_customer (uuid) ON DELETE CASCADE,
    CONSTRAINT ck_poser_loyalty_card_status CHECK (status IN ('active', 'lost', 'blocked'))
);

CREATE INDEX ix_poser_loyalty_card_customer ON poser_loyalty_card (customer_uuid);

CREATE TABLE poser_visit (
    uuid varchar(32) NOT NULL,
    customer_uuid varchar(32) NOT NULL,
    store_uuid varchar(32),
    came timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    spent decimal(8, 2) NOT NULL DEFAULT 0,
    details json,
    CONSTRAINT pk_poser_visit PRIMARY KEY (uuid),
    CONSTRAINT fk_poser_visit_customer
        FOREIGN KEY (customer_uuid) REFERENCES poser_customer (uuid) ON DELETE CASCADE,
    CONSTRAINT fk_poser_visit_store FOREIGN KEY (store_uuid) REFERENCES store (uuid) ON DELETE SET NULL,
    CONSTRAINT ck_poser_visit_spent CHECK (spent >= 0)
);

CREATE INDEX ix_poser_visit_customer ON poser_visit (customer_uuid, came DESC);

CREATE INDEX ix_poser_visit_store ON poser_visit (store_uuid);

ALTER TABLE poser_customer ADD COLUMN nickname varchar(50);

-- downgrade
ALTER TABLE poser_customer DROP COLUMN nickname;

DROP TABLE poser_visit;

DROP TABLE poser_loyalty_card;
