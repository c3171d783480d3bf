package e2e_test

import (
	"strings"
	"sync/atomic"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/internal/pgproxy"
)

// failed holds what a failed attempt leaves: its event and history name the step
// and the cause, no password is told, and AWSCURRENT is as it was.
func (r *rotating) failed(step string, causes ...string) {
	t := r.s.t
	t.Helper()
	text := r.Fails()
	begin := "Error when executing lambda " + r.strategy.function + " during " + step + " step: "
	if !strings.HasPrefix(text, begin) {
		t.Errorf("the event says %q, want %q", text, begin)
	}
	h := r.History()
	last := h.Steps[len(h.Steps)-1]
	for _, cause := range causes {
		if !strings.Contains(text, cause) || !strings.Contains(last.Error, cause) {
			t.Errorf("the event says %q, the history %q; want %q", text, last.Error, cause)
		}
	}
	if h.State != "running" || last.Step != step || h.NextAttemptDate <= h.StartedDate || h.Error != last.Error {
		t.Errorf("the history is %+v", h)
	}
	list := r.s.Run("rotation", "list").ok(t)
	if !strings.Contains(list, r.Name) || !strings.Contains(list, "retrying") || !strings.Contains(list, last.Error) {
		t.Errorf("rotation list:\n%s", list)
	}
	shown := r.s.Run("rotation", "show", r.Name).ok(t)
	if !strings.Contains(shown, step) || !strings.Contains(shown, last.Error) || !strings.Contains(shown, "rotation retry") {
		t.Errorf("rotation show:\n%s", shown)
	}
	for _, told := range []string{text, shown, list, r.s.stderr.String()} {
		if r.First.Password != "" && strings.Contains(told, r.First.Password) {
			t.Errorf("the password is told: %s", told)
		}
	}
	r.untouched()
}

// untouched holds that AWSCURRENT is the first login, and that no rotation has
// been recorded.
func (r *rotating) untouched() {
	t := r.s.t
	t.Helper()
	c := r.s.Client()
	if now := parse[login](t, value(t, c, r.Name)); now != r.First {
		t.Errorf("AWSCURRENT is %s at %s, another value than before", now.User, now.Host)
	}
	d, err := c.DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &r.Name})
	if err != nil {
		t.Fatal(err)
	}
	if d.LastRotatedDate != nil || strings.Join(d.VersionIdsToStages[r.Token], " ") != "AWSPENDING" {
		t.Errorf("last rotated %v, versions %v", d.LastRotatedDate, d.VersionIdsToStages)
	}
}

// retry has the operator try again.
func (r *rotating) retry() {
	r.s.t.Helper()
	if out := r.s.Run("rotation", "retry", r.Name).ok(r.s.t); !strings.Contains(out, r.Name) {
		r.s.t.Errorf("rotation retry says %q", out)
	}
}

// attempts counts those of the latest rotation.
func (r *rotating) attempts() int {
	steps := r.History().Steps
	return steps[len(steps)-1].Attempt
}

func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	for _, strategy := range strategies {
		t.Run(strategy.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			r := s.newRotating(strategy)
			setPassword(t, r.First.User, "changed-by-hand", "ALTER")
			r.Rotate()
			r.failed("setSecret", "Unable to log into database", "authentication refused", r.First.User)
			setPassword(t, r.First.User, r.First.Password, "ALTER")
			r.retry()
			r.Succeeds()
			r.Rotated(r.First)
			if n := r.attempts(); n != 2 {
				t.Errorf("it took %d attempts", n)
			}
			wantTrail(t, s, r, "RotationStarted RotationFailed RotationSucceeded")
		})
	}
}

func TestUnreachableHost(t *testing.T) {
	t.Parallel()
	for _, strategy := range strategies {
		t.Run(strategy.name, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t)
			s := serve(t)
			r := s.rotatingFor(strategy, p.Via(newUser(t)), p.Via(administrator(t)))
			p.Down()
			r.Rotate()
			r.failed("setSecret", "host unreachable", p.Address())
			p.Up(t)
			r.retry()
			r.Succeeds()
			r.Rotated(r.First)
		})
	}
}

