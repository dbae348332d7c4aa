-- initial tables
--
-- Revision ID: 1d2c3b4a5f60
-- Revises:
-- Branch Labels: rattail
-- Create Date: 2026-01-12 09:15:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE setting (
    name varchar(255) NOT NULL,
    value text,
    CONSTRAINT setting_pk PRIMARY KEY (name)
);

CREATE TABLE person (
    uuid varchar(32) NOT NULL,
    first_name varchar(50),
    last_name varchar(50),
    display_name varchar(100) NOT NULL,
    CONSTRAINT person_pk PRIMARY KEY (uuid)
);

CREATE TABLE customer (
    uuid varchar(32) NOT NULL,
    number varchar(20),
    name varchar(255) NOT NULL,
    person_uuid varchar(32),
    CONSTRAINT customer_pk PRIMARY KEY (uuid),
    CONSTRAINT customer_fk_person FOREIGN KEY (person_uuid) REFERENCES person (uuid)
);

CREATE INDEX customer_ix_person ON customer (person_uuid);

CREATE TABLE department (
    uuid varchar(32) NOT NULL,
    number integer NOT NULL,
    name varchar(30) NOT NULL,
    CONSTRAINT department_pk PRIMARY KEY (uuid),
    CONSTRAINT department_uq_number UNIQUE (number)
);

CREATE TABLE product (
    uuid varchar(32) NOT NULL,
    upc varchar(14),
    description varchar(255) NOT NULL,
    regular_price numeric(8, 3),
    department_uuid varchar(32),
    CONSTRAINT product_pk PRIMARY KEY (uuid),
    CONSTRAINT product_fk_department FOREIGN KEY (department_uuid) REFERENCES department (uuid)
);

CREATE INDEX product_ix_upc ON product (upc);

-- downgrade
DROP TABLE product;

DROP TABLE department;

DROP TABLE customer;

DROP TABLE person;

DROP TABLE setting;
