package store

import (
	"errors"
	"math"
	"time"

	"github.com/alberti-dev/alberti/secret"
)

// ErrLeaseLost tells a runner that the rotation is no longer its own: another
// runner took it over, or it was ended.
var ErrLeaseLost = errors.New("the rotation was taken over or ended meanwhile")

const jobColumns = `id, secret, token, function, cause, test, state, step, attempt, next_attempt, window_end, lease, lease_until,
started, ended, changed, promoted, error, account, host, forgiven, pauses`

func scanJob(scan func(...any) error) (*secret.Job, error) {
	j := &secret.Job{}
	var next, window, until, started, ended, changed, promoted int64
	err := scan(&j.ID, &j.SecretKey, &j.Token, &j.Function, &j.Cause, &j.Test, &j.State, &j.Step, &j.Attempt, &next, &window,
		&j.Lease, &until, &started, &ended, &changed, &promoted, &j.Error, &j.Account, &j.Host, &j.Forgiven, &j.Pauses)
	j.NextAttempt, j.Window, j.LeaseUntil = fromMicros(next), fromMicros(window), fromMicros(until)
	j.Started, j.Ended, j.Changed, j.Promoted = fromMicros(started), fromMicros(ended), fromMicros(changed), fromMicros(promoted)
	return j, err
}

// PutJob writes the row of a rotation that starts. A second one for the same
// secret is AlreadyExists. Its first attempt waits until nobody is at work on one
// that was revoked.
func (t *Tx) PutJob(j *secret.Job) error {
	quiet, err := t.quietFrom(j.SecretKey)
	if err != nil {
		return err
	}
	if quiet.After(j.NextAttempt) {
		j.NextAttempt = quiet
	}
	return t.insert(&j.ID, `INSERT INTO rotations (secret, token, function, cause, test, state, step, attempt,
next_attempt, window_end, lease, lease_until, started, ended, changed, promoted, error)
VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,'',0,$11,0,0,0,'')`,
		j.SecretKey, j.Token, j.Function, j.Cause, j.Test, j.State, j.Step, j.Attempt,
		micros(j.NextAttempt), micros(j.Window), micros(j.Started))
}

// quietFrom is until when a function that claims no account may be at work for a
// rotation of the secret that was revoked: what it sets then would undo what
// another sets meanwhile. Zero for none.
func (t *Tx) quietFrom(secretKey int64) (time.Time, error) {
	var until int64
	_, err := t.first([]any{&until}, `SELECT COALESCE(MAX(r.lease_until), 0) FROM rotations AS r
JOIN versions AS v ON v.secret = r.secret AND v.id = r.token
WHERE r.secret = $1 AND r.state <> 'running' AND r.lease_until > $2 AND v.sent = $3`, secretKey, micros(t.now), anywhere)
	return fromMicros(until), err
}

// SaveJob writes how a rotation stands, as long as it is unfinished and still
// leased to whom it was when it was read; else ErrLeaseLost, and nothing is
// written. One that failed is leased to nobody.
func (t *Tx) SaveJob(j *secret.Job, lease string) error {
	n, err := t.exec(`UPDATE rotations SET state = $3, step = $4, attempt = $5, next_attempt = $6, window_end = $7, lease = $8,
lease_until = $9, ended = $10, changed = $11, promoted = $12, error = $13, account = $14, host = $15, token = $16, pauses = $17
WHERE id = $1 AND lease = $2 AND state IN ('running', 'failed')`,
		j.ID, lease, j.State, j.Step, j.Attempt, micros(j.NextAttempt), micros(j.Window), j.Lease,
		micros(j.LeaseUntil), micros(j.Ended), micros(j.Changed), micros(j.Promoted), j.Error, j.Account, j.Host, j.Token, j.Pauses)
	if err == nil && n == 0 {
		err = ErrLeaseLost
	}
	return err
}

