package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/httpd"
	"github.com/alberti-dev/alberti/store"
	"github.com/alberti-dev/alberti/testclock"
)

// devClock lets whoever reaches the server read and move its clock: with --dev
// only, which keeps to loopback. It asks for no signature, and so must not be
// within reach of a web page that happens to run in a browser on this machine.
type devClock struct {
	mover    *testclock.Mover
	store    *store.Store
	log      *slog.Logger
	stopping context.Context // ends when the server is to stop
	stop     context.CancelFunc
}

// ClockPath is where a server with --dev has its clock.
const ClockPath = "/dev/clock"

// ClockReading is what the clock shows, and what happened while it was moved.
type ClockReading struct {
	Now      time.Time      `json:"now"`
	Happened *ClockHappened `json:"happened,omitempty"`
}

// ClockHappened counts what came to pass while the clock was moved.
type ClockHappened struct {
	RotationsStarted   int64 `json:"rotationsStarted"`
	RotationsSucceeded int64 `json:"rotationsSucceeded"`
	AttemptsFailed     int64 `json:"attemptsFailed"`
	SecretsRemoved     int64 `json:"secretsRemoved"`
}

// ClockMove is what the clock is asked for: a time (RFC 3339) with PUT, a span
// (testclock.ParseSpan) with POST.
type ClockMove struct {
	Now     string `json:"now,omitempty"`
	Advance string `json:"advance,omitempty"`
}

// ClockError is the answer where there is no other.
type ClockError struct {
	Message string `json:"message"`
}

// ServeHTTP implements http.Handler.
func (d *devClock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, body := d.answer(w, r)
	text, _ := json.Marshal(body) // of nothing that could fail
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(text, '\n'))
}

func (d *devClock) answer(w http.ResponseWriter, r *http.Request) (status int, body any) {
	if err := ownRequest(r); err != nil {
		return http.StatusForbidden, ClockError{err.Error()}
	}
	switch r.Method {
	case http.MethodGet:
		return http.StatusOK, ClockReading{Now: d.store.Now()}
	case http.MethodPut, http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, POST, PUT")
		return http.StatusMethodNotAllowed, ClockError{"the clock takes GET, PUT and POST"}
	}
	move, err := d.moveOf(w, r)
	if err != nil {
		return http.StatusBadRequest, ClockError{err.Error()}
	}
	reading, err := d.watched(w, r, move)
	var refused testclock.RefusedError
	switch {
	case errors.As(err, &refused):
		return http.StatusBadRequest, ClockError{err.Error()}
	case err != nil:
		at := d.store.Now().Format(time.RFC3339)
		d.log.Warn("the clock was not moved as far as it was asked to", "now", at, "error", err)
		return http.StatusServiceUnavailable, ClockError{fmt.Sprintf("the clock has come to %s and no further: %v", at, err)}
	}
	return http.StatusOK, reading
}

// ownRequest refuses what a browser may have been made to send: a request of
// another site's page, or one for a name that was made to lead here.
func ownRequest(r *http.Request) error {
	if origin := r.Header.Get("Origin"); origin != "" {
		return fmt.Errorf("the clock takes no requests from web pages, such as those of %s", origin)
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]") // without a port
	}
	if !isLoopback(host) {
		return fmt.Errorf("the clock is not at the host %q: ask for localhost or 127.0.0.1", r.Host)
	}
	return nil
}

// moveOf reads what is asked for.
func (d *devClock) moveOf(w http.ResponseWriter, r *http.Request) (func(context.Context) error, error) {
	example := `{"advance": "30d"}`
	if r.Method == http.MethodPut {
		example = `{"now": "2027-01-01T00:00:00Z"}`
	}
	var in ClockMove
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10))
	body.DisallowUnknownFields()
	err := body.Decode(&in)
	if err == nil {
		if _, end := body.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("it goes on after its end")
		}
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("the body must be %s: %w", example, err)
	case r.Method == http.MethodPut && in.Now != "" && in.Advance == "":
		to, err := time.Parse(time.RFC3339, in.Now)
		if err != nil {
			return nil, fmt.Errorf("%q is no time such as 2027-01-01T00:00:00Z", in.Now)
		}
		return func(ctx context.Context) error { return d.mover.Set(ctx, to) }, nil
	case r.Method == http.MethodPost && in.Advance != "" && in.Now == "":
		by, err := testclock.ParseSpan(in.Advance)
		return func(ctx context.Context) error { return d.mover.Advance(ctx, by) }, err
	}
	return nil, fmt.Errorf("the body must be %s", example)
}

// watched moves the clock and counts what happens on the way, until the client
// goes away or the server is to stop.
func (d *devClock) watched(w http.ResponseWriter, r *http.Request, move func(context.Context) error) (out ClockReading, err error) {
	// A walk takes as long as the work on its way: it is not under the time limits
	// of other requests and answers.
	c := http.NewResponseController(w)
	if err := errors.Join(c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{})); err != nil {
		return out, err
	}
	ctx, cancel := httpd.Watch(w, r)
	defer cancel()
	defer context.AfterFunc(d.stopping, cancel)()
	d.log.Info("moving the clock", "from", d.store.Now().Format(time.RFC3339))
	var from store.Mark
	err = d.store.View(ctx, func(tx *store.Tx) (err error) {
		from, err = tx.Mark()
		return err
	})
	if err != nil {
		return out, err
	}
	if err := move(ctx); err != nil {
		return out, err
	}
	err = d.store.View(ctx, func(tx *store.Tx) error {
		tally, err := tx.Since(from)
		out.Now = tx.Now()
		out.Happened = &ClockHappened{
			RotationsStarted: tally.Started, RotationsSucceeded: tally.Succeeded,
			AttemptsFailed: tally.Failed, SecretsRemoved: tally.Removed,
		}
		return err
	})
	return out, err
}
