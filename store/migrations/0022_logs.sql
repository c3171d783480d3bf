-- +goose Up
-- What functions log: groups of streams of chunks. A chunk is several lines of one
-- stream, sealed together; what is asked for stands beside it in the clear. bytes
-- is what chunks take up.
CREATE TABLE log_groups (
	id      ${id},
	account TEXT NOT NULL,
	region  TEXT NOT NULL,
	name    TEXT ${order} NOT NULL,
	created BIGINT NOT NULL,
	bytes   BIGINT NOT NULL,
	UNIQUE (account, region, name)
);
CREATE TABLE log_streams (
	id          ${id},
	log_group   BIGINT NOT NULL REFERENCES log_groups (id) ON DELETE CASCADE,
	name        TEXT ${order} NOT NULL,
	created     BIGINT NOT NULL,
	first_event BIGINT NOT NULL,
	last_event  BIGINT NOT NULL,
	ingested    BIGINT NOT NULL,
	UNIQUE (log_group, name)
);
CREATE TABLE log_chunks (
	id          ${id},
	log_group   BIGINT NOT NULL REFERENCES log_groups (id) ON DELETE CASCADE,
	stream      BIGINT NOT NULL REFERENCES log_streams (id) ON DELETE CASCADE,
	first_event BIGINT NOT NULL,
	last_event  BIGINT NOT NULL,
	ingested    BIGINT NOT NULL,
	bytes       BIGINT NOT NULL,
	sealed_by   TEXT NOT NULL,
	data_key    ${blob} NOT NULL,
	ciphertext  ${blob} NOT NULL
);
CREATE INDEX log_chunks_by_first ON log_chunks (log_group, first_event, id);
CREATE INDEX log_chunks_by_last ON log_chunks (log_group, last_event, id);
CREATE INDEX log_chunks_by_stream ON log_chunks (stream, first_event, id);

-- +goose Down
DROP TABLE log_chunks;
DROP TABLE log_streams;
DROP TABLE log_groups;