// ForgiveJob writes how many attempts of a rotation count no longer. A runner at
// work does not know of them, and so SaveJob leaves them alone.
func (t *Tx) ForgiveJob(j *secret.Job) error {
	_, err := t.exec(`UPDATE rotations SET forgiven = $2 WHERE id = $1`, j.ID, j.Forgiven)
	return err
}

// ClaimJob leases the rotation that has waited longest for its attempt, nil
// when none is ready. A lease that ran out is free again: its runner died.
func (t *Tx) ClaimJob(lease string, until time.Time) (*secret.Job, error) {
	return t.oneJob(`UPDATE rotations SET lease = $1, lease_until = $2 WHERE id = (
SELECT id FROM rotations WHERE state = 'running' AND next_attempt <= $3 AND lease_until <= $3
ORDER BY next_attempt LIMIT 1`+t.dialect.skipLocked+`) RETURNING `+jobColumns, lease, micros(until), micros(t.now))
}

// RenewLease keeps a lease alive; ErrLeaseLost when it is gone.
func (t *Tx) RenewLease(id int64, lease string, until time.Time) error {
	n, err := t.exec(`UPDATE rotations SET lease_until = $3 WHERE id = $1 AND lease = $2 AND state = 'running'`,
		id, lease, micros(until))
	if err == nil && n == 0 {
		err = ErrLeaseLost
	}
	return err
}

// ReleaseLeases frees every lease. It is for the start of a server that owns the
// store alone: whoever held them is dead.
func (t *Tx) ReleaseLeases() error {
	_, err := t.exec(`UPDATE rotations SET lease_until = 0 WHERE state = 'running' AND lease_until > 0`)
	return err
}

// HoldsLease tells whether the running rotation of a secret is leased under
// this name. Under Update the row stays as it is until the end.
func (t *Tx) HoldsLease(secretKey int64, lease string) (bool, error) {
	j, err := t.RunningJob(secretKey)
	return j != nil && j.Lease == lease, err
}

// RunningJob is the rotation of a secret that is at work or waits for its next
// attempt, nil when there is none.
func (t *Tx) RunningJob(secretKey int64) (*secret.Job, error) {
	query := `SELECT ` + jobColumns + ` FROM rotations WHERE secret = $1 AND state = 'running'`
	if t.write {
		query += t.dialect.lockRow
	}
	return t.oneJob(query, secretKey)
}

// UnfinishedJob is the running rotation of a secret, or else the one that ran out
// of attempts and waits for a person; nil when there is neither.
func (t *Tx) UnfinishedJob(secretKey int64) (*secret.Job, error) {
	j, err := t.RunningJob(secretKey)
	if j != nil || err != nil {
		return j, err
	}
	query := `SELECT ` + jobColumns + ` FROM rotations WHERE secret = $1 AND state = 'failed' AND test = false ORDER BY id DESC LIMIT 1`
	if t.write {
		query += t.dialect.lockRow
	}
	return t.oneJob(query, secretKey)
}

// JobByToken is the rotation that made a version, nil when none did.
func (t *Tx) JobByToken(secretKey int64, token string) (*secret.Job, error) {
	return t.oneJob(`SELECT `+jobColumns+` FROM rotations WHERE secret = $1 AND token = $2 ORDER BY id DESC LIMIT 1`, secretKey, token)
}

func (t *Tx) oneJob(query string, args ...any) (*secret.Job, error) {
	jobs, err := t.jobs(query, args...)
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	return jobs[0], nil
}

func (t *Tx) jobs(query string, args ...any) (out []*secret.Job, err error) {
	err = t.query(func(scan func(...any) error) error {
		j, err := scanJob(scan)
		out = append(out, j)
		return err
	}, query, args...)
	return out, err
}

// Jobs is the history of a secret's rotations, the latest first.
func (t *Tx) Jobs(secretKey int64, limit int) ([]*secret.Job, error) {
	return t.jobs(`SELECT `+jobColumns+` FROM rotations WHERE secret = $1 ORDER BY id DESC LIMIT $2`, secretKey, limit)
}

