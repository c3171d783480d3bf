package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

const logs = "/aws/lambda/rotate"

// chunkAt is a chunk of a stream that begins some seconds after the start.
func chunkAt(stream string, seconds int, length ...int) store.LogChunk {
	at := start.Add(time.Duration(seconds) * time.Second)
	text := fmt.Sprint(stream, seconds)
	if length != nil {
		text = strings.Repeat("x", length[0])
	}
	return store.LogChunk{
		Stream: stream, First: at, Last: at.Add(500 * time.Millisecond),
		Sealed: secret.Sealed{KeyID: "k", DataKey: []byte("d"), Ciphertext: []byte(text)},
	}
}

func appendLogs(t *testing.T, st *store.Store, name string, limit int64, chunks ...store.LogChunk) {
	t.Helper()
	if err := st.Update(t.Context(), func(tx *store.Tx) error {
		return tx.AppendLogs("000000000000", "eu-west-1", name, chunks, limit)
	}); err != nil {
		t.Fatal(err)
	}
}

// view reads in one transaction.
func view[T any](t *testing.T, st *store.Store, read func(*store.Tx) (T, error)) (out T) {
	t.Helper()
	if err := st.View(t.Context(), func(tx *store.Tx) (err error) {
		out, err = read(tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func logGroup(t *testing.T, st *store.Store, name string) *store.LogGroup {
	t.Helper()
	return view(t, st, func(tx *store.Tx) (*store.LogGroup, error) { return tx.LogGroup("000000000000", "eu-west-1", name) })
}

// chunks are the contents of the chunks that a query finds, page by page.
func chunks(t *testing.T, st *store.Store, q store.LogChunks) string {
	t.Helper()
	if q.To.IsZero() {
		q.To = start.AddDate(1, 0, 0)
	}
	var found []string
	for {
		page := view(t, st, func(tx *store.Tx) ([]store.LogChunk, error) { return tx.LogChunks(q) })
		for _, c := range page {
			found = append(found, string(c.Sealed.Ciphertext))
		}
		if len(page) < q.Limit {
			return strings.Join(found, " ")
		}
		q.After = &page[len(page)-1]
	}
}

// TestLogChunks finds chunks by stream and time, in both directions.
func TestLogChunks(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		appendLogs(t, st, logs, 1<<20, chunkAt("a", 0), chunkAt("b", 0), chunkAt("a", 2))
		appendLogs(t, st, logs, 1<<20, chunkAt("b", 1), chunkAt("c", 500))
		appendLogs(t, st, logs+"2", 1<<20, chunkAt("a", 1))
		key := logGroup(t, st, logs).Key
		at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
		for want, q := range map[string]store.LogChunks{
			"a0 b0 b1 a2 c500": {},
			"c500 a2 b1 b0 a0": {Descending: true},
			"a0 a2":            {Streams: []string{"a"}},
			"a2 a0":            {Streams: []string{"a"}, Descending: true},
			"a0 a2 c500":       {Streams: []string{"a", "c", "none"}},
			"b0 b1":            {Prefix: "b"},
			"b1 a2":            {From: at(1500), To: at(2000)},
			"a2 b1":            {From: at(1500), To: at(2000), Descending: true},
			"a0 b0":            {To: at(0)},
			"":                 {Streams: []string{"none"}},
			"c500":             {From: at(2501)},
		} {
			q.Group, q.Limit = key, 2
			if got := chunks(t, st, q); got != want {
				t.Errorf("%+v:\ngot  %s\nwant %s", q, got, want)
			}
		}
		if got := logGroup(t, st, "none"); got != nil {
			t.Errorf("%+v", got)
		}
		groups := view(t, st, func(tx *store.Tx) ([]store.LogGroup, error) { return tx.LogGroups("000000000000", "eu-west-1") })
		if len(groups) != 2 || groups[0] != *logGroup(t, st, logs) || groups[1] != *logGroup(t, st, logs+"2") || !groups[0].Created.Equal(start) {
			t.Errorf("%+v", groups)
		}
		if groups := view(t, st, func(tx *store.Tx) ([]store.LogGroup, error) { return tx.LogGroups("000000000000", "us-east-1") }); groups != nil {
			t.Errorf("of another region: %+v", groups)
		}
	})
}

// TestLogStreams lists streams by name and by their last lines, page by page.
func TestLogStreams(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		appendLogs(t, st, logs, 1<<20, chunkAt("a/1", 9), chunkAt("B/2", 3), chunkAt("a/3", 3), chunkAt("a/1", 5), chunkAt("c", 7))
		key := logGroup(t, st, logs).Key
		for want, q := range map[string]store.LogStreams{
			"B/2 a/1 a/3 c": {},
			"c a/3 a/1 B/2": {Descending: true},
			"a/1 a/3":       {Prefix: "a/"},
			"B/2 a/3 c a/1": {ByTime: true},
			"a/1 c a/3 B/2": {ByTime: true, Descending: true},
			"a/3 a/1":       {Prefix: "a/", Descending: true},
			"" /* none */ :  {Prefix: "d"},
		} {
			q.Group, q.Limit = key, 1
			var got []string
			for {
				page := view(t, st, func(tx *store.Tx) ([]store.LogStream, error) { return tx.LogStreams(q) })
				if len(page) == 0 {
					break
				}
				got, q.After = append(got, page[0].Name), &page[0]
				if page[0].Name == "a/1" && (!page[0].First.Equal(start.Add(9*time.Second)) || !page[0].Last.Equal(start.Add(9500*time.Millisecond)) || !page[0].Created.Equal(start)) {
					t.Errorf("%+v", page[0])
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%+v:\ngot  %s\nwant %s", q, got, want)
			}
		}
		has := func(name string) bool {
			return view(t, st, func(tx *store.Tx) (bool, error) { return tx.HasLogStream(key, name) })
		}
		if !has("c") || has("d") {
			t.Error("the wrong streams are there")
		}
	})
}

// TestLogsAreBounded: the oldest chunks of a group go, and the streams that have
// none left with them.
func TestLogsAreBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		const limit = 64 << 10
		appendLogs(t, st, logs+"2", limit, chunkAt("other", 0, 1000))
		for i := range 300 {
			appendLogs(t, st, logs, limit, chunkAt(fmt.Sprintf("s%03d", i), i, 1000))
			g := logGroup(t, st, logs)
			if g.Bytes > limit || i > 60 && g.Bytes < limit*7/8 {
				t.Fatalf("after %d chunks the group takes up %d bytes", i+1, g.Bytes)
			}
		}
		key := logGroup(t, st, logs).Key
		names := view(t, st, func(tx *store.Tx) ([]store.LogStream, error) {
			return tx.LogStreams(store.LogStreams{Group: key, Limit: 1000})
		})
		left := len(strings.Fields(chunks(t, st, store.LogChunks{Group: key, Limit: 1000})))
		if len(names) != left || left < 40 || names[left-1].Name != "s299" || names[0].Name != fmt.Sprintf("s%03d", 300-left) {
			t.Errorf("%d chunks of %d streams are left, from %s to %s", left, len(names), names[0].Name, names[len(names)-1].Name)
		}
		if g := logGroup(t, st, logs+"2"); g.Bytes < 1000 {
			t.Errorf("another group has %d bytes", g.Bytes)
		}
	})
}

