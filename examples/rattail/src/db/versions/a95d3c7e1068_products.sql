-- products, and what they cost
--
-- Revision ID: a95d3c7e1068
-- Revises: 4be1c0ffee12
-- Create Date: 2024-06-03 08:50:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE product (
    uuid varchar(32) NOT NULL,
    upc bigint,
    description varchar(60) NOT NULL,
    brand_uuid varchar(32),
    department_uuid varchar(32),
    subdepartment_uuid varchar(32),
    size decimal(8, 3),
    regular_price decimal(8, 3),
    CONSTRAINT pk_product PRIMARY KEY (uuid),
    CONSTRAINT fk_product_brand FOREIGN KEY (brand_uuid) REFERENCES brand (uuid),
    CONSTRAINT fk_product_department FOREIGN KEY (department_uuid) REFERENCES department (uuid),
    CONSTRAINT fk_product_subdepartment FOREIGN KEY (subdepartment_uuid) REFERENCES subdepartment (uuid)
);

CREATE INDEX ix_product_upc ON product (upc);

CREATE INDEX ix_product_brand ON product (brand_uuid);

CREATE INDEX ix_product_department ON product (department_uuid);

CREATE TABLE product_code (
    product_uuid varchar(32) NOT NULL,
    ordinal integer NOT NULL,
    code varchar(20) NOT NULL,
    CONSTRAINT pk_product_code PRIMARY KEY (product_uuid, ordinal),
    CONSTRAINT fk_product_code_product FOREIGN KEY (product_uuid) REFERENCES product (uuid) ON DELETE CASCADE
);

CREATE INDEX ix_product_code_code ON product_code (code);

CREATE TABLE product_cost (
    uuid varchar(32) NOT NULL,
    product_uuid varchar(32) NOT NULL,
    vendor_uuid varchar(32) NOT NULL,
    preference smallint NOT NULL,
    code varchar(20),
    case_size decimal(9, 4) NOT NULL DEFAULT 1,
    unit_cost decimal(9, 5),
    CONSTRAINT pk_product_cost PRIMARY KEY (uuid),
    CONSTRAINT fk_product_cost_product FOREIGN KEY (product_uuid) REFERENCES product (uuid) ON DELETE CASCADE,
    CONSTRAINT fk_product_cost_vendor FOREIGN KEY (vendor_uuid) REFERENCES vendor (uuid),
    CONSTRAINT uq_product_cost_preference UNIQUE (product_uuid, preference)
);

CREATE INDEX ix_product_cost_vendor ON product_cost (vendor_uuid);

-- downgrade
DROP TABLE product_cost;

DROP TABLE product_code;

DROP TABLE product;