// DueSecrets gives the keys of secrets whose rotation is to start by now.
func (t *Tx) DueSecrets(limit int) (keys []int64, err error) {
	return t.keys(`SELECT id FROM secrets WHERE rotation_due > 0 AND rotation_due <= $1 ORDER BY rotation_due LIMIT $2`, micros(t.now), limit)
}

// NextDue is when there will be something to do for a runner: a rotation to
// start, an attempt to make or a lease to inherit. Zero when nothing is planned.
func (t *Tx) NextDue() (time.Time, error) {
	start, err := t.NextStart()
	if err != nil {
		return start, err
	}
	attempt, err := t.NextAttempt()
	if start.IsZero() || !attempt.IsZero() && attempt.Before(start) {
		return attempt, err
	}
	return start, err
}

// NextStart is when the next rotation is to start, zero when none is planned.
func (t *Tx) NextStart() (time.Time, error) {
	var start int64
	_, err := t.first([]any{&start}, `SELECT COALESCE(MIN(rotation_due), 0) FROM secrets WHERE rotation_due > 0`)
	return fromMicros(start), err
}

// NextAttempt is when the next rotation under way can be claimed, for an attempt
// or with a lease to inherit; zero when there is none. However many wait for
// their attempt, only those before the first of them that are leased are looked
// at.
func (t *Tx) NextAttempt() (time.Time, error) {
	free, lease := int64(math.MaxInt64), int64(math.MaxInt64)
	if _, err := t.first([]any{&free}, `SELECT next_attempt FROM rotations
WHERE state = 'running' AND lease_until <= next_attempt ORDER BY next_attempt LIMIT 1`); err != nil {
		return time.Time{}, err
	}
	if _, err := t.first([]any{&lease}, `SELECT COALESCE(MIN(lease_until), $1) FROM rotations
WHERE state = 'running' AND next_attempt <= $1 AND lease_until > next_attempt`, free); err != nil {
		return time.Time{}, err
	}
	if free = min(free, lease); free == math.MaxInt64 {
		return time.Time{}, nil
	}
	return fromMicros(free), nil
}

// Touched tells whether the target may have the new credential of a rotation: it
// said so, an attempt was cut off in setSecret or later, or one came to a step
// after setSecret.
func (t *Tx) Touched(j *secret.Job) (bool, error) {
	if !j.Changed.IsZero() || j.Step != secret.CreateSecret {
		return true, nil
	}
	var one int
	return t.first([]any{&one}, `SELECT 1 FROM rotation_steps WHERE rotation = $1 AND step IN ('testSecret', 'finishSecret') LIMIT 1`, j.ID)
}

// PutStep adds one invocation to the history.
func (t *Tx) PutStep(r secret.StepRecord) error {
	_, err := t.exec(`INSERT INTO rotation_steps (rotation, attempt, step, started, took, error, notes)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (rotation, attempt, step) DO UPDATE SET started = excluded.started, took = excluded.took,
error = excluded.error, notes = excluded.notes`,
		r.JobID, r.Attempt, r.Step, micros(r.Started), r.Took.Microseconds(), r.Error, asJSON(r.Notes))
	return err
}

// Steps is what was invoked for a rotation, in order.
func (t *Tx) Steps(jobID int64) (out []secret.StepRecord, err error) {
	err = t.query(func(scan func(...any) error) error {
		r := secret.StepRecord{JobID: jobID}
		var started, took int64
		var notes string
		if err := scan(&r.Attempt, &r.Step, &started, &took, &r.Error, &notes); err != nil {
			return err
		}
		r.Started, r.Took = fromMicros(started), time.Duration(took)*time.Microsecond
		var err error
		r.Notes, err = fromJSON[[]string](notes)
		out = append(out, r)
		return err
	}, `SELECT attempt, step, started, took, error, notes FROM rotation_steps WHERE rotation = $1 ORDER BY started, attempt`, jobID)
	return out, err
}
