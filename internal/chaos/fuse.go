package main

import (
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/alberti-dev/alberti/internal/pgproxy"
)

// fuse waits for the moment of a strike among the messages that pass a proxy,
// and decides what becomes of them.
type fuse struct {
	strike
	kill func()

	mu     sync.Mutex
	seen   int
	fired  time.Time // zero before
	killed bool      // an answer that is waited for may never come
}

// judge is what the proxy asks for every message.
func (f *fuse) judge(m pgproxy.Frame) pgproxy.Verdict {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.fired.IsZero() {
		if f.action == cut && time.Since(f.fired) < f.lasts {
			return pgproxy.Verdict{Fate: pgproxy.Lost}
		}
		return pgproxy.Verdict{}
	}
	if !f.match(m) {
		return pgproxy.Verdict{}
	}
	if f.seen++; f.seen < f.nth {
		return pgproxy.Verdict{}
	}
	f.fired = time.Now()
	return f.verdict()
}

func (f *fuse) verdict() pgproxy.Verdict {
	v := pgproxy.Verdict{Fate: f.fate, Answer: f.answer}
	switch f.action {
	case kill:
		f.killed = !f.answer
		v.Then = f.killNow
	case freeze:
		v.Hold = f.lasts
		if v.Fate = pgproxy.GoesOn; f.fate == pgproxy.Last {
			v.Fate = pgproxy.Stalls
		}
	case refuse:
		v.Fate, v.Error = pgproxy.Refused, f.refusal()
	}
	return v
}

func (f *fuse) killNow() {
	f.mu.Lock()
	f.killed = true
	f.mu.Unlock()
	f.kill()
}

// kills tells whether it has killed the server, or is about to.
func (f *fuse) kills() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.killed
}

// fatal are the errors with which PostgreSQL ends a connection.
var fatal = map[string]bool{"53300": true, "57P01": true, "57P03": true, "28P01": true}

// refusal is the error. Where the server has done what it was asked, only its own
// end keeps it from saying so.
func (f *fuse) refusal() *pgproto3.ErrorResponse {
	severity := "ERROR"
	if fatal[f.code] || f.answer {
		severity = "FATAL"
	}
	return &pgproto3.ErrorResponse{Severity: severity, SeverityUnlocalized: severity, Code: f.code, Message: "chaos"}
}

// firedAt is when it struck, zero when it did not.
func (f *fuse) firedAt() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired
}
