package store

import (
	"time"

	"github.com/alberti-dev/alberti/function"
)

// SettingKind is what a setting of a function is about.
type SettingKind string

// The kinds of settings.
const (
	EventSetting     SettingKind = "events"    // a function.EventConfig
	RuntimeSetting   SettingKind = "runtime"   // a function.RuntimeManagement
	RecursionSetting SettingKind = "recursion" // Allow or Terminate
)

// Setting is something that is set of a function or of one of its qualifiers.
type Setting[T any] struct {
	Qualifier string
	Value     T
	Modified  time.Time
}

// FunctionSetting reads a setting; nil when it is not set.
func FunctionSetting[T any](t *Tx, f *function.Function, qualifier string, kind SettingKind) (*Setting[T], error) {
	found, err := settingList[T](t, `AND qualifier = $3`, f.Key, kind, qualifier)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// FunctionSettings lists the settings of a kind by qualifier: at most limit, of
// those after one.
func FunctionSettings[T any](t *Tx, f *function.Function, kind SettingKind, after string, limit int) ([]Setting[T], error) {
	return settingList[T](t, `AND qualifier > $3 ORDER BY qualifier LIMIT $4`, f.Key, kind, after, limit)
}

func settingList[T any](t *Tx, which string, args ...any) (out []Setting[T], err error) {
	err = t.query(func(scan func(...any) error) error {
		var s Setting[T]
		var value string
		var modified int64
		if err := scan(&s.Qualifier, &value, &modified); err != nil {
			return err
		}
		var err error
		s.Value, err = fromJSON[T](value)
		s.Modified = fromMicros(modified)
		out = append(out, s)
		return err
	}, `SELECT qualifier, value, modified FROM function_settings WHERE function = $1 AND kind = $2 `+which, args...)
	return out, err
}

// PutFunctionSetting saves a setting, whose value JSON can hold, as one of now.
func (t *Tx) PutFunctionSetting(f *function.Function, qualifier string, kind SettingKind, value any) error {
	_, err := t.exec(`INSERT INTO function_settings (function, qualifier, kind, value, modified) VALUES ($1,$2,$3,$4,$5)
ON CONFLICT (function, qualifier, kind) DO UPDATE SET value = $4, modified = $5`, f.Key, qualifier, kind, asJSON(value), micros(t.now))
	return err
}

// DeleteFunctionSetting removes a setting. It tells whether there was one.
func (t *Tx) DeleteFunctionSetting(f *function.Function, qualifier string, kind SettingKind) (bool, error) {
	n, err := t.exec(`DELETE FROM function_settings WHERE function = $1 AND qualifier = $2 AND kind = $3`, f.Key, qualifier, kind)
	return n > 0, err
}

// EventConfigOf is how events are run for a qualifier, "" for $LATEST.
func (t *Tx) EventConfigOf(f *function.Function, qualifier string) (function.EventConfig, error) {
	s, err := FunctionSetting[function.EventConfig](t, f, f.Ref().Or(qualifier).Or(function.Latest).Qualifier, EventSetting)
	if err != nil || s == nil {
		return function.EventConfig{}, err
	}
	return s.Value, nil
}
