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
    description varchar(255) NOT NULL,
    active boolean NOT NULL,
    product_uuid varchar(32),
    CONSTRAINT poser_widget_pk PRIMARY KEY (uuid),
    CONSTRAINT poser_widget_fk_product FOREIGN KEY (product_uuid) REFERENCES product (uuid)
);

CREATE INDEX poser_widget_ix_product ON poser_widget (product_uuid);

-- downgrade
DROP TABLE poser_widget;
