-- batches
--
-- Revision ID: d07ac41b6e52
-- Revises: 2f6b90d4c8a3
-- Create Date: 2024-10-07 11:20:00+00:00
-- Dialect: any

-- upgrade
CREATE TABLE batch_header (
    uuid varchar(32) NOT NULL,
    batch_type varchar(50) NOT NULL,
    description varchar(255),
    status varchar(20),
    params json,
    created timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by_uuid varchar(32) NOT NULL,
    executed timestamp with time zone,
    executed_by_uuid varchar(32),
    CONSTRAINT pk_batch_header PRIMARY KEY (uuid),
    CONSTRAINT fk_batch_header_created_by FOREIGN KEY (created_by_uuid) REFERENCES "user" (uuid),
    CONSTRAINT fk_batch_header_executed_by FOREIGN KEY (executed_by_uuid) REFERENCES "user" (uuid)
);

CREATE INDEX ix_batch_header_created_by ON batch_header (created_by_uuid);

CREATE TABLE batch_row (
    uuid varchar(32) NOT NULL,
    batch_uuid varchar(32) NOT NULL,
    sequence integer NOT NULL,
    product_uuid varchar(32),
    quantity decimal(9, 3),
    price decimal(8, 3),
    removed boolean NOT NULL DEFAULT FALSE,
    CONSTRAINT pk_batch_row PRIMARY KEY (uuid),
    CONSTRAINT fk_batch_row_batch FOREIGN KEY (batch_uuid) REFERENCES batch_header (uuid) ON DELETE CASCADE,
    CONSTRAINT fk_batch_row_product FOREIGN KEY (product_uuid) REFERENCES product (uuid),
    CONSTRAINT uq_batch_row_sequence UNIQUE (batch_uuid, sequence)
);

CREATE INDEX ix_batch_row_product ON batch_row (product_uuid);

ALTER TABLE "user" ADD COLUMN created timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP;

ALTER TABLE "user" ADD COLUMN last_login timestamp with time zone;

-- downgrade
ALTER TABLE "user" DROP COLUMN last_login;

ALTER TABLE "user" DROP COLUMN created;

DROP TABLE batch_row;

DROP TABLE batch_header;
