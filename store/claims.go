package store

import (
	"errors"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
)

// ErrTaken tells a runner that another rotation changes the same account now, or
// that as many as may be are at work on its host.
var ErrTaken = errors.New("another rotation is at work on this account, or too many on its host")

// ClaimAccount gives a rotation an account of a host to change, until its attempt
// ends, and marks its version as sent there: from now on its value may be in
// force. fresh tells that it was not marked before. Fails with ErrTaken, or with
// ErrLeaseLost when the rotation is no longer its runner's.
func (t *Tx) ClaimAccount(j *secret.Job, account, host string, perHost int) (fresh bool, err error) {
	// A runner that died holds nothing.
	if _, err := t.exec(`UPDATE rotations SET account = '', host = ''
WHERE state = 'running' AND account = $1 AND id <> $2 AND lease_until <= $3`, account, j.ID, micros(t.now)); err != nil {
		return false, err
	}
	var busy int
	if _, err := t.first([]any{&busy}, `SELECT COUNT(*) FROM rotations
WHERE state = 'running' AND host <> '' AND host = $1 AND account <> '' AND id <> $2 AND lease_until > $3`, host, j.ID, micros(t.now)); err != nil {
		return false, err
	}
	if busy >= perHost {
		return false, ErrTaken
	}
	n, err := t.exec(`UPDATE rotations SET account = $1, host = $2 WHERE id = $3 AND lease = $4 AND state = 'running'`,
		account, host, j.ID, j.Lease)
	switch {
	case fault.KindOf(err) == fault.AlreadyExists && err != nil:
		return false, ErrTaken
	case err == nil && n == 0:
		return false, ErrLeaseLost
	case err != nil:
		return false, err
	}
	j.Account, j.Host = account, host
	return t.markSent(j, account)
}

// markSent marks the version of a rotation as sent to an account. One that was
// marked before may be called otherwise now, and is not fresh: what an attempt
// before sent stays sent.
func (t *Tx) markSent(j *secret.Job, account string) (fresh bool, err error) {
	n, err := t.exec(`UPDATE versions SET sent = $3 WHERE secret = $1 AND id = $2 AND sent = ''`, j.SecretKey, j.Token, account)
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = t.exec(`UPDATE versions SET sent = $3 WHERE secret = $1 AND id = $2 AND sent <> $3`, j.SecretKey, j.Token, account)
	return false, err
}

// PassHost lets one of the rotations that wait for a host have its next attempt
// now: whoever calls it has just left the host. Rotations that wait name a host
// and hold no account.
func (t *Tx) PassHost(host string) error {
	_, err := t.exec(`UPDATE rotations SET next_attempt = $2 WHERE id = (
SELECT id FROM rotations WHERE state = 'running' AND host <> '' AND host = $1 AND account = '' AND lease = '' AND next_attempt > $2
ORDER BY next_attempt LIMIT 1`+t.dialect.skipLocked+`)`, host, micros(t.now))
	return err
}

// NeverSent takes the mark off a version whose value has not left for the target.
func (t *Tx) NeverSent(secretKey int64, version string) error {
	_, err := t.exec(`UPDATE versions SET sent = '' WHERE secret = $1 AND id = $2`, secretKey, version)
	return err
}

// anywhere marks a version that was sent to an account which is not known. It may
// be any.
const anywhere = "?"

// SentAnywhere marks a version as sent, where nobody tells to which account.
func (t *Tx) SentAnywhere(secretKey int64, version string) error {
	_, err := t.exec(`UPDATE versions SET sent = $3 WHERE secret = $1 AND id = $2 AND sent = ''`, secretKey, version, anywhere)
	return err
}

// Settle takes the mark off every version that may have been sent to the account
// that this one was sent to: its password is the one in force there.
func (t *Tx) Settle(secretKey int64, version string) error {
	_, err := t.exec(`UPDATE versions SET sent = '' WHERE secret = $1 AND sent <> ''
AND EXISTS (SELECT 1 FROM versions AS settled WHERE settled.secret = $1 AND settled.id = $2
AND settled.sent <> '' AND (settled.sent IN (versions.sent, $3) OR versions.sent = $3))`, secretKey, version, anywhere)
	return err
}
