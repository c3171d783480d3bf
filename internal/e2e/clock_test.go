package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/internal/pgproxy"
	"github.com/alberti-dev/alberti/schedule"
)

const daily = "cron(0 8 * * ? *)"

// midnight is the beginning of a day that no test's real time reaches.
func midnight() time.Time { return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 2) }

// serveDev starts a server whose clock stands at a midnight.
func serveDev(t *testing.T, at time.Time) *server {
	t.Helper()
	s := serve(t, "--dev")
	s.Run("clock", "set", at.Format(time.RFC3339)).ok(t)
	return s
}

// now reads the server's clock.
func (s *server) now() time.Time {
	s.t.Helper()
	r := s.Get("/dev/clock")
	if r.status != 200 {
		s.t.Fatalf("the clock answers %d %s", r.status, r.body)
	}
	return parse[app.ClockReading](s.t, r.body).Now
}

// near wants a time to be at most a minute after another: the clock runs on
// while the work on its way is done.
func near(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if late := got.Sub(want); late < 0 || late > time.Minute {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// plan turns rotation on by the daily schedule.
func (r *rotating) plan(immediately bool) {
	r.s.t.Helper()
	out, err := r.s.Client().RotateSecret(r.s.t.Context(), &sdk.RotateSecretInput{
		SecretId: &r.Name, RotationLambdaARN: &r.strategy.function, RotateImmediately: &immediately,
		RotationRules: &types.RotationRulesType{ScheduleExpression: aws.String(daily)},
	})
	if err != nil {
		r.s.t.Fatal(err)
	}
	r.Token = aws.ToString(out.VersionId)
}

// TestNinetyDays lets ninety days of a daily schedule pass: ninety rotations of
// a real login.
func TestNinetyDays(t *testing.T) {
	t.Parallel()
	begin := midnight()
	s := serveDev(t, begin)
	r := s.newRotating(single)
	r.plan(false)
	r.awaits("TestRotationSucceeded")
	began := time.Now()
	end := begin
	for range 9 { // in parts, for slow machines
		said := s.Run("clock", "advance", "10d").ok(t)
		end = end.AddDate(0, 0, 10)
		if !strings.HasPrefix(said, end.Format("2006-01-02T15:04:")) || !strings.Contains(said, "rotations started 10, succeeded 10, attempts failed 0, secrets removed 0") {
			t.Errorf("it says %s", said)
		}
	}
	t.Logf("ninety days took %v", time.Since(began).Round(time.Millisecond))
	near(t, "the time", s.now(), end)

	d, err := s.Client().DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &r.Name})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "CreatedDate", *d.CreatedDate, begin)
	rules, err := schedule.Parse(schedule.Rules{Expression: daily})
	if err != nil {
		t.Fatal(err)
	}
	if want := rules.Next(end, *d.LastRotatedDate).Last(); !d.NextRotationDate.Equal(want) {
		t.Errorf("the next rotation is by %v, want %v", d.NextRotationDate, want)
	}
	if day := end.AddDate(0, 0, -1); d.LastRotatedDate.Before(day.Add(8*time.Hour)) || d.LastRotatedDate.After(end) {
		t.Errorf("last rotated %v, want on %v", d.LastRotatedDate, day)
	}
	parse[login](t, value(t, s.Client(), r.Name)).works(t)
	r.First.isRefused(t)
	eventually(t, "ninety successes in the trail", func() (bool, any) {
		n := strings.Count(names(s.Events())+" ", "RotationSucceeded ") - strings.Count(names(s.Events())+" ", "TestRotationSucceeded ")
		return n == 90, n
	})

	s.Stop()
	r.onNinetyDays(begin)
}

// onNinetyDays reads the history in the store: a rotation a day, each within its
// window, at its own time.
func (r *rotating) onNinetyDays(begin time.Time) {
	t := r.s.t
	t.Helper()
	all := rows(t, r.s.sqlite(), "SELECT started, ended, state, attempt FROM rotations WHERE NOT test ORDER BY id")
	if len(all) != 90 {
		t.Fatalf("%d rotations in the history", len(all))
	}
	for i, row := range all {
		opens := begin.AddDate(0, 0, i).Add(8 * time.Hour)
		started, ended := time.UnixMicro(row[0].(int64)), time.UnixMicro(row[1].(int64))
		if started.Before(opens) || ended.After(opens.Add(16*time.Hour)) || ended.Sub(started) > time.Minute {
			t.Errorf("rotation %d ran from %v to %v", i, started.UTC(), ended.UTC())
		}
		if row[2] != "succeeded" || row[3].(int64) != 1 {
			t.Errorf("rotation %d: %v", i, row)
		}
	}
}

