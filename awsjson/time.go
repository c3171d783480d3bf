package awsjson

import (
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Time is a time as the wire has it: a number of seconds since 1970 with at
// most three decimals, as in 1523477145.713. The rest of a second is cut off.
// The zero value is an absent member, for omitzero.
type Time time.Time

// IsZero tells an absent member.
func (t Time) IsZero() bool { return time.Time(t).IsZero() }

// String gives the time in RFC 3339, in UTC and to the millisecond.
func (t Time) String() string { return string(t.appendText(nil)) }

func (t Time) appendText(b []byte) []byte {
	return time.Time(t).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
}

// MarshalJSONTo writes the number.
func (t Time) MarshalJSONTo(e *jsontext.Encoder) error {
	return e.WriteValue(t.AppendNumber(e.AvailableBuffer()))
}

// AppendNumber appends the number, never with an exponent, which some readers of
// dates do not know.
func (t Time) AppendNumber(b []byte) []byte {
	ms := time.Time(t).UnixMilli()
	if ms < 0 {
		b, ms = append(b, '-'), -ms
	}
	b = strconv.AppendInt(b, ms/1000, 10)
	if rest := ms % 1000; rest != 0 {
		b = append(b, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return b
}

// UnmarshalJSONFrom reads any JSON number, rounded to the millisecond; null is
// absent.
func (t *Time) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var seconds *float64
	if err := json.UnmarshalDecode(d, &seconds); err != nil || seconds == nil {
		*t = Time{}
		return err
	}
	*t = Time(time.UnixMilli(int64(math.Round(*seconds * 1000))).UTC())
	return nil
}
