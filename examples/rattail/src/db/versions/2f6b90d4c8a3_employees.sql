-- employees
--
-- Revision ID: 2f6b90d4c8a3
-- Revises: a95d3c7e1068
-- Create Date: 2024-08-19 15:30:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE employee (
    uuid varchar(32) NOT NULL,
    person_uuid varchar(32) NOT NULL,
    id integer,
    status varchar(20) NOT NULL DEFAULT 'current',
    start_date date,
    end_date date,
    CONSTRAINT pk_employee PRIMARY KEY (uuid),
    CONSTRAINT fk_employee_person FOREIGN KEY (person_uuid) REFERENCES person (uuid),
    CONSTRAINT uq_employee_person UNIQUE (person_uuid),
    CONSTRAINT ck_employee_dates CHECK (end_date >= start_date)
);

ALTER TABLE person ADD COLUMN birth_date date;

CREATE INDEX ix_person_name ON person (last_name, first_name);

-- downgrade
DROP INDEX ix_person_name;

ALTER TABLE person DROP COLUMN birth_date;

DROP TABLE employee;
