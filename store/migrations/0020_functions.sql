-- +goose Up
-- Deployment packages of functions and layers: a zip each, sealed. Rows refer to
-- them, and one goes when no row does any more.
CREATE TABLE code (
	id         ${id},
	sha256     TEXT NOT NULL,
	size       BIGINT NOT NULL,
	unzipped   BIGINT NOT NULL,
	sealed_by  TEXT NOT NULL,
	data_key   ${blob} NOT NULL,
	ciphertext ${blob} NOT NULL
);

-- reserved is -1 for a function without a concurrency of its own.
CREATE TABLE functions (
	id           ${id},
	account      TEXT NOT NULL,
	region       TEXT NOT NULL,
	name         TEXT ${order} NOT NULL,
	created      BIGINT NOT NULL,
	last_version BIGINT NOT NULL,
	reserved     BIGINT NOT NULL,
	tags         TEXT NOT NULL,
	UNIQUE (account, region, name)
);

-- Number 0 is $LATEST. The environment is NULL where there is none.
CREATE TABLE function_versions (
	function       BIGINT NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
	number         BIGINT NOT NULL,
	revision       TEXT NOT NULL,
	build          TEXT NOT NULL,
	modified       BIGINT NOT NULL,
	configuration  TEXT NOT NULL,
	env_sealed_by  TEXT,
	env_data_key   ${blob},
	env_ciphertext ${blob},
	code           BIGINT NOT NULL REFERENCES code (id),
	PRIMARY KEY (function, number)
);
CREATE INDEX function_versions_by_code ON function_versions (code);

-- The layers of a version, in order. They hold the content, whatever becomes of
-- the layer's own version.
CREATE TABLE function_layers (
	function BIGINT NOT NULL,
	number   BIGINT NOT NULL,
	position BIGINT NOT NULL,
	arn      TEXT NOT NULL,
	code     BIGINT NOT NULL REFERENCES code (id),
	PRIMARY KEY (function, number, position),
	FOREIGN KEY (function, number) REFERENCES function_versions (function, number) ON DELETE CASCADE
);
CREATE INDEX function_layers_by_code ON function_layers (code);

CREATE TABLE function_aliases (
	function    BIGINT NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
	name        TEXT ${order} NOT NULL,
	version     BIGINT NOT NULL,
	description TEXT NOT NULL,
	routing     TEXT NOT NULL,
	revision    TEXT NOT NULL,
	PRIMARY KEY (function, name)
);

-- The statements of resource policies, in order of adding; each qualifier has a
-- policy of its own, '' is that of the function without one.
CREATE TABLE function_permissions (
	id        ${id},
	function  BIGINT NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
	qualifier TEXT NOT NULL,
	sid       TEXT NOT NULL,
	statement TEXT NOT NULL,
	UNIQUE (function, qualifier, sid)
);

-- What else is set of a function or of one of its qualifiers, as JSON by kind:
-- how events are invoked, when runtimes are updated, what recursion may do.
CREATE TABLE function_settings (
	function  BIGINT NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
	qualifier TEXT NOT NULL,
	kind      TEXT NOT NULL,
	value     TEXT NOT NULL,
	modified  BIGINT NOT NULL,
	PRIMARY KEY (function, qualifier, kind)
);

-- Asynchronous invocations that have not ended. lease names the worker that
-- has one in hand.
CREATE TABLE function_events (
	id          ${id},
	function    BIGINT NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
	qualifier   TEXT NOT NULL,
	request     TEXT NOT NULL,
	sealed_by   TEXT NOT NULL,
	data_key    ${blob} NOT NULL,
	ciphertext  ${blob} NOT NULL,
	attempt     BIGINT NOT NULL,
	queued      BIGINT NOT NULL,
	due         BIGINT NOT NULL,
	lease       TEXT NOT NULL,
	lease_until BIGINT NOT NULL
);
CREATE INDEX function_events_due ON function_events (due);

CREATE TABLE layers (
	id           ${id},
	account      TEXT NOT NULL,
	region       TEXT NOT NULL,
	name         TEXT ${order} NOT NULL,
	last_version BIGINT NOT NULL,
	UNIQUE (account, region, name)
);

-- runtimes and architectures are JSON lists, or null where none were given.
CREATE TABLE layer_versions (
	layer         BIGINT NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
	number        BIGINT NOT NULL,
	created       BIGINT NOT NULL,
	description   TEXT NOT NULL,
	license       TEXT NOT NULL,
	runtimes      TEXT NOT NULL,
	architectures TEXT NOT NULL,
	code          BIGINT NOT NULL REFERENCES code (id),
	policy        TEXT NOT NULL DEFAULT '', -- the revision of its policy
	PRIMARY KEY (layer, number)
);
CREATE INDEX layer_versions_by_code ON layer_versions (code);

CREATE TABLE layer_permissions (
	id        ${id},
	layer     BIGINT NOT NULL,
	number    BIGINT NOT NULL,
	sid       TEXT NOT NULL,
	statement TEXT NOT NULL,
	UNIQUE (layer, number, sid),
	FOREIGN KEY (layer, number) REFERENCES layer_versions (layer, number) ON DELETE CASCADE
);

-- +goose Down
DROP TABLE layer_permissions;
DROP TABLE layer_versions;
DROP TABLE layers;
DROP TABLE function_events;
DROP TABLE function_settings;
DROP TABLE function_permissions;
DROP TABLE function_aliases;
DROP TABLE function_layers;
DROP TABLE function_versions;
DROP TABLE functions;
DROP TABLE code;
