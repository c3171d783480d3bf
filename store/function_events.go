package store

import (
	"time"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/secret"
)

// Event is an asynchronous invocation that has not ended.
type Event struct {
	Key       int64
	Function  int64  // its key
	Qualifier string // as invoked, "" for none
	RequestID string // the same at every attempt
	Payload   secret.Sealed
	Attempt   int64 // how often it was run and failed
	Queued    time.Time
	Due       time.Time
}

// PutEvent queues an event, due at once.
func (t *Tx) PutEvent(e Event) error {
	_, err := t.exec(`INSERT INTO function_events (function, qualifier, request, sealed_by, data_key, ciphertext, attempt, queued, due, lease, lease_until)
VALUES ($1,$2,$3,$4,$5,$6,0,$7,$7,'',0)`, e.Function, e.Qualifier, e.RequestID, e.Payload.KeyID, e.Payload.DataKey, e.Payload.Ciphertext, micros(t.now))
	return err
}

// QueuedEvents is how many events of a function have not ended.
func (t *Tx) QueuedEvents(functionKey int64) (n int, err error) {
	_, err = t.first([]any{&n}, `SELECT COUNT(*) FROM function_events WHERE function = $1`, functionKey)
	return n, err
}

// ClaimEvents leases the events that are due and nobody has in hand: at most
// limit, under a name, until a time.
func (t *Tx) ClaimEvents(lease string, until time.Time, limit int) (out []Event, err error) {
	err = t.query(func(scan func(...any) error) error {
		e := Event{}
		var queued, due int64
		err := scan(&e.Key, &e.Function, &e.Qualifier, &e.RequestID, &e.Payload.KeyID, &e.Payload.DataKey, &e.Payload.Ciphertext, &e.Attempt, &queued, &due)
		e.Queued, e.Due = fromMicros(queued), fromMicros(due)
		out = append(out, e)
		return err
	}, `UPDATE function_events SET lease = $1, lease_until = $2 WHERE id IN (
SELECT id FROM function_events WHERE due <= $3 AND lease_until <= $3 ORDER BY due, id LIMIT $4`+t.dialect.skipLocked+`)
RETURNING id, function, qualifier, request, sealed_by, data_key, ciphertext, attempt, queued, due`, lease, micros(until), micros(t.now), limit)
	return out, err
}

// RetryEvent gives an event back, to be run again at its Due. It does nothing
// when the lease has passed to somebody else.
func (t *Tx) RetryEvent(e Event, lease string) error {
	_, err := t.exec(`UPDATE function_events SET attempt = $3, due = $4, lease = '', lease_until = 0 WHERE id = $1 AND lease = $2`,
		e.Key, lease, e.Attempt, micros(e.Due))
	return err
}

// DeleteEvent removes an event that has ended, unless the lease has passed to
// somebody else.
func (t *Tx) DeleteEvent(e Event, lease string) error {
	_, err := t.exec(`DELETE FROM function_events WHERE id = $1 AND lease = $2`, e.Key, lease)
	return err
}

// NextEvent is when the next event is due, or its lease over; zero for none.
func (t *Tx) NextEvent() (time.Time, error) {
	var at int64
	_, err := t.first([]any{&at}, `SELECT COALESCE(MIN(CASE WHEN lease_until > due THEN lease_until ELSE due END), 0) FROM function_events`)
	return fromMicros(at), err
}

// ReleaseEvents ends all leases: of workers that are gone.
func (t *Tx) ReleaseEvents() error {
	_, err := t.exec(`UPDATE function_events SET lease = '', lease_until = 0 WHERE lease <> ''`)
	return err
}

// FunctionByKey finds a function; nil when there is none.
func (t *Tx) FunctionByKey(key int64) (*function.Function, error) {
	var account, region, name string
	there, err := t.first([]any{&account, &region, &name}, `SELECT account, region, name FROM functions WHERE id = $1`, key)
	if err != nil || !there {
		return nil, err
	}
	return t.Function(function.Ref{Account: account, Region: region, Name: name})
}