// TestBackoffOnTheWay: a rotation that fails is tried again when it would have
// been, and succeeds once its cause is mended.
func TestBackoffOnTheWay(t *testing.T) {
	t.Parallel()
	s := serveDev(t, midnight())
	r := s.newRotating(single)
	setPassword(t, r.First.User, "changed-by-hand", "ALTER")
	r.plan(true)
	r.Fails()
	s.Run("clock", "advance", "5h").ok(t)
	var attempts []time.Time
	for _, step := range parse[struct{ History []struct{ Steps []stepAt } }](t, s.Run("rotation", "show", r.Name, "--json").ok(t)).History[0].Steps {
		if step.Step == "createSecret" {
			attempts = append(attempts, time.UnixMicro(int64(step.StartedDate*1e6)))
		}
	}
	if len(attempts) < 9 || len(attempts) > 13 {
		t.Fatalf("%d attempts in five hours: %v", len(attempts), attempts)
	}
	for i := 1; i < len(attempts); i++ {
		longest := min(time.Minute<<(i-1), time.Hour)
		// The pause begins when the attempt before has failed: real work.
		if pause := attempts[i].Sub(attempts[i-1]); pause < longest*3/4 || pause > longest+20*time.Second {
			t.Errorf("the pause before attempt %d was %v, want at most %v", i+1, pause, longest)
		}
	}
	r.untouched()
	setPassword(t, r.First.User, r.First.Password, "ALTER")
	if said := s.Run("clock", "advance", "1h1m").ok(t); !strings.Contains(said, "succeeded 1, attempts failed 0") {
		t.Errorf("once mended: %s", said)
	}
	r.Succeeds()
	r.Rotated(r.First)
}

type stepAt struct {
	Step        string
	StartedDate float64
}

// TestClockOfTheStore: time does not go back for a store, whatever happens to
// its server, and no server without --dev serves it.
func TestClockOfTheStore(t *testing.T) {
	t.Parallel()
	begin := midnight()
	s := serveDev(t, begin)
	create(t, s.Client(), "one", "x")
	s.Run("clock", "advance", "30d").ok(t)
	end := begin.AddDate(0, 0, 30)
	deleted, err := s.Client().DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: aws.String("one"), RecoveryWindowInDays: aws.Int64(7)})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "DeletionDate", *deleted.DeletionDate, end.AddDate(0, 0, 7))
	s.Kill()
	s.Run("serve", "--listen", "127.0.0.1:0").refused(t, 1, "start it with --dev")
	s.Start()
	near(t, "the time", s.now(), end)
	if n := strings.Count(s.stderr.String(), "move the clock of this server"); n != 2 {
		t.Errorf("warned %d times in two starts", n)
	}
}

