-- the code of a label is an abbreviation
--
-- Revision ID: 61f7a8e2c904
-- Revises: d9c35e7b0f42
-- Create Date: 2026-11-16 08:20:00+00:00
-- Dialect: any

-- upgrade
ALTER TABLE label_profile RENAME COLUMN code TO abbreviation;

ALTER TABLE label_profile RENAME CONSTRAINT uq_label_profile_code TO uq_label_profile_abbreviation;

-- downgrade
ALTER TABLE label_profile RENAME CONSTRAINT uq_label_profile_abbreviation TO uq_label_profile_code;

ALTER TABLE label_profile RENAME COLUMN abbreviation TO code;
