-- +goose Up
-- Every version has a key of its own, by which its secret names the one with
-- AWSCURRENT: reading that is three searches, by name, by key and by key.
CREATE TABLE versions_keyed (
	key        ${key},
	secret     BIGINT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
	id         TEXT NOT NULL,
	created    BIGINT NOT NULL,
	accessed   BIGINT NOT NULL,
	key_ids    TEXT NOT NULL,
	sealed_by  TEXT,
	data_key   ${blob},
	ciphertext ${blob},
	sent       TEXT NOT NULL DEFAULT '',
	UNIQUE (secret, id)
);
INSERT INTO versions_keyed (secret, id, created, accessed, key_ids, sealed_by, data_key, ciphertext, sent)
SELECT secret, id, created, accessed, key_ids, sealed_by, data_key, ciphertext, sent FROM versions ORDER BY secret, id;
DROP TABLE versions;
ALTER TABLE versions_keyed RENAME TO versions;

-- The version with AWSCURRENT, 0 for none, and all its labels, as
-- store/current.go writes them.
ALTER TABLE secrets ADD COLUMN current_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE secrets ADD COLUMN current_labels TEXT NOT NULL DEFAULT '';
UPDATE secrets SET (current_version, current_labels) = (
	SELECT v.key, (SELECT string_agg(o.label, ${separator}) FROM labels o WHERE o.secret = v.secret AND o.version = v.id)
	FROM labels l JOIN versions v ON v.secret = l.secret AND v.id = l.version
	WHERE l.secret = secrets.id AND l.label = 'AWSCURRENT'
) WHERE EXISTS (SELECT 1 FROM labels l WHERE l.secret = secrets.id AND l.label = 'AWSCURRENT');

-- +goose Down
ALTER TABLE secrets DROP COLUMN current_labels;
ALTER TABLE secrets DROP COLUMN current_version;