// TestClockRequests holds what the clock answers over HTTP, and that it asks for
// no signature but for loopback.
func TestClockRequests(t *testing.T) {
	t.Parallel()
	s := serve(t, "--dev")
	for _, c := range []struct {
		name, method, body string
		change             func(*http.Request)
		status             int
		text               string
	}{
		{"read", "GET", "", nil, 200, `{"now":"20`},
		{"advance", "POST", `{"advance":"1d12h"}`, nil, 200, `"happened":{"rotationsStarted":0,`},
		{"set back", "PUT", `{"now":"2020-01-01T00:00:00Z"}`, nil, 400, "only goes forward"},
		{"set to the end of time", "PUT", `{"now":"9999-01-01T00:00:00Z"}`, nil, 400, "the clock goes up to"},
		{"set to no time", "PUT", `{"now":"tomorrow"}`, nil, 400, `\"tomorrow\" is no time such as`},
		{"set by a span", "PUT", `{"advance":"30d"}`, nil, 400, `{\"now\": \"`},
		{"advance to a time", "POST", `{"now":"2030-01-01T00:00:00Z"}`, nil, 400, `{\"advance\": \"30d\"}`},
		{"advance back", "POST", `{"advance":"-1d"}`, nil, 400, `\"-1d\" is no time to advance by`},
		{"advance by nothing", "POST", `{}`, nil, 400, "the body must be"},
		{"advance and more", "POST", `{"advance":"1d","by":2}`, nil, 400, "by"},
		{"not JSON", "POST", `advance`, nil, 400, "the body must be"},
		{"two values", "POST", `{"advance":"1d"}{}`, nil, 400, "after its end"},
		{"empty", "POST", ``, nil, 400, "the body must be"},
		{"long", "POST", `{"advance":"` + strings.Repeat("1d", 1000) + `"}`, nil, 400, "the body must be"},
		{"delete", "DELETE", "", nil, 405, "GET, PUT and POST"},
		{"from a page", "POST", `{"advance":"1d"}`, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403, "no requests from web pages"},
		{"from a page, reading", "GET", ``, func(r *http.Request) { r.Header.Set("Origin", "null") }, 403, "no requests from web pages"},
		{"by a foreign name", "GET", ``, func(r *http.Request) { r.Host = "evil.example:1467" }, 403, "evil.example"},
		{"by an address elsewhere", "POST", `{"advance":"1d"}`, func(r *http.Request) { r.Host = "192.0.2.1" }, 403, "192.0.2.1"},
		{"by localhost", "GET", ``, func(r *http.Request) { r.Host = "localhost:1" }, 200, "now"},
		{"by IPv6", "GET", ``, func(r *http.Request) { r.Host = "[::1]" }, 200, "now"},
	} {
		before := s.now()
		r, err := http.NewRequestWithContext(t.Context(), c.method, s.URL+"/dev/clock", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.change != nil {
			c.change(r)
		}
		answer := s.do(r)
		if answer.status != c.status || !strings.Contains(answer.body, c.text) || !json.Valid([]byte(answer.body)) {
			t.Errorf("%s: %d %s, want %d and %s", c.name, answer.status, answer.body, c.status, c.text)
		}
		if moved := s.now().Sub(before) > time.Minute; moved != (c.name == "advance") {
			t.Errorf("%s: moved %v", c.name, moved)
		}
	}
	// Clients sign by their own clocks, and are understood.
	create(t, s.Client(), "signed-now", "x")
}

// TestNoClock: without --dev there is none, and alberti clock says so.
func TestNoClock(t *testing.T) {
	t.Parallel()
	s := serve(t)
	other, clock := s.Get("/dev/other"), s.Get("/dev/clock")
	if clock.status != 404 || clock.status != other.status || clock.body != other.body {
		t.Errorf("the clock answers %d %q, other paths %d %q", clock.status, clock.body, other.status, other.body)
	}
	for _, args := range [][]string{{"clock"}, {"clock", "advance", "30d"}, {"clock", "set", "2027-01-01T00:00:00Z"}} {
		s.Run(args...).refused(t, 1, "alberti serve --dev")
	}
	s.Stop()
	s.Run("clock").refused(t, 1, "no answer from")
	s.Data = t.TempDir()
	s.Run("clock").refused(t, 1, "no server has run here")
}

// TestClockArguments: a bad one is a mistake in how the program was called.
func TestClockArguments(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Env = []string{"ALBERTI_DEV=true"}
	s.Start()
	if shown, err := time.Parse(time.RFC3339+"\n", s.Run("clock").ok(t)); err != nil || time.Since(shown).Abs() > time.Minute {
		t.Errorf("the clock shows %v, %v", shown, err)
	}
	s.Run("clock", "advance", "soon").refused(t, 2, `"soon" is no time to advance by`)
	s.Run("clock", "set", "2020-01-01T00:00:00Z").refused(t, 2, "only goes forward")
	s.Run("clock", "back").refused(t, 2, "back")
	s.Run("clock", "advance").refused(t, 2, "SPAN")
}

// TestWalkEnds with its client, and with the server: neither waits for a
// rotation that does not come to its end.
func TestWalkEnds(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	s := serve(t, "--dev")
	r := s.rotatingFor(single, p.Via(newUser(t)), p.Via(administrator(t)))
	reached, release := make(chan bool, 1), make(chan bool)
	defer close(release)
	p.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
		if f.Says("ALTER ROLE", "PASSWORD") {
			reached <- true
			<-release
			return pgproxy.Verdict{Fate: pgproxy.Lost}
		}
		return pgproxy.Verdict{}
	})
	r.Rotate()
	<-reached
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		request, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/dev/clock", strings.NewReader(`{"advance":"30d"}`))
		if err == nil {
			_, err = http.DefaultClient.Do(request)
		}
		gone <- err
	}()
	walks := func(n int) {
		t.Helper()
		eventually(t, "a walk begins", func() (bool, any) {
			log := s.stderr.String()
			return strings.Count(log, "moving the clock") == n, log
		})
	}
	walks(1)
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the client got %v", err)
	}
	eventually(t, "the walk ends", func() (bool, any) {
		return strings.Contains(s.stderr.String(), "the clock was not moved as far"), s.stderr.String()
	})
	said := make(chan result, 1)
	go func() { said <- s.Run("clock", "advance", "30d") }()
	s.mayErr = true // it says that the rotation was interrupted
	walks(2)
	s.Stop()
	(<-said).refused(t, 1, "and no further")
	s.Start()
	if now := s.now(); time.Until(now) > time.Minute {
		t.Errorf("the clock has come to %v", now)
	}
}
