package store

import (
	"fmt"
	"strings"
	"time"
)

// LogGroup finds a group; nil when there is none.
func (t *Tx) LogGroup(account, region, name string) (*LogGroup, error) {
	g := LogGroup{Account: account, Region: region, Name: name}
	var created int64
	found, err := t.first([]any{&g.Key, &created, &g.Bytes},
		`SELECT id, created, bytes FROM log_groups WHERE account = $1 AND region = $2 AND name = $3`, account, region, name)
	if !found {
		return nil, err
	}
	g.Created = fromMicros(created)
	return &g, err
}

// LogGroups are those of an account and region, by name.
func (t *Tx) LogGroups(account, region string) (out []LogGroup, err error) {
	err = t.query(func(scan func(...any) error) error {
		g := LogGroup{Account: account, Region: region}
		var created int64
		err := scan(&g.Key, &g.Name, &created, &g.Bytes)
		g.Created = fromMicros(created)
		out = append(out, g)
		return err
	}, `SELECT id, name, created, bytes FROM log_groups WHERE account = $1 AND region = $2 ORDER BY name`, account, region)
	return out, err
}

// LogStream is what one environment of a function logged.
type LogStream struct {
	Name                           string
	Created, First, Last, Ingested time.Time
}

// LogStreams asks for the streams of a group, a page at a time.
type LogStreams struct {
	Group      int64
	Prefix     string
	ByTime     bool // by their last lines, else by their names
	Descending bool
	After      *LogStream // the last of the page before
	Limit      int
}

// highest comes after whatever a name may go on with.
const highest = "\U0010FFFF"

// LogStreams finds a page of streams.
func (t *Tx) LogStreams(q LogStreams) (out []LogStream, err error) {
	order, beyond, direction := "name", ">", ""
	if q.Descending {
		beyond, direction = "<", " DESC"
	}
	query := `SELECT name, created, first_event, last_event, ingested FROM log_streams WHERE log_group = $1 AND name >= $2 AND name < $3`
	args := []any{q.Group, q.Prefix, q.Prefix + highest}
	if q.ByTime {
		order = "last_event" + direction + ", name"
	}
	switch {
	case q.After == nil:
	case q.ByTime:
		query += ` AND (last_event, name) ` + beyond + ` ($4, $5)`
		args = append(args, micros(q.After.Last), q.After.Name)
	default:
		query += ` AND name ` + beyond + ` $4`
		args = append(args, q.After.Name)
	}
	args = append(args, q.Limit)
	err = t.query(func(scan func(...any) error) error {
		var s LogStream
		var created, first, last, ingested int64
		err := scan(&s.Name, &created, &first, &last, &ingested)
		s.Created, s.First, s.Last, s.Ingested = fromMicros(created), fromMicros(first), fromMicros(last), fromMicros(ingested)
		out = append(out, s)
		return err
	}, fmt.Sprintf("%s ORDER BY %s%s LIMIT $%d", query, order, direction, len(args)), args...)
	return out, err
}

// HasLogStream tells whether a group has a stream.
func (t *Tx) HasLogStream(group int64, name string) (bool, error) {
	var one int
	return t.first([]any{&one}, `SELECT 1 FROM log_streams WHERE log_group = $1 AND name = $2`, group, name)
}

// LogChunks asks for the chunks of a group that may have lines from one moment to
// another, both included, a page at a time: by their first lines or, descending,
// by their last.
type LogChunks struct {
	Group      int64
	Streams    []string // nil for all
	Prefix     string   // of the streams' names
	From, To   time.Time
	Descending bool
	After      *LogChunk // the last of the page before
	Limit      int
}

// LogChunks finds a page of chunks.
func (t *Tx) LogChunks(q LogChunks) (out []LogChunk, err error) {
	args := []any{q.Group, micros(q.From), micros(q.To), micros(q.From.Add(-LogChunkSpan)), micros(q.To.Add(LogChunkSpan))}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	order, beyond, direction := "first_event", ">", ""
	if q.Descending {
		order, beyond, direction = "last_event", "<", " DESC"
	}
	where := ""
	if q.Streams != nil {
		var names []string
		for _, name := range q.Streams {
			names = append(names, arg(name))
		}
		where += ` AND s.name IN (` + strings.Join(names, ", ") + `)`
	}
	if q.Prefix != "" {
		where += ` AND s.name >= ` + arg(q.Prefix) + ` AND s.name < ` + arg(q.Prefix+highest)
	}
	if q.After != nil {
		place := q.After.First
		if q.Descending {
			place = q.After.Last
		}
		where += ` AND (c.` + order + `, c.id) ` + beyond + ` (` + arg(micros(place)) + `, ` + arg(q.After.Key) + `)`
	}
	limit := arg(q.Limit)
	err = t.query(func(scan func(...any) error) error {
		var c LogChunk
		var first, last, ingested int64
		err := scan(&c.Key, &c.Stream, &first, &last, &ingested, &c.Sealed.KeyID, &c.Sealed.DataKey, &c.Sealed.Ciphertext)
		c.First, c.Last, c.Ingested = fromMicros(first), fromMicros(last), fromMicros(ingested)
		out = append(out, c)
		return err
	}, `SELECT c.id, s.name, c.first_event, c.last_event, c.ingested, c.sealed_by, c.data_key, c.ciphertext
FROM log_chunks c JOIN log_streams s ON s.id = c.stream
WHERE c.log_group = $1 AND c.last_event >= $2 AND c.first_event <= $3 AND c.first_event >= $4 AND c.last_event <= $5`+where+
		` ORDER BY c.`+order+direction+`, c.id`+direction+` LIMIT `+limit, args...)
	return out, err
}
