-- +goose Up
-- What secrets are found by (secret/terms.go), kept in the same commit as the
-- secret. Nothing here cascades: the key is for searching, not for removing.
CREATE TABLE terms (
	kind   INTEGER NOT NULL,
	term   TEXT ${order} NOT NULL,
	secret BIGINT NOT NULL,
	PRIMARY KEY (kind, term, secret)
) ${clustered};

-- Secrets whose terms are still to be written, at the start of the program.
CREATE TABLE terms_missing (
	secret BIGINT PRIMARY KEY REFERENCES secrets (id) ON DELETE CASCADE
);
INSERT INTO terms_missing (secret) SELECT id FROM secrets;

-- Every read of a value looks labels up: with the version beside the key that is
-- one place to look at instead of two.
CREATE TABLE labels_clustered (
	secret  BIGINT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
	label   TEXT NOT NULL,
	version TEXT NOT NULL,
	PRIMARY KEY (secret, label)
) ${clustered};
INSERT INTO labels_clustered (secret, label, version) SELECT secret, label, version FROM labels;
DROP TABLE labels;
ALTER TABLE labels_clustered RENAME TO labels;

CREATE INDEX secrets_by_changed ON secrets (account, region, changed, id);
CREATE INDEX secrets_by_accessed ON secrets (account, region, accessed, id);
CREATE INDEX secrets_deleted ON secrets (delete_at, id) WHERE delete_at > 0;

-- +goose Down
DROP INDEX secrets_deleted;
DROP INDEX secrets_by_accessed;
DROP INDEX secrets_by_changed;
DROP TABLE terms_missing;
DROP TABLE terms;