// TestLostConnection loses it in the middle of the change, and lets no other
// through for a while.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	for _, strategy := range strategies {
		for name, answer := range map[string]bool{"the change": false, "its answer": true} {
			t.Run(strategy.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				p := newProxy(t)
				s := serve(t, "--rotation-retry", "200ms")
				r := s.rotatingFor(strategy, p.Via(newUser(t)), p.Via(administrator(t)))
				var down atomic.Bool
				p.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
					switch {
					case down.Load():
						return pgproxy.Verdict{Fate: pgproxy.Lost}
					case f.Says("ALTER ROLE", "PASSWORD"):
						down.Store(true)
						return pgproxy.Verdict{Fate: pgproxy.Lost, Answer: answer}
					}
					return pgproxy.Verdict{}
				})
				r.Rotate()
				if text := r.Fails(); !strings.Contains(text, "during setSecret step") {
					t.Errorf("the event says %s", text)
				}
				r.untouched()
				p.Watch(nil)
				r.Succeeds()
				r.Rotated(r.First)
			})
		}
	}
}

// TestLostAnswer loses the answer to the change alone: the rotation finds out
// at once and goes on.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	s := serve(t)
	r := s.rotatingFor(single, p.Via(newUser(t)), p.Via(administrator(t)))
	p.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
		if f.Says("ALTER ROLE", "PASSWORD") {
			return pgproxy.Verdict{Fate: pgproxy.Lost, Answer: true}
		}
		return pgproxy.Verdict{}
	})
	r.Rotate()
	r.Succeeds()
	r.Rotated(r.First)
	if n := r.attempts(); n != 1 {
		t.Errorf("it took %d attempts", n)
	}
}

// TestRetriesByItself mends the cause and asks for nothing.
func TestRetriesByItself(t *testing.T) {
	t.Parallel()
	s := serve(t, "--rotation-retry", "200ms")
	r := s.newRotating(single)
	setPassword(t, r.First.User, "changed-by-hand", "ALTER")
	r.Rotate()
	eventually(t, "a second failed attempt", func() (bool, any) {
		events := names(s.eventsOf(r.Token))
		return strings.Count(events, "RotationFailed") >= 2, events
	})
	r.untouched()
	setPassword(t, r.First.User, r.First.Password, "ALTER")
	r.Succeeds()
	r.Rotated(r.First)
	if n := r.attempts(); n < 3 {
		t.Errorf("it took %d attempts", n)
	}
}

// TestBadSecrets are values that cannot rotate. A new value mends them, and ends
// the rotation of the old one.
func TestBadSecrets(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, c := range []struct {
		name     string
		strategy strategy
		spoil    func(*login)
		step     string
		cause    string
	}{
		{"no password", single, func(l *login) { l.Password = "" }, "createSecret", "password key is missing from secret JSON"},
		{"no username", single, func(l *login) { l.User = "" }, "createSecret", "username key is missing from secret JSON"},
		{"no host", single, func(l *login) { l.Host = "" }, "createSecret", "host key is missing from secret JSON"},
		{"another engine", single, func(l *login) { l.Engine = "mysql" }, "createSecret", "Database engine must be set to 'postgres'"},
		{"no masterarn", alternating, func(l *login) { l.Master = "" }, "createSecret", "masterarn key is missing from secret JSON"},
		{"no such administrator", alternating, func(l *login) { l.Master += "x" }, "setSecret", "master secret"},
		{"no such database", single, func(l *login) { l.Database = "nowhere" }, "setSecret", "no such database"},
		{"no such host", single, func(l *login) { l.Host = "nowhere.invalid" }, "setSecret", "host name unknown"},
		{"TLS where there is none", single, func(l *login) { l.TLS = "true" }, "setSecret", "server without TLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			on := *s // the same server, whose test is this one
			on.t = t
			r := on.newRotating(c.strategy)
			good := r.First
			c.spoil(&r.First)
			client := s.Client()
			write := func(l login) {
				text, token := l.JSON(), uuid.NewString()
				_, err := client.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{
					SecretId: &r.Name, SecretString: &text, ClientRequestToken: &token,
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			write(r.First)
			r.Rotate()
			r.failed(c.step, c.cause)
			write(good)
			r.awaits("RotationAbandoned")
			if h := r.History(); h.State != "abandoned" {
				t.Errorf("the history says %+v", h)
			}
			r.Rotate()
			r.Succeeds()
			r.Rotated(good)
		})
	}
}
