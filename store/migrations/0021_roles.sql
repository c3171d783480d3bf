-- +goose Up
-- Roles and policies. folded is a name in lower case: names are unique whatever
-- their case. What belongs to a role, by its id, may come to belong to users and
-- groups too, so nothing there refers to roles alone.
CREATE TABLE roles (
	id          TEXT PRIMARY KEY,
	account     TEXT NOT NULL,
	folded      TEXT ${order} NOT NULL,
	name        TEXT NOT NULL,
	path        TEXT NOT NULL,
	description TEXT NOT NULL,
	trust       TEXT NOT NULL,
	max_session BIGINT NOT NULL,
	boundary    TEXT NOT NULL,
	tags        TEXT NOT NULL,
	created     BIGINT NOT NULL,
	UNIQUE (account, folded)
);
CREATE INDEX roles_by_boundary ON roles (boundary) WHERE boundary <> '';

CREATE TABLE inline_policies (
	entity   TEXT NOT NULL,
	folded   TEXT ${order} NOT NULL,
	name     TEXT NOT NULL,
	document TEXT NOT NULL,
	PRIMARY KEY (entity, folded)
);

CREATE TABLE managed_policies (
	id             TEXT PRIMARY KEY,
	account        TEXT NOT NULL,
	folded         TEXT ${order} NOT NULL,
	name           TEXT NOT NULL,
	path           TEXT NOT NULL,
	description    TEXT NOT NULL,
	in_force       BIGINT NOT NULL,
	last           BIGINT NOT NULL,
	tags           TEXT NOT NULL,
	created        BIGINT NOT NULL,
	updated        BIGINT NOT NULL,
	UNIQUE (account, folded)
);

CREATE TABLE policy_versions (
	policy   TEXT NOT NULL REFERENCES managed_policies (id) ON DELETE CASCADE,
	number   BIGINT NOT NULL,
	document TEXT NOT NULL,
	created  BIGINT NOT NULL,
	PRIMARY KEY (policy, number)
);

-- A policy is attached by its ARN: those of AWS are no rows here.
CREATE TABLE attachments (
	entity TEXT NOT NULL,
	policy TEXT ${order} NOT NULL,
	PRIMARY KEY (entity, policy)
);
CREATE INDEX attachments_of ON attachments (policy);

-- +goose Down
DROP TABLE attachments;
DROP TABLE policy_versions;
DROP TABLE managed_policies;
DROP TABLE inline_policies;
DROP TABLE roles;
