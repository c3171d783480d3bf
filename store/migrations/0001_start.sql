-- +goose Up
-- Times are microseconds since 1970, 0 for "never". ${id}, ${blob} and ${order}
-- are the words in which the two databases differ.

CREATE TABLE deployment (
	name  TEXT PRIMARY KEY,
	value ${blob} NOT NULL
);

CREATE TABLE kms_keys (
	id      TEXT PRIMARY KEY,
	account TEXT NOT NULL,
	region  TEXT NOT NULL,
	alias   TEXT NOT NULL,
	wrapped ${blob} NOT NULL,
	created BIGINT NOT NULL,
	UNIQUE (account, region, alias)
);

CREATE TABLE access_keys (
	id      TEXT PRIMARY KEY,
	account TEXT NOT NULL,
	wrapped ${blob} NOT NULL,
	created BIGINT NOT NULL
);

CREATE TABLE secrets (
	id                ${id},
	account           TEXT NOT NULL,
	region            TEXT NOT NULL,
	name              TEXT ${order} NOT NULL,
	suffix            TEXT NOT NULL,
	description       TEXT NOT NULL,
	key_id            TEXT NOT NULL,
	tags              TEXT NOT NULL,
	created           BIGINT NOT NULL,
	changed           BIGINT NOT NULL,
	accessed          BIGINT NOT NULL,
	delete_at         BIGINT NOT NULL,
	rotation_enabled  BOOLEAN NOT NULL,
	rotation_function TEXT NOT NULL,
	rotation_after    BIGINT NOT NULL,
	rotation_schedule TEXT NOT NULL,
	rotation_duration TEXT NOT NULL,
	rotation_days     BIGINT NOT NULL,
	rotated           BIGINT NOT NULL,
	rotation_from     BIGINT NOT NULL,
	rotation_due      BIGINT NOT NULL,
	rotation_window   BIGINT NOT NULL,
	UNIQUE (account, region, name)
);
CREATE INDEX secrets_by_created ON secrets (account, region, created, id);
CREATE INDEX secrets_due ON secrets (rotation_due) WHERE rotation_due > 0;
CREATE INDEX secrets_rotating ON secrets (account, region, name) WHERE rotation_function <> '';

-- A version without ciphertext is the place of a value that a rotation is making.
CREATE TABLE versions (
	secret     BIGINT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
	id         TEXT NOT NULL,
	created    BIGINT NOT NULL,
	accessed   BIGINT NOT NULL,
	key_ids    TEXT NOT NULL,
	sealed_by  TEXT,
	data_key   ${blob},
	ciphertext ${blob},
	PRIMARY KEY (secret, id)
);

-- The key holds the first rule of labels: one version of a secret at most.
CREATE TABLE labels (
	secret  BIGINT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
	label   TEXT NOT NULL,
	version TEXT NOT NULL,
	PRIMARY KEY (secret, label)
);

-- One row per rotation, kept as history when it has ended. lease names the
-- runner at work; every write of a runner is fenced by it.
CREATE TABLE rotations (
	id           ${id},
	secret       BIGINT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
	token        TEXT NOT NULL,
	function     TEXT NOT NULL,
	cause        TEXT NOT NULL,
	test         BOOLEAN NOT NULL,
	state        TEXT NOT NULL,
	step         TEXT NOT NULL,
	attempt      BIGINT NOT NULL,
	next_attempt BIGINT NOT NULL,
	window_end   BIGINT NOT NULL,
	lease        TEXT NOT NULL,
	lease_until  BIGINT NOT NULL,
	started      BIGINT NOT NULL,
	ended        BIGINT NOT NULL,
	changed      BIGINT NOT NULL,
	promoted     BIGINT NOT NULL,
	error        TEXT NOT NULL
);
CREATE UNIQUE INDEX rotations_running ON rotations (secret) WHERE state = 'running';
CREATE INDEX rotations_ready ON rotations (next_attempt) WHERE state = 'running';
CREATE INDEX rotations_history ON rotations (secret, id);

CREATE TABLE rotation_steps (
	rotation BIGINT NOT NULL REFERENCES rotations (id) ON DELETE CASCADE,
	attempt  BIGINT NOT NULL,
	step     TEXT NOT NULL,
	started  BIGINT NOT NULL,
	took     BIGINT NOT NULL,
	error    TEXT NOT NULL,
	notes    TEXT NOT NULL,
	PRIMARY KEY (rotation, attempt, step)
);

-- Audit events that were committed with the change they tell of and have not
-- reached the trail yet.
CREATE TABLE outbox (
	id    ${id},
	event TEXT NOT NULL
);

-- +goose Down
DROP TABLE outbox;
DROP TABLE rotation_steps;
DROP TABLE rotations;
DROP TABLE labels;
DROP TABLE versions;
DROP TABLE secrets;
DROP TABLE access_keys;
DROP TABLE kms_keys;
DROP TABLE deployment;
