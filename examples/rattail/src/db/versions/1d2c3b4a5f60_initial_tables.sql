-- initial tables
--
-- Revision ID: 1d2c3b4a5f60
-- Revises:
-- Branch Labels: rattail
-- Create Date: 2024-02-05 09:15:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE setting (
    name varchar(255) NOT NULL,
    value text,
    CONSTRAINT pk_setting PRIMARY KEY (name)
);

CREATE TABLE person (
    uuid varchar(32) NOT NULL,
    first_name varchar(50),
    last_name varchar(50),
    display_name varchar(100) NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (uuid)
);

CREATE TABLE person_phone (
    uuid varchar(32) NOT NULL,
    person_uuid varchar(32) NOT NULL,
    kind varchar(20) NOT NULL,
    number varchar(20) NOT NULL,
    CONSTRAINT pk_person_phone PRIMARY KEY (uuid),
    CONSTRAINT fk_person_phone_person FOREIGN KEY (person_uuid) REFERENCES person (uuid) ON DELETE CASCADE
);

CREATE INDEX ix_person_phone_person ON person_phone (person_uuid);

CREATE TABLE person_email (
    uuid varchar(32) NOT NULL,
    person_uuid varchar(32) NOT NULL,
    kind varchar(20) NOT NULL,
    address varchar(255) NOT NULL,
    CONSTRAINT pk_person_email PRIMARY KEY (uuid),
    CONSTRAINT fk_person_email_person FOREIGN KEY (person_uuid) REFERENCES person (uuid) ON DELETE CASCADE
);

CREATE INDEX ix_person_email_person ON person_email (person_uuid);

CREATE TABLE person_address (
    uuid varchar(32) NOT NULL,
    person_uuid varchar(32) NOT NULL,
    kind varchar(20) NOT NULL,
    street varchar(100),
    city varchar(60),
    state varchar(2),
    zipcode varchar(10),
    CONSTRAINT pk_person_address PRIMARY KEY (uuid),
    CONSTRAINT fk_person_address_person FOREIGN KEY (person_uuid) REFERENCES person (uuid) ON DELETE CASCADE
);

CREATE INDEX ix_person_address_person ON person_address (person_uuid);

CREATE TABLE customer (
    uuid varchar(32) NOT NULL,
    number varchar(20),
    name varchar(255) NOT NULL,
    CONSTRAINT pk_customer PRIMARY KEY (uuid)
);

CREATE TABLE customer_person (
    customer_uuid varchar(32) NOT NULL,
    person_uuid varchar(32) NOT NULL,
    ordinal integer NOT NULL DEFAULT 1,
    CONSTRAINT pk_customer_person PRIMARY KEY (customer_uuid, person_uuid),
    CONSTRAINT fk_customer_person_customer FOREIGN KEY (customer_uuid) REFERENCES customer (uuid),
    CONSTRAINT fk_customer_person_person FOREIGN KEY (person_uuid) REFERENCES person (uuid)
);

CREATE INDEX ix_customer_person_person ON customer_person (person_uuid);

CREATE TABLE "user" (
    uuid varchar(32) NOT NULL,
    username varchar(25) NOT NULL,
    password varchar(255),
    person_uuid varchar(32),
    active boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT pk_user PRIMARY KEY (uuid),
    CONSTRAINT fk_user_person FOREIGN KEY (person_uuid) REFERENCES person (uuid) ON DELETE SET NULL,
    CONSTRAINT uq_user_username UNIQUE (username)
);

CREATE TABLE role (
    uuid varchar(32) NOT NULL,
    name varchar(100) NOT NULL,
    CONSTRAINT pk_role PRIMARY KEY (uuid),
    CONSTRAINT uq_role_name UNIQUE (name)
);

CREATE TABLE user_role (
    user_uuid varchar(32) NOT NULL,
    role_uuid varchar(32) NOT NULL,
    CONSTRAINT pk_user_role PRIMARY KEY (user_uuid, role_uuid),
    CONSTRAINT fk_user_role_user FOREIGN KEY (user_uuid) REFERENCES "user" (uuid) ON DELETE CASCADE,
    CONSTRAINT fk_user_role_role FOREIGN KEY (role_uuid) REFERENCES role (uuid) ON DELETE CASCADE
);

CREATE INDEX ix_user_role_role ON user_role (role_uuid);

CREATE TABLE permission (
    role_uuid varchar(32) NOT NULL,
    name varchar(200) NOT NULL,
    CONSTRAINT pk_permission PRIMARY KEY (role_uuid, name),
    CONSTRAINT fk_permission_role FOREIGN KEY (role_uuid) REFERENCES role (uuid) ON DELETE CASCADE
);

CREATE TABLE store (
    uuid varchar(32) NOT NULL,
    id varchar(10) NOT NULL,
    name varchar(100) NOT NULL,
    CONSTRAINT pk_store PRIMARY KEY (uuid),
    CONSTRAINT uq_store_id UNIQUE (id)
);

-- downgrade
DROP TABLE store;

DROP TABLE permission;

DROP TABLE user_role;

DROP TABLE role;

DROP TABLE "user";

DROP TABLE customer_person;

DROP TABLE customer;

DROP TABLE person_address;

DROP TABLE person_email;

DROP TABLE person_phone;

DROP TABLE person;

DROP TABLE setting;
