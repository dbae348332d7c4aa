-- widgets
--
-- Revision ID: c07e5a1b9d34
-- Revises:
-- Branch Labels: poser
-- Depends On: 73a9e0d15c48
-- Create Date: 2026-07-01 10:00:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE poser_widget (
    uuid varchar(32) NOT NULL,
    code varchar(20) NOT NULL,
    name varchar(100) NOT NULL,
    vendor_uuid varchar(32),
    upc bigint,
    active boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT pk_poser_widget PRIMARY KEY (uuid),
    CONSTRAINT fk_poser_widget_vendor FOREIGN KEY (vendor_uuid) REFERENCES vendor (uuid),
    CONSTRAINT uq_poser_widget_code UNIQUE (code)
);

CREATE INDEX ix_poser_widget_vendor ON poser_widget (vendor_uuid);

-- downgrade
DROP TABLE poser_widget;
