-- better names for batches and labels
--
-- Revision ID: 9a2d6f0b84e7
-- Revises: c3e95a7d1b06
-- Create Date: 2025-11-17 16:00:00+00:00
-- Dialect: any

-- upgrade
ALTER TABLE label RENAME TO label_profile;

ALTER TABLE label_profile RENAME CONSTRAINT pk_label TO pk_label_profile;

ALTER TABLE label_profile RENAME CONSTRAINT uq_label_code TO uq_label_profile_code;

ALTER TABLE batch_header RENAME TO batch;

ALTER TABLE batch RENAME CONSTRAINT pk_batch_header TO pk_batch;

ALTER TABLE batch RENAME CONSTRAINT fk_batch_header_created_by TO fk_batch_created_by;

ALTER TABLE batch RENAME CONSTRAINT fk_batch_header_executed_by TO fk_batch_executed_by;

ALTER INDEX ix_batch_header_created_by RENAME TO ix_batch_created_by;

ALTER TABLE batch RENAME COLUMN batch_type TO handler;

UPDATE batch SET status = 'executed' WHERE executed IS NOT NULL;

UPDATE batch SET status = 'new' WHERE executed IS NULL AND (status IS NULL OR status <> 'ready');

ALTER TABLE batch ALTER COLUMN status SET DEFAULT 'new';

ALTER TABLE batch ALTER COLUMN status SET NOT NULL;

ALTER TABLE batch ADD CONSTRAINT ck_batch_status CHECK (status IN ('new', 'ready', 'executed', 'failed'));

UPDATE batch SET executed_by_uuid = created_by_uuid WHERE executed IS NOT NULL AND executed_by_uuid IS NULL;

UPDATE batch SET executed_by_uuid = NULL WHERE executed IS NULL;

ALTER TABLE batch ADD CONSTRAINT ck_batch_executed CHECK ((executed IS NULL) = (executed_by_uuid IS NULL));

CREATE INDEX ix_batch_pending ON batch (handler, created DESC) WHERE executed IS NULL;

ALTER TABLE batch_row ADD COLUMN note text;

-- downgrade
ALTER TABLE batch_row DROP COLUMN note;

DROP INDEX ix_batch_pending;

ALTER TABLE batch DROP CONSTRAINT ck_batch_executed;

ALTER TABLE batch DROP CONSTRAINT ck_batch_status;

ALTER TABLE batch ALTER COLUMN status DROP NOT NULL;

ALTER TABLE batch ALTER COLUMN status DROP DEFAULT;

ALTER TABLE batch RENAME COLUMN handler TO batch_type;

ALTER INDEX ix_batch_created_by RENAME TO ix_batch_header_created_by;

ALTER TABLE batch RENAME CONSTRAINT fk_batch_executed_by TO fk_batch_header_executed_by;

ALTER TABLE batch RENAME CONSTRAINT fk_batch_created_by TO fk_batch_header_created_by;

ALTER TABLE batch RENAME CONSTRAINT pk_batch TO pk_batch_header;

ALTER TABLE batch RENAME TO batch_header;

ALTER TABLE label_profile RENAME CONSTRAINT uq_label_profile_code TO uq_label_code;

ALTER TABLE label_profile RENAME CONSTRAINT pk_label_profile TO pk_label;

ALTER TABLE label_profile RENAME TO label;
