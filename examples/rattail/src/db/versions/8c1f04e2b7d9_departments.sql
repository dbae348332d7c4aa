-- departments
--
-- Revision ID: 8c1f04e2b7d9
-- Revises: 1d2c3b4a5f60
-- Create Date: 2024-03-11 10:05:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE department (
    uuid varchar(32) NOT NULL,
    number integer NOT NULL,
    name varchar(30) NOT NULL,
    parent_uuid varchar(32),
    CONSTRAINT pk_department PRIMARY KEY (uuid),
    CONSTRAINT fk_department_parent FOREIGN KEY (parent_uuid) REFERENCES department (uuid),
    CONSTRAINT uq_department_number UNIQUE (number)
);

CREATE INDEX ix_department_parent ON department (parent_uuid);

CREATE TABLE subdepartment (
    uuid varchar(32) NOT NULL,
    number integer NOT NULL,
    name varchar(30) NOT NULL,
    department_uuid varchar(32),
    CONSTRAINT pk_subdepartment PRIMARY KEY (uuid),
    CONSTRAINT fk_subdepartment_department FOREIGN KEY (department_uuid) REFERENCES department (uuid)
);

-- downgrade
DROP TABLE subdepartment;

DROP TABLE department;
