-- +goose Up
-- The text of the resource policy as it was given, '' for none.
ALTER TABLE secrets ADD COLUMN policy TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE secrets DROP COLUMN policy;
