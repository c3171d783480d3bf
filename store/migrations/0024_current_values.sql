-- +goose Up
-- All that a read of AWSCURRENT takes, in one row under a hash of the secret's
-- name (store/current_values.go). It repeats what other tables say and starts
-- empty: rows come with reads, and go with changes.
CREATE TABLE current_values (
	place ${key},
	found ${blob} NOT NULL
);

-- +goose Down
DROP TABLE current_values;
