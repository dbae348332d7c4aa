-- addresses abroad, one preferred phone, mailboxes that answer
--
-- Revision ID: 6d50e8a3c7f2
-- Revises: 73a9e0d15c48
-- Create Date: 2026-05-18 09:40:00+00:00
-- Dialect: any

-- upgrade
ALTER TABLE person_address RENAME COLUMN state TO region;

ALTER TABLE person_address ALTER COLUMN region TYPE varchar(20);

ALTER TABLE person_address RENAME COLUMN zipcode TO postcode;

ALTER TABLE person_address ADD COLUMN country char(2);

COMMENT ON COLUMN person_address.country IS 'Of ISO 3166';

UPDATE person_address SET country = 'US' WHERE region IS NOT NULL;

CREATE INDEX ix_person_address_postcode ON person_address (country, postcode);

ALTER TABLE person_phone ADD COLUMN preferred boolean NOT NULL DEFAULT FALSE;

CREATE UNIQUE INDEX ix_person_phone_preferred ON person_phone (person_uuid) WHERE preferred;

DELETE FROM person_email WHERE address NOT LIKE '%_@_%';

ALTER TABLE person_email ADD CONSTRAINT ck_person_email_address CHECK (address LIKE '%_@_%');

ALTER TABLE person_email ADD COLUMN valid boolean;

COMMENT ON COLUMN person_email.valid IS 'Empty until a message came back, or did not';

CREATE INDEX ix_person_email_address ON person_email (lower(address));

CREATE INDEX ix_person_display_name ON person (lower(display_name));

CREATE INDEX ix_user_person ON "user" (person_uuid);

-- downgrade
DROP INDEX ix_user_person;

DROP INDEX ix_person_display_name;

DROP INDEX ix_person_email_address;

ALTER TABLE person_email DROP COLUMN valid;

ALTER TABLE person_email DROP CONSTRAINT ck_person_email_address;

DROP INDEX ix_person_phone_preferred;

ALTER TABLE person_phone DROP COLUMN preferred;

DROP INDEX ix_person_address_postcode;

ALTER TABLE person_address DROP COLUMN country;

ALTER TABLE person_address RENAME COLUMN postcode TO zipcode;

UPDATE person_address SET region = NULL WHERE length(region) > 2;

ALTER TABLE person_address ALTER COLUMN region TYPE varchar(2);

ALTER TABLE person_address RENAME COLUMN region TO state;
