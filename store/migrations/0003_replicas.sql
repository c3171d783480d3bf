-- +goose Up
-- Of a replica: the region of its primary.
ALTER TABLE secrets ADD COLUMN replica_of TEXT NOT NULL DEFAULT '';

-- Where a secret is to be copied to, and how that stands. next_attempt is 0
-- while there is nothing to copy.
CREATE TABLE replicas (
	secret       BIGINT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
	region       TEXT NOT NULL,
	key_id       TEXT NOT NULL,
	overwrite    BOOLEAN NOT NULL,
	status       TEXT NOT NULL,
	message      TEXT NOT NULL,
	failures     BIGINT NOT NULL,
	next_attempt BIGINT NOT NULL,
	PRIMARY KEY (secret, region)
);
CREATE INDEX replicas_behind ON replicas (next_attempt) WHERE next_attempt > 0;

-- +goose Down
DROP TABLE replicas;
ALTER TABLE secrets DROP COLUMN replica_of;
