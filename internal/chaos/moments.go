package main

import (
	"math/rand/v2"
	"time"

	"github.com/alberti-dev/alberti/internal/pgproxy"
)

// moment is a kind of moment at which a strike can come. Exactly one of point,
// match and within is set.
type moment struct {
	name   string
	point  string                   // one of the server, at which it kills itself
	match  func(pgproxy.Frame) bool // a message between Alberti and PostgreSQL
	within time.Duration            // any time up to this
	upTo   func(strategy) int       // the n-th of these, n up to this; nil for the first
	fate   pgproxy.Fate             // of the message: lost before it arrives, or the last that does
	answer bool                     // the strike waits for the server's answer, which is lost
	weight int                      // how often it is in a deck; 0 for once
	only   strategy                 // "" for all
}

// Points of the server, in the order of a rotation. "started" is that of the
// schedule.
var points = []string{
	"started", "claimed",
	"invoke:createSecret", "invoked:createSecret", "saved:createSecret",
	"invoke:setSecret", "account claimed", "keeping", "kept", "invoked:setSecret", "saved:setSecret",
	"invoke:testSecret", "invoked:testSecret", "saved:testSecret",
	"invoke:finishSecret", "invoked:finishSecret", "concluded",
}

const started = "started"

// commits bounds how many commits of the store there are from a start of the
// server to the end of a rotation.
func commits(strategy) int { return 16 }

// messages bounds how many messages a client sends in a rotation.
func messages(s strategy) int {
	if s == alternating {
		return 90
	}
	return 30
}

func readies(s strategy) int { return messages(s) / 2 }

// proofs bounds the messages of the server in the course of logins.
func proofs(strategy) int { return 12 }

func fromClient(f pgproxy.Frame) bool { return !f.FromServer }
func change(f pgproxy.Frame) bool     { return f.Says("ALTER ROLE", "PASSWORD") }
func commit(f pgproxy.Frame) bool     { return f.Says("commit") || f.Says("COMMIT") }

func kind(k byte) func(pgproxy.Frame) bool {
	return func(f pgproxy.Frame) bool { return f.FromServer && f.Kind == k }
}

// moments are all there are.
func moments() []moment {
	var all []moment
	for _, p := range points {
		all = append(all, moment{name: "at " + p, point: p})
	}
	return append(all,
		moment{name: "before a commit of the store", point: "committing", upTo: commits, weight: 6},
		moment{name: "after a commit of the store", point: "committed", upTo: commits, weight: 6},
		moment{name: "before a message", match: fromClient, upTo: messages, fate: pgproxy.Lost, weight: 6},
		moment{name: "after a message", match: fromClient, upTo: messages, fate: pgproxy.Last, weight: 6},
		moment{name: "before the change", match: change, fate: pgproxy.Lost, weight: 2},
		moment{name: "after the change", match: change, fate: pgproxy.Last, weight: 2},
		moment{name: "at the answer to the change", match: change, fate: pgproxy.Lost, answer: true, weight: 3},
		moment{name: "before COMMIT", match: commit, fate: pgproxy.Lost, weight: 2, only: alternating},
		moment{name: "after COMMIT", match: commit, fate: pgproxy.Last, weight: 2, only: alternating},
		moment{name: "at the answer to COMMIT", match: commit, fate: pgproxy.Lost, answer: true, weight: 3, only: alternating},
		moment{name: "in a login", match: kind(pgproxy.Authentication), upTo: proofs, fate: pgproxy.Lost, weight: 3},
		moment{name: "after ReadyForQuery", match: kind(pgproxy.ReadyForQuery), upTo: readies, fate: pgproxy.Last, weight: 4},
		moment{name: "any time", within: 120 * time.Millisecond, weight: 5},
	)
}

// deck has every moment as often as its weight says, shuffled.
func deck(r *rand.Rand) []moment {
	var all []moment
	for _, m := range moments() {
		for range max(m.weight, 1) {
			all = append(all, m)
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}
