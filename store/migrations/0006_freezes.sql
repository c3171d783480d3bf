-- +goose Up
-- Stretches of time in which no scheduled rotation starts. pattern and tag_key
-- are '' where a freeze holds every secret of its account and region.
CREATE TABLE freezes (
	id         ${id},
	account    TEXT NOT NULL,
	region     TEXT NOT NULL,
	starts     BIGINT NOT NULL,
	ends       BIGINT NOT NULL,
	pattern    TEXT NOT NULL,
	tag_key    TEXT NOT NULL,
	tag_value  TEXT NOT NULL,
	reason     TEXT NOT NULL,
	created    BIGINT NOT NULL,
	created_by TEXT NOT NULL
);
CREATE INDEX freezes_by_end ON freezes (account, region, ends);

-- forgiven counts the attempts before a person last asked for another: they no
-- longer count against the limit.
ALTER TABLE rotations ADD COLUMN forgiven BIGINT NOT NULL DEFAULT 0;
-- pauses counts those made in the window, each twice as long as the one before.
ALTER TABLE rotations ADD COLUMN pauses BIGINT NOT NULL DEFAULT 0;

-- A rotation that failed waits for a person; a test that failed does not.
CREATE INDEX rotations_waiting ON rotations (secret) WHERE state = 'failed' AND test = false;

-- +goose Down
DROP INDEX rotations_waiting;
ALTER TABLE rotations DROP COLUMN pauses;
ALTER TABLE rotations DROP COLUMN forgiven;
DROP TABLE freezes;
