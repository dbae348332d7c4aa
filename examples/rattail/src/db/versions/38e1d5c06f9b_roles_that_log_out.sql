-- roles that log out, and words for who looks at the tables
--
-- Revision ID: 38e1d5c06f9b
-- Revises: e40c9b7a25d8
-- Create Date: 2026-06-22 14:15:00+00:00
-- Dialect: any

-- upgrade
ALTER TABLE role ADD COLUMN session_timeout integer;

ALTER TABLE role ADD COLUMN notes text;

ALTER TABLE role ADD CONSTRAINT ck_role_session_timeout CHECK (session_timeout > 0);

COMMENT ON TABLE setting IS 'Settings of the application, by name';

COMMENT ON COLUMN setting.name IS 'Dotted: `rattail.mail.from`';

COMMENT ON COLUMN "user".password IS 'Hashed; empty for who cannot log in';

COMMENT ON COLUMN role.session_timeout IS 'After how many minutes of idling a user of this role is logged out';

COMMENT ON COLUMN permission.name IS 'Dotted: `products.edit`';

COMMENT ON COLUMN employee.id IS 'What the till calls the employee';

COMMENT ON COLUMN tax.rate IS 'In percent';

COMMENT ON COLUMN batch.handler IS 'Who knows what the rows mean: `pricing`, `receiving`';

COMMENT ON COLUMN batch.params IS 'For the handler';

-- downgrade
COMMENT ON COLUMN batch.params IS NULL;

COMMENT ON COLUMN batch.handler IS NULL;

COMMENT ON COLUMN tax.rate IS NULL;

COMMENT ON COLUMN employee.id IS NULL;

COMMENT ON COLUMN permission.name IS NULL;

COMMENT ON COLUMN "user".password IS NULL;

COMMENT ON COLUMN setting.name IS NULL;

COMMENT ON TABLE setting IS NULL;

ALTER TABLE role DROP CONSTRAINT ck_role_session_timeout;

ALTER TABLE role DROP COLUMN notes;

ALTER TABLE role DROP COLUMN session_timeout;
