package store

import (
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/secret"
)

// current is the version with AWSCURRENT and all its labels, joined: what the row
// of a secret repeats of its labels, because nearly every read asks for it.
type current struct{ version, labels string }

// currentOf finds it among the labels of a secret (label -> version).
func currentOf(labels map[string]string) (c current) {
	var all []string
	c.version = labels[secret.Current]
	for label, version := range labels {
		if version == c.version {
			all = append(all, label)
		}
	}
	if c.version != "" {
		slices.Sort(all)
		c.labels = strings.Join(all, separator)
	}
	return c
}

// putCurrent has the row of a secret follow its labels and versions, which are
// written already.
func (t *Tx) putCurrent(key int64, before, after map[string]string) error {
	now := currentOf(after)
	if now == currentOf(before) {
		return nil
	}
	_, err := t.exec(`UPDATE secrets SET current_labels = $3,
current_version = COALESCE((SELECT key FROM versions WHERE secret = $1 AND id = $2), 0) WHERE id = $1`, key, now.version, now.labels)
	return err
}