// TestLogsExpire removes what is old, and no more.
func TestLogsExpire(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		var many []store.LogChunk
		for i := range 600 {
			many = append(many, chunkAt("old", i))
		}
		appendLogs(t, st, logs, 1<<30, append(many, chunkAt("new", 601))...)
		appendLogs(t, st, logs+"2", 1<<30, chunkAt("new", 602))
		rounds := 0
		for more := true; more; rounds++ {
			var err error
			if more, err = st.ExpireLogs(t.Context(), start.Add(601*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		g := logGroup(t, st, logs)
		if got := chunks(t, st, store.LogChunks{Group: g.Key, Limit: 1000}); got != "new601" || rounds != 2 {
			t.Errorf("after %d rounds there are %q", rounds, got)
		}
		if alone := logGroup(t, st, logs+"2").Bytes; g.Bytes != alone {
			t.Errorf("one chunk takes up %d bytes, and %d elsewhere", g.Bytes, alone)
		}
	})
}

// TestDeleteLogs removes a stream, and a group, with all that is in them.
func TestDeleteLogs(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		appendLogs(t, st, logs, 1<<20, chunkAt("a", 0), chunkAt("a", 1), chunkAt("b", 2))
		g := logGroup(t, st, logs)
		remove := func(name string) (there bool) {
			t.Helper()
			if err := st.Update(t.Context(), func(tx *store.Tx) (err error) {
				there, err = tx.DeleteLogStream(g.Key, name)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return there
		}
		if !remove("a") || remove("a") {
			t.Error("a stream is not removed once")
		}
		if got := chunks(t, st, store.LogChunks{Group: g.Key, Limit: 10}); got != "b2" || logGroup(t, st, logs).Bytes != g.Bytes/3 {
			t.Errorf("%q are left, of %d bytes", got, logGroup(t, st, logs).Bytes)
		}
		if err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteLogGroup(g.Key) }); err != nil {
			t.Fatal(err)
		}
		if got := chunks(t, st, store.LogChunks{Group: g.Key, Limit: 10}); got != "" || logGroup(t, st, logs) != nil {
			t.Errorf("%q are left", got)
		}
	})
}
