-- The base schema of rattail, as it should be. How a database gets there is in versions/.

-- Settings of the application, by name.
CREATE TABLE setting (
    name varchar(255) NOT NULL,
    value text,
    CONSTRAINT setting_pk PRIMARY KEY (name)
);

-- People, in whatever role.
CREATE TABLE person (
    uuid varchar(32) NOT NULL,
    first_name varchar(50),
    last_name varchar(50),
    display_name varchar(100) NOT NULL,
    CONSTRAINT person_pk PRIMARY KEY (uuid)
);

-- Who buys.
CREATE TABLE customer (
    uuid varchar(32) NOT NULL,
    id varchar(20),                     -- what the customer calls it: the number on the card
    name varchar(255) NOT NULL,
    person_uuid varchar(32),            -- empty for a company
    email varchar(255),
    CONSTRAINT customer_pk PRIMARY KEY (uuid),
    CONSTRAINT customer_fk_person FOREIGN KEY (person_uuid) REFERENCES person (uuid),
    CONSTRAINT customer_uq_id UNIQUE (id)
);

CREATE INDEX customer_ix_person ON customer (person_uuid);

-- Parts of the store.
CREATE TABLE department (
    uuid varchar(32) NOT NULL,
    number integer NOT NULL,
    name varchar(30) NOT NULL,
    CONSTRAINT department_pk PRIMARY KEY (uuid),
    CONSTRAINT department_uq_number UNIQUE (number)
);

-- From whom the store buys.
CREATE TABLE vendor (
    uuid varchar(32) NOT NULL,
    id varchar(15),
    name varchar(50) NOT NULL,
    CONSTRAINT vendor_pk PRIMARY KEY (uuid)
);

-- What is sold.
CREATE TABLE product (
    uuid varchar(32) NOT NULL,
    upc varchar(14),
    description varchar(255) NOT NULL,
    regular_price numeric(8, 3),
    department_uuid varchar(32),
    vendor_uuid varchar(32),            -- the preferred one
    CONSTRAINT product_pk PRIMARY KEY (uuid),
    CONSTRAINT product_fk_department FOREIGN KEY (department_uuid) REFERENCES department (uuid),
    CONSTRAINT product_fk_vendor FOREIGN KEY (vendor_uuid) REFERENCES vendor (uuid)
);

CREATE INDEX product_ix_upc ON product (upc);

CREATE INDEX product_ix_vendor ON product (vendor_uuid);
