-- some products give more points, and widgets have prices
--
-- Revision ID: b3f09c6e58d1
-- Revises: 4d7b1e90a2c6
-- Create Date: 2026-11-09 13:35:00+00:00
-- Dialect: any

-- upgrade
ALTER TABLE poser_widget ADD COLUMN price decimal(8, 3);

ALTER TABLE poser_widget ADD CONSTRAINT ck_poser_widget_price CHECK (price >= 0);

CREATE INDEX ix_poser_widget_name ON poser_widget (name);

CREATE TABLE poser_product (
    uuid varchar(32) NOT NULL,
    points_factor integer NOT NULL DEFAULT 1,
    widget_uuid varchar(32),
    CONSTRAINT pk_poser_product PRIMARY KEY (uuid),
    CONSTRAINT fk_poser_product_product FOREIGN KEY (uuid) REFERENCES product (uuid) ON DELETE CASCADE,
    CONSTRAINT fk_poser_product_widget FOREIGN KEY (widget_uuid) REFERENCES poser_widget (uuid) ON DELETE SET NULL,
    CONSTRAINT ck_poser_product_points_factor CHECK (points_factor BETWEEN 0 AND 10)
);

CREATE INDEX ix_poser_product_widget ON poser_product (widget_uuid);

COMMENT ON COLUMN poser_product.points_factor IS 'How many points for each unit of money';

-- downgrade
DROP TABLE poser_product;

DROP INDEX ix_poser_widget_name;

ALTER TABLE poser_widget DROP CONSTRAINT ck_poser_widget_price;

ALTER TABLE poser_widget DROP COLUMN price;
