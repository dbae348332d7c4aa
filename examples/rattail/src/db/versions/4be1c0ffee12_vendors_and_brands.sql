-- vendors and brands
--
-- Revision ID: 4be1c0ffee12
-- Revises: 8c1f04e2b7d9
-- Create Date: 2024-04-22 14:40:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE vendor (
    uuid varchar(32) NOT NULL,
    id varchar(15),
    name varchar(50) NOT NULL,
    discount decimal(5, 3),
    fax varchar(20),
    CONSTRAINT pk_vendor PRIMARY KEY (uuid),
    CONSTRAINT uq_vendor_id UNIQUE (id)
);

CREATE INDEX ix_vendor_name ON vendor (name);

CREATE TABLE brand (
    uuid varchar(32) NOT NULL,
    name varchar(100) NOT NULL,
    CONSTRAINT pk_brand PRIMARY KEY (uuid),
    CONSTRAINT uq_brand_name UNIQUE (name)
);

-- downgrade
DROP TABLE brand;

DROP TABLE vendor;
