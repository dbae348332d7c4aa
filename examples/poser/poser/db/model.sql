-- The tables of poser, beside those of rattail.

-- What poser makes of a product.
CREATE TABLE poser_widget (
    uuid varchar(32) NOT NULL,
    description varchar(255) NOT NULL,
    active boolean NOT NULL,
    product_uuid varchar(32),
    CONSTRAINT poser_widget_pk PRIMARY KEY (uuid),
    CONSTRAINT poser_widget_fk_product FOREIGN KEY (product_uuid) REFERENCES product (uuid)
);

CREATE INDEX poser_widget_ix_product ON poser_widget (product_uuid);

-- What poser knows of a customer besides: an extension table, one row to one of the vendor's.
CREATE TABLE poser_customer (
    uuid varchar(32) NOT NULL,
    loyalty_points integer NOT NULL DEFAULT 0,
    nickname varchar(50),
    CONSTRAINT poser_customer_pk PRIMARY KEY (uuid),
    CONSTRAINT poser_customer_fk_customer FOREIGN KEY (uuid) REFERENCES customer (uuid) ON DELETE CASCADE
);
