-- +goose Up
-- Where a secret comes from: the token of the CreateSecret that made it, and the
-- service that owns it, '' for none.
ALTER TABLE secrets ADD COLUMN create_token TEXT NOT NULL DEFAULT '';
ALTER TABLE secrets ADD COLUMN owning_service TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE secrets DROP COLUMN owning_service;
ALTER TABLE secrets DROP COLUMN create_token;
