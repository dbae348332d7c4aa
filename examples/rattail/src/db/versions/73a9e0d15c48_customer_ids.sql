-- a customer's number becomes its id, and says what mail it wants
--
-- Revision ID: 73a9e0d15c48
-- Revises: f18b7c2e5d30
-- Create Date: 2026-04-21 08:05:00+00:00
-- Dialect: any

-- upgrade
ALTER TABLE customer RENAME COLUMN number TO id;

ALTER TABLE customer RENAME CONSTRAINT uq_customer_number TO uq_customer_id;

ALTER TABLE customer ADD COLUMN email_preference varchar(20);

ALTER TABLE customer ADD COLUMN wholesale boolean;

-- The people of a customer go with it, and have their places.
ALTER TABLE customer_person DROP CONSTRAINT fk_customer_person_customer;

ALTER TABLE customer_person ADD CONSTRAINT fk_customer_person_customer
    FOREIGN KEY (customer_uuid) REFERENCES customer (uuid) ON DELETE CASCADE;

ALTER TABLE customer_person DROP CONSTRAINT fk_customer_person_person;

ALTER TABLE customer_person ADD CONSTRAINT fk_customer_person_person
    FOREIGN KEY (person_uuid) REFERENCES person (uuid) ON DELETE CASCADE;

UPDATE customer_person SET ordinal = (
    SELECT count(*) FROM customer_person AS other
    WHERE other.customer_uuid = customer_person.customer_uuid AND other.person_uuid <= customer_person.person_uuid
);

ALTER TABLE customer_person ADD CONSTRAINT uq_customer_person_ordinal UNIQUE (customer_uuid, ordinal);

COMMENT ON TABLE customer IS 'Who buys: a household, or a company';

COMMENT ON COLUMN customer.id IS 'What the customer calls it: the number on the card';

-- downgrade
COMMENT ON COLUMN customer.id IS NULL;

COMMENT ON TABLE customer IS NULL;

ALTER TABLE customer_person DROP CONSTRAINT uq_customer_person_ordinal;

ALTER TABLE customer_person DROP CONSTRAINT fk_customer_person_person;

ALTER TABLE customer_person ADD CONSTRAINT fk_customer_person_person
    FOREIGN KEY (person_uuid) REFERENCES person (uuid);

ALTER TABLE customer_person DROP CONSTRAINT fk_customer_person_customer;

ALTER TABLE customer_person ADD CONSTRAINT fk_customer_person_customer
    FOREIGN KEY (customer_uuid) REFERENCES customer (uuid);

ALTER TABLE customer DROP COLUMN wholesale;

ALTER TABLE customer DROP COLUMN email_preference;

ALTER TABLE customer RENAME CONSTRAINT uq_customer_id TO uq_customer_number;

ALTER TABLE customer RENAME COLUMN id TO number;
