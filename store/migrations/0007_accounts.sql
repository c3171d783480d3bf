-- +goose Up
-- Which account of which host a rotation under way may change, both as hashes:
-- they come from a secret's value. Two cannot hold one account.
ALTER TABLE rotations ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE rotations ADD COLUMN host TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX rotations_account ON rotations (account) WHERE state = 'running' AND account <> '';
CREATE INDEX rotations_host ON rotations (host) WHERE state = 'running' AND host <> '';

-- The account that a version's value was sent to, as long as it may be in force
-- there without being AWSCURRENT.
ALTER TABLE versions ADD COLUMN sent TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE versions DROP COLUMN sent;
DROP INDEX rotations_host;
DROP INDEX rotations_account;
ALTER TABLE rotations DROP COLUMN host;
ALTER TABLE rotations DROP COLUMN account;
